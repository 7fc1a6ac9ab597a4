//! The OpenAPI document.

use portdelta_protocol::BASE_PATH;
use portdelta_protocol::admin::Role;
use portdelta_protocol::problem::Problem;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Required, ServerBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::access::{self, Need};
use crate::cookie;
use crate::once;
use crate::refusals;
use crate::routes;

/// The document as `GET /api/v1/openapi.json` answers with it. A test compares it with [`document`].
pub(crate) const TEXT: &str = include_str!("../openapi.json");

/// Describes every route, as `GET /api/v1/openapi.json` does from a file: to make it takes a while.
#[must_use]
pub fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Portdelta")
        .version(format!("v{}", portdelta_protocol::PROTOCOL))
        .description(Some("What changed on your networks, and why."));
    let base =
        OpenApiBuilder::new().info(info.build()).servers(Some([ServerBuilder::new().url(BASE_PATH).build()]));
    let router = routes::described(OpenApiRouter::with_openapi(base.build()));
    let mut document = router.into_openapi();
    let components = document.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert("bearer".to_owned(), bearer.into());
    let cookie =
        "Set by `POST /session`. With it, every method but GET and HEAD needs the header `X-Portdelta-Csrf`.";
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(cookie::NAME, cookie)));
    components.security_schemes.insert("session".to_owned(), cookie.into());
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.responses.extend(refusals::answers());
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("PUT", &mut item.put),
            ("POST", &mut item.post),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                if once::takes_key(method, path) {
                    operation.parameters.get_or_insert_default().push(idempotency_key().into());
                }
                let need = access::need(method, path);
                complete(operation, need);
                refusals::add(operation, (method, path), need);
            }
        }
    }
    document
}

/// What makes a repetition harmless.
fn idempotency_key() -> Parameter {
    let text = "1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the \
        same answer; where that held a secret, 409.";
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(String::schema()))
        .build()
}

/// What all operations have in common.
fn complete(operation: &mut Operation, need: Need) {
    let by = |scheme: &str| SecurityRequirement::new(scheme, Vec::<String>::new());
    operation.security = match need {
        Need::Anybody => None,
        Need::Agent => Some(vec![by("bearer")]),
        Need::Viewer | Need::Operator | Need::Admin => Some(vec![by("bearer"), by("session")]),
    };
    let role = match need {
        Need::Anybody => "anybody",
        Need::Agent => "agent",
        Need::Viewer | Need::Operator | Need::Admin => need.role().map_or("admin", Role::name),
    };
    operation.extensions = Some(ExtensionsBuilder::new().add("x-role", role).build());
}
