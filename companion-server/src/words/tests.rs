//! What the system says, in French.

use super::*;

#[test]
fn nothing_of_the_systems_own_words_is_said() {
    for number in 1..134 {
        let error = io::Error::from_raw_os_error(number);
        let said = in_french(&error);
        assert!(!said.contains("os error") && !said.contains(&error.kind().to_string()), "{number}: {said}");
    }
}

/// All that a command of the companion can print: not what a workstation alone meets.
#[test]
fn an_administrator_is_not_sent_to_his_administrator_nor_spoken_to_as_a_person_at_a_workstation() {
    let of_others = [
        "dministrateur doit",
        "votre administrateur",
        "support",
        "onglet",
        "cette page",
        "votre poste",
        "votre carte",
        "l’application",
        "vient pas de vous",
        "éessayez",
        "econnectez-vous",
        "identifiez-vous",
    ];
    for code in ErrorCode::ALL.iter().filter(|code| code.number() >= 2000) {
        let told = for_administrator(*code);
        for words in of_others {
            assert!(!told.cause.contains(words) && !told.remedy.contains(words), "{code}, « {words} »: {} {}", told.cause, told.remedy);
        }
    }
}

#[test]
fn what_an_administrator_can_put_right_has_a_remedy_of_its_own() {
    use ErrorCode::{ClockWrong, CommandRefused, PscCertificateRefused, PscClientRefused, PscProxyRefused, PscUnreachable, PscUntrusted};
    for (code, named) in [
        (ClockWrong, "timedatectl"),
        (CommandRefused, "«\u{a0}companion-server --help\u{a0}»"),
        (PscCertificateRefused, "[psc.client_certificate]"),
        (PscClientRefused, "psc.client_id"),
        (PscProxyRefused, "[psc.proxy]"),
        (PscUnreachable, "DNS"),
        (PscUntrusted, "psc.extra_ca_file"),
    ] {
        assert!(for_administrator(code).remedy.contains(named), "{code}");
    }
}

#[test]
fn of_a_file_in_a_folder_that_is_not_there_the_folder_is_named() {
    let place = tempfile::tempdir().expect("a folder");
    let missing = || io::Error::from(ErrorKind::NotFound);
    let said = of_new_file(&missing(), &place.path().join("nowhere").join("key"));
    assert!(said.contains("/nowhere\u{a0}» n’existe pas"), "{said}");
    assert_eq!(of_new_file(&missing(), &place.path().join("key")), in_french(&missing()));
}
