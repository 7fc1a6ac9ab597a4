//! Requests of API Gateway, and the one thing that is asked of the function directly.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::tower::{Service as _, ServiceExt};
use lambda_http::{Adapter, Context, LambdaEvent};
use portdelta_app::{AppError, Change, Service};
use portdelta_protocol::admin::{ChannelDraft, Role};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::Instant;

use crate::handover::Handover;

/// Why an invocation failed; answers with a problem are answers.
#[derive(Debug, thiserror::Error)]
pub enum ApiFailed {
    /// The token could not be made.
    #[error("could not make a token of an administrator")]
    Token(#[source] AppError),
    /// A channel of the beginning could not be made.
    #[error("could not make a channel of the stack")]
    Channel(#[source] AppError),
    /// The event is none that is known.
    #[error("the event is neither a request of API Gateway nor a wish for a token")]
    Event(#[source] serde_json::Error),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Answer(#[source] serde_json::Error),
}

/// `aws lambda invoke` with `{"new_admin_token": "name"}`: whoever may invoke the function directly is an administrator
/// of the account already. What API Gateway makes of a request never looks so.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    new_admin_token: String,
}

/// The API.
pub struct Api {
    service: Arc<Service>,
    router: Router,
    handover: Arc<Handover>,
    url: String,
    first_channels: Vec<(&'static str, ChannelDraft)>,
}

impl Api {
    /// The API of a server that people reach at `url`, and that tells to `first_channels` from its beginning.
    pub fn new(
        service: Arc<Service>,
        router: Router,
        handover: Handover,
        url: String,
        first_channels: Vec<(&'static str, ChannelDraft)>,
    ) -> Self {
        Self { service, router, handover: Arc::new(handover), url, first_channels }
    }

    /// Answers a request, or makes a token.
    pub async fn handle(&self, event: &RawValue, context: Context) -> Result<Box<RawValue>, ApiFailed> {
        if let Ok(wish) = serde_json::from_str::<Wish>(event.get()) {
            return self.make_token(&wish.new_admin_token).await;
        }
        let request: LambdaRequest = serde_json::from_str(event.get()).map_err(ApiFailed::Event)?;
        let (router, handover) = (self.router.clone(), Arc::clone(&self.handover));
        let mut adapter = Adapter::from(lambda_http::service_fn(move |request: lambda_http::Request| {
            let (router, handover) = (router.clone(), Arc::clone(&handover));
            async move {
                let began = Instant::now();
                let Ok(answer) = router.oneshot(with_peer(request)).await;
                Ok::<_, Infallible>(handover.deliver(answer, began).await)
            }
        }));
        let Ok(answer) = adapter.call(LambdaEvent::new(request, context)).await;
        to_raw_value(&answer).map_err(ApiFailed::Answer)
    }

    /// The first call of an installation also makes its channels.
    async fn make_token(&self, name: &str) -> Result<Box<RawValue>, ApiFailed> {
        for (which, draft) in &self.first_channels {
            self.service.begin_channel(which, draft).await.map_err(ApiFailed::Channel)?;
        }
        let made =
            self.service.app().create_token(name, Role::Admin, None).await.map_err(ApiFailed::Token)?;
        let id = made.token.id;
        tracing::warn!(token = id, "token {id} of an administrator was made by a direct call");
        let change = Change {
            who: "a direct call".to_owned(),
            what: "token.created".to_owned(),
            object: id,
            detail: format!("name={name} role={}", Role::Admin.name()),
        };
        // The token is there: who asked for it gets it, whether or not the trail can be written.
        portdelta_api::note_or_tell(self.service.app(), &change).await;
        to_raw_value(&json!({ "url": self.url, "token": made.secret })).map_err(ApiFailed::Answer)
    }
}

/// The request as the router takes it, with the address that API Gateway saw it come from.
fn with_peer(request: lambda_http::Request) -> Request<Body> {
    let mut request = request.map(Body::new);
    let context = request.extensions().get::<RequestContext>();
    let address = context.and_then(|context| match context {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref()?.parse::<IpAddr>().ok(),
        _ => None,
    });
    if let Some(address) = address {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
    request
}

#[cfg(test)]
mod tests {
    use axum::Extension;
    use axum::http::header;
    use axum::routing::get;
    use portdelta_api::{AnySize, ApiLimits, ApiSettings, Logs};
    use portdelta_app::Caller;
    use portdelta_app::password::PasswordCost;
    use portdelta_core::AddressSet;
    use portdelta_protocol::admin::{ChannelFilter, ChannelSettings};
    use portdelta_testkit::{CountedIds, MemoryBlobs, MemoryServer};
    use serde_json::Value;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::handover::tests::Bucket;

    const HEALTH: &str = include_str!("../events/health.json");
    const SITES: &str = include_str!("../events/sites.json");
    const NEW_SITE: &str = include_str!("../events/new-site.json");
    const NEW_ADMIN_TOKEN: &str = include_str!("../events/new-admin-token.json");

    const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:portdelta-deltas";
    const URL: &str = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com";

    fn api(server: &MemoryServer, limits: ApiLimits) -> Api {
        let settings = ApiSettings {
            public_url: URL.to_owned(),
            other_urls: Vec::new(),
            pin: None,
            version: "0.0.0".to_owned(),
            ids: Arc::new(CountedIds::default()),
            stopping: CancellationToken::new(),
            limits,
            machine: None,
            logs: Logs::Here(Box::new(Vec::new)),
            identities: None,
            trusted_proxies: AddressSet::default(),
        };
        let router = portdelta_api::router(server.service.clone(), settings);
        let router = portdelta_dashboard::around(router, true);
        let settings = ChannelSettings::Topic { arn: TOPIC.to_owned() };
        let topic = ChannelDraft {
            name: "topic of the stack".to_owned(),
            enabled: true,
            settings: Some(settings),
            filter: ChannelFilter::default(),
        };
        Api::new(server.service.clone(), router, handover(), URL.to_owned(), vec![("topic", topic)])
    }

    fn handover() -> Handover {
        let blobs = Arc::new(MemoryBlobs::default());
        let patience = std::time::Duration::from_secs(24);
        Handover::new(blobs, Arc::new(Bucket), Arc::new(CountedIds::default()), patience)
    }

    async fn ask(api: &Api, event: &str) -> Value {
        let event = RawValue::from_string(event.to_owned()).expect("JSON");
        let answer = api.handle(&event, Context::default()).await.expect("an answer");
        serde_json::from_str(answer.get()).expect("JSON")
    }

    fn body(answer: &Value) -> Value {
        assert_eq!(answer["isBase64Encoded"], false, "{answer}");
        serde_json::from_str(answer["body"].as_str().expect("a text")).expect("JSON")
    }

    #[tokio::test]
    async fn a_token_is_made_by_a_direct_call_and_opens_the_api() {
        let server = MemoryServer::new().await;
        let api = api(&server, ApiLimits::default());
        assert_eq!(ask(&api, HEALTH).await["statusCode"], 200);
        let answer = ask(&api, SITES).await;
        assert_eq!((&answer["statusCode"], &body(&answer)["code"]), (&401.into(), &"token.invalid".into()));

        let made = ask(&api, NEW_ADMIN_TOKEN).await;
        assert_eq!(made["url"], URL);
        let token = made["token"].as_str().expect("a token");
        let caller = server.service.app().check_token(token).await.expect("tokens are readable");
        assert!(matches!(caller, Some(Caller::Token { role: Role::Admin, .. })));
        let answer = ask(&api, &NEW_SITE.replace("TOKEN", token)).await;
        assert_eq!(answer["statusCode"], 201, "{answer}");
        let sites = body(&ask(&api, &SITES.replace("TOKEN", token)).await);
        assert_eq!(sites["items"][0]["id"], "office");
    }

    #[tokio::test]
    async fn who_asks_for_a_token_gets_it_where_it_cannot_be_noted() {
        let server = MemoryServer::new().await;
        let api = api(&server, ApiLimits::default());
        ask(&api, NEW_ADMIN_TOKEN).await;
        // Channels are there by now: the token is the first thing that is written.
        server.faults.kill_after_write(1);
        let made = ask(&api, NEW_ADMIN_TOKEN).await;
        server.faults.revive();
        let token = made["token"].as_str().expect("a token");
        let caller = server.service.app().check_token(token).await.expect("tokens are readable");
        assert!(matches!(caller, Some(Caller::Token { role: Role::Admin, .. })));
        let noted = server.table.items().into_iter().filter(|item| item.key.partition.starts_with("AUDIT"));
        assert_eq!(noted.count(), 1, "only that of the first one");
    }

    #[tokio::test]
    async fn the_first_token_brings_the_channels_of_the_stack_and_no_other_does() {
        let server = MemoryServer::new().await;
        let api = api(&server, ApiLimits::default());
        let channels = async || server.service.app().channel_records().await.expect("channels");
        ask(&api, NEW_ADMIN_TOKEN).await;
        let made = channels().await;
        assert_eq!(made.iter().map(|channel| &*channel.name).collect::<Vec<_>>(), ["topic of the stack"]);
        ask(&api, NEW_ADMIN_TOKEN).await;
        assert_eq!(channels().await, made);
        // Somebody does not want it.
        server.service.app().delete_channel(&made[0].id).await.expect("it is there");
        ask(&api, NEW_ADMIN_TOKEN).await;
        assert_eq!(channels().await, []);
    }

    #[tokio::test]
    async fn nobody_gets_a_token_through_the_gateway() {
        let server = MemoryServer::new().await;
        let api = api(&server, ApiLimits::default());
        let mut event: Value = serde_json::from_str(NEW_SITE).expect("JSON");
        event["body"] = NEW_ADMIN_TOKEN.into();
        let answer = ask(&api, &event.to_string()).await;
        assert_eq!(answer["statusCode"], 401);
        // Also where the event itself is more than the wish.
        event["new_admin_token"] = "mine".into();
        let answer = ask(&api, &event.to_string()).await;
        assert_eq!(answer["statusCode"], 401);
        assert!(server.service.app().tokens().await.expect("tokens").is_empty());
    }

    #[tokio::test]
    async fn a_large_file_is_fetched_from_the_bucket_and_a_small_one_comes_at_once() {
        let server = MemoryServer::new().await;
        let file = |bytes: usize| {
            let media = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
            let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"a.csv\"");
            (Extension(AnySize), [media, name], "x".repeat(bytes))
        };
        let router = Router::new()
            .route("/small", get(async move || file(1_000)))
            .route("/large", get(async move || file(7_000_000)));
        let api = Api::new(server.service.clone(), router, handover(), URL.to_owned(), Vec::new());
        let small = ask(&api, &from_browser("GET", "/small", &[], None, &Value::Null)).await;
        assert_eq!((&small["statusCode"], &small["body"]), (&200.into(), &"x".repeat(1_000).into()));
        assert_eq!(small["headers"]["content-disposition"], "attachment; filename=\"a.csv\"");
        let large = ask(&api, &from_browser("GET", "/large", &[], None, &Value::Null)).await;
        assert_eq!(large["statusCode"], 303, "{large}");
        let place = large["headers"]["location"].as_str().expect("a place");
        assert!(place.starts_with("https://bucket.example/exports/"), "{place}");
        assert_eq!(large["headers"].get("content-disposition"), None, "{large}");
        assert!(large.to_string().len() < 1_000, "{large}");
    }

    /// A request of a browser. API Gateway gives its cookies apart from its headers; emulators do not.
    fn from_browser(method: &str, path: &str, cookies: &[&str], token: Option<&str>, body: &Value) -> String {
        let mut event: Value = serde_json::from_str(NEW_SITE).expect("JSON");
        event["rawPath"] = path.into();
        event["requestContext"]["http"]["path"] = path.into();
        event["requestContext"]["http"]["method"] = method.into();
        event["cookies"] = cookies.into();
        event["body"] = body.to_string().into();
        let headers = event["headers"].as_object_mut().expect("an object");
        headers.remove("content-length");
        headers.remove("authorization");
        headers.insert("accept-encoding".to_owned(), "gzip, deflate, br".into());
        if let Some(token) = token {
            headers.insert("authorization".to_owned(), format!("Bearer {token}").into());
        }
        event.to_string()
    }

    #[tokio::test]
    async fn a_browser_keeps_its_session_and_gets_its_pages_packed() {
        let server = MemoryServer::new().await;
        let cost = PasswordCost { memory_kib: 8, passes: 1 };
        let api = api(&server, ApiLimits { password_cost: cost, ..ApiLimits::default() });
        let made = ask(&api, NEW_ADMIN_TOKEN).await;
        let password = "four gates, one lock, no key";
        let ada = json!({"name": "ada", "password": password, "role": "admin"});
        let answer =
            ask(&api, &from_browser("POST", "/api/v1/users", &[], made["token"].as_str(), &ada)).await;
        assert_eq!(answer["statusCode"], 201, "{answer}");
        let ada = json!({"name": "ada", "password": password});
        let answer = ask(&api, &from_browser("POST", "/api/v1/session", &[], None, &ada)).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        let [cookie] = &answer["cookies"].as_array().expect("cookies")[..] else { panic!("{answer}") };
        let cookie = cookie.as_str().and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        assert!(cookie.starts_with("__Host-portdelta="), "{answer}");
        let held = ["theme=dark", cookie];
        let answer = ask(&api, &from_browser("GET", "/api/v1/session", &held, None, &Value::Null)).await;
        assert_eq!((&answer["statusCode"], &body(&answer)["user"]["name"]), (&200.into(), &"ada".into()));

        let page = ask(&api, &from_browser("GET", "/scans", &held, None, &Value::Null)).await;
        assert_eq!(page["headers"]["content-encoding"], "gzip", "{page}");
        assert_eq!(page["isBase64Encoded"], true, "{page}");
        // gzip's first bytes.
        assert!(page["body"].as_str().is_some_and(|text| text.starts_with("H4s")), "{page}");
    }

    #[tokio::test]
    async fn addresses_that_guess_are_slowed_down_each_by_itself() {
        let server = MemoryServer::new().await;
        let burst = std::num::NonZeroU32::MIN;
        let rate = portdelta_api::Rate { burst, interval: std::time::Duration::from_hours(1) };
        let api = api(&server, ApiLimits { anonymous_rate: rate, ..ApiLimits::default() });
        let status = async |event: &str| ask(&api, event).await["statusCode"].clone();
        assert_eq!(status(SITES).await, 401);
        assert_eq!(status(SITES).await, 429);
        assert_eq!(status(&SITES.replace("192.0.2.7", "198.51.100.7")).await, 401);
    }

    #[tokio::test]
    async fn what_is_neither_fails() {
        let server = MemoryServer::new().await;
        let api = api(&server, ApiLimits::default());
        for event in ["{}", "null", r#"{"new_admin_token":"a","more":1}"#] {
            let event = RawValue::from_string(event.to_owned()).expect("JSON");
            let failed = api.handle(&event, Context::default()).await.expect_err("no event");
            assert!(matches!(failed, ApiFailed::Event(_)), "{failed:?}");
        }
    }
}
