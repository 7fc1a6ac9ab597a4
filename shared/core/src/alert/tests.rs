use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::ids::ResultId;
use crate::ports::Port;

const NOW: UnixTime = UnixTime::EPOCH;

fn subject() -> AlertSubject {
    AlertSubject::Port {
        site: "office".parse().expect("an id"),
        address: "192.0.2.7".parse().expect("an address"),
        port: Port::tcp(3389),
        rule: "tcp-3389".to_owned(),
    }
}

fn at(seconds: i64) -> UnixTime {
    NOW.shifted(seconds)
}

fn order(seconds: i64) -> Order {
    Order { time: at(seconds), result: ResultId([1; 32]) }
}

fn facts() -> Facts {
    Facts { severity: Severity::Critical, title: "open".to_owned(), detail: String::new() }
}

fn holds(seconds: i64) -> AlertEvent {
    AlertEvent::Holds { order: Some(order(seconds)), facts: facts(), quiet: false }
}

fn fails(seconds: i64) -> AlertEvent {
    AlertEvent::Fails { order: Some(order(seconds)), note: "closed".to_owned() }
}

fn went(seconds: i64) -> AlertEvent {
    AlertEvent::WentWithHost { order: order(seconds) }
}

fn person(action: Action) -> AlertEvent {
    AlertEvent::Person { actor: "token-1".to_owned(), action }
}

fn ignore(until: i64) -> AlertEvent {
    person(Action::Ignore { until: at(until), reason: "known".to_owned() })
}

/// The alert after events at their times, and what was told of which episode.
fn run(events: Vec<(i64, AlertEvent)>) -> (Alert, Vec<(u32, Telling)>) {
    let mut alert = Alert::unheard(subject(), NOW);
    let mut told = Vec::new();
    for (seconds, event) in events {
        let tellings;
        (alert, tellings) = step(alert, event, at(seconds));
        told.extend(tellings.into_iter().map(|telling| (alert.episode, telling)));
    }
    (alert, told)
}

#[test]
fn an_alert_opens_once_resolves_by_evidence_and_opens_as_a_new_episode() {
    let (alert, told) =
        run(vec![(1, holds(1)), (2, holds(2)), (3, fails(3)), (4, fails(3)), (5, holds(5)), (6, holds(2))]);
    assert_eq!(told, [(1, Telling::Opened), (1, Telling::Resolved), (2, Telling::Opened)]);
    assert_eq!((alert.state(at(6)), alert.episode, alert.opened), (AlertState::Open, 2, at(5)));
}

#[test]
fn evidence_that_comes_too_late_neither_opens_nor_resolves() {
    let (alert, told) = run(vec![(9, fails(5)), (9, holds(4))]);
    assert_eq!((alert.state(at(9)), alert.episode), (AlertState::Resolved, 0));
    let (alert, more) = run(vec![(9, holds(5)), (9, fails(4)), (9, went(3))]);
    assert_eq!(alert.state(at(9)), AlertState::Open);
    assert_eq!((told, more), (vec![], vec![(1, Telling::Opened)]));
}

#[test]
fn a_host_that_goes_makes_its_alerts_dormant_and_they_wake_as_the_same_episode() {
    let (alert, told) = run(vec![(1, holds(1)), (2, went(2)), (3, holds(3))]);
    assert_eq!((alert.state(at(3)), alert.episode), (AlertState::Open, 1));
    assert_eq!(told, [(1, Telling::Opened)]);
    let (alert, told) = run(vec![(1, holds(1)), (2, went(2)), (3, fails(3))]);
    assert_eq!(alert.state(at(3)), AlertState::Resolved);
    assert_eq!(told, [(1, Telling::Opened)]);
}

#[test]
fn a_dormant_alert_resolves_after_thirty_days_gone_and_not_while_its_host_is_back() {
    let gone = [(1, holds(1)), (2, went(2))];
    let day = 86_400;
    let with = |more: Vec<(i64, AlertEvent)>| run(gone.iter().cloned().chain(more).collect()).0;
    let tick = |days: i64| (days * day + 2, AlertEvent::Tick);
    assert_eq!(with(vec![tick(29)]).state(at(30 * day)), AlertState::Dormant);
    assert_eq!(with(vec![tick(30)]).state(at(31 * day)), AlertState::Resolved);
    let back = (day, AlertEvent::Host { order: order(day), up: true });
    assert_eq!(with(vec![back.clone(), tick(90)]).state(at(90 * day)), AlertState::Dormant);
    let again = (2 * day, AlertEvent::Host { order: order(2 * day), up: false });
    let stale = (3 * day, AlertEvent::Host { order: order(day), up: true });
    let alert = with(vec![back, again, stale, tick(32)]);
    assert_eq!(alert.state(at(33 * day)), AlertState::Resolved);
}

