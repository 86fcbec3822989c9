//! What of a path may stand in a log.

use super::shown;

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
