//! The suite of the credentials port: what lent access opens, and that it opens nothing else.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use portdelta_app::ports::{Clock, Credentials, LentAccess};
use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;

use crate::TestClock;

/// The longest that access is lent for, in seconds.
const LONGEST: i64 = 3_600;

/// A lender to be tested.
pub struct CredentialsUnderTest {
    /// The lender.
    pub credentials: Arc<dyn Credentials>,
    /// What is behind it: tries what an agent could try.
    pub door: Arc<dyn Door>,
    /// Two sites that are there, with a task waiting in each.
    pub sites: [SiteId; 2],
    /// Two agents that are there and approved, both of the first site.
    pub agents: [String; 2],
    /// What access ends by; `None` where that is the service's own clock.
    pub clock: Option<Arc<TestClock>>,
    /// What must live as long as the lender.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// What an agent could try with what it was lent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Receive a task of a site, hold it longer, and give it back.
    Work(SiteId),
    /// Put a message into the queue of a site.
    SendTask(SiteId),
    /// Throw away all messages of a site, or its queue.
    EmptyQueue(SiteId),
    /// Create an upload of an agent under a name of its own.
    Upload(String),
    /// Create an upload of an agent under a name that is taken.
    Overwrite(String),
    /// Read an upload of an agent.
    ReadUpload(String),
    /// See which uploads an agent has.
    ListUploads(String),
    /// Remove an upload of an agent.
    RemoveUpload(String),
    /// Create a blob elsewhere: of the state, of the raw results.
    WriteElsewhere,
    /// Read the table.
    ReadTable,
    /// Write to the table.
    WriteTable,
    /// Do what administrators do: lend access, make schedules.
    Administer,
}

/// The services behind a lender.
#[async_trait]
pub trait Door: Send + Sync {
    /// Tries with nothing but the access; whether it was let in. Panics where it was neither let in nor turned away.
    async fn tries(&self, access: &LentAccess, attempt: &Attempt) -> bool;
}

impl CredentialsUnderTest {
    async fn lend(&self, agent: usize, site: usize) -> LentAccess {
        let lent = self.credentials.lend(&self.agents[agent], &self.sites[site]).await;
        lent.unwrap_or_else(|error| panic!("access can be lent: {error}"))
    }

    async fn opens(&self, access: &LentAccess, attempt: Attempt) {
        assert!(self.door.tries(access, &attempt).await, "{attempt:?} is what it was lent for");
    }

    async fn does_not_open(&self, access: &LentAccess, attempt: Attempt) {
        assert!(!self.door.tries(access, &attempt).await, "{attempt:?} is not what it was lent for");
    }

