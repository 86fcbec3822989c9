//! What is left of a person on a shared workstation once her session is locked or over: nothing on the screen, in its notices, in its keyring
//! and in its files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use vestibule_model::view::{AppRequest, Screen};
use vestibule_tests::browser_double::Person;
use vestibule_tests::stack::{Options, Stack, now};
use vestibule_tests::workplace::{self, Workplace};

/// Every file below a folder, as far as it is text.
fn texts_in(folder: &Path) -> String {
    let mut texts = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.expect("an entry");
        texts += &if entry.file_type().expect("a type").is_dir() {
            texts_in(&entry.path())
        } else {
            String::from_utf8_lossy(&fs::read(entry.path()).expect("a file")).into_owned()
        };
        texts += "\n";
    }
    texts
}

/// Who she is and where she works, as the window showed it; her national id, as the simulator knows it.
fn about(view: &Value, national_id: &str) -> Vec<String> {
    let session = &view["screen"]["session"];
    let told = [&session["family_name"], &session["given_name"], &session["situation"]["place"]];
    let told = told.into_iter().filter_map(Value::as_str).map(str::to_owned);
    told.chain([national_id.to_owned()]).collect()
}

/// What the next person could find: on the screen, in the notices, in the keyring and in the files.
fn is_clean(step: &str, place: &Workplace, app: &workplace::App, words: &[String]) {
    let screen = serde_json::to_string(&*app.view.borrow()).expect("a view");
    for text in [screen, format!("{:?}", place.notices.all()), place.keyring.contents(), texts_in(place.folder())] {
        let left = words.iter().filter(|word| text.contains(word.as_str())).count();
        assert_eq!(left, 0, "{step}: words of hers are left");
    }
    assert!(!place.keyring.contents().contains("refresh_token\":\""), "{step}: a token is kept");
}

async fn words_of(app: &mut workplace::App, national_id: &str) -> Vec<String> {
    app.shows("signed in", |screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await.expect("signed in");
    about(&serde_json::to_value(&*app.view.borrow()).expect("a view"), national_id)
}

#[tokio::test]
async fn a_lock_another_person_and_an_expiry_leave_nothing_of_her_where_the_next_one_looks() {
    let stack = Stack::start(Options { shared_workstation: true, ..Options::default() }).await.expect("the stack starts");
    let mut place =
        Workplace::new(&stack.companion_url, now(), "on_card_removed = \"lock\"\ncard_grace_seconds = 0\n").expect("a workplace");
    place.readers.hold_cps(true);
    let mut app = place.start().expect("it starts");
    app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await.expect("shown");
    let with_card = |persona| Person { means: "card".to_owned(), ..Person::named(persona) };
    place.signs_in_as(&mut app, &with_card("camille")).await.expect("signed in");
    let hers = words_of(&mut app, "899700999016").await;
    assert!(hers.len() >= 4, "{} words", hers.len());

    place.readers.hold_cps(false);
    for _ in 0..20 {
        // A bounce of the card is waited for by these clocks, its sight by real ones.
        tokio::time::sleep(Duration::from_millis(100)).await;
        place.clock.advance(1);
    }
    app.shows("locked", |screen| matches!(screen, Screen::Locked { .. }).then_some(())).await.expect("locked");
    is_clean("locked", &place, &app, &hers);

    app.handle.request(AppRequest::ChangeUser);
    place.signs_in_as(&mut app, &with_card("alix")).await.expect("signed in");
    let next = words_of(&mut app, "899700999032").await;
    is_clean("another person", &place, &app, &hers[..2]);
    assert_ne!(hers[..2], next[..2], "somebody else");

    stack.advance(910).await.expect("advanced");
    place.clock.advance(910);
    app.shows("ended", |screen| matches!(screen, Screen::Ended { .. }).then_some(())).await.expect("ended");
    is_clean("expired", &place, &app, &next);
}
