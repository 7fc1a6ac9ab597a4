//! Signing in, staying in, going out.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use portdelta_api::ApiLimits;
use portdelta_app::password::PasswordCost;
use serde_json::json;

use crate::support::{Answer, Browser, Lab, PASSWORD};

#[track_caller]
fn refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!((answer.status, answer.json["code"].as_str()), (status, Some(code)), "{:?}", answer.json);
    assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
}

#[tokio::test]
async fn somebody_signs_in_looks_around_and_signs_out() {
    let lab = Lab::new().await;
    lab.user("Anna", "operator").await;
    let answer = lab.sign_in(" aNNa ", PASSWORD).await;
    let set = answer.headers["set-cookie"].to_str().expect("text");
    assert!(set.starts_with("__Host-portdelta=pds_"), "{set}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=604800"] {
        assert!(set.split("; ").any(|part| part == attribute), "{attribute} in {set}");
    }
    assert!(!set.contains("Domain"));
    let browser = Browser::of(&answer);
    assert_eq!(
        (&answer.json["user"]["name"], &answer.json["user"]["role"]),
        (&json!("Anna"), &json!("operator"))
    );
    let session = lab.page(&browser, Method::GET, "/session", None).await;
    assert_eq!(session.json, answer.json);
    let me = lab.page(&browser, Method::GET, "/me", None).await;
    assert_eq!((&me.json["kind"], &me.json["id"]), (&json!("user"), &answer.json["user"]["id"]));
    assert_eq!(lab.page(&browser, Method::GET, "/sites", None).await.status, StatusCode::OK);

    let out = lab.page(&browser, Method::DELETE, "/session", None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.headers["set-cookie"].to_str().expect("text").starts_with("__Host-portdelta=; Max-Age=0;"));
    refused(
        &lab.page(&browser, Method::GET, "/sites", None).await,
        StatusCode::UNAUTHORIZED,
        "token.missing",
    );
}

