//! What the browser that signed in may still do: say that she asked for nothing, and see where she is known.

use super::*;

#[test]
fn only_the_browser_that_signed_in_is_offered_to_object() {
    let bench = Bench::plain();
    let offered =
        [returned(bench.shell(), Some(bench.hers())), leave_for(bench.shell(), &by_scheme(), Destination::App, Some(&bench.guard))];
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
fn nothing_of_her_own_page_ends_before_she_is_asked() {
    let bench = Bench::plain();
    let page = workstations(bench.shell(), &bench.known(), None);
    assert_eq!((count(&page, "<form"), count(&page, "<button"), count(&page, "<script")), (0, 0, 0), "Enter on any of it asks");
    for part in [
        "?id=7F3K-9QXM&#38;workstation=one\">Oublier",
        "?id=7F3K-9QXM&#38;workstation=two\">Oublier",
        "?id=7F3K-9QXM&#38;session=two\">Fermer la session",
        "?id=7F3K-9QXM&#38;others=all\">",
        "Poste sans nom",
        "Ce poste",
        "Connu depuis le 3\u{a0}mai 2026, dernière connexion le 22\u{a0}novembre 2026",
        "Session ouverte depuis 2\u{a0}h\u{a0}05, dernière activité il y a une minute",
        "Session verrouillée, ouverte depuis 2\u{a0}h\u{a0}05, dernière activité il y a une minute",
    ] {
        assert!(page.body().contains(part), "{part}: {}", page.body());
    }
    assert_eq!(count(&page, "session="), 1, "the way out of the session by which she came is its app");
    assert!(!workstations(bench.shell(), &bench.known()[..1], None).body().contains("others="), "there are none");

    for (question, title, button) in [
        (OwnPageQuestion::Forget("one"), "Oublier ACCUEIL-03\u{202f}?", "name=\"workstation\" value=\"one\">Oublier<"),
        (
            OwnPageQuestion::End("two"),
            "Fermer la session sur le poste sans nom\u{202f}?",
            "name=\"session\" value=\"two\">Fermer la session<",
        ),
        (OwnPageQuestion::EndOthers, "Fermer vos sessions sur tous les autres postes\u{202f}?", "name=\"others\" value=\"all\">"),
    ] {
        let asks = bench.asks(question);
        assert!(asks.body().contains(title) && asks.body().contains(button) && asks.body().contains(">Annuler</a>"), "{}", asks.body());
        assert_eq!(count(&asks, "<button"), 1);
    }
    // What is gone, and the session by which she came, are not asked about.
    for question in [OwnPageQuestion::Forget("three"), OwnPageQuestion::End("one"), OwnPageQuestion::End("three")] {
        assert!(own_page_question(bench.shell(), &bench.known(), question, &bench.guard).is_none(), "{question:?}");
    }
    assert!(own_page_question(bench.shell(), &bench.known()[..1], OwnPageQuestion::EndOthers, &bench.guard).is_none());
}

#[test]
fn workstations_of_one_label_are_told_apart_by_eye_and_by_ear() {
    let bench = Bench::plain();
    let known: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|handle| KnownWorkstation { handle: handle.to_owned(), device_label: Some("vm".to_owned()), ..bench.known()[1].clone() })
        .collect();
    let page = workstations(bench.shell(), &known, None);
    let mut names: Vec<&str> = page
        .body()
        .split("class=\"button\" ")
        .skip(1)
        .filter_map(|rest| rest.split("</a>").next()?.split_once('>'))
        .map(|(_, name)| name)
        .collect();
    assert!(names.len() == 7 && names[1].starts_with("Oublier<span class=\"spoken\"> vm (1\u{a0}sur\u{a0}3), connu depuis"), "{names:?}");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 7, "{names:?}");
    assert!(page.body().contains("<strong>vm (3\u{a0}sur\u{a0}3)</strong>"));
}

#[test]
fn what_she_just_did_is_the_title_of_the_page() {
    let bench = Bench::plain();
    for (notice, title) in [
        (OwnPageNotice::Forgotten, "Le poste est oublié"),
        (OwnPageNotice::SessionEnded, "La session est fermée sur ce poste"),
        (OwnPageNotice::OthersEnded, "Vos sessions sont fermées sur tous les autres postes"),
    ] {
        let page = workstations(bench.shell(), &bench.known(), Some(notice));
        assert!(page.body().contains(&format!("<title>{title} – ")) && page.body().contains(&format!("<h1>{title}</h1>")), "{title}");
        assert!(!page.body().contains("role=\"status\""), "a status that is there from the start is not heard");
    }
}

#[test]
fn the_page_that_sends_her_back_names_the_workstation_and_nobody() {
    let bench = Bench::plain();
    let page = returned(bench.shell(), Some(bench.hers()));
    assert!(page.body().contains("sur le poste <strong>ACCUEIL-03</strong>") && !page.body().contains("FICTIF"), "{}", page.body());
    assert!(!returned(bench.shell(), None).body().contains("ACCUEIL-03"), "to the browser that signed in alone");
}

/// Measured in a browser by the tests of the window; here, that nothing escapes the rule that gives them their height.
#[test]
fn every_link_and_every_button_is_44_pixels_high() {
    let style = style();
    assert!(style.contains(".sheet a:not(.button) { display: inline-flex; align-items: center; min-height: 2.75rem; }"));
    assert!(style.contains(".page-foot a, .push-end { display: inline-flex; align-items: center; min-height: 2.75rem;"));
    assert!(style.contains("min-height: 3rem; padding: 0.5rem 1.25rem;"));
    for (name, page) in Bench::plain().pages() {
        let body = page.body().split_once("<main>").expect("a main part").1;
        let (sheet, foot) = body.split_once("<footer class=\"page-foot\">").expect("a foot");
        assert!(sheet.contains("<div class=\"sheet\">") && !foot.contains("<button"), "{name}");
        assert_eq!(sheet.matches("<button").count(), sheet.matches("<button class=\"button").count(), "{name}");
    }
}
