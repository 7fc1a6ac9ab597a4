//! Users: made, invited, changed, removed.

use axum::http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, Lab, PASSWORD, PUBLIC_URL};

#[track_caller]
fn refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!((answer.status, answer.json["code"].as_str()), (status, Some(code)), "{:?}", answer.json);
}

/// Changes a user as whoever has just read them does.
async fn change(lab: &Lab, id: &str, body: Value) -> Answer {
    let path = format!("/users/{id}");
    let read = lab.get(&path, lab.admin()).await;
    let tag = read.headers["etag"].to_str().expect("text").to_owned();
    lab.call_with(Method::PUT, &path, lab.admin(), Some(body), &[("if-match", &tag)]).await
}

#[tokio::test]
async fn the_first_administrator_is_made_with_the_token_of_the_first_start() {
    let lab = Lab::new().await;
    let options = async || lab.get("/sign-in", None).await.json;
    let empty = json!({"needs_set_up": true, "self_registration": false, "single_sign_on": null});
    assert_eq!(options().await, empty);
    let new = json!({"name": "Anna", "role": "admin", "password": PASSWORD});
    let made = lab.call(Method::POST, "/users", lab.admin(), Some(new.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json);
    assert_eq!(made.headers["etag"], "\"1\"");
    assert_eq!((&made.json["user"]["has_password"], &made.json["invitation"]), (&json!(true), &Value::Null));
    assert!(!made.text.contains(PASSWORD));
    assert_eq!(options().await["needs_set_up"], false);
    let again = lab.call(Method::POST, "/users", lab.admin(), Some(new)).await;
    refused(&again, StatusCode::CONFLICT, "exists");
    let other_case = json!({"name": "aNNa", "role": "viewer"});
    refused(
        &lab.call(Method::POST, "/users", lab.admin(), Some(other_case)).await,
        StatusCode::CONFLICT,
        "exists",
    );
    let browser = Browser::of(&lab.sign_in("anna", PASSWORD).await);
    let listed = lab.page(&browser, Method::GET, "/users", None).await;
    assert_eq!(listed.json["items"][0]["name"], "Anna");
    assert!(listed.json["items"][0]["last_sign_in"].is_string());
}

#[tokio::test]
async fn an_invitation_sets_a_password_once() {
    let lab = Lab::new().await;
    let made = lab.post("/users", json!({"name": "anna@example.org", "role": "operator"})).await;
    let first = made["invitation"].as_str().expect("an invitation").to_owned();
    let id = made["user"]["id"].as_str().expect("an id");
    assert_eq!(made["user"]["has_password"], false);
    assert!(made["user"]["invited_until"].is_string());
    let listed = lab.get("/users", lab.admin()).await;
    assert!(!listed.text.contains(&first));
    let accept = async |invitation: &str, password: &str| {
        let body = json!({"invitation": invitation, "password": password});
        lab.call(Method::POST, "/invitations/accept", None, Some(body)).await
    };
    refused(&accept(&first, "too short").await, StatusCode::BAD_REQUEST, "password.too_weak");
    refused(&accept(&first, "anna@example.org").await, StatusCode::BAD_REQUEST, "password.too_weak");
    // Another one voids it.
    let invited = lab.post(&format!("/users/{id}/invitation"), json!(null)).await;
    let second = invited["invitation"].as_str().expect("an invitation");
    let cut = &second[..second.len() - 1];
    for wrong in [&first, cut, "", "pdi_", "pdi__", "pdi_x_y", &format!("pdi_{id}_"), &second.to_uppercase()]
    {
        refused(&accept(wrong, PASSWORD).await, StatusCode::FORBIDDEN, "invitation.invalid");
    }
    let accepted = accept(second, PASSWORD).await;
    assert_eq!(accepted.status, StatusCode::CREATED);
    let browser = Browser::of(&accepted);
    assert_eq!(lab.page(&browser, Method::GET, "/me", None).await.json["role"], "operator");
    refused(&accept(second, "gravel-lantern-piano-dusk").await, StatusCode::FORBIDDEN, "invitation.invalid");
    Browser::of(&lab.sign_in("anna@example.org", PASSWORD).await);

    // One for somebody who has a password ends their sessions when it is accepted, and is too old after a week.
    let invited = lab.post(&format!("/users/{id}/invitation"), json!(null)).await;
    let reset = invited["invitation"].as_str().expect("an invitation");
    assert_eq!(lab.page(&browser, Method::GET, "/me", None).await.status, StatusCode::OK);
    assert_eq!(accept(reset, "gravel-lantern-piano-dusk").await.status, StatusCode::CREATED);
    assert_eq!(lab.page(&browser, Method::GET, "/me", None).await.status, StatusCode::UNAUTHORIZED);
    let invited = lab.post(&format!("/users/{id}/invitation"), json!(null)).await;
    lab.clock.advance(7 * 86_400);
    let late = accept(invited["invitation"].as_str().expect("an invitation"), PASSWORD).await;
    refused(&late, StatusCode::FORBIDDEN, "invitation.invalid");
}

#[tokio::test]
async fn an_invitation_lets_somebody_in_who_was_locked_out() {
    let lab = Lab::new().await;
    let id = lab.user("anna", "viewer").await;
    for _ in 0..6 {
        lab.sign_in("anna", "wrong").await;
    }
    refused(&lab.sign_in("anna", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "session.locked");
    let invited = lab.post(&format!("/users/{id}/invitation"), json!(null)).await;
    let body = json!({"invitation": invited["invitation"], "password": PASSWORD});
    Browser::of(&lab.call(Method::POST, "/invitations/accept", None, Some(body)).await);
    Browser::of(&lab.sign_in("anna", PASSWORD).await);
}

#[tokio::test]
async fn a_user_is_changed_by_whoever_has_read_them() {
    let lab = Lab::new().await;
    let id = lab.user("anna", "viewer").await;
    lab.user("berta", "viewer").await;
    let path = format!("/users/{id}");
    let tag = lab.get(&path, lab.admin()).await.headers["etag"].to_str().expect("text").to_owned();
    let put = async |tag: Option<&str>, body: Value| {
        let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
        lab.call_with(Method::PUT, &path, lab.admin(), Some(body), &headers).await
    };
    let wanted = json!({"name": "Anne", "role": "operator"});
    refused(&put(None, wanted.clone()).await, StatusCode::PRECONDITION_REQUIRED, "if_match.missing");
    let done = put(Some(&tag), wanted.clone()).await;
    assert_eq!(
        (&done.json["name"], &done.json["role"]),
        (&json!("Anne"), &json!("operator")),
        "{:?}",
        done.json
    );
    refused(&put(Some(&tag), wanted).await, StatusCode::PRECONDITION_FAILED, "stale");
    // The old name is free, the new one taken.
    refused(&lab.sign_in("anna", PASSWORD).await, StatusCode::UNAUTHORIZED, "session.refused");
    Browser::of(&lab.sign_in("anne", PASSWORD).await);
    refused(
        &change(&lab, &id, json!({"name": "BERTA", "role": "viewer"})).await,
        StatusCode::CONFLICT,
        "exists",
    );
    refused(
        &change(&lab, &id, json!({"name": "a b", "role": "viewer"})).await,
        StatusCode::BAD_REQUEST,
        "name_invalid",
    );
    lab.user("anna", "viewer").await;
}

#[tokio::test]
async fn who_is_disabled_or_removed_is_out_at_once() {
    let lab = Lab::new().await;
    lab.user("boss", "admin").await;
    let (anna, berta) = (lab.user("anna", "admin").await, lab.user("berta", "viewer").await);
    let browsers = [
        Browser::of(&lab.sign_in("anna", PASSWORD).await),
        Browser::of(&lab.sign_in("berta", PASSWORD).await),
    ];
    let off = change(&lab, &anna, json!({"name": "anna", "role": "admin", "disabled": true})).await;
    assert_eq!(off.status, StatusCode::OK, "{:?}", off.json);
    let gone = lab.call(Method::DELETE, &format!("/users/{berta}"), lab.admin(), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    for browser in &browsers {
        let asked = lab.page(browser, Method::GET, "/me", None).await;
        refused(&asked, StatusCode::UNAUTHORIZED, "token.missing");
    }
    refused(
        &lab.call(Method::POST, &format!("/users/{anna}/invitation"), lab.admin(), None).await,
        StatusCode::CONFLICT,
        "user.disabled",
    );
    // Enabled again, the old session stays void.
    change(&lab, &anna, json!({"name": "anna", "role": "admin"})).await;
    assert_eq!(lab.page(&browsers[0], Method::GET, "/me", None).await.status, StatusCode::UNAUTHORIZED);
    Browser::of(&lab.sign_in("anna", PASSWORD).await);
    refused(&lab.get(&format!("/users/{berta}"), lab.admin()).await, StatusCode::NOT_FOUND, "unknown");
    // The name of who was removed is free.
    lab.user("berta", "viewer").await;
}

#[tokio::test]
async fn somebody_stays_an_administrator() {
    let lab = Lab::new().await;
    let anna = lab.user("anna", "admin").await;
    // Who has not accepted their invitation can't sign in.
    let invited = lab.post("/users", json!({"name": "invited", "role": "admin"})).await;
    for body in [
        json!({"name": "anna", "role": "operator"}),
        json!({"name": "anna", "role": "admin", "disabled": true}),
    ] {
        refused(&change(&lab, &anna, body).await, StatusCode::CONFLICT, "user.last_admin");
    }
    let remove = async |id: &str| lab.call(Method::DELETE, &format!("/users/{id}"), lab.admin(), None).await;
    refused(&remove(&anna).await, StatusCode::CONFLICT, "user.last_admin");
    assert_eq!(remove(invited["user"]["id"].as_str().expect("an id")).await.status, StatusCode::NO_CONTENT);
    let berta = lab.user("berta", "admin").await;
    assert_eq!(remove(&anna).await.status, StatusCode::NO_CONTENT);
    refused(&remove(&berta).await, StatusCode::CONFLICT, "user.last_admin");
}

/// Of administrators who go all at once one stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_who_go_at_once_do_not_all_go() {
    let lab = std::sync::Arc::new(Lab::new().await);
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(lab.user(&format!("admin-{number}"), "admin").await);
    }
    let mut going = tokio::task::JoinSet::new();
    for id in ids {
        let lab = lab.clone();
        going.spawn(async move {
            lab.call(Method::DELETE, &format!("/users/{id}"), lab.admin(), None).await.status
        });
    }
    let statuses = going.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CONFLICT).count(), 1, "{statuses:?}");
    assert_eq!(lab.all("/users", 100).await.len(), 1);
}

