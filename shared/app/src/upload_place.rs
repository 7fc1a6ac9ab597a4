//! Whose an upload is and what it belongs to, judged by its name and what is known before anybody looks inside.

use portdelta_core::escape::escape;
use portdelta_core::ids::{ResultId, RunId};
use portdelta_core::tasks::TaskPart;
use portdelta_protocol::agent::task_key;
use portdelta_protocol::upload::UploadNote;

use crate::Service;
use crate::error::AppError;
use crate::looked_over::LookedOver;
use crate::ports::BlobKey;
use crate::repositories::{Lent, Plan, ScanRun};

/// (code, message)
pub(crate) type Refusal = (&'static str, String);

/// What the key of an upload says: who may have written it.
struct UploadName<'a> {
    agent: &'a str,
    run: RunId,
    task: u32,
    digest: &'a str,
}

impl<'a> UploadName<'a> {
    /// Reads `uploads/<agent>/<run>/<task>/<digest>`.
    fn read(key: &'a BlobKey) -> Option<Self> {
        let mut parts = key.as_str().split('/');
        let mut next = || parts.next();
        let (folder, agent, run, task, digest) = (next()?, next()?, next()?, next()?, next()?);
        let number: u32 = task.parse().ok()?;
        if folder != "uploads" || next().is_some() || task_key(number) != task {
            return None;
        }
        Some(Self { agent, run: run.parse().ok()?, task: number, digest })
    }
}

/// What an upload belongs to by its name. An agent that never began a task has none: nobody makes others look inside of
/// what only lies there.
pub(crate) struct UploadPlace<'a> {
    name: UploadName<'a>,
    run: ScanRun,
    lent: Lent,
    /// It is refused unless some of it stands in the state already: then all of it must, with its mark.
    unless_begun: Option<Refusal>,
}

/// An upload that belongs where it says.
pub(crate) struct Belonging {
    pub agent: String,
    pub run: ScanRun,
    pub plan: Plan,
    pub part: TaskPart,
    pub lent: Lent,
    pub note: UploadNote,
}

impl Service {
    /// What an upload belongs to by its name, or why it belongs nowhere.
    pub(crate) async fn upload_place<'a>(
        &self,
        key: &'a BlobKey,
    ) -> Result<Result<UploadPlace<'a>, Refusal>, AppError> {
        let app = self.app();
        let Some(name) = UploadName::read(key) else {
            return Ok(Err(("upload.bad_name", "its name is not one of an upload".to_owned())));
        };
        let task = name.task;
        let (revoked, run) = (app.agent_refusal(name.agent).await?, app.scan_run(&name.run).await?);
        let refused = |code, message: String| Ok(Err(revoked.clone().unwrap_or((code, message))));
        let Some(run) = run else {
            return refused("upload.unknown_run", format!("there is no run {} of a scan", name.run));
        };
        if task >= run.machine.total {
            return refused("upload.unknown_task", format!("run {} has no task {}", run.id, task_key(task)));
        }
        let Some(lent) = app.lent(&run.id, task, name.agent).await? else {
            let message =
                format!("agent {} never began task {} of run {}", name.agent, task_key(task), run.id);
            return refused("upload.foreign_task", message);
        };
        let cancelled =
            run.is_cancelled().then(|| ("upload.run_cancelled", format!("run {} was cancelled", run.id)));
        Ok(Ok(UploadPlace { unless_begun: revoked.or(cancelled), name, run, lent }))
    }

    /// What an upload belongs to that was read, or why it belongs nowhere.
    pub(crate) async fn belonging(
        &self,
        place: UploadPlace<'_>,
        looked_over: &LookedOver,
    ) -> Result<Result<Belonging, Refusal>, AppError> {
        let app = self.app();
        let refused = |code, message: String| Ok(Err((code, message)));
        let UploadPlace { name, run, lent, unless_begun } = place;
        let LookedOver { inspected, content, .. } = looked_over;
        if !inspected.digest.starts_with(name.digest) || name.digest.len() != 16 {
            return refused("upload.damaged", "its bytes are not those that its name tells of".to_owned());
        }
        let note = match &inspected.note {
            Ok(note) => note.clone(),
            Err(error) => return refused(error.code(), escape(&error.to_string()).to_string()),
        };
        if note.run != name.run || note.task != name.task {
            let message = "it says that it is of another task than its name".to_owned();
            return refused("upload.foreign_task", message);
        }
        let task = name.task;
        if let Some(refusal) = unless_begun
            && app.result(&run.site, result_id(&run, task, *content)).await?.is_none()
        {
            return Ok(Err(refusal));
        }
        let plan = app.known_plan(&run.id).await?;
        let Some(part) = plan.cutter().task(task) else {
            return refused("upload.unknown_task", format!("run {} has no task {}", run.id, task_key(task)));
        };
        Ok(Ok(Belonging { agent: name.agent.to_owned(), run, plan, part, lent, note }))
    }
}

/// The id of the result of a task; the same output of another run or task is another result.
pub(crate) fn result_id(run: &ScanRun, task: u32, content: [u8; 32]) -> ResultId {
    let task = format!("{}/{}", run.id, task_key(task));
    ResultId::derive(content, &run.site, Some(&task), 0)
}
