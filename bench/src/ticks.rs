//! What a process costs: the processor's time and the memory that it holds, as the kernel counts them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

/// How long a tick of the kernel's counters is: 100 a second on every Linux that we know of.
const TICK: Duration = Duration::from_millis(10);

/// Time that a process has had of the processor, in its own code and in the kernel on its behalf.
///
/// # Errors
/// When there is no such process.
pub fn processor_time(process: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name before stands between brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let field = |place: usize| -> anyhow::Result<u32> { Ok(fields.split_whitespace().nth(place).context("too short")?.parse()?) };
    Ok(TICK * (field(11)? + field(12)?))
}

/// The same with every process that it started.
///
/// # Errors
/// As [`processor_time`].
pub fn processor_time_of_tree(process: u32) -> anyhow::Result<Duration> {
    let children = children(process)?;
    children.into_iter().try_fold(processor_time(process)?, |sum, child| Ok(sum + processor_time_of_tree(child)?))
}

fn children(process: u32) -> anyhow::Result<Vec<u32>> {
    let list = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    list.split_whitespace().map(|child| Ok(child.parse()?)).collect()
}

/// Bytes that a process holds in memory.
///
/// # Errors
/// When there is no such process.
pub fn resident(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no resident memory")?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024)
}

/// The moment, in seconds since 1970.
///
/// # Errors
/// Before that.
#[expect(clippy::disallowed_methods, reason = "what is measured runs by the machine's own clock")]
pub fn unix_seconds() -> anyhow::Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