#[test]
fn an_ignored_alert_is_quiet_over_episodes_until_its_time_and_then_speaks_if_still_true() {
    let begin = vec![(1, holds(1)), (2, ignore(100)), (3, fails(3)), (4, holds(4)), (5, holds(5))];
    let (alert, told) = run(begin.clone());
    assert_eq!((alert.state(at(99)), alert.state(at(100))), (AlertState::Ignored, AlertState::Open));
    assert_eq!(told, [(1, Telling::Opened)]);
    let with = |event| run(begin.iter().cloned().chain([event]).collect());
    // It opened while it was ignored, so nobody knows of this episode.
    assert_eq!(with((100, AlertEvent::Tick)).1, [(1, Telling::Opened), (2, Telling::Opened)]);
    assert_eq!(with((100, fails(100))).1, [(1, Telling::Opened)]);
    let (alert, told) = run(vec![(1, holds(1)), (2, ignore(100)), (100, AlertEvent::Tick), (101, fails(9))]);
    let ended = Telling::IgnoreEnded(at(100));
    assert_eq!(told, [(1, Telling::Opened), (1, ended), (1, Telling::Resolved)]);
    assert_eq!(alert.history.len(), 4);
}

#[test]
fn people_acknowledge_action_and_take_back() {
    let acknowledge = || person(Action::Acknowledge { note: String::new() });
    let (alert, told) = run(vec![(1, holds(1)), (2, acknowledge()), (3, acknowledge()), (4, holds(4))]);
    assert_eq!(alert.state(at(4)), AlertState::Acknowledged);
    assert_eq!((told.len(), alert.history.len()), (1, 2));
    let action = person(Action::Action { note: "blocked".to_owned() });
    let reopen = person(Action::Reopen { note: String::new() });
    let (alert, _) = run(vec![(1, holds(1)), (2, action.clone()), (3, action.clone())]);
    assert_eq!((alert.state(at(3)), alert.history.len()), (AlertState::Actioned, 2));
    let (alert, _) = run(vec![(1, holds(1)), (2, action.clone()), (3, reopen.clone())]);
    assert_eq!(alert.state(at(3)), AlertState::Open);
    // A new episode begins where nobody has done anything.
    let (alert, _) = run(vec![(1, holds(1)), (2, action), (3, fails(3)), (4, reopen), (5, holds(5))]);
    assert_eq!(alert.state(at(5)), AlertState::Open);
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let (open, _) = run(vec![(1, holds(1))]);
    let check = |alert: &Alert, action| check_action(alert, &action, at(10));
    let ignore = |until, reason: &str| Action::Ignore { until: at(until), reason: reason.to_owned() };
    assert_eq!(check(&open, ignore(11, "why")), Ok(()));
    assert_eq!(check(&open, ignore(10, "why")), Err(ActionRefused::Until));
    assert_eq!(check(&open, ignore(10_000_000_000, "why")), Err(ActionRefused::Until));
    assert_eq!(check(&open, ignore(11, " ")), Err(ActionRefused::NoReason));
    assert_eq!(check(&open, ignore(11, &"a".repeat(1_001))), Err(ActionRefused::NoteTooLong));
    let acknowledge = Action::Acknowledge { note: String::new() };
    assert_eq!(check(&Alert::unheard(subject(), NOW), acknowledge.clone()), Err(ActionRefused::Resolved));
    let long = Action::Reopen { note: "a".repeat(1_001) };
    assert_eq!(check(&open, long), Err(ActionRefused::NoteTooLong));
}

#[test]
fn a_quiet_opening_is_told_neither_then_nor_at_its_end() {
    let quiet = AlertEvent::Holds { order: Some(order(1)), facts: facts(), quiet: true };
    let (alert, told) = run(vec![(1, quiet), (2, went(2)), (3, holds(3)), (4, fails(4))]);
    assert_eq!((alert.episode, told), (1, vec![]));
}

#[test]
fn trouble_without_an_order_is_as_of_now() {
    let up = || AlertEvent::Holds { order: None, facts: facts(), quiet: false };
    let down = || AlertEvent::Fails { order: None, note: String::new() };
    let (alert, told) = run(vec![(5, up()), (5, up()), (5, down()), (5, down()), (5, up())]);
    assert_eq!((alert.episode, told.len()), (2, 3));
}

#[test]
fn opening_again_and_again_is_flapping() {
    let events = (0..4).flat_map(|n| [(n * 10, holds(n * 10 + 1)), (n * 10 + 5, fails(n * 10 + 5))]);
    let (alert, _) = run(events.collect());
    assert!(alert.is_flapping(at(40)) && !alert.is_flapping(at(3 * 86_400)));
    let many = (0..300).flat_map(|n| [(n * 10, holds(n * 10 + 1)), (n * 10 + 5, fails(n * 10 + 5))]);
    assert_eq!(run(many.collect()).0.history.len(), MOST_HISTORY);
}

