//! How an agent comes in: a one-time token, a key of its own, and an administrator who approves it.

use portdelta_core::escape::escape_within;
use portdelta_core::ids::SiteId;
use portdelta_protocol::agent::{AgentFacts, Enrol, Enrolled};
use portdelta_protocol::{OLDEST_AGENT, PROTOCOL};

use crate::App;
use crate::check;
use crate::error::{AppError, During, Invalid};
use crate::ports::Condition;
use crate::repositories::{Agent, Enrolment};
use crate::secret;
use crate::tokens::minutes;

/// The longest time that an enrolment can be used, in minutes: 30 days.
const MOST_MINUTES: u32 = 43_200;

/// The longest name of an agent, in characters.
const MAX_NAME: usize = 64;

/// The longest text of an agent about itself, in characters.
const MAX_TEXT: usize = 200;

/// The longest list of allowed ranges that is kept, in characters.
const MAX_RANGES: usize = 4_000;

/// Most addresses and MAC addresses of an agent that are kept, of each.
const MOST_ADDRESSES: usize = 32;

/// An enrolment that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedEnrolment {
    /// What is kept of it.
    pub enrolment: Enrolment,
    /// For an [`EnrolmentToken`](portdelta_protocol::enrolment::EnrolmentToken): 64 hexadecimal digits. The only time
    /// at which it is known.
    pub secret: String,
}

impl App {
    /// Makes an enrolment for one agent of a site, which can be used for so many minutes (1 to 43,200).
    pub async fn make_enrolment(
        &self,
        site: &SiteId,
        expires_minutes: u32,
    ) -> Result<CreatedEnrolment, AppError> {
        let seconds = minutes("expires_minutes", expires_minutes, MOST_MINUTES)?;
        self.active_site(site).await?;
        let secret = data_encoding::HEXLOWER.encode(&secret::random::<32>()?);
        let (id, created) = (self.ids.new_id(), self.now());
        let expires = created.shifted(seconds);
        let enrolment = Enrolment { id, site: site.clone(), created, expires, used: None };
        let operation = || "store an enrolment".to_owned();
        let action =
            enrolment.action(&secret::hash_text(&secret), Condition::MustNotExist).during(operation)?;
        self.all_or_nothing(vec![action], operation).await?;
        Ok(CreatedEnrolment { enrolment, secret })
    }

    /// Lets an agent in, to wait for an administrator. The same secret with the same key gives the same answer again.
    pub async fn enrol(&self, ask: &Enrol) -> Result<Enrolled, AppError> {
        check_protocol(ask.protocol)?;
        let name = agent_name(&ask.name)?;
        let well_formed = ask.secret.len() == 64 && ask.secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        let hash = secret::hash_text(&ask.secret);
        for _ in 0..crate::ingest::MOST_TRIES {
            let known = if well_formed { self.enrolment(&hash).await? } else { None };
            let enrolment =
                known.ok_or_else(|| refused("enrolment.unknown", "the server knows no such token"))?;
            if let Some(agent) = &enrolment.used {
                return self.enrolled_before(agent, ask).await;
            }
            let now = self.now();
            if enrolment.expires <= now {
                return Err(refused("enrolment.expired", "the token has expired"));
            }
            let agent = Agent {
                id: self.ids.new_id(),
                name: name.clone(),
                site: enrolment.site.clone(),
                key: ask.public_key,
                facts: harmless(&ask.facts),
                enrolled: now,
                approved: None,
                revoked: None,
                hidden: false,
                version: 1,
            };
            let operation = || "let an agent in".to_owned();
            let used = Enrolment { used: Some(agent.id.clone()), ..enrolment };
            let actions = vec![
                used.action(&hash, Enrolment::unused()).during(operation)?,
                agent.action(Condition::MustNotExist).during(operation)?,
            ];
            if self.all_or_nothing(actions, operation).await? {
                return Ok(Enrolled { agent: agent.id, site: agent.site, protocol: PROTOCOL });
            }
        }
        Err(AppError::Contended { what: "an enrolment".to_owned(), tries: crate::ingest::MOST_TRIES })
    }

    async fn enrolled_before(&self, agent: &str, ask: &Enrol) -> Result<Enrolled, AppError> {
        let known = self.agent(agent).await?.filter(|agent| agent.key == ask.public_key);
        let agent = known.ok_or_else(|| refused("enrolment.used", "another agent has used the token"))?;
        Ok(Enrolled { agent: agent.id, site: agent.site, protocol: PROTOCOL })
    }
}

fn refused(code: &'static str, message: &str) -> AppError {
    let hint =
        "Make a new one with `portdelta agents enrol`, and copy it whole. Each token lets one agent in.";
    AppError::Refused { code, message: message.to_owned(), hint }
}

/// Refuses an agent that is too old for this server. An agent refuses a server that is too old for it by itself.
pub(crate) fn check_protocol(protocol: u32) -> Result<(), AppError> {
    if protocol >= OLDEST_AGENT {
        return Ok(());
    }
    let message = format!(
        "the agent speaks version {protocol} of the protocol, and this server needs {OLDEST_AGENT} to {PROTOCOL}"
    );
    Err(AppError::Refused {
        code: "protocol.agent_too_old",
        message,
        hint: "Update Portdelta on the agent's machine.",
    })
}

fn agent_name(text: &str) -> Result<String, Invalid> {
    let name = check::line("name", text)?;
    let characters = name.chars().count();
    if characters > MAX_NAME {
        let message = format!("the name has {characters} characters, and at most {MAX_NAME} are allowed");
        return Err(Invalid::field("name", "text_too_long", message, "take a shorter name"));
    }
    Ok(name)
}

/// What an agent says about itself, escaped and cut: it is shown to people, and may have been made up by anybody.
pub(crate) fn harmless(facts: &AgentFacts) -> AgentFacts {
    let text = |text: &str| escape_within(text, MAX_TEXT).to_string();
    let list = |list: &[String]| list.iter().take(MOST_ADDRESSES).map(|entry| text(entry)).collect();
    AgentFacts {
        version: text(&facts.version),
        nmap_version: facts.nmap_version.as_deref().map(text),
        host_name: text(&facts.host_name),
        macs: list(&facts.macs),
        addresses: list(&facts.addresses),
        system: text(&facts.system),
        limits: escape_within(&facts.limits, MAX_RANGES).to_string(),
        allowed: escape_within(&facts.allowed, MAX_RANGES).to_string(),
        privileged: facts.privileged,
        concurrency: facts.concurrency.min(1_000),
    }
}
