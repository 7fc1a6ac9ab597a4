//! `portdelta serve`: the server on this machine.

use std::sync::Arc;

use portdelta_core::AddressSet;
use portdelta_core::causes::with_causes;
use portdelta_server::{Parts, RecentLogs, ServeError, Server, ServerOptions, TOKEN_FILE, TlsOptions};
use portdelta_system::{SystemClock, SystemIds};

use crate::arguments::ServeArguments;
use crate::failure::{EXIT_INTERRUPTED, Failure};
use crate::interrupts::Interrupts;
use crate::logs;
use crate::output::{BOLD, print_line};
use crate::store;

/// Serves until it is asked to end.
pub async fn serve(arguments: &ServeArguments) -> Result<u8, Failure> {
    let clock = Arc::new(SystemClock);
    let recent = RecentLogs::new(clock.clone());
    logs::begin(&arguments.log, Some(recent.clone()))?;
    let data = store::named_folder(arguments.data.as_deref())?;
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => {
            TlsOptions::Own { certificate: certificate.clone(), key: key.clone() }
        }
        _ if arguments.insecure_http || arguments.plain_http => {
            TlsOptions::Plain { insecure: arguments.insecure_http }
        }
        _ => TlsOptions::Made,
    };
    let options = ServerOptions {
        tls,
        public_url: arguments.public_url.clone(),
        trusted_proxies: arguments.trusted_proxy.iter().flat_map(AddressSet::ranges).copied().collect(),
        local_agent: !arguments.no_local_agent,
        new_admin_token: arguments.new_admin_token,
        logs: Some(recent),
        ..ServerOptions::new(data.clone(), arguments.listen)
    };
    // No setting of the API: who may make channels is not thereby who owns this machine.
    let programs = arguments.programs.clone().unwrap_or_else(|| data.join("programs"));
    let parts = Parts {
        channels: Arc::new(portdelta_channels::Outward::new(clock.clone()).with_programs(programs)),
        clock,
        ids: Arc::new(SystemIds),
        around: |stores| stores,
    };
    let mut interrupts = Interrupts::begin()?;
    let server = Server::start(options, parts).await.map_err(|error| failure(&error))?;
    say(&server, &data, !arguments.no_local_agent)?;
    interrupts.next().await;
    tokio::select! {
        () = server.stop() => Ok(0),
        // Whoever asks twice does not want to wait.
        () = interrupts.next() => Ok(EXIT_INTERRUPTED),
    }
}

/// Where it is, and what comes next.
fn say(server: &Server, data: &std::path::Path, has_local_agent: bool) -> Result<(), Failure> {
    print_line(&format!("{BOLD}Portdelta listens at {}{BOLD:#}", server.url()))?;
    if Server::has_dashboard() {
        print_line(&format!("  dashboard    {}/", server.url()))?;
    } else {
        print_line("  dashboard    none: `cargo xtask setup`, then build Portdelta again")?;
    }
    print_line(&format!("  address      {}", server.address()))?;
    print_line(&format!("  data         {}", portdelta_core::escape::escape(&data.display().to_string())))?;
    if let Some(fingerprint) = server.fingerprint() {
        print_line(&format!("  certificate  SHA-256 {fingerprint}"))?;
    }
    if let Some(token) = server.admin_token() {
        let file = data.join(TOKEN_FILE);
        print_line("")?;
        print_line("The token of the administrator, shown only now:")?;
        print_line("")?;
        print_line(&format!("  {BOLD}{token}{BOLD:#}"))?;
        print_line("")?;
        let file = portdelta_core::escape::escape(&file.display().to_string()).into_owned();
        print_line(&format!("It is kept in {file}, which only this user can read."))?;
        // Browsers send nothing that stands behind the # to any server.
        if Server::has_dashboard() {
            print_line(&format!("To begin in a browser: {}/setup#{token}", server.url()))?;
        }
    }
    print_line("")?;
    print_line("Next, in another terminal:")?;
    print_line(&format!("  export PORTDELTA_SERVER={}", server.local_url()))?;
    if store::named_folder(None).ok().as_deref() != Some(data) {
        // There the other terminal finds the token and the certificate.
        let folder = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
        print_line(&format!("  export PORTDELTA_DATA={}", quoted(&folder.display().to_string())))?;
    }
    print_line("  portdelta doctor                      is everything well?")?;
    if has_local_agent {
        print_line("  portdelta agents enrol --site local   let an agent in")?;
    } else {
        print_line("  portdelta sites add office            a place to scan from")?;
        print_line("  portdelta agents enrol --site office  let an agent in")?;
    }
    print_line("Ctrl-C ends the server.")
}

/// A word for a shell, as it is where it means nothing there.
fn quoted(word: &str) -> String {
    let word = portdelta_core::escape::escape(word);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%=".contains(&byte);
    if word.bytes().all(is_plain) { word.into_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

fn failure(error: &ServeError) -> Failure {
    let failure = Failure::new(error.code(), with_causes(error));
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
