import atkinson from '../node_modules/@fontsource/atkinson-hyperlegible/LICENSE?raw';
import tauri from '../node_modules/@tauri-apps/api/LICENSE-MIT?raw';
import svelte from '../node_modules/svelte/LICENSE.md?raw';

/** What this bundle carries that others wrote, with the texts their licences ask to reproduce. */
export const licences = [
  { name: 'Atkinson Hyperlegible', kind: 'OFL 1.1', text: atkinson },
  { name: 'Svelte', kind: 'MIT', text: svelte },
  { name: 'Tauri', kind: 'MIT', text: tauri },
];
