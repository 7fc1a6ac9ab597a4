//! Says what a site should look like, by hand or by accepting what changed.

use std::net::IpAddr;

use portdelta_core::alert::AlertSubject;
use portdelta_core::delta::{Delta, Kind, Value};
use portdelta_core::escape::escape;
use portdelta_core::expectation::{Expectation, Expected, ExpectedState, Unmet};
use portdelta_core::ids::SiteId;
use portdelta_core::port_spec::{PortMistake, PortSpec};
use portdelta_core::targets::parse_exclusions;
use portdelta_core::{Port, UnixTime};
use sha2::{Digest, Sha256};

use crate::App;
use crate::active_site::unknown_site;
use crate::check::{invalid_target, line, paragraph};
use crate::error::{AppError, Invalid};
use crate::host_history::HistoryFilter;
use crate::repositories::Edit;

/// Expectations that there may be.
const MOST_EXPECTATIONS: usize = 2_000;

/// Changes that are accepted at once.
const MOST_ACCEPTED: usize = 500;

/// Ports that one expectation can want to be open.
const MOST_OPEN_PORTS: u32 = 1_024;

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
    /// Who accepts them, as histories name them: `user Ada`.
    pub by: Option<String>,
}

/// Why something is expected, checked.
struct Grounds {
    reason: String,
    owner: String,
    expires: Option<UnixTime>,
    by: Option<String>,
}

/// What is accepted: a port, and what it turned into.
struct Accepted {
    site: SiteId,
    address: IpAddr,
    port: Port,
    state: ExpectedState,
    service: Option<String>,
}

impl App {
    /// What is expected of a port of an address just now, if anything is.
    pub async fn expected_of(
        &self,
        site: &SiteId,
        address: IpAddr,
        port: Port,
    ) -> Result<Option<Expectation>, AppError> {
        let all = self.expectations_of(site, self.now()).await?;
        Ok(Expected::of(&all, address, port).map(|expected| expected.expectation().clone()))
    }

    /// Makes an expectation of what people give, and notes who; alerts follow.
    pub async fn create_expectation(
        &self,
        draft: &ExpectationDraft,
        by: Option<&str>,
    ) -> Result<(Expectation, i64), AppError> {
        Self::check_room(self.expectations().await?.len(), 1)?;
        let mut expectation = self.checked_expectation(self.ids.new_id(), draft, self.now()).await?;
        expectation.by = by.map(str::to_owned);
        let (version, edit) = self.put_expectation(None, Some(&expectation)).await?;
        self.follow_edit(edit).await?;
        Ok((expectation, version))
    }

    /// Replaces an expectation, unless somebody else did since `version` was read; alerts follow.
    pub async fn edit_expectation(
        &self,
        id: &str,
        version: i64,
        draft: &ExpectationDraft,
        by: Option<&str>,
    ) -> Result<(Expectation, i64), AppError> {
        let (known, _) = self.expectation(id).await?.ok_or_else(no_expectation)?;
        let mut expectation = self.checked_expectation(known.id.clone(), draft, known.created).await?;
        expectation.by = by.map(str::to_owned);
        let (version, edit) = self.put_expectation(Some(&(known, version)), Some(&expectation)).await?;
        self.follow_edit(edit).await?;
        Ok((expectation, version))
    }

    /// Removes an expectation; alerts follow. Fails where there is none.
    pub async fn remove_expectation(&self, id: &str) -> Result<(), AppError> {
        let known = self.expectation(id).await?.ok_or_else(no_expectation)?;
        let (_, edit) = self.put_expectation(Some(&known), None).await?;
        self.follow_edit(edit).await
    }

    async fn follow_edit(&self, edit: Edit) -> Result<(), AppError> {
        let edits = [edit];
        self.follow_edits(&edits).await.map_err(|error| error.after(ids(&edits), 1))
    }

