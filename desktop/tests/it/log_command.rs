//! `vestibule log`: every file as one log, whatever form it was written in, and what comes after.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use vestibule_desktop::cli::{self, Output};

use crate::app::Workstation;
use crate::cli::run;
use crate::companion::Companion;

const EARLIER: &str = "2026-11-27T23:59:59.000001Z  INFO vestibule_desktop::exchange: A sign-in started sign_in.id=7F3K-9QXM\n";
const PUT_ASIDE: &str =
    "2026-11-28T00:00:01.000001Z  WARN vestibule_desktop::exchange: The sign-in failed sign_in.id=7F3K-9QXM error.code=VST-2041\n";
const LATER: &str = "{\"timestamp\":\"2026-11-28T09:00:00.000001Z\",\"level\":\"INFO\",\"message\":\"A sign-in started\",\"sign_in.id\":\"AB2C-D3EF\",\
                     \"target\":\"vestibule_desktop::exchange\"}\n";
const LATER_TOLD: &str = "2026-11-28T09:00:00.000001Z  INFO vestibule_desktop::exchange: A sign-in started sign_in.id=AB2C-D3EF\n";

/// A workstation whose log has three files.
fn with_log(companion: &Companion) -> (Workstation, PathBuf) {
    let workstation = Workstation::new();
    let folder = workstation.settings(companion).paths.logs;
    fs::create_dir_all(&folder).expect("made");
    for (name, text) in [("2026-11-28", LATER), ("2026-11-27", EARLIER), ("2026-11-28.1", PUT_ASIDE)] {
        fs::write(folder.join(format!("vestibule.{name}.log")), text).expect("written");
    }
    (workstation, folder)
}

#[tokio::test]
async fn every_file_of_the_folder_is_read_in_order_whatever_its_form() {
    let companion = Companion::start().await;
    let (workstation, folder) = with_log(&companion);
    for (arguments, expected) in [
        (&["log"][..], [EARLIER, PUT_ASIDE, LATER_TOLD].concat()),
        (&["log", "--lines", "2"], [PUT_ASIDE, LATER_TOLD].concat()),
        (&["log", "--sign-in", "7f3k-9qxm"], [EARLIER, PUT_ASIDE].concat()),
        (&["log", "--sign-in", "7F3K-9QXM", "--lines", "1"], PUT_ASIDE.to_owned()),
        (&["log", "--lines", "0"], String::new()),
        (&["log", "--folder"], format!("{}\n", folder.display())),
    ] {
        let done = run(&workstation, &companion, arguments).await;
        assert_eq!((done.exit, done.out), (0, expected), "{arguments:?}: {}", done.err);
    }
    let done = run(&workstation, &companion, &["log", "--json"]).await;
    let lines: Vec<Value> = done.out.lines().map(|line| serde_json::from_str(line).expect("one document a line")).collect();
    let levels: Vec<&str> = lines.iter().filter_map(|line| line["level"].as_str()).collect();
    assert_eq!(levels, ["INFO", "WARN", "INFO"]);
    assert_eq!(lines[1]["text"], "The sign-in failed sign_in.id=7F3K-9QXM error.code=VST-2041");
    assert_eq!(run(&workstation, &companion, &["log", "--folder", "--json"]).await.json(), json!({ "folder": folder }));
    let doctor = run(&workstation, &companion, &["doctor"]).await;
    assert!(doctor.out.contains(&format!("Journal\u{a0}: {} (3\u{a0}fichiers", folder.display())), "{}", doctor.out);
}

#[tokio::test]
async fn a_log_that_is_not_there_is_said_and_one_that_cannot_be_read_has_a_code() {
    let companion = Companion::start().await;
    let (workstation, folder) = with_log(&companion);
    let done = run(&workstation, &companion, &["log", "--sign-in", "ZZZZ-ZZZZ"]).await;
    assert_eq!((done.exit, done.out.as_str()), (0, ""));
    assert!(done.err.contains("Aucune ligne de journal pour la connexion ZZZZ-ZZZZ dans"), "{}", done.err);
    for wrong in [&["log", "--sign-in", "nothing"][..], &["log", "--lines", "many"], &["log", "--folder", "--follow"]] {
        let done = run(&workstation, &companion, wrong).await;
        assert!(done.exit == 2 && done.err.starts_with("VST-1029"), "{wrong:?}: {}", done.err);
    }
    fs::remove_dir_all(&folder).expect("removed");
    let done = run(&workstation, &companion, &["log"]).await;
    assert!(done.exit == 0 && done.err.contains("Aucune ligne de journal"), "{}", done.err);
    fs::write(&folder, "no folder").expect("written");
    let done = run(&workstation, &companion, &["log"]).await;
    assert!(done.exit == 1 && done.err.starts_with("VST-1034"), "{}", done.err);
    let doctor = run(&workstation, &companion, &["doctor"]).await;
    assert!(doctor.exit == 1 && doctor.out.contains("VST-1034"), "{}", doctor.out);
}

