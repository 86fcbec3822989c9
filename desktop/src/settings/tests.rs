//! Whose word counts, and what is refused.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::view::ZoomStep;

use super::schema::{SETTINGS, Scope, Setting};
use super::{Chosen, EnrolmentToken, ExchangeChoice, Fault, Settings, SettingsError, ShownValue, Source, Zoom};
use crate::paths::Paths;
use crate::paths::PolicyPlace;
use crate::trusted_file::PolicyOwner;

/// A machine of its own, with the files that are given.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn paths(&self) -> Paths {
        let at = |name: &str| self.folder.path().join(name);
        Paths {
            machine_policy: PolicyPlace::File { path: at("policy.toml"), owner: PolicyOwner::RunningUser },
            user_settings: at("user/settings.toml"),
            logs: at("logs"),
            session_lock: at("lock"),
            unfinished_sign_ins: at("unfinished"),
            shared_workstation: at("shared"),
            reports: at("reports"),
        }
    }

    fn policy(self, text: impl AsRef<[u8]>) -> Self {
        self.file("policy.toml", text)
    }

    fn user(self, text: &str) -> Self {
        std::fs::create_dir_all(self.folder.path().join("user")).expect("a folder");
        self.file("user/settings.toml", text)
    }

    fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.folder.path().join(name), text).expect("written");
        self
    }

    fn development(&self) -> PathBuf {
        self.folder.path().join("development.toml")
    }

    fn load(&self, development: Option<&Path>) -> Result<Settings, SettingsError> {
        Settings::load_from(self.paths(), development, "poste-12")
    }
}

const POLICY: &str = "companion_url = \"https://vestibule.example\"\n";

fn french(error: &SettingsError) -> String {
    crate::words::of(Language::Fr).settings_error(error)
}

fn french_route(settings: &Settings) -> String {
    crate::words::of(Language::Fr).route(&settings.route)
}

#[test]
fn policy_wins_over_the_user_and_the_user_over_the_default() {
    let machine = Machine::new().policy(format!("{POLICY}language = \"fr\"\n")).user("language = \"en\"\ndevice_label = \"Salle 3\"\n");
    let settings = machine.load(None).expect("good settings");
    assert_eq!((settings.language, settings.sources.language), (Language::Fr, Source::MachinePolicy));
    assert_eq!((settings.device_label.as_str(), settings.sources.device_label), ("Salle 3", Source::User));
    assert_eq!((settings.client_id.as_str(), settings.sources.client_id), ("vestibule-desktop", Source::Default));
    assert_eq!(settings.keyring_account(), "https://vestibule.example");
}

#[test]
fn the_machine_names_itself_when_nobody_does() {
    let settings = Machine::new().policy(POLICY).load(None).expect("good settings");
    assert_eq!(settings.device_label, "poste-12");
}

#[test]
fn attack_40_only_https_or_the_literal_loopback_address_is_a_companion() {
    for good in ["https://a.example", "https://a.example:8443", "https://a.example/", "http://127.0.0.1:8080"] {
        let machine = Machine::new().policy(format!("companion_url = \"{good}\""));
        assert!(machine.load(None).is_ok(), "{good}");
    }
    for bad in [
        "http://a.example",
        "http://localhost:8080",
        "http://127.0.0.2:8080",
        "http://127.1:8080",
        "http://2130706433",
        "http://[::1]:8080",
        "https://user@a.example",
        "https://a.example/path",
        "https://a.example/?q",
        "https://a.example/#f",
        "ftp://a.example",
        "file:///etc",
        "a.example",
        "",
    ] {
        let refused = Machine::new().policy(format!("companion_url = \"{bad}\"")).load(None).expect_err(bad);
        assert_eq!(refused.code(), ErrorCode::CompanionAddressRefused, "{bad}");
    }
}

#[test]
fn attack_40_the_user_cannot_name_a_companion() {
    for line in ["companion_url = \"https://evil.example\"", "companion_ca_file = \"/tmp/evil.pem\"", "client_id = \"x\""] {
        let refused = Machine::new().policy(POLICY).user(line).load(None).expect_err(line);
        assert_eq!(refused.code(), ErrorCode::SettingReserved, "{line}");
    }
}

