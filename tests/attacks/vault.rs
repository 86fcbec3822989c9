//! Row 28 while the vault's key changes: real processes, sessions at work, and kills at any moment.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use companion_server::random::SystemRandom;
use companion_server::vault::{KeyRing, SealedPlace, Vault, read_key_file};
use reqwest::StatusCode;
use sqlx::Row as _;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::programs::Programs;
use vestibule_tests::raw_client::{RawClient, Tokens};
use vestibule_tests::servers::ending_with_us;
use vestibule_tests::stack::Doorstep;

use super::scene::{memory, parameter, stranger};

/// Kills in the middle of a rotation; half of them in its first, busiest moments.
const KILLS: u32 = 24;
/// Longest time that a rotation is left alone before it is killed: a little more than one takes.
const LONGEST_MS: u32 = 2_600;
const SHORTEST_MS: u32 = 250;

struct AtWork {
    app: RawClient,
    tokens: Tokens,
    rounds: usize,
}

impl AtWork {
    async fn sign_in(programs: &Programs) -> Self {
        let app = stranger(programs);
        let doorstep = Doorstep::open().expect("a loopback address");
        let started = app.start(&doorstep.redirect_uri).await.expect("started");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        browser.walk(&app.authorize_address(&started), &Person::named("camille")).await.expect("walks");
        let back = browser.history.iter().rev().find(|url| url.as_str().starts_with(&doorstep.redirect_uri)).expect("came back");
        let tokens = app.redeem(&started, &parameter(back, "code").expect("a code")).await.expect("answers").tokens().expect("signed in");
        Self { app, tokens, rounds: 0 }
    }

    /// Rotates the app's tokens and reads the session, for which the companion opens a sealed value.
    async fn works(&mut self) {
        self.tokens = self.app.refresh(&self.tokens.refresh).await.expect("answers").tokens().expect("the session goes on");
        let answer = self.app.session(&self.tokens.access).await.expect("answers");
        assert_eq!((answer.status, answer.body["practitioner"].is_object()), (StatusCode::OK, true), "{answer:?}");
        self.rounds += 1;
    }

    async fn works_until(mut self, stop: CancellationToken) -> Self {
        while !stop.is_cancelled() {
            self.works().await;
        }
        self
    }
}

fn command(programs: &Programs, verb: &str) -> Command {
    let mut command = ending_with_us("companion-server").expect("built");
    command.args(["vault", verb, "--config"]).arg(programs.folder().join("companion.toml"));
    command
}

