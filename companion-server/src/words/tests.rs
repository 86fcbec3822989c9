use super::*;

#[test]
fn nothing_of_the_systems_own_words_is_said() {
    for number in 1..134 {
        let error = io::Error::from_raw_os_error(number);
        let said = in_french(&error);
        assert!(!said.contains("os error") && !said.contains(&error.kind().to_string()), "{number}: {said}");
    }
}

#[test]
fn an_administrator_is_not_told_that_it_is_none_of_his_business() {
    for code in [ErrorCode::StorageUnavailable, ErrorCode::PscUnreachable] {
        let told = for_administrator(code);
        assert!(!told.cause.contains("ne vient pas de vous") && !told.remedy.contains("une minute"), "{code}");
    }
}
