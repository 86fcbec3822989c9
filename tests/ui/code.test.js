// The letters of the confirmation code, as they are typed, pasted or dictated.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { load } from './modules.js';

const { CODE_LENGTH, overtyped, readCode } = await load('confirmation-code.ts');

test('case, spaces, hyphens and dashes of every kind make no difference', () => {
  for (const text of ['KDRTWXZB', 'kdrtwxzb', 'kdrt-wxzb', 'KDRT WXZB', ' k d r t\u00a0w x z b\n', 'KDRT\u2013WXZB', 'KDRT\u202fWXZB', '\u200bKDRTWXZB']) {
    assert.deepEqual(readCode(text), { letters: 'KDRTWXZB', foreign: false, tooLong: false }, JSON.stringify(text));
  }
});

test('what no code holds is left out and told, what is too much is cut and told', () => {
  for (const [text, letters] of [['K1', 'K'], ['KA', 'K'], ['Y', ''], ['KÉ', 'K'], ['K<b>', 'KB'], ['\ud83d\ude00', '']]) {
    assert.deepEqual(readCode(text), { letters, foreign: true, tooLong: false }, text);
  }
  assert.deepEqual(readCode('KDRTWXZBC'), { letters: 'KDRTWXZB', foreign: false, tooLong: true });
  assert.deepEqual(readCode(''), { letters: '', foreign: false, tooLong: false });
});

test('length and alphabet are those of the companion', async () => {
  const contract = await readFile(new URL('../../model/src/exchange.rs', import.meta.url), 'utf8');
  const alphabet = /CONFIRMATION_CODE_ALPHABET[^"]*"([A-Z]+)"/.exec(contract)[1];
  assert.equal(alphabet.length, 20);
  assert.equal(CODE_LENGTH, Number(/CONFIRMATION_CODE_LENGTH: usize = (\d+)/.exec(contract)[1]));
  const accepted = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => readCode(letter).letters === letter);
  assert.deepEqual(accepted, [...alphabet]);
});

test('in a full field what is typed takes the place of what stands there', () => {
  const full = 'KDRTWXZB';
  for (const [typed, caret, letters] of [
    ['CKDRTWXZB', 1, 'CDRTWXZB'], ['KDRCTWXZB', 4, 'KDRCWXZB'], ['KDRTWXZCB', 8, 'KDRTWXZC'], ['BCDFGHJKKDRTWXZB', 8, 'BCDFGHJK'], ['KBC-D DRTWXZB', 6, 'KBCDWXZB'],
  ]) {
    assert.deepEqual(overtyped(full, typed, caret), { letters, foreign: false, tooLong: false }, typed);
  }
  assert.deepEqual(overtyped(full, 'KDRTWXZBC', 9), { letters: full, foreign: false, tooLong: true }, 'nothing stands after the last one');
  assert.deepEqual(overtyped(full, 'K1DRTWXZB', 2), { letters: full, foreign: true, tooLong: false });
  assert.deepEqual(overtyped(full, 'KDRTWXZ', 7), { letters: 'KDRTWXZ', foreign: false, tooLong: false }, 'one was taken out');
  assert.deepEqual(overtyped('KDRT', 'KCDRT', 2), { letters: 'KCDRT', foreign: false, tooLong: false }, 'there is room');
});
