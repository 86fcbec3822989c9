//! The page of settings and checks: what it shows, what it writes and when, and which screens rule over it.

use std::fs;
use std::path::MAIN_SEPARATOR;
use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_desktop::settings::{Settings, SettingsError};
use vestibule_desktop::{Engine, EngineHandle};
use vestibule_model::language::Language;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{
    AppRequest, AppView, CheckVerdict, ReadyReportView, ReportView, Screen, SupportFolder, SupportRequest, SupportView,
};

use crate::app::{App, Workstation};
use crate::card_removal::{self, LOCKING, grace_is_over, is_locked, pulled};
use crate::companion::Companion;
use crate::doubles::a_moment;
use crate::report::unpacked;

/// What only the checks ask of the companion.
const RULES: &str = "/api/v1/workstation";

/// Whoever is signed in in these tests.
const NAMES: [&str; 3] = ["Camille", "FICTIF", "EXEMPLE"];

fn asks(handle: &EngineHandle, asked: SupportRequest) {
    handle.request(AppRequest::Support { asked });
}

/// The first view that the test accepts.
async fn view<T>(handle: &EngineHandle, accept: impl Fn(&AppView) -> Option<T>) -> T {
    let mut view = handle.view();
    let accepted = async {
        loop {
            if let Some(accepted) = accept(&view.borrow_and_update()) {
                return accepted;
            }
            view.changed().await.expect("the engine lives");
        }
    };
    let shown = handle.view().borrow().support.clone();
    tokio::time::timeout(Duration::from_secs(60), accepted).await.unwrap_or_else(|_| panic!("never shown; first {shown:?}"))
}

async fn page<T>(handle: &EngineHandle, accept: impl Fn(&SupportView) -> Option<T>) -> T {
    view(handle, |view| view.support.as_ref().and_then(&accept)).await
}

async fn opens(handle: &EngineHandle) -> SupportView {
    asks(handle, SupportRequest::Show);
    page(handle, |page| Some(page.clone())).await
}

async fn is_gone(handle: &EngineHandle) {
    view(handle, |view| view.support.is_none().then_some(())).await;
}

async fn ready(handle: &EngineHandle) -> ReadyReportView {
    asks(handle, SupportRequest::GatherReport);
    page(handle, |page| if let ReportView::Ready(ready) = &page.report { Some(ready.clone()) } else { None }).await
}

fn reports(settings: &Settings) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir(&settings.paths.reports).map(|entries| entries.map(|entry| entry.expect("an entry").path()).collect());
    all.unwrap_or_default()
}

/// On its sign-in screen, with a folder where reports go.
async fn started(policy: &str) -> (Companion, Workstation, App, Settings) {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(policy));
    let settings = workstation.settings(&companion);
    fs::create_dir_all(&settings.paths.reports).expect("made");
    let mut app = workstation.start(&companion);
    app.rests().await;
    (companion, workstation, app, settings)
}

#[tokio::test]
async fn each_setting_is_told_with_its_value_and_who_set_it() {
    let (_companion, _workstation, app, settings) = started("enrolment_token = \"vst-poste-marque\"\ncard_detection = false\n").await;
    let shown = opens(&app.handle).await;
    let of = |key: &str| shown.settings.iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("no {key}")).clone();
    assert_eq!((of("card_detection").value.as_str(), of("tray").value.as_str()), ("non", "non"));
    assert_eq!((of("language").value.as_str(), of("language").source.as_str()), ("fr", "valeur par défaut"));
    assert_eq!((of("device_label").value.as_str(), of("device_label").managed), ("Salle 3", false), "a developer's file manages nothing");
    assert_eq!(of("proxy_exceptions").value, "(aucune valeur)");
    assert!(!format!("{shown:?}").contains("marque"), "what is secret is not shown");
    assert_eq!(shown.log_folder.as_deref(), settings.paths.logs.to_str());
    assert_eq!((shown.settings_error, shown.checks, shown.report), (None, None, ReportView::None));

    app.handle.request(AppRequest::SetLanguage { language: Language::En });
    let english = page(&app.handle, |page| page.settings.iter().find(|one| one.key == "tray" && one.value == "no").cloned()).await;
    assert_eq!(english.source, "default value");
    assert!(english.about.starts_with("An icon"), "{}", english.about);
    asks(&app.handle, SupportRequest::Hide);
    is_gone(&app.handle).await;
}

