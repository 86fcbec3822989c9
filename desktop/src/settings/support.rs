//! How support is reached: what the administrator wants her to read, and nothing that opens.

use vestibule_model::wire::printable;

use super::fault::Fault;

/// How support is reached, in the administrator’s words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupportContact {
    /// An e-mail address, a page, an office.
    pub address: Option<String>,
    pub phone: Option<String>,
}

impl SupportContact {
    /// Longest text of either, in characters: it is read on a screen, and read out.
    pub const LONGEST: u32 = 100;

    /// # Errors
    /// [`Fault`], of what would disturb a line or is none.
    pub(super) fn of(address: Option<String>, phone: Option<String>) -> Result<Self, Fault> {
        Ok(Self { address: line("support_address", address)?, phone: line("support_phone", phone)? })
    }
}

fn line(key: &'static str, text: Option<String>) -> Result<Option<String>, Fault> {
    let Some(text) = text else { return Ok(None) };
    if text.contains(char::is_control) {
        return Err(Fault::ControlCharacter(key));
    }
    let is_usable = !text.is_empty() && printable(&text, SupportContact::LONGEST as usize) == text;
    is_usable.then_some(Some(text)).ok_or(Fault::Unusable(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Result<Option<String>, Fault> {
        SupportContact::of(None, Some(text.to_owned())).map(|contact| contact.phone)
    }

    #[test]
    fn a_contact_is_one_line_that_a_person_can_read_out() {
        assert_eq!(SupportContact::of(None, None), Ok(SupportContact::default()));
        for text in ["01 23 45 67 89", "poste 4242, ou le 15", &"é".repeat(100)] {
            assert_eq!(phone(text), Ok(Some(text.to_owned())));
        }
        for text in ["", " ", " 4242", "4242 ", &"é".repeat(101), "42\u{202e}42", "42\u{200b}"] {
            assert_eq!(phone(text), Err(Fault::Unusable("support_phone")), "{text:?}");
        }
        for text in ["42\n42", "42\t", "\u{1b}[31m"] {
            assert_eq!(phone(text), Err(Fault::ControlCharacter("support_phone")), "{text:?}");
        }
        let address = SupportContact::of(Some("a\nb".to_owned()), None);
        assert_eq!(address, Err(Fault::ControlCharacter("support_address")));
    }
}
