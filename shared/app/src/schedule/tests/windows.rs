use super::*;

fn windows(texts: &[&str]) -> BlackoutWindows {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    BlackoutWindows::read(&texts).unwrap_or_else(|mistake| panic!("{texts:?}: {mistake}"))
}

fn until(texts: &[&str], time: &str) -> Option<String> {
    windows(texts).until(at(time)).map(show)
}

fn refused(text: &str) -> (&'static str, Option<String>) {
    match BlackoutWindows::read(&[text.to_owned()]) {
        Err(mistake) => {
            assert_eq!(mistake.field, "blackout_windows", "{mistake:?}");
            (mistake.code, mistake.place.map(|place| place.piece))
        }
        Ok(windows) => panic!("{text} was read as {:?}", windows.texts()),
    }
}

#[test]
fn windows_hold_by_the_clock_on_the_wall() {
    let office = ["MON-FRI 08:00-18:00 Europe/Berlin"];
    // A Thursday in winter, one hour before UTC.
    for (time, end) in [
        ("2026-01-01T06:59:59Z", None),
        ("2026-01-01T07:00:00Z", Some("2026-01-01T17:00:00Z")),
        ("2026-01-01T16:59:59Z", Some("2026-01-01T17:00:00Z")),
        ("2026-01-01T17:00:00Z", None),
        ("2026-01-03T12:00:00Z", None),
        ("2026-07-02T06:00:00Z", Some("2026-07-02T16:00:00Z")),
    ] {
        assert_eq!(until(&office, time).as_deref(), end, "{time}");
    }
    // The night of Friday ends on Saturday.
    let night = ["FRI 22:00-06:00 UTC"];
    for (time, end) in [
        ("2026-01-02T05:00:00Z", None),
        ("2026-01-02T22:00:00Z", Some("2026-01-03T06:00:00Z")),
        ("2026-01-03T05:59:59Z", Some("2026-01-03T06:00:00Z")),
        ("2026-01-03T22:00:00Z", None),
    ] {
        assert_eq!(until(&night, time).as_deref(), end, "{time}");
    }
    let freeze = ["2026-12-24T18:00 to 2027-01-02T06:00 America/New_York"];
    assert_eq!(until(&freeze, "2026-12-24T22:59:59Z"), None);
    assert_eq!(until(&freeze, "2026-12-24T23:00:00Z").as_deref(), Some("2027-01-02T11:00:00Z"));
}

#[test]
fn windows_that_touch_are_one() {
    let all = ["SAT,SUN 00:00-24:00", "MON 00:00-08:00", "2026-01-05T08:00 to 2026-01-06T00:00"];
    assert_eq!(until(&all, "2026-01-03T00:00:00Z").as_deref(), Some("2026-01-06T00:00:00Z"));
    // One that ends when it begins goes round the clock.
    let round = ["SUN 07:00-07:00 UTC"];
    assert_eq!(until(&round, "2026-01-04T08:00:00Z").as_deref(), Some("2026-01-05T07:00:00Z"));
}

#[test]
fn windows_and_the_change_of_clocks() {
    // 2026-03-29 01:00Z: 02:00 becomes 03:00. A window whose end is skipped ends when the clock is set.
    let early = ["00:00-02:30 Europe/Berlin"];
    assert_eq!(until(&early, "2026-03-29T00:00:00Z").as_deref(), Some("2026-03-29T01:00:00Z"));
    assert_eq!(until(&early, "2026-03-29T01:00:00Z"), None);
    // One that begins in the skipped hour begins then too.
    let late = ["02:30-05:00 Europe/Berlin"];
    assert_eq!(until(&late, "2026-03-29T00:59:59Z"), None);
    assert_eq!(until(&late, "2026-03-29T01:00:00Z").as_deref(), Some("2026-03-29T03:00:00Z"));
    // 2026-10-25 01:00Z: 03:00 becomes 02:00, and each of its times comes twice.
    let twice = ["02:00-02:30 Europe/Berlin"];
    assert_eq!(until(&twice, "2026-10-25T00:10:00Z").as_deref(), Some("2026-10-25T00:30:00Z"));
    assert_eq!(until(&twice, "2026-10-25T00:40:00Z"), None);
    assert_eq!(until(&twice, "2026-10-25T01:10:00Z").as_deref(), Some("2026-10-25T01:30:00Z"));
    let across = ["02:30-04:00 Europe/Berlin"];
    assert_eq!(until(&across, "2026-10-25T00:40:00Z").as_deref(), Some("2026-10-25T01:00:00Z"));
    assert_eq!(until(&across, "2026-10-25T01:40:00Z").as_deref(), Some("2026-10-25T03:00:00Z"));
    // A whole day has 23 hours, or 25.
    let days = ["SUN 00:00-24:00 Europe/Berlin"];
    assert_eq!(until(&days, "2026-03-28T23:00:00Z").as_deref(), Some("2026-03-29T22:00:00Z"));
    assert_eq!(until(&days, "2026-10-24T22:00:00Z").as_deref(), Some("2026-10-25T23:00:00Z"));
}

