//! What happens to a workstation in a day, one thing after another, on a session that must stay what it is: one, clear, and in no file.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test asks for one screen and takes no other")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use psc_simulator::persona;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use vestibule_desktop::clock::Clock as _;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppRequest, AppView, CardBadge, Screen, SessionView};
use vestibule_tests::browser_double::Person;
use vestibule_tests::known_secrets::KnownSecrets;
use vestibule_tests::stack::{Options, Stack, now};
use vestibule_tests::wire::Wire;
use vestibule_tests::workplace::{App, Workplace};

/// Of inactivity, by the companion's usual rule.
const IDLE_S: u32 = 900;
/// The longest session.
const LIFE_S: u32 = 14_400;
/// Seconds of one step of the clocks.
const STEP_S: u32 = 5;
/// Clocks are told in whole seconds, and one machine's moves before the other's.
const SLACK: Duration = Duration::from_secs(10);

struct Life {
    wire: Wire,
    stack: Stack,
    place: Workplace,
    app: App,
    known: KnownSecrets,
    sign_ins: usize,
}

impl Life {
    async fn begins() -> Self {
        let wire = Wire::start().await.expect("a network");
        let people = persona::embedded().expect("people");
        let stack = Stack::start_behind(Some(&wire.url), Options::default(), people).await.expect("the stack starts");
        wire.leads_to(stack.companion_listener());
        let place = Workplace::new(&wire.url, now(), "on_card_removed = \"lock\"\n").expect("a workplace");
        place.readers.hold_cps(true);
        let mut app = place.start().expect("it starts");
        app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await.expect("shown");
        Self { wire, stack, place, app, known: KnownSecrets::default(), sign_ins: 0 }
    }

    async fn signs_in(&mut self) {
        self.app.handle.request(AppRequest::Dismiss);
        let person = Person { means: "card".to_owned(), ..Person::named("camille") };
        self.place.signs_in_as(&mut self.app, &person).await.expect("signed in");
        self.sign_ins += 1;
    }

    /// What the window shows of the readers.
    async fn sees(&self, badge: Option<CardBadge>) {
        let mut view = self.app.view.clone();
        let seen = view.wait_for(|view| view.card.and_then(|card| card.badge) == badge);
        let seen = tokio::time::timeout(Duration::from_secs(20), seen).await.is_ok();
        assert!(seen, "{badge:?} expected, {:?} shown", self.app.view.borrow().card);
    }

    /// Time passes for everybody, and everybody does what is due.
    async fn pass(&self, seconds: u32) {
        for _ in 0..seconds / STEP_S {
            self.stack.advance(STEP_S).await.expect("advanced");
            self.place.clock.advance(STEP_S);
            settled().await;
        }
    }

    /// The lid is shut, and the world goes on.
    async fn sleep(&self, seconds: u32) {
        self.stack.advance(seconds).await.expect("advanced");
        self.place.clock.sleeps(seconds);
        settled().await;
    }

    /// A key, between two looks of the app at the keyboard; when, by the clock that nobody sets.
    async fn key(&self) -> Duration {
        self.stack.advance(STEP_S).await.expect("advanced");
        self.place.clock.advance(2);
        self.place.clock.key();
        let at = self.place.clock.elapsed();
        settled().await;
        self.place.clock.advance(STEP_S - 2);
        settled().await;
        at
    }

    /// She types, and it is told: the end for lack of activity is a whole limit away from there.
    async fn types(&mut self, step: &str) {
        let at = self.key().await;
        self.has_put_off(step, at).await;
    }

