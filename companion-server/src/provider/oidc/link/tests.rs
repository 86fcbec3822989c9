//! Real TLS over loopback: a server of a few lines on one side, the companion's own client on the other.

use std::cell::Cell;
use std::sync::mpsc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use vestibule_installation::Installation;
use vestibule_installation::log::{self, Log, Until};
use vestibule_installation::place::write_private;

use super::*;
use crate::clock::ManualClock;
use crate::config::Config;
use crate::provider::lied_to::NOW;
use crate::provider::oidc::http::{CALL_LIMIT, Http};
use crate::provider::psc::link_settings;
use crate::provider::{ProviderError, Step};

const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12, &rustls::version::TLS13];
const ONLY_1_2: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// Certificate and key, PEM, good until a year.
fn issued(authority: &Authority, name: &str, usage: ExtendedKeyUsagePurpose, until: i32) -> (String, String) {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![usage];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().expect("a key");
    (params.signed_by(&key, authority).expect("signed").pem(), key.serialize_pem())
}

fn client_pair(authority: &Authority, name: &str) -> (String, String) {
    issued(authority, name, ExtendedKeyUsagePurpose::ClientAuth, 2100)
}

/// Answers `{}` to every request, to `/slow` only when told; stops when dropped.
struct TlsServer {
    url: String,
    /// The certificate behind each request, in DER.
    seen: mpsc::Receiver<Option<Vec<u8>>>,
    release: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl TlsServer {
    /// `clients`: authority whose certificates are demanded.
    async fn start(authority: &Authority, clients: Option<&Authority>, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let (certificate, key) = issued(authority, "auth.example", ExtendedKeyUsagePurpose::ServerAuth, 2100);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).expect("versions");
        let builder = match clients {
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.der().clone()).expect("an authority");
                builder.with_client_cert_verifier(
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("a verifier"),
                )
            }
            None => builder.with_no_client_auth(),
        };
        let chain = certificate::chain(certificate.as_bytes()).expect("a chain");
        let key = <PrivateKeyDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(key.as_bytes()).expect("a key");
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).expect("a configuration")));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let (tell, seen) = mpsc::channel();
        let release = Arc::new(Notify::new());
        let gate = Arc::clone(&release);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, tell, gate) = (acceptor.clone(), tell.clone(), Arc::clone(&gate));
                tokio::spawn(async move {
                    let stream = match acceptor.accept(stream).into_fallible().await {
                        Ok(stream) => stream,
                        Err((_, mut refused)) => {
                            // Closing over what it still sends would lose the alert that says why.
                            let _ = tokio::io::copy(&mut refused, &mut tokio::io::sink()).await;
                            return;
                        }
                    };
                    let certificate = stream.get_ref().1.peer_certificates().map(|chain| chain[0].to_vec());
                    let mut stream = BufReader::new(stream);
                    loop {
                        let (mut first, mut line) = (String::new(), String::new());
                        if stream.read_line(&mut first).await.unwrap_or(0) == 0 {
                            return;
                        }
                        while stream.read_line(&mut line).await.is_ok_and(|length| length > 2) {}
                        let _ = tell.send(certificate.clone());
                        if first.contains("/slow") {
                            gate.notified().await;
                        }
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
                        if stream.write_all(answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, seen, release, task }
    }

    fn last_certificate(&self) -> Option<Vec<u8>> {
        self.seen.try_iter().last().expect("a request")
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The files of one installation.
struct Files {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

const PEM: &str = "[psc.client_certificate]\ncertificate_file = \"client.pem\"\nkey_file = \"client-key.pem\"";
const PKCS12: &str = "[psc.client_certificate]\npkcs12_file = \"client.p12\"\npkcs12_password_file = \"password\"";

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), clock: Arc::new(ManualClock::at(NOW)) }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        write_private(&self.folder.path().join(name), content).expect("written");
    }

    fn write_pair(&self, (certificate, key): &(String, String)) {
        self.write("client.pem", certificate);
        self.write("client-key.pem", key);
    }

    fn settings(&self, keys: &str) -> LinkSettings {
        let installation = Installation::least().known_as("https://vestibule.hopital.example").with(&format!("[psc]\n{keys}"));
        link_settings(&Config::parse(&installation.text(), self.folder.path()).expect("a sound configuration").psc)
    }

    fn http(&self, keys: &str) -> Result<Http, ConfigError> {
        Http::new(&self.settings(keys), CALL_LIMIT, self.clock.clone())
    }

    fn link(&self, keys: &str) -> Result<TlsLink, ConfigError> {
        TlsLink::open(&self.settings(keys), CALL_LIMIT, self.clock.clone())
    }
}

