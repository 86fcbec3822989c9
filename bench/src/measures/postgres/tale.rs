//! Round trips as they are told: by the request that led to them, and by what was said in a word or two.

use std::collections::HashMap;

use http::Method;

use crate::driver::Asked;
use crate::wire::{Said, Trip};

/// What a request is to whoever signs in, in French.
pub fn step(asked: &Asked) -> String {
    let step = match (&asked.method, asked.path.as_str()) {
        (_, "/oauth/par") => "la demande de l’application (PAR)",
        (&Method::GET, "/oauth/authorize") => "la page d’arrivée du navigateur",
        (_, "/oauth/authorize") => "l’ouverture et le départ vers le fournisseur",
        (_, "/psc/callback") => "le retour du navigateur",
        (&Method::GET, "/sign-in/confirm") => "la question posée à la personne",
        (_, "/sign-in/confirm") => "sa réponse",
        (_, "/oauth/token") => "les jetons",
        (method, path) => return format!("{method} {path}"),
    };
    step.to_owned()
}

/// In a word or two for each thing that was said: the verb, and the table that it is about first.
pub fn in_short(trip: &Trip) -> String {
    trip.said.iter().map(word).collect::<Vec<_>>().join(" + ")
}

fn word(said: &Said) -> String {
    match said {
        Said::Script(text) if text.starts_with("BEGIN") => "BEGIN".to_owned(),
        Said::Script(text) => text.clone(),
        Said::Statement(text) if text.contains("pg_notify") => NOTICE.to_owned(),
        Said::Statement(text) => shortened(text),
    }
}

/// The other companions are told: nobody waits for that.
const NOTICE: &str = "NOTIFY";

/// Whether nobody waits for it.
pub fn is_notice(trip: &Trip) -> bool {
    in_short(trip) == NOTICE
}

fn shortened(statement: &str) -> String {
    let words: Vec<&str> =
        statement.split(|letter: char| letter.is_whitespace() || "(),".contains(letter)).filter(|word| !word.is_empty()).collect();
    let verb = words.first().copied().unwrap_or_default();
    let before_table: &[&str] = match verb {
        "UPDATE" => &["UPDATE"],
        "INSERT" => &["INTO"],
        _ => &["FROM", "JOIN"],
    };
    // Not what is asked in brackets.
    let table = words.windows(2).find(|pair| before_table.contains(&pair[0]) && pair[1] != "SELECT").map(|pair| &pair[1]);
    let what = table.or_else(|| words.get(1)).copied().unwrap_or_default();
    format!("{verb} {what}")
}

/// Of these trips, the commits that the server answers when its disk has them: whole transactions that wrote and did not say that they may be lost,
/// and statements that write by themselves.
pub fn durable(trips: &[Trip]) -> usize {
    let (mut count, mut open) = (0, HashMap::new());
    for (connection, said) in trips.iter().flat_map(|trip| trip.said.iter().map(|said| (trip.connection, said))) {
        match said {
            Said::Script(text) if text.starts_with("BEGIN") => drop(open.insert(connection, Transaction::begun(text))),
            Said::Script(text) => {
                let ended = open.remove(&connection);
                count += usize::from(text == "COMMIT" && ended.is_some_and(|ended| ended.waits && ended.writes));
            }
            Said::Statement(text) if writes(text) => match open.get_mut(&connection) {
                Some(transaction) => transaction.writes = true,
                None => count += 1,
            },
            Said::Statement(_) => {}
        }
    }
    count
}

struct Transaction {
    waits: bool,
    writes: bool,
}

impl Transaction {
    fn begun(script: &str) -> Self {
        Self { waits: !script.contains("synchronous_commit = off"), writes: false }
    }
}

fn writes(statement: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb)) && !statement.contains(FORGOTTEN)
}

/// A table that no crash outlives (`UNLOGGED`): nobody waits for the disk to have its lines.
const FORGOTTEN: &str = "INTO seen_proofs";

#[expect(clippy::cast_precision_loss, reason = "some dozens")]
pub const fn as_value(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn trip((connection, said): (u64, &[Said])) -> Trip {
        Trip { at: Instant::now(), connection, said: said.to_vec() }
    }

    #[test]
    fn a_commit_counts_where_something_was_written_that_must_last() {
        let script = |text: &str| Said::Script(text.to_owned());
        let statement = |text: &str| Said::Statement(text.to_owned());
        let soon = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL synchronous_commit = off";
        let said: [(u64, &[Said]); 8] = [
            (1, &[statement("INSERT INTO seen_proofs")]),
            (1, &[statement("INSERT INTO audit_periods")]),
            (1, &[script("BEGIN ISOLATION LEVEL SERIALIZABLE")]),
            (2, &[script(soon), statement("UPDATE sessions SET confirmed = head")]),
            (1, &[statement("UPDATE sign_ins SET state = 'opened'")]),
            (2, &[script("COMMIT")]),
            (1, &[statement("INSERT INTO audit"), script("COMMIT")]),
            (3, &[script("BEGIN ISOLATION LEVEL SERIALIZABLE"), statement("SELECT 1"), script("COMMIT")]),
        ];
        assert_eq!(durable(&said.map(trip)), 2);
        let given_up = [script("BEGIN ISOLATION LEVEL SERIALIZABLE"), statement("DELETE FROM grants"), script("ROLLBACK")];
        assert_eq!(durable(&[trip((3, &given_up))]), 0);
        assert_eq!(in_short(&trip((3, &given_up))), "BEGIN + DELETE grants + ROLLBACK");
    }

    #[test]
    fn a_statement_is_told_by_its_verb_and_its_table() {
        for (statement, short) in [
            ("INSERT INTO seen_proofs (mark, seen_at) SELECT ?1", "INSERT seen_proofs"),
            ("UPDATE sign_ins SET state = 'opened'", "UPDATE sign_ins"),
            ("SELECT EXISTS (SELECT 1 FROM pairs WHERE jkt = ?2)", "SELECT pairs"),
            ("SELECT devices.jkt FROM (SELECT 1 AS one) AS here LEFT JOIN devices ON devices.jkt = $2", "SELECT devices"),
            ("SELECT $1", "SELECT $1"),
        ] {
            assert_eq!(shortened(statement), short);
        }
    }
}
