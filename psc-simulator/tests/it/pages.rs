//! The wallet's pages, as a browser meets them.

use reqwest::{StatusCode, header};

use crate::bench::{Bench, Browser, LOGOUT_RETURN, Page, good_request, request_with};

#[tokio::test]
async fn every_page_has_a_strict_policy_and_nothing_from_elsewhere() {
    let bench = Bench::start().await;
    let (mut browser, mut seen) = (Browser::new(&bench), Vec::new());
    // Every step of the walk, each read again at its own address; then the notices, and a page that refuses.
    let mut page = browser.open(&good_request()).await.page();
    for (name, value) in [("means", "mobile"), ("persona", "noa"), ("decision", "approve"), ("", "")] {
        let address = format!("http://{}/auth/step?interaction={}", bench.addresses.wallet, page.hidden("interaction"));
        strict(bench.http.get(address).send().await.expect("answer")).await;
        seen.push(page.step().to_owned());
        if !name.is_empty() {
            page = browser.press(&page, name, value).await.page();
        }
    }
    assert_eq!(seen, ["means", "persona", "approve", "confirm"]);
    strict(bench.http.get(format!("http://{}/about", bench.addresses.wallet)).send().await.expect("answer")).await;
    strict(bench.http.get(format!("http://{}/auth/step?interaction=made-up", bench.addresses.wallet)).send().await.expect("answer")).await;
    let unregistered = request_with("redirect_uri", Some("https://attacker.example/"));
    strict(bench.http.get(bench.addresses.authorization_endpoint()).query(&unregistered).send().await.expect("answer")).await;
    let tokens = bench.tokens("camille").await;
    let query = [("id_token_hint", tokens["id_token"].as_str().expect("token")), ("post_logout_redirect_uri", "x")];
    strict(bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer")).await;
}

async fn strict(answer: reqwest::Response) {
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let html = answer.text().await.expect("text");
    let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).expect("nonce").0;
    assert!(html.contains(&format!("<style nonce=\"{nonce}\">")));
    for forbidden in ["<script", "src=", "<link", "url(", "style=\"", "http://", "https://"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn the_walk_shows_each_step_in_french_with_its_form() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let check = |page: &Page, step: &str, form: &str, words: &str| {
        assert_eq!(page.step(), step);
        assert!(page.html.contains(&format!("id=\"{form}\" method=\"post\"")), "{step}");
        assert!(page.html.contains("id=\"cancel\" method=\"post\""), "{step}");
        assert!(page.html.contains("Simulateur\u{a0}: aucune identité réelle"), "{step}");
        assert!(page.html.contains(words), "{step}: {}", page.html);
        assert_eq!(page.html.matches("<h1").count(), 1, "{step}");
    };
    let page = browser.open(&good_request()).await.page();
    check(&page, "means", "means", "L’application <strong>Dossier Exemple</strong> demande une identification.");
    let page = browser.press(&page, "means", "mobile").await.page();
    check(&page, "persona", "persona", "Dr\u{a0}Camille <span class=\"keep\">FICTIF-EXEMPLE</span>");
    let page = browser.press(&page, "decision", "back").await.page();
    assert_eq!(page.step(), "means");
    let page = browser.press(&page, "means", "mobile").await.page();
    let page = browser.press(&page, "persona", "noa").await.page();
    check(&page, "approve", "approve", "touchez le même nombre\u{a0}:");
    let number = page.html.split_once("id=\"number\">").expect("number").1[..2].to_owned();
    assert!(page.html.contains(&format!("value=\"approve\" id=\"approve-yes\">{number}</button>")), "the right button bears the number");
    assert_eq!(page.html.matches("value=\"mismatch\"").count(), 2);
    let page = browser.press(&page, "decision", "approve").await.page();
    check(&page, "confirm", "confirm", "e-CPS simulée");
    let page = browser.press(&page, "decision", "other").await.page();
    assert_eq!(page.step(), "persona");
    let page = browser.press(&page, "persona", "ange").await.page();
    let page = browser.press(&page, "decision", "approve").await.page();
    assert!(browser.press(&page, "decision", "approve").await.away().contains_key("code"));
}

#[tokio::test]
async fn personas_are_found_by_name_and_profession() {
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let page = browser.open(&good_request()).await.page();
    let page = browser.press(&page, "means", "card").await.page();
    let search = async |words: &str| -> String {
        let address = format!("http://{}/auth/step", bench.addresses.wallet);
        let query = [("interaction", page.hidden("interaction")), ("search", words.to_owned())];
        bench.http.get(address).query(&query).send().await.expect("answer").text().await.expect("text")
    };
    let nurses = search("infirm").await;
    assert!(nurses.contains("persona-sacha") && !nurses.contains("persona-camille"));
    let by_name = search("  spécimen ").await;
    assert!(by_name.contains("persona-noa") && !by_name.contains("persona-sacha"));
    let quoted = search("\"><b>").await;
    assert!(quoted.contains("Personne ne porte ce nom") && !quoted.contains("\"><b>\""), "what was typed is escaped");
}

#[tokio::test]
async fn a_forgotten_interaction_says_so() {
    let bench = Bench::start().await;
    let page = Browser::new(&bench).send(&[("interaction", "made-up"), ("means", "card")]).await.page();
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.html.contains("Cette demande de connexion n’existe plus"));
}

#[tokio::test]
async fn the_notices_are_pages_too() {
    let bench = Bench::start().await;
    let about = bench.http.get(format!("http://{}/about", bench.addresses.wallet)).send().await.expect("answer");
    assert!(about.text().await.expect("text").contains("À quoi sert le simulateur"));
    let tokens = bench.tokens("camille").await;
    let query = [("id_token_hint", tokens["id_token"].as_str().expect("token")), ("post_logout_redirect_uri", "x")];
    let refused = bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
    assert!(refused.headers().contains_key(header::CONTENT_SECURITY_POLICY));
    assert!(!refused.text().await.expect("text").contains(LOGOUT_RETURN));
}
