//! Who comes by single sign-on is in the audit trail, whatever gets in between.

use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use portdelta_app::ports::{Identities, IdentityError, Journey, ProvenIdentity};
use portdelta_protocol::admin::SingleSignOn;
use portdelta_testkit::Fault;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::audit::trail;
use crate::support::{Answer, Lab};

/// A provider that knows one person, and says so when it is allowed to.
struct Slow(Semaphore);

#[async_trait]
impl Identities for Slow {
    async fn begin(&self, provider: &SingleSignOn, _: &str) -> Result<Journey, IdentityError> {
        let text = |word: &str| word.repeat(20);
        Ok(Journey {
            url: format!("{}/authorize", provider.issuer),
            state: text("state"),
            nonce: text("nonce"),
            verifier: text("verifier"),
        })
    }

    async fn finish(
        &self,
        provider: &SingleSignOn,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
    ) -> Result<ProvenIdentity, IdentityError> {
        let allowed = self.0.acquire().await;
        allowed.map_err(|error| IdentityError::Unreachable(error.to_string()))?.forget();
        Ok(ProvenIdentity {
            issuer: provider.issuer.clone(),
            subject: "1".to_owned(),
            verified_email: Some("anna@example.org".to_owned()),
            values: Vec::new(),
        })
    }
}

/// A server with that provider, and what a browser holds that was sent there.
async fn away() -> (Lab, Arc<Slow>, String) {
    let provider = Arc::new(Slow(Semaphore::new(0)));
    let lab = Lab::knowing(provider.clone()).await;
    let body = json!({"single_sign_on": {"name": "P", "issuer": "https://login.example", "client_id": "p",
        "client_secret": "s", "default_role": "operator"}});
    let tag = [("if-match", "\"0\"")];
    let put = lab.call_with(Method::PUT, "/settings/people", lab.admin(), Some(body), &tag).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    let start = lab.get("/single-sign-on/start", None).await;
    let set = start.headers["set-cookie"].to_str().expect("text");
    let cookie = set.split(';').next().expect("a cookie").to_owned();
    (lab, provider, cookie)
}

async fn back(lab: &Lab, cookie: &str) -> Answer {
    let path = format!("/single-sign-on/callback?code=x&state={}", "state".repeat(20));
    lab.call_with(Method::GET, &path, None, None, &[("cookie", cookie)]).await
}

#[tokio::test]
async fn who_hangs_up_keeps_no_arrival_from_being_noted() {
    let (lab, provider, cookie) = away().await;
    let before = trail(&lab).await.len();
    let mut coming = Box::pin(back(&lab, &cookie));
    // The provider is being asked when the connection goes.
    let is_begun =
        std::future::poll_fn(|context| Poll::Ready(coming.as_mut().poll(context).is_pending())).await;
    drop(coming);
    assert!(is_begun);
    provider.0.add_permits(1);
    while trail(&lab).await.len() < before + 2 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let user = lab.all("/users", 10).await[0]["id"].as_str().expect("an id").to_owned();
    let expected = [
        format!(
            "user anna@example.org|user.created|{user}|single sign-on name=anna@example.org role=operator"
        ),
        format!("user anna@example.org|session.opened|{user}|single sign-on"),
    ];
    assert_eq!(trail(&lab).await.split_off(before), expected);
}

/// Somebody who was made is noted, also where no session could be opened for them.
#[tokio::test]
async fn who_is_made_and_not_let_in_is_noted() {
    for fault in [Fault::Before, Fault::After] {
        made_and_not_let_in(fault).await;
    }
}

async fn made_and_not_let_in(fault: Fault) {
    let (mut made, mut refused, mut unknown) = (0, 0, 0);
    for nth in 1..30 {
        let (lab, provider, cookie) = away().await;
        provider.0.add_permits(1);
        let before = trail(&lab).await.len();
        lab.faults.plan(nth, fault);
        let answer = back(&lab, &cookie).await;
        lab.faults.revive();
        let noted = trail(&lab).await.split_off(before);
        let is_in = answer.headers["location"] == "/";
        if is_in {
            break;
        }
        refused += 1;
        let is_made = !lab.all("/users", 10).await.is_empty();
        let words: Vec<_> = noted.iter().filter_map(|entry| entry.split('|').nth(1)).collect();
        if words == ["user.arrived"] {
            // Nobody can know whether they were made.
            assert!(noted[0].ends_with("may have changed part"), "{noted:?}");
            unknown += 1;
        } else {
            assert_eq!(words, if is_made { vec!["user.created"] } else { vec![] }, "at {nth}: {noted:?}");
        }
        made += usize::from(is_made);
    }
    assert!(unknown > 0);
    assert!(made > 0 && refused > made, "{made} of {refused}");
}