    fn now(&self) -> UnixTime {
        match &self.clock {
            Some(clock) => clock.now(),
            None => wall_clock(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a service that is not ours ends access by its own clock")]
fn wall_clock() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixTime::EPOCH.shifted(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Tasks of its site, and uploads of its own.
pub async fn an_agent_can_work_with_it(t: CredentialsUnderTest) {
    let access = t.lend(0, 0).await;
    t.opens(&access, Attempt::Work(t.sites[0].clone())).await;
    t.opens(&access, Attempt::Upload(t.agents[0].clone())).await;
}

/// An agent is of one site.
pub async fn it_opens_no_other_site(t: CredentialsUnderTest) {
    let access = t.lend(0, 0).await;
    t.does_not_open(&access, Attempt::Work(t.sites[1].clone())).await;
    t.does_not_open(&access, Attempt::SendTask(t.sites[1].clone())).await;
    t.does_not_open(&access, Attempt::EmptyQueue(t.sites[1].clone())).await;
}

/// It takes work, and makes none.
pub async fn it_changes_no_queue(t: CredentialsUnderTest) {
    let access = t.lend(0, 0).await;
    t.does_not_open(&access, Attempt::SendTask(t.sites[0].clone())).await;
    t.does_not_open(&access, Attempt::EmptyQueue(t.sites[0].clone())).await;
}

/// An agent speaks for itself only.
pub async fn it_opens_no_uploads_of_others(t: CredentialsUnderTest) {
    let (mine, other) = (t.lend(0, 0).await, t.agents[1].clone());
    t.opens(&t.lend(1, 0).await, Attempt::Upload(other.clone())).await;
    for attempt in [
        Attempt::Upload(other.clone()),
        Attempt::Overwrite(other.clone()),
        Attempt::ReadUpload(other.clone()),
        Attempt::ListUploads(other.clone()),
        Attempt::RemoveUpload(other),
    ] {
        t.does_not_open(&mine, attempt).await;
    }
}

/// What was uploaded is evidence.
pub async fn its_own_uploads_can_not_be_changed_or_read(t: CredentialsUnderTest) {
    let (access, agent) = (t.lend(0, 0).await, t.agents[0].clone());
    t.opens(&access, Attempt::Upload(agent.clone())).await;
    for attempt in [
        Attempt::Overwrite(agent.clone()),
        Attempt::ReadUpload(agent.clone()),
        Attempt::ListUploads(agent.clone()),
        Attempt::RemoveUpload(agent),
    ] {
        t.does_not_open(&access, attempt).await;
    }
}

/// Neither the table nor other blobs, nor what administrators do.
pub async fn it_opens_nothing_else(t: CredentialsUnderTest) {
    let access = t.lend(0, 0).await;
    for attempt in [Attempt::WriteElsewhere, Attempt::ReadTable, Attempt::WriteTable, Attempt::Administer] {
        t.does_not_open(&access, attempt).await;
    }
}

/// Within the hour, so that a stolen one is worth little.
pub async fn it_ends_within_an_hour(t: CredentialsUnderTest) {
    let before = t.now();
    let access = t.lend(0, 0).await;
    let lasts = access.expires().since(before);
    // A service with a clock of its own may be a few seconds off.
    let slack = if t.clock.is_some() { 0 } else { 5 };
    assert!((60..=LONGEST + slack).contains(&lasts), "{lasts} s");
    let Some(clock) = &t.clock else { return };
    clock.advance(lasts - 1);
    t.opens(&access, Attempt::Work(t.sites[0].clone())).await;
    clock.advance(1);
    t.does_not_open(&access, Attempt::Work(t.sites[0].clone())).await;
    t.does_not_open(&access, Attempt::Upload(t.agents[0].clone())).await;
}

/// A new one voids no older one: requests may be under way.
pub async fn lending_again_voids_nothing(t: CredentialsUnderTest) {
    let (first, second) = (t.lend(0, 0).await, t.lend(0, 0).await);
    assert!(first != second, "each is a secret of its own");
    for access in [first, second] {
        t.opens(&access, Attempt::Work(t.sites[0].clone())).await;
    }
}

/// Ids are checked before they come here; one that is not is still no way to more.
pub async fn a_strange_agent_gets_nothing_of_others(t: CredentialsUnderTest) {
    let (site, victim) = (&t.sites[0], t.agents[0].clone());
    t.opens(&t.lend(0, 0).await, Attempt::Upload(victim.clone())).await;
    let doubled = format!("{victim}/../{victim}");
    for agent in ["", "*", "?", "..", "../uploads", "a/b", "\"", "${aws:username}", &doubled] {
        let Ok(access) = t.credentials.lend(agent, site).await else { continue };
        for attempt in [Attempt::Upload(victim.clone()), Attempt::ReadUpload(victim.clone())] {
            t.does_not_open(&access, attempt).await;
        }
    }
}

/// Makes a test of every case. Takes an async function without arguments that gives a [`CredentialsUnderTest`],
/// or `None` where there is nothing to test on this machine: then nothing is.
#[macro_export]
macro_rules! credentials_contract {
    ($fixture:path) => {
        $crate::credentials_contract!(@tests $fixture, [
            an_agent_can_work_with_it,
            it_opens_no_other_site,
            it_changes_no_queue,
            it_opens_no_uploads_of_others,
            its_own_uploads_can_not_be_changed_or_read,
            it_opens_nothing_else,
            it_ends_within_an_hour,
            lending_again_voids_nothing,
            a_strange_agent_gets_nothing_of_others,
        ]);
    };
    (@tests $fixture:path, [$($case:ident,)*]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(under_test) = Option::from($fixture().await) {
                    $crate::contract::credentials::$case(under_test).await;
                }
            }
        )*
    };
}
