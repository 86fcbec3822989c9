//! TLS in front of the auth host, and the certificates of those who call.

use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Connections whose handshake is over and that nobody took up yet.
const WAITING: usize = 64;

/// Certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsRejected {
    /// Not a chain of certificates in PEM.
    #[error("aucun certificat n’y est lisible. Donnez une chaîne en PEM (elle commence par -----BEGIN CERTIFICATE-----).")]
    Certificate,
    /// Not a private key in PEM.
    #[error("aucune clé privée n’y est lisible. Donnez-la en PEM, sans mot de passe.")]
    Key,
    /// The library refused them.
    #[error("le certificat et la clé ne vont pas ensemble, ou ne peuvent pas servir. Vérifiez que la clé est celle du certificat.")]
    Unusable(String),
}

/// What the simulator's TLS needs: its own certificate, and the authorities of those who call.
#[derive(Clone)]
pub struct Tls {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
    clients: Arc<RootCertStore>,
}

impl Tls {
    /// From PEM: the server's chain and key, and the authorities whose client certificates count, if any do.
    ///
    /// # Errors
    /// [`TlsRejected`] names the part at fault.
    pub fn from_pem(chain: &[u8], key: &[u8], client_authorities: Option<&[u8]>) -> Result<Self, TlsRejected> {
        let key = Arc::new(PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsRejected::Key)?);
        let mut clients = RootCertStore::empty();
        for authority in client_authorities.map(certificates).transpose()?.unwrap_or_default() {
            clients.add(authority).map_err(|error| TlsRejected::Unusable(error.to_string()))?;
        }
        Ok(Self { chain: certificates(chain)?, key, clients: Arc::new(clients) })
    }

    /// With a certificate made now for these addresses; gives the authority that signed it too, in PEM, for those who call.
    ///
    /// # Errors
    /// [`TlsRejected`].
    pub fn made_now(hosts: &[SocketAddr], client_authorities: Option<&[u8]>) -> Result<(Self, String), TlsRejected> {
        let refused = |error: rcgen::Error| TlsRejected::Unusable(error.to_string());
        let mut params = CertificateParams::new(Vec::new()).map_err(refused)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Autorité du simulateur");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(refused)?).map_err(refused)?;
        let names: Vec<String> = hosts.iter().map(|host| host.ip().to_string()).collect();
        let mut params = CertificateParams::new(names).map_err(refused)?;
        params.distinguished_name.push(DnType::CommonName, "Simulateur de Pro Santé Connect");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(refused)?;
        let certificate = params.signed_by(&key, &authority).map_err(refused)?;
        let tls = Self::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes(), client_authorities)?;
        Ok((tls, authority.pem()))
    }

    /// `demanded`: whoever calls without a certificate of a known authority is turned away in the handshake.
    fn configuration(&self, demanded: bool) -> Result<Arc<ServerConfig>, TlsRejected> {
        let unusable = |error: &dyn std::error::Error| TlsRejected::Unusable(error.to_string());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?;
        let builder = if self.clients.is_empty() {
            builder.with_no_client_auth()
        } else {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&self.clients), provider);
            let verifier = if demanded { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| unusable(&error))?)
        };
        let configuration = builder.with_single_cert(self.chain.clone(), self.key.clone_key()).map_err(|error| unusable(&error))?;
        Ok(Arc::new(configuration))
    }
}

/// Every certificate of a PEM text, at least one.
///
/// # Errors
/// [`TlsRejected::Certificate`].
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsRejected> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| TlsRejected::Certificate)?;
    if chain.is_empty() { Err(TlsRejected::Certificate) } else { Ok(chain) }
}

/// The certificate of whoever calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// SHA-256 of the certificate in base64url: `x5t#S256` of RFC 8705.
    pub thumbprint: String,
    /// For example `CN=…, OU=…`, in the certificate's order.
    pub subject: String,
}

impl ClientCertificate {
    /// Reads a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        let subject = X509Certificate::from_der(der).map(|(_, certificate)| certificate.subject().to_string()).unwrap_or_default();
        Self { thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, der)), subject }
    }
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub certificate: Option<ClientCertificate>,
}

impl Connected<IncomingStream<'_, TcpListener>> for Caller {
    fn connect_info(_: IncomingStream<'_, TcpListener>) -> Self {
        Self { certificate: None }
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        let certificates = stream.io().get_ref().1.peer_certificates();
        Self { certificate: certificates.and_then(|chain| chain.first()).map(|certificate| ClientCertificate::of(certificate)) }
    }
}

/// Accepts connections whose handshake succeeded, without letting one caller hold up the next.
pub(crate) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// Handshakes from now on, as long as the listener lives.
    pub fn start(listener: TcpListener, tls: &Tls, demanded: bool) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let configuration = tls.configuration(demanded).map_err(std::io::Error::other)?;
        let acceptor = TlsAcceptor::from(configuration);
        let (give, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let (stream, from) = tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok(accepted) => accepted,
                        Err(error) => {
                            tracing::warn!(%error, "A connection could not be accepted");
                            continue;
                        }
                    },
                    () = give.closed() => return,
                };
                let (acceptor, give) = (acceptor.clone(), give.clone());
                tokio::spawn(async move {
                    match acceptor.accept(stream).into_fallible().await {
                        Ok(stream) => drop(give.send((stream, from)).await),
                        Err((error, stream)) => {
                            tracing::info!(%error, "A handshake was refused");
                            drain(stream).await;
                        }
                    }
                });
            }
        });
        Ok(Self { address, ready })
    }
}

/// Reads what the refused caller already sent: closing over unread bytes would reset the connection, and lose the alert that says why.
async fn drain(mut stream: TcpStream) {
    let mut rest = [0_u8; 4096];
    let reading = async { while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {} };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(2), reading).await;
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The handshakes ended with the runtime.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
