//! What the doctor says of certificates, keys and a companion that runs.

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
    assert_eq!(verdict(90), (Status::Ok, format!("Valable jusqu’au {}, encore 90 jours.", french_date(END))));
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
fn the_exit_code_is_that_of_the_gravest_check() {
    let of = |checks: Vec<Check>| Report { version: "1", checks }.exit_code();
    let (good, seen) = (|| passed("a", "A", None), || warned("b", "B", "Lu.".into()));
    let bad = failed("c", "C", ErrorCode::StorageUnavailable, "plein".into());
    assert_eq!((of(vec![]), of(vec![good()]), of(vec![seen(), good()])), (0, 0, 1));
    assert_eq!(of(vec![seen(), bad, good()]), 2);
}

#[test]
fn the_doctor_speaks_french_of_files_and_addresses() {
    for (kind, words) in [(ErrorKind::NotFound, "n’existe pas"), (ErrorKind::PermissionDenied, "pas accès")] {
        assert!(in_french(&kind.into()).contains(words));
    }
    assert_eq!(in_french(&std::io::Error::from_raw_os_error(5)), "erreur n°\u{a0}5 du système");
}

#[test]
fn an_address_is_free_or_taken_whether_or_not_a_companion_serves() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = holder.local_addr().expect("an address");
    let told = |is_serving| {
        let check = listener("listener", "Écoute publique", address, is_serving);
        (check.status, check.detail.expect("said"))
    };
    let (status, detail) = told(true);
    assert!(status == Status::Ok && detail.contains("est prise, et le compagnon est en marche"), "{detail}");
    let (status, detail) = told(false);
    assert!(status == Status::Warning && detail.contains("est prise, et aucun compagnon ne répond"), "{detail}");
    drop(holder);
    let (status, detail) = told(true);
    assert!(status == Status::Warning && detail.contains("est libre, alors qu’un compagnon est en marche"), "{detail}");
    let (status, detail) = told(false);
    assert!(status == Status::Ok && detail.ends_with("est libre."), "{detail}");
}

#[test]
fn a_companion_of_another_version_or_environment_is_to_be_started_again() {
    let installation = vestibule_installation::Installation::least();
    let config = Config::parse(&installation.text(), Path::new("/etc/vestibule")).expect("sound");
    let told = |version: &str, environment: &str| {
        let part = serde_json::json!({ "status": "ok" });
        let health = serde_json::json!({ "status": "ok", "version": version, "environment": environment, "store": part, "psc": part });
        let check = running(&config, Ok(serde_json::from_value(health).expect("a state of health")));
        (check.status, check.detail.expect("said"))
    };
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(told(own, "simulator"), (Status::Ok, "Il répond.".to_owned()));
    let (status, detail) = told("0.0.9\u{202e}", "simulator");
    assert!(status == Status::Warning && detail.contains(&format!("la version 0.0.9, et cette commande de la version {own}")), "{detail}");
    let (status, detail) = told(own, "production");
    assert!(status == Status::Warning && detail.contains("un autre environnement que celui de ce fichier"), "{detail}");
}

#[test]
fn workstations_that_are_refused_are_told_under_the_code_that_their_people_read() {
    let told = |by_token, by_gone_group| {
        let refused_devices = crate::store::RefusedDevices { by_token, by_gone_group };
        refused_devices_of(Glance {
            keys: crate::store::KeyCensus::default(),
            refused_devices,
            sign_ins: None,
            environment: None,
            is_older: false,
            is_prepared: true,
            sealed: Vec::new(),
        })
    };
    assert_eq!(told(0, 0), Vec::<String>::new());
    let both = told(1, 3);
    assert!(both[0].starts_with("Warning VST-2023\u{a0}: 1 poste a été refusé") && both[0].contains("Déployez-y la bonne clé"), "{both:?}");
    assert!(both[1].starts_with("Warning VST-2047\u{a0}: 3 postes ont été refusés") && both[1].contains("devices forget"), "{both:?}");
    assert_eq!((told(1, 0), told(0, 3)), (both[..1].to_vec(), both[1..].to_vec()));
}

fn refused_devices_of(glance: Glance) -> Vec<String> {
    let said = |check: Check| {
        let detail = check.detail.expect("said");
        assert!(detail.starts_with(&check.code.expect("coded").to_string()), "{detail}");
        format!("{:?} {detail}", check.status)
    };
    refused_devices(&glance).into_iter().map(said).collect()
}
