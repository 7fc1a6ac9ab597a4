//! Gets access, and keeps it: asks before it ends, when it is refused, and while nobody has approved the agent.

use std::time::Duration;

use data_encoding::HEXLOWER;
use portdelta_core::causes::told;
use portdelta_protocol::agent::{Access, AskAccess, Standing};
use portdelta_protocol::signature::{CLOCK_TOLERANCE_SECONDS, PrivateKey, access_message};
use portdelta_protocol::{OLDEST_SERVER, PROTOCOL};

use tokio::time::Instant;

use super::Shared;
use crate::error::AgentError;
use crate::facts::facts;
use crate::nmap::Nmap;
use crate::retry::Backoff;
use crate::upstream::UpstreamError;

/// Clocks that are off by less are nobody's trouble.
const SKEW_SECONDS: i64 = 60;

/// Access is renewed at least this often, so that moves and revocations are heard.
const LONGEST: Duration = Duration::from_hours(1);

/// How long an agent with `--once` goes on without any access.
const PATIENCE_ONCE: Duration = Duration::from_mins(1);

/// Keeps access until the agent ends. Comes back with the reason why there is none any more.
pub(super) async fn keep_access(shared: &Shared, key: &PrivateKey) -> AgentError {
    let mut backoff = Backoff::new();
    let mut said_pending = false;
    let mut last = Instant::now();
    loop {
        let access = match ask(shared, key).await {
            Ok(access) => access,
            Err(error) => match AgentError::of_refusal(error) {
                AgentError::Upstream(error) if shared.options.once && last.elapsed() > PATIENCE_ONCE => {
                    return AgentError::Upstream(error);
                }
                AgentError::Upstream(error) => {
                    let wait = backoff.next();
                    shared.note_trouble(&error);
                    tracing::warn!(
                        code = error.code(),
                        wait_seconds = wait.as_secs(),
                        "no access: {}",
                        told(&error)
                    );
                    tokio::time::sleep(wait).await;
                    continue;
                }
                fatal => return fatal,
            },
        };
        backoff.reset();
        last = Instant::now();
        if access.protocol < OLDEST_SERVER {
            return AgentError::ServerTooOld { server: access.protocol, oldest: OLDEST_SERVER };
        }
        shared.hear_access(&access);
        match (access.standing, &access.lent) {
            (Standing::Revoked, _) => return AgentError::Revoked,
            (Standing::Approved, Some(access_lent)) => {
                if !shared.is_approved() {
                    tracing::info!(agent = %shared.identity.agent, site = %access.site, "approved: waiting for tasks");
                }
                shared.approve();
                // A fifth before its end, so that no request meets an access that has just ended.
                let left = u64::try_from(access_lent.expires() - access.server_time).unwrap_or_default();
                let renew = Duration::from_secs(left * 4 / 5).clamp(Duration::from_secs(1), LONGEST);
                let _ = tokio::time::timeout(renew, shared.renew_access.notified()).await;
            }
            (Standing::Pending, _) | (Standing::Approved, None) => {
                if !said_pending {
                    said_pending = true;
                    tracing::info!(
                        agent = %shared.identity.agent, name = %portdelta_core::escape::escape(&shared.identity.name),
                        key = key.public().short(), "waiting for an administrator to approve this agent"
                    );
                }
                tokio::time::sleep(Duration::from_secs(access.ask_again_seconds.clamp(1, 3600).into())).await;
            }
        }
    }
}

/// Asks once; and once more with the server's time, where this machine's clock is too far off to be believed.
async fn ask(shared: &Shared, key: &PrivateKey) -> Result<Access, UpstreamError> {
    let refused = match ask_at(shared, key, shared.clocks.now().seconds()).await {
        Err(UpstreamError::Refused { server_time: Some(server_time), operation, status, problem })
            if (400..500).contains(&status) =>
        {
            let ahead = shared.clocks.now().seconds() - server_time;
            if ahead.abs() < CLOCK_TOLERANCE_SECONDS / 2 {
                return Err(UpstreamError::Refused {
                    operation,
                    status,
                    problem,
                    server_time: Some(server_time),
                });
            }
            server_time
        }
        other => return other,
    };
    // The signature says when it was made, so that it can't be used again later. The server's word for the time is
    // as good for that as this machine's.
    ask_at(shared, key, refused).await
}

async fn ask_at(shared: &Shared, key: &PrivateKey, at: i64) -> Result<Access, UpstreamError> {
    let agent = &shared.identity.agent;
    let mut random = [0; 16];
    // Without a source of random numbers there was no key either; the clock in the message differs anyway.
    let _ = getrandom::fill(&mut random);
    let nonce = HEXLOWER.encode(&random);
    let signature = key.sign(&access_message(agent, at, &nonce, shared.upstream.name()));
    let nmap = Nmap::find().await.ok();
    let facts = {
        let limits = shared.limits();
        facts(nmap.as_ref(), limits.limits(), shared.options.concurrency)
    };
    let asked = shared.clocks.now();
    let ask = AskAccess { agent: agent.clone(), at, nonce, signature, protocol: PROTOCOL, facts };
    let access = shared.upstream.access(&ask).await?;
    shared.clocks.hear(asked, access.server_time);
    if let Some(ahead) = shared.clocks.ahead().filter(|ahead| ahead.abs() >= SKEW_SECONDS) {
        tracing::warn!(
            seconds_ahead = ahead,
            "this machine's clock is not right: the times of results are set by the server's; look at timedatectl"
        );
    }
    Ok(access)
}
