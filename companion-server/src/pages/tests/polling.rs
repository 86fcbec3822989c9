//! The pages of the polling exchange.

use super::*;

impl Bench {
    pub(super) fn choice(&self) -> ConfirmationQuestion<'_> {
        ConfirmationQuestion { numbers: Numbers::Choose(&self.numbers), reason: ReasonShown::AppAsks, ..self.question() }
    }

    pub(super) fn letters(&self) -> LettersShown<'_> {
        LettersShown {
            practitioner: &self.practitioner,
            code: &self.code,
            sign_in_id: &self.id,
            expires_in_s: 120,
            form_guard: &self.guard,
            opens_app: None,
            is_early: false,
        }
    }
}

#[test]
fn the_choice_offers_three_equal_numbers_and_a_way_out_but_no_acceptance() {
    let bench = Bench::plain();
    let page = confirm(bench.shell(), &bench.choice());
    for part in [
        "<legend>Quel nombre voyez-vous dans l’application&#8239;?</legend>",
        "<button class=\"button number\" name=\"number\" value=\"12\">12</button>",
        "<button class=\"button number\" name=\"number\" value=\"83\">83</button>",
        "<button class=\"button number\" name=\"number\" value=\"47\">47</button>",
        "name=\"decision\" value=\"decline\">Aucun de ces nombres</button>",
        "choisissez <strong>Aucun de ces nombres</strong>",
        "name=\"form_guard\" value=\"guard-of-the-form\"",
    ] {
        assert!(page.body().contains(part), "{part}");
    }
    assert!(!page.body().contains("value=\"accept\"") && !page.body().contains("Ce n’est pas moi"));
    assert_eq!(count(&page, "<button"), 4);
}

#[test]
fn the_letters_are_seen_in_two_groups_and_heard_one_by_one() {
    let bench = Bench::plain();
    let page = typed_code(bench.shell(), &bench.letters());
    for part in [
        "Dr&nbsp;Camille <b>FICTIF-EXEMPLE</b>",
        "<h1 class=\"lead\">Code de confirmation</h1>",
        "C’est votre première connexion sur ce poste.",
        "<a class=\"button\" href=\"/sign-in/confirm?id=7F3K-9QXM&amp;typed=1\">J’ai saisi le code</a>",
        "Saisissez ce code dans l’application Dossier Exemple",
        "<p class=\"spoken\">K, D, R, T, puis W, X, H, B</p>",
        "aria-hidden=\"true\"><b><span>K</span><span>D</span><span>R</span><span>T</span></b> <b><span>W</span><span>X</span><span>H</span><span>B</span></b></p>",
        "<strong>Ne donnez ce code à personne</strong>, ni par téléphone, ni par message.",
        "name=\"form_guard\" value=\"guard-of-the-form\"",
        "<button class=\"button\" name=\"decision\" value=\"decline\">Ce n’est pas ma connexion</button>",
    ] {
        assert!(page.body().contains(part), "{part}");
    }
    assert_eq!(count(&page, "<button"), 1, "the page can only say no");
    assert!(!page.body().contains("KDRTWXHB"), "nothing to copy and to send in one gesture");
}

#[test]
fn who_says_too_early_that_the_letters_are_typed_is_told_so_and_keeps_her_place() {
    let bench = Bench::plain();
    let page = typed_code(bench.shell(), &LettersShown { is_early: true, opens_app: Some(&by_scheme()), ..bench.letters() });
    for part in [
        "<title>Code pas encore saisi – ",
        "<p id=\"early\"><strong>Le code n’a pas encore été saisi dans l’application.</strong>",
        " autofocus aria-describedby=\"early\">J’ai saisi le code</a>",
        "<p class=\"spoken\">K, D, R, T, puis W, X, H, B</p>",
    ] {
        assert!(page.body().contains(part), "{part}: {}", page.body());
    }
    assert!(!page.body().contains("http-equiv=\"refresh\""), "the app does not come to the front while she reads why");
}