#[tokio::test]
async fn what_a_page_does_needs_a_word_that_foreign_pages_do_not_know() {
    let lab = Lab::new().await;
    let (browser, other) = (lab.browser("anna", "admin").await, lab.browser("berta", "admin").await);
    let cookie = ("cookie", browser.cookie.as_str());
    let make = async |headers: &[(&str, &str)]| {
        lab.call_with(Method::POST, "/sites", None, Some(json!({"id": "office"})), headers).await
    };
    let twice = [cookie, ("x-portdelta-csrf", &browser.csrf), ("x-portdelta-csrf", &browser.csrf)];
    for headers in [
        &[cookie][..],
        &[cookie, ("x-portdelta-csrf", "")],
        &[cookie, ("x-portdelta-csrf", &other.csrf)],
        &twice,
    ] {
        refused(&make(headers).await, StatusCode::FORBIDDEN, "csrf.missing");
    }
    let good = [cookie, ("x-portdelta-csrf", browser.csrf.as_str())];
    // What a browser itself says of a foreign page counts besides.
    let foreign = [good[0], good[1], ("sec-fetch-site", "cross-site")];
    refused(&make(&foreign).await, StatusCode::FORBIDDEN, "csrf.foreign");
    let sign_in = json!({"name": "anna", "password": PASSWORD});
    let by_foreign = lab
        .call_with(Method::POST, "/session", None, Some(sign_in), &[("sec-fetch-site", "cross-site")])
        .await;
    refused(&by_foreign, StatusCode::FORBIDDEN, "csrf.foreign");
    assert_eq!(make(&good).await.status, StatusCode::CREATED);
    // Reading needs none, and a token comes from no page.
    let read = lab.call_with(Method::GET, "/sites", None, None, &[cookie]).await;
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(
        lab.call(Method::DELETE, "/sites/office", lab.admin(), None).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_token_goes_before_a_cookie() {
    let lab = Lab::new().await;
    let browser = lab.browser("anna", "viewer").await;
    let cookie = [("cookie", browser.cookie.as_str())];
    let me = lab.call_with(Method::GET, "/me", lab.admin(), None, &cookie).await;
    assert_eq!((&me.json["kind"], &me.json["role"]), (&json!("token"), &json!("admin")));
    // And a wrong token is not made good by the cookie.
    let wrong = lab.call_with(Method::GET, "/me", Some("pda_wrong"), None, &cookie).await;
    refused(&wrong, StatusCode::UNAUTHORIZED, "token.invalid");
    // A token has no session.
    for (method, path) in
        [(Method::GET, "/session"), (Method::DELETE, "/session"), (Method::DELETE, "/sessions")]
    {
        refused(&lab.call(method, path, lab.admin(), None).await, StatusCode::CONFLICT, "session.none");
    }
}

#[tokio::test]
async fn whoever_puts_a_cookie_into_a_browser_does_not_come_along() {
    let lab = Lab::new().await;
    lab.user("anna", "viewer").await;
    let mallory = lab.browser("mallory", "viewer").await;
    // The cookie of somebody else, one that was made up, and none at all.
    for held in [mallory.cookie.as_str(), "__Host-portdelta=chosen", ""] {
        let body = json!({"name": "anna", "password": PASSWORD});
        let answer = lab.call_with(Method::POST, "/session", None, Some(body), &[("cookie", held)]).await;
        let browser = Browser::of(&answer);
        assert_ne!(browser.cookie, held);
        let me = lab.page(&browser, Method::GET, "/me", None).await;
        assert_eq!(me.json["name"], "anna");
    }
    // What was held before is void.
    let held = [("cookie", mallory.cookie.as_str())];
    let asked = lab.call_with(Method::GET, "/me", None, None, &held).await;
    refused(&asked, StatusCode::UNAUTHORIZED, "token.missing");
    // Two of them are none.
    let one = Browser::of(&lab.sign_in("anna", PASSWORD).await).cookie;
    let two = format!("{one}; {one}");
    let asked = lab.call_with(Method::GET, "/me", None, None, &[("cookie", &two)]).await;
    refused(&asked, StatusCode::UNAUTHORIZED, "token.missing");
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_after_a_week() {
    let lab = Lab::new().await;
    let (idle, busy) = (lab.browser("anna", "viewer").await, lab.browser("berta", "viewer").await);
    let status = async |browser: &Browser| lab.page(browser, Method::GET, "/me", None).await.status;
    // An hour less than half a day, again and again.
    for hours in 1..=15 {
        lab.clock.advance(11 * 3_600);
        assert_eq!(status(&busy).await, StatusCode::OK, "{} hours", hours * 11);
    }
    assert_eq!(status(&idle).await, StatusCode::UNAUTHORIZED);
    lab.clock.advance(3 * 3_600 - 1);
    assert_eq!(status(&busy).await, StatusCode::OK);
    lab.clock.advance(1);
    assert_eq!(status(&busy).await, StatusCode::UNAUTHORIZED, "after seven days");
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_sessions_of_one_person() {
    let lab = Lab::new().await;
    let (here, other) = (lab.browser("anna", "viewer").await, lab.browser("berta", "viewer").await);
    let there = Browser::of(&lab.sign_in("anna", PASSWORD).await);
    assert_eq!(lab.page(&here, Method::DELETE, "/sessions", None).await.status, StatusCode::NO_CONTENT);
    for browser in [&here, &there] {
        assert_eq!(lab.page(browser, Method::GET, "/me", None).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(lab.page(&other, Method::GET, "/me", None).await.status, StatusCode::OK);
    Browser::of(&lab.sign_in("anna", PASSWORD).await);
}

#[tokio::test]
async fn a_wrong_name_is_answered_as_a_wrong_password_is() {
    let lab = Lab::new().await;
    let id = lab.user("anna", "viewer").await;
    lab.post("/users", json!({"name": "invited", "role": "viewer"})).await;
    let read = lab.get(&format!("/users/{id}"), lab.admin()).await;
    let mut answers = Vec::new();
    for name in ["anna", "nobody", "invited", "", "\u{1b}[2J", "NAME#anna", &"a".repeat(10_000)] {
        let answer = lab.sign_in(name, "wrong-password-wrong").await;
        refused(&answer, StatusCode::UNAUTHORIZED, "session.refused");
        let mut json = answer.json;
        json.as_object_mut().expect("a problem").remove("request");
        answers.push(json);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    // Who is disabled is refused alike, with the right password too.
    let tag = read.headers["etag"].to_str().expect("text").to_owned();
    let change = Some(json!({"name": "anna", "role": "viewer", "disabled": true}));
    let path = format!("/users/{id}");
    let done = lab.call_with(Method::PUT, &path, lab.admin(), change, &[("if-match", &tag)]).await;
    assert_eq!(done.json["disabled"], true, "{:?}", done.json);
    refused(&lab.sign_in("anna", PASSWORD).await, StatusCode::UNAUTHORIZED, "session.refused");
}

/// With a cost that is felt, names that nobody has take as long as others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_name_takes_as_long_as_a_wrong_password() {
    let password_cost = PasswordCost { memory_kib: 8 * 1024, passes: 3 };
    let lab = Lab::limited(ApiLimits { password_cost, ..Lab::generous() }).await;
    let mut spans = [const { Vec::new() }; 2];
    // Four tries each, as the fifth would be refused for their number.
    for (known, unknown) in [("anna", "nobody"), ("berta", "no-one"), ("carla", "noone")] {
        lab.user(known, "viewer").await;
        for _ in 0..4 {
            for (spans, name) in spans.iter_mut().zip([known, unknown]) {
                let began = std::time::Instant::now();
                refused(&lab.sign_in(name, "wrong").await, StatusCode::UNAUTHORIZED, "session.refused");
                spans.push(began.elapsed());
            }
        }
    }
    // The fastest of each: other programs make tests slow, and nothing makes them fast.
    let [known, unknown] = spans.map(|spans| spans.into_iter().min().expect("some"));
    assert!(unknown * 2 > known && known * 2 > unknown, "{known:?} and {unknown:?}");
}

#[tokio::test]
async fn who_guesses_waits_longer_and_longer() {
    let lab = Lab::new().await;
    lab.user("anna", "viewer").await;
    for _ in 0..5 {
        refused(&lab.sign_in("anna", "wrong").await, StatusCode::UNAUTHORIZED, "session.refused");
    }
    let mut waits = Vec::new();
    for _ in 0..9 {
        // The right password does not help while one must wait, and does not make it longer.
        for _ in 0..2 {
            let locked = lab.sign_in("Anna", PASSWORD).await;
            refused(&locked, StatusCode::TOO_MANY_REQUESTS, "session.locked");
        }
        let locked = lab.sign_in("anna", "wrong").await;
        let wait: i64 = locked.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
        waits.push(wait);
        lab.clock.advance(wait);
        refused(&lab.sign_in("anna", "wrong").await, StatusCode::UNAUTHORIZED, "session.refused");
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
    // Somebody else can sign in meanwhile, and names that nobody has wait alike.
    Browser::of(&{
        lab.user("berta", "viewer").await;
        lab.sign_in("berta", PASSWORD).await
    });
    lab.clock.advance(900);
    Browser::of(&lab.sign_in("anna", PASSWORD).await);
    refused(&lab.sign_in("anna", "wrong").await, StatusCode::UNAUTHORIZED, "session.refused");
    lab.clock.advance(86_400);
    for _ in 0..5 {
        refused(&lab.sign_in("nobody", "wrong").await, StatusCode::UNAUTHORIZED, "session.refused");
    }
    refused(&lab.sign_in("nobody", "wrong").await, StatusCode::TOO_MANY_REQUESTS, "session.locked");
}

#[tokio::test]
async fn an_address_that_tries_many_names_waits_as_well() {
    let lab = Lab::new().await;
    lab.user("anna", "viewer").await;
    // Who signs in rightly is not counted.
    for _ in 0..40 {
        Browser::of(&lab.sign_in("anna", PASSWORD).await);
    }
    for number in 0..30 {
        let answer = lab.sign_in(&format!("user-{number}"), "wrong").await;
        refused(&answer, StatusCode::UNAUTHORIZED, "session.refused");
    }
    refused(&lab.sign_in("user-99", "wrong").await, StatusCode::TOO_MANY_REQUESTS, "session.locked");
    lab.clock.advance(10);
    Browser::of(&lab.sign_in("anna", PASSWORD).await);
}

/// People behind a proxy are told apart by the address that it says; nobody else can say who they are.
#[tokio::test]
async fn behind_a_proxy_nobody_is_locked_out_by_others() {
    let lab = Lab::behind("10.0.0.1, 2001:db8:1::/64").await;
    lab.user("anna", "viewer").await;
    let sign_in = async |peer: &str, forwarded: &str, name: &str, password: &str| {
        let body = json!({"name": name, "password": password}).to_string();
        let mut request = Request::post("/api/v1/session")
            .header("content-type", "application/json")
            .header("x-forwarded-for", forwarded)
            .body(Body::from(body))
            .expect("a request");
        let peer: IpAddr = peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 4711)));
        lab.send(request).await
    };
    for number in 0..30 {
        // Two proxies, and what they were sent before.
        let (peer, more) = [("10.0.0.1", ", 2001:db8:1::5"), ("2001:db8:1::5", "")][number % 2];
        let forwarded = format!("192.0.2.{number}, 198.51.100.1{more}");
        let answer = sign_in(peer, &forwarded, &format!("user-{number}"), "wrong").await;
        refused(&answer, StatusCode::UNAUTHORIZED, "session.refused");
    }
    let locked = sign_in("10.0.0.1", "192.0.2.99, 198.51.100.1", "anna", PASSWORD).await;
    refused(&locked, StatusCode::TOO_MANY_REQUESTS, "session.locked");
    Browser::of(&sign_in("10.0.0.1", "198.51.100.2", "anna", PASSWORD).await);
    // Who is no proxy is who they are, whatever they say.
    for number in 0..30 {
        let answer =
            sign_in("10.0.0.2", &format!("192.0.2.{number}"), &format!("other-{number}"), "wrong").await;
        refused(&answer, StatusCode::UNAUTHORIZED, "session.refused");
    }
    let locked = sign_in("10.0.0.2", "192.0.2.99", "anna", PASSWORD).await;
    refused(&locked, StatusCode::TOO_MANY_REQUESTS, "session.locked");
}

/// Guesses that come at once are counted before any of them is looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_guesses_at_once_count_as_many() {
    let lab = std::sync::Arc::new(Lab::new().await);
    lab.user("anna", "viewer").await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let lab = lab.clone();
        guesses.spawn(async move { lab.sign_in("anna", "wrong").await.status });
    }
    let statuses = guesses.join_all().await;
    let looked_at = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert_eq!(looked_at, 5, "{statuses:?}");
}

/// Where too many passwords are looked at already, nobody guessed anything.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_nobody_could_look_at_does_not_count() {
    let lab = Lab::limited(ApiLimits { passwords_at_once: 0, ..Lab::generous() }).await;
    // As many as would lock the address.
    for _ in 0..31 {
        let answer = lab.sign_in("anna", PASSWORD).await;
        refused(&answer, StatusCode::SERVICE_UNAVAILABLE, "passwords.busy");
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let lab = Lab::new().await;
    let here = lab.browser("anna", "viewer").await;
    let there = Browser::of(&lab.sign_in("anna", PASSWORD).await);
    let new = "gravel-lantern-piano-dusk";
    let change = async |current: &str, new: &str| {
        let body = Some(json!({"current": current, "new": new}));
        lab.page(&here, Method::PUT, "/me/password", body).await
    };
    refused(&change("wrong", new).await, StatusCode::FORBIDDEN, "password.wrong");
    let weak = change(PASSWORD, "anna-anna-anna").await;
    refused(&weak, StatusCode::BAD_REQUEST, "password.too_weak");
    assert!(weak.json["hint"].is_string() && weak.json["field"] == "new");
    assert_eq!(change(PASSWORD, new).await.status, StatusCode::NO_CONTENT);
    let still = lab.page(&here, Method::GET, "/session", None).await;
    assert_eq!((still.status, still.json["csrf"].as_str()), (StatusCode::OK, Some(&*here.csrf)));
    let ended = lab.page(&there, Method::GET, "/session", None).await;
    refused(&ended, StatusCode::UNAUTHORIZED, "token.missing");
    refused(&lab.sign_in("anna", PASSWORD).await, StatusCode::UNAUTHORIZED, "session.refused");
    Browser::of(&lab.sign_in("anna", new).await);
    // A token has no password.
    let body = Some(json!({"current": new, "new": PASSWORD}));
    let by_token = lab.call(Method::PUT, "/me/password", lab.admin(), body).await;
    refused(&by_token, StatusCode::CONFLICT, "session.none");
}

#[tokio::test]
async fn a_hash_that_costs_too_little_is_made_anew_at_the_next_sign_in() {
    let lab = Lab::new().await;
    lab.user("anna", "viewer").await;
    let cost = PasswordCost { memory_kib: 16, passes: 2 };
    let app = lab.service.app();
    let outdated =
        async || app.begin_sign_in("anna", "", cost).await.expect("it may be tried").is_outdated(cost);
    assert!(outdated().await);
    let attempt = app.begin_sign_in("anna", "", cost).await.expect("it may be tried");
    let anew = portdelta_app::password::PasswordHash::of(PASSWORD, cost).expect("a hash");
    app.end_sign_in(attempt, true, Some(anew), None).await.expect("it is right");
    assert!(!outdated().await);
    Browser::of(&lab.sign_in("anna", PASSWORD).await);
}
