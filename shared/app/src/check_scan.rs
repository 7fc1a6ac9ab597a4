//! Whether a scan can be run as people wrote it, and what it comes to.

use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::place::Place;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::{MAX_ADDRESSES, Targets, TargetsMistake, parse, parse_exclusions};
use portdelta_core::tasks::{TaskCutter, TaskLimits};
use portdelta_core::{AddressSet, UnixTime};

use crate::App;
use crate::active_site::check_active;
use crate::check::{invalid_target, line, number, paragraph};
use crate::error::{AppError, Invalid};
use crate::repositories::{Network, ScanDraft, Site};
use crate::schedule::{BlackoutWindows, MAX_SPREAD_MINUTES, Schedule, ScheduleMistake};

/// The longest text of targets, exclusions, ports or options, in bytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// How much of a deadline a single task may take.
const TASK_SHARE: u64 = 2;

/// What a scan comes to.
#[derive(Clone, Debug)]
pub struct CheckedScan {
    /// What is scanned: targets and networks, less exclusions.
    pub addresses: AddressSet,
    /// The ports; `None` where none are probed.
    pub ports: Option<PortSpec>,
    /// The options with a technique for each protocol.
    pub options: NmapOptions,
    /// How it is cut.
    pub cutter: TaskCutter,
    /// Options that agents can honour only with the right to send raw packets.
    pub needs_root: Vec<String>,
}

impl App {
    /// Checks a scan against what is there now, without storing it.
    pub async fn check_scan(&self, draft: &ScanDraft) -> Result<CheckedScan, AppError> {
        let networks = if draft.networks.is_empty() { Vec::new() } else { self.networks().await? };
        let checked = check(draft, &networks)?;
        let sites = self.sites().await?;
        check_sites(draft, &sites)?;
        check_windows(draft, self.now())?;
        Ok(checked)
    }
}

/// The scan that a draft describes, with the addresses that networks have now.
pub fn check(draft: &ScanDraft, networks: &[Network]) -> Result<CheckedScan, Invalid> {
    line("name", &draft.name)?;
    paragraph("description", &draft.description)?;
    for (field, text) in [
        ("targets", &draft.targets),
        ("exclusions", &draft.exclusions),
        ("ports", &draft.ports),
        ("options", &draft.options),
    ] {
        if text.len() > MAX_TEXT_BYTES {
            let message = format!("it has {} bytes, and at most {MAX_TEXT_BYTES} are allowed", text.len());
            return Err(Invalid::field(field, "text_too_long", message, "make several scans of it"));
        }
    }
    number("confirm_open", draft.confirm_open, (1, 20), "a number of results")?;
    number("confirm_close", draft.confirm_close, (1, 20), "a number of results")?;
    let deadline = number("deadline_minutes", draft.deadline_minutes, (1, 7 * 24 * 60), "minutes")?;
    check_schedule(draft)?;

    let addresses = addresses(draft, networks)?;
    let (ports, options) = ports_and_options(draft)?;
    let seconds = (u64::from(deadline) * 60 / TASK_SHARE).min(TaskLimits::USUAL.seconds);
    let limits = TaskLimits { seconds, ..TaskLimits::USUAL };
    let cutter = TaskCutter::plan(addresses.clone(), ports.clone(), &options, limits)
        .map_err(|problem| Invalid::field("targets", problem.code(), problem.to_string(), problem.hint()))?;
    let needs_root = options.needs_root();
    // A SYN scan falls back to connecting.
    let needs_root = needs_root.into_iter().filter(|option| option != "-sS").collect();
    Ok(CheckedScan { addresses, ports, options, cutter, needs_root })
}

fn check_schedule(draft: &ScanDraft) -> Result<(), Invalid> {
    BlackoutWindows::read(&draft.blackout_windows)?;
    let Some(schedule) = &draft.schedule else { return Ok(()) };
    number("schedule.spread_minutes", schedule.spread_minutes, (0, MAX_SPREAD_MINUTES), "minutes")?;
    Schedule::parse(&schedule.expression, &schedule.time_zone)?;
    Ok(())
}

/// Refuses a schedule that would never fire because of the windows. When a rate fires depends on when the scan is made.
fn check_windows(draft: &ScanDraft, now: UnixTime) -> Result<(), Invalid> {
    let Some(schedule) = &draft.schedule else { return Ok(()) };
    let windows = BlackoutWindows::read(&draft.blackout_windows)?;
    let schedule = Schedule::parse(&schedule.expression, &schedule.time_zone)?;
    let hidden = schedule.next_after(now, now).is_some() && windows.next_of(&schedule, now, now).is_none();
    if hidden && !schedule.is_rate() {
        return Err(ScheduleMistake::windows_hide_schedule().into());
    }
    Ok(())
}

