//! A provider in memory, for the attempts and sessions that ask it through its trait: it counts, waits and refuses as told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use url::Url;
use vestibule_model::practitioner::{Coded, NationalId, PracticeSituation, Practitioner, ProfessionalPractice, SituationId, Structure};
use vestibule_model::session::{PscEnvironment, SignInMeans};

use crate::provider::{
    AuthorizationRequest, AuthorizationWish, BrowserEndSession, Identity, PendingAuthorization, Provider, ProviderError, ProviderTokens,
    RefreshedTokens, Step,
};
use crate::random::{SystemRandom, secret_256};

/// Stands in for Pro Santé Connect: the code names the persona, and every call is counted.
#[derive(Default)]
pub(crate) struct FakeProvider {
    pub(crate) exchanges: AtomicUsize,
    pub(crate) refreshes: AtomicUsize,
    /// Hints of the sessions that were ended.
    pub(crate) ended: Mutex<Vec<String>>,
    pub(crate) is_down: AtomicBool,
    /// The next refreshes are refused: the session there is over.
    pub(crate) is_session_over: AtomicBool,
    /// The next refreshes bring another person's tokens.
    pub(crate) is_someone_else: AtomicBool,
    /// The register no longer knows the last place of whoever signs in.
    pub(crate) has_left_a_place: AtomicBool,
    /// Calls wait here for permits, once set.
    gate: Mutex<Option<&'static Semaphore>>,
    pub(crate) waiting: AtomicUsize,
    secrets: Mutex<Vec<String>>,
    id_tokens: Mutex<Vec<String>>,
    refresh_tokens: Mutex<Vec<String>>,
    /// Refresh tokens that came back.
    presented: Mutex<Vec<String>>,
}

impl FakeProvider {
    pub(crate) fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::SeqCst)
    }

    pub(crate) fn ended(&self) -> Vec<String> {
        self.ended.lock().expect("no panic").clone()
    }

    pub(crate) fn go_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn registered(&self, persona: &str) -> Practitioner {
        let mut practitioner = practitioner(persona);
        if self.has_left_a_place.load(Ordering::SeqCst) {
            practitioner.practices.iter_mut().for_each(|practice| drop(practice.situations.pop()));
        }
        practitioner
    }

    /// From now on calls wait for the returned gate.
    pub(crate) fn close_gate(&self) -> &'static Semaphore {
        let gate: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
        *self.gate.lock().expect("no panic") = Some(gate);
        gate
    }

    /// Everything secret this double ever gave.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.secrets.lock().expect("no panic").clone()
    }

    /// Those that it gave, in order.
    pub(crate) fn id_tokens(&self) -> Vec<String> {
        self.id_tokens.lock().expect("no panic").clone()
    }

    /// Those that it gave, in order.
    pub(crate) fn refresh_tokens(&self) -> Vec<String> {
        self.refresh_tokens.lock().expect("no panic").clone()
    }

    /// Those that came back to it, in order.
    pub(crate) fn presented(&self) -> Vec<String> {
        self.presented.lock().expect("no panic").clone()
    }

    fn given(&self, kind: &Mutex<Vec<String>>) -> SecretString {
        let secret = self.secret();
        kind.lock().expect("no panic").push(secret.expose_secret().to_owned());
        secret
    }

    fn secret(&self) -> SecretString {
        let secret = secret_256(&SystemRandom);
        self.secrets.lock().expect("no panic").push(secret.expose_secret().to_owned());
        secret
    }

    async fn answer(&self, step: Step) -> Result<(), ProviderError> {
        let gate = *self.gate.lock().expect("no panic");
        if let Some(gate) = gate {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            gate.acquire().await.expect("an open gate").forget();
        }
        if self.is_down.load(Ordering::SeqCst) { Err(ProviderError::Unavailable { step, status: 503 }) } else { Ok(()) }
    }
}

#[async_trait]
impl Provider for FakeProvider {
    async fn authorization_request(&self, wish: AuthorizationWish<'_>) -> Result<AuthorizationRequest, ProviderError> {
        self.answer(Step::Discovery).await?;
        let state = self.secret();
        let hint = wish.idp_hint.map(|hint| format!("&kc_idp_hint={hint}")).unwrap_or_default();
        let prompt = if wish.prompt_login { "&prompt=login" } else { "" };
        let url = format!("http://127.0.0.1:8091/auth?state={}{hint}{prompt}", state.expose_secret());
        Ok(AuthorizationRequest { url: Url::parse(&url).expect("an address"), state, nonce: self.secret(), pkce_verifier: self.secret() })
    }

