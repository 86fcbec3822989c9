//! What to check when it does not work. One set of checks, told in the language of the settings to the person at the telephone.

use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Exchange, WorkstationRules};

use crate::companion::Cause;
use crate::ports::Ports;
use crate::quiet::quietly;
use crate::route;
use crate::settings::{ExchangeChoice, Settings, SettingsError};
use crate::words::{Title, Words};

mod browser_return;
mod cards;
mod companion;
mod network;
mod recent;
mod room;
mod workstation;

/// Every check that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub app_version: &'static str,
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable name, for programs.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// Why nothing of the companion answered, by its stable name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
}

/// In rising order of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    Warning,
    Failure,
}

/// What the catalogue leaves to the diagnosis, the diagnosis says.
fn remedy(code: ErrorCode, words: &dyn Words) -> &'static str {
    if code == ErrorCode::SettingsInvalid { words.settings_remedy() } else { words.explanation(code).remedy }
}

impl Check {
    fn ok(of: Title, words: &dyn Words, detail: impl Into<String>) -> Self {
        let (id, title, detail) = (id(of), words.title(of), detail.into());
        Self { id, title, verdict: Verdict::Ok, detail, cause: None, code: None, remedy: None }
    }

    fn wrong(of: Title, words: &dyn Words, verdict: Verdict, code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { verdict, code: Some(code), remedy: Some(remedy(code, words)), ..Self::ok(of, words, detail) }
    }

    /// Whether a program that looks for numbers finds none where all is well.
    fn is_right(&self) -> bool {
        self.verdict != Verdict::Ok || (self.code.is_none() && self.cause.is_none() && self.remedy.is_none())
    }

    /// From there on what it comes from says what to do, where that is known.
    fn because(self, cause: Option<Cause>, words: &dyn Words) -> Self {
        let remedy = cause.and_then(|cause| words.cause_remedy(cause)).or(self.remedy);
        Self { cause, remedy, ..self }
    }

    /// What no sign-in of this workstation depends on is no failure.
    fn if_needed(self, is_needed: bool) -> Self {
        match self.verdict {
            Verdict::Failure if !is_needed => Self { verdict: Verdict::Warning, ..self },
            Verdict::Ok | Verdict::Warning | Verdict::Failure => self,
        }
    }
}

impl Diagnosis {
    /// 0 all well, 1 a warning, 2 a failure.
    pub fn exit_code(&self) -> u8 {
        match self.checks.iter().map(|check| check.verdict).max() {
            None | Some(Verdict::Ok) => 0,
            Some(Verdict::Warning) => 1,
            Some(Verdict::Failure) => 2,
        }
    }

    /// The titles of the checks that came out so.
    pub(crate) fn titles(&self, verdict: Verdict) -> Vec<&'static str> {
        self.checks.iter().filter(|check| check.verdict == verdict).map(|check| check.title).collect()
    }

    /// What stands above the checks, as text.
    pub fn heading() -> String {
        format!("{} {}\n\n", vestibule_branding::PRODUCT_NAME, env!("CARGO_PKG_VERSION"))
    }
}

impl Check {
    /// Title and finding, as a sentence of their own.
    pub(crate) fn told(&self, words: &dyn Words) -> String {
        format!("{}.", words.found(self.title, &self.detail))
    }

    /// One line, and when something is wrong, one with its cause where it is known and one with code and remedy.
    pub(crate) fn to_text(&self, words: &dyn Words) -> String {
        let mark = match self.verdict {
            Verdict::Ok => words.good(),
            Verdict::Warning => words.warning(),
            Verdict::Failure => words.failure(),
        };
        let mut text = format!("{mark:9}  {}\n", words.found(self.title, &self.detail));
        if let Some(cause) = self.cause {
            text.push_str(&format!("           {}\n", words.caused_by(words.cause(cause))));
        }
        if let (Some(code), Some(remedy)) = (self.code, self.remedy) {
            text.push_str(&format!("           {code}  {remedy}\n"));
        }
        text
    }
}

/// Stable name, for programs.
fn id(of: Title) -> &'static str {
    match of {
        Title::Settings => "settings",
        Title::Route => "route",
        Title::Companion => "companion",
        Title::Addresses => "addresses",
        Title::Certificate => "certificate",
        Title::Psc => "psc",
        Title::Storage => "companion_storage",
        Title::App => "app",
        Title::Clock => "clock",
        Title::Keyring => "keyring",
        Title::Workstation => "workstation",
        Title::Browser => "browser",
        Title::Loopback => "loopback",
        Title::ReturnScheme => "return_scheme",
        Title::Activity => "activity",
        Title::Log => "log",
        Title::LastSignIn => "last_sign_in",
        Title::Disk => "disk",
        Title::CardService => "card_service",
        Title::CardReaders => "card_readers",
        Title::CardDriver => "card_driver",
        Title::Card => "card",
    }
}

