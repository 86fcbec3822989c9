//! What is measured, beside its floor, its peers and its goal; as a table for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

/// One line of the table. Each series has one value a round; the ratios are taken inside each round, and their median is judged.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// As the goals are numbered.
    pub id: &'static str,
    /// What is measured, in French.
    pub what: String,
    pub unit: &'static str,
    pub ours: Vec<f64>,
    /// What the same would cost at least, and what it is; goals are about the first, which does the least.
    pub floors: Vec<Beside>,
    /// What others take for the same; goals are about the first.
    pub peers: Vec<Beside>,
    pub goal: Option<Goal>,
    /// What was counted, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<String>,
}

/// Another series of the same rounds.
#[derive(Debug, Clone, Serialize)]
pub struct Beside {
    pub what: String,
    pub rounds: Vec<f64>,
}

impl Beside {
    /// No round of it yet.
    pub fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), rounds: Vec::new() }
    }
}

/// As it is written down for machines: with the verdict.
#[derive(Debug, Serialize)]
pub struct Judged<'f> {
    #[serde(flatten)]
    pub figure: &'f Figure,
    pub is_met: Option<bool>,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// In the unit of the line; without a unit, it is counted and never wobbles.
    AtMost(f64),
    AtLeast(f64),
    /// As a ratio to the floor.
    FloorTimes(f64),
    /// As a ratio to the first peer.
    PeerTimes(f64),
}

impl Figure {
    /// Ours alone.
    pub fn new(id: &'static str, what: impl Into<String>, unit: &'static str, ours: Vec<f64>) -> Self {
        Self { id, what: what.into(), unit, ours, floors: Vec::new(), peers: Vec::new(), goal: None, each: Vec::new() }
    }

    /// One floor more.
    #[must_use]
    pub fn above(mut self, what: impl Into<String>, rounds: Vec<f64>) -> Self {
        self.floors.push(Beside { what: what.into(), rounds });
        self
    }

    #[must_use]
    pub fn beside(self, peers: Vec<Beside>) -> Self {
        Self { peers, ..self }
    }

    #[must_use]
    pub fn counting(self, each: Vec<String>) -> Self {
        Self { each, ..self }
    }

    #[must_use]
    pub fn aiming(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    /// Whether it is about a companion over PostgreSQL.
    pub fn is_over_postgres(&self) -> bool {
        self.id.starts_with("PG ")
    }

    /// Whether the goal is met; `None` without one.
    pub fn is_met(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::AtMost(most) => median(&self.ours) <= most,
            Goal::AtLeast(least) => median(&self.ours) >= least,
            Goal::FloorTimes(most) => self.ratio(self.floors.first()?)? <= most,
            Goal::PeerTimes(most) => self.ratio(self.peers.first()?)? <= most,
        })
    }

    /// Median of the ratios of each round.
    fn ratio(&self, other: &Beside) -> Option<f64> {
        let ratios: Vec<f64> = self.ours.iter().zip(&other.rounds).map(|(ours, theirs)| ours / theirs).collect();
        (!ratios.is_empty()).then(|| median(&ratios))
    }

    fn told_goal(&self) -> String {
        match self.goal {
            None => String::new(),
            Some(Goal::AtMost(most)) => format!("≤ {} {}", number(most), self.unit),
            Some(Goal::AtLeast(least)) => format!("≥ {} {}", number(least), self.unit),
            Some(Goal::FloorTimes(most)) => format!("≤ {} × plancher", number(most)),
            Some(Goal::PeerTimes(most)) => format!("≤ {} × premier pair", number(most)),
        }
    }

    fn told_beside<'b>(&self, others: impl IntoIterator<Item = &'b Beside>) -> String {
        others.into_iter().map(|other| self.told_one(other)).collect::<Vec<_>>().join("\u{202f}; ")
    }

    fn told_one(&self, other: &Beside) -> String {
        let ratio = self.ratio(other).map(|ratio| format!(" (× {})", number(ratio))).unwrap_or_default();
        format!("{} : {}{ratio}", other.what, spread(&other.rounds))
    }
}

