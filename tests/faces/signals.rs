//! What signals mean to a companion that serves, as a service manager sends them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::Child;
use vestibule_installation::Installation;
use vestibule_installation::place::{free_address, random_secret};
use vestibule_tests::servers::ending_with_us;

struct Serving {
    child: Child,
    folder: TempDir,
    public: String,
    administration: String,
    http: reqwest::Client,
}

impl Serving {
    /// Serves TLS with a certificate of this year; the log goes where `log` says.
    async fn start(authority: &CertifiedIssuer<'static, KeyPair>, log: impl FnOnce(&Path) -> Stdio) -> Self {
        Self::start_with(authority, log, "").await
    }

    /// The same with this in its configuration.
    async fn start_with(authority: &CertifiedIssuer<'static, KeyPair>, log: impl FnOnce(&Path) -> Stdio, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (public, administration) = (free_address().unwrap(), free_address().unwrap());
        let tls = "listener.tls = { certificate_file = \"chain.pem\", key_file = \"key.pem\" }";
        let installation = Installation::at(public).known_as(&format!("https://{public}")).with(tls).with(more);
        let config = installation.with(&format!("administration.address = \"{administration}\"")).write(folder.path()).unwrap();
        issue(folder.path(), authority, 2090);
        let child = ending_with_us("companion-server")
            .unwrap()
            .args(["serve", "--config", config.to_str().unwrap()])
            .env_clear()
            .stderr(log(folder.path()))
            .spawn()
            .unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).tls_info(true).build().unwrap();
        let serving = Self { child, folder, public: format!("https://{public}"), administration: format!("http://{administration}"), http };
        serving.until("it is ready", async || serving.http.get(format!("{}/metrics", serving.administration)).send().await.is_ok()).await;
        serving
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().expect("alive")).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// What the public listener presents, as a client that connects anew sees it.
    async fn presented(&self) -> Vec<u8> {
        let fresh = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).tls_info(true).build().unwrap();
        let answer = fresh.get(format!("{}/privacy", self.public)).send().await.unwrap();
        let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
        info.peer_certificate().unwrap().to_vec()
    }

    async fn ready(&self) -> u16 {
        self.http.get(format!("{}/ready", self.public)).send().await.unwrap().status().as_u16()
    }

    async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let mut attempts = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..600 {
            attempts.tick().await;
            if is_so().await {
                return;
            }
        }
        panic!("not in half a minute: {what}: {}", self.log());
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Autorité d’essai");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issue(folder: &Path, authority: &CertifiedIssuer<'static, KeyPair>, year: i32) {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_after = date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let file = folder.join("key.pem");
    std::fs::write(&file, key.serialize_pem()).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(folder.join("chain.pem"), format!("{}{}", certificate.pem(), authority.pem())).unwrap();
}

fn to_file(folder: &Path) -> Stdio {
    Stdio::from(std::fs::File::create(folder.join("log")).unwrap())
}

