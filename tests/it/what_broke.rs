//! Twelve things broken one after the other, each met by a person who wants to sign in: both support reports say which it was, to whoever was not there.
//!
//! `VESTIBULE_REPORTS=FOLDER` keeps the reports for somebody to read.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use vestibule_installation::Policy;
use vestibule_tests::machine::Machine;
use vestibule_tests::programs::{Programs, free_port};
use vestibule_tests::servers::any_ending_with_us;

/// What the two diagnoses of the reports say that is not well: check and verdict, code, sentence.
#[derive(Debug)]
struct Told {
    workstation: Vec<Value>,
    companion: Vec<Value>,
}

impl Told {
    /// A check of the workstation that is not well, with everything that it says.
    fn of_workstation(&self, id: &str) -> String {
        said(&self.workstation, "id", id)
    }

    fn of_companion(&self, name: &str) -> String {
        said(&self.companion, "name", name)
    }
}

/// Nothing for one that is well.
fn said(checks: &[Value], key: &str, which: &str) -> String {
    checks.iter().find(|check| check[key] == which).map(Value::to_string).unwrap_or_default()
}

fn unwell(report: &Path, verdict: &str) -> Vec<Value> {
    let mut archive = zip::ZipArchive::new(fs::File::open(report).expect("a report")).expect("a zip");
    let mut text = String::new();
    archive.by_name("doctor.json").expect("the diagnosis").read_to_string(&mut text).expect("text");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    document["checks"].as_array().expect("checks").iter().filter(|check| check[verdict] != "ok").cloned().collect()
}

/// Where the reports of a case are written: kept where somebody asked for them.
fn place(programs: &Programs, case: &str) -> PathBuf {
    let place = std::env::var_os("VESTIBULE_REPORTS").map_or_else(|| programs.folder().join("reports"), PathBuf::from).join(case);
    fs::create_dir_all(&place).expect("a folder");
    place
}

/// Makes both reports, the workstation's by this command.
async fn reported(programs: &Programs, case: &str, mut workstation: Command) -> Told {
    let place = place(programs, case);
    let (of_workstation, of_companion) = (place.join("poste.zip"), place.join("compagnon.zip"));
    let done = workstation.args(["report", "--yes", "--out"]).arg(&of_workstation).output().await.expect("it runs");
    assert!(done.status.success(), "{case}: {done:?}");
    let log = programs.folder().join("companion.log");
    let arguments = ["report", "--logs", log.to_str().expect("text"), "--yes", "--out", of_companion.to_str().expect("text")];
    let done = programs.companion_command(&arguments, "").await.expect("it runs");
    assert_eq!(done.code, Some(0), "{case}: {done:?}");
    Told { workstation: unwell(&of_workstation, "verdict"), companion: unwell(&of_companion, "status") }
}

/// Somebody signs in, or tries to; then the reports are made.
async fn met(programs: &Programs, case: &str) -> Told {
    programs.run("camille", &["login", "--json", "--situation", "first", "--timeout", "15"]).await.expect("it ends");
    reported(programs, case, programs.command_line("", &[]).expect("built")).await
}

/// A server that presents a certificate of this issuer, and nothing else.
async fn presenting(folder: &Path, issuer: &str, last_year: i32) -> String {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name = rcgen::DistinguishedName::new();
    authority.distinguished_name.push(rcgen::DnType::CommonName, issuer);
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    fs::write(folder.join("presenting.pem"), authority.self_signed(&authority_key).expect("signed").pem()).expect("written");
    let signer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    server.not_before = rcgen::date_time_ymd(2020, 1, 1);
    server.not_after = rcgen::date_time_ymd(last_year, 1, 1);
    let certificate = server.signed_by(&key, &signer).expect("signed");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private).expect("a certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Nobody goes on once the certificate was seen.
            drop(acceptor.accept(stream).await);
        }
    });
    format!("https://{address}")
}

async fn started() -> Programs {
    Programs::start().await.expect("the stack starts")
}

#[tokio::test]
async fn nothing_broken_is_told_as_nothing() {
    let programs = started().await;
    let told = met(&programs, "rien").await;
    // Under a test there is neither a keyring nor a program for the app's own addresses.
    let (others, keyring): (Vec<_>, Vec<_>) = told.workstation.iter().partition(|check| check["id"] != "keyring");
    assert!(others.is_empty(), "{told:#?} {keyring:?}");
    assert!(told.companion.iter().all(|check| check["name"] == "backup"), "{told:#?}");
}

