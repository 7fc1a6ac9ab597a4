//! Takes a result in: keeps it, works out what it is evidence for, and applies it block by block.

use std::borrow::Cow;

use portdelta_core::Block;
use portdelta_core::coverage::{Basis, Evidence, Lens, cover};
use portdelta_core::delta::Delta;
use portdelta_core::evidence::{BlockEvidence, Origin};
use portdelta_core::forget::forget;
use portdelta_core::ids::{Order, ResultId, RunId, SiteId};
use portdelta_core::observation::Document;
use portdelta_core::reconcile::{Outcome, reconcile, renew};
use portdelta_formats::{CollectedFile, Refusal};

use crate::App;
use crate::error::{AppError, During};
use crate::finish::Telling;
use crate::raw::Raw;
use crate::repositories::{
    Applied, AppliedTally, Batch, DocumentNote, Forgotten, Judgement, LoadedHead, ResultRecord, ResultStatus,
};
use crate::stored::{head_layers, split, with_layers};
use crate::sweep::GoesOn;
use crate::task_fit::{Fitted, blind_warnings, fit};

/// How often a block or run that others are writing is tried again.
pub(crate) const MOST_TRIES: u32 = 50;

/// How many blocks a warning names.
const MOST_NAMED_BLOCKS: usize = 5;

/// A result as it comes in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The site that it is evidence for.
    pub site: SiteId,
    /// A name for people: the file it came from, or the command.
    pub source: String,
    /// What it is, for the list of runs: `scan 192.0.2.0/24`.
    pub title: String,
    /// Its bytes.
    pub raw: Raw,
    /// Its run; an import is one of its own, named by its content.
    pub run: Option<RunId>,
    /// Who imports it, as histories name them: `user Ada`.
    pub by: Option<String>,
    /// What it is judged by; its run is filled in.
    pub judgement: Judgement,
}

/// What became of a result.
#[derive(Clone, Debug)]
pub struct IngestReport {
    /// Its record, with its counts or the reason why it was refused.
    pub record: ResultRecord,
    /// The same result had been applied before: nothing was done.
    pub repeated: bool,
    /// What it changed, by address; with `repeated` nothing.
    pub deltas: Vec<Delta>,
}

/// What a result did to one block.
struct AppliedBlock {
    outcome: Outcome,
    /// Addresses that were cleaned up since its scan began.
    left_out: u64,
}

/// What a result did, before anything says so.
pub(crate) struct Evaluated {
    /// Its record with its new status.
    pub record: ResultRecord,
    /// What it changed, by address.
    pub deltas: Vec<Delta>,
    /// Where that is stored.
    pub batches: Vec<(Block, Order)>,
    /// Addresses of its task that it is evidence about; 0 for an import.
    pub covered: u64,
}

