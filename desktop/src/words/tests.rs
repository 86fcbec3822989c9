//! What the compiler cannot see: that each text is written as its language is.

use std::fs;
use std::path::Path;

use vestibule_model::language::Language;

use crate::trusted_file::{Exposure, ExposureKind, PolicyOwner};

/// A path as a file of settings has it, between its own signs.
const EXAMPLE: &str = "'C:";

/// Every text of a source as it is read, with a letter in place of what is put into it.
fn texts(source: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(sign) = rest.next() {
        if sign == '/' && rest.peek() == Some(&'/') {
            rest.by_ref().find(|sign| *sign == '\n');
        } else if sign == '"' {
            texts.push(text(&mut rest));
        }
    }
    texts
}

fn text(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(sign) = rest.next() {
        match sign {
            '"' => return text,
            '{' => {
                rest.by_ref().find(|sign| *sign == '}');
                text.push('x');
            }
            '\\' => match rest.next() {
                Some('u') => {
                    let number: String = rest.by_ref().skip(1).take_while(|sign| *sign != '}').collect();
                    text.extend(u32::from_str_radix(&number, 16).ok().and_then(char::from_u32));
                }
                // A text goes on behind the blanks of the next line.
                Some('\n') => while rest.next_if(|sign| *sign == ' ').is_some() {},
                Some('n') => text.push('\n'),
                Some(sign) => text.push(sign),
                None => panic!("a text ends"),
            },
            sign => text.push(sign),
        }
    }
    panic!("a text is closed: {text}")
}

/// What the rooms of all topics say in the language whose files have this name.
fn people_read(language: &str) -> Vec<String> {
    let rooms = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/words")).expect("the rooms");
    let folders = rooms.map(|room| room.expect("a room").path()).filter(|room| room.is_dir());
    let files: Vec<_> = folders.map(|room| room.join(language)).collect();
    let texts = files.iter().flat_map(|file| texts(&fs::read_to_string(file).expect("in both languages")));
    let texts: Vec<String> = texts.filter(|text| !text.starts_with(EXAMPLE)).collect();
    assert!(files.len() > 10 && texts.len() > 150, "the search reads {} texts of {} files", texts.len(), files.len());
    texts
}

#[test]
fn exi_03_french_is_written_as_french_is() {
    for text in people_read("fr.rs") {
        assert!(!text.contains(['\'', '"', '“', '”']), "{text:?}");
        let signs: Vec<char> = text.chars().collect();
        for (at, sign) in signs.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| signs[at]);
            match sign {
                // Within a word, as in a command that is to be typed, it is no punctuation.
                ':' if signs.get(at + 1).is_some_and(|after| !after.is_whitespace()) => {}
                ':' | '»' => assert_eq!(before, Some('\u{a0}'), "{text:?}"),
                ';' | '!' | '?' => assert_eq!(before, Some('\u{202f}'), "{text:?}"),
                '«' => assert_eq!(signs.get(at + 1), Some(&'\u{a0}'), "{text:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn english_is_written_as_english_is() {
    for text in people_read("en.rs") {
        assert!(!text.contains(['\'', '"', '«', '»', '\u{202f}']), "{text:?}");
        assert!(!text.contains("\u{a0}:") && !text.contains(" :"), "{text:?}");
    }
}

/// One word for one notion: what some of them were called before, or what means something else in a hospital.
#[test]
fn no_notion_goes_by_another_word() {
    const FRENCH: [&str; 12] = [
        "compagnon",
        "votre administrateur",
        "l’administrateur",
        "l’ordinateur",
        "prudence",
        "précaution",
        "clé d’inscription",
        "échanges ouverts",
        "insistez",
        "un essai",
        "le service ",
        "dans le service",
    ];
    const ENGLISH: [&str; 9] = [
        "companion ",
        "your administrator",
        "of the computer",
        "the machine",
        "enrolment key",
        "open exchanges",
        "in the service",
        "of the service",
        " tries ",
    ];
    for (language, former) in [("fr.rs", &FRENCH[..]), ("en.rs", &ENGLISH[..])] {
        for text in people_read(language) {
            let told = text.to_lowercase().replace("le service de cartes à puce", "");
            let found = former.iter().find(|word| told.contains(**word));
            assert!(found.is_none(), "« {} »: {text:?}", found.unwrap_or(&""));
        }
    }
}

#[test]
fn whoever_may_write_the_policy_is_told_with_the_command_that_mends_it() {
    let exposed = |kind| Exposure { at: "/etc/vestibule/policy.toml".into(), kind, allowed: PolicyOwner::Root };
    for language in [Language::Fr, Language::En] {
        let words = super::of(language);
        assert!(words.exposure(&exposed(ExposureKind::Owner(1000))).ends_with("chown root:root /etc/vestibule/policy.toml"));
        assert!(words.exposure(&exposed(ExposureKind::Writable(0o666))).ends_with("chmod go-w /etc/vestibule/policy.toml"));
    }
}

#[test]
fn the_search_for_texts_reads_them_as_people_do() {
    let source = "// \"not this\"\nlet a = \"x\\u{a0}: {b:02}, “c” \\\n    d\\n\"; 'static";
    assert_eq!(texts(source), ["x\u{a0}: x, “c” d\n"]);
}
