//! Slips of whoever writes TOML, told in French with key and line.

use std::path::Path;

use vestibule_installation::Installation;

use crate::config::{Config, ConfigError};

/// Pieces of the libraries' own sentences.
const FORBIDDEN: [&str; 32] = [
    "expected",
    "invalid",
    "missing",
    "unclosed",
    "duplicate",
    "unexpected",
    "unknown",
    "relative URL",
    "syntax",
    "quoted",
    "string",
    "literal",
    "without",
    "base:",
    "integer",
    "sequence",
    "boolean",
    "struct",
    "variant",
    "field",
    "host",
    "port number",
    "character",
    "cannot",
    "value",
    "error",
    "type",
    "table",
    "array",
    "escaped",
    "`",
    "TOML parse",
];

fn refusal(text: &str) -> ConfigError {
    Config::parse(text, Path::new("/etc/vestibule")).expect_err(text)
}

/// What is wrong, the key that is named if one can be, and a piece of what is said.
fn cases() -> Vec<(String, Option<&'static str>, &'static str)> {
    let (all, others) = (Installation::least(), |section| Installation::least().without(section).text());
    let service = |wrong: &str| format!("[service]\nname = \"Essai\"\n{wrong}\n{}", others("service"));
    let listener = |wrong: &str| format!("[listener]\n{wrong}\n{}", others("listener"));
    let psc = |wrong: &str| format!("{}{}{wrong}\n", others("psc"), all.section("psc"));
    let more = |wrong: &str| format!("{}{wrong}\n", all.text());
    let whole = "une adresse complète est attendue";
    let socket = "une adresse IP et un port";
    vec![
        (service("public_url = \"connexion.example\""), Some("service.public_url"), whole),
        (service("public_url = \"\""), Some("service.public_url"), whole),
        (service("public_url = \"https://\""), Some("service.public_url"), "le nom de la machine manque"),
        (service("public_url = \"https://a:99999\""), Some("service.public_url"), "le port est un nombre"),
        (service("public_url = \"https://[::g]\""), Some("service.public_url"), "IPv6"),
        (service("public_url = \"https://1.2.3.456\""), Some("service.public_url"), "IPv4"),
        (service("public_url = \"https://a b\""), Some("service.public_url"), "le nom de la machine"),
        (service("public_url = 8080"), Some("service.public_url"), "un texte entre guillemets"),
        (service("public_url = \"http://127.0.0.1\"\nterms_url = \"conditions\""), Some("service.terms_url"), whole),
        (psc("[psc.simulator]\nauth_url = \"psc\""), Some("psc.simulator.auth_url"), whole),
        (psc("[psc.proxy]\nurl = \"mandataire\""), Some("psc.proxy.url"), whole),
        (listener("address = \"localhost:8443\""), Some("listener.address"), socket),
        (listener("address = \"127.0.0.1\""), Some("listener.address"), socket),
        (listener("address = \"127.0.0.1:99999\""), Some("listener.address"), socket),
        (listener("address = 8080"), Some("listener.address"), "un texte entre guillemets"),
        (more("[administration]\naddress = \"ici\""), Some("administration.address"), socket),
        (
            listener("address = \"127.0.0.1:8080\"\ntrusted_proxies = [\"a\"]"),
            Some("listener.trusted_proxies"),
            "ni une adresse, ni un réseau",
        ),
        (
            listener("address = \"127.0.0.1:8080\"\ntrusted_proxies = [\n  \"10.0.0.1\",\n  \"a\",\n]"),
            Some("listener.trusted_proxies"),
            "ni une adresse",
        ),
        (service("public_url = \"http://127.0.0.1"), Some("service.public_url"), "un guillemet n’est pas fermé"),
        (service("public_url = 'http://127.0.0.1"), Some("service.public_url"), "une apostrophe n’est pas fermée"),
        (service("public_url"), Some("service.public_url"), "il manque «\u{a0}= valeur\u{a0}»"),
        (service("public_url ="), Some("service.public_url"), "il manque"),
        (service("public_url = http://127.0.0.1"), Some("service.public_url"), ""),
        (service("public_url = \"http://127.0.0.1\"\nname = \"Autre\""), Some("service.name"), "figure déjà plus haut"),
        (more("[vault]\nkey_file = \"autre\""), Some("vault"), "figure déjà plus haut"),
        (
            more("[groups.Bloc-2]\nshared = true\n[groups.Bloc-2]"),
            Some("groups.Bloc-2"),
            "«\u{a0}groups.Bloc-2\u{a0}» figure déjà plus haut",
        ),
        (more("[logs]\nX1 = 1\nX1 = 2"), Some("logs.X1"), "figure déjà plus haut"),
        (psc("proxy = { url = \"http://a\", url = \"http://b\" }"), Some("psc.proxy.url"), "figure déjà plus haut"),
        (more("[logs]\nlevel = \"info\"\n[logs.level]\na = 1"), Some("logs.level"), ""),
        (psc("extra_ca_file = \"C:\\Vestibule\\ca.pem\""), Some("psc.extra_ca_file"), "barre oblique inverse"),
        (psc("extra_ca_file = \"C:\\users\\ca.pem\""), Some("psc.extra_ca_file"), "barre oblique inverse"),
        (psc("accepted_acr = [\"eidas1\""), Some("psc.accepted_acr"), "un crochet"),
        (psc("accepted_acr = [\"eidas1\" \"eidas2\"]"), Some("psc.accepted_acr"), "une virgule"),
        (psc("accepted_acr = \"eidas1\""), Some("psc.accepted_acr"), "une liste entre crochets"),
        (psc("accepted_acr = [1]"), Some("psc.accepted_acr"), "un texte entre guillemets"),
        (more("[session\nidle_limit_minutes = 15"), Some("session"), "le nom d’une section"),
        (more("[session]\nidle_limit_minutes = 015"), Some("session.idle_limit_minutes"), "ne commence pas par zéro"),
        (more("[session]\nidle_limit_minutes = 1_"), Some("session.idle_limit_minutes"), "ne va qu’entre deux chiffres"),
        (more("[session]\nidle_limit_minutes = 0X1"), Some("session.idle_limit_minutes"), "s’écrit en minuscules"),
        (more("[session]\nidle_limit_minutes = +0x1"), Some("session.idle_limit_minutes"), "un signe en trop"),
        (more("[session]\nidle_limit_minutes = ++1"), Some("session.idle_limit_minutes"), "un signe ou un préfixe en trop"),
        (more("[session]\r\nidle_limit_minutes = 1\rmax_hours = 2"), Some("session.idle_limit_minutes"), "retour chariot"),
        (more("[session]\n\"\"\"a\"\"\" = 1"), None, "tient sur une seule ligne"),
        (more("[session]\nidle_limit_minutes = 1.5"), Some("session.idle_limit_minutes"), "un nombre entier"),
        (more("[session]\nidle_limit_minutes = 99999999999"), Some("session.idle_limit_minutes"), "un nombre entier"),
        (more("[session]\nidle_limit_minutes = quinze"), Some("session.idle_limit_minutes"), ""),
        (more("[workstations]\nshared = oui"), Some("workstations.shared"), ""),
        (more("[workstations]\nshared = \"oui\""), Some("workstations.shared"), "true ou false"),
        (more("[workstations]\nexchanges = [\"ciba\"]"), Some("workstations.exchanges"), "valeurs admises"),
        (more("[logs]\nformat = \"xml\""), Some("logs.format"), "valeurs admises"),
        (more("[logs]\nformat = 1"), Some("logs.format"), "un texte entre guillemets"),
        (more("[logs]\nniveau = \"info\""), Some("logs.niveau"), "paramètre inconnu"),
        (more("[journaux]\nlevel = \"info\""), Some("journaux"), "paramètre inconnu"),
        (more("[groups.soins]\nshared = true"), Some("groups.soins.enrolment_token_hashes"), "paramètre manquant"),
        (more("[groups]\nsoins = 1"), Some("groups.soins"), "une section"),
        (more("[audit]\nkeep_days = -1"), Some("audit.keep_days"), "un nombre entier"),
        (more("[audit]\nclé = 1"), None, ""),
        (others("service"), Some("service"), "section manquante"),
        (format!("vault = {{ key_file = \"cle\"\n{}", all.section("service")), Some("vault"), ""),
        ("ceci n’est pas du TOML".into(), None, ""),
        (String::new(), Some("service"), "section manquante"),
    ]
}

