//! What the template allows, read as text: each function exactly what its list says, and nobody everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Functions by the names of their packages, and the policies in the template that are theirs.
const FUNCTIONS: [(&str, &[&str]); 5] = [
    ("dispatcher", &["DispatcherRole"]),
    ("ingest", &["IngestRole"]),
    ("notify", &["NotifyRole"]),
    ("sweep", &["SweepRole"]),
    ("api", &["ApiFunctionRole", "ApiFunctionLends"]),
];

/// The roles of nobody's code, and what each may do to what.
const OTHER_ROLES: [(&str, &[&str]); 3] = [
    ("SchedulerRole", &["sqs:SendMessage DispatchQueue FailedEvents NotifyQueue"]),
    ("UpkeepRole", &["lambda:InvokeFunction Sweep", "sqs:SendMessage FailedEvents"]),
    (
        "AgentRole",
        &[
            "s3:PutObject Bucket/uploads/*",
            "sqs:ChangeMessageVisibility sqs:STACK-site-*",
            "sqs:DeleteMessage sqs:STACK-site-*",
            "sqs:ReceiveMessage sqs:STACK-site-*",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn template() -> String {
    std::fs::read_to_string(root().join("template.yaml")).expect("the template")
}

/// The resources of the template, by name, as their lines.
fn resources(template: &str) -> BTreeMap<&str, Vec<&str>> {
    let (_, resources) = template.split_once("\nResources:\n").expect("resources");
    let (resources, _) = resources.split_once("\nOutputs:\n").expect("outputs");
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in resources.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if line.starts_with("  ") && !line.starts_with("   ") {
            name = line.trim().strip_suffix(':').expect("a resource");
        }
        found.entry(name).or_default().push(line);
    }
    found
}

/// A statement of a policy: its actions and its resources, and whether it refuses.
#[derive(Debug, Default)]
struct Statement {
    denies: bool,
    actions: Vec<String>,
    resources: Vec<String>,
}

/// The statements of a resource, in the one way in which the template writes them.
fn statements(lines: &[&str]) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    let mut list = "";
    for line in lines {
        let text = line.trim().trim_start_matches("- ");
        if text.starts_with("Effect: ") || text.starts_with("Sid: ") {
            list = "";
        }
        if let Some(effect) = text.strip_prefix("Effect: ") {
            // A statement without a name begins with its effect.
            if line.trim().starts_with("- ") || found.is_empty() {
                found.push(Statement::default());
            }
            found.last_mut().expect("a statement").denies = effect == "Deny";
        } else if text.starts_with("Sid: ") {
            found.push(Statement::default());
        } else if let Some(action) = text.strip_prefix("Action:") {
            list = "Action";
            take(&mut found, list, action);
        } else if let Some(resource) = text.strip_prefix("Resource:") {
            list = "Resource";
            take(&mut found, list, resource);
        } else if line.trim().starts_with("- ") && !list.is_empty() {
            take(&mut found, list, text);
        } else {
            list = "";
        }
    }
    found
}

fn take(found: &mut Vec<Statement>, list: &str, text: &str) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    if let Some(several) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        several.split(", ").for_each(|one| take(found, list, one));
        return;
    }
    if found.is_empty() {
        // A permission of a function is no policy: it names its one action by itself.
        found.push(Statement::default());
    }
    let statement = found.last_mut().expect("a statement");
    let into = if list == "Action" { &mut statement.actions } else { &mut statement.resources };
    into.push(text.to_owned());
}

/// A resource as the lists name it: `Table`, `Bucket/uploads/*`, `sqs:STACK-site-*`.
fn short(resource: &str) -> String {
    let left_out =
        ["!GetAtt ", "!Sub ", "!Ref ", "arn:${AWS::Partition}:", "${AWS::Region}:${AWS::AccountId}:"];
    let named = resource.replace("${AWS::StackName}", "STACK");
    let named = left_out.iter().fold(named, |text, part| text.replace(part, ""));
    [".Arn", "${", "}"].iter().fold(named, |text, part| text.replace(part, ""))
}