    /// What she typed then has put the end off: a minute at most until it is seen, another until it is told, and longer where the machine is slow.
    async fn has_put_off(&mut self, step: &str, at: Duration) {
        let left_of = |view: &AppView| match &view.screen {
            Screen::SignedIn { session } => Duration::from_millis(session.idle_ends_at_ms.saturating_sub(self.place.clock.unix_ms())),
            _ => Duration::ZERO,
        };
        let mut left = Duration::ZERO;
        for turn in 0..300 / STEP_S {
            self.pass(STEP_S).await;
            left = left_of(&self.app.view.borrow());
            // These clocks run a thousand times faster than a busy machine works: near the end they stand still until it is put off.
            if left < Duration::from_secs(60) {
                let mut view = self.app.view.clone();
                let put_off = view.wait_for(|view| left_of(view) >= Duration::from_secs(60));
                left = tokio::time::timeout(Duration::from_secs(2), put_off)
                    .await
                    .map_or(left, |view| view.map_or(left, |view| left_of(&view)));
            } else if turn * STEP_S > 120 {
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
            if self.place.clock.elapsed() + left + SLACK >= at + Duration::from_secs(IDLE_S.into()) {
                self.is_signed_in(step).await;
                return;
            }
        }
        panic!("{step}: her key did not put the end off, {left:?} is left");
    }

    /// One session and its companion there, its ends neither past nor further away than a rule allows; told once more to be sure.
    async fn is_signed_in(&mut self, step: &str) -> SessionView {
        let session = |screen: &Screen| match screen {
            Screen::SignedIn { session } if session.service_reachable => Some(session.clone()),
            _ => None,
        };
        for _ in 0..12 {
            if session(&self.app.view.borrow().screen).is_some() {
                break;
            }
            self.pass(STEP_S).await;
        }
        let view = self.app.shows(step, session).await.expect("signed in");
        let now_ms = self.place.clock.unix_ms();
        let left_s = |at_ms: u64| at_ms.checked_sub(now_ms).map(|left| left / 1000);
        for (limit_s, at_ms) in [(IDLE_S, view.idle_ends_at_ms), (LIFE_S, view.ends_at_ms)] {
            let left_s = left_s(at_ms).unwrap_or_else(|| panic!("{step}: an end is past"));
            assert!(left_s <= u64::from(limit_s), "{step}: {left_s} s are left of {limit_s}");
        }
        self.is_sound(step, 1).await;
        view
    }

    async fn has_ended(&mut self, step: &str, because: SessionEnd) {
        let reason = |screen: &Screen| match screen {
            Screen::Ended { reason, .. } => Some(*reason),
            _ => None,
        };
        assert_eq!(self.app.shows(step, reason).await.expect("ended"), Some(because), "{step}");
        self.is_sound(step, 0).await;
        assert!(!self.place.keyring.contents().contains("refresh_token\":\""), "{step}: a token is left in the keyring");
    }

    /// As many sessions as there should be, as many sign-ins at the provider, and no file of the workstation knows anything.
    async fn is_sound(&mut self, step: &str, sessions: i64) {
        let asked = self.stack.provider_saw("/token", Some("authorization_code")).await.expect("the journal");
        assert_eq!(asked, self.sign_ins, "{step}: sign-ins at the provider");
        assert_eq!(self.place.browsers_waiting(), 0, "{step}: a browser was asked for");
        let database = self.stack.database();
        // What ended by the clock stays until it is swept.
        let alive = "SELECT count(*) FROM sessions WHERE ended IS NULL AND absolute_ends_at > ?1 AND idle_ends_at > ?1";
        let mut memory = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&database)).await.expect("opened");
        let now_ms = i64::try_from(now() * 1000).expect("before the year 292000000");
        let count: i64 = sqlx::query_scalar(alive).bind(now_ms).fetch_one(&mut memory).await.expect("counted");
        assert_eq!(count, sessions, "{step}: sessions at the companion");
        let mut columns = vec!["request_hash FROM sign_ins", "code_hash FROM sign_ins"];
        if sessions > 0 {
            columns.push("hash FROM session_tokens");
        }
        self.known.learn(&database, &columns).await.expect("learnt");
        if sessions > 0 {
            assert!(self.known.told_in(&self.place.keyring.contents()) > 0, "{step}: the search knows the token in the keyring");
        }
        let files = texts_in(self.place.folder());
        assert_eq!(self.known.told_in(&files), 0, "{step}: a secret stands in a file");
        for known in ["FICTIF", "Camille", "899700999016"] {
            assert!(!files.contains(known), "{step}: {known} stands in a file");
        }
    }
}

