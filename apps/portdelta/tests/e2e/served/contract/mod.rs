//! The API as its OpenAPI document describes it, tried by schemathesis on a real server: no mistake of the server's own,
//! no answer that the document does not know, and no body that is not as it says; and every operation did well once.

mod tried;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use self::tried::Tried;
use self::world::{Example, World};
use crate::support::write;

/// So long it looks for something wrong, after it has tried everything once.
const SECONDS: &str = "100";

/// What every answer is held to.
const CHECKS: [&str; 5] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
];

/// What is not tried, and why.
const LEFT_OUT: [(&str, &str); 1] = [("events", "a stream that does not end")];

/// What does well in other tests, and why not here.
const NEVER_WELL: [(&str, &str); 7] = [
    ("change_password", "a token has no password"),
    ("session", "a token has no session"),
    ("sign_out", "a token has no session"),
    ("sign_out_everywhere", "a token has no session"),
    ("move", "a move begins with a frame that is sealed"),
    ("put_frame", "a frame is sealed, and no text"),
    ("upload_result", "an upload is sealed, and no text"),
];

/// The program; `None`, with a message, where nobody installed it.
fn program() -> Option<PathBuf> {
    let variable = "PORTDELTA_TEST_SCHEMATHESIS";
    let path = std::env::var_os(variable).map(PathBuf::from);
    if path.is_none() {
        eprintln!("skipped: {variable} does not say where schemathesis is; `cargo xtask test` installs it");
    }
    path
}

/// The document with what each operation may be asked for.
fn document(world: &World) -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("../../../../../../shared/api/openapi.json")).expect("JSON");
    // Nobody waits for tasks.
    document["components"]["schemas"]["Receive"]["properties"]["wait_seconds"]["maximum"] = json!(0);
    for item in document["paths"].as_object_mut().expect("paths").values_mut() {
        for operation in item.as_object_mut().expect("an item").values_mut() {
            let Some(example) = world.examples.get(operation["operationId"].as_str().expect("an id")) else {
                continue;
            };
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten().filter(|one| one["name"] == "If-Match") {
                parameter["example"] = json!(example.if_match);
            }
            let contents = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
            for content in contents.into_iter().flat_map(|contents| contents.values_mut()) {
                content["example"] = example.body.clone();
                // YAML is written from what stands in it.
                if example.body.is_object() && content["schema"]["type"] == "string" {
                    content["schema"] = json!({"type": ["object", "string"]});
                }
            }
        }
    }
    document
}

/// What stands in paths, for all operations, and in paths and queries, for single ones.
fn settings(world: &World) -> String {
    let line = |(name, value): (&str, &String)| format!("\"{name}\" = \"{value}\"\n");
    let all: String =
        world.places.iter().map(|(name, value)| line((&format!("path.{name}"), value))).collect();
    let own = world.examples.iter().filter(|(_, example)| !example.places.is_empty());
    let own = own.map(|(operation, Example { places, .. })| {
        let lines: String = places.iter().map(|(name, value)| line((name, value))).collect();
        format!("[[operations]]\ninclude-operation-id = \"{operation}\"\n[operations.parameters]\n{lines}")
    });
    format!("[parameters]\n{all}{}", own.collect::<String>())
}

