//! Where each Pro Santé Connect lives (EXI 14): two hosts, one issuer, one oddly named discovery document.

use vestibule_model::session::PscEnvironment;

use crate::config::PscSection;
use crate::provider::oidc::Endpoints;

/// Addresses of the chosen environment.
pub fn endpoints(psc: &PscSection) -> Endpoints {
    let (called_origin, page_origin) = match national_hosts(psc.environment) {
        Some((auth, wallet)) => (auth.to_owned(), wallet.to_owned()),
        None => {
            let simulator = psc.simulator.clone().unwrap_or_default();
            (simulator.auth_url.origin().ascii_serialization(), simulator.wallet_url.origin().ascii_serialization())
        }
    };
    let aliases_origin = psc.client_certificate.as_ref().map(|certificate| {
        let named = certificate.aliases_url.as_ref().map(|url| url.origin().ascii_serialization());
        named.unwrap_or_else(|| called_origin.clone())
    });
    let issuer = format!("{called_origin}/auth/realms/esante-wallet");
    // No library finds it by itself.
    let discovery_url = format!("{issuer}/.well-known/wallet-openid-configuration");
    Endpoints { called_origin, page_origin, issuer, discovery_url, aliases_origin }
}

/// Authentication host and wallet host of a national environment.
const fn national_hosts(environment: PscEnvironment) -> Option<(&'static str, &'static str)> {
    match environment {
        PscEnvironment::Simulator => None,
        PscEnvironment::Bas => Some(("https://auth.bas.psc.esante.gouv.fr", "https://wallet.bas.psc.esante.gouv.fr")),
        PscEnvironment::Production => Some(("https://auth.esw.esante.gouv.fr", "https://wallet.esw.esante.gouv.fr")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vestibule_installation::Installation;

    use super::*;
    use crate::config::Config;

    fn of(section: &str) -> Endpoints {
        let installation = Installation::least().known_as("https://vestibule.hopital.example").with(&format!("[psc]\n{section}"));
        endpoints(&Config::parse(&installation.text(), Path::new("/etc/vestibule")).expect("a sound configuration").psc)
    }

    #[test]
    fn exi_14_every_environment_reaches_its_own_hosts_and_no_other() {
        let production = of("environment = \"production\"");
        assert_eq!(production.issuer, "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet");
        assert_eq!(production.page_origin, "https://wallet.esw.esante.gouv.fr");
        assert_eq!(
            production.discovery_url,
            "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet/.well-known/wallet-openid-configuration"
        );
        let sandbox = of("environment = \"bas\"");
        assert_eq!(sandbox.issuer, "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet");
        assert_eq!(sandbox.page_origin, "https://wallet.bas.psc.esante.gouv.fr");
        assert_eq!(sandbox.aliases_origin, None);
        let simulator = of("environment = \"simulator\"");
        assert_eq!((simulator.called_origin.as_str(), simulator.page_origin.as_str()), ("http://127.0.0.1:8090", "http://127.0.0.1:8091"));
    }

    #[test]
    fn exi_24_addresses_for_certificates_stay_on_the_authentication_host_unless_another_is_named() {
        let certificate = "environment = \"bas\"\n[psc.client_certificate]\ncertificate_file = \"c\"\nkey_file = \"k\"";
        assert_eq!(of(certificate).aliases_origin.as_deref(), Some("https://auth.bas.psc.esante.gouv.fr"));
        let named = format!("{certificate}\naliases_url = \"https://mtls.bas.psc.esante.gouv.fr\"");
        assert_eq!(of(&named).aliases_origin.as_deref(), Some("https://mtls.bas.psc.esante.gouv.fr"));
    }
}
