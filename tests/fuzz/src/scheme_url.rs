use secrecy::ExposeSecret as _;
use url::Url;
use vestibule_desktop::exchange::loopback::Answer;
use vestibule_desktop::exchange::scheme::{Door, LONGEST, parse};

use crate::form;

const SCHEME: &str = "fr.vestibule.app";

/// An argument that the operating system brings to the app.
pub fn accepts(input: &[u8]) -> bool {
    let Ok(argument) = std::str::from_utf8(input) else { return false };
    assert!(!Door::new(SCHEME).offer(argument), "taken while nobody waits");
    let Ok(returned) = parse(argument, SCHEME) else { return false };
    assert!(argument.len() <= LONGEST);
    // What a browser or another reader would make of it.
    let url = Url::parse(argument).expect("an address");
    assert_eq!(url.scheme(), SCHEME);
    assert!(!url.has_authority() && url.fragment().is_none(), "a host or a fragment");
    assert_eq!(url.path(), format!("/cb/{}", returned.random.expose_secret()), "for another path");
    assert!(returned.random.expose_secret().len() == 43);
    let query = argument.split_once('?').expect("a query").1;
    let pairs = form::pairs(query.as_bytes());
    assert!(!form::has_repeated_name(&pairs), "a parameter came twice");
    let one = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    assert_eq!(one("state"), Some(returned.state.expose_secret()));
    assert_eq!(one("iss"), Some(returned.issuer.as_str()));
    match &returned.answer {
        Answer::Code(code) => {
            assert!(!code.expose_secret().is_empty());
            assert_eq!((one("code"), one("error")), (Some(code.expose_secret()), None));
        }
        Answer::Refused { error, code } => {
            assert_eq!((one("error"), one("code")), (Some(error.as_str()), None));
            assert!(code.is_none_or(|code| one("error_code") == Some(code.to_string().as_str())), "another number");
        }
    }
    true
}
