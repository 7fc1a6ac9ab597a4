//! Single sign-on with a real provider, and with hostile ones.

use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::support::{Answer, Lab, PASSWORD};

/// A provider that somebody started for us; `None`, with a message, where nobody did.
fn started() -> Option<String> {
    let variable = "PORTDELTA_TEST_OIDC";
    let address = std::env::var(variable).ok();
    if address.is_none() {
        eprintln!("skipped: {variable} has no address of a provider; `cargo xtask test` starts it");
    }
    address
}

/// A server with a provider, and somebody at that provider.
struct World {
    lab: Lab,
    provider: String,
    http: reqwest::Client,
    subject: String,
}

/// What a browser holds on its way, and where it is led.
struct Away {
    cookie: String,
    url: Url,
}

impl World {
    async fn new(provider: &str, subject: &str, claims: Value) -> Self {
        let lab = Lab::new().await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let world = Self {
            lab,
            provider: provider.to_owned(),
            http: http.build().expect("a client"),
            subject: format!("{subject}-{}", std::process::id()),
        };
        world.configure(provider, json!({"default_role": "viewer"})).await;
        world.claims(claims).await;
        world
    }

    async fn configure(&self, issuer: &str, more: Value) {
        let mut provider = json!({"name": "Provider", "issuer": issuer, "client_id": "portdelta",
            "client_secret": "between us", "role_claim": "groups",
            "roles": {"netops": "operator", "root": "admin"}});
        provider.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let read = self.lab.get("/settings/people", self.lab.admin()).await;
        let tag = read.headers["etag"].to_str().expect("text").to_owned();
        let body = Some(json!({"single_sign_on": provider}));
        let path = "/settings/people";
        let put = self.lab.call_with(Method::PUT, path, self.lab.admin(), body, &[("if-match", &tag)]).await;
        assert_eq!(put.status, StatusCode::OK, "{:?}", put.json);
    }

    /// What the provider says of somebody from now on.
    async fn claims(&self, claims: Value) {
        let url = format!("{}/users/{}", self.provider, self.subject);
        let request = self.http.put(url).header("content-type", "application/json").body(claims.to_string());
        assert!(request.send().await.expect("the provider answers").status().is_success());
    }

    async fn start(&self, to: &str) -> Away {
        let answer = self.lab.get(&format!("/single-sign-on/start?to={to}"), None).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{:?}", answer.json);
        let set = answer.headers["set-cookie"].to_str().expect("text");
        assert!(set.starts_with("__Host-portdelta-sso=") && set.contains("HttpOnly"), "{set}");
        let cookie = set.split(';').next().expect("a cookie").to_owned();
        let url = answer.headers["location"].to_str().expect("text").parse().expect("an address");
        Away { cookie, url }
    }

    /// Lets somebody say yes at the provider; gives the query with which the browser comes back.
    async fn agree(&self, away: &Away) -> String {
        let request =
            self.http.post(away.url.clone()).header("content-type", "application/x-www-form-urlencoded");
        let answer =
            request.body(format!("sub={}", self.subject)).send().await.expect("the provider answers");
        let location = answer.headers()["location"].to_str().expect("text");
        let back: Url = location.parse().expect("an address");
        assert!(location.starts_with("https://portdelta.example:8443/api/v1/single-sign-on/callback?"));
        back.query().expect("a query").to_owned()
    }

    async fn back(&self, query: &str, cookie: &str) -> Answer {
        let path = format!("/single-sign-on/callback?{query}");
        self.lab.call_with(Method::GET, &path, None, None, &[("cookie", cookie)]).await
    }

    /// There and back.
    async fn sign_in(&self) -> Answer {
        let away = self.start("/scans").await;
        let query = self.agree(&away).await;
        self.back(&query, &away.cookie).await
    }
}

