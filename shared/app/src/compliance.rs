//! What of a network is not as it is expected to be.

use std::net::IpAddr;

use portdelta_core::expectation::{Expectation, Finding, Unmet, findings};
use portdelta_core::ids::SiteId;
use portdelta_core::{Block, Port};
use portdelta_formats::report::service_text;

use crate::App;
use crate::error::AppError;
use crate::network_blocks::NetworkBlocks;
use crate::places::Places;
use crate::repositories::Network;

/// How many blocks one request reads: a page may have fewer lines than asked for, or none, while there are more.
const MOST_BLOCKS: usize = 48;

/// Something that is not as it should be, or of which nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where.
    pub address: IpAddr,
    /// Which port; `None` where the whole host is down.
    pub port: Option<Port>,
    /// What is the matter; `None` where nothing looked that could tell.
    pub unmet: Option<Unmet>,
    /// The expectation's id.
    pub expectation: String,
    /// Who answers for it; may be empty.
    pub owner: String,
    /// Why it is expected; may be empty.
    pub reason: String,
    /// The service of an open port. Not escaped; may be empty.
    pub service: String,
}

impl App {
    /// What of a network at a site is not as expected, by address: blocks after `after` until about `limit` lines are
    /// there, and the block to go on after, `None` at the end. A block is given whole.
    pub async fn violations(
        &self,
        site: &SiteId,
        network: &Network,
        limit: usize,
        after: Option<Block>,
    ) -> Result<(Vec<Violation>, Option<Block>), AppError> {
        let expectations = self.expectations_of(site, self.now()).await?;
        let networks = self.networks().await?;
        let places = Places(&networks);
        let mut found = Vec::new();
        if expectations.is_empty() {
            return Ok((found, None));
        }
        let mut blocks = NetworkBlocks::from(self, site, network, places, after);
        let (mut read, mut last) = (0, after);
        while let Some((block, head)) = blocks.next().await? {
            if after == Some(block) {
                continue;
            }
            let here: Vec<Expectation> =
                expectations.iter().filter(|one| !one.addresses.within(block).is_empty()).cloned().collect();
            if here.is_empty() {
                continue;
            }
            if read == MOST_BLOCKS || found.len() >= limit {
                return Ok((found, last));
            }
            read += 1;
            last = Some(block);
            let loaded = if head.is_some() { self.block(site, block).await? } else { None };
            let state = loaded.map(|loaded| loaded.state).unwrap_or_default();
            let addresses = (0..=u8::MAX).map(|index| block.address(index));
            for address in addresses.filter(|&address| places.of(address) == network.name) {
                found.extend(findings(&here, address, &state).into_iter().map(violation));
            }
        }
        Ok((found, None))
    }
}

fn violation(finding: Finding<'_>) -> Violation {
    let one = finding.expected.expectation();
    Violation {
        address: finding.address,
        port: finding.port,
        unmet: finding.unmet,
        expectation: one.id.clone(),
        owner: one.owner.clone(),
        reason: one.reason.clone(),
        service: finding.service.map(service_text).unwrap_or_default(),
    }
}
