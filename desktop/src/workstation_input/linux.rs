//! X11 by its screen saver extension, GNOME by its own monitor of idleness. The only file that names `x11rb`.
//!
//! Under Wayland, the X server that old programs speak to sees only what is typed into them: it is not asked. Desktops that
//! publish neither are answered for by the window alone.

use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::screensaver::ConnectionExt as _;

pub(super) fn since_last() -> Option<Duration> {
    let milliseconds = if is_wayland() { of_gnome() } else { of_x11().or_else(of_gnome) };
    milliseconds.map(Duration::from_millis)
}

fn is_wayland() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty())
        || std::env::var_os("XDG_SESSION_TYPE").is_some_and(|kind| kind == "wayland")
}

fn of_x11() -> Option<u64> {
    let asked = || {
        let (server, screen) = x11rb::connect(None).ok()?;
        let root = server.setup().roots.get(screen)?.root;
        Some(server.screensaver_query_info(root).ok()?.reply().ok()?.ms_since_user_input)
    };
    asked().map(u64::from)
}

fn of_gnome() -> Option<u64> {
    const MONITOR: &str = "org.gnome.Mutter.IdleMonitor";
    let bus = zbus::blocking::Connection::session().ok()?;
    let answer = bus.call_method(Some(MONITOR), "/org/gnome/Mutter/IdleMonitor/Core", Some(MONITOR), "GetIdletime", &()).ok()?;
    answer.body().deserialize().ok()
}
