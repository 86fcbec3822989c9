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
    let believed = believed(companion.verdict, companion.code, companion.cause)?;
    let presented = timeout(2 * ANSWER, presented(settings)).await.ok()??;
    Some(told(&presented, believed, companion.remedy, ports.clock.now(), words))
}

/// What a call to the companion says of the certificate that it met; `None` where it says nothing.
fn believed(verdict: Verdict, code: Option<ErrorCode>, cause: Option<Cause>) -> Option<Believed> {
    match (verdict, code, cause) {
        (Verdict::Ok, ..) => Some(Believed::Yes),
        (_, Some(ErrorCode::CompanionUntrusted), Some(Cause::AuthorityUnknown)) => Some(Believed::UnknownAuthority),
        (_, Some(ErrorCode::CompanionUntrusted), Some(Cause::AnotherName)) => Some(Believed::Yes),
        (_, Some(ErrorCode::CompanionUntrusted), _) => Some(Believed::No),
        _ => None,
    }
}

/// `remedy` is that of the call that met it: two lines about one certificate want one thing done.
fn told(presented: &Presented, believed: Believed, remedy: Option<&'static str>, today: DateTime<Utc>, words: &dyn Words) -> Check {
    let hosts = (!presented.is_for_its_host).then(|| words.for_other_hosts(&presented.hosts));
    let parts = [Some(words.certificate(presented, believed)), hosts, Some(words.validity(presented, today))];
    let detail = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    match believed {
        // Vestibule works behind it, and whoever runs it reads what passes.
        Believed::Yes if presented.is_of_an_inspector() => {
            Check { verdict: Verdict::Warning, ..Check::ok(Title::Certificate, words, detail) }
        }
        Believed::Yes => Check::ok(Title::Certificate, words, detail),
        Believed::UnknownAuthority | Believed::No => {
            let check = Check::wrong(Title::Certificate, words, Verdict::Failure, ErrorCode::CompanionUntrusted, detail);
            // A date or a name of the interceptor's own is not the companion's to mend.
            let remedy = if presented.is_of_an_inspector() { Some(words.interception_remedy()) } else { remedy.or(check.remedy) };
            Check { remedy, ..check }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::path::Path;
    use std::sync::Arc;

    use chrono::{DateTime, Days, Utc};
    use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection};
    use tokio::net::TcpListener;
    use vestibule_model::language::Language;

    use super::*;
    #[cfg(target_os = "linux")]
    use crate::doctor::{certificate_met, companion::asked, of_certificate};
    use crate::paths::{Paths, PolicyPlace};
    use crate::trusted_file::PolicyOwner;
    use crate::words;

    /// Of a companion at this address of this machine, by its number, and of its authority where the policy names one.
    fn settings(folder: &Path, port: u16, authority: Option<&Certificate>) -> Settings {
        let at = |name: &str| folder.join(name);
        let mut policy = format!("companion_url = \"https://127.0.0.1:{port}\"\n");
        if let Some(authority) = authority {
            std::fs::write(at("authority.pem"), authority.pem()).expect("written");
            policy.push_str("companion_ca_file = \"authority.pem\"\n");
        }
        std::fs::write(at("policy"), policy).expect("written");
        let machine_policy = PolicyPlace::File { path: at("none"), owner: PolicyOwner::Root };
        let paths = Paths {
            machine_policy,
            user_settings: at("user"),
            logs: at("logs"),
            session_lock: at("lock"),
            unfinished_sign_ins: at("begun"),
            shared_workstation: at("shared"),
            reports: at("out"),
        };
        Settings::load_from(paths, Some(&at("policy")), "poste").expect("good settings")
    }

    /// For 127.0.0.1, in these names.
    fn params(common: &str, organisation: &str) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, common);
        params.distinguished_name.push(DnType::OrganizationName, organisation);
        params
    }

    /// What a server presents, and who signed it; none where it signed itself.
    fn signed(server: CertificateParams, by: Option<(&str, &str)>) -> (ServerConfig, Option<Certificate>) {
        let key = KeyPair::generate().expect("a key");
        let (certificate, authority) = match by {
            None => (server.self_signed(&key).expect("signed"), None),
            Some((common, organisation)) => {
                let (mut authority, its_key) = (params(common, organisation), KeyPair::generate().expect("a key"));
                authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                let known = authority.self_signed(&its_key).expect("signed");
                (server.signed_by(&key, &Issuer::new(authority, its_key)).expect("signed"), Some(known))
            }
        };
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        (config.with_single_cert(vec![certificate.der().clone()], key).expect("its key"), authority)
    }

    /// A server that presents it to so many callers; then, whether the last one believed it.
    fn presents(config: ServerConfig, callers: usize) -> (u16, std::thread::JoinHandle<bool>) {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let config = Arc::new(config);
        let served = std::thread::spawn(move || {
            let believed = listener.incoming().take(callers).map(|stream| {
                let mut tls = ServerConnection::new(config.clone()).expect("a connection");
                tls.complete_io(&mut stream.expect("called")).is_ok()
            });
            believed.last().expect("somebody called")
        });
        (port, served)
    }

    /// Expired long ago, as far as it matters.
    #[cfg(target_os = "linux")]
    fn over(mut params: CertificateParams) -> CertificateParams {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2024, 1, 1);
        params
    }

    #[cfg(target_os = "linux")]
    fn for_others(hosts: &[&str]) -> CertificateParams {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let mut params = params("connexion", "Service");
        params.subject_alt_names = CertificateParams::new(hosts).expect("names").subject_alt_names;
        params
    }

    /// What verifies certificates on Windows and macOS names some of these otherwise.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_is_wrong_with_a_certificate_is_told_whole_and_its_two_lines_want_one_thing_done() {
        let words = words::of(Language::Fr);
        let (own, inspector) = (Some(("Racine", "Hôpital Exemple")), Some(("FGT60F", "Fortinet")));
        let mut an_authority = params("connexion", "Service");
        an_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let (intercepted, renewed) = ("sans intercepter le TLS.", "est à renouveler");
        for (server, by, is_known, cause, told, done) in [
            (
                for_others(&["autre.example", "10.0.0.9"]),
                own,
                true,
                Cause::WrongName,
                &["établi pour autre.example, 10.0.0.9, et non pour"][..],
                "ne correspond pas au nom de son certificat",
            ),
            (for_others(&[]), own, true, Cause::WrongName, &["il ne désigne aucun serveur"], "ne correspond pas au nom de son certificat"),
            (over(params("connexion", "Service")), own, true, Cause::CertificateExpired, &["expiré le 1er janvier 2024"], renewed),
            (
                over(params("connexion", "Service")),
                inspector,
                false,
                Cause::CertificateExpired,
                &["intercepte le TLS", "expiré le 1er janvier 2024"],
                intercepted,
            ),
            (params("connexion", "Service"), inspector, false, Cause::AuthorityUnknown, &["ne connaît pas son autorité"], intercepted),
            (
                params("connexion", "Service"),
                own,
                false,
                Cause::AuthorityUnknown,
                &["une autorité que ce poste ne connaît pas"],
                "companion_ca_file",
            ),
            (params("connexion", "Service"), None, false, Cause::AuthorityUnknown, &["auto-signé"], "companion_ca_file"),
            // As openssl makes them.
            (an_authority, None, false, Cause::CertificateUnfit, &["auto-signé"], "est à remplacer"),
            (over(params("connexion", "Service")), None, false, Cause::CertificateExpired, &["auto-signé", "expiré le"], renewed),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let (config, authority) = signed(server, by);
            let (port, served) = presents(config, 3);
            let settings = settings(folder.path(), port, authority.as_ref().filter(|_| is_known));
            let (mut lines, answers) = asked(&settings, &Ports::system(), words).await;
            let check = of_certificate(&settings, &Ports::system(), &mut lines, words).await.expect("told");
            let companion = lines.first().expect("told");
            assert!(!answers && companion.cause == Some(cause), "{by:?} {told:?}: {companion:?}");
            assert!(check.verdict == Verdict::Failure && told.iter().all(|part| check.detail.contains(part)), "{told:?}: {check:?}");
            assert!(check.remedy.is_some_and(|remedy| remedy.contains(done)), "{done}: {check:?}");
            assert_eq!(companion.remedy, check.remedy, "{told:?}");
            let met = certificate_met(&settings, &Ports::system(), Some(cause), words).await;
            assert_eq!(met.as_ref(), Some(&check), "a sign-in says what the diagnosis says");
            assert!(!served.join().expect("it ends"), "the one who looks goes no further");
        }
    }

    /// What a companion's line says where nothing of it answered.
    fn unreached(code: ErrorCode, cause: Option<Cause>) -> Check {
        let words = words::of(Language::Fr);
        Check { cause, ..Check::wrong(Title::Companion, words, Verdict::Failure, code, "x") }
    }

    #[tokio::test]
    async fn whoever_presents_a_certificate_is_named_and_never_believed() {
        let words = words::of(Language::Fr);
        let folder = tempfile::tempdir().expect("a folder");
        let untrusted = |cause| unreached(ErrorCode::CompanionUntrusted, cause);
        for (companion, verdict, unknown) in [
            (Check::ok(Title::Companion, words, "x"), Verdict::Ok, false),
            (untrusted(Some(Cause::AuthorityUnknown)), Verdict::Failure, true),
            // What answered names another address as its own: the certificate was believed by then.
            (untrusted(Some(Cause::AnotherName)), Verdict::Ok, false),
            (untrusted(Some(Cause::WrongName)), Verdict::Failure, false),
            (untrusted(None), Verdict::Failure, false),
        ] {
            let (port, served) = presents(signed(params("connexion", "Service Exemple"), Some(("Racine", "Hôpital Exemple"))).0, 1);
            let check = certificate(&settings(folder.path(), port, None), &Ports::system(), &companion, words).await.expect("told");
            assert!(check.verdict == verdict && check.detail.contains("ne connaît pas") == unknown, "{companion:?}: {check:?}");
            let named = "au nom de «\u{a0}connexion, Service Exemple\u{a0}», émis par «\u{a0}Racine, Hôpital Exemple\u{a0}»";
            assert!(check.detail.starts_with(named), "{check:?}");
            assert!(!served.join().expect("it ends"), "the one who looks goes no further");
        }
        // Where nothing answers, nothing is presented, and nobody is called for it.
        let (port, served) = presents(signed(params("connexion", "Service Exemple"), None).0, 1);
        let settings = settings(folder.path(), port, None);
        assert_eq!(certificate(&settings, &Ports::system(), &unreached(ErrorCode::CompanionUnreachable, None), words).await, None);
        assert!(!served.is_finished(), "it still waits for somebody");
    }

    #[tokio::test]
    async fn an_address_answers_refuses_or_says_nothing() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        assert_eq!(tried(address).await, Tried::Answered);
        drop(listener);
        assert_eq!(tried(address).await, Tried::Refused);
    }

    /// Only Linux leaves without a word whoever comes after as many as are waited for.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_address_that_takes_no_more_says_nothing() {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
        let listener = socket.listen(0).expect("it listens");
        let address = listener.local_addr().expect("an address");
        let (first, second) = (TcpStream::connect(address).await.expect("taken"), tried(address));
        // The queue holds one or two.
        let third = tried(address);
        let (second, third) = tokio::join!(second, third);
        assert!([second, third].contains(&Tried::Silent), "{second:?} {third:?}");
        drop(first);
    }

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
        let hosts = vec![subject.to_owned()];
        Presented {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            hosts,
            is_for_its_host: true,
            is_self_signed: subject == issuer,
            begins_at: day(365),
            ends_at: day(730),
        }
    }

    #[test]
    fn a_certificate_out_of_its_time_is_told_with_its_day_and_the_day_that_the_clock_says() {
        let said = |number| told(&presented("a.example", "R11"), Believed::No, None, day(number), words::of(Language::Fr)).detail;
        assert!(said(600).ends_with(" · valable jusqu’au 1er janvier 1972"), "{}", said(600));
        assert!(
            said(1000).contains("expiré le 1er janvier 1972") && said(1000).contains("elle indique le 27 septembre 1972"),
            "{}",
            said(1000)
        );
        assert!(said(1).contains("à partir du 1er janvier 1971") && said(1).contains("elle indique le 2 janvier 1970"), "{}", said(1));
    }

    #[test]
    fn who_presents_a_certificate_is_told_and_judged_by_whether_it_is_believed() {
        let of = |subject: &str, issuer: &str, believed| -> Check {
            told(&presented(subject, issuer), believed, None, day(600), words::of(Language::Fr))
        };
        let good = of("connexion.hopital.example", "R11, Let’s Encrypt", Believed::Yes);
        assert!(good.verdict == Verdict::Ok && good.detail.contains("R11"), "{good:?}");
        let inspected = of("connexion.hopital.example", "FGT60F, Fortinet", Believed::Yes);
        assert!(inspected.verdict == Verdict::Warning && inspected.detail.contains("intercepte le TLS"), "{inspected:?}");
        for (issuer, words) in [
            ("FGT60F, Fortinet", "intercepte le TLS, et ce poste ne connaît pas"),
            ("Autorité interne", "autorité que ce poste ne connaît pas"),
            ("connexion.hopital.example", "auto-signé"),
        ] {
            let check = of("connexion.hopital.example", issuer, Believed::UnknownAuthority);
            assert!(check.verdict == Verdict::Failure && check.detail.contains(words) && check.code.is_some(), "{check:?}");
        }
        let bad = of("autre.example", "R11", Believed::No);
        assert!(bad.verdict == Verdict::Failure && bad.detail.contains("autre.example") && !bad.detail.contains("intercepte"), "{bad:?}");
    }
}
