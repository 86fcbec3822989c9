//! What the crate does not tell: an empty store answers alike whether or not it is locked.

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::OwnedObjectPath;

const NAME: &str = "org.freedesktop.secrets";

/// Whether a new entry waits for a person: its collection is locked, or is still to be made under a password. Asks nobody. Performs I/O.
pub(super) fn new_entry_waits() -> Option<bool> {
    let bus = Connection::session().ok()?;
    let service = Proxy::new(&bus, NAME, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").ok()?;
    let collection: OwnedObjectPath = service.call("ReadAlias", &"default").ok()?;
    // The name for none.
    if collection.as_str() == "/" {
        return Some(true);
    }
    Proxy::new(&bus, NAME, collection, "org.freedesktop.Secret.Collection").ok()?.get_property("Locked").ok()
}
