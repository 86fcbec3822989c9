//! What one address can make the companion hold (attack 44): the real program, measured from outside by what the system says it has.
//!
//! Whatever is sent and never taken, over HTTP/1 and HTTP/2, in clear and over TLS, the bound is twice the configured number of bytes: what is
//! counted, and as much again for what the system's measure holds besides (what the allocator keeps, pages of the program itself).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use vestibule_installation::Installation;
use vestibule_installation::place::free_address;
use vestibule_tests::http::client;
use vestibule_tests::servers::ending_with_us;

const KIB: usize = 1024;
/// `[limits] bytes_per_address`: a sixteenth of the default, so that the attacks stay small.
const BYTES: usize = 16 * KIB * KIB;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Clear,
    Tls,
}

/// A companion of its own process.
struct Program {
    child: Child,
    address: SocketAddr,
    connector: Option<TlsConnector>,
    folder: TempDir,
}

impl Program {
    pub async fn start(transport: Transport, http: &[u8], level: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [address, administration] = [(); 2].map(|()| free_address().unwrap());
        let limited = format!("administration.address = \"{administration}\"\nlimits.bytes_per_address = {BYTES}");
        let mut installation = Installation::at(address).with(&limited);
        let connector = (transport == Transport::Tls).then(|| certified(folder.path(), http));
        if connector.is_some() {
            let tls = "listener.tls = { certificate_file = \"own.pem\", key_file = \"own-key.pem\" }";
            installation = installation.known_as(&format!("https://{address}")).with(tls);
        }
        let file = installation.write(folder.path()).unwrap();
        let mut command = ending_with_us("companion-server").unwrap();
        command.args(["serve", "--config"]).arg(&file).env_clear().env("RUST_LOG", level);
        let mut child = command.stderr(std::fs::File::create(folder.path().join("log")).unwrap()).spawn().unwrap();
        let health = format!("http://{administration}/health");
        // Unready until Pro Santé Connect answers, which here nobody plays: any answer will do.
        while client().unwrap().get(&health).send().await.is_err() {
            let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "it stopped: {}", log());
            tokio::task::yield_now().await;
        }
        Self { child, address, connector, folder }
    }

    /// Bytes resident now, or at most so far.
    fn resident(&self, which: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * KIB
    }

    /// `None` when the companion does not want one more.
    async fn connect(&self) -> Option<Box<dyn Stream>> {
        let tcp = TcpStream::connect(self.address).await.ok()?;
        tcp.set_nodelay(true).unwrap();
        Some(match &self.connector {
            Some(connector) => {
                let name = ServerName::IpAddress(std::net::IpAddr::from(Ipv4Addr::LOCALHOST).into());
                Box::new(connector.connect(name, tcp).await.ok()?)
            }
            None => Box::new(tcp),
        })
    }

    /// What the attack made it take at most, against what it may.
    fn judge(&self, before: usize, attack: &str) {
        let (most, bound) = (self.resident("VmHWM:").saturating_sub(before), 2 * BYTES);
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
        assert!(most <= bound, "{attack}: {} MiB more, where {} MiB are allowed", most / KIB / KIB, bound / KIB / KIB);
        assert!(log.contains("bytes_held") || attack.starts_with("dripped"), "{attack}: nothing was refused, so nothing was shown: {log}");
        record(&format!("{attack}: {} KiB", most / KIB));
    }
}

/// Keeps the figure where it is asked for.
pub fn record(figure: &str) {
    if let Some(file) = std::env::var_os("VESTIBULE_FIGURES") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
        std::io::Write::write_all(&mut file, format!("{figure}\n").as_bytes()).unwrap();
    }
}

/// A certificate for the companion, and a client that trusts it and speaks `http` alone.
fn certified(folder: &std::path::Path, http: &[u8]) -> TlsConnector {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let own_key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let own = own.signed_by(&own_key, &rcgen::Issuer::new(authority, key)).unwrap();
    std::fs::write(folder.join("own.pem"), own.pem()).unwrap();
    let mut file = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut file = file.write(true).create_new(true).open(folder.join("own-key.pem")).unwrap();
    std::io::Write::write_all(&mut file, own_key.serialize_pem().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![http.to_vec()];
    TlsConnector::from(Arc::new(config))
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// RFC 7541, with nothing but its static table.
fn head(method: &[u8], path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let mut head = [method.to_vec(), vec![0x86, 0x04], text(path), vec![0x01], text("compagnon.example")].concat();
    for (name, value) in more {
        head.extend([vec![0x00], text(name), text(value)].concat());
    }
    head
}

const GET: &[u8] = &[0x82];
const POST: &[u8] = &[0x83];
const HEAD: &[u8] = b"\x02\x04HEAD";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// Preface, and a window of nothing for every answer.
fn greeting() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])].concat()
}

/// Reads until so many answers began or the companion ended the connection; how many did.
async fn answers_begin(stream: &mut Box<dyn Stream>, wanted: usize) -> usize {
    let (mut begun, mut header) = (0, [0; 9]);
    while begun < wanted && stream.read_exact(&mut header).await.is_ok() {
        begun += usize::from(header[3] == 1);
        let mut payload = vec![0; usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2])];
        if stream.read_exact(&mut payload).await.is_err() {
            break;
        }
    }
    begun
}

