//! The configuration as a whole: what stands, what is refused, and the key that is named.

use std::fs;
use std::path::Path;

use vestibule_installation::Installation;
use vestibule_installation::place::write_private;

use super::*;

fn minimal() -> String {
    Installation::least().text()
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/vestibule"))
}

#[track_caller]
fn refusal(text: &str) -> ConfigError {
    parse(text).expect_err("must be refused")
}

fn with(find: &str, replacement: &str) -> String {
    let minimal = minimal();
    assert!(minimal.contains(find), "{find} is part of the minimal configuration");
    minimal.replace(find, replacement)
}

#[test]
fn a_minimal_configuration_is_completed_with_the_defaults() {
    let config = parse(&minimal()).expect("accepted");
    assert_eq!(config.service.origin(), "http://127.0.0.1:8080");
    assert_eq!(config.service.address("/psc/callback"), "http://127.0.0.1:8080/psc/callback");
    assert_eq!(config.administration.address.to_string(), "127.0.0.1:8081");
    assert_eq!(config.client.id, "vestibule-desktop");
    assert_eq!((config.session.idle_limit_s(), config.session.absolute_limit_s()), (900, 14_400));
    assert_eq!(config.limits.starts_per_minute_per_key, 6);
    assert_eq!(config.workstations.confirmation, ConfirmationRule::WhenDue);
    assert_eq!(config.psc.userinfo_sub, UserinfoSub::Required);
    assert_eq!(config.psc.client_secret_file.as_deref(), Some(Path::new("/etc/vestibule/client-secret")));
    assert_eq!(config.storage.sqlite_file.as_deref(), Some(Path::new("/etc/vestibule/memory/companion.sqlite")));
}

#[test]
fn only_a_companion_with_neighbours_waits_for_the_balancer_unless_told_how_long() {
    let drain = |text: &str| parse(text).expect("accepted").drain().as_secs();
    let shared = Installation::least().without("storage.sqlite_file").with("storage.postgres_url_file = \"database\"").text();
    assert_eq!((drain(&minimal()), drain(&shared)), (0, 10));
    let given = |seconds: u32| drain(&Installation::least().with(&format!("listener.drain_s = {seconds}")).text());
    assert_eq!((given(0), given(25)), (0, 25));
}

#[test]
fn the_minimal_configuration_has_no_key_too_many() {
    let minimal = Installation::least();
    assert!(minimal.key_names().len() > 6, "{:?}", minimal.key_names());
    for key in minimal.key_names() {
        let refused = refusal(&minimal.clone().without(&key).text());
        assert_eq!((refused.key(), refused.code()), (Some(key.as_str()), ErrorCode::ConfigurationInvalid), "{refused}");
    }
}

#[test]
fn an_unknown_key_is_refused_by_its_name_in_every_section() {
    let minimal = minimal();
    let schema = schema();
    let sections = schema["properties"].as_object().expect("sections");
    assert!(sections.len() >= 12, "{sections:?}");
    // Groups are named by the administrator: `config/groups/tests.rs`.
    for section in sections.keys().filter(|section| *section != "groups") {
        let header = format!("[{section}]\n");
        let text = if minimal.contains(&header) {
            minimal.replace(&header, &format!("{header}surprise = 1\n"))
        } else {
            format!("{minimal}{header}surprise = 1\n")
        };
        let error = refusal(&text);
        let key = format!("{section}.surprise");
        assert_eq!(error.key(), Some(key.as_str()), "{error}");
        assert_eq!(error.code(), ErrorCode::ConfigurationInvalid);
        assert!(error.to_string().starts_with("VST-3001\u{a0}: ligne "), "{error}");
        assert!(error.to_string().contains(&format!("paramètre inconnu «\u{a0}{key}\u{a0}»")), "{error}");
    }
}

#[test]
fn an_unknown_section_and_a_key_outside_any_section_are_refused_by_their_names() {
    let minimal = minimal();
    assert_eq!(refusal(&format!("{minimal}[surprise]\na = 1\n")).key(), Some("surprise"));
    assert_eq!(refusal(&format!("surprise = 1\n{minimal}")).key(), Some("surprise"));
    let nested = format!("{minimal}[psc.simulator]\nsurprise = 1\n");
    assert_eq!(refusal(&nested).key(), Some("psc.simulator.surprise"));
}

