//! From counted units to a page of documentation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::meter::Units;
use super::run::Done;

/// Dollars in us-east-1, on demand, as the price lists of DynamoDB, S3, SQS, API Gateway and Lambda have them.
const WRITE_UNIT: f64 = 0.625e-6;
const READ_UNIT: f64 = 0.125e-6;
const S3_PUT: f64 = 5e-6;
const S3_GET: f64 = 0.4e-6;
/// A gigabyte that is kept for a month.
const S3_GIGABYTE: f64 = 0.023;
const SQS_REQUEST: f64 = 0.4e-6;
const API_REQUEST: f64 = 1.0e-6;
const INVOCATION: f64 = 0.2e-6;
/// A GB-second on arm64.
const GB_SECOND: f64 = 13.3334e-6;

/// Hourly, in a month of thirty days.
const RUNS: f64 = 720.0;

/// Requests to SQS for a task: sent in tens, received, acknowledged; the upload's event: sent, received and removed in
/// tens.
const SQS_PER_TASK: f64 = 0.1 + 1.0 + 1.0 + 1.0 + 0.1 + 0.1;

/// Requests to SQS of an agent that waits all month, for twenty seconds at a time.
const IDLE_POLLS: f64 = 30.0 * 86_400.0 / 20.0;

/// Calls of the API for a task: it begins.
const API_PER_TASK: f64 = 1.0;

/// Megabytes of the function that takes results in, as template.yaml says.
pub const INGEST_MEGABYTES: u32 = 512;
/// Megabytes of the function behind the API.
pub const API_MEGABYTES: u32 = 512;

/// Requests to SQS of Lambda, which waits at the queues of the stack all month: three queues, five at a time, twenty
/// seconds each.
const LAMBDA_POLLS: f64 = 3.0 * 5.0 * IDLE_POLLS;

/// State: what is believed, and what changed. The rest is bookkeeping.
const STATE: [&str; 4] = ["head", "body", "batch", "scope"];

/// The goal of a month for state, in dollars.
pub const STATE_GOAL: f64 = 1.25;
/// The goal of a month for everything, in dollars.
pub const ALL_GOAL: f64 = 2.75;
/// What everything may cost until that goal is reached, in dollars: it must not grow.
pub const ALL_MOST: f64 = 5.80;

/// A run that was counted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Counts {
    /// What ran.
    pub name: String,
    /// What it did.
    pub done: Done,
    /// Units by kind, by the rules of DynamoDB.
    pub counted: BTreeMap<String, Units>,
    /// What the emulator said that its calls took: read and write units.
    pub told: (f64, f64),
    /// Requests to S3.
    pub requests: BTreeMap<String, u64>,
}

/// Dollars of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Month {
    /// Heads, bodies, delta batches and scopes.
    pub state: f64,
    /// All other items.
    pub bookkeeping: f64,
    /// Requests to S3, and a month of raw results.
    pub s3: f64,
    /// Requests to SQS and API Gateway.
    pub queues: f64,
    /// Lambda.
    pub functions: f64,
}

impl Month {
    /// Everything.
    #[must_use]
    pub fn all(self) -> f64 {
        self.state + self.bookkeeping + self.s3 + self.queues + self.functions
    }
}

/// GB-seconds of functions for a task: taking it in within the goal of 100 ms, and beginning it in 20 ms.
fn gb_seconds_per_task() -> f64 {
    (0.1 * f64::from(INGEST_MEGABYTES) + 0.02 * f64::from(API_MEGABYTES)) / 1_024.0
}

