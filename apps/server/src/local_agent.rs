//! The server's own agent: an agent like any other, in the same process.

use std::sync::Arc;

use portdelta_agent::upstream::{ClientOptions, HttpUpstream};
use portdelta_agent::{Agent, AgentError, AgentOptions, EnrolOptions, Home, enrol};
use portdelta_app::ports::Clock;
use portdelta_app::{App, AppError};
use portdelta_core::causes::told;
use portdelta_core::ids::SiteId;
use portdelta_protocol::enrolment::EnrolmentToken;
use tokio_util::sync::CancellationToken;

/// Its folder in the data folder.
pub(crate) const FOLDER: &str = "local-agent";

/// The site that it belongs to; `portdelta scan` uses the same.
const SITE: &str = "local";

/// Why the local agent could not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalAgentError {
    #[error("could not set the local agent up")]
    App(#[from] AppError),
    #[error("could not set the local agent up")]
    Agent(#[from] AgentError),
}

/// Lets the agent in at its first start, without anybody having to approve it.
pub(crate) async fn enrolled(
    home: &Home,
    app: &App,
    url: &str,
    pin: Option<&str>,
) -> Result<(), LocalAgentError> {
    let site: SiteId = SITE.parse().map_err(|_| AppError::Unknown { what: format!("site {SITE}") })?;
    app.ensure_site(&site).await?;
    let known = home.identity()?;
    let is_known = match &known {
        Some(identity) => app.agent(&identity.agent).await?.is_some_and(|agent| agent.revoked.is_none()),
        None => false,
    };
    if !is_known {
        let enrolment = app.make_enrolment(&site, 10).await?;
        let token =
            EnrolmentToken { server: url.to_owned(), secret: enrolment.secret, pin: pin.map(str::to_owned) };
        let options = EnrolOptions { name: Some("local".to_owned()), proxy: None, replace: known.is_some() };
        enrol(home, &token, &options).await?;
    }
    // Also after a crash between the two.
    app.approve_agent(&home.enrolled()?.agent).await?;
    Ok(())
}

/// Works until it is stopped, and hands its work back then.
pub(crate) async fn work(
    home: Home,
    url: String,
    pin: Option<String>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let ended = async {
        // Another proxy than none would be asked to connect to this machine itself.
        let upstream = HttpUpstream::new(&url, &ClientOptions { pin, proxy: None })?;
        Agent::new(home, AgentOptions::default(), Arc::new(upstream), clock).run(stop).await
    };
    if let Err(error) = ended.await {
        let error = told(&error);
        tracing::error!(error, "the local agent has ended; the server goes on without it");
    }
}