    fn check_issuer(&self, iss: Option<&str>) -> Result<(), ProviderError> {
        match iss {
            None | Some("psc") => Ok(()),
            Some(_) => Err(ProviderError::IssuerMismatch),
        }
    }

    async fn exchange(&self, code: &SecretString, pending: PendingAuthorization<'_>) -> Result<Identity, ProviderError> {
        self.exchanges.fetch_add(1, Ordering::SeqCst);
        self.answer(Step::Token).await?;
        let given = self.secrets();
        assert!(given.contains(&pending.nonce.expose_secret().to_owned()), "the nonce is the one that was sent");
        assert!(given.contains(&pending.pkce_verifier.expose_secret().to_owned()), "the verifier is the one that was sent");
        let persona = code.expose_secret();
        if persona == "refused" {
            return Err(ProviderError::CodeRefused);
        }
        Ok(Identity {
            practitioner: self.registered(persona),
            means: Some(SignInMeans::ECps),
            acr: Some("eidas1".to_owned()),
            tokens: ProviderTokens {
                access_token: self.secret(),
                refresh_token: Some(self.given(&self.refresh_tokens)),
                id_token: self.given(&self.id_tokens),
                access_expires_in_s: 120,
                refresh_expires_in_s: Some(1800),
            },
            subject: format!("f:subject:{persona}"),
        })
    }

    async fn refresh(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, ProviderError> {
        self.refreshes.fetch_add(1, Ordering::SeqCst);
        self.presented.lock().expect("no panic").push(refresh_token.expose_secret().to_owned());
        self.answer(Step::Token).await?;
        assert!(expected_subject.starts_with("f:subject:"), "the subject of the sign-in is expected");
        assert!(self.secrets().contains(&refresh_token.expose_secret().to_owned()), "the refresh token is one that was given");
        if self.is_session_over.load(Ordering::SeqCst) {
            return Err(ProviderError::RefreshRefused);
        }
        if self.is_someone_else.load(Ordering::SeqCst) {
            return Err(ProviderError::IdTokenRefused("sub changed in a refresh"));
        }
        Ok(RefreshedTokens {
            access_token: self.secret(),
            refresh_token: Some(self.given(&self.refresh_tokens)),
            id_token: None,
            access_expires_in_s: 120,
            refresh_expires_in_s: Some(1800),
        })
    }

    async fn end_session(&self, id_token_hint: &SecretString) -> Result<(), ProviderError> {
        self.answer(Step::EndSession).await?;
        self.ended.lock().expect("no panic").push(id_token_hint.expose_secret().to_owned());
        Ok(())
    }

    fn browser_end_session(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession {
        BrowserEndSession {
            action: Url::parse("http://127.0.0.1:8090/logout").expect("an address"),
            fields: vec![("id_token_hint", id_token_hint.clone()), ("state", state.clone())],
        }
    }

    fn environment(&self) -> PscEnvironment {
        PscEnvironment::Simulator
    }
}

/// `nurse` works in three places, `locum` in one without a structure, `intern` is in no register; anyone else works in two.
pub(crate) fn practitioner(persona: &str) -> Practitioner {
    let places = match persona {
        "intern" => 0,
        "locum" => 1,
        "nurse" => 3,
        _ => 2,
    };
    let situations: Vec<_> = (1..=places).map(|place| situation(persona, place)).collect();
    let practice = ProfessionalPractice {
        profession: Coded { code: "10".to_owned(), label: "Médecin".to_owned() },
        category: None,
        speciality: None,
        situations,
    };
    Practitioner {
        national_id: NationalId::parse(&format!("8-national-{persona}")).expect("an id"),
        title: Some("Dr".to_owned()),
        given_name: "Camille".to_owned(),
        family_name: format!("FICTIF-{}", persona.to_uppercase()),
        practices: if places == 0 { Vec::new() } else { vec![practice] },
    }
}

pub(crate) fn situation_id(persona: &str, place: usize) -> SituationId {
    SituationId(format!("{persona}-{place}"))
}

fn situation(persona: &str, place: usize) -> PracticeSituation {
    let structure = Structure {
        technical_id: format!("F{place}"),
        name: format!("Maison fictive {place}"),
        finess: String::new(),
        siret: String::new(),
        locality: String::new(),
    };
    PracticeSituation {
        id: situation_id(persona, place),
        mode: None,
        sector: None,
        role: None,
        pharmacist_section: None,
        activity_kind: None,
        structure: (persona != "locum").then_some(structure),
    }
}
