//! Takes in what an agent uploaded: checks whose it is, applies it, marks its task.

use async_trait::async_trait;
use portdelta_core::UnixTime;
use portdelta_core::escape::{escape, escape_within};
use portdelta_core::ids::{ResultId, RunId};
use portdelta_core::port_spec::PortSpec;
use portdelta_core::tasks::TaskPart;
use portdelta_protocol::agent::task_key;
use portdelta_protocol::upload::{Inspected, Inspection, UploadNote};

use crate::Service;
use crate::error::{AppError, During};
use crate::ingest::Evaluated;
use crate::ports::BlobKey;
use crate::ports::blobs::{BlobChunks, BlobError, BlobReader};
use crate::raw::{MOST_HELD_BYTES, Raw, digest_chunks, digest_held};
use crate::repositories::{
    Judgement, Lent, Marked, Plan, RefusedUpload, ResultRecord, ResultStatus, ScanRun, TaskBasis, TaskEnd,
    TaskMark,
};
use crate::task_fit::CLOCK_TOLERANCE;
use crate::work::WorkMessage;

/// The largest upload, packed.
pub const MOST_UPLOAD_BYTES: u64 = 512 << 20;

/// How much of what nmap complained about is kept, in characters.
const MOST_COMPLAINT: usize = 300;

/// The format that agents upload.
const FORMAT: &str = "nmap-xml";

/// No clock is further off than a century, in seconds.
const MOST_SKEW: i64 = 100 * 366 * 86_400;

/// What became of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadTaken {
    /// Its task is marked.
    Applied {
        /// The result.
        result: ResultId,
        /// Its run had been closed: it is evidence, and its changes stand in the report as late.
        late: bool,
    },
    /// It is kept and listed, not applied.
    Refused(RefusedUpload),
    /// It was taken before.
    Gone,
}

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

/// An upload that belongs where it says.
struct Belonging {
    agent: String,
    run: ScanRun,
    plan: Plan,
    part: TaskPart,
    lent: Lent,
    note: UploadNote,
}

type Refusal = (&'static str, String);

/// An upload that was read once.
struct LookedOver {
    /// All of it.
    whole: Raw,
    inspected: Inspected,
    /// SHA-256 of the scanner's output.
    content: [u8; 32],
}

impl LookedOver {
    async fn of(key: &BlobKey, mut reader: BlobReader) -> Result<Self, BlobError> {
        let bytes = reader.bytes;
        if bytes > MOST_HELD_BYTES as u64 {
            let mut sealed = Sealed { inner: reader.chunks, inspection: Inspection::default() };
            let content = digest_chunks(&mut sealed).await?;
            let whole = Raw::Staged { key: key.clone(), skip: 0, bytes };
            return Ok(Self { whole, inspected: sealed.inspection.finish(), content });
        }
        let (mut whole, mut inspection) = (Vec::new(), Inspection::default());
        while let Some(chunk) = reader.chunks.next().await? {
            whole.extend(chunk);
        }
        let content = digest_held(inspection.update(&whole));
        Ok(Self { whole: Raw::Held(whole), inspected: inspection.finish(), content })
    }

    /// The scanner's output without the note before it.
    fn packed(self) -> Raw {
        let skip = self.inspected.skip;
        match self.whole {
            Raw::Held(mut whole) => {
                let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(whole.len());
                Raw::Held(whole.split_off(skip))
            }
            Raw::Staged { key, bytes, .. } => Raw::Staged { key, skip, bytes: bytes.saturating_sub(skip) },
        }
    }
}

/// What stands behind the note of an upload, which is looked over meanwhile.
struct Sealed {
    inner: Box<dyn BlobChunks>,
    inspection: Inspection,
}

#[async_trait]
impl BlobChunks for Sealed {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        while let Some(mut chunk) = self.inner.next().await? {
            let packed = self.inspection.update(&chunk).len();
            if packed > 0 {
                return Ok(Some(chunk.split_off(chunk.len() - packed)));
            }
        }
        Ok(None)
    }
}

