/** Letters of the code shown in the browser: model/src/exchange.rs, CONFIRMATION_CODE_LENGTH. */
export const CODE_LENGTH = 8;

/** Every letter it may hold, same file: no vowel, no digit, nothing that reads as another. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';

/** What a text typed, pasted or dictated becomes in the field. */
export interface TypedCode {
  /** At most eight capital letters of the alphabet. */
  readonly letters: string;
  /** Something that no code holds was left out; spaces and hyphens are not worth a word. */
  readonly foreign: boolean;
  /** More than eight letters were there. */
  readonly tooLong: boolean;
}

/**
 * The same where the field was full: what was typed before the caret takes the place of the letters after it, one for one, so that a wrong letter is
 * corrected by typing the right one, and eight letters typed from the first one replace them all.
 */
export function overtyped(before: string, typed: string, caret: number): TypedCode {
  const [head, tail] = [readCode(typed.slice(0, caret)), readCode(typed.slice(caret)).letters];
  if (before.length < CODE_LENGTH || head.letters.length + tail.length <= CODE_LENGTH) return readCode(typed);
  const letters = head.letters + tail.slice(tail.length - (CODE_LENGTH - head.letters.length));
  return { ...head, letters: head.letters.length === CODE_LENGTH ? head.letters : letters };
}

/** Reads the letters out of what was typed, pasted or dictated, spaces, hyphens and case aside. */
export function readCode(text: string): TypedCode {
  const signs = [...text.toUpperCase()].filter((sign) => !/[\s\p{Pd}\u200b\u2060]/u.test(sign));
  const letters = signs.filter((sign) => ALPHABET.includes(sign));
  return { letters: letters.slice(0, CODE_LENGTH).join(''), foreign: letters.length < signs.length, tooLong: letters.length > CODE_LENGTH };
}
