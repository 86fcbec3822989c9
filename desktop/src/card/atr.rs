//! What a card answers when it is powered up, and which family that is. Likely, never proven: nothing is asked of the card.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// An answer to reset. Told to nobody: it may be a patient's card.
#[derive(Clone, PartialEq, Eq)]
pub struct Atr(Vec<u8>);

impl std::fmt::Debug for Atr {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Atr(redacted)")
    }
}

/// What a card looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Cps3,
    Cps4,
    /// Of the family, earlier or later than this table.
    Cps,
    /// A contactless badge that a CPS cannot be told from.
    MaybeCps,
    /// Known to be none: it never acts.
    Other,
    /// Not in the table, or not readable.
    Unknown,
}

impl Kind {
    /// Whether a card of this kind may be the one that a session follows.
    pub const fn is_cps(self) -> bool {
        matches!(self, Self::Cps3 | Self::Cps4 | Self::Cps)
    }
}

/// By which way a card speaks to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interface {
    Contact,
    Contactless,
}

#[derive(Deserialize)]
struct Table {
    card: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    kind: Kind,
    interface: Interface,
    atr: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the table, and for the test that asks for it"))]
    source: String,
}

/// The table beside this file. What a release holds is read by a test first: an unreadable one knows no card.
static TABLE: LazyLock<Vec<Entry>> =
    LazyLock::new(|| toml::from_str::<Table>(include_str!("atr.toml")).map(|table| table.card).unwrap_or_default());

/// How the historical bytes of every listed contact card of the family begin: category, country (250, France) and pre-issuing data.
const HISTORICAL: [u8; 6] = [0x00, 0x12, 0x25, 0x00, 0x64, 0x80];

impl Atr {
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// Its family, and by which way it speaks where that is known.
    pub fn family(&self) -> (Kind, Option<Interface>) {
        let written: String = self.0.iter().map(|byte| format!("{byte:02X}")).collect();
        if let Some(entry) = TABLE.iter().find(|entry| matches(&entry.atr, &written)) {
            return (entry.kind, Some(entry.interface));
        }
        if self.historical().is_some_and(|bytes| bytes.starts_with(&HISTORICAL)) {
            return (Kind::Cps, Some(Interface::Contact));
        }
        (Kind::Unknown, None)
    }

    /// Its historical bytes (ISO 7816-3 section 8.2); `None` when it is cut off.
    fn historical(&self) -> Option<&[u8]> {
        let (&format, mut rest) = self.0.get(1..)?.split_first()?;
        let (count, mut announced) = (usize::from(format & 0x0f), format >> 4);
        loop {
            // TA, TB, TC, and TD which announces more.
            let (interface, after) = rest.split_at_checked(announced.count_ones() as usize)?;
            rest = after;
            if announced & 0x8 == 0 {
                return rest.get(..count);
            }
            announced = interface.last()? >> 4;
        }
    }
}

/// Whether these digits are what the table writes.
fn matches(pattern: &str, digits: &str) -> bool {
    let mut digits = digits.chars();
    for sign in pattern.chars().filter(|sign| *sign != ' ') {
        let is_met = match sign {
            '*' => return true,
            '?' => digits.next().is_some(),
            sign => digits.next() == Some(sign),
        };
        if !is_met {
            return false;
        }
    }
    digits.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{Atr, HISTORICAL, Interface, Kind, TABLE};

    fn atr(hexadecimal: &str) -> Atr {
        let byte = |pair: &str| u8::from_str_radix(pair, 16).expect("hexadecimal");
        Atr::new(&hexadecimal.split(' ').map(byte).collect::<Vec<_>>())
    }

    #[test]
    fn every_card_of_the_table_has_a_source_and_is_recognized() {
        assert_eq!(TABLE.len(), 9, "the table is read");
        for entry in TABLE.iter() {
            assert!(entry.source.contains('.'), "{}", entry.atr);
            let card = atr(&entry.atr.replace('?', "5").replace('*', ""));
            assert_eq!(card.family(), (entry.kind, Some(entry.interface)), "{}", entry.atr);
        }
    }

    #[test]
    fn all_contact_cards_of_the_family_have_the_historical_bytes_and_no_other_card_has() {
        for entry in TABLE.iter() {
            let card = atr(&entry.atr.replace('?', "5").replace('*', ""));
            let is_of_the_family = card.historical().is_some_and(|bytes| bytes.starts_with(&HISTORICAL));
            assert_eq!(is_of_the_family, entry.kind.is_cps() && entry.interface == Interface::Contact, "{}", entry.atr);
        }
    }

    #[test]
    fn a_card_of_the_family_that_is_not_listed_is_of_the_family() {
        let coming = atr("3B 9B 18 80 01 00 12 25 00 64 80 05 01 00 00 90 45");
        assert_eq!(coming.family(), (Kind::Cps, Some(Interface::Contact)));
    }

    #[test]
    fn the_patients_card_is_another_card_in_all_its_forms() {
        for known in ["3B 75 13 00 00 43 09 EA 90 00", "3B 75 13 00 00 45 09 FA 90 00", "3F 65 25 00 52 09 6A 90 00"] {
            assert_eq!(atr(known).family().0, Kind::Other, "{known}");
        }
    }

    #[test]
    fn what_is_cut_off_or_of_no_table_is_unknown() {
        for unknown in ["3B", "3B 9B 18 80", "3B 02 14 50", "3B 0F 00 12 25 00 64", "00 12 25 00 64 80"] {
            assert_eq!(atr(unknown).family(), (Kind::Unknown, None), "{unknown}");
        }
        assert_eq!(Atr::new(&[]).family(), (Kind::Unknown, None));
        // The mask that the issuer registers at Windows would take a hospital's badge for a CPS.
        assert_eq!(atr("3B 8F 80 01 00 31 B8 64 04 B0 EC C1 73 94 01 80 FF FF FF E3").family().0, Kind::MaybeCps);
    }

    #[test]
    fn an_answer_to_reset_is_told_to_nobody() {
        assert_eq!(format!("{:?}", atr("3B 02 14 50")), "Atr(redacted)");
    }
}