#[test]
fn attack_40_a_development_policy_serves_only_a_companion_on_this_machine() {
    let local = "companion_url = \"http://127.0.0.1:8080\"";
    let machine = Machine::new().file("development.toml", local);
    let settings = machine.load(Some(&machine.development())).expect("accepted without a machine policy");
    assert_eq!(settings.sources.companion_url, Source::DevelopmentPolicy);

    let machine = Machine::new().file("development.toml", "companion_url = \"https://evil.example\"");
    let refused = machine.load(Some(&machine.development())).expect_err("a remote companion");
    assert_eq!(refused.code(), ErrorCode::DevelopmentPolicyRefused);

    let machine = Machine::new().policy(POLICY).file("development.toml", local);
    let settings = machine.load(Some(&machine.development())).expect("the machine policy is used");
    assert_eq!(settings.companion_url.as_str(), "https://vestibule.example/");
}

#[test]
fn an_authority_is_looked_for_beside_the_policy_and_not_where_the_app_is_started() {
    let whole = if cfg!(windows) { "C:/vestibule/ca.pem" } else { "/etc/vestibule/ca.pem" };
    for (written, expected) in [("ca.pem", None), (whole, Some(whole))] {
        let machine = Machine::new().policy(format!("{POLICY}companion_ca_file = \"{written}\""));
        let expected = expected.map_or_else(|| machine.folder.path().join(written), PathBuf::from);
        assert_eq!(machine.load(None).expect("good settings").companion_ca_file, Some(expected));
    }
}

#[cfg(unix)]
#[test]
fn attack_46_a_browser_is_named_whole_and_out_of_everybody_s_reach() {
    use std::os::unix::fs::PermissionsExt as _;
    let machine = Machine::new().file("firefox", "");
    let program = machine.folder.path().join("firefox");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
    mode(machine.folder.path(), 0o755);
    mode(&program, 0o755);
    let named = |more: &str| format!("{POLICY}browser = \"{}\"\n{more}", program.display());
    let machine = machine.policy(named("browser_profile = \"sante\""));
    mode(&machine.folder.path().join("policy.toml"), 0o644);
    let choice = machine.load(None).expect("good settings").browser.expect("named");
    assert_eq!((&choice.program, choice.profile.map(|profile| profile.name).as_deref()), (&program, Some("sante")));
    mode(&program, 0o777);
    assert_eq!(machine.load(None).expect_err("anybody's").code(), ErrorCode::PolicyExposed);
    mode(&program, 0o755);
    for (text, key) in [
        (format!("{POLICY}browser = \"firefox\""), "browser"),
        (format!("{POLICY}browser = \"./firefox\""), "browser"),
        (named("browser_profile = \"--no-sandbox\""), "browser_profile"),
        (format!("{POLICY}browser = \"/usr/bin/true\"\nbrowser_profile = \"sante\""), "browser_profile"),
    ] {
        let refused = Machine::new().policy(&text).load(None).expect_err(&text);
        assert!(matches!(&refused, SettingsError::Malformed { fault: Fault::Unusable(found), .. } if *found == key), "{refused:?}");
    }
    let refused = Machine::new().policy(format!("{POLICY}browser_profile = \"sante\"")).load(None).expect_err("of which browser?");
    assert!(
        matches!(&refused, SettingsError::Malformed { fault: Fault::Without { key: "browser_profile", needs: "browser" }, .. }),
        "{refused:?}"
    );
    assert!(crate::words::of(Language::Fr).settings_error(&refused).contains("n’a d’effet qu’avec browser"), "{refused:?}");
    let refused =
        Machine::new().policy(format!("{POLICY}browser = \"/usr/bin/fire\\u0007fox\"")).load(None).expect_err("no path of a program");
    assert!(matches!(&refused, SettingsError::Malformed { fault: Fault::ControlCharacter("browser"), .. }), "{refused:?}");
    let user = Machine::new().policy(POLICY).user("browser = \"/tmp/x\"").load(None).expect_err("the administrator's");
    assert_eq!(user.code(), ErrorCode::SettingReserved);
}

