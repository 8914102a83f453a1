import classes from "./button-look.module.css";

export type ButtonLook = {variant?: "filled" | "default"; size?: "sm" | "md" | "lg"; fullWidth?: boolean};

/**
 * Makes an element look like Mantine's buttons, where there are no others: most pages,
 * the first one above all, then come without them.
 */
export function buttonLook({variant = "filled", size = "md", fullWidth}: ButtonLook = {}) {
  return {
    className: classes.button,
    "data-variant": variant,
    "data-size": size,
    "data-full": fullWidth || undefined,
  };
}