/// The table, in Markdown.
pub fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| | mesure | nous | plancher | pairs | but | |\n|---|---|---|---|---|---|---|\n");
    for figure in figures {
        let verdict = match figure.is_met() {
            None => "",
            Some(true) => "atteint",
            Some(false) => "non atteint",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} {} | {} | {} | {} | {verdict} |",
            figure.id,
            figure.what,
            spread(&figure.ours),
            figure.unit,
            figure.told_beside(&figure.floors),
            figure.told_beside(&figure.peers),
            figure.told_goal()
        );
    }
    table
}

/// A count as French writes it.
pub fn grouped(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { format!("{} {:03}", count / 1_000, count % 1_000) }
}

/// The middle one; of an even number, the lower of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this share of them lies.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a list")]
    let place = (sorted.len().saturating_sub(1) as f64 * share) as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// The median, and between which values it lies.
fn spread(values: &[f64]) -> String {
    match values {
        [] => "–".to_owned(),
        [one] => number(*one),
        several => format!("{} ({}–{})", number(median(several)), number(quantile(several, 0.0)), number(quantile(several, 1.0))),
    }
}

/// With as many digits as tell something, as French writes it.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        at if at >= 100.0 => 0,
        at if at >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}").replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_the_ratios_is_judged_and_not_the_ratio_of_the_medians() {
        let figure = Figure::new("B0", "essai", "µs", vec![10.0, 30.0, 60.0]).above("plancher", vec![5.0, 10.0, 60.0]);
        assert_eq!(figure.clone().aiming(Goal::FloorTimes(2.0)).is_met(), Some(true));
        assert_eq!(figure.clone().aiming(Goal::FloorTimes(1.9)).is_met(), Some(false));
        assert_eq!(figure.aiming(Goal::PeerTimes(1.9)).is_met(), None, "there is no peer");
    }

    #[test]
    fn the_goal_is_about_the_first_of_the_peers_and_both_are_told() {
        let peers = [("Un", 20.0), ("Deux", 5.0)].map(|(what, rounds)| Beside { what: what.to_owned(), rounds: vec![rounds] });
        let figure = Figure::new("B3", "connexion", "µs", vec![10.0]).beside(peers.to_vec()).aiming(Goal::PeerTimes(0.5));
        assert_eq!(figure.is_met(), Some(true));
        let told = "| B3 | connexion | 10,0 µs |  | Un : 20,0 (× 0,50) ; Deux : 5,00 (× 2,00) | ≤ 0,50 × premier pair | atteint |";
        assert_eq!(table(&[figure]).lines().last(), Some(told));
    }

    #[test]
    fn the_goal_is_about_the_first_of_the_floors_and_both_are_told() {
        let figure = Figure::new("B1", "contrôle", "µs", vec![30.0]).above("moins", vec![10.0]).above("plus", vec![20.0]);
        assert_eq!(figure.clone().aiming(Goal::FloorTimes(2.0)).is_met(), Some(false));
        let told = "| B1 | contrôle | 30,0 µs | moins\u{a0}: 10,0 (× 3,00)\u{202f}; plus\u{a0}: 20,0 (× 1,50) |  |  |  |";
        assert_eq!(table(&[figure]).lines().last(), Some(told));
    }

    #[test]
    fn a_line_tells_the_spread_the_ratio_and_the_verdict() {
        let figure = Figure::new("B1", "contrôle", "µs", vec![61.0, 70.5, 99.9]).above("bonjour", vec![61.0]).aiming(Goal::AtMost(80.0));
        assert_eq!(
            table(&[figure]).lines().last(),
            Some("| B1 | contrôle | 70,5 (61,0–99,9) µs | bonjour : 61,0 (× 1,00) |  | ≤ 80,0 µs | atteint |")
        );
    }
}
