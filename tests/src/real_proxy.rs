//! The outgoing proxies that hospitals have: Squid, which may ask who is there or open the TLS that passes, and Tinyproxy. Debian's own programs.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use vestibule_installation::place::free_port;

use crate::servers::{any_ending_with_us, until_listening};

/// Who Squid becomes when root starts it.
const SQUID_ACCOUNT: &str = "proxy";

/// What Squid asks of whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Nothing,
    /// A name and a password, in clear (RFC 7617).
    Password,
    /// What a domain's workstation shows by itself, and nothing else.
    Ntlm,
}

/// A running proxy; dropped, it stops.
#[derive(Debug)]
pub struct RealProxy {
    /// `127.0.0.1:port`.
    pub address: String,
    /// The name under which Squid keeps shared memory, which it leaves there when it is killed.
    shared_memory: Option<String>,
    folder: TempDir,
    process: Child,
}

impl RealProxy {
    /// The account that [`Asks::Password`] and [`Self::tinyproxy`] know.
    pub const ACCOUNT: (&str, &str) = ("poste", "mot-de-passe");

    /// # Errors
    /// When Squid is missing or does not start; its log is part of the message.
    pub async fn squid(asks: Asks) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("vestibule-squid.")?;
        let at = folder.path().display();
        let (user, password) = Self::ACCOUNT;
        let hash = std::process::Command::new("openssl").args(["passwd", "-apr1", password]).output().context("openssl")?.stdout;
        fs::write(folder.path().join("accounts"), format!("{user}:{}", String::from_utf8(hash)?))?;
        let asked = match asks {
            Asks::Nothing => String::new(),
            Asks::Password => {
                format!("auth_param basic program /usr/lib/squid/basic_ncsa_auth {at}/accounts\nauth_param basic children 1\n")
            }
            Asks::Ntlm => "auth_param ntlm program /usr/lib/squid/ntlm_fake_auth\nauth_param ntlm children 1\n".to_owned(),
        };
        let rule = if asks == Asks::Nothing { "http_access allow all" } else { "acl known proxy_auth REQUIRED\nhttp_access allow known" };
        Self::start_squid(folder, "", &format!("{asked}{rule}\n")).await
    }

    /// Opens the TLS that passes, under an authority of its own: [`Self::authority`]. It trusts the server under this one.
    ///
    /// # Errors
    /// As [`Self::squid`].
    pub async fn intercepting(trusted: &Path) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("vestibule-squid.")?;
        let at = folder.path().display();
        let mut authority = rcgen::CertificateParams::new(Vec::new())?;
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "Inspection d’essai");
        let key = rcgen::KeyPair::generate()?;
        let certificate = authority.self_signed(&key)?.pem();
        fs::write(folder.path().join("authority.pem"), &certificate)?;
        fs::write(folder.path().join("pair.pem"), format!("{certificate}{}", key.serialize_pem()))?;
        fs::copy(trusted, folder.path().join("trusted.pem"))?;
        let made = std::process::Command::new("/usr/lib/squid/security_file_certgen")
            .args(["-c", "-s"])
            .arg(folder.path().join("made"))
            .args(["-M", "4MB"])
            .output()
            .context("security_file_certgen (Debian: squid-openssl)")?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let door = format!(" ssl-bump generate-host-certificates=on cert={at}/pair.pem");
        // It reads no addresses among the names of a certificate: that the companion's is at 127.0.0.1 must not make it show another one.
        let rules = format!(
            "sslcrtd_program /usr/lib/squid/security_file_certgen -s {at}/made -M 4MB\nsslcrtd_children 1 startup=1\n\
             tls_outgoing_options cafile={at}/trusted.pem\nacl unread ssl_error SQUID_X509_V_ERR_DOMAIN_MISMATCH\nsslproxy_cert_error allow unread\n\
             sslproxy_cert_sign signTrusted all\nsslproxy_cert_adapt setCommonName !all\nssl_bump stare all\nssl_bump bump all\nhttp_access allow all\n"
        );
        Self::start_squid(folder, &door, &rules).await
    }

    /// The certificate of the authority under which an intercepting proxy shows itself, PEM.
    ///
    /// # Errors
    /// When this one opens nothing.
    pub fn authority(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("authority.pem"))?)
    }

    async fn start_squid(folder: TempDir, door: &str, rules: &str) -> anyhow::Result<Self> {
        let (port, at) = (free_port()?, folder.path().display());
        let configuration = format!(
            "http_port 127.0.0.1:{port}{door}\n{rules}cache deny all\naccess_log stdio:{at}/access.log\ncache_log {at}/log\n\
             pid_filename none\ncoredump_dir {at}\npinger_enable off\nshutdown_lifetime 1 second\n"
        );
        fs::write(folder.path().join("configuration"), configuration)?;
        let name = format!("vestibule{port}");
        let mut command = any_ending_with_us("squid");
        command.args(["-N", "-n", &name, "-f"]).arg(folder.path().join("configuration"));
        hand_over(folder.path())?;
        Self::start(folder, command, port, Some(name)).await.context("squid (Debian: squid-openssl)")
    }

    /// # Errors
    /// When Tinyproxy is missing or does not start; its log is part of the message.
    pub async fn tinyproxy() -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("vestibule-tinyproxy.")?;
        let (port, (user, password)) = (free_port()?, Self::ACCOUNT);
        let at = folder.path().display();
        let configuration = format!(
            "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nBasicAuth {user} {password}\nLogFile \"{at}/access.log\"\nLogLevel Connect\n"
        );
        fs::write(folder.path().join("configuration"), configuration)?;
        let mut command = any_ending_with_us("tinyproxy");
        command.args(["-d", "-c"]).arg(folder.path().join("configuration"));
        Self::start(folder, command, port, None).await.context("tinyproxy (Debian: tinyproxy)")
    }

    async fn start(folder: TempDir, mut command: Command, port: u16, shared_memory: Option<String>) -> anyhow::Result<Self> {
        let paths = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{paths}:/usr/sbin")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn()?;
        let mut proxy = Self { address: format!("127.0.0.1:{port}"), shared_memory, folder, process };
        let listening = until_listening(&mut proxy.process, SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
        listening
            .with_context(|| format!("it does not start: {}", fs::read_to_string(proxy.folder.path().join("log")).unwrap_or_default()))?;
        Ok(proxy)
    }

    /// With the account before it.
    pub fn address_with_account(&self) -> String {
        let (user, password) = Self::ACCOUNT;
        format!("http://{user}:{password}@{}", self.address)
    }

    /// What passed, in the proxy's own words.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("access.log"))?)
    }
}

impl Drop for RealProxy {
    fn drop(&mut self) {
        let Some(name) = &self.shared_memory else { return };
        for part in ["cf__metadata", "cf__queues", "cf__readers", "tls_session_cache"] {
            // It is not there where Squid did not come so far.
            drop(fs::remove_file(PathBuf::from("/dev/shm").join(format!("{name}-{part}.shm"))));
        }
    }
}

/// Squid started by root becomes somebody else, who must be able to read and write here.
fn hand_over(folder: &Path) -> anyhow::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let accounts = fs::read_to_string("/etc/passwd")?;
    let account = accounts.lines().find(|line| line.split(':').next() == Some(SQUID_ACCOUNT)).context("no account of Squid's")?;
    let mut numbers = account.split(':').skip(2).map(str::parse::<u32>);
    let (user, group) = (numbers.next().context("a user")??, numbers.next().context("a group")??);
    give(folder, user, group)
}

fn give(path: &Path, user: u32, group: u32) -> anyhow::Result<()> {
    chown(path, Some(user), Some(group))?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), user, group)?;
        }
    }
    Ok(())
}
