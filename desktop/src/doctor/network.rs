//! What lies between this workstation and the companion: its addresses, and who presents a certificate there.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Host;
use vestibule_model::ErrorCode;

use super::{Check, Verdict};
use crate::companion::{Believed, Cause, Presented, presented};
use crate::ports::Ports;
use crate::route::Route;
use crate::settings::Settings;
use crate::words::{Title, Words};

/// An address that takes longer to answer delays everybody.
const ANSWER: Duration = Duration::from_secs(3);
/// Addresses that are tried, at most.
const MOST: usize = 8;

/// What became of a connection to one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tried {
    Answered,
    /// Said no, or there is no way to it: the next address is tried at once.
    Refused,
    /// Said nothing.
    Silent,
}

/// Whether each kind of address answers; `None` where the companion has one address, or a proxy chooses.
pub(super) async fn addresses(settings: &Settings, words: &dyn Words) -> Option<Check> {
    let Route::Direct(_) = settings.route else { return None };
    let Some(Host::Domain(name)) = settings.companion_url.host() else { return None };
    let port = settings.companion_url.port_or_known_default()?;
    let found: Vec<SocketAddr> = timeout(ANSWER, lookup_host((name, port))).await.ok()?.ok()?.take(MOST).collect();
    let tried = join_all(found.into_iter().map(|address| async move { (address.ip(), tried(address).await) })).await;
    judged(&tried, words)
}

async fn tried(address: SocketAddr) -> Tried {
    match timeout(ANSWER, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Tried::Answered,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::TimedOut => Tried::Silent,
        Ok(Err(_)) => Tried::Refused,
        Err(_) => Tried::Silent,
    }
}

/// A silent one beside one that answers. Where none does, the companion's own line says why.
fn judged(tried: &[(IpAddr, Tried)], words: &dyn Words) -> Option<Check> {
    let first = |wanted| tried.iter().find(|(_, became)| *became == wanted).map(|(address, _)| *address);
    let answered = first(Tried::Answered)?;
    let Some(silent) = first(Tried::Silent) else {
        let all: Vec<String> = tried.iter().filter(|(_, became)| *became == Tried::Answered).map(|(ip, _)| ip.to_string()).collect();
        return (tried.len() > 1).then(|| Check::ok(Title::Addresses, words, all.join(", ")));
    };
    let detail = words.silent_address(silent, answered);
    Some(Check { verdict: Verdict::Warning, ..Check::ok(Title::Addresses, words, detail) })
}

/// Whose certificate it is that is presented, and what the companion's line says of it.
pub(super) async fn certificate(settings: &Settings, ports: &Ports, companion: &Check, words: &dyn Words) -> Option<Check> {
    let believed = match (companion.verdict, companion.code, companion.cause) {
        (Verdict::Ok, ..) => Believed::Yes,
        (_, Some(ErrorCode::CompanionUntrusted), Some(Cause::AuthorityUnknown)) => Believed::UnknownAuthority,
        (_, Some(ErrorCode::CompanionUntrusted), Some(Cause::AnotherName)) => Believed::Yes,
        (_, Some(ErrorCode::CompanionUntrusted), _) => Believed::No,
        _ => return None,
    };
    let presented = timeout(2 * ANSWER, presented(settings)).await.ok()??;
    let today = i64::try_from(ports.clock.unix_ms()).ok().and_then(DateTime::from_timestamp_millis)?;
    Some(told(&presented, believed, today, words))
}