async fn get(http: &Http, server: &TlsServer) -> Result<Vec<u8>, ProviderError> {
    http.get_document(Step::Userinfo, &format!("{}/", server.url)).await
}

fn der(pair: &(String, String)) -> Option<Vec<u8>> {
    Some(certificate::chain(pair.0.as_bytes()).expect("a chain")[0].to_vec())
}

/// What is logged on this thread.
struct Logs {
    log: Log,
    _until: Until,
    /// Lines that were read before.
    read: Cell<usize>,
}

impl Logs {
    fn listen() -> Self {
        log::listen(Targets::new().with_default(Level::INFO));
        let (log, _until) = log::here(Level::INFO);
        Self { log, _until, read: Cell::new(0) }
    }

    /// Lines about certificates since the last time.
    fn lines(&self) -> Vec<String> {
        let text = self.log.text();
        let lines: Vec<&str> = text.lines().collect();
        let new = &lines[self.read.replace(lines.len())..];
        new.iter().filter(|line| line.contains("certificate")).map(|line| (*line).to_owned()).collect()
    }
}

#[tokio::test]
async fn exi_24_an_unknown_authority_is_refused_and_a_bundle_of_several_is_read_whole() {
    let (first, second, stranger) = (authority("Une"), authority("Deux"), authority("Inconnue"));
    let files = Files::new();
    files.write("autorites.pem", format!("commentaire\n{}\n{}", first.pem(), second.pem()));
    let trusting = files.http("extra_ca_file = \"autorites.pem\"").expect("prepared");
    for known in [&first, &second] {
        get(&trusting, &TlsServer::start(known, None, BOTH).await).await.expect("both authorities of the file count");
    }
    for http in [&trusting, &files.http("").expect("prepared")] {
        let server = TlsServer::start(&stranger, None, BOTH).await;
        let error = get(http, &server).await.expect_err("unknown authority");
        assert_eq!(error.code(), ErrorCode::PscUntrusted, "{error}");
        assert_eq!(server.seen.try_iter().count(), 0, "nothing was asked of it");
    }

    for unusable in ["", "rien", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        files.write("autorites.pem", unusable);
        let error = files.link("extra_ca_file = \"autorites.pem\"").err().expect("unusable");
        assert_eq!((error.code(), error.key()), (ErrorCode::ConfigurationInvalid, Some("psc.extra_ca_file")), "{error}");
    }
}

#[tokio::test]
async fn exi_24_the_client_certificate_is_presented_from_pem_and_from_pkcs12() {
    let (authority, other) = (authority("Serveurs"), authority("Clients"));
    let server = TlsServer::start(&authority, Some(&other), BOTH).await;
    let files = Files::new();
    files.write("autorites.pem", authority.pem());
    let pair = client_pair(&other, "vestibule.hopital.example");
    files.write_pair(&pair);
    let http = files.http(&format!("extra_ca_file = \"autorites.pem\"\n{PEM}")).expect("prepared");
    get(&http, &server).await.expect("presented");
    assert_eq!(server.last_certificate(), der(&pair));

    // The file of OpenSSL: its authority is not the server's, which the alert says.
    files.write("client.p12", crate::certificate::fixtures::modern());
    files.write("password", "essai\r\n");
    let http = files.http(&format!("extra_ca_file = \"autorites.pem\"\n{PKCS12}")).expect("prepared");
    let unknown = TlsServer::start(&authority, Some(&other), ONLY_1_2).await;
    let error = get(&http, &unknown).await.expect_err("another authority");
    assert_eq!(error.code(), ErrorCode::PscCertificateRefused, "{error}");
}

