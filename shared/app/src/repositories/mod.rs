//! What is stored where: keys, layouts and transactions, written once for all stores.

mod agents;
mod alerts;
mod audit;
mod batches;
mod blocks;
mod bundles;
mod channels;
mod clean_ups;
mod days;
mod deliveries;
mod enrolments;
mod events;
mod expectations;
mod forgotten;
mod host_notes;
mod journeys;
mod moves;
mod named;
mod network_runs;
mod old_results;
mod old_runs;
mod once;
mod people_settings;
mod plans;
mod readings;
mod refused_uploads;
mod reports;
mod result_parts;
mod results;
mod retention;
mod runs;
mod scan_runs;
mod scans;
mod scopes;
mod sessions;
mod sign_in_attempts;
mod tasks;
mod tokens;
mod users;
mod version;
mod watched_ports;

pub(crate) use agents::no_agent;
pub use agents::{Agent, LastSeen};
pub(crate) use alerts::{ALERT_PARTITIONS, AlertList, alert_action, alert_position, check_alert};
pub use audit::{AuditEntry, AuditFilter, AuditPage};
pub use batches::{Batch, BatchPage, OUTBOX};
pub(crate) use batches::{batch_key, check_batch};
pub use blocks::{AppliedTally, LoadedBlock, LoadedHead};
pub(crate) use blocks::{BLOB, check_body, check_head};
pub use bundles::Notice;
pub(crate) use bundles::{check_notice, notice_actions, partition as bundle_partition};
pub(crate) use channels::check_channel_status;
pub use channels::{ChannelRecord, ChannelStatus, MOST_CHANNELS, Subscription};
pub(crate) use clean_ups::{CLEAN_UPS, CleanUpPhase, check_clean_up};
pub use clean_ups::{CleanUp, CleanUpCounts, CleanUpScope};
pub use days::DayChanges;
pub(crate) use days::{day_actions, days_partition, is_day, uncount_report};
pub use deliveries::{DeliveryProgress, DeliveryRecord, DeliveryState};
pub(crate) use deliveries::{check_delivery, delivery_partition};
pub use enrolments::Enrolment;
pub(crate) use events::news_action;
pub use events::{AlertNews, AlertTurn, EVENTS_KEPT_SECONDS};
pub(crate) use expectations::{EXPECTATIONS, Edit, check_expectation, places_of};
pub(crate) use forgotten::{FORGOTTEN, Forgotten, Mark, check_forgotten};
pub use host_notes::HostNote;
pub(crate) use host_notes::{NotedHost, check_host_note, host_notes_partition};
pub(crate) use journeys::StoredJourney;
pub use moves::MoveProgress;
pub(crate) use moves::MoveRecord;
pub(crate) use named::check_network;
pub use named::{Network, NetworkDraft, Site};
pub(crate) use network_runs::{CARDS, check_network_run, network_runs_partition, position};
pub use network_runs::{NetworkRun, Standing};
pub(crate) use old_runs::RunRemoval;
pub use once::{AskedOnce, KEYS_KEPT_SECONDS, KeptAnswer, KeyUse};
pub use plans::Plan;
pub(crate) use plans::check_plan;
pub(crate) use readings::MOST_READINGS;
pub use refused_uploads::RefusedUpload;
pub(crate) use refused_uploads::check_refused_upload;
pub use reports::{Missing, Report, ReportAgent, ReportFilter, ReportPage};
pub use result_parts::{MOST_ARGUMENT_BYTES, ResultPart};
pub(crate) use result_parts::{check_result_part, result_parts_partition};
pub(crate) use results::raw_key;
pub use results::{Applied, DocumentNote, Judgement, ResultRecord, ResultStatus, TaskBasis};
pub use retention::Retention;
pub(crate) use retention::{RAW, check_retention};
pub use runs::{RunPage, RunRecord, RunState};
pub use scan_runs::{RunTotals, ScanRun};
pub(crate) use scan_runs::{Slot, check_slot, out_of_time, run_id, untold_key};
pub use scans::{Overlap, Scan, ScanDraft, ScanNote, ScanSchedule};
pub(crate) use scans::{check_note, no_scan};
pub(crate) use scopes::{ScopeCache, check_scope};
pub use sessions::{IDLE_SECONDS, MOST_SECONDS};
pub(crate) use sessions::{Session, ended};
pub(crate) use sign_in_attempts::{Counted, Suspect};
pub use tasks::{Lent, TaskEnd, TaskMark, TaskRefusal};
pub(crate) use tasks::{Marked, check_lent, check_mark, check_task_refusal, cursor_behind_task};
pub use tokens::Token;
pub(crate) use tokens::{LentToken, keep_lent};
pub use users::{Identity, User};
pub(crate) use users::{Invitation, no_user};
pub use version::FIRST_VERSION;
pub(crate) use version::{LOCK, at_version};
pub(crate) use watched_ports::check_watched_ports;

