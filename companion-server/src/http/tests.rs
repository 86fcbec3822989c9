//! What of a path may stand in a log, and what a request holds that waits.

use axum::extract::{ConnectInfo, Path, Request, State};

use super::around::Below;
use super::{in_time, promptly, shown};
use crate::api::{session_events, sign_ins};
use crate::companion::SharedCompanion;
use crate::oauth::token;

/// Bytes of the future that a handler gives, without making one.
const fn size_of_answering<F>(_: fn(SharedCompanion, Request) -> F) -> usize {
    size_of::<F>()
}

/// Thousands wait at once, each in a future that has room for everything it ever holds at a time: what it takes to find out who asks, and to look
/// how things stand, is boxed apart and gone while they wait.
#[test]
fn a_request_that_waits_holds_little_more_than_what_it_waits_for() {
    let waiting = [
        ("events of a session", size_of_answering(|companion, request| session_events::events(State(companion), request))),
        ("events of a sign-in", size_of_answering(|companion, request| sign_ins::events(State(companion), Path(String::new()), request))),
        (
            "a poll",
            size_of_answering(|companion, request| token::grant(State(companion), ConnectInfo(([127, 0, 0, 1], 1).into()), request)),
        ),
    ];
    for (what, bytes) in waiting {
        assert!(bytes <= 1_000, "{what}: {bytes}");
    }
}

/// Bytes of the future in which a request waits under all that it meets first.
const fn size_of_waiting<F>(_: fn(SharedCompanion, Request, Below) -> F) -> usize {
    size_of::<F>()
}

/// Each of these is held as often as requests wait; what lies below is boxed, once.
#[test]
fn what_a_request_meets_holds_little_while_it_waits() {
    for (what, bytes) in [("held", size_of_waiting(in_time)), ("answered at once", size_of_waiting(promptly))] {
        assert!(bytes <= 600, "{what}: {bytes}");
    }
}

#[test]
fn what_a_client_writes_in_a_path_is_logged_only_where_it_may_be_the_number_of_a_sign_in() {
    for known in ["/oauth/token", "/api/v1/session", "/api/v1/sign-ins/7F3K-9QXM", "/api/v1/sign-ins/7F3K-9QXM/events"] {
        assert_eq!(shown(known), known);
    }
    for id in ["899700999016", "7f3k-9qxm", "7F3K-9QXM2", "7F3K%9QXM", "a-token-of-someone", ""] {
        assert_eq!(shown(&format!("/api/v1/sign-ins/{id}/events")), "/api/v1/sign-ins/{id}/events", "{id}");
        assert_eq!(shown(&format!("/api/v1/sign-ins/{id}")), "/api/v1/sign-ins/{id}", "{id}");
    }
}
