//! Doors for the fuzzer. The product calls none of them.

use std::net::IpAddr;

use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::sign_in::NewSignIn;

/// As a pushed request is read once its proof and its client were checked.
///
/// # Errors
/// RFC 6749 errors.
pub fn pushed_request(params: &Params, jkt: String, client_address: IpAddr) -> Result<NewSignIn, Refusal> {
    super::par::read(params, jkt, client_address)
}
