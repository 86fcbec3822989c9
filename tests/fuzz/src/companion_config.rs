use std::path::Path;

use companion_server::config::Config;
use companion_server::provider::fuzzing;
use vestibule_model::PscEnvironment;

const FOLDER: &str = "/etc/vestibule";

/// The companion's configuration file.
pub fn accepts(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let config = match Config::parse(text, Path::new(FOLDER)) {
        Ok(config) => config,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("VST-3"), "a refusal without its number: {message}");
            return false;
        }
    };
    config.validate().expect("what was accepted stands");
    let url = &config.service.public_url;
    assert!(url.scheme() == "https" || (url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "localhost"))));
    assert!(config.psc.environment != PscEnvironment::Production || url.scheme() == "https");
    assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.path() == "/");
    assert!(config.administration.address.ip().is_loopback());
    let endpoints = fuzzing::endpoints(&config.psc);
    if config.psc.environment != PscEnvironment::Simulator {
        assert!(endpoints.called_origin.ends_with(".esante.gouv.fr") && endpoints.page_origin.ends_with(".esante.gouv.fr"));
    }
    let (psc, storage) = (&config.psc, &config.storage);
    let files = [&psc.client_secret_file, &storage.sqlite_file, &storage.postgres_url_file, &storage.postgres_ca_file];
    assert!(files.into_iter().flatten().all(|file| file.is_absolute()));
    assert!(storage.sqlite_file.is_some() != storage.postgres_url_file.is_some());

    let written = toml::to_string(&config).expect("it can be written");
    let again = Config::parse(&written, Path::new("/elsewhere")).expect("what was accepted is accepted again");
    assert_eq!(toml::to_string(&again).expect("it can be written"), written, "it changed on the way");
    true
}
