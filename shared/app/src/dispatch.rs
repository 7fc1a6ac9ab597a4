//! Sends the tasks of a run to its site, slice by slice.

use std::time::Duration;

use portdelta_core::ids::RunId;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::run::{RunEffect, RunEvent, RunPhase, step};
use portdelta_core::targets::cidrs;
use portdelta_core::tasks::{TaskCutter, TaskPart};
use portdelta_core::{Protocol, UnixTime};
use portdelta_protocol::agent::Task;

use crate::Service;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::{Outgoing, QueueName};
use crate::repositories::{Plan, ScanRun};
use crate::work::WorkMessage;

/// Most tasks of a slice.
pub const SLICE_TASKS: u32 = 500;

/// Most bytes of a slice; long lists of ports make large tasks.
const SLICE_BYTES: usize = 4 << 20;

/// No task waits longer than this for the run before, in seconds, should the clock have been set back.
const MOST_PAUSE: i64 = 10;

/// What one slice did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SliceSent {
    /// Tasks that were sent.
    pub tasks: u32,
    /// There are more; a message for them is on its way.
    pub more: bool,
}

impl Service {
    /// Sends the next tasks of a run, at most 500 of them, and moves its cursor.
    ///
    /// After a crash the same tasks may be sent again: who begins one that is done is told so. A run that waits for
    /// another, or has nothing left to send, stays as it is.
    pub async fn dispatch_slice(&self, id: &RunId) -> Result<SliceSent, AppError> {
        for _ in 0..MOST_TRIES {
            if let Some(sent) = self.try_slice(id).await? {
                return Ok(sent);
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }

    /// `None` where others wrote the run meanwhile.
    async fn try_slice(&self, id: &RunId) -> Result<Option<SliceSent>, AppError> {
        let app = self.app();
        let nothing = Ok(Some(SliceSent::default()));
        let Some((mut run, mut version)) = app.loaded_scan_run(id).await? else { return nothing };
        let Some(from) = run.machine.cursor() else { return nothing };
        if run.began.is_none() {
            let (slot, _) = app.slot(&run.scan, &run.site).await?;
            if slot.current.as_ref() != Some(id) {
                return nothing;
            }
            // Its tasks name the deadline: it must be the same in every slice.
            let now = app.now();
            run.began = Some(now);
            run.deadline = Some(now.shifted(i64::from(run.deadline_minutes) * 60));
            run.touched = now;
            if !app.commit_scan_run(&run, version, Vec::new()).await? {
                return Ok(None);
            }
            version += 1;
        }
        let plan = app.known_plan(id).await?;
        self.ensure_task_queue(&run.site).await?;
        let messages = slice(&run, &plan, from, self.pause_before(&run).await?)?;
        let tasks = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        let queue = QueueName::Tasks(run.site.clone());
        self.queue().send(&queue, messages).await.during(|| format!("send tasks of run {id}"))?;

        let sent = RunEvent::SliceSent { from, to: from.saturating_add(tasks) };
        let (machine, effects) = step(run.machine, sent);
        run.machine = machine;
        run.touched = app.now();
        if !app.commit_scan_run(&run, version, Vec::new()).await? {
            return Ok(None);
        }
        let more = effects.iter().any(|effect| matches!(effect, RunEffect::Dispatch { .. }));
        if more {
            self.send_work(WorkMessage::Slice { run: id.clone() }).await?;
        }
        Ok(Some(SliceSent { tasks, more }))
    }
}

impl Service {
    /// How long the tasks of a run must wait, so that they begin in a later second than the results of the run before.
    ///
    /// Evidence is ordered by whole seconds: within one, a second run's results could be taken for older ones, and what
    /// is true in them would be lost.
    async fn pause_before(&self, run: &ScanRun) -> Result<Duration, AppError> {
        let app = self.app();
        let Some(last) = app.last_end(&run.scan, &run.site).await? else { return Ok(Duration::ZERO) };
        let wait = (last.since(app.now()) + 1).clamp(0, MOST_PAUSE);
        Ok(Duration::from_secs(wait.unsigned_abs()))
    }
}

/// The messages of the tasks from a number on, as many as fit into a slice; nobody gets them before `delay` has passed.
fn slice(run: &ScanRun, plan: &Plan, from: u32, delay: Duration) -> Result<Vec<Outgoing>, AppError> {
    debug_assert!(!matches!(run.machine.phase, RunPhase::Finished(..)), "a finished run sends nothing");
    let cutter = plan.cutter();
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for number in from..from.saturating_add(SLICE_TASKS).min(plan.tasks) {
        let Some(part) = cutter.task(number) else { break };
        let body = serde_json::to_string(&task_of(run, plan, number, &part))
            .map_err(|error| AppError::Missing { what: format!("JSON of task {number}: {error}") })?;
        if !messages.is_empty() && bytes + body.len() > SLICE_BYTES {
            break;
        }
        bytes += body.len();
        messages.push(Outgoing { body, delay });
    }
    Ok(messages)
}

/// A task as agents get it.
pub(crate) fn task_of(run: &ScanRun, plan: &Plan, number: u32, part: &TaskPart) -> Task {
    let protocols: Vec<Protocol> = part.ports.as_ref().map(PortSpec::protocols).unwrap_or_default();
    // A part of the ports may lack a protocol that another part has.
    let options = plan.options.for_ports(&protocols);
    Task {
        run: run.id.clone(),
        number,
        site: run.site.clone(),
        scan: run.scan_name.clone(),
        targets: cidrs(&part.addresses).collect(),
        ports: part.ports.as_ref().map(ToString::to_string).unwrap_or_default(),
        worst_case_seconds: TaskCutter::worst_case_seconds(part, &options),
        options,
        deadline: run.deadline.unwrap_or(UnixTime::MAX).seconds(),
    }
}
