import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The gateway serves the result as static files and puts a fresh nonce into index.html for every page view.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../../dist/apps/portal',
    emptyOutDir: true,
    // Nothing may be inlined: the content security policy allows images and scripts from our own address only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file (0.3 MB compressed), cached for ever: nothing has to be fetched between a click and the picture.
    chunkSizeWarningLimit: 1200,
  },
  server: {
    proxy: {
      '/api': process.env['VITRINE_PUBLIC_URL'] ?? 'http://localhost:8080',
      '/display': { target: process.env['VITRINE_PUBLIC_URL'] ?? 'http://localhost:8080', ws: true },
    },
  },
});
