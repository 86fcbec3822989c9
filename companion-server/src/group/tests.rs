//! Groups, their tokens and what each workstation gets of them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use vestibule_installation::Installation;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::Exchange;

use super::*;
use crate::audit::Audit;
use crate::clock::{ManualClock, Timestamp};
use crate::random::SystemRandom;
use crate::store::{Store, fixture};

const KEY: &str = "thumbprint-of-a-device-key";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));

/// Two groups, with a token each; the first one leaves most rules as they are.
struct Scene {
    remote: SecretString,
    desk: SecretString,
    text: String,
}

impl Scene {
    fn new() -> Self {
        let [remote, desk] = [draw_token(&SystemRandom), draw_token(&SystemRandom)];
        let text = format!(
            "[groups.bureau-a-distance]\nenrolment_token_hashes = [\"{}\", \"{}\"]\nexchanges = [\"scheme\", \"polling\"]\n\
             [groups.accueil]\nenrolment_token_hashes = [\"{}\"]\nshared = true\nconfirmation = \"always\"\nidp_hint = \"chu\"\nidle_limit_minutes = 5\n",
            "0".repeat(64),
            remote.hash,
            desk.hash
        );
        Self { remote: remote.token, desk: desk.token, text }
    }

    fn groups(&self) -> Arc<Groups> {
        Arc::new(groups(&self.text))
    }
}

fn groups(more: &str) -> Groups {
    let installation = Installation::least().with("psc.idp_hint = \"region\"\nsession.idle_limit_minutes = 20").with(more);
    Groups::from(&Config::parse(&installation.text(), Path::new("/etc/vestibule")).expect("accepted"))
}

struct Memory {
    _folder: TempDir,
    clock: Arc<ManualClock>,
    store: Arc<Store>,
}

impl Memory {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(fixture::open(folder.path()).await);
        Self { _folder: folder, clock: Arc::new(ManualClock::at(Timestamp(1_800_000_000_000))), store }
    }

    fn under(&self, groups: Arc<Groups>) -> Enrolment {
        Enrolment::new(
            Groups::clone(&groups).into(),
            self.store.clone(),
            self.clock.clone(),
            Audit::new(self.store.clone(), self.clock.clone()),
        )
    }

    /// Events with the group they are about.
    async fn trail(&self) -> Vec<(String, Option<String>)> {
        let rows = self.store.audit_after(0, 1000).await.expect("a trail");
        rows.into_iter().map(|row| (row.event, row.group_name)).collect()
    }
}

/// As a start does, with the group that the memory has the device in.
async fn resolve(enrolment: &Enrolment, jkt: &str, token: Option<&SecretString>, from: IpAddr) -> Result<Group, EnrolmentRefused> {
    let kept = enrolment.kept(jkt).await?;
    enrolment.resolve((jkt, kept.as_deref()), token, from).await
}

async fn name_of(enrolment: &Enrolment, jkt: &str, token: Option<&SecretString>) -> Option<String> {
    resolve(enrolment, jkt, token, HERE).await.expect("a group").name.clone()
}

fn entry(event: &str, group: &str) -> (String, Option<String>) {
    (event.to_owned(), Some(group.to_owned()))
}

#[test]
fn a_token_is_recognised_for_what_it_is_and_its_hash_can_be_checked_by_hand() {
    let [one, other] = [draw_token(&SystemRandom), draw_token(&SystemRandom)];
    assert_ne!(one.hash, other.hash);
    let random = one.token.expose_secret().strip_prefix("vst-poste-").expect("the prefix");
    assert_eq!(random.len(), 43);
    assert_eq!((one.hash.len(), one.hash.to_ascii_lowercase()), (64, one.hash.clone()));
    // printf %s vst-poste-exemple | sha256sum
    assert_eq!(token::hash(&"vst-poste-exemple".into()), "0ed418914ca46d2abd2e623ca41561bb69147b6aa3d64232db144a965059e271");
}