#[tokio::test]
async fn a_companion_that_is_not_found_or_not_there() {
    let mut programs = started().await;
    let machine = Machine::new().expect("a machine");
    machine.write("vestibule/policy.toml", "companion_url = \"https://nulle-part.invalid\"\n", 0o644).expect("written");
    let there = |arguments: &[&str]| {
        let mut command = programs.command_line("camille", arguments).expect("built");
        command.env_remove("VESTIBULE_POLICY_FILE");
        machine.command(&command)
    };
    there(&["login", "--json", "--timeout", "15"]).output().await.expect("it ends");
    let told = reported(&programs, "dns", there(&[])).await;
    let companion = told.of_workstation("companion");
    assert!(companion.contains("VST-2041") && companion.contains("name_unknown"), "{told:#?}");
    assert!(told.of_workstation("last_sign_in").contains("VST-2041"), "{told:#?}");
    assert_eq!(told.of_companion("companion"), "", "it runs: {told:#?}");

    programs.kill_companion().await.expect("killed");
    let told = met(&programs, "compagnon-arrete").await;
    assert!(told.of_workstation("companion").contains("connection_refused"), "{told:#?}");
    assert!(told.of_companion("companion").contains("le serveur est arrêté"), "{told:#?}");
}

#[tokio::test]
async fn a_certificate_that_is_over_and_one_of_somebody_who_listens() {
    let programs = started().await;
    let expired = presenting(programs.folder(), "Autorité de l’hôpital", 2024).await;
    let authority = programs.folder().join("presenting.pem");
    let policy = format!("companion_url = \"{expired}\"\ncompanion_ca_file = \"{}\"", authority.display());
    Policy::edit(programs.folder(), |before| before.with(&policy)).expect("written");
    let told = met(&programs, "certificat-expire").await;
    let certificate = told.of_workstation("certificate");
    assert!(certificate.contains("expiré le 1er janvier 2024") && certificate.contains("l’horloge de ce poste"), "{told:#?}");
    assert!(told.of_workstation("companion").contains("certificate_expired"), "{told:#?}");

    let listened = presenting(programs.folder(), "FGT60F, Fortinet", 2035).await;
    Policy::edit(programs.folder(), |before| before.without("companion_ca_file").with(&format!("companion_url = \"{listened}\"")))
        .expect("written");
    let told = met(&programs, "interception").await;
    let certificate = told.of_workstation("certificate");
    assert!(certificate.contains("intercepte le TLS") && certificate.contains("Fortinet"), "{told:#?}");
    assert!(told.of_workstation("last_sign_in").contains("VST-2042"), "{told:#?}");
}

#[tokio::test]
async fn a_companion_whose_clock_is_wrong() {
    let mut programs = started().await;
    programs.restart_companion_with_clock("+20m").await.expect("restarted");
    let told = met(&programs, "horloge").await;
    assert!(told.of_workstation("clock").contains("retard"), "{told:#?}");
    let last = told.of_workstation("last_sign_in");
    assert!(last.contains("VST-4015"), "{told:#?}");
    assert!(told.of_companion("sign_ins").contains("VST-4015"), "{told:#?}");
}

#[tokio::test]
async fn pro_sante_connect_that_answers_503() {
    let programs = started().await;
    programs.set_faults(json!([{ "kind": "unavailable", "endpoint": "token" }])).await.expect("set");
    let told = met(&programs, "psc-503").await;
    assert!(told.of_workstation("last_sign_in").contains("VST-4002"), "{told:#?}");
    let sign_ins = told.of_companion("sign_ins");
    assert!(sign_ins.contains("VST-4002") && sign_ins.contains("1 a échoué"), "{told:#?}");
    // What the alert rules count.
    let measures = reqwest::Client::builder().no_proxy().build().expect("a client");
    let measures = measures.get(format!("{}/metrics", programs.companion_administration)).send().await.expect("answers");
    assert!(measures.text().await.expect("text").contains("vestibule_failures_total{code=\"VST-4002\"} 1\n"), "counted once");
}