/// Somebody who is answered meanwhile.
struct Witness {
    stream: Box<dyn Stream>,
    over_http_2: bool,
    asked: u32,
}

impl Witness {
    async fn comes(program: &Program, over_http_2: bool) -> Self {
        let mut stream = program.connect().await.unwrap();
        if over_http_2 {
            stream.write_all(&greeting()).await.unwrap();
        }
        Self { stream, over_http_2, asked: 0 }
    }

    /// Asks for something and has the answer, unless the connection was closed meanwhile.
    async fn is_answered(&mut self) -> bool {
        let asking = if self.over_http_2 {
            frame(1, 5, 2 * self.asked + 1, &head(HEAD, "/terms", &[]))
        } else {
            b"HEAD /terms HTTP/1.1\r\nHost: compagnon.example\r\n\r\n".to_vec()
        };
        self.asked += 1;
        if self.stream.write_all(&asking).await.is_err() || self.stream.flush().await.is_err() {
            return false;
        }
        if self.over_http_2 {
            return answers_begin(&mut self.stream, 1).await == 1;
        }
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            match self.stream.read_u8().await {
                Ok(byte) => answer.push(byte),
                Err(_) => return false,
            }
        }
        true
    }
}

async fn pages_that_nobody_takes(transport: Transport) {
    const CONNECTIONS: usize = 400;
    let program = Program::start(transport, b"h2", "warn").await;
    let before = program.resident("VmRSS:");
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        let Some(mut stream) = program.connect().await else { continue };
        let asked: Vec<u8> = (0..32).flat_map(|index| frame(1, 5, 2 * index + 1, &head(GET, "/privacy", &[]))).collect();
        if stream.write_all(&[greeting(), asked].concat()).await.is_ok() {
            answers_begin(&mut stream, 32).await;
            held.push(stream);
        }
    }
    program.judge(before, &format!("pages untaken over HTTP/2, {transport:?}"));
}

async fn bodies_in_drips(transport: Transport, over_http_2: bool) {
    const CONNECTIONS: usize = 100;
    const DRIPS: u32 = 300;
    let program = Program::start(transport, if over_http_2 { b"h2" } else { b"http/1.1" }, "warn").await;
    let before = program.resident("VmRSS:");
    let head_1 =
        format!("POST /oauth/authorize HTTP/1.1\r\nHost: compagnon.example\r\n{}: {}\r\nContent-Length: 65536\r\n\r\n", FORM.0, FORM.1);
    let head_2 = [greeting(), frame(1, 4, 1, &head(POST, "/oauth/authorize", &[FORM, ("content-length", "65536")]))].concat();
    let (begins, drip) = if over_http_2 { (head_2, frame(0, 0, 1, b"x")) } else { (head_1.into_bytes(), b"x".to_vec()) };
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = program.connect().await.unwrap();
        stream.write_all(&begins).await.unwrap();
        streams.push(stream);
    }
    let mut witness = Witness::comes(&program, over_http_2).await;
    for _ in 0..DRIPS {
        for stream in &mut streams {
            // Whoever is cut off for being slow was measured all the same.
            let _ = stream.write_all(&drip).await;
            let _ = stream.flush().await;
        }
        // What was asked after the drips is answered after they were read, each for itself.
        if !witness.is_answered().await {
            // A slow machine: the companion closes after half a minute what answers none of its pings, as this one does.
            witness = Witness::comes(&program, over_http_2).await;
            assert!(witness.is_answered().await, "nobody is answered any more");
        }
    }
    program.judge(before, &format!("dripped bodies over HTTP/{}, {transport:?}", if over_http_2 { 2 } else { 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_42_three_hundred_refused_requests_do_not_fill_the_log() {
    let program = Program::start(Transport::Clear, b"http/1.1", "info").await;
    let http = client().unwrap();
    for index in 0..300 {
        let answer = http.get(format!("http://{}/psc/callback?state=j{index}", program.address)).send().await.unwrap();
        assert_eq!(answer.status(), 400);
    }
    let log = std::fs::read_to_string(program.folder.path().join("log")).unwrap();
    let about: Vec<&str> = log.lines().filter(|line| line.contains("/psc/callback") || line.contains("stray_callbacks")).collect();
    assert!((1..=15).contains(&about.len()), "{} lines: {about:#?}", about.len());
    assert!(log.contains("refused=100"), "how many there were is said: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_44_pages_that_nobody_takes_hold_no_more_than_the_configured_bytes() {
    pages_that_nobody_takes(Transport::Clear).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_44_pages_that_nobody_takes_hold_no_more_over_tls() {
    pages_that_nobody_takes(Transport::Tls).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_44_bodies_that_come_byte_by_byte_hold_no_more_than_the_configured_bytes() {
    bodies_in_drips(Transport::Clear, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_44_bodies_that_come_byte_by_byte_hold_no_more_over_http_2_and_tls() {
    bodies_in_drips(Transport::Clear, true).await;
    bodies_in_drips(Transport::Tls, true).await;
    bodies_in_drips(Transport::Tls, false).await;
}
