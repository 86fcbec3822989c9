//! Lists as tables for a person. Every moment is in UTC, and the head of its column says so.

use chrono::{DateTime, Utc};
use companion_server::admin::wire::{DeviceLine, SessionLine};

pub(super) fn session_table(lines: &[SessionLine]) -> String {
    let heads = ["session", "poste", "nom du poste", "groupe", "depuis (UTC)", "dernière activité (UTC)", "fin prévue (UTC)"];
    let rows = lines.iter().map(|line| {
        let (label, group) = (named(line.device_label.as_deref(), "–"), named(line.group.as_deref(), "par défaut"));
        [line.id.clone(), line.device.clone(), label, group, moment(line.since), moment(line.last_activity), moment(line.ends)]
    });
    format!("{}Sessions ouvertes\u{a0}: {}.", columns(heads, rows), lines.len())
}

pub(super) fn device_table(lines: &[DeviceLine]) -> String {
    let heads = ["poste", "nom du poste", "groupe", "dernière connexion (UTC)", "personnes", "session"];
    let rows = lines.iter().map(|line| {
        let (label, group) = (named(line.device_label.as_deref(), "–"), named(line.group.as_deref(), "par défaut"));
        let last = line.last_sign_in.map_or_else(|| "jamais".to_owned(), moment);
        [line.device.clone(), label, group, last, line.people.to_string(), if line.has_session { "ouverte" } else { "–" }.to_owned()]
    });
    format!("{}Postes connus\u{a0}: {}.", columns(heads, rows), lines.len())
}

fn named(name: Option<&str>, otherwise: &str) -> String {
    name.unwrap_or(otherwise).to_owned()
}

/// As wide as its longest cell each: a workstation is named by whoever installs it.
fn columns<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(heads.map(str::to_owned)).chain(rows).collect();
    let widths: [usize; N] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let padded = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect::<Vec<_>>();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(padded).collect()
}

fn moment(seconds: i64) -> String {
    DateTime::<Utc>::from_timestamp(seconds, 0).map(|moment| moment.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each column begins, in characters.
    fn starts(table: &str, cells: &[&str]) -> Vec<Option<usize>> {
        cells.iter().map(|cell| table.lines().find_map(|line| line.find(cell).map(|at| line[..at].chars().count()))).collect()
    }

    #[test]
    fn a_long_name_of_a_workstation_moves_its_whole_column() {
        let device = |label: &str, last_sign_in| DeviceLine {
            device: "4yB0hKx3Qm2e".into(),
            device_label: Some(label.into()),
            group: None,
            last_sign_in,
            people: 12,
            has_session: true,
        };
        let table = device_table(&[device(&"é".repeat(64), Some(0)), device("ACCUEIL-03", None)]);
        let found = starts(&table, &["dernière connexion (UTC)", "1970-01-01 00:00", "jamais"]);
        assert_eq!(found, [found[0]; 3], "{table}");
        assert!(found[0] > Some(64) && table.ends_with("\nPostes connus\u{a0}: 2."), "{table}");
    }

    #[test]
    fn every_moment_of_a_list_is_said_to_be_in_utc() {
        let session = SessionLine {
            id: "7F3K-9QXM".into(),
            device: "4yB0hKx3Qm2e".into(),
            device_label: None,
            group: Some("soins".into()),
            since: 0,
            last_activity: 60,
            ends: 3600,
        };
        let table = session_table(&[session]);
        let heads = ["depuis (UTC)", "dernière activité (UTC)", "fin prévue (UTC)"];
        assert_eq!(starts(&table, &heads), starts(&table, &["1970-01-01 00:00", "1970-01-01 00:01", "1970-01-01 01:00"]), "{table}");
        assert!(starts(&table, &heads).iter().all(Option::is_some), "{table}");
    }
}
