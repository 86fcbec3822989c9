//! Whole sign-ins by every way back, and browsers that ask again.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::Ordering;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use crate::audit::Event;
use crate::group::Group;
use crate::session::tests::{
    APP, APP_STATE, ISSUER, KEY, OTHER_KEY, RETURN, Stage, address_of, cookies, default_group, only, parameter, redemption, rules,
};
use crate::sign_in::{AfterCallback, BrowserCookies, CallbackRefused, ConfirmationReason, Decision, OpenRefused};
use crate::store::{SessionRules, fixture};
use crate::surroundings::Rules;

#[tokio::test]
async fn a_clinician_signs_in_through_every_state() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let id = &started.sign_in_id;
    assert_eq!((started.request_expires_in_s, started.expires_in_s), (120, 600));
    assert_eq!(stage.state(id).await, SignInState::Created);

    let opened = stage.open(&started).await;
    assert_eq!(opened.sign_in_id, *id);
    assert_eq!(stage.state(id).await, SignInState::AtProvider);

    let AfterCallback::Confirm { sign_in_id, cookie } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
    assert_eq!(sign_in_id, *id);
    assert_eq!(stage.state(id).await, SignInState::Authenticated);

    let back = stage.decide(&cookie, Decision::Accept).await;
    assert_eq!(stage.state(id).await, SignInState::Confirmed);
    assert!(back.url.as_str().starts_with(&format!("{RETURN}?")));
    assert_eq!(parameter(&back.url, "state").as_deref(), Some(APP_STATE));
    assert_eq!(parameter(&back.url, "iss").as_deref(), Some(ISSUER));
    assert_eq!(parameter(&back.url, "error"), None);

    let code = parameter(&back.url, "code").expect("a code").into();
    let answer = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    assert_eq!(stage.state(id).await, SignInState::Redeemed);
    assert_eq!(answer.session.sign_in_id, *id);
    assert_eq!(stage.events().await, ["authenticated", "signed_in", "new_workstation"]);
}

#[tokio::test]
async fn the_second_time_on_her_own_workstation_there_is_no_confirmation() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    let opened = stage.open(&stage.start(KEY).await).await;
    assert!(matches!(stage.come_back(&opened, "doctor").await, AfterCallback::StraightOn { .. }));
    // Elsewhere it is due again.
    stage.to_confirmation(OTHER_KEY, "doctor").await;
}

#[tokio::test]
async fn a_sign_in_takes_the_database_no_longer_among_thousands() {
    if fixture::is_on_a_server() {
        // It counts its steps by itself.
        return;
    }
    let stage = Stage::new().await;
    let steps = async |jkt: &str, persona: &str| {
        let before = stage.store.steps().await;
        stage.sign_in(jkt, persona).await;
        stage.store.steps().await - before
    };
    // The statements are prepared, and what is made once is there.
    steps(KEY, "doctor").await;
    let alone = [steps(OTHER_KEY, "nurse").await, steps(OTHER_KEY, "nurse").await];
    let others = "WITH RECURSIVE others (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM others WHERE id < 3000)";
    for made in [
        "INSERT INTO accounts (id, created_at, last_sign_in_at) SELECT id, 0, 0 FROM others",
        "INSERT INTO identities (provider, subject, account_id) SELECT 'psc', '1-other-' || id, id FROM others",
        "INSERT INTO devices (jkt, last_account_id, last_sign_in_at) SELECT 'other-' || id, id, 0 FROM others",
        "INSERT INTO pairs (account_id, jkt, device_label, created_at, last_sign_in_at) SELECT id, 'other-' || id, 'poste', 0, 0 FROM others",
        "INSERT INTO sessions (sign_in_id, account_id, jkt, identity_changed, created_at, last_activity_at, idle_ends_at, absolute_ends_at, rules, ended, ended_at)
         SELECT 'other-' || id, id, 'other-' || id, 0, 0, 0, 0, 0, '{}', 'signed_out', 0 FROM others",
        "INSERT INTO audit (at, event, sign_in_id, jkt) SELECT 0, 'signed_in', 'other-' || id, 'other-' || id FROM others",
    ] {
        let (head, select) = made.split_once("SELECT").expect("a selection");
        assert_eq!(stage.store.change(&format!("{head} {others} SELECT{select}"), &[]).await.expect(made), 3000);
    }
    let among = [steps("a-third-workstation", "nurse").await, steps(OTHER_KEY, "nurse").await];
    assert!(among[0] < alone[0] * 3 / 2 && among[1] < alone[1] * 3 / 2, "{alone:?} alone, {among:?} among others");
}