impl App {
    /// Keeps a result and applies it. A result that is refused is kept and listed as well.
    ///
    /// May be called twice, at once, and again after a crash: what was applied is not applied again, and what is
    /// missing is. `progress` hears how many blocks of how many are done.
    ///
    /// # Errors
    /// Of the stores. A result that can't be read is no error but a report with [`ResultStatus::Refused`].
    pub async fn ingest(
        &self,
        upload: Upload,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<IngestReport, AppError> {
        self.ingest_telling(upload, progress, Telling::Nobody).await
    }

    /// The same; says whether somebody is to be told of the run.
    pub(crate) async fn ingest_telling(
        &self,
        upload: Upload,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
        telling: Telling,
    ) -> Result<IngestReport, AppError> {
        let Upload { site, source, title, raw, run, by, mut judgement } = upload;
        let sha256 = self.content_digest(&raw).await?;
        let id = ResultId::derive(sha256, &site, None, 0);
        judgement.run = match run {
            Some(run) => run,
            None => import_run(id)?,
        };
        self.ensure_site(&site).await?;
        let record = ResultRecord {
            id,
            site,
            source,
            bytes: raw.bytes(),
            received: self.clock.now(),
            judgement,
            status: ResultStatus::Stored,
            task: None,
            sha256: Some(sha256),
            by,
            document: None,
        };
        let stored = self.keep_result(record, &raw).await?;
        if stored.status != ResultStatus::Stored {
            // The process that marked it may have died before it ended the run.
            self.finish_run_of(&stored, self.clock.now(), telling).await?;
            return Ok(IngestReport { record: stored, repeated: true, deltas: Vec::new() });
        }
        self.begin_run(&stored, title).await?;
        let report = self.apply(stored, &raw, progress).await?;
        self.finish_run_of(&report.record, self.clock.now(), telling).await?;
        Ok(report)
    }

    /// Applies a result whose record is stored, and marks it.
    pub(crate) async fn apply(
        &self,
        record: ResultRecord,
        raw: &Raw,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<IngestReport, AppError> {
        let Evaluated { record, deltas, .. } = self.evaluate(record, raw, progress).await?;
        self.mark_result(&record).await?;
        Ok(IngestReport { record, repeated: false, deltas })
    }

    /// Applies a result whose record is stored, block by block, and says what became of it. The caller marks it.
    pub(crate) async fn evaluate(
        &self,
        record: ResultRecord,
        raw: &Raw,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<Evaluated, AppError> {
        let what = || AppError::Missing { what: format!("a part of result {}", record.id.short()) };
        let file = self.read_raw(raw, &record.judgement).await?;
        self.evaluate_file(record.clone(), file, progress, &|| true).await?.ok_or_else(what)
    }

    /// The same of a file that was read. `None` where `goes_on` said after a block that there is no time for the next one:
    /// again, it goes on with those that are missing, one at least.
    pub(crate) async fn evaluate_file(
        &self,
        mut record: ResultRecord,
        file: Result<CollectedFile, Refusal>,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
        goes_on: GoesOn<'_>,
    ) -> Result<Option<Evaluated>, AppError> {
        let mut file = match file {
            Ok(file) => file,
            Err(refusal) => {
                let (code, message) = (refusal.code().to_owned(), refusal_text(&refusal));
                record.status = ResultStatus::Refused { code, message };
                return Ok(Some(Evaluated { record, deltas: Vec::new(), batches: Vec::new(), covered: 0 }));
            }
        };
        let mut applied = Applied { complete: file.reading.complete, ..Applied::default() };
        for warning in file.reading.warnings {
            applied.warnings.push((warning.code, warning.message));
        }
        let mut fitted = Fitted::default();
        if let Some(basis) = &record.task {
            fitted = fit(&mut file.documents, basis, &record);
            applied.complete &= fitted.complete;
            applied.warnings.append(&mut fitted.warnings);
        } else {
            let mut blind = blind_warnings(&file.documents);
            applied.complete &= blind.is_empty();
            applied.warnings.append(&mut blind);
        }
        let notes: Vec<DocumentNote> = file.documents.iter().map(DocumentNote::of).collect();
        self.keep_parts(&record.site, record.id, &notes).await?;
        record.document = notes.into_iter().next();
        let parts: Vec<Evidence> = file
            .documents
            .into_iter()
            .zip(0..)
            .map(|(document, number)| evidence_of(document, &record, number))
            .collect();
        let total = parts.iter().map(|part| part.blocks().count()).sum();
        let (mut deltas, mut batches) = (Vec::new(), Vec::new());
        let mut forgotten = self.forgotten(&record.site).await?;
        let (mut dark, mut left_out) = (Vec::new(), 0);
        let mut done = 0;
        for mut evidence in parts {
            for warning in &evidence.warnings {
                let warning = (warning.code.to_owned(), warning.message.clone());
                // Documents of one file tend to say the same.
                if !applied.warnings.contains(&warning) {
                    applied.warnings.push(warning);
                }
            }
            let blocks: Vec<Block> = evidence.blocks().collect();
            for block in blocks {
                let part = evidence.take_block(block);
                applied.time = applied.time.max(part.order.time);
                let AppliedBlock { outcome, left_out: older } =
                    self.apply_block(&record.site, &part, &evidence.origin, &mut forgotten).await?;
                left_out += older;
                if outcome.blackout {
                    dark.push(block);
                }
                applied.unchanged += outcome.unchanged;
                applied.first_looks += outcome.first_looks;
                applied.superseded += outcome.superseded;
                if !outcome.deltas.is_empty() {
                    batches.push((block, part.order));
                }
                deltas.extend(outcome.deltas);
                done += 1;
                progress(done, total);
                if !outcome.repeated && done < total && !goes_on() {
                    return Ok(None);
                }
            }
        }
        applied.warnings.extend(blackout_warning(&dark));
        if left_out > 0 {
            let message = format!(
                "{left_out} addresses were cleaned up after this scan had begun: what it says about them does not count"
            );
            applied.warnings.push(("cleaned_up".to_owned(), message));
        }
        if done == 0 {
            let message = "nothing in it is evidence about any address".to_owned();
            applied.warnings.push(("no_evidence".to_owned(), message));
        }
        for (kind, count) in crate::diff::counts(&deltas) {
            applied.changes.insert(kind.to_owned(), count as u64);
        }
        let covered = fitted.covered(applied.complete);
        applied.complete &= !fitted.is_blind();
        record.status = ResultStatus::Applied(applied);
        Ok(Some(Evaluated { record, deltas, batches, covered }))
    }

    /// Applies what a result says about one block, in one transaction; again from the start where somebody else
    /// wrote the block meanwhile. What was cleaned up since its scan began is left out.
    async fn apply_block(
        &self,
        site: &SiteId,
        evidence: &BlockEvidence,
        origin: &Origin,
        forgotten: &mut Forgotten,
    ) -> Result<AppliedBlock, AppError> {
        for _ in 0..MOST_TRIES {
            let (left, left_out) = match forgotten.left_of(evidence, origin.start) {
                Some((left, left_out)) if left.covered().is_empty() => {
                    return Ok(AppliedBlock { outcome: Outcome::default(), left_out });
                }
                Some((left, left_out)) => (Cow::Owned(left), left_out),
                None => (Cow::Borrowed(evidence), 0),
            };
            let loaded = self.head(site, evidence.block).await?;
            // Whoever cleaned the block knew more. One of which nothing is known may have been cleaned just now, too.
            if loaded.cleaned > forgotten.number || !loaded.is_known() {
                let known = forgotten.number;
                *forgotten = self.forgotten(site).await?;
                if forgotten.number != known {
                    continue;
                }
            }
            if let Some(outcome) = self.try_block(site, &left, origin, loaded, forgotten).await? {
                return Ok(AppliedBlock { outcome, left_out });
            }
        }
        Err(AppError::Contended { what: evidence.block.to_string(), tries: MOST_TRIES })
    }

    /// `None` where somebody else was faster.
    async fn try_block(
        &self,
        site: &SiteId,
        evidence: &BlockEvidence,
        origin: &Origin,
        mut loaded: LoadedHead,
        forgotten: &Forgotten,
    ) -> Result<Option<Outcome>, AppError> {
        let (block, result) = (evidence.block, evidence.order.result);
        let place = (site, block);
        // Whoever comes first takes out what a clean-up has not come to yet.
        let to_forget = forgotten.after(block, loaded.cleaned);
        loaded.cleaned = forgotten.number;
        let loaded = &loaded;
        let head = &loaded.head;
        let tally = |outcome: &Outcome| AppliedTally {
            result,
            unchanged: outcome.unchanged,
            first_looks: outcome.first_looks,
            superseded: outcome.superseded,
            blackout: outcome.blackout,
        };
        // Later results may have taken its layers: the head knows it all the same.
        if loaded.tallies.iter().any(|tally| tally.result == result) {
            return Ok(Some(self.repeated(place, loaded, evidence).await?));
        }
        // The quick way reads and writes nothing but the head.
        let scopes = self.scopes(site, head.scopes()).await?;
        let mut layers = head_layers(head, &scopes).during(|| format!("read the head of {block}"))?;
        if to_forget.is_empty()
            && let Some(outcome) = renew(&mut layers, head.state_number, head.pending, evidence, origin)
        {
            if outcome.repeated {
                return Ok(Some(self.repeated(place, loaded, evidence).await?));
            }
            let head = with_layers(head, &layers);
            let written =
                self.commit_block(place, loaded, (head, loaded.open), None, tally(&outcome), None).await?;
            return Ok(written.then_some(outcome));
        }
        let mut state = self.state(site, block, head).await?;
        let cleaned = forget(&mut state, &to_forget);
        let outcome = reconcile(&mut state, evidence, origin);
        // A batch stays when layers and counts of its result are gone.
        if outcome.repeated || outcome.late && self.batch_of(site, block, evidence.order).await?.is_some() {
            return Ok(Some(self.repeated(place, loaded, evidence).await?));
        }
        let (new_head, body, new_scopes) = split(&state);
        self.store_scopes(site, new_scopes).await?;
        let write_body = cleaned || outcome.changed || new_head.more_layers || head.more_layers;
        let batch = (!outcome.deltas.is_empty()).then(|| Batch {
            site: site.clone(),
            block,
            run: origin.run.clone(),
            order: evidence.order,
            late: outcome.late,
            deltas: outcome.deltas.clone(),
            withdrawn: false,
        });
        let body = write_body.then_some(&body);
        let head = (new_head, Some(state.open_ports() as u64));
        let written = self.commit_block(place, loaded, head, body, tally(&outcome), batch.as_ref()).await?;
        Ok(written.then_some(outcome))
    }

    /// What a result did to a block to which it had been applied before a crash.
    async fn repeated(
        &self,
        (site, block): (&SiteId, Block),
        loaded: &LoadedHead,
        evidence: &BlockEvidence,
    ) -> Result<Outcome, AppError> {
        let result = evidence.order.result;
        let batch = self.batch_of(site, block, evidence.order).await?;
        let deltas = batch.map(|batch| batch.deltas).unwrap_or_default();
        let mut outcome = Outcome { repeated: true, deltas, ..Outcome::default() };
        if let Some(known) = loaded.tallies.iter().find(|tally| tally.result == result) {
            outcome.unchanged = known.unchanged;
            outcome.first_looks = known.first_looks;
            outcome.superseded = known.superseded;
            outcome.blackout = known.blackout;
        }
        Ok(outcome)
    }
}

/// What document `number` (from 0) of a result is evidence for, by what is stored with the result.
#[must_use]
pub fn evidence_of(document: Document, record: &ResultRecord, number: u32) -> Evidence {
    let judgement = &record.judgement;
    let result = match number {
        0 => record.id,
        _ => ResultId::derive(record.id.0, &record.site, None, number),
    };
    cover(
        document,
        &Basis {
            site: record.site.clone(),
            run: judgement.run.clone(),
            result,
            lens: judgement.scan.as_deref().map_or(Lens::Import, Lens::Scan),
            targets: judgement.targets.as_ref(),
            ports: judgement.ports.as_ref(),
            received: record.received,
            time: None,
            default_time: judgement.default_time,
            confirm_open: judgement.confirm_open,
            confirm_close: judgement.confirm_close,
            lists_first_looks: true,
        },
    )
}

fn refusal_text(refusal: &Refusal) -> String {
    format!("{refusal}. {}", refusal.hint())
}

/// One warning for all blocks in which nothing answers: a lost cable darkens thousands of them.
fn blackout_warning(blocks: &[Block]) -> Option<(String, String)> {
    let named: Vec<_> = blocks.iter().take(MOST_NAMED_BLOCKS).map(ToString::to_string).collect();
    let more = match blocks.len() - named.len() {
        _ if blocks.is_empty() => return None,
        0 => String::new(),
        more => format!(" and {more} more blocks"),
    };
    let message = format!(
        "nothing answers in {}{more}: what was up or open there is reported as gone or closed only when a second \
         result of another run agrees",
        named.join(", ")
    );
    Some(("blackout".to_owned(), message))
}

fn import_run(id: ResultId) -> Result<RunId, AppError> {
    let name = format!("import-{}", id.short());
    name.parse().map_err(|_| AppError::Unknown { what: format!("run {name}") })
}
