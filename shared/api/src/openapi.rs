//! The OpenAPI document, and the routes that it describes: one list for both.

use portdelta_protocol::BASE_PATH;
use portdelta_protocol::problem::{MEDIA_TYPE, Problem};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder, ServerBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::Api;
use crate::access::{self, Need};
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
    if need != Need::Anybody {
        operation.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    }
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let problem = ResponseBuilder::new().description("It did not work.").content(MEDIA_TYPE, content);
    operation.responses.responses.insert("default".to_owned(), problem.build().into());
}
