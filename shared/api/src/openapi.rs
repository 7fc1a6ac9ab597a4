//! The OpenAPI document, and the routes that it describes: one list for both.

use portdelta_protocol::BASE_PATH;
use portdelta_protocol::admin::Role;
use portdelta_protocol::problem::{MEDIA_TYPE, Problem};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder, ServerBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::Api;
use crate::access::{self, Need};
use crate::cookie;
use crate::routes;

/// The document that `GET /api/v1/openapi.json` answers with.
#[must_use]
pub fn document() -> OpenApi {
    routes().1
}

/// Every route, and their description. Paths begin below the base path.
pub(crate) fn routes() -> (axum::Router<Api>, OpenApi) {
    let info = InfoBuilder::new()
        .title("Portdelta")
        .version(format!("v{}", portdelta_protocol::PROTOCOL))
        .description(Some("What changed on your networks, and why."));
    let base =
        OpenApiBuilder::new().info(info.build()).servers(Some([ServerBuilder::new().url(BASE_PATH).build()]));
    let (router, mut document) = routes::all(OpenApiRouter::with_openapi(base.build())).split_for_parts();
    let components = document.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert("bearer".to_owned(), bearer.into());
    let cookie =
        "Set by `POST /session`. With it, every method but GET and HEAD needs the header `X-Portdelta-Csrf`.";
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(cookie::NAME, cookie)));
    components.security_schemes.insert("session".to_owned(), cookie.into());
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("PUT", &mut item.put),
            ("POST", &mut item.post),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete(operation, access::need(method, path));
            }
        }
    }
    (router, document)
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
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let problem = ResponseBuilder::new().description("It did not work.").content(MEDIA_TYPE, content);
    operation.responses.responses.insert("default".to_owned(), problem.build().into());
}