    /// Expects from now on what some ports turned into: 1 to 500 changes and alerts. The same again is the same
    /// expectation.
    ///
    /// What opened, or opened again, should be open; what closed, closed; and a service that changed should be what it
    /// is. Of hosts themselves nothing can be expected. Alerts follow: what is accepted resolves them. Fails with
    /// [`AppError::Halfway`] where some were accepted.
    pub async fn accept(
        &self,
        deltas: &[AcceptedDelta],
        alerts: &[String],
        why: &Acceptance,
    ) -> Result<Vec<Expectation>, AppError> {
        let given = deltas.len() + alerts.len();
        if given == 0 || given > MOST_ACCEPTED {
            let message = format!("{given} changes and alerts are given, and 1 to {MOST_ACCEPTED} can be");
            return Err(Invalid::field("deltas", "too_many", message, "give fewer at a time").into());
        }
        self.check_expiry(why.expires)?;
        let grounds = Grounds {
            reason: line("reason", &why.reason)?,
            owner: owner(&why.owner)?,
            expires: why.expires,
            by: why.by.clone(),
        };
        Self::check_room(self.expectations().await?.len(), given)?;
        // All of them are looked at before any is accepted.
        let mut wanted = Vec::new();
        for accepted in deltas {
            let all = HistoryFilter::default();
            let history = self.history(&accepted.site, accepted.address, &all).await?;
            let found = history.into_iter().find(|entry| entry.delta.id.to_string() == accepted.id);
            let unknown = || AppError::Unknown { what: format!("change {}", escape(&accepted.id)) };
            wanted.push(accepted_delta(&accepted.site, &found.ok_or_else(unknown)?.delta)?);
        }
        for id in alerts {
            let unknown = || AppError::Unknown { what: format!("alert {}", escape(id)) };
            let alert = self.alert(id.parse().map_err(|_| unknown())?).await?.ok_or_else(unknown)?;
            wanted.push(accepted_alert(&alert.subject)?);
        }
        let of = wanted.len();
        let (mut made, mut edits) = (Vec::new(), Vec::new());
        for accepted in wanted {
            let mut expectation = self.expectation_of(accepted, &grounds);
            match self.replace_accepted(&mut expectation).await {
                Ok(edit) => edits.push(edit),
                Err(error) => return Err(error.after(ids(&edits), of)),
            }
            made.push(expectation);
        }
        self.follow_edits(&edits).await.map_err(|error| error.after(ids(&edits), of))?;
        Ok(made)
    }

    /// The same again keeps the time at which it was made.
    async fn replace_accepted(&self, expectation: &mut Expectation) -> Result<Edit, AppError> {
        let known = self.expectation(&expectation.id).await?;
        if let Some((known, _)) = &known {
            expectation.created = known.created;
        }
        let (_, edit) = self.put_expectation(known.as_ref(), Some(expectation)).await?;
        Ok(edit)
    }

