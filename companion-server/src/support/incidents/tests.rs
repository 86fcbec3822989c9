//! What is told of a period.

use super::*;

const DAY: Timestamp = Timestamp(1_795_305_600_000);

fn line(seconds: i64, event: &str, person: Option<&str>) -> AuditRow {
    AuditRow {
        at: DAY.plus_seconds(seconds),
        event: event.into(),
        national_id: person.map(Into::into),
        jkt: Some("4yB0hKx3Qm2eLONGER".into()),
        address: Some("10.0.0.7".into()),
        ..AuditRow::default()
    }
}

#[test]
fn what_somebody_wrote_into_the_trail_gives_a_terminal_no_order_and_begins_no_line() {
    let odd = "\u{1b}[2J\n10.0.0.7\u{202e}";
    let line =
        AuditRow { jkt: Some(odd.into()), address: Some(odd.into()), sign_in_id: Some(odd.into()), ..line(1, "number_refused", None) };
    let told = Incidents::of(DAY, DAY.plus_seconds(86_400), &PeriodLines { lines: vec![line], is_cut: false });
    for text in [told.to_text(), serde_json::to_string(&told).expect("JSON")] {
        assert!(text.contains("[2J10.0.0.7") && !text.contains("\u{1b}") && !text.contains("\n10.0"), "{text}");
        assert!(!text.contains("\\u001b") && !text.contains("\u{202e}"), "{text}");
    }
}

#[test]
fn exi_27_a_period_tells_its_security_events_and_gives_people_numbers_for_names() {
    let lines = vec![
        line(1, "authenticated", Some("899700999016")),
        line(2, "number_refused", Some("899700999016")),
        line(3, "nothing_asked", Some("899700999024")),
        line(4, "number_refused", Some("899700999016")),
        line(5, "browser_mismatch", None),
    ];
    let incidents = Incidents::of(DAY, DAY.plus_seconds(86_400), &PeriodLines { lines, is_cut: true });
    let people: Vec<_> = incidents.events.iter().map(|incident| (incident.event, incident.person)).collect();
    assert_eq!(people, [("number_refused", Some(1)), ("nothing_asked", Some(2)), ("number_refused", Some(1)), ("browser_mismatch", None)]);
    assert_eq!((incidents.people, incidents.devices, incidents.addresses), (2, 1, 1));
    let (text, json) = (incidents.to_text(), serde_json::to_string(&incidents).expect("written"));
    assert!(text.starts_with("Évènements de sécurité du 2026-11-22 00:00:00 au 2026-11-23 00:00:00 (UTC)\u{a0}: 4\n"), "{text}");
    assert!(
        text.contains("     2  La personne identifiée a choisi un autre nombre que celui de l’application. (number_refused)"),
        "{text}"
    );
    assert!(text.contains("Raccourcissez-la"), "a cut list says so: {text}");
    assert!(!text.contains("8997") && !json.contains("8997"), "{json}");
}

#[test]
fn a_period_is_of_whole_days_or_of_moments() {
    let ms = |at: Result<Timestamp, _>| at.map(|at: Timestamp| at.0).ok();
    assert_eq!(ms(beginning("2026-11-22")), Some(DAY.0));
    assert_eq!(ms(end("2026-11-22")), Some(DAY.0 + 86_400_000), "the day itself is within");
    assert_eq!(ms(end("2026-11-22T01:00:00+01:00")), Some(DAY.0));
    for wrong in ["", "hier", "22/11/2026", "2026-13-01", "2026-11-22T01:00:00"] {
        assert_eq!(ms(beginning(wrong)), None, "{wrong}");
    }
}
