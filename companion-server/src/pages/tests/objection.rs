//! What the browser that signed in may still do: say that she asked for nothing, and see where she is known.

use super::*;

#[test]
fn only_the_browser_that_signed_in_is_offered_to_object() {
    let bench = Bench::plain();
    let offered =
        [returned(bench.shell(), Some(&bench.guard)), leave_for(bench.shell(), &by_scheme(), Destination::App, Some(&bench.guard))];
    for page in &offered {
        assert!(page.body().contains("name=\"decision\" value=\"decline\">Ce n’est pas ma connexion</button>"), "{}", page.body());
        assert!(header(page, "content-security-policy").contains("form-action 'self'"));
    }
    for page in [returned(bench.shell(), None), leave_for(bench.shell(), &bench.url, Destination::App, Some(&bench.guard))] {
        assert!(!page.body().contains("<form") && !page.body().contains("guard-of-the-form"), "nothing that this page could not do");
    }
}

#[test]
fn what_became_of_each_session_is_said_as_it_is() {
    let bench = Bench::plain();
    let both = disowned(bench.shell(), true, Some(&SignOutAnswer::Ended));
    assert!(both.body().contains("Elle vient d’être fermée") && both.body().contains("Pro&nbsp;Santé&nbsp;Connect a été prévenu"));
    let ours_only = disowned(bench.shell(), true, Some(&finish_here()));
    assert!(ours_only.body().contains("Elle vient d’être fermée") && !ours_only.body().contains("a été prévenu"));
    assert!(ours_only.body().contains("href=\"https://sign-in.example/sign-out?ticket=t\""));
    let too_late = disowned(bench.shell(), false, None);
    assert!(too_late.body().contains("Elle est terminée.") && !too_late.body().contains("vient d’être fermée"));
    assert!(!too_late.body().contains("a été prévenu") && !too_late.body().contains("ticket="), "nothing is claimed");
    let signed_out_by_the_app = disowned(bench.shell(), false, Some(&finish_here()));
    assert!(!signed_out_by_the_app.body().contains("vient d’être fermée") && signed_out_by_the_app.body().contains("ticket=t"));
}

#[test]
fn after_her_no_each_page_says_what_is_known_of_psc_and_leads_to_it() {
    let bench = Bench::plain();
    let pages = |psc: Option<&SignOutAnswer>| {
        [
            declined(bench.shell(), psc),
            leave_ended(bench.shell(), &by_scheme(), psc),
            refused(bench.shell(), ErrorCode::NumberRefused, StatusCode::FORBIDDEN, psc),
        ]
    };
    for page in pages(Some(&finish_here())) {
        assert!(page.body().contains("href=\"https://sign-in.example/sign-out?ticket=t\"") && !page.body().contains("a été prévenu"));
    }
    for page in pages(Some(&SignOutAnswer::Ended)) {
        assert!(page.body().contains("Pro&nbsp;Santé&nbsp;Connect a été prévenu") && !page.body().contains("ticket="));
    }
    for page in pages(None) {
        assert!(!page.body().contains("a été prévenu") && !page.body().contains("ticket="), "nothing is claimed");
    }
    let loopback = leave_ended(bench.shell(), &bench.url, Some(&finish_here()));
    assert!(!loopback.body().contains("ticket="), "the page that it leads to says it");
    let not_told = disowned(bench.shell(), true, None);
    assert!(not_told.body().contains("n’a pas pu être prévenu") && !not_told.body().contains("ticket="));
}

#[test]
fn each_known_workstation_has_its_own_form() {
    let bench = Bench::plain();
    let page = workstations(bench.shell(), &KnownWorkstations { workstations: &bench.known(), form_guard: &bench.guard, notice: None });
    assert_eq!((count(&page, "<form"), count(&page, "guard-of-the-form")), (3, 3));
    for part in [
        "name=\"workstation\" value=\"one\"",
        "name=\"workstation\" value=\"two\"",
        "Poste sans nom",
        "Ce poste-ci",
        "22\u{a0}novembre 2026",
        "name=\"session\" value=\"two\"",
        "name=\"others\"",
        "Session ouverte depuis 2\u{a0}h\u{a0}05, dernière activité il y a une minute",
        "Session verrouillée, ouverte depuis 2\u{a0}h\u{a0}05, dernière activité il y a une minute",
    ] {
        assert!(page.body().contains(part), "{part}");
    }
    assert_eq!(count(&page, "name=\"session\""), 1, "the way out of the session by which she came is its app");
    let alone = &bench.known()[..1];
    let page = workstations(bench.shell(), &KnownWorkstations { workstations: alone, form_guard: &bench.guard, notice: None });
    assert!(!page.body().contains("name=\"others\""), "there are none");
    assert_eq!(count(&page, "<script"), 0);
}