#[tokio::test]
async fn hangup_reloads_and_never_ends_the_process_and_the_new_certificate_is_served() {
    let authority = authority();
    let mut serving = Serving::start(&authority, to_file).await;
    let first = serving.presented().await;

    // A replacement that cannot serve: said, and the former one goes on.
    std::fs::write(serving.folder.path().join("chain.pem"), "rien").unwrap();
    serving.signal(Signal::HUP);
    serving.until("the refusal is said", async || serving.log().contains("VST-3013")).await;
    assert_eq!(serving.presented().await, first);
    let metrics = serving.http.get(format!("{}/metrics", serving.administration)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("vestibule_listener_certificate_change_refused 1"), "{metrics}");

    issue(serving.folder.path(), &authority, 2091);
    serving.signal(Signal::HUP);
    serving.until("the new one is served", async || serving.presented().await != first).await;

    // Without a signal too: the files are looked at every few seconds.
    let second = serving.presented().await;
    issue(serving.folder.path(), &authority, 2092);
    serving.until("the files are followed", async || serving.presented().await != second).await;

    // What became of each thing that was asked for.
    serving
        .until("all is said", async || ["sealing_keys=\"same\"", "secret=\"same\""].iter().all(|said| serving.log().contains(said)))
        .await;
    let secret = serving.folder.path().join("client-secret");
    std::fs::write(&secret, random_secret().unwrap()).unwrap();
    serving.signal(Signal::HUP);
    serving.until("the secret is taken", async || serving.log().contains("secret=\"taken\"")).await;
    std::fs::rename(&secret, secret.with_extension("aside")).unwrap();
    let key = serving.folder.path().join("vault-key");
    let sound = std::fs::read(&key).unwrap();
    std::fs::write(&key, "rien").unwrap();
    for times in 1..=2 {
        serving.signal(Signal::HUP);
        serving.until("each refusal is said", async || serving.log().matches("sealing_keys=\"refused\"").count() == times).await;
        assert_eq!(serving.log().matches("The changed key file cannot serve").count(), times, "{}", serving.log());
    }
    serving.until("so is that of the secret", async || serving.log().contains("The secret for the provider cannot be read anew")).await;
    std::fs::rename(secret.with_extension("aside"), &secret).unwrap();
    std::fs::write(&key, sound).unwrap();

    // What cannot be taken while serving is named.
    let config = serving.folder.path().join("companion.toml");
    Installation::edit(serving.folder.path(), |kept| kept.with("session.idle_limit_minutes = 5")).unwrap();
    serving.signal(Signal::HUP);
    serving.until("the key is named", async || serving.log().contains("session.idle_limit_minutes")).await;
    std::fs::write(&config, "rien").unwrap();
    serving.signal(Signal::HUP);
    serving.until("the file is refused", async || serving.log().contains("VST-3015")).await;

    for signal in [Signal::HUP, Signal::USR1, Signal::USR2, Signal::PIPE] {
        serving.signal(signal);
    }
    serving.until("the signals are said", async || serving.log().contains("SIGUSR2")).await;
    assert!(serving.child.try_wait().unwrap().is_none(), "it still serves");
    assert!(serving.http.get(format!("{}/health", serving.administration)).send().await.is_ok());
    serving.signal(Signal::TERM);
    assert!(serving.child.wait().await.unwrap().success());
}

#[tokio::test]
async fn every_signal_that_stops_stops_cleanly() {
    let authority = authority();
    for signal in [Signal::INT, Signal::QUIT] {
        let mut serving = Serving::start(&authority, to_file).await;
        serving.signal(signal);
        assert!(serving.child.wait().await.unwrap().success(), "{signal:?}");
        assert!(serving.log().contains("The companion stopped"), "{signal:?}");
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_ends_nothing() {
    let authority = authority();
    let mut serving = Serving::start(&authority, |_| Stdio::piped()).await;
    drop(serving.child.stderr.take());
    for _ in 0..3 {
        serving.signal(Signal::USR1);
        serving.signal(Signal::HUP);
        let answer = serving.http.get(format!("{}/privacy", serving.public)).send().await;
        assert!(answer.is_ok_and(|answer| answer.status().is_success()));
    }
    assert!(serving.child.try_wait().unwrap().is_none());
    serving.signal(Signal::TERM);
    assert!(serving.child.wait().await.unwrap().success());
}

/// The first one alone would have it go on for a minute.
#[tokio::test]
async fn a_second_signal_ends_a_companion_that_only_waits_for_the_balancer() {
    let authority = authority();
    for [first, second] in [[Signal::TERM, Signal::TERM], [Signal::INT, Signal::QUIT]] {
        let mut serving = Serving::start_with(&authority, to_file, "listener.drain_s = 60").await;
        serving.signal(first);
        serving.until("the balancer is told", async || serving.ready().await == 503).await;
        assert!(serving.child.try_wait().unwrap().is_none(), "it goes on: {}", serving.log());
        serving.signal(second);
        let ended = tokio::time::timeout(Duration::from_secs(30), serving.child.wait()).await.expect("it ends without waiting").unwrap();
        assert!(ended.success(), "{ended}: {}", serving.log());
    }
}
