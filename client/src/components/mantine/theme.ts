import {createTheme, defaultVariantColorsResolver, type MantineColorsTuple} from "@mantine/core";

/** The colour of what can be done: the red of an admission stamp. */
const stamp: MantineColorsTuple = [
  "#fff0ec",
  "#ffdcd3",
  "#ffb6a5",
  "#ff8f75",
  "#fb7a5c",
  "#e2512f",
  "#cf4123",
  "#bc341a",
  "#9d2b15",
  "#7d2212",
];

export const theme = createTheme({
  colors: {stamp},
  primaryColor: "stamp",
  primaryShade: {light: 7, dark: 4},
  autoContrast: true,
  luminanceThreshold: 0.32,
  // Mantine chooses the text of a filled button for the light shade alone.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    const primary = input.variant === "filled" && input.color === "stamp";
    return primary ? {...colors, color: "var(--mantine-primary-color-contrast)"} : colors;
  },
  defaultRadius: "md",
  components: {Button: {defaultProps: {size: "md"}}},
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  headings: {fontFamily: "var(--font-display), system-ui, sans-serif", fontWeight: "700"},
});
