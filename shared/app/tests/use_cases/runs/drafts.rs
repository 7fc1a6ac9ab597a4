//! What people write into scans, sites and networks, and what they are told.

use portdelta_app::AppError;
use portdelta_app::repositories::{NetworkDraft, ScanDraft, ScanSchedule};
use portdelta_core::run::RunOutcome;

use super::world::{Net, World, draft};
use crate::store::site;

/// (field, code, piece of text that is pointed at) of the mistake in a draft.
async fn mistake(world: &World, draft: &ScanDraft) -> (String, String, String) {
    match world.memory.app().check_scan(draft).await {
        Err(AppError::Invalid(invalid)) => {
            assert!(!invalid.hint.is_empty() && !invalid.message.contains('\x1b'), "{invalid:?}");
            let piece = invalid.position.map(|place| place.piece).unwrap_or_default();
            (invalid.field.to_owned(), invalid.code.to_owned(), piece)
        }
        other => panic!("{draft:?} gave {other:?}"),
    }
}

#[tokio::test]
async fn mistakes_are_named_with_their_field_and_place() {
    let world = World::new();
    world.scan("192.0.2.1", "22").await;
    let good = || draft("192.0.2.0/24", "22");
    let with = |change: fn(&mut ScanDraft)| {
        let mut draft = good();
        change(&mut draft);
        draft
    };
    let cases: [(ScanDraft, &str, &str, &str); 22] = [
        (with(|draft| draft.name = " ".to_owned()), "name", "text_empty", ""),
        (with(|draft| draft.name = "a\x1b[2J".to_owned()), "name", "text_control", ""),
        (with(|draft| draft.targets = String::new()), "targets", "no_targets", ""),
        (
            with(|draft| draft.targets = "10.0.0.1, web.example".to_owned()),
            "targets",
            "target_is_host_name",
            "web.example",
        ),
        (
            with(|draft| draft.targets = "2001:db8::/64".to_owned()),
            "targets",
            "target_v6_too_large",
            "2001:db8::/64",
        ),
        (
            with(|draft| draft.targets = "-iL/etc/passwd".to_owned()),
            "targets",
            "target_is_option",
            "-iL/etc/passwd",
        ),
        (
            with(|draft| draft.exclusions = "192.0.2.x".to_owned()),
            "exclusions",
            "target_is_host_name",
            "192.0.2.x",
        ),
        (with(|draft| draft.exclusions = "192.0.2.0/23".to_owned()), "exclusions", "no_targets_left", ""),
        (with(|draft| draft.ports = String::new()), "ports", "no_ports", ""),
        (with(|draft| draft.ports = "22,65536".to_owned()), "ports", "port_too_large", "65536"),
        (with(|draft| draft.options = "-sT -oN /tmp/x".to_owned()), "options", "", ""),
        (with(|draft| draft.options = "-sT -sU".to_owned()), "options", "options_without_ports", "-sU"),
        (with(|draft| draft.options = "-sn".to_owned()), "ports", "ports_without_scan", ""),
        (with(|draft| draft.options = "-Pn -sn".to_owned()), "options", "options_conflict", "-sn"),
        (with(|draft| draft.confirm_open = 0), "confirm_open", "out_of_range", ""),
        (with(|draft| draft.deadline_minutes = 0), "deadline_minutes", "out_of_range", ""),
        (with(|draft| draft.sites.clear()), "sites", "no_sites", ""),
        (with(|draft| draft.sites = vec!["nowhere".parse().expect("an id")]), "sites", "site_unknown", ""),
        (with(|draft| draft.sites.push(draft.sites[0].clone())), "sites", "site_repeated", ""),
        (with(|draft| draft.networks = vec!["Lab".to_owned()]), "networks", "network_unknown", ""),
        (
            with(|draft| draft.blackout_windows = vec!["MO 08:00-18:00".to_owned()]),
            "blackout_windows",
            "schedule_cron",
            "MO",
        ),
        (
            with(|draft| {
                draft.blackout_windows = vec!["02:00-04:00 Europe/Berlin".to_owned()];
                draft.schedule = Some(ScanSchedule {
                    expression: "every day at 03:00".to_owned(),
                    time_zone: "Europe/Berlin".to_owned(),
                    spread_minutes: 0,
                });
            }),
            "blackout_windows",
            "windows_hide_schedule",
            "",
        ),
    ];
    for (draft, field, code, piece) in cases {
        let found = mistake(&world, &draft).await;
        assert_eq!(found.0, field, "{draft:?}");
        assert!(code.is_empty() || found.1 == code, "{found:?} is not {code}");
        assert!(piece.is_empty() || found.2 == piece, "{found:?} does not point at {piece}");
    }
    let slow = ScanDraft { options: "-sT -T0".to_owned(), ports: "top:1000".to_owned(), ..good() };
    assert_eq!(mistake(&world, &slow).await.1, "task_too_slow");
    let raw = ScanDraft { ports: "T:22,U:53".to_owned(), options: "-O".to_owned(), ..good() };
    let checked = world.memory.app().check_scan(&raw).await;
    assert_eq!(checked.expect("it is well").needs_root, ["-sU", "-O"]);
}

