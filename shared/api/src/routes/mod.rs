//! The endpoints, a file for each kind of thing.

mod agent;
mod agents;
mod alerts;
mod audit;
mod channels;
mod deltas;
mod doctor;
mod events;
mod expectation_file;
mod expectations;
mod exports;
mod host_notes;
mod hosts;
mod imports;
mod moves;
mod network_coverage;
mod network_views;
mod networks;
mod overview;
mod people;
mod queues;
mod reports;
mod retention;
mod runs;
mod scans;
mod search;
mod server;
mod session;
mod single_sign_on;
mod sites;
mod timeline;
mod tokens;
mod users;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;

/// Adds all endpoints.
pub(crate) fn all(router: OpenApiRouter<Api>) -> OpenApiRouter<Api> {
    router
        .routes(routes!(server::health))
        .routes(routes!(server::openapi))
        .routes(routes!(session::me))
        .routes(routes!(session::change_password))
        .routes(routes!(session::options))
        .routes(routes!(session::sign_in, session::one, session::sign_out))
        .routes(routes!(session::sign_out_everywhere))
        .routes(routes!(people::accept))
        .routes(routes!(people::register))
        .routes(routes!(people::settings, people::set))
        .routes(routes!(single_sign_on::start))
        .routes(routes!(single_sign_on::callback))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::one, users::edit, users::remove))
        .routes(routes!(users::invite))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(doctor::doctor))
        .routes(routes!(overview::overview))
        .routes(routes!(events::events))
        .routes(routes!(sites::list, sites::create))
        .routes(routes!(sites::one, sites::edit, sites::deactivate))
        .routes(routes!(hosts::list))
        .routes(routes!(hosts::one))
        .routes(routes!(hosts::history))
        .routes(routes!(deltas::of_site))
        .routes(routes!(imports::take_in))
        .routes(routes!(networks::list, networks::create))
        .routes(routes!(networks::one, networks::edit, networks::delete))
        .routes(routes!(network_views::cards))
        .routes(routes!(network_views::map))
        .routes(routes!(network_views::history))
        .routes(routes!(network_views::runs))
        .routes(routes!(network_coverage::coverage))
        .routes(routes!(search::search))
        .routes(routes!(expectations::list, expectations::create))
        .routes(routes!(expectations::one, expectations::edit, expectations::delete))
        .routes(routes!(expectation_file::export, expectation_file::apply))
        .routes(routes!(expectation_file::preview))
        .routes(routes!(expectations::accept))
        .routes(routes!(expectations::compliance))
        .routes(routes!(scans::list, scans::create))
        .routes(routes!(scans::preview))
        .routes(routes!(scans::one, scans::edit, scans::deactivate))
        .routes(routes!(scans::clone))
        .routes(routes!(scans::pause))
        .routes(routes!(scans::resume))
        .routes(routes!(scans::start))
        .routes(routes!(timeline::timeline))
        .routes(routes!(runs::list))
        .routes(routes!(runs::one))
        .routes(routes!(runs::tasks))
        .routes(routes!(runs::cancel))
        .routes(routes!(deltas::of_run))
        .routes(routes!(reports::list))
        .routes(routes!(reports::one))
        .routes(routes!(exports::report))
        .routes(routes!(exports::all))
        .routes(routes!(host_notes::one, host_notes::set))
        .routes(routes!(scans::preview_times))
        .routes(routes!(retention::one, retention::set))
        .routes(routes!(retention::preview))
        .routes(routes!(agents::list))
        .routes(routes!(agents::one))
        .routes(routes!(agents::approve))
        .routes(routes!(agents::revoke))
        .routes(routes!(agents::hide))
        .routes(routes!(agents::show))
        .routes(routes!(agents::relocate))
        .routes(routes!(agents::enrolments, agents::enrol))
        .routes(routes!(agents::unenrol))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::act_on_all))
        .routes(routes!(alerts::one))
        .routes(routes!(alerts::act))
        .routes(routes!(alerts::watched, alerts::watch))
        .routes(routes!(channels::list, channels::create))
        .routes(routes!(channels::one, channels::edit, channels::delete))
        .routes(routes!(channels::test))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(queues::list))
        .routes(routes!(queues::dead_letters))
        .routes(routes!(queues::redrive))
        .routes(routes!(moves::one))
        .routes(routes!(moves::take))
        .routes(routes!(agent::enrol))
        .routes(routes!(agent::access))
        .routes(routes!(agent::status))
        .routes(routes!(agent::receive))
        .routes(routes!(agent::begin))
        .routes(routes!(agent::extend))
        .routes(routes!(agent::acknowledge))
        .routes(routes!(agent::release))
        .routes(routes!(agent::refuse))
        .routes(routes!(agent::upload_result))
}
