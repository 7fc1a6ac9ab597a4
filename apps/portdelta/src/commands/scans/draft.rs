//! Scans from what stands on the command line.

use portdelta_core::ids::SiteId;
use portdelta_core::nmap_options::{PRESETS, Preset};
use portdelta_protocol::admin::{Overlap, ScanDraft, Schedule};

use crate::arguments::{Choice, ScanFields};
use crate::failure::Failure;

/// A new draft.
pub fn fresh(name: &str, site: Option<SiteId>, fields: &ScanFields) -> Result<ScanDraft, Failure> {
    if fields.targets.is_none() && fields.network.is_empty() {
        return Err(Failure::new("no_targets", "a scan has targets")
            .hint("Give them: --targets 10.0.0.0/24, or --network NAME."));
    }
    let draft = ScanDraft {
        name: name.to_owned(),
        description: String::new(),
        targets: String::new(),
        networks: Vec::new(),
        exclusions: String::new(),
        ports: "top:1000".to_owned(),
        options: String::new(),
        sites: site.into_iter().collect(),
        schedule: None,
        scheduled: true,
        first_look_digest: true,
        confirm_open: 1,
        confirm_close: 1,
        deadline_minutes: 24 * 60,
        overlap: Overlap::default(),
        blackout_windows: Vec::new(),
    };
    edited(draft, fields)
}

/// A draft with what is given changed.
pub fn edited(mut draft: ScanDraft, fields: &ScanFields) -> Result<ScanDraft, Failure> {
    if let Some(name) = &fields.preset {
        let preset = preset(name)?;
        preset.options.clone_into(&mut draft.options);
        // Those without ports look for hosts only.
        preset.ports.unwrap_or_default().clone_into(&mut draft.ports);
    }
    let texts = [
        (&fields.targets, &mut draft.targets),
        (&fields.exclude, &mut draft.exclusions),
        (&fields.ports, &mut draft.ports),
        (&fields.options, &mut draft.options),
        (&fields.description, &mut draft.description),
    ];
    for (given, text) in texts {
        if let Some(given) = given {
            text.clone_from(given);
        }
    }
    if !fields.network.is_empty() {
        draft.networks.clone_from(&fields.network);
    }
    if !fields.site.is_empty() {
        draft.sites.clone_from(&fields.site);
    }
    if let Some(choice) = fields.first_look_digest {
        draft.first_look_digest = choice == Choice::Yes;
    }
    draft.confirm_open = fields.confirm_open.unwrap_or(draft.confirm_open);
    draft.confirm_close = fields.confirm_close.unwrap_or(draft.confirm_close);
    draft.deadline_minutes = fields.deadline.unwrap_or(draft.deadline_minutes);
    if let Some(overlap) = fields.overlap {
        draft.overlap = overlap.into();
    }
    if fields.no_blackout_window {
        draft.blackout_windows.clear();
    } else if !fields.blackout_window.is_empty() {
        draft.blackout_windows.clone_from(&fields.blackout_window);
    }
    draft.schedule = schedule(draft.schedule, fields)?;
    Ok(draft)
}

fn schedule(old: Option<Schedule>, fields: &ScanFields) -> Result<Option<Schedule>, Failure> {
    if fields.no_schedule {
        return Ok(None);
    }
    let expression = match (&fields.schedule, &fields.every) {
        (Some(expression), _) => Some(expression.clone()),
        (None, Some(every)) => Some(rate(every)?),
        (None, None) => old.as_ref().map(|old| old.expression.clone()),
    };
    let Some(expression) = expression else {
        if fields.time_zone.is_some() || fields.spread.is_some() {
            return Err(Failure::new("no_schedule", "there is no schedule for the zone or the spread")
                .hint("Give one: --every 6h, or --schedule 'cron(0 3 * * ? *)'."));
        }
        return Ok(None);
    };
    let (zone, spread) = old.map(|old| (old.time_zone, old.spread_minutes)).unwrap_or_default();
    let zone = if zone.is_empty() { "UTC".to_owned() } else { zone };
    Ok(Some(Schedule {
        expression,
        time_zone: fields.time_zone.clone().unwrap_or(zone),
        spread_minutes: fields.spread.unwrap_or(spread),
    }))
}

