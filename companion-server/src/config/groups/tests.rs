//! What a group may say, and what it must not.

use std::path::Path;

use vestibule_installation::Installation;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::Exchange;

use crate::config::{Config, ConfigError, ConfirmationRule, sample, schema};

fn hash(digit: char) -> String {
    std::iter::repeat_n(digit, 64).collect()
}

fn parse(more: &str) -> Result<Config, ConfigError> {
    Config::parse(&format!("{}{more}", Installation::least().text()), Path::new("/etc/vestibule"))
}

fn group(name: &str, lines: &str) -> String {
    format!("[groups.{name}]\nenrolment_token_hashes = [\"{}\"]\n{lines}\n", hash('a'))
}

#[test]
fn without_groups_every_workstation_may_use_every_exchange() {
    let config = parse("").expect("accepted");
    assert_eq!(config.workstations.exchanges, [Exchange::Loopback, Exchange::Scheme, Exchange::Polling]);
    assert_eq!(config.client.return_scheme, "fr.vestibule.app");
    assert!(config.groups.is_empty());
}

#[test]
fn a_group_says_only_what_it_changes() {
    let config = parse(&group("bureau-a-distance", "exchanges = [\"scheme\", \"polling\"]")).expect("accepted");
    let remote = &config.groups["bureau-a-distance"];
    assert_eq!(remote.exchanges.as_deref(), Some([Exchange::Scheme, Exchange::Polling].as_slice()));
    assert_eq!((remote.confirmation, remote.shared, remote.idle_limit_minutes), (None, None, None));
    let all = "exchanges = [\"loopback\"]\nconfirmation = \"always\"\nshared = true\nidp_hint = \"chu\"\nidle_limit_minutes = 5";
    let config = parse(&group("accueil-2", all)).expect("accepted");
    assert_eq!(config.groups["accueil-2"].confirmation, Some(ConfirmationRule::Always));
}

#[test]
fn every_impossible_group_is_refused_with_its_key() {
    let two = |second: &str| format!("{}[groups.b]\nenrolment_token_hashes = [{second}]\n", group("a", ""));
    let cases = [
        (group("Accueil", ""), "groups.Accueil"),
        (group("\"é\"", ""), "groups.é"),
        (group("a_b", ""), "groups.a_b"),
        (group(&"a".repeat(33), ""), &*format!("groups.{}", "a".repeat(33))),
        (group("a", "exchanges = []"), "groups.a.exchanges"),
        (group("a", "exchanges = [\"polling\", \"polling\"]"), "groups.a.exchanges"),
        (group("a", "exchanges = [\"telepathy\"]"), "groups.a.exchanges"),
        (group("a", "confirmation = \"never\""), "groups.a.confirmation"),
        (group("a", "idle_limit_minutes = 4"), "groups.a.idle_limit_minutes"),
        (group("a", "idle_limit_minutes = 31"), "groups.a.idle_limit_minutes"),
        (format!("[session]\nabsolute_limit_minutes = 20\n{}", group("a", "idle_limit_minutes = 25")), "groups.a.idle_limit_minutes"),
        (group("a", "idp_hint = \" \""), "groups.a.idp_hint"),
        (group("a", "surprise = 1"), "groups.a.surprise"),
        ("[groups.a]\nshared = true\n".to_owned(), "groups.a.enrolment_token_hashes"),
        ("[groups.a]\nenrolment_token_hashes = []\n".to_owned(), "groups.a.enrolment_token_hashes"),
        (format!("[groups.a]\nenrolment_token_hashes = [\"{}\"]\n", hash('A')), "groups.a.enrolment_token_hashes"),
        ("[groups.a]\nenrolment_token_hashes = [\"vst-poste-secret\"]\n".to_owned(), "groups.a.enrolment_token_hashes"),
        (two(&format!("\"{}\"", hash('a'))), "groups.b.enrolment_token_hashes"),
        (two(&format!("\"{0}\", \"{0}\"", hash('b'))), "groups.b.enrolment_token_hashes"),
        ("[workstations]\nexchanges = []\n".to_owned(), "workstations.exchanges"),
        ("[workstations]\nexchanges = [\"loopback\", \"loopback\"]\n".to_owned(), "workstations.exchanges"),
    ];
    for (text, key) in cases {
        let error = parse(&text).expect_err("must be refused");
        assert_eq!((error.key(), error.code()), (Some(key), ErrorCode::ConfigurationInvalid), "{error}\n{text}");
        assert!(error.to_string().contains(key), "the message names the key: {error}");
    }
    parse(&two(&format!("\"{}\"", hash('b')))).expect("each its own");
}

#[test]
fn a_refused_token_is_not_repeated_in_the_message() {
    let error = parse("[groups.a]\nenrolment_token_hashes = [\"vst-poste-secret\"]\n").expect_err("the key itself is no hash");
    assert!(!error.to_string().contains("vst-poste-secret"), "{error}");
}

#[test]
fn the_versions_of_the_app_are_versions_in_order() {
    let with = |lines: &str| parse(&format!("[client]\n{lines}\n"));
    let long = format!("current_app_version = \"1.2.0-{}\"", "a".repeat(64));
    for lines in [
        "",
        "minimum_app_version = \"1.2.0\"",
        "minimum_app_version = \"1.2.0-rc.1\"\ncurrent_app_version = \"1.2.0\"",
        "minimum_app_version = \"1.2.0+hopital\"\ncurrent_app_version = \"1.2.0\"",
    ] {
        with(lines).expect(lines);
    }
    for (lines, key) in [
        ("minimum_app_version = \"\"", "client.minimum_app_version"),
        ("minimum_app_version = \"1.2\"", "client.minimum_app_version"),
        ("current_app_version = \"v1.2.0\"", "client.current_app_version"),
        // No app would read it.
        (&long, "client.current_app_version"),
        ("minimum_app_version = \"1.10.0\"\ncurrent_app_version = \"1.9.0\"", "client.minimum_app_version"),
    ] {
        assert_eq!(with(lines).expect_err(lines).key(), Some(key), "{lines}");
    }
}

#[test]
fn the_return_scheme_is_a_reversed_domain() {
    let with = |scheme: &str| parse(&format!("[client]\nreturn_scheme = \"{scheme}\"\n"));
    for scheme in ["fr.vestibule.app", "fr.hopital-exemple.dossier2", "example.a"] {
        assert_eq!(with(scheme).expect("accepted").client.return_scheme, scheme);
    }
    for scheme in
        ["", "vestibule", "http", "Fr.vestibule.app", "fr..app", ".fr", "fr.", "fr.1app", "fr.app:", "fr.app/x", "fr.a+b", "fr.app-"]
    {
        assert_eq!(with(scheme).expect_err(scheme).key(), Some("client.return_scheme"), "{scheme}");
    }
    assert!(with(&format!("fr.{}", "a".repeat(62))).is_err());
}

#[test]
fn the_sample_shows_every_key_of_a_group() {
    let schema = schema();
    let keys = schema.pointer("/$defs/GroupSection/properties").and_then(serde_json::Value::as_object).expect("a schema");
    let sample = sample();
    let (_, shown) = sample.split_once("[groups.").expect("a group in the sample");
    let shown = shown.split_once("[limits]").map_or(shown, |(group, _)| group);
    assert!(keys.len() >= 6);
    for key in keys.keys() {
        assert!(shown.contains(&format!("\n#{key} = ")), "{key}");
    }
}
