//! What the group of a workstation changes on the way, and that nothing else does.

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Exchange, SignInState, TokenAnswer};
use vestibule_model::session::SessionEnd;

use crate::group::{Group, Groups, draw_token};
use crate::random::SystemRandom;
use crate::session::SessionRefused;
use crate::session::tests::{
    APP, APP_STATE, KEY, OTHER_KEY, Stage, cookies, default_group, new_sign_in, only, parameter, redemption, rules,
};
use crate::sign_in::{NewSignIn, OpenRefused, RedeemRefused, Redemption, ReturnAddress, StartRefused, WayBack, return_address};
use crate::store::SessionRules;
use crate::surroundings::Rules;

const SCHEME: &str = "fr.vestibule.app";
const SCHEME_RETURN: &str = "fr.vestibule.app:/cb/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCde";

fn token() -> SecretString {
    draw_token(&SystemRandom).token
}

/// `accueil`: shared, five minutes, a hint, no loopback.
fn desk() -> Group {
    Group {
        name: Some("accueil".to_owned()),
        exchanges: vec![Exchange::Polling, Exchange::Scheme],
        idp_hint: Some("chu".to_owned()),
        session: SessionRules { idle_limit_s: 300, shared_workstation: true, ..SessionRules::default() },
        ..default_group()
    }
}

fn with_desk(token: &SecretString) -> Rules {
    Rules { groups: Groups::only(default_group()).with(desk(), token).into(), ..rules() }
}

pub(super) fn by_scheme(jkt: &str, token: Option<&SecretString>) -> NewSignIn {
    let address = ReturnAddress { redirect_uri: SCHEME_RETURN.to_owned(), app_state: APP_STATE.to_owned() };
    NewSignIn { way_back: WayBack::Scheme(address), enrolment_token: token.cloned(), ..new_sign_in(jkt) }
}

pub(super) fn of_scheme(jkt: &str, code: &SecretString) -> Redemption {
    Redemption { redirect_uri: SCHEME_RETURN.to_owned(), ..redemption(jkt, code) }
}

#[test]
fn attack_25_only_the_configured_scheme_in_its_one_form_is_returned_to() {
    let random = "AbCdEfGhIjKlMnOpQrStUv";
    for clean in [SCHEME_RETURN.to_owned(), format!("{SCHEME}:/cb/{random}"), format!("{SCHEME}:/cb/{}", "a".repeat(128))] {
        assert_eq!(return_address::parse_private_use(&clean, SCHEME).map(String::from), Some(clean));
    }
    let abuses = [
        String::new(),
        SCHEME.to_owned(),
        format!("{SCHEME}:"),
        format!("{SCHEME}:/cb/"),
        format!("{SCHEME}:/cb/{}", &random[1..]),
        format!("{SCHEME}:/cb/{}", "a".repeat(129)),
        format!("{SCHEME}:cb/{random}"),
        format!("{SCHEME}://cb/{random}"),
        format!("{SCHEME}:///cb/{random}"),
        format!("{SCHEME}://evil.test/cb/{random}"),
        format!("{SCHEME}:/{random}"),
        format!("{SCHEME}:/CB/{random}"),
        format!("{SCHEME}:/cb/{random}/"),
        format!("{SCHEME}:/cb/../{random}"),
        format!("{SCHEME}:/cb/{random}/../x"),
        format!("{SCHEME}:/cb//{random}"),
        format!("{SCHEME}:/sign-out/{random}"),
        format!("{SCHEME}:/cb/{random}?x=y"),
        format!("{SCHEME}:/cb/{random}#x"),
        format!("{SCHEME}:/cb/%41{random}"),
        format!("{SCHEME}:/cb/{random}="),
        format!("{SCHEME}:/cb/{random} "),
        format!("{SCHEME}:/cb/{random}\n"),
        format!("{SCHEME}:/cb/é{random}"),
        format!(" {SCHEME}:/cb/{random}"),
        format!("FR.vestibule.app:/cb/{random}"),
        format!("fr.vestibule.App:/cb/{random}"),
        format!("fr.vestibule.app2:/cb/{random}"),
        format!("fr.vestibule:/cb/{random}"),
        format!("x-fr.vestibule.app:/cb/{random}"),
        format!("javascript:/cb/{random}"),
        format!("file:/cb/{random}"),
        format!("https:/cb/{random}"),
        "http://127.0.0.1:49152/cb/AbCdEfGhIjKlMnOpQrStUv".to_owned(),
    ];
    for abuse in abuses {
        assert_eq!(return_address::parse_private_use(&abuse, SCHEME), None, "{abuse:?}");
    }
}