#[test]
fn a_group_keeps_what_it_does_not_change() {
    let scene = Scene::new();
    let groups = scene.groups();
    let names: Vec<_> = groups.iter().map(|group| group.name.clone()).collect();
    assert_eq!(names, [None, Some("accueil".to_owned()), Some("bureau-a-distance".to_owned())]);

    let remote = groups.of_token(&scene.remote).expect("a group");
    assert_eq!(remote.exchanges, [Exchange::Scheme, Exchange::Polling]);
    assert!(!remote.admits(Exchange::Loopback) && remote.admits(Exchange::Polling));
    assert_eq!((remote.idp_hint.as_deref(), remote.session.idle_limit_s), (Some("region"), 1200));
    assert!(!remote.session.shared_workstation && !remote.always_confirm);

    let desk = groups.named(Some("accueil")).expect("a group");
    assert_eq!(Some(desk), groups.of_token(&scene.desk));
    assert_eq!(desk.exchanges, [Exchange::Loopback, Exchange::Scheme, Exchange::Polling]);
    assert_eq!((desk.idp_hint.as_deref(), desk.session.idle_limit_s), (Some("chu"), 300));
    assert!(desk.session.shared_workstation && desk.always_confirm);

    assert_eq!(groups.named(Some("nowhere")), None);
    for stranger in ["", "vst-poste-", "accueil", &"0".repeat(64)] {
        assert_eq!(groups.of_token(&stranger.into()), None, "{stranger}");
    }
}

#[tokio::test]
async fn a_token_leads_into_its_group_once_and_the_device_stays_there() {
    let (scene, memory) = (Scene::new(), Memory::new().await);
    let enrolment = memory.under(scene.groups());
    assert_eq!(name_of(&enrolment, KEY, None).await, None, "the default group");
    for _ in 0..3 {
        assert_eq!(name_of(&enrolment, KEY, Some(&scene.remote)).await.as_deref(), Some("bureau-a-distance"));
    }
    assert_eq!(name_of(&enrolment, KEY, None).await.as_deref(), Some("bureau-a-distance"), "also when the token is left out");
    assert_eq!(name_of(&enrolment, "another key", None).await, None);
    assert_eq!(memory.trail().await, [entry("device_joined_group", "bureau-a-distance")], "nothing is written when nothing changes");
    assert_eq!(name_of(&enrolment, KEY, Some(&scene.desk)).await.as_deref(), Some("accueil"));
    assert_eq!(memory.trail().await.last(), Some(&entry("device_changed_group", "accueil")));
    // After a restart it is still known.
    assert_eq!(name_of(&memory.under(scene.groups()), KEY, None).await.as_deref(), Some("accueil"));
}

#[tokio::test]
async fn starts_at_the_same_moment_join_once() {
    let (scene, memory) = (Scene::new(), Memory::new().await);
    let enrolment = memory.under(scene.groups());
    let joining = (0..20).map(|_| name_of(&enrolment, KEY, Some(&scene.desk)));
    assert!(futures::future::join_all(joining).await.iter().all(|name| name.as_deref() == Some("accueil")));
    assert_eq!(memory.trail().await, [entry("device_joined_group", "accueil")]);
}

#[tokio::test]
async fn attack_37_a_stranger_s_token_leads_nowhere_not_even_into_the_default_group() {
    let (scene, memory) = (Scene::new(), Memory::new().await);
    let enrolment = memory.under(scene.groups());
    let wrong = "vst-poste-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into();
    for jkt in [KEY, "a key that is in a group"] {
        if jkt != KEY {
            name_of(&enrolment, jkt, Some(&scene.desk)).await;
        }
        let refused = resolve(&enrolment, jkt, Some(&wrong), HERE).await.expect_err("refused");
        assert!(matches!(refused, EnrolmentRefused::TokenUnknown));
        assert_eq!(refused.code(), ErrorCode::EnrolmentRefused);
    }
    assert_eq!(name_of(&enrolment, KEY, None).await, None, "a refusal changes nothing");
    assert_eq!(name_of(&enrolment, "a key that is in a group", None).await.as_deref(), Some("accueil"));
}

