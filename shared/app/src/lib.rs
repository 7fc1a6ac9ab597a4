#![doc = include_str!("../README.md")]

mod active_site;
mod activity;
pub mod agents;
mod apply_expectations;
mod audit;
mod begin_run;
pub mod check;
mod check_scan;
mod clean_up;
mod close_run;
mod compliance;
pub mod diff;
mod dispatch;
mod enrol;
mod error;
mod expect;
mod finish;
mod fire_schedule;
mod follow_expectations;
mod host_history;
mod import;
mod ingest;
mod keep_upload;
mod lease;
mod left_behind;
mod looked_over;
pub mod moving;
mod network_blocks;
mod network_cards;
mod network_coverage;
mod network_history;
mod network_map;
mod networks;
mod note_networks;
pub mod notify;
mod overview;
pub mod password;
mod people_settings;
mod places;
pub mod ports;
mod posture;
mod provenance;
mod query;
mod raw;
mod rebuild;
mod report_export;
pub mod repositories;
mod retain;
mod run_view;
pub mod schedule;
mod search;
mod secret;
mod service;
mod set_schedule;
mod sign_in;
mod single_sign_on;
mod steps;
pub mod stored;
mod sweep;
mod take_upload;
mod task_fit;
mod timeline;
mod tokens;
mod troubles;
mod upload_place;
mod users;
pub mod work;

use std::sync::Arc;

pub use activity::{Activity, AgentActivity, News, RunActivity};
pub use agents::{AgentFilter, AgentView, SilentAgent};
pub use apply_expectations::{AppliedFile, Applying};
pub use audit::Change;
pub use begin_run::RunBegun;
pub use check_scan::CheckedScan;
pub use clean_up::{CleanUpDraft, CleanUpPreview};
pub use compliance::Violation;
pub use dispatch::{SLICE_TASKS, SliceSent};
pub use enrol::CreatedEnrolment;
pub use error::{AppError, Invalid};
pub use expect::{Acceptance, AcceptedDelta, ExpectationDraft};
pub use host_history::{HistoryEntry, HistoryFilter, HistoryPlace};
pub use ingest::{IngestReport, Upload, evidence_of};
pub use network_cards::{CardFilter, CardSort, NetworkCard};
pub use network_coverage::{CoverageColumn, CoverageRow};
pub use network_history::{NetworkHistory, NetworkPlace};
pub use network_map::{AddressState, MapAddress, MapBlock};
pub use overview::{AgentCounts, Attention, AttentionKind, Overview, RunCounts};
pub use places::{UNASSIGNED, addresses_of_network};
pub use provenance::Provenance;
pub use query::{HostFilter, HostRow};
pub use raw::{MOST_HELD_BYTES, Raw};
pub use rebuild::RebuildReport;
pub use report_export::{ChangeReader, report_view};
pub use retain::{RetentionPreview, Retired};
pub use run_view::{ReportedDelta, RunFilter, RunList, RunProgress, RunStage, RunView};
pub use search::{SearchFilter, SearchHit, SearchPlace};
pub use service::Service;
pub use sign_in::{NewSession, SignInAttempt, SignedIn};
pub use single_sign_on::{Arrival, ArrivalNews, JOURNEY_SECONDS, Returned};
pub use sweep::{GoesOn, SweepReport};
pub use take_upload::{MOST_UPLOAD_BYTES, UploadTaken};
pub use timeline::TimelineEntry;
pub use tokens::{Caller, CreatedToken, TableCredentials};
pub use troubles::LEAST_COVERAGE_PERCENT;
pub use users::{INVITATION_SECONDS, InvitedUser, NewUser, check_user_name};
pub use work::{Due, WorkMessage};

use portdelta_formats::ResultLimits;
use ports::{Blobs, Clock, Ids, Table};
use repositories::ScopeCache;

/// The application: its use cases are methods, and these are what they work on.
pub struct App {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    scope_cache: ScopeCache,
    silent: bool,
    limits: ResultLimits,
}

impl App {
    /// The application on these adapters.
    #[must_use]
    pub fn new(
        table: Arc<dyn Table>,
        blobs: Arc<dyn Blobs>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let limits = ResultLimits::default();
        Self { table, blobs, clock, ids, scope_cache: ScopeCache::default(), silent: false, limits }
    }

    /// The application on the same adapters, whose deltas nobody is told of: for rebuilds, and where there is no server.
    #[must_use]
    pub fn silent(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
            blobs: Arc::clone(&self.blobs),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            scope_cache: ScopeCache::default(),
            silent: true,
            limits: self.limits.clone(),
        }
    }

    /// The same with other limits for results that are read: where memory and time are short.
    #[must_use]
    pub fn limited(mut self, limits: ResultLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The id of a run that begins now.
    ///
    /// # Errors
    /// Never with ids that are UUIDs.
    pub fn new_run(&self) -> Result<portdelta_core::ids::RunId, AppError> {
        let id = self.ids.new_id();
        id.parse().map_err(|_| AppError::Unknown { what: format!("run {id}") })
    }

    /// The present second.
    #[must_use]
    pub fn now(&self) -> portdelta_core::UnixTime {
        self.clock.now()
    }
}
