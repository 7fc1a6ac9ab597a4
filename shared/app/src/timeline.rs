//! All runs of a scan in the order of time.

use std::num::NonZeroUsize;

use portdelta_core::delta::Kind;
use portdelta_core::ids::SiteId;

use crate::App;
use crate::error::AppError;
use crate::repositories::RunRecord;
use crate::run_view::RunFilter;

/// How many runs one request looks through.
const MOST_RUNS: usize = 500;

/// Runs read at once.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(100).expect("not zero");

/// A run of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// The run, with what its report counts.
    pub run: RunRecord,
    /// How much of what was asked was covered, 0 to 100; `None` while it goes on.
    pub coverage_percent: Option<u8>,
}

impl App {
    /// The runs of a scan, newest first, of which some changed something of these kinds; all of them where `kinds` is
    /// empty. At most `limit`, perhaps fewer while there are more; `after` is what came with the page before.
    pub async fn timeline(
        &self,
        scan: &str,
        site: Option<&SiteId>,
        kinds: &[Kind],
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<TimelineEntry>, Option<String>), AppError> {
        let filter = RunFilter { scan: Some(scan.to_owned()), site: site.cloned(), ..RunFilter::default() };
        let mut entries = Vec::new();
        let mut place = after.map(str::to_owned);
        for _ in 0..MOST_RUNS / AT_ONCE {
            // Not more than still fit: the place behind a page is that of its last run.
            let room = NonZeroUsize::new(limit - entries.len()).unwrap_or(NonZeroUsize::MIN).min(AT_ONCE);
            let page = self.run_list(&filter, room, place.as_deref()).await?;
            for run in page.runs {
                let has = |kind: &Kind| run.changes.contains_key(kind.name());
                if kinds.is_empty() || kinds.iter().any(has) {
                    let known = self.scan_run(&run.id).await?;
                    let totals = known.and_then(|known| known.totals);
                    let coverage_percent = totals.map(|totals| totals.coverage_percent);
                    entries.push(TimelineEntry { run, coverage_percent });
                }
            }
            place = page.next;
            if place.is_none() || entries.len() == limit {
                break;
            }
        }
        Ok((entries, place))
    }
}