#[tokio::test]
async fn the_checks_are_run_when_she_asks_and_each_has_its_verdict_in_a_word() {
    let (companion, workstation, app, _) = started("").await;
    workstation.browser.missing.store(true, Ordering::SeqCst);
    // Whether this workstation is shared.
    companion.has_seen("POST", RULES, 1).await;
    opens(&app.handle).await;
    a_moment().await;
    assert_eq!(companion.requests("POST", RULES).len(), 1, "nothing more is asked before she does");
    asks(&app.handle, SupportRequest::RunChecks);
    asks(&app.handle, SupportRequest::RunChecks);
    let checks = page(&app.handle, |page| if page.checking { None } else { page.checks.clone() }).await;
    let titles: Vec<&str> = checks.iter().map(|check| check.title.as_str()).collect();
    assert_eq!(titles.iter().filter(|title| **title == "Serveur de connexion").count(), 1, "once: {titles:?}");
    assert!(titles.len() > 8 && checks.iter().all(|check| !check.told.is_empty()), "{checks:?}");
    let companion = checks.iter().find(|check| check.title == "Serveur de connexion").expect("there");
    assert_eq!((companion.verdict, companion.told.as_str()), (CheckVerdict::Ok, "OK"));
    let browser = checks.iter().find(|check| check.code.is_some_and(|code| code.to_string() == "VST-1001")).expect("no browser opens");
    assert!(browser.verdict != CheckVerdict::Ok && browser.told != companion.told && browser.remedy.is_some(), "{browser:?}");
}

#[tokio::test]
async fn what_the_checks_found_can_be_copied_as_the_report_says_it_once_all_have_answered() {
    // What the checks quote bears her name.
    let folder = tempfile::Builder::new().prefix("FICTIF-EXEMPLE").tempdir().expect("a folder");
    let (companion, workstation) = (Companion::start().await, Workstation { folder, ..Workstation::new() });
    let mut app = workstation.start(&companion);
    app.rests().await;
    app.signs_in(&companion).await;
    assert_eq!(opens(&app.handle).await.checks_text, None);
    asks(&app.handle, SupportRequest::RunChecks);
    let text = page(&app.handle, |page| if page.checking { None } else { page.checks_text.clone() }).await;
    ready(&app.handle).await;
    asks(&app.handle, SupportRequest::ReadPart { name: "doctor.txt".to_owned(), page: 1 });
    let reading = page(&app.handle, |page| if let ReportView::Ready(ready) = &page.report { ready.reading.clone() } else { None }).await;
    // The disk and the network are measured anew.
    let words = |text: &str| text.replace(|sign: char| sign.is_ascii_digit(), "");
    assert_eq!(words(&text), words(&reading.text), "word for word");
    let log = text.lines().find(|line| line.contains("Journal")).expect("a line about the log");
    assert!(log.contains(&format!("{MAIN_SEPARATOR}logs")) && !text.contains("FICTIF"), "{text}");
}