#[test]
fn no_wrong_configuration_is_told_in_a_librarys_own_words_and_each_names_its_key() {
    let mut wrong = Vec::new();
    for (text, key, said) in cases() {
        let error = refusal(&text);
        let told = error.to_string();
        // The administrator's own names and values are his; they stand between quotes.
        let ours: String = told.split('«').map(|piece| piece.split_once('»').map_or(piece, |(_, after)| after)).collect();
        let foreign: Vec<&str> = FORBIDDEN.into_iter().filter(|fragment| ours.contains(fragment)).collect();
        let is_ours = told.starts_with("VST-3001\u{a0}: ligne ") && told.contains(said) && foreign.is_empty();
        if error.key() != key || !is_ours {
            wrong.push(format!(
                "{told}\n  key {:?} for {key:?}, {said:?}, {foreign:?}\n{}",
                error.key(),
                text.lines().last().unwrap_or_default()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_no_text_is_told_so_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("companion.toml");
    std::fs::write(&file, b"[service]\nname = \"Cabinet m\xe9dical\"\n").expect("written");
    let told = Config::load(&file).expect_err("not UTF-8").to_string();
    assert!(told.contains("ligne 2") && told.contains("UTF-8"), "{told}");
}

/// The file that was named may be another one: what stands in it is shown to nobody.
#[test]
fn a_secret_in_the_place_of_a_configuration_is_not_told_as_a_key() {
    for secret in [
        "-tUwXf3kDkV0pQm8bZs1JrYc6nHe2LgAo4TiWu7Rx9E",
        "2rZ0AzFSY5p7k1Qm8bZs1JrYc6nHe2LgAo4TiWu7Rx4=",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "vst-poste-Kx82hfQ9",
        "postgres://compte:MotDePasse7@serveur/base",
    ] {
        for text in [secret.to_owned(), format!("{secret}\n"), format!("[vault]\n{secret}\n"), format!("{secret}\n{secret}\n")] {
            let told = Config::parse(&text, Path::new("/nowhere")).expect_err("no configuration").to_string();
            assert!(told.contains("ligne ") && !told.contains(&secret[..8]), "{text}: {told}");
        }
    }
}
