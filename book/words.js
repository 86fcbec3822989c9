// How French is searched: built into the index here, and into the page that asks it. Nothing but functions of their arguments: it is read by both.

/** Small letters without accents: « Clés » is « cles ». */
export const fold = (word) => word.toLowerCase().replace(/œ/g, 'oe').replace(/æ/g, 'ae').normalize('NFD').replace(/\p{M}/gu, '');

/** Words and numbers; an apostrophe, a hyphen or an underscore ends one: « l’expiration », « VST-2041 », « public_url ». */
export const split = (text) => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** What the index keeps: those, and what a hyphen joins as it is typed without one: « eCPS », « vst2041 ». */
export const terms = (text) => [...split(text), ...(text.match(/[\p{L}\p{M}\p{N}]+(?:[-\u2011][\p{L}\p{M}\p{N}]+)+/gu) ?? []).map((joined) => joined.replace(/[-\u2011]/g, ''))];

/** Words that say nothing of what is looked for, folded; those of a question among them. */
const SMALL = new Set(
  ('a ai ait arrive arriver as au aucun aucune aux avec avoir c ca car ce cela celle celui ces cet cette ceux chez comment d dans de depuis des dois doit du e elle elles en est et etais etait ete etre eu ' +
    'faire fais fait faut fonctionne fonctionner il ils j je jamais l la le les leur leurs lui m ma mais marche me mes moi mon n ne ni nos notre nous on ont ou par pas peut peux plus pour pourquoi ' +
    'pouvoir qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont suis sur t ta te tes toi ton tous tout toute toutes tres tu un une va vais veut veux vos votre vous y').split(' '),
);

/** The words of a question that say what is looked for; all of them where none does. */
export function asked(text) {
  const words = split(text);
  const kept = words.filter((word) => !SMALL.has(fold(word)));
  return kept.length > 0 ? kept : words;
}

/** A deed and what does it, which the stem keeps apart: « verrouillage » and « verrouiller ». */
const FAMILIES = [
  'connexion connecter', 'déconnexion déconnecter', 'reconnexion reconnecter', 'identification identifier', 'verrouillage verrouiller', 'déverrouillage déverrouiller', 'changement changer',
  'partage partager', 'fermeture fermer', 'ouverture ouvrir', 'installation installer', 'désinstallation désinstaller retrait retirer', 'configuration configurer', 'chiffrement chiffrer', 'sauvegarde sauvegarder',
  'restauration restaurer', 'conservation conserver garder rétention', 'gpo stratégie', 'inscription inscrire', 'oubli oublier', 'démarrage démarrer', 'redémarrage redémarrer', 'blocage bloquer',
].map((family) => family.split(' '));

/**
 * All that a word is found by: itself, its stem, cut with its accents and without, and its family. « expirée » is so found by « expiree »,
 * « expiré » and « expiration ».
 */
export function variants(word, stem) {
  const folded = fold(word);
  const forms = [folded, fold(stem(word.toLowerCase())), stem(folded)];
  const family = FAMILIES.find((members) => members.some((member) => forms.includes(fold(stem(member))) || forms.includes(stem(fold(member)))));
  // A sign that nobody types keeps the name of a family apart from words.
  return [...new Set(family === undefined ? forms : [...forms, `·${fold(family[0])}`])];
}
