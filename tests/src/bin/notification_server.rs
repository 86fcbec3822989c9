//! Stands in for a desktop's notices: owns `org.freedesktop.Notifications` on the session bus and prints every call as a line of JSON.

use std::collections::HashMap;

use serde_json::json;
use zbus::blocking::connection::Builder;
use zbus::interface;
use zbus::zvariant::OwnedValue;

struct Server;

#[expect(clippy::print_stdout, reason = "what the test reads")]
fn say(call: &serde_json::Value) {
    println!("{call}");
}

#[interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the specification of desktop notifications has it so")]
    fn notify(
        &self,
        app_name: &str,
        _replaces_id: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        let urgency = hints.get("urgency").and_then(|urgency| u8::try_from(urgency).ok());
        say(&json!({"call": "notify", "app": app_name, "summary": summary, "body": body, "urgency": urgency}));
        7
    }

    fn close_notification(&self, id: u32) {
        say(&json!({"call": "close", "id": id}));
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let text = |text: &str| text.to_owned();
        (text("notification-server"), text("Vestibule"), text(env!("CARGO_PKG_VERSION")), text("1.2"))
    }
}

fn main() -> anyhow::Result<()> {
    let _connection =
        Builder::session()?.name("org.freedesktop.Notifications")?.serve_at("/org/freedesktop/Notifications", Server)?.build()?;
    say(&json!({"call": "ready"}));
    loop {
        std::thread::park();
    }
}
