//! The agent's first words with its server.

use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_protocol::{OLDEST_SERVER, PROTOCOL, agent::Enrol, upload::digest};

use crate::error::AgentError;
use crate::facts::{facts, host_name};
use crate::home::{Home, Identity};
use crate::limits::Limits;
use crate::nmap::Nmap;
use crate::upstream::{ClientOptions, HttpUpstream};

/// How an agent is enrolled.
#[derive(Clone, Debug, Default)]
pub struct EnrolOptions {
    /// What it is to be called; the machine's name where there is none.
    pub name: Option<String>,
    /// The proxy to the server.
    pub proxy: Option<String>,
    /// Give up what it was enrolled with before, with its key.
    pub replace: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// The server knows the agent now; an administrator has yet to approve it.
    New(Identity),
    /// It was enrolled with this very token before.
    Before(Identity),
}

impl Enrolment {
    /// Who the agent is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        let (Self::New(identity) | Self::Before(identity)) = self;
        identity
    }
}

/// Makes a key where there is none, shows its public half to the server, and remembers who the agent is.
///
/// After a crash or a lost answer it can be said again with the same token: the server gives the same answer.
pub async fn enrol(
    home: &Home,
    token: &EnrolmentToken,
    options: &EnrolOptions,
) -> Result<Enrolment, AgentError> {
    let name = options.name.clone().unwrap_or_else(|| host_name().chars().take(64).collect());
    if name.trim().is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(AgentError::BadName);
    }
    let client = ClientOptions { pin: token.pin.clone(), proxy: options.proxy.clone() };
    let server = HttpUpstream::new(&token.server, &client)?;
    home.prepare()?;
    let _lock = home.lock()?;
    let token_digest = digest(token.secret.as_bytes());
    // One that is damaged may be replaced.
    let before = if options.replace { home.identity().unwrap_or_default() } else { home.identity()? };
    if let Some(identity) = before {
        if identity.token == token_digest {
            return Ok(Enrolment::Before(identity));
        }
        if !options.replace {
            return Err(AgentError::Enrolled { server: identity.server });
        }
    }
    let key = home.key_or_new(&token_digest)?;
    let nmap = Nmap::find().await.ok();
    let ask = Enrol {
        secret: token.secret.clone(),
        name: name.clone(),
        public_key: key.public(),
        protocol: PROTOCOL,
        facts: facts(nmap.as_ref(), &Limits::default(), 1),
    };
    let enrolled = server.enrol(&ask).await.map_err(AgentError::of_refusal)?;
    if enrolled.protocol < OLDEST_SERVER {
        return Err(AgentError::ServerTooOld { server: enrolled.protocol, oldest: OLDEST_SERVER });
    }
    let identity = Identity {
        server: token.server.trim_end_matches('/').to_owned(),
        pin: token.pin.clone(),
        agent: enrolled.agent,
        name,
        site: enrolled.site,
        token: token_digest,
    };
    home.keep_identity(&identity)?;
    home.forget_other_keys(&identity.token)?;
    Ok(Enrolment::New(identity))
}
