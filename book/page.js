// The frame around every page.
import { posix } from 'node:path';
import { address } from './markdown.js';

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const isEnglish = (page) => page.path.endsWith('.en.md');
const name = (page) => escape(page.title) + (isEnglish(page) ? ' (English)' : '');
const link = (from, page, rest = '') => `<a href="${encodeURI(posix.relative(posix.dirname(address(from)), address(page.path)))}"${rest}>${name(page)}</a>`;

function chapters(from, book) {
  return book
    .map(({ title, folded, pages }) => {
      const items = pages.map((page) => `<li>${link(from.path, page, page === from ? ' aria-current="page"' : '')}</li>`).join('');
      const isOpen = !folded || pages.includes(from);
      return `<details${isOpen ? ' open' : ''}><summary>${escape(title)}</summary><ul>${items}</ul></details>`;
    })
    .join('\n');
}

function sections({ headings }) {
  const shown = headings.filter(({ level }) => level === 2 || level === 3);
  if (shown.length < 3) return '';
  const items = shown.map(({ id, level, text }) => `<li class="level-${level}"><a href="#${encodeURIComponent(id)}">${escape(text)}</a></li>`);
  return `<nav class="sections" aria-labelledby="sections"><h2 id="sections">Sur cette page</h2><ul>${items.join('')}</ul></nav>`;
}

function neighbours(from, book) {
  const all = book.flatMap(({ pages }) => pages);
  const at = all.indexOf(from);
  const [before, after] = [all[at - 1], all[at + 1]];
  const one = (page, word, relation) => (page === undefined ? '' : `<span><small>${word}</small> ${link(from.path, page, ` rel="${relation}"`)}</span>`);
  return `<nav class="neighbours" aria-label="Pages voisines">${one(before, 'Précédente', 'prev')}${one(after, 'Suivante', 'next')}</nav>`;
}

/** A whole page. `book`: the parts, each with its pages; a page has path, title, html and headings. */
export function whole(page, book) {
  const top = posix.relative(posix.dirname(address(page.path)), '.') || '.';
  return `<!doctype html>
<html lang="fr" data-top="${top}/">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${name(page)}${page.title === 'Vestibule' ? '' : ' · Vestibule'}</title>
<link rel="icon" href="${top}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${top}/book.css">
<script src="${top}/search.js" defer></script>
</head>
<body>
<a class="skip" href="#contenu">Aller au contenu</a>
<header>
<a class="home" href="${top}/index.html">Vestibule</a>
<form role="search" hidden>
<label for="recherche">Rechercher</label>
<input type="search" id="recherche" placeholder="un mot, un paramètre, VST-2041" autocomplete="off" spellcheck="false" aria-describedby="recherche-aide" aria-keyshortcuts="/">
<small id="recherche-aide">touche /</small>
</form>
</header>
<section id="resultats" aria-label="Résultats de la recherche" hidden><p role="status"></p><ol></ol></section>
<div class="columns">
<nav class="chapters" aria-label="Chapitres">${chapters(page, book)}</nav>
<main id="contenu" tabindex="-1"${isEnglish(page) ? ' lang="en"' : ''}>
${page.html}
${neighbours(page, book)}
</main>
${sections(page)}
</div>
<footer><a href="${top}/licences.txt">Licences</a> de la police et de la recherche</footer>
</body>
</html>
`;
}