use portdelta_core::Block;
use portdelta_core::ids::SiteId;

use crate::ports::{Item, Query, Table, TableError};

/// Partitions of things that no result says, and that a rebuild therefore copies. Those whose names hold an id are
/// copied for each of these.
pub(crate) const KEPT: [&str; 27] = [
    "RETENTION",
    "CLEANUPS",
    "SITES",
    "NETWORKS",
    "EXPECTATIONS",
    "MOVES",
    "SCANS",
    "OPEN",
    "UNTOLD",
    "REFUSED",
    "WATCHED",
    "CHANNELS",
    "AGENTS",
    "AGENTSEEN",
    "ENROLMENTS",
    "TOKENS",
    "TOKENUSE",
    "LENTACCESS",
    "SETUP",
    "USERS",
    "USERNAMES",
    "USERSEEN",
    "PEOPLE",
    "SESSIONS",
    "SIGNINS",
    "AUDIT",
    "SCHEDULES",
];

/// Sorts like the block: IPv4 before IPv6, then by number.
pub(crate) fn block_key(block: Block) -> String {
    match block {
        Block::V4(upper) => format!("4{upper:06x}"),
        Block::V6(upper) => format!("6{upper:030x}"),
    }
}

pub(crate) fn block_of_key(key: &str) -> Option<Block> {
    let (family, digits) = key.split_at_checked(1)?;
    match family {
        "4" => u32::from_str_radix(digits, 16).ok().map(Block::V4),
        "6" => u128::from_str_radix(digits, 16).ok().map(Block::V6),
        _ => None,
    }
}

pub(crate) fn block_partition(site: &SiteId, block: Block) -> String {
    format!("BLK#{site}#{}", block_key(block))
}

/// All items of a query, page by page.
pub(crate) async fn all_items(
    table: &dyn Table,
    mut query: Query,
    of_index: bool,
) -> Result<Vec<Item>, TableError> {
    let mut items = Vec::new();
    loop {
        let page = if of_index { table.query_index(&query).await? } else { table.query(&query).await? };
        items.extend(page.items);
        let Some(next) = page.next else { return Ok(items) };
        query = query.after(Some(next));
    }
}

impl crate::App {
    /// All items of a partition as they are stored.
    pub(crate) async fn partition(&self, partition: &str) -> Result<Vec<Item>, crate::AppError> {
        let items = all_items(&*self.table, Query::partition(partition), false).await;
        crate::error::During::during(items, || format!("read {partition}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_keys_sort_like_blocks() {
        let mut blocks: Vec<Block> =
            ["10.0.0.0/24", "9.255.255.0/24", "192.0.2.0/24", "::/120", "2001:db8::/120"]
                .iter()
                .map(|text| text.parse().expect("a block"))
                .collect();
        blocks.sort();
        let keys: Vec<String> = blocks.iter().copied().map(block_key).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(blocks.iter().all(|&block| block_of_key(&block_key(block)) == Some(block)));
    }
}
