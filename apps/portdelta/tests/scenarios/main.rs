//! What people do with a server and agents, from enrolment to the alert: written once, for every runtime.
//!
//! A scenario is a function over a [`runtime::Runtime`]: it asks the API, and starts real agents that scan real
//! listeners on loopback. `scenarios!` makes a test of each for one runtime.

mod api;
mod cloud;
mod embedded;
mod repeats;
mod runtime;
mod sessions;
mod stories;
mod topic;

/// One test a scenario, each with a server of its own; without one it is skipped.
macro_rules! scenarios {
    ($runtime:expr, $($file:ident: $($name:ident),+;)+) => {
        $(mod $file {
            $(#[test]
            fn $name() {
                let Some(mut runtime) = $runtime else { return };
                crate::stories::$file::$name(&mut runtime);
                crate::runtime::Runtime::assert_nothing_failed(&runtime);
            })+
        })+
    };
}

/// All scenarios for one runtime.
macro_rules! all_scenarios {
    ($runtime:expr) => {
        scenarios! { $runtime,
            first_run: a_change_is_found_and_told, a_webhook_is_difficult, nobody_approved_it_yet;
            agents: one_of_two_dies, revoked, hidden, limited_by_their_owner, ended_and_started_again,
                keep_logs_harmless;
            runs: cancelled, overlapping, edited_in_between, started_twice;
            sites: two_see_the_same_network;
            command_line: the_command_line_is_enough, an_installation_moves_in;
        }
    };
}

mod on_one_machine {
    all_scenarios! { Some(crate::embedded::Embedded::start()) }
}

mod on_aws {
    all_scenarios! { crate::cloud::Cloud::start() }

    #[test]
    fn the_topic_and_the_bus_of_the_stack_tell_of_changes() {
        let Some(mut cloud) = crate::cloud::Cloud::start() else { return };
        crate::topic::the_topic_and_the_bus_of_the_stack_tell_of_changes(&mut cloud);
        crate::runtime::Runtime::assert_nothing_failed(&cloud);
    }

    #[test]
    fn what_comes_again_in_another_order_changes_nothing() {
        let Some(mut cloud) = crate::cloud::Cloud::start() else { return };
        crate::repeats::what_comes_again_in_another_order_changes_nothing(&mut cloud);
        crate::runtime::Runtime::assert_nothing_failed(&cloud);
    }

    #[test]
    fn an_agent_reaches_its_own_and_nothing_else() {
        let Some(mut cloud) = crate::cloud::Cloud::start() else { return };
        crate::sessions::an_agent_reaches_its_own_and_nothing_else(&mut cloud);
        crate::runtime::Runtime::assert_nothing_failed(&cloud);
    }
}
