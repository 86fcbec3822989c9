//! A provider that misbehaves, as a table: each case bends one thing of an honest Pro Santé Connect, and a real companion, HTTP in and HTTP
//! out, must refuse it with its own code, keep nothing and ask no more than it needs; or accept it, where it must be.
//!
//! The relying-party modules of the OpenID Foundation that concern this companion are named in the cases. Those that do not: claims
//! by scope (`-scope-userinfo-claims`: the scope is `scope_all`), discovery by issuer (`-discovery-openid-config`: the document of
//! Pro Santé Connect has another name), front- and back-channel logout (nine modules: no such address is registered, none is served),
//! aggregated claims, webfinger, request objects, dynamic registration.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod case;
mod cases;
mod companion;
mod journey;
mod published;
#[expect(dead_code, reason = "shared with the faces, which need more of it")]
#[path = "../faces/sign_in.rs"]
mod sign_in;

use std::collections::{BTreeSet, HashSet};

use companion_server::conformity::cross_table::{Answer, OPENID_FOUNDATION};
use futures::StreamExt as _;

use crate::case::Case;

/// Cases under way at once.
const AT_ONCE: usize = 8;

/// Runs cases, all of them, and lists those that went wrong by name.
async fn play(cases: Vec<Case>) {
    let count = cases.len();
    let failures: Vec<String> = futures::stream::iter(cases)
        .map(|case| async move {
            let name = case.name;
            match tokio::spawn(journey::play(case)).await {
                Ok(Ok(())) => None,
                Ok(Err(why)) => Some(format!("« {name} » : {why}")),
                Err(panic) => Some(format!("« {name} » : {panic}")),
            }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn exi_09_every_lie_of_the_provider_has_its_own_refusal() {
    play(cases::all().into_iter().filter(|case| !case.is_slow()).collect()).await;
}

/// These wait for the companion's own limit of ten seconds, all at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_never_answers_is_given_up() {
    let cases: Vec<Case> = cases::all().into_iter().filter(Case::is_slow).collect();
    assert!(cases.len() <= AT_ONCE, "they would wait one after the other");
    play(cases).await;
}

#[test]
fn there_are_many_cases_and_no_name_twice() {
    let cases = cases::all();
    let names: HashSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 120, "{}", cases.len());
}

/// The library is not certified: what the certification would play, these cases do.
#[test]
fn reco_01_the_cross_table_of_the_dossier_names_the_modules_that_the_cases_play() {
    let played: BTreeSet<&str> = cases::all().iter().filter_map(|case| case.module).collect();
    let with_a_test = OPENID_FOUNDATION.iter().filter(|row| matches!(row.answer, Answer::Tests(_))).map(|row| row.asked);
    assert_eq!(with_a_test.collect::<BTreeSet<_>>(), played);
}

/// `VESTIBULE_WRITE=1 cargo test --workspace --test provider published` writes it.
#[test]
fn the_published_table_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fournisseur-defaillant.md");
    let text = published::table(&cases::all());
    if std::env::var_os("VESTIBULE_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == text, "docs/fournisseur-defaillant.md is not up to date");
}
