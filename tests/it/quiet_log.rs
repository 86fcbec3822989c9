//! How much a day of workstations that only wait writes into the companion's log.

use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_model::exchange::path;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::cluster::{code_in, now};
use vestibule_tests::programs::Programs;
use vestibule_tests::raw_client::{Body, RawClient};
use vestibule_tests::stack::Doorstep;

const WORKSTATIONS: u64 = 300;
const DAY_S: u64 = 24 * 60 * 60;
/// Seconds for which a report on the session is held, after which a token is renewed, and after which activity is told at most.
const POLL_S: u64 = 25;
const REFRESH_S: u64 = 270;
const ACTIVITY_S: u64 = 60;
const MOST: u64 = 10 * 1000 * 1000;

fn written(programs: &Programs) -> u64 {
    std::fs::metadata(programs.folder().join("companion.log")).expect("the log").len()
}

#[tokio::test]
async fn three_hundred_workstations_write_less_than_ten_megabytes_a_day() {
    for format in ["human", "json"] {
        let mut programs = Programs::start().await.expect("the stack starts");
        let as_installed = format!("logs.level = \"info\"\nlogs.format = \"{format}\"");
        programs.reconfigure_companion(|kept| kept.without("logs").with(&as_installed)).await.expect("starts again");
        let begun = written(&programs);
        let (doorstep, app) = (Doorstep::open().expect("an address"), RawClient::new(&programs.companion_url, now).expect("an app"));
        let started = app.start(&doorstep.redirect_uri).await.expect("started");
        let (mut browser, person) = (ScriptedBrowser::new().expect("a browser"), Person::named("camille"));
        browser.walk_until(&app.authorize_address(&started), &person, "").await.expect("walks");
        let code = code_in(&browser, &started).expect("a code");
        let mut tokens = app.redeem(&started, &code).await.expect("answers").tokens().expect("signed in");
        let signed_in = written(&programs);
        assert!(signed_in > begun, "{format}: a sign-in is told");

        const POLLS: u64 = 10;
        for _ in 0..POLLS {
            let events = format!("{}?wait=0", path::SESSION_EVENTS);
            let answer = app.call(Method::GET, &events, Some(&tokens.access), Body::None).await.expect("answers");
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        }
        let polled = written(&programs);
        const REFRESHES: u64 = 3;
        for _ in 0..REFRESHES {
            tokens = app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("refreshed");
        }
        let refreshed = written(&programs);
        const ACTIVITIES: u64 = 3;
        for _ in 0..ACTIVITIES {
            let answer =
                app.call(Method::POST, path::ACTIVITY, Some(&tokens.access), Body::Json(&json!({ "idle_ms": 0 }))).await.expect("answers");
            assert!(answer.status.is_success(), "{answer:?}");
        }
        let active = written(&programs);
        let app_out = app.call(Method::POST, path::SIGN_OUT, Some(&tokens.access), Body::None).await.expect("answers");
        assert_eq!(app_out.status, StatusCode::OK, "{app_out:?}");
        let ended = written(&programs);

        let once = (signed_in - begun) + (ended - active);
        let polls = (polled - signed_in) * (DAY_S / POLL_S) / POLLS;
        let refreshes = (refreshed - polled) * (DAY_S / REFRESH_S) / REFRESHES;
        let activities = (active - refreshed) * (DAY_S / ACTIVITY_S) / ACTIVITIES;
        let day = WORKSTATIONS * (once + polls + refreshes + activities);
        assert!(day < MOST, "{format}: {day} bytes: a sign-in {once}, polls {polls}, refreshes {refreshes}, activity {activities}");
    }
}
