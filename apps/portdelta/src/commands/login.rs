//! `portdelta login` and `logout`: which server, which token, which certificate.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use portdelta_core::escape::escape;
use portdelta_protocol::admin::{Health, Me};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::arguments::LoginArguments;
use crate::client::{Client, Login, Pin, Target, checked, digest_text, is_loopback, read_token, server_url};
use crate::failure::Failure;
use crate::output::{print_line, print_wrapped};

/// Signs in and remembers it.
pub async fn login(arguments: &LoginArguments) -> Result<u8, Failure> {
    let url = server_url(&arguments.server)?;
    if url.scheme() == "http" && !is_loopback(&url) && !arguments.insecure_http {
        return Err(Failure::new("insecure_http", format!("{url} would send the token for all to read"))
            .hint("Use https://, or add --insecure-http if the network is safe."));
    }
    let pin = match &arguments.server_pin {
        Some(text) => Some(Pin::parse(text).ok_or_else(|| {
            Failure::new("bad_pin", "the pin is not the SHA-256 of a certificate")
                .hint("It is 64 hexadecimal digits; the server prints it at its start.")
        })?),
        None => None,
    };
    let mut target = Target { url, token: None, pin };
    let health: Health = match Client::to(&target)?.get(&["health"]).answer().await {
        // The token is not sent before somebody has looked at the certificate.
        Err(failure) if failure.code == "unknown_certificate" => {
            target.pin = Some(accepted(&target).await?);
            Client::to(&target)?.get(&["health"]).answer().await?
        }
        answer => answer?,
    };
    if health.protocol < portdelta_protocol::OLDEST_SERVER {
        return Err(Failure::new("server_too_old", "the server is too old for this program")
            .hint("Use the portdelta of the server's version."));
    }
    let token = token(arguments)?;
    target.token = Some(token.clone());
    let me: Me = Client::to(&target)?.get(&["me"]).answer().await?;
    let pin = target.pin.as_ref().and_then(|pin| pin.digest()).map(digest_text);
    let server = target.url.as_str().trim_end_matches('/').to_owned();
    let path = Login { server: server.clone(), token, pin }.store()?;
    let text = format!(
        "Signed in at {server} with the token {} ({}, {}), kept in {}.",
        me.id,
        me.name,
        me.role,
        path.display()
    );
    print_wrapped("", anstyle::Style::new(), &text)?;
    Ok(0)
}

/// Forgets the login.
pub fn logout() -> Result<u8, Failure> {
    let text = if Login::forget()? {
        "Signed out. The token itself stays valid until it is revoked or expires."
    } else {
        "Nobody was signed in."
    };
    print_line(text)?;
    Ok(0)
}

/// The certificate that the server shows, once somebody has compared it.
async fn accepted(target: &Target) -> Result<Arc<Pin>, Failure> {
    let looking = Pin::looking();
    let look = Target { url: target.url.clone(), token: None, pin: Some(looking.clone()) };
    let _: Health = Client::to(&look)?.get(&["health"]).answer().await?;
    let digest = looking.take_shown().map(digest_text).unwrap_or_default();
    let text = format!(
        "{} shows a certificate of its own, with the SHA-256 fingerprint",
        escape(target.url.as_str().trim_end_matches('/'))
    );
    anstream::eprintln!("{text}\n  {digest}");
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("unknown_certificate", "nobody is there to compare the fingerprint").hint(
            format!("Compare it with what the server printed at its start, and add --server-pin {digest}"),
        ));
    }
    anstream::eprint!("Does the server print the same at its start? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if !matches!(answer.trim(), "y" | "Y" | "yes") {
        return Err(Failure::new("unknown_certificate", "the certificate was not accepted")
            .hint("Somebody may stand in between: ask whoever runs the server for the fingerprint."));
    }
    Pin::parse(&digest).ok_or_else(|| Failure::new("bad_pin", "the server shows no certificate"))
}

/// The token of a file, of the environment, or as it is typed.
fn token(arguments: &LoginArguments) -> Result<String, Failure> {
    if let Some(path) = &arguments.token_file {
        return read_token(path);
    }
    if let Some(token) = std::env::var("PORTDELTA_TOKEN").ok().filter(|token| !token.trim().is_empty()) {
        return checked(&token);
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::new("no_token", "there is no token, and nobody to ask for one")
            .hint("Give --token-file FILE (- is standard input), or set PORTDELTA_TOKEN."));
    }
    anstream::eprint!("Token: ");
    let _ = std::io::stderr().flush();
    // What is typed is not shown; the terminal is put back as it was.
    let before = tcgetattr(&input).ok();
    if let Some(mut quiet) = before.clone() {
        quiet.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(&input, OptionalActions::Now, &quiet);
    }
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    if let Some(before) = before {
        let _ = tcsetattr(&input, OptionalActions::Now, &before);
    }
    anstream::eprintln!();
    read?;
    checked(&line)
}
