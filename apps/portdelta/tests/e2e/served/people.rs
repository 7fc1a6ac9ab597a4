//! Users, tokens, the audit trail and the log from the command line.

use serde_json::Value;

use crate::support::{Run, Server, write};

const PASSWORD: &str = "plough-saddle-orbit-quince";

/// Runs a line with another token than that of the first administrator.
fn by(server: &Server, token: &str, line: &str) -> Run {
    let mut command = server.here().command(line.split_whitespace());
    Run::of(command.env("PORTDELTA_TOKEN", token))
}

fn listed(server: &Server, line: &str) -> Vec<Value> {
    let table = server.line(line).code(0);
    assert!(table.out.lines().all(|line| line.chars().count() <= 80), "{table:?}");
    server.line(&format!("{line} --format json")).code(0).json().as_array().expect("a list").clone()
}

#[test]
fn people_are_let_in_changed_and_shut_out() {
    let server = Server::start();
    let run = server.line("users list").code(0);
    assert!(run.out.contains("Nobody can sign in."), "{run:?}");
    write(server.here().home(), "password", format!("{PASSWORD}\n"));
    server.line("users add boss --role admin --password-file password").code(0);
    let run = server.line("users add anna@example.org --role operator").code(0);
    let link = run.out.lines().map(str::trim).find(|line| line.contains("/invitation#pdi_")).expect("a link");
    assert!(link.starts_with(&server.url()), "{run:?}");
    server.line("users add ANNA@example.org --role viewer").refused("exists already");
    let run = server.line("users add berta --role owner").code(2);
    assert!(run.err.contains("a role is viewer, operator or admin"), "{run:?}");
    server.line("users add b!rta --role viewer").refused("letters, digits");
    write(server.here().home(), "weak", "portdelta1234\n");
    server.line("users add carla --role viewer --password-file weak").refused("tried first");
    let again = server.line("users invite anna@example.org --format json").code(0).json();
    assert_ne!(Some(again["invitation"].as_str().expect("an invitation")), link.split('#').nth(1));

    let run = server.line("users role anna@example.org viewer").code(0);
    assert!(run.out.contains("is a viewer now"), "{run:?}");
    server.line("users disable anna@example.org").code(0);
    server.line("users invite anna@example.org").refused("is disabled");
    server.line("users enable anna@example.org").code(0);
    server.line("users role boss operator").refused("nobody else who can sign in");
    server.line("users remove boss").refused("nobody else who can sign in");
    let users = listed(&server, "users list");
    assert_eq!(users.len(), 2);
    assert_eq!(
        (users[0]["name"].as_str(), users[0]["role"].as_str()),
        (Some("anna@example.org"), Some("viewer"))
    );
    server.line("users remove anna@example.org").code(0);
    server.line("users remove anna@example.org").refused("there is no user");
}

#[test]
fn tokens_may_what_their_role_may_and_all_of_it_is_noted() {
    let server = Server::start();
    let made = server.line("tokens add wall --role viewer --expires-days 30 --format json").code(0).json();
    let viewer = made["secret"].as_str().expect("a secret").to_owned();
    by(&server, &viewer, "sites list").code(0);
    by(&server, &viewer, "sites add office").refused("that is for administrators");
    by(&server, &viewer, "audit").refused("that is for administrators");
    let run = server.line("tokens add pipeline --role operator").code(0);
    let operator =
        run.out.lines().map(str::trim).find(|line| line.starts_with("pda_")).expect("a token").to_owned();
    by(&server, &operator, "networks add lan --prefixes 10.0.0.0/24").code(0);
    by(&server, &operator, "users list").refused("that is for administrators");
    let tokens = listed(&server, "tokens list");
    let mut roles: Vec<_> = tokens.iter().filter_map(|token| token["role"].as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["admin", "operator", "viewer"]);
    server.line("tokens revoke wall").code(0);
    by(&server, &viewer, "sites list").refused("not valid");
    let run = server.line("tokens add never --role admin --expires-days 0").code(2);
    assert!(run.err.contains("0 is not in 1..=3650"), "{run:?}");

    let noted = listed(&server, "audit");
    let words: Vec<_> = noted.iter().filter_map(|entry| entry["what"].as_str()).collect();
    // The last one is of the first start.
    assert_eq!(
        words,
        ["token.revoked", "network.created", "token.created", "token.created", "token.created"]
    );
    assert_eq!(listed(&server, "audit --what network --limit 5").len(), 1);
    let csv = server.line("audit --format csv").code(0).out;
    assert!(csv.starts_with("time,who,what,object,detail\n") && !csv.contains("pda_"), "{csv}");
    assert!(server.line("audit --who nobody").code(0).out.contains("Nobody changed anything."));
}

#[test]
fn the_log_of_a_server_is_read_from_elsewhere() {
    let server = Server::start();
    let viewer = server.line("tokens add wall --role viewer --format json").code(0).json();
    let viewer = viewer["secret"].as_str().expect("a secret").to_owned();
    by(&server, &viewer, "logs").refused("that is for administrators");
    let lines = listed(&server, "logs --search LISTENING --level info");
    let [listening] = &lines[..] else { panic!("{lines:?}") };
    let message = format!("listening at {}", server.url());
    assert_eq!((listening["message"].as_str(), listening["level"].as_str()), (Some(&*message), Some("info")));
    assert_eq!(listening["fields"]["url"], server.url());
    let none = server.line("logs --search nowhere-at-all").code(0);
    assert!(none.out.contains("No line of the log fits.") && none.err.is_empty(), "{none:?}");
    let csv = server.line("logs --format csv").code(0).out;
    assert!(csv.starts_with("time,level,message,fields,part\n") && !csv.contains("pda_"), "{csv}");
    let run = server.line("logs --level loud").code(2);
    assert!(run.err.contains("a level is error, warn, info, debug or trace"), "{run:?}");
}
