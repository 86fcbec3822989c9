//! What the doctor says of certificates, keys and a companion that runs.

use super::*;
use crate::certificate::french_date;
use crate::clock::ManualClock;

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
    for (days, words) in [
        (60, "dans 60\u{a0}jours. Demandez dès maintenant"),
        (30, "devrait être en cours"),
        (7, "sans attendre"),
        (1, "dans 1\u{a0}jour"),
        (0, "aujourd’hui ou demain"),
    ] {
        let (status, detail) = verdict(days);
        assert_eq!(status, Status::Warning, "{days}");
        assert!(detail.starts_with("VST-3008\u{a0}: il expire le 1er juin 2027, "), "{detail}");
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
fn a_code_is_told_once_and_with_what_to_do() {
    for detail in ["plein", "VST-3002\u{a0}: plein"] {
        let check = failed("c", "C", ErrorCode::StorageUnavailable, detail.into());
        assert_eq!(check.detail.as_deref(), Some("VST-3002\u{a0}: plein"));
        assert!(check.remedy.is_some_and(|remedy| Report { version: "1", checks: vec![check] }.to_text().contains(remedy)));
    }
    let seen = Report { version: "1", checks: vec![warned("b", "B", "Lu.".into()), passed("a", "A", None)] };
    assert_eq!(seen.to_text(), "Serveur de connexion Vestibule 1\nATTENTION\u{a0}: B.\nATTENTION  B\n           Lu.\nOK         A\n");
}

#[test]
fn a_clock_is_ahead_behind_or_wrong() {
    let told = |ahead_s, is_wrong| {
        let check = clocks(ahead_s, is_wrong);
        (check.status, check.code, check.detail.expect("said"))
    };
    assert_eq!(told(0, false), (Status::Ok, None, "À l’heure de Pro Santé Connect, à une seconde près.".to_owned()));
    assert_eq!(told(5, false), (Status::Ok, None, "En avance de 5\u{a0}secondes sur Pro Santé Connect.".to_owned()));
    let (status, code, detail) = told(-90, true);
    assert_eq!((status, code), (Status::Failed, Some(ErrorCode::ClockWrong)));
    assert!(detail.contains("En retard de 1\u{a0}minute 30\u{a0}secondes sur Pro Santé Connect."), "{detail}");
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
        let check = listener("listener", "Adresse d’écoute publique", address, is_serving);
        (check.status, check.detail.expect("said"))
    };
    let (status, detail) = told(true);
    assert!(status == Status::Ok && detail.contains("est prise, et le serveur est en marche"), "{detail}");
    let (status, detail) = told(false);
    assert!(status == Status::Warning && detail.contains("est prise, et aucun serveur ne répond"), "{detail}");
    drop(holder);
    let (status, detail) = told(true);
    assert!(status == Status::Warning && detail.contains("est libre, alors qu’un serveur est en marche"), "{detail}");
    let (status, detail) = told(false);
    assert!(status == Status::Ok && detail.ends_with("est libre."), "{detail}");
    // Documentation's own: no machine has it.
    let check = listener("listener", "Adresse d’écoute publique", "192.0.2.1:1".parse().expect("an address"), true);
    assert_eq!((check.status, check.code), (Status::Failed, Some(ErrorCode::ListenerUnavailable)), "{check:?}");
}

#[test]
fn a_companion_that_is_stopped_is_something_to_know_under_a_code() {
    let config = Config::parse(&vestibule_installation::Installation::least().text(), Path::new("/etc")).expect("sound");
    let check = running(&config, Err(CommandRefused::NotServing { address: config.administration.address }));
    assert_eq!((check.status, check.code), (Status::Warning, Some(ErrorCode::CompanionNotServing)), "{:?}", check.detail);
}

