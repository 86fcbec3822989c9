use super::*;
use crate::certificate::french_date;

/// 1 June 2027, midnight, UTC.
const END: Timestamp = Timestamp(1_811_808_000_000);

fn verdict(days_before_end: i64) -> (Status, String) {
    let validity = Validity { begins_at: Timestamp(0), ends_at: END };
    let check = dates("c", "Certificat", validity, END.plus_seconds(-days_before_end * 24 * 60 * 60));
    (check.status, check.detail.expect("said"))
}

#[test]
fn exi_24_the_doctor_has_a_verdict_for_each_step_towards_the_end() {
    assert_eq!(verdict(90), (Status::Ok, format!("Valable jusqu’au {}.", french_date(END))));
    for (days, words) in [(60, "Demandez dès maintenant"), (30, "devrait être en cours"), (7, "sans attendre"), (1, "dans 1\u{a0}jour")] {
        let (status, detail) = verdict(days);
        assert_eq!(status, Status::Warning, "{days}");
        assert!(detail.starts_with("VST-3008\u{a0}: il prend fin le 1er juin 2027, dans "), "{detail}");
        assert!(detail.contains(words), "{detail}");
    }
    let (status, detail) = verdict(-1);
    assert_eq!(status, Status::Failed);
    assert!(detail.starts_with("VST-3007") && detail.contains("le certificat a expiré le 1er juin 2027"), "{detail}");
}

#[test]
fn the_doctor_speaks_french_of_files_and_addresses() {
    for (kind, words) in [(ErrorKind::NotFound, "n’existe pas"), (ErrorKind::PermissionDenied, "pas accès")] {
        assert!(in_french(&kind.into()).contains(words));
    }
    assert_eq!(in_french(&std::io::Error::from_raw_os_error(5)), "erreur n°\u{a0}5 du système");
}
