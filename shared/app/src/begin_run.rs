//! Begins a run: one for each scan, site and scheduled time, with its whole plan.

use portdelta_core::AddressSet;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::run::{RunEvent, RunMachine};

use crate::Service;
use crate::check_scan::check;
use crate::error::{AppError, During, Invalid};
use crate::ingest::MOST_TRIES;
use crate::ports::QueueName;
use crate::repositories::{Network, Overlap, Plan, Scan, ScanNote, ScanRun, Site, Slot, no_scan, run_id};
use crate::work::{Due, WorkMessage};

/// When one run keeps so many times of its schedule from beginning, people are told.
const MOST_SKIPPED: usize = 2;

/// What became of a run that was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunBegun {
    /// Its tasks are being sent, or were.
    Begun(RunId),
    /// It waits for another run of this scan and site.
    Waiting(RunId),
    /// There is none.
    Skipped(ScanNote),
}

/// The networks that a name was given for and that touch these addresses.
fn touched(networks: &[Network], addresses: &AddressSet) -> Vec<String> {
    let touches = |network: &&Network| !network.prefixes.intersection(addresses).is_empty();
    networks.iter().filter(touches).map(|network| network.name.clone()).collect()
}

impl Service {
    /// Begins the run that is due, or says why there is none. The same question again gives the same run.
    ///
    /// A schedule that fires for a scan or site that is switched off is no error; a person who asks for the same gets
    /// [`AppError::Refused`].
    pub async fn begin_run(&self, scan: &str, site: &SiteId, due: &Due) -> Result<RunBegun, AppError> {
        if let Due::Now(key) = due
            && !(1..=200).contains(&key.len())
        {
            let hint = "send a random text of 1 to 200 bytes, the same for each repetition";
            let message = format!("it has {} bytes", key.len());
            return Err(Invalid::field("idempotency_key", "out_of_range", message, hint).into());
        }
        let id = run_id(scan, site, due)?;
        for _ in 0..MOST_TRIES {
            if let Some(run) = self.app().scan_run(&id).await? {
                return self.begun(&run).await;
            }
            if let Some(note) = self.app().scan_note(scan, id.as_str()).await? {
                return Ok(RunBegun::Skipped(note));
            }
            if let Some(begun) = self.try_begin(scan, site, due, &id).await? {
                return Ok(begun);
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }

    /// Asks again for the tasks of a run that is there.
    async fn begun(&self, run: &ScanRun) -> Result<RunBegun, AppError> {
        if run.is_waiting() {
            let (slot, _) = self.app().slot(&run.scan, &run.site).await?;
            if slot.current.as_ref() != Some(&run.id) && run.machine.is_open() {
                return Ok(RunBegun::Waiting(run.id.clone()));
            }
        }
        if run.machine.cursor().is_some() {
            self.send_work(WorkMessage::Slice { run: run.id.clone() }).await?;
        }
        Ok(RunBegun::Begun(run.id.clone()))
    }

    /// `None` where others changed something meanwhile.
    async fn try_begin(
        &self,
        scan_id: &str,
        site: &SiteId,
        due: &Due,
        id: &RunId,
    ) -> Result<Option<RunBegun>, AppError> {
        let app = self.app();
        let scan = app.scan(scan_id).await?.ok_or_else(|| no_scan(scan_id))?;
        let asked = matches!(due, Due::Now(_));
        if let Some((code, message, hint)) = self.why_not(&scan, site, asked).await? {
            if asked {
                return Err(AppError::Refused { code, message, hint });
            }
            let note = ScanNote { at: app.now(), site: site.clone(), code: code.to_owned(), message };
            // A switched-off schedule may fire once more; that is nobody's news.
            if code == "scan.inactive" || code == "scan.paused" {
                return Ok(Some(RunBegun::Skipped(note)));
            }
            return Ok(app
                .keep_note(scan_id, id, &note, Vec::new())
                .await?
                .then_some(RunBegun::Skipped(note)));
        }
        let networks = app.networks().await?;
        let checked = match check(&scan.draft, &networks) {
            Ok(checked) => checked,
            Err(invalid) if asked => return Err(invalid.into()),
            Err(invalid) => {
                let message = format!("the run did not begin: {}: {}", invalid.field, invalid.message);
                let note =
                    ScanNote { at: app.now(), site: site.clone(), code: "scan.invalid".to_owned(), message };
                let kept = app.keep_note(scan_id, id, &note, Vec::new()).await?;
                return Ok(kept.then_some(RunBegun::Skipped(note)));
            }
        };
        let (mut slot, version) = app.slot(scan_id, site).await?;
        let mut waits = false;
        let has_begun = [&slot.current, &slot.waiting].into_iter().any(|run| run.as_ref() == Some(id));
        if has_begun {
            // Somebody who was told the same began it since it was looked for: there is no other run to wait for.
            return Ok(None);
        }
        if let Some(other) = slot.current.clone() {
            match scan.draft.overlap {
                Overlap::Replace => {
                    self.close_run(&other, RunEvent::Replace, Some(id)).await?;
                    return Ok(None);
                }
                Overlap::Queue if slot.waiting.is_none() => waits = true,
                overlap => {
                    let skipped = self.skip(&scan, site, id, (&slot, version), overlap).await?;
                    if skipped.is_some() && !asked {
                        self.judge_skips(&scan, site, &other).await?;
                    }
                    return Ok(skipped);
                }
            }
        }
        if waits {
            slot.waiting = Some(id.clone());
        } else {
            slot.current = Some(id.clone());
        }
        if !asked {
            app.judge_left_out(&scan, site, None).await?;
        }
        let now = app.now();
        let plan = Plan {
            scan: scan.id.clone(),
            scan_version: scan.version,
            scan_name: scan.draft.name.clone(),
            site: site.clone(),
            networks: touched(&networks, &checked.addresses),
            cut: checked.cutter.cut(),
            tasks: checked.cutter.tasks(),
            addresses: checked.addresses,
            ports: checked.ports,
            options: checked.options,
            confirm_open: scan.draft.confirm_open,
            confirm_close: scan.draft.confirm_close,
            first_look_digest: scan.draft.first_look_digest,
        };
        let run = ScanRun {
            id: id.clone(),
            scan: scan.id,
            scan_name: scan.draft.name,
            site: site.clone(),
            due: due.clone(),
            created: now,
            began: None,
            deadline: None,
            deadline_minutes: scan.draft.deadline_minutes,
            machine: RunMachine::planned(plan.tasks),
            touched: now,
            closed: None,
            finished: None,
            replaced_by: None,
            totals: None,
        };
        let item = app.plan_item(id, &plan).await?;
        if !app.create_scan_run(&run, item, (&slot, version)).await? {
            return Ok(None);
        }
        self.begun(&run).await.map(Some)
    }

    /// Why a run of the scan can't begin at the site now: (code, sentence, hint).
    async fn why_not(
        &self,
        scan: &Scan,
        site: &SiteId,
        asked: bool,
    ) -> Result<Option<(&'static str, String, &'static str)>, AppError> {
        let name = &scan.draft.name;
        if !scan.active {
            let message = format!("scan {name} was deactivated");
            return Ok(Some(("scan.inactive", message, "Activate it first.")));
        }
        if !asked && !scan.draft.scheduled {
            let message = format!("the schedule of scan {name} is switched off");
            return Ok(Some(("scan.paused", message, "Resume it.")));
        }
        if !scan.draft.sites.contains(site) {
            let message = format!("scan {name} does not run at site {site}");
            return Ok(Some(("scan.other_site", message, "Add the site to the scan.")));
        }
        Ok(match self.app().site(site).await? {
            Some(known) if known.active => None,
            Some(_) => {
                let message = format!("site {site} was deactivated");
                Some(("site.inactive", message, "Activate the site, or take it out of the scan."))
            }
            None => Some((
                "site.unknown",
                format!("there is no site {site}"),
                "Make the site first, or look for a typing error in its name.",
            )),
        })
    }

    /// Raises that a schedule does not run where one run has kept several of its times from beginning.
    async fn judge_skips(&self, scan: &Scan, site: &SiteId, other: &RunId) -> Result<(), AppError> {
        let app = self.app();
        let Some(run) = app.scan_run(other).await? else { return Ok(()) };
        let is_of_it =
            |note: &&ScanNote| note.code == "run.skipped" && note.site == *site && note.at >= run.created;
        let skipped = app.scan_notes(&scan.id).await?.iter().filter(is_of_it).count();
        if skipped < MOST_SKIPPED {
            return Ok(());
        }
        let message = format!("run {other} goes on, and runs are left out");
        app.judge_left_out(scan, site, Some(&message)).await
    }

    /// Notes that a run was left out because others go on; `None` where they ended meanwhile.
    async fn skip(
        &self,
        scan: &Scan,
        site: &SiteId,
        id: &RunId,
        (slot, version): (&Slot, Option<i64>),
        overlap: Overlap,
    ) -> Result<Option<RunBegun>, AppError> {
        let other = slot.current.as_ref().map(ToString::to_string).unwrap_or_default();
        let also = if overlap == Overlap::Queue { ", and another one waits already" } else { "" };
        let message = format!("run {id} was left out: run {other} goes on{also}");
        let app = self.app();
        let note = ScanNote { at: app.now(), site: site.clone(), code: "run.skipped".to_owned(), message };
        let check = Slot::check(&scan.id, site, version);
        let kept = app.keep_note(&scan.id, id, &note, vec![check]).await?;
        Ok(kept.then_some(RunBegun::Skipped(note)))
    }

    /// Sends work to the server itself.
    pub(crate) async fn send_work(&self, work: WorkMessage) -> Result<(), AppError> {
        let queue = work.queue();
        let sent = self.queue().send(&queue, vec![work.outgoing()]).await;
        sent.during(|| format!("send work to {queue}"))
    }

    /// Makes the queue of a site's tasks, and the site of what people give; fails where there is one with this id.
    pub async fn create_site(&self, id: SiteId, name: &str, notes: &str) -> Result<Site, AppError> {
        // First, so that somebody who tries again after a failure gets both.
        self.ensure_task_queue(&id).await?;
        self.app().create_site(id, name, notes).await
    }

    /// Makes the queue of a site's tasks; fine where it is there.
    pub(crate) async fn ensure_task_queue(&self, site: &SiteId) -> Result<(), AppError> {
        let queue = QueueName::Tasks(site.clone());
        self.queue().create(&queue).await.during(|| format!("make queue {queue}"))
    }
}
