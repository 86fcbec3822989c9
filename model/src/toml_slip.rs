//! What a file that is no TOML gets wrong, by how the parser's sentence begins. That sentence itself is English, the parser's to
//! change, and never shown. The parser is not known here: the settings of a workstation and the companion's configuration each have theirs.

use crate::language::Language;

/// What is wrong with a line, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip {
    fr: &'static str,
    en: &'static str,
}

impl Slip {
    /// In this language.
    pub const fn told(self, language: Language) -> &'static str {
        match language {
            Language::Fr => self.fr,
            Language::En => self.en,
        }
    }
}

/// Whatever else it may be.
const UNREADABLE: Slip = Slip { fr: "cette ligne ne se lit pas", en: "this line cannot be read" };

/// The first start that fits speaks: a longer one stands before a shorter.
const SAID: [(&str, Slip); 31] = [
    ("key with no value", Slip { fr: "il manque «\u{a0}= valeur\u{a0}» après le paramètre", en: "“= value” is missing after the setting" }),
    (
        "missing assignment",
        Slip {
            fr: "il manque «\u{a0}=\u{a0}» entre le paramètre et sa valeur", en: "“=” is missing between the setting and its value"
        },
    ),
    ("missing value", Slip { fr: "il manque la valeur après «\u{a0}=\u{a0}»", en: "the value is missing after “=”" }),
    ("missing escaped value", BACKSLASH),
    ("too few unicode", BACKSLASH),
    ("invalid value", BACKSLASH),
    ("string values must be quoted", Slip { fr: "un texte s’écrit entre guillemets", en: "a text is written in quotes" }),
    (
        "invalid basic string",
        Slip {
            fr: "un guillemet n’est pas fermé sur la ligne, ou le texte contient un signe interdit",
            en: "a quote is not closed on the line, or the text contains a forbidden character",
        },
    ),
    (
        "invalid literal string",
        Slip {
            fr: "une apostrophe n’est pas fermée sur la ligne, ou le texte contient un signe interdit",
            en: "a single quote is not closed on the line, or the text contains a forbidden character",
        },
    ),
    ("invalid multi-line", Slip { fr: "un texte sur plusieurs lignes n’est pas fermé", en: "a text of several lines is not closed" }),
    ("missing opening quote", Slip { fr: "un texte commence par un guillemet", en: "a text begins with a quote" }),
    (
        "unclosed array table",
        Slip {
            fr: "le nom d’une section s’écrit entre crochets, sur une seule ligne",
            en: "the name of a section is written in brackets, on one line",
        },
    ),
    ("unclosed array", Slip { fr: "un crochet «\u{a0}[\u{a0}» n’est pas fermé", en: "a bracket “[” is not closed" }),
    ("unclosed inline table", Slip { fr: "une accolade «\u{a0}{\u{a0}» n’est pas fermée", en: "a brace “{” is not closed" }),
    (
        "unclosed table",
        Slip {
            fr: "le nom d’une section s’écrit entre crochets, sur une seule ligne",
            en: "the name of a section is written in brackets, on one line",
        },
    ),
    ("missing comma", Slip { fr: "il manque une virgule entre deux éléments", en: "a comma is missing between two elements" }),
    ("extra comma", Slip { fr: "une virgule est en trop", en: "there is a comma too many" }),
    ("extra", Slip { fr: "un signe «\u{a0}=\u{a0}» est en trop", en: "there is a “=” too many" }),
    ("unexpected leading zero", Slip { fr: "un nombre ne commence pas par zéro", en: "a number does not begin with zero" }),
    ("redundant", Slip { fr: "le nombre a un signe ou un préfixe en trop", en: "the number has a sign or a prefix too many" }),
    ("integers with a radix", Slip { fr: "le nombre a un signe en trop", en: "the number has a sign too many" }),
    (
        "invalid unquoted key",
        Slip {
            fr: "le nom d’un paramètre ne compte que des lettres sans accent, des chiffres, «\u{a0}_\u{a0}» et «\u{a0}-\u{a0}»",
            en: "the name of a setting holds only letters without accents, digits, “_” and “-”",
        },
    ),
    ("unquoted keys cannot be empty", Slip { fr: "le nom du paramètre manque", en: "the name of the setting is missing" }),
    (
        "cannot extend value",
        Slip {
            fr: "ce paramètre a déjà une valeur\u{202f}; il ne peut pas être aussi une section",
            en: "this setting has a value already; it cannot be a section as well",
        },
    ),
    ("cannot recurse", Slip { fr: "trop de crochets ou d’accolades sont imbriqués", en: "too many brackets or braces are nested" }),
    ("invalid comment", Slip { fr: "un commentaire contient un signe interdit", en: "a comment contains a forbidden character" }),
    (
        "carriage return",
        Slip {
            fr: "une fin de ligne ne compte qu’un retour chariot\u{202f}; enregistrez le fichier avec des fins de ligne ordinaires",
            en: "a line ends with a carriage return alone; save the file with ordinary line ends",
        },
    ),
    (
        "`_` may only",
        Slip {
            fr: "dans un nombre, «\u{a0}_\u{a0}» ne va qu’entre deux chiffres", en: "in a number, “_” only goes between two digits"
        },
    ),
    (
        "radix must be lowercase",
        Slip { fr: "le préfixe d’un nombre s’écrit en minuscules", en: "the prefix of a number is written in lower case" },
    ),
    ("keys cannot be", Slip { fr: "le nom d’un paramètre tient sur une seule ligne", en: "the name of a setting stands on one line" }),
    ("unexpected", Slip { fr: "quelque chose est en trop à cet endroit", en: "something is too many at this place" }),
];

