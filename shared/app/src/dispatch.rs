//! Sends the tasks of a run to its site, slice by slice.

use std::time::Duration;

use portdelta_core::ids::RunId;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::run::{RunEffect, RunEvent, RunPhase, TaskCounts, step};
use portdelta_core::targets::cidrs;
use portdelta_core::tasks::{TaskCutter, TaskPart};
use portdelta_core::{Protocol, UnixTime};
use portdelta_protocol::agent::Task;

use crate::Service;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::queue::QueueDepth;
use crate::ports::{Outgoing, QueueName, Work};
use crate::repositories::{Plan, ScanRun};
use crate::work::WorkMessage;

/// Most tasks of a slice.
pub const SLICE_TASKS: u32 = 500;

/// Waits or is worked on so much of a run, the next slice is not sent yet: with it that would be about two slices. A site
/// gives its tasks in the order in which they came, and a run that had sent all of them would keep the others of its
/// site waiting for days.
const ROOM_BELOW: u32 = SLICE_TASKS + 1;

/// A run of which nothing was sent for so long does not wait for tasks that are nowhere any more, in seconds.
const PATIENCE: i64 = 120;

/// Tasks that are nowhere for so long after the last was sent are sent again, in seconds.
const LOST_AFTER: i64 = 600;

/// Most bytes of a slice; long lists of ports make large tasks.
const SLICE_BYTES: usize = 4 << 20;

/// No task waits longer than this for the run before, in seconds, should the clock have been set back.
const MOST_PAUSE: i64 = 10;

/// What one slice did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SliceSent {
    /// Tasks that were sent.
    pub tasks: u32,
    /// There are more; a message for them is on its way, where nobody goes on at once.
    pub more: bool,
}

impl Service {
    /// Sends the next tasks of a run, at most 500 of them, and moves its cursor; a message sees to the rest.
    ///
    /// After a crash the same tasks may be sent again: who begins one that is done is told so. A run that waits for
    /// another or for the end of a blackout window, has enough tasks at its site, or nothing left to send, stays as it is:
    /// the marks of its tasks ask again, and so does the sweep.
    pub async fn dispatch_slice(&self, id: &RunId) -> Result<SliceSent, AppError> {
        self.dispatch(id, || false).await
    }

    /// The same slice after slice, as long as `goes_on` says so after each; a message sees to what is left then.
    pub async fn dispatch(&self, id: &RunId, goes_on: impl Fn() -> bool) -> Result<SliceSent, AppError> {
        let mut tasks = 0_u32;
        loop {
            let slice = self.next_slice(id).await?;
            tasks = tasks.saturating_add(slice.tasks);
            if slice.more && goes_on() {
                continue;
            }
            if slice.more {
                self.send_work(WorkMessage::Slice { run: id.clone() }).await?;
            }
            return Ok(SliceSent { tasks, more: slice.more });
        }
    }

    /// One slice, without a message for the next.
    async fn next_slice(&self, id: &RunId) -> Result<SliceSent, AppError> {
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
        if app.held_until(&run.scan).await?.is_some() {
            return nothing;
        }
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
        self.ensure_task_queue(&run.site).await?;
        if !self.has_room(&run, from).await? {
            return nothing;
        }
        let plan = app.known_plan(id).await?;
        let numbers = from..from.saturating_add(SLICE_TASKS);
        let messages = slice(&run, &plan, numbers, self.pause_before(&run).await?)?;
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
        Ok(Some(SliceSent { tasks, more }))
    }

    /// Whether few of the tasks that were sent are still to be done.
    async fn has_room(&self, run: &ScanRun, sent: u32) -> Result<bool, AppError> {
        let app = self.app();
        let counts = app.task_counts(&run.id).await?;
        if sent.saturating_sub(counts.settled()) < ROOM_BELOW {
            return Ok(true);
        }
        if app.now().since(run.touched) < PATIENCE {
            return Ok(false);
        }
        // Tasks that were given up or lost never end: they hold nobody up.
        let depth = self.depth(&QueueName::Tasks(run.site.clone())).await?;
        Ok(depth.waiting + depth.leased < u64::from(ROOM_BELOW))
    }

    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, AppError> {
        self.queue().depth(queue).await.during(|| format!("look at queue {queue}"))
    }

