//! Pages as they are served: words, addresses, what they must not hold.

mod brand;
mod objection;
mod polling;

use std::collections::BTreeMap;

use base64::Engine as _;

use super::*;
use vestibule_model::NationalId;
use vestibule_model::practitioner::{Coded, PracticeSituation, ProfessionalPractice, SituationId};

/// Counts upwards: two nonces never agree, and tests see the same ones every time.
struct Counting(std::sync::atomic::AtomicU16);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_le_bytes();
        for (byte, value) in buffer.iter_mut().zip(next.into_iter().cycle()) {
            *byte = value;
        }
    }
}

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7*7 }}";

fn practitioner(name: &str) -> Practitioner {
    let practice = |code: &str, label: &str| ProfessionalPractice {
        profession: Coded { code: code.into(), label: label.into() },
        category: None,
        speciality: None,
        situations: vec![PracticeSituation {
            id: SituationId("s1".into()),
            mode: None,
            sector: None,
            role: None,
            pharmacist_section: None,
            activity_kind: None,
            structure: None,
        }],
    };
    Practitioner {
        national_id: NationalId::parse("899700999016").expect("valid"),
        title: Some("Dr".into()),
        given_name: "Camille".into(),
        family_name: name.into(),
        practices: vec![practice("10", "Médecin"), practice("10", "Médecin"), practice("21", "Pharmacien")],
    }
}

struct Bench {
    look: Look,
    language: Language,
    random: Counting,
    id: SignInId,
    guard: SecretString,
    url: Url,
    practitioner: Practitioner,
    service_name: String,
    device_label: String,
    numbers: [String; 3],
    code: SecretString,
}

impl Bench {
    fn new(service_name: &str, device_label: &str, family_name: &str) -> Self {
        Self {
            look: Look::new(&vestibule_branding::compiled()),
            language: Language::Fr,
            random: Counting(0.into()),
            id: SignInId("7F3K-9QXM".into()),
            guard: "guard-of-the-form".into(),
            url: Url::parse("https://sign-in.example/end?a=1&b=2").expect("valid"),
            practitioner: practitioner(family_name),
            service_name: service_name.into(),
            device_label: device_label.into(),
            numbers: ["12", "83", "47"].map(str::to_owned),
            code: "KDRTWXHB".into(),
        }
    }

    fn plain() -> Self {
        Self::new("Dossier Exemple", "ACCUEIL-03", "FICTIF-EXEMPLE")
    }

    fn in_english() -> Self {
        Self { language: Language::En, random: Counting(10_000.into()), ..Self::plain() }
    }

