// Reads the window's own TypeScript modules, as Vite compiles them, without a browser.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UI } from './browser.js';

const vite = await import(pathToFileURL(join(UI, 'node_modules/vite/dist/node/index.js')).href);

/** The module at a path under ui/src. */
export async function load(path) {
  const { module } = await vite.runnerImport(join(UI, 'src', path), { root: UI, configFile: false, logLevel: 'error' });
  return module;
}

