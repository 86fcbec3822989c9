//! The companion's command line.

mod administer;
mod conform;
mod help_desk;
mod reporting;
mod set_up;
mod signals;

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use companion_server::admin::client::CommandRefused;
use companion_server::arguments::{self, Arguments, AuditCommand, Command, StoreCommand, VaultCommand};
use companion_server::backup::{self, BackupRefused};
use companion_server::clock::{Clock as _, SystemClock};
use companion_server::config::{self, Config};
use companion_server::conformity::ConformityRefused;
use companion_server::key_rotation::{self, KeyFiles, KeyStatus, Rotation, RotationRefused};
use companion_server::random::SystemRandom;
use companion_server::report::ReportUnwritten;
use companion_server::setup::SetupRefused;
use companion_server::store::KeyCensus;
use companion_server::store_copy::{self, CopyRefused};
use companion_server::support::SupportRefused;
use companion_server::{Control, Listeners, StartError, core_dumps, doctor, group, logging, preflight, vault, words};
use secrecy::ExposeSecret as _;
use vestibule_model::ErrorCode;

/// Wrong configuration, or an installation that is not ready.
const NOT_READY: u8 = 2;

fn main() -> ExitCode {
    core_dumps::leave_none();
    let given = arguments::usual(std::env::args_os().collect());
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => return say(&error.to_string()).unwrap_or_else(|error| explain(&error)),
        Err(error) => return explain(&anyhow::anyhow!(arguments::misunderstood(&error, &given))),
    };
    let outcome = match arguments.command {
        Command::Setup(given) => set_up::set_up(&given),
        Command::Serve { config } => serve(&config),
        Command::CheckConfig { config } => check_config(&config),
        Command::Doctor { config, json } => examine(config, json),
        Command::Schema => serde_json::to_string_pretty(&config::schema()).map_err(anyhow::Error::from).and_then(|text| say(&text)),
        Command::SampleConfig => say(&config::sample()),
        Command::EnrolmentToken { json } => enrolment_token(json),
        Command::InitKey { file } => init_key(&file),
        Command::Sessions { command } => administer::sessions(command),
        Command::Devices { command } => administer::devices(command),
        Command::Trace { config, id, logs, json } => help_desk::trace(&config, &id, &logs, json),
        Command::Incidents { config, from, to, json } => help_desk::incidents(&config, from, to, json),
        Command::Conformity { config, out, results, sandbox } => conform::conformity(&config, &out, results.as_deref(), sandbox.as_deref()),
        Command::Audit { command: AuditCommand::Verify { config, noted_seal, json } } => help_desk::verify_audit(&config, noted_seal, json),
        Command::Export { config, national_id_file, to } => administer::export(&config, &national_id_file, &to),
        Command::Report(asked) => reporting::report(&asked),
        Command::Erase { config, national_id_file, json } => administer::erase(&config, &national_id_file, json),
        Command::Backup { config, to, json } => back_up(&config, &to, json),
        Command::Restore { config, from, json } => restore(&config, &from, json),
        Command::Store { command: StoreCommand::Copy { from, to, json } } => copy_store(&from, &to, json),
        Command::Vault { command: VaultCommand::Rotate { config, new_key_file, given_to_all } } => {
            rotate_key(&config, new_key_file, given_to_all)
        }
        Command::Vault { command: VaultCommand::Status { config, json } } => key_status(&config, json),
    };
    outcome.unwrap_or_else(|error| explain(&error))
}

fn serve(file: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::load(file).map_err(StartError::from)?;
    logging::start(&config.logs);
    let control = Control { config_file: Some(file.to_owned()), ..Control::default() };
    let runtime = runtime()?;
    // Before anything else: a signal that comes early must not end the process either.
    runtime.block_on(async { signals::obey(&control) }).map_err(TerminalError::Signals)?;
    let listeners = Listeners::bind(&config)?;
    runtime.block_on(companion_server::run_controlled(config, listeners, Arc::new(SystemClock), Arc::new(SystemRandom), control))?;
    Ok(ExitCode::SUCCESS)
}