#[test]
fn a_missing_key_and_a_value_of_the_wrong_kind_are_refused_by_name() {
    let missing = refusal(&with("client_id = \"vestibule-demo\"\n", ""));
    assert_eq!(missing.key(), Some("psc.client_id"), "{missing}");
    assert!(missing.to_string().contains("paramètre manquant"), "{missing}");
    let wrong = refusal(&with("client_id = \"vestibule-demo\"", "client_id = 12"));
    assert_eq!(wrong.key(), Some("psc.client_id"), "{wrong}");
    let environment = refusal(&with("\"simulator\"", "\"prod\""));
    assert_eq!(environment.key(), Some("psc.environment"), "{environment}");
    assert_eq!(refusal("ceci n’est pas du TOML").code(), ErrorCode::ConfigurationInvalid);
}

#[test]
fn what_was_expected_is_said_in_french() {
    let minimal = minimal();
    for (line, said) in [
        ("[limits]\nconnections = -1", "un nombre entier, positif et sans guillemets, est attendu"),
        ("[limits]\nconnections = \"dix\"", "un nombre entier, positif et sans guillemets, est attendu"),
        ("[workstations]\nshared = \"oui\"", "true ou false, sans guillemets, est attendu"),
        ("[workstations]\nexchanges = \"polling\"", "une liste entre crochets est attendue"),
        (
            "[workstations]\nexchanges = [\"ciba\"]",
            "«\u{a0}ciba\u{a0}» n’est pas admis\u{202f}; valeurs admises\u{a0}: loopback, scheme, polling",
        ),
        ("[client]\nid = 12", "un texte entre guillemets est attendu"),
    ] {
        let error = refusal(&format!("{minimal}\n{line}\n")).to_string();
        assert!(error.contains(said), "{line}: {error}");
    }
    let missing = Config::load(Path::new("/nulle/part.toml")).expect_err("not there").to_string();
    assert!(missing.ends_with("le fichier n’existe pas"), "{missing}");
}