/// Who is signed in by what an answer gave the browser.
async fn who(lab: &Lab, answer: &Answer) -> Value {
    assert_eq!(answer.headers["location"], "/scans", "{:?}", answer.headers);
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies: Vec<_> = cookies.filter_map(|cookie| cookie.to_str().ok()).collect();
    let session =
        cookies.iter().find(|cookie| cookie.starts_with("__Host-portdelta=pds_")).expect("a session");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-portdelta-sso=; Max-Age=0")));
    let cookie = session.split(';').next().expect("a cookie");
    lab.call_with(Method::GET, "/me", None, None, &[("cookie", cookie)]).await.json
}

#[track_caller]
fn refused(answer: &Answer, code: &str) {
    assert_eq!(answer.status, StatusCode::FOUND, "{:?}", answer.json);
    assert_eq!(answer.headers["location"], format!("/sign-in?error={code}"));
    assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
}

fn verified(email: &str) -> Value {
    json!({"email": email, "email_verified": true})
}

#[tokio::test]
async fn somebody_comes_in_by_the_provider_and_is_the_same_next_time() {
    let Some(provider) = started() else { return };
    let world = World::new(
        &provider,
        "anna",
        json!({"email": "anna@example.org", "email_verified": true, "groups": ["x", "netops"]}),
    )
    .await;
    assert_eq!(world.lab.get("/sign-in", None).await.json["single_sign_on"]["name"], "Provider");
    let away = world.start("/scans").await;
    let asked: std::collections::BTreeMap<_, _> = away.url.query_pairs().into_owned().collect();
    assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
    assert!(asked["nonce"].len() > 16 && asked["state"].len() > 16 && asked["code_challenge"].len() > 40);
    assert!(asked["scope"].contains("openid") && asked["scope"].contains("email"));
    assert!(!away.url.as_str().contains("between"), "the secret stays here");
    let query = world.agree(&away).await;
    let first = who(&world.lab, &world.back(&query, &away.cookie).await).await;
    assert_eq!((&first["name"], &first["role"]), (&json!("anna@example.org"), &json!("operator")));
    // The role is what the provider says now, and another address there is still the same person.
    world.claims(json!({"email": "anna.new@example.org", "email_verified": true, "groups": "root"})).await;
    let second = who(&world.lab, &world.sign_in().await).await;
    assert_eq!((&second["id"], &second["role"]), (&first["id"], &json!("admin")));
    let user = world.lab.all("/users", 10).await.remove(0);
    assert_eq!((&user["single_sign_on"], &user["has_password"]), (&json!(true), &json!(false)));
    let noted = world.lab.all("/audit?what=session.opened", 10).await;
    assert_eq!((noted.len(), &noted[0]["who"]), (2, &json!("user anna@example.org")));
    // What their coming changed is a change like others.
    for (what, role) in [("user.created", "operator"), ("user.edited", "admin")] {
        let noted = world.lab.all(&format!("/audit?what={what}"), 10).await;
        let by_provider = noted.iter().filter(|entry| entry["object"] == first["id"]).collect::<Vec<_>>();
        assert_eq!(by_provider.len(), 1, "{noted:?}");
        let detail = format!("single sign-on name=anna@example.org role={role}");
        assert_eq!(by_provider[0]["detail"], json!(detail));
    }
    // They have no password, and none opens a session.
    let by_password = world.lab.sign_in("anna@example.org", PASSWORD).await;
    assert_eq!(by_password.json["code"], "session.refused");
}

#[tokio::test]
async fn a_journey_ends_once_and_in_the_browser_that_began_it() {
    let Some(provider) = started() else { return };
    let world = World::new(&provider, "berta", verified("berta@example.org")).await;
    let away = world.start("/scans").await;
    let query = world.agree(&away).await;
    // Somebody sends their own way back to another browser, to have it signed in as them.
    let other = world.start("/scans").await;
    refused(&world.back(&query, &other.cookie).await, "sso.state");
    // And after that it is used up for everybody.
    refused(&world.back(&query, &away.cookie).await, "sso.state");
    let away = world.start("/scans").await;
    let query = world.agree(&away).await;
    who(&world.lab, &world.back(&query, &away.cookie).await).await;
    refused(&world.back(&query, &away.cookie).await, "sso.state");
    // Ten minutes, and no more.
    let away = world.start("/scans").await;
    let query = world.agree(&away).await;
    world.lab.clock.advance(600);
    refused(&world.back(&query, &away.cookie).await, "sso.state");
    for query in ["", "code=x", "state=x", "code=x&state=y"] {
        refused(&world.back(query, &away.cookie).await, "sso.state");
    }
}

