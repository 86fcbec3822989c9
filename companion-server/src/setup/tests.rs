//! Values, text and files of a first configuration.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::draft::Memory;
use super::layout::Account;
use super::*;
use crate::arguments::{Arguments, Command};
use crate::clock::{ManualClock, Timestamp};
use crate::random::SystemRandom;

/// 2026-11-22, 12:00 UTC.
const NOW: Timestamp = Timestamp(1_795_348_800_000);
const SECRET: &str = "secret-remis-par-l-ans";

/// Answers what was prepared, and remembers what was said.
#[derive(Debug, Default)]
struct Scripted {
    answers: VecDeque<&'static str>,
    said: String,
}

impl Scripted {
    fn saying(answers: &[&'static str]) -> Self {
        Self { answers: answers.iter().copied().collect(), said: String::new() }
    }
}

impl Person for Scripted {
    fn tell(&mut self, text: &str) -> io::Result<()> {
        self.said.push_str(&format!("{text}\n"));
        Ok(())
    }

    fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        self.tell(question)?;
        Ok(self.answers.pop_front().map(str::to_owned))
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<Option<Zeroizing<String>>> {
        Ok(self.ask(question)?.map(Zeroizing::new))
    }
}

fn given(words: &[&str]) -> Given {
    let all = ["companion-server", "setup"].into_iter().chain(words.iter().copied());
    let Command::Setup(given) = Arguments::try_parse_from(all).expect("understood").command else { panic!("a setup") };
    *given
}

/// In this folder, with nobody else's account.
fn layout(folder: &Path) -> Layout {
    Layout { config: folder.join("companion.toml"), secrets: folder.join("secrets"), is_given_by_service: false, account: None }
}

fn packaged(folder: &Path) -> Layout {
    Layout { is_given_by_service: true, ..layout(folder) }
}

static CLOCK: ManualClock = ManualClock::at(NOW);

fn prepared<'i>(words: &[&str], layout: &'i Layout, person: Option<&'i mut dyn Person>, input: &str) -> Result<Prepared, SetupRefused> {
    prepare(&given(words), layout, person, &mut input.as_bytes(), &CLOCK)
}

/// What stands for sure in each of these tests.
const ENOUGH: [&str; 8] =
    ["--environment", "production", "--public-url", "https://connexion.hopital.example", "--service-name", "Dossier", "--client-id", "abc"];

fn shown(words: &[&str], layout: &Layout) -> String {
    let Prepared::Shown(text) = prepared(&[&ENOUGH, words, &["--print"]].concat(), layout, None, "").expect("accepted") else {
        panic!("only shown")
    };
    text
}

#[test]
fn odd_signs_come_back_as_they_were_given() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["Dossier \"patient\"", "L’hôpital d'Évry", "a\\b \\\" # [psc]", "'''\"\"\"", "💊 = 1", "]", "\u{a0}é\u{202f}"] {
        let mut words = ENOUGH;
        (words[5], words[7]) = (name, "i\"d'\\#");
        let Prepared::Shown(text) =
            prepared(&[&words[..], &["--print", "--support-contact", name]].concat(), &layout(folder.path()), None, "").expect(name)
        else {
            panic!("only shown")
        };
        let config = Config::parse(&text, folder.path()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!((config.service.name.as_str(), config.service.support_contact.as_deref()), (name, Some(name)));
        assert_eq!(config.psc.client_id, "i\"d'\\#");
    }
}

#[test]
fn every_way_of_answering_gives_a_configuration_that_the_companion_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = shown(&[], &packaged(folder.path()));
    assert!(text.contains("client_secret_file = \"credential:secrets_psc-client-secret\""), "{text}");
    assert!(text.contains("key_file = \"credential:secrets_vault-key\"") && text.contains("trusted_proxies = [\"127.0.0.1\"]"), "{text}");
    assert!(text.contains("address = \"127.0.0.1:8080\"") && text.contains("address = \"127.0.0.1:8081\""), "{text}");
    let text = shown(&["--listen", "[::1]:9000", "--sqlite-file", "/srv/b.sqlite"], &layout(folder.path()));
    assert!(text.contains("trusted_proxies = [\"::1\"]") && text.contains("/srv/b.sqlite"), "{text}");
    let text = shown(&["--trusted-proxy", "10.0.0.1", "--trusted-proxy", "10.1.0.0/28"], &layout(folder.path()));
    assert!(text.contains("[\"10.0.0.1\", \"10.1.0.0/28\"]"), "{text}");
    for text in [text, shown(&["--administration-token-file", "/srv/token"], &layout(folder.path()))] {
        let config = Config::parse(&text, folder.path()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(config.vault.key_file, folder.path().join("secrets/vault-key"));
        assert!(text.lines().count() < 60, "short: {text}");
    }
    assert!(!folder.path().join("companion.toml").exists(), "only shown");
}