#[test]
fn a_companion_of_another_version_or_environment_is_to_be_started_again() {
    let installation = vestibule_installation::Installation::least();
    let config = Config::parse(&installation.text(), Path::new("/etc/vestibule")).expect("sound");
    let of = |version: &str, environment: &str, store: Option<&str>, psc: Option<&str>| {
        let part = |code: Option<&str>| match code {
            None => serde_json::json!({ "status": "ok" }),
            Some(code) => serde_json::json!({ "status": "failed", "code": code }),
        };
        let (store, psc) = (part(store), part(psc));
        let health = serde_json::json!({ "status": "ok", "version": version, "environment": environment, "store": store, "psc": psc });
        running(&config, Ok(serde_json::from_value(health).expect("a state of health")))
    };
    let told = |version: &str, environment: &str| {
        let check = of(version, environment, None, None);
        (check.status, check.detail.expect("said"))
    };
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(told(own, "simulator"), (Status::Ok, "Il répond.".to_owned()));
    let (status, detail) = told("0.0.9\u{202e}", "simulator");
    assert!(status == Status::Warning && detail.contains(&format!("la version 0.0.9, et cette commande de la version {own}")), "{detail}");
    let (status, detail) = told(own, "production");
    assert!(status == Status::Warning && detail.contains("un autre environnement que celui de ce fichier"), "{detail}");
    // What is wrong elsewhere is no reason to start it again.
    for (store, psc, expected, said) in [
        (Some("VST-3002"), None, (Status::Failed, ErrorCode::StorageUnavailable), "signalé par le serveur en marche"),
        (None, Some("VST-4001"), (Status::Warning, ErrorCode::PscUnreachable), "il répond, et le signale"),
        (Some("VST-3002"), Some("VST-4001"), (Status::Failed, ErrorCode::StorageUnavailable), "signalé par le serveur en marche"),
    ] {
        let check = of(own, "simulator", store, psc);
        assert_eq!((check.status, check.code), (expected.0, Some(expected.1)), "{check:?}");
        assert!(check.detail.is_some_and(|detail| detail.contains(said)));
    }
}

/// A configuration with certificates that end on 1 June 2027, in a folder.
fn certified(folder: &Path) -> Config {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(vec!["connexion.hopital.example".to_owned()]).expect("a name");
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2026, 6, 1), rcgen::date_time_ymd(2027, 6, 1));
    std::fs::write(folder.join("chain.pem"), params.self_signed(&key).expect("signed").pem()).expect("written");
    vestibule_installation::place::write_private(&folder.join("key.pem"), key.serialize_pem()).expect("written");
    let lines = "service.public_url = \"https://connexion.hopital.example\"\n\
                 listener.tls = { certificate_file = \"chain.pem\", key_file = \"key.pem\" }\n\
                 psc.client_certificate = { certificate_file = \"chain.pem\", key_file = \"key.pem\" }\n";
    Config::parse(&vestibule_installation::Installation::least().with(lines).text(), folder).expect("sound")
}

#[test]
fn exi_24_each_certificate_is_judged_by_its_own_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = certified(folder.path());
    let at = |days_before_end: i64| ManualClock::at(END.plus_seconds(-days_before_end * 24 * 60 * 60));
    let of = |days: i64| [listener_certificate(&config, &at(days)).expect("told"), psc_certificate(&config, &at(days))];
    for (days, status) in [(90, Status::Ok), (5, Status::Warning), (-1, Status::Failed)] {
        for check in of(days) {
            assert_eq!(check.status, status, "{check:?}");
        }
    }
    let coded = of(5).map(|check| (check.name, check.code));
    assert_eq!(coded, ["listener_certificate", "psc_certificate"].map(|name| (name, Some(ErrorCode::CertificateExpiring))));
    std::fs::write(folder.path().join("chain.pem"), "aucun").expect("written");
    for check in of(90) {
        assert!(check.status == Status::Failed && check.code.is_some() && check.remedy.is_some(), "{check:?}");
    }
    let without = Config::parse(&vestibule_installation::Installation::least().text(), folder.path()).expect("sound");
    assert!(listener_certificate(&without, &at(90)).is_none(), "somebody else terminates TLS");
    assert_eq!(psc_certificate(&without, &at(90)).status, Status::Ok, "the simulator asks for none");
}

#[test]
fn workstations_that_are_refused_are_told_under_the_code_that_their_people_read() {
    let told = |by_token, by_gone_group| {
        let refused_devices = crate::store::RefusedDevices { by_token, by_gone_group };
        refused_devices_of(Glance {
            keys: Some(crate::store::KeyCensus::default()),
            refused_devices,
            sign_ins: None,
            environment: None,
            is_older: false,
            differences: Vec::new(),
            is_prepared: true,
            sealed: Vec::new(),
        })
    };
    assert_eq!(told(0, 0), Vec::<String>::new());
    let both = told(1, 3);
    assert!(both[0].starts_with("Warning VST-2023\u{a0}: 1 poste a été refusé") && both[0].contains("Déployez-y le bon jeton"), "{both:?}");
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
