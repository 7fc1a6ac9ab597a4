//! Which server, with which token, behind which certificate.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::Deserialize;
use url::{Host, Url};

use super::Pin;
use super::login::{Login, config_folder};
use crate::arguments::ServerArguments;
use crate::failure::{Failure, warn};
use crate::store;

/// What a server on the same machine writes into its data folder: where it listens.
const SERVER_FILE: &str = "server.json";

/// The token of the first administrator, in the same folder.
const ADMIN_TOKEN_FILE: &str = "admin-token";

/// No token is longer.
const MOST_TOKEN_BYTES: u64 = 4096;

/// A server, and how to get in.
pub struct Target {
    /// `https://portdelta.example:8443`
    pub url: Url,
    /// For `Authorization: Bearer`.
    pub token: Option<String>,
    /// The only certificate to accept; what the system trusts where there is none.
    pub pin: Option<Arc<Pin>>,
}

/// `server.json`
#[derive(Deserialize)]
struct LocalServer {
    url: String,
    #[serde(default)]
    pin: Option<String>,
}

impl Target {
    /// The server that is named, else the one of the last `login`, else the one that runs on this machine.
    pub fn of(arguments: &ServerArguments) -> Result<Self, Failure> {
        Self::known(arguments)?.ok_or_else(|| {
            Failure::new("no_server", "no server is known")
                .hint("Sign in with `portdelta login URL`, or name one: --server URL.")
        })
    }

    /// The same; `None` where no server is known.
    pub fn known(arguments: &ServerArguments) -> Result<Option<Self>, Failure> {
        let login = Login::load()?;
        let local = local_server();
        let (url, stored_pin) = match (arguments.named(), &login, &local) {
            (Some(text), _, _) => {
                let url = server_url(&text)?;
                let of_login = login.as_ref().filter(|login| login.is_for(&url));
                let of_local = local.as_ref().filter(|local| same(&local.url, &url));
                let pin = of_login.and_then(|login| login.pin.clone());
                let pin = pin.or_else(|| of_local.and_then(|local| local.pin.clone()));
                (url, pin)
            }
            (None, Some(login), _) => (server_url(&login.server)?, login.pin.clone()),
            (None, None, Some(local)) => (server_url(&local.url)?, local.pin.clone()),
            (None, None, None) => return Ok(None),
        };
        if url.scheme() == "http" && !is_loopback(&url) && !arguments.insecure_http {
            return Err(Failure::new("insecure_http", format!("{url} would send the token for all to read"))
                .hint("Use https://, or add --insecure-http if the network is safe."));
        }
        let pin = match arguments.server_pin.as_ref().or(stored_pin.as_ref()) {
            Some(text) => Some(Pin::parse(text).ok_or_else(|| {
                Failure::new("bad_pin", "the pin is not the SHA-256 of a certificate")
                    .hint("It is 64 hexadecimal digits; the server prints it at its start.")
            })?),
            None => None,
        };
        let token = token(arguments, &url, login.as_ref())?;
        Ok(Some(Self { url, token, pin }))
    }
}

/// The token: a named file, the environment, the login at this server, the server's own on the same machine, and the
/// file that people keep one in.
fn token(arguments: &ServerArguments, url: &Url, login: Option<&Login>) -> Result<Option<String>, Failure> {
    if let Some(path) = &arguments.token_file {
        return read_token(path).map(Some);
    }
    if let Some(token) = std::env::var("PORTDELTA_TOKEN").ok().filter(|token| !token.trim().is_empty()) {
        return checked(&token).map(Some);
    }
    if let Some(login) = login.filter(|login| login.is_for(url)) {
        return Ok(Some(login.token.clone()));
    }
    let local = local_folder().filter(|_| is_loopback(url)).map(|folder| folder.join(ADMIN_TOKEN_FILE));
    let kept = config_folder().map(|folder| folder.join("token"));
    for path in local.into_iter().chain(kept) {
        if path.is_file() {
            return read_token(&path).map(Some);
        }
    }
    Ok(None)
}