#[tokio::test]
async fn a_refusal_that_insists_is_written_down_once_a_minute() {
    let memory = Memory::new().await;
    let enrolment = memory.under(Scene::new().groups());
    let refuse = async |jkt: &str| resolve(&enrolment, jkt, Some(&"wrong".into()), HERE).await.expect_err("refused");
    for _ in 0..5 {
        refuse(KEY).await;
        memory.clock.advance_seconds(11);
    }
    refuse("another key").await;
    assert_eq!(memory.trail().await.len(), 2);
    memory.clock.advance_seconds(5);
    refuse(KEY).await;
    let rows = memory.store.audit_after(0, 10).await.expect("a trail");
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.event == "enrolment_refused" && row.error_code == Some(ErrorCode::EnrolmentRefused)));
    assert_eq!((rows[0].jkt.as_deref(), rows[0].address.as_deref()), (Some(KEY), Some("10.0.0.7")));
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_written_down_at_once() {
    let (scene, memory) = (Scene::new(), Memory::new().await);
    name_of(&memory.under(scene.groups()), KEY, Some(&scene.desk)).await;
    let without = memory.under(Arc::new(groups("")));
    let well_formed = "vst-poste-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into();
    for _ in 0..3 {
        for token in [Some(&well_formed), None] {
            resolve(&without, KEY, token, HERE).await.expect_err("refused");
        }
    }
    let codes: Vec<_> = memory.store.audit_after(0, 10).await.expect("a trail").iter().filter_map(|row| row.error_code).collect();
    assert_eq!(codes, [ErrorCode::EnrolmentRefused, ErrorCode::GroupGone]);
}

#[tokio::test]
async fn fresh_keys_with_made_up_tokens_do_not_fill_the_trail() {
    let memory = Memory::new().await;
    let enrolment = memory.under(Scene::new().groups());
    let refuse = async |jkt: &str, from: IpAddr| resolve(&enrolment, jkt, Some(&"wrong".into()), from).await.expect_err("refused");
    for key in 0..100 {
        refuse(&format!("key {key}"), HERE).await;
    }
    assert_eq!(memory.trail().await.len(), 20);
    refuse("elsewhere", "10.0.0.8".parse().expect("an address")).await;
    assert_eq!(memory.trail().await.len(), 21, "another address is heard");
    memory.clock.advance_seconds(60);
    refuse("later", HERE).await;
    assert_eq!(memory.trail().await.len(), 22);
}

#[tokio::test]
async fn a_device_whose_group_is_gone_is_refused_and_never_let_into_a_looser_one() {
    let (scene, memory) = (Scene::new(), Memory::new().await);
    name_of(&memory.under(scene.groups()), KEY, Some(&scene.remote)).await;
    let (_, only_desk) = scene.text.split_once("[groups.accueil]").expect("two groups");
    let changed = memory.under(Arc::new(groups(&format!("[groups.accueil]{only_desk}"))));
    for (token, code) in [(None, ErrorCode::GroupGone), (Some(&scene.remote), ErrorCode::EnrolmentRefused)] {
        let refused = resolve(&changed, KEY, token, HERE).await.expect_err("refused");
        assert_eq!(refused.code(), code, "{refused}");
        let written = memory.trail().await.len();
        assert_eq!(changed.foresee(KEY, token).await.expect_err("foreseen").code(), code);
        assert_eq!((memory.trail().await.len(), changed.refused()[2].1), (written, 1), "a question leaves no trace");
    }
    assert_eq!(changed.foresee(KEY, Some(&scene.desk)).await.expect("foreseen").name.as_deref(), Some("accueil"));
    assert!(changed.foresee(KEY, None).await.is_err(), "nobody joins by a question");
    assert_eq!(name_of(&changed, KEY, Some(&scene.desk)).await.as_deref(), Some("accueil"), "a good token heals it");
}
