//! Stands in for a desktop's panel: owns `org.kde.StatusNotifierWatcher` on the session bus, looks at the icon that comes and uses its menu.
//!
//! A line of the input asks: `show`, `activate`, `choose <label>`, `again` (what was chosen last, by its number), `host on|off`, `leave`, `return`. Each is answered by one line of JSON.

use std::io::BufRead as _;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zbus::blocking::{Connection, Proxy};
use zbus::interface;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value as Variant};

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

#[derive(Default)]
struct Seen {
    items: Vec<String>,
    has_host: bool,
    /// The number of what was chosen last.
    chosen: i32,
}

struct Watcher(Arc<Mutex<Seen>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        let mut seen = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.items.push(service);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).has_host
    }
}

#[expect(clippy::print_stdout, reason = "what the test reads")]
fn say(answer: &Value) {
    println!("{answer}");
}

struct Panel {
    bus: Connection,
    seen: Arc<Mutex<Seen>>,
}

impl Panel {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn item(&self) -> anyhow::Result<Proxy<'static>> {
        let service = self.seen().items.last().cloned().context("no icon has come")?;
        Ok(Proxy::new(&self.bus, service, "/StatusNotifierItem", "org.kde.StatusNotifierItem")?)
    }

    fn menu(&self) -> anyhow::Result<(Proxy<'static>, Vec<(i32, String)>)> {
        let item = self.item()?;
        let path: OwnedObjectPath = item.get_property("Menu")?;
        let menu = Proxy::new(&self.bus, item.destination().to_owned(), path, "com.canonical.dbusmenu")?;
        let nothing: Vec<&str> = Vec::new();
        let (_revision, layout): (u32, Layout) = menu.call("GetLayout", &(0_i32, -1_i32, nothing))?;
        Ok((menu, layout.2.iter().filter_map(entry).collect()))
    }

    fn show(&self) -> anyhow::Result<Value> {
        let item = self.item()?;
        let title: String = item.get_property("Title")?;
        let status: String = item.get_property("Status")?;
        let pictures: Vec<(i32, i32, Vec<u8>)> = item.get_property("IconPixmap")?;
        let (width, height, pixels) = pictures.first().context("no picture")?;
        let picture = Sha256::digest(pixels).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let entries: Vec<String> = self.menu()?.1.into_iter().map(|(_, label)| label).collect();
        Ok(json!({"title": title, "status": status, "width": width, "height": height, "picture": picture, "menu": entries}))
    }

    fn obey(&self, line: &str) -> anyhow::Result<Value> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "show" => self.show(),
            "activate" => {
                self.item()?.call_method("Activate", &(0_i32, 0_i32))?;
                Ok(json!("activated"))
            }
            "choose" => {
                let (menu, entries) = self.menu()?;
                let (id, _) = entries.iter().find(|(_, label)| label == rest).with_context(|| format!("{entries:?}"))?;
                self.seen().chosen = *id;
                click(&menu, *id)
            }
            "again" => click(&self.menu()?.0, self.seen().chosen),
            "host" => {
                self.seen().has_host = rest == "on";
                Ok(json!(rest))
            }
            "leave" => {
                self.bus.release_name(NAME)?;
                Ok(json!("left"))
            }
            "return" => {
                self.bus.request_name(NAME)?;
                Ok(json!("back"))
            }
            _ => bail!("unknown: {word}"),
        }
    }
}

/// Like a panel, which waits for no answer: a program that quits at once may give none.
fn click(menu: &Proxy<'_>, id: i32) -> anyhow::Result<Value> {
    menu.call_noreply("Event", &(id, "clicked", Variant::from(0_i32), 0_u32))?;
    Ok(json!("chosen"))
}

/// Identifier, properties, children.
type Layout = (i32, std::collections::HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// A line of the menu that can be chosen, and the first, which cannot; not one that is hidden.
fn entry(child: &OwnedValue) -> Option<(i32, String)> {
    let structure: Structure<'_> = child.downcast_ref().ok()?;
    let [id, properties, _] = structure.fields() else { return None };
    let properties: std::collections::HashMap<String, OwnedValue> = properties.try_clone().ok()?.try_into().ok()?;
    let hidden = properties.get("visible").is_some_and(|visible| matches!(visible.downcast_ref::<bool>(), Ok(false)));
    if hidden {
        return None;
    }
    let label: String = properties.get("label")?.try_clone().ok()?.try_into().ok()?;
    Some((id.downcast_ref().ok()?, label))
}

fn main() -> anyhow::Result<()> {
    let seen = Arc::new(Mutex::new(Seen { has_host: true, ..Seen::default() }));
    let bus = Connection::session()?;
    bus.object_server().at(PATH, Watcher(seen.clone()))?;
    let panel = Panel { bus, seen };
    say(&json!("ready"));
    for line in std::io::stdin().lock().lines() {
        say(&panel.obey(&line?).unwrap_or_else(|error| json!({"error": format!("{error:#}")})));
    }
    Ok(())
}
