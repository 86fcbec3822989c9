//! What the system may bring, and what of it is an answer.

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use vestibule_model::ErrorCode;

use super::{Awaited, Door, LONGEST, Pending, parse};
use crate::exchange::loopback::{Answer, Arrival};

const SCHEME: &str = "fr.vestibule.app";
const RANDOM: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn good() -> String {
    format!("{SCHEME}:/cb/{RANDOM}?code=c-1&state=s-1&iss=https%3A%2F%2Fvestibule.example")
}

#[test]
fn an_answer_is_taken_apart() {
    let returned = parse(&good(), SCHEME).expect("an answer");
    assert_eq!((returned.random.expose_secret(), returned.state.expose_secret()), (RANDOM, "s-1"));
    assert_eq!(returned.issuer, "https://vestibule.example");
    assert!(matches!(returned.answer, Answer::Code(code) if code.expose_secret() == "c-1"));
    let refused = good().replace("code=c-1", "error=access_denied&error_code=VST-2001");
    let answer = parse(&refused, SCHEME).expect("an answer").answer;
    assert!(matches!(answer, Answer::Refused { error, code: Some(ErrorCode::SignInExpired) } if error == "access_denied"));
}

#[test]
fn attack_25_the_shape_is_exact() {
    let good = good();
    let padded = format!("{good}&code_={}", "x".repeat(LONGEST));
    for (bent, why) in [
        (good.replace("code=c-1", "code="), "an empty code"),
        (good.replace("code=c-1&", ""), "no code"),
        (good.replace("&state=s-1", ""), "no state"),
        (good.replace("iss=", "issuer="), "no issuer"),
        (format!("{good}&iss=x"), "two issuers"),
        (format!("{good}&error=x"), "code and error"),
        (format!("{good}&error_code=VST-2001"), "code and error number"),
        (format!("{good}&next=/x"), "a second verb"),
        (good.replace("/cb/", "/cb//"), "an empty step"),
        (good.replace(RANDOM, &RANDOM[1..]), "a short random part"),
        (good.replace(RANDOM, &format!("{RANDOM}A")), "a long random part"),
        (good.replace(RANDOM, &format!("{}%41", &RANDOM[3..])), "an encoded random part"),
        (format!("{good}#x"), "a fragment"),
        (format!("{good}é"), "a character beyond ASCII"),
        (good.replace("fr.", "xfr."), "another scheme"),
        (padded, "too long"),
    ] {
        assert!(parse(&bent, SCHEME).is_err(), "{why}");
    }
}

#[test]
fn attack_25_only_the_pending_answer_passes_and_once() {
    let door = Door::new(SCHEME);
    assert!(!door.offer(&good()), "nobody waits");
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    let pending = |state: &str| Pending {
        answers: vec![Awaited { random: SecretString::from(RANDOM), state: SecretString::from(state) }],
        issuer: "https://vestibule.example".to_owned(),
        arrivals: arrivals.clone(),
    };
    let open = door.open(pending("s-1"));
    for bent in [
        good().replace("s-1", "s-2"),
        good().replace(RANDOM, &RANDOM.replace('A', "B")),
        good().replace("vestibule.example", "evil.example"),
    ] {
        assert!(!door.offer(&bent), "{bent}");
    }
    assert!(arrived.try_recv().is_err());
    assert!(door.offer(&good()));
    assert!(matches!(arrived.try_recv(), Ok(Arrival::Answer { answer: Answer::Code(_), .. })));
    assert!(!door.offer(&good()), "once");

    // A later attempt opens the door before the earlier one is gone.
    let later = door.open(pending("s-3"));
    drop(open);
    assert!(door.offer(&good().replace("s-1", "s-3")));
    drop(later);
    let gone = door.open(pending("s-1"));
    drop(gone);
    assert!(!door.offer(&good()), "expired");
}
