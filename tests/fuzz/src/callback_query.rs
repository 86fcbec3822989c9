use companion_server::edge::params::Params;
use http::Uri;

use crate::form;

/// Most parameters that one request may have.
pub const MOST_PARAMETERS: usize = 64;

/// The query of `GET /psc/callback`, as it stands in a request line.
pub fn accepts(input: &[u8]) -> bool {
    let target = [b"/psc/callback?", input].concat();
    let Ok(uri) = Uri::try_from(target) else { return false };
    let query = uri.query().unwrap_or_default();
    let pairs = form::pairs(query.as_bytes());
    let Ok(params) = Params::from_query(Some(query)) else {
        assert!(form::has_repeated_name(&pairs) || pairs.len() > MOST_PARAMETERS, "refused without a reason");
        return false;
    };
    check(&params, &pairs);
    params.optional("state").is_some() && params.optional("code").is_some() != params.optional("error").is_some()
}

/// What was accepted is what another reader reads.
pub fn check(params: &Params, pairs: &[(String, String)]) {
    assert!(!form::has_repeated_name(pairs), "a parameter came twice");
    assert!(pairs.len() <= MOST_PARAMETERS, "too many parameters");
    for (name, value) in pairs {
        assert_eq!(params.optional(name), Some(value.as_str()).filter(|value| !value.is_empty()), "another value of {name}");
    }
}