#[tokio::test]
async fn exi_24_a_certificate_that_is_missing_is_told_from_a_network_that_does_not_carry() {
    let authority = authority("Essai");
    let files = Files::new();
    files.write("autorites.pem", authority.pem());
    let http = files.http("extra_ca_file = \"autorites.pem\"").expect("prepared");
    for versions in [ONLY_1_2, BOTH] {
        let server = TlsServer::start(&authority, Some(&authority), versions).await;
        let error = get(&http, &server).await.expect_err("none was presented");
        assert_eq!(error.code(), ErrorCode::PscCertificateRefused, "{versions:?}: {error:?}");
    }

    // Bound and never listening: the port stays ours and refuses.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let silent = socket.local_addr().expect("an address");
    let error = http.get_document(Step::Userinfo, &format!("https://{silent}/")).await.expect_err("nobody there");
    assert_eq!(error.code(), ErrorCode::PscUnreachable, "{error}");
}

#[tokio::test]
async fn exi_24_tls_1_2_is_enough_and_tls_1_1_is_refused() {
    let authority = authority("Essai");
    let files = Files::new();
    files.write("autorites.pem", authority.pem());
    let http = files.http("extra_ca_file = \"autorites.pem\"").expect("prepared");
    get(&http, &TlsServer::start(&authority, None, ONLY_1_2).await).await.expect("1.2 is enough");

    // A server of another age: it answers ServerHello in TLS 1.0 or 1.1, whatever is offered.
    for version in [[3, 1], [3, 2]] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("https://{}/", listener.local_addr().expect("an address"));
        let old = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut head = [0_u8; 5];
            stream.read_exact(&mut head).await.expect("a record");
            let mut hello = vec![0_u8; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            stream.read_exact(&mut hello).await.expect("a ClientHello");
            // Type, length, version, random, no session id, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
            let mut answer = vec![22, version[0], version[1], 0, 42, 2, 0, 0, 38, version[0], version[1]];
            answer.extend([7; 32]);
            answer.extend([0, 0xc0, 0x13, 0]);
            stream.write_all(&answer).await.expect("answered");
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            (hello, rest)
        });
        let error = http.get_document(Step::Userinfo, &url).await.expect_err("too old");
        assert_eq!(error.code(), ErrorCode::PscUntrusted, "{version:?}: {error}");
        let (hello, rest) = old.await.expect("it ended");
        // Alert record, fatal: nothing was said in that version.
        assert_eq!((rest.first(), rest.get(5)), (Some(&21), Some(&2)), "{version:?}: {rest:?}");
        assert_eq!(offered_versions(&hello), [[3, 4], [3, 3]], "neither 1.0 nor 1.1 is offered");
    }
}

/// The extension supported_versions (RFC 8446 section 4.2.1) of a ClientHello.
fn offered_versions(hello: &[u8]) -> Vec<[u8; 2]> {
    let mut at = 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    at += 2 + usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    at += 1 + usize::from(hello[at]) + 2;
    while at + 4 <= hello.len() {
        let [kind, length] = [at, at + 2].map(|at| u16::from_be_bytes([hello[at], hello[at + 1]]));
        if kind == 43 {
            return hello[at + 5..at + 4 + usize::from(length)].chunks(2).map(|pair| [pair[0], pair[1]]).collect();
        }
        at += 4 + usize::from(length);
    }
    Vec::new()
}

