//! Companions end when they are told to: one after the other while people sign in, and while others have a lot to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;
use vestibule_tests::cluster::Which;

use super::scene::{Trip, cluster, session, until};

/// People who sign in, one attempt after the other.
const PEOPLE: usize = 3;
/// Times that each companion is replaced.
const TIMES: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_began_to_sign_in_ends_well_while_companions_are_replaced_one_by_one() {
    let (mut cluster, _held) = cluster().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let people: Vec<_> = (0..PEOPLE)
        .map(|_| {
            let (app, is_over) = (cluster.app().expect("an app"), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut ended = 0_u64;
                while !is_over.load(Ordering::Acquire) {
                    let mut trip = Trip::until(app.clone(), "camille", "").await;
                    let tokens = trip.ends_well().await;
                    let answer = session(&trip.app, &tokens.access).await;
                    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
                    ended += 1;
                }
                ended
            })
        })
        .collect();
    for _ in 0..TIMES {
        for which in Which::BOTH {
            cluster.end(which).await.expect("ends");
            cluster.restart(which).await.expect("restarted");
        }
    }
    is_over.store(true, Ordering::Release);
    let mut ended = 0;
    for person in people {
        ended += person.await.expect("every attempt ended well");
    }
    let opened = cluster.database.number("SELECT count(*) FROM audit WHERE event = 'signed_in'").await.expect("a number");
    assert!(ended == opened && ended >= PEOPLE as u64, "{ended} ended, {opened} were opened");
    println!("{ended} sign-ins while companions were replaced {} times", 2 * TIMES);
}

#[tokio::test]
async fn a_companion_ends_while_another_keeps_announcing_changes() {
    let (mut cluster, _held) = cluster().await;
    let announcing = cluster.database.announce_without_end("7F3K-9QXM").await.expect("announces");
    until("it is heard", async || {
        let log = cluster.log(Which::First).expect("a log");
        log.lines().filter(|line| line.contains("Another companion changed") && line.contains("7F3K-9QXM")).count() > 2
    })
    .await;
    cluster.end(Which::First).await.expect("ends, whatever others have to say");
    drop(announcing);
}