#[tokio::test]
async fn confirmation_is_due_when_the_rules_say_so() {
    let reason = async |stage: &Stage, persona: &str| {
        let (_, cookie) = stage.to_confirmation(KEY, persona).await;
        stage.confirmation(&cookie).await.expect("a page").reason
    };
    let stage = Stage::new().await;
    assert_eq!(reason(&stage, "doctor").await, ConfirmationReason::NewWorkstation);
    stage.sign_in(KEY, "doctor").await;
    assert_eq!(reason(&stage, "nurse").await, ConfirmationReason::IdentityChanged);

    let shared = Stage::with(Rules {
        groups: only(Group {
            session: SessionRules { idle_limit_s: 900, shared_workstation: true, ..SessionRules::default() },
            ..default_group()
        }),
        ..rules()
    })
    .await;
    assert!(shared.sign_in(KEY, "doctor").await.session.shared_workstation);
    assert_eq!(reason(&shared, "doctor").await, ConfirmationReason::SharedWorkstation);

    let always = Stage::with(Rules { groups: only(Group { always_confirm: true, ..default_group() }), ..rules() }).await;
    always.sign_in(KEY, "doctor").await;
    assert_eq!(reason(&always, "doctor").await, ConfirmationReason::Always);
}

#[tokio::test]
async fn a_sign_in_that_never_ended_in_a_session_makes_nothing_known() {
    let stage = Stage::new().await;
    stage.to_confirmation(KEY, "doctor").await;
    stage.to_code(KEY, "doctor").await;
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    assert_eq!(stage.confirmation(&cookie).await.expect("a page").reason, ConfirmationReason::NewWorkstation);
}

#[tokio::test]
async fn looking_at_the_request_has_no_effect_however_often() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    for _ in 0..20 {
        assert_eq!(stage.sign_ins.page(&started.request_uri, &cookies(&started)).await.expect("a page").sign_in_id, started.sign_in_id);
    }
    stage.open(&started).await;
    assert!(stage.events().await.is_empty());
}

#[tokio::test]
async fn a_request_opens_once() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let attempts = (0..20).map(|browser| {
        let (sign_ins, request) = (stage.sign_ins.clone(), started.request_uri.clone());
        let cookies = BrowserCookies::one(&started.sign_in_id, &format!("browser {browser}").into());
        tokio::spawn(async move { sign_ins.open(&request, &cookies, APP).await })
    });
    let outcomes: Vec<_> = futures::future::join_all(attempts).await.into_iter().map(|joined| joined.expect("no panic")).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(OpenRefused::AlreadyOpened(_)))).count(), 19);
    assert_eq!(stage.count(Event::RequestReopened).await, 19);
    assert!(matches!(stage.sign_ins.page(&started.request_uri, &BrowserCookies::default()).await, Err(OpenRefused::AlreadyOpened(_))));
    assert_eq!(stage.state(&started.sign_in_id).await, SignInState::AtProvider, "the first browser goes on");
}

#[tokio::test]
async fn insisting_on_one_sign_in_does_not_fill_the_trail() {
    let stage = Stage::new().await;
    let (started, other) = (stage.start(KEY).await, stage.start(KEY).await);
    stage.open(&started).await;
    for _ in 0..300 {
        let reopened = stage.sign_ins.open(&started.request_uri, &BrowserCookies::default(), APP).await;
        assert!(matches!(reopened, Err(OpenRefused::AlreadyOpened(_))));
    }
    assert_eq!(stage.count(Event::RequestReopened).await, 64);
    stage.open(&other).await;
    let reopened = stage.sign_ins.open(&other.request_uri, &BrowserCookies::default(), APP).await;
    assert!(matches!(reopened, Err(OpenRefused::AlreadyOpened(_))));
    assert_eq!(stage.count(Event::RequestReopened).await, 65, "another sign-in is another story");
}