#[tokio::test]
async fn a_report_is_shown_whole_then_written_as_it_was_shown_and_names_nobody() {
    let (companion, _workstation, mut app, settings) = started("").await;
    fs::create_dir_all(&settings.paths.logs).expect("made");
    let line = "2027-01-15T08:00:00.000001Z  WARN vestibule_desktop::exchange: Of Dr Camille FICTIF-EXEMPLE sign_in.id=7F3K-9QXM\n";
    fs::write(settings.paths.logs.join("vestibule.2027-01-15.log"), line.repeat(2000)).expect("written");
    app.signs_in(&companion).await;
    opens(&app.handle).await;
    let shown = ready(&app.handle).await;
    assert!(reports(&settings).is_empty(), "nothing is written before she says so");
    let mut read = Vec::new();
    for part in &shown.parts {
        let mut text = String::new();
        for number in 1.. {
            asks(&app.handle, SupportRequest::ReadPart { name: part.name.clone(), page: number });
            let reading = page(&app.handle, |page| match &page.report {
                ReportView::Ready(ready) => ready.reading.clone().filter(|one| one.name == part.name && one.page == number),
                _ => None,
            })
            .await;
            text.push_str(&reading.text);
            if number == reading.pages {
                break;
            }
        }
        assert_eq!(text.len() as u64, part.bytes, "{}", part.name);
        read.push((part.name.clone(), text));
    }
    asks(&app.handle, SupportRequest::WriteReport);
    let path = page(&app.handle, |page| if let ReportView::Written { path } = &page.report { Some(path.clone()) } else { None }).await;
    assert_eq!((&path, reports(&settings).len()), (&shown.path, 1), "where it was said");
    let files = unpacked(path.as_ref());
    assert_eq!(
        files.into_iter().collect::<Vec<_>>(),
        {
            read.sort();
            read.clone()
        },
        "what was shown, word for word"
    );
    for (name, text) in &read {
        assert!(NAMES.iter().all(|one| !text.contains(one)), "a name in {name}");
    }
    let log = &read.iter().find(|(name, _)| name.starts_with("logs/")).expect("a log").1;
    assert!(log.len() > 100_000 && log.contains("7F3K-9QXM"), "what support works with stays, over several pages");
    let state = &read.iter().find(|(name, _)| name == "state.json").expect("there").1;
    assert!(state.contains("\"window\": \"signed_in\""), "{state}");
}

#[tokio::test]
async fn a_report_that_she_does_not_want_is_not_written_and_one_that_cannot_be_is_said_with_its_code() {
    let (_companion, _workstation, app, settings) = started("").await;
    opens(&app.handle).await;
    for early in [SupportRequest::WriteReport, SupportRequest::OpenFolder { folder: SupportFolder::Report }] {
        asks(&app.handle, early);
    }
    ready(&app.handle).await;
    asks(&app.handle, SupportRequest::DiscardReport);
    page(&app.handle, |page| (page.report == ReportView::None).then_some(())).await;
    asks(&app.handle, SupportRequest::WriteReport);
    a_moment().await;
    assert!(reports(&settings).is_empty());

    fs::remove_dir(&settings.paths.reports).expect("empty");
    ready(&app.handle).await;
    asks(&app.handle, SupportRequest::WriteReport);
    let trouble = page(&app.handle, |page| page.trouble.clone()).await;
    assert_eq!(trouble.problem.code.to_string(), "VST-1033");
    assert!(trouble.detail.is_some_and(|detail| detail.contains("reports")), "it says where, and why");
    // Once that is put right, the same one can be written.
    fs::create_dir(&settings.paths.reports).expect("made");
    asks(&app.handle, SupportRequest::WriteReport);
    page(&app.handle, |page| matches!(page.report, ReportView::Written { .. }).then_some(())).await;
    assert_eq!(reports(&settings).len(), 1);
}

#[tokio::test]
async fn a_folder_is_shown_when_she_asks_and_where_it_is_not_that_is_said() {
    let (_companion, workstation, app, settings) = started("").await;
    opens(&app.handle).await;
    assert!(workstation.files.shown().is_empty());
    asks(&app.handle, SupportRequest::OpenFolder { folder: SupportFolder::Log });
    page(&app.handle, |page| page.unopened).await;
    assert_eq!(workstation.files.shown()[0], settings.paths.logs, "the log is not there: it was tried all the same");
    fs::create_dir_all(&settings.paths.logs).expect("made");
    asks(&app.handle, SupportRequest::OpenFolder { folder: SupportFolder::Log });
    page(&app.handle, |page| page.unopened.is_none().then_some(())).await;
    ready(&app.handle).await;
    asks(&app.handle, SupportRequest::WriteReport);
    page(&app.handle, |page| matches!(page.report, ReportView::Written { .. }).then_some(())).await;
    asks(&app.handle, SupportRequest::OpenFolder { folder: SupportFolder::Report });
    workstation.files.shows(3).await;
    assert_eq!(workstation.files.shown()[2], settings.paths.reports);
}

