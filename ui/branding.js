// The brand that the interface wears: its own, or that of the folder which VESTIBULE_BRANDING names.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN = fileURLToPath(new URL('src/generated', import.meta.url));
const PARTS = ['branding.ts', 'branding.css'];

/** One reader judges a brand, for all that wears it: the program `branding`, which is built apart and under no brand but its own. */
function written(from) {
  const into = mkdtempSync(join(tmpdir(), 'vestibule-branding.'));
  const { VESTIBULE_BRANDING: _, ...env } = process.env;
  const target = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'branding');
  execFileSync('cargo', ['run', '-q', '--target-dir', target, '-p', 'vestibule-branding', '--', 'interface', resolve(from), into], { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return into;
}

export function branding() {
  const other = process.env.VESTIBULE_BRANDING;
  const folder = other ? written(other) : OWN;
  // No name has a quotation mark.
  const [, product] = /product: string = '([^']*)'/.exec(readFileSync(join(folder, 'branding.ts'), 'utf8'));
  return {
    name: 'branding',
    enforce: 'pre',
    resolveId(source) {
      const name = basename(source);
      const isBrand = PARTS.some((part) => name === part || name === part.replace('.ts', '')) && /(^|\/)generated\//.test(source);
      if (!isBrand || folder === OWN) return null;
      return [join(folder, name), join(folder, `${name}.ts`)].find(existsSync);
    },
    transformIndexHtml: { order: 'pre', handler: (html) => html.replace('%PRODUCT%', product.replaceAll('&', '&amp;')) },
    closeBundle() {
      if (folder !== OWN) rmSync(folder, { recursive: true, force: true });
    },
  };
}
