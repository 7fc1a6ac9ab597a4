use std::collections::BTreeSet;
use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::ports::Port;
use crate::targets;

fn addresses(text: &str) -> AddressSet {
    targets::parse(text).expect(text)
}

fn ports(text: &str) -> PortSpec {
    text.parse().expect(text)
}

fn options(text: &str) -> NmapOptions {
    text.parse().expect(text)
}

fn plan(targets: &str, port_text: &str, option_text: &str) -> Result<TaskCutter, CutProblem> {
    TaskCutter::plan(addresses(targets), Some(ports(port_text)), &options(option_text), TaskLimits::USUAL)
}

/// Every pair of a plan, task by task.
fn pairs(cutter: &TaskCutter) -> Vec<(IpAddr, Option<Port>)> {
    let mut pairs = Vec::new();
    for task in (0..cutter.tasks()).map(|number| cutter.task(number).expect("it is below the end")) {
        for address in task.addresses.addresses() {
            match task.ports.as_ref().and_then(PortSpec::set) {
                Some(set) => pairs.extend(set.ports().map(|port| (address, Some(port)))),
                None => pairs.push((address, None)),
            }
        }
    }
    pairs
}

fn sets() -> impl Strategy<Value = AddressSet> {
    let v4 = (0_u32..2_000, 0_u32..700).prop_map(|(first, length)| {
        let address = |value: u32| IpAddr::from(std::net::Ipv4Addr::from_bits(value));
        AddressRange::new(address(first), address(first + length))
    });
    let v6 = (0_u128..2_000, 0_u128..300).prop_map(|(first, length)| {
        let address = |value: u128| IpAddr::from(std::net::Ipv6Addr::from_bits(value));
        AddressRange::new(address(first), address(first + length))
    });
    prop::collection::vec(prop_oneof![3 => v4, 1 => v6], 1..8)
        .prop_map(|ranges| ranges.into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn every_address_and_port_is_in_exactly_one_task(
        set in sets(),
        piece in 0..9_u32,
        part in 0..5_u32,
        list in prop::sample::select(vec!["22", "20-25,80", "T:22,U:53-55", "T:1-3,U:1,S:5-6"]),
    ) {
        let spec = Some(ports(list));
        let cutter = TaskCutter::by(set.clone(), spec.clone(), Cut { addresses: 1 << piece, ports: part });
        let given = pairs(&cutter);
        let all: BTreeSet<_> = given.iter().copied().collect();
        let wanted: Vec<_> = spec.as_ref().and_then(PortSpec::set).map(|set| set.ports().collect()).unwrap_or_default();
        prop_assert_eq!(given.len(), all.len(), "a pair is in two tasks");
        prop_assert_eq!(all.len() as u128, set.count() * wanted.len() as u128);
        prop_assert!(all.iter().all(|(address, port)| set.contains(*address) && wanted.contains(&port.expect("a port"))));
        let tasks: Vec<_> = (0..cutter.tasks()).filter_map(|number| cutter.task(number)).collect();
        prop_assert_eq!(cutter.task(cutter.tasks()), None);
        prop_assert_eq!(tasks.iter().map(TaskPart::weight).sum::<u64>(), cutter.weight());
        for task in &tasks {
            prop_assert!(!task.addresses.is_empty() && task.addresses.count() <= 1 << piece);
            prop_assert_eq!(task.addresses.blocks().count(), 1);
        }
        // From any cursor on the tasks are the same.
        let again = TaskCutter::by(set, spec, cutter.cut());
        for number in (0..cutter.tasks()).rev() {
            prop_assert_eq!(again.task(number), tasks.get(number as usize).cloned());
        }
    }

    #[test]
    fn planned_tasks_keep_their_limits(
        set in sets(),
        list in prop::sample::select(vec!["22", "1-1000", "all", "U:1-2000", "T:1-500,U:1-500", "top:1000"]),
        pace in prop::sample::select(vec!["", "-T4", "-T2", "-T1", "--max-rate 10", "--scan-delay 1s", "-sV --host-timeout 5m"]),
        seconds in 600..20_000_u64,
    ) {
        let limits = TaskLimits { seconds, ..TaskLimits::USUAL };
        let options = options(pace);
        match TaskCutter::plan(set, Some(ports(list)), &options, limits) {
            Ok(cutter) => {
                prop_assert!(cutter.tasks() > 0 && u64::from(cutter.tasks()) <= limits.tasks);
                for number in [0, cutter.tasks() / 2, cutter.tasks() - 1] {
                    let task = cutter.task(number).expect("it is below the end");
                    prop_assert!(task.weight() <= limits.probes);
                    prop_assert!(u64::from(TaskCutter::worst_case_seconds(&task, &options)) <= seconds);
                }
            }
            Err(problem) => prop_assert!(!problem.hint().is_empty()),
        }
    }
}

#[test]
fn an_eight_is_65536_tasks_in_a_few_bytes() {
    let cutter = plan("10.0.0.0/8", "1-1000", "-T4").expect("it can be cut");
    assert_eq!((cutter.tasks(), cutter.stretches.len()), (65_536, 1));
    for (number, expected) in
        [(0, "10.0.0.0-10.0.0.255"), (256, "10.1.0.0-10.1.0.255"), (65_535, "10.255.255.0-10.255.255.255")]
    {
        assert_eq!(cutter.task(number).expect("a task").addresses.to_string(), expected);
    }
    assert_eq!(cutter.task(65_536), None);
}

#[test]
fn too_much_for_one_address_cuts_its_ports() {
    let cutter = plan("192.0.2.1", "U:1-65535", "-sU").expect("it can be cut");
    assert!(cutter.tasks() > 1);
    let first = cutter.task(0).expect("a task");
    assert!(first.ports.expect("ports").to_string().starts_with("U:1-"));
    // All ports of 300,000 / 65,535 addresses fit into one task.
    let cutter = plan("192.0.2.0/24", "all", "-T4").expect("it can be cut");
    assert_eq!((cutter.cut().addresses, cutter.cut().ports, cutter.tasks()), (4, 0, 64));
}

#[test]
fn what_can_not_fit_is_refused_in_a_sentence() {
    let slow = plan("192.0.2.1", "top:1000", "-T0").expect_err("it takes months");
    assert!(matches!(slow, CutProblem::TooSlow { .. }), "{slow}");
    let many = plan("10.0.0.0/8", "all", "-T4").expect_err("it is too much");
    assert_eq!(many.to_string(), "it falls into 4194304 tasks, and a run may have 99999");
    let none = TaskCutter::plan(AddressSet::default(), None, &options(""), TaskLimits::USUAL);
    assert_eq!(none.map(|_| ()), Err(CutProblem::NoAddresses));
}

#[test]
fn scattered_addresses_of_a_block_share_a_task() {
    let cutter = plan("192.0.2.1,192.0.2.9,192.0.2.200,192.0.3.0/24,192.0.4.0-192.0.4.7", "22", "")
        .expect("it can be cut");
    let tasks: Vec<_> = (0..cutter.tasks())
        .filter_map(|number| cutter.task(number))
        .map(|task| task.addresses.to_string())
        .collect();
    assert_eq!(tasks, ["192.0.2.1,192.0.2.9,192.0.2.200", "192.0.3.0-192.0.3.255", "192.0.4.0-192.0.4.7"]);
    let found = TaskCutter::plan(addresses("192.0.2.0/23"), None, &options("-sn"), TaskLimits::USUAL);
    assert_eq!(found.expect("it can be cut").task(1).expect("a task").ports, None);
}
