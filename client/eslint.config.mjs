import next from "eslint-config-next/core-web-vitals";
import nextTypeScript from "eslint-config-next/typescript";

// Imports point downward: app, then features, then components, then lib. Features
// do not know each other; a page puts them together.
const features = ["auth", "tickets", "orders", "payments"];
const layers = {
  "src/lib": ["@/app/*", "@/features/*", "@/components/*"],
  "src/components": ["@/app/*", "@/features/*"],
  ...Object.fromEntries(
    features.map((feature) => [
      `src/features/${feature}`,
      ["@/app/*", ...features.filter((other) => other !== feature).map((other) => `@/features/${other}/*`)],
    ]),
  ),
};

const config = [
  {ignores: [".next/**", "src/lib/api/generated.ts", "next-env.d.ts"]},
  ...next,
  ...nextTypeScript,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
      "@typescript-eslint/consistent-type-imports": ["error", {fixStyle: "inline-type-imports"}],
    },
  },
  ...Object.entries(layers).map(([layer, above]) => ({
    files: [`${layer}/**/*.{ts,tsx}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {group: above, message: `${layer} may not import this: imports point downward.`},
            {regex: "^\\.\\./(?!.*(messages|test)/)", message: "Import by @/ from other folders."},
          ],
        },
      ],
    },
  })),
];

export default config;