#[tokio::test]
async fn pro_sante_connect_that_was_told_another_address_and_lets_nobody_back() {
    // Nobody listens where the provider was told to send people.
    let declared = format!("http://127.0.0.1:{}", free_port().expect("a port"));
    let mut programs = Programs::start_behind(&declared, "").await.expect("the stack starts");
    let url = format!("http://{}", programs.companion_listener);
    programs.reconfigure_companion(|installation| installation.known_as(&url)).await.expect("restarted");
    Policy::edit(programs.folder(), |policy| policy.with(&format!("companion_url = \"{url}\""))).expect("written");
    let told = met(&programs, "adresse-de-retour").await;
    assert!(told.of_workstation("last_sign_in").contains("le navigateur n’a pas répondu à temps"), "{told:#?}");
    let sign_ins = told.of_companion("sign_ins");
    assert!(sign_ins.contains("restée sans réponse") && sign_ins.contains("/psc/callback"), "{told:#?}");
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_and_a_card_service_that_is_stopped() {
    let programs = started().await;
    let policy = programs.folder().join("policy.toml");
    let before = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, format!("on_card_removed = \"lock\"\n{before}")).expect("written");
    let mut workstation = programs.command_line("", &[]).expect("built");
    workstation.env("PCSCLITE_CSOCK_NAME", programs.folder().join("no-such-socket"));
    programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("it ends");
    let told = reported(&programs, "cartes", workstation).await;
    let cards = told.of_workstation("card_service");
    assert!(cards.contains("VST-") && cards.contains("verrouille la session, et ce retrait ne sera pas détecté ici"), "{told:#?}");
    assert_eq!(told.of_workstation("last_sign_in"), "", "signing in needs no card: {told:#?}");

    fs::write(&policy, format!("companion_url = {before}")).expect("written");
    let told = met(&programs, "strategie").await;
    assert!(told.of_workstation("settings").contains("VST-1005"), "{told:#?}");
}

#[tokio::test]
async fn a_memory_that_another_program_holds() {
    let programs = started().await;
    let file = programs.folder().join("companion.sqlite");
    let mut holder = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.expect("opened");
    holder.execute("BEGIN IMMEDIATE").await.expect("held");
    let told = met(&programs, "base-tenue").await;
    assert!(told.of_workstation("last_sign_in").contains("VST-3002"), "{told:#?}");
    let storage = told.of_workstation("companion_storage");
    assert!(storage.contains("VST-3002") && storage.contains("failure") && storage.contains("Prévenez le support"), "{told:#?}");
    let writing = told.of_companion("database_writing");
    assert!(writing.contains("VST-3002"), "{told:#?}");
}

#[tokio::test]
async fn a_disk_of_the_workstation_that_is_full() {
    let programs = started().await;
    let place = place(&programs, "disque-plein");
    let (report, home) = (place.join("poste.zip"), programs.folder().join("home"));
    let command = programs.command_line("camille", &[]).expect("built");
    let command = command.as_std();
    let mut apart = any_ending_with_us("unshare");
    let script = "mkdir -p \"$1/state\" && mount -t tmpfs -o size=64k,mode=700 none \"$1/state\" && \
                  { head -c 65536 /dev/zero > \"$1/state/filler\"; report=$2; shift 2; \
                    \"$@\" login --json --situation first; \"$@\" report --yes --out \"$report\"; }";
    apart.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).args([&home, &report]);
    apart.arg(command.get_program()).args(command.get_args());
    apart.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = apart.stdout(Stdio::piped()).stderr(Stdio::piped()).output().await.expect("unshare (Debian: util-linux)");
    assert!(report.exists(), "{output:?}");
    let checks = unwell(&report, "verdict");
    let disk = said(&checks, "id", "disk");
    assert!(disk.contains("le disque est plein"), "{checks:#?} {output:?}");
}

/// Starts a keyring that nobody unlocks, runs the rest, and stops the daemon, which would outlive its bus.
const WITH_LOCKED_KEYRING: &str = r#"
    gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1
    for _ in $(seq 100); do
        reply=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null) && break
        sleep 0.1
    done
    "$@"
    status=$?
    kill "${reply##* }"
    exit $status
"#;

#[tokio::test]
async fn a_keyring_that_nobody_unlocked() {
    let programs = started().await;
    let run = programs.folder().join("run");
    fs::DirBuilder::new().mode(0o700).create(&run).expect("a folder");
    let with_keyring = |arguments: &[&str]| {
        let command = programs.command_line("camille", arguments).expect("built");
        let command = command.as_std();
        let mut apart = any_ending_with_us("dbus-run-session");
        apart.args(["--", "bash", "-c", WITH_LOCKED_KEYRING, "keyring"]).arg(command.get_program()).args(command.get_args());
        apart.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        // Not those of a keyring that the tests themselves may run under.
        apart.env("XDG_DATA_HOME", programs.folder().join("home/data")).env("XDG_RUNTIME_DIR", &run);
        apart
    };
    let login = with_keyring(&["login", "--json", "--situation", "first"]).output().await.expect("dbus-run-session");
    assert!(String::from_utf8_lossy(&login.stderr).contains("VST-1004"), "{login:?}");
    let told = reported(&programs, "trousseau", with_keyring(&[])).await;
    assert!(told.of_workstation("keyring").contains("VST-1004"), "{told:#?}");
    assert!(told.of_workstation("last_sign_in").contains("VST-1004"), "she is signed out again at once: {told:#?}");
}