    fn shell(&self) -> Shell<'_> {
        Shell {
            look: &self.look,
            language: self.language,
            service_name: &self.service_name,
            environment: PscEnvironment::Simulator,
            sign_in_id: Some(&self.id),
            public_https: true,
            support_contact: Some(&self.device_label),
            random: &self.random,
        }
    }

    fn question(&self) -> ConfirmationQuestion<'_> {
        ConfirmationQuestion {
            practitioner: &self.practitioner,
            device_label: Some(&self.device_label),
            same_network: Some(false),
            numbers: Numbers::Compare("47"),
            sign_in_id: &self.id,
            form_guard: &self.guard,
            reason: ReasonShown::NewWorkstation,
            expires_in_s: 560,
        }
    }

    fn known(&self) -> Vec<KnownWorkstation> {
        let open = |handle: &str| OpenSession {
            handle: handle.to_owned(),
            opened_ms_ago: 7_500_000,
            active_ms_ago: 61_000,
            is_locked: handle == "two",
        };
        let known = |handle: &str, device_label: Option<String>, is_here| KnownWorkstation {
            session: Some(open(handle)),
            handle: handle.to_owned(),
            device_label,
            known_since: "3\u{a0}mai 2026".to_owned(),
            last_used: "22\u{a0}novembre 2026".to_owned(),
            is_here,
        };
        vec![known("one", Some(self.device_label.clone()), true), known("two", None, false)]
    }

    fn hers(&self) -> Hers<'_> {
        Hers { form_guard: &self.guard, device_label: Some(&self.device_label) }
    }

    fn asks(&self, question: OwnPageQuestion<'_>) -> Page {
        own_page_question(self.shell(), &self.known(), question, &self.guard).expect("a question")
    }

    fn pages(&self) -> Vec<(String, Page)> {
        let shell = self.shell();
        let form = AuthorizeForm {
            client_id: "vestibule-desktop",
            request_uri: "urn:x",
            device_label: Some(&self.device_label),
            expires_in_s: 120,
            shown_again: 0,
        };
        let fields = [("id_token_hint", self.device_label.as_str()), ("state", "s")];
        let mut pages = vec![
            ("authorize".to_owned(), authorize(shell, form)),
            ("leave for Pro Santé Connect".to_owned(), leave_for(shell, &self.url, Destination::Provider { expires_in_s: 599 }, None)),
            ("leave for the app".to_owned(), leave_for(shell, &self.url, Destination::App, None)),
            ("leave for the app by its scheme".to_owned(), leave_for(shell, &by_scheme(), Destination::App, None)),
            ("confirm".to_owned(), confirm(shell, &self.question())),
            ("choose".to_owned(), confirm(shell, &self.choice())),
            ("typed code".to_owned(), typed_code(shell, &self.letters())),
            ("under way".to_owned(), under_way(shell, Some(&self.id))),
            ("returned".to_owned(), returned(shell, None)),
            ("returned, to the browser that signed in".to_owned(), returned(shell, Some(self.hers()))),
            ("leave for the app, staying".to_owned(), leave_for(shell, &by_scheme(), Destination::App, Some(&self.guard))),
            (
                "typed code, with the way to the app".to_owned(),
                typed_code(shell, &LettersShown { opens_app: Some(&by_scheme()), ..self.letters() }),
            ),
            ("typed code, not typed yet".to_owned(), typed_code(shell, &LettersShown { is_early: true, ..self.letters() })),
            ("disowned".to_owned(), disowned(shell, true, Some(&SignOutAnswer::Ended))),
            ("disowned, to be finished here".to_owned(), disowned(shell, true, Some(&finish_here()))),
            ("disowned too late".to_owned(), disowned(shell, false, None)),
            ("workstations".to_owned(), workstations(shell, &self.known(), None)),
            ("workstations, one forgotten".to_owned(), workstations(shell, &self.known(), Some(OwnPageNotice::Forgotten))),
            ("workstations, a session ended".to_owned(), workstations(shell, &self.known(), Some(OwnPageNotice::SessionEnded))),
            ("workstations, others ended".to_owned(), workstations(shell, &self.known(), Some(OwnPageNotice::OthersEnded))),
            ("no workstations".to_owned(), workstations(shell, &[], None)),
            ("forget?".to_owned(), self.asks(OwnPageQuestion::Forget("one"))),
            ("end?".to_owned(), self.asks(OwnPageQuestion::End("two"))),
            ("end others?".to_owned(), self.asks(OwnPageQuestion::EndOthers)),
            ("forgotten".to_owned(), workstation_forgotten(shell)),
            ("declined".to_owned(), declined(shell, None)),
            ("declined, to be finished here".to_owned(), declined(shell, Some(&finish_here()))),
            ("declined, by the scheme".to_owned(), leave_ended(shell, &by_scheme(), Some(&finish_here()))),
            ("refused".to_owned(), refused(shell, ErrorCode::NumberRefused, StatusCode::FORBIDDEN, Some(&finish_here()))),
            ("disowned, not told".to_owned(), disowned(shell, true, None)),
            ("sign out".to_owned(), sign_out(shell, &self.url, &fields)),
            ("sign out start".to_owned(), sign_out_start(shell, &self.guard)),
            ("sign out unconfirmed".to_owned(), sign_out_unconfirmed(shell)),
            ("signed out".to_owned(), signed_out(shell)),
            ("terms".to_owned(), terms(shell, Some(&self.url))),
            ("privacy".to_owned(), privacy(shell, Some(&self.url), Some(365))),
            ("accessibility".to_owned(), accessibility(shell)),
        ];
        for &code in ErrorCode::ALL {
            pages.push((format!("problem {code}"), problem(shell, code, StatusCode::GONE)));
        }
        pages
    }
}

/// In French, then in English.
fn every_page() -> impl Iterator<Item = (String, Page)> {
    Bench::plain().pages().into_iter().chain(Bench::in_english().pages())
}

fn finish_here() -> SignOutAnswer {
    SignOutAnswer::BrowserNeeded { browser_url: "https://sign-in.example/sign-out?ticket=t".into() }
}

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text")
}

fn policy(page: &Page) -> BTreeMap<&str, &str> {
    header(page, "content-security-policy").split(';').filter_map(|directive| directive.trim().split_once(' ')).collect()
}

fn count(page: &Page, part: &str) -> usize {
    page.body().matches(part).count()
}

#[test]
fn every_page_weighs_less_than_20_kb_with_its_style() {
    for (name, page) in every_page() {
        assert!(page.body().len() < 20_000, "{name}: {} bytes", page.body().len());
    }
}

