//! `portdelta agent`: enrol, run, status.

mod run;
mod status;

use std::io::Read;
use std::path::PathBuf;

use portdelta_agent::{AgentError, EnrolOptions, Enrolment, Home};
use portdelta_core::causes::with_causes;
use portdelta_core::escape::escape;
use portdelta_protocol::enrolment::EnrolmentToken;

use crate::arguments::{AgentArguments, AgentCommand, AgentEnrolArguments, AgentHomeArguments};
use crate::failure::Failure;

/// Longer than any token.
const MAX_TOKEN_BYTES: u64 = 16 << 10;

/// Does what was asked of the agent.
pub async fn agent(arguments: &AgentArguments) -> Result<u8, Failure> {
    match &arguments.command {
        AgentCommand::Enrol(arguments) => enrol(arguments).await,
        AgentCommand::Run(arguments) => run::run(arguments).await,
        AgentCommand::Status(arguments) => status::status(arguments),
    }
}

async fn enrol(arguments: &AgentEnrolArguments) -> Result<u8, Failure> {
    let home = home(&arguments.home)?;
    let options = EnrolOptions {
        name: arguments.name.clone(),
        proxy: arguments.proxy.proxy.clone(),
        replace: arguments.replace,
    };
    let enrolment = portdelta_agent::enrol(&home, &token(&arguments.token)?, &options).await?;
    let identity = enrolment.identity();
    let done = match &enrolment {
        Enrolment::New(_) => "Enrolled",
        Enrolment::Before(_) => "Enrolled before",
    };
    let name = escape(&identity.name);
    anstream::println!("{done} as {name} ({}) at {}.", escape(&identity.agent), escape(&identity.server));
    if let Some(key) = home.key(&identity.token)? {
        anstream::println!("Its key is {}: whoever approves it compares that.", key.public().short());
    }
    if matches!(enrolment, Enrolment::New(_)) {
        anstream::println!(
            "Start it with `portdelta agent run`; it gets work when an administrator has approved it."
        );
    }
    Ok(0)
}

/// Reads a token from the command line, or from standard input for `-`.
fn token(text: &str) -> Result<EnrolmentToken, Failure> {
    let mut read = String::new();
    let text = if text == "-" {
        std::io::stdin().take(MAX_TOKEN_BYTES).read_to_string(&mut read).map_err(|error| {
            Failure::new("unreadable", format!("could not read the token from standard input: {error}"))
        })?;
        &read
    } else {
        text
    };
    text.parse().map_err(|error: portdelta_protocol::enrolment::NotAToken| {
        Failure::new("bad_token", error.to_string()).hint("Make a new token where the server runs.")
    })
}

fn home(arguments: &AgentHomeArguments) -> Result<Home, Failure> {
    if let Some(folder) = &arguments.data {
        return Ok(Home::new(folder));
    }
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    of("XDG_DATA_HOME")
        .or_else(|| of("HOME").map(|home| home.join(".local/share")))
        .map(|data| Home::new(data.join("portdelta-agent")))
        .ok_or_else(|| {
            Failure::new("no_data_folder", "there is no home folder for the agent").hint("Give --data DIR.")
        })
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        // Codes of servers are theirs to choose.
        let code = match &error {
            AgentError::Upstream(_) => "server_failed",
            AgentError::Limits(error) => error.code(),
            _ => "agent_failed",
        };
        Self::new(code, with_causes(&error)).hint(error.hint())
    }
}