#[tokio::test]
async fn a_request_dies_after_two_minutes() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    stage.clock.advance_seconds(119);
    stage.sign_ins.page(&started.request_uri, &cookies(&started)).await.expect("a page, to the last moment");
    stage.clock.advance_seconds(1);
    assert!(matches!(
        stage.sign_ins.page(&started.request_uri, &cookies(&started)).await,
        Err(OpenRefused::Over { code: ErrorCode::SignInExpired, .. })
    ));
    assert!(matches!(stage.sign_ins.open(&started.request_uri, &cookies(&started), APP).await, Err(OpenRefused::Over { .. })));
    assert_eq!(stage.state(&started.sign_in_id).await, SignInState::Expired);
    assert_eq!(stage.count(Event::RequestReopened).await, 0);
}

#[tokio::test]
async fn an_unknown_request_opens_nothing() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    for request in ["", "urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:unknown", &started.request_uri[1..]] {
        assert!(matches!(stage.sign_ins.open(request, &cookies(&started), APP).await, Err(OpenRefused::Unknown)), "{request}");
    }
}

#[tokio::test]
async fn when_psc_cannot_be_asked_the_app_is_told_through_the_browser() {
    let stage = Stage::new().await;
    stage.psc.go_down(true);
    let started = stage.start(KEY).await;
    let refused = stage.sign_ins.open(&started.request_uri, &cookies(&started), APP).await;
    let Err(OpenRefused::Failed { code, onward }) = refused else { panic!("{refused:?}") };
    let back = address_of(onward);
    assert_eq!(code, ErrorCode::PscUnavailable);
    assert_eq!(parameter(&back.url, "error").as_deref(), Some("temporarily_unavailable"));
    assert_eq!(parameter(&back.url, "error_code").as_deref(), Some("VST-4002"));
    assert_eq!(parameter(&back.url, "state").as_deref(), Some(APP_STATE));
    let outcome = stage.sign_ins.outcome(&started.sign_in_id).await.expect("readable").expect("known");
    assert_eq!((outcome.state, outcome.code), (SignInState::Failed, Some(ErrorCode::PscUnavailable)));
    stage.psc.go_down(false);
    stage.sign_in(KEY, "doctor").await;
}

#[tokio::test]
async fn the_page_says_whether_app_and_browser_share_a_network() {
    let stage = Stage::new().await;
    let same = async |address: IpAddr| {
        let started = stage.start(KEY).await;
        let opened = stage.sign_ins.open(&started.request_uri, &cookies(&started), address).await.expect("open");
        let AfterCallback::Confirm { cookie, sign_in_id } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
        let facts = stage.confirmation(&cookie).await.expect("a page");
        stage.sign_ins.cancel(KEY, &sign_in_id).await.expect("cancelled");
        facts.same_network
    };
    assert_eq!(same(APP).await, Some(true));
    assert_eq!(same("::ffff:10.0.0.7".parse().expect("an address")).await, Some(true));
    assert_eq!(same(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 8))).await, Some(false));
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_page_vouches_for_no_network_that_a_proxy_hides() {
    let same = async |issuer: &str| {
        let stage = Stage::with(Rules { issuer: issuer.to_owned(), ..rules() }).await;
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let request = crate::sign_in::NewSignIn { client_address: here, ..crate::session::tests::new_sign_in(KEY) };
        let started = stage.sign_ins.start(request).await.expect("a sign-in");
        let opened = stage.sign_ins.open(&started.request_uri, &cookies(&started), here).await.expect("open");
        let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
        stage.confirmation(&cookie).await.expect("a page").same_network
    };
    assert_eq!(same("https://vestibule.hopital.example").await, None, "everyone comes through the proxy of this machine");
    assert_eq!(same(ISSUER).await, Some(true), "a demonstration on one machine");
}

