//! What others take for the same: Apache with its OpenID Connect module, as Debian ships both.
//!
//! It has its own cookies and keeps nothing durably: three requests a sign-in, no proof of possession, no trail.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{Request, StatusCode};
use vestibule_installation::place::{free_address, random_secret};

use crate::driver::{Answer, Connection};
use crate::load::{Until, at_once};
use crate::provider::{self, CLIENT_ID, Provider};

/// Where Debian puts its modules.
const MODULES: &str = "/usr/lib/apache2/modules";
const PROTECTED: &str = "/protected/";

/// A running Apache; dropped, it ends.
pub struct Apache {
    pub address: SocketAddr,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Apache {
    /// # Errors
    /// When it does not answer; its log is part of the message.
    pub async fn start(provider: &Provider) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-peer.").tempdir()?;
        let address = free_address()?;
        let site = folder.path().join("site/protected");
        std::fs::create_dir_all(&site)?;
        std::fs::write(site.join("index.html"), "hello")?;
        // Its workers may not be who starts it.
        for folder in [folder.path(), &folder.path().join("site"), &site] {
            std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        }
        let configuration = folder.path().join("apache.conf");
        std::fs::write(&configuration, configured(folder.path(), address, provider)?)?;
        let log = std::fs::File::create(folder.path().join("error.log"))?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--", "/usr/sbin/apache2", "-D", "FOREGROUND", "-f"]).arg(&configuration);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let peer = Self { address, process, _folder: folder };
        for _ in 0..500 {
            if Connection::open(address, Ipv4Addr::LOCALHOST).await.is_ok() {
                return Ok(peer);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("Apache does not answer: {}", std::fs::read_to_string(peer._folder.path().join("error.log"))?)
    }

    /// The process whose children serve.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Signs so many people in, so many at once; their cookies.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn sign_in(&self, people: u64, seats: u8) -> anyhow::Result<Vec<String>> {
        let address = self.address;
        at_once(seats, Until::Done(people), |from, turns| async move {
            let mut browser = Connection::open(address, from).await?;
            let mut cookies = Vec::new();
            while let Some(turn) = turns.next() {
                cookies.push(sign_in(&mut browser, address, turn).await?);
            }
            Ok(cookies)
        })
        .await
    }

    /// Asks for what only a signed-in person gets.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn check(browser: &mut Connection, address: SocketAddr, cookie: &str) -> anyhow::Result<()> {
        get(browser, address, PROTECTED, cookie).await?.expect(StatusCode::OK).map(drop)
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        // A kill would leave its children.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            drop(self.process.wait());
        }
    }
}

async fn sign_in(browser: &mut Connection, address: SocketAddr, person: u64) -> anyhow::Result<String> {
    let leaving = get(browser, address, PROTECTED, "").await?.expect(StatusCode::FOUND)?;
    let cookie = named(&leaving, "state")?;
    let at_provider = url::Url::parse(leaving.header(LOCATION.as_str())?)?;
    let said = |name: &str| at_provider.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (state, nonce) = (said("state").context("no state")?, said("nonce").context("no nonce")?);
    let back = format!("{PROTECTED}callback?code={}&state={state}", provider::code(person, &nonce));
    let back = get(browser, address, &back, &cookie).await?.expect(StatusCode::FOUND)?;
    let session = named(&back, "session")?;
    get(browser, address, PROTECTED, &session).await?.expect(StatusCode::OK)?;
    Ok(session)
}

async fn get(browser: &mut Connection, address: SocketAddr, path: &str, cookie: &str) -> anyhow::Result<Answer> {
    let mut request = Request::get(path).header(HOST, address.to_string()).header("Accept", "text/html");
    if !cookie.is_empty() {
        request = request.header(COOKIE, cookie);
    }
    browser.send(request.body(Default::default())?).await
}

/// The cookie that the answer sets whose name holds this word and that has a value.
fn named(answer: &Answer, word: &str) -> anyhow::Result<String> {
    let set = answer.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let mut found = set.filter(|cookie| cookie.split_once('=').is_some_and(|(name, value)| name.contains(word) && !value.is_empty()));
    found.next().map(str::to_owned).with_context(|| format!("no cookie of the {word}"))
}

/// As its makers and Debian recommend for a server with many visitors, sessions in shared memory.
fn configured(folder: &Path, address: SocketAddr, provider: &Provider) -> anyhow::Result<String> {
    let (folder, secret, origin) = (folder.display(), random_secret()?, &provider.origin);
    let modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "auth_openidc"];
    let modules: String = modules.iter().map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n")).collect();
    let user = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let user = if user { "User www-data\nGroup www-data\n" } else { "" };
    Ok(format!(
        "{modules}{user}ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
ServerName {host}
Listen {address}
ThreadsPerChild 25
MaxRequestWorkers 150
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
TypesConfig /dev/null
DocumentRoot {folder}/site
DirectoryIndex index.html
OIDCProviderMetadataURL {origin}/auth/realms/esante-wallet/.well-known/wallet-openid-configuration
OIDCClientID {CLIENT_ID}
OIDCClientSecret {secret}
OIDCRedirectURI http://{address}{PROTECTED}callback
OIDCCryptoPassphrase {secret}
OIDCScope \"openid scope_all\"
OIDCPKCEMethod S256
OIDCSessionType server-cache
OIDCCacheType shm
OIDCCacheShmMax 20000
OIDCStateMaxNumberOfCookies 100 true
<Location {PROTECTED}>
AuthType openid-connect
Require valid-user
</Location>
",
        host = address.ip(),
    ))
}
