//! How many files the system lets this process hold open: each connection is one.

/// Files that are no connections of the public listener: database, logs, calls to Pro Santé Connect, the administrator.
const OTHERS: u32 = 256;

/// How many connections the system admits out of those wanted, after asking it for as many as it may give.
pub(crate) fn for_connections(wanted: u32) -> u32 {
    let admitted = admitted(wanted.saturating_add(OTHERS)).saturating_sub(OTHERS).max(1).min(wanted);
    if admitted < wanted {
        tracing::warn!(wanted, admitted, "The system admits fewer open files than the connections configured: its limit applies");
    }
    admitted
}

#[cfg(unix)]
fn admitted(wanted: u32) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let wanted_files = u64::from(wanted);
    if now.current.is_none_or(|current| current >= wanted_files) {
        return wanted;
    }
    let raised = Rlimit { current: Some(now.maximum.map_or(wanted_files, |most| most.min(wanted_files))), maximum: now.maximum };
    // Without the right to raise it, what was admitted before still is.
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { raised.current } else { now.current };
    current.and_then(|current| u32::try_from(current).ok()).unwrap_or(wanted)
}

#[cfg(not(unix))]
const fn admitted(wanted: u32) -> u32 {
    wanted
}