#[test]
fn exi_03_every_page_is_french_unless_english_was_asked_for_with_a_title_one_heading_and_a_main_part() {
    for (language, (name, page)) in
        [Bench::plain(), Bench::in_english()].iter().flat_map(|bench| bench.pages().into_iter().map(|page| (bench.language, page)))
    {
        assert!(page.body().starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", language.tag())), "{name}");
        for part in ["<title>", "<h1", "<main>", "<footer", "<meta name=\"viewport\""] {
            assert_eq!(count(&page, part), 1, "{name}: {part}");
        }
        let between = |from: &str, to: &str| page.body().split_once(from).and_then(|(_, rest)| rest.split_once(to)).expect("a part").0;
        let heading = between("<h1", "</h1>").split_once('>').expect("a heading").1;
        assert_eq!(between("<title>", " – "), heading, "{name}: the tab and the page have one title");
    }
}

#[test]
fn every_page_has_every_header() {
    for (name, page) in every_page() {
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8", "{name}");
        assert_eq!(header(&page, "cache-control"), "no-store", "{name}");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer", "{name}");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff", "{name}");
        assert_eq!(header(&page, "cross-origin-opener-policy"), "same-origin", "{name}");
        assert_eq!(header(&page, "strict-transport-security"), "max-age=31536000", "{name}");
        assert!(header(&page, "permissions-policy").contains("camera=()"), "{name}");
        let policy = policy(&page);
        assert_eq!(policy["default-src"], "'none'", "{name}");
        assert_eq!(policy["frame-ancestors"], "'none'", "{name}");
        assert_eq!(policy["base-uri"], "'none'", "{name}");
    }
}

#[test]
fn hsts_is_for_https_only() {
    let bench = Bench::plain();
    let page = returned(Shell { public_https: false, ..bench.shell() }, None);
    assert!(!page.headers.contains_key("strict-transport-security"));
}

#[test]
fn the_answer_carries_status_headers_and_markup() {
    let bench = Bench::plain();
    let response = axum::response::IntoResponse::into_response(problem(bench.shell(), ErrorCode::SignInExpired, StatusCode::GONE));
    assert_eq!(response.status(), StatusCode::GONE);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(response.headers().get_all("content-type").iter().count(), 1);
}

#[test]
fn the_policy_names_the_style_by_its_hash_and_a_script_by_a_nonce_that_is_never_used_twice() {
    let mut seen = std::collections::HashSet::new();
    for (name, page) in every_page() {
        let policy = policy(&page);
        let style = page.body().split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        let hash =
            base64::engine::general_purpose::STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes()));
        assert_eq!((count(&page, "<style"), policy["style-src"]), (1, format!("'sha256-{hash}'").as_str()), "{name}");
        assert!(style.contains("color-scheme") && style.len() > 1000, "{name}: {style}");
        let scripts = count(&page, "<script");
        assert_eq!(policy.contains_key("script-src"), scripts == 1, "{name}");
        let Some(nonce) = policy.get("script-src") else { continue };
        let nonce = nonce.strip_prefix("'nonce-").and_then(|rest| rest.strip_suffix('\'')).expect("one nonce");
        assert_eq!(nonce.len(), 22, "{name}");
        assert!(seen.insert(nonce.to_owned()), "{name}");
        assert_eq!(count(&page, &format!("<script nonce=\"{nonce}\">")), scripts, "{name}");
    }
}

#[test]
fn a_page_that_is_the_same_for_everybody_is_kept_once() {
    let bench = Bench::plain();
    let pages = FixedPages::new(bench.shell(), None, None, None);
    let (french, english) = (pages.of(Language::Fr), pages.of(Language::En));
    assert!(french.terms.body().contains("Vos responsabilités") && english.terms.body().contains("Your responsibilities"));
    let all = [french, english].into_iter().flat_map(|pages| [&pages.terms, &pages.privacy, &pages.accessibility]);
    for page in all {
        assert_eq!(page.clone().body().as_ptr(), page.body().as_ptr());
        assert!(!page.body().contains("nonce"), "nothing of it was made for one person");
    }
}

#[test]
fn nothing_inline_and_nothing_from_elsewhere() {
    for (name, page) in every_page() {
        for banned in [" style=", " onclick=", " onload=", " onsubmit=", "<img", "<iframe", "<link", "@import", "url(", " src="] {
            assert!(!page.body().contains(banned), "{name}: {banned}");
        }
    }
}

