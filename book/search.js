// The search of the book: its index is read at the first key, from beside the page.
const form = document.querySelector('form[role=search]');
const field = form.querySelector('input');
const panel = document.getElementById('resultats');
const [status, list] = [panel.querySelector('[role=status]'), panel.querySelector('ol')];
const top = document.documentElement.dataset.top;
const SHOWN = 20;
/** Her guide before those of who deploys and repairs, guides before pages of proofs, and these before decisions and what a screen reader was heard to say. */
const WEIGHTS = [[/^docs\/fr\/clinicien/, 8], [/^docs\/fr\/lecteur-ecran/, 0.5], [/^docs\/fr\//, 2], [/^docs\/adr\/|^CHANGELOG/, 0.5]];
const weight = (address) => WEIGHTS.find(([place]) => place.test(address))?.[1] ?? 1;
let search;

window.searchIndex = (kept) => {
  search = MiniSearch.loadJS(kept, { fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'text', 'address'] });
  show();
};

function load() {
  if (load.asked) return;
  load.asked = true;
  const script = document.createElement('script');
  script.src = `${top}search-index.js`;
  script.onerror = () => { status.textContent = 'L’index de la recherche est introuvable.'; };
  document.head.append(script);
}

/** Every word, or any, each in any of its forms; the last one, still being written, by its beginning. */
function query(words, combineWith) {
  return {
    combineWith,
    queries: words.map((word) => variants(word, French.stemmer)).map((forms) => ({
      combineWith: 'OR',
      queries: forms,
      tokenize: (text) => [text],
      processTerm: (term) => term,
      prefix: (term) => term.length >= 3,
    })),
  };
}

/** The four digits of a code of ours: behind its letters, or where nothing else is asked; a year is none. */
const codeIn = (text) => /(?<![\p{L}\p{N}])vst[-\u2011 ]?(\d{4})(?!\p{N})/iu.exec(text)?.[1] ?? /^\s*(\d{4})\s*$/.exec(text)?.[1] ?? null;
/** Whether a code, with its letters, is all that is asked. */
const isWhole = (text) => /^\s*vst[-\u2011 ]?\d{4}\s*$/i.test(text);

/** The text around the first word that was found. */
function around(text, words) {
  const folded = [...text].map((sign) => fold(sign)[0] ?? ' ').join('');
  const beginnings = words.flatMap((word) => variants(word, French.stemmer)).filter((form) => form.length > 1);
  const places = beginnings.map((form) => folded.search(new RegExp(`(?<![a-z0-9])${form}`))).filter((at) => at >= 0);
  const from = Math.max(0, Math.min(...places, text.length) - 60);
  const begin = places.length === 0 || from === 0 ? 0 : text.indexOf(' ', from) + 1;
  return `${begin > 0 ? '… ' : ''}${text.slice(begin, begin + 180)}${text.length > begin + 180 ? '…' : ''}`;
}

function item({ title, page, text, address }, words) {
  const line = document.createElement('li');
  const link = document.createElement('a');
  link.href = top + address;
  link.textContent = title;
  const place = document.createElement('small');
  place.textContent = page === title ? '' : page;
  const excerpt = document.createElement('p');
  excerpt.textContent = around(text, words);
  line.append(link, ' ', place, excerpt);
  return line;
}

function show() {
  const words = asked(field.value);
  panel.hidden = words.length === 0;
  if (search === undefined || words.length === 0) return;
  const options = { boost: { title: 4, page: 2 }, boostDocument: (id, term, { address }) => weight(address) };
  const whole = search.search(query(words, 'AND'), options);
  // A sentence may hold a word that no page has: what has the others is better than nothing.
  const near = whole.length === 0 && words.length > 1 ? search.search(query(words, 'OR'), options) : whole;
  const code = codeIn(field.value);
  const exact = near.filter(({ address }) => address.endsWith(`#vst-${code}`));
  if (code !== null && exact.length === 0 && isWhole(field.value)) {
    status.textContent = `Aucun résultat\u00a0: le code VST-${code} n’existe pas. Vérifiez ses quatre chiffres.`;
    list.replaceChildren();
    return;
  }
  // What the code means comes before what is told of it elsewhere.
  const found = [...exact, ...near.filter((one) => !exact.includes(one))];
  const some = near === whole ? '' : ' pour une partie de ces mots';
  const number = found.length === 0 ? 'Aucun résultat' : `${found.length} résultat${found.length > 1 ? 's' : ''}${some}`;
  status.textContent = found.length > SHOWN ? `${number}, dont voici les ${SHOWN} premiers` : number;
  list.replaceChildren(...found.slice(0, SHOWN).map((one) => item(one, words)));
}

const close = () => { field.value = ''; show(); };
/** What was asked stays with the place where it was: Back from a result finds it again. Not in the address, which is copied and sent. */
const keep = () => history.replaceState(field.value === '' ? null : { asked: field.value }, '');
function restore() {
  const before = history.state?.asked ?? '';
  if (before === field.value) return;
  field.value = before;
  if (before !== '') load();
  show();
}
const isWriting = (element) => element.matches('input, textarea, select, [contenteditable]');

form.hidden = false;
form.addEventListener('submit', (event) => { event.preventDefault(); list.querySelector('a')?.click(); });
field.addEventListener('focus', load);
field.addEventListener('input', () => { load(); show(); keep(); });
list.addEventListener('click', () => { close(); field.blur(); });
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isWriting(event.target)) { event.preventDefault(); field.focus(); }
  // From the field or from a result, which is hidden now: never from nowhere.
  if (event.key === 'Escape' && !panel.hidden) { close(); keep(); field.focus(); }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const stops = [field, ...list.querySelectorAll('a')];
  const at = stops.indexOf(document.activeElement);
  if (at < 0 || panel.hidden) return;
  event.preventDefault();
  stops[Math.min(Math.max(at + (event.key === 'ArrowDown' ? 1 : -1), 0), stops.length - 1)].focus();
});
window.addEventListener('pageshow', restore);
window.addEventListener('popstate', restore);
