//! Doors through which a fuzzer reaches the real parsers of the product.
//!
//! A door feeds bytes to one parser, says whether they were accepted, and panics when what was accepted breaks a rule of the exchange. The
//! rules are written here a second time, by other means, so that a mistake in the product is not believed. See docs/fuzzing.md.

mod callback_query;
mod companion_config;
mod cookie;
mod desktop_settings;
mod device_label;
mod discovery;
mod dpop_proof;
mod form;
mod form_body;
mod forwarded_header;
mod id_token;
mod json;
mod jwks;
mod loopback_request;
mod par_body;
mod provider_keys;
mod scheme_url;
mod token_answer;
mod typed_code;
mod userinfo;

/// One target of the fuzzer.
pub struct Door {
    /// Name of the target and of its folder of seeds.
    pub name: &'static str,
    /// Whether the product accepts these bytes; panics when a rule is broken.
    pub accepts: fn(&[u8]) -> bool,
}

/// Every target, by name.
pub const DOORS: &[Door] = &[
    Door { name: "callback_query", accepts: callback_query::accepts },
    Door { name: "companion_config", accepts: companion_config::accepts },
    Door { name: "cookie", accepts: cookie::accepts },
    Door { name: "desktop_settings", accepts: desktop_settings::accepts },
    Door { name: "device_label", accepts: device_label::accepts },
    Door { name: "discovery", accepts: discovery::accepts },
    Door { name: "dpop_proof", accepts: dpop_proof::accepts },
    Door { name: "form_body", accepts: form_body::accepts },
    Door { name: "forwarded_header", accepts: forwarded_header::accepts },
    Door { name: "id_token", accepts: id_token::accepts },
    Door { name: "jwks", accepts: jwks::accepts },
    Door { name: "loopback_request", accepts: loopback_request::accepts },
    Door { name: "par_body", accepts: par_body::accepts },
    Door { name: "scheme_url", accepts: scheme_url::accepts },
    Door { name: "token_answer", accepts: token_answer::accepts },
    Door { name: "typed_code", accepts: typed_code::accepts },
    Door { name: "userinfo", accepts: userinfo::accepts },
];

/// Feeds one input to the door of this name.
///
/// # Panics
/// When there is no such door, or when the product breaks a rule.
pub fn feed(name: &str, input: &[u8]) -> bool {
    let door = DOORS.iter().find(|door| door.name == name).unwrap_or_else(|| panic!("no door is named {name}"));
    (door.accepts)(input)
}