#[test]
fn an_unknown_key_is_named() {
    let refused = Machine::new().policy(format!("{POLICY}companion_ulr = \"x\"")).load(None).expect_err("a slip");
    assert_eq!(refused.code(), ErrorCode::SettingsInvalid);
    assert!(refused.to_string().contains("companion_ulr"), "{refused}");
    let refused = Machine::new().policy(POLICY).user("languge = \"fr\"").load(None).expect_err("a slip");
    assert!(refused.to_string().contains("languge"), "{refused}");
}

#[test]
fn without_a_policy_there_is_no_companion() {
    assert!(matches!(Machine::new().load(None), Err(SettingsError::NoPolicy(_))));
    assert!(matches!(Machine::new().policy("").load(None), Err(SettingsError::NoCompanion(_))));
}

#[test]
fn a_language_that_was_chosen_is_found_again() {
    let machine = Machine::new().policy(POLICY).user("device_label = \"Salle 3\"\n");
    machine.load(None).expect("good settings").remember(Chosen { language: Some(Language::En), zoom: None }).expect("written");
    let settings = machine.load(None).expect("good settings");
    assert_eq!((settings.language, settings.device_label.as_str()), (Language::En, "Salle 3"));
    let larger = settings.zoom.after(ZoomStep::Larger);
    settings.remember(Chosen { language: None, zoom: Some(larger) }).expect("written");
    let settings = machine.load(None).expect("good settings");
    assert_eq!((settings.zoom.percent(), settings.language, settings.device_label.as_str()), (110, Language::En, "Salle 3"));
}

#[test]
fn what_the_administrator_decided_is_not_written_into_the_file_of_the_person() {
    let machine = Machine::new().policy(format!("{POLICY}zoom = 150\n"));
    let settings = machine.load(None).expect("good settings");
    assert_eq!(settings.zoom.percent(), 150);
    settings.remember(Chosen { language: Some(Language::En), zoom: Some(Zoom::default()) }).expect("written");
    let settings = machine.load(None).expect("good settings");
    assert_eq!((settings.zoom.percent(), settings.language), (150, Language::En));
}

#[test]
fn attack_37_the_user_cannot_enrol_the_workstation_nor_choose_its_exchange() {
    for line in ["enrolment_token = \"vst-poste-x\"", "exchange = \"polling\"", "return_scheme = \"org.example.app\""] {
        let refused = Machine::new().policy(POLICY).user(line).load(None).expect_err(line);
        assert_eq!(refused.code(), ErrorCode::SettingReserved, "{line}");
    }
}

#[test]
fn the_policy_enrols_the_workstation_and_the_token_is_shown_nowhere() {
    let lines = "enrolment_token = \"vst-poste-marque\"\nexchange = \"polling\"\nreturn_scheme = \"org.example.app\"\n";
    let settings = Machine::new().policy(format!("{POLICY}{lines}")).load(None).expect("good settings");
    assert_eq!(settings.enrolment_token, Some(EnrolmentToken::from("vst-poste-marque")));
    assert_eq!((settings.exchange, settings.return_scheme.as_str()), (ExchangeChoice::Polling, "org.example.app"));
    assert!(!format!("{settings:?}").contains("marque"));
    let settings = Machine::new().policy(POLICY).load(None).expect("good settings");
    assert_eq!((settings.exchange, settings.return_scheme.as_str()), (ExchangeChoice::Auto, "fr.vestibule.app"));
    assert_eq!(settings.enrolment_token, None);
}

