//! An attempt that came to nothing after Pro Santé Connect granted it something: its session there is ended, and the page says what is so.

use http::{Method, StatusCode};
use vestibule_lying_provider::Reply;
use vestibule_tests::browser_double::ScriptedBrowser;
use vestibule_tests::raw_client::{Answer, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{VERIFIER, query_of, redeem};

/// Pro Santé Connect ends no session for the moment.
const DOWN: Reply = Reply::Text(503, "text/plain", |_, _| String::new());
const TOLD: &str = "Connect a été prévenu";
const TO_FINISH: &str = "Fermer la session Pro";

/// In front of the confirmation page, with its address.
async fn identified(companion: &TestCompanion, app: &RawClient, browser: &mut ScriptedBrowser) -> (String, String) {
    let at_psc = companion.lead_to_psc(app, browser).await;
    let page = companion.come_back(&at_psc, browser).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{page:?}");
    (at_psc.pushed["sign_in_id"].as_str().unwrap().to_owned(), page.headers["location"].to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_app_withdraws_once_she_is_identified_is_over_at_psc_too_and_her_page_says_so() {
    for is_down in [false, true] {
        let companion = TestCompanion::start().await;
        if is_down {
            companion.provider.bend(|behaviour| behaviour.end_session = DOWN);
        }
        let (app, mut browser) = (companion.app(), companion.browser());
        let (id, location) = identified(&companion, &app, &mut browser).await;
        let question = browser.get(&location).await.unwrap();
        let withdrawn = app.proven(Method::DELETE, &format!("/api/v1/sign-ins/{id}"), None).await.unwrap();
        assert_eq!(Answer::to(withdrawn).await.unwrap().status, 204);

        let says = if is_down { TO_FINISH } else { TOLD };
        let guard = question.hidden_field("form_guard").unwrap();
        let pages = [
            browser.get(&location).await.unwrap(),
            browser.answer(&[("form_guard", &guard), ("decision", "accept")]).await.unwrap(),
            browser.get(&format!("/sign-in/return?id={id}")).await.unwrap(),
        ];
        for (page, status) in pages.iter().zip([410, 410, 200]) {
            assert_eq!(page.status.as_u16(), status, "{page:?}");
            assert!(page.body.contains("VST-2031") && page.body.contains(says), "down: {is_down}: {}", page.body);
        }
        let other = companion.browser().get(&format!("/sign-in/return?id={id}")).await.unwrap();
        assert!(other.body.contains("VST-2031") && !other.body.contains(says), "for her browser only: {}", other.body);
        let sign_outs = companion.provider.sign_outs();
        assert_eq!(sign_outs.len(), 1);
        assert!(sign_outs[0]["id_token_hint"].starts_with("ey"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_in_other_hands_leaves_nothing_open_at_psc() {
    let companion = TestCompanion::start().await;
    let (app, mut browser) = (companion.app(), companion.browser());
    let at_psc = companion.lead_to_psc(&app, &mut browser).await;
    let page = companion.come_back(&at_psc, &mut browser).await;
    let back = companion.go_to_app(page, &mut browser).await;
    let stolen = redeem(&companion.app(), &query_of(&back)["code"], VERIFIER).await;
    assert_eq!(stolen.refusal(), (400, "invalid_grant".into()));
    let page = browser.get(&format!("/sign-in/return?id={}", at_psc.pushed["sign_in_id"].as_str().unwrap())).await.unwrap();
    assert!(page.body.contains("VST-2004") && page.body.contains(TOLD), "{}", page.body);
    assert_eq!(companion.provider.sign_outs().len(), 1);
}
