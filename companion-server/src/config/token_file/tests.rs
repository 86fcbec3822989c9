//! Which file may hold the token of the administration, and beside what.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn token(&self, content: &str) -> PathBuf {
        let file = self.0.path().join("token");
        std::fs::write(&file, content).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("private");
        file
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("database")
    }
}

#[test]
fn what_could_be_guessed_is_no_token() {
    let place = Place::new();
    for weak in [
        "",
        "\n",
        "x",
        &"a".repeat(SHORTEST - 1),
        &format!("{}\n{}", "a".repeat(20), "b".repeat(20)),
        &"é".repeat(40),
        &"a".repeat(40),
        &"0123456".repeat(6),
    ] {
        let refused = read_own(&place.token(weak), Some(&place.database())).expect_err(weak);
        assert_eq!(refused.code(), ErrorCode::AdministrationTokenWeak, "{weak:?}: {refused}");
        assert!(read(&place.0.path().join("token")).is_err(), "{weak:?}");
    }
}

#[test]
fn a_folder_that_others_may_change_is_refused() {
    let place = Place::new();
    let file = place.token(&"abcdefgh".repeat(5));
    check_folder(&file, Some(&place.database())).expect("private");
    for mode in [0o777, 0o1777, 0o775, 0o702] {
        std::fs::set_permissions(place.0.path(), std::fs::Permissions::from_mode(mode)).expect("opened");
        let refused = check_folder(&file, Some(&place.database())).expect_err("open");
        assert_eq!(refused.code(), ErrorCode::AdministrationTokenWeak, "{mode:o}");
    }
    let inner = place.0.path().join("inner");
    std::fs::create_dir(&inner).expect("made");
    std::fs::set_permissions(place.0.path(), std::fs::Permissions::from_mode(0o777)).expect("opened");
    assert!(
        check_folder(&inner.join("token"), Some(&place.database())).is_err(),
        "whoever renames the folder above puts another in its place"
    );
}

#[test]
fn a_token_and_a_folder_of_another_account_are_refused() {
    let place = Place::new();
    let (file, database) = (place.token(&"abcdefgh".repeat(6)), place.database());
    let mut owner = std::fs::metadata(&file).expect("there").uid();
    if owner == 0 {
        // What is root's is trusted: root gives it away.
        owner = 65_534;
        for path in [place.0.path(), &file] {
            std::os::unix::fs::chown(path, Some(owner), None).expect("given away");
        }
    }
    read_of(&file, Some(&database), owner).expect("its own");
    check_folder_of(&file, Some(&database), owner).expect("its own");
    // Before the first start the database is only a folder of the account that will serve: root, who checks, knows it by that.
    read_of(&file, Some(&database), owner - 1).expect("of the account that will serve");
    let database = Path::new("/nowhere/database").to_owned();
    let refused = read_of(&file, Some(&database), owner - 1).expect_err("another's");
    assert!(matches!(refused, TokenRefused::OfAnother { .. }), "{refused}");
    let refused = check_folder_of(&file, Some(&database), owner - 1).expect_err("another's");
    assert!(matches!(refused, TokenRefused::Folder { .. }), "{refused}");
}

#[test]
fn a_token_is_of_root_or_of_the_account_that_serves() {
    for (owner, own, of_database, is_trusted) in [
        (0, 990, None, true),
        (990, 990, None, true),
        (990, 0, Some(990), true),
        (65_534, 0, Some(0), false),
        (1000, 990, Some(990), false),
    ] {
        assert_eq!(super::is_trusted(owner, own, of_database), is_trusted, "{owner} {own} {of_database:?}");
    }
}

#[test]
fn what_is_wrong_with_the_file_or_its_folder_is_told_as_such_and_not_as_a_refused_command() {
    let place = Place::new();
    let file = place.token(&"abcdefgh".repeat(5));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("opened");
    let refused = read_own(&file, Some(&place.database())).expect_err("readable by all");
    assert_eq!(refused.code(), ErrorCode::AdministrationTokenWeak, "{refused}");
    let missing = check_folder(&place.0.path().join("nowhere").join("token"), Some(&place.database())).expect_err("no folder");
    assert_eq!(missing.code(), ErrorCode::AdministrationTokenWeak, "{missing}");
    assert!(missing.to_string().ends_with("il n’existe pas\u{202f}; créez-le"), "{missing}");
}