/// Makes every check that can be made, each with a deadline of its own, and tells each as soon as it is known.
///
/// Nothing is changed on this workstation nor at the companion, and nothing secret is read into the report. The companion is asked what a sign-in
/// of this workstation would meet: only it knows whether the enrolment token leads anywhere, and what the group of this key opens.
///
/// What it sees is its answer: nothing of it goes to the log, where support would take it for what happened to somebody.
pub(crate) async fn examine(
    settings: Result<&Settings, &SettingsError>,
    ports: &Ports,
    words: &'static dyn Words,
    tell: &mut (dyn FnMut(&Check) + Send),
) -> Diagnosis {
    quietly(look(settings, ports, words, tell)).await
}

async fn look(
    settings: Result<&Settings, &SettingsError>,
    ports: &Ports,
    words: &'static dyn Words,
    tell: &mut (dyn FnMut(&Check) + Send),
) -> Diagnosis {
    let mut checks = Vec::new();
    let mut rules = None;
    let mut known = |check: Check| {
        debug_assert!(check.is_right(), "what is well needs no number and no remedy: {check:?}");
        tell(&check);
        checks.push(check);
    };
    known(workstation::settings(settings, words));
    if let Ok(settings) = settings {
        known(workstation::route(settings, words));
        let ((mut found, answers), addresses) = tokio::join!(companion::asked(settings, ports, words), network::addresses(settings, words));
        let certificate = of_certificate(settings, ports, &mut found, words).await;
        found.into_iter().chain(addresses).chain(certificate).for_each(&mut known);
        let (keyring, key) = workstation::keyring(settings, ports, words).await;
        known(keyring);
        if answers {
            let (check, told) = companion::rules(settings, ports, key, words).await;
            known(check);
            let parts = told.as_ref().map(|rules| [companion::storage(rules, words), companion::psc(rules, words)]);
            parts.into_iter().flatten().flatten().for_each(&mut known);
            rules = told;
        }
    }
    let may_come_back = comes_back_here(settings.ok(), rules.as_ref());
    known(workstation::browser(ports, words).await.if_needed(may_come_back));
    let loopback = workstation::loopback(ports, words).await.if_needed(may_come_back);
    let caught = match loopback.verdict {
        Verdict::Ok if may_come_back => browser_return::through_proxy(route::system_proxy(), words).await,
        Verdict::Ok | Verdict::Warning | Verdict::Failure => None,
    };
    known(caught.unwrap_or(loopback));
    known(workstation::log(settings.ok(), words));
    recent::recent(settings.ok(), ports, words).into_iter().for_each(&mut known);
    room::room(settings.ok(), words).into_iter().for_each(&mut known);
    if let Ok(settings) = settings {
        known(workstation::return_scheme(settings, ports, words).await);
        known(workstation::activity(settings, ports, words).await);
        cards::cards(settings, ports, words).await.into_iter().for_each(&mut known);
    }
    Diagnosis { app_version: env!("CARGO_PKG_VERSION"), checks }
}

/// Who presents the certificate that the companion's line is about. Where it says better what is to be done, both say that.
async fn of_certificate(settings: &Settings, ports: &Ports, found: &mut [Check], words: &dyn Words) -> Option<Check> {
    let companion = found.first_mut()?;
    let certificate = network::certificate(settings, ports, companion, words).await?;
    if certificate.verdict == Verdict::Failure {
        companion.remedy = certificate.remedy;
    }
    Some(certificate)
}

/// What is wrong with the certificate that a call met; `None` where that is not what stopped it.
pub(crate) async fn certificate_met(settings: &Settings, ports: &Ports, cause: Option<Cause>, words: &dyn Words) -> Option<Check> {
    let call = Check::wrong(Title::Companion, words, Verdict::Failure, ErrorCode::CompanionUntrusted, "").because(cause, words);
    let met = network::certificate(settings, ports, &call, words).await?;
    (met.verdict == Verdict::Failure).then_some(met)
}

/// Whether a browser of this workstation has a part in signing in: by polling alone, it may be any other.
fn comes_back_here(settings: Option<&Settings>, rules: Option<&WorkstationRules>) -> bool {
    let by_policy = settings.is_none_or(|settings| settings.exchange != ExchangeChoice::Polling);
    by_policy && rules.is_none_or(|rules| rules.exchanges != [Exchange::Polling])
}
