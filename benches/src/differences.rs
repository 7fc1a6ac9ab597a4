//! Comparing two generated files, as `portdelta diff` does, without the process around it.

use anyhow::Context;
use portdelta_app::diff::{DiffReport, DiffRequest, diff};
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::observation::Document;
use portdelta_formats::{ReadOptions, ResultLimits, collect};

/// Reads both files, and compares them.
///
/// # Errors
/// Where one is refused.
pub fn differences(old: &[u8], new: &[u8]) -> anyhow::Result<DiffReport> {
    let request =
        DiffRequest { old: documents(old, 1)?, new: documents(new, 2)?, targets: None, ports: None };
    Ok(diff(request))
}

fn documents(xml: &[u8], number: u8) -> anyhow::Result<(Vec<Document>, ResultId)> {
    let file = collect(xml, &ReadOptions::default(), &ResultLimits::default())?;
    let site: SiteId = "bench".parse().context("a valid id")?;
    // The content is not hashed: the id only has to differ.
    Ok((file.documents, ResultId::derive([number; 32], &site, None, 0)))
}