#[test]
fn unusable_values_are_refused_in_french_and_never_quoted() {
    for (line, told) in [
        ("enrolment_token = \"\"", "valeur inutilisable pour enrolment_token"),
        ("enrolment_token = \"marque secrète\"", "valeur inutilisable pour enrolment_token"),
        ("enrolment_token = \"marque\nx\"", "ce n’est pas du TOML bien formé, colonne"),
        ("device_label = \"marque", "ligne 2\u{a0}: ce n’est pas du TOML bien formé, colonne 23\u{a0}: un guillemet n’est pas fermé"),
        ("device_label marque", "bien formé, colonne 14\u{a0}: il manque «\u{a0}= valeur\u{a0}»"),
        ("device_label =", "il manque la valeur après «\u{a0}=\u{a0}»"),
        ("device_label = marque", "un texte s’écrit entre guillemets"),
        // What the companion's configuration is told is told here too.
        ("proxy_exceptions = [\"C:\\marque\"]", "une barre oblique inverse"),
        ("device_label = 0X1", "le préfixe d’un nombre s’écrit en minuscules"),
        ("device_label = ++1", "le nombre a un signe ou un préfixe en trop"),
        ("device_label = +0x1", "le nombre a un signe en trop"),
        ("proxy = \"marque\"", "valeur inutilisable pour proxy. Attendu\u{a0}: \"direct\", \"system\""),
        ("enrolment_token = 12", "type de valeur incorrect pour enrolment_token. Attendu"),
        ("exchange = \"pigeon\"", "valeur inconnue pour exchange. Attendu\u{a0}: \"auto\", \"loopback\", \"scheme\" ou \"polling\""),
        ("language = \"de\"", "valeur inconnue pour language. Attendu\u{a0}: \"fr\" ou \"en\""),
        ("language = 5", "type de valeur incorrect pour language. Attendu\u{a0}: \"fr\" ou \"en\""),
        ("zoom = \"grand\"", "type de valeur incorrect pour zoom. Attendu\u{a0}: un pourcentage sans signe, de 75 à 300"),
        ("zoom = 74", "valeur inutilisable pour zoom. Attendu\u{a0}: un pourcentage sans signe, de 75 à 300"),
        ("zoom = 301", "valeur inutilisable pour zoom"),
        ("proxy = 3128", "type de valeur incorrect pour proxy. Attendu\u{a0}: \"direct\", \"system\""),
        ("proxy = \"socks5://proxy:1\"", "valeur inutilisable pour proxy. Attendu\u{a0}: \"direct\", \"system\""),
        ("proxy_exceptions = \"x\"", "type de valeur incorrect pour proxy_exceptions. Attendu\u{a0}: une liste"),
        ("raise_before_end = \"oui\"", "type de valeur incorrect pour raise_before_end. Attendu\u{a0}: true ou false"),
        ("return_scheme = \"https\"", "valeur inutilisable pour return_scheme"),
        ("return_scheme = \"Org.Example\"", "valeur inutilisable pour return_scheme"),
        ("return_scheme = \"org..example\"", "valeur inutilisable pour return_scheme"),
        ("companion_ulr = \"x\"", "paramètre inconnu, companion_ulr"),
        ("language = \"fr\"\nlanguage = \"en\"", "paramètre en double, language"),
        ("x2 = 1\nx2 = 2", "paramètre en double, x2"),
        ("[reseau]\n[reseau]", "paramètre en double, reseau"),
    ] {
        let refused = Machine::new().policy(format!("{POLICY}{line}\n")).load(None).expect_err(line);
        assert_eq!(refused.code(), ErrorCode::SettingsInvalid, "{line}");
        let french = french(&refused);
        assert!(french.contains(told) && !french.contains("marque"), "{line}: {french}");
        assert!(!refused.to_string().contains("marque"), "{refused}");
    }
}

