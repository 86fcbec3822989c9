//! A PostgreSQL server that listens to the network and presents a certificate, beside the one that `./dev test postgres` makes.
//!
//! Its roles, each with a database that is not the administrator's: `owner` owns a database, `tenant` a schema of that name in another.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use vestibule_installation::place::{free_address, write_private};

use super::server::{Database, ask, control};

/// The name on its certificates, which no resolver knows: addresses say where it is.
pub const NAME: &str = "memory.example";

#[derive(Debug)]
pub struct TlsServer {
    data: PathBuf,
    door: SocketAddr,
}

impl TlsServer {
    /// Starts it beside the other, and writes the authorities into this folder: `authority.pem`, and `other-authority.pem`, which issued nothing.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(beside: &Database, folder: &Path) -> anyhow::Result<Self> {
        let [(_, home), _] = beside.for_programs()?;
        let server = Self { data: Path::new(&home).join(format!("tls-{}", beside.name())), door: free_address()? };
        let place = server.data.display().to_string();
        control(&["-D", &place, "-s", "-o", "-U vestibule --auth-local=trust --auth-host=scram-sha-256 --no-sync", "initdb"]).await?;
        server.certify(folder)?;
        let SocketAddr::V4(door) = server.door else { anyhow::bail!("an address of another kind") };
        let manners = format!(
            "listen_addresses = '{}'\nport = {}\nunix_socket_directories = '{place}'\nfsync = off\nssl = on\n\
             ssl_cert_file = 'server.pem'\nssl_key_file = 'server-key.pem'\n",
            door.ip(),
            door.port()
        );
        server.place("postgresql.auto.conf", &manners)?;
        control(&["-D", &place, "-l", &format!("{place}/log"), "-s", "-w", "start"]).await?;
        for role in ["owner", "tenant"] {
            server.ask(&format!("CREATE ROLE {role} LOGIN PASSWORD '{role}-password'")).await?;
        }
        server.ask("CREATE DATABASE owner OWNER owner").await?;
        server.ask("CREATE DATABASE tenant").await?;
        ask(&server.inside("tenant"), "CREATE SCHEMA tenant AUTHORIZATION tenant").await?;
        Ok(server)
    }

    /// Where this role finds a database of its name, on a server that is called so.
    pub fn address(&self, server: &str, role: &str) -> String {
        format!("postgres://{role}:{role}-password@{server}:{}/{role}?hostaddr={}", self.door.port(), self.door.ip())
    }

    /// It presents this certificate from now on.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn present(&self, certificate: &str) -> anyhow::Result<()> {
        self.ask(&format!("ALTER SYSTEM SET ssl_cert_file = '{certificate}.pem'")).await?;
        self.ask("ALTER SYSTEM SET ssl = on").await?;
        self.reload(certificate, "on").await
    }

    /// It speaks in clear alone from now on.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn speak_clear(&self) -> anyhow::Result<()> {
        self.ask("ALTER SYSTEM SET ssl = off").await?;
        self.reload("", "off").await
    }

    /// What a statement of the administrator gives.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn ask(&self, statement: &str) -> anyhow::Result<String> {
        ask(&self.inside("postgres"), statement).await
    }

    /// Until whoever comes meets what it was told.
    async fn reload(&self, certificate: &str, ssl: &str) -> anyhow::Result<()> {
        self.ask("SELECT pg_reload_conf()").await?;
        let mut attempts = tokio::time::interval(std::time::Duration::from_millis(50));
        for _ in 0..200 {
            attempts.tick().await;
            let said = self.ask("SELECT current_setting('ssl') || ' ' || current_setting('ssl_cert_file')").await?;
            if said.starts_with(ssl) && said.contains(certificate) {
                return Ok(());
            }
        }
        anyhow::bail!("the server did not take {certificate:?}")
    }

    fn inside(&self, database: &str) -> String {
        let folder = self.data.display().to_string().replace('/', "%2F");
        format!("postgres://vestibule@{folder}:{}/{database}", self.door.port())
    }

    fn certify(&self, folder: &Path) -> anyhow::Result<()> {
        let (authority, key) = (authority("Autorité d’essai")?, KeyPair::generate()?);
        fs::write(folder.join("authority.pem"), authority.pem())?;
        fs::write(folder.join("other-authority.pem"), self::authority("Une autre")?.pem())?;
        for (name, year) in [("server", 2090), ("expired", 2020)] {
            let mut params = CertificateParams::new(vec![NAME.to_owned()])?;
            (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(year, 1, 1));
            self.place(&format!("{name}.pem"), &params.signed_by(&key, &authority)?.pem())?;
        }
        self.place("server-key.pem", &key.serialize_pem())
    }

    /// Writes a file that is the server's own.
    fn place(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let (file, owner) = (self.data.join(name), fs::metadata(&self.data)?);
        write_private(&file, text)?;
        Ok(chown(&file, Some(owner.uid()), Some(owner.gid()))?)
    }
}

fn authority(name: &str) -> anyhow::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        super::server::end_now(&self.data);
    }
}