/// `rate(30 minutes)` from `30m`.
fn rate(every: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::new("bad_every", format!("{every} is no stretch of time"))
            .hint("Write 30m, 6h or 1d; or --schedule 'cron(0 3 * * ? *)'.")
    };
    let unit = match every.chars().last() {
        Some('m') => "minute",
        Some('h') => "hour",
        Some('d') => "day",
        _ => return Err(wrong()),
    };
    let count: u32 = every[..every.len() - 1].parse().map_err(|_| wrong())?;
    match count {
        0 => Err(wrong()),
        1 => Ok(format!("rate(1 {unit})")),
        _ => Ok(format!("rate({count} {unit}s)")),
    }
}

fn preset(name: &str) -> Result<&'static Preset, Failure> {
    Preset::named(name).ok_or_else(|| {
        let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
        Failure::new("unknown_preset", format!("there is no preset {name}"))
            .hint(format!("Presets are {}.", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> ScanFields {
        ScanFields { targets: Some("192.0.2.0/24".to_owned()), ..ScanFields::default() }
    }

    #[test]
    fn stretches_of_time_are_rates() {
        for (every, expected) in [
            ("1m", "rate(1 minute)"),
            ("30m", "rate(30 minutes)"),
            ("6h", "rate(6 hours)"),
            ("1d", "rate(1 day)"),
        ] {
            assert_eq!(rate(every).expect(every), expected);
        }
        for every in ["", "m", "0h", "-1d", "6", "6 h", "1.5h", "6ü"] {
            assert_eq!(rate(every).expect_err(every).code, "bad_every");
        }
    }

    #[test]
    fn an_edit_changes_what_is_given() {
        let draft = fresh("nightly", Some("office".parse().expect("a site")), &fields()).expect("a draft");
        let every = ScanFields {
            every: Some("6h".into()),
            time_zone: Some("Europe/Berlin".into()),
            ..ScanFields::default()
        };
        let scheduled = edited(draft.clone(), &every).expect("a draft");
        let schedule = scheduled.schedule.clone().expect("a schedule");
        assert_eq!(
            (schedule.expression.as_str(), schedule.time_zone.as_str()),
            ("rate(6 hours)", "Europe/Berlin")
        );
        let ports = ScanFields { ports: Some("22".into()), spread: Some(5), ..ScanFields::default() };
        let edited_again = edited(scheduled.clone(), &ports).expect("a draft");
        assert_eq!(edited_again.ports, "22");
        assert_eq!(edited_again.targets, "192.0.2.0/24");
        let schedule = edited_again.schedule.expect("it stays");
        assert_eq!((schedule.expression.as_str(), schedule.spread_minutes), ("rate(6 hours)", 5));
        let dark = vec!["MON-FRI 08:00-18:00 Europe/Berlin".to_owned()];
        let windows = ScanFields { blackout_window: dark.clone(), ..ScanFields::default() };
        let darkened = edited(scheduled.clone(), &windows).expect("a draft");
        assert_eq!(edited(darkened.clone(), &ports).expect("a draft").blackout_windows, dark);
        let light = ScanFields { no_blackout_window: true, ..ScanFields::default() };
        assert!(edited(darkened, &light).expect("a draft").blackout_windows.is_empty());
        let none = ScanFields { no_schedule: true, ..ScanFields::default() };
        assert_eq!(edited(scheduled, &none).expect("a draft").schedule, None);
        assert_eq!(
            edited(draft, &ScanFields { spread: Some(5), ..ScanFields::default() }).expect_err("no").code,
            "no_schedule"
        );
    }

    #[test]
    fn what_is_given_wins_over_a_preset() {
        let with = ScanFields { preset: Some("full".into()), ports: Some("22".into()), ..fields() };
        let draft = fresh("x", None, &with).expect("a draft");
        assert_eq!(draft.ports, "22");
        assert!(
            !draft.options.is_empty()
                || Preset::named("full").is_some_and(|preset| preset.options.is_empty())
        );
        let wrong = ScanFields { preset: Some("slow".into()), ..fields() };
        assert_eq!(fresh("x", None, &wrong).expect_err("no").code, "unknown_preset");
    }
}
