//! Eight o'clock on a Monday (attack 43): a hospital signs in from behind one address, while somebody there has an attacker's page open.
//!
//! The configuration is the default one, every workstation a stranger, and time is moved: a second of the hospital's takes as long as it takes.

use futures::future::join_all;
use http::Method;
use vestibule_tests::browser_double::{Page, ScriptedBrowser, authorize_path};
use vestibule_tests::raw_client::{Answer, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{AtPsc, VERIFIER, push, query_of, redeem};

/// Workstations of the whole hospital.
const HOSPITAL: i64 = 1_000;
/// Those that sign in at each run of the tests: a shorter Monday, with as many in each minute.
const SHORT: i64 = 150;
/// Seconds over which a hospital's day begins.
const BEGINNING_S: i64 = 900;
/// Strange returns that the page asks for, each time it is opened, and how often that is.
const IMAGES: i64 = 1_000;
const VISITS: i64 = 3;

/// Numbers that look like chance and are the same at each run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % limit
    }
}

enum Stage {
    Arrives,
    Started(String),
    AtPsc(AtPsc),
    Asked(Page),
    SignedIn,
    /// At its first word.
    Refused,
    /// With a sign-in under way.
    Lost(&'static str, u16),
}

/// A workstation, its person and her browser.
struct Post {
    app: RawClient,
    browser: ScriptedBrowser,
    stage: Stage,
    /// Second of its next step.
    next_s: i64,
    /// Second that its own clock shows.
    clock_s: i64,
}

impl Post {
    /// Of three draws the sum: few come early, few late, and the minute in the middle sees more than twice the mean.
    fn new(companion: &TestCompanion, beginning_s: i64, draws: &mut Draws) -> Self {
        let arrives_s = (0..3).map(|_| draws.below(beginning_s)).sum::<i64>() / 3;
        Self { app: companion.app(), browser: companion.browser(), stage: Stage::Arrives, next_s: arrives_s, clock_s: 0 }
    }

    const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::SignedIn | Stage::Refused | Stage::Lost(..))
    }

    /// The next thing that the person or her workstation does, and after how many seconds the one that follows.
    async fn step(mut self, companion: &TestCompanion, wait_s: i64) -> Self {
        self.app.advance_seconds(self.next_s - self.clock_s);
        (self.clock_s, self.next_s) = (self.next_s, self.next_s + wait_s);
        self.stage = match std::mem::replace(&mut self.stage, Stage::Arrives) {
            Stage::Arrives => match push(&self.app).await {
                pushed if pushed.status == 201 => Stage::Started(pushed.json()["request_uri"].as_str().unwrap().to_owned()),
                _ => Stage::Refused,
            },
            Stage::Started(request) => self.leave_for_psc(&request).await,
            Stage::AtPsc(at_psc) => match companion.come_back(&at_psc, &mut self.browser).await {
                page if page.status == 303 => Stage::Asked(page),
                refused => Stage::Lost("coming back", refused.status.as_u16()),
            },
            Stage::Asked(page) => {
                let back = companion.go_to_app(page, &mut self.browser).await;
                // She has closed the tab: a browser lets go of its connection soon after.
                self.browser = companion.browser();
                let answer = redeem(&self.app, &query_of(&back)["code"], VERIFIER).await;
                if answer.status == 200 { self.listen(&answer).await } else { Stage::Lost("redeeming", answer.status.as_u16()) }
            }
            over @ (Stage::SignedIn | Stage::Refused | Stage::Lost(..)) => over,
        };
        self
    }

    async fn leave_for_psc(&mut self, request: &str) -> Stage {
        let shown = self.browser.get(&authorize_path(request)).await.unwrap();
        let opened = self.browser.open_request(request).await.unwrap();
        if (shown.status, opened.status) != (200.try_into().unwrap(), 200.try_into().unwrap()) {
            return Stage::Lost("leaving", opened.status.as_u16());
        }
        Stage::AtPsc(AtPsc { pushed: serde_json::Value::Null, request: query_of(&opened.way_on().unwrap()) })
    }

    /// As every app that is signed in: it waits for what happens to its session.
    async fn listen(&self, answer: &Answer) -> Stage {
        let tokens = answer.json();
        let path = "/api/v1/session/events?after=0&wait=25";
        let request = self.app.proven(Method::GET, path, tokens["access_token"].as_str()).await.unwrap();
        tokio::spawn(request.send());
        Stage::SignedIn
    }
}

/// How many workstations a run has: all of them with `VESTIBULE_MONDAY=1`.
fn posts() -> i64 {
    if std::env::var_os("VESTIBULE_MONDAY").is_some() { HOSPITAL } else { SHORT }
}

async fn open_page(companion: &TestCompanion, visitor: &ScriptedBrowser, images: i64) {
    let fetched = (0..images).map(|image| visitor.request(Method::GET, &format!("/psc/callback?state=j{image}")).send());
    for answer in join_all(fetched).await {
        assert_eq!(answer.unwrap().status(), 400, "of {}", companion.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_43_a_hospital_behind_one_address_signs_in_on_a_monday_with_the_attackers_page_open() {
    let companion = TestCompanion::start().await;
    let (posts, visitor) = (posts(), companion.browser());
    let beginning_s = BEGINNING_S * posts / HOSPITAL;
    let mut draws = Draws(43);
    let mut waiting: Vec<Post> = (0..posts).map(|_| Post::new(&companion, beginning_s, &mut draws)).collect();
    let (mut over, mut second) = (Vec::new(), 0);
    while !waiting.is_empty() {
        for visit in 1..=VISITS {
            // Ten seconds of images, before, in and after the busiest minute.
            if (0..10).contains(&(second - visit * beginning_s / (VISITS + 1))) {
                open_page(&companion, &visitor, IMAGES / 10).await;
            }
        }
        let (due, later): (Vec<Post>, Vec<Post>) = waiting.into_iter().partition(|post| post.next_s == second);
        // She types her PIN or takes out her phone: from fifteen seconds to nearly the two minutes that she has.
        let steps = due.into_iter().map(|post| {
            let wait_s = if matches!(post.stage, Stage::Started(_)) { 15 + draws.below(90) } else { 2 + draws.below(8) };
            post.step(&companion, wait_s)
        });
        let done: Vec<Post> = join_all(steps).await;
        waiting = later;
        for post in done {
            if post.is_over() { over.push(post) } else { waiting.push(post) }
        }
        second += 1;
        companion.clock.advance_seconds(1);
        companion.provider.advance_seconds(1);
    }
    let served = over.iter().filter(|post| matches!(post.stage, Stage::SignedIn)).count();
    let lost: Vec<(&str, u16)> = over
        .iter()
        .filter_map(|post| match post.stage {
            Stage::Lost(step, status) => Some((step, status)),
            Stage::Arrives | Stage::Started(_) | Stage::AtPsc(_) | Stage::Asked(_) | Stage::SignedIn | Stage::Refused => None,
        })
        .collect();
    crate::memory::record(&format!("Monday: {served} of {posts} served, {} lost under way", lost.len()));
    assert!(lost.is_empty(), "lost under way: {lost:?}");
    assert!(served * 100 >= over.len() * 99, "{served} of {posts} were served");
}