#[tokio::test]
async fn the_page_vouches_for_no_network_when_a_trusted_proxy_does_not_say_for_whom_it_speaks() {
    let same = async |app: &str, browser: &str| {
        let proxies = vec!["10.0.0.5".parse().expect("a network")];
        let stage = Stage::with(Rules { trusted_proxies: proxies, ..rules() }).await;
        let [app, browser] = [app, browser].map(|address| address.parse::<IpAddr>().expect("an address"));
        let request = crate::sign_in::NewSignIn { client_address: app, ..crate::session::tests::new_sign_in(KEY) };
        let started = stage.sign_ins.start(request).await.expect("a sign-in");
        let opened = stage.sign_ins.open(&started.request_uri, &cookies(&started), browser).await.expect("open");
        let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
        stage.confirmation(&cookie).await.expect("a page").same_network
    };
    assert_eq!(same("10.0.0.5", "10.0.0.5").await, None, "both come through the proxy, from anywhere");
    assert_eq!(same("10.0.0.5", "203.0.113.7").await, None);
    assert_eq!(same("203.0.113.7", "203.0.113.7").await, Some(true));
    assert_eq!(same("203.0.113.7", "203.0.113.8").await, Some(false));
}

#[tokio::test]
async fn nothing_secret_shows_when_a_value_is_printed() {
    let stage = Stage::new().await;
    let request = crate::session::tests::new_sign_in(KEY);
    assert!(!format!("{request:?}").contains(APP_STATE));
    let started = stage.start(KEY).await;
    assert!(!format!("{started:?}").contains(&started.request_uri));
    let opened = stage.open(&started).await;
    assert!(!format!("{opened:?}").contains("state="));
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("a new workstation") };
    let facts = stage.confirmation(&cookie).await.expect("a page");
    assert!(!format!("{facts:?}").contains("FICTIF"));
    let back = stage.decide(&cookie, Decision::Accept).await;
    assert!(!format!("{back:?}").contains("code="));
    let code: secrecy::SecretString = parameter(&back.url, "code").expect("a code").into();
    let redemption = redemption(KEY, &code);
    assert!(!format!("{redemption:?}").contains(&crate::session::tests::exposed(&code)));
}

#[tokio::test]
async fn attack_51_a_request_opened_twice_by_the_same_browser_leads_to_the_same_page() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let first = stage.open(&started).await;
    let (second, third) = tokio::join!(stage.open(&started), stage.open(&started));
    assert_eq!((second.provider_url, third.provider_url), (first.provider_url.clone(), first.provider_url.clone()));
    assert_eq!(stage.count(Event::RequestReopened).await, 0, "a double click is no attack");
    assert!(matches!(stage.sign_ins.page(&started.request_uri, &cookies(&started)).await, Err(OpenRefused::Past(_))));

    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&first, "doctor").await else { panic!("a new workstation") };
    let now = BrowserCookies::one(&started.sign_in_id, &cookie);
    let later = stage.sign_ins.open(&started.request_uri, &now, APP).await;
    assert!(matches!(later, Err(OpenRefused::Past(_))), "it is waited for elsewhere: {later:?}");
    assert_eq!(stage.count(Event::RequestReopened).await, 0);
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_ends_the_attempt_before_psc_and_the_app_is_told() {
    let stage = Stage::new().await;
    let started = stage.start(KEY).await;
    let refused = stage.sign_ins.open(&started.request_uri, &BrowserCookies::default(), APP).await;
    let Err(OpenRefused::Failed { code: ErrorCode::CookiesBlocked, onward }) = refused else { panic!("{refused:?}") };
    assert_eq!(parameter(&address_of(onward).url, "error_code").as_deref(), Some("VST-2030"));
    let event = stage.sign_ins.wait_event(KEY, &started.sign_in_id, None, std::time::Duration::ZERO).await.expect("known");
    assert_eq!((event.state, event.code), (SignInState::Failed, Some(ErrorCode::CookiesBlocked)));
    assert_eq!(stage.events().await, ["sign_in_failed"], "and no security event");

    let (one, other) = (stage.start(KEY).await, stage.start(KEY).await);
    stage.open(&one).await;
    let borrowed = cookies(&one).of(&one.sign_in_id).next().cloned().expect("a cookie");
    let refused = stage.sign_ins.open(&other.request_uri, &BrowserCookies::one(&other.sign_in_id, &borrowed), APP).await;
    assert!(matches!(refused, Err(OpenRefused::Failed { code: ErrorCode::CookiesBlocked, .. })), "another attempt's: {refused:?}");
}