impl Service {
    /// Applies an upload to the state, marks its task, finishes the run with the last one, and removes the upload: the
    /// raw result is kept. What does not belong is kept and listed as refused.
    ///
    /// May be called twice, at once, and again after a crash between any two steps.
    pub async fn take_upload(&self, key: &BlobKey) -> Result<UploadTaken, AppError> {
        let app = self.app();
        let Some(reader) = app.blobs.open(key).await.during(|| format!("read upload {key}"))? else {
            return Ok(UploadTaken::Gone);
        };
        if reader.bytes > MOST_UPLOAD_BYTES {
            // Too large to be moved; a few words in its place say that it was there.
            let message =
                format!("it has {} bytes, and at most {MOST_UPLOAD_BYTES} are allowed", reader.bytes);
            let words = Raw::Held(message.clone().into_bytes());
            let refusal = ("upload.too_large", message);
            return app.refuse_upload(key, &words, refusal).await.map(UploadTaken::Refused);
        }
        let looked_over = LookedOver::of(key, reader).await.during(|| format!("read upload {key}"))?;
        let belonging = match self.belonging(key, &looked_over).await? {
            Ok(found) => found,
            Err(refusal) => {
                return app.refuse_upload(key, &looked_over.whole, refusal).await.map(UploadTaken::Refused);
            }
        };
        let taken = self.apply_upload(belonging, looked_over).await?;
        app.blobs.delete(key).await.during(|| format!("remove upload {key}"))?;
        Ok(taken)
    }

    /// What an upload belongs to, or why it belongs nowhere.
    async fn belonging(
        &self,
        key: &BlobKey,
        looked_over: &LookedOver,
    ) -> Result<Result<Belonging, Refusal>, AppError> {
        let app = self.app();
        let refused = |code, message: String| Ok(Err((code, message)));
        let Some(name) = UploadName::read(key) else {
            return refused("upload.bad_name", "its name is not one of an upload".to_owned());
        };
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
        let (revoked, run) = (app.agent_refusal(name.agent).await?, app.scan_run(&name.run).await?);
        if let Some(refusal) = revoked {
            // Some of it may stand in the state already: then all of it must, with its mark.
            let begun = match &run {
                Some(run) => self.was_applied(run, name.task, *content).await?,
                None => false,
            };
            if !begun {
                return Ok(Err(refusal));
            }
        }
        let Some(run) = run else {
            return refused("upload.unknown_run", format!("there is no run {} of a scan", name.run));
        };
        let task = name.task;
        if task >= run.machine.total {
            return refused("upload.unknown_task", format!("run {} has no task {}", run.id, task_key(task)));
        }
        let Some(lent) = app.lent(&run.id, task, name.agent).await? else {
            let message =
                format!("agent {} never began task {} of run {}", name.agent, task_key(task), run.id);
            return refused("upload.foreign_task", message);
        };
        if run.is_cancelled() && !self.was_applied(&run, task, *content).await? {
            return refused("upload.run_cancelled", format!("run {} was cancelled", run.id));
        }
        let plan = app.known_plan(&run.id).await?;
        let Some(part) = plan.cutter().task(task) else {
            return refused("upload.unknown_task", format!("run {} has no task {}", run.id, task_key(task)));
        };
        Ok(Ok(Belonging { agent: name.agent.to_owned(), run, plan, part, lent, note }))
    }

    /// Whether applying a result had begun: then it is brought to its end.
    async fn was_applied(&self, run: &ScanRun, task: u32, content: [u8; 32]) -> Result<bool, AppError> {
        let id = result_id(run, task, content);
        Ok(self.app().result(&run.site, id).await?.is_some())
    }