#[test]
fn a_database_where_the_packages_service_cannot_write_is_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = packaged(folder.path());
    match prepared(&[&ENOUGH[..], &["--sqlite-file", "/srv/base/c.sqlite", "--print"]].concat(), &layout, None, "") {
        Err(SetupRefused::Value { option: "--sqlite-file", reason }) => assert!(reason.contains("ReadWritePaths="), "{reason}"),
        other => panic!("{other:?}"),
    }
    let mut person = Scripted::saying(&["", "", "", "", "", "/srv/base/c.sqlite", "/var/lib/vestibule/c.sqlite"]);
    let words = [&ENOUGH[..], &["--support-contact", "01", "--print"]].concat();
    let shown = prepared(&words, &layout, Some(&mut person), "").unwrap_or_else(|error| panic!("{error}\n{}", person.said));
    assert!(matches!(&shown, Prepared::Shown(text) if text.contains("\"/var/lib/vestibule/c.sqlite\"")), "{shown:?}");
}

#[test]
fn a_value_that_the_companion_refuses_is_named_by_its_option() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong: &[(&[&str], &str)] = &[
        (&["--environment", "prod"], "--environment"),
        (&["--public-url", "http://connexion.hopital.example"], "--public-url"),
        (&["--public-url", "connexion.hopital.example"], "--public-url"),
        (&["--public-url", "https://connexion.hopital.example/chemin"], "--public-url"),
        (&["--public-url", "http://127.0.0.1:8080"], "--public-url"),
        (&["--public-url", ""], "--public-url"),
        (&["--service-name", ""], "--service-name"),
        (&["--service-name", "a\nb = 1"], "--service-name"),
        (&["--support-contact", "a\u{7}"], "--support-contact"),
        (&["--client-id", " "], "--client-id"),
        (&["--listen", "0.0.0.0:8080"], "--listen"),
        (&["--listen", "localhost"], "--listen"),
        (&["--listen", "127.0.0.1:8081"], "--listen"),
        (&["--administration-address", "0.0.0.0:8081"], "--administration-address"),
        (&["--trusted-proxy", "0.0.0.0/0"], "--trusted-proxy"),
        (&["--trusted-proxy", "mandataire"], "--trusted-proxy"),
        (&["--sqlite-file", "/var/lib/vestibule/administration-token"], "--sqlite-file"),
        (&["--sqlite-file", "/srv/a\tb"], "--sqlite-file"),
        (&["--tls-certificate", "/nowhere/c.pem", "--tls-key", "/nowhere/c.pem"], "--tls-key"),
        (&["--tls-certificate", "/nowhere/c.pem", "--tls-key", "/nowhere/k.pem"], "--tls-certificate"),
        (&["--postgres-url-file", "/nowhere/url"], "--postgres-url-file"),
        (&["--simulator-auth-url", "http://127.0.0.1:1"], "--environment"),
    ];
    for (words, option) in wrong {
        // Each of the usual words but those that are said otherwise.
        let usual: Vec<&str> = ENOUGH.chunks(2).filter(|pair| !words.contains(&pair[0])).flatten().copied().collect();
        let refused = prepared(&[&usual[..], words, &["--print"]].concat(), &layout(folder.path()), None, "");
        match refused {
            Err(SetupRefused::Value { option: named, .. }) if named == *option => {}
            other => panic!("{words:?}: {other:?}"),
        }
    }
    for missing in ["--environment", "--public-url", "--service-name", "--client-id"] {
        let usual: Vec<&str> = ENOUGH.chunks(2).filter(|pair| pair[0] != missing).flatten().copied().collect();
        let refused = prepared(&usual, &layout(folder.path()), None, "").expect_err(missing);
        assert!(matches!(refused, SetupRefused::Missing { option } if option == missing), "{refused}");
    }
    let refused = prepared(&ENOUGH, &layout(folder.path()), None, "").expect_err("no secret");
    assert!(matches!(refused, SetupRefused::Missing { option: "--client-secret-file" }), "{refused}");
    for input in ["", "\n", "a\nb", "a\u{0}b"] {
        let refused = prepared(&[&ENOUGH[..], &["--client-secret-file", "-"]].concat(), &layout(folder.path()), None, input);
        assert!(matches!(refused, Err(SetupRefused::Value { option: "--client-secret-file", .. })), "{input:?}: {refused:?}");
    }
}

