//! Cards in readers, as the command line and the diagnosis tell them.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_desktop::card::Fault;

use crate::app::Workstation;
use crate::cli::{Done, run, run_with};
use crate::companion::Companion;
use crate::doubles::{CPS, MUTE, OTHER, a_moment};

async fn card(workstation: &Workstation, arguments: &[&str]) -> Done {
    let companion = Companion::start().await;
    run(workstation, &companion, &[&["card"], arguments].concat()).await
}

#[tokio::test]
async fn what_is_in_the_readers_is_told_and_another_card_is_never_named() {
    let workstation = Workstation::new();
    workstation.readers.are(&[("Lecteur A", Some(CPS)), ("Lecteur B", Some(OTHER)), ("Lecteur C", None)]);
    let done = card(&workstation, &["status"]).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    assert_eq!(
        done.out,
        "carte CPS détectée\n  Lecteur A\u{a0}: carte CPS (CPS3), avec contact\n  Lecteur B\u{a0}: autre carte\n  Lecteur C\u{a0}: vide\n"
    );
    let done = card(&workstation, &["status", "--json"]).await;
    let readers = json!([
        {"reader": "Lecteur A", "card": "cps3", "interface": "contact"},
        {"reader": "Lecteur B", "card": "other"},
        {"reader": "Lecteur C", "card": "none"},
    ]);
    assert_eq!(done.json(), json!({"presence": "cps_present", "readers": readers}));
    assert!(!done.out.to_lowercase().contains("vitale") && !done.out.contains("3B"), "{}", done.out);
}

#[tokio::test]
async fn a_workstation_that_detects_no_card_says_why() {
    let workstation = Workstation::new();
    for (fault, code) in [(Fault::NoService, "VST-5001"), (Fault::AccessDenied, "VST-5002"), (Fault::Lost, "VST-5001")] {
        workstation.readers.fail(fault);
        let done = card(&workstation, &["status", "--json"]).await;
        assert_eq!((done.exit, &done.json()["error"]["code"]), (1, &json!(code)), "{}", done.err);
    }
    let workstation = Workstation::with_policy("card_detection = false\n");
    workstation.readers.are(&[("A", Some(CPS))]);
    let done = card(&workstation, &["status"]).await;
    assert!(done.exit == 2 && done.err.contains("card_detection"), "{}", done.err);
}

#[tokio::test]
async fn a_watch_tells_each_change_on_a_line_of_its_own_until_it_is_stopped() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.readers.are(&[("A", None)]);
    let hand = async {
        a_moment().await;
        workstation.readers.are(&[("A", Some(CPS))]);
        a_moment().await;
        workstation.readers.are(&[("A", None)]);
        workstation.clock.is_awaited_at(Duration::from_millis(1800)).await;
        workstation.clock.advance(Duration::from_millis(1800));
        a_moment().await;
        workstation.readers.are(&[("A", Some(CPS))]);
        a_moment().await;
        workstation.readers.fail(Fault::Lost);
        a_moment().await;
        workstation.orders.stop();
    };
    let done = tokio::join!(run(&workstation, &companion, &["card", "watch", "--json"]), hand).0;
    assert_eq!(done.exit, 0, "{}", done.err);
    let lines: Vec<Value> = done.out.lines().map(|line| serde_json::from_str(line).expect("one document a line")).collect();
    let told: Vec<_> =
        lines.iter().map(|line| (line["presence"].as_str().expect("a word"), line["happened"][0]["what"].as_str())).collect();
    assert_eq!(
        told,
        [
            ("reader_empty", None),
            ("cps_present", Some("inserted")),
            ("reader_empty", Some("removed")),
            ("cps_present", Some("put_back")),
            ("detection_lost", Some("lost")),
        ]
    );
    assert!(lines[2]["at_unix_ms"].as_u64() > lines[1]["at_unix_ms"].as_u64());
}