#[test]
fn every_impossible_value_is_refused_with_its_key_and_its_code() {
    let minimal = minimal();
    use ErrorCode::{BrandingRefused, ConfigurationInvalid, EnvironmentMixed, ListenerInsecure};

    let public = "public_url = \"http://127.0.0.1:8080\"";
    let cases = [
        (with("name = \"Dossier Exemple\"", "name = \" \""), "service.name", ConfigurationInvalid),
        (with("name = \"Dossier Exemple\"", "name = \"\u{202e}elpmexE\""), "service.name", ConfigurationInvalid),
        (with("name = \"Dossier Exemple\"", "name = \"\u{200b}\""), "service.name", ConfigurationInvalid),
        (with(public, &format!("{public}\nsupport_contact = \"\u{202e}01\"")), "service.support_contact", ConfigurationInvalid),
        (with(public, &format!("{public}\nsupport_contact = \" \"")), "service.support_contact", ConfigurationInvalid),
        (with(public, &format!("{public}\nsupport_contact = \"{}\"", "1".repeat(201))), "service.support_contact", ConfigurationInvalid),
        (with(public, "public_url = \"http://vestibule.hopital.example\""), "service.public_url", ConfigurationInvalid),
        (with(public, "public_url = \"http://127.0.0.2\""), "service.public_url", ConfigurationInvalid),
        (with(public, "public_url = \"https://vestibule.hopital.example/app\""), "service.public_url", ConfigurationInvalid),
        (with(public, "public_url = \"https://moi:mdp@vestibule.hopital.example\""), "service.public_url", ConfigurationInvalid),
        (with(public, "public_url = \"https://vestibule.hopital.example/?a\""), "service.public_url", ConfigurationInvalid),
        (with(public, "public_url = \"ftp://127.0.0.1\""), "service.public_url", ConfigurationInvalid),
        (with(public, "public_url = \"https://vestibule.hopital.example:0\""), "service.public_url", ConfigurationInvalid),
        (with(public, &format!("{public}\nterms_url = \"http://hopital.example\"")), "service.terms_url", ConfigurationInvalid),
        (with("address = \"127.0.0.1:8080\"", "address = \"0.0.0.0:8080\""), "listener.address", ListenerInsecure),
        (with("address = \"127.0.0.1:8080\"", "address = \"[::]:8080\""), "listener.address", ListenerInsecure),
        (format!("{minimal}[administration]\naddress = \"0.0.0.0:8081\"\n"), "administration.address", ConfigurationInvalid),
        (format!("{minimal}[administration]\naddress = \"127.0.0.1:8080\"\n"), "administration.address", ConfigurationInvalid),
        (format!("{minimal}[client]\nid = \"a b\"\n"), "client.id", ConfigurationInvalid),
        (with("client_id = \"vestibule-demo\"", "client_id = \"\""), "psc.client_id", ConfigurationInvalid),
        (
            with("client_id = \"vestibule-demo\"", "client_id = \"vestibule-demo\"\naccepted_acr = [\"\"]"),
            "psc.accepted_acr",
            ConfigurationInvalid,
        ),
        (with("client_id = \"vestibule-demo\"", "client_id = \"vestibule-demo\"\nidp_hint = \" \""), "psc.idp_hint", ConfigurationInvalid),
        (format!("{minimal}[session]\nidle_limit_minutes = 4\n"), "session.idle_limit_minutes", ConfigurationInvalid),
        (format!("{minimal}[session]\nidle_limit_minutes = 31\n"), "session.idle_limit_minutes", ConfigurationInvalid),
        (format!("{minimal}[session]\nabsolute_limit_minutes = 241\n"), "session.absolute_limit_minutes", ConfigurationInvalid),
        (format!("{minimal}[limits]\npending_per_key = 0\n"), "limits.pending_per_key", ConfigurationInvalid),
        (format!("{minimal}[logs]\nlevel = \"info,=\"\n"), "logs.level", ConfigurationInvalid),
        (format!("{minimal}[logs]\nlevel = \"verbeux\"\n"), "logs.level", ConfigurationInvalid),
        (format!("{minimal}[logs]\nlevel = \"info,inf\"\n"), "logs.level", ConfigurationInvalid),
        (format!("{minimal}[logs]\nlevel = \"\"\n"), "logs.level", ConfigurationInvalid),
        (with("\"simulator\"", "\"production\""), "service.public_url", EnvironmentMixed),
        (format!("{minimal}[branding]\nproduct_name = \"a|b\"\n"), "branding.product_name", BrandingRefused),
        (format!("{minimal}[branding]\npublisher = \"\"\n"), "branding.publisher", BrandingRefused),
        (format!("{minimal}[branding]\nsupport = \" \"\n"), "branding.support", BrandingRefused),
        (format!("{minimal}[branding]\naccent = \"#8a1c4a\"\n"), "branding.accent_dark", BrandingRefused),
        (format!("{minimal}[branding]\naccent = \"#f28c28\"\naccent_dark = \"#f0a6c4\"\n"), "branding.accent", BrandingRefused),
        (format!("{minimal}[branding]\naccent = \"#8a1c4a\"\naccent_dark = \"rose\"\n"), "branding.accent_dark", BrandingRefused),
    ];
    for (text, key, code) in cases {
        let error = refusal(&text);
        assert_eq!((error.key(), error.code()), (Some(key), code), "{error}\n{text}");
        assert!(error.to_string().contains(key), "the message names the key: {error}");
    }
}

#[test]
fn exi_14_a_mix_of_environments_is_refused() {
    let minimal = minimal();
    let https = with("http://127.0.0.1:8080", "https://vestibule.hopital.example");
    for environment in ["bas", "production"] {
        let error = refusal(&format!("{}[psc.simulator]\n", https.replace("\"simulator\"", &format!("\"{environment}\""))));
        assert_eq!((error.key(), error.code()), (Some("psc.simulator"), ErrorCode::EnvironmentMixed), "{error}");
    }
    for (address, code) in [
        ("https://auth.esw.esante.gouv.fr", ErrorCode::EnvironmentMixed),
        ("https://auth.bas.psc.esante.gouv.fr", ErrorCode::EnvironmentMixed),
        // Badly written is another thing than mixed.
        ("http://simulateur.hopital.example:8090", ErrorCode::ConfigurationInvalid),
        ("http://127.0.0.1:8090/auth", ErrorCode::ConfigurationInvalid),
        ("ftp://127.0.0.1", ErrorCode::ConfigurationInvalid),
        ("file:///etc", ErrorCode::ConfigurationInvalid),
    ] {
        let error = refusal(&format!("{minimal}[psc.simulator]\nauth_url = \"{address}\"\n"));
        assert_eq!((error.key(), error.code()), (Some("psc.simulator.auth_url"), code), "{error}");
    }
    parse(&format!("{minimal}[psc.simulator]\nauth_url = \"https://simulateur.hopital.example\"\n")).expect("https may be elsewhere");
}

