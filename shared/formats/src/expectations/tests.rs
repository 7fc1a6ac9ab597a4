use portdelta_core::UnixTime;
use portdelta_core::expectation::{Expectation, ExpectedState};
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::parse;
use proptest::prelude::*;

use super::{read_expectations, write_expectations};

const GOOD: &str = "\
# what the office should look like
version: 1
expectations:
  - id: web
    site: office
    targets: [192.0.2.10-19, '198.51.100.7']
    ports: 80,443
    state: open
    owner:
    reason: >-
      Public
      web
  - site: office
    targets:
      - 192.0.2.0/24
    ports: 22
    state: closed
";

fn mistake(text: &str) -> String {
    match read_expectations(text) {
        Ok(read) => format!("it reads: {read:?}"),
        Err(mistake) => mistake.to_string(),
    }
}

/// `GOOD` with one text for another.
fn with(one: &str, other: &str) -> String {
    assert!(GOOD.contains(one), "{one}");
    GOOD.replacen(one, other, 1)
}

#[test]
fn a_file_reads_as_it_is_meant() {
    let read = read_expectations(GOOD).expect("it is fine");
    let fields = |place: usize| {
        ["id", "site", "targets", "ports", "state", "owner", "reason"].map(|field| read[place].get(field))
    };
    assert_eq!(
        fields(0),
        [
            Some("web"),
            Some("office"),
            Some("192.0.2.10-19,198.51.100.7"),
            Some("80,443"),
            Some("open"),
            None,
            Some("Public web")
        ]
    );
    assert_eq!(fields(1)[..4], [None, Some("office"), Some("192.0.2.0/24"), Some("22")]);
    assert!(read_expectations("version: 1\nexpectations: []\n").expect("it is fine").is_empty());
    assert!(read_expectations("{\"version\": 1, \"expectations\": null}").expect("JSON is YAML").is_empty());
}

#[test]
fn a_mistake_in_a_field_is_pointed_at() {
    let read = read_expectations(GOOD).expect("it is fine");
    for (entry, field, value) in [(0, "targets", "192.0.2.10-19,198.51.100.300"), (0, "ports", "80,443")] {
        let wrong = portdelta_core::place::Place::of(value, value.rfind(',').expect("two") + 1, usize::MAX);
        let wrong = portdelta_core::place::Place { piece: String::new(), ..wrong };
        let at = read[entry].mistake(GOOD, field, Some(&wrong), "it is wrong", "").place;
        let expected = if field == "targets" { (6, 31) } else { (7, 15) };
        assert_eq!((at.line, at.column), expected, "{field}");
    }
    let folded = read[0].mistake(GOOD, "reason", None, "it is wrong", "");
    assert_eq!((folded.place.line, folded.to_string().ends_with("reason: it is wrong")), (11, true));
    assert_eq!(read[1].mistake(GOOD, "expires", None, "x", "").place.line, 13);
}

#[test]
fn what_is_not_understood_is_refused_at_its_place() {
    for (text, expected) in [
        (String::new(), "line 1, column 1: there is nothing in it"),
        ("- a".to_owned(), "line 1, column 1: this is no file of expectations"),
        (with("version: 1\n", ""), "line 2, column 1: the version is missing"),
        (with("version: 1", "version: 2"), "line 2, column 10: this version is not known"),
        (with("ports: 80", "prots: 80"), "line 7, column 5: there is no field \"prots\""),
        (
            with("version: 1", "version: 1\nexpectation: []"),
            "line 3, column 1: there is no field \"expectation\" here",
        ),
        (with("    state: open\n", ""), "line 4, column 5: `state` is missing"),
        (with("owner:", "site: b"), "line 9, column 5: \"site\" is given twice"),
        (with("ports: 22", "ports: {a: b}"), "line 16, column 12: ports: this is no text"),
        (with("site: office", "site: [office]"), "line 5, column 11: site: this is no text"),
        (with("id: web", "id: &a web"), "line 4, column 9: anchors are not taken"),
        (with("id: web", "id: !!str web"), "line 4, column 9: tags are not taken"),
        (with("version: 1", "version: 1\n---\nversion: 1"), "a second document begins here"),
        (with("ports: 80", "ports: \"80"), "this is no YAML: "),
        ("version: 1\nexpectations: [[[[[[[[1]]]]]]]]".to_owned(), "this lies too deep"),
        ("version: 1\nexpectations: [a]".to_owned(), "line 2, column 16: this is no expectation"),
        ("version: 1\nexpectations: a".to_owned(), "line 2, column 15: this is no list"),
        ("a: &a [x]\nb: *a\n".to_owned(), "anchors are not taken"),
        (with("ports: 80", "po\u{1b}[2Jrts: 80"), "line 7, column"),
    ] {
        let is = mistake(&text);
        assert!(is.contains(expected), "{expected}: {is}");
        assert!(!is.contains('\u{1b}'), "{is:?}");
    }
}

fn one(reason: &str) -> Expectation {
    Expectation {
        id: "web".to_owned(),
        site: "office".parse().expect("an id"),
        addresses: parse("192.0.2.0/24, 2001:db8::1-2001:db8::9").expect("targets"),
        ports: "22,U:53".parse::<PortSpec>().expect("ports").set().expect("a set").clone(),
        state: ExpectedState::Open,
        service: Some("http*".to_owned()),
        owner: "null".to_owned(),
        reason: reason.to_owned(),
        expires: Some(UnixTime::EPOCH.shifted(2_000_000_000)),
        created: UnixTime::EPOCH,
        changed: UnixTime::EPOCH,
        by: Some("user Ada".to_owned()),
    }
}

#[test]
fn what_is_written_looks_so() {
    insta::assert_snapshot!(write_expectations([&one("a \"b\"\n\u{1b}[2J\u{202e}\u{e0041}")]), @r#"
    version: 1
    expectations:
      - id: "web"
        site: "office"
        targets:
          - "192.0.2.0/24"
          - "2001:db8::1-2001:db8::9"
        ports: "T:22,U:53"
        state: open
        service: "http*"
        owner: "null"
        reason: "a \"b\"\n\U0000001B[2J\U0000202E\U000E0041"
        expires: 2033-05-18T03:33:20Z
    "#);
    assert_eq!(write_expectations([]), "version: 1\nexpectations: []\n");
}

proptest! {
    #[test]
    fn what_is_written_reads_back(reason in any::<String>()) {
        let text = write_expectations([&one(&reason)]);
        prop_assert!(!text.replace('\n', "").chars().any(char::is_control));
        let read = read_expectations(&text).expect("it is fine");
        prop_assert_eq!(read[0].get("reason").unwrap_or_default(), &reason);
        prop_assert_eq!(read[0].get("owner"), Some("null"));
        prop_assert_eq!(read[0].get("targets"), Some("192.0.2.0/24,2001:db8::1-2001:db8::9"));
    }

    #[test]
    fn any_text_is_refused_or_read_without_a_panic(text in any::<String>(), at in 0..GOOD.len()) {
        let _ = read_expectations(&text);
        let cut = GOOD.floor_char_boundary(at);
        let _ = read_expectations(&format!("{}{text}{}", &GOOD[..cut], &GOOD[cut..]));
    }
}
