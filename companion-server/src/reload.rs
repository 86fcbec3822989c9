//! What follows the files while serving: the companion's own certificate by itself, everything that can be taken anew when asked (SIGHUP).
//! What cannot serve changes nothing, and is said. Groups and limits of the configuration are among it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use vestibule_model::ErrorCode;

use crate::companion::SharedCompanion;
use crate::config::Config;
use crate::control::Control;
use crate::key_rotation;
use crate::looked::Looked;
use crate::own_certificate::{LOOK_EVERY, OwnCertificate};
use crate::sign_in::SignIns;
use crate::store::Store;
use crate::surroundings::Rules;
use crate::vault::Vault;

/// Looks at the files of the companion's own certificate every few seconds.
pub async fn watch_own_certificate(own: Option<Arc<OwnCertificate>>) {
    let Some(own) = own else { return };
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        own.watch();
    }
}

/// Judges each file of keys that the vault finds changed, by what lies in the memory; as soon as that answers.
pub async fn judge_sealing_keys(companion: SharedCompanion, vault: Arc<Vault>) {
    loop {
        vault.newcomers().await;
        while let Err(error) = key_rotation::judge(&companion.store, &vault).await {
            tracing::error!(error.code = %error.code(), %error, "The changed key file could not be held against the database");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Reloads each time someone asks for it.
pub async fn on_request(companion: SharedCompanion, vault: Arc<Vault>, control: Control) {
    let mut running = companion.config.clone();
    loop {
        control.reload.notified().await;
        let own = companion.own_certificate.as_ref().map(|own| own.reload());
        let sealing_keys = reload_keys(&companion.store, &vault).await;
        tracing::info!(
            own_certificate = own.map(Looked::name),
            sealing_keys = sealing_keys.name(),
            keys = vault.ring().ids().len(),
            "What can be taken anew was asked for"
        );
        for (provider, party) in companion.parties.each() {
            let provider = provider.name();
            let certificates = party.reload_link();
            match party.reload_secret() {
                Ok(secret) => {
                    tracing::info!(provider, secret = secret.name(), certificates = certificates.name(), "So it was towards the provider")
                }
                Err(error) => {
                    tracing::error!(provider, error.code = %ErrorCode::ReloadRefused, %error, "The secret for the provider cannot be read anew: the former one still serves");
                }
            }
        }
        if let Some(file) = &control.config_file {
            take_anew(&companion.sign_ins, &mut running, file);
        }
    }
}

/// What became of the key file, held against what lies in the memory.
async fn reload_keys(store: &Store, vault: &Vault) -> Looked {
    let looked = vault.reload();
    if let Err(error) = key_rotation::judge(store, vault).await {
        tracing::error!(error.code = %error.code(), %error, "The changed key file could not be held against the database");
    }
    if vault.is_file_refused() { Looked::Refused } else { looked }
}

/// Names the keys that are taken anew, each with all that is under it. Every other one waits for the next start.
macro_rules! taken {
    ($($section:ident $(. $key:ident)?;)+) => {
        const TAKEN: &[&str] = &[$(concat!(stringify!($section) $(, ".", stringify!($key))?),)+];

        /// What is taken is what runs from then on.
        fn follow(running: &mut Config, written: &Config) {
            $(running.$section$(.$key)?.clone_from(&written.$section$(.$key)?);)+
        }
    };
}

taken! {
    groups;
    limits.pending_per_key;
    limits.starts_per_minute_per_address;
    limits.starts_per_minute_per_key;
    psc.idp_hint;
    session.idle_limit_minutes;
    workstations.card_grace_seconds;
    workstations.card_removal;
    workstations.confirmation;
    workstations.exchanges;
    workstations.multi_session;
    workstations.shared;
}

/// Takes groups and limits as the file has them by now, and names what waits for the next start.
fn take_anew(sign_ins: &SignIns, running: &mut Config, file: &Path) {
    let written = match Config::load(file) {
        Ok(written) => written,
        Err(error) => {
            let code = ErrorCode::ReloadRefused;
            tracing::error!(error.code = %code, %error, "The configuration file cannot serve: the next start would refuse it");
            return;
        }
    };
    let (taken, waiting): (BTreeSet<_>, BTreeSet<_>) = changed_keys(running, &written).into_iter().partition(|key| is_taken(key));
    let list = |keys: BTreeSet<String>| keys.into_iter().collect::<Vec<_>>().join(", ");
    if !taken.is_empty() {
        sign_ins.take_rules(&Rules::from(&written));
        follow(running, &written);
        tracing::info!(keys = list(taken), "These keys of the configuration changed, and apply from now on");
    }
    if !waiting.is_empty() {
        tracing::warn!(keys = list(waiting), "These keys of the configuration changed since the start: they apply after a restart");
    }
}

fn is_taken(key: &str) -> bool {
    TAKEN.iter().any(|taken| key.strip_prefix(taken).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Dotted names of what differs; never a value.
fn changed_keys(running: &Config, written: &Config) -> BTreeSet<String> {
    let mut changed = BTreeSet::new();
    if let (Ok(running), Ok(written)) = (serde_json::to_value(running), serde_json::to_value(written)) {
        compare_values("", Some(&running), Some(&written), &mut changed);
    }
    changed
}

fn compare_values(name: &str, running: Option<&Value>, written: Option<&Value>, changed: &mut BTreeSet<String>) {
    let member = |value: Option<&Value>, key: &str| value.and_then(|value| value.get(key)).cloned();
    match (running, written) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            for key in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
                let dotted = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                compare_values(&dotted, member(running, key).as_ref(), member(written, key).as_ref(), changed);
            }
        }
        (running, written) if running != written => {
            changed.insert(name.to_owned());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
