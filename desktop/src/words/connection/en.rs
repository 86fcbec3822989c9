//! In English.

use vestibule_branding::PRODUCT_NAME;

use super::ConnectionWords;
use crate::browser::Launcher;
use crate::companion::{AuthorityFault, Cause, ClientRefused, CompanionError, ProxyFault};
use crate::route::{Direct, Route, SetBy};
use crate::words::English;
use crate::words::system::SystemWords;

impl ConnectionWords for English {
    fn route(&self, route: &Route) -> String {
        match route {
            Route::Proxy { address, set_by } => format!("by the proxy {address}, set by {}", set_by_whom(*set_by)),
            Route::Direct(Direct::ThisMachine) => "direct, on this workstation".to_owned(),
            Route::Direct(Direct::NothingSet) => "direct, no proxy is set".to_owned(),
            Route::Direct(Direct::ScriptIgnored) => format!(
                "direct: the system has an automatic configuration script (PAC), which {PRODUCT_NAME} does not read. If a proxy is needed, \
                 set “proxy” in the workstation policy"
            ),
            Route::Direct(Direct::Wanted) => "direct, as the workstation policy wants it".to_owned(),
            Route::Direct(Direct::Exception(set_by)) => {
                format!("direct: the sign-in server is an exception to the proxy, set by {}", set_by_whom(*set_by))
            }
        }
    }

    fn client_refused(&self, error: &ClientRefused) -> String {
        match error {
            ClientRefused::CertificationAuthority { path, fault } => {
                let why = match fault {
                    AuthorityFault::File(fault) => self.system_fault(*fault),
                    AuthorityFault::Utf16 => "this file is saved in UTF-16. Save it in UTF-8".to_owned(),
                    AuthorityFault::NotPem => "it is no certificate in PEM format".to_owned(),
                };
                format!("{}: unusable certification authority ({why}).", path.display())
            }
            ClientRefused::Proxy(_) => "The address of the proxy is unusable.".to_owned(),
            ClientRefused::Tls(_) => "Encryption cannot be set up: this workstation may know no certification authority at all.".to_owned(),
        }
    }

    fn companion_error(&self, error: &CompanionError) -> String {
        match error {
            CompanionError::Unreachable(_) => "no answer from the sign-in server".to_owned(),
            CompanionError::Proxy { fault, address, set_by, .. } => {
                let did = match fault {
                    ProxyFault::AuthenticationRequired => "asks for authentication (407)",
                    ProxyFault::Refused => "refuses access to the sign-in server",
                    ProxyFault::Unreachable => "does not answer",
                };
                format!("the proxy {address}, set by {}, {did}", set_by_whom(*set_by))
            }
            CompanionError::Untrusted(_) => "the certificate presented does not prove that this is the sign-in server".to_owned(),
            CompanionError::Impostor => "the answer names another host than the one that is set".to_owned(),
            CompanionError::AnotherServer(_) => "what answers is not the sign-in server".to_owned(),
            CompanionError::Refused(refusal) => format!("{}, HTTP answer {}", refusal.code, refusal.status),
            CompanionError::Fault(status @ 502..=504) => {
                format!("the sign-in server, or the proxy in front of it, answers, but is not available (HTTP {status})")
            }
            CompanionError::Fault(status) => format!("unexpected HTTP answer {status}"),
            CompanionError::Unreadable => "this version cannot read the answer".to_owned(),
            CompanionError::Random(_) => self.no_random().to_owned(),
        }
    }