#[tokio::test]
async fn a_code_is_good_for_its_own_journey_only() {
    let Some(provider) = started() else { return };
    let world = World::new(&provider, "carla", verified("carla@example.org")).await;
    let (one, other) = (world.start("/scans").await, world.start("/scans").await);
    let (code, state) = (world.agree(&one).await, world.agree(&other).await);
    let part = |query: &str, name: &str| {
        let found = query.split('&').find(|part| part.starts_with(&format!("{name}=")));
        found.expect("it is there").to_owned()
    };
    // The code of one journey with the state, and so the nonce, of another one.
    let mixed = format!("{}&{}", part(&code, "code"), part(&state, "state"));
    refused(&world.back(&mixed, &other.cookie).await, "sso.refused");
    let made_up = format!("code=made-up&{}", part(&code, "state"));
    refused(&world.back(&made_up, &one.cookie).await, "sso.refused");
    // Who says no at the provider.
    let away = world.start("/scans").await;
    let state = away.url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    refused(&world.back(&format!("error=access_denied&state={state}"), &away.cookie).await, "sso.refused");
    assert_eq!(world.lab.all("/users", 10).await.len(), 0);
}

#[tokio::test]
async fn only_a_verified_address_makes_a_user_and_never_takes_one_over() {
    let Some(provider) = started() else { return };
    let world =
        World::new(&provider, "dora", json!({"email": "dora@example.org", "email_verified": false})).await;
    refused(&world.sign_in().await, "sso.unverified");
    world.claims(json!({"email": "dora@example.org"})).await;
    refused(&world.sign_in().await, "sso.unverified");
    world.claims(json!({"email_verified": true})).await;
    refused(&world.sign_in().await, "sso.unverified");
    // A local user of that name stays theirs.
    world.lab.user("Dora@example.org", "admin").await;
    world.claims(verified("dora@example.org")).await;
    refused(&world.sign_in().await, "sso.name_taken");
    let users = world.lab.all("/users", 10).await;
    assert_eq!((users.len(), &users[0]["single_sign_on"]), (1, &json!(false)));
}

#[tokio::test]
async fn who_has_no_role_or_is_disabled_stays_out() {
    let Some(provider) = started() else { return };
    let world = World::new(&provider, "emma", verified("emma@example.org")).await;
    world.configure(&provider, json!({})).await;
    refused(&world.sign_in().await, "sso.no_role");
    world.claims(json!({"email": "emma@example.org", "email_verified": true, "groups": ["netops"]})).await;
    let me = who(&world.lab, &world.sign_in().await).await;
    let path = format!("/users/{}", me["id"].as_str().expect("an id"));
    let tag =
        world.lab.get(&path, world.lab.admin()).await.headers["etag"].to_str().expect("text").to_owned();
    let off = Some(json!({"name": "emma@example.org", "role": "operator", "disabled": true}));
    let done = world.lab.call_with(Method::PUT, &path, world.lab.admin(), off, &[("if-match", &tag)]).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    refused(&world.sign_in().await, "sso.disabled");
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let Some(provider) = started() else { return };
    let world = World::new(&provider, "fiona", verified("fiona@example.org")).await;
    for to in ["//192.0.2.1/", "https://192.0.2.1/", "/%5C192.0.2.1", "/%0d%0aSet-Cookie:x"] {
        let away = world.start(to).await;
        let query = world.agree(&away).await;
        let answer = world.back(&query, &away.cookie).await;
        assert_eq!(answer.headers["location"], "/", "{to}");
    }
}