fn dollars(units: &Units) -> f64 {
    units.reads * READ_UNIT + units.writes * WRITE_UNIT
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

impl Counts {
    /// What a month of such runs costs.
    #[must_use]
    pub fn month(&self) -> Month {
        let sum = |of_state: bool| -> f64 {
            let wanted = self.counted.iter().filter(|(kind, _)| STATE.contains(&kind.as_str()) == of_state);
            wanted.map(|(_, units)| dollars(units)).sum()
        };
        let tasks = number(self.done.tasks);
        let request = |name: &str| number(self.requests.get(name).copied().unwrap_or(0));
        Month {
            state: sum(true) * RUNS,
            bookkeeping: sum(false) * RUNS,
            // Deletes are free. Raw results stay: those of the first run for the whole month, of the last for an hour.
            s3: (request("put") * S3_PUT + request("list") * S3_PUT + request("get") * S3_GET) * RUNS
                + number(self.done.uploaded) / 1e9 * RUNS / 2.0 * S3_GIGABYTE,
            queues: (tasks * SQS_PER_TASK * SQS_REQUEST + tasks * API_PER_TASK * API_REQUEST) * RUNS
                + IDLE_POLLS * SQS_REQUEST,
            functions: tasks * (gb_seconds_per_task() * GB_SECOND + 2.0 * INVOCATION) * RUNS,
        }
    }

    /// Units of one kind.
    #[must_use]
    pub fn of(&self, kind: &str) -> Units {
        self.counted.get(kind).copied().unwrap_or_default()
    }

    /// All units: reads and writes.
    #[must_use]
    pub fn sum(&self) -> (f64, f64) {
        self.counted
            .values()
            .fold((0.0, 0.0), |(reads, writes), units| (reads + units.reads, writes + units.writes))
    }
}

/// Why a run of so many tasks costs more than the goal.
fn why_above(run: &Counts) -> String {
    let of = |kinds: &[&str]| -> f64 { kinds.iter().map(|kind| dollars(&run.of(kind))).sum::<f64>() * RUNS };
    let puts = number(run.requests.get("put").copied().unwrap_or(0)) * S3_PUT * RUNS;
    format!(
        "\nState costs no more than it is to. Everything together is ${:.2} above its goal, by the number of tasks, {} a run:\n\n\
         - S3 takes ${puts:.2} for puts alone: the agent puts an upload, and the function puts the raw result that stays, before \
         it\n  removes the upload, so that a function may die at any time.\n\
         - Records of results are ${:.2}: written when a result is kept, and again with the mark of its task, in a transaction at \
         twice\n  the price. Each holds the 1,000 ports that this scan names singly; with `--top-ports` it is half of that.\n\
         - Mark, counter and the run itself, which is read, and checked in that transaction, are ${:.2}: so nothing is counted twice, \
         or into\n  a report that was written.\n\
         - What was cleaned up is read once a result and once a batch of deltas, for ${:.2}.\n",
        run.month().all() - ALL_GOAL,
        run.done.tasks,
        of(&["result"]),
        of(&["mark", "counter", "run"]),
        of(&["clean-up"]),
    )
}

/// What a month costs besides, whatever is scanned.
fn not_counted() -> String {
    format!(
        "\n## What is not counted\n\nThe stack costs something although nothing is scanned:\n\n\
         - Lambda asks the three queues of the stack for messages all the time, five times at once and for 20 s each: {:.1} \
         million\n  requests to SQS, about ${:.2}, of which the first million of an account is free.\n\
         - What is called each minute: the function that tells, the agents' status (twice a minute each, with a write), and the \
         sweep\n  every five minutes.\n\
         - Alarms beyond the ten that are free, ten cents each; logs, by the gigabyte; backups of the table.\n",
        LAMBDA_POLLS / 1e6,
        LAMBDA_POLLS * SQS_REQUEST
    )
}

/// The page of documentation.
#[must_use]
pub fn page(runs: &[Counts], hosts: u32) -> String {
    let mut text = format!(
        "# What it costs on AWS\n\nWritten by `cargo xtask cloud cost`; do not edit. Runs of a scan of a /16 with {hosts} hosts \
         that answer, 10 open\nports each, cut into tasks of a /24, through the DynamoDB adapter against an emulator. Units \
         are counted from the items by the\nrules of DynamoDB; beside them stands what the emulator says that the calls \
         took, which leaves out the index. Prices:\nus-east-1, on demand, without what is free. A month is 720 runs, one an \
         hour.\n\n## Units of one run\n\n"
    );
    let names: Vec<_> = runs.iter().map(|run| format!("{} reads | writes", run.name)).collect();
    let _ = writeln!(text, "| | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|---|".repeat(runs.len()));
    let mut kinds: Vec<&str> = runs.iter().flat_map(|run| run.counted.keys().map(String::as_str)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.sort_by_key(|kind| !STATE.contains(kind));
    for kind in kinds {
        let cells: Vec<_> = runs
            .iter()
            .map(|run| run.of(kind))
            .map(|units| format!("{:.0} | {:.0}", units.reads, units.writes))
            .collect();
        let _ = writeln!(text, "| {kind} | {} |", cells.join(" | "));
    }
    let row = |text: &mut String, name: &str, cells: Vec<String>| {
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    };
    let sums =
        runs.iter().map(Counts::sum).map(|(reads, writes)| format!("**{reads:.0}** | **{writes:.0}**"));
    row(&mut text, "**all**", sums.collect());
    let told = runs.iter().map(|run| format!("{:.0} | {:.0}", run.told.0, run.told.1)).collect();
    row(&mut text, "the emulator says", told);
    text += "\n## Dollars of a month of such runs\n\n";
    let names: Vec<_> = runs.iter().map(|run| run.name.as_str()).collect();
    let _ = writeln!(text, "| | {} | goal |\n|---|{}---|", names.join(" | "), "---|".repeat(runs.len()));
    let months: Vec<Month> = runs.iter().map(Counts::month).collect();
    let mut line = |name: &str, goal: &str, of: fn(&Month) -> f64| {
        let cells: Vec<_> = months.iter().map(|month| format!("{:.2}", of(month))).collect();
        let _ = writeln!(text, "| {name} | {} | {goal} |", cells.join(" | "));
    };
    line("state: heads, bodies, delta batches, scopes", &format!("{STATE_GOAL:.2}"), |month| month.state);
    line("bookkeeping: tasks, results, runs, alerts", "", |month| month.bookkeeping);
    line("S3: requests, and raw results of the month", "", |month| month.s3);
    line("SQS and API requests, one agent (counted by the design, not measured)", "", |month| month.queues);
    let sizes = format!(
        "{INGEST_MEGABYTES} MB to take it in and 20 ms at {API_MEGABYTES} MB to begin it, not measured"
    );
    line(&format!("functions (by the goals of a task: 100 ms at {sizes})"), "", |month| month.functions);
    line("**all**", &format!("{ALL_GOAL:.2}"), |month| month.all());
    if let Some(dear) = runs.last().filter(|run| run.month().all() > ALL_GOAL) {
        text += &why_above(dear);
    }
    text += &not_counted();
    text += "\n## What the runs were\n\n| | tasks | blocks with changes | changes | uploaded MB |\n|---|---|---|---|---|\n";
    for run in runs {
        let Done { tasks, batches, changes, uploaded } = run.done;
        let _ = writeln!(
            text,
            "| {} | {tasks} | {batches} | {changes} | {:.1} |",
            run.name,
            number(uploaded) / 1e6
        );
    }
    text
}
