//! What the dossier makes of results, answers and configurations.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use clap::Parser as _;
use tempfile::TempDir;
use vestibule_installation::Installation;
use vestibule_model::session::SignInId;

use super::*;
use crate::arguments::Arguments;
use crate::audit::{Audit, Entry, Event};
use crate::clock::{ManualClock, Timestamp};
use crate::config::Config;
use crate::doctor;
use crate::store::Store;

const NOW: Timestamp = Timestamp(1_795_305_600_000);
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn results(version: &str, tests: &[(&str, Outcome)]) -> TestResults {
    TestResults {
        format: results::FORMAT,
        version: version.into(),
        sources: "ab".repeat(32),
        ended_at: "2026-11-22T00:00:00.000Z".into(),
        tests: tests.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect(),
        doubts: Vec::new(),
        file: None,
    }
}

fn config() -> Config {
    Config::parse(&Installation::least().text(), Path::new("/etc/vestibule")).expect("accepted")
}

fn dossier(config: &Config, results: Option<TestResults>, organisation: Organisation) -> Dossier {
    Dossier::new(Found {
        config,
        config_file: "/etc/vestibule/companion.toml",
        settings: Vec::new(),
        results,
        organisation,
        sandbox: None,
        examined: doctor::Report::default(),
        built: Built { version: VERSION, sources: None, sources_at: None },
        now: NOW,
    })
}

fn proof_of(dossier: &Dossier, number: &str) -> Option<dossier::Proof> {
    dossier.requirements.iter().find(|line| line.number == number).expect("a requirement").proof
}

#[test]
fn a_requirement_is_proved_by_tests_that_passed_and_by_nothing_else() {
    use dossier::Proof::{Failed, Missing, Proved};
    let run = results(
        VERSION,
        &[
            ("exi_08_passes", Outcome::Passed),
            ("exi_08_skipped", Outcome::Ignored),
            ("exi_10_skipped", Outcome::Ignored),
            ("exi_20_passes", Outcome::Passed),
            ("exi_20: fails", Outcome::Failed),
        ],
    );
    let made = dossier(&config(), Some(run), Organisation::default());
    let proofs = ["EXI PSC 08", "EXI PSC 10", "EXI PSC 20", "EXI PSC 11"].map(|number| proof_of(&made, number));
    assert_eq!(proofs, [Some(Proved), Some(Missing), Some(Failed), Some(Missing)]);
    assert_eq!(proof_of(&made, "EXI PSC 01"), None, "the organisation's alone");
    assert_eq!(made.counts.proved, 1);
    assert_eq!(made.counts.proved + made.counts.red, REQUIREMENTS.iter().filter(|one| one.bearer != Bearer::Organisation).count());
    assert!(!made.is_complete());
}

#[test]
fn results_of_another_version_or_none_at_all_prove_nothing_and_it_is_said() {
    let passed = [("exi_08_passes", Outcome::Passed)];
    let all = REQUIREMENTS.iter().filter(|one| one.bearer != Bearer::Organisation).count();
    for (given, words, counts) in [
        (None, "Aucun paquet ne les contient\u{202f}; demandez", (0, 0, all)),
        (Some(results("9.9.9", &passed)), "ceux de la version 9.9.9", (0, all, 0)),
    ] {
        let made = dossier(&config(), given, Organisation::default());
        assert_eq!((made.counts.proved, made.counts.red, made.counts.unjudged), counts, "nothing failed where nothing was given");
        assert!(!made.is_complete());
        assert!(made.objection.as_deref().is_some_and(|said| said.contains(words)), "{:?}", made.objection);
        assert!(made.to_html().expect("rendered").contains(words));
    }
}

