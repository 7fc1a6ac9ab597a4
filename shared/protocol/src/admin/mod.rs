//! What administrators and their programs read and write, as JSON.
//!
//! Which address takes what stands in the README of `portdelta-api`. The server refuses
//! bodies with fields that it does not know, so that a misspelt one is not lost; readers of answers ignore them.

mod agent;
mod alert;
mod audit;
mod channel;
mod clean_up;
mod delta;
mod event;
mod expectation;
mod host;
mod host_note;
mod import;
mod log;
mod moving;
mod network;
mod overview;
mod page;
mod people;
mod queue;
mod report;
mod result;
mod retention;
mod run;
mod scan;
mod scan_options;
mod search;
mod server;
mod session;
mod site;
mod time;
mod token;

pub use agent::{Agent, AgentStatus, CreatedEnrolment, Enrolment, MoveAgent, NewEnrolment};
pub use alert::{
    Alert, AlertAction, AlertEvent, AlertState, BulkAction, BulkLine, BulkOutcome, Severity, WatchedPort,
};
pub use audit::AuditEntry;
pub use channel::{
    Channel, ChannelDraft, ChannelFilter, ChannelSettings, ChannelTest, ChannelView, SmtpSecurity,
};
pub use clean_up::{CleanUp, CleanUpCounts, CleanUpPreview, NewCleanUp};
pub use delta::{Cover, Delta, Why};
pub use event::{AgentTurned, AlertTurned, RunFinished, RunProgressed, SystemTold};
pub use expectation::{
    AcceptDeltas, AcceptedDelta, AcceptedDeltas, AppliedExpectations, Expectation, ExpectationDraft,
    ExpectedOfPort, ExpectedState, Violation,
};
pub use host::{History, Host, HostPort, HostService};
pub use host_note::{HostNote, HostNoteChange};
pub use import::Imported;
pub use log::{LogLevel, LogLine, LogPage, LogsElsewhere, NotALogLevel};
pub use moving::Move;
pub use network::{CardRun, MapBlock, MapTime, Network, NetworkCard, NetworkChange, NetworkRun};
pub use overview::{AgentCounts, AlertCounts, Attention, DayChanges, Overview, RunCounts};
pub use page::{DEFAULT_PAGE, MAX_PAGE, Page};
pub use people::{
    AcceptInvitation, CreatedUser, Invited, NewUser, PeopleSettings, Registration, Role, SingleSignOn, User,
    UserChange,
};
pub use queue::{DeadLetter, QueueView, Redriven};
pub use report::{Coverage, Missing, Report, ReportAgent, Score};
pub use result::{ResultAgent, ResultScanner, ResultState, ResultView};
pub use retention::{Retention, RetentionPreview};
pub use run::{Run, RunProgress, RunState, Tally, TaskState, TaskView, Warning};
pub use scan::{
    AskSchedule, CloneScan, Overlap, Scan, ScanDraft, ScanNote, ScanPreview, Schedule, SchedulePreview,
    StartRuns, StartedRun, StartedRuns,
};
pub use scan_options::{
    AskOptions, NameLookup, OptionFields, OptionMistake, OptionsPreview, OsOptions, ServiceOptions,
};
pub use search::{CoverageColumn, CoverageRow, SearchHit, TimelineEntry};
pub use server::{Check, Doctor, Health, Verdict};
pub use session::{
    ChangePassword, Me, Session, SessionUser, SignIn, SignInOptions, SingleSignOnName, WhoAsks,
};
pub use site::{NewSite, Site, SiteChange};
pub use time::{NotATime, Time};
pub use token::{CreatedToken, NewToken, Token};
