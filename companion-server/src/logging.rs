//! Technical logs, on standard error: for a person or for a collector. Never a token, code, secret, name or national id.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, LogsSection};

/// Starts logging for the whole process; once. A second call changes nothing.
pub fn start(logs: &LogsSection) {
    // A log that nobody reads any more is not said on that same log: there the saying itself would panic.
    let builder = tracing_subscriber::fmt().log_internal_errors(false).with_env_filter(filter(&logs.level)).with_writer(std::io::stderr);
    let started = match logs.format {
        LogFormat::Human => builder.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    };
    if started.is_err() {
        tracing::debug!("Logging was already started");
    }
}

/// A plain level is ours alone: libraries stay at "info" at most, for at "trace" some write what crosses the wire.
fn filter(level: &str) -> EnvFilter {
    let directives = match level.trim().parse::<LevelFilter>() {
        Ok(ours) => format!("{},companion_server={ours}", ours.min(LevelFilter::INFO)),
        Err(_) => level.to_owned(),
    };
    EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"))
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn a_plain_level_never_opens_the_libraries_beyond_info() {
        assert_eq!(filter("trace").to_string(), "companion_server=trace,info");
        assert_eq!(filter("warn").to_string(), "companion_server=warn,warn");
        assert_eq!(filter("info,companion_server=debug").to_string(), "companion_server=debug,info");
    }
}
