//! What Windows shows of the command line's program, and how it treats it. Nothing for other systems.

use std::io;

const MANIFEST: &str = "../packaging/windows/vestibule.manifest";
const ICON: &str = "../src-tauri/icons/icon.ico";

fn main() -> io::Result<()> {
    for file in ["build.rs", MANIFEST, ICON] {
        println!("cargo::rerun-if-changed={file}");
    }
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return Ok(());
    }
    let mut resource = tauri_winres::WindowsResource::new();
    // The window's program says the same, by `src-tauri/tauri.conf.json` or the brand in its place: `tests/windows` compares.
    let brand = vestibule_branding::compiled();
    for (name, value) in [
        ("ProductName", brand.product_name.as_str()),
        ("FileDescription", &format!("{} (ligne de commande)", brand.product_name)),
        ("CompanyName", &brand.publisher),
        ("LegalCopyright", "© 2026 The Vestibule authors"),
        ("OriginalFilename", "vestibule.exe"),
    ] {
        resource.set(name, value);
    }
    resource.set_manifest(&std::fs::read_to_string(MANIFEST)?).set_icon(ICON).compile()
}
