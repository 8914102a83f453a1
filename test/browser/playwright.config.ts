import {defineConfig} from "@playwright/test";

// `make browser` starts the shop and says where it is. The browser is the one that
// is installed; Playwright's own are never fetched.
export default defineConfig({
  testDir: ".",
  testMatch: process.env.FIGURES ? "*.bench.ts" : "*.spec.ts",
  outputDir: "../../.ticketx/browser",
  globalSetup: "./seed.ts",
  globalTimeout: 35 * 60_000, // below that of the test in Go, so that the browser goes too
  workers: 1, // some take parts of the shop away
  forbidOnly: true,
  timeout: 120_000,
  expect: {timeout: 30_000},
  reporter: [["list"]],
  use: {
    actionTimeout: 30_000,
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
  },
});