fn told(presented: &Presented, believed: Believed, today: DateTime<Utc>, words: &dyn Words) -> Check {
    let detail = format!("{} · {}", words.certificate(presented, believed), words.validity(presented, today));
    match believed {
        // Vestibule works behind it, and whoever runs it reads what passes.
        Believed::Yes if presented.is_of_an_inspector() => {
            Check { verdict: Verdict::Warning, ..Check::ok(Title::Certificate, words, detail) }
        }
        Believed::Yes => Check::ok(Title::Certificate, words, detail),
        Believed::UnknownAuthority | Believed::No => {
            Check::wrong(Title::Certificate, words, Verdict::Failure, ErrorCode::CompanionUntrusted, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Days, Utc};
    use vestibule_model::language::Language;

    use super::{Tried, judged, told};
    use crate::companion::{Believed, Presented};
    use crate::doctor::{Check, Verdict};
    use crate::words;

    #[test]
    fn an_address_that_says_nothing_beside_one_that_answers_is_worth_a_word() {
        let (six, four) = ("2001:db8::1".parse().expect("an address"), "192.0.2.1".parse().expect("an address"));
        let of = |tried: &[_]| judged(tried, words::of(Language::Fr));
        let warned = of(&[(six, Tried::Silent), (four, Tried::Answered)]).expect("told");
        assert!(
            warned.verdict == Verdict::Warning && warned.detail.contains("2001:db8::1") && warned.detail.contains("IPv6"),
            "{warned:?}"
        );
        let good = of(&[(six, Tried::Answered), (four, Tried::Answered)]).expect("told");
        assert!(good.verdict == Verdict::Ok && good.detail == "2001:db8::1, 192.0.2.1", "{good:?}");
        // No way by IPv6 from here: the other is taken at once.
        assert_eq!(of(&[(six, Tried::Refused), (four, Tried::Answered)]).expect("told").verdict, Verdict::Ok);
        assert_eq!(of(&[(four, Tried::Answered)]), None);
        assert_eq!(of(&[(six, Tried::Silent), (four, Tried::Refused)]), None, "the companion's line says so");
    }

    fn day(number: u64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Days::new(number)
    }

    /// For all of 1971.
    fn presented(subject: &str, issuer: &str) -> Presented {
        Presented { subject: subject.to_owned(), issuer: issuer.to_owned(), begins_at: day(365), ends_at: day(730) }
    }

    #[test]
    fn a_certificate_out_of_its_time_is_told_with_its_day_and_the_day_that_the_clock_says() {
        let said = |number| told(&presented("a.example", "R11"), Believed::No, day(number), words::of(Language::Fr)).detail;
        assert!(said(600).ends_with(" · valable jusqu’au 1er janvier 1972"), "{}", said(600));
        assert!(
            said(1000).contains("expiré le 1er janvier 1972") && said(1000).contains("elle dit le 27 septembre 1972"),
            "{}",
            said(1000)
        );
        assert!(said(1).contains("à partir du 1er janvier 1971") && said(1).contains("elle dit le 2 janvier 1970"), "{}", said(1));
    }

    #[test]
    fn who_presents_a_certificate_is_told_and_judged_by_whether_it_is_believed() {
        let of = |subject: &str, issuer: &str, believed| -> Check {
            told(&presented(subject, issuer), believed, day(600), words::of(Language::Fr))
        };
        let good = of("connexion.hopital.example", "R11, Let’s Encrypt", Believed::Yes);
        assert!(good.verdict == Verdict::Ok && good.detail.contains("R11"), "{good:?}");
        let inspected = of("connexion.hopital.example", "FGT60F, Fortinet", Believed::Yes);
        assert!(inspected.verdict == Verdict::Warning && inspected.detail.contains("déchiffre"), "{inspected:?}");
        for (issuer, words) in [
            ("FGT60F, Fortinet", "déchiffre les échanges"),
            ("Autorité interne", "autorité que ce poste ne connaît pas"),
            ("connexion.hopital.example", "auto-signé"),
        ] {
            let check = of("connexion.hopital.example", issuer, Believed::UnknownAuthority);
            assert!(check.verdict == Verdict::Failure && check.detail.contains(words) && check.code.is_some(), "{check:?}");
        }
        let bad = of("autre.example", "R11", Believed::No);
        assert!(bad.verdict == Verdict::Failure && bad.detail.contains("autre.example") && !bad.detail.contains("déchiffre"), "{bad:?}");
    }
}