const BACKSLASH: Slip = Slip {
    fr: "une barre oblique inverse (\\) a un sens particulier entre guillemets\u{202f}; écrivez le chemin entre apostrophes, comme 'C:\\Vestibule\\cle'",
    en: "a backslash (\\) has a meaning of its own between double quotes; write the path between single quotes, as in 'C:\\Vestibule\\key'",
};

/// The slip at this line, by the parser's sentence.
pub fn slip(sentence: &str, line: &str) -> Slip {
    let is_empty = line.split_once('=').is_some_and(|(_, value)| value.trim().is_empty());
    let sentence = if is_empty { "missing value" } else { sentence };
    SAID.iter().find(|(start, _)| sentence.starts_with(start)).map_or(UNREADABLE, |(_, said)| *said)
}

/// The dotted name of the key or of the table that is given at a byte of a text, for whoever is told that it is there already. `None` for
/// what has not the looks of a name.
pub fn key_at(text: &str, start: usize) -> Option<String> {
    let before = text.get(..start)?;
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(begin..)?.lines().next().unwrap_or_default();
    if let Some(table) = table(line) {
        return Some(table);
    }
    let section = text.get(..begin)?.lines().filter_map(table).next_back();
    let given = text.get(start..begin + line.len()).and_then(first_name);
    // In a table on one line, the name stands behind the one of the table.
    let (outer, own) = match line.split_once('=').map(|(outer, _)| outer) {
        Some(outer) if start > begin + outer.len() => (name(outer), given?),
        Some(own) => (None, name(own).or(given)?),
        None => (None, given?),
    };
    Some([section, outer, Some(own)].into_iter().flatten().collect::<Vec<_>>().join("."))
}

/// The name in the heading of a table.
fn table(line: &str) -> Option<String> {
    let (inner, rest) = line.trim().strip_prefix('[')?.trim_start_matches('[').split_once(']')?;
    let rest = rest.trim_start_matches(']').trim();
    if rest.is_empty() || rest.starts_with('#') { name(inner) } else { None }
}

/// The name that a text begins with.
fn first_name(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|sign| matches!(sign, '"' | '\''));
    match quote {
        Some(quote) => name(text[1..].split(quote).next()?),
        None => name(text.split(|sign: char| sign == '=' || sign.is_whitespace()).next()?),
    }
}

/// Signs of the longest name that is repeated.
const NAME_LENGTH: usize = 60;

fn name(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').map(|part| part.trim().trim_matches(['"', '\''])).collect();
    let name = parts.join(".");
    let is_name = !name.is_empty() && name.chars().count() <= NAME_LENGTH;
    (is_name && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ' '))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{SAID, UNREADABLE, key_at, slip};

    #[test]
    fn a_key_that_is_there_twice_is_named_whatever_it_is_called_and_wherever_it_stands() {
        for (text, second, named) in [
            ("language = 1\nlanguage = 2", "language = 2", Some("language")),
            ("[answers]\nexi_05 = \"\"\nexi_05 = \"\"", "exi_05 = \"\"", Some("answers.exi_05")),
            ("[answers] # ours\nA-1 = \"\"\n\"A-1\" = \"\"", "\"A-1\"", Some("answers.A-1")),
            ("[declared]\n[answers]\n[declared]", "declared]", Some("declared")),
            ("[a.b]\n[ a . b ]", "b ]", Some("a.b")),
            ("[[client]]\nid = 1\nid = 2", "id = 2", Some("client.id")),
            ("a.b = 1\na.b = 2", "b = 2", Some("a.b")),
            ("[psc]\nproxy = { url = \"a\", url = \"b\" }", "url = \"b\"", Some("psc.proxy.url")),
            ("x = [\n  [\"a\"],\n  { b = 1, b = 2 },\n]", "b = 2", Some("b")),
            ("[groupes]\n\"salle de soins\" = 1\n\"salle de soins\" = 2", "\"salle de soins\" = 2", Some("groupes.salle de soins")),
        ] {
            let start = text.rfind(second).expect(second);
            assert_eq!(key_at(text, start).as_deref(), named, "{text}");
        }
        let long = format!("{0} = 1\n{0} = 2", "a".repeat(80));
        assert_eq!((key_at(&long, 85), key_at("a = 1", 99), key_at("", 0)), (None, None, None));
    }

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