#[test]
fn exi_21_the_client_secret_comes_from_a_file_that_not_everyone_can_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("compagnon.toml");
    fs::write(&file, minimal()).expect("written");
    let secret = folder.path().join("client-secret");

    let missing = Config::load(&file).expect_err("no secret yet");
    assert_eq!(missing.key(), Some("psc.client_secret_file"), "{missing}");

    write_private(&secret, "s3cret-remis\n").expect("written");
    write_private(&folder.path().join("vault-key"), [7; 32]).expect("written");
    let config = Config::load(&file).expect("complete");
    let kept = config.psc.read_client_secret().expect("read").expect("one secret");
    assert_eq!(secrecy::ExposeSecret::expose_secret(&kept), "s3cret-remis");
    assert!(!format!("{config:?}").contains("s3cret"));

    write_private(&secret, "\n").expect("written");
    assert_eq!(Config::load(&file).expect_err("empty").key(), Some("psc.client_secret_file"));
}

#[test]
fn a_secret_in_the_place_of_its_file_is_not_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("compagnon.toml");
    for secret in ["postgres://compte:MotDePasse7@serveur/base", "Zk3qP0xW9rT2vB", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"] {
        fs::write(&file, minimal().replace("\"client-secret\"", &format!("\"{secret}\""))).expect("written");
        let refused = Config::load(&file).expect_err("no such file").to_string();
        assert!(refused.contains("psc.client_secret_file") && !refused.contains(&secret[..8]), "{refused}");
    }
    for name in ["secret-absent", "psc-secret.cred", "Psc_Secret"] {
        fs::write(&file, minimal().replace("\"client-secret\"", &format!("\"{name}\""))).expect("written");
        assert!(Config::load(&file).expect_err("no such file").to_string().contains(name), "{name}");
    }
}

#[test]
fn one_file_for_two_secrets_is_refused_whatever_leads_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, key) = (folder.path().join("compagnon.toml"), folder.path().join("vault-key"));
    write_private(&key, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\n").expect("written");
    fs::write(&file, minimal().replace("\"client-secret\"", "\"./nowhere/../vault-key\"")).expect("written");
    fs::create_dir(folder.path().join("nowhere")).expect("made");
    let refused = Config::load(&file).expect_err("the vault's key would leave for the provider");
    assert_eq!((refused.key(), refused.code()), (Some("psc.client_secret_file"), ErrorCode::ConfigurationInvalid), "{refused}");
    assert!(refused.to_string().contains("vault.key_file"), "{refused}");

    // What a proxy is shown, too.
    write_private(&folder.path().join("client-secret"), "s3cret-remis").expect("written");
    let proxy = "\n[psc.proxy]\nurl = \"http://127.0.0.1:3128\"\nuser = \"vestibule\"\npassword_file = \"vault-key\"\n";
    fs::write(&file, minimal() + proxy).expect("written");
    let refused = Config::load(&file).expect_err("the vault's key would leave for the proxy");
    assert_eq!(refused.key(), Some("psc.proxy.password_file"), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_configuration_that_everyone_can_change_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("compagnon.toml");
    fs::write(&file, minimal()).expect("written");
    write_private(&folder.path().join("client-secret"), "s3cret-remis").expect("written");
    write_private(&folder.path().join("vault-key"), [7; 32]).expect("written");
    for (mode, is_refused) in [(0o644, false), (0o664, false), (0o646, true), (0o666, true)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("changed");
        let refused = matches!(Config::load(&file), Err(ConfigError::OpenToChange { .. }));
        assert_eq!(refused, is_refused, "{mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn a_secret_that_everyone_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("compagnon.toml");
    fs::write(&file, minimal()).expect("written");
    let (secret, key) = (folder.path().join("client-secret"), folder.path().join("vault-key"));
    write_private(&secret, "s3cret-remis").expect("written");
    write_private(&key, [7; 32]).expect("written");

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("changed");
    let error = Config::load(&file).expect_err("readable by everyone");
    assert_eq!((error.key(), error.code()), (Some("psc.client_secret_file"), ErrorCode::ConfigurationInvalid), "{error}");
    assert!(!error.to_string().contains("s3cret-remis"));

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o640)).expect("changed");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o604)).expect("changed");
    let error = Config::load(&file).expect_err("readable by everyone");
    assert_eq!((error.key(), error.code()), (Some("vault.key_file"), ErrorCode::SealingKeyRefused), "{error}");

    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("changed");
    Config::load(&file).expect("the group may read");
}

