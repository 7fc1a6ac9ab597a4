//! Role by endpoint: what the table says is what is answered, for tokens and for people who are signed in.

use std::fmt::Write as _;

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::agents::TestAgent;
use crate::support::{Browser, Lab, PASSWORD};

const ROLES: [&str; 3] = ["viewer", "operator", "admin"];

/// An endpoint and the least role that may use it, of the document.
struct Endpoint {
    method: Method,
    path: String,
    needs: String,
}

fn endpoints() -> Vec<Endpoint> {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let needs = operation["x-role"].as_str().expect("a role").to_owned();
            assert_eq!(needs == "anybody", operation["security"].is_null(), "{method} {path}");
            all.push(Endpoint { method, path: path.clone(), needs });
        }
    }
    assert!(all.len() > 90);
    all
}

impl Endpoint {
    /// The path with something in its places.
    fn address(&self) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { "00000" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Whether a role may use it.
    fn is_for(&self, role: &str) -> bool {
        let place = |role: &str| ROLES.iter().position(|known| *known == role);
        place(&self.needs).is_some_and(|least| place(role) >= Some(least))
    }
}

/// Changes of the table are seen by whoever reads the change.
#[test]
fn the_table_is_what_was_agreed() {
    let mut lines: Vec<_> = endpoints()
        .iter()
        .map(|endpoint| format!("{:8} {} {}", endpoint.needs, endpoint.method, endpoint.path))
        .collect();
    lines.sort();
    let text = lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    });
    insta::assert_snapshot!("roles", text);
}

#[tokio::test]
async fn a_token_may_what_its_role_may() {
    let lab = Lab::new().await;
    for role in ROLES {
        let token = lab.token_of(role).await;
        for endpoint in endpoints().iter().filter(|endpoint| endpoint.needs != "anybody") {
            let answer = lab.call(endpoint.method.clone(), &endpoint.address(), Some(&token), None).await;
            check(endpoint, role, &answer);
        }
    }
}

#[tokio::test]
async fn a_person_may_what_their_role_may() {
    let lab = Lab::new().await;
    for role in ROLES {
        lab.user(role, role).await;
        for endpoint in endpoints().iter().filter(|endpoint| endpoint.needs != "anybody") {
            // Some of them sign out.
            let browser = Browser::of(&lab.sign_in(role, PASSWORD).await);
            let answer = lab.page(&browser, endpoint.method.clone(), &endpoint.address(), None).await;
            check(endpoint, role, &answer);
        }
    }
}

fn check(endpoint: &Endpoint, role: &str, answer: &crate::support::Answer) {
    let what = format!("{role}: {} {}: {} {:?}", endpoint.method, endpoint.path, answer.status, answer.json);
    let is_forbidden = answer.status == StatusCode::FORBIDDEN && answer.json["code"] == "role.forbidden";
    assert_eq!(is_forbidden, !endpoint.is_for(role), "{what}");
    assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
    assert!(!answer.status.is_server_error(), "{what}");
}

/// A cookie alone changes nothing, wherever it is sent to, and whatever its owner may.
#[tokio::test]
async fn no_foreign_page_changes_anything() {
    let lab = Lab::new().await;
    let (own, other) = (lab.browser("anna", "admin").await, lab.browser("berta", "admin").await);
    let cookie = ("cookie", own.cookie.as_str());
    let good = ("x-portdelta-csrf", own.csrf.as_str());
    let cross = ("sec-fetch-site", "cross-site");
    let changing: Vec<_> =
        endpoints().into_iter().filter(|endpoint| endpoint.method != Method::GET).collect();
    assert!(changing.len() > 60, "{}", changing.len());
    for endpoint in changing {
        // Where nobody has to be signed in there is no session to misuse; only who is foreign is refused.
        let without: &[&[(&str, &str)]] = if endpoint.needs == "anybody" {
            &[]
        } else {
            &[
                &[cookie],
                &[cookie, ("x-portdelta-csrf", "")],
                &[cookie, ("x-portdelta-csrf", "00000")],
                &[cookie, ("x-portdelta-csrf", other.csrf.as_str())],
                &[cookie, good, good],
                &[cookie, ("sec-fetch-site", "same-site")],
            ]
        };
        let foreign: [&[(&str, &str)]; 2] = [&[cookie, cross], &[cookie, good, cross]];
        let all = without.iter().map(|headers| (headers, "csrf.missing"));
        for (headers, code) in all.chain(foreign.iter().map(|headers| (headers, "csrf.foreign"))) {
            let method = endpoint.method.clone();
            let answer = lab.call_with(method, &endpoint.address(), None, Some(json!({})), headers).await;
            let what = format!("{} {} with {headers:?}", endpoint.method, endpoint.path);
            assert_eq!(
                (answer.status, answer.json["code"].as_str()),
                (StatusCode::FORBIDDEN, Some(code)),
                "{what}"
            );
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{what}");
            assert!(!answer.headers.contains_key("set-cookie"), "{what}");
        }
    }
    // Nobody was signed out by any of it.
    for browser in [&own, &other] {
        assert_eq!(lab.page(browser, Method::GET, "/me", None).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn agents_may_nothing_that_people_may() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let lent = TestAgent::approved(&lab, "office", 1).await.token(&lab).await;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.needs != "anybody") {
        let answer = lab.call(endpoint.method.clone(), &endpoint.address(), Some(&lent), None).await;
        let is_forbidden = answer.json["code"] == "role.forbidden";
        assert_eq!(is_forbidden, endpoint.needs != "agent", "{} {}", endpoint.method, endpoint.path);
    }
}

#[tokio::test]
async fn a_role_counts_as_it_is_now() {
    let lab = Lab::new().await;
    let id = lab.user("anna", "admin").await;
    lab.user("boss", "admin").await;
    let browser = Browser::of(&lab.sign_in("anna", PASSWORD).await);
    assert_eq!(lab.page(&browser, Method::GET, "/users", None).await.status, StatusCode::OK);
    let path = format!("/users/{id}");
    let read = lab.get(&path, lab.admin()).await;
    let tag = read.headers["etag"].to_str().expect("text").to_owned();
    let change = Some(json!({"name": "anna", "role": "viewer"}));
    let done = lab.call_with(Method::PUT, &path, lab.admin(), change, &[("if-match", &tag)]).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    let refused = lab.page(&browser, Method::GET, "/users", None).await;
    assert_eq!(
        (refused.status, refused.json["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("role.forbidden"))
    );
    let me = lab.page(&browser, Method::GET, "/me", None).await;
    assert_eq!(me.json["role"], "viewer");
}
