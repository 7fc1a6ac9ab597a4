//! The API as its OpenAPI document describes it, tried by schemathesis on a real server: no mistake of the server's own,
//! no answer that the document does not know, and no body that is not as it says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::{Run, Server, write};

/// So long it looks for something wrong, in seconds.
const SECONDS: u32 = 100;

/// What is not tried: a stream that does not end, and what would void the token with which all else is asked.
const LEFT_OUT: [&str; 2] = ["events", "revoke_token"];

/// What every answer is held to.
const CHECKS: [&str; 5] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
];

/// At least so many of its questions must be answered as asked, or nothing was looked at but refusals.
const LEAST_ANSWERED: u64 = 500;

/// The program; `None`, with a message, where nobody installed it.
fn program() -> Option<PathBuf> {
    let variable = "PORTDELTA_TEST_SCHEMATHESIS";
    let path = std::env::var_os(variable).map(PathBuf::from);
    if path.is_none() {
        eprintln!("skipped: {variable} does not say where schemathesis is; `cargo xtask test` installs it");
    }
    path
}

/// Something of everything; gives parameters of paths that name it.
fn furnished(server: &Server) -> BTreeMap<&'static str, String> {
    let first = |line: &str, field: &str| {
        let listed = server.line(&format!("{line} --format json")).code(0).json();
        let item = listed.get(0).unwrap_or(&listed);
        item[field].as_str().unwrap_or_else(|| panic!("{line}: {listed}")).to_owned()
    };
    server.line("sites add office").code(0);
    server.line("networks add Office --prefixes 192.0.2.0/24 --owner operations").code(0);
    for (name, other) in [("a.txt", 80), ("b.txt", 3_389)] {
        let lines = format!("192.0.2.1,22,tcp\n192.0.2.1,{other},tcp\n");
        let file = write(server.here().home(), name, lines);
        let mut import = server.here().command(["import", "--site", "office", "--targets", "192.0.2.0/28"]);
        import.args(["--ports", "22,80,3389", "--server", &server.url()]).arg(&file);
        assert!(Run::of(&mut import).code < 2, "{name}");
    }
    server.line("agents enrol --site office").code(0);
    let made = server.line("users add anna --role viewer --format json").code(0).json();
    assert!(made.is_object(), "{made}");
    BTreeMap::from([
        ("site", "office".to_owned()),
        ("network", "Office".to_owned()),
        ("address", "192.0.2.1".to_owned()),
        ("scan", {
            server.line("scans add nightly --targets 192.0.2.0/28 --site office --every 6h").code(0);
            first("scans list", "id")
        }),
        ("run", first("runs list", "id")),
        ("alert", first("alerts list", "id")),
        ("user", first("users list", "id")),
    ])
}

#[test]
fn the_api_is_as_its_document_says() {
    let Some(program) = program() else { return };
    let server = Server::with(&["--plain-http"], &[]);
    let parameters = furnished(&server);
    let folder = server.here().home().join("tried");
    std::fs::create_dir(&folder).expect("a new folder");
    let lines = parameters.iter().map(|(name, value)| format!("\"path.{name}\" = \"{value}\"\n"));
    let lines = format!("[parameters]\n{}", lines.collect::<String>());
    let settings = write(&folder, "schemathesis.toml", lines);
    let mut command = Command::new(program);
    command.current_dir(&folder).arg("--config-file").arg(&settings);
    command.args(["run", &format!("{}/api/v1/openapi.json", server.url())]);
    command.args(["--header", &format!("Authorization: Bearer {}", server.token())]);
    command.args(["--checks", &CHECKS.join(",")]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "20261121"]);
    command.args(["--max-time", &SECONDS.to_string(), "--rate-limit", "90/s", "--request-timeout", "30"]);
    // How fast and how large what it makes up is, is not the question.
    command.args(["--suppress-health-check", "all", "--generation-database", "none"]);
    command.args(["--warnings", "off", "--no-color", "--report", "ndjson"]);
    command.args(["--report-ndjson-path", "report.ndjson"]);
    command.args(LEFT_OUT.iter().flat_map(|operation| ["--exclude-operation-id", operation]));
    let said = command.output().expect("schemathesis runs");
    let shown = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{shown}\n{}", String::from_utf8_lossy(&said.stderr));
    assert!(shown.contains("No issues found"), "{shown}");

    let report = std::fs::read_to_string(folder.join("report.ndjson")).expect("a report");
    let mut answered = BTreeMap::new();
    for line in report.lines() {
        count_answers(&serde_json::from_str(line).expect("JSON"), &mut answered);
    }
    let well: u64 = answered.range(200..300).map(|(_, count)| count).sum();
    assert!(well >= LEAST_ANSWERED, "few questions were answered: {answered:?}");
    assert_eq!(answered.range(500..600).next(), None, "{answered:?}");
    // Whoever was tried with was let in up to the end.
    server.line("sites list").code(0);
}

/// The statuses of all answers that a report tells of.
fn count_answers(value: &Value, answers: &mut BTreeMap<u64, u64>) {
    match value {
        Value::Object(fields) => {
            if let Some(status) = fields.get("status_code").and_then(Value::as_u64) {
                *answers.entry(status).or_default() += 1;
            }
            fields.values().for_each(|field| count_answers(field, answers));
        }
        Value::Array(items) => items.iter().for_each(|item| count_answers(item, answers)),
        _ => {}
    }
}