/// What policies allow, a line an action: `sqs:SendMessage DispatchQueue NotifyQueue`.
fn allowed(resources: &BTreeMap<&str, Vec<&str>>, policies: &[&str]) -> Vec<String> {
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for policy in policies {
        for statement in statements(&resources[policy]) {
            assert!(!statement.denies, "{policy} allows");
            if statement.resources.is_empty() {
                assert_eq!(
                    statement.actions,
                    ["sts:AssumeRole"],
                    "{policy}: only who takes a role on has no resource"
                );
                continue;
            }
            for action in statement.actions {
                allowed.entry(action).or_default().extend(statement.resources.iter().map(|name| short(name)));
            }
        }
    }
    let line = |(action, resources): (String, BTreeSet<String>)| {
        resources.into_iter().fold(action, |line, resource| line + " " + &resource)
    };
    allowed.into_iter().map(line).collect()
}

#[test]
fn functions_may_do_what_their_lists_say_to_what_they_name() {
    let template = template();
    let resources = resources(&template);
    for (function, policies) in FUNCTIONS {
        let file = root().join("functions").join(function).join("permissions.txt");
        let text = std::fs::read_to_string(&file).expect("a list");
        let listed: Vec<&str> = text.lines().collect();
        assert_eq!(allowed(&resources, policies), listed, "{function}: template.yaml and {}", file.display());
    }
}

#[test]
fn other_roles_may_do_what_they_are_for() {
    let template = template();
    let resources = resources(&template);
    let known: BTreeSet<&str> = FUNCTIONS
        .iter()
        .flat_map(|(_, policies)| policies.iter().copied())
        .chain(OTHER_ROLES.iter().map(|(role, _)| *role))
        .collect();
    for (name, lines) in &resources {
        let is_role = lines.iter().any(|line| line.trim() == "Type: AWS::IAM::Role");
        assert!(!is_role || known.contains(name), "{name} is in no list");
    }
    for (role, listed) in OTHER_ROLES {
        assert_eq!(allowed(&resources, &[role]), listed, "{role}");
    }
}

/// Who takes messages of another one makes them late, and who removes them loses them.
#[test]
fn messages_are_taken_by_whom_they_are_for() {
    let template = template();
    let resources = resources(&template);
    let of_function = BTreeMap::from([
        ("DispatcherRole", "!GetAtt DispatchQueue.Arn"),
        ("IngestRole", "!GetAtt IngestQueue.Arn"),
        ("NotifyRole", "!GetAtt NotifyQueue.Arn"),
    ]);
    let mut seen = 0;
    for (name, lines) in &resources {
        for statement in statements(lines).iter().filter(|statement| !statement.denies) {
            if !statement
                .actions
                .iter()
                .any(|action| action == "sqs:ReceiveMessage" || action == "sqs:DeleteMessage")
            {
                continue;
            }
            for resource in &statement.resources {
                seen += 1;
                let own = of_function.get(name).is_some_and(|own| own == resource);
                // Who shows dead letters, and tries them again.
                let dead = *name == "ApiFunctionRole" && resource.ends_with("Dead.Arn");
                let of_sites = resource.ends_with("${AWS::StackName}-site-*");
                assert!(own || dead || of_sites, "{name} takes from {resource}");
            }
        }
    }
    assert!(seen > 8, "{seen} were found");
}

#[test]
fn nobody_may_do_everything_or_to_everything() {
    let template = template();
    let mut seen = 0;
    for (name, lines) in resources(&template) {
        for statement in statements(&lines).iter().filter(|statement| !statement.denies) {
            seen += 1;
            for action in &statement.actions {
                assert!(!action.contains('*'), "{name}: {action}");
            }
            for resource in &statement.resources {
                assert!(!matches!(resource.as_str(), "*" | "\"*\"" | "'*'"), "{name}: {resource}");
                // Every kind of blob comes to the API: it imports, exports, cleans up and moves.
                let all_blobs = short(resource) == "Bucket/*" && name != "ApiFunctionRole";
                assert!(!all_blobs, "{name} needs some folders of the bucket");
            }
        }
    }
    assert!(seen > 40, "{seen} statements were found");
}

