//! Lets expectations be what a file says.

use std::collections::{BTreeMap, BTreeSet};

use portdelta_core::UnixTime;
use portdelta_core::expectation::{Expectation, ExpectedState};
use portdelta_core::ids::SiteId;
use portdelta_formats::expectations::{FileEntry, FileMistake, read_expectations, write_expectations};
use sha2::{Digest, Sha256};

use crate::App;
use crate::error::{AppError, Invalid};
use crate::expect::{ExpectationDraft, ids};

/// The longest id, in characters.
const MAX_ID: usize = 64;

/// How a file is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applying {
    /// What the file does not name is removed.
    pub prune: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Only while the expectations have this version, which came with them as a file.
    pub seen: Option<i64>,
}

/// What applying a file did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedFile {
    /// New ones, in the order of the file.
    pub made: Vec<Expectation>,
    /// Those that were there and are different now.
    pub changed: Vec<Expectation>,
    /// Those that are gone; only where that was asked for.
    pub removed: Vec<Expectation>,
    /// Those that were so already.
    pub unchanged: usize,
    /// The version of all of them afterwards; before, where nothing is done.
    pub version: i64,
}

impl App {
    /// All expectations as a file, by id; those that expired too. And the version of them all, which is another one after
    /// every change of one of them.
    pub async fn expectation_file(&self) -> Result<(String, i64), AppError> {
        let all = self.expectations().await?;
        Ok((write_expectations(all.iter().map(|(expectation, _)| expectation)), version_of(&all)))
    }

    /// Lets expectations be what a file says: what it names is made or changed, and the rest stays unless `prune`. A
    /// file with a mistake changes nothing; one that is applied again does neither. What it makes or changes notes who.
    /// Alerts follow. Fails with [`AppError::Stale`] where they are not those that were `seen`, and with
    /// [`AppError::Halfway`] where some of it was done.
    pub async fn apply_expectations(
        &self,
        file: &str,
        how: Applying,
        by: Option<&str>,
    ) -> Result<AppliedFile, AppError> {
        let entries = read_expectations(file).map_err(invalid)?;
        let sites: Vec<SiteId> = self.sites().await?.into_iter().map(|site| site.id).collect();
        let known = self.expectations().await?;
        let before = version_of(&known);
        if how.seen.is_some_and(|seen| seen != before) {
            return Err(AppError::Stale { what: "what is expected".to_owned() });
        }
        let now = self.now();
        let mut named = BTreeSet::new();
        let (mut applied, mut changes) =
            (AppliedFile { version: before, ..AppliedFile::default() }, Vec::new());
        for entry in &entries {
            let wanted = Expectation { by: by.map(str::to_owned), ..checked(file, entry, &sites, now)? };
            if !named.insert(wanted.id.clone()) {
                let field = if entry.get("id").is_some() { "id" } else { "targets" };
                let message = format!("there is another {} before it", wanted.id);
                return Err(
                    invalid(entry.mistake(file, field, None, &message, "leave one of them out")).into()
                );
            }
            let before = known.iter().find(|(known, _)| known.id == wanted.id);
            let wanted = match before {
                Some((before, _)) => Expectation { created: before.created, ..wanted },
                None => wanted,
            };
            // When and by whom it was said is no part of what it says.
            let says_the_same = |before: &Expectation| {
                let Expectation { changed: time, by, .. } = before.clone();
                *before == Expectation { changed: time, by, ..wanted.clone() }
            };
            if before.is_some_and(|(before, _)| says_the_same(before)) {
                applied.unchanged += 1;
                continue;
            }
            self.check_expiry(wanted.expires).map_err(|mistake| in_entry(file, entry, &mistake))?;
            let list = if before.is_some() { &mut applied.changed } else { &mut applied.made };
            list.push(wanted.clone());
            changes.push((before, Some(wanted)));
        }
        for before in known.iter().filter(|(known, _)| how.prune && !named.contains(&known.id)) {
            applied.removed.push(before.0.clone());
            changes.push((Some(before), None));
        }
        Self::check_room(known.len() - applied.removed.len(), applied.made.len())?;
        if how.dry_run {
            return Ok(applied);
        }
        let of = changes.len();
        let mut edits = Vec::with_capacity(of);
        let mut all: BTreeMap<_, _> = known.iter().map(|one| (one.0.id.clone(), one.clone())).collect();
        for (before, after) in changes {
            let done = self.put_expectation(before, after.as_ref()).await;
            let (version, edit) = done.map_err(|error| error.after(ids(&edits), of))?;
            match after {
                Some(after) => drop(all.insert(after.id.clone(), (after, version))),
                None => drop(all.remove(&edit.id)),
            }
            edits.push(edit);
        }
        self.follow_edits(&edits).await.map_err(|error| error.after(ids(&edits), of))?;
        Ok(AppliedFile { version: version_of(&all.into_values().collect::<Vec<_>>()), ..applied })
    }
}

