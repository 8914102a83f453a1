import type {Category} from "@/lib/api";

const hues: Record<Category, number> = {
  concert: 25,
  festival: 55,
  theatre: 350,
  musical: 320,
  comedy: 80,
  sports: 150,
  family: 190,
  exhibition: 230,
  conference: 260,
  other: 290,
};

/** The colour of a category's stub, as a hue of OKLCH. */
export function hueOf(category: Category | undefined): number {
  return hues[category ?? "other"];
}
