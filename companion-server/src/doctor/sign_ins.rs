//! How the sign-ins of the day ended: a provider that answers well to us may still let nobody back.

use vestibule_model::exchange::path;

use super::check::{Check, coded, passed, warned};
use crate::config::Config;
use crate::store::{Ended, RecentSignIns};
use crate::words;

/// What has to be declared at the provider, letter for letter: only it knows whether it was, and it tells the browser alone.
pub(super) fn addresses(config: &Config) -> Check {
    let [back, signed_out] = [path::PSC_CALLBACK, path::PSC_LOGOUT_RETURN].map(|path| config.service.address(path));
    let detail = format!("URL de redirection\u{a0}: {back}. URL de redirection après déconnexion\u{a0}: {signed_out}.");
    passed("psc_addresses", "URL à déclarer à l’ANS", Some(detail))
}

/// The last one decides: what was mended since is no warning.
pub(super) fn ended(recent: &RecentSignIns, config: &Config) -> Check {
    let (name, title) = ("sign_ins", "Connexions depuis 24 heures");
    let counted = counted(recent);
    match recent.last {
        None | Some(Ended::SignedIn) => passed(name, title, Some(format!("{counted}."))),
        Some(Ended::Failed(code)) => {
            coded(name, title, code, format!("c’est ainsi que la dernière a échoué. {} {counted}.", words::for_administrator(code).cause))
        }
        Some(Ended::NeverReturned) => {
            let back = config.service.address(path::PSC_CALLBACK);
            let detail = format!(
                "{counted}. La dernière est restée sans réponse\u{a0}: la personne a renoncé, ou Pro Santé Connect ne l’a pas renvoyée ici. \
                 S’il lui affiche une erreur, vérifiez qu’il connaît cette URL de redirection, à la lettre près\u{a0}: {back}"
            );
            warned(name, title, detail)
        }
    }
}

fn counted(recent: &RecentSignIns) -> String {
    let of = |number: u64, one: &str, many: &str| (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }));
    let failed: Vec<String> = recent.failed.iter().map(|(code, number)| format!("{code}\u{a0}: {number}")).collect();
    let failures = recent.failed.iter().map(|(_, number)| number).sum();
    let parts = [
        of(recent.signed_in, "a abouti", "ont abouti"),
        of(failures, "a échoué", "ont échoué").map(|text| format!("{text} ({})", failed.join(", "))),
        of(recent.never_returned, "est restée sans réponse de Pro Santé Connect", "sont restées sans réponse de Pro Santé Connect"),
        of(recent.away, "est en cours chez Pro Santé Connect", "sont en cours chez Pro Santé Connect"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "Aucune".to_owned() } else { parts.join("\u{202f}; ") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vestibule_model::ErrorCode;

    use super::super::check::Status;
    use super::{addresses, ended};
    use crate::config::Config;
    use crate::store::{Ended, RecentSignIns};

    fn config() -> Config {
        let installation = vestibule_installation::Installation::least();
        Config::parse(&installation.text(), Path::new("/etc/vestibule")).expect("sound")
    }

    #[test]
    fn how_the_last_sign_in_ended_decides_and_all_are_counted() {
        let failed = vec![(ErrorCode::PscUnavailable, 2), (ErrorCode::NumberRefused, 1)];
        let told = |last| {
            let recent = RecentSignIns { signed_in: 3, never_returned: 1, away: 1, failed: failed.clone(), last };
            let check = ended(&recent, &config());
            (check.status, check.code, check.detail.expect("said"))
        };
        let all = "3 ont abouti\u{202f}; 3 ont échoué (VST-4002\u{a0}: 2, VST-2052\u{a0}: 1)\u{202f}; \
                   1 est restée sans réponse de Pro Santé Connect\u{202f}; 1 est en cours chez Pro Santé Connect";
        let all = all.replace("VST-2052", &ErrorCode::NumberRefused.to_string());
        assert_eq!(told(Some(Ended::SignedIn)), (Status::Ok, None, format!("{all}.")));
        let (status, code, detail) = told(Some(Ended::Failed(ErrorCode::PscUnavailable)));
        assert!(status == Status::Warning && code == Some(ErrorCode::PscUnavailable) && detail.contains(&all), "{detail}");
        let (status, code, detail) = told(Some(Ended::NeverReturned));
        assert!(status == Status::Warning && code.is_none() && detail.ends_with("http://127.0.0.1:8080/psc/callback"), "{detail}");
        let none = ended(&RecentSignIns::default(), &config());
        assert_eq!((none.status, none.detail.as_deref()), (Status::Ok, Some("Aucune.")));
        assert!(
            addresses(&config())
                .detail
                .is_some_and(|detail| detail.starts_with("URL de redirection\u{a0}: http://127.0.0.1:8080/psc/callback. "))
        );
    }
}
