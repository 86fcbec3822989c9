//! The words that may not leave: the account and the machine, and whatever the files of secrets hold, however it got into a log.

use std::path::Path;

use url::Url;
use vestibule_model::redaction::KnownWords;

use crate::config::Config;
use crate::ordinary_file;
use crate::secret_file;

/// Shorter ones are in every text.
const SHORTEST_SECRET: usize = 4;

/// Performs I/O. A file that cannot be read gives no word: its secret can be in none of our parts either.
pub(super) fn words(config: Option<&Config>) -> KnownWords {
    KnownWords::default().and_secrets(config.map(secrets).unwrap_or_default()).and_things(of_this_machine())
}

fn secrets(config: &Config) -> Vec<String> {
    let (psc, storage) = (&config.psc, &config.storage);
    let certificate = psc.client_certificate.as_ref().and_then(|certificate| certificate.pkcs12_password_file.as_deref());
    let proxy = psc.proxy.as_ref().and_then(|proxy| proxy.password_file.as_deref());
    let files = [psc.client_secret_file.as_deref(), config.administration.token_file.as_deref(), certificate, proxy]
        .into_iter()
        .flatten()
        .chain([config.vault.key_file.as_path()]);
    let mut all: Vec<String> = files.flat_map(lines).collect();
    let addresses = storage.postgres_url_file.as_deref().map(lines).unwrap_or_default();
    let passwords = addresses.iter().filter_map(|text| Url::parse(text).ok()?.password().map(str::to_owned)).collect::<Vec<_>>();
    all.extend(passwords);
    // A word is found where it begins with a letter or a digit.
    let bare = |secret: &String| secret.trim_matches(|sign: char| !sign.is_alphanumeric()).to_owned();
    let bare: Vec<String> = all.iter().map(bare).collect();
    all.into_iter().chain(bare).filter(|secret| secret.chars().count() >= SHORTEST_SECRET).collect()
}

fn lines(file: &Path) -> Vec<String> {
    let Ok(bytes) = secret_file::read(file) else { return Vec::new() };
    let text = secret_file::text(&bytes).unwrap_or_default();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn of_this_machine() -> impl Iterator<Item = String> {
    let variables = ["USER", "LOGNAME", "SUDO_USER"].into_iter().filter_map(|name| std::env::var(name).ok());
    let host = ordinary_file::read("/proc/sys/kernel/hostname".as_ref()).unwrap_or_default();
    let host = String::from_utf8_lossy(&host).trim().to_owned();
    // `serveur.hopital.example` is said by its first label too.
    let short = host.split('.').next().unwrap_or_default().to_owned();
    variables.chain([host, short])
}

#[cfg(test)]
mod tests {
    use vestibule_installation::Installation;
    use vestibule_installation::place::write_private;
    use vestibule_model::redaction::redact;

    use super::*;

    /// Words that nothing but their file says to be secret.
    #[test]
    fn exi_05_each_file_of_secrets_is_known_by_its_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let lines = "administration.token_file = \"token\"\n\
                     psc.client_certificate = { pkcs12_file = \"p12\", pkcs12_password_file = \"p12-password\" }\n\
                     psc.proxy = { url = \"http://127.0.0.1:1\", user = \"x\", password_file = \"proxy-password\" }\n\
                     psc.client_secret_file = \"client\"\n\
                     vault.key_file = \"key\"\n";
        let base = Installation::least().with(lines).without("storage.sqlite_file").with("storage.postgres_url_file = \"database\"");
        let config = Config::parse(&base.text(), folder.path()).expect("sound");
        let of_files = [
            ("client", "tournesol", "tournesol"),
            ("token", "marguerite", "marguerite"),
            ("p12-password", "!capucine?", "capucine"),
            ("proxy-password", "lavande", "lavande"),
            ("key", "abc\nglycine", "glycine"),
            ("database", "postgres://compagnon:jonquille@127.0.0.1/base", "jonquille"),
        ];
        for (name, text, _) in of_files {
            write_private(&folder.path().join(name), text).expect("written");
        }
        let (known, nobody) = (words(Some(&config)), words(None));
        for (name, _, word) in of_files {
            let line = format!("le mot {word} fin");
            assert_eq!(redact(&line, &nobody), line, "{name}: nothing else takes it for one");
            assert_eq!(redact(&line, &known), "le mot [nom] fin", "{name}");
        }
        assert_eq!(redact("un abc fin", &known), "un abc fin", "in every text");
    }
}
