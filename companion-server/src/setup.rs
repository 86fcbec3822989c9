//! `setup`: a working configuration with its secrets, from what is given or answered.
//!
//! Everything that can be looked at is looked at before the first file is written, and the configuration comes last: until then, whatever was
//! written goes again when a later step fails or is interrupted.

mod draft;
mod files;
mod given;
mod interview;
mod layout;
mod refused;
mod report;
mod terminal;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use self::draft::Draft;
use self::files::Files;
pub use self::given::Given;
use self::interview::Interview;
pub use self::interview::Person;
pub use self::layout::Layout;
pub use self::refused::SetupRefused;
pub use self::report::Report;
pub use self::terminal::Terminal;
use crate::clock::Clock;
use crate::config::{Config, StoragePlace};
use crate::ordinary_file;
use crate::preflight::{self, StartError};
use crate::random::Random;
use crate::vault;

/// What is to be written, settled and accepted.
#[derive(Debug)]
pub struct Plan {
    layout: Layout,
    draft: Draft,
    secret: SecretString,
    may_replace: bool,
}

/// What the answers come to.
#[derive(Debug)]
pub enum Prepared {
    /// The configuration, to be shown only.
    Shown(String),
    /// To be written.
    ToWrite(Box<Plan>),
}

/// Settles every value: as given, as the person answers, or as is usual. Writes nothing; reads files, and `input` where the secret is to come
/// from there.
///
/// # Errors
/// [`SetupRefused`]
pub fn prepare<'i>(
    given: &Given,
    layout: &'i Layout,
    person: Option<&'i mut dyn Person>,
    input: &mut dyn Read,
    clock: &'i dyn Clock,
) -> Result<Prepared, SetupRefused> {
    if !given.print {
        layout.check_rights()?;
        // Nobody answers a dozen questions to be refused after the last.
        if person.is_some() && !given.force && layout.config.exists() {
            return Err(SetupRefused::WouldReplace(layout.config.clone()));
        }
    }
    let mut interview = Interview::new(person, layout, clock);
    interview.settle_all(given)?;
    let text = interview.draft().text(&layout.config);
    if given.print {
        return Ok(Prepared::Shown(text));
    }
    let secret = interview.client_secret(given, input)?;
    interview.confirm(&text)?;
    let draft = interview.into_draft();
    Ok(Prepared::ToWrite(Box::new(Plan { layout: layout.clone(), draft, secret, may_replace: given.force })))
}

impl Plan {
    /// Writes secrets and configuration, and checks the whole as a start would. Dropped on its way, it takes back what it wrote.
    ///
    /// # Errors
    /// [`SetupRefused`]; nothing of it is left then.
    pub async fn write(self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Report, SetupRefused> {
        let text = self.draft.text(&self.layout.config);
        self.check_before(&text, &*clock).await?;
        let mut files = Files::default();
        let secret = self.secret.expose_secret();
        files.folders(&self.layout, self.draft.database_folder())?;
        let has_new_secret = files.client_secret(&self.layout, secret)?;
        let has_new_key = files.vault_key(&self.layout, &*random)?;
        // Named as they lie there: what the service manager gives is only there once it has started the service.
        let checked = Config::parse(&self.draft.plain(&self.layout).text(&self.layout.config), &self.layout.folder())
            .and_then(|config| config.check_files().map(|()| config))
            .map_err(StartError::from)?;
        preflight::check_config(&checked, Arc::clone(&clock), random).await?;
        let former = files.configuration(&self.layout, &text, clock.now())?;
        files.keep()?;
        Ok(Report { layout: self.layout, config: checked, former, has_new_secret, has_new_key })
    }

    /// All that can be asked without a file of ours.
    async fn check_before(&self, text: &str, clock: &dyn Clock) -> Result<(), SetupRefused> {
        let layout = &self.layout;
        if !self.may_replace {
            refuse_to_replace(&layout.config, text.as_bytes())?;
            refuse_to_replace(&layout.client_secret(), self.secret.expose_secret().as_bytes())?;
        }
        files::check_room(layout, self.draft.database_folder())?;
        let config = Config::parse(&self.draft.plain(layout).text(&layout.config), &layout.folder()).map_err(StartError::from)?;
        if layout.vault_key().exists() {
            vault::read_key_file(&layout.vault_key()).map_err(StartError::from)?;
        }
        for address in [config.listener.address, config.administration.address] {
            preflight::listenable(address)?;
        }
        if matches!(config.storage.place(), StoragePlace::Server { .. }) {
            preflight::glance(&config, clock).await?;
        }
        Ok(preflight::workstations_accept(&config, clock).map_err(StartError::from)?)
    }
}

/// What is there already, white space around it apart, is no other file.
fn refuse_to_replace(file: &Path, content: &[u8]) -> Result<(), SetupRefused> {
    let is_same = |there: &[u8]| there.trim_ascii() == content.trim_ascii();
    match ordinary_file::read(file) {
        Ok(there) if is_same(&there) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(_) | Err(_) => Err(SetupRefused::WouldReplace(file.to_owned())),
    }
}

#[cfg(test)]
mod tests;
