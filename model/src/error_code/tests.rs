use super::*;

#[test]
fn numbers_are_unique() {
    let mut numbers: Vec<u16> = ErrorCode::ALL.iter().map(|code| code.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), ErrorCode::ALL.len());
}

#[test]
fn a_code_survives_the_wire() {
    for &code in ErrorCode::ALL {
        let wire = serde_json::to_string(&code).expect("serializes");
        assert_eq!(serde_json::from_str::<ErrorCode>(&wire).expect("parses"), code);
    }
    assert!(serde_json::from_str::<ErrorCode>("\"VST-9999\"").is_err());
}