#[tokio::test]
async fn attack_51_what_took_over_and_what_was_cancelled_is_told_apart_from_lateness() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    let unopened = stage.start(KEY).await;
    stage.sign_ins.cancel(KEY, &unopened.sign_in_id).await.expect("cancelled");
    let refused = stage.sign_ins.open(&unopened.request_uri, &cookies(&unopened), APP).await;
    assert!(matches!(refused, Err(OpenRefused::Over { code: ErrorCode::SignInCancelled, .. })), "{refused:?}");

    stage.sign_in(KEY, "doctor").await;
    let refused = stage.sign_ins.callback(stage.answer(&opened, "doctor")).await;
    assert!(matches!(refused, Err(CallbackRefused::Over { code: ErrorCode::SignInReplaced, .. })), "{refused:?}");
}

#[tokio::test]
async fn room_is_made_by_what_is_over_then_by_first_pages_then_by_opened_sessions() {
    let stage = Stage::with(Rules { pending_per_key: 100, ..rules() }).await;
    let cookie: secrecy::SecretString = "c".into();
    let mut cookies = Vec::new();
    let signed_in = stage.sign_in(OTHER_KEY, "doctor").await.session.sign_in_id;
    let at_provider = stage.open(&stage.start(KEY).await).await;
    let (confirming, confirms) = stage.to_confirmation(KEY, "nurse").await;
    // First pages fetched here and posted by another browser.
    let elsewhere = stage.open(&stage.start(KEY).await).await.sign_in_id;
    let (confirmed_elsewhere, _) = stage.to_confirmation(KEY, "nurse").await;
    let first_page = stage.start(KEY).await.sign_in_id;
    let cancelled = stage.start(KEY).await.sign_in_id;
    stage.sign_ins.cancel(KEY, &cancelled).await.expect("cancelled");
    let newer_page = stage.start(KEY).await.sign_in_id;
    let unknown = vestibule_model::session::SignInId("ZZZZ-ZZZZ".into());
    for id in [&confirmed_elsewhere, &signed_in, &elsewhere, &first_page, &cancelled, &newer_page, &unknown] {
        cookies.push((id.clone(), cookie.clone()));
    }
    let newcomer = stage.start(KEY).await.sign_in_id;
    let taken = async |cookies: &[_]| stage.sign_ins.make_room(&newcomer, &BrowserCookies::new(cookies.to_vec())).await;
    assert_eq!(taken(&cookies).await.expect("room"), [], "seven leave room for the eighth");
    cookies.extend([(at_provider.sign_in_id, at_provider.cookie), (confirming, confirms)]);
    let mut order = Vec::new();
    for _ in 0..9 {
        while cookies.len() < 8 {
            // Filled up with what is never given back.
            let opened = stage.open(&stage.start(KEY).await).await;
            cookies.push((opened.sign_in_id, opened.cookie));
        }
        let Ok(given) = taken(&cookies).await else { break };
        cookies.retain(|(id, _)| !given.contains(id));
        order.extend(given);
    }
    assert_eq!(order, [elsewhere, cancelled, unknown, first_page, newer_page, signed_in, confirmed_elsewhere]);
    assert!(matches!(taken(&cookies).await, Err(OpenRefused::BrowserFull(id)) if id == newcomer));
}