#[tokio::test]
async fn a_scheme_sign_in_is_redeemed_as_any_other_and_only_with_key_and_verifier() {
    let stage = Stage::new().await;
    let to_code = async |jkt: &str| {
        let started = stage.sign_ins.start(by_scheme(jkt, None)).await.expect("started");
        let (_, typed) = stage.prove(&started, "doctor").await;
        let back = typed.opens_app.expect("the app is opened");
        assert!(back.as_str().starts_with(&format!("{SCHEME_RETURN}?code=")), "{back}");
        assert_eq!(parameter(&back, "state").as_deref(), Some(APP_STATE));
        (started.sign_in_id, (SecretString::from(parameter(&back, "code").expect("a code")), typed.code))
    };
    let redeem = async |redemption: Redemption| stage.sign_ins.redeem(redemption).await;
    let right = |(code, letters): &(SecretString, SecretString)| Redemption { letters: Some(letters.clone()), ..of_scheme(KEY, code) };

    let (id, code) = to_code(KEY).await;
    let other_key = redeem(Redemption { jkt: OTHER_KEY.to_owned(), ..right(&code) }).await;
    assert!(matches!(other_key, Err(RedeemRefused::Burned(_))), "{other_key:?}");
    assert_eq!(stage.state(&id).await, SignInState::Burned);

    let (_, code) = to_code(KEY).await;
    let other_verifier = redeem(Redemption { code_verifier: "another-verifier-of-forty-three-characters-0".into(), ..right(&code) }).await;
    assert!(matches!(other_verifier, Err(RedeemRefused::Burned(_))), "{other_verifier:?}");

    let (_, code) = to_code(KEY).await;
    assert!(
        matches!(redeem(redemption(KEY, &code.0)).await, Err(RedeemRefused::CodeRefused(_))),
        "the loopback address is not the one pushed"
    );
    redeem(right(&code)).await.expect("a session");
}

#[tokio::test]
async fn attack_09_an_exchange_that_the_group_closes_is_refused_with_those_it_opens() {
    let token = token();
    let stage = Stage::with(with_desk(&token)).await;
    let loopback = || NewSignIn { enrolment_token: Some(token.clone()), ..new_sign_in(KEY) };
    let refused = stage.sign_ins.start(loopback()).await.expect_err("closed");
    assert_eq!(refused.code(), ErrorCode::ExchangeRefused);
    assert!(matches!(refused, StartRefused::Exchange { open } if open == [Exchange::Polling, Exchange::Scheme]));
    // The device is in the group from then on: leaving the token out opens nothing.
    assert_eq!(stage.sign_ins.start(new_sign_in(KEY)).await.expect_err("closed").code(), ErrorCode::ExchangeRefused);
    assert_eq!(stage.sign_ins.start(by_scheme(KEY, None)).await.expect("open").exchanges, [Exchange::Polling, Exchange::Scheme]);
    let polling = NewSignIn { way_back: WayBack::Polling, ..new_sign_in(KEY) };
    stage.sign_ins.start(polling).await.expect("open");
    stage.sign_ins.start(new_sign_in(OTHER_KEY)).await.expect("another workstation is in no group");

    let loopback_only = Group { exchanges: vec![Exchange::Loopback], ..default_group() };
    let stage = Stage::with(Rules { groups: only(loopback_only), ..rules() }).await;
    for closed in [by_scheme(KEY, None), NewSignIn { way_back: WayBack::Polling, ..new_sign_in(KEY) }] {
        assert!(matches!(stage.sign_ins.start(closed).await, Err(StartRefused::Exchange { open }) if open == [Exchange::Loopback]));
    }
}

