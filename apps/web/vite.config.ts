import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Only for `npm run dev`: the server that answers below /api.
const server = process.env.PORTDELTA_SERVER ?? "http://127.0.0.1:8443";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // The policy of the pages refuses data: addresses for anything but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: server, changeOrigin: false, secure: false } } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
