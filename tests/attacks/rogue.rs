//! Proxies and companions that must never be told anything, and that would show it.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use vestibule_tests::programs::free_port;

/// A proxy or a companion in clear that nobody must come to.
pub struct Rogue(TcpListener);

impl Rogue {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("set");
        Self(listener)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    /// Nobody came so far; somebody who comes is seen.
    pub fn was_left_alone(&self) -> bool {
        let received = self.received();
        drop(TcpStream::connect(self.address()).expect("it listens"));
        assert_eq!(self.received(), Some(0), "it sees who comes");
        received.is_none()
    }

    /// How many bytes anybody sent; `None` when nobody came.
    fn received(&self) -> Option<usize> {
        let mut received = None;
        while let Ok((mut stream, _)) = self.0.accept() {
            stream.set_read_timeout(Some(std::time::Duration::from_secs(1))).expect("set");
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            received = Some(received.unwrap_or(0) + bytes.len());
        }
        received
    }
}

/// A companion with a certificate that nothing of the workstation vouches for.
pub struct RogueCompanion {
    port: u16,
    program: Child,
    heard: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl RogueCompanion {
    /// `certificate` and `key` are files of `folder`.
    pub async fn start(folder: &Path, certificate: &str, key: &str) -> Self {
        let port = free_port().expect("a port");
        let mut program = Command::new("openssl")
            .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-key"])
            .arg(folder.join(key))
            .arg("-cert")
            .arg(folder.join(certificate))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("openssl is installed");
        let mut heard = BufReader::new(program.stdout.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("ACCEPT") {
            line.clear();
            assert_ne!(heard.read_line(&mut line).await.expect("readable"), 0, "the rogue companion did not start");
        }
        Self { port, program, heard, folder: folder.to_owned() }
    }

    /// Its address, for a policy.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// All that it was told, until somebody who trusts it said a last word.
    pub async fn heard(mut self) -> String {
        const LAST: &str = "HEAD /the-last-word";
        let mut client = Command::new("openssl")
            .args(["s_client", "-quiet", "-connect", &format!("127.0.0.1:{}", self.port)])
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("openssl is installed");
        let mut says = client.stdin.take().expect("piped");
        says.write_all(format!("{LAST}\n").as_bytes()).await.expect("said");
        let mut heard = String::new();
        let listening = async {
            while !heard.contains(LAST) {
                assert_ne!(self.heard.read_line(&mut heard).await.expect("readable"), 0, "it hears what it is told: {heard}");
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), listening).await.expect("it hears what it is told");
        client.kill().await.expect("killed");
        self.program.kill().await.expect("killed");
        self.heard.read_to_string(&mut heard).await.expect("readable");
        heard.replacen(LAST, "", 1)
    }
}