#[test]
fn a_form_goes_where_the_page_says_and_nowhere_else() {
    let own = [
        "authorize",
        "confirm",
        "choose",
        "typed code",
        "typed code, with the way to the app",
        "typed code, not typed yet",
        "sign out start",
        "returned, to the browser that signed in",
        "leave for the app, staying",
        "forget?",
        "end?",
        "end others?",
    ];
    for (name, page) in every_page() {
        let form_action = policy(&page)["form-action"];
        match name.as_str() {
            "sign out" => assert_eq!(form_action, "https://sign-in.example 'self'"),
            name if own.contains(&name) => assert_eq!(form_action, "'self'", "{name}"),
            name => assert_eq!(form_action, "'none'", "{name}"),
        }
        assert_eq!(count(&page, "<form"), usize::from(form_action != "'none'"), "{name}");
        assert_eq!(count(&page, "<form"), count(&page, " method=\"post\""), "{name}");
    }
}

#[test]
fn hostile_values_are_text() {
    let bench = Bench::new(HOSTILE, HOSTILE, HOSTILE);
    let plain = Bench::plain();
    for ((name, page), (_, reference)) in bench.pages().into_iter().zip(plain.pages()) {
        for part in ["<script", "<img", "<p", "<input", "\"", "'"] {
            assert_eq!(count(&page, part), count(&reference, part), "{name}: {part}");
        }
        assert!(page.body().contains("&#60;script&#62;alert(1)"), "{name}");
    }
}

#[test]
fn a_hostile_address_stays_in_its_attribute() {
    let bench = Bench::plain();
    let url = Url::parse("https://sign-in.example/?a=\"><script>alert(1)</script>&b='x'").expect("valid");
    for page in [
        leave_for(bench.shell(), &url, Destination::Provider { expires_in_s: 599 }, None),
        sign_out(bench.shell(), &url, &[("\"><b>", "\"><i>")]),
    ] {
        assert!(!page.body().contains("<script>alert"));
        assert!(!page.body().contains("\"><b>") && !page.body().contains("\"><i>"));
    }
}

#[test]
fn the_authorize_page_says_for_what_and_continues_by_itself() {
    let bench = Bench::plain();
    let form = AuthorizeForm {
        client_id: "vestibule-desktop",
        request_uri: "urn:example:r",
        device_label: Some("ACCUEIL-03"),
        expires_in_s: 119,
        shown_again: 0,
    };
    let page = authorize(bench.shell(), form);
    for part in [
        "action=\"/oauth/authorize\"",
        "name=\"client_id\" value=\"vestibule-desktop\"",
        "name=\"request_uri\" value=\"urn:example:r\"",
        "Dossier Exemple",
        "ACCUEIL-03",
        ".submit()",
        ">Continuer</button>",
    ] {
        assert!(page.body().contains(part), "{part}");
    }
}

#[test]
fn an_interstitial_leads_on_by_itself_and_by_a_link() {
    let bench = Bench::plain();
    let page = leave_for(bench.shell(), &bench.url, Destination::App, None);
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body().contains("<meta http-equiv=\"refresh\" content=\"0;url=https://sign-in.example/end?a=1&#38;b=2\">"));
    assert!(page.body().contains("href=\"https://sign-in.example/end?a=1&#38;b=2\""));
}

fn by_scheme() -> Url {
    Url::parse("fr.vestibule.app:/cb/AAAA?code=a&state=b").expect("an address")
}

#[test]
fn a_return_by_the_app_s_scheme_says_that_the_browser_may_ask() {
    let page = leave_for(Bench::plain().shell(), &by_scheme(), Destination::App, None);
    assert!(page.body().contains("<meta http-equiv=\"refresh\" content=\"0;url=fr.vestibule.app:/cb/AAAA?code=a&#38;state=b\">"));
    assert!(page.body().contains("href=\"fr.vestibule.app:/cb/AAAA?code=a&#38;state=b\">Ouvrir l’application</a>"));
    assert!(page.body().contains("S’il le demande, autorisez l’ouverture de l’application."));
    let loopback = Url::parse("http://127.0.0.1:49152/cb/AAAA?code=a").expect("an address");
    assert!(leave_for(Bench::plain().shell(), &loopback, Destination::App, None).body().contains("Revenir à l’application"));
}

