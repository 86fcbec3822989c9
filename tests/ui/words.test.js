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

test('no text for people outside the two word files', async () => {
  const { readdir } = await import('node:fs/promises');
  const root = new URL('../../ui/src/', import.meta.url);
  for (const folder of ['screens', 'components']) {
    for (const name of (await readdir(new URL(`${folder}/`, root))).filter((file) => file.endsWith('.svelte'))) {
      const source = await readFile(new URL(`${folder}/${name}`, root), 'utf8');
      const markup = source
        .replace(/<script[\s\S]*?<\/script>|<!--[\s\S]*?-->|<svg[\s\S]*?<\/svg>/g, '')
        .replace(/\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, '')
        .replace(/<[^>]*>/g, '');
      const left = markup.replace(/\s+/g, ' ').match(/\p{L}{3,}/gu) ?? [];
      assert.deepEqual(left, [], `${folder}/${name}`);
    }
  }
});
