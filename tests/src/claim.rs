//! What every page that names tests as proofs says of itself.

/// The sentence under the title of such a page.
pub(crate) const PROVEN: &str = "Écrite d’après les essais que les sources déclarent, et tenue par les résultats\u{a0}: la dernière étape de `./dev test` refait cette\n\
page depuis ce que la course a dit de chaque essai, et échoue si elle diffère. Un essai qui a échoué, qui est sauté ou qui n’a pas tourné\n\
ne prouve rien.";
