import { existsSync, readFileSync } from 'node:fs';
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

/** The minifier writes a no-break space in four characters, and the window has hundreds of them. */
function writeNoBreakSpacesAsThemselves() {
  return {
    name: 'write-no-break-spaces-as-themselves',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = chunk.code.replaceAll('\\xA0', '\u00a0');
      }
    },
  };
}

/** The MIT licence is one text under the notices of several: the window carries it once. */
function mitLicence(...files) {
  const parts = files.map((file) => readFileSync(new URL(`node_modules/${file}`, import.meta.url), 'utf8').split(/(?=Permission is hereby granted)/));
  const [[, text], ...others] = parts;
  const plain = (words) => words.replace(/\s+/g, ' ').trim();
  for (const [, other] of others) if (plain(other) !== plain(text)) throw new Error(`not the same licence: ${files.join(', ')}`);
  return `${parts.map(([notice]) => notice.trim()).join('\n')}\n\n${text}`;
}

export default defineConfig(({ mode }) => ({
  plugins: [branding(), svelte(), refuseReleaseWithoutOfficialArt(), writeNoBreakSpacesAsThemselves()],
  define: { MIT_LICENCE: JSON.stringify(mitLicence('svelte/LICENSE.md', '@tauri-apps/api/LICENSE-MIT')) },
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