#[test]
fn a_tls_listener_may_face_the_network_and_needs_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = with("address = \"127.0.0.1:8080\"", "address = \"0.0.0.0:8443\"")
        .replace("[psc]\n", "[listener.tls]\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"\n[psc]\n");
    let config = Config::parse(&text, folder.path()).expect("accepted");
    assert_eq!(config.check_files().expect_err("no files").key(), Some("listener.tls.certificate_file"));
    fs::write(folder.path().join("c.pem"), "x").expect("written");
    assert_eq!(config.check_files().expect_err("no key").key(), Some("listener.tls.key_file"));
}

#[test]
fn the_sample_is_a_valid_configuration_that_shows_every_key() {
    let sample = sample();
    let config = parse(&sample).expect("the sample stands as it is");
    assert_eq!(config.psc.environment, PscEnvironment::Bas);
    assert_eq!(config.session.idle_limit_minutes, 15);

    let uncommented: String = sample.lines().map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line)).fold(
        String::new(),
        |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        },
    );
    let shown: toml::Table = toml::from_str(&uncommented).expect("every commented key is valid TOML");
    let mut keys = Vec::new();
    schema_keys(&schema(), &schema(), "", &mut keys);
    assert!(keys.len() > 30, "the schema was walked: {keys:?}");
    for key in keys {
        let found = key.split('.').try_fold(&toml::Value::Table(shown.clone()), |value, part| value.get(part)).is_some();
        assert!(found, "{key} is not in the sample");
        assert!(is_explained(&sample, &key), "{key} has a comment");
    }
}

/// Whether a comment stands right above the line of this key, in its own section.
fn is_explained(sample: &str, key: &str) -> bool {
    let (section, name) = key.rsplit_once('.').unwrap_or_default();
    let (mut above, mut current) = ("", "");
    for line in sample.lines() {
        let bare = line.strip_prefix('#').unwrap_or(line);
        if let Some(header) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = header;
            if header == key || header.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')) {
                return above.starts_with("# ");
            }
        }
        if current == section && bare.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = ")) {
            return above.starts_with("# ");
        }
        above = line;
    }
    false
}

fn schema_keys(root: &serde_json::Value, schema: &serde_json::Value, prefix: &str, keys: &mut Vec<String>) {
    let schema = schema.get("anyOf").and_then(|choices| choices.get(0)).unwrap_or(schema);
    let schema = match schema.get("$ref").and_then(serde_json::Value::as_str) {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).expect("a known definition"),
        None => schema,
    };
    let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) else { return };
    for (name, property) in properties {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        schema_keys(root, property, &key, keys);
        keys.push(key);
    }
}

#[test]
fn a_logo_that_cannot_be_shown_is_refused_with_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |content: &str| {
        std::fs::write(folder.path().join("logo.svg"), content).expect("written");
        let config = Config::parse(&format!("{}[branding]\nlogo_file = \"logo.svg\"\n", minimal()), folder.path()).expect("parsed");
        config.branding.brand().expect_err(content)
    };
    let error = refused("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>");
    assert_eq!((error.key(), error.code()), (Some("branding.logo_file"), ErrorCode::BrandingRefused), "{error}");
    assert!(error.to_string().contains("<script>") && error.to_string().contains("ni script"), "{error}");
    assert!(refused("hello").to_string().contains("ni un PNG, ni un SVG"));
    std::fs::remove_file(folder.path().join("logo.svg")).expect("removed");
    let text = format!("{}[branding]\nlogo_file = \"logo.svg\"\n", minimal());
    let absent = Config::parse(&text, folder.path()).expect("parsed").branding.brand().expect_err("absent").to_string();
    assert!(absent.starts_with("VST-3033") && absent.contains("n’existe pas"), "{absent}");
}

#[test]
fn a_brand_shows_no_sign_that_a_service_may_not_show() {
    let takes = |sign: char| vestibule_branding::check_words("support", &format!("a{sign}b"), 3).is_ok();
    let differing = ('\u{0}'..=char::MAX).find(|sign| takes(*sign) == vestibule_model::wire::is_unseen(*sign));
    assert_eq!(differing, None);
}