#[tokio::test]
async fn the_page_goes_when_the_session_ends_and_nothing_of_it_comes_after() {
    let (companion, _workstation, mut app, settings) = started("").await;
    app.signs_in(&companion).await;
    opens(&app.handle).await;
    asks(&app.handle, SupportRequest::RunChecks);
    asks(&app.handle, SupportRequest::GatherReport);
    page(&app.handle, |page| page.checking.then_some(())).await;
    companion.session_ends(SessionEnd::Idle);
    app.shows(|screen| matches!(screen, Screen::Ended { .. }).then_some(())).await;
    is_gone(&app.handle).await;
    // Over the screen of the end it opens anew, and empty: what was still being found was for the other one.
    let fresh = opens(&app.handle).await;
    assert_eq!((fresh.checks, fresh.checking, fresh.report), (None, false, ReportView::None));
    for _ in 0..50 {
        a_moment().await;
    }
    page(&app.handle, |page| (page.checks.is_none() && page.report == ReportView::None).then_some(())).await;
    assert!(reports(&settings).is_empty());
}

#[tokio::test]
async fn a_lock_takes_the_page_away_and_offers_none() {
    let (companion, workstation, mut app) = card_removal::signed_in(LOCKING).await;
    opens(&app.handle).await;
    let view = pulled(&workstation, &mut app).await;
    assert!(view.removal.is_some() && app.handle.view().borrow().support.is_some(), "the countdown shows over it");
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    is_gone(&app.handle).await;
    asks(&app.handle, SupportRequest::Show);
    asks(&app.handle, SupportRequest::GatherReport);
    a_moment().await;
    assert!(app.handle.view().borrow().support.is_none(), "whoever stands there is not known");
    drop(companion);
}

#[tokio::test]
async fn slow_checks_hold_up_neither_the_session_nor_the_page() {
    let (companion, workstation, mut app, _) = started("").await;
    app.signs_in(&companion).await;
    opens(&app.handle).await;
    workstation.keyring.silent.store(true, Ordering::SeqCst);
    asks(&app.handle, SupportRequest::RunChecks);
    page(&app.handle, |page| page.checks.as_ref().is_some_and(|checks| checks.len() > 2).then_some(())).await;
    // The keyring answers nobody; what she does goes on at once.
    app.handle.request(AppRequest::ShowOwnSessions);
    app.shows(|screen| matches!(screen, Screen::OwnSessions(_)).then_some(())).await;
}

#[tokio::test]
async fn with_unusable_settings_the_page_says_what_is_wrong_and_a_report_can_be_made() {
    let workstation = Workstation::new();
    let error = SettingsError::NoPolicy("/etc/vestibule/policy.toml".into());
    let handle = Engine::refused(error, workstation.ports());
    let first = handle.view().borrow().clone();
    assert!(matches!(&first.screen, Screen::Problem(problem) if problem.code.to_string() == "VST-1005" && !problem.title.is_empty()));
    let shown = opens(&handle).await;
    assert!(shown.settings.is_empty() && shown.settings_error.is_some_and(|told| told.contains("/etc/vestibule/policy.toml")));
    let report = ready(&handle).await;
    asks(&handle, SupportRequest::ReadPart { name: "settings.json".to_owned(), page: 1 });
    let read = page(&handle, |page| if let ReportView::Ready(ready) = &page.report { ready.reading.clone() } else { None }).await;
    assert!(read.text.contains("VST-1005") && report.parts.len() > 4, "{}", read.text);
    handle.request(AppRequest::SetLanguage { language: Language::En });
    view(&handle, |view| (view.language == Language::En).then_some(())).await;
    tokio::time::timeout(Duration::from_secs(20), handle.quit()).await.expect("it quits");
}

#[tokio::test]
async fn how_support_is_reached_is_what_the_policy_says() {
    let (_companion, _workstation, app, _) =
        started("support_address = \"support@hopital.example\"\nsupport_phone = \"poste 4242\"\n").await;
    let contact = app.handle.view().borrow().service.contact.clone();
    assert_eq!((contact.address.as_deref(), contact.phone.as_deref()), (Some("support@hopital.example"), Some("poste 4242")));
}