#[test]
fn every_queue_has_dead_letters_or_holds_them_and_every_log_ends() {
    let template = template();
    let resources = resources(&template);
    let of = |kind: &'static str| {
        let is = move |lines: &&Vec<&str>| lines.iter().any(|line| line.trim() == format!("Type: {kind}"));
        resources.iter().filter(move |(_, lines)| is(lines)).map(|(name, lines)| (*name, lines.join("\n")))
    };
    let alarms = std::fs::read_to_string(root().join("infra/alarms.yaml")).expect("the alarms");
    let mut queues = 0;
    for (name, text) in of("AWS::SQS::Queue") {
        queues += 1;
        let holds_the_dead = name.ends_with("Dead") || name == "FailedEvents";
        assert_ne!(text.contains("RedrivePolicy"), holds_the_dead, "{name}");
        assert!(text.contains("SqsManagedSseEnabled: true"), "{name} is encrypted");
        assert!(template.contains(&format!("  {name}Policy:\n")), "{name} refuses plain connections");
        let queue = text.split("${AWS::StackName}").nth(1).expect("a name").lines().next().expect("a name");
        assert!(alarms.contains(&format!("${{Stack}}{queue}\"")), "{name} has an alarm");
    }
    assert_eq!(queues, 7);
    let mut logs = 0;
    for (name, text) in of("AWS::Logs::LogGroup") {
        logs += 1;
        assert!(text.contains("RetentionInDays"), "{name}");
    }
    assert_eq!(logs, 6, "five functions and the API's own");
}

/// What functions count is watched, and what is watched is counted: a name that only one of them knows is silence.
#[test]
fn alarms_look_at_the_numbers_that_functions_give() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a file");
    let given: BTreeSet<String> = ["functions/notify/src/handler.rs", "functions/sweep/src/handler.rs"]
        .iter()
        .flat_map(|path| {
            let text = read(path);
            let names = text.split(".with(\"").skip(1).filter_map(|rest| rest.split_once('"'));
            names.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let alarms = read("infra/alarms.yaml");
    let watched: BTreeSet<String> = alarms
        .split("Namespace: Portdelta\n")
        .skip(1)
        .filter_map(|rest| rest.lines().next()?.trim().strip_prefix("MetricName: "))
        .map(str::to_owned)
        .collect();
    assert!(watched.len() >= 4, "{watched:?}");
    assert!(watched.is_subset(&given), "{watched:?} of {given:?}");
    // How many runs are open is no reason for an alarm.
    let unwatched: Vec<_> = given.difference(&watched).collect();
    assert_eq!(unwatched, ["OpenRuns"]);
}

/// The access log of the API is read by programs: a line is JSON, whatever a stranger asks for.
#[test]
fn the_access_log_is_json_whatever_stands_in_it() {
    // Those in which there is no quotation mark, or which API Gateway escapes.
    const HARMLESS: [&str; 7] = [
        "$context.error.responseType",
        "$context.httpMethod",
        "$context.identity.sourceIp",
        "$context.path",
        "$context.requestId",
        "$context.responseLatency",
        "$context.status",
    ];
    let template = template();
    let stage = resources(&template)["ApiStage"].join("\n");
    let (_, format) = stage.split_once("Format: >-\n").expect("a format");
    let format: Vec<&str> = format.lines().map(str::trim).collect();
    // What there is none of is a dash.
    let line = HARMLESS.iter().fold(format.join(" "), |line, variable| line.replace(variable, "-"));
    assert!(!line.contains('$'), "{line} has a variable that may break it");
    let read: BTreeMap<String, String> = serde_json::from_str(&line).expect("JSON of texts");
    assert_eq!(read.len(), HARMLESS.len(), "{line}");
    assert!(read.values().all(|value| value == "-"), "{line}");
}

/// A first deployment that failed leaves nothing that the next one meets; one that was removed loses nothing.
#[test]
fn what_is_remembered_outlives_a_stack_that_was_there() {
    let template = template();
    let resources = resources(&template);
    for name in ["Table", "Bucket"] {
        let says = |line: &str| resources[name].iter().any(|said| said.trim() == line);
        assert!(says("DeletionPolicy: RetainExceptOnCreate"), "{name}");
        assert!(says("UpdateReplacePolicy: Retain"), "{name}");
    }
}
