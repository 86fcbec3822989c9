//! Settings: machine policy, then user file, then default; each value knows its source.
//!
//! The companion's address comes from the machine policy and nowhere else: whoever could change it would be given the clinician's sign-in.

use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::Table;
use url::Url;
use vestibule_model::language::Language;
use vestibule_model::session::{CardRemoval, CardRule};
use vestibule_model::wire::printable;

use crate::browser::BrowserChoice;
use crate::logging::LogFormat;
use crate::paths::{Paths, PolicyPlace};
use crate::private;
use crate::route::{self, Route, Surroundings};
use crate::system_words::SystemFault;
use crate::trusted_file::{self, PolicyOwner};

mod activity_source;
mod address;
mod enrolment;
mod error;
mod fault;
mod file;
pub mod group_policy;
pub mod installer;
mod policy;
pub mod reference;
#[cfg(any(windows, test))]
mod registry;
mod road;
pub mod schema;
mod shown;
mod support;
mod zoom;

pub use activity_source::ActivitySource;
use address::{companion_origin, is_local, is_private_use_scheme};
pub use enrolment::EnrolmentToken;
pub use error::SettingsError;
pub use fault::Fault;
use file::SettingsText;
use policy::Policy;
pub use road::{ExchangeChoice, Road};
pub use schema::Sources;
use schema::{SETTINGS, Scope, UserFile};
pub use shown::{Shown, ShownValue};
pub use support::SupportContact;
pub use zoom::Zoom;

/// Names the variable with which a developer or a demonstration brings a policy file of its own.
///
/// Honoured only where no machine policy exists, and only for a companion on the literal address 127.0.0.1.
pub const POLICY_VARIABLE: &str = "VESTIBULE_POLICY_FILE";

/// The companion's default public client id for its thick client.
pub const DEFAULT_CLIENT_ID: &str = "vestibule-desktop";

/// The companion's default private-use scheme of its thick client: the bundle's identifier.
pub const DEFAULT_RETURN_SCHEME: &str = "fr.vestibule.app";

/// Shown when neither policy nor companion names the service.
const DEFAULT_SERVICE_NAME: &str = vestibule_branding::SERVICE_NAME;

/// Longest label that the companion keeps, in characters.
const LABEL_CAP: usize = 64;

/// Everything the app needs to know before it speaks to anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Origin of the companion: https, or http on the literal 127.0.0.1.
    pub companion_url: Url,
    /// Additional certification authority, PEM, for a companion inside a hospital.
    pub companion_ca_file: Option<PathBuf>,
    /// The app's public client id at the companion.
    pub client_id: String,
    /// Shown until the companion gave its own name.
    pub service_name: String,
    /// What this workstation calls itself on the confirmation page.
    pub device_label: String,
    pub language: Language,
    /// How large the window draws.
    pub zoom: Zoom,
    /// Makes this workstation a member of a group; from the policy only.
    pub enrolment_token: Option<EnrolmentToken>,
    /// By which exchange to sign in.
    pub exchange: ExchangeChoice,
    /// Private-use scheme (RFC 8252 section 7.1) by which the browser may come back.
    pub return_scheme: String,
    /// By which way requests reach the companion, and who decided it.
    pub route: Route,
    /// In place of the system's own.
    pub browser: Option<BrowserChoice>,
    /// Whether the loopback listener answers only to what is known to be the person's own.
    pub strict_loopback: bool,
    /// What counts as activity besides the window.
    pub activity_source: ActivitySource,
    /// Whether cards in readers are watched.
    pub card_detection: bool,
    /// What this workstation wants when the card leaves its reader, and its own seconds of grace. The group's rule is beside it: see [`crate::card::policy`].
    pub on_card_removed: CardRemoval,
    pub card_grace_s: Option<u32>,
    /// Whether the window comes to the front when the session is about to end, instead of only asking for attention.
    pub raise_before_end: bool,
    /// Whether there is an icon beside the clock, behind which the window can be closed.
    pub tray: bool,
    /// How the log is written.
    pub log_format: LogFormat,
    pub support: SupportContact,
    /// Where each of them comes from.
    pub sources: Sources,
    /// Each as it is in force, for whoever asks.
    pub shown: Vec<Shown>,
    /// Where this user's files are.
    pub paths: Paths,
}