#[test]
fn results_that_cannot_be_of_this_program_prove_nothing() {
    let objection = |of: &dyn Fn(&mut TestResults), built: Built| {
        let mut run = results(VERSION, &[]);
        of(&mut run);
        run.objection(built, NOW)
    };
    let own = "ab".repeat(32);
    let own = Box::leak(own.into_boxed_str());
    let (unknown, known) = (Built::OWN, Built { version: VERSION, sources: Some(own), sources_at: Some("1795305600") });
    assert_eq!(objection(&|_| {}, Built { sources: None, sources_at: None, ..unknown }), None);
    assert_eq!(objection(&|_| {}, known), None, "ended in the second in which its sources were written");
    assert_eq!(objection(&|run| run.ended_at = "2026-11-22T01:02:00+01:00".into(), known), None, "another clock, another zone");
    for (of, words) in [
        (&(|run: &mut TestResults| run.ended_at = "2026-11-22T00:06:00Z".into()) as &dyn Fn(&mut TestResults), "d’un jour à venir"),
        (&|run: &mut TestResults| run.ended_at = "2026-11-21T23:59:00Z".into(), "plus vieux que les sources"),
        (&|run: &mut TestResults| run.ended_at = "hier".into(), "quand les tests ont fini"),
        (&|run: &mut TestResults| run.sources = "cd".repeat(32), "d’autres sources"),
        (&|run: &mut TestResults| run.sources = "abc".into(), "de quelles sources"),
        (&|run: &mut TestResults| run.version = "\u{202e}9".into(), "ceux de la version 9\u{202f};"),
    ] {
        let said = objection(of, known).unwrap_or_default();
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_name_that_comes_twice_counts_as_it_failed_and_one_with_unseen_signs_proves_nothing() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("essais.json");
    let (head, version) = (r#""format":1,"sources":"#, format!("\"version\":\"{VERSION}\",\"ended_at\":\"2026-11-22T00:00:00Z\""));
    let sources = format!("\"{}\"", "ab".repeat(32));
    let tests = "\"exi_08_twice\":\"failed\",\"exi_08_twice\":\"passed\",\"exi_09_\u{202e}nees\":\"passed\",\"exi_15_sound\":\"passed\"";
    fs::write(&file, format!("{{{head}{sources},{version},\"tests\":{{{tests}}}}}")).expect("written");
    let made = dossier(&config(), Some(TestResults::read(&file).expect("read")), Organisation::default());
    let proofs = ["EXI PSC 08", "EXI PSC 09", "EXI PSC 15"].map(|number| proof_of(&made, number));
    assert_eq!(proofs, [Some(dossier::Proof::Failed), Some(dossier::Proof::Missing), Some(dossier::Proof::Proved)]);
    let doubts = made.doubts.join("\n");
    for words in
        ["«\u{a0}exi_08_twice\u{a0}» y est deux fois (échoué, réussi)", "«\u{a0}exi_09_nees\u{a0}» porte des signes invisibles", "hors de"]
    {
        assert!(doubts.contains(words), "{words}: {doubts}");
    }
    let page = made.to_html().expect("rendered");
    // Nothing signs it: which file it was is said, so that it can be compared.
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &fs::read(&file).expect("there"));
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(page.contains("que rien ne signe") && page.contains(&digest) && page.contains("essais.json"), "{page}");
    assert!(page.contains("exi_09_[U+202E]nees") && page.contains("deux fois"), "{page}");
    // The last one of two at the head of the file does not win either.
    fs::write(&file, format!("{{{head}{sources},{version},\"version\":\"9\",\"tests\":{{}}}}")).expect("written");
    assert!(TestResults::read(&file).is_err());
}

/// Whoever wrote it: the tests, the organisation, another companion, this one's configuration.
#[test]
fn nothing_in_the_dossier_is_read_otherwise_than_it_is_written() {
    let folder = TempDir::new().expect("a folder");
    let mut organisation = Organisation::default();
    organisation.answers.insert("exi_01".into(), "SA\nExemple\u{200b}\u{2066}\u{1b}[2J".into());
    organisation.declared.client_id = "client\u{feff}\u{e0041}".into();
    let mut made = dossier(&config(), Some(results(VERSION, &[("exi_08_\u{202e}", Outcome::Passed)])), organisation);
    made.sandbox = Some(SandboxRun {
        signed_in_at: "\u{85}".into(),
        sign_in_id: "7F3K-9QXM\u{2029}".into(),
        psc_session_ended: true,
        version: VERSION.into(),
    });
    made.write(folder.path()).expect("written");
    for name in [PAGE, DOCUMENT] {
        let text = fs::read_to_string(folder.path().join(name)).expect("there");
        let unseen: Vec<char> = text.chars().filter(|sign| vestibule_model::wire::is_unseen(*sign) && *sign != '\n').collect();
        assert_eq!(unseen, Vec::<char>::new(), "{name}");
        assert!(text.contains("200") && text.contains('\u{202f}'), "{name}");
    }
    let document: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join(DOCUMENT)).expect("there")).expect("JSON");
    assert_eq!(document["declared"][0]["declared"], "client\u{feff}\u{e0041}", "a program reads what was written");
}

