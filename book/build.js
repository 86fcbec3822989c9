// Builds the book: README, guides and pages of proofs as plain files that open from a folder or from any server. `./dev docs` runs it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MiniSearch from 'minisearch';
import { stemmer } from '@orama/stemmers/french';
import { FOLDERS, parts } from './contents.js';
import { address, anchor, render, sampleAsMarkdown } from './markdown.js';
import { whole } from './page.js';
import { passages } from './passages.js';
import { terms, variants } from './words.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** Writes the book to `out`; an Error names every page forgotten and every link that leads nowhere. */
export function build(root, out, contents = parts(root)) {
  const known = new Set(contents.flatMap(({ pages }) => pages));
  const book = contents.map((part) => ({ ...part, pages: part.pages.map((path) => read(root, path, known)) }));
  const pages = book.flatMap((part) => part.pages);
  const wrong = [...forgotten(root, known), ...lost(root, pages)];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));

  rmSync(out, { recursive: true, force: true });
  const put = (name, text) => {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), text);
  };
  pages.forEach((page) => put(address(page.path), whole(page, book)));
  new Set(pages.flatMap(({ leads }) => leads.map(({ to }) => to))).forEach((file) => {
    if (!known.has(file)) cpSync(join(root, file), join(out, file));
  });
  put('licences.txt', licences());
  put('search.js', script());
  put('search-index.js', `searchIndex(${JSON.stringify(index(pages))});\n`);
  for (const name of ['book.css', 'icon.svg']) cpSync(join(HERE, name), join(out, name));
  for (const face of ['400-normal', '400-italic', '700-normal']) {
    const name = `atkinson-hyperlegible-latin-${face}.woff2`;
    cpSync(resolve(`@fontsource/atkinson-hyperlegible/files/${name}`), join(out, 'fonts', name));
  }
  return pages;
}

function read(root, path, known) {
  const text = readFileSync(join(root, path), 'utf8');
  const page = render(path, path.endsWith('.toml') ? sampleAsMarkdown(text) : text, known);
  if (page.title === undefined) throw new Error(`${path} : pas de titre`);
  return { ...page, path };
}

function forgotten(root, known) {
  const there = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)));
  return there.filter((path) => path.endsWith('.md') && !known.has(path)).map((path) => `${path} : absent de book/contents.js`);
}

function lost(root, pages) {
  const anchors = new Map(pages.map(({ path, headings, html }) => [path, new Set([...headings.map(({ id }) => id), ...[...html.matchAll(/<tr id="([^"]+)"/g)].map(([, id]) => id)])]));
  const leadsNowhere = ({ to, heading }) => !existsSync(join(root, to)) || (heading !== undefined && !(anchors.get(to)?.has(heading) ?? false));
  return pages.flatMap(({ path, leads }) => leads.filter(leadsNowhere).map(({ text }) => `${path} : lien mort, ${text}`));
}

/** What the page asks: every passage, found by any form of its words. */
function index(pages) {
  const search = new MiniSearch(OPTIONS);
  search.addAll(pages.flatMap((page) => passages(page)).map((passage, id) => ({ id, ...passage })));
  return search.toJSON();
}

const OPTIONS = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page', 'text', 'address'],
  tokenize: terms,
  processTerm: (word) => variants(word, stemmer),
};

/** One plain script, which a page opened from a folder may run: modules it may not. */
function script() {
  const local = (name) => readFileSync(join(HERE, name), 'utf8').replace(/^export /gm, '');
  const library = (name, from) => `const ${name} = ((module) => {\nconst { exports } = module;\n${readFileSync(resolve(from), 'utf8').replace(/^\/\/# sourceMappingURL.*$/m, '')}\nreturn module.exports;\n})({ exports: {} });\n`;
  const common = library('French', '@orama/stemmers/french') + library('MiniSearch', 'minisearch');
  return `(() => {\n'use strict';\n${common}${local('words.js')}${local('search.js')}})();\n`;
}

/** Of what goes out with the book. */
function licences() {
  const carried = ['minisearch/LICENSE.txt', '@orama/stemmers/LICENSE.md', '@fontsource/atkinson-hyperlegible/LICENSE'];
  return carried.map((file) => `${dirname(file)}\n\n${readFileSync(join(HERE, 'node_modules', file), 'utf8')}`).join(`\n${'-'.repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(HERE);
  const out = process.argv[2] ?? join(root, 'target/book');
  try {
    console.log(`${build(root, out).length} pages : ${join(out, 'index.html')}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
