//! Stands in for a screen reader, and for whoever pastes: reads what the windows of one program say over AT-SPI, and both clipboards of `DISPLAY`.
//!
//! `screen-reader PROGRAM`: one document of JSON for each line of the input.

use std::collections::{HashMap, HashSet};
use std::io::BufRead as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::{Value, json};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, WindowClass};
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

/// An object of some program.
type Place = (String, OwnedObjectPath);

/// More than any screen of ours has.
const OBJECTS: usize = 5000;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const TEXT: &str = "org.a11y.atspi.Text";

/// States by their bit, those that a test asks about.
const STATES: [(u32, &str); 3] = [(11, "focusable"), (12, "focused"), (16, "modal")];

/// The bus of accessibility, whose address the desktop's own tells.
fn bus() -> anyhow::Result<Connection> {
    let desktop = Connection::session()?;
    let address: String =
        desktop.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &())?.body().deserialize()?;
    let bus = Builder::address(address.as_str())?.build()?;
    // A page is told of to whoever listens, and to nobody else.
    let (registry, nothing) = ("org.a11y.atspi.Registry", Vec::<&str>::new());
    bus.call_method(Some(registry), "/org/a11y/atspi/registry", Some(registry), "RegisterEvent", &("object:state-changed", nothing, ""))?;
    Ok(bus)
}

/// What this object says of itself, and what is in it. An object may go away while it is asked.
fn heard(bus: &Connection, (owner, path): &Place) -> zbus::Result<(Value, Vec<Place>)> {
    let accessible = Proxy::new(bus, owner.clone(), path.clone(), ACCESSIBLE)?;
    let interfaces: Vec<String> = accessible.call("GetInterfaces", &())?;
    let text = if interfaces.iter().any(|interface| interface == TEXT) {
        Proxy::new(bus, owner.clone(), path.clone(), TEXT)?.call::<_, _, String>("GetText", &(0_i32, -1_i32))?
    } else {
        String::new()
    };
    let attributes: HashMap<String, String> = accessible.call("GetAttributes", &()).unwrap_or_default();
    let bits: Vec<u32> = accessible.call("GetState", &())?;
    let low = bits.first().copied().unwrap_or_default();
    let states: Vec<&str> = STATES.iter().filter(|(bit, _)| low & (1 << bit) != 0).map(|(_, name)| *name).collect();
    let told = json!({
        "role": accessible.call::<_, _, u32>("GetRole", &())?,
        "name": accessible.get_property::<String>("Name")?,
        "description": accessible.get_property::<String>("Description").unwrap_or_default(),
        "text": text,
        "attributes": attributes,
        "states": states,
    });
    // One by one: the frame of a web page names its page only so.
    let count: i32 = accessible.get_property("ChildCount")?;
    let children = (0..count).map(|index| accessible.call("GetChildAtIndex", &(index,)));
    Ok((told, children.collect::<zbus::Result<_>>()?))
}

/// Writes down what receives the focus in the program of this name, as it is called at that moment.
fn listen(bus: &Connection, program: String, focused: Arc<Mutex<Vec<Value>>>) -> anyhow::Result<()> {
    let rule = "type='signal',interface='org.a11y.atspi.Event.Object',member='StateChanged',arg0='focused'";
    let events = MessageIterator::for_match_rule(rule, bus, None)?;
    let bus = bus.clone();
    std::thread::spawn(move || {
        for event in events.flatten() {
            let gained = event
                .body()
                .deserialize::<(String, i32, i32, OwnedValue, HashMap<String, OwnedValue>)>()
                .is_ok_and(|(_, gained, ..)| gained == 1);
            let header = event.header();
            let (Some(owner), Some(path), true) = (header.sender(), header.path(), gained) else { continue };
            let place = (owner.to_string(), OwnedObjectPath::from(path.clone()));
            // Gone already: nobody could say what it was.
            if let Ok(told) = of(&bus, &place, &program) {
                focused.lock().unwrap_or_else(PoisonError::into_inner).extend(told);
            }
        }
    });
    Ok(())
}

/// What this object says of itself, if it is one of the program of this name.
fn of(bus: &Connection, place: &Place, program: &str) -> zbus::Result<Option<Value>> {
    let application: Place = Proxy::new(bus, place.0.clone(), place.1.clone(), ACCESSIBLE)?.call("GetApplication", &())?;
    let name: String = Proxy::new(bus, application.0, application.1, ACCESSIBLE)?.get_property("Name")?;
    if name == program { heard(bus, place).map(|(told, _)| Some(told)) } else { Ok(None) }
}

/// Everything below the program of this name.
fn tree(bus: &Connection, program: &str) -> anyhow::Result<Vec<Value>> {
    let desktop = Proxy::new(bus, "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root", ACCESSIBLE)?;
    let programs: Vec<Place> = desktop.call("GetChildren", &())?;
    let mut left: Vec<Place> =
        programs.into_iter().filter(|place| heard(bus, place).is_ok_and(|(told, _)| told["name"] == program)).collect();
    let (mut met, mut all) = (HashSet::new(), Vec::new());
    while let Some(place) = left.pop() {
        if met.len() >= OBJECTS || !met.insert(place.clone()) {
            continue;
        }
        if let Ok((told, children)) = heard(bus, &place) {
            all.push(told);
            left.extend(children.into_iter().rev());
        }
    }
    Ok(all)
}

/// What a paste would bring: nothing where nobody offers text.
fn clipboard(name: &str) -> anyhow::Result<String> {
    let (server, screen) = x11rb::connect(None)?;
    let root = server.setup().roots.get(screen).context("a screen")?.root;
    let window = server.generate_id()?;
    server.create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &CreateWindowAux::new())?;
    let atom = |name: &str| anyhow::Ok(server.intern_atom(false, name.as_bytes())?.reply()?.atom);
    let (selection, text, place) = (atom(name)?, atom("UTF8_STRING")?, atom("PASTED")?);
    server.convert_selection(window, selection, text, place, x11rb::CURRENT_TIME)?;
    server.flush()?;
    loop {
        let Event::SelectionNotify(answer) = server.wait_for_event()? else { continue };
        // So says the screen itself where nobody offers anything.
        if answer.property == x11rb::NONE {
            return Ok(String::new());
        }
        let pasted = server.get_property(false, window, place, AtomEnum::ANY, 0, u32::MAX / 4)?.reply()?;
        return Ok(String::from_utf8_lossy(&pasted.value).into_owned());
    }
}

#[expect(clippy::print_stdout, reason = "what the test reads")]
fn main() -> anyhow::Result<()> {
    let program = std::env::args().nth(1).context("screen-reader PROGRAM")?;
    let bus = bus()?;
    let focused = Arc::new(Mutex::new(Vec::new()));
    listen(&bus, program.clone(), Arc::clone(&focused))?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let focused = std::mem::take(&mut *focused.lock().unwrap_or_else(PoisonError::into_inner));
        println!(
            "{}",
            json!({"heard": tree(&bus, &program)?, "focused": focused, "copied": clipboard("CLIPBOARD")?, "selected": clipboard("PRIMARY")?})
        );
    }
    Ok(())
}