#[test]
fn a_dossier_is_not_made_where_the_companion_keeps_what_is_its_own() {
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for name in ["etc", "memory", "keys", "real"] {
        fs::create_dir(at(name)).expect("a folder");
    }
    fs::write(at("real/key"), "").expect("written");
    std::os::unix::fs::symlink(at("real/key"), at("keys/key")).expect("a link");
    std::os::unix::fs::symlink(at("memory"), at("link")).expect("a link");
    let places = "[storage]\nsqlite_file = \"../memory/companion.sqlite\"\n[vault]\nkey_file = \"../keys/key\"";
    let config = Config::parse(&Installation::least().without("storage").with(places).text(), &at("etc")).expect("accepted");
    let file = at("etc/companion.toml");
    for (folder, words) in [
        ("etc", "la configuration"),
        ("memory", "la base"),
        ("keys", "la clé de chiffrement"),
        ("real", "la clé de chiffrement"),
        ("link", "la base"),
        ("etc/../memory", "la base"),
    ] {
        let refused = refuse_beside(&config, &file, &at(folder)).expect_err(folder).to_string();
        assert!(refused.starts_with("VST-3035") && refused.contains(words), "{folder}: {refused}");
    }
    for folder in ["etc/dossier", "nowhere/dossier", "dossier"] {
        refuse_beside(&config, &file, &at(folder)).expect(folder);
    }
}

#[test]
fn exi_07_what_was_declared_stands_beside_what_is_in_force() {
    let mut organisation = Organisation::default();
    let config = config();
    assert_eq!(dossier(&config, None, organisation.clone()).counts.contradicted, 0, "nothing was said");
    organisation.declared.client_id = config.psc.client_id.clone();
    organisation.declared.callback_url = "https://ancien.example/psc/callback".into();
    let made = dossier(&config, None, organisation);
    assert_eq!(made.counts.contradicted, 1);
    let agrees: Vec<_> = made.declared.iter().map(|value| value.agrees).collect();
    assert_eq!(agrees, [Some(true), Some(false), None]);
}

#[test]
fn the_form_asks_all_that_is_the_organisation_s_and_a_slip_in_it_is_named() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join(ANSWERS);
    let blank = answers(folder.path()).expect("written and read");
    assert!(blank.answers.len() > 10 && blank.answers.values().all(String::is_empty), "{blank:?}");
    let mut all = blank;
    all.answers.values_mut().for_each(|answer| *answer = "fait".into());
    let asked = REQUIREMENTS.iter().filter(|requirement| requirement.question.is_some()).count();
    assert_eq!(dossier(&config(), None, all).counts.answered, asked);

    for (text, words) in [
        ("[answers]\nexi_01 = \"SA Exemple\"\nexi_08 = \"?\"\n", "rien n’est demandé sous le nom «\u{a0}exi_08\u{a0}»"),
        ("[answers]\nexi_01 = SA\n", "ligne 2"),
        ("[answer]\n", "ligne 1"),
    ] {
        fs::write(&file, text).expect("written");
        let refused = answers(folder.path()).expect_err("refused");
        assert!(refused.to_string().starts_with("VST-3035") && refused.to_string().contains(words), "{refused}");
        assert_eq!(fs::read_to_string(&file).expect("read"), text, "her file is hers");
    }
}

#[test]
fn the_page_needs_nothing_beside_it_and_shows_no_markup_of_others() {
    let mut organisation = Organisation::default();
    organisation.answers.insert("exi_01".into(), "<script>alert(1)</script> & fils".into());
    let text = Installation::least().with("service.name = \"Dossier <b>Exemple</b>\"").text();
    let config = Config::parse(&text, Path::new("/etc/vestibule")).expect("accepted");
    let page = dossier(&config, Some(results(VERSION, &[("exi_08<i>", Outcome::Passed)])), organisation).to_html().expect("rendered");
    for markup in ["<script", "<b>", "<i>", "src=", "href=", "url("] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("Fait le 22 novembre 2026 à 00:00 (UTC)") && page.contains("<strong>simulateur</strong>"), "{page}");
    assert!(page.contains("&#60;script&#62;alert(1)") && page.contains("<html lang=\"fr\">"), "{page}");
}