#[test]
fn the_confirmation_shows_who_where_and_the_number_with_two_equal_answers() {
    let bench = Bench::plain();
    let page = confirm(bench.shell(), &bench.question());
    for part in [
        "Dr&nbsp;Camille <b>FICTIF-EXEMPLE</b>",
        "ACCUEIL-03",
        ">47</p>",
        "Différent de celui de ce navigateur",
        "name=\"form_guard\" value=\"guard-of-the-form\"",
        "<button class=\"button\" name=\"decision\" value=\"decline\">Ce n’est pas moi</button>",
        "<button class=\"button\" name=\"decision\" value=\"accept\">Ouvrir l’application</button>",
    ] {
        assert!(page.body().contains(part), "{part}");
    }
    assert_eq!(count(&page, "<p>Médecin</p>"), 1, "each capacity once");
    assert_eq!(count(&page, "<p>Pharmacien</p>"), 1);
    assert!(!page.body().contains("899700999016"), "never the national id");
    let near = confirm(bench.shell(), &ConfirmationQuestion { same_network: Some(true), device_label: None, ..bench.question() });
    assert!(near.body().contains("Le même que celui de ce navigateur") && near.body().contains("Nom inconnu"));
    assert_eq!(count(&near, "class=\"notice"), 0);
    let hidden = confirm(bench.shell(), &ConfirmationQuestion { same_network: None, ..bench.question() });
    assert!(!hidden.body().contains("Réseau") && !hidden.body().contains("celui de ce navigateur"), "what is not known is not vouched for");
}

#[test]
fn each_reason_to_confirm_has_its_sentence() {
    let bench = Bench::plain();
    let mut bodies: Vec<String> = [
        ReasonShown::NewWorkstation,
        ReasonShown::IdentityChanged,
        ReasonShown::SharedWorkstation,
        ReasonShown::Always,
        ReasonShown::AppAsks,
    ]
    .into_iter()
    .map(|reason| confirm(Shell { random: &Counting(0.into()), ..bench.shell() }, &ConfirmationQuestion { reason, ..bench.question() }))
    .map(|page| page.body().to_owned())
    .collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 5);
}

#[test]
fn a_problem_shows_the_code_and_the_thread_for_support() {
    let bench = Bench::plain();
    let page = problem(bench.shell(), ErrorCode::SignInExpired, StatusCode::GONE);
    assert_eq!(page.status, StatusCode::GONE);
    assert!(
        page.body()
            .contains("<span class=\"keep\">VST-2001</span><span aria-hidden=\"true\"> ·</span> <span class=\"keep\">7F3K-9QXM</span>")
    );
    assert!(page.body().contains("Cette demande n’est plus valable"));
    assert!(page.body().contains("Si cela continue, donnez cette référence au support (ACCUEIL-03)"));
    let final_one = problem(bench.shell(), ErrorCode::PscClientRefused, StatusCode::BAD_GATEWAY);
    assert!(!final_one.body().contains("Si cela continue"), "nothing to continue where trying again makes no sense");
    let alone = problem(Shell { sign_in_id: None, support_contact: None, ..bench.shell() }, ErrorCode::PathUnknown, StatusCode::NOT_FOUND);
    assert!(alone.body().contains("VST-2017") && !alone.body().contains(" ·</span>"));
}

#[test]
fn exi_12_the_ribbon_is_absent_in_production_only() {
    let bench = Bench::plain();
    for (environment, word) in [(PscEnvironment::Simulator, "Simulateur"), (PscEnvironment::Bas, "Bac à sable")] {
        let page = returned(Shell { environment, ..bench.shell() }, None);
        assert!(page.body().contains("class=\"ribbon") && page.body().contains(word));
    }
    let page = returned(Shell { environment: PscEnvironment::Production, ..bench.shell() }, None);
    assert!(!page.body().contains("class=\"ribbon"));
}

#[test]
fn exi_31_the_terms_hold_the_standard_paragraph_word_for_word() {
    let bench = Bench::plain();
    let body = terms(bench.shell(), None).body().replace("&nbsp;", " ").replace("<span class=\"keep\">e-CPS</span>", "e-CPS");
    for sentence in [
        "Identification électronique par Pro Santé Connect",
        "Pro Santé Connect est un téléservice mis en œuvre par l’Agence du Numérique en Santé (ANS) contribuant à simplifier \
         l’identification électronique des professionnels intervenant en santé.",
        "L’utilisateur peut se connecter grâce à son application mobile e-CPS ou sa carte CPS, avec un lecteur de cartes et les composants \
         nécessaires.",
    ] {
        assert!(body.contains(sentence), "{sentence}");
    }
}

#[test]
fn the_publishers_own_texts_are_linked_when_there_are_some() {
    let bench = Bench::plain();
    for page in [terms(bench.shell(), Some(&bench.url)), privacy(bench.shell(), Some(&bench.url), None)] {
        assert!(page.body().contains("href=\"https://sign-in.example/end?a=1&#38;b=2\""));
    }
    assert!(!terms(bench.shell(), None).body().contains("sign-in.example"));
}