#[tokio::test]
async fn exi_24_a_new_certificate_serves_the_next_call_and_calls_under_way_end() {
    let authority = authority("Essai");
    let server = TlsServer::start(&authority, Some(&authority), BOTH).await;
    let files = Files::new();
    files.write("autorites.pem", authority.pem());
    let (old, new) = (client_pair(&authority, "ancien"), client_pair(&authority, "nouveau"));
    files.write_pair(&old);
    let http = Arc::new(files.http(&format!("extra_ca_file = \"autorites.pem\"\n{PEM}")).expect("prepared"));
    let (slow, url) = (Arc::clone(&http), format!("{}/slow", server.url));
    let under_way = tokio::spawn(async move { slow.get_document(Step::Userinfo, &url).await });
    let first = loop {
        tokio::task::yield_now().await;
        if let Ok(seen) = server.seen.try_recv() {
            break seen;
        }
    };
    assert_eq!(first, der(&old));

    files.write_pair(&new);
    get(&http, &server).await.expect("nobody looked yet");
    assert_eq!(server.last_certificate(), der(&old), "the files are not looked at with each call");
    files.clock.advance_seconds(5);
    get(&http, &server).await.expect("looked at");
    assert_eq!(server.last_certificate(), der(&new));
    server.release.notify_one();
    under_way.await.expect("it ended").expect("the call under way was not cut");
}

#[test]
fn exi_24_a_broken_file_keeps_the_former_certificate_and_is_said_once() {
    let authority = authority("Essai");
    let files = Files::new();
    let (old, new) = (client_pair(&authority, "ancien"), client_pair(&authority, "nouveau"));
    files.write_pair(&old);
    let link = files.link(PEM).expect("prepared");
    let logs = Logs::listen();
    let look = || {
        files.clock.advance_seconds(5);
        link.watch()
    };
    let kept = look();
    assert!(kept.certificate.is_some() && !kept.change_refused);

    // Between two copies: certificate and key do not fit, and nobody is alarmed.
    files.write("client.pem", &new.0);
    assert_eq!(look(), kept);
    assert_eq!(logs.lines(), Vec::<String>::new());
    for _ in 0..3 {
        assert_eq!(look(), LinkState { change_refused: true, ..kept });
    }
    let said = logs.lines();
    assert_eq!(said.len(), 1, "once: {said:?}");
    assert!(said[0].contains("ERROR") && said[0].contains("VST-3007") && said[0].contains("psc.client_certificate"), "{said:?}");
    assert!(!said[0].contains("PRIVATE KEY"));

    // Another mistake is said again; a file that is gone is one, and a pipe, which nobody waits for, another.
    let key = files.folder.path().join("client-key.pem");
    let pipe = || rustix::fs::mknodat(rustix::fs::CWD, &key, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).expect("a pipe");
    std::fs::remove_file(&key).expect("removed");
    for put in [None, Some(pipe)] {
        put.into_iter().for_each(|put| put());
        for _ in 0..3 {
            look();
        }
        assert_eq!(logs.lines().len(), 1);
    }
    std::fs::remove_file(&key).expect("removed");

    files.write("client-key.pem", &new.1);
    assert!(!look().change_refused);
    let said = logs.lines();
    assert!(said.len() == 1 && said[0].contains("were replaced"), "{said:?}");

    // Back to what serves: nothing to say.
    files.write("client.pem", "rien");
    let _ = [look(), look()];
    files.write("client.pem", &new.0);
    assert!(!look().change_refused);
}

