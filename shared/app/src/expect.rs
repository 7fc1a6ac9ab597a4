//! Says what a site should look like, by hand or by accepting what changed.

use std::net::IpAddr;

use portdelta_core::UnixTime;
use portdelta_core::delta::{Delta, Kind, Value};
use portdelta_core::escape::escape;
use portdelta_core::expectation::{Expectation, ExpectedState};
use portdelta_core::ids::SiteId;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::parse_exclusions;
use sha2::{Digest, Sha256};

use crate::App;
use crate::check::{invalid_target, line, paragraph};
use crate::error::{AppError, Invalid};

/// Expectations that there may be.
const MOST_EXPECTATIONS: usize = 2_000;

/// Changes that are accepted at once.
const MOST_ACCEPTED: usize = 500;

/// An expectation as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationDraft {
    /// Seen from there.
    pub site: SiteId,
    /// Addresses, blocks and ranges as targets are written.
    pub targets: String,
    /// Ports as scans name them: `22,80`, `U:53`, `1-65535`.
    pub ports: String,
    /// Open or closed.
    pub state: ExpectedState,
    /// A pattern that the service must fit.
    pub service: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// From then on it expects nothing.
    pub expires: Option<UnixTime>,
}

/// A change that is to be accepted, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedDelta {
    /// Where it was seen.
    pub site: SiteId,
    /// At this address.
    pub address: IpAddr,
    /// Its id.
    pub id: String,
}

/// Why changes are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Why; must not be empty.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// From then on it expects nothing.
    pub expires: Option<UnixTime>,
}

impl App {
    /// Makes an expectation of what people give.
    pub async fn create_expectation(&self, draft: &ExpectationDraft) -> Result<(Expectation, i64), AppError> {
        let known = self.expectations().await?.len();
        Self::check_room(known, 1)?;
        let expectation = self.checked_expectation(self.ids.new_id(), draft, self.now()).await?;
        let version = self.store_expectation(&expectation, None).await?;
        Ok((expectation, version))
    }

    /// Replaces an expectation, unless somebody else did since `version` was read.
    pub async fn edit_expectation(
        &self,
        id: &str,
        version: i64,
        draft: &ExpectationDraft,
    ) -> Result<(Expectation, i64), AppError> {
        let known = self.expectation(id).await?;
        let (known, _) = known.ok_or_else(|| AppError::Unknown { what: "such expectation".to_owned() })?;
        let expectation = self.checked_expectation(known.id, draft, known.created).await?;
        let version = self.store_expectation(&expectation, Some(version)).await?;
        Ok((expectation, version))
    }

    /// Expects from now on what some ports turned into: 1 to 500 changes. The same change again is the same expectation.
    ///
    /// What opened, or opened again, should be open; what closed, closed; and a service that changed should be what it
    /// is. Of hosts themselves nothing can be expected.
    pub async fn accept_deltas(
        &self,
        deltas: &[AcceptedDelta],
        why: &Acceptance,
    ) -> Result<Vec<Expectation>, AppError> {
        if deltas.is_empty() || deltas.len() > MOST_ACCEPTED {
            let message = format!("{} changes are given, and 1 to {MOST_ACCEPTED} can be", deltas.len());
            return Err(Invalid::field("deltas", "too_many", message, "give fewer at a time").into());
        }
        let reason = line("reason", &why.reason)?;
        let owner = owner(&why.owner)?;
        self.check_expiry(why.expires)?;
        let known = self.expectations().await?.len();
        Self::check_room(known, deltas.len())?;
        let mut made = Vec::new();
        // All of them are looked at before any is accepted.
        for accepted in deltas {
            let history = self.history(&accepted.site, accepted.address).await?;
            let found = history.into_iter().find(|entry| entry.delta.id.to_string() == accepted.id);
            let unknown = || AppError::Unknown { what: format!("change {}", escape(&accepted.id)) };
            let delta = found.ok_or_else(unknown)?.delta;
            made.push(self.expectation_of(&accepted.site, &delta, (&reason, &owner, why.expires))?);
        }
        for expectation in &mut made {
            let known = self.expectation(&expectation.id).await?;
            let version = known.map(|(known, version)| {
                expectation.created = known.created;
                version
            });
            self.store_expectation(expectation, version).await?;
        }
        Ok(made)
    }