#[test]
fn ids_follow_what_an_alert_is_about() {
    let trouble = |site: Option<&str>, name: &str| {
        let site = site.map(|site| site.parse().expect("an id"));
        AlertSubject::Trouble(Trouble { kind: TroubleKind::SilentAgent, site, name: name.to_owned() }).id()
    };
    assert_eq!(trouble(None, "a"), trouble(None, "a"));
    assert_ne!(trouble(None, "a"), trouble(None, "b"));
    assert_ne!(trouble(Some("a"), ""), trouble(None, "a"));
    let id = subject().id();
    assert_eq!(id.to_string().parse(), Ok(id));
    for text in ["", "+0000000000000000000000000000001", &"A".repeat(32), &"a".repeat(33)] {
        assert!(text.parse::<AlertId>().is_err(), "{text}");
    }
}

fn evidence() -> impl Strategy<Value = AlertEvent> {
    (0..4_u8, 1..12_i64).prop_map(|(kind, seconds)| match kind {
        0 => holds(seconds),
        1 => fails(seconds),
        2 => went(seconds),
        _ => AlertEvent::Host { order: order(seconds), up: seconds % 2 == 0 },
    })
}

fn anything() -> impl Strategy<Value = AlertEvent> {
    let acts = (0..4_u8, 1..60_i64).prop_map(|(kind, seconds)| match kind {
        0 => ignore(seconds),
        1 => person(Action::Acknowledge { note: String::new() }),
        2 => person(Action::Reopen { note: String::new() }),
        _ => AlertEvent::Tick,
    });
    prop_oneof![3 => evidence(), 1 => acts]
}

fn place(event: &AlertEvent) -> Option<Order> {
    match event {
        AlertEvent::Holds { order, .. } | AlertEvent::Fails { order, .. } => *order,
        AlertEvent::WentWithHost { order } => Some(*order),
        _ => None,
    }
}

proptest! {
    #[test]
    fn nothing_is_told_twice_and_nothing_while_it_is_ignored(
        events in prop::collection::vec((anything(), 0..6_i64), 0..40),
    ) {
        let mut alert = Alert::unheard(subject(), NOW);
        let (mut told, mut now) = (BTreeSet::new(), 0);
        for (event, later) in events {
            now += later;
            let before = alert.clone();
            let is_evidence = place(&event).is_some() || matches!(event, AlertEvent::Tick);
            let tellings;
            (alert, tellings) = step(alert, event.clone(), at(now));
            for telling in tellings {
                prop_assert!(!alert.is_ignored(at(now)), "{telling:?} of {alert:?}");
                prop_assert!(told.insert((alert.episode, telling.name())), "{telling:?} twice");
            }
            let is_dormant = |alert: &Alert| matches!(alert.truth, Truth::Dormant { .. });
            let same_truth = alert.truth == before.truth || is_dormant(&alert) && is_dormant(&before);
            prop_assert!(is_evidence || same_truth);
            let opened = alert.truth == Truth::Holds && before.truth == Truth::Fails;
            prop_assert_eq!(alert.episode, before.episode + u32::from(opened));
            // The same again changes nothing.
            let (again, more) = step(alert.clone(), event, at(now));
            prop_assert_eq!(&again, &alert);
            prop_assert!(more.is_empty());
        }
    }

    #[test]
    fn the_truth_is_that_of_the_latest_evidence_in_any_order(
        events in prop::collection::vec(evidence(), 1..20),
        repeats in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        // One result says one thing.
        let mut seen = BTreeSet::new();
        let once: Vec<_> = events.into_iter().filter(|event| place(event).is_none_or(|at| seen.insert(at))).collect();
        let latest = once.iter().filter(|event| place(event).is_some()).max_by_key(|event| place(event));
        let again = repeats.iter().map(|index| once[index.index(once.len())].clone());
        let all: Vec<_> = once.iter().cloned().chain(again).map(|event| (20, event)).collect();
        let (alert, _) = run(all);
        let open = matches!(latest, Some(AlertEvent::Holds { .. }));
        prop_assert_eq!(alert.truth == Truth::Holds, open, "{:?} {:?}", alert, once);
        if matches!(latest, Some(AlertEvent::Fails { .. }) | None) {
            prop_assert_eq!(alert.truth, Truth::Fails);
        }
    }
}

#[test]
fn a_rule_that_is_put_back_finds_the_evidence_that_it_had() {
    let (alert, told) = run(vec![(10, holds(10)), (20, AlertEvent::RuleGone), (30, holds(10))]);
    assert_eq!((alert.state(at(30)), alert.episode), (AlertState::Open, 2));
    assert_eq!(told, [(1, Telling::Opened), (2, Telling::Opened)]);
    let (alert, _) = run(vec![(10, holds(10)), (20, AlertEvent::RuleGone), (30, holds(9))]);
    assert_eq!(alert.state(at(30)), AlertState::Resolved, "what is older comes too late");
    let (alert, _) = run(vec![(10, holds(10)), (20, AlertEvent::RuleGone), (30, holds(10)), (40, fails(10))]);
    assert_eq!(alert.state(at(40)), AlertState::Open, "from then on it counts as before");
}
