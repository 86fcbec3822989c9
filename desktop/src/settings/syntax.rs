//! What a file that is no TOML gets wrong, in French, by how the parser's sentence begins. That sentence itself is never shown.

/// Whatever else it may be.
const UNREADABLE: &str = "cette ligne ne se lit pas";

const SAID: [(&str, &str); 22] = [
    ("key with no value", "il manque «\u{a0}= valeur\u{a0}» après la clé"),
    ("missing assignment", "il manque «\u{a0}=\u{a0}» entre la clé et sa valeur"),
    ("missing value", "il manque la valeur après «\u{a0}=\u{a0}»"),
    ("string values must be quoted", "un texte s’écrit entre guillemets"),
    ("invalid basic string", "un guillemet n’est pas fermé sur la ligne, ou le texte contient un signe interdit"),
    ("invalid literal string", "une apostrophe n’est pas fermée sur la ligne, ou le texte contient un signe interdit"),
    ("invalid multi-line", "un texte sur plusieurs lignes n’est pas fermé"),
    ("missing opening quote", "un texte commence par un guillemet"),
    ("unclosed array table", "le nom d’une section s’écrit entre crochets, sur une seule ligne"),
    ("unclosed array", "un crochet «\u{a0}[\u{a0}» n’est pas fermé"),
    ("unclosed inline table", "une accolade «\u{a0}{\u{a0}» n’est pas fermée"),
    ("unclosed table", "le nom d’une section s’écrit entre crochets, sur une seule ligne"),
    ("missing comma", "il manque une virgule entre deux éléments"),
    ("extra comma", "une virgule est en trop"),
    ("extra", "un signe «\u{a0}=\u{a0}» est en trop"),
    ("unexpected leading zero", "un nombre ne commence pas par zéro"),
    ("invalid unquoted key", "le nom d’une clé ne compte que des lettres sans accent, des chiffres, «\u{a0}_\u{a0}» et «\u{a0}-\u{a0}»"),
    ("unquoted keys cannot be empty", "le nom de la clé manque"),
    ("cannot extend value", "cette clé a déjà une valeur\u{a0}; elle ne peut pas être aussi une section"),
    ("cannot recurse", "trop de crochets ou d’accolades sont imbriqués"),
    ("invalid comment", "un commentaire contient un signe interdit"),
    ("unexpected", "quelque chose est en trop à cet endroit"),
];

/// The slip at this line, by the parser's sentence.
pub(super) fn slip(reason: &str, line: &str) -> &'static str {
    let is_empty = line.split_once('=').is_some_and(|(_, value)| value.trim().is_empty());
    let reason = if is_empty { "missing value" } else { reason };
    SAID.iter().find(|(start, _)| reason.starts_with(start)).map_or(UNREADABLE, |(_, said)| *said)
}
