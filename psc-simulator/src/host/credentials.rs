//! Client authentication: `client_secret_basic`, `client_secret_post` and `tls_client_auth`.

use axum::http::{HeaderMap, StatusCode};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use crate::authorization::{MalformedBasic, basic};
use crate::fault::Fault;
use crate::parameters::Parameters;
use crate::settings::{Authentication, Client};
use crate::simulator::Simulator;
use crate::tls::Caller;

use super::Refused;

/// The client, proven by its secret or by the certificate of the connection.
///
/// # Errors
/// `invalid_client` when unknown or not proven, `invalid_request` when two methods are used at once.
pub(crate) fn authenticate<'simulator>(
    simulator: &'simulator Simulator,
    headers: &HeaderMap,
    parameters: &Parameters,
    caller: &Caller,
) -> Result<&'simulator Client, Refused> {
    if let Some(name) = parameters.repeated() {
        return Err(Refused::bad_request("invalid_request", format!("duplicated parameter {name}")));
    }
    let (id, secret) = match (basic(headers), parameters.get("client_secret")) {
        (Some(_), Some(_)) => return Err(Refused::bad_request("invalid_request", "two client authentication methods")),
        (Some(Ok((id, secret))), None) => {
            if parameters.get("client_id").is_some_and(|posted| posted != id) {
                return Err(Refused::bad_request("invalid_request", "client_id differs from the authenticated client"));
            }
            (id, secret)
        }
        (None, Some(secret)) => (parameters.get("client_id").unwrap_or_default().to_owned(), secret.to_owned()),
        (Some(Err(MalformedBasic)), None) => return Err(not_proven()),
        (None, None) => return by_certificate(simulator, parameters, caller),
    };
    let client = simulator.client(&id).ok_or_else(not_proven)?;
    let Authentication::Secret(expected) = &client.authentication else { return Err(not_proven()) };
    let proven: bool = expected.expose_secret().as_bytes().ct_eq(secret.as_bytes()).into();
    if proven { Ok(client) } else { Err(not_proven()) }
}

/// RFC 8705 section 2: the id in the form, the proof in the connection.
fn by_certificate<'simulator>(
    simulator: &'simulator Simulator,
    parameters: &Parameters,
    caller: &Caller,
) -> Result<&'simulator Client, Refused> {
    let client = parameters.get("client_id").and_then(|id| simulator.client(id)).ok_or_else(not_proven)?;
    let certificate = caller.certificate.as_ref().ok_or_else(not_proven)?;
    let proven = match &client.authentication {
        Authentication::Secret(_) => false,
        Authentication::CertificateSubject(subject) => *subject == certificate.subject,
        Authentication::CertificateThumbprints(thumbprints) => thumbprints.contains(&certificate.thumbprint),
    };
    if proven && !simulator.has_fault(&client.id, &Fault::ClientCertificateRefused) { Ok(client) } else { Err(not_proven()) }
}

fn not_proven() -> Refused {
    Refused {
        status: StatusCode::UNAUTHORIZED,
        error: "invalid_client",
        description: "Invalid client or Invalid client credentials".to_owned(),
    }
}
