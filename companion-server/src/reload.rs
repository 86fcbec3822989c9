//! What follows the files while serving: the companion's own certificate by itself, everything that can be taken anew when asked (SIGHUP).
//! What cannot serve changes nothing, and is said.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use vestibule_model::ErrorCode;

use crate::companion::SharedCompanion;
use crate::config::Config;
use crate::control::Control;
use crate::own_certificate::{LOOK_EVERY, OwnCertificate};
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

/// Reloads each time someone asks for it.
pub async fn on_request(companion: SharedCompanion, vault: Arc<Vault>, control: Control) {
    loop {
        control.reload.notified().await;
        let own = companion.own_certificate.as_ref().map(|own| own.reload());
        let keys = vault.ring().ids().len();
        for (provider, party) in companion.parties.each() {
            let provider = provider.name();
            match party.reload() {
                Ok(link) => {
                    let change_refused = link.change_refused;
                    tracing::info!(provider, own_certificate = ?own, keys, change_refused, "What can be taken anew was asked for");
                }
                Err(error) => {
                    tracing::error!(provider, error.code = %ErrorCode::ReloadRefused, %error, "The secret for the provider cannot be read anew: the former one still serves");
                }
            }
        }
        if let Some(file) = &control.config_file {
            compare(&companion.config, file);
        }
    }
}

/// The configuration itself is read at the start only: what changed in it since waits for the next one.
fn compare(running: &Config, file: &Path) {
    let written = match Config::load(file) {
        Ok(written) => written,
        Err(error) => {
            let code = ErrorCode::ReloadRefused;
            tracing::error!(error.code = %code, %error, "The configuration file cannot serve: the next start would refuse it");
            return;
        }
    };
    let changed = changed_keys(running, &written);
    if !changed.is_empty() {
        let keys = changed.into_iter().collect::<Vec<_>>().join(", ");
        tracing::warn!(keys, "These keys of the configuration changed since the start: they apply after a restart");
    }
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