#[test]
fn a_person_is_asked_again_until_the_answer_can_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Scripted::saying(&[
        "prod",
        "production",
        "http://connexion.hopital.example",
        "https://connexion.hopital.example",
        "",
        "Dossier \"patient\"",
        "",             // support
        "",             // certificate
        "0.0.0.0:443",  // not without one
        "",             // listener
        "",             // proxy
        "abc",          // client id
        "",             // token
        "/nowhere/url", // PostgreSQL
        "",
        "/var/lib/vestibule/administration-token",
        "",
        "  ",
        SECRET,
        "peut-être",
        "oui",
    ]);
    let prepared = prepared(&[], &layout(folder.path()), Some(&mut person), "").expect("accepted");
    let Prepared::ToWrite(plan) = prepared else { panic!("to be written") };
    assert_eq!(plan.secret.expose_secret(), SECRET);
    assert!(matches!(&plan.draft.memory, Memory::File(file) if file == "/var/lib/vestibule/compagnon.sqlite"));
    assert_eq!((plan.draft.service_name.as_str(), plan.draft.support_contact), ("Dossier \"patient\"", None));
    for told in
        ["seuls «\u{a0}simulator", "https est exigé", "une réponse est nécessaire", "sans section [listener.tls]", "déjà le fichier"]
    {
        assert!(person.said.contains(told), "{told}: {}", person.said);
    }
    assert!(person.said.contains("[vault]") && !person.said.contains(SECRET), "the whole is shown before it is written: {}", person.said);
    assert!(person.answers.is_empty() && fs::read_dir(folder.path()).expect("a folder").next().is_none());
}

