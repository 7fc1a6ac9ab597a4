//! `serve`

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use portdelta_core::AddressSet;
use portdelta_core::targets::parse_exclusions;

use super::LogArguments;

/// The port where none is given.
const PORT: u16 = 8443;

/// `serve`
#[derive(Debug, Args)]
#[command(after_help = "\
The first start makes a certificate, and a token for the administrator that is shown once. Agents trust the \
certificate by the token with which they are enrolled; browsers and other programs do not know it.
Everything is remembered in the data folder, which `portdelta scan` may use at the same time. SIGTERM and Ctrl-C \
end what runs within 20 seconds.

Examples:
  portdelta serve                                        for this machine only
  portdelta serve --listen 0.0.0.0:8443 --public-url https://portdelta.example:8443
  portdelta serve --listen 0.0.0.0 --tls-cert cert.pem --tls-key key.pem")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct ServeArguments {
    /// The folder that remembers [default: the user's data folder, e.g. ~/.local/share/portdelta]
    #[arg(long, value_name = "DIR", env = "PORTDELTA_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Where to listen: an address with or without a port; 0.0.0.0 and :: for all of this machine
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443", value_parser = address)]
    pub listen: SocketAddr,
    /// Where agents and people reach it, if not at that address
    #[arg(long, value_name = "URL", value_parser = url)]
    pub public_url: Option<String>,
    /// A certificate of your own, PEM, followed by those that signed it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Without TLS, for this machine only: the address must be one of the loopback
    #[arg(long, conflicts_with = "tls_cert")]
    pub plain_http: bool,
    /// Without TLS at any address: for a proxy that has TLS itself
    #[arg(long, conflicts_with_all = ["tls_cert", "plain_http"])]
    pub insecure_http: bool,
    /// A proxy, or a network of proxies, that says in X-Forwarded-For for whom it asks; may be given several times
    ///
    /// Without it all who come through a proxy share one address, and are locked out together when one of them guesses
    /// passwords. Name proxies only that overwrite or append to that header: who is named here can say to be anybody.
    #[arg(long, value_name = "CIDR", value_parser = proxies)]
    pub trusted_proxy: Vec<AddressSet>,
    /// The folder of the programs that channels may start [default: programs in the data folder]
    #[arg(long, value_name = "DIR")]
    pub programs: Option<PathBuf>,
    /// Do not scan from this machine: leave that to agents elsewhere
    #[arg(long)]
    pub no_local_agent: bool,
    /// Make and show another token for the administrator
    #[arg(long)]
    pub new_admin_token: bool,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let without_port = bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, PORT));
    without_port
        .or_else(|| text.parse().ok())
        .ok_or_else(|| "write an address of this machine: 192.0.2.1:8443, 0.0.0.0 or [::]:8443".to_owned())
}

fn proxies(text: &str) -> Result<AddressSet, String> {
    let wrong = || "write an address or a network: 192.0.2.1, 10.0.0.0/24 or 2001:db8::/64".to_owned();
    let proxies = parse_exclusions(text).map_err(|_| wrong())?;
    if proxies.is_empty() { Err(wrong()) } else { Ok(proxies) }
}

fn url(text: &str) -> Result<String, String> {
    let wrong = || "write https://portdelta.example:8443, without a path".to_owned();
    let url = text.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(wrong)?;
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    if rest.is_empty() || rest.len() > 300 || !rest.bytes().all(is_host) {
        return Err(wrong());
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port_of_their_own_or_the_usual_one() {
        for (text, expected) in [
            ("127.0.0.1", "127.0.0.1:8443"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::]", "[::]:8443"),
            ("::1", "[::1]:8443"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ] {
            assert_eq!(address(text), Ok(expected.parse().expect("an address")), "{text}");
        }
        for text in ["", "localhost:8443", "8443", "1.2.3.4:99999"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        for (text, address) in
            [("192.0.2.1", "192.0.2.1"), ("10.0.0.0/8", "10.9.9.9"), ("2001:db8::/32", "2001:db8:9::1")]
        {
            let proxies = proxies(text).expect("it is one");
            assert!(proxies.contains(address.parse().expect("an address")), "{text}");
        }
        for text in ["", "proxy.example", "10.0.0.0/33", "10.0.0.1:80"] {
            assert!(proxies(text).is_err(), "{text}");
        }
    }

    #[test]
    fn urls_are_those_of_a_server_and_nothing_else() {
        assert_eq!(url("https://a.example:8443/"), Ok("https://a.example:8443".to_owned()));
        for text in ["a.example", "https://", "https://a/b", "https://u:p@a", "ftp://a", "https://a\"b"] {
            assert!(url(text).is_err(), "{text}");
        }
    }
}
