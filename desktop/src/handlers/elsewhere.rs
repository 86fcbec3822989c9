//! A system whose register we do not read: nothing is registered as far as we know.

pub(super) async fn handler(_scheme: &str) -> Option<String> {
    None
}