#[test]
fn the_publishers_support_stands_where_the_service_names_none() {
    let branding = "[branding]\nsupport = \"01 99 00 00 01\"\n";
    let contact = |text: &str| parse(text).expect("accepted").service.support_contact.clone();
    assert_eq!(contact(&format!("{}{branding}", minimal())).as_deref(), Some("01 99 00 00 01"));
    let named = with("name = \"Dossier Exemple\"", "name = \"Dossier Exemple\"\nsupport_contact = \"poste 12\"");
    assert_eq!(contact(&format!("{named}{branding}")).as_deref(), Some("poste 12"));
}

#[test]
fn the_sample_in_the_repository_is_the_generated_one() {
    let committed = include_str!("../../companion.sample.toml");
    assert!(committed == sample(), "regenerate it: cargo run -p vestibule-tests --bin generate");
}

#[test]
fn exi_24_a_client_makes_itself_known_one_way_and_with_all_that_it_takes() {
    const SECRET: &str = "client_secret_file = \"client-secret\"\n";
    const PEM: &str = "certificate_file = \"c.pem\"\nkey_file = \"k.pem\"\n";
    let psc = |keys: &str, certificate: &str| {
        let section = if certificate.is_empty() { String::new() } else { format!("[psc.client_certificate]\n{certificate}") };
        let simulator = "[psc.simulator]\nauth_url = \"https://127.0.0.1:8090\"\n";
        Installation::least().without("psc.client_secret_file").with(&format!("[psc]\n{keys}{section}{simulator}")).text()
    };
    let certificate_alone = "auth_method = \"tls_client_auth\"\n";
    for (keys, certificate) in [
        (SECRET, ""),
        (SECRET, PEM),
        (certificate_alone, PEM),
        (certificate_alone, "pkcs12_file = \"c.p12\"\npkcs12_password_file = \"m\"\naliases_url = \"https://127.0.0.1:8093\"\n"),
    ] {
        parse(&psc(keys, certificate)).unwrap_or_else(|error| panic!("{keys} {certificate}: {error}"));
    }
    for (keys, certificate, key) in [
        ("", PEM, "psc.client_secret_file"),
        ("auth_method = \"post\"\n", "", "psc.client_secret_file"),
        (&format!("{SECRET}{certificate_alone}"), PEM, "psc.client_secret_file"),
        (certificate_alone, "", "psc.client_certificate"),
        (SECRET, "certificate_file = \"c.pem\"\n", "psc.client_certificate"),
        (SECRET, "pkcs12_file = \"c.p12\"\n", "psc.client_certificate"),
        (SECRET, &format!("{PEM}pkcs12_file = \"c.p12\"\n"), "psc.client_certificate"),
        (SECRET, "aliases_url = \"https://x.example\"\n", "psc.client_certificate"),
    ] {
        let error = refusal(&psc(keys, certificate));
        assert_eq!((error.key(), error.code()), (Some(key), ErrorCode::ConfigurationInvalid), "{keys} {certificate}: {error}");
    }
    // A certificate is never presented over plain http.
    let plain = psc(certificate_alone, PEM).replace("https://127.0.0.1:8090", "http://127.0.0.1:8090");
    assert_eq!(refusal(&plain).key(), Some("psc.auth_method"));
}

#[test]
fn exi_14_exi_24_the_host_for_certificates_belongs_to_the_chosen_environment() {
    for (environment, url, stands) in [
        ("bas", "https://mtls.bas.psc.esante.gouv.fr", true),
        ("bas", "https://auth.esw.esante.gouv.fr", false),
        ("bas", "https://mtls.example", false),
        ("bas", "http://mtls.bas.psc.esante.gouv.fr", false),
        ("bas", "https://mtls.bas.psc.esante.gouv.fr/chemin", false),
        ("bas", "https://esante.gouv.fr.example", false),
        ("production", "https://mtls.esw.esante.gouv.fr:8443", true),
        ("production", "https://mtls.bas.psc.esante.gouv.fr", false),
        ("simulator", "https://127.0.0.1:8093", true),
        ("simulator", "http://127.0.0.1:8093", false),
        ("simulator", "https://mtls.bas.psc.esante.gouv.fr", false),
    ] {
        let text = with("environment = \"simulator\"", &format!("environment = \"{environment}\""))
            .replace("\"http://127.0.0.1:8080\"", "\"https://vestibule.hopital.example\"")
            .replace(
                "[storage]",
                &format!("[psc.client_certificate]\ncertificate_file = \"c\"\nkey_file = \"k\"\naliases_url = \"{url}\"\n[storage]"),
            );
        match parse(&text) {
            Ok(config) => {
                assert!(stands, "{environment} {url}");
                let named = config.psc.client_certificate.and_then(|certificate| certificate.aliases_url).expect("a host");
                assert_eq!(named.origin().ascii_serialization(), url);
            }
            Err(error) => {
                assert!(!stands, "{environment} {url}: {error}");
                let is_well_formed = url.starts_with("https") && !url.ends_with("/chemin");
                let code = if is_well_formed { ErrorCode::EnvironmentMixed } else { ErrorCode::ConfigurationInvalid };
                assert_eq!((error.key(), error.code()), (Some("psc.client_certificate.aliases_url"), code), "{url}");
            }
        }
    }
}

