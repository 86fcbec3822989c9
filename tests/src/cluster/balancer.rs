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
use crate::servers::{Addresses, any_ending_with_us};

/// The part of the configuration that the guide shows, with what a machine calls its own left open.
const BACKEND: &str = include_str!("haproxy.cfg");

#[derive(Debug)]
pub(super) struct Balancer {
    measures: String,
    http: reqwest::Client,
    _process: Child,
}

impl Balancer {
    pub(super) async fn start(folder: &Path, front: SocketAddr, companions: [&Addresses; 2]) -> anyhow::Result<Self> {
        let measures = free_address()?;
        let [first, second] = companions.map(|addresses| addresses.companion.to_string());
        let text = BACKEND
            .replace("FRONT", &front.to_string())
            .replace("FIRST", &first)
            .replace("SECOND", &second)
            .replace("MEASURES", &measures.to_string());
        let file = folder.join("haproxy.cfg");
        fs::write(&file, text)?;
        let mut command = any_ending_with_us("haproxy");
        let paths = std::env::var("PATH").unwrap_or_default();
        command.args(["-db", "-f"]).arg(&file).env("PATH", format!("{paths}:/usr/sbin"));
        let log = fs::File::create(folder.join("haproxy.log"))?;
        let process = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("haproxy (Debian: haproxy)")?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
        let balancer = Self { measures: format!("http://{measures}/;csv"), http, _process: process };
        for which in Which::BOTH {
            balancer.until_up(which).await.with_context(|| fs::read_to_string(folder.join("haproxy.log")).unwrap_or_default())?;
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

    pub(super) async fn handed(&self) -> anyhow::Result<[u64; 2]> {
        let [first, second] = self.column("stot").await?;
        Ok([first.parse()?, second.parse()?])
    }

    async fn column(&self, name: &str) -> anyhow::Result<[String; 2]> {
        let text = self.http.get(&self.measures).send().await?.error_for_status()?.text().await?;
        let mut lines = text.lines();
        let place = lines.next().unwrap_or_default().split(',').position(|title| title == name).context("no such measure")?;
        let of = |name: &str| lines.clone().find(|line| line.starts_with(&format!("companions,{name},"))).context("no such companion");
        let value = |line: &str| line.split(',').nth(place).unwrap_or_default().to_owned();
        Ok([value(of("first")?), value(of("second")?)])
    }
}
