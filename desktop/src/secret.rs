//! What any secret needs, whatever it opens.

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// Whether two secrets are equal, without telling where they differ.
pub fn same(left: &SecretString, right: &SecretString) -> bool {
    left.expose_secret().as_bytes().ct_eq(right.expose_secret().as_bytes()).into()
}