/// A number for all expectations together. What they say is a part of it, for one that was removed and made again begins
/// with its first version.
fn version_of(all: &[(Expectation, i64)]) -> i64 {
    let mut hash = Sha256::new();
    for (expectation, version) in all {
        hash.update(version.to_be_bytes());
        hash.update(write_expectations([expectation]));
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte)) & i64::MAX
}

fn checked(file: &str, entry: &FileEntry, sites: &[SiteId], now: UnixTime) -> Result<Expectation, AppError> {
    let wrong = |field: &'static str, code, message: &str, hint: &str| {
        in_entry(file, entry, &Invalid::field(field, code, message, hint))
    };
    let text = |field: &str| entry.get(field).unwrap_or_default().trim().to_owned();
    let site = text("site")
        .parse()
        .map_err(|_| wrong("site", "site_unknown", "this is no id of a site", "`GET /sites` lists them"))?;
    let state = match text("state").as_str() {
        "open" => ExpectedState::Open,
        "closed" => ExpectedState::Closed,
        _ => {
            return Err(wrong(
                "state",
                "state_unknown",
                "a port is open or closed",
                "write `open` or `closed`",
            )
            .into());
        }
    };
    let expires = entry.get("expires").map(|text| {
        let hint = "write 2027-01-31, or 2027-01-31T12:00:00Z";
        time(text.trim()).ok_or_else(|| wrong("expires", "no_time", "this is no time", hint))
    });
    let draft = ExpectationDraft {
        site,
        targets: entry.get("targets").unwrap_or_default().to_owned(),
        ports: entry.get("ports").unwrap_or_default().to_owned(),
        state,
        service: entry.get("service").map(str::to_owned),
        owner: text("owner"),
        reason: text("reason"),
        expires: expires.transpose()?,
    };
    let mut expectation =
        draft.check(String::new(), sites, (now, now)).map_err(|mistake| in_entry(file, entry, &mistake))?;
    expectation.id = match entry.get("id").map(str::trim) {
        Some(id) => checked_id(id)
            .ok_or_else(|| wrong("id", "id", "this is no id", "give 1 to 64 of a-z, 0-9 and '-', or none"))?,
        None => derived_id(&expectation),
    };
    Ok(expectation)
}

fn checked_id(id: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_allowed)).then(|| id.to_owned())
}

/// The same entry, applied again, is the same expectation.
fn derived_id(one: &Expectation) -> String {
    let mut hash = Sha256::new();
    for part in [one.site.to_string(), one.addresses.to_string(), one.ports.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("file-{}", data_encoding::HEXLOWER.encode(&hash.finalize()[..12]))
}

/// A date means its beginning, UTC.
fn time(text: &str) -> Option<UnixTime> {
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let date: jiff::civil::Date = text.parse().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    UnixTime::from_seconds(stamp.as_second())
}

/// A mistake in an entry, at its place in the file.
fn in_entry(file: &str, entry: &FileEntry, mistake: &Invalid) -> Invalid {
    let within = mistake.position.as_deref();
    // Its place in the field would contradict that in the file.
    let inner = within.map(|place| format!(" at {place}")).unwrap_or_default();
    let message = mistake.message.replacen(&inner, "", 1);
    let placed = entry.mistake(file, mistake.field, within, &message, mistake.hint.clone());
    Invalid { code: mistake.code, ..invalid(placed) }
}

fn invalid(mistake: FileMistake) -> Invalid {
    Invalid::field("file", "file_mistake", mistake.to_string(), mistake.hint).at(mistake.place)
}