/// What a person can choose in the window, and chose in this run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chosen {
    pub language: Option<Language>,
    pub zoom: Option<Zoom>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The administrator's file: nobody else can change it.
    MachinePolicy,
    /// The file named by [`POLICY_VARIABLE`].
    DevelopmentPolicy,
    /// The user's file.
    User,
    /// Nobody set it.
    Default,
}

impl Settings {
    /// Reads the machine policy and the user's file.
    ///
    /// # Errors
    /// [`SettingsError`], with a code of the catalogue and a message naming file and key.
    pub fn load() -> Result<Self, SettingsError> {
        let development = std::env::var_os(POLICY_VARIABLE).map(PathBuf::from);
        Self::load_in(Paths::of_this_user()?, development.as_deref(), &host_name(), &Surroundings::system())
    }

    /// The same from given places, where nothing else says a word about the way to the companion.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load_from(paths: Paths, development_policy: Option<&Path>, host_name: &str) -> Result<Self, SettingsError> {
        Self::load_in(paths, development_policy, host_name, &Surroundings::none())
    }

    /// The same from given places and surroundings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load_in(
        paths: Paths,
        development_policy: Option<&Path>,
        host_name: &str,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, SettingsError> {
        let development = match development_policy {
            Some(path) if !policy::exists(&paths.machine_policy)? => {
                Some(PolicyPlace::File { path: path.to_owned(), owner: PolicyOwner::RunningUser })
            }
            Some(_) | None => None,
        };
        let policy_source = if development.is_some() { Source::DevelopmentPolicy } else { Source::MachinePolicy };
        let Policy { place: policy_path, owner, folder, file: policy, table } =
            policy::read(development.as_ref().unwrap_or(&paths.machine_policy))?;
        let (user, user_table) = user_file(&paths.user_settings)?;

        let sources = Sources::of(&policy, &user, policy_source, &policy_path);
        let shown = shown::of(&sources, &table, &user_table, host_name);
        let address = policy.companion_url.ok_or_else(|| SettingsError::NoCompanion(policy_path.clone()))?;
        let companion_url = companion_origin(&address).ok_or_else(|| SettingsError::AddressRefused { path: policy_path.clone() })?;
        if policy_source == Source::DevelopmentPolicy && !is_local(&companion_url) {
            return Err(SettingsError::AddressNotLocal { path: policy_path });
        }

        let malformed = |fault| SettingsError::Malformed { path: policy_path.clone(), line: None, fault };
        let unusable = |key| malformed(Fault::Unusable(key));
        if policy.enrolment_token.as_ref().is_some_and(|token| !token.is_usable()) {
            return Err(unusable("enrolment_token"));
        }
        if policy.card_grace_seconds.is_some_and(|seconds| seconds > CardRule::MOST_GRACE_S) {
            return Err(unusable("card_grace_seconds"));
        }
        for (zoom, path) in [(policy.zoom, &policy_path), (user.zoom, &paths.user_settings)] {
            if zoom.is_some_and(|zoom| !zoom.is_usable()) {
                return Err(SettingsError::Malformed { path: path.clone(), line: None, fault: Fault::Unusable("zoom") });
            }
        }
        let return_scheme = policy.return_scheme.unwrap_or_else(|| DEFAULT_RETURN_SCHEME.to_owned());
        if !is_private_use_scheme(&return_scheme) {
            return Err(unusable("return_scheme"));
        }
        // Never from the folder where the app happens to be started: anyone may have put an authority there.
        let companion_ca_file = policy.companion_ca_file.map(|file| folder.as_deref().unwrap_or(Path::new("")).join(file));
        if let Some(file) = &companion_ca_file {
            if !file.is_absolute() && folder.is_none() {
                return Err(unusable("companion_ca_file"));
            }
            if file.to_string_lossy().contains(char::is_control) {
                return Err(malformed(Fault::ControlCharacter("companion_ca_file")));
            }
            refuse_exposed(file, owner)?;
        }
        let browser = match policy.browser {
            None if policy.browser_profile.is_some() => {
                return Err(malformed(Fault::Without { key: "browser_profile", needs: "browser" }));
            }
            None => None,
            // Never by a name alone: whoever decides where programs are looked for would choose it.
            Some(program) if !program.is_absolute() => return Err(unusable("browser")),
            Some(program) if program.to_string_lossy().contains(char::is_control) => {
                return Err(malformed(Fault::ControlCharacter("browser")));
            }
            Some(program) => {
                refuse_exposed(&program, owner)?;
                Some(BrowserChoice::new(program, policy.browser_profile).ok_or_else(|| unusable("browser_profile"))?)
            }
        };
        let is_managed = policy_source == Source::MachinePolicy;
        let exceptions = policy.proxy_exceptions.unwrap_or_default();
        let route = route::decide(&companion_url, policy.proxy, &exceptions, is_managed, surroundings).map_err(|_| unusable("proxy"))?;
        Ok(Self {
            companion_url,
            companion_ca_file,
            client_id: policy.client_id.unwrap_or_else(|| DEFAULT_CLIENT_ID.to_owned()),
            service_name: policy.service_name.unwrap_or_else(|| DEFAULT_SERVICE_NAME.to_owned()),
            device_label: printable(&policy.device_label.or(user.device_label).unwrap_or_else(|| host_name.to_owned()), LABEL_CAP),
            language: policy.language.or(user.language).unwrap_or_default(),
            zoom: policy.zoom.or(user.zoom).unwrap_or_default(),
            enrolment_token: policy.enrolment_token,
            exchange: policy.exchange.unwrap_or_default(),
            return_scheme,
            route,
            browser,
            strict_loopback: policy.strict_loopback.unwrap_or_default(),
            activity_source: policy.activity_source.unwrap_or_default(),
            card_detection: policy.card_detection.unwrap_or(true),
            on_card_removed: policy.on_card_removed.unwrap_or_default(),
            card_grace_s: policy.card_grace_seconds,
            raise_before_end: policy.raise_before_end.unwrap_or_default(),
            tray: policy.tray.unwrap_or_default(),
            log_format: policy.log_format.unwrap_or_default(),
            support: SupportContact::of(policy.support_address, policy.support_phone).map_err(malformed)?,
            sources,
            shown,
            paths,
        })
    }

    /// Name of the keyring's entry: one per companion, shared by window and command line.
    pub fn keyring_account(&self) -> String {
        self.companion_url.origin().ascii_serialization()
    }

    /// Writes what the user chose in the window, but for what the administrator decided. The rest of her file is kept.
    ///
    /// # Errors
    /// [`SettingsError`] when the file cannot be read or written.
    pub fn remember(&self, chosen: Chosen) -> Result<(), SettingsError> {
        let hers = |source| !matches!(source, Source::MachinePolicy | Source::DevelopmentPolicy);
        let language = chosen.language.filter(|_| hers(self.sources.language));
        let zoom = chosen.zoom.filter(|_| hers(self.sources.zoom));
        if language.is_none() && zoom.is_none() {
            return Ok(());
        }
        let path = &self.paths.user_settings;
        let unwritable = |error: std::io::Error| SettingsError::Unreadable { path: path.clone(), fault: SystemFault::from(&error) };
        let before = user_file(path)?.0;
        let file = UserFile { language: language.or(before.language), zoom: zoom.or(before.zoom), ..before };
        let text = toml::to_string(&file).map_err(|error| unwritable(std::io::Error::other(error)))?;
        private::write(path, &text).map_err(unwritable)
    }
}