#[tokio::test]
async fn people_register_themselves_only_where_that_is_switched_on() {
    let lab = Lab::new().await;
    let register = async |name: &str, password: &str| {
        let body = json!({"name": name, "password": password});
        lab.call(Method::POST, "/registrations", None, Some(body)).await
    };
    refused(&register("anna", PASSWORD).await, StatusCode::FORBIDDEN, "registration.off");
    let read = lab.get("/settings/people", lab.admin()).await;
    let redirect_url = format!("{PUBLIC_URL}/api/v1/single-sign-on/callback");
    assert_eq!(
        (&read.headers["etag"], &read.json),
        (
            &HeaderValue::from_static("\"0\""),
            &json!({"self_registration": false, "redirect_url": redirect_url})
        )
    );
    // What the server says of itself is read, and sent back without harm.
    let put = async |tag: &str| {
        let body = json!({"self_registration": true, "redirect_url": "https://elsewhere.example"});
        lab.call_with(Method::PUT, "/settings/people", lab.admin(), Some(body), &[("if-match", tag)]).await
    };
    let done = put("\"0\"").await;
    assert_eq!(
        (done.status, &done.headers["etag"]),
        (StatusCode::OK, &HeaderValue::from_static("\"1\"")),
        "{:?}",
        done.json
    );
    assert_eq!(done.json["redirect_url"], redirect_url);
    refused(&put("\"0\"").await, StatusCode::PRECONDITION_FAILED, "stale");
    assert_eq!(lab.get("/sign-in", None).await.json["self_registration"], true);
    refused(&register("anna", "password1234").await, StatusCode::BAD_REQUEST, "password.too_weak");
    refused(&register("<script>", PASSWORD).await, StatusCode::BAD_REQUEST, "name_invalid");
    let browser = Browser::of(&register("anna", PASSWORD).await);
    assert_eq!(lab.page(&browser, Method::GET, "/me", None).await.json["role"], "viewer");
    refused(&register("Anna", PASSWORD).await, StatusCode::CONFLICT, "exists");
    // A role can't be asked for.
    let body = json!({"name": "berta", "password": PASSWORD, "role": "admin"});
    let answer = lab.call(Method::POST, "/registrations", None, Some(body)).await;
    refused(&answer, StatusCode::BAD_REQUEST, "json.unknown_field");
}

