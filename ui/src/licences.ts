import atkinson from '../node_modules/@fontsource/atkinson-hyperlegible/LICENSE?raw';

/** What this bundle carries that others wrote, with the texts their licences ask to reproduce. */
export const licences = [
  { name: 'Atkinson Hyperlegible', kind: 'OFL 1.1', text: atkinson },
  { name: 'Svelte, Tauri', kind: 'MIT', text: MIT_LICENCE },
];
