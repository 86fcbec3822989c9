import { existsSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { branding } from './branding.js';

const KIT = new URL('../packaging/psc-charte/', import.meta.url);

/** EXI 29: a release without the official art of Pro Santé Connect must not exist. */
function refuseReleaseWithoutOfficialArt() {
  return {
    name: 'refuse-release-without-official-art',
    buildStart() {
      const release = process.env.VESTIBULE_RELEASE === '1';
      const present = ['button.svg', 'button.png'].some((name) => existsSync(new URL(name, KIT)));
      if (release && !present) {
        this.error('EXI 29: packaging/psc-charte holds neither button.svg nor button.png. Its README says where to get the official kit.');
      }
    },
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [branding(), svelte(), refuseReleaseWithoutOfficialArt()],
  server: { fs: { allow: ['.', '../packaging/psc-charte'] } },
  build: {
    outDir: mode === 'fake' ? 'dist-fake' : 'dist',
    target: 'es2022',
    // The content security policy allows no data: address, and the official art must stay the file it is.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
}));