    fn expectation_of(
        &self,
        site: &SiteId,
        delta: &Delta,
        (reason, owner, expires): (&str, &str, Option<UnixTime>),
    ) -> Result<Expectation, AppError> {
        let (state, service) = match (delta.kind, &delta.after) {
            (Kind::PortOpened | Kind::PortReopened, _) => (ExpectedState::Open, None),
            (Kind::PortClosed, _) => (ExpectedState::Closed, None),
            (Kind::ServiceChanged, Some(Value::Service(service))) => {
                (ExpectedState::Open, Some(service.name.to_string()).filter(|name| !name.is_empty()))
            }
            _ => {
                return Err(AppError::Refused {
                    code: "delta.not_acceptable",
                    message: format!("of {} nothing can be expected", delta.kind),
                    hint: "Accept the ports that opened or closed instead.",
                });
            }
        };
        let Some(port) = delta.port else { return Err(AppError::Unknown { what: "such port".to_owned() }) };
        let now = self.now();
        let mut hash = Sha256::new();
        for part in [site.to_string(), delta.address.to_string(), port.to_string()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Ok(Expectation {
            id: format!("accepted-{}", data_encoding::HEXLOWER.encode(&digest[..12])),
            site: site.clone(),
            addresses: [delta.address].into_iter().collect(),
            ports: [port].into_iter().collect(),
            state,
            service,
            owner: owner.to_owned(),
            reason: reason.to_owned(),
            expires,
            created: now,
            changed: now,
        })
    }

    fn check_room(known: usize, more: usize) -> Result<(), AppError> {
        if known + more <= MOST_EXPECTATIONS {
            return Ok(());
        }
        Err(AppError::Refused {
            code: "expectations.too_many",
            message: format!("there are {known} expectations, and at most {MOST_EXPECTATIONS} can be"),
            hint: "Remove those that expired, or make one of several: targets and ports may be many.",
        })
    }

    fn check_expiry(&self, expires: Option<UnixTime>) -> Result<(), Invalid> {
        if expires.is_none_or(|expires| expires > self.now()) {
            return Ok(());
        }
        Err(Invalid::field("expires", "in_the_past", "it would have expired already", "name a later time"))
    }

    async fn checked_expectation(
        &self,
        id: String,
        draft: &ExpectationDraft,
        created: UnixTime,
    ) -> Result<Expectation, AppError> {
        if self.site(&draft.site).await?.is_none() {
            let message = format!("there is no site {}", draft.site);
            return Err(Invalid::field("site", "site_unknown", message, "make the site first").into());
        }
        let addresses =
            parse_exclusions(&draft.targets).map_err(|mistake| invalid_target("targets", &mistake))?;
        if addresses.is_empty() {
            let hint = "give addresses, blocks or ranges: 192.0.2.0/24";
            return Err(Invalid::field("targets", "no_targets", "no addresses are given", hint).into());
        }
        let ports: PortSpec =
            draft.ports.parse().map_err(|mistake: portdelta_core::port_spec::PortMistake| {
                Invalid::field("ports", mistake.code(), mistake.to_string(), mistake.hint())
                    .at(mistake.place.clone())
            })?;
        let ports = ports.set().cloned().ok_or_else(|| {
            let message = "top:N does not name the ports that are expected";
            Invalid::field("ports", "ports_not_named", message, "name them: 22,80,443 or 1-65535")
        })?;
        self.check_expiry(draft.expires)?;
        let service = draft.service.as_deref().map(str::trim).filter(|pattern| !pattern.is_empty());
        Ok(Expectation {
            id,
            site: draft.site.clone(),
            addresses,
            ports,
            state: draft.state,
            service: service.map(|pattern| line("service", pattern)).transpose()?,
            owner: owner(&draft.owner)?,
            reason: paragraph("reason", &draft.reason)?,
            expires: draft.expires,
            created,
            changed: self.now(),
        })
    }
}

fn owner(text: &str) -> Result<String, Invalid> {
    if text.trim().is_empty() { Ok(String::new()) } else { line("owner", text) }
}
