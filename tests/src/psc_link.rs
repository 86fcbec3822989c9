//! Mutual TLS between companion and simulator: an authority of our own, its certificates, and what both programs must be told.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use vestibule_installation::Installation;
use vestibule_installation::place::{free_port, write_private};

/// Name under which the simulator knows the companion.
pub const SERVICE: &str = "vestibule.hopital.example";

/// What both ends of the link are made from.
pub struct PscLink {
    folder: PathBuf,
    mtls: u16,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for PscLink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PscLink").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl PscLink {
    /// Writes authority and certificates into the folder; the companion's is good until the first day of 2100.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn make(folder: &Path) -> anyhow::Result<Self> {
        let link = Self { folder: folder.to_owned(), mtls: free_port()?, authority: authority()? };
        fs::write(link.file("psc-authority.pem"), link.authority.pem())?;
        let (certificate, key) = issued(&link.authority, "auth.example", ExtendedKeyUsagePurpose::ServerAuth, 2100)?;
        fs::write(link.file("psc-server.pem"), certificate)?;
        write_private(&link.file("psc-server-key.pem"), key)?;
        link.renew(SERVICE, 2100)?;
        Ok(link)
    }

    /// Replaces the companion's certificate by one of this name, good until the first day of this year.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn renew(&self, name: &str, until: i32) -> anyhow::Result<()> {
        self.install(issued(&self.authority, name, ExtendedKeyUsagePurpose::ClientAuth, until)?)
    }

    /// Replaces it by one of the same name, under an authority that the simulator does not know.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn renew_from_nowhere(&self) -> anyhow::Result<()> {
        self.install(issued(&authority()?, SERVICE, ExtendedKeyUsagePurpose::ClientAuth, 2100)?)
    }

    /// Replaces the certificate by what is none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn spoil(&self) -> anyhow::Result<()> {
        Ok(fs::write(self.file("psc-client.pem"), "rien")?)
    }

    /// The companion's configuration, from one that uses a secret over plain http.
    pub fn configure(&self, installation: Installation, auth: SocketAddr) -> Installation {
        let folder = self.folder.display();
        let mtls = self.mtls;
        installation.without("psc.client_secret_file").with(&format!(
            "[psc]\nauth_method = \"tls_client_auth\"\nextra_ca_file = \"{folder}/psc-authority.pem\"\n\
             [psc.client_certificate]\ncertificate_file = \"{folder}/psc-client.pem\"\nkey_file = \"{folder}/psc-client-key.pem\"\n\
             aliases_url = \"https://127.0.0.1:{mtls}\"\n[psc.simulator]\nauth_url = \"https://{auth}\"\n"
        ))
    }

    /// What the simulator is told instead of the file of a secret.
    pub fn simulator_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = ["--bind-tokens", "--mtls", &format!("127.0.0.1:{}", self.mtls)].map(OsString::from).to_vec();
        arguments.extend(["--client-certificate-subject", &format!("CN={SERVICE}")].map(OsString::from));
        for (option, name) in
            [("--tls-certificate", "psc-server.pem"), ("--tls-key", "psc-server-key.pem"), ("--client-authorities", "psc-authority.pem")]
        {
            arguments.extend([OsString::from(option), self.file(name).into_os_string()]);
        }
        arguments
    }

    fn install(&self, (certificate, key): (String, String)) -> anyhow::Result<()> {
        write_private(&self.file("psc-client-key.pem"), key)?;
        Ok(fs::write(self.file("psc-client.pem"), certificate)?)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn authority() -> anyhow::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Autorité d’essai des raccordements");
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn issued(
    authority: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    usage: ExtendedKeyUsagePurpose,
    until: i32,
) -> anyhow::Result<(String, String)> {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![usage];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, authority)?.pem(), key.serialize_pem()))
}