#[test]
fn a_secret_may_come_from_the_service_manager_under_one_syntax_for_every_key() {
    let text = minimal()
        .replace("\"client-secret\"", "\"credential:psc-secret\"")
        .replace("\"vault-key\"", "\"credential:vault-key\"")
        .replace("[psc]\n", "[listener.tls]\ncertificate_file = \"credential:chain\"\nkey_file = \"credential:tls-key\"\n[psc]\n");
    let given = Path::new("/run/credentials/compagnon.service");
    let config = Config::parse_with(&text, Path::new("/etc/vestibule"), Some(given)).expect("accepted");
    assert_eq!(config.psc.client_secret_file.as_deref(), Some(&*given.join("psc-secret")));
    assert_eq!((config.vault.key_file.as_path(), config.vault.is_credential), (&*given.join("vault-key"), true));
    assert_eq!(config.listener.tls.expect("TLS").key_file, given.join("tls-key"));
    assert!(!parse(&minimal()).expect("accepted").vault.is_credential);
}

#[test]
fn a_credential_that_nobody_gave_is_refused_with_its_key_and_the_remedy() {
    let minimal = minimal();
    let folder = tempfile::tempdir().expect("a folder");
    write_private(&folder.path().join("client-secret"), "s3cret-remis").expect("written");
    write_private(&folder.path().join("outside"), [7; 32]).expect("written");
    fs::create_dir(folder.path().join("credentials")).expect("a folder");
    let credentials = folder.path().join("credentials");
    for (name, given) in [("vault-key", None), ("../outside", Some(&*credentials)), ("", Some(&*credentials)), ("..", Some(&*credentials))]
    {
        let text = minimal.replace("\"vault-key\"", &format!("\"credential:{name}\""));
        let config = Config::parse_with(&text, folder.path(), given).expect("well formed");
        let error = config.check_files().expect_err("nothing was given");
        assert_eq!((error.key(), error.code()), (Some("vault.key_file"), ErrorCode::SealingKeyRefused), "{name}: {error}");
        assert!(error.to_string().contains(&format!("LoadCredential={name}:FICHIER")), "{error}");
    }
    let text = minimal.replace("\"vault-key\"", "\"credential:vault-key\"");
    let config = Config::parse_with(&text, folder.path(), Some(&credentials)).expect("well formed");
    assert!(config.check_files().expect_err("not there").to_string().contains("n’a pas pu être lu"));
    write_private(&credentials.join("vault-key"), [7; 32]).expect("written");
    config.check_files().expect("given");
}

