//! Where a result comes from: who scanned with what, and what is kept of it. Deltas name results; this is what stands
//! behind the name.

use portdelta_core::AddressSet;
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::port_spec::PortSpec;
use portdelta_protocol::admin::{ResultAgent, ResultScanner, ResultState, ResultView, Time, Warning};

use crate::App;
use crate::error::AppError;
use crate::ports::BlobKey;
use crate::repositories::{DocumentNote, ResultRecord, ResultStatus, raw_key};

/// Ranges of targets that are named.
const MOST_RANGES: usize = 50;

/// Where a result comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The record of its file.
    pub record: ResultRecord,
    /// Its place among the documents of the file, from 0.
    pub number: u32,
    /// What the document says of itself; `None` where that was not kept.
    pub document: Option<DocumentNote>,
    /// Where its bytes are, as they were received.
    pub object: BlobKey,
    /// They are there still; the retention removes them.
    pub is_kept: bool,
    /// What the agent that uploaded it is called.
    pub agent_name: Option<String>,
    /// What its scan is called.
    pub scan_name: Option<String>,
}

impl App {
    /// Where a result of a site comes from, also one that stands behind others in its file; `None` where there is no
    /// such result, or where it was taken in before documents of appended files were noted.
    pub async fn provenance(&self, site: &SiteId, id: ResultId) -> Result<Option<Provenance>, AppError> {
        let (file, part) = match self.result_part(site, id).await? {
            Some(part) => (part.file, Some(part)),
            None => (id, None),
        };
        let Some((record, is_kept)) = self.result_and_raw(site, file).await? else { return Ok(None) };
        let number = part.as_ref().map_or(0, |part| part.number);
        let document = part.map_or_else(|| record.document.clone(), |part| Some(part.document));
        let agent_name = match &record.task {
            Some(task) => self.agent(&task.agent).await?.map(|agent| agent.name),
            None => None,
        };
        let scan_name = match &record.judgement.scan {
            Some(scan) => self.scan(scan).await?.map(|scan| scan.draft.name),
            None => None,
        };
        let object = raw_key(site, record.id)?;
        Ok(Some(Provenance { record, number, document, object, is_kept, agent_name, scan_name }))
    }
}

impl Provenance {
    /// The same as people and programs read it, under the id that was asked for.
    #[must_use]
    pub fn view(self, id: ResultId) -> ResultView {
        let Self { record, number, document, object, is_kept, agent_name, scan_name } = self;
        let (status, complete, warnings) = match record.status {
            ResultStatus::Stored => (ResultState::Stored, None, Vec::new()),
            ResultStatus::Applied(applied) => {
                (ResultState::Applied, Some(applied.complete), applied.warnings)
            }
            ResultStatus::Refused { code, message } => (ResultState::Refused, None, vec![(code, message)]),
        };
        let time = |of: fn(&DocumentNote) -> Option<_>| document.as_ref().and_then(of).map(Time);
        let (began, ended) = (time(|document| document.start), time(|document| document.end));
        let (judgement, task) = (record.judgement, record.task);
        ResultView {
            id: id.to_string(),
            site: record.site,
            document: number,
            source: record.source,
            object: object.to_string(),
            kept: is_kept,
            sha256: record.sha256.map(|digest| data_encoding::HEXLOWER.encode(&digest)),
            bytes: record.bytes,
            received: Time(record.received),
            began,
            ended,
            scanner: document.map(|document| ResultScanner {
                tool: document.tool.name().to_owned(),
                version: document.version,
                arguments: document.arguments,
            }),
            agent: task.as_ref().map(|task| ResultAgent { id: task.agent.clone(), name: agent_name }),
            imported_by: record.by,
            run: judgement.run,
            task: task.as_ref().map(|task| task.task),
            // What the command line scans has a lens of its own, and no saved scan.
            scan: judgement.scan.filter(|_| task.is_some()),
            scan_name,
            targets: judgement.targets.as_ref().map(few_addresses),
            ports: judgement.ports.map(|ports| PortSpec::Set(ports).to_string()),
            status,
            complete,
            clock_ahead: task.as_ref().map(|task| task.clock_ahead).filter(|seconds| *seconds != 0),
            cut: task.and_then(|task| task.cut),
            warnings: warnings.into_iter().map(|(code, message)| Warning { code, message }).collect(),
        }
    }
}

/// `192.0.2.0/24, 198.51.100.7`, and how many ranges follow where there are many.
fn few_addresses(set: &AddressSet) -> String {
    let named: Vec<_> = set.ranges().iter().take(MOST_RANGES).map(|&range| range.notation()).collect();
    let more = set.ranges().len() - named.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more ranges") };
    named.join(", ") + &more
}
