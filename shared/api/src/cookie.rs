//! The cookie of a session, and what a page must know besides it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use portdelta_app::NewSession;
use subtle::ConstantTimeEq;

/// Browsers take a cookie of such a name only over TLS (or on the machine itself), from this very host, for all of it.
pub(crate) const NAME: &str = "__Host-portdelta";

/// What a page of this server sends with every change.
const CSRF: HeaderName = HeaderName::from_static("x-portdelta-csrf");

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// What the browser holds; nothing where it holds two.
pub(crate) fn held(headers: &HeaderMap) -> Option<&str> {
    of_name(headers, NAME)
}

/// The cookie of a name; nothing where there are two, of which one may be somebody else's.
pub(crate) fn of_name<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// Whether the request knows what only a page of this server can know.
pub(crate) fn has_csrf(headers: &HeaderMap, csrf: &str) -> bool {
    let mut values = headers.get_all(CSRF).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    value.as_bytes().ct_eq(csrf.as_bytes()).into()
}

/// Gives the browser what it is to hold.
pub(crate) fn give(session: &NewSession) -> [(HeaderName, HeaderValue); 1] {
    set(NAME, &session.cookie, NewSession::SECONDS)
}

/// Lets the browser forget what it holds.
pub(crate) fn take_away() -> [(HeaderName, HeaderValue); 1] {
    set(NAME, "", 0)
}

/// A cookie of this host, for so many seconds.
pub(crate) fn set(name: &str, value: &str, seconds: i64) -> [(HeaderName, HeaderValue); 1] {
    let text = format!("{name}={value}; Max-Age={seconds}; {ATTRIBUTES}");
    // Random words, letters and digits: always a good value.
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    [(header::SET_COOKIE, value)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_never_guessed() {
        assert_eq!(held(&headers(&["a=b; __Host-portdelta=x=y;c=d"])), Some("x=y"));
        assert_eq!(held(&headers(&["a=b", "__Host-portdelta=x"])), Some("x"));
        assert_eq!(held(&headers(&["__Host-portdelta=x; __Host-portdelta=y"])), None);
        assert_eq!(held(&headers(&["__Host-portdelta=x", "__Host-portdelta=y"])), None);
        assert_eq!(held(&headers(&["__host-portdelta=x; portdelta=y; x__Host-portdelta=z"])), None);
        assert_eq!(held(&headers(&[])), None);
    }

    #[test]
    fn cookies_stay_with_this_host_and_out_of_scripts() {
        let [(_, value)] = take_away();
        assert!(value.is_sensitive());
        let text = value.to_str().expect("text");
        assert_eq!(text, "__Host-portdelta=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
}