#[test]
fn the_words_follow_french_typography() {
    for (name, page) in Bench::plain().pages() {
        for text in texts(page.body()) {
            assert!(!text.contains('\''), "{name}: {text}");
            // Administrators alone read the name of the configuration's section.
            assert!(name == "problem VST-3005" || !text.to_lowercase().contains("psc"), "{name}: {text}");
            assert!(!text.contains("Pro Santé"), "{name}: no-break spaces in the name: {text}");
            let characters: Vec<char> = text.chars().collect();
            for (index, &mark) in characters.iter().enumerate() {
                let before = index.checked_sub(1).map(|at| characters[at]);
                match mark {
                    ':' | '»' => assert_eq!(before, Some('\u{a0}'), "{name}: {text}"),
                    ';' | '!' | '?' => assert_eq!(before, Some('\u{202f}'), "{name}: {text}"),
                    '«' => assert_eq!(characters.get(index + 1), Some(&'\u{a0}'), "{name}: {text}"),
                    _ => {}
                }
            }
        }
    }
}

/// What is the same in both: names, numbers, and what is read as it is written.
const OF_NO_LANGUAGE: [&str; 8] =
    ["Dossier Exemple", "ACCUEIL-03", "e-CPS", "7F3K-9QXM", "Dr\u{a0}Camille", "FICTIF-EXEMPLE", "Session", "."];

#[test]
fn exi_03_every_page_says_in_english_what_it_says_in_french() {
    let mut compared = 0;
    for ((name, french), (_, english)) in Bench::plain().pages().into_iter().zip(Bench::in_english().pages()) {
        // The authority's own paragraph stays French there, and is explained.
        if name != "terms" {
            assert_eq!(skeleton(&english), skeleton(&french), "{name}: the same page but for its words");
        }
        let french = texts(french.body());
        for text in texts(&in_english_only(english.body())) {
            compared += 1;
            let has_words = text.trim().len() > 1 && text.trim().starts_with(char::is_alphabetic) && !text.starts_with("VST-");
            assert!(!has_words || OF_NO_LANGUAGE.contains(&text.trim()) || !french.contains(&text), "{name}: {text:?}");
            assert!(!text.contains(['«', '»', '\u{202f}']) && !text.contains("\u{a0}:"), "{name}: French typography: {text:?}");
        }
    }
    assert!(compared > 1000, "{compared}");
}

/// Without what is said to be French: whole paragraphs, and marks around words.
fn in_english_only(markup: &str) -> String {
    let mut pieces = markup.split("<p lang=\"fr\">");
    let first = pieces.next().unwrap_or_default().to_owned();
    unmarked(&pieces.fold(first, |kept, piece| kept + piece.split_once("</p>").expect("its end").1))
}

fn unmarked(markup: &str) -> String {
    let mut pieces = markup.split("<span lang=\"fr\">");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| kept + &piece.replacen("</span>", "", 1))
}

/// Its tags, but for what is said in them and the language they are in.
fn skeleton(page: &Page) -> Vec<String> {
    let markup = unmarked(page.body().split_once("<body>").expect("a body").1);
    let tags = markup.split('<').filter(|part| !part.starts_with("script")).filter_map(|part| part.split_once('>').map(|(tag, _)| tag));
    let tags = tags.map(|tag| tag.replace(" lang=\"fr\"", "").replace("?ui_locales=en", ""));
    let tags = tags.map(|tag| tag.split(" data-say=").next().unwrap_or_default().to_owned());
    tags.filter(|tag| !tag.contains("name=\"ui_locales\"")).collect()
}

/// What a reader sees between the tags of the page's body, or hears of their attributes.
fn texts(markup: &str) -> Vec<String> {
    const HEARD: [&str; 4] = ["alt", "aria-label", "title", "data-say"];
    let body = markup.split_once("<body>").expect("a body").1;
    body.split('<')
        .filter(|part| !part.starts_with("script"))
        .filter_map(|part| part.split_once('>'))
        .flat_map(|(tag, text)| {
            let value = |name: &&str| Some(tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0);
            HEARD.iter().filter_map(value).chain([text]).collect::<Vec<_>>()
        })
        .map(|text| text.replace("&nbsp;", "\u{a0}").replace("&#8239;", "\u{202f}"))
        .filter(|text| !text.trim().is_empty())
        .collect()
}

/// The style as pages carry it, the colours of the brand in it.
fn style() -> String {
    Look::new(&vestibule_branding::compiled()).style
}

/// The window's tokens: pages and window are one product to the eye. Those of the brand have their own sheet there.
const WINDOW_TOKENS: [&str; 2] = [include_str!("../../../ui/src/theme/tokens.css"), include_str!("../../../ui/src/generated/branding.css")];

const LIGHT: &str = ":root {\n";
const DARK: &str = "@media (prefers-color-scheme: dark) {\n  :root";
const FORCED: &str = "@media (forced-colors: active) {\n  :root {\n";

