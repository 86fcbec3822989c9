//! A companion of its own for each test.

use std::net::TcpListener;
use std::sync::Arc;

use companion_server::clock::{ManualClock, Timestamp};
use companion_server::config::Config;
use companion_server::random::SystemRandom;
use companion_server::{Control, Listeners, StartError};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vestibule_installation::Installation;
use vestibule_installation::place::write_private;
use vestibule_lying_provider::{Behaviour, CLIENT_ID, CLIENT_SECRET, Facts, LyingProvider, Reply};
use vestibule_tests::browser_double::ScriptedBrowser;
use vestibule_tests::http;
use vestibule_tests::raw_client::{Answer, RawClient};

pub const NOW_S: i64 = 1_795_000_000;

/// A running companion; it stops with its runtime.
pub struct TestCompanion {
    pub url: String,
    pub administration: String,
    pub provider: LyingProvider,
    pub clock: Arc<ManualClock>,
    pub leave: CancellationToken,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<Result<(), StartError>>,
    folder: TempDir,
}

impl TestCompanion {
    pub async fn start() -> Self {
        Self::with_limits("").await
    }

    /// With lines of the `[limits]` section.
    pub async fn with_limits(limits: &str) -> Self {
        Self::with_listener_and_limits("", limits).await
    }

    /// The same, with lines of the `[listener]` section.
    pub async fn with_listener_and_limits(listener: &str, limits: &str) -> Self {
        let provider = LyingProvider::start(Behaviour { userinfo: Reply::Json(two_places), ..Behaviour::HONEST }, NOW_S).await;
        let folder = tempfile::tempdir().unwrap();
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let listeners = Listeners { public: bind(), administration: bind() };
        write_private(&folder.path().join("client-secret"), CLIENT_SECRET).unwrap();
        let (public, administration) = (listeners.public.local_addr().unwrap(), listeners.administration.local_addr().unwrap());
        let file = Installation::at(public)
            .administered_at(administration)
            .towards(&provider.origin(), &provider.origin())
            .with(&format!("[service]\nname = \"Dossier <Exemple>\"\nsupport_contact = \"01 99 00 00 00\"\n[listener]\n{listener}"))
            .with(&format!("psc.client_id = \"{CLIENT_ID}\"\n[limits]\n{limits}"))
            .write(folder.path())
            .unwrap();
        let config = Config::load(&file).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(NOW_S * 1000)));
        let control = Control::default();
        let (leave, shutdown) = (control.leave.clone(), control.shutdown.clone());
        let running = companion_server::run_controlled(config, listeners, clock.clone(), Arc::new(SystemRandom), control);
        let running = tokio::spawn(running);
        Self {
            url: format!("http://{public}"),
            administration: format!("http://{administration}"),
            provider,
            clock,
            leave,
            shutdown,
            running,
            folder,
        }
    }

    /// Until so many requests wait for something to happen.
    pub async fn until_parked(&self, count: usize) {
        let client = http::client().unwrap();
        let line = format!("vestibule_parked_requests {count}\n");
        while !client.get(format!("{}/metrics", self.administration)).send().await.unwrap().text().await.unwrap().contains(&line) {
            tokio::task::yield_now().await;
        }
    }

    /// As an administrator who holds the token.
    pub async fn order(&self, path: &str, body: &serde_json::Value) -> Answer {
        let token = std::fs::read_to_string(self.folder.path().join("administration-token")).unwrap();
        let order = http::client().unwrap().post(format!("{}{path}", self.administration)).bearer_auth(token.trim()).json(body);
        Answer::to(order).await.unwrap()
    }

    /// Whose every answer is that to a right proof.
    pub fn app(&self) -> RawClient {
        RawClient::new(&self.url, || NOW_S.unsigned_abs()).unwrap().without_repeating()
    }

    pub fn browser(&self) -> ScriptedBrowser {
        ScriptedBrowser::at(&self.url).unwrap()
    }
}

/// A person who has to choose between two places of work.
fn two_places(person: &mut Value, _: &Facts) {
    let activity = |id: &str, place: &str| {
        json!({
            "codeModeExercice": "L", "codeSecteurDactivite": "SA07", "codeSectionPharmacien": "", "codeRole": "", "codeGenreActivite": "GENR01",
            "raisonSocialeSite": place, "identifiantTechniqueStructure": id, "identifiant_technique_structure": id,
        })
    };
    person["authMode"] = json!("CARD");
    person["SubjectRefPro"]["exercices"][0]["activities"] = json!([activity("R1", "CABINET FICTIF"), activity("R2", "HOPITAL FICTIF")]);
}
