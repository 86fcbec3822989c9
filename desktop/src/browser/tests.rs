use super::{BrowserNotOpened, Destination, unaddressed};

#[test]
fn the_launch_address_is_ours_and_carries_no_query() {
    let launch = Destination::launch(4567, "/abc/go").expect("a clean path");
    assert_eq!(launch.as_str(), "http://127.0.0.1:4567/abc/go");
    for path in ["/abc?x=1", "/../go", "abc", "@evil.example/", "/a b", "/a#b"] {
        assert!(Destination::launch(4567, path).is_none(), "{path}");
    }
}

#[test]
fn the_debug_form_hides_the_path() {
    let launch = Destination::launch(4567, "/canary/go").expect("a clean path");
    assert!(!format!("{launch:?}").contains("canary"));
}

#[test]
fn a_launcher_that_fails_is_reported_without_the_address() {
    let launch = Destination::launch(4567, "/canary/go").expect("a clean path");
    let error = std::io::Error::other(format!("Launcher \"xdg-open\" {:?}\n  failed with 3", launch.as_str()));
    let told = BrowserNotOpened(unaddressed(&error, &launch.0)).to_string();
    assert_eq!(told, "no browser could be asked to open: Launcher \"xdg-open\" \"…\"; failed with 3");
}