/// Whoever can write what decides whom to trust decides it.
fn refuse_exposed(path: &Path, owner: PolicyOwner) -> Result<(), SettingsError> {
    let looked = trusted_file::look(path, owner);
    let exposure = looked.map_err(|error| SettingsError::Unreadable { path: path.to_owned(), fault: SystemFault::from(&error) })?;
    exposure.map_or(Ok(()), |exposure| Err(SettingsError::PolicyExposed { file: path.to_owned(), exposure }))
}

/// What the user's file says, as it is meant and as it is written. It must not look as if it could set what it cannot. Performs I/O.
fn user_file(path: &Path) -> Result<(UserFile, Table), SettingsError> {
    let Some(text) = SettingsText::read(path)? else { return Ok(Default::default()) };
    let table: Table = text.parse()?;
    let reserved = SETTINGS.iter().find(|setting| setting.scope == Scope::Policy && table.contains_key(setting.name));
    if let Some(setting) = reserved {
        return Err(SettingsError::PolicyOnly { path: path.to_owned(), key: setting.name });
    }
    Ok((text.parse()?, table))
}

/// What the machine calls itself.
pub(crate) fn host_name() -> String {
    let named = if cfg!(windows) { std::env::var("COMPUTERNAME").ok() } else { std::fs::read_to_string("/proc/sys/kernel/hostname").ok() };
    named.map(|name| printable(&name, LABEL_CAP)).filter(|name| !name.is_empty()).unwrap_or_else(|| "Poste de travail".to_owned())
}

#[cfg(test)]
mod tests;
