//! The use cases on stores in memory and in SQLite, with a clock that the test moves.

mod agents;
mod alerts;
mod clean_up;
mod crashes;
mod damping;
mod dashboard;
mod edits;
mod golden;
mod host_history;
mod large_clean_up;
mod moving;
mod people;
mod provenance;
mod quiet;
mod races;
mod rebuild;
mod refusals;
mod repeats;
mod retention;
mod runs;
mod schedules;
mod sizes;
mod store;