#[cfg(unix)]
#[test]
fn attack_28_a_vault_key_that_protects_nothing_is_refused_with_its_key_and_the_remedy() {
    let minimal = minimal();
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    write_private(&file("client-secret"), "s3cret-remis").expect("written");
    fs::create_dir_all(file("memory/coffre")).expect("folders");
    let with_key =
        |name: &str| Config::parse(&minimal.replace("\"vault-key\"", &format!("\"{name}\"")), folder.path()).expect("well formed");
    let refused = |name: &str, code: ErrorCode, told: &str| {
        let error = with_key(name).check_files().expect_err(name);
        assert_eq!((error.key(), error.code()), (Some("vault.key_file"), code), "{name}: {error}");
        assert!(error.to_string().contains(told), "{name}: {error}");
    };
    for (mode, opens) in [
        (0o600, true),
        (0o400, true),
        (0o640, true),
        (0o440, true),
        (0o644, false),
        (0o604, false),
        (0o602, false),
        (0o660, false),
        (0o601, false),
    ] {
        write_private(&file("vault-key"), [7; 32]).expect("written");
        fs::set_permissions(file("vault-key"), fs::Permissions::from_mode(mode)).expect("changed");
        assert_eq!(with_key("vault-key").check_files().is_ok(), opens, "{mode:o}");
        if !opens {
            refused("vault-key", ErrorCode::SealingKeyRefused, "chmod");
        }
        fs::remove_file(file("vault-key")).expect("removed");
    }
    write_private(&file("courte"), [7; 31]).expect("written");
    refused("courte", ErrorCode::SealingKeyRefused, "init-key");
    write_private(&file("zeros"), [0; 32]).expect("written");
    refused("zeros", ErrorCode::SealingKeyRefused, "init-key");
    write_private(&file("zeros-64"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n").expect("written");
    refused("zeros-64", ErrorCode::SealingKeyRefused, "init-key");
    for inside in ["memory/cle", "memory/coffre/cle"] {
        write_private(&file(inside), [7; 32]).expect("written");
        refused(inside, ErrorCode::SealingKeyBesideDatabase, "rangez la clé ailleurs");
    }
    symlink(file("memory/cle"), file("lien")).expect("linked");
    refused("lien", ErrorCode::SealingKeyBesideDatabase, "rangez la clé ailleurs");
    symlink(file("memory"), file("dossier")).expect("linked");
    refused("dossier/cle", ErrorCode::SealingKeyBesideDatabase, "rangez la clé ailleurs");
    write_private(&file("vault-key"), [7; 32]).expect("written");
    with_key("vault-key").check_files().expect("sound");
}

#[test]
fn a_file_that_this_account_may_not_read_is_told_as_that_and_not_as_a_wrong_key() {
    let denied = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let secret = crate::secret_file::SecretFileRefused::Unreadable { path: "/etc/vestibule/secret".into(), source: denied() };
    let of_secret = ConfigError::of_secret_file(ErrorCode::ConfigurationInvalid, "psc.client_secret_file", &secret);
    let of_file = ConfigError::of_file(ErrorCode::CertificateRefused, "psc.extra_ca_file", Path::new("/etc/ca.pem"), &denied());
    let of_itself = ConfigError::Unreadable { path: "/etc/vestibule/companion.toml".into(), source: denied() };
    for error in [of_secret, of_file, of_itself] {
        assert_eq!(error.code(), ErrorCode::AccountLacksAccess, "{error}");
        assert!(error.to_string().starts_with("VST-3025"), "{error}");
    }
    let missing = crate::secret_file::SecretFileRefused::Unreadable { path: "/x".into(), source: std::io::ErrorKind::NotFound.into() };
    assert_eq!(missing.code_or(ErrorCode::CertificateRefused), ErrorCode::CertificateRefused);
}

/// Nobody ever writes into that pipe: whoever waited for it would not come back.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once_by_its_key() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    write_private(&at("client-secret"), "s3cret-remis").expect("written");
    write_private(&at("vault-key"), [7; 32]).expect("written");
    write_private(&at("sound.pem"), "x").expect("written");
    let (minimal, told) = (minimal(), "ce n’est pas un fichier ordinaire");
    for (find, put, key) in [
        ("\"client-secret\"", "\"pipe\"", "psc.client_secret_file"),
        ("\"vault-key\"", "\"pipe\"", "vault.key_file"),
        ("[psc]\n", "[administration]\ntoken_file = \"pipe\"\n[psc]\n", "administration.token_file"),
        ("[psc]\n", "[listener.tls]\ncertificate_file = \"pipe\"\nkey_file = \"sound.pem\"\n[psc]\n", "listener.tls.certificate_file"),
        ("[psc]\n", "[listener.tls]\ncertificate_file = \"sound.pem\"\nkey_file = \"pipe\"\n[psc]\n", "listener.tls.key_file"),
    ] {
        assert!(minimal.contains(find), "{find}");
        let config = Config::parse(&minimal.replacen(find, put, 1), folder.path()).expect("well formed");
        let error = config.check_files().expect_err(key);
        assert!(error.key() == Some(key) && error.to_string().contains(told), "{key}: {error}");
    }
    let of_itself = Config::load(&at("pipe")).expect_err("no file");
    assert!(of_itself.code() == ErrorCode::ConfigurationInvalid && of_itself.to_string().contains(told), "{of_itself}");
    let of_a_folder = Config::load(folder.path()).expect_err("no file");
    assert!(of_a_folder.to_string().contains("c’est un dossier"), "{of_a_folder}");
}