    fn cause(&self, cause: Cause) -> &'static str {
        match cause {
            Cause::ConnectionRefused => {
                "the connection is refused: nothing listens at this address and port (server stopped, wrong port), or a firewall refuses it"
            }
            Cause::NameUnknown => {
                "the server’s name does not resolve: the address is misspelt, or name resolution (DNS) does not work on this workstation"
            }
            Cause::NoRoute => "no route leads to the server: the network is cut, or a VPN is closed",
            Cause::ConnectTimedOut => {
                "the connection does not come about: the server is off, a firewall answers nothing, or this port does not speak https"
            }
            Cause::NoAnswer => {
                "nothing came from the server in the time that was given: it is stopped or blocked, or the network does not lead to it"
            }
            Cause::AnswerTimedOut => "the server was reached, but did not answer in time",
            Cause::CutOff => "the connection was cut before the answer",
            Cause::NotTls => "the port answers, but not in https: the port is wrong, or what listens speaks http only",
            Cause::AuthorityUnknown => {
                "the certificate comes from an authority unknown to this workstation: companion_ca_file is missing from the policy or is not that of this authority, or a device of the network intercepts TLS"
            }
            Cause::WrongName => "the certificate is made for another name than that of the address set here",
            Cause::CertificateExpired => "the certificate has expired, or the workstation’s clock is ahead",
            Cause::CertificateNotYetValid => "the certificate is not yet valid, or the workstation’s clock is behind",
            Cause::CertificateRevoked => "the certificate is revoked",
            Cause::CertificateUnfit => "the certificate is not fit for a server",
            Cause::BadGateway => {
                "the proxy in front of the server had no valid answer from it (HTTP 502): the server is stopped, or starting"
            }
            Cause::ServiceUnavailable => {
                "the server, or the proxy in front of it, answers that it is not available (HTTP 503): it is stopped, overloaded or under maintenance"
            }
            Cause::GatewayTimedOut => "the server did not answer the proxy in front of it in time (HTTP 504)",
            Cause::AnotherName => {
                "the server presents itself under another address than the one set (companion_url here, public_url on the server)"
            }
        }
    }

    fn cause_is(&self, cause: &str) -> String {
        format!("Cause: {cause}.")
    }

    fn cause_remedy(&self, cause: Cause) -> Option<&'static str> {
        match cause {
            Cause::ConnectionRefused | Cause::AnswerTimedOut | Cause::CutOff => Some(
                "Try again in a minute. If it happens again, tell support: the sign-in server is stopped or blocked, or its address is set wrongly.",
            ),
            Cause::NoAnswer | Cause::ConnectTimedOut => Some(
                "Check that the workstation is connected to the network, then try again. If it is, tell support: the sign-in server may be stopped or blocked.",
            ),
            Cause::NameUnknown => Some(
                "Check that the workstation is connected to the network. If it is, tell support: the address of the sign-in server (companion_url) is set wrongly, or its name is missing from the DNS.",
            ),
            Cause::AuthorityUnknown => Some(
                "Do not try again. Tell support: the network must let this address pass without intercepting TLS, or companion_ca_file must name the authority of the server.",
            ),
            Cause::CertificateExpired => Some(
                "Do not try again. Tell support: the certificate presented at this address is to be renewed, or the clock of this workstation to be set.",
            ),
            Cause::WrongName => Some(
                "Do not try again. Tell support: the address of the sign-in server (companion_url) does not match the name of its certificate.",
            ),
            Cause::CertificateNotYetValid => Some(
                "Do not try again. Tell support: the clock of this workstation is to be set, or the certificate presented at this address to be replaced.",
            ),
            Cause::CertificateRevoked | Cause::CertificateUnfit => {
                Some("Do not try again. Tell support: the certificate presented at this address is to be replaced.")
            }
            Cause::NoRoute
            | Cause::NotTls
            | Cause::AnotherName
            | Cause::BadGateway
            | Cause::ServiceUnavailable
            | Cause::GatewayTimedOut => None,
        }
    }

    fn launcher(&self, launcher: &Launcher) -> String {
        match launcher {
            Launcher::Found { program, browser: Some(browser) } => format!("{browser}, opened by {program}"),
            Launcher::Found { program, browser: None } => format!("opened by {program}"),
            Launcher::Named { program, profile: None } => format!("{program}, named by the workstation policy (browser)"),
            Launcher::Named { program, profile: Some(profile) } => {
                format!("{program}, named by the workstation policy (browser), profile “{profile}”")
            }
            Launcher::NamedMissing { program } => {
                format!("the workstation policy names “{program}” (browser), which is not on this workstation")
            }
            Launcher::NotABrowser { program, handler } => {
                format!(
                    "{program} leads to “{handler}”, which is no browser. Choose a default browser, or name it in the workstation policy (browser)"
                )
            }
            Launcher::WithoutBrowser { program } => format!("{program} is there, but the system names no browser that is installed"),
            Launcher::PathWithBlank { program, browser } => format!(
                "the variable BROWSER names “{browser}”, which {program} cuts at the space. Give BROWSER a path without a space (a symbolic link will do), or remove this variable"
            ),
            Launcher::Missing => "no program to open the browser".to_owned(),
        }
    }

    fn way_to_companion(&self, route: &str) -> String {
        format!("Way to the sign-in server: {route}.")
    }

    fn browser_is(&self, launcher: &str) -> String {
        format!("Browser: {launcher}.")
    }

    fn browser_did_not_open(&self, launcher: &str) -> String {
        format!("Browser: {launcher}, which could not open.")
    }
}

fn set_by_whom(set_by: SetBy) -> &'static str {
    match set_by {
        SetBy::Policy => "the workstation policy",
        SetBy::System => "the configuration of the system",
        SetBy::Environment => "the environment variables",
    }
}
