//! Comparing two generated files, as `portdelta diff` does, without the process around it.

use anyhow::Context;
use portdelta_app::diff::{DiffReport, EarlierFile, Told};
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_formats::{DocumentSink, ReadOptions, ResultLimits, read};

/// Reads both files, and compares them.
///
/// # Errors
/// Where one is refused.
pub fn differences(old: &[u8], new: &[u8]) -> anyhow::Result<DiffReport> {
    let mut earlier = EarlierFile::default();
    let old = give(old, 1, &mut earlier)?;
    let mut later = earlier.whole(old, Told::default());
    let new = give(new, 2, &mut later)?;
    Ok(later.report(new))
}

fn give(xml: &[u8], number: u8, sink: &mut dyn DocumentSink) -> anyhow::Result<ResultId> {
    read(xml, &ReadOptions::default(), &ResultLimits::default(), sink)?;
    let site: SiteId = "bench".parse().context("a valid id")?;
    // The content is not hashed: the id only has to differ.
    Ok(ResultId::derive([number; 32], &site, None, 0))
}
