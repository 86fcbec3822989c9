use url::Url;

use super::Destination;

fn companion() -> Url {
    Url::parse("https://vestibule.example").expect("a valid address")
}

#[test]
fn the_launch_address_is_ours_and_carries_no_query() {
    let launch = Destination::launch(4567, "/abc/go").expect("a clean path");
    assert_eq!(launch.as_str(), "http://127.0.0.1:4567/abc/go");
    for path in ["/abc?x=1", "/../go", "abc", "@evil.example/", "/a b", "/a#b"] {
        assert!(Destination::launch(4567, path).is_none(), "{path}");
    }
}

#[test]
fn only_the_sign_out_page_of_the_companion_can_be_opened_besides() {
    assert!(Destination::sign_out_page(&companion(), "https://vestibule.example/sign-out?ticket=t").is_some());
    for address in [
        "https://evil.example/sign-out?ticket=t",
        "http://vestibule.example/sign-out?ticket=t",
        "https://vestibule.example:444/sign-out",
        "https://vestibule.example/oauth/authorize",
        "https://user@vestibule.example/sign-out",
        "https://vestibule.example/sign-out#x",
        "file:///etc/passwd",
        "--help",
    ] {
        assert!(Destination::sign_out_page(&companion(), address).is_none(), "{address}");
    }
}

#[test]
fn the_debug_form_hides_path_and_query() {
    let page = Destination::sign_out_page(&companion(), "https://vestibule.example/sign-out?ticket=canary").expect("accepted");
    assert!(!format!("{page:?}").contains("canary"));
}
