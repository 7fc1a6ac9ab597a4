//! The runtime on one machine: `portdelta serve`, with a folder of its own.

use std::net::{TcpListener, TcpStream};

use portdelta_testkit::{Process, wait_for};
use serde_json::Value;
use tempfile::TempDir;

use crate::api::Api;
use crate::runtime::{PATIENCE, Runtime, start};

/// A server on loopback, without an agent of its own.
pub struct Embedded {
    api: Api,
    /// Ended before its folder goes.
    process: Process,
    home: TempDir,
}

impl Embedded {
    /// Starts a new one; nothing is remembered yet.
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("temporary files can be made");
        let listen = free_address();
        let process = serve(&home, &listen);
        let url = format!("https://{listen}");
        let token = home.path().join("data/admin-token");
        let token = wait_for("the first administrator's token", PATIENCE, || {
            std::fs::read_to_string(&token).ok().filter(|token| !token.trim().is_empty())
        });
        let api = Api::new(&url, token.trim());
        let address = listen.parse().expect("an address and a port");
        wait_for("the server to answer", PATIENCE, || TcpStream::connect_timeout(&address, PATIENCE).ok());
        Self { api, process, home }
    }
}

impl Runtime for Embedded {
    fn api(&self) -> &Api {
        &self.api
    }

    fn pin(&self) -> Option<String> {
        let text =
            std::fs::read_to_string(self.home.path().join("data/server.json")).expect("it was written");
        let server: Value = serde_json::from_str(&text).expect("JSON");
        Some(server["pin"].as_str().expect("its certificate is its own").to_owned())
    }

    fn log(&self) -> String {
        self.process.log()
    }
}

fn serve(home: &TempDir, listen: &str) -> Process {
    let data = home.path().join("data");
    let data = data.to_str().expect("the temporary folder has a name in UTF-8");
    start(home.path(), "server", &["serve", "--data", data, "--listen", listen, "--no-local-agent"])
}

/// An address of loopback with a port that is free now.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    listener.local_addr().expect("a bound socket has an address").to_string()
}