#[test]
fn schedules_skip_windows() {
    let windows = windows(&["MON-FRI 08:00-18:00 Europe/Berlin"]);
    let schedule = parse("every 5 hours", "UTC");
    let since = at("2026-01-01T00:00:00Z");
    let next: Vec<_> = windows.next_times(&schedule, since, since, 5).into_iter().map(show).collect();
    let expected = [
        "2026-01-01T05:00:00Z",
        "2026-01-01T20:00:00Z",
        "2026-01-02T01:00:00Z",
        "2026-01-02T06:00:00Z",
        "2026-01-02T21:00:00Z",
    ];
    assert_eq!(next, expected);
    let noon = parse("every weekday at 12:00", "Europe/Berlin");
    assert_eq!(windows.next_of(&noon, since, since), None);
}

#[test]
fn windows_are_stored_with_their_zone_and_shown_in_words() {
    for (text, stored, words) in [
        (
            "mon-fri 8:00-18:00 europe/berlin",
            "MON-FRI 08:00-18:00 Europe/Berlin",
            "Monday to Friday from 08:00 to 18:00, Europe/Berlin",
        ),
        ("22:00-6:00", "22:00-06:00 UTC", "every day from 22:00 to 06:00, UTC"),
        ("* 00:00-24:00 UTC", "00:00-24:00 UTC", "every day from 00:00 to 24:00, UTC"),
        ("SUN,SAT 00:00-24:00", "SUN,SAT 00:00-24:00 UTC", "Sunday and Saturday from 00:00 to 24:00, UTC"),
        (
            "2026-12-24T18:00 to 2027-01-02T06:00:30",
            "2026-12-24T18:00:00 to 2027-01-02T06:00:30 UTC",
            "from 18:00 on 24 December 2026 to 06:00:30 on 2 January 2027, UTC",
        ),
    ] {
        let window = BlackoutWindow::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
        assert_eq!(window.to_string(), stored);
        let again = BlackoutWindow::parse(stored).expect("it reads back");
        assert_eq!(again.to_string(), stored);
        if text.contains("00:00-24:00 UTC") {
            continue;
        }
        assert_eq!(windows(&[text]).words(), [words]);
    }
}

#[test]
fn mistakes_in_windows_are_named() {
    for (text, code, piece) in [
        ("", "window_form", None),
        ("nights", "window_form", Some("nights")),
        ("MON-FRI 08:00", "window_form", Some("08:00")),
        ("MON-FRI 8-18", "window_form", Some("8-18")),
        ("08:00-25:00", "window_form", Some("08:00-25:00")),
        ("24:00-08:00", "window_form", Some("24:00-08:00")),
        ("MO 08:00-18:00", "schedule_cron", Some("MO")),
        ("FRI-MON 08:00-18:00", "schedule_cron", Some("FRI-MON")),
        ("6#2 08:00-18:00", "window_form", Some("6#2")),
        ("08:00-18:00 Europe/Berln", "time_zone_unknown", None),
        ("08:00-18:00 Europe/Berlin now", "window_form", Some("now")),
        ("2026-12-24 to 2026-12-26", "window_form", Some("2026-12-24")),
        ("2026-12-26T00:00 to 2026-12-24T00:00", "window_form", Some("2026-12-24T00:00")),
        ("00:00-24:00", "windows_always", None),
    ] {
        let (found, place) = refused(text);
        assert_eq!((found, place.as_deref().filter(|place| !place.is_empty())), (code, piece), "{text}");
    }
    assert_eq!(refused(&"x".repeat(200)).0, "window_form");
    let many = vec!["MON 08:00-09:00".to_owned(); 21];
    assert_eq!(BlackoutWindows::read(&many).map(|_| ()).expect_err("too many").code, "windows_too_many");
    // Two that leave nothing together, each in a zone of its own.
    let both = ["06:00-24:00 UTC", "18:00-03:00 America/New_York"].map(str::to_owned);
    assert_eq!(BlackoutWindows::read(&both).map(|_| ()).expect_err("no time").code, "windows_always");
}

proptest! {
    /// The end is what looking at each minute finds.
    #[test]
    fn the_end_of_a_window_is_its_first_free_minute(
        days in prop::sample::select(vec!["", "SUN ", "SAT,SUN ", "MON-FRI "]),
        (from, to) in (0_u32..96, 0_u32..96),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        // Days around changes of clocks, and one without.
        day in prop::sample::select(vec!["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03", "2026-06-03"]),
        minute in 0_i64..2_880,
    ) {
        let clock = |quarter: u32| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let text = format!("{days}{}-{} {zone}", clock(from), clock(to));
        let Ok(windows) = BlackoutWindows::read(std::slice::from_ref(&text)) else { return Ok(()) };
        let time = at(&format!("{day}T00:00:00Z")).shifted(minute * 60);
        let expected = windows.holds(time).then(|| {
            (1..20_000).map(|minutes| time.shifted(minutes * 60)).find(|later| !windows.holds(*later)).expect("it ends")
        });
        prop_assert_eq!(windows.until(time), expected, "{}", text);
    }
}