#[test]
fn each_usual_slip_of_an_editor_is_named_in_french_with_its_remedy() {
    let utf_16 =
        |text: &str, first: &[u8]| first.iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>();
    let latin = [POLICY.as_bytes(), b"service_name = \"H\xF4pital\"\n"].concat();
    for (bytes, line, told) in [
        (latin, Some(2), "ISO 8859-1"),
        (utf_16(POLICY, b"\xFF\xFE"), None, "UTF-16"),
        (utf_16(POLICY, b""), None, "UTF-16"),
        (format!("{POLICY}companion_ca_file = \"C:\\ProgramData\\Vestibule\\ca.pem\"\n").into_bytes(), Some(2), "apostrophes"),
        (format!("{POLICY}companion_ca_file = \"C:\\temp\\ca.pem\"\n").into_bytes(), Some(2), "apostrophes"),
        (format!("{POLICY}companion_ca_file = \"C:\\temp\"\n").into_bytes(), None, "caractère de contrôle"),
    ] {
        let refused = Machine::new().policy(bytes).load(None).expect_err(told);
        assert_eq!(refused.code(), ErrorCode::SettingsInvalid, "{told}");
        assert!(matches!(&refused, SettingsError::Malformed { line: found, .. } if *found == line), "{refused:?}");
        let french = french(&refused);
        assert!(french.contains(told) && !french.contains("invalid") && !french.contains("expected"), "{french}");
    }
    let marked = [b"\xEF\xBB\xBF", POLICY.as_bytes()].concat();
    assert!(Machine::new().policy(marked).load(None).is_ok(), "the mark that Windows puts before UTF-8 is no slip");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_keeps_nobody_waiting() {
    let machine = Machine::new().policy(POLICY);
    std::fs::create_dir_all(machine.folder.path().join("user/settings.toml")).expect("a folder");
    let refused = machine.load(None).expect_err("a folder is no file");
    assert!(french(&refused).contains("c’est un dossier"), "{}", french(&refused));
    #[cfg(unix)]
    {
        let machine = Machine::new();
        let made = std::process::Command::new("mkfifo").arg(machine.folder.path().join("policy.toml")).status().expect("mkfifo");
        assert!(made.success());
        let refused = machine.load(None).expect_err("a pipe is no file");
        assert!(french(&refused).contains("ce n’est pas un fichier ordinaire"), "{}", french(&refused));
    }
}

#[test]
fn the_policy_sets_the_proxy_and_its_exceptions_and_a_wrong_one_is_named() {
    let route = |lines: &str| Machine::new().policy(format!("{POLICY}{lines}")).load(None).map(|settings| french_route(&settings));
    assert_eq!(route("").expect("good"), "directe, aucun proxy n’est fixé");
    assert_eq!(route("proxy = \"http://proxy:3128\"\n").expect("good"), "par le proxy proxy:3128, fixé par la stratégie du poste");
    let excepted = route("proxy = \"proxy:3128\"\nproxy_exceptions = [\"*.example\"]\n").expect("good");
    assert_eq!(excepted, "directe\u{a0}: le serveur de connexion est une exception au proxy, fixée par la stratégie du poste");
    assert_eq!(route("proxy = \"direct\"\n").expect("good"), "directe, voulue par la stratégie du poste");
    let refused = route("proxy = \"socks5://proxy:1080\"\n").expect_err("not spoken");
    assert!(matches!(refused, SettingsError::Malformed { fault: Fault::Unusable("proxy"), .. }), "{refused:?}");
    let user = Machine::new().policy(POLICY).user("proxy = \"rogue:1\"").load(None).expect_err("the user decides no way");
    assert_eq!(user.code(), ErrorCode::SettingReserved);
}

#[cfg(unix)]
#[test]
fn attack_46_a_policy_or_an_authority_that_others_may_write_is_refused_by_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: PathBuf, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
    for exposed in ["policy.toml", "ca.pem"] {
        let machine = Machine::new().policy(format!("{POLICY}companion_ca_file = \"ca.pem\"\n")).file("ca.pem", "");
        mode(machine.folder.path().to_owned(), 0o755);
        for file in ["policy.toml", "ca.pem"] {
            mode(machine.folder.path().join(file), 0o644);
        }
        assert!(machine.load(None).is_ok());
        mode(machine.folder.path().join(exposed), 0o666);
        let refused = machine.load(None).expect_err(exposed);
        assert_eq!(refused.code(), ErrorCode::PolicyExposed);
        let french = french(&refused);
        assert!(french.contains(&format!("chmod go-w {}", machine.folder.path().join(exposed).display())), "{french}");
    }
    let machine = Machine::new().file("development.toml", "companion_url = \"http://127.0.0.1:8080\"");
    mode(machine.folder.path().to_owned(), 0o755);
    mode(machine.development(), 0o646);
    assert_eq!(machine.load(Some(&machine.development())).expect_err("exposed").code(), ErrorCode::PolicyExposed);
}

