//! How a connection is made: by the address in the administrator's file, encrypted unless the database is on this very machine.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use vestibule_model::wire::printable;

use super::line::Line;
use crate::ordinary_file;
use crate::store::{AddressRefused, StoreError};

const DEFAULT_PORT: u16 = 5432;
/// Characters of a database's name, server and account that are shown.
const NAME_LIMIT: usize = 200;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// After this long without an answer to what was sent, whoever is at the other end is taken for gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// From a `postgres://` address, which may hold a password. Performs I/O.
    pub(super) fn new(address: &SecretString, authorities: Option<&Path>) -> Result<Self, StoreError> {
        let mut config: Config = address.expose_secret().trim().parse().map_err(|_| AddressRefused::Unreadable)?;
        if config.get_dbname().is_none() || config.get_hosts().is_empty() {
            return Err(AddressRefused::Incomplete.into());
        }
        let is_local = config.get_hosts().iter().all(is_local) && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
        if !is_local {
            if config.get_ssl_mode() == SslMode::Disable {
                return Err(AddressRefused::InClear.into());
            }
            config.ssl_mode(SslMode::Require);
        }
        let is_encrypted = config.get_ssl_mode() == SslMode::Require;
        let tls = if is_encrypted { Some(MakeRustlsConnect::new(tls(authorities)?)) } else { None };
        config.connect_timeout(CONNECT_LIMIT).tcp_user_timeout(SILENCE_LIMIT).keepalives_idle(SILENCE_LIMIT);
        config.application_name("vestibule-companion");
        Ok(Self { config, tls })
    }

    /// Blocks, and performs I/O, for five seconds at most and each host that the address names.
    pub(super) fn connect(&self) -> Result<Line, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(match &self.tls {
            Some(tls) => {
                let (client, connection) = runtime.block_on(self.config.connect(tls.clone()))?;
                Line::new(runtime, client, connection)
            }
            None => {
                let (client, connection) = runtime.block_on(self.config.connect(NoTls))?;
                Line::new(runtime, client, connection)
            }
        })
    }
}

/// Database, server and account of an address, for an administrator, in French: never its password. `None` for what is no such address, and for
/// one with a second `@`: a password that was not written as it must be would be read as the server's or the database's name.
pub(in crate::store) fn named(address: &SecretString) -> Option<String> {
    let address = address.expose_secret().trim();
    if address.matches('@').count() > 1 {
        return None;
    }
    let config: Config = address.parse().ok()?;
    let ports = config.get_ports();
    let of_host = |(number, host): (usize, &Host)| match host {
        Host::Tcp(name) => format!("{name}:{}", ports.get(number).or(ports.first()).unwrap_or(&DEFAULT_PORT)),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    };
    let hosts: Vec<_> = config.get_hosts().iter().enumerate().map(of_host).collect();
    let (database, account) = (config.get_dbname()?, config.get_user().unwrap_or("?"));
    let named = format!("base {database} de {}, compte {account}", hosts.join(", "));
    Some(printable(&named, NAME_LIMIT))
}

/// What is said to this machine crosses no network.
fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn tls(authorities: Option<&Path>) -> Result<ClientConfig, StoreError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(file) => {
            let pem = ordinary_file::read(file).map_err(|_| AddressRefused::Authorities)?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                roots.add(certificate.map_err(|_| AddressRefused::Authorities)?).map_err(|_| AddressRefused::Authorities)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(AddressRefused::Authorities.into());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|_| AddressRefused::Authorities)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        for (address, expected) in [
            ("postgres://reader:word@db.example/memory", Some("base memory de db.example:5432, compte reader")),
            ("postgres://reader:wo%40rd@one:1,two:2/memory", Some("base memory de one:1, two:2, compte reader")),
            ("postgres://reader@%2Frun%2Fdb/memory", Some("base memory de /run/db, compte reader")),
            ("host=db.example dbname=memory user=reader password=word", Some("base memory de db.example:5432, compte reader")),
            ("postgres://db.example", None),
            ("anything", None),
            // Not written as it must be: what follows the first `@` is part of the password.
            ("postgres://reader:wo@rd@db.example/memory", None),
            ("postgres://reader:wo@r/d@db.example/memory", None),
        ] {
            assert_eq!(named(&SecretString::from(address)).as_deref(), expected, "{address}");
        }
    }
}
