import path from "node:path";
import type {NextConfig} from "next";
import createNextIntlPlugin from "next-intl/plugin";

const root = path.resolve(import.meta.dirname);

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: root,
  turbopack: {root},
  poweredByHeader: false,
  reactStrictMode: true,
  experimental: {optimizePackageImports: ["@mantine/core", "@mantine/hooks"]},
  // What every answer carries. The content security policy is in src/proxy.ts,
  // because it has a nonce for each page.
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        {key: "X-Content-Type-Options", value: "nosniff"},
        {key: "X-Frame-Options", value: "DENY"},
        {key: "Referrer-Policy", value: "strict-origin-when-cross-origin"},
        {key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=()"},
      ],
    },
  ],
};

export default createNextIntlPlugin("./src/lib/i18n/request.ts")(config);