    /// Asks for the next tasks of a run where there is room for them.
    pub(crate) async fn ask_on(&self, run: &ScanRun, counts: TaskCounts) -> Result<(), AppError> {
        match run.machine.phase {
            RunPhase::Dispatching { cursor } if cursor.saturating_sub(counts.settled()) < ROOM_BELOW => {
                self.send_work(WorkMessage::Slice { run: run.id.clone() }).await
            }
            _ => Ok(()),
        }
    }

    /// Sends the tasks of a run again that were put off for a blackout window, when it is over. At most a slice of them;
    /// how many.
    pub(crate) async fn send_put_off(&self, id: &RunId) -> Result<u32, AppError> {
        let app = self.app();
        let Some((mut run, version)) = app.loaded_scan_run(id).await? else { return Ok(0) };
        let put_off = app.put_off_tasks(id).await?;
        if !run.machine.is_open() || put_off.is_empty() || app.held_until(&run.scan).await?.is_some() {
            return Ok(0);
        }
        let plan = app.known_plan(id).await?;
        let mut wanted = Vec::new();
        for task in put_off.into_iter().take(SLICE_TASKS as usize) {
            // Its message may have come twice, and the other one was worked on.
            match app.task_mark(id, task).await? {
                None => wanted.push(task),
                Some(_) => app.forget_put_off(id, &[task]).await?,
            }
        }
        let messages = slice(&run, &plan, wanted.iter().copied(), Duration::ZERO)?;
        let sent = messages.len();
        let queue = QueueName::Tasks(run.site.clone());
        self.queue().send(&queue, messages).await.during(|| format!("send tasks of run {id} again"))?;
        // In this order: after a crash they are sent once more, which is harmless.
        app.forget_put_off(id, &wanted[..sent]).await?;
        run.touched = app.now();
        app.commit_scan_run(&run, version, Vec::new()).await?;
        Ok(u32::try_from(sent).unwrap_or(u32::MAX))
    }

    /// Sends the tasks of a run again whose messages were lost: they did not end, and nothing waits anywhere. At most a
    /// slice of them; how many.
    pub(crate) async fn send_lost(&self, id: &RunId) -> Result<u32, AppError> {
        let app = self.app();
        let Some((mut run, version)) = app.loaded_scan_run(id).await? else { return Ok(0) };
        if run.machine.phase != RunPhase::Running || app.now().since(run.touched) < LOST_AFTER {
            return Ok(0);
        }
        if app.held_until(&run.scan).await?.is_some() {
            return Ok(0);
        }
        // In this order, and the marks last: a task that leaves one of them is in the next by then. Dead letters of a site
        // are tasks; what died on its way into the state came from anybody, and keeps nothing from being sent.
        let tasks = self.depth(&QueueName::Tasks(run.site.clone())).await?;
        let results = self.depth(&QueueName::Work(Work::Ingest)).await?;
        if tasks != QueueDepth::default() || (QueueDepth { dead: 0, ..results }) != QueueDepth::default() {
            return Ok(0);
        }
        let (mut lost, mut next_task, mut after) = (Vec::new(), 0, None);
        loop {
            let (marks, next) = app.task_marks(id, after).await?;
            for mark in marks {
                lost.extend(next_task..mark.task);
                next_task = mark.task.saturating_add(1);
            }
            if next.is_none() {
                break;
            }
            after = next;
        }
        lost.extend(next_task..run.machine.total);
        let plan = app.known_plan(id).await?;
        let messages = slice(&run, &plan, lost.into_iter().take(SLICE_TASKS as usize), Duration::ZERO)?;
        let sent = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        let queue = QueueName::Tasks(run.site.clone());
        self.queue().send(&queue, messages).await.during(|| format!("send tasks of run {id} again"))?;
        // Others may have written it meanwhile: then they are sent once more, which is harmless.
        run.touched = app.now();
        app.commit_scan_run(&run, version, Vec::new()).await?;
        Ok(sent)
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

/// The messages of tasks by their numbers, as many as fit into a slice; nobody gets them before `delay` has passed.
fn slice(
    run: &ScanRun,
    plan: &Plan,
    numbers: impl IntoIterator<Item = u32>,
    delay: Duration,
) -> Result<Vec<Outgoing>, AppError> {
    debug_assert!(!matches!(run.machine.phase, RunPhase::Finished(..)), "a finished run sends nothing");
    let cutter = plan.cutter();
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for number in numbers.into_iter().take_while(|number| *number < plan.tasks) {
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