/// Asks the server with a token; gives what was tried.
fn ask(world: &World, program: &Path, name: &str, token: &str, more: &[&str]) -> Tried {
    let folder = world.server.here().home().join(name);
    std::fs::create_dir(&folder).expect("a new folder");
    let settings = write(&folder, "schemathesis.toml", settings(world));
    let document = write(&folder, "openapi.json", document(world).to_string());
    let mut command = Command::new(program);
    command.current_dir(&folder).arg("--config-file").arg(&settings).arg("run").arg(&document);
    command.args(["--url", &format!("{}/api/v1", world.server.url())]);
    command.args(["--header", &format!("Authorization: Bearer {token}")]);
    command.args(["--checks", &CHECKS.join(","), "--continue-on-failure", "--seed", "20261121"]);
    command.args(["--rate-limit", "90/s", "--request-timeout", "30"]);
    // How fast and how large what it makes up is, is not the question.
    command.args(["--suppress-health-check", "all", "--generation-database", "none"]);
    command.args(["--warnings", "off", "--no-color", "--report", "ndjson"]);
    command.args(["--report-ndjson-path", "report.ndjson"]);
    command.args(LEFT_OUT.iter().flat_map(|(operation, _)| ["--exclude-operation-id", operation]));
    let said = command.args(more).output().expect("schemathesis runs");
    let shown = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{name}: {shown}\n{}", String::from_utf8_lossy(&said.stderr));
    assert!(shown.contains("No issues found"), "{name}: {shown}");
    let report = std::fs::read_to_string(folder.join("report.ndjson")).expect("a report");
    let tried = Tried::read(&report);
    assert_eq!(tried.with(500..600), Vec::<&str>::new(), "{name}");
    tried
}

/// The operations of the document that are tried: their ids by method and path, and who may ask.
fn operations() -> BTreeMap<String, (String, String)> {
    let document: Value =
        serde_json::from_str(include_str!("../../../../../../shared/api/openapi.json")).expect("JSON");
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let word = |field: &str| operation[field].as_str().expect("a word").to_owned();
            if !LEFT_OUT.iter().any(|(id, _)| *id == word("operationId")) {
                let name = format!("{} {path}", method.to_uppercase());
                all.insert(name, (word("operationId"), word("x-role")));
            }
        }
    }
    all
}

#[test]
fn the_api_is_as_its_document_says() {
    let Some(program) = program() else { return };
    let world = World::new();
    let phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", "3"];
    // Leases of tasks end, and so the agent comes first.
    let agents = [&phases[..], &["--include-tag", "agent"]].concat();
    let by_agent = ask(&world, &program, "agent", &world.agent_token, &agents);
    let for_all = [&phases[..], &["--max-time", SECONDS]].concat();
    let tried = ask(&world, &program, "administrator", &world.server.token(), &for_all);
    let mut wrong = Vec::new();
    for (name, (id, role)) in operations() {
        let mut answers = by_agent.of(&name);
        // A signature is good once, and an enrolment too.
        if role != "agent" {
            answers.extend(tried.of(&name));
        }
        let did_well = answers.keys().any(|status| (200..400).contains(status));
        let excused = NEVER_WELL.iter().any(|(known, _)| *known == id);
        if answers.is_empty() || did_well == excused {
            wrong.push(format!("{name} ({id}): {answers:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "not tried, not done well, or done well without need of a reason:\n{}",
        wrong.join("\n")
    );
    // Whoever was tried with was let in up to the end.
    world.server.line("sites list").code(0);
}

/// A viewer and an agent where they have no business: refused as the document says, and nothing else.
#[test]
fn who_may_not_is_told_so_as_the_document_says() {
    let Some(program) = program() else { return };
    let world = World::new();
    let made = world.server.line("tokens add viewer --role viewer --format json").code(0).json();
    let viewer = made["secret"].as_str().unwrap_or_else(|| panic!("{made}"));
    let phases = ["--phases", "fuzzing", "--max-examples", "1", "--mode", "positive"];
    for (who, token) in [("viewer", viewer), ("agent", &world.agent_token)] {
        let tried = ask(&world, &program, who, token, &phases);
        for (name, (_, role)) in operations() {
            let answers = tried.of(&name);
            assert!(!answers.is_empty(), "{who} did not try {name}");
            let refused = answers.keys().all(|status| [403, 429].contains(status));
            // What is for anybody may have reasons of its own to refuse.
            assert!(
                refused == (role != who) || role == "anybody",
                "{who}: {name} is for {role}: {answers:?}"
            );
        }
    }
}