/// The token in a file; `-` is standard input.
pub fn read_token(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let unreadable = |error: std::io::Error| {
        Failure::new("token_unreadable", format!("could not read the token in {}: {error}", path.display()))
            .hint("Check that the file exists, may be read, and holds nothing but the token.")
    };
    if path == Path::new("-") {
        std::io::stdin().lock().take(MOST_TOKEN_BYTES).read_to_string(&mut text).map_err(unreadable)?;
        return checked(&text);
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        warn(&format!("others may read the token in {}; run: chmod 600 {0}", path.display()));
    }
    file.take(MOST_TOKEN_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    checked(&text)
}

/// A token is one word that fits into a header.
pub fn checked(text: &str) -> Result<String, Failure> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::new("bad_token", "that is not a token")
            .hint("A token is one word that begins with pda_; copy it whole."));
    }
    Ok(token.to_owned())
}

/// The address of a server: scheme, host and port, nothing else.
pub fn server_url(text: &str) -> Result<Url, Failure> {
    let refused = |why: &str| {
        Failure::new("bad_server", format!("{text} is not the address of a server: {why}"))
            .hint("Write it like https://portdelta.example:8443.")
    };
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => refused("it begins with neither https:// nor http://"),
        other => refused(&other.to_string()),
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(refused("it begins with neither https:// nor http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("names and passwords have no place in it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("there is a question or a mark behind it"));
    }
    // A gateway may have several servers, each at a path of its own.
    if url.path().contains("/api/") || url.path().ends_with("/api") {
        return Err(refused("the program adds /api by itself"));
    }
    Ok(url)
}

/// Whether what is sent there stays on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a text names the same server as `url`.
pub(super) fn same(text: &str, url: &Url) -> bool {
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    Url::parse(text).is_ok_and(|other| other.origin() == url.origin() && path(&other) == path(url))
}

/// `ab:cd:...`
pub fn digest_text(digest: [u8; 32]) -> String {
    HEXLOWER.encode(&digest)
}

/// The data folder in which a server of this machine would tell where it is.
fn local_folder() -> Option<PathBuf> {
    store::named_folder(None).ok()
}

fn local_server() -> Option<LocalServer> {
    let text = std::fs::read_to_string(local_folder()?.join(SERVER_FILE)).ok()?;
    let local: LocalServer = serde_json::from_str(&text).ok()?;
    // The file is for this machine: whoever could write it must not send us anywhere else.
    server_url(&local.url).is_ok_and(|url| is_loopback(&url)).then_some(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_are_nothing_but_that() {
        let good = [
            "https://portdelta.example:8443",
            "http://127.0.0.1:8080/",
            "https://[::1]",
            "https://a.example/b",
        ];
        for text in good {
            assert!(server_url(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "portdelta.example",
            "ftp://portdelta.example",
            "https://user@portdelta.example",
            "https://:secret@portdelta.example",
            "https://portdelta.example/api",
            "https://portdelta.example/?x=1",
            "https://portdelta.example/#x",
            "file:///etc/passwd",
        ] {
            assert_eq!(server_url(text).expect_err(text).code, "bad_server");
        }
    }

    #[test]
    fn loopback_is_told_from_the_rest() {
        let loopback = |text: &str| is_loopback(&server_url(text).expect("an address"));
        assert!(
            loopback("http://127.0.0.1") && loopback("http://[::1]:1") && loopback("http://localhost:8080")
        );
        assert!(!loopback("http://localhost.example") && !loopback("http://192.0.2.1"));
    }

    #[test]
    fn servers_at_other_paths_are_others() {
        let is_same = |one: &str, other: &str| same(one, &server_url(other).expect("an address"));
        assert!(
            is_same("https://a.example", "https://a.example/")
                && is_same("https://a.example/b/", "https://a.example/b")
        );
        assert!(
            !is_same("https://a.example/b", "https://a.example/c")
                && !is_same("https://a.example", "https://a.example/c")
        );
        assert!(
            !is_same("http://a.example", "https://a.example")
                && !is_same("https://a.example:1", "https://a.example")
        );
    }

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(checked(" pda_x_y\n").expect("a token"), "pda_x_y");
        for text in ["", "two words", "a\r\nX-Header: b", "\u{fc}"] {
            assert_eq!(checked(text).expect_err(text).code, "bad_token");
        }
    }
}
