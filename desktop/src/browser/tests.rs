//! Which addresses a browser may be sent to.

use url::Url;

use super::system::unaddressed;
use super::{AuthorizePage, BrowserNotOpened, Destination, Launcher};

#[test]
fn the_launch_address_is_ours_and_carries_no_query() {
    let launch = Destination::launch(4567, "/abc/go").expect("a clean path");
    assert_eq!(launch.as_str(), "http://127.0.0.1:4567/abc/go");
    for path in ["/abc?x=1", "/../go", "abc", "@evil.example/", "/a b", "/a#b"] {
        assert!(Destination::launch(4567, path).is_none(), "{path}");
    }
}

#[test]
fn only_a_launcher_that_leads_to_a_browser_opens() {
    let (program, browser) = ("xdg-open".to_owned(), "mon navigateur".to_owned());
    assert!(Launcher::Found { program: program.clone(), browser: None }.opens());
    assert!(Launcher::Named { program: program.clone(), profile: None }.opens());
    for launcher in [
        Launcher::NamedMissing { program: program.clone() },
        Launcher::WithoutBrowser { program: program.clone() },
        Launcher::NotABrowser { program: program.clone(), handler: "gedit.desktop".to_owned() },
        Launcher::PathWithBlank { program, browser },
        Launcher::Missing,
    ] {
        assert!(!launcher.opens(), "{launcher:?}");
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

#[test]
fn only_the_authorize_page_of_the_companion_is_opened_in_the_polling_exchange() {
    let companion = Url::parse("https://vestibule.example").expect("a valid address");
    let page = AuthorizePage::of(&companion, "https://vestibule.example/oauth/authorize?client_id=a&request_uri=canary").expect("accepted");
    assert!(!Destination::page(&page).is_launch() && Destination::launch(4567, "/abc/go").expect("clean").is_launch());
    assert!(!format!("{page:?}{:?}", Destination::page(&page)).contains("canary"));
    for address in [
        "https://evil.example/oauth/authorize?request_uri=u",
        "http://vestibule.example/oauth/authorize?request_uri=u",
        "https://vestibule.example:444/oauth/authorize?request_uri=u",
        "https://vestibule.example@evil.example/oauth/authorize?request_uri=u",
        "https://user@vestibule.example/oauth/authorize?request_uri=u",
        "https://vestibule.example/oauth/authorize?request_uri=u#x",
        "https://vestibule.example/oauth/authorize",
        "https://vestibule.example/oauth/authorize/../../elsewhere?x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "--help",
    ] {
        assert!(AuthorizePage::of(&companion, address).is_none(), "{address}");
    }
}

// What a variable lists, which Windows does not know.
#[cfg(unix)]
#[test]
fn a_browser_whose_path_has_a_blank_is_found_among_those_that_are_listed() {
    use super::system::cut_at_a_blank;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mon navigateur");
    std::fs::write(&path, "").expect("written");
    let path = path.to_str().expect("text").to_owned();
    assert_eq!(cut_at_a_blank(&format!("firefox:{path}:w3m")), Some(path));
    for fine in ["firefox", "/usr/bin/firefox", "firefox %s", "sensible-browser --new-window", ""] {
        assert_eq!(cut_at_a_blank(fine), None, "{fine}");
    }
}

#[test]
fn what_opens_addresses_and_shows_no_page_is_no_browser() {
    use super::system::shows_no_page;

    let folder = tempfile::tempdir().expect("a folder");
    let folders = [folder.path().to_owned()];
    for (text, is_none) in [
        ("[Desktop Entry]\nMimeType=text/plain;\nCategories=TextEditor;\n", true),
        ("[Desktop Entry]\nMimeType=text/html;x-scheme-handler/http;\n", false),
        ("[Desktop Entry]\nCategories = Network;WebBrowser;\n", false),
    ] {
        std::fs::write(folder.path().join("x.desktop"), text).expect("written");
        assert_eq!(shows_no_page("x.desktop", &folders), is_none, "{text}");
    }
    assert!(!shows_no_page("absent.desktop", &folders), "nothing is known of it");
}
