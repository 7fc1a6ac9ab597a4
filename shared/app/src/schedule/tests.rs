mod windows;

use proptest::prelude::*;

use super::*;
use crate::ports::ScheduleEntry;

fn at(text: &str) -> UnixTime {
    let time: Timestamp = text.parse().expect("a time");
    UnixTime::from_seconds(time.as_second()).expect("in range")
}

fn show(time: UnixTime) -> String {
    Timestamp::from_second(time.seconds()).expect("in range").to_string()
}

fn parse(expression: &str, zone: &str) -> Schedule {
    Schedule::parse(expression, zone).unwrap_or_else(|mistake| panic!("{expression}: {mistake}"))
}

fn next(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let times = parse(expression, zone).next_times(at("2026-01-01T00:00:00Z"), at(after), count);
    times.into_iter().map(show).collect()
}

fn mistake(expression: &str) -> ScheduleMistake {
    match Schedule::parse(expression, "UTC") {
        Err(mistake) => mistake,
        Ok(schedule) => panic!("{expression} was read as {schedule}"),
    }
}

#[test]
fn rates_count_from_the_beginning() {
    let times = next("rate(15 minutes)", "UTC", "2026-01-01T00:10:00Z", 3);
    assert_eq!(times, ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z", "2026-01-01T00:45:00Z"]);
    assert_eq!(next("rate(2 days)", "UTC", "2026-01-03T00:00:00Z", 1), ["2026-01-05T00:00:00Z"]);
    // Not before the scan was made.
    assert_eq!(next("rate(1 hour)", "UTC", "2025-06-01T00:00:00Z", 1), ["2026-01-01T01:00:00Z"]);
}

#[test]
fn cron_reads_the_clock_of_its_zone() {
    let times = next("cron(0 3 ? * MON-FRI *)", "Europe/Berlin", "2026-01-01T00:00:00Z", 4);
    let winter =
        ["2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z", "2026-01-05T02:00:00Z", "2026-01-06T02:00:00Z"];
    assert_eq!(times, winter);
    // West of Greenwich the epoch itself is in 1969.
    assert_eq!(
        next("cron(0 * * * ? *)", "America/New_York", "1970-01-01T00:00:00Z", 1),
        ["1970-01-01T01:00:00Z"]
    );
    let summer = next("cron(0 3 ? * MON-FRI *)", "Europe/Berlin", "2026-07-03T12:00:00Z", 1);
    assert_eq!(summer, ["2026-07-06T01:00:00Z"]);
    assert_eq!(
        next("cron(30 0 1 1 ? *)", "Pacific/Kiritimati", "2026-06-01T00:00:00Z", 1),
        ["2026-12-31T10:30:00Z"]
    );
    assert_eq!(
        next("cron(0 0 * * ? *)", "Asia/Kathmandu", "2026-06-01T00:00:00Z", 1),
        ["2026-06-01T18:15:00Z"]
    );
}

/// On 2026-03-29 the clocks of Berlin go from 02:00 to 03:00, on 2026-10-25 from 03:00 to 02:00.
#[test]
fn a_time_that_the_clock_skips_is_left_out() {
    let times = next("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-27T12:00:00Z", 3);
    assert_eq!(times, ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]);
    let quarters = next("cron(0/30 * * * ? *)", "Europe/Berlin", "2026-03-29T00:29:00Z", 3);
    assert_eq!(quarters, ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
    // Half an hour on Lord Howe Island: 02:00 to 02:30 on 2026-10-04.
    let times = next("cron(15 2 * * ? *)", "Australia/Lord_Howe", "2026-10-02T12:00:00Z", 2);
    assert_eq!(times, ["2026-10-02T15:45:00Z", "2026-10-04T15:15:00Z"]);
}

#[test]
fn a_time_that_comes_twice_fires_once() {
    let times = next("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
    assert_eq!(times, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    // Asked during the second 02:10: the first 02:30 is past.
    let times = next("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:10:00Z", 1);
    assert_eq!(times, ["2026-10-26T01:30:00Z"]);
    let quarters = next("cron(0/30 * * * ? *)", "Europe/Berlin", "2026-10-25T00:15:00Z", 3);
    assert_eq!(quarters, ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"]);
    // A rate knows no clocks.
    assert_eq!(
        next("rate(30 minutes)", "Europe/Berlin", "2026-10-25T00:35:00Z", 1),
        ["2026-10-25T01:00:00Z"]
    );
}

#[test]
fn one_time_fires_once() {
    let berlin = |text, after| next(text, "Europe/Berlin", after, 2);
    assert_eq!(berlin("at(2026-12-24T18:00:00)", "2026-01-01T00:00:00Z"), ["2026-12-24T17:00:00Z"]);
    assert!(berlin("at(2026-12-24T18:00:00)", "2026-12-24T17:00:00Z").is_empty());
    // In the gap it is moved behind it, and of two times it is the first: once is never "not at all".
    assert_eq!(berlin("at(2026-03-29T02:30:00)", "2026-01-01T00:00:00Z"), ["2026-03-29T01:30:00Z"]);
    assert_eq!(berlin("at(2026-10-25T02:30:00)", "2026-01-01T00:00:00Z"), ["2026-10-25T00:30:00Z"]);
}

#[test]
fn days_follow_the_calendar() {
    let days = |expression: &str, after: &str, count| {
        let times = next(expression, "UTC", after, count);
        times.into_iter().map(|time| time[..10].to_owned()).collect::<Vec<_>>()
    };
    let year = "2026-01-01T12:00:00Z";
    assert_eq!(days("cron(0 0 29 2 ? *)", year, 2), ["2028-02-29", "2032-02-29"]);
    assert_eq!(days("cron(0 0 29 2 ? *)", "2096-03-01T00:00:00Z", 1), ["2104-02-29"]);
    assert_eq!(days("cron(0 0 L * ? *)", year, 3), ["2026-01-31", "2026-02-28", "2026-03-31"]);
    // 31 January 2026 is a Saturday, 28 February too, 31 March a Tuesday.
    assert_eq!(days("cron(0 0 LW * ? *)", year, 3), ["2026-01-30", "2026-02-27", "2026-03-31"]);
    // 1 February 2026 is a Sunday, and the nearest Monday to Friday of that month is the 2nd.
    assert_eq!(days("cron(0 0 1W * ? *)", year, 2), ["2026-02-02", "2026-03-02"]);
    assert_eq!(days("cron(0 0 15W 8 ? *)", year, 1), ["2026-08-14"]);
    assert_eq!(days("cron(0 0 ? * 6L *)", year, 2), ["2026-01-30", "2026-02-27"]);
    assert_eq!(days("cron(0 0 ? * FRI#2 *)", year, 2), ["2026-01-09", "2026-02-13"]);
    assert_eq!(days("cron(0 0 ? * 2#5 *)", year, 2), ["2026-03-30", "2026-06-29"]);
    assert_eq!(days("cron(0 0 ? * L *)", year, 2), ["2026-01-03", "2026-01-10"]);
    assert_eq!(days("cron(0 0 ? * 1,7 *)", year, 3), ["2026-01-03", "2026-01-04", "2026-01-10"]);
    assert_eq!(days("cron(0 0 1 JAN,jul ? 2027/2)", year, 3), ["2027-01-01", "2027-07-01", "2029-01-01"]);
    assert_eq!(days("cron(0 0 31 * ? *)", "2026-01-31T00:00:00Z", 1), ["2026-03-31"]);
}

#[test]
fn times_end_with_the_years() {
    assert_eq!(next("cron(0 0 1 1 ? 2026-2027)", "UTC", "2026-01-01T00:00:00Z", 5), ["2027-01-01T00:00:00Z"]);
    assert_eq!(next("cron(0 0 1 1 ? *)", "UTC", "2198-01-01T00:00:00Z", 5), ["2199-01-01T00:00:00Z"]);
}

#[test]
fn steps_and_lists_are_as_aws_reads_them() {
    let minutes = |field: &str| {
        let times = next(&format!("cron({field} 0 1 1 ? 2027)"), "UTC", "2026-06-01T00:00:00Z", 100);
        times.into_iter().map(|time| time[14..16].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(minutes("0/15"), ["00", "15", "30", "45"]);
    assert_eq!(minutes("*/20"), ["00", "20", "40"]);
    assert_eq!(minutes("50/4"), ["50", "54", "58"]);
    assert_eq!(minutes("10-20/5,3"), ["03", "10", "15", "20"]);
    assert_eq!(minutes("007"), ["07"]);
    assert_eq!(minutes("*").len(), 60);
}

#[test]
fn what_can_not_fire_is_refused() {
    for expression in ["cron(0 0 30 2 ? *)", "cron(0 0 31 4,6,9,11 ? *)", "cron(0 0 29 2 ? 2027)"] {
        let mistake = mistake(expression);
        assert_eq!((mistake.code, mistake.field), ("schedule_never", "schedule.expression"), "{expression}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (expression, code, piece) in [
        ("", "schedule_empty", None),
        ("rate(0 minutes)", "schedule_rate", Some("0")),
        ("rate(-1 minutes)", "schedule_rate", Some("-1")),
        ("rate(15)", "schedule_rate", Some("15")),
        ("rate(15 weeks)", "schedule_rate", Some("weeks")),
        ("rate(99999999999999999999 days)", "schedule_rate", Some("99999999999999999999")),
        ("rate(366 days)", "schedule_rate", Some("366")),
        ("rate(15 minutes", "schedule_form", Some("")),
        ("cron(0 3 * * MON-FRI *)", "schedule_days", Some("MON-FRI")),
        ("cron(0 3 ? * ? *)", "schedule_days", Some("?")),
        ("cron(0 3 * * *)", "schedule_cron", Some("0 3 * * *")),
        ("cron(60 3 * * ? *)", "schedule_cron", Some("60")),
        ("cron(0 24 * * ? *)", "schedule_cron", Some("24")),
        ("cron(0 3 0 * ? *)", "schedule_cron", Some("0")),
        ("cron(0 3 32W * ? *)", "schedule_cron", Some("32W")),
        ("cron(0 3 L-3 * ? *)", "schedule_cron", Some("L")),
        ("cron(0 3 1,L * ? *)", "schedule_cron", Some("L")),
        ("cron(0 3 ? 13 MON *)", "schedule_cron", Some("13")),
        ("cron(0 3 ? MAY-FEB MON *)", "schedule_cron", Some("MAY-FEB")),
        ("cron(0 3 ? * FRI-MON *)", "schedule_cron", Some("FRI-MON")),
        ("cron(0 3 ? * 8 *)", "schedule_cron", Some("8")),
        ("cron(0 3 ? * MON#6 *)", "schedule_cron", Some("MON#6")),
        ("cron(0 3 ? * MON#01 *)", "schedule_cron", Some("MON#01")),
        ("cron(0 3 * * ? 1969)", "schedule_cron", Some("1969")),
        ("cron(0 3 * * ? 2200)", "schedule_cron", Some("2200")),
        ("cron(0 3,,4 * * ? *)", "schedule_cron", Some("")),
        ("cron(0/0 3 * * ? *)", "schedule_cron", Some("0/0")),
        ("cron(0 ? * * ? *)", "schedule_cron", Some("?")),
        ("cron(0 3 * * ? @daily)", "schedule_cron", Some("@daily")),
        ("at(2026-02-30T00:00:00)", "schedule_at", Some("2026-02-30T00:00:00")),
        ("at(2026-12-24T18:00:60)", "schedule_at", Some("2026-12-24T18:00:60")),
        ("at(2026-12-24T18:00:00Z)", "schedule_at", Some("2026-12-24T18:00:00Z")),
        ("sometimes", "schedule_form", Some("sometimes")),
        ("every 5 weeks", "schedule_rate", Some("weeks")),
        ("every moonday at 03:00", "schedule_form", Some("moonday")),
        ("every day at 25:00", "schedule_form", Some("25:00")),
        ("0 0 3 * * MON", "schedule_form", Some("0 0 3 * * MON")),
        ("0 3 1 * 1", "schedule_days", Some("1")),
    ] {
        let mistake = mistake(expression);
        assert_eq!(mistake.code, code, "{expression}: {mistake}");
        assert_eq!(mistake.place.as_ref().map(|place| place.piece.as_str()), piece, "{expression}");
        assert!(!mistake.hint.is_empty());
    }
    let mistake = mistake("cron(0 3 ? * MON,FRO *)");
    let place = mistake.place.expect("it has a place");
    assert_eq!(
        place.point_at("cron(0 3 ? * MON,FRO *)").to_string(),
        "cron(0 3 ? * MON,FRO *)\n                 ^^^"
    );
}

#[test]
fn time_zones_are_names_of_the_database() {
    for name in
        ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "+02:00", "Europe/Berlin\0", "CEST"]
    {
        let mistake =
            Schedule::parse("rate(1 hour)", name).err().unwrap_or_else(|| panic!("{name} was taken"));
        assert_eq!((mistake.field, mistake.code), ("schedule.time_zone", "time_zone_unknown"), "{name}");
    }
    assert_eq!(parse("rate(1 hour)", "europe/berlin").time_zone(), "Europe/Berlin");
    assert_eq!(parse("rate(1 hour)", "UTC").time_zone(), "UTC");
}

#[test]
fn what_people_write_becomes_the_dialect() {
    for (written, stored) in [
        ("every 15 minutes", "rate(15 minutes)"),
        ("Every Hour", "rate(1 hour)"),
        ("every 1 days", "rate(1 day)"),
        ("RATE( 1 minutes )", "rate(1 minute)"),
        ("every day at 3:05", "cron(5 3 * * ? *)"),
        ("every weekday at 03:00", "cron(0 3 ? * MON-FRI *)"),
        ("every Sunday at 23:59", "cron(59 23 ? * SUN *)"),
        ("0 3 * * *", "cron(0 3 * * ? *)"),
        ("*/15 8-17 * * 1-5", "cron(*/15 8-17 ? * MON-FRI *)"),
        ("0 0 1,15 * *", "cron(0 0 1,15 * ? *)"),
        ("0 0 * jan sun", "cron(0 0 ? JAN SUN *)"),
        ("0 0 * * 0", "cron(0 0 ? * SUN *)"),
        ("0 0 * * 7", "cron(0 0 ? * SUN *)"),
        ("0 0 * * 5-7", "cron(0 0 ? * SUN,FRI,SAT *)"),
        ("0 0 * * */2", "cron(0 0 ? * SUN,TUE,THU,SAT *)"),
        (" cron( 0  3 ? * mon-fri * ) ", "cron(0 3 ? * MON-FRI *)"),
        ("2026-12-24T18:00", "at(2026-12-24T18:00:00)"),
        ("2026-12-24 18:00:30", "at(2026-12-24T18:00:30)"),
        ("2026-12-24T18:00:00Z", "at(2026-12-24T19:00:00)"),
        ("2026-12-24T18:00:00-05:00", "at(2026-12-25T00:00:00)"),
    ] {
        let schedule = parse(written, "Europe/Berlin");
        assert_eq!(schedule.to_string(), stored, "{written}");
        assert_eq!(parse(stored, "Europe/Berlin").to_string(), stored);
    }
}

#[test]
fn schedules_are_told_in_words() {
    for (expression, words) in [
        ("rate(15 minutes)", "every 15 minutes"),
        ("rate(1 day)", "every day"),
        ("at(2026-12-24T18:00:00)", "once at 18:00 on 24 December 2026, Europe/Berlin"),
        ("cron(0 3 ? * MON-FRI *)", "at 03:00 on Monday to Friday, Europe/Berlin"),
        ("cron(0 3 * * ? *)", "at 03:00 every day, Europe/Berlin"),
        ("cron(0 3,15 ? * 1,7 *)", "at 03:00 and 15:00 on Sunday and Saturday, Europe/Berlin"),
        ("cron(0/15 * * * ? *)", "every 15 minutes, Europe/Berlin"),
        ("cron(* * * * ? *)", "every minute, Europe/Berlin"),
        ("cron(0 * * * ? *)", "every hour, Europe/Berlin"),
        ("cron(5 0/2 * * ? *)", "every 2 hours at 5 minutes past, Europe/Berlin"),
        (
            "cron(0/15 8-17 ? * MON-FRI *)",
            "every 15 minutes during hours 8 to 17 on Monday to Friday, Europe/Berlin",
        ),
        (
            "cron(1,2,3,50 1-3 * * ? *)",
            "at 1 to 3 and 50 minutes past the hour during hours 1 to 3 every day, Europe/Berlin",
        ),
        ("cron(0 0 L * ? *)", "at 00:00 on the last day of the month, Europe/Berlin"),
        ("cron(0 0 LW * ? *)", "at 00:00 on the last day of Monday to Friday of the month, Europe/Berlin"),
        (
            "cron(0 0 15W * ? *)",
            "at 00:00 on the day of Monday to Friday nearest to day 15 of the month, Europe/Berlin",
        ),
        (
            "cron(0 0 1,15 1-3 ? *)",
            "at 00:00 on days 1 and 15 of the month in January to March, Europe/Berlin",
        ),
        ("cron(0 0 ? * 6L *)", "at 00:00 on the last Friday of the month, Europe/Berlin"),
        (
            "cron(0 0 ? 12 2#1 2027-2030)",
            "at 00:00 on the first Monday of the month in December of 2027 to 2030, Europe/Berlin",
        ),
        ("cron(0 0 1 * ? 2027)", "at 00:00 on day 1 of the month in 2027, Europe/Berlin"),
    ] {
        assert_eq!(parse(expression, "Europe/Berlin").words(), words);
    }
}

fn entry(expression: &str, spread_minutes: u16) -> ScheduleEntry {
    ScheduleEntry {
        scan: "scan-1".to_owned(),
        expression: expression.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        spread_minutes,
        enabled: true,
        since: at("2026-01-01T00:00:00Z"),
    }
}

/// A year of a loop that looks every half hour or so: every time fires once, none is missed.
#[test]
fn over_a_year_each_time_is_due_once() {
    for (expression, spread) in
        [("cron(30 2 * * ? *)", 0), ("cron(0 0/6 * * ? *)", 120), ("rate(45 minutes)", 15)]
    {
        let entry = entry(expression, spread);
        let (begin, end) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let (mut now, mut handled, mut fired) = (begin, begin, Vec::new());
        while now < end {
            now = now.shifted(1_700);
            let found = due(&entry, handled, now).expect("it is right");
            assert!(
                found.missed.is_empty() && found.missed_count == 0,
                "{expression} at {}: {found:?}",
                show(now)
            );
            if let Some(time) = found.fire {
                let late = now.since(time);
                assert!((0..i64::from(spread) * 60 + 1_700).contains(&late), "{expression}: {late} s late");
                fired.push(time);
                handled = time;
            }
        }
        let expected = parse(expression, "Europe/Berlin").next_times(entry.since, begin, 100_000);
        let expected: Vec<_> =
            expected.into_iter().take_while(|time| *time <= *fired.last().expect("some")).collect();
        assert_eq!(fired, expected, "{expression}");
        assert!(fired.last().expect("some").since(end).abs() < 2 * 86_400);
    }
}

#[test]
fn after_a_stop_only_the_latest_time_fires() {
    let entry = entry("cron(0 * * * ? *)", 0);
    let found = due(&entry, at("2026-06-01T00:00:00Z"), at("2026-06-01T04:30:00Z")).expect("it is right");
    assert_eq!(found.fire.map(show), Some("2026-06-01T04:00:00Z".to_owned()));
    let missed: Vec<_> = found.missed.into_iter().map(show).collect();
    assert_eq!(missed, ["2026-06-01T01:00:00Z", "2026-06-01T02:00:00Z", "2026-06-01T03:00:00Z"]);
    assert_eq!(found.missed_count, 3);
    // Three years of every minute are dealt with at once.
    let entry = super::tests::entry("cron(* * * * ? *)", 0);
    let found = due(&entry, at("2026-06-01T00:00:00Z"), at("2029-06-01T00:00:30Z")).expect("it is right");
    assert_eq!(found.fire.map(show), Some("2029-06-01T00:00:00Z".to_owned()));
    assert_eq!(found.missed.len(), MOST_MISSED);
    assert_eq!(found.missed.last().copied().map(show), Some("2029-05-31T23:59:00Z".to_owned()));
    assert!(found.missed_count > 20_000);
}

#[test]
fn what_is_switched_off_is_not_due() {
    let entry = ScheduleEntry { enabled: false, ..entry("rate(1 minute)", 0) };
    let found = due(&entry, entry.since, entry.since.shifted(86_400)).expect("it is right");
    assert_eq!(found, DueTimes::default());
}

#[test]
fn entries_are_checked() {
    assert!(entry("rate(1 minute)", 1_440).check().is_ok());
    for wrong in [entry("rate(1 minute)", 1_441), entry("rate(1 fortnight)", 0)] {
        let error = wrong.check().expect_err("it is wrong");
        assert!(matches!(error, crate::ports::ScheduleError::Invalid { .. }), "{error:?}");
    }
}

#[test]
fn the_latest_time_is_the_one_before_the_next() {
    let since = UnixTime::EPOCH.shifted(1_900_000_000);
    for expression in ["rate(7 minutes)", "cron(0/9 3 ? * SUN *)", "cron(0 3 29 2 ? *)", "cron(* * * * ? *)"]
    {
        let schedule = parse(expression, "Europe/Berlin");
        for time in schedule.next_times(since, since.shifted(40_000_000), 5) {
            let next = schedule.next_after(since, time).expect("it goes on");
            for until in [time, time.shifted(1), next.shifted(-1)] {
                assert_eq!(schedule.last_until(since, until), Some(time), "{expression}");
            }
        }
    }
    assert_eq!(parse("rate(1 hour)", "UTC").last_until(since, since.shifted(3_599)), None);
    let once = parse("at(2030-06-01T10:00:00)", "UTC");
    let at = UnixTime::EPOCH.shifted(1_906_538_400);
    assert_eq!(once.last_until(since, at.shifted(-1)), None);
    assert_eq!(once.last_until(since, at.shifted(9)), Some(at));
}

proptest! {
    /// Any text is read or refused, and what was read is read again the same.
    #[test]
    fn any_text_is_fine(text in "[ -~]{0,40}") {
        if let Ok(schedule) = Schedule::parse(&text, "Europe/Berlin") {
            let stored = schedule.to_string();
            let again = parse(&stored, "Europe/Berlin");
            prop_assert_eq!(again.to_string(), stored);
            prop_assert!(!again.words().is_empty());
        }
    }

    /// Times ascend, wherever one asks, and their reading is one that was asked for.
    #[test]
    fn times_ascend(
        minute in prop_oneof!["[0-5]?[0-9]", "[0-9]/[1-9]", Just("*".to_owned())],
        hour in prop_oneof!["1?[0-9]", "[0-9]/[1-9]", "2-5", Just("*".to_owned())],
        after in 1_700_000_000_i64..2_000_000_000,
        zone in prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("America/New_York"), Just("Australia/Lord_Howe")],
    ) {
        let schedule = parse(&format!("cron({minute} {hour} * * ? *)"), zone);
        let mut last = UnixTime::from_seconds(after).expect("in range");
        for time in schedule.next_times(UnixTime::EPOCH, last, 20) {
            prop_assert!(time > last);
            prop_assert_eq!(schedule.next_after(UnixTime::EPOCH, time.shifted(-1)), Some(time), "one second before");
            last = time;
        }
    }

    /// The spread stays within its limit and before the next time, and is always the same.
    #[test]
    fn a_spread_keeps_its_limits(spread in 0_u16..2_000, time in 0_i64..2_000_000_000, gap in 1_i64..100_000) {
        let entry = entry("rate(1 minute)", spread);
        let time = UnixTime::from_seconds(time).expect("in range");
        let off = put_off(&entry, time, Some(time.shifted(gap)));
        prop_assert!((0..=i64::from(spread.min(1_440)) * 60).contains(&off) && off < gap);
        prop_assert_eq!(off, put_off(&entry, time, Some(time.shifted(gap))));
    }
}