/// Of someone new to the device: with the letters.
pub(super) async fn sign_in_by_scheme(stage: &Stage, request: NewSignIn) -> TokenAnswer {
    let jkt = request.jkt.clone();
    let (_, typed) = stage.prove(&stage.sign_ins.start(request).await.expect("started"), "doctor").await;
    let code = parameter(&typed.opens_app.expect("the app is opened"), "code").expect("a code").into();
    stage.sign_ins.redeem(Redemption { letters: Some(typed.code), ..of_scheme(&jkt, &code) }).await.expect("a session")
}

#[tokio::test]
async fn a_group_has_its_own_confirmation_hint_and_idle_limit() {
    let token = token();
    let stage = Stage::with(with_desk(&token)).await;
    let sign_in = async |request: NewSignIn| {
        let jkt = request.jkt.clone();
        let opened = stage.open(&stage.sign_ins.start(request).await.expect("started")).await;
        let hint = parameter(&opened.provider_url, "kc_idp_hint");
        let back = stage.walk_back(&opened, "doctor").await;
        let code = parameter(&back.url, "code").expect("a code").into();
        (hint, stage.sign_ins.redeem(redemption(&jkt, &code)).await.expect("a session"))
    };
    let opened = stage.open(&stage.sign_ins.start(by_scheme(KEY, Some(&token))).await.expect("started")).await;
    assert_eq!(parameter(&opened.provider_url, "kc_idp_hint").as_deref(), Some("chu"));
    let desk = sign_in_by_scheme(&stage, by_scheme(KEY, None)).await;
    assert!(desk.session.shared_workstation);
    assert_eq!((desk.session.clocks.idle_limit_s, desk.session.clocks.idle_in_s), (300, 300));
    let (hint, own) = sign_in(new_sign_in(OTHER_KEY)).await;
    assert_eq!((hint, own.session.shared_workstation, own.session.clocks.idle_limit_s), (None, false, 900));

    // Each ends by its own clock, and the one that nobody asks about too.
    stage.clock.advance_seconds(299);
    stage.live(KEY, &desk).await;
    stage.clock.advance_seconds(1);
    stage.sessions.sweep().await.expect("swept");
    let ended = stage.sessions.authenticate(KEY, &desk.access_token.clone().into(), APP).await;
    assert!(matches!(ended, Err(SessionRefused::Ended(SessionEnd::Idle))), "{ended:?}");
    let live = stage.sessions.refresh(OTHER_KEY, &own.refresh_token.into(), APP).await.expect("still alive");
    assert_eq!(live.session.clocks.idle_in_s, 600);

    // A shared workstation confirms every time, also those it knows.
    let started = stage.sign_ins.start(by_scheme(KEY, None)).await.expect("started");
    assert!(stage.asks_confirmation(&stage.open(&started).await, "doctor").await);
}

#[tokio::test]
async fn activity_cannot_bring_back_a_session_whose_group_gives_it_less_time() {
    let token = token();
    let stage = Stage::with(with_desk(&token)).await;
    let answer = sign_in_by_scheme(&stage, by_scheme(KEY, Some(&token))).await;
    let live = stage.live(KEY, &answer).await;
    stage.clock.advance_seconds(300);
    let refused = stage.sessions.activity(&live, 0).await;
    assert!(matches!(refused, Err(SessionRefused::Ended(SessionEnd::Idle))), "{refused:?}");
}

