//! `portdelta audit`: who changed what.

use portdelta_protocol::admin::AuditEntry;
use serde_json::json;

use crate::arguments::{AuditArguments, OutputFormat};
use crate::client::{Client, Pages};
use crate::failure::Failure;
use crate::output::{Listing, time_text};

/// Lists the newest changes.
pub async fn audit(arguments: &AuditArguments) -> Result<u8, Failure> {
    let AuditArguments { who, what, limit, remote } = arguments;
    let client = Client::of(&remote.server)?;
    let call = client.get(&["audit"]).query_some("who", who.as_ref()).query_some("what", what.as_ref());
    let entries: Vec<AuditEntry> = Pages::of(call).first(limit.get()).await?;
    // A table has no room for ids, and the detail names the thing.
    let columns: &[_] = match remote.format.format {
        OutputFormat::Table => &["time", "who", "what", "detail"],
        _ => &["time", "who", "what", "object", "detail"],
    };
    let mut listing = Listing::new(columns, "Nobody changed anything.");
    for entry in &entries {
        let AuditEntry { time, who, what, object, detail, .. } = entry;
        let mut cells = vec![time_text(time.0), who.clone(), what.clone(), object.clone(), detail.clone()];
        if columns.len() == 4 {
            cells.remove(3);
        }
        listing.row(cells, json!(entry));
    }
    listing.print(remote.format.format)?;
    Ok(0)
}
