//! `cargo xtask demo`: a small network on loopback, scanned twice, and what changed in between.

mod servers;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup;
use servers::{Server, addresses};

/// Ports of the demonstration's hosts, all above 1024 so that nobody needs root to open them.
const PORTS: &str = "2121,2222,2525,8110";

/// Builds Portdelta, starts servers on loopback, and shows a scan, a change and the delta.
pub fn demo() -> Result<()> {
    setup::setup(false)?;
    let portdelta = build()?;
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/demo");
    if data.exists() {
        std::fs::remove_dir_all(&data).context("could not clear the folder of the last demonstration")?;
    }
    let [gateway, files, mail] = addresses();

    say("Three hosts, all on this machine: a gateway with SSH, a file server with FTP, a mail server.");
    let gateway_ssh = Server::start(gateway, 2222, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n")?;
    let files_ftp = Server::start(files, 2121, "220 ProFTPD 1.3.5 Server (Debian) [files]\r\n")?;
    let _mail_smtp = Server::start(mail, 2525, "220 mail.example ESMTP Postfix (Debian)\r\n")?;
    say("The first scan only learns: what nothing has looked at before cannot have changed.");
    let targets = distinct(&[gateway, files, mail]);
    let scan = |ports: &str, more: &[&str]| {
        let mut arguments = vec!["scan"];
        arguments.extend(targets.iter().map(String::as_str));
        arguments.extend(["--ports", ports, "--options", "-sV -n -T4"]);
        arguments.extend(more);
        run(&portdelta, &data, &arguments)
    };
    scan(PORTS, &[])?;

    say("Now the gateway is upgraded, the file server stops, and somebody opens POP3 on the mail server.");
    drop(gateway_ssh);
    let _gateway_ssh = Server::start(gateway, 2222, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n")?;
    drop(files_ftp);
    let _mail_pop3 = Server::start(mail, 8110, "+OK Dovecot (Debian) ready.\r\n")?;
    say("The second scan says what changed, and why it says so.");
    scan(PORTS, &["--why"])?;

    say("A narrower scan, of one port only, closes nothing: it is no evidence about the others.");
    scan("2222", &[])?;

    say("All of it is remembered.");
    let mail = mail.to_string();
    run(&portdelta, &data, &["hosts"])?;
    run(&portdelta, &data, &["history", &mail])?;
    let (portdelta, data) = (short(&portdelta), short(&data));
    println!("\nTry yourself:");
    for command in ["scan 127.0.0.1", "deltas --why", "hosts --format json", "--help"] {
        let store = if command == "--help" { String::new() } else { format!(" --data {data}") };
        println!("  {portdelta} {command}{store}");
    }
    Ok(())
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

fn build() -> Result<PathBuf> {
    println!("==> Building Portdelta; the first time this takes some minutes.");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--package", "portdelta", "--locked"])
        .status()
        .context("could not start cargo")?;
    if !status.success() {
        bail!("Portdelta could not be built");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let name = format!("portdelta{}", std::env::consts::EXE_SUFFIX);
    target.join("debug").join(name).canonicalize().context("the built program is not where it should be")
}

/// Runs Portdelta with its output on the terminal, after showing what is run.
fn run(portdelta: &Path, data: &Path, arguments: &[&str]) -> Result<()> {
    let shown: Vec<String> = arguments
        .iter()
        .map(|argument| if argument.contains(' ') { format!("'{argument}'") } else { (*argument).to_owned() })
        .collect();
    println!("\n$ portdelta {}", shown.join(" "));
    let status = Command::new(portdelta)
        .args(arguments)
        .arg("--data")
        .arg(data)
        .status()
        .context("could not start Portdelta")?;
    if !status.success() {
        bail!("`portdelta {}` failed", shown.join(" "));
    }
    Ok(())
}

/// On systems with a single loopback address the three hosts are one.
fn distinct(addresses: &[std::net::Ipv4Addr]) -> Vec<String> {
    let mut texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.dedup();
    texts
}