/// Whoever can write a line must not order a terminal about.
#[tokio::test]
async fn nothing_of_a_line_is_an_order_for_the_terminal() {
    let companion = Companion::start().await;
    let (workstation, folder) = with_log(&companion);
    let odd = "2026-11-29T00:00:00.000001Z  INFO x: \u{1b}]0;title\u{7}a\u{9b}2Jb\tc\u{202e}d\u{e0041}\n";
    fs::write(folder.join("vestibule.2026-11-29.log"), odd).expect("written");
    let done = run(&workstation, &companion, &["log", "--lines", "1"]).await;
    assert_eq!(done.out, "2026-11-29T00:00:00.000001Z  INFO x: \u{fffd}]0;title\u{fffd}a\u{fffd}2Jb\tc\u{fffd}d\u{fffd}\n");
    let done = run(&workstation, &companion, &["log", "--lines", "1", "--json"]).await;
    assert!(!done.out.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{e0041}']), "{:?}", done.out);
    assert_eq!(serde_json::from_str::<Value>(&done.out).expect("JSON")["text"], odd.split_once("x: ").expect("a text").1.trim_end());
}

/// What is written, for whoever looks while it is.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("unpoisoned").clone()).expect("text")
    }

    /// Waits until this is its text.
    async fn shows(&self, workstation: &Workstation, text: &str) {
        for _ in 0..400 {
            if self.text() == text {
                return;
            }
            workstation.clock.advance(Duration::from_millis(250));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{:?} instead of {text:?}", self.text());
    }
}

impl std::io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_comes_is_followed_over_a_file_put_aside_and_the_end_of_the_day_until_it_is_stopped() {
    let companion = Companion::start().await;
    let (workstation, folder) = with_log(&companion);
    let (page, mut err) = (Page::default(), Vec::new());
    let mut out = page.clone();
    let nobody: cli::Typing = Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
    let arguments = ["vestibule", "log", "--follow", "--lines", "1", "--sign-in", "AB2C-D3EF"].map(str::to_owned).to_vec();
    let settings = Ok(workstation.settings(&companion));
    let output = Output { out: &mut out, err: &mut err };
    let follow = Box::pin(cli::run(arguments, settings, workstation.ports(), nobody, output));
    let (today, tomorrow) = (folder.join("vestibule.2026-11-28.log"), folder.join("vestibule.2026-11-29.log"));
    let happens = async {
        let mut text = LATER_TOLD.to_owned();
        page.shows(&workstation, &text).await;
        let line = |time: &str| LATER_TOLD.replace("2026-11-28T09:00:00", time);
        fs::write(&today, LATER.to_owned() + &line("2026-11-28T10:00:00")).expect("written");
        fs::rename(&today, folder.join("vestibule.2026-11-28.2.log")).expect("put aside");
        fs::write(&today, line("2026-11-28T11:00:00") + EARLIER).expect("written");
        text += &(line("2026-11-28T10:00:00") + &line("2026-11-28T11:00:00"));
        page.shows(&workstation, &text).await;
        fs::write(&tomorrow, line("2026-11-29T00:00:01")).expect("written");
        text += &line("2026-11-29T00:00:01");
        page.shows(&workstation, &text).await;
        workstation.orders.stop();
    };
    let both = async { tokio::join!(follow, happens).0 };
    let exit = tokio::time::timeout(Duration::from_secs(30), both).await.expect("it ends when it is told to");
    assert_eq!((exit, err.len()), (0, 0));
}

#[tokio::test]
async fn what_is_followed_ends_with_its_reader_and_not_with_the_next_line() {
    let companion = Companion::start().await;
    let (workstation, _) = with_log(&companion);
    let (page, mut err) = (Page::default(), Vec::new());
    let mut out = page.clone();
    let nobody: cli::Typing = Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
    let arguments = ["vestibule", "log", "--follow", "--lines", "1", "--sign-in", "AB2C-D3EF"].map(str::to_owned).to_vec();
    let output = Output { out: &mut out, err: &mut err };
    let follow = Box::pin(cli::run(arguments, Ok(workstation.settings(&companion)), workstation.ports(), nobody, output));
    let leaves = async {
        page.shows(&workstation, LATER_TOLD).await;
        workstation.outlet.is_unheard.store(true, Ordering::SeqCst);
        for _ in 0..400 {
            workstation.clock.advance(Duration::from_millis(250));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let exit = tokio::select! {
        exit = follow => exit,
        () = leaves => panic!("it follows on for nobody"),
    };
    assert_eq!((exit, String::from_utf8_lossy(&err).as_ref()), (0, ""), "quietly");
}
