//! Looks at `DISPLAY` as often as it can until one of the colours asked for has stood for four seconds, at most for as long as told: for each look,
//! how much of the screen is bright, and how much of each colour. One row in four is read: a build without optimisation would look too seldom.
//!
//! `screen-frames MILLISECONDS RRGGBB…`: one document of JSON at the end.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

const ONE_ROW_IN: u16 = 4;
/// A colour of one part of the screen in so many is that of the window.
const SHARE: u32 = 10;
const SETTLED: Duration = Duration::from_secs(4);

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
    let row = usize::from(width) * 4;
    let pixels = u32::from(width) * u32::from(height.div_ceil(ONE_ROW_IN));
    let begun = Instant::now();
    let mut frames = Vec::new();
    let mut drawn: Option<Instant> = None;
    while begun.elapsed() < length && drawn.is_none_or(|since| since.elapsed() < SETTLED) {
        let image = server.get_image(ImageFormat::Z_PIXMAP, root, 0, 0, width, height, u32::MAX)?.reply()?;
        let (mut bright, mut of) = (0_u32, vec![0_u32; colours.len()]);
        // Blue, green, red, nothing: the order of a screen of 24 bits on these machines.
        for pixel in image.data.chunks_exact(row).step_by(usize::from(ONE_ROW_IN)).flat_map(|row| row.chunks_exact(4)) {
            let &[blue, green, red, _] = pixel else { continue };
            bright += u32::from(green >= BRIGHT);
            let colour = u32::from_be_bytes([0, red, green, blue]);
            for (count, asked) in of.iter_mut().zip(&colours) {
                *count += u32::from(colour == *asked);
            }
        }
        let is_drawn = of.iter().any(|&count| count > pixels / SHARE);
        drawn = is_drawn.then(|| drawn.unwrap_or_else(Instant::now));
        frames.push(json!({"at_ms": begun.elapsed().as_millis(), "bright": bright, "of": of}));
    }
    println!("{}", json!({"pixels": pixels, "frames": frames}));
    Ok(())
}
