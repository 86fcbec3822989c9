//! Types on the screen of `DISPLAY` when it is told to (`press`), then says how long ago the system says that somebody did, in milliseconds.

use anyhow::Context as _;
use vestibule_desktop::workstation_input::{SystemWorkstationInput, WorkstationInput as _};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "what the test reads")]
async fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("press") {
        press()?;
    }
    let since = SystemWorkstationInput::default().since_last().await.context("the system does not say")?;
    println!("{}", since.as_millis());
    Ok(())
}

/// One key, as a keyboard would.
fn press() -> anyhow::Result<()> {
    const SHIFT: u8 = 50;
    let (server, screen) = x11rb::connect(None)?;
    let root = server.setup().roots.get(screen).context("a screen")?.root;
    for event in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
        server.xtest_fake_input(event, SHIFT, x11rb::CURRENT_TIME, root, 0, 0, 0)?.check()?;
    }
    Ok(())
}
