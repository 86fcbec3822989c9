import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { load } from './modules.js';

const { fr } = await load('i18n/fr.ts');
const { en } = await load('i18n/en.ts');

/** Every text of a language by its path; functions are called with something of each kind. */
function texts(words, path = '') {
  return Object.entries(words).flatMap(([key, value]) => {
    const here = `${path}.${key}`;
    if (typeof value === 'string') return [[here, value]];
    if (typeof value === 'function') {
      const counted = /minutes|seconds|hours|clock|count/.test(key);
      return [0, 1, 12].flatMap((number) => {
        const said = counted ? value(number, number) : value('12 h 05', '3 h');
        return texts({ [`${key}(${number})`]: said }, path);
      });
    }
    return texts(value, here);
  });
}

const french = texts(fr);
const english = texts(en);
const wrong = (list, rule) => list.filter(([, text]) => rule.test(text));

test('both languages say the same things, none of them empty', () => {
  assert.ok(french.length > 150);
  assert.deepEqual(english.map(([path]) => path), french.map(([path]) => path));
  // A sentence may open or close with its number in one language only.
  const mayBeEmpty = /\.time\.left/;
  for (const list of [french, english]) assert.deepEqual(list.filter(([path, text]) => text.trim() === '' && !mayBeEmpty.test(path)), []);
});

test('French typography: spaces before double signs, inside guillemets, curly apostrophes', () => {
  assert.deepEqual(wrong(french, /[^\u202f][;!?]/), [], 'narrow no-break space before ; ! ?');
  assert.deepEqual(wrong(french, /[^\u00a0]:/), [], 'no-break space before :');
  assert.deepEqual(wrong(french, /«[^\u00a0]|[^\u00a0]»/), [], 'no-break space inside « »');
  assert.deepEqual(wrong(french, /['"]/), [], 'typographic apostrophes and quotes');
  assert.deepEqual(wrong(french, /\.\.\./), [], 'one sign for an ellipsis');
});

test('one thing is said in the singular, and several in the plural', () => {
  for (const list of [french, english]) {
    assert.deepEqual(list.filter(([path, text]) => path.endsWith('(1)') && /(?<![\d,.])1[\s\u00a0\u202f]\p{L}+s(?!\p{L})/u.test(text)), []);
  }
});

test('English keeps its own typography', () => {
  assert.deepEqual(wrong(english, /[\s\u00a0\u202f][:;!?]/), []);
  assert.deepEqual(wrong(english, /['"]/), []);
});

test('no jargon, Pro Santé Connect in full and never broken, no sign the typeface lacks', () => {
  for (const list of [french, english]) {
    assert.deepEqual(wrong(list, /\b(jeton|token|callback|OIDC|OAuth|PSC|loopback)\b/i), []);
    assert.deepEqual(wrong(list, /Pro Santé|Santé Connect/), [], 'no-break spaces inside the name');
    assert.deepEqual(wrong(list, /[\u2011\u2190-\u21ff]/), []);
  }
});

// One word for one notion: what some of them were called before, or what means something else in a hospital.
test('no notion goes by another word', () => {
  assert.deepEqual(wrong(french, /compagnon|administrateur|l’assistance de|ordinateur|prudence|précaution|\bessais?\b|réglage|\btap(?:ez|er|ée?s?)\b|le service|code à donner|\brevenir$/i), []);
  assert.deepEqual(wrong(english, /companion|administrator|computer|\bmachine|institution|publisher|the service|\btries\b|application|code for support/i), []);
});

test('no text for people outside the two word files', async () => {
  const { readdir } = await import('node:fs/promises');
  const root = new URL('../../ui/', import.meta.url);
  const sources = (await readdir(new URL('src/', root), { recursive: true })).filter((file) => file.endsWith('.svelte')).map((file) => `src/${file}`);
  assert.ok(sources.includes('src/App.svelte') && sources.length > 20, sources.join(' '));
  // The place of the product's name before any script runs; and two names, the same in both languages: what the tab of the drawn browser bears.
  const allowed = { 'index.html': ['PRODUCT'], 'src/components/BrowserDrawing.svelte': ['Pro', 'Santé', 'Connect'] };
  for (const name of [...sources, 'index.html']) {
    const found = plainText(await readFile(new URL(name, root), 'utf8'));
    assert.deepEqual(found, allowed[name] ?? [], name);
  }
});

/** Words that a person would see or hear and that no expression gives: between tags, and in the attributes that are read out or shown. */
function plainText(source) {
  const markup = source
    .replace(/<(script|style)[\s\S]*?<\/\1>|<!--[\s\S]*?-->/g, '')
    .replace(/\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, '{}');
  const shown = /\s(?:aria-(?:label|description|placeholder|roledescription|valuetext)|title|placeholder|alt|label|value)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;
  const attributes = [...markup.matchAll(shown)].map((match) => match.slice(1).join(' '));
  return [...attributes, markup.replace(/<[^>]*>/g, ' ')].join(' ').match(/\p{L}{3,}/gu) ?? [];
}

test('the search for plain text finds it wherever a person would meet it', () => {
  for (const source of ['<p>Bonjour</p>', '<b aria-label="Bonjour"></b>', "<b title='Bonjour {name}'></b>", '<svg><title>Bonjour</title></svg>', '<input placeholder=Bonjour>']) {
    assert.deepEqual(plainText(source), ['Bonjour'], source);
  }
  assert.deepEqual(plainText('<b aria-label={words.hello} class="wide" title="{words.hello}">{words.hello} {a({ b: 1 })}</b>'), []);
});
