//! Looks at `DISPLAY` as often as it can for as long as asked: for each look, how much of the screen is bright, and how much of each colour asked for.
//!
//! `screen-frames MILLISECONDS RRGGBB…`: one document of JSON at the end.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// Green of a pixel from which an eye used to the dark is dazzled.
const BRIGHT: u8 = 0x90;

#[expect(clippy::print_stdout, reason = "what the test reads")]
fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let length = Duration::from_millis(arguments.next().context("screen-frames MILLISECONDS RRGGBB…")?.parse()?);
    let colours = arguments.map(|colour| u32::from_str_radix(&colour, 16)).collect::<Result<Vec<_>, _>>()?;
    let (server, screen) = x11rb::connect(None)?;
    let screen = server.setup().roots.get(screen).context("a screen")?;
    let (root, width, height) = (screen.root, screen.width_in_pixels, screen.height_in_pixels);
    let begun = Instant::now();
    let mut frames = Vec::new();
    while begun.elapsed() < length {
        let image = server.get_image(ImageFormat::Z_PIXMAP, root, 0, 0, width, height, u32::MAX)?.reply()?;
        let (mut bright, mut of) = (0_u32, vec![0_u32; colours.len()]);
        // Blue, green, red, nothing: the order of a screen of 24 bits on these machines.
        for pixel in image.data.chunks_exact(4) {
            let &[blue, green, red, _] = pixel else { continue };
            bright += u32::from(green >= BRIGHT);
            let colour = u32::from_be_bytes([0, red, green, blue]);
            for (count, asked) in of.iter_mut().zip(&colours) {
                *count += u32::from(colour == *asked);
            }
        }
        frames.push(json!({"at_ms": begun.elapsed().as_millis(), "bright": bright, "of": of}));
    }
    println!("{}", json!({"width": width, "height": height, "frames": frames}));
    Ok(())
}
