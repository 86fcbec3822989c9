//! What a file that is no TOML gets wrong, in French, by how the parser's sentence begins. That sentence itself is English, the parser's to
//! change, and never shown. The parser is not known here: the settings of a workstation and the companion's configuration each have theirs.

/// Whatever else it may be.
const UNREADABLE: &str = "cette ligne ne se lit pas";

/// The first start that fits speaks: a longer one stands before a shorter.
const SAID: [(&str, &str); 31] = [
    ("key with no value", "il manque «\u{a0}= valeur\u{a0}» après la clé"),
    ("missing assignment", "il manque «\u{a0}=\u{a0}» entre la clé et sa valeur"),
    ("missing value", "il manque la valeur après «\u{a0}=\u{a0}»"),
    ("missing escaped value", BACKSLASH),
    ("too few unicode", BACKSLASH),
    ("invalid value", BACKSLASH),
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
    ("redundant", "le nombre a un signe ou un préfixe en trop"),
    ("integers with a radix", "le nombre a un signe en trop"),
    ("invalid unquoted key", "le nom d’une clé ne compte que des lettres sans accent, des chiffres, «\u{a0}_\u{a0}» et «\u{a0}-\u{a0}»"),
    ("unquoted keys cannot be empty", "le nom de la clé manque"),
    ("cannot extend value", "cette clé a déjà une valeur\u{202f}; elle ne peut pas être aussi une section"),
    ("cannot recurse", "trop de crochets ou d’accolades sont imbriqués"),
    ("invalid comment", "un commentaire contient un signe interdit"),
    (
        "carriage return",
        "une fin de ligne ne compte qu’un retour chariot\u{202f}; enregistrez le fichier avec des fins de ligne ordinaires",
    ),
    ("`_` may only", "dans un nombre, «\u{a0}_\u{a0}» ne va qu’entre deux chiffres"),
    ("radix must be lowercase", "le préfixe d’un nombre s’écrit en minuscules"),
    ("keys cannot be", "le nom d’une clé tient sur une seule ligne"),
    ("unexpected", "quelque chose est en trop à cet endroit"),
];

const BACKSLASH: &str = "une barre oblique inverse (\\) a un sens particulier entre guillemets\u{202f}; écrivez le chemin entre apostrophes, comme 'C:\\Vestibule\\cle'";

/// The slip at this line, by the parser's sentence.
pub fn slip(sentence: &str, line: &str) -> &'static str {
    let is_empty = line.split_once('=').is_some_and(|(_, value)| value.trim().is_empty());
    let sentence = if is_empty { "missing value" } else { sentence };
    SAID.iter().find(|(start, _)| sentence.starts_with(start)).map_or(UNREADABLE, |(_, said)| *said)
}

#[cfg(test)]
mod tests {
    use super::{SAID, UNREADABLE, slip};

    #[test]
    fn each_start_speaks_for_itself_and_none_is_hidden_by_one_before_it() {
        for (start, said) in SAID {
            assert_eq!(slip(start, "key"), said, "{start}");
        }
    }

    #[test]
    fn a_line_without_a_value_is_told_so_whatever_the_parser_makes_of_it() {
        assert_eq!(slip("string values must be quoted", "key = "), slip("missing value", "key"));
        assert_ne!(slip("string values must be quoted", "key = value"), slip("missing value", "key"));
    }

    #[test]
    fn a_sentence_that_is_not_known_is_not_shown() {
        assert_eq!(slip("some new sentence", "key = value"), UNREADABLE);
    }
}
