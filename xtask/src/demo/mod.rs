//! `cargo xtask demo`: a small network on loopback, a server, an agent, a schedule, and what is told of a change.

mod program;
mod servers;

use std::io::IsTerminal;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::setup;
use crate::workspace::{Metadata, cargo};
use program::{MailCatcher, Portdelta, Service, wait_for};
use servers::{Server, addresses};

/// Ports of the demonstration's hosts, all above 1024 so that nobody needs root to open them.
const PORTS: &str = "2121,2222,2525,3389";

/// What the agent is called.
const AGENT: &str = "office-1";

/// Builds Portdelta, starts it with everything around it, and shows a change from the scan to the e-mail.
///
/// With `stay` all of it goes on until a signal comes.
pub fn demo(stay: bool) -> Result<()> {
    setup::setup(false)?;
    let built = build()?;
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/demo");
    if home.exists() {
        std::fs::remove_dir_all(&home).context("could not clear the folder of the last demonstration")?;
    }
    std::fs::create_dir_all(&home).context("could not make a folder for the demonstration")?;
    let home = home.canonicalize().context("the demonstration's folder is not there")?;
    let portdelta = Portdelta::new(built.portdelta.clone(), home.clone());
    let [gateway, files, mail] = addresses();
    let catcher = MailCatcher::start(&built.mail_catcher)?;

    say("Three hosts, all on this machine: a gateway with SSH, a file server with FTP, a mail server.");
    let gateway_ssh = Server::start(gateway, 2222, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n")?;
    let files_ftp = Server::start(files, 2121, "220 ProFTPD 1.3.5 Server (Debian) [files]\r\n")?;
    let _mail_smtp = Server::start(mail, 2525, "220 mail.example ESMTP Postfix (Debian)\r\n")?;

    say("A server; it keeps everything in one folder, and makes its own certificate.");
    let listen = format!("127.0.0.1:{}", free_port()?);
    let mut server = portdelta.serve("server", &["serve", "--listen", &listen, "--no-local-agent"])?;
    ready(&portdelta, &mut server)?;

    say("An agent near the network: enrolled with a one-time token, and approved by you.");
    portdelta.show(&["sites", "add", "office", "--name", "Head office"])?;
    let enrolment = portdelta.read(&["agents", "enrol", "--site", "office", "--format", "json"])?;
    let enrolment: Value = serde_json::from_str(&enrolment).context("the enrolment is no JSON")?;
    let token = enrolment["token"].as_str().context("the enrolment has no token")?;
    let agent = portdelta.serve("agent", &["agent", "run", "--enrol", token, "--name", AGENT])?;
    wait_for("the agent to enrol", || {
        let agents: Value = serde_json::from_str(&portdelta.read(&["agents", "list", "--format", "json"])?)?;
        Ok(agents.to_string().contains(AGENT).then_some(()))
    })?;
    portdelta.show(&["agents", "approve", AGENT])?;

    say("What is found goes out by e-mail, here to a mail server of the demonstration.");
    let port = catcher.port.to_string();
    let channel = ["channels", "add", "smtp", "mail", "--host", "127.0.0.1", "--port", &port];
    let sender = ["--security", "none", "--from", "portdelta@office.example", "--to", "you@office.example"];
    portdelta.show(&[&channel[..], &sender[..]].concat())?;

    say("The first run only learns: what nothing has looked at before cannot have changed.");
    let targets = distinct(&[gateway, files, mail]).join(", ");
    let scan = ["scans", "add", "servers", "--targets", &targets, "--ports", PORTS, "--site", "office"];
    portdelta.show(&[&scan[..], &["--options", "-sV -n -T4", "--every", "15m"]].concat())?;
    portdelta.show(&["scans", "run", "servers", "--watch"])?;
    headline(&catcher.next()?);

    say(
        "Now the gateway is upgraded, the file server stops, and somebody opens remote desktop on the mail server.",
    );
    drop(gateway_ssh);
    let _gateway_ssh = Server::start(gateway, 2222, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n")?;
    drop(files_ftp);
    let _mail_rdp = Server::start(mail, 3389, "")?;
    say("The next run is due in three seconds: the schedule begins it, and nobody has to be there.");
    let at = Portdelta::once_in(3)?;
    portdelta.show(&["scans", "edit", "servers", "--schedule", &at])?;
    wait_for("the schedule", || {
        let runs: Value = serde_json::from_str(&portdelta.read(&["runs", "list", "--format", "json"])?)?;
        Ok((runs.to_string().matches("\"started\"").count() > 1).then_some(()))
    })?;
    portdelta.show(&["runs", "watch", "latest"])?;
    portdelta.show(&["reports", "show", "latest", "--why"])?;

    say("Remote desktop is watched: that is told at once, the rest in one digest for the run.");
    println!();
    for line in catcher.next()?.lines() {
        println!("  | {line}");
    }
    headline(&catcher.next()?);
    portdelta.show(&["alerts", "list"])?;

    say("All of it is remembered, and every address has its history.");
    portdelta.show(&["history", &mail.to_string(), "--site", "office"])?;
    portdelta.show(&["doctor"])?;
    let token = dashboard(&home, &listen, stay)?;
    ending(&built.portdelta, &home, &token, &server, &agent);
    Ok(())
}

/// Where the dashboard is; it stays as long as somebody looks at it. Gives the token that it takes.
fn dashboard(home: &Path, listen: &str, stay: bool) -> Result<String> {
    let token = home.join("server/admin-token");
    let token = std::fs::read_to_string(&token).context("the server keeps no token")?;
    say(
        "And for people there is the dashboard; the browser asks whether it may trust the server's own certificate:",
    );
    println!("\n  https://{listen}/setup#{}", token.trim());
    if stay {
        // Before its line is printed, so that who reads that may send one at once.
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).context("could not listen for signals")?;
        println!("\nIt stays until a signal comes: Ctrl+C, or `kill {}`.", std::process::id());
        signals.forever().next();
    } else if std::io::stdin().is_terminal() {
        println!("\nPress Enter to end the demonstration.");
        std::io::stdin().lines().next();
    } else {
        println!(
            "\nNobody can press Enter here, so it ends now. `cargo xtask demo --stay` keeps it open until a signal \
             comes; how to start it again stands below."
        );
    }
    Ok(token.trim().to_owned())
}

/// Waits until the server takes commands.
fn ready(portdelta: &Portdelta, server: &mut Service) -> Result<()> {
    wait_for("the server to answer", || {
        server.is_up()?;
        Ok(std::fs::read_to_string(server.log()).unwrap_or_default().contains("listening").then_some(()))
    })?;
    portdelta.read(&["sites", "list"]).map(drop)
}

/// What to try afterwards.
fn ending(program: &Path, home: &Path, token: &str, server: &Service, agent: &Service) {
    let (program, data) = (short(program), short(&home.join("server")));
    println!("\n==> That was all. The logs are in {} and {}.", short(server.log()), short(agent.log()));
    println!("\nTry yourself:");
    println!("  {program} serve --data {data} --listen 127.0.0.1:8443    # and, while it runs:");
    println!("  https://127.0.0.1:8443/setup#{token}    # in a browser");
    for command in
        ["scans list", "deltas --site office", "reports export latest --format html --output report.html"]
    {
        println!("  PORTDELTA_DATA={data} {program} {command}");
    }
    println!("  {program} scan 127.0.0.1    # without any server");
    println!("  {program} --help");
}

/// A path as one would type it here.
fn short(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let here = std::env::current_dir().unwrap_or_default();
    whole.strip_prefix(&here).unwrap_or(&whole).display().to_string()
}

fn say(text: &str) {
    println!("\n==> {text}");
}

/// Who an e-mail is for, and what about.
fn headline(mail: &str) {
    let header = |name: &str| mail.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    println!("\n  an e-mail came: {} | {}", header("To: "), header("Subject: "));
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr().context("a bound socket has no address")?.port())
}

/// The programs of the demonstration.
struct Built {
    portdelta: PathBuf,
    mail_catcher: PathBuf,
}

fn build() -> Result<Built> {
    println!("==> Building Portdelta; the first time this takes some minutes.");
    let packages = ["--package", "portdelta", "--package", "portdelta-testkit"];
    let status = cargo()
        .args(["build", "--bins", "--locked"])
        .args(packages)
        .status()
        .context("could not start cargo")?;
    if !status.success() {
        bail!("Portdelta could not be built");
    }
    let target = Metadata::read()?.target_directory;
    let program = |name: &str| {
        let path = target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        path.canonicalize().with_context(|| format!("the built {name} is not where it should be"))
    };
    Ok(Built { portdelta: program("portdelta")?, mail_catcher: program("mail-catcher")? })
}

/// On systems with a single loopback address the three hosts are one.
fn distinct(addresses: &[Ipv4Addr]) -> Vec<String> {
    let mut texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.dedup();
    texts
}