#[test]
fn how_support_is_reached_is_one_line_or_refused_by_its_key() {
    let with = |lines: &str| Machine::new().policy(format!("{POLICY}{lines}\n")).load(None);
    let settings = with("support_phone = \"poste 4242\"\n").expect("good");
    assert_eq!((settings.support.phone.as_deref(), settings.support.address), (Some("poste 4242"), None));
    for (line, fault) in [
        ("support_address = \"a\\nb\"", Fault::ControlCharacter("support_address")),
        ("support_phone = \"\"", Fault::Unusable("support_phone")),
        (&format!("support_phone = \"{}\"", "4".repeat(101)), Fault::Unusable("support_phone")),
    ] {
        let refused = with(line).expect_err(line);
        assert!(matches!(&refused, SettingsError::Malformed { fault: found, .. } if *found == fault), "{line}: {refused:?}");
    }
}

#[test]
fn every_setting_says_what_is_in_force_and_where_it_comes_from_and_no_secret() {
    let lines = "enrolment_token = \"vst-poste-marque\"\nproxy = \"http://moi:marque@proxy:3128\"\nexchange = \"polling\"\n";
    let settings = Machine::new().policy(format!("{POLICY}{lines}")).user("language = \"en\"\n").load(None).expect("good settings");
    assert!(!format!("{:?}", settings.shown).contains("marque"));
    let shown = |key: &str| {
        let found = settings.shown.iter().find(|shown| shown.key == key).expect("shown");
        let told = match &found.value {
            Some(ShownValue::Told(text)) => text.clone(),
            Some(ShownValue::Hidden) => "(hidden)".to_owned(),
            None => String::new(),
        };
        (told, found.source)
    };
    assert_eq!(shown("companion_url"), ("\"https://vestibule.example\"".to_owned(), Source::MachinePolicy));
    assert_eq!(shown("enrolment_token"), ("(hidden)".to_owned(), Source::MachinePolicy));
    assert_eq!(shown("proxy"), ("\"http://…@proxy:3128\"".to_owned(), Source::MachinePolicy));
    assert_eq!(shown("language"), ("\"en\"".to_owned(), Source::User));
    assert_eq!(shown("return_scheme"), ("\"fr.vestibule.app\"".to_owned(), Source::Default));
    assert_eq!(shown("device_label"), ("\"poste-12\"".to_owned(), Source::Default));
    assert_eq!(shown("companion_ca_file"), (String::new(), Source::Default));
    assert_eq!(settings.shown.len(), SETTINGS.len());
}

#[test]
fn the_defaults_of_the_table_are_those_of_the_program() {
    let settings = Machine::new().policy(POLICY).load(None).expect("good settings");
    let written = |name: &str| Setting::named(name).and_then(|setting| setting.default).map(str::to_owned);
    let quoted = |text: &str| Some(format!("\"{text}\""));
    assert_eq!(written("client_id"), quoted(&settings.client_id));
    assert_eq!(written("service_name"), quoted(&settings.service_name));
    assert_eq!(written("return_scheme"), quoted(&settings.return_scheme));
    assert_eq!(written("exchange"), quoted(settings.exchange.name()));
    assert_eq!(written("language"), Some(serde_json::to_string(&settings.language).expect("a word")));
    assert_eq!(written("raise_before_end"), Some(settings.raise_before_end.to_string()));
}

#[test]
fn the_users_file_holds_what_the_table_gives_her_and_nothing_else() {
    for setting in SETTINGS {
        let loaded = Machine::new().policy(POLICY).user(&format!("{} = {}\n", setting.name, setting.example)).load(None);
        match setting.scope {
            Scope::Policy => assert_eq!(loaded.expect_err(setting.name).code(), ErrorCode::SettingReserved, "{}", setting.name),
            Scope::PolicyThenUser => assert_eq!(loaded.expect("hers").sources.of_key(setting.name), Some(Source::User)),
        }
    }
}