/// Tokens of the blocks that begin so at the start of a line.
fn tokens<'a>(style: &'a str, start: &str) -> BTreeMap<&'a str, &'a str> {
    let blocks = style.match_indices(start).filter(|(at, _)| *at == 0 || style[..*at].ends_with('\n'));
    blocks
        .flat_map(|(at, _)| style[at + start.len()..].split('}').next().expect("its end").lines())
        .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "))
        .collect()
}

fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hexadecimal")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn contrasts_hold_in_both_themes() {
    const PAIRS: &[(&str, &str, f64)] = &[
        ("text", "surface", 4.5),
        ("text", "surface-raised", 4.5),
        ("text", "surface-sunken", 4.5),
        ("text", "neutral-soft", 4.5),
        ("text", "caution-soft", 4.5),
        ("text-soft", "surface", 4.5),
        ("text-soft", "surface-raised", 4.5),
        ("text-soft", "neutral-soft", 4.5),
        ("accent-ink", "surface-raised", 4.5),
        ("accent-text", "accent", 4.5),
        ("accent-text", "accent-hover", 4.5),
        ("positive", "positive-soft", 4.5),
        ("caution", "caution-soft", 4.5),
        ("critical", "critical-soft", 4.5),
        ("critical", "surface-raised", 4.5),
        ("critical", "surface-sunken", 4.5),
        ("simulator-ribbon-text", "simulator-ribbon", 4.5),
        ("line-strong", "surface-raised", 3.0),
        ("accent", "surface", 3.0),
        ("accent", "surface-raised", 3.0),
        ("focus", "surface", 3.0),
        ("focus", "surface-raised", 3.0),
    ];
    for start in [LIGHT, DARK] {
        let style = style();
        let tokens = tokens(&style, start);
        for (ink, ground, least) in PAIRS {
            let (ink_light, ground_light) = (luminance(tokens[ink]), luminance(tokens[ground]));
            let ratio = (ink_light.max(ground_light) + 0.05) / (ink_light.min(ground_light) + 0.05);
            assert!(ratio >= *least, "{start}{ink} on {ground}: {ratio:.2}");
        }
    }
}

#[test]
fn both_themes_and_forced_colours_name_the_same_tokens() {
    let style = style();
    // What pages have no use for is not said of forced colours.
    let names = |start| {
        let mut names: Vec<&str> = tokens(&style, start).into_keys().collect();
        names.retain(|name| !matches!(*name, "gutter" | "accent-soft") && !name.starts_with("banner"));
        names
    };
    let light = names(LIGHT);
    assert!(light.len() > 20, "{light:?}");
    assert_eq!(light, names(DARK));
    assert_eq!(light, names(FORCED));
    for used in style.split("var(--").skip(1).map(|rest| rest.split(')').next().expect("a name")) {
        assert!(used == "gutter" || light.contains(&used), "{used}");
    }
}

#[test]
fn the_pages_wear_the_windows_colours() {
    let style = style();
    for start in [LIGHT, DARK] {
        let window: BTreeMap<&str, &str> = WINDOW_TOKENS.iter().flat_map(|sheet| tokens(sheet, start)).collect();
        for (name, value) in tokens(&style, start).into_iter().filter(|(name, _)| *name != "gutter") {
            assert_eq!(window.get(name), Some(&value), "{start}{name}");
        }
    }
}

/// A brand is measured against these: they are those of the style.
#[test]
fn a_brands_colours_are_measured_on_the_grounds_that_pages_have() {
    let style = style();
    for (start, ground) in [(LIGHT, vestibule_branding::LIGHT), (DARK, vestibule_branding::DARK)] {
        let tokens = tokens(&style, start);
        for (name, colour) in [
            ("surface", ground.surface),
            ("surface-raised", ground.raised),
            ("surface-sunken", ground.sunken),
            ("text", ground.text),
            ("text-soft", ground.text_soft),
        ] {
            assert_eq!(tokens[name], colour.to_string(), "{start}{name}");
        }
    }
}

#[test]
fn every_page_with_a_deadline_says_it_in_words() {
    let bench = Bench::plain();
    let said = |page: Page, words: &str| assert!(page.body().contains(words), "{words}: {}", page.body());
    let form = AuthorizeForm { client_id: "c", request_uri: "urn:x", device_label: None, expires_in_s: 119, shown_again: 0 };
    said(authorize(bench.shell(), form), "Cette page est valable pendant 1\u{a0}min\u{a0}59\u{a0}s");
    said(
        leave_for(bench.shell(), &bench.url, Destination::Provider { expires_in_s: 599 }, None),
        "Vous avez 9\u{a0}minutes pour vous identifier",
    );
    said(leave_for(bench.shell(), &bench.url, Destination::App, None), "Ce bouton est valable pendant une minute");
    said(sign_out_start(bench.shell(), &bench.guard), "Cette page est valable pendant dix minutes");
    for page in [confirm(bench.shell(), &bench.question()), confirm(bench.shell(), &bench.choice())] {
        said(page, "Il vous reste <strong>9\u{a0}minutes</strong> pour répondre.");
    }
    said(typed_code(bench.shell(), &bench.letters()), "Il vous reste <strong>2\u{a0}minutes</strong> pour le saisir.");
}