#[test]
fn whoever_stops_answering_or_says_no_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = [&ENOUGH[..], &["--support-contact", "", "--listen", "127.0.0.1:8080"]].concat();
    let missing: [(&[&'static str], &str); 3] =
        [(&[], "--trusted-proxy"), (&["", "", ""], "--sqlite-file"), (&["", "", "", ""], "--client-secret-file")];
    for (answers, option) in missing {
        let refused = prepared(&words, &layout(folder.path()), Some(&mut Scripted::saying(answers)), "").expect_err("ended");
        assert!(matches!(refused, SetupRefused::Missing { option: named } if named == option), "{refused}");
    }
    let mut person = Scripted::saying(&["", "", "", "", SECRET, "non"]);
    let refused = prepared(&words, &layout(folder.path()), Some(&mut person), "").expect_err("no");
    assert!(matches!(refused, SetupRefused::Declined), "{refused}");
    // Nobody answers it all to be refused in the end.
    fs::write(folder.path().join("companion.toml"), "autre").expect("written");
    let refused = prepared(&[], &layout(folder.path()), Some(&mut Scripted::default()), "").expect_err("there");
    assert!(matches!(refused, SetupRefused::WouldReplace(_)), "{refused}");
}

fn at_hand(folder: &Path) -> (Layout, PathBuf) {
    let layout = layout(folder);
    let database = folder.join("memory");
    (layout, database)
}

fn names_below(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[test]
fn what_is_not_kept_goes_and_what_was_replaced_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (layout, database) = at_hand(folder.path());
    let all = |files: &mut Files| {
        files.folders(&layout, Some(database.clone())).expect("made");
        files.client_secret(&layout, SECRET).expect("written");
        files.vault_key(&layout, &SystemRandom).expect("drawn");
        files.configuration(&layout, "nouvelle", NOW).expect("written")
    };
    let mut files = Files::default();
    assert_eq!(all(&mut files), None);
    drop(files);
    assert_eq!(names_below(folder.path()), Vec::<String>::new());

    fs::create_dir(&layout.secrets).expect("made");
    fs::write(layout.client_secret(), "ancien").expect("written");
    #[cfg(unix)]
    let former = fs::metadata(layout.client_secret()).expect("there");
    fs::write(layout.vault_key(), "clé").expect("written");
    fs::write(&layout.config, "ancienne").expect("written");
    let mut files = Files::default();
    assert_eq!(all(&mut files), Some(folder.path().join("companion.toml.2026-11-22T120000Z")));
    assert_eq!(fs::read_to_string(&layout.config).expect("there"), "nouvelle");
    drop(files);
    assert_eq!(names_below(folder.path()), ["companion.toml", "secrets"]);
    assert_eq!(fs::read_to_string(&layout.config).expect("there"), "ancienne");
    assert_eq!(fs::read_to_string(layout.client_secret()).expect("there"), "ancien");
    // The very file, with its owner and rights: nothing was written that could have failed half way.
    #[cfg(unix)]
    assert_eq!(inode(&fs::metadata(layout.client_secret()).expect("there")), inode(&former));
    assert_eq!(names_below(&layout.secrets), ["psc-client-secret", "vault-key"]);
    assert_eq!(fs::read_to_string(layout.vault_key()).expect("there"), "clé", "never replaced");

    let mut files = Files::default();
    all(&mut files);
    files.keep().expect("kept");
    assert_eq!(names_below(folder.path()), ["companion.toml", "companion.toml.2026-11-22T120000Z", "memory", "secrets"]);
    assert_eq!(fs::read_to_string(layout.vault_key()).expect("there"), "clé", "never replaced");
    assert_eq!(names_below(&layout.secrets), ["psc-client-secret", "vault-key"]);
}

#[cfg(unix)]
#[test]
fn secrets_are_root_s_alone_or_read_by_the_group_of_who_serves() {
    use std::os::unix::fs::MetadataExt as _;
    // Only root gives away.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let account = Some(Account { name: "vestibule".into(), user: 4242, group: 4243 });
    for (is_given_by_service, secret, secrets) in [(true, (0, 0, 0o600), (0, 0, 0o700)), (false, (0, 4243, 0o640), (0, 4243, 0o750))] {
        let folder = tempfile::tempdir().expect("a folder");
        let layout = Layout { account: account.clone(), is_given_by_service, ..layout(folder.path()) };
        let database = folder.path().join("memory");
        let mut files = Files::default();
        files.folders(&layout, Some(database.clone())).expect("made");
        files.client_secret(&layout, SECRET).expect("written");
        files.vault_key(&layout, &SystemRandom).expect("drawn");
        files.configuration(&layout, "", NOW).expect("written");
        let rights = |path: &Path| {
            let metadata = fs::metadata(path).expect("there");
            (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
        };
        assert_eq!([rights(&layout.client_secret()), rights(&layout.vault_key())], [secret; 2]);
        assert_eq!((rights(&layout.secrets), rights(&database)), (secrets, (4242, 4243, 0o700)));
        assert_eq!(rights(&layout.config), (0, 0, 0o644));
    }
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_another_is_refused_or_kept_beside() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = layout(folder.path());
    let in_folder = |name: &str| folder.path().join(name).display().to_string();
    let (database, token) = (in_folder("memory/b.sqlite"), in_folder("token"));
    let run = async |url: &str, secret: &str, force: bool| {
        let mut words = vec!["--environment", "simulator", "--service-name", "Dossier", "--client-id", "abc", "--client-secret-file", "-"];
        words.extend(["--public-url", url, "--sqlite-file", &database, "--administration-token-file", &token]);
        words.extend(["--listen", "127.0.0.1:0", "--administration-address", "127.0.0.1:0"]);
        words.extend(force.then_some("--force"));
        let Prepared::ToWrite(plan) = prepared(&words, &layout, None, secret)? else { panic!("to be written") };
        plan.write(Arc::new(ManualClock::at(NOW)), Arc::new(SystemRandom)).await
    };
    let url = "http://127.0.0.1:18080";
    let report = run(url, SECRET, false).await.expect("written");
    assert!(report.has_new_key && report.has_new_secret && report.former.is_none());
    let told = report.to_text();
    assert!(told.contains("http://127.0.0.1:18080/psc/callback") && told.contains("http://127.0.0.1:18080/psc/logout-return"), "{told}");
    assert!(told.contains("Non vérifié") && !told.contains(SECRET), "{told}");
    let first = fs::read(&layout.config).expect("there");
    let key = fs::read(layout.vault_key()).expect("there");
    Config::load(&layout.config).expect("a configuration that a start takes");

    let again = run(url, SECRET, false).await.expect("the same");
    assert!(!again.has_new_key && !again.has_new_secret && again.former.is_none());
    for (url, secret) in [("http://127.0.0.1:18081", SECRET), (url, "un-autre-secret")] {
        let refused = run(url, secret, false).await.expect_err("another");
        assert!(matches!(refused, SetupRefused::WouldReplace(_)), "{refused}");
        assert_eq!((fs::read(&layout.config).expect("there"), names_below(folder.path()).len()), (first.clone(), 3));
    }
    let forced = run("http://127.0.0.1:18081", "un-autre-secret", true).await.expect("replaced");
    let former = forced.former.expect("kept beside");
    assert_eq!(fs::read(&former).expect("there"), first);
    assert_ne!(fs::read(&layout.config).expect("there"), first);
    assert_eq!(fs::read_to_string(layout.client_secret()).expect("there"), "un-autre-secret");
    assert_eq!(fs::read(layout.vault_key()).expect("there"), key, "never replaced");
    // In the same second the former one has that name already: nothing is lost.
    assert!(run(url, SECRET, true).await.is_err());
    assert_eq!(fs::read(&former).expect("there"), first);
    assert_eq!(fs::read_to_string(layout.client_secret()).expect("there"), "un-autre-secret", "taken back");
}

#[test]
fn a_secret_is_never_shown_with_what_is_to_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan {
        layout: layout(folder.path()),
        draft: Draft::new(&layout(folder.path())),
        secret: SecretString::from(SECRET),
        may_replace: false,
    };
    assert!(!format!("{plan:?}").contains(SECRET));
}
