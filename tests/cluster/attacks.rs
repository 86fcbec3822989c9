//! Rows of the attack table that ask for two companions: what one of them took, counted or began holds at the other.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;
use vestibule_tests::attacks::SHARED_REDEMPTION_ROUNDS;
use vestibule_tests::cluster::Which;
use vestibule_tests::raw_client::Body;

use super::scene::{Asked, Trip, at_both, cluster, session, until};

/// Redemptions and guesses at once, half of them at each companion.
const PARALLEL: usize = 50;

/// `VESTIBULE_ATTACK_ROUNDS=1000` is the full measure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_16_of_fifty_redemptions_on_two_companions_exactly_one_wins() {
    let rounds =
        std::env::var("VESTIBULE_ATTACK_ROUNDS").map_or(SHARED_REDEMPTION_ROUNDS, |text| text.parse().expect("a number of rounds"));
    let (cluster, _held) = cluster().await;
    let mut won_at = [0_usize; 2];
    for round in 0..rounds {
        let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
        let code = trip.code().await;
        let redemptions = (0..PARALLEL).map(|turn| {
            let at = turn % 2;
            let (app, started, code) = (at_both(&cluster, &trip.app)[at].clone(), trip.started.clone(), code.clone());
            tokio::spawn(async move { (at, app.redeem(&started, &code).await) })
        });
        let mut winners = Vec::new();
        for answer in join_all(redemptions).await {
            let (at, answer) = answer.expect("no panic");
            let answer = answer.expect("answers");
            if answer.status == StatusCode::OK {
                won_at[at] += 1;
                winners.push(answer.tokens().expect("tokens"));
            } else {
                assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")), "round {round}");
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        for app in at_both(&cluster, &trip.app) {
            assert_eq!(session(&app, &winners[0].access).await.status, StatusCode::OK, "round {round}");
        }
    }
    let sessions = cluster.database.number("SELECT count(*) FROM sessions").await.expect("a number");
    assert_eq!(sessions, u64::try_from(rounds).expect("a number"));
    assert!(won_at.iter().all(|won| *won > 0), "either companion wins: {won_at:?}");
}

#[tokio::test]
async fn attack_18_a_proof_that_one_companion_took_is_refused_at_the_other() {
    let (cluster, _held) = cluster().await;
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    // The session and what goes with it, the list of her sessions: asked of the memory in one way each.
    for (which, path) in Which::BOTH.into_iter().flat_map(|which| ["/api/v1/session", "/api/v1/sessions"].map(|path| (which, path))) {
        let (here, there) = (trip.app.through(&cluster.door(which)), trip.app.through(&cluster.door(which.other())));
        let (address, nonce) = (format!("{}{path}", cluster.url), trip.app.nonce().expect("a nonce"));
        let proof = here.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&nonce), vestibule_tests::cluster::now());
        let proof = here.device.sign(&proof);
        let taken = here.send(Method::GET, path, Some(&tokens.access), &proof, Body::None).await.expect("answers");
        assert_eq!(taken.status, StatusCode::OK, "{path}");
        let replayed = there.send(Method::GET, path, Some(&tokens.access), &proof, Body::None).await.expect("answers");
        let refused = (StatusCode::UNAUTHORIZED, &json!("invalid_dpop_proof"));
        assert_eq!((replayed.status, &replayed.body["error"]), refused, "{path}: {replayed:?}");
    }
    let address = format!("{}/api/v1/session", cluster.url);
    // Of many at once, at both, one is taken.
    for round in 0..10 {
        let nonce = trip.app.nonce().expect("a nonce");
        let proof = trip.app.device.proof(&Method::GET, &address, Some(&tokens.access), Some(&nonce), vestibule_tests::cluster::now());
        let proof = trip.app.device.sign(&proof);
        let sent = (0..10).map(|turn| {
            let (app, token, proof) = (at_both(&cluster, &trip.app)[turn % 2].clone(), tokens.access.clone(), proof.clone());
            async move { app.send(Method::GET, "/api/v1/session", Some(&token), &proof, Body::None).await.expect("answers").status }
        });
        let taken = join_all(sent).await.into_iter().filter(|status| *status == StatusCode::OK).count();
        assert_eq!(taken, 1, "round {round}");
    }
}