#[tokio::test]
async fn networks_are_targets_as_they_are_when_a_run_begins() {
    let world = World::new();
    let app = world.memory.app();
    let lab = NetworkDraft {
        name: "Lab".to_owned(),
        prefixes: "192.0.2.0/24".to_owned(),
        ..NetworkDraft::default()
    };
    let mut network = app.create_network(&lab).await.expect("it is new");
    assert_eq!(
        app.create_network(&lab).await.map_err(|error| error.code().to_owned()),
        Err("exists".to_owned())
    );
    let scan =
        ScanDraft { networks: vec!["Lab".to_owned()], exclusions: "192.0.2.7".to_owned(), ..draft("", "22") };
    let scan = world.scan_of(&scan).await;
    let first = world.run(&scan, &Net::of(&[("192.0.2.1", &[22]), ("192.0.2.7", &[22])])).await;
    assert_eq!((first.tasks_total, first.networks.as_slice()), (1, &["Lab".to_owned()][..]));
    assert_eq!(first.totals.first_looks.hosts, 1, "what is excluded is not scanned");
    network.prefixes = portdelta_core::targets::parse("192.0.2.0/23").expect("targets");
    app.edit_network(&network, None).await.expect("it is edited");
    let second = world.run(&scan, &Net::default()).await;
    assert_eq!((second.tasks_total, second.outcome), (2, RunOutcome::Complete));
    app.delete_network("Lab").await.expect("it is gone");
    let due = portdelta_app::Due::At(second.finished.shifted(60));
    let skipped = world.service().begin_run(&scan.id, &site(), &due).await.expect("no error");
    assert!(
        matches!(&skipped, portdelta_app::RunBegun::Skipped(note) if note.code == "scan.invalid"),
        "{skipped:?}"
    );
}

#[tokio::test]
async fn sites_are_made_edited_and_switched_off() {
    let world = World::new();
    let app = world.memory.app();
    let made = app.create_site(site(), "", "behind the door").await.expect("it is new");
    assert_eq!((made.name.as_str(), made.active), ("office", true));
    let again = app.create_site(site(), "x", "").await.expect_err("it is there");
    assert_eq!(again.code(), "exists");
    let off = app.deactivate_site(&site()).await.expect("it is there");
    assert!(!off.active && off.notes == "behind the door");
    let refused = app.check_scan(&draft("192.0.2.1", "22")).await.expect_err("the site is off");
    assert_eq!(refused.code(), "site_inactive");
    assert_eq!(app.sites().await.expect("readable"), [off]);
}

#[tokio::test]
async fn a_clone_is_a_scan_of_its_own_that_does_not_fire() {
    let world = World::new();
    let scan = world.scan("192.0.2.1", "22").await;
    let copy = world.service().clone_scan(&scan.id, None).await.expect("it is cloned");
    assert_eq!((copy.draft.name.as_str(), copy.draft.scheduled), ("Office (copy)", false));
    assert_ne!(copy.id, scan.id);
    let named = world.service().clone_scan(&scan.id, Some("Other")).await.expect("it is cloned");
    assert_eq!(named.draft.name, "Other");
    assert_eq!(world.memory.app().scans().await.expect("readable").len(), 3);
    let none = world.service().clone_scan("", None).await.expect_err("there is none");
    assert_eq!(none.code(), "unknown");
}
