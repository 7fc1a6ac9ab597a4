//! `portdelta agent run`

use std::sync::Arc;

use portdelta_agent::upstream::{ClientOptions, ServerUpstream};
use portdelta_agent::{Agent, AgentError, AgentOptions, EnrolOptions};
use portdelta_core::escape::escape;
use portdelta_system::SystemClock;
use tokio_util::sync::CancellationToken;

use super::{home, token};
use crate::arguments::AgentRunArguments;
use crate::failure::{EXIT_INTERRUPTED, Failure};
use crate::interrupts::Interrupts;
use crate::logs;

/// The server's administrator has ended this agent.
const EXIT_REVOKED: u8 = 3;
/// Agent and server do not speak the same protocol.
const EXIT_TOO_OLD: u8 = 4;

/// Works until it is asked to end.
pub async fn run(arguments: &AgentRunArguments) -> Result<u8, Failure> {
    logs::begin(&arguments.log, None)?;
    let home = home(&arguments.home)?;
    // With a token that was used already the agent is simply started again.
    if let Some(text) = arguments.enrol.as_deref().filter(|text| !text.is_empty())
        && home.identity()?.is_none()
    {
        let options = EnrolOptions {
            name: arguments.name.clone(),
            proxy: arguments.proxy.proxy.clone(),
            replace: false,
        };
        let enrolment = portdelta_agent::enrol(&home, &token(text)?, &options).await;
        let enrolment = match enrolment {
            Ok(enrolment) => enrolment,
            Err(error) => return ended(error),
        };
        let key = home.key(&enrolment.identity().token)?.map(|key| key.public().short());
        tracing::info!(agent = %enrolment.identity().agent, key, "enrolled");
    }
    let identity = home.enrolled()?;
    if identity.server.starts_with("http:") && !is_loopback(&identity.server) {
        tracing::warn!(server = %escape(&identity.server), "without HTTPS others on the way can read and change what is said");
    }
    let client = ClientOptions { pin: identity.pin.clone(), proxy: arguments.proxy.proxy.clone() };
    let upstream = Arc::new(ServerUpstream::new(&identity.server, &client, Arc::new(SystemClock))?);
    let options = AgentOptions {
        concurrency: arguments.concurrency,
        once: arguments.once,
        limits: arguments.limits.clone(),
        spool_budget: arguments.spool_budget,
    };
    let mut interrupts = Interrupts::begin()?;
    let stop = CancellationToken::new();
    let agent = Agent::new(home, options, upstream, Arc::new(SystemClock)).run(stop.clone());
    tokio::pin!(agent);
    loop {
        tokio::select! {
            result = &mut agent => return match result {
                Ok(()) => Ok(0),
                Err(error) => ended(error),
            },
            () = interrupts.next() => {
                if stop.is_cancelled() {
                    return Ok(EXIT_INTERRUPTED);
                }
                stop.cancel();
            }
        }
    }
}

fn is_loopback(server: &str) -> bool {
    let host = server.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Why an agent must not go on, for whoever starts it again.
fn ended(error: AgentError) -> Result<u8, Failure> {
    let code = match &error {
        AgentError::Revoked => EXIT_REVOKED,
        AgentError::AgentTooOld { .. } | AgentError::ServerTooOld { .. } => EXIT_TOO_OLD,
        _ => return Err(error.into()),
    };
    Failure::from(error).print();
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_needs_no_https() {
        for server in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "http://127.0.0.2/x"] {
            assert!(is_loopback(server), "{server}");
        }
        for server in ["http://192.0.2.1:8080", "http://portdelta.example", "http://[2001:db8::1]:1"] {
            assert!(!is_loopback(server), "{server}");
        }
    }
}
