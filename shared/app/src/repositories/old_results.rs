//! Records of results as earlier versions stored them.

use portdelta_core::ids::{ResultId, RunId, SiteId};
use portdelta_core::{AddressSet, PortSet, UnixTime};
use serde::Deserialize;

use super::{DocumentNote, Judgement, ResultRecord, ResultStatus, TaskBasis};
use crate::stored::{StoredError, unpack};

/// Version 3.
#[derive(Deserialize)]
struct Third {
    before: Second,
    sha256: Option<[u8; 32]>,
    by: Option<String>,
    document: Option<DocumentNote>,
}

/// Version 2.
#[derive(Deserialize)]
struct Second {
    before: First,
    task: Option<TaskBasis>,
}

/// Version 1.
#[derive(Deserialize)]
struct First {
    id: ResultId,
    site: SiteId,
    source: String,
    bytes: u64,
    received: UnixTime,
    judgement: OldJudgement,
    status: ResultStatus,
}

/// With first and last of each range of ports.
#[derive(Deserialize)]
struct OldJudgement {
    run: RunId,
    scan: Option<String>,
    targets: Option<AddressSet>,
    ports: Option<PortSet>,
    default_time: UnixTime,
    time_zone: String,
    format: Option<String>,
    confirm_open: u16,
    confirm_close: u16,
}

impl From<OldJudgement> for Judgement {
    fn from(old: OldJudgement) -> Self {
        let OldJudgement { run, scan, targets, ports, default_time, .. } = old;
        let OldJudgement { time_zone, format, confirm_open, confirm_close, .. } = old;
        Self { run, scan, targets, ports, default_time, time_zone, format, confirm_open, confirm_close }
    }
}

impl From<Third> for ResultRecord {
    fn from(old: Third) -> Self {
        let Third { before: Second { before, task }, sha256, by, document } = old;
        let First { id, site, source, bytes, received, judgement, status } = before;
        let judgement = judgement.into();
        Self { id, site, source, bytes, received, judgement, status, task, sha256, by, document }
    }
}

/// Reads version 1, 2 or 3: each is the one before with more at its end, and postcard has no marks between.
pub(super) fn read(version: u8, bytes: &[u8]) -> Result<ResultRecord, StoredError> {
    let what = "result record";
    let second = |before| Second { before, task: None };
    let third = |before| Third { before, sha256: None, by: None, document: None };
    let read = match version {
        1 => third(second(unpack(what, version, bytes)?)),
        2 => third(unpack(what, version, bytes)?),
        _ => unpack(what, version, bytes)?,
    };
    Ok(read.into())
}
