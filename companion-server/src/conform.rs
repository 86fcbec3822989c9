//! `conformity`: what the ANS and the security officer are handed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use companion_server::clock::{Clock as _, SystemClock};
use companion_server::config::Config;
use companion_server::conformity::{self, Built, ConformityRefused, Counts, Dossier, Found, SandboxRun, TestResults};
use companion_server::random::SystemRandom;
use companion_server::{StartError, doctor};

use crate::administer::while_examined;
use crate::{runtime, say};

/// Written, and not all is as it should be.
const INCOMPLETE: u8 = 1;

pub fn conformity(file: &Path, out: &Path, results: Option<&Path>, sandbox: Option<&Path>) -> anyhow::Result<ExitCode> {
    let dossier = made(file, out, results, sandbox)?;
    dossier.write(out)?;
    say(&told(&dossier, out))?;
    Ok(if dossier.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

fn made(file: &Path, out: &Path, results: Option<&Path>, sandbox: Option<&Path>) -> Result<Dossier, ConformityRefused> {
    let config = Config::load(file).map_err(StartError::from)?;
    conformity::refuse_beside(&config, file, out)?;
    let results = results.map(TestResults::read).transpose()?;
    let given = sandbox.map(|sandbox| SandboxRun::read(sandbox, &config, SystemClock.now())).transpose()?;
    let organisation = conformity::answers(out)?;
    let runtime = runtime().map_err(|error| ConformityRefused::system(out, error))?;
    let own = runtime.block_on(conformity::last_sign_in(&config))?;
    let examined = runtime.block_on(while_examined(doctor::examine(file, Arc::new(SystemClock), Arc::new(SystemRandom))));
    Ok(Dossier::new(Found {
        settings: conformity::settings(&config, file)?,
        // Whoever reads the commands of the dossier stands elsewhere.
        config_file: &std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string(),
        config: &config,
        results,
        organisation,
        sandbox: given.or(own),
        examined,
        built: Built::OWN,
        now: SystemClock.now(),
    }))
}

fn told(dossier: &Dossier, out: &Path) -> String {
    let Counts { proved, red, unjudged, answered, unanswered, contradicted } = dossier.counts;
    let page = out.join(conformity::PAGE);
    let mut text = format!(
        "Le dossier est écrit\u{a0}: {}\n\nExigences prouvées par des tests\u{a0}: {proved}\nSans preuve, en rouge\u{a0}: {red}\nNon jugées, faute de résultats de tests\u{a0}: {unjudged}\n\
         Réponses de l’organisation\u{a0}: {answered} données, {unanswered} à donner dans {}\nValeurs déclarées que la configuration contredit\u{a0}: {contradicted}\n",
        page.display(),
        out.join(conformity::ANSWERS).display(),
    );
    if let Some(objection) = &dossier.objection {
        text.push_str(&format!("Rien n’est prouvé\u{a0}: {objection}.\n"));
    }
    dossier.lacking.iter().for_each(|lack| text.push_str(&format!("Il manque\u{a0}: {lack}.\n")));
    dossier.doubts.iter().for_each(|doubt| text.push_str(&format!("À savoir\u{a0}: {doubt}.\n")));
    text
}
