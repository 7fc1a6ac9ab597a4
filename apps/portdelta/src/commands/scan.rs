//! `portdelta scan`: scan, remember, show what changed.

use std::num::NonZeroUsize;
use std::time::Duration;

use portdelta_app::repositories::Judgement;
use portdelta_app::{App, Upload};
use portdelta_core::ids::SiteId;
use portdelta_core::nmap_options::{NmapOptions, Preset};
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::Targets;
use portdelta_core::{AddressSet, Protocol};

use super::import::packed;
use crate::arguments::{OutputFormat, ScanArguments};
use crate::failure::{EXIT_CHANGES, EXIT_ERROR, EXIT_INTERRUPTED, Failure, warn};
use crate::inputs;
use crate::nmap::{self, Scan, bar};
use crate::output::{DIM, RunSummary};
use crate::store;

/// All scans of the command line share a lens for each way to look for hosts.
const LENS: &str = "command-line";

/// Runs nmap for each address family, and takes its results in.
pub async fn scan(arguments: &ScanArguments) -> Result<u8, Failure> {
    let addresses = addresses(arguments)?;
    let found = nmap::find().await?;
    let (options, ports) = options(arguments, found.is_privileged())?;
    let folder = store::folder(&arguments.store)?;
    let app = store::open(&folder)?;
    wait_for_a_new_second(&app, &arguments.store.site).await?;
    let run = app.new_run()?;
    let mut reports = Vec::new();
    let mut interrupted = false;
    for part in families(&addresses) {
        let raw_packets = found.is_privileged();
        let scan = Scan { targets: &part, ports: ports.as_ref(), options: &options, raw_packets };
        let say = arguments.format.format == OutputFormat::Table;
        if say {
            let count = u64::try_from(part.count()).unwrap_or(u64::MAX);
            let addresses = if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") };
            anstream::eprintln!("{DIM}Scanning {addresses} with nmap {}{DIM:#}", found.version());
        }
        let output = nmap::run(&scan).await?;
        if let Some(trouble) = &output.trouble {
            warn(trouble);
        }
        interrupted |= output.interrupted;
        // Only an nmap that was interrupted at once writes nothing and is no failure.
        if output.xml.is_empty() {
            break;
        }
        let upload = Upload {
            site: arguments.store.site.clone(),
            source: format!("nmap {}", output.arguments),
            title: format!("scan {}", arguments.targets.join(" ")),
            raw: packed(&output.xml[..])
                .map_err(|error| {
                    Failure::new("packing_failed", format!("could not pack the result: {error}"))
                })?
                .into(),
            run: Some(run.clone()),
            by: None,
            judgement: Judgement {
                run: run.clone(),
                scan: Some(LENS.to_owned()),
                targets: Some(part),
                ports: None,
                default_time: app.now(),
                time_zone: "UTC".to_owned(),
                // Something that is not nmap is then refused for what it writes.
                format: None,
                confirm_open: arguments.confirm_open,
                confirm_close: arguments.confirm_close,
            },
        };
        let bar = bar::of_blocks();
        let report = app.ingest(upload, &|done, total| bar::show(&bar, done, total)).await;
        bar.finish_and_clear();
        reports.push(report?);
        if interrupted {
            break;
        }
    }
    if reports.is_empty() {
        return Ok(EXIT_INTERRUPTED);
    }
    let summary = RunSummary::of(reports);
    summary.print(arguments.format.format, arguments.why)?;
    Ok(match () {
        () if interrupted => EXIT_INTERRUPTED,
        () if summary.is_refused() => EXIT_ERROR,
        () if arguments.fail_on_change && !summary.deltas.is_empty() => EXIT_CHANGES,
        () => 0,
    })
}

/// Evidence is ordered by the scanner's times, which are seconds: a scan that began in the second in which the last
/// one ended could not be told to be the later one.
async fn wait_for_a_new_second(app: &App, site: &SiteId) -> Result<(), Failure> {
    let newest = app.runs(site, Some(NonZeroUsize::MIN), None).await?;
    let ended = newest.runs.first().and_then(|run| run.finished);
    // A clock that was set back by more than that is not waited for.
    for _ in 0..30 {
        if ended.is_none_or(|ended| ended < app.now()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn addresses(arguments: &ScanArguments) -> Result<AddressSet, Failure> {
    let include = inputs::addresses(&arguments.targets.join(","))?;
    let exclude = inputs::exclusions(&arguments.exclude)?;
    let addresses = Targets { include, exclude }.addresses();
    if addresses.is_empty() {
        return Err(Failure::new("no_targets", "the exclusions leave no address to scan")
            .hint("Exclude less, or name other targets."));
    }
    Ok(addresses)
}

/// The options and ports to scan with; `None` for the ports of a scan that looks for hosts only.
fn options(arguments: &ScanArguments, privileged: bool) -> Result<(NmapOptions, Option<PortSpec>), Failure> {
    let preset = arguments.preset.as_deref().map(preset).transpose()?;
    let text = arguments.options.as_deref().or(preset.map(|preset| preset.options)).unwrap_or_default();
    let options: NmapOptions =
        text.parse().map_err(|mistake: portdelta_core::nmap_options::OptionMistake| {
            Failure::new(mistake.code(), mistake.to_string())
                .pointer(&mistake.point_at(text))
                .hint(mistake.hint())
        })?;
    let ports = match (&arguments.ports, preset) {
        (Some(ports), _) => Some(inputs::ports(ports)?),
        (None, Some(preset)) => preset.ports.map(inputs::ports).transpose()?,
        (None, None) => Some(PortSpec::Top(1000)),
    };
    let ports = ports.filter(|_| !options.discovery_only);
    let protocols: Vec<Protocol> = ports.as_ref().map(PortSpec::protocols).unwrap_or_default();
    let options = options.for_ports(&protocols);
    options.check().map_err(|conflict| {
        Failure::new("conflicting_options", conflict.to_string()).hint(conflict.hint())
    })?;
    if privileged {
        return Ok((options, ports));
    }
    let options = options
        .unprivileged()
        .map_err(|needs| Failure::new(needs.code(), needs.to_string()).hint(needs.hint()))?;
    Ok((options, ports))
}

fn preset(name: &str) -> Result<&'static Preset, Failure> {
    Preset::named(name).ok_or_else(|| {
        let names: Vec<_> = portdelta_core::nmap_options::PRESETS.iter().map(|preset| preset.name).collect();
        Failure::new("unknown_preset", format!("there is no preset {name}"))
            .hint(format!("Presets are {}.", names.join(", ")))
    })
}

/// nmap scans one family at a time.
fn families(addresses: &AddressSet) -> Vec<AddressSet> {
    let of = |v4: bool| -> AddressSet {
        addresses.ranges().iter().copied().filter(|range| range.first().is_ipv4() == v4).collect()
    };
    [of(true), of(false)].into_iter().filter(|set| !set.is_empty()).collect()
}