#[test]
fn exi_24_a_certificate_out_of_its_dates_is_refused_at_start_and_never_taken_up() {
    let authority = authority("Essai");
    let files = Files::new();
    // The clock of the tests stands in January 2027.
    files.write_pair(&issued(&authority, "expiré", ExtendedKeyUsagePurpose::ClientAuth, 2027));
    let error = files.link(PEM).err().expect("over");
    assert_eq!((error.code(), error.key()), (ErrorCode::CertificateRefused, Some("psc.client_certificate")));
    assert!(error.to_string().contains("le certificat a expiré le 1er janvier 2027"), "{error}");

    let early = Files { clock: Arc::new(ManualClock::at(Timestamp(0))), ..Files::new() };
    early.write_pair(&client_pair(&authority, "trop tôt"));
    let error = early.link(PEM).err().expect("too early");
    assert!(error.to_string().contains("VST-3007") && error.to_string().contains("à partir du 1er janvier 2020"), "{error}");

    let good = client_pair(&authority, "bon");
    files.write_pair(&good);
    let link = files.link(PEM).expect("good");
    files.write_pair(&issued(&authority, "expiré", ExtendedKeyUsagePurpose::ClientAuth, 2027));
    for _ in 0..2 {
        files.clock.advance_seconds(5);
        link.watch();
    }
    let kept = link.watch();
    assert!(kept.change_refused && kept.certificate.is_some_and(|validity| validity.check(NOW).is_ok()), "{kept:?}");
}

#[cfg(unix)]
#[test]
fn exi_24_keys_that_everyone_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let authority = authority("Essai");
    for (keys, open, name) in [
        (PEM, "client-key.pem", "psc.client_certificate.key_file"),
        (PKCS12, "client.p12", "psc.client_certificate.pkcs12_file"),
        (PKCS12, "password", "psc.client_certificate.pkcs12_password_file"),
    ] {
        let files = Files::new();
        files.write_pair(&client_pair(&authority, "essai"));
        files.write("client.p12", crate::certificate::fixtures::modern());
        files.write("password", "essai");
        files.link(keys).expect("private files serve");
        std::fs::set_permissions(files.folder.path().join(open), std::fs::Permissions::from_mode(0o644)).expect("opened");
        let error = files.link(keys).err().expect("readable by everyone");
        assert_eq!((error.code(), error.key()), (ErrorCode::CertificateRefused, Some(name)), "{error}");
    }
}

#[test]
fn exi_24_the_end_of_the_certificate_is_announced_once_a_day_and_louder_each_time() {
    const DAY: i64 = 24 * 60 * 60;
    let files = Files::new();
    // 351 days away from the clock of the tests.
    files.write_pair(&issued(&authority("Essai"), "bientôt fini", ExtendedKeyUsagePurpose::ClientAuth, 2028));
    let logs = Logs::listen();
    let link = files.link(PEM).expect("prepared");
    assert_eq!(logs.lines(), Vec::<String>::new(), "nothing to say yet");
    let mut go_to = {
        let mut day = 0;
        let (link, logs, clock) = (&link, &logs, &files.clock);
        move |to: i64| {
            clock.advance_seconds((to - day) * DAY);
            day = to;
            let _ = [link.watch(), link.watch()];
            clock.advance_seconds(60);
            link.watch();
            clock.advance_seconds(-60);
            logs.lines()
        }
    };
    assert_eq!(go_to(290), Vec::<String>::new(), "sixty days and some");
    for (day, level, code, left) in [
        (291, " INFO ", "VST-3008", "ends_in_days=59"),
        (292, " INFO ", "VST-3008", "ends_in_days=58"),
        (321, " WARN ", "VST-3008", "ends_in_days=29"),
        (344, "ERROR ", "VST-3008", "ends_in_days=6"),
        (352, "ERROR ", "VST-3007", "ends_in_days=-2"),
    ] {
        let said = go_to(day);
        assert_eq!(said.len(), 1, "day {day}: {said:?}");
        assert!(said[0].contains(level) && said[0].contains(code) && said[0].contains(left), "day {day}: {said:?}");
    }
    // A companion that starts says it at once.
    let soon = Files { clock: Arc::new(ManualClock::at(NOW.plus_seconds(340 * DAY))), ..files };
    soon.link(PEM).expect("prepared");
    assert!(logs.lines().iter().any(|line| line.contains(" WARN ") && line.contains("VST-3008")));
}