#[tokio::test]
async fn a_changed_configuration_applies_to_new_sign_ins_and_leaves_open_sessions_their_limit() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    let stricter = Group {
        session: SessionRules { idle_limit_s: 300, shared_workstation: false, ..SessionRules::default() },
        always_confirm: true,
        exchanges: vec![Exchange::Loopback],
        ..default_group()
    };
    let stage = stage.under(Rules { groups: only(stricter), ..rules() }).await;
    stage.clock.advance_seconds(299);
    let session = stage.sessions.describe(&stage.live(KEY, &answer).await).await.expect("a session");
    assert_eq!((session.clocks.idle_limit_s, session.clocks.idle_in_s), (900, 601));
    assert!(matches!(stage.sign_ins.start(by_scheme(KEY, None)).await, Err(StartRefused::Exchange { .. })));
    let opened = stage.open(&stage.start(KEY).await).await;
    assert!(stage.asks_confirmation(&opened, "doctor").await, "asked although she is known here");
}

#[tokio::test]
async fn a_group_that_goes_away_ends_what_it_had_under_way() {
    let token = token();
    let stage = Stage::with(with_desk(&token)).await;
    let waiting = stage.sign_ins.start(by_scheme(KEY, Some(&token))).await.expect("started");
    let opened = stage.open(&stage.sign_ins.start(by_scheme(KEY, None)).await.expect("started")).await;
    let confirmed = stage.sign_ins.start(by_scheme(KEY, None)).await.expect("started");
    let (_, typed) = stage.prove(&confirmed, "doctor").await;
    let code = parameter(&typed.opens_app.expect("the app is opened"), "code").expect("a code").into();
    let stage = stage.under(rules()).await;

    let refused = stage.sign_ins.open(&waiting.request_uri, &cookies(&waiting), crate::session::tests::APP).await;
    assert!(matches!(refused, Err(OpenRefused::Failed { code: ErrorCode::GroupGone, .. })), "{:?}", refused.err());
    stage.come_back(&opened, "doctor").await;
    assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Failed);
    assert!(!stage.has_grant(&opened.sign_in_id).await, "nothing of Pro Santé Connect is kept");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1, "and nothing is left open there");
    let redeemed = stage.sign_ins.redeem(Redemption { letters: Some(typed.code), ..of_scheme(KEY, &code) }).await;
    assert!(matches!(redeemed, Err(RedeemRefused::Failed { code: ErrorCode::GroupGone, .. })), "{:?}", redeemed.err());
    assert_eq!(stage.state(&confirmed.sign_in_id).await, SignInState::Failed);
    assert!(stage.store.session(&confirmed.sign_in_id).await.expect("readable").is_none(), "no session without rules to live under");
}

/// As a reload does: no restart, and nothing that is under way is lost.
#[tokio::test]
async fn other_groups_and_limits_apply_from_the_moment_they_are_taken() {
    let stage = Stage::with(Rules { pending_per_key: 100, ..rules() }).await;
    let polling = || NewSignIn { way_back: WayBack::Polling, ..new_sign_in(KEY) };
    stage.sign_ins.start(polling()).await.expect("open");
    let loopback_only = Group { exchanges: vec![Exchange::Loopback], ..default_group() };
    stage.sign_ins.take_rules(&Rules { groups: only(loopback_only), pending_per_key: 1, ..rules() });
    let refused = stage.sign_ins.start(polling()).await;
    assert!(matches!(&refused, Err(StartRefused::Exchange { open }) if open == &[Exchange::Loopback]), "{refused:?}");
    let refused = stage.sign_ins.start(new_sign_in(KEY)).await;
    assert!(matches!(refused, Err(StartRefused::TooMany { .. })), "one is under way: {refused:?}");
    stage.sign_ins.take_rules(&Rules { starts_per_minute_per_key: 1, pending_per_key: 100, ..rules() });
    let refused = stage.sign_ins.start(polling()).await;
    assert!(matches!(refused, Err(StartRefused::TooMany { .. })), "{refused:?}");
    stage.clock.advance_seconds(61);
    stage.sign_ins.start(polling()).await.expect("open again");
}
