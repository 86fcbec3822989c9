//! What comes over the wire, cleaned.

use super::*;
use crate::exchange::{CompanionMetadata, PushedAuthorizationAnswer};
use crate::practitioner::SituationId;
use crate::session::{Session, SignInId};

const HOSTILE: &str = "\u{1b}]0;x\u{7}\r\nVST-2004\u{9b}31m\u{202e}\u{200b}\u{2066}\u{feff}\u{ad}\u{e0041}\u{3164}";

#[test]
fn attack_49_a_text_for_people_keeps_what_is_written_and_nothing_else() {
    assert_eq!(printable(&format!("  {HOSTILE} Dossier {HOSTILE}"), LONGEST_TEXT), "]0;xVST-200431m Dossier ]0;xVST-200431m");
    assert_eq!(printable("D’ÉXÉMPLE-O'NEILL ŒUVRE ﷺ 漢", LONGEST_TEXT), "D’ÉXÉMPLE-O'NEILL ŒUVRE ﷺ 漢");
    assert_eq!(printable(&"É".repeat(10_000), 64).chars().count(), 64);
    assert_eq!(printable("\u{200b}\n", LONGEST_TEXT), "");
    for character in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|character| character.is_control()) {
        assert!(is_unseen(character), "{character:?}");
    }
    for character in ['\u{200b}', '\u{2800}', '\u{3164}', '\u{1d159}', '\u{e0041}'] {
        assert!(is_unseen(character), "{character:?}");
    }
    assert!(!['\u{2801}', '\u{1d158}', ' ', 'a'].into_iter().any(is_unseen));
}

#[test]
fn json_says_the_same_and_orders_no_terminal_about() {
    let told = json_for_eyes(&serde_json::to_string_pretty(&[HOSTILE, "é\t\u{2028}"]).expect("JSON"));
    assert_eq!(serde_json::from_str::<[String; 2]>(&told).expect("JSON"), [HOSTILE, "é\t\u{2028}"]);
    assert!(!told.chars().any(|character| is_unseen(character) && character != '\n'), "{told:?}");
    assert_eq!("a\u{200b}b\u{1}c\td\u{2028}e".chars().filter(|character| is_hidden(*character)).collect::<String>(), "\u{200b}\u{1}");
}

#[test]
fn attack_49_names_of_things_have_one_form() {
    let id = |text: &str| serde_json::from_value::<SignInId>(text.into());
    assert_eq!(id("7F3K-9QXM").expect("a name").to_string(), "7F3K-9QXM");
    for wrong in ["", "7F3K9QXM", "7f3k-9qxm", "7F3K-9QXM\n", "7F3K-9QX\u{1b}", "7F3K-9QXMM", "7F3K_9QXM", "7F3K-9QXÉ"] {
        assert!(id(wrong).is_err(), "{wrong:?}");
    }
    let situation = |text: &str| serde_json::from_value::<SituationId>(text.into());
    assert!(situation("9QtZYEHl_l3EetO7").is_ok());
    for wrong in ["", "a b", "a\u{1b}[2J", "é", &"a".repeat(65)] {
        assert!(situation(wrong).is_err(), "{wrong:?}");
    }
}

fn pushed() -> serde_json::Value {
    serde_json::json!({
        "request_uri": "urn:ietf:params:oauth:request_uri:x", "expires_in": 120, "sign_in_id": "7F3K-9QXM", "match_number": "07",
        "confirmation": "none", "events_uri": "/e", "sign_in_expires_in": 600, "exchanges": ["loopback"],
    })
}

#[test]
fn attack_49_the_number_to_compare_is_two_digits() {
    for wrong in ["7", "007", "7\n", "\u{660}\u{661}", "0\u{1b}"] {
        let mut answer = pushed();
        answer["match_number"] = wrong.into();
        assert!(serde_json::from_value::<PushedAuthorizationAnswer>(answer).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_a_newer_companion_adds_or_nobody_reads_costs_nothing() {
    let mut answer = pushed();
    answer["exchanges"] = serde_json::json!(["ciba", "polling", 3]);
    answer["confirmation"] = "voice".into();
    answer["expires_in"] = "soon".into();
    let answer: PushedAuthorizationAnswer = serde_json::from_value(answer).expect("read");
    assert_eq!(answer.exchanges, [crate::exchange::Exchange::Polling]);

    let metadata = serde_json::json!({
        "issuer": "https://a.example", "authorization_endpoint": "a", "token_endpoint": "b", "pushed_authorization_request_endpoint": "c",
        "device_authorization_endpoint": "d", "revocation_endpoint": "e", "service_name": "Dossier", "psc_environment": "bas",
        "companion_version": "9.0.0", "op_tos_uri": 5, "ui_locales_supported": "fr", "grant_types_supported": null,
    });
    assert_eq!(serde_json::from_value::<CompanionMetadata>(metadata).expect("read").service_name, "Dossier");
}

#[test]
fn attack_49_a_session_is_cleaned_as_it_is_read() {
    let coded = |code: &str| serde_json::json!({"code": code, "label": format!("Médecin{HOSTILE}")});
    let session = serde_json::json!({
        "sign_in_id": "7F3K-9QXM", "means": "retina", "environment": "simulator", "shared_workstation": false, "identity_changed": false,
        "situation_id": null, "suggested_situation_id": null,
        "clocks": {"idle_in_s": 1, "idle_limit_s": 1, "absolute_in_s": 1, "expires_at_unix_s": 1},
        "practitioner": {
            "national_id": "899700999016", "title": format!("Dr{HOSTILE}"), "given_name": format!("Camille{HOSTILE}"), "family_name": HOSTILE,
            "practices": [{"profession": coded("10"), "category": 4, "speciality": coded("SM\u{1b}54"), "situations": [{
                "id": "s1", "mode": coded("L"), "sector": "x", "role": coded("FON"), "pharmacist_section": null, "activity_kind": [],
                "structure": {"technical_id": "R1", "name": format!("CABINET{HOSTILE}"), "finess": "", "siret": 12, "locality": format!("75000{HOSTILE}")},
            }]}],
        },
    });
    let session: Session = serde_json::from_value(session).expect("read");
    assert_eq!(session.means, None);
    let all = serde_json::to_string(&session).expect("written");
    assert!(!all.contains("\\u00") && !all.chars().any(is_unseen), "{all}");
    assert_eq!(session.practitioner.given_name, "Camille]0;xVST-200431m");
}
