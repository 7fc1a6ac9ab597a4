//! Who may work on a task, and what happens when nobody may.

use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_core::run::CloseReason;
use portdelta_protocol::agent::{Begun, Task};

use crate::Service;
use crate::error::AppError;
use crate::ports::queue::DeadLetter;
use crate::repositories::{Marked, ScanRun, TaskEnd, TaskMark, TaskRefusal};

/// The longest sentence of a refusal that is kept, in characters.
const MAX_MESSAGE: usize = 300;

/// Most agents whose reasons a mark keeps.
const MOST_REASONS: usize = 20;

/// An agent that begins a task again so soon, in seconds, did not get the answer; later it was started anew.
const REPEATED: i64 = 60;

/// The longest code of a refusal that is kept, in characters.
const MAX_CODE: usize = 40;

impl Service {
    /// An agent begins a task: it goes on, or drops what nobody wants any more. Asking again gives the same answer
    /// as long as nothing changed. In a blackout window of the scan it drops the task too, which is sent again when the
    /// window is over; what was begun before goes on.
    pub async fn begin_task(&self, agent: &str, run: &RunId, task: u32) -> Result<Begun, AppError> {
        let app = self.app();
        let Some(known) = app.scan_run(run).await? else { return Ok(dropped("unknown")) };
        if let Some(reason) = why_dropped(&known, task, app.now()) {
            return Ok(dropped(reason));
        }
        if app.agent(agent).await?.is_some_and(|agent| {
            agent.site != known.site || agent.approved.is_none() || agent.revoked.is_some()
        }) {
            return Ok(dropped("foreign"));
        }
        let mark = app.task_mark(run, task).await?;
        // One that was covered in part is worth a second try.
        if mark.is_some_and(|mark| mark.end != TaskEnd::Partial) {
            return Ok(dropped("done"));
        }
        let repeats = async || {
            let lent = app.lent(run, task, agent).await?;
            Ok::<_, AppError>(lent.is_some_and(|lent| app.now().since(lent.last) < REPEATED))
        };
        if app.held_until(&known.scan).await?.is_some() && !repeats().await? {
            app.put_off_task(run, task).await?;
            return Ok(dropped("blackout"));
        }
        app.lend_task(run, task, agent).await?;
        Ok(Begun::GoOn)
    }

    /// An agent will never do a task. When all agents that could do it have said so, the task is marked as one that
    /// nobody can scan, and the run need not wait for it.
    pub async fn refuse_task(
        &self,
        agent: &str,
        run: &RunId,
        task: u32,
        code: &str,
        message: &str,
    ) -> Result<(), AppError> {
        let app = self.app();
        let Some(known) = app.scan_run(run).await? else { return Ok(()) };
        if why_dropped(&known, task, app.now()).is_some() {
            return Ok(());
        }
        let refusal = TaskRefusal {
            task,
            agent: agent.to_owned(),
            code: code.chars().take(MAX_CODE).collect(),
            message: message.chars().take(MAX_MESSAGE).collect(),
            at: app.now(),
        };
        app.keep_task_refusal(run, &refusal).await?;
        self.judge_refusals(&known, task).await
    }

    /// Marks a task that every agent refused who could work on it now.
    pub(crate) async fn judge_refusals(&self, run: &ScanRun, task: u32) -> Result<(), AppError> {
        let app = self.app();
        let refusals = app.task_refusals(&run.id, Some(task)).await?;
        let able = app.able_agents(&run.site).await?;
        let by = |agent: &String| refusals.iter().find(|refusal| refusal.agent == *agent);
        if able.is_empty() || !able.iter().all(|(agent, _)| by(agent).is_some()) {
            return Ok(());
        }
        let mut mark = TaskMark::of(task, TaskEnd::Unscannable, app.now());
        mark.reasons = able
            .iter()
            .take(MOST_REASONS)
            .filter_map(|(agent, name)| by(agent).map(|refusal| (name.clone(), refusal)))
            .map(|(name, refusal)| (name, refusal.code.clone(), refusal.message.clone()))
            .collect();
        if app.mark_task(&run.id, mark, None).await? != Marked::Late {
            self.count_run(&run.id).await?;
        }
        Ok(())
    }
}

impl Service {
    /// Whether dead letters among a site's tasks are worth another try: an agent that refuses a task uses a delivery up,
    /// and enough of them keep it from the agent that would take it. So does one that could not say that it begins while
    /// the server was in trouble. Those of ended runs go when somebody begins them.
    pub(crate) async fn are_worth_another_try(&self, letters: &[DeadLetter]) -> Result<bool, AppError> {
        let app = self.app();
        for letter in letters {
            let Ok(task) = serde_json::from_str::<Task>(&letter.body) else { continue };
            let Some(run) = app.scan_run(&task.run).await? else { return Ok(true) };
            if why_dropped(&run, task.number, app.now()).is_some()
                || app.task_mark(&run.id, task.number).await?.is_some()
                || !app.task_refusals(&run.id, Some(task.number)).await?.is_empty()
                || app.lent_to(&run.id, task.number).await?.is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn dropped(reason: &str) -> Begun {
    Begun::Drop { reason: reason.to_owned() }
}

/// Why nobody wants a task of this run any more.
fn why_dropped(run: &ScanRun, task: u32, now: UnixTime) -> Option<&'static str> {
    match run.machine.closed() {
        Some(CloseReason::Cancelled) => Some("cancelled"),
        Some(CloseReason::Replaced) => Some("replaced"),
        Some(CloseReason::Settled | CloseReason::Overdue) => Some("finished"),
        None if task >= run.machine.total => Some("unknown"),
        // The sweep will close it.
        None if run.deadline.is_some_and(|deadline| deadline <= now) => Some("finished"),
        None => None,
    }
}