#[tokio::test]
async fn the_doctor_tells_service_readers_driver_and_card_and_nothing_missing_is_a_fault() {
    let companion = Companion::start().await;
    let told = async |workstation: &Workstation| {
        let done = run(workstation, &companion, &["doctor", "--json"]).await;
        let checks = done.json()["checks"].as_array().expect("checks").clone();
        // A program that looks for numbers finds none where all is well.
        for well in checks.iter().filter(|check| check["verdict"] == "ok") {
            assert!(["code", "cause", "remedy"].iter().all(|member| well[member].is_null()), "{well}");
        }
        let cards = checks.into_iter().filter(|check| check["id"].as_str().is_some_and(|id| id.starts_with("card")));
        let of = |check: Value| (check["id"].as_str().expect("an id").to_owned(), check["code"].as_str().map(str::to_owned));
        (done.exit, cards.map(of).collect::<Vec<_>>())
    };
    let check = |id: &str, code: Option<&str>| (id.to_owned(), code.map(str::to_owned));
    let workstation = Workstation::new();
    assert_eq!(told(&workstation).await, (0, vec![check("card_service", None)]));
    workstation.readers.are(&[]);
    assert_eq!(told(&workstation).await, (0, vec![check("card_service", None), check("card_readers", None)]));
    let there = |card| vec![check("card_service", None), check("card_readers", None), check("card", card)];
    workstation.readers.are(&[("A", Some(CPS)), ("B", Some(OTHER))]);
    assert_eq!(told(&workstation).await, (0, there(None)));
    workstation.readers.are(&[("A", Some(CPS)), ("B", Some(CPS))]);
    assert_eq!(told(&workstation).await, (1, there(Some("VST-5005"))));
    workstation.readers.are(&[("A", Some(MUTE))]);
    assert_eq!(told(&workstation).await, (1, there(Some("VST-5004"))));
    workstation.readers.fail(Fault::AccessDenied);
    assert_eq!(told(&workstation).await, (0, vec![check("card_service", None)]));
}

#[tokio::test]
async fn what_is_missing_is_worth_a_word_where_the_policy_follows_a_card() {
    let companion = Companion::start().await;
    let workstation = Workstation::with_policy("on_card_removed = \"lock\"\n");
    let told = async || run(&workstation, &companion, &["doctor"]).await;
    let done = told().await;
    assert!(done.exit == 1 && done.out.contains("ATTENTION  Cartes à puce"), "{}", done.out);
    workstation.readers.are(&[]);
    for (drivers, said) in [
        (None, "aucun lecteur de carte"),
        (Some(vec![]), "ATTENTION  Pilote de lecteur\u{a0}: aucun pilote de lecteur n’est installé"),
        (Some(vec!["ifd-ccid".to_owned()]), "OK         Pilote de lecteur\u{a0}: installés\u{a0}: ifd-ccid"),
    ] {
        let is_known = drivers.is_some();
        *workstation.readers.drivers.lock().expect("unpoisoned") = drivers;
        let done = told().await;
        assert!(done.exit == 1 && done.out.contains("VST-5003") && done.out.contains(said), "{}", done.out);
        assert_eq!(done.out.contains("Pilote de"), is_known, "{}", done.out);
    }
    workstation.readers.are(&[("Lecteur A", None), ("Lecteur B", Some(CPS))]);
    let done = told().await;
    assert!(done.exit == 0 && done.out.contains("détectés\u{a0}: Lecteur A, Lecteur B"), "{}", done.out);
    let without = Workstation::with_policy("card_detection = false\n");
    let done = run(&without, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && done.out.contains("détection de carte désactivée sur ce poste"), "{}", done.out);
}

#[tokio::test]
async fn in_english_too() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("language = \"en\"\n"));
    workstation.readers.are(&[("A", Some(CPS))]);
    let done = run_with(&["card", "status"], Ok(workstation.settings(&companion)), workstation.ports()).await;
    assert_eq!(done.out, "CPS card detected\n  A: CPS card (CPS3), contact\n");
}