fn check_config(file: &Path) -> anyhow::Result<ExitCode> {
    let checked = runtime()?.block_on(preflight::check(file, Arc::new(SystemClock), Arc::new(SystemRandom)))?;
    let mut text = "La configuration est correcte.".to_owned();
    if checked.missing_values > 0 {
        text.push_str(&format!(
            "\n{}\u{a0}: données de la base chiffrées par une clé absente du fichier de clé\u{a0}: {}. Le serveur démarrerait, et les personnes concernées devraient se reconnecter\u{a0}: remettez le bon fichier.",
            ErrorCode::SealingKeyMissing,
            checked.missing_values
        ));
    }
    say(&text)
}

fn examine(file: PathBuf, json: bool) -> anyhow::Result<ExitCode> {
    let examined = doctor::examine(&file, Arc::new(SystemClock), Arc::new(SystemRandom));
    let report = runtime()?.block_on(administer::while_examined(examined));
    say(&if json { serde_json::to_string_pretty(&report)? } else { report.to_text() })?;
    Ok(ExitCode::from(report.exit_code()))
}

/// The one place where a token is shown: it goes from here to the machine policy, and the configuration keeps its hash.
fn enrolment_token(json: bool) -> anyhow::Result<ExitCode> {
    let new = group::draw_token(&SystemRandom);
    let token = new.token.expose_secret();
    if json {
        let document = serde_json::json!({ "enrolment_token": token, "enrolment_token_hash": new.hash });
        return say(&serde_json::to_string_pretty(&document)?);
    }
    say(&format!(
        "Jeton d’inscription à déployer sur les postes par la stratégie du poste. Il n’est affiché qu’ici\u{a0}:\n\n  {token}\n\n\
         Ligne à écrire sous [groups.<nom>] dans la configuration du serveur de connexion\u{a0}:\n\n  enrolment_token_hashes = [\"{}\"]\n\n\
         Pour renouveler un jeton\u{a0}: ajoutez la nouvelle empreinte à la liste, déployez le nouveau jeton, puis retirez l’ancienne empreinte.",
        new.hash
    ))
}

fn init_key(file: &Path) -> anyhow::Result<ExitCode> {
    vault::create_key_file(file, &SystemRandom).map_err(|error| {
        let (code, path) = (ErrorCode::SealingKeyRefused, file.display());
        if error.kind() == ErrorKind::AlreadyExists && file.is_file() {
            anyhow::anyhow!("{code}\u{a0}: «\u{a0}{path}\u{a0}» existe déjà\u{202f}; une clé n’est jamais remplacée.\nGardez-la, ou nommez un autre fichier.")
        } else if file.is_dir() {
            anyhow::anyhow!("{code}\u{a0}: «\u{a0}{path}\u{a0}» est un dossier.\nNommez le fichier à y créer, par exemple «\u{a0}{path}/cle\u{a0}».")
        } else {
            let reason = words::of_new_file(&error, file);
            anyhow::anyhow!("{code}\u{a0}: la clé de chiffrement n’a pas pu être créée dans «\u{a0}{path}\u{a0}»\u{a0}: {reason}.\nVérifiez que le dossier existe et que ce compte peut y écrire.")
        }
    })?;
    say("La clé de chiffrement est créée. Gardez-en une copie en lieu sûr\u{a0}: sans elle, les sessions en cours sont perdues.")
}

fn rotate_key(file: &Path, new: Option<PathBuf>, is_given_to_all: bool) -> anyhow::Result<ExitCode> {
    let config = Config::load(file).map_err(StartError::from)?;
    if let Some(new) = &new {
        // Before anything is written: that file too would lie beside what it opens.
        let beside = config.storage.sqlite_file.as_deref().map_or(Ok(()), |database| vault::refuse_beside(new, database));
        beside.map_err(RotationRefused::from).map_err(StartError::from)?;
    }
    logging::start(&config.logs);
    let is_one_of_many = config.storage.sqlite_file.is_none();
    let outcome = runtime()?.block_on(async {
        let _claim = key_rotation::claim(&config.storage).await?;
        let store = Arc::new(preflight::open(&config).await?);
        let files =
            KeyFiles { in_service: config.vault.key_file, read_only: config.vault.is_credential, is_one_of_many, is_given_to_all, new };
        let rotation =
            Rotation { store, clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), files, settle: key_rotation::SETTLE };
        Ok::<_, StartError>(rotation.run().await?)
    });
    say(&outcome?.to_text())
}

