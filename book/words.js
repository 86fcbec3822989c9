// How French is searched: built into the index here, and into the page that asks it. Nothing but functions of their arguments: it is read by both.

/** Small letters without accents: « Clés » is « cles ». */
export const fold = (word) => word.toLowerCase().replace(/œ/g, 'oe').replace(/æ/g, 'ae').normalize('NFD').replace(/\p{M}/gu, '');

/** Words and numbers; an apostrophe, a hyphen or an underscore ends one: « l’expiration », « VST-2041 », « public_url ». */
export const split = (text) => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/**
 * All that a word is found by: itself, and its stem, cut with its accents and without. « expirée » is so found by « expiree »,
 * « expiré » and « expiration ».
 */
export function variants(word, stem) {
  const folded = fold(word);
  return [...new Set([folded, fold(stem(word.toLowerCase())), stem(folded)])];
}