    fn expectation_of(&self, accepted: Accepted, grounds: &Grounds) -> Expectation {
        let Accepted { site, address, port, state, service } = accepted;
        let now = self.now();
        let mut hash = Sha256::new();
        for part in [site.to_string(), address.to_string(), port.to_string()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Expectation {
            id: format!("accepted-{}", data_encoding::HEXLOWER.encode(&digest[..12])),
            site,
            addresses: [address].into_iter().collect(),
            ports: [port].into_iter().collect(),
            state,
            service,
            owner: grounds.owner.clone(),
            reason: grounds.reason.clone(),
            expires: grounds.expires,
            created: now,
            changed: now,
            by: grounds.by.clone(),
        }
    }

    pub(crate) fn check_room(known: usize, more: usize) -> Result<(), AppError> {
        if known + more <= MOST_EXPECTATIONS {
            return Ok(());
        }
        Err(AppError::Refused {
            code: "expectations.too_many",
            message: format!("there are {known} expectations, and at most {MOST_EXPECTATIONS} can be"),
            hint: "Remove those that expired, or make one of several: targets and ports may be many.",
        })
    }

    pub(crate) fn check_expiry(&self, expires: Option<UnixTime>) -> Result<(), Invalid> {
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
        let known: Vec<SiteId> = self.site(&draft.site).await?.into_iter().map(|site| site.id).collect();
        let expectation = draft.check(id, &known, (created, self.now()))?;
        self.check_expiry(expectation.expires)?;
        Ok(expectation)
    }
}

impl ExpectationDraft {
    /// The expectation that this describes, made and changed at these times; it may have expired.
    pub(crate) fn check(
        &self,
        id: String,
        sites: &[SiteId],
        (created, changed): (UnixTime, UnixTime),
    ) -> Result<Expectation, Invalid> {
        if !sites.contains(&self.site) {
            return Err(unknown_site("site", &self.site));
        }
        let addresses =
            parse_exclusions(&self.targets).map_err(|mistake| invalid_target("targets", &mistake))?;
        if addresses.is_empty() {
            let hint = "give addresses, blocks or ranges: 192.0.2.0/24";
            return Err(Invalid::field("targets", "no_targets", "no addresses are given", hint));
        }
        let ports: PortSpec = self.ports.parse().map_err(|mistake: PortMistake| {
            Invalid::field("ports", mistake.code(), mistake.to_string(), mistake.hint())
                .at(mistake.place.clone())
        })?;
        let ports = ports.set().cloned().ok_or_else(|| {
            let message = "top:N does not name the ports that are expected";
            Invalid::field("ports", "ports_not_named", message, "name them: 22,80,443 or 1-65535")
        })?;
        if self.state == ExpectedState::Open && ports.count() > MOST_OPEN_PORTS {
            let message = format!(
                "{} ports should be open at each address, and at most {MOST_OPEN_PORTS} can be",
                ports.count()
            );
            let hint = "each of them that is not open is named: name those that should be";
            return Err(Invalid::field("ports", "too_many_ports", message, hint));
        }
        let service = self.service.as_deref().map(str::trim).filter(|pattern| !pattern.is_empty());
        Ok(Expectation {
            id,
            site: self.site.clone(),
            addresses,
            ports,
            state: self.state,
            service: service.map(|pattern| line("service", pattern)).transpose()?,
            owner: owner(&self.owner)?,
            reason: paragraph("reason", &self.reason)?,
            expires: self.expires,
            created,
            changed,
            by: None,
        })
    }
}

/// What was edited.
pub(crate) fn ids(edits: &[Edit]) -> Vec<String> {
    edits.iter().map(|edit| edit.id.clone()).collect()
}

fn no_expectation() -> AppError {
    AppError::Unknown { what: "such expectation".to_owned() }
}

fn accepted_delta(site: &SiteId, delta: &Delta) -> Result<Accepted, AppError> {
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
    let port = delta.port.ok_or_else(|| AppError::Unknown { what: "such port".to_owned() })?;
    Ok(Accepted { site: site.clone(), address: delta.address, port, state, service })
}

fn accepted_alert(subject: &AlertSubject) -> Result<Accepted, AppError> {
    let state = match subject {
        AlertSubject::Expectation { unmet: Unmet::Missing, .. } => ExpectedState::Closed,
        _ => ExpectedState::Open,
    };
    match (subject.site(), subject.address(), subject.port()) {
        (Some(site), Some(address), Some(port)) => {
            Ok(Accepted { site: site.clone(), address, port, state, service: None })
        }
        _ => Err(AppError::Refused {
            code: "alert.not_acceptable",
            message: "it is about no port, and only of ports something can be expected".to_owned(),
            hint: "Acknowledge it, or edit what is expected of its address.",
        }),
    }
}

fn owner(text: &str) -> Result<String, Invalid> {
    if text.trim().is_empty() { Ok(String::new()) } else { line("owner", text) }
}