#[test]
fn settings_say_where_they_come_from_and_no_hash_of_a_token_is_among_them() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("companion.toml");
    let hash = "a".repeat(64);
    let text = Installation::least().with(&format!("[groups.accueil]\nenrolment_token_hashes = [\"{hash}\"]")).text();
    fs::write(&file, &text).expect("written");
    let settings = settings(&Config::parse(&text, folder.path()).expect("accepted"), &file).expect("told");
    let of = |key: &str| settings.iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("{key} in {settings:?}"));
    assert!(of("service.name").is_given && of("service.name").value == "Dossier Exemple");
    assert!(!of("administration.address").is_given);
    assert_eq!(of("groups.accueil.enrolment_token_hashes").value, "1 empreinte(s)");
    assert!(settings.iter().all(|setting| !setting.value.contains(&hash)));
}

#[test]
fn exi_27_the_commands_of_the_runbook_are_commands_of_this_program() {
    let steps = runbook::steps("/etc/vestibule/companion.toml", true, NOW);
    let commands: Vec<String> = steps.into_iter().flat_map(|step| step.commands).collect();
    assert!(commands.len() == 5);
    for command in commands {
        let read = Arguments::try_parse_from(command.split_whitespace());
        assert!(read.is_ok(), "{command}: {:?}", read.err());
    }
}

#[tokio::test]
async fn exi_12_the_last_sign_in_of_the_sandbox_is_dated_and_no_other_s() {
    let folder = TempDir::new().expect("a folder");
    let of = |environment: &str| {
        let text = Installation::least()
            .known_as("https://vestibule.hopital.example")
            .with(&format!("psc.environment = \"{environment}\"\nstorage.sqlite_file = \"companion.sqlite\""))
            .text();
        Config::parse(&text, folder.path()).expect("accepted")
    };
    assert_eq!(last_sign_in(&of("bas")).await.expect("no memory yet"), None);
    let store = Arc::new(Store::open_file(&folder.path().join("companion.sqlite")).expect("a database"));
    let clock = Arc::new(ManualClock::at(NOW));
    let audit = Audit::new(store, clock.clone());
    let (first, second) = (SignInId::parse("7F3K-9QXM").expect("one"), SignInId::parse("AAAA-BBBB").expect("one"));
    for (id, event) in [(&first, Event::SignedIn), (&first, Event::PscSessionEnded), (&second, Event::SignedIn)] {
        clock.advance_seconds(60);
        audit.record(Entry::new(event).sign_in(id)).await.expect("recorded");
    }
    let run = last_sign_in(&of("bas")).await.expect("read").expect("a run");
    assert_eq!((run.sign_in_id.as_str(), run.signed_in_at.as_str()), ("AAAA-BBBB", "2026-11-22T00:03:00.000Z"));
    assert!(!run.psc_session_ended);
    audit.record(Entry::new(Event::PscSessionEnded).sign_in(&second)).await.expect("recorded");
    assert!(last_sign_in(&of("bas")).await.expect("read").expect("a run").psc_session_ended);
    assert_eq!(last_sign_in(&of("production")).await.expect("not looked at"), None);
}

#[test]
fn a_dossier_takes_the_place_of_a_dossier_and_of_nothing_else() {
    let folder = TempDir::new().expect("a folder");
    let made = dossier(&config(), None, Organisation::default());
    made.write(folder.path()).expect("written");
    made.write(folder.path()).expect("written again");
    let written: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join(DOCUMENT)).expect("there")).expect("a document");
    assert_eq!(written["requirements"].as_array().map(Vec::len), Some(39));
    assert!(
        SandboxRun::read(&folder.path().join(DOCUMENT), &config(), NOW).expect_err("of a simulator").to_string().contains("du bac à sable")
    );

    fs::write(folder.path().join(PAGE), "<html>un travail à moi</html>").expect("written");
    let refused = made.write(folder.path()).expect_err("refused");
    assert!(refused.to_string().contains("n’est pas un dossier de conformité"), "{refused}");
    assert_eq!(fs::read_to_string(folder.path().join(PAGE)).expect("there"), "<html>un travail à moi</html>");
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("one").file_name()).collect();
    assert_eq!(names.len(), 2, "nothing half done: {names:?}");
}

