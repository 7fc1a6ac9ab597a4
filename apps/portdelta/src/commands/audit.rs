//! `portdelta audit`: who changed what.

use portdelta_protocol::admin::AuditEntry;
use serde_json::json;

use crate::arguments::AuditArguments;
use crate::client::{Client, Pages};
use crate::failure::Failure;
use crate::output::{Listing, time_text};

/// Lists the newest changes.
pub async fn audit(arguments: &AuditArguments) -> Result<u8, Failure> {
    let AuditArguments { who, what, limit, remote } = arguments;
    let client = Client::of(&remote.server)?;
    let call = client.get(&["audit"]).query_some("who", who.as_ref()).query_some("what", what.as_ref());
    let entries: Vec<AuditEntry> = Pages::of(call).first(limit.get()).await?;
    let mut listing = Listing::new(&["time", "who", "what", "object", "detail"], "Nobody changed anything.");
    for entry in &entries {
        let AuditEntry { time, who, what, object, detail, .. } = entry;
        let cells = vec![time_text(time.0), who.clone(), what.clone(), object.clone(), detail.clone()];
        listing.row(cells, json!(entry));
    }
    listing.print(remote.format.format)?;
    Ok(0)
}