fn copy_store(from: &Path, to: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let copied = store_copy::copy(from, to, SystemClock.now())?;
    say(&if json { serde_json::to_string_pretty(&copied)? } else { copied.to_text() })
}

fn back_up(config: &Path, to: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let saved = backup::save(config, to)?;
    say(&if json { serde_json::to_string_pretty(&saved)? } else { saved.to_text() })
}

fn restore(config: &Path, from: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let restored = backup::restore(config, from, SystemClock.now())?;
    say(&if json { serde_json::to_string_pretty(&restored)? } else { restored.to_text() })
}

fn key_status(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let config = Config::load(file).map_err(StartError::from)?;
    let ring = vault::read_key_file(&config.vault.key_file).map_err(StartError::from)?;
    // Looking makes no database.
    let glance = runtime()?.block_on(preflight::glance(&config, &SystemClock))?;
    let keys = match glance {
        None => KeyCensus::default(),
        Some(glance) => glance.keys.ok_or_else(|| preflight::of_earlier_version(&config))?,
    };
    let status = KeyStatus::new(&ring, &keys);
    say(&if json { serde_json::to_string_pretty(&status)? } else { status.to_text() })?;
    Ok(if status.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(NOT_READY) })
}

/// What the system refuses the command itself. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
enum TerminalError {
    #[error("le système ne permet pas de démarrer\u{a0}: {}", words::in_french(.0))]
    Start(std::io::Error),
    #[error("le système ne permet pas de recevoir les signaux\u{a0}: {}", words::in_french(.0))]
    Signals(std::io::Error),
    #[error("{code}\u{a0}: la réponse n’a pas pu être écrite\u{a0}: {}", words::in_french(.0), code = ErrorCode::AnswerUnwritten)]
    Answer(std::io::Error),
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» n’a pas pu être écrit\u{a0}: {}", .0.display(), words::of_new_file(.1, .0), code = ErrorCode::AnswerUnwritten)]
    Unwritten(PathBuf, std::io::Error),
    #[error("{code}\u{a0}: «\u{a0}{}\u{a0}» ne peut pas être créé\u{a0}: {}", .0.display(), words::of_new_file(.1, .0), code = ErrorCode::DestinationRefused)]
    Destination(PathBuf, std::io::Error),
}

impl TerminalError {
    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Start(_) | Self::Signals(_) => None,
            Self::Answer(_) | Self::Unwritten(..) => Some(ErrorCode::AnswerUnwritten),
            Self::Destination(..) => Some(ErrorCode::DestinationRefused),
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, TerminalError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(TerminalError::Start)
}

fn say(text: &str) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        // Whoever read as far as he wanted (`| head`) was served.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(TerminalError::Answer(error).into()),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

/// What an administrator needs to read: code, cause, remedy. Never a backtrace.
fn explain(error: &anyhow::Error) -> ExitCode {
    let start = error.downcast_ref::<StartError>().map(StartError::code);
    let command = error.downcast_ref::<CommandRefused>().map(CommandRefused::code);
    let copy = error.downcast_ref::<CopyRefused>().map(CopyRefused::code);
    let setup = error.downcast_ref::<SetupRefused>().map(SetupRefused::code);
    let backup = error.downcast_ref::<BackupRefused>().map(BackupRefused::code);
    let support = error.downcast_ref::<SupportRefused>().map(SupportRefused::code);
    let report = error.downcast_ref::<ReportUnwritten>().map(ReportUnwritten::code);
    let conformity = error.downcast_ref::<ConformityRefused>().map(ConformityRefused::code);
    let terminal = error.downcast_ref::<TerminalError>().and_then(TerminalError::code);
    let text = match start.or(command).or(copy).or(backup).or(setup).or(support).or(conformity).or(report).or(terminal) {
        Some(code) => {
            let explanation = words::for_administrator(code);
            format!("{error}\n{}\n{}\n{}\n", explanation.title, explanation.cause, explanation.remedy)
        }
        None => format!("{error}\n"),
    };
    // Nowhere is left to say that standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(NOT_READY)
}