/// Lets everyone do, in real time, what the clocks just made due.
async fn settled() {
    tokio::time::sleep(Duration::from_millis(8)).await;
}

/// Every file below a folder, as far as it is text.
fn texts_in(folder: &Path) -> String {
    let mut texts = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            texts += &texts_in(&entry.path());
        } else {
            texts += &String::from_utf8_lossy(&fs::read(entry.path()).expect("a file"));
        }
        texts += "\n";
    }
    texts
}

#[tokio::test]
async fn exi_11_a_session_lives_through_what_happens_to_a_workstation_and_is_never_two() {
    let mut life = Life::begins().await;
    life.signs_in().await;
    life.is_signed_in("the morning").await;

    sleeps_and_wakes(&mut life).await;
    network_fails(&mut life).await;
    companion_restarts(&mut life).await;
    clocks_are_set(&mut life).await;
    remote_desktop_is_left(&mut life).await;
    two_instances(&mut life).await;
    the_companions_clock_is_set(&mut life).await;
    sleeps_too_long(&mut life).await;
}

async fn sleeps_and_wakes(life: &mut Life) {
    life.sleep(120).await;
    life.types("a short sleep").await;
    // The access token is good for five minutes.
    life.sleep(400).await;
    life.is_signed_in("a sleep past the access token").await;
    life.types("her first key after it").await;
}

async fn network_fails(life: &mut Life) {
    life.wire.is_cut();
    let typed = life.key().await;
    life.pass(90).await;
    let away = |screen: &Screen| matches!(screen, Screen::SignedIn { session } if !session.service_reachable).then_some(());
    life.app.shows("the companion out of reach", away).await.expect("told");
    life.wire.is_back();
    life.has_put_off("what she typed while it was cut counts once it is back", typed).await;

    // The access token ran out: her key brings a refresh, and the answer to it is lost.
    life.pass(300).await;
    life.wire.loses_the_answer_to("POST /oauth/token ");
    let typed = life.key().await;
    life.has_put_off("a refresh whose answer was lost", typed).await;
    assert!(life.wire.has_lost(), "there was a refresh");
    life.types("after it").await;

    for (address, step) in [(Ipv4Addr::new(127, 0, 0, 2), "a VPN comes up"), (Ipv4Addr::LOCALHOST, "it goes down")] {
        life.wire.leaves_from(address);
        life.types(step).await;
    }
}

async fn companion_restarts(life: &mut Life) {
    settled().await;
    // The app's question for news is parked there.
    life.stack.restart_companion().await.expect("it starts again");
    life.pass(20).await;
    life.is_signed_in("the companion started again").await;
    life.types("after it").await;
}

async fn clocks_are_set(life: &mut Life) {
    let hours = |hours: i64| hours * 3600;
    for (by_s, step) in [(hours(3), "set three hours forward"), (hours(-7), "set seven hours back"), (hours(4), "set right")] {
        life.place.clock.is_set_by(by_s);
        life.pass(10).await;
        life.is_signed_in(step).await;
        life.types(step).await;
        // Up to the warning and past it: whoever counts by a clock that was set ends too early.
        let left_ms = life.is_signed_in(step).await.idle_ends_at_ms - life.place.clock.unix_ms();
        life.pass(u32::try_from(left_ms / 1000).expect("less than an hour") - 75).await;
        life.place.clock.is_set_by(by_s / 60);
        life.pass(45).await;
        life.is_signed_in("the warning").await;
        life.place.clock.is_set_by(-by_s / 60);
        life.types("an answer to it").await;
    }
}

