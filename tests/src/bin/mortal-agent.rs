//! An agent that works all there is to do off, and ends; for tests that kill it.
//!
//! `mortal-agent enrol HOME TOKEN` or `mortal-agent work HOME CLOCK`: the file CLOCK holds how many seconds its clock is
//! ahead. All it does is done by its one thread, in the same order each time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use portdelta_agent::upstream::{ClientOptions, HttpUpstream};
use portdelta_agent::{Agent, AgentError, AgentOptions, EnrolOptions, Home, enrol};
use portdelta_tests::ForwardClock;
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("enrol HOME TOKEN, or work HOME CLOCK");
    let (what, home, other) = (next(), Home::new(next()), next());
    let done = match what.as_str() {
        "enrol" => let_in(&home, &other).await,
        "work" => work(home, other.into()).await,
        _ => panic!("{what} is nothing it can do"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

async fn let_in(home: &Home, token: &str) -> Result<(), AgentError> {
    let token = token.parse().map_err(|_| AgentError::BadToken)?;
    let options = EnrolOptions { name: Some("mortal".to_owned()), ..EnrolOptions::default() };
    enrol(home, &token, &options).await.map(drop)
}

async fn work(home: Home, clock: PathBuf) -> Result<(), AgentError> {
    let identity = home.enrolled()?;
    let upstream = HttpUpstream::new(&identity.server, &ClientOptions::default())?;
    let options = AgentOptions { once: true, concurrency: 1, ..AgentOptions::default() };
    let agent = Agent::new(home, options, Arc::new(upstream), Arc::new(ForwardClock(clock)));
    agent.run(CancellationToken::new()).await
}
