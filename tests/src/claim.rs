//! What every page that names tests as proofs says of itself.

/// The sentence under the title of such a page.
pub(crate) const PROVEN: &str = "Écrite d’après les tests que les sources déclarent, et établie par les résultats\u{a0}: la dernière étape de `./dev test` refait cette\n\
page depuis le résultat de chaque test, et échoue si elle diffère. Un test qui a échoué, qui est sauté ou qui n’a pas été exécuté\n\
ne prouve rien.";

/// Puts the no-break spaces that French asks for, which sources cannot show.
pub(crate) fn spaced(text: &str) -> String {
    text.replace(" :", "\u{a0}:").replace(" ;", "\u{202f};").replace("« ", "«\u{a0}").replace(" »", "\u{a0}»")
}