/// Without script too: a page that can be answered is asked for again before its end and at its end.
#[test]
fn a_page_that_can_be_answered_comes_back_before_its_end() {
    let bench = Bench::plain();
    let again = |seconds: u32| {
        format!("<noscript><meta http-equiv=\"refresh\" content=\"{seconds};url=/sign-in/confirm?id=7F3K-9QXM\"></noscript>")
    };
    assert!(confirm(bench.shell(), &bench.question()).body().contains(&again(500)));
    assert!(typed_code(bench.shell(), &bench.letters()).body().contains(&again(60)));
    let last = confirm(bench.shell(), &ConfirmationQuestion { expires_in_s: 20, ..bench.question() });
    assert!(last.body().contains(&again(21)) && last.body().contains("<strong>20\u{a0}secondes</strong>"));
}

#[test]
fn the_numbers_and_deadlines_of_a_page_are_said_in_english() {
    let bench = Bench::in_english();
    let said = |page: Page, words: &str| assert!(page.body().contains(words), "{words}: {}", page.body());
    said(confirm(bench.shell(), &bench.question()), "You have <strong>9\u{a0}minutes</strong> left to answer.");
    said(confirm(bench.shell(), &ConfirmationQuestion { expires_in_s: 20, ..bench.question() }), "<strong>20\u{a0}seconds</strong>");
    said(workstations(bench.shell(), &bench.known(), None), "Session open for 2\u{a0}h\u{a0}5\u{a0}min, last activity 1\u{a0}minute ago");
    said(bench.asks(OwnPageQuestion::End("two")), "<h1>Close the session on the unnamed workstation?</h1>");
    said(problem(bench.shell(), ErrorCode::SignInExpired, StatusCode::GONE), ErrorCode::SignInExpired.explanation(Language::En).title);
    let script = confirm(bench.shell(), &bench.question());
    assert!(script.body().contains("\"\\u00a0second\"") && !script.body().contains("seconde"), "the count that goes down");
}

#[test]
fn who_has_no_name_is_said_to_have_none() {
    let mut bench = Bench::plain();
    (bench.practitioner.given_name, bench.practitioner.family_name) = (String::new(), " ".into());
    let nameless = "<p class=\"who\">Identité sans nom (identifiant terminé par\u{a0}9016)</p>";
    assert!(confirm(bench.shell(), &bench.question()).body().contains(nameless));
    assert!(typed_code(bench.shell(), &bench.letters()).body().contains(nameless));
    let english = Shell { language: Language::En, ..bench.shell() };
    let nameless = "<p class=\"who\">Identity without a name (identifier ending in\u{a0}9016)</p>";
    assert!(confirm(english, &bench.question()).body().contains(nameless));
    bench.practitioner.family_name = "SEUL".into();
    assert!(!confirm(bench.shell(), &bench.question()).body().contains("sans nom"));
}

#[test]
fn exi_05_the_privacy_page_says_how_long_the_trail_is_kept_as_configured() {
    let bench = Bench::plain();
    let says = |keep_days, words| privacy(bench.shell(), None, keep_days).body().contains(words);
    assert!(says(Some(365), "conservée 365&nbsp;jours") && !says(Some(365), "n’a pas fixé"));
    assert!(says(None, "n’a pas fixé de durée"));
}

/// That it is so: `what_an_administrator_ends_in_the_middle_…` and `an_erasure_drops_no_sign_out_…` of the sign-ins.
#[test]
fn exi_05_the_privacy_page_says_what_an_erasure_leaves_and_for_how_long() {
    let page = privacy(Bench::plain().shell(), None, None);
    for promise in [
        "retire votre compte, vos postes connus, vos sessions, et de vos tentatives tout ce qui vous désigne&nbsp;: leur numéro et leur issue restent un jour",
        "la preuve chiffrée qui le permet, et qui vous nomme, est conservée jusqu’à ce que ce soit fait, dix&nbsp;minutes au plus, puis retirée au nettoyage suivant",
        "Le journal des connexions, lui, conserve vos lignes jusqu’à la fin de leur durée de conservation",
    ] {
        assert!(page.body().contains(promise), "{promise}");
    }
}
