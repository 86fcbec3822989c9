//! HAProxy before the companions, as the administrator's guide has it: each request in turn, no stickiness.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::process::Child;
use vestibule_installation::place::free_address;

use super::Which;
use crate::servers::any_ending_with_us;

/// The part of the configuration that the guide shows, with what a machine calls its own left open.
const BACKEND: &str = include_str!("haproxy.cfg");

#[derive(Debug)]
pub(super) struct Balancer {
    measures: String,
    http: reqwest::Client,
    companions: Vec<Which>,
    _process: Child,
}

impl Balancer {
    pub(super) async fn start(folder: &Path, front: SocketAddr, companions: Vec<(Which, SocketAddr)>) -> anyhow::Result<Self> {
        let measures = free_address()?;
        let servers: Vec<String> = companions.iter().map(|(which, door)| format!("server {} {door}", which.name())).collect();
        let text = BACKEND
            .replace("FRONT", &front.to_string())
            .replace("SERVERS", &servers.join("\n    "))
            .replace("MEASURES", &measures.to_string());
        let file = folder.join("haproxy.cfg");
        fs::write(&file, text)?;
        let mut command = any_ending_with_us("haproxy");
        let paths = std::env::var("PATH").unwrap_or_default();
        command.args(["-db", "-f"]).arg(&file).env("PATH", format!("{paths}:/usr/sbin"));
        let log = fs::File::create(folder.join("haproxy.log"))?;
        let process = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("haproxy (Debian: haproxy)")?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
        let companions = companions.into_iter().map(|(which, _)| which).collect();
        let balancer = Self { measures: format!("http://{measures}/;csv"), http, companions, _process: process };
        for which in &balancer.companions {
            balancer.until_up(*which).await.with_context(|| fs::read_to_string(folder.join("haproxy.log")).unwrap_or_default())?;
        }
        Ok(balancer)
    }

    /// Waits until requests are handed to this companion.
    pub(super) async fn until_up(&self, which: Which) -> anyhow::Result<()> {
        let mut attempts = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..400 {
            attempts.tick().await;
            if self.column("status").await.is_ok_and(|states| states[which as usize] == "UP") {
                return Ok(());
            }
        }
        bail!("the balancer does not know {which:?}")
    }

    pub(super) async fn handed(&self) -> anyhow::Result<Vec<u64>> {
        Ok(self.column("stot").await?.iter().map(|number| number.parse()).collect::<Result<_, _>>()?)
    }

    async fn column(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let text = self.http.get(&self.measures).send().await?.error_for_status()?.text().await?;
        let mut lines = text.lines();
        let place = lines.next().unwrap_or_default().split(',').position(|title| title == name).context("no such measure")?;
        let of = |which: &Which| {
            let begin = format!("companions,{},", which.name());
            let line = lines.clone().find(|line| line.starts_with(&begin)).context("no such companion")?;
            Ok(line.split(',').nth(place).unwrap_or_default().to_owned())
        };
        self.companions.iter().map(of).collect()
    }
}
