//! The endpoints, a file for each kind of thing.

mod agent;
mod deltas;
mod hosts;
mod imports;
mod networks;
mod queues;
mod reports;
mod runs;
mod scans;
mod server;
mod sites;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;

/// Adds all endpoints.
pub(crate) fn all(router: OpenApiRouter<Api>) -> OpenApiRouter<Api> {
    router
        .routes(routes!(server::health))
        .routes(routes!(server::openapi))
        .routes(routes!(server::me))
        .routes(routes!(sites::list, sites::create))
        .routes(routes!(sites::one, sites::edit, sites::deactivate))
        .routes(routes!(hosts::list))
        .routes(routes!(hosts::one))
        .routes(routes!(hosts::history))
        .routes(routes!(deltas::of_site))
        .routes(routes!(imports::take_in))
        .routes(routes!(networks::list, networks::create))
        .routes(routes!(networks::one, networks::edit, networks::delete))
        .routes(routes!(scans::list, scans::create))
        .routes(routes!(scans::preview))
        .routes(routes!(scans::one, scans::edit, scans::deactivate))
        .routes(routes!(scans::clone))
        .routes(routes!(scans::pause))
        .routes(routes!(scans::resume))
        .routes(routes!(scans::start))
        .routes(routes!(runs::list))
        .routes(routes!(runs::one))
        .routes(routes!(runs::tasks))
        .routes(routes!(runs::cancel))
        .routes(routes!(deltas::of_run))
        .routes(routes!(reports::list))
        .routes(routes!(reports::one))
        .routes(routes!(queues::list))
        .routes(routes!(queues::dead_letters))
        .routes(routes!(queues::redrive))
        .routes(routes!(agent::receive))
        .routes(routes!(agent::begin))
        .routes(routes!(agent::extend))
        .routes(routes!(agent::acknowledge))
        .routes(routes!(agent::release))
        .routes(routes!(agent::refuse))
        .routes(routes!(agent::upload_result))
}