/// Answers every request with JSON, by its first line and its own address; that address.
async fn hostile(answer: impl Fn(&str, &str) -> Value + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let own = address.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16_384];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let line =
                String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_owned();
            let mut body = answer(&line, &own);
            if line.contains("openid-configuration") && body["issuer"].is_null() {
                body["issuer"] = json!(own);
            }
            let body = body.to_string().replace("SELF", &own);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
            let text = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    address
}

fn metadata(issuer: &Value) -> Value {
    json!({"issuer": issuer, "authorization_endpoint": "SELF/authorize", "token_endpoint": "SELF/token",
        "jwks_uri": "SELF/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "keys": []})
}

/// A server whose provider is this one; needs no provider that somebody started.
async fn with(issuer: &str) -> Lab {
    let lab = Lab::new().await;
    let body = json!({"single_sign_on": {"name": "P", "issuer": issuer, "client_id": "p", "client_secret": "s",
        "default_role": "admin"}});
    let put = lab
        .call_with(Method::PUT, "/settings/people", lab.admin(), Some(body), &[("if-match", "\"0\"")])
        .await;
    assert_eq!(put.status, StatusCode::OK, "{:?}", put.json);
    lab
}

#[tokio::test]
async fn a_provider_that_says_it_is_another_one_is_refused() {
    let issuer = hostile(|_, _| metadata(&json!("https://accounts.example.org"))).await;
    refused(&with(&issuer).await.get("/single-sign-on/start", None).await, "sso.refused");
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_said_to_be_so() {
    let lab = with("http://127.0.0.1:1").await;
    refused(&lab.get("/single-sign-on/start", None).await, "sso.unreachable");
    let nothing = Lab::new().await;
    refused(&nothing.get("/single-sign-on/start", None).await, "sso.off");
    refused(&nothing.get("/single-sign-on/callback?code=x&state=y", None).await, "sso.off");
}

/// A token that nobody signed, or that somebody else signed, or that is for somebody else, proves nothing.
#[tokio::test]
async fn tokens_that_prove_nothing_let_nobody_in() {
    let encode = |value: &Value| data_encoding::BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    for algorithm in ["none", "HS256", "RS256"] {
        for (audience, age) in [("p", 0), ("other", 0), ("p", 7_200)] {
            let head = encode(&json!({"alg": algorithm, "typ": "JWT"}));
            let now = std::process::Command::new("date").arg("+%s").output().expect("the time");
            let now: i64 = String::from_utf8_lossy(&now.stdout).trim().parse().expect("seconds");
            let nonce = Arc::new(Mutex::new(String::new()));
            let (told, head) = (nonce.clone(), head.clone());
            let issuer = hostile(move |line, own| {
                if !line.contains("/token") {
                    return metadata(&Value::Null);
                }
                let claims = json!({"iss": own, "sub": "x", "aud": audience, "iat": now - age,
                    "exp": now - age + 3_600, "email": "x@example.org", "email_verified": true,
                    "nonce": *told.lock().expect("nobody panicked")});
                let token = format!("{head}.{}.{}", encode(&claims), encode(&json!("signature")));
                json!({"access_token": "a", "token_type": "Bearer", "id_token": token})
            })
            .await;
            let lab = with(&issuer).await;
            let start = lab.get("/single-sign-on/start", None).await;
            let url: Url = start.headers["location"].to_str().expect("text").parse().expect("an address");
            let part = |wanted: &str| {
                let found = url.query_pairs().find(|(name, _)| name == wanted);
                found.expect("it is there").1.into_owned()
            };
            *nonce.lock().expect("nobody panicked") = part("nonce");
            let state = part("state");
            let set = start.headers["set-cookie"].to_str().expect("text");
            let cookie = set.split(';').next().expect("a cookie");
            let path = format!("/single-sign-on/callback?code=x&state={state}");
            let back = lab.call_with(Method::GET, &path, None, None, &[("cookie", cookie)]).await;
            refused(&back, "sso.refused");
            assert!(lab.all("/users", 10).await.is_empty());
        }
    }
}
