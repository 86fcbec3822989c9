//! Stops early, with the command to type, when the interface has not been built.

use tauri_build::{Attributes, WindowsAttributes};

/// Shared with the command line's program.
const MANIFEST: &str = include_str!("../packaging/windows/vestibule.manifest");

fn main() {
    if !std::path::Path::new("../ui/dist/index.html").exists() {
        println!("cargo::error=ui/dist is missing: run `./dev build ui` first (npm ci && npm run build in ui/)");
        return;
    }
    let windows = WindowsAttributes::new_without_app_manifest().app_manifest(MANIFEST);
    if let Err(error) = tauri_build::try_build(Attributes::new().windows_attributes(windows)) {
        println!("cargo::error={error:#}");
    }
}
