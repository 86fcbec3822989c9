import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './modules.js';

const { amountOf, closeAmountOf, remaining } = await load('time.ts');
const { matching, suggestedFirst } = await load('situations.ts');
const { SITUATIONS } = await load('backend/fake-people.ts');
const { fr } = await load('i18n/fr.ts');
const { en } = await load('i18n/en.ts');

test('a duration is said in words and never promises more than there is', () => {
  const said = (ms, words) => amountOf(ms, words).replaceAll('\u00a0', ' ');
  const cases = [
    [-5_000, '0 seconde', '0 seconds'],
    [999, '0 seconde', '0 seconds'],
    [1_000, '1 seconde', '1 second'],
    [59_999, '59 secondes', '59 seconds'],
    [60_000, '1 minute', '1 minute'],
    [119_999, '1 minute', '1 minute'],
    [3_599_999, '59 minutes', '59 minutes'],
    [3_600_000, '1 h', '1 h'],
    [3_900_000, '1 h 05', '1 h 5 min'],
    [11_520_000, '3 h 12', '3 h 12 min'],
  ];
  for (const [ms, french, english] of cases) {
    assert.equal(said(ms, fr), french);
    assert.equal(said(ms, en), english);
  }
});

test('a time of a few minutes is said to the second', () => {
  const said = (ms, words) => closeAmountOf(ms, words).replaceAll('\u00a0', ' ');
  const cases = [
    [-1, '0 seconde', '0 seconds'],
    [59_999, '59 secondes', '59 seconds'],
    [60_000, '1 minute', '1 minute'],
    [65_999, '1 min 5 s', '1 min 5 s'],
    [100_000, '1 min 40 s', '1 min 40 s'],
    [120_000, '2 minutes', '2 minutes'],
    [121_000, '2 min 1 s', '2 min 1 s'],
  ];
  for (const [ms, french, english] of cases) {
    assert.equal(said(ms, fr), french);
    assert.equal(said(ms, en), english);
  }
});

test('the clock that ends first decides, and the last five minutes and the last minute begin on time', () => {
  const at = (idle, absolute) => remaining(1_000_000, 1_000_000 + idle, 1_000_000 + absolute);
  assert.deepEqual(at(300_001, 900_000), { idleMs: 300_001, absoluteMs: 900_000, first: 'idle', leftMs: 300_001, stage: 'plenty' });
  assert.equal(at(300_000, 900_000).stage, 'soon');
  assert.equal(at(60_001, 900_000).stage, 'soon');
  assert.equal(at(60_000, 900_000).stage, 'last');
  assert.equal(at(900_000, 60_000).first, 'absolute');
  assert.equal(at(60_000, 60_000).first, 'absolute', 'activity could not help');
  assert.deepEqual(at(-1, -1), { idleMs: 0, absoluteMs: 0, first: 'absolute', leftMs: 0, stage: 'last' });
});

test('the last choice comes first and the others keep their order; an unknown one changes nothing', () => {
  const ids = (list) => list.map(({ id }) => id).join(' ');
  assert.equal(ids(suggestedFirst(SITUATIONS, 's4')), 's4 s2 s1 s3 s5 s6 s7');
  assert.equal(ids(suggestedFirst(SITUATIONS, 'gone')), ids(SITUATIONS));
  assert.equal(ids(suggestedFirst(SITUATIONS, null)), ids(SITUATIONS));
});

test('the filter wants every word, whatever accents and capitals', () => {
  const ids = (filter) => matching(SITUATIONS, filter).map(({ id }) => id).join(' ');
  assert.equal(ids(''), 's2 s1 s3 s4 s5 s6 s7');
  assert.equal(ids('  GERIATRIE  vincennes '), 's5');
  assert.equal(ids('coordonnateur'), 's4');
  assert.equal(ids('null'), '', 'an absent place is not a word');
});
