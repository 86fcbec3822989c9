//! The cases, by the moment at which the provider misbehaves.

mod afterwards;
mod callback;
mod discovery;
mod id_token;
mod keys;
mod signature;
mod token;
mod userinfo;

use crate::case::Case;

/// Every case, in the order of a sign-in.
pub fn all() -> Vec<Case> {
    [
        discovery::cases(),
        callback::cases(),
        token::cases(),
        signature::cases(),
        keys::cases(),
        id_token::cases(),
        userinfo::cases(),
        afterwards::cases(),
    ]
    .concat()
}