#[test]
fn exi_12_a_dossier_of_the_sandbox_is_held_against_this_service_and_this_moment() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join(DOCUMENT);
    let sound = serde_json::json!({
        "service": "Dossier Exemple", "environment": "bas",
        "sandbox": { "signed_in_at": "2026-11-21T12:00:00Z", "sign_in_id": "7F3K-9QXM", "psc_session_ended": true, "version": VERSION },
    });
    let read = |document: &serde_json::Value| {
        fs::write(&file, document.to_string()).expect("written");
        SandboxRun::read(&file, &config(), NOW)
    };
    assert_eq!(read(&sound).expect("sound").sign_in_id, "7F3K-9QXM");
    for (place, value, words) in [
        ("/service", "Dossier d’un autre", "d’un autre service"),
        ("/environment", "production", "pas celui d’un serveur du bac à sable"),
        ("/sandbox", "", "ce n’est pas"),
        ("/sandbox/signed_in_at", "2026-12-24T12:00:00Z", "à venir"),
        ("/sandbox/signed_in_at", "", "n’en est pas une"),
        ("/sandbox/sign_in_id", "", "pas de numéro"),
        ("/sandbox/version", "", "quelle version"),
    ] {
        let mut other = sound.clone();
        *other.pointer_mut(place).expect(place) = value.into();
        let refused = read(&other).expect_err(place).to_string();
        assert!(refused.starts_with("VST-3035") && refused.contains(words), "{place}: {refused}");
    }
    let mut none = sound.clone();
    none["sandbox"] = serde_json::Value::Null;
    assert!(read(&none).expect_err("none").to_string().contains("ne date aucune connexion"));
}

#[test]
fn a_dossier_that_lacks_what_is_handed_in_with_it_is_not_complete_though_nothing_is_red() {
    let mut made = dossier(&config(), None, Organisation::default());
    let lacking = made.lacking.join("\n");
    for words in ["relié au simulateur", "EXI PSC 12", "ne sont pas dites dans «\u{a0}organisation.toml\u{a0}»\u{a0}: 3"] {
        assert!(lacking.contains(words), "{words}: {lacking}");
    }
    assert!(made.to_html().expect("rendered").contains("relié au simulateur"));
    made.counts = Counts::default();
    assert!(!made.is_complete());
    made.lacking.clear();
    assert!(made.is_complete(), "nothing else is missed");
    let folder = TempDir::new().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let examined = || {
        let absent = folder.path().join("absent.toml");
        runtime
            .block_on(async move { doctor::examine(&absent, Arc::new(ManualClock::at(NOW)), Arc::new(crate::random::SystemRandom)).await })
    };
    let sound = config();
    let of = |examined| {
        let found = Found {
            config: &sound,
            config_file: "",
            settings: Vec::new(),
            results: None,
            organisation: Organisation::default(),
            sandbox: None,
            examined,
            built: Built { version: VERSION, sources: None, sources_at: None },
            now: NOW,
        };
        Dossier::new(found).lacking.join("\n")
    };
    assert!(of(examined()).contains("diagnostic du jour") && !of(doctor::Report::default()).contains("diagnostic du jour"));
}

#[test]
fn an_answer_that_nobody_sees_is_none() {
    let mut organisation = Organisation::default();
    for (key, unseen) in [("exi_01", "\u{200b}"), ("exi_02", "\u{2800}\u{2800}"), ("exi_04", " \u{3164}\n")] {
        organisation.answers.insert(key.into(), unseen.into());
    }
    organisation.answers.insert("exi_05".into(), " \u{200b}SA Exemple".into());
    organisation.declared.client_id = "\u{200b}".into();
    let made = dossier(&config(), None, organisation);
    assert_eq!((made.counts.answered, made.counts.contradicted), (1, 0));
}

#[test]
fn what_this_version_does_not_do_is_proved_by_no_name() {
    let not_done: Vec<&Requirement> = REQUIREMENTS.iter().filter(|requirement| !requirement.is_done()).collect();
    assert!(not_done.len() >= 4, "{not_done:?}");
    for requirement in not_done {
        let named = format!("{}_is_held", requirement.key);
        let made = dossier(&config(), Some(results(VERSION, &[(&named, Outcome::Passed)])), Organisation::default());
        assert_eq!(proof_of(&made, &requirement.number()), Some(dossier::Proof::Missing), "{named}");
    }
}

#[test]
fn what_is_no_file_of_results_is_refused_by_name() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("essais.json");
    let newer = serde_json::to_string(&results(VERSION, &[])).expect("written").replace("\"format\":1", "\"format\":2");
    for (text, words) in [("[]", "ce n’est pas le fichier de résultats"), (newer.as_str(), "(2) n’est pas connue")] {
        fs::write(&file, text).expect("written");
        let refused = TestResults::read(&file).expect_err("refused").to_string();
        assert!(refused.starts_with("VST-3035") && refused.contains(words) && refused.contains("essais.json"), "{refused}");
    }
    fs::remove_file(&file).expect("removed");
    assert!(TestResults::read(&file).expect_err("gone").to_string().contains("n’existe pas"));
}
