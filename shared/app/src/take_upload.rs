//! Takes in what an agent uploaded: checks whose it is, applies it, marks its task.

use portdelta_core::escape::{escape, escape_within};
use portdelta_core::ids::{Order, ResultId, SiteId};
use portdelta_core::port_spec::PortSpec;
use portdelta_core::tasks::TaskPart;
use portdelta_core::{Block, UnixTime};
use portdelta_formats::{self as formats, CollectedFile};
use portdelta_protocol::agent::task_key;
use portdelta_protocol::upload::UploadNote;

use crate::Service;
use crate::error::{AppError, During};
use crate::ingest::Evaluated;
use crate::looked_over::LookedOver;
use crate::ports::{BlobKey, QueueName, Work};
use crate::raw::{MOST_HELD_BYTES, Raw};
use crate::repositories::{
    Judgement, Lent, MOST_READINGS, Marked, Plan, RefusedUpload, ResultRecord, ResultStatus, ScanRun,
    TaskBasis, TaskEnd, TaskMark, batch_key,
};
use crate::sweep::GoesOn;
use crate::task_fit::CLOCK_TOLERANCE;
use crate::upload_place::{Belonging, result_id};
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
    /// There was no time for all of it; a message sees to the rest.
    Later,
    /// It was taken before.
    Gone,
}

impl Service {
    /// Applies an upload to the state, marks its task, finishes the run with the last one, and removes the upload: the
    /// raw result is kept. What does not belong is kept and listed as refused.
    ///
    /// May be called twice, at once, and again after a crash between any two steps.
    pub async fn take_upload(&self, key: &BlobKey) -> Result<UploadTaken, AppError> {
        self.take_upload_while(key, &|| true).await
    }

    /// The same as long as `goes_on` says so after each of its documents and blocks of addresses: then a message sees to the
    /// rest.
    pub async fn take_upload_while(
        &self,
        key: &BlobKey,
        goes_on: GoesOn<'_>,
    ) -> Result<UploadTaken, AppError> {
        let app = self.app();
        let Some(reader) = app.blobs.open(key).await.during(|| format!("read upload {key}"))? else {
            return Ok(UploadTaken::Gone);
        };
        let bytes = reader.bytes;
        if bytes > MOST_UPLOAD_BYTES {
            // Too large to be moved; a few words in its place say that it was there.
            let message = format!("it has {bytes} bytes, and at most {MOST_UPLOAD_BYTES} are allowed");
            let words = Raw::Held(message.clone().into_bytes());
            let refusal = ("upload.too_large", message);
            return app.refuse_upload(key, &words, refusal).await.map(UploadTaken::Refused);
        }
        let unread = Raw::Staged { key: key.clone(), skip: 0, bytes };
        let place = match self.upload_place(key).await? {
            Ok(place) => place,
            Err(refusal) => return app.refuse_upload(key, &unread, refusal).await.map(UploadTaken::Refused),
        };
        // Only what is large takes so much that it may be the end of who reads it.
        let is_large = bytes > MOST_HELD_BYTES as u64;
        if is_large && !app.begin_reading(key).await? {
            let message = format!(
                "reading it was begun {MOST_READINGS} times and never came to an end: it takes more memory or time than \
                 there is"
            );
            let refused = app.refuse_upload(key, &unread, ("upload.given_up", message)).await?;
            app.ended_reading(key).await?;
            return Ok(UploadTaken::Refused(refused));
        }
        let looked_over = LookedOver::of(key, reader, &app.limits).await;
        let looked_over = looked_over.during(|| format!("read upload {key}"))?;
        let belonging = match self.belonging(place, &looked_over).await? {
            Ok(found) => found,
            Err(refusal) => {
                let refused = app.refuse_upload(key, &looked_over.whole, refusal).await?;
                if is_large {
                    app.ended_reading(key).await?;
                }
                return Ok(UploadTaken::Refused(refused));
            }
        };
        let (record, packed) = record_of(&belonging, looked_over, app.now());
        let file = app.read_raw(&packed, &record.judgement).await?;
        if is_large {
            app.ended_reading(key).await?;
        }
        let stored = app.keep_result(record, &packed).await?;
        let taken = Box::pin(self.apply_upload(belonging, stored, file, goes_on)).await?;
        if taken == UploadTaken::Later {
            self.send_work(WorkMessage::ingest(key)).await?;
            return Ok(taken);
        }
        app.blobs.delete(key).await.during(|| format!("remove upload {key}"))?;
        Ok(taken)
    }

    async fn apply_upload(
        &self,
        belonging: Belonging,
        stored: ResultRecord,
        file: Result<CollectedFile, formats::Refusal>,
        goes_on: GoesOn<'_>,
    ) -> Result<UploadTaken, AppError> {
        let app = self.app();
        let Belonging { agent, run, note, .. } = belonging;
        let (id, now) = (stored.id, app.now());
        let mut batches = Vec::new();
        let marked = if stored.status == ResultStatus::Stored {
            let Some(evaluated) = app.evaluate_file(stored, file, &|_, _| {}, goes_on).await? else {
                return Ok(UploadTaken::Later);
            };
            let mark = mark_of(&note, &agent, &evaluated, now);
            batches.clone_from(&mark.batches);
            app.mark_task(&run.id, mark, Some(&evaluated.record)).await?
        } else {
            Marked::Before
        };
        let late = match marked {
            Marked::Counted => false,
            Marked::Late => true,
            Marked::Before => {
                let marks = app.late_marks(&run.id).await?;
                let mark = marks.into_iter().find(|mark| mark.results.contains(&id));
                mark.map(|mark| batches = mark.batches).is_some()
            }
        };
        app.settle_refused(&agent).await?;
        // Whoever marked it may have died before it looked whether the run is done.
        self.count_run(&run.id).await?;
        if late {
            self.tell_late(&run.site, &batches).await?;
        }
        if late && !app.expectations_of(&run.site, now).await?.is_empty() {
            // What was never open makes no delta, and may be expected: the end of the run looks, and has been.
            self.send_work(WorkMessage::RunFinished { run: run.id.clone(), from: None }).await?;
        }
        Ok(UploadTaken::Applied { result: id, late })
    }

    /// The end of a run lets the alerts of all its batches happen, whether or not somebody told of their commits. For what
    /// comes later there is no such end, only these messages.
    async fn tell_late(&self, site: &SiteId, batches: &[(Block, Order)]) -> Result<(), AppError> {
        let message = |(block, order): &(Block, Order)| WorkMessage::batch(&batch_key(site, *block, *order));
        let messages: Vec<_> = batches.iter().map(|batch| message(batch).outgoing()).collect();
        if messages.is_empty() {
            return Ok(());
        }
        let queue = QueueName::Work(Work::Notify);
        let sent = self.queue().send(&queue, messages).await;
        sent.during(|| format!("send work to {queue}"))
    }
}

/// The record of a result that was received, and its bytes.
fn record_of(belonging: &Belonging, looked_over: LookedOver, now: UnixTime) -> (ResultRecord, Raw) {
    let Belonging { agent, run, plan, part, lent, note } = belonging;
    let sha256 = looked_over.content;
    let packed = looked_over.packed();
    let record = ResultRecord {
        id: result_id(run, note.task, sha256),
        site: run.site.clone(),
        source: format!("task {} of {}, agent {agent}", task_key(note.task), run.scan_name),
        bytes: packed.bytes(),
        received: now,
        judgement: judgement(run, plan, part, note, lent),
        status: ResultStatus::Stored,
        task: Some(basis(agent, note, lent)),
        sha256: Some(sha256),
        by: None,
        document: None,
    };
    (record, packed)
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
