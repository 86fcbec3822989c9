//! The registry's classes, and the person's own choice of a browser before them.

use crate::outside::outside;
use crate::windows_registry::{Root, value};

pub(super) async fn handler(scheme: &str) -> Option<String> {
    let scheme = scheme.to_owned();
    outside(move || command(&scheme)).await.ok().flatten().filter(|command| !command.is_empty())
}

/// Performs I/O.
fn command(scheme: &str) -> Option<String> {
    let choice = format!(r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations\{scheme}\UserChoice");
    let class = value(Root::User, &choice, "ProgId").unwrap_or_else(|| scheme.to_owned());
    value(Root::Classes, &format!(r"{class}\shell\open\command"), "")
}