async fn remote_desktop_is_left(life: &mut Life) {
    life.sees(Some(CardBadge::CpsPresent)).await;
    life.place.clock.hears(false);
    life.place.readers.are_lost();
    life.sees(None).await;
    life.pass(60).await;
    life.is_signed_in("the desktop left: neither cards nor keys can be told").await;
    life.app.handle.request(AppRequest::Activity);
    life.has_put_off("the window alone", life.place.clock.elapsed()).await;
    life.place.clock.hears(true);
    life.place.readers.hold_cps(true);
    life.sees(Some(CardBadge::CpsPresent)).await;
    life.types("the desktop again").await;
    // Seen first, believed after a bounce, acted upon after a while.
    life.place.readers.hold_cps(false);
    tokio::time::sleep(Duration::from_millis(500)).await;
    life.pass(STEP_S).await;
    life.sees(Some(CardBadge::ReaderEmpty)).await;
    life.pass(20).await;
    life.app.shows("her card pulled", |screen| matches!(screen, Screen::Locked { .. }).then_some(())).await.expect("locked");
    life.place.readers.hold_cps(true);
    life.sees(Some(CardBadge::CpsPresent)).await;
    life.signs_in().await;
    life.is_signed_in("her card again, and she").await;
}

async fn two_instances(life: &mut Life) {
    let mut second = life.place.start().expect("it starts");
    let signed_in = |screen: &Screen| matches!(screen, Screen::SignedIn { .. }).then_some(());
    second.shows("the same session", signed_in).await.expect("shown");
    life.is_signed_in("a second instance").await;
    // What the system gives to a second start goes to whoever waits for it: nobody does.
    life.app.handle.returned("fr.vestibule.app:/cb/nimporte?code=c&state=s".to_owned());
    for _ in 0..3 {
        // Past the access token: each in its turn renews it.
        life.pass(305).await;
        life.types("two instances renew").await;
        second.shows("the same session", signed_in).await.expect("shown");
    }
    let ids = [&life.app, &second].map(|app| match &app.view.borrow().screen {
        Screen::SignedIn { session } => session.sign_in_id.clone(),
        _ => String::new(),
    });
    assert_eq!(ids[0], ids[1], "one session");
    second.handle.request(AppRequest::SignOut);
    let signed_out = |screen: &Screen| matches!(screen, Screen::SignIn { .. }).then_some(());
    second.shows("signed out", signed_out).await.expect("shown");
    life.pass(30).await;
    life.app.shows("signed out in the other one", signed_out).await.expect("shown");
    life.is_sound("signed out", 0).await;
    second.handle.quit().await;
    life.signs_in().await;
    life.is_signed_in("the afternoon").await;
}

async fn the_companions_clock_is_set(life: &mut Life) {
    life.stack.set_companion_off(-7200);
    life.types("the companion two hours back").await;
    life.stack.set_companion_off(7200);
    life.types("and right again").await;
    life.stack.set_companion_off(7200);
    // Sooner than by the news that the app is parked for, which come when a real half minute is over.
    life.key().await;
    life.pass(125).await;
    life.has_ended("two hours forward: its sessions have ended", SessionEnd::Idle).await;
    life.stack.set_companion_off(-7200);
    life.signs_in().await;
    life.is_signed_in("after it").await;
}

async fn sleeps_too_long(life: &mut Life) {
    life.sleep(IDLE_S + 60).await;
    life.pass(10).await;
    life.has_ended("a sleep past the idle limit", SessionEnd::Idle).await;
    life.signs_in().await;
    life.sleep(LIFE_S + 60).await;
    life.pass(10).await;
    life.app.shows("a night", |screen| matches!(screen, Screen::Ended { reason: Some(_), .. }).then_some(())).await.expect("ended");
    life.is_sound("a night", 0).await;
}
