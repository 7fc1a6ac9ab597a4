//! The endpoints, a file for each kind of thing.

mod agent;
mod agents;
mod alerts;
mod audit;
mod channels;
mod clean_up;
mod deltas;
mod doctor;
mod events;
mod expectation_file;
mod expectations;
mod exports;
mod host_notes;
mod hosts;
mod imports;
mod logs;
mod moves;
mod network_coverage;
mod network_map;
mod network_views;
mod networks;
mod overview;
mod people;
mod queues;
mod reports;
mod results;
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

use axum::Router;
use axum::routing::{MethodFilter, on};
use utoipa::Path as _;
use utoipa::openapi::HttpMethod;
use utoipa_axum::PathItemExt as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;

/// Hands all endpoints to a macro: those of one path before each semicolon. One list for what answers and for what
/// describes it.
macro_rules! endpoints {
    ($for_all:ident) => {
        $for_all! {
            server::health;
            server::openapi;
            session::me;
            session::change_password;
            session::options;
            session::sign_in, session::one, session::sign_out;
            session::sign_out_everywhere;
            people::accept;
            people::register;
            people::settings, people::set;
            single_sign_on::start;
            single_sign_on::callback;
            users::list, users::create;
            users::one, users::edit, users::remove;
            users::invite;
            audit::list;
            audit::export;
            doctor::doctor;
            logs::list;
            overview::overview;
            events::events;
            sites::list, sites::create;
            sites::one, sites::edit, sites::deactivate;
            hosts::list;
            hosts::one;
            hosts::history;
            deltas::of_site;
            results::one;
            expectations::of_port;
            imports::take_in;
            networks::list, networks::create;
            networks::one, networks::edit, networks::delete;
            network_views::cards;
            network_map::map;
            network_views::history;
            network_views::runs;
            network_coverage::coverage;
            search::search;
            expectations::list, expectations::create;
            expectations::one, expectations::edit, expectations::delete;
            expectation_file::export, expectation_file::apply;
            expectation_file::preview;
            expectations::accept;
            expectations::compliance;
            scans::list, scans::create;
            scans::preview;
            scans::one, scans::edit, scans::deactivate;
            scans::clone;
            scans::pause;
            scans::resume;
            scans::start;
            timeline::timeline;
            runs::list;
            runs::one;
            runs::tasks;
            runs::cancel;
            deltas::of_run;
            reports::list;
            reports::one;
            exports::report;
            exports::all;
            host_notes::one, host_notes::set;
            scans::preview_times;
            scans::preview_options;
            retention::one, retention::set;
            retention::preview;
            clean_up::preview;
            clean_up::list, clean_up::begin;
            clean_up::one;
            agents::list;
            agents::one;
            agents::approve;
            agents::revoke;
            agents::hide;
            agents::show;
            agents::relocate;
            agents::enrolments, agents::enrol;
            agents::unenrol;
            alerts::list;
            alerts::act_on_all;
            alerts::one;
            alerts::act;
            alerts::watched, alerts::watch;
            channels::list, channels::create;
            channels::one, channels::edit, channels::delete;
            channels::test;
            tokens::list, tokens::create;
            tokens::revoke;
            queues::list;
            queues::dead_letters;
            queues::redrive;
            moves::one;
            moves::take;
            agent::enrol;
            agent::access;
            agent::status;
            agent::receive;
            agent::begin;
            agent::extend;
            agent::acknowledge;
            agent::release;
            agent::refuse;
            agent::upload_result;
        }
    };
}

/// Adds all endpoints, without what describes them: programs that only answer have no code of that.
pub(crate) fn all(router: Router<Api>) -> Router<Api> {
    macro_rules! answering {
        ($($($file:ident::$handler:ident),+;)+) => { pastey::paste! {
            router$($(.route(
                &$file::[<__path_ $handler>]::path(),
                on(filter(&$file::[<__path_ $handler>]::methods()), $file::$handler),
            ))+)+
        } };
    }
    endpoints!(answering)
}

/// Adds all endpoints and what describes them.
pub(crate) fn described(router: OpenApiRouter<Api>) -> OpenApiRouter<Api> {
    macro_rules! describing {
        ($($($file:ident::$handler:ident),+;)+) => { router$(.routes(routes!($($file::$handler),+)))+ };
    }
    endpoints!(describing)
}

/// The methods by which one endpoint is asked.
fn filter(methods: &[HttpMethod]) -> MethodFilter {
    let all = methods.iter().map(HttpMethod::to_method_filter).reduce(MethodFilter::or);
    all.unwrap_or(MethodFilter::GET)
}
