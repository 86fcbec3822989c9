//! The browser's part of a sign-out.

use askama::Template;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use vestibule_model::exchange::path;
use vestibule_model::session::PscEnvironment;

use super::Shell;
use super::page::{Frame, Page, Policy};

/// Page without effect: its form, which posts itself here, begins the browser's part of a sign-out.
pub fn sign_out_start(shell: Shell<'_>, ticket: &SecretString) -> Page {
    let frame = Frame::new(shell);
    let fields = [("ticket", ticket.expose_secret()), ("ui_locales", frame.lang())];
    let fields = if frame.fr { &fields[..1] } else { &fields };
    let template = SignOutTemplate { frame: &frame, action: path::SIGN_OUT_PAGE, fields };
    frame.page(StatusCode::OK, Policy::own_form().with_script(), &template)
}

/// Ends Pro Santé Connect's session from the browser: a form that posts itself to Pro Santé Connect. `fields` are names and values.
pub fn sign_out(shell: Shell<'_>, action: &Url, fields: &[(&str, &str)]) -> Page {
    let frame = Frame::new(shell);
    let template = SignOutTemplate { frame: &frame, action: action.as_str(), fields };
    // The answer redirects to the companion's return address, and browsers enforce `form-action` along redirects.
    frame.page(StatusCode::OK, Policy::form_to(action).with_script(), &template)
}

/// A browser came back from a sign-out that the companion does not recognise: nothing is claimed of Pro Santé Connect's session.
pub fn sign_out_unconfirmed(shell: Shell<'_>) -> Page {
    let frame = Frame::new(shell);
    frame.page(StatusCode::OK, Policy::no_form(), &SignOutUnconfirmedTemplate { frame: &frame })
}

/// Both sessions are closed.
pub fn signed_out(shell: Shell<'_>) -> Page {
    let frame = Frame::new(shell);
    frame.page(StatusCode::OK, Policy::no_form(), &SignedOutTemplate { frame: &frame })
}

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOutTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    fields: &'a [(&'a str, &'a str)],
}

#[derive(Template)]
#[template(path = "sign_out_unconfirmed.html")]
struct SignOutUnconfirmedTemplate<'a> {
    frame: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutTemplate<'a> {
    frame: &'a Frame<'a>,
}
