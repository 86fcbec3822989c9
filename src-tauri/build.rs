//! Stops early, with the command to type, when the interface has not been built.

fn main() {
    if !std::path::Path::new("../ui/dist/index.html").exists() {
        println!("cargo::error=ui/dist is missing: run `./dev build ui` first (npm ci && npm run build in ui/)");
        return;
    }
    tauri_build::build();
}
