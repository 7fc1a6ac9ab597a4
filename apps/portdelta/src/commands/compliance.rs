//! `portdelta compliance`: what of a network is not as expected.

use portdelta_protocol::admin::Violation;
use serde_json::json;

use crate::arguments::{ComplianceArguments, OutputFormat};
use crate::client::{Client, Pages};
use crate::failure::{EXIT_CHANGES, Failure};
use crate::output::{Listing, plural, print_line};

/// What nobody knows, as the server calls it.
const UNKNOWN: &str = "unknown";

/// Lists what is not as expected.
pub async fn compliance(arguments: &ComplianceArguments) -> Result<u8, Failure> {
    let ComplianceArguments { network, site, known, fail_on_violation, remote } = arguments;
    let client = Client::of(&remote.server)?;
    let call = client.get(&["networks", network, "compliance"]).query_some("site", site.as_ref());
    let mut found: Vec<Violation> = Pages::of(call).all().await?;
    if *known {
        found.retain(|line| line.problem != UNKNOWN);
    }
    let columns = &["address", "port", "problem", "detail", "expectation"];
    let mut listing = Listing::new(columns, format!("All that is expected of {network} is so."));
    for line in &found {
        let port = match (line.port, &line.protocol) {
            (Some(port), Some(protocol)) => format!("{port}/{protocol}"),
            _ => "host".to_owned(),
        };
        let detail = [&line.service, &line.reason, &line.owner].map(String::as_str);
        let detail = detail.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
        let problem = line.problem.replace('_', " ");
        listing.row(vec![line.address.clone(), port, problem, detail, line.expectation.clone()], json!(line));
    }
    listing.print(remote.format.format)?;
    let violations = found.iter().filter(|line| line.problem != UNKNOWN).count();
    if remote.format.format == OutputFormat::Table && !found.is_empty() {
        let unknown = found.len() - violations;
        print_line(&format!("{}, {unknown} unknown", plural(violations as u64, "violation")))?;
    }
    Ok(if *fail_on_violation && violations > 0 { EXIT_CHANGES } else { 0 })
}
