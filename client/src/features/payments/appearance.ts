import type {Appearance} from "@stripe/stripe-js";

/** The shop's colours, as src/components/tokens.css has them: Stripe's frame can't read those. */
export const colours = {
  light: {sheet: "#ffffff", ink: "#1d1a16", faint: "#655d52", accent: "#bc341a", bad: "#b3261e"},
  dark: {sheet: "#1f1b18", ink: "#f5efe7", faint: "#b9b0a4", accent: "#ff8f75", bad: "#ff9a8d"},
};

/** Has Stripe's form look like the shop's own. */
export function appearanceOf(scheme: "light" | "dark"): Appearance {
  const {sheet, ink, faint, accent, bad} = colours[scheme];
  return {
    theme: scheme === "dark" ? "night" : "stripe",
    variables: {
      colorPrimary: accent,
      colorBackground: sheet,
      colorText: ink,
      colorTextSecondary: faint,
      colorTextPlaceholder: faint,
      colorDanger: bad,
      fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
      fontSizeBase: "16px", // with less, phones zoom into what is typed
      borderRadius: "8px",
    },
    rules: {".Input": {borderColor: faint}},
  };
}