#[tokio::test]
async fn attack_26_five_tries_at_the_typed_code_are_counted_over_both_companions() {
    let (cluster, _held) = cluster().await;
    // One after the other, at each in turn.
    let mut asked = Asked::by(cluster.app().expect("an app"), "camille").await;
    let letters = asked.letters().await;
    let wrong: String = letters.chars().rev().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect();
    let [first, second] = at_both(&cluster, &asked.app);
    for (turn, left) in [4, 3, 2, 1].into_iter().enumerate() {
        let app = if turn % 2 == 0 { &first } else { &second };
        let answer = app.poll(&asked.polling, Some(&wrong)).await.expect("answers");
        assert_eq!((&answer.body["error"], &answer.body["tries_left"]), (&json!("authorization_pending"), &json!(left)), "{answer:?}");
    }
    let answer = second.poll(&asked.polling, Some(&wrong)).await.expect("answers");
    assert_eq!(answer.body["error"], "invalid_grant", "{answer:?}");
    let answer = first.poll(&asked.polling, Some(&letters)).await.expect("answers");
    assert_eq!(answer.body["error"], "invalid_grant", "the right one comes too late: {answer:?}");
    // At once.
    let mut asked = Asked::by(cluster.app().expect("an app"), "camille").await;
    let letters = asked.letters().await;
    let wrong: String = letters.chars().rev().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect();
    let guesses = (0..PARALLEL).map(|turn| {
        let (app, polling, guess) = (at_both(&cluster, &asked.app)[turn % 2].clone(), asked.polling.clone(), wrong.clone());
        async move { app.poll(&polling, Some(&guess)).await.expect("answers") }
    });
    let answers = join_all(guesses).await;
    let pending = answers.iter().filter(|answer| answer.body["error"] == "authorization_pending").count();
    let spent = answers.iter().filter(|answer| answer.body["error"] == "invalid_grant").count();
    assert_eq!((pending, spent), (4, PARALLEL - 4));
    let compared = cluster.database.number("SELECT count(*) FROM audit WHERE event = 'typed_code_wrong'").await.expect("a number");
    assert_eq!(compared, 10, "no sixth is ever compared");
    assert_eq!(cluster.database.number("SELECT count(*) FROM sessions").await.expect("a number"), 0);
}

#[tokio::test]
async fn attack_30_two_companions_refresh_once_at_the_provider() {
    const SESSIONS: usize = 6;
    let (mut cluster, _held) = cluster().await;
    let refreshes =
        async |cluster: &vestibule_tests::cluster::Cluster| cluster.provider_saw("/token", Some("refresh_token")).await.expect("a journal");
    let mut signed_in = Vec::new();
    for _ in 0..SESSIONS {
        let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
        let tokens = trip.ends_well().await;
        signed_in.push((trip.app.clone(), tokens));
    }
    assert_eq!(refreshes(&cluster).await, 0, "no timer refreshes");
    // Ten minutes and more since the last exchange with the provider.
    cluster.database.ask("UPDATE grants SET last_exchange_at = last_exchange_at - 700000").await.expect("aged");
    // The answer comes late enough for the other companion to look.
    cluster.set_faults(json!([{ "kind": "slow", "endpoint": "token", "ms": 300 }])).await.expect("slow");
    let report = json!({ "idle_ms": 0 });
    let reports = signed_in.iter().flat_map(|(app, tokens)| {
        let report = &report;
        at_both(&cluster, app).map(|app| async move {
            app.call(Method::POST, "/api/v1/session/activity", Some(&tokens.access), Body::Json(report)).await.expect("answers").status
        })
    });
    assert!(join_all(reports).await.iter().all(|status| *status == StatusCode::OK));
    until("every session was refreshed", async || {
        cluster.database.number("SELECT count(*) FROM grants WHERE leased_until = 0").await.expect("a number") == SESSIONS as u64
            && refreshes(&cluster).await >= SESSIONS
    })
    .await;
    // What was begun in the background ends before the companion does.
    for which in Which::BOTH {
        cluster.end(which).await.expect("ends");
    }
    assert_eq!(refreshes(&cluster).await, SESSIONS, "one a session");
}

#[tokio::test]
async fn attack_52_what_is_forgotten_at_one_companion_is_over_on_the_next_call_at_the_other() {
    let (cluster, _held) = cluster().await;
    let mut old = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let lost = old.ends_well().await;
    let mut here = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = here.ends_well().await;
    for which in Which::BOTH {
        assert_eq!(session(&old.app.through(&cluster.door(which)), &lost.access).await.status, StatusCode::OK);
    }
    let id = tokens.session["sign_in_id"].as_str().expect("an id");
    let page = here.browser.open(&format!("{}/sign-in/workstations?id={id}", cluster.url)).await.expect("a page");
    let ways = page.links_with("workstation").expect("links");
    assert_eq!(ways.len(), 2, "each workstation: {}", page.body);
    let asked = here.browser.open(ways[1].as_str()).await.expect("a page");
    let form = asked.forms().expect("forms").into_iter().find(|form| form.id == "question").expect("a question");
    let page = here.browser.submit(&form, &[(&form.buttons[0].0, &form.buttons[0].1)]).await.expect("a page");
    // Whichever of them is asked what came of it.
    for _ in Which::BOTH {
        let page = here.browser.open(page.url.as_str()).await.expect("a page");
        assert!(page.text().expect("a page").contains("Le poste est oublié"), "{}", page.body);
    }
    for which in Which::BOTH {
        let old = old.app.through(&cluster.door(which));
        assert_eq!(session(&old, &lost.access).await.status, StatusCode::UNAUTHORIZED, "on the next call");
        assert_eq!(old.refresh(&lost.refresh).await.expect("answers").status, StatusCode::BAD_REQUEST);
        assert_eq!(session(&here.app.through(&cluster.door(which)), &tokens.access).await.status, StatusCode::OK);
    }
    let mut again = Trip::until(old.app.clone(), "camille", "").await;
    assert_eq!(again.ends_well().await.session["new_workstation"], true);
}