/// A day on which many people come new to a shared address is none of guesses.
#[tokio::test]
async fn people_who_register_do_not_count_as_failed_sign_ins() {
    let lab = Lab::new().await;
    let settings = Some(json!({"self_registration": true}));
    let on =
        lab.call_with(Method::PUT, "/settings/people", lab.admin(), settings, &[("if-match", "\"0\"")]).await;
    assert_eq!(on.status, StatusCode::OK, "{:?}", on.json);
    let register = async |number: u32| {
        let body = json!({"name": format!("user-{number}"), "password": PASSWORD});
        lab.call(Method::POST, "/registrations", None, Some(body)).await
    };
    for number in 0..30 {
        Browser::of(&register(number).await);
    }
    refused(&register(30).await, StatusCode::TOO_MANY_REQUESTS, "session.locked");
    Browser::of(&lab.sign_in("user-0", PASSWORD).await);
    refused(&lab.sign_in("user-0", "wrong").await, StatusCode::UNAUTHORIZED, "session.refused");
    // And the other way round.
    for number in 0..29 {
        lab.sign_in(&format!("nobody-{number}"), "wrong").await;
    }
    refused(&lab.sign_in("user-0", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "session.locked");
    lab.clock.advance(10);
    Browser::of(&register(30).await);
}

#[tokio::test]
async fn the_secret_of_a_provider_is_never_shown_and_stays_with_it() {
    let lab = Lab::new().await;
    let put = async |body: Value| {
        let tag =
            lab.get("/settings/people", lab.admin()).await.headers["etag"].to_str().expect("text").to_owned();
        lab.call_with(Method::PUT, "/settings/people", lab.admin(), Some(body), &[("if-match", &tag)]).await
    };
    let provider = |issuer: &str, secret: Option<&str>| {
        let mut provider = json!({"name": "Entra", "issuer": issuer, "client_id": "portdelta", "role_claim": "groups",
            "roles": {"netops": "operator"}, "default_role": "viewer"});
        if let Some(secret) = secret {
            provider["client_secret"] = json!(secret);
        }
        json!({"self_registration": false, "single_sign_on": provider})
    };
    let done = put(provider("https://login.example.org", Some("s3cret-s3cret"))).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    assert_eq!(done.json["single_sign_on"]["has_client_secret"], true);
    let kept = put(provider("https://login.example.org", None)).await;
    assert_eq!(kept.json["single_sign_on"]["has_client_secret"], true);
    let read = lab.get("/settings/people", lab.admin()).await;
    for answer in [&done, &kept, &read] {
        assert!(!answer.text.contains("s3cret"), "{}", answer.text);
    }
    assert_eq!(lab.get("/sign-in", None).await.json["single_sign_on"], json!({"name": "Entra"}));
    let other = put(provider("https://elsewhere.example.org", None)).await;
    assert_eq!(other.json["single_sign_on"]["has_client_secret"], false);
    refused(
        &put(provider("http://login.example.org", None)).await,
        StatusCode::BAD_REQUEST,
        "issuer_invalid",
    );
    let nobody =
        json!({"single_sign_on": {"name": "x", "issuer": "https://login.example.org", "client_id": "x"}});
    refused(&put(nobody).await, StatusCode::BAD_REQUEST, "role_missing");
    let off = put(json!({"self_registration": false})).await.json;
    assert_eq!((&off["self_registration"], off.get("single_sign_on")), (&json!(false), None));
}

#[tokio::test]
async fn users_are_listed_once_whoever_comes_and_goes() {
    let lab = Lab::new().await;
    for number in 0..25 {
        lab.post("/users", json!({"name": format!("user-{number:02}"), "role": "viewer"})).await;
    }
    let names = |all: &[Value]| -> Vec<String> {
        all.iter().map(|user| user["name"].as_str().expect("a name").to_owned()).collect()
    };
    for limit in [1, 7, 25, 100] {
        let all = names(&lab.all("/users", limit).await);
        assert!(all.is_sorted() && all.len() == 25, "{all:?}");
    }
    // Between two pages one comes before the cursor, one after it, and the one at the cursor goes.
    let first = lab.get("/users?limit=10", lab.admin()).await.json;
    let last = &first["items"][9];
    lab.post("/users", json!({"name": "user-00a", "role": "viewer"})).await;
    lab.post("/users", json!({"name": "user-20a", "role": "viewer"})).await;
    let gone = format!("/users/{}", last["id"].as_str().expect("an id"));
    lab.call(Method::DELETE, &gone, lab.admin(), None).await;
    let path = format!("/users?limit=100&cursor={}", first["next"].as_str().expect("more"));
    let rest = names(lab.get(&path, lab.admin()).await.json["items"].as_array().expect("items"));
    assert_eq!((rest[0].as_str(), rest.len()), ("user-10", 16), "{rest:?}");
    assert!(rest.contains(&"user-20a".to_owned()));
}