    async fn apply_upload(
        &self,
        belonging: Belonging,
        looked_over: LookedOver,
    ) -> Result<UploadTaken, AppError> {
        let app = self.app();
        let Belonging { agent, run, plan, part, lent, note } = belonging;
        let (id, now) = (result_id(&run, note.task, looked_over.content), app.now());
        let sha256 = looked_over.content;
        let packed = looked_over.packed();
        let record = ResultRecord {
            id,
            site: run.site.clone(),
            source: format!("task {} of {}, agent {agent}", task_key(note.task), run.scan_name),
            bytes: packed.bytes(),
            received: now,
            judgement: judgement(&run, &plan, &part, &note, &lent),
            status: ResultStatus::Stored,
            task: Some(basis(&agent, &note, &lent)),
            sha256: Some(sha256),
            by: None,
            document: None,
        };
        let stored = app.keep_result(record, &packed).await?;
        let marked = if stored.status == ResultStatus::Stored {
            let evaluated = app.evaluate(stored, &packed, &|_, _| {}).await?;
            let mark = mark_of(&note, &agent, &evaluated, now);
            app.mark_task(&run.id, mark, Some(&evaluated.record)).await?
        } else {
            Marked::Before
        };
        let late = match marked {
            Marked::Counted => false,
            Marked::Late => true,
            Marked::Before => app.late_marks(&run.id).await?.iter().any(|mark| mark.results.contains(&id)),
        };
        app.settle_refused(&agent).await?;
        // Whoever marked it may have died before it looked whether the run is done.
        self.count_run(&run.id).await?;
        if late && !app.expectations_of(&run.site, now).await?.is_empty() {
            // What was never open makes no delta, and may be expected: the end of the run looks, and has been.
            self.send_work(WorkMessage::RunFinished { run: run.id.clone(), from: None }).await?;
        }
        Ok(UploadTaken::Applied { result: id, late })
    }
}

/// The id of the result of a task; the same output of another run or task is another result.
fn result_id(run: &ScanRun, task: u32, content: [u8; 32]) -> ResultId {
    let task = format!("{}/{}", run.id, task_key(task));
    ResultId::derive(content, &run.site, Some(&task), 0)
}

fn judgement(run: &ScanRun, plan: &Plan, part: &TaskPart, note: &UploadNote, lent: &Lent) -> Judgement {
    let began = UnixTime::from_seconds(note.began).unwrap_or(lent.first);
    Judgement {
        run: run.id.clone(),
        scan: Some(plan.scan.clone()),
        targets: Some(part.addresses.clone()),
        ports: part.ports.as_ref().and_then(PortSpec::set).cloned(),
        default_time: began.shifted(-skew(note)).max(lent.first),
        time_zone: "UTC".to_owned(),
        format: Some(FORMAT.to_owned()),
        confirm_open: plan.confirm_open,
        confirm_close: plan.confirm_close,
    }
}

fn basis(agent: &str, note: &UploadNote, lent: &Lent) -> TaskBasis {
    let cut = match (&note.cut, note.exit_code) {
        (Some(cut), _) => Some(escape(&cut.chars().take(40).collect::<String>()).to_string()),
        (None, Some(0)) => None,
        (None, Some(code)) => Some(format!("exit code {code}")),
        (None, None) => Some("a signal".to_owned()),
    };
    TaskBasis { task: note.task, agent: agent.to_owned(), lent: lent.first, clock_ahead: skew(note), cut }
}

/// By how much the agent's clock is to be corrected.
fn skew(note: &UploadNote) -> i64 {
    let ahead = note.clock_ahead.unwrap_or(0).clamp(-MOST_SKEW, MOST_SKEW);
    if ahead.abs() > CLOCK_TOLERANCE { ahead } else { 0 }
}

fn mark_of(note: &UploadNote, agent: &str, evaluated: &Evaluated, now: UnixTime) -> TaskMark {
    let mut mark = TaskMark::of(note.task, TaskEnd::Partial, now);
    mark.agent = Some(agent.to_owned());
    mark.results = vec![evaluated.record.id];
    mark.batches.clone_from(&evaluated.batches);
    mark.covered = evaluated.covered;
    match &evaluated.record.status {
        ResultStatus::Applied(applied) => {
            if applied.complete {
                mark.end = TaskEnd::Complete;
            }
            mark.changes.clone_from(&applied.changes);
            mark.unchanged = applied.unchanged;
            mark.first_looks = applied.first_looks;
            mark.superseded = applied.superseded;
            mark.warnings.clone_from(&applied.warnings);
        }
        ResultStatus::Refused { code, message } => mark.warnings.push((code.clone(), message.clone())),
        ResultStatus::Stored => {}
    }
    if !note.complaints.trim().is_empty() {
        let words = escape_within(note.complaints.trim(), MOST_COMPLAINT).to_string();
        mark.warnings.push(("scanner_complaint".to_owned(), words));
    }
    mark
}
