//! The catalogue: complete, and written as each language is.

use super::*;

#[test]
fn numbers_are_unique() {
    let mut numbers: Vec<u16> = ErrorCode::ALL.iter().map(|code| code.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), ErrorCode::ALL.len());
}

#[test]
fn a_code_survives_the_wire() {
    for &code in ErrorCode::ALL {
        let wire = serde_json::to_string(&code).expect("serializes");
        assert_eq!(serde_json::from_str::<ErrorCode>(&wire).expect("parses"), code);
    }
    assert!(serde_json::from_str::<ErrorCode>("\"VST-9999\"").is_err());
}

fn texts(code: ErrorCode, language: Language) -> [&'static str; 3] {
    let Explanation { title, cause, remedy } = code.explanation(language);
    [title, cause, remedy]
}

/// A report, a screen and a log say them: the last pass of a report takes none of their words for somebody's.
#[test]
fn no_word_of_the_catalogue_looks_like_what_may_not_leave() {
    for &code in ErrorCode::ALL {
        for language in [Language::Fr, Language::En] {
            for text in texts(code, language) {
                let line = format!("{code} : {text}");
                assert_eq!(crate::redaction::redact(&line, &crate::redaction::KnownWords::default()), line);
            }
        }
    }
}

#[test]
fn every_code_is_explained_in_both_languages() {
    for &code in ErrorCode::ALL {
        for language in [Language::Fr, Language::En] {
            let [title, cause, remedy] = texts(code, language);
            assert!(title.chars().count() >= 10 && title.chars().count() <= 60, "{code}: {title}");
            assert!(!title.ends_with('.'), "{code}: a title is not a sentence");
            for sentence in [cause, remedy] {
                assert!(sentence.ends_with('.') && sentence.chars().count() <= 240, "{code}: {sentence}");
            }
            for text in [title, cause, remedy] {
                assert!(text.trim() == text && !text.contains("  ") && text.starts_with(char::is_uppercase), "{code}: {text}");
            }
        }
        for (french, english) in texts(code, Language::Fr).into_iter().zip(texts(code, Language::En)) {
            assert_ne!(french, english, "{code}");
        }
    }
}

#[test]
fn exi_03_the_french_texts_follow_french_typography() {
    for &code in ErrorCode::ALL {
        for text in texts(code, Language::Fr) {
            assert!(!text.contains(['\'', '"', '“', '”']), "{code}: {text}");
            let characters: Vec<char> = text.chars().collect();
            for (index, &mark) in characters.iter().enumerate() {
                let before = index.checked_sub(1).map(|at| characters[at]);
                match mark {
                    ':' | '»' => assert_eq!(before, Some('\u{a0}'), "{code}: {text}"),
                    ';' | '!' | '?' => assert_eq!(before, Some('\u{202f}'), "{code}: {text}"),
                    '«' => assert_eq!(characters.get(index + 1), Some(&'\u{a0}'), "{code}: {text}"),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn the_english_texts_use_typographic_apostrophes() {
    for &code in ErrorCode::ALL {
        for text in texts(code, Language::En) {
            assert!(!text.contains('\''), "{code}: {text}");
            assert!(!text.contains("\u{a0}:"), "{code}: {text}");
        }
    }
}

#[test]
fn nobody_is_told_jargon_and_pro_sante_connect_is_named_in_full() {
    // A client that takes its first steps: its developer alone reads these.
    let for_developers = [ErrorCode::ProofNonceDue, ErrorCode::ScopeUnknown];
    for &code in ErrorCode::ALL.iter().filter(|code| !for_developers.contains(code)) {
        for language in [Language::Fr, Language::En] {
            for text in texts(code, language) {
                // What support and the guides call it: no word of the protocol's.
                let plain = text.replace("jeton d’inscription", "").replace("enrolment token", "");
                let words: Vec<String> = plain
                    .split(|character: char| !character.is_alphanumeric())
                    .map(str::to_lowercase)
                    .filter(|word| !word.is_empty())
                    .collect();
                for banned in ["jeton", "jetons", "token", "tokens", "callback", "oidc", "oauth", "userinfo", "dpop", "loopback", "cookie"]
                {
                    assert!(!words.iter().any(|word| word == banned), "{code}: {text}");
                }
                // Administrators alone read the name of the configuration's section.
                assert!(code == ErrorCode::EnvironmentMixed || !words.iter().any(|word| word == "psc"), "{code}: {text}");
                assert!(!text.contains("Pro Santé"), "{code}: no-break spaces in the name: {text}");
            }
        }
    }
}

/// One word for one notion, whoever reads it: what some of them were called before, or what means something else in a hospital.
#[test]
fn no_notion_goes_by_another_word() {
    const FRENCH: [&str; 15] = [
        "compagnon",
        "service",
        "votre administrateur",
        "l’administrateur",
        "informatique",
        "assistance",
        "coffre",
        "mandataire",
        "prudence",
        "précaution",
        "rien n’a été ouvert",
        "clé d’inscription",
        "ordinateur",
        "insistez",
        "un essai",
    ];
    const ENGLISH: [&str; 12] = [
        "companion",
        "service",
        "your administrator",
        "the administrator",
        "it department",
        "support team",
        "vault",
        "to be safe",
        "nothing was opened",
        "enrolment key",
        "computer",
        "application",
    ];
    // Commands and settings as they are typed, and the one service that is no notion of ours.
    const TYPED: [&str; 8] = [
        "companion-server vault status",
        "companion-server",
        "companion_",
        "vault.key_file",
        "service de cartes à puce",
        "smart card service",
        "service du système",
        "system’s service",
    ];
    for &code in ErrorCode::ALL {
        for (language, former) in [(Language::Fr, &FRENCH[..]), (Language::En, &ENGLISH[..])] {
            for text in texts(code, language) {
                let told = TYPED.iter().fold(text.to_lowercase(), |told, typed| told.replace(typed, ""));
                let found = former.iter().find(|word| told.contains(**word));
                assert!(found.is_none(), "{code}, « {} »: {text}", found.unwrap_or(&""));
            }
        }
    }
}

#[test]
fn what_can_be_tried_again_is_said_to_be_so() {
    for &code in ErrorCode::ALL.iter().filter(|code| code.can_retry() && code.actor() == Actor::Person) {
        let remedy = code.explanation(Language::Fr).remedy.to_lowercase();
        assert!(
            ["recommencez", "réessayez", "identifiez-vous de nouveau", "choisissez"].iter().any(|word| remedy.contains(word)),
            "{code}: {remedy}"
        );
    }
}

#[test]
fn a_description_for_foreign_libraries_has_no_sign_that_their_standard_forbids() {
    for &code in ErrorCode::ALL {
        let description = code.ascii_description();
        let is_allowed = |byte: u8| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
        assert!(!description.is_empty() && description.bytes().all(is_allowed), "{code}: {description}");
    }
}
