//! What the compiler cannot see: that each text is written as its language is.

use vestibule_model::language::Language;

use crate::trusted_file::{Exposure, ExposureKind, PolicyOwner};

const FRENCH: &str = include_str!("fr.rs");
const ENGLISH: &str = include_str!("en.rs");

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

fn people_read(source: &str) -> Vec<String> {
    let texts: Vec<String> = texts(source).into_iter().filter(|text| !text.starts_with(EXAMPLE)).collect();
    assert!(texts.len() > 150, "the search reads {} texts", texts.len());
    texts
}

#[test]
fn exi_03_french_is_written_as_french_is() {
    for text in people_read(FRENCH) {
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
    for text in people_read(ENGLISH) {
        assert!(!text.contains(['\'', '"', '«', '»', '\u{202f}']), "{text:?}");
        assert!(!text.contains("\u{a0}:") && !text.contains(" :"), "{text:?}");
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
