//! What is made at the first start, and what the machine is called.

use std::net::{IpAddr, SocketAddr};

use portdelta_app::{App, Change};
use portdelta_protocol::admin::Role;

use crate::data_folder::DataFolder;
use crate::{ServeError, private_file};

/// The token of the first administrator, for the command line on the same machine.
pub const TOKEN_FILE: &str = "admin-token";

/// Where the server is and what its certificate is, for the command line on the same machine.
pub const ADDRESS_FILE: &str = "server.json";

/// The token of an administrator that is made at the first start, or on demand; `None` where there is one.
///
/// It is kept in a file that only the owner of the data folder can read.
pub(crate) async fn admin_token(
    folder: &DataFolder,
    app: &App,
    another: bool,
) -> Result<Option<String>, ServeError> {
    let made = match app.create_first_token().await? {
        Some(made) => made,
        None if another => app.create_token("start with --new-admin-token", Role::Admin, None).await?,
        None => return Ok(None),
    };
    let change = Change {
        who: "a start of the server".to_owned(),
        what: "token.created".to_owned(),
        object: made.token.id,
        detail: format!("name={} role={}", made.token.name, made.token.role.name()),
    };
    // The token is there, and is made once only: it is given out, whether or not the trail can be written.
    portdelta_api::note_or_tell(app, &change).await;
    private_file::write(&folder.file(TOKEN_FILE), format!("{}\n", made.secret).as_bytes())?;
    Ok(Some(made.secret))
}

/// Notes where the server is.
pub(crate) fn keep_address(folder: &DataFolder, url: &str, pin: Option<&str>) -> Result<(), ServeError> {
    let pin = pin.map_or_else(|| "null".to_owned(), |pin| format!("\"{pin}\""));
    // An address has no character that JSON would escape.
    private_file::write(
        &folder.file(ADDRESS_FILE),
        format!("{{\"url\": \"{url}\", \"pin\": {pin}}}\n").as_bytes(),
    )
}

/// The machine's name; empty where it has none that can be read.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The addresses of the machine's interfaces.
pub(crate) fn interfaces() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    found.into_iter().map(|interface| interface.ip()).collect()
}

/// Where others reach a server, as far as its own machine can know.
pub(crate) fn url(plain: bool, address: SocketAddr, host: &str) -> String {
    let scheme = if plain { "http" } else { "https" };
    if address.ip().is_unspecified() && !host.is_empty() {
        return format!("{scheme}://{host}:{}", address.port());
    }
    format!("{scheme}://{address}")
}

/// Where a server is reached from its own machine.
pub(crate) fn local_url(plain: bool, address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    url(plain, SocketAddr::new(ip, address.port()), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_at_which_a_server_is_reached() {
        let address = |text: &str| text.parse().expect("an address");
        for (listen, outside, inside) in [
            ("192.0.2.1:8443", "https://192.0.2.1:8443", "https://192.0.2.1:8443"),
            ("0.0.0.0:8443", "https://scanner:8443", "https://127.0.0.1:8443"),
            ("[::]:8443", "https://scanner:8443", "https://[::1]:8443"),
            ("[2001:db8::1]:443", "https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
        ] {
            assert_eq!(url(false, address(listen), "scanner"), outside);
            assert_eq!(local_url(false, address(listen)), inside);
        }
        assert_eq!(url(true, address("127.0.0.1:80"), "scanner"), "http://127.0.0.1:80");
    }
}