async fn succeeds(mut command: Command) -> String {
    let output = command.output().await.expect("it runs");
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn rotating(programs: &Programs) -> Child {
    command(programs, "rotate").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts")
}

/// Envelopes of a stolen database that this key file opens, of all.
async fn opened_by(ring: KeyRing, database: &Path) -> (usize, usize) {
    let vault = Vault::with_ring(ring, Arc::new(SystemRandom));
    let rows = sqlx::query("SELECT sign_in_id, practitioner_sealed, tokens_sealed FROM grants")
        .fetch_all(&mut memory(database).await)
        .await
        .expect("rows");
    let (mut opened, mut all) = (0, 0);
    for row in &rows {
        let id: String = row.get(0);
        for (index, column) in [(1, "practitioner"), (2, "tokens")] {
            let place = SealedPlace { table: "grants", row: id.as_bytes(), column };
            all += 1;
            opened += usize::from(vault.unseal(&place, &row.get::<Vec<u8>, _>(index)).is_ok());
        }
    }
    (opened, all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_28_the_key_is_rotated_under_load_and_the_former_one_opens_nothing_of_a_stolen_database() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let former = fs::read(programs.vault_key()).expect("a key");
    let database = programs.folder().join("companion.sqlite");
    let stop = CancellationToken::new();
    let mut at_work = Vec::new();
    for _ in 0..3 {
        at_work.push(tokio::spawn(AtWork::sign_in(&programs).await.works_until(stop.clone())));
    }
    let mut newcomers = Vec::new();
    let rotation = succeeds(command(&programs, "rotate"));
    let told = {
        tokio::pin!(rotation);
        loop {
            tokio::select! {
                told = &mut rotation => break told,
                newcomer = AtWork::sign_in(&programs) => newcomers.push(newcomer),
            }
        }
    };
    assert!(told.contains("chiffre tout") && told.contains("Clés retirées"), "{told}");
    stop.cancel();
    let mut everyone = newcomers;
    for task in at_work {
        everyone.push(task.await.expect("every answer was right"));
    }
    assert!(everyone.iter().map(|one| one.rounds).sum::<usize>() > 10, "there was a load");
    for one in &mut everyone {
        one.works().await;
    }
    let status = succeeds(command(&programs, "status")).await;
    assert_eq!(status.lines().count(), 2, "one key is left: {status}");

    programs.kill_companion().await.expect("killed");
    programs.restart_companion().await.expect("restarted");
    for one in &mut everyone {
        one.works().await;
    }

    let current = read_key_file(&programs.vault_key()).expect("a ring");
    let (opened, all) = opened_by(current, &database).await;
    assert!(opened == all && all >= 2 * everyone.len(), "{opened} of {all}");
    assert_eq!(opened_by(KeyRing::parse(&former).expect("a ring"), &database).await, (0, all), "the former key opens nothing");
    let mut memory = memory(&database).await;
    sqlx::query("CREATE TABLE stolen AS SELECT * FROM grants").execute(&mut memory).await.expect("copied");
    let swap = "UPDATE grants SET practitioner_sealed =
                    (SELECT s.practitioner_sealed FROM stolen s WHERE s.sign_in_id <> grants.sign_in_id LIMIT 1)";
    sqlx::query(swap).execute(&mut memory).await.expect("moved");
    for one in &mut everyone {
        let answer = one.app.session(&one.tokens.access).await.expect("answers");
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "a row moved elsewhere does not open");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_28_a_rotation_killed_at_any_moment_loses_no_session_and_is_finished_by_the_next_run() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let mut everyone = Vec::new();
    for _ in 0..3 {
        everyone.push(AtWork::sign_in(&programs).await);
    }
    let mut killed = 0;
    for kill in 0..KILLS {
        let mut random = [0_u8; 4];
        getrandom::fill(&mut random).expect("randomness");
        let longest = if kill % 2 == 0 { SHORTEST_MS } else { LONGEST_MS };
        let moment = Duration::from_millis(u64::from(u32::from_le_bytes(random) % longest));
        let mut rotation = rotating(&programs);
        if tokio::time::timeout(moment, rotation.wait()).await.is_err() {
            rotation.kill().await.expect("killed");
            killed += 1;
        }
        if kill % 6 == 5 {
            programs.kill_companion().await.expect("killed");
            programs.restart_companion().await.unwrap_or_else(|error| panic!("after {moment:?}: {error}"));
        }
        for one in &mut everyone {
            one.works().await;
        }
    }
    assert!(killed >= KILLS / 2, "most rotations were killed: {killed}");
    succeeds(command(&programs, "rotate")).await;
    let status = succeeds(command(&programs, "status")).await;
    assert_eq!(status.lines().count(), 2, "one key is left: {status}");
    programs.kill_companion().await.expect("killed");
    programs.restart_companion().await.expect("restarted");
    for one in &mut everyone {
        one.works().await;
    }
    let (opened, all) = opened_by(read_key_file(&programs.vault_key()).expect("a ring"), &programs.folder().join("companion.sqlite")).await;
    assert!(opened == all && all == 2 * everyone.len(), "{opened} of {all}");
    let beside: Vec<_> = fs::read_dir(programs.vault_key().parent().expect("a folder")).expect("listed").collect();
    assert_eq!(beside.len(), 1, "no key is left lying about: {beside:?}");
}