fn check_sites(draft: &ScanDraft, sites: &[Site]) -> Result<(), Invalid> {
    let invalid = |code, message: String, hint: &str| Err(Invalid::field("sites", code, message, hint));
    if draft.sites.is_empty() {
        return invalid("no_sites", "no sites are given".to_owned(), "name at least one site to scan from");
    }
    for (place, id) in draft.sites.iter().enumerate() {
        check_active("sites", id, sites.iter().find(|site| site.id == *id))?;
        if draft.sites[..place].contains(id) {
            return invalid("site_repeated", format!("site {id} is named twice"), "name each site once");
        }
    }
    Ok(())
}

fn addresses(draft: &ScanDraft, networks: &[Network]) -> Result<AddressSet, Invalid> {
    let none = draft.targets.trim().is_empty();
    if draft.networks.is_empty() {
        return match Targets::parse(&draft.targets, &draft.exclusions) {
            Ok(targets) => Ok(targets.addresses()),
            Err(TargetsMistake::Include(mistake)) => Err(invalid_target("targets", &mistake)),
            Err(TargetsMistake::Exclude(mistake)) => Err(invalid_target("exclusions", &mistake)),
            Err(mistake @ TargetsMistake::NothingLeft) => {
                Err(Invalid::field("exclusions", mistake.code(), mistake.to_string(), mistake.hint()))
            }
        };
    }
    let include = if none {
        AddressSet::default()
    } else {
        parse(&draft.targets).map_err(|mistake| invalid_target("targets", &mistake))?
    };
    let mut ranges = include.ranges().to_vec();
    for name in &draft.networks {
        let Some(network) = networks.iter().find(|network| network.name == *name) else {
            let message = format!("there is no network {}", portdelta_core::escape::escape(name));
            return Err(Invalid::field("networks", "network_unknown", message, "make the network first"));
        };
        ranges.extend(network.prefixes.ranges());
    }
    let exclude =
        parse_exclusions(&draft.exclusions).map_err(|mistake| invalid_target("exclusions", &mistake))?;
    let addresses = ranges.into_iter().collect::<AddressSet>().without(&exclude);
    if addresses.is_empty() {
        let mistake = TargetsMistake::NothingLeft;
        return Err(Invalid::field("exclusions", mistake.code(), mistake.to_string(), mistake.hint()));
    }
    if addresses.count() > MAX_ADDRESSES {
        let message = format!("the networks have more than {MAX_ADDRESSES} addresses (a /8)");
        return Err(Invalid::field(
            "networks",
            "targets_too_many",
            message,
            "name smaller networks, or exclude some",
        ));
    }
    Ok(addresses)
}

fn ports_and_options(draft: &ScanDraft) -> Result<(Option<PortSpec>, NmapOptions), Invalid> {
    let options: NmapOptions =
        draft.options.parse().map_err(|mistake: portdelta_core::nmap_options::OptionMistake| {
            let invalid = Invalid::field("options", mistake.code(), mistake.to_string(), mistake.hint());
            invalid.at(mistake.place)
        })?;
    let named = !draft.ports.trim().is_empty();
    if options.discovery_only {
        if named {
            return Err(Invalid::field(
                "ports",
                "ports_without_scan",
                "the options look for hosts only (-sn), and ports are given",
                "leave the ports empty, or take -sn out of the options",
            ));
        }
        return Ok((None, options));
    }
    let ports: PortSpec =
        draft.ports.parse().map_err(|mistake: portdelta_core::port_spec::PortMistake| {
            Invalid::field("ports", mistake.code(), mistake.to_string(), mistake.hint()).at(mistake.place)
        })?;
    let protocols = ports.protocols();
    for technique in &options.techniques {
        if !protocols.contains(&technique.protocol()) {
            let option = format!("-s{}", technique.letter());
            let message = format!("{option} scans {} ports, and none is given", technique.protocol());
            let invalid = Invalid::field(
                "options",
                "options_without_ports",
                message,
                "name such ports (T:22,U:53,S:2905), or leave the option out",
            );
            let place = Place::find(&draft.options, &option);
            return Err(place.map_or(invalid.clone(), |place| invalid.at(place)));
        }
    }
    let options = options.for_ports(&protocols);
    options.check().map_err(|conflict| {
        Invalid::field("options", "options_conflict", conflict.to_string(), conflict.hint())
    })?;
    Ok((Some(ports), options))
}
