//! The server: the way to it, its clock, our token, and what it says about itself and its agents.

use portdelta_app::ports::Clock;
use portdelta_protocol::admin::{Check, Doctor, Health, Me, Verdict};
use portdelta_protocol::{OLDEST_SERVER, PROTOCOL};
use portdelta_system::SystemClock;

use super::{failed, well, wrong};
use crate::client::{Client, Target, is_loopback};
use crate::output::span;

/// More than that is no delay of the network.
const MOST_SKEW_SECONDS: i64 = 5;

/// All about a server; the first thing that keeps us from looking further is the last.
pub async fn server(client: &Client, target: &Target) -> Vec<Check> {
    let url = target.url.as_str().trim_end_matches('/').to_owned();
    let before = SystemClock.now();
    let health: Health = match client.get(&["health"]).answer().await {
        Ok(health) => health,
        Err(failure) => return vec![failed(&failure)],
    };
    let after = SystemClock.now();
    let mut checks = vec![reachable(&url, &health), certificate(&url, target)];
    let there = health.time.0.seconds();
    checks.push(clock(ahead(before.seconds(), after.seconds(), there)));
    match client.get(&["me"]).answer::<Me>().await {
        Ok(me) => checks.push(well("token", format!("the server knows our token: {}", me.id))),
        Err(failure) => {
            checks.push(failed(&failure));
            return checks;
        }
    }
    match client.get(&["doctor"]).answer::<Doctor>().await {
        Ok(doctor) => checks.extend(doctor.checks),
        Err(failure) => checks.push(failed(&failure)),
    }
    checks
}

fn reachable(url: &str, health: &Health) -> Check {
    if health.status != "ok" {
        let message = format!("{url} answers, and says that it is {}", health.status);
        return wrong("server", Verdict::Bad, message, "Look into the server's log.");
    }
    if health.protocol < OLDEST_SERVER || health.oldest_agent > PROTOCOL {
        let message =
            format!("{url} speaks version {} of the protocol, we speak {PROTOCOL}", health.protocol);
        return wrong(
            "server.version",
            Verdict::Bad,
            message,
            "Use the same version of portdelta on both sides.",
        );
    }
    well("server", format!("{url} answers"))
}

fn certificate(url: &str, target: &Target) -> Check {
    match (target.url.scheme(), &target.pin) {
        ("https", Some(_)) => well("certificate", "the server shows the certificate that was accepted"),
        ("https", None) => well("certificate", "the server's certificate is trusted by this machine"),
        _ if is_loopback(&target.url) => {
            well("certificate", "no certificate is needed: the server is on this machine")
        }
        _ => wrong(
            "certificate",
            Verdict::Warning,
            format!("everybody on the way to {url} can read the token"),
            "Let the server use TLS: run it without --insecure-http.",
        ),
    }
}

/// How far our clock is ahead of the server's, which answered some time in between.
fn ahead(before: i64, after: i64, there: i64) -> i64 {
    match there {
        _ if there < before => before - there,
        _ if there > after => after - there,
        _ => 0,
    }
}

fn clock(ahead: i64) -> Check {
    if ahead.abs() <= MOST_SKEW_SECONDS {
        return well("clock", "the clock here and that of the server agree");
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let message = format!("the clock here is {} {side} that of the server", span(ahead.unsigned_abs()));
    wrong("clock", Verdict::Warning, message, "Let both be set by the network: timedatectl set-ntp true.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_an_answer_is_no_skew() {
        for (before, after, there, expected) in
            [(100, 100, 100, 0), (100, 130, 120, 0), (100, 101, 90, 10), (100, 101, 111, -10)]
        {
            assert_eq!(ahead(before, after, there), expected);
        }
        assert_eq!(clock(5).verdict, Verdict::Ok);
        assert_eq!(clock(-6).verdict, Verdict::Warning);
        assert_eq!(clock(7200).message, "the clock here is 2 hours ahead of that of the server");
        assert!(clock(-90).message.contains("90 seconds behind that"));
    }
}
