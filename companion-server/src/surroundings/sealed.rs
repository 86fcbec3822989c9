//! What is sealed at rest, and where: a value opens only in the place it was sealed for.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::SignInId;
use zeroize::Zeroizing;

use crate::provider::{ProviderTokens, RefreshedTokens};
use crate::random::{Random, secret_256};
use crate::store::StoreError;
use crate::vault::{SealedPlace, Vault};

const fn place<'a>(id: &'a SignInId, table: &'a str, column: &'a str) -> SealedPlace<'a> {
    SealedPlace { table, row: id.0.as_bytes(), column }
}

/// Tokens of Pro Santé Connect with the subject they are about.
pub(crate) struct GrantedTokens {
    access_token: SecretString,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) id_token: SecretString,
    pub(crate) subject: String,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    access_token: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    refresh_token: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    id_token: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    subject: std::borrow::Cow<'a, str>,
}

impl GrantedTokens {
    /// As obtained by the code.
    pub(crate) fn new(tokens: ProviderTokens, subject: String) -> Self {
        Self { access_token: tokens.access_token, refresh_token: tokens.refresh_token, id_token: tokens.id_token, subject }
    }

    /// What a refresh left out stays as it was.
    pub(crate) fn refreshed(self, tokens: RefreshedTokens) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.or(self.refresh_token),
            id_token: tokens.id_token.unwrap_or(self.id_token),
            subject: self.subject,
        }
    }

    pub(crate) fn seal(&self, vault: &Vault, id: &SignInId) -> Result<Vec<u8>, StoreError> {
        let written = Written {
            access_token: self.access_token.expose_secret().into(),
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose_secret().into()),
            id_token: self.id_token.expose_secret().into(),
            subject: self.subject.as_str().into(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&written).map_err(|_| StoreError::Unreadable("grant"))?);
        Ok(vault.seal(&place(id, "grants", "tokens"), &plain).0)
    }

    pub(crate) fn unseal(vault: &Vault, id: &SignInId, sealed: &[u8]) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Unreadable("grant");
        let plain = vault.unseal(&place(id, "grants", "tokens"), sealed).map_err(|_| StoreError::Sealed("grant"))?;
        let written: Written<'_> = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
        Ok(Self {
            access_token: written.access_token.into_owned().into(),
            refresh_token: written.refresh_token.map(|token| token.into_owned().into()),
            id_token: written.id_token.into_owned().into(),
            subject: written.subject.into_owned(),
        })
    }
}

pub(crate) fn seal_practitioner(vault: &Vault, id: &SignInId, practitioner: &Practitioner) -> Result<Vec<u8>, StoreError> {
    let plain = Zeroizing::new(serde_json::to_vec(practitioner).map_err(|_| StoreError::Unreadable("practitioner"))?);
    Ok(vault.seal(&place(id, "grants", "practitioner"), &plain).0)
}

pub(crate) fn unseal_practitioner(vault: &Vault, id: &SignInId, sealed: &[u8]) -> Result<Practitioner, StoreError> {
    let plain = vault.unseal(&place(id, "grants", "practitioner"), sealed).map_err(|_| StoreError::Sealed("practitioner"))?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::Unreadable("practitioner"))
}

/// What ends Pro Santé Connect's session, once ours is gone.
pub(crate) struct OwedEnd {
    pub(crate) id_token: SecretString,
    /// From which addresses and state of the sign-out are drawn: no page shows it, and Pro Santé Connect never saw it. `None` in what an older
    /// version sealed: no browser is sent about that.
    pub(crate) secret: Option<SecretString>,
}

impl OwedEnd {
    /// Of a sign-out that becomes owed.
    pub(crate) fn new(id_token: SecretString, random: &dyn Random) -> Self {
        Self { id_token, secret: Some(secret_256(random)) }
    }

    pub(crate) fn seal(&self, vault: &Vault, id: &SignInId) -> Vec<u8> {
        let secret = self.secret.as_ref().map_or("", |secret| secret.expose_secret());
        let plain = Zeroizing::new(format!("{secret}\n{}", self.id_token.expose_secret()));
        vault.seal(&place(id, "sign_outs", "id_token"), plain.as_bytes()).0
    }

    pub(crate) fn unseal(vault: &Vault, id: &SignInId, sealed: &[u8]) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Unreadable("sign-out");
        let plain = vault.unseal(&place(id, "sign_outs", "id_token"), sealed).map_err(|_| StoreError::Sealed("sign-out"))?;
        let text = std::str::from_utf8(&plain).map_err(|_| unreadable())?;
        let (secret, id_token) = text.split_once('\n').unwrap_or(("", text));
        Ok(Self { id_token: id_token.into(), secret: (!secret.is_empty()).then(|| secret.into()) })
    }
}

/// The request to Pro Santé Connect, until its answer comes.
pub(crate) struct Pending {
    pub(crate) nonce: SecretString,
    pub(crate) pkce_verifier: SecretString,
    /// Where the browser was sent: the same page again, if it asks again. `None` in what an older version sealed.
    pub(crate) provider_url: Option<SecretString>,
}

impl Pending {
    pub(crate) fn seal(&self, vault: &Vault, id: &SignInId) -> Vec<u8> {
        let url = self.provider_url.as_ref().map_or("", |url| url.expose_secret());
        let plain = Zeroizing::new(format!("{}\n{}\n{url}", self.nonce.expose_secret(), self.pkce_verifier.expose_secret()));
        vault.seal(&place(id, "sign_ins", "psc_pending"), plain.as_bytes()).0
    }

    pub(crate) fn unseal(vault: &Vault, id: &SignInId, sealed: &[u8]) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Unreadable("pending request");
        let plain = vault.unseal(&place(id, "sign_ins", "psc_pending"), sealed).map_err(|_| StoreError::Sealed("pending request"))?;
        let text = std::str::from_utf8(&plain).map_err(|_| unreadable())?;
        let (nonce, rest) = text.split_once('\n').ok_or_else(unreadable)?;
        let (verifier, url) = rest.split_once('\n').unwrap_or((rest, ""));
        Ok(Self { nonce: nonce.into(), pkce_verifier: verifier.into(), provider_url: (!url.is_empty()).then(|| url.into()) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vestibule_model::ErrorCode;

    use super::*;
    use crate::random::SystemRandom;
    use crate::sign_in::CallbackRefused;

    #[test]
    fn what_no_key_opens_is_told_as_that_and_not_as_a_database_that_fails() {
        let vault = |key: u8| Vault::with_key(&[key; 32], Arc::new(SystemRandom));
        let id = SignInId("7F3K-9QXM".to_owned());
        let end = OwedEnd { id_token: "jeton".into(), secret: None };
        let pending = Pending { nonce: "n".into(), pkce_verifier: "v".into(), provider_url: None };
        let (owed, pending) = (end.seal(&vault(1), &id), pending.seal(&vault(1), &id));
        assert!(OwedEnd::unseal(&vault(1), &id, &owed).is_ok() && Pending::unseal(&vault(1), &id, &pending).is_ok());
        let refused = [
            OwedEnd::unseal(&vault(2), &id, &owed).err(),
            Pending::unseal(&vault(2), &id, &pending).err(),
            GrantedTokens::unseal(&vault(2), &id, &owed).err(),
            unseal_practitioner(&vault(2), &id, &owed).err(),
        ];
        for refused in refused {
            let refused = refused.expect("another key");
            assert_eq!(CallbackRefused::from(refused).code(), ErrorCode::SealingKeyMissing);
        }
    }
}
