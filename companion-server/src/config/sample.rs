//! The sample file and the JSON schema, generated so that they cannot disagree with the code.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Config;

/// Invented values for every key; keys that the schema does not require are commented out in the sample.
const VALUES: &str = r##"
[service]
name = "Dossier de démonstration"
public_url = "https://vestibule.hopital.example"
support_contact = "01 99 00 00 00"
terms_url = "https://www.hopital.example/conditions"
privacy_url = "https://www.hopital.example/donnees-personnelles"

[branding]
product_name = "Vestibule"
publisher = "Vestibule"
support = "01 99 00 00 01"
accent = "#0e5a59"
accent_dark = "#74c4ba"
logo_file = "/etc/vestibule/logo.svg"

[listener]
address = "127.0.0.1:8080"
trusted_proxies = ["127.0.0.1"]
forwarded_header = "x-forwarded-for"
drain_s = 10

[listener.tls]
certificate_file = "/etc/vestibule/tls/certificat.pem"
key_file = "/etc/vestibule/tls/cle.pem"

[administration]
address = "127.0.0.1:8081"
token_file = "/var/lib/vestibule/administration-token"

[client]
id = "vestibule-desktop"
return_scheme = "fr.vestibule.app"
minimum_app_version = "1.1.0"
current_app_version = "1.2.0"

[psc]
environment = "bas"
client_id = "identifiant-remis-par-l-ans"
client_secret_file = "/etc/vestibule/psc-client-secret"
auth_method = "basic"
accepted_acr = []
userinfo_sub = "required"
idp_hint = "alias-remis-par-l-ans"
after_sign_out = "without_hint"
extra_ca_file = "/etc/vestibule/autorites.pem"

[psc.proxy]
url = "http://proxy.hopital.example:3128"
user = "compagnon"
password_file = "/etc/vestibule/proxy-mot-de-passe"

[psc.client_certificate]
certificate_file = "/etc/vestibule/psc-certificat.pem"
key_file = "/etc/vestibule/psc-certificat-cle.pem"
pkcs12_file = "/etc/vestibule/psc-certificat.p12"
pkcs12_password_file = "/etc/vestibule/psc-certificat-mot-de-passe"
aliases_url = "https://hote-indique-par-l-ans.esante.gouv.fr"

[psc.simulator]
auth_url = "http://127.0.0.1:8090"
wallet_url = "http://127.0.0.1:8091"

[storage]
sqlite_file = "/var/lib/vestibule/compagnon.sqlite"
postgres_url_file = "/etc/vestibule/base-de-donnees"
postgres_ca_file = "/etc/vestibule/base-de-donnees-autorites.pem"
backup_file = "/srv/sauvegardes/compagnon.sqlite"

[vault]
key_file = "/etc/vestibule/vault-key"

[session]
idle_limit_minutes = 15
absolute_limit_minutes = 240

[workstations]
shared = false
multi_session = false
pair_unused_days = 90
confirmation = "when_due"
exchanges = ["loopback", "scheme", "polling"]
card_removal = "nothing"
card_grace_seconds = 10

[groups.bureau-a-distance]
enrolment_token_hashes = ["3f1c8a52d07be94466a1f0c2875de3b914a7cc60f2d85b3e97104ea6bd28c35f"]
exchanges = ["polling"]
confirmation = "always"
shared = true
multi_session = true
idp_hint = "alias-remis-par-l-ans"
idle_limit_minutes = 10
card_removal = "lock"
card_grace_seconds = 10

[audit]
keep_days = 365

[limits]
starts_per_minute_per_key = 6
starts_per_minute_per_address = 300
pending_per_key = 3
calls_per_minute_per_key = 240
refreshes_per_minute_per_key = 10
connections = 10000
connections_per_address = 4000
parked_requests = 10000
parked_requests_per_address = 4000
bytes_per_address = 268435456

[logs]
format = "human"
level = "info"
"##;

/// Needed with the default authentication method, though not with every one; and the memory that most take, though there is another.
const SHOWN_THOUGH_OPTIONAL: [&str; 2] = ["client_secret_file", "sqlite_file"];

const HEADING: &str = "\
Configuration du serveur de connexion Vestibule, générée à partir du code\u{a0}: chaque paramètre porte ici son texte de référence.
Les lignes en «\u{a0}#paramètre = valeur\u{a0}» sont facultatives\u{202f}; sans autre mention, elles affichent la valeur par défaut.
Vérifier\u{a0}: companion-server check-config --config CE_FICHIER";

/// A commented sample of the whole configuration, ready to be adapted.
#[expect(clippy::expect_used, reason = "nothing comes from outside, and a test renders it")]
pub fn sample() -> String {
    render().expect("every key shown is a key of the schema")
}

/// JSON schema of the whole configuration.
pub fn schema() -> Value {
    schemars::schema_for!(Config).to_value()
}

fn render() -> Option<String> {
    let schema =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator().into_root_schema_for::<Config>();
    let schema = schema.as_value();
    let mut text = String::new();
    comment(&mut text, HEADING);
    let mut section = (schema, true);
    for line in VALUES.trim().lines() {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = header
                .split('.')
                .try_fold((schema, true), |(table, required), name| Some((property(table, name)?, required && is_required(table, name))))?;
            text.push('\n');
            comment(&mut text, description(section.0)?);
            // A table without any required key may stand empty; an optional table must not appear at all.
            let stands = section.1 || !header.contains('.');
            writeln!(text, "{}{line}", if stands { "" } else { "#" }).ok()?;
        } else if let Some((name, _)) = line.split_once(" = ") {
            text.push('\n');
            comment(&mut text, description(property(section.0, name)?)?);
            let stands = section.1 && (is_required(section.0, name) || SHOWN_THOUGH_OPTIONAL.contains(&name));
            writeln!(text, "{}{line}", if stands { "" } else { "#" }).ok()?;
        }
    }
    Some(text)
}

fn comment(text: &mut String, words: &str) {
    for line in words.lines() {
        text.push_str("# ");
        text.push_str(line);
        text.push('\n');
    }
}

fn property<'a>(table: &'a Value, name: &str) -> Option<&'a Value> {
    let properties = table.get("properties").or_else(|| non_null(table)?.get("properties"));
    // Where the administrator chooses the names, they all have one schema.
    properties.and_then(|properties| properties.get(name)).or_else(|| table.get("additionalProperties").filter(|schema| schema.is_object()))
}

/// The table itself when the schema says "this or null".
fn non_null(table: &Value) -> Option<&Value> {
    table.get("anyOf")?.as_array()?.iter().find(|choice| choice.get("properties").is_some())
}

fn description(schema: &Value) -> Option<&str> {
    schema.get("description").or_else(|| non_null(schema)?.get("description"))?.as_str()
}

fn is_required(table: &Value, name: &str) -> bool {
    let required = table.get("required").or_else(|| non_null(table)?.get("required"));
    required.and_then(Value::as_array).is_some_and(|names| names.iter().any(|required| required == name))
}
