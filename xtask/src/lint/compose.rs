//! The compose files in localstack/: no container engine is needed to see whether they are YAML, name the emulator that the
//! tests use, and let nobody in from outside.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::python::SAM;
use crate::steps::output;
use crate::workspace::root;

/// The files, their images, and the requirements file that pins the same version, where there is one.
const FILES: [(&str, &str, Option<&str>); 2] = [
    ("compose.ministack.yaml", "ministackorg/ministack", Some("ministack")),
    ("compose.localstack.yaml", "localstack/localstack", None),
];

/// What is wrong, a sentence each.
///
/// # Errors
/// If a file can't be read.
pub fn violations(target: &Path) -> Result<Vec<String>> {
    SAM.install(target)?;
    let folder = root().join("localstack");
    let mut violations = Vec::new();
    for (file, image, pinned) in FILES {
        // The environment of SAM has a reader of YAML.
        let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
        let said = output(SAM.command(target, "python")?.args(["-c", script]).arg(folder.join(file)))?;
        let compose = serde_json::from_str(&said).with_context(|| format!("{file} is no mapping"))?;
        let version = match pinned {
            Some(name) => Some(version_of(&folder, name)?),
            None => None,
        };
        violations.extend(
            wrong(&compose, image, version.as_deref()).into_iter().map(|wrong| format!("{file}: {wrong}")),
        );
    }
    Ok(violations)
}

/// The version that a requirements file pins of the package of its name.
fn version_of(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join("requirements").join(name).with_extension("txt");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let version = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("=="));
    version.map(str::to_owned).with_context(|| format!("{} pins no {name}", path.display()))
}

fn wrong(compose: &Value, image: &str, version: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let none = serde_json::Map::new();
    let services = compose["services"].as_object().unwrap_or(&none);
    if services.len() != 1 {
        wrong.push(format!("{} services, and one is wanted", services.len()));
    }
    for (name, service) in services {
        let given = service["image"].as_str().unwrap_or_default();
        match (given.rsplit_once(':'), version) {
            (Some((repository, tag)), _)
                if repository != image || !tag.starts_with(|first: char| first.is_ascii_digit()) =>
            {
                wrong.push(format!("{name} is {given}, and not a version of {image}"));
            }
            (Some((_, tag)), Some(version)) if tag != version => {
                wrong.push(format!("{name} is {given}, and the tests use {version}"));
            }
            (None, _) => wrong.push(format!("{name} has no image with a version")),
            _ => {}
        }
        let ports: Vec<&str> =
            service["ports"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let inside: Vec<&str> = ports
            .iter()
            .filter_map(|port| port.strip_prefix("127.0.0.1:")?.split_once(':'))
            .map(|(_, port)| port)
            .collect();
        if ports.is_empty() || inside.len() != ports.len() {
            wrong.push(format!("{name} listens on {ports:?}, and not on this machine only"));
        }
        let endpoint = service["environment"]["AWS_ENDPOINT_URL"].as_str();
        let own = |endpoint: &str| inside.iter().any(|port| endpoint == format!("http://127.0.0.1:{port}"));
        if let Some(endpoint) = endpoint.filter(|endpoint| !own(endpoint)) {
            wrong.push(format!("functions of {name} look for it at {endpoint}, where it does not listen"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compose(image: &str, port: &str, endpoint: &str) -> Value {
        let environment = json!({ "AWS_ENDPOINT_URL": endpoint });
        json!({ "services": { "one": { "image": image, "ports": [port], "environment": environment } } })
    }

    #[test]
    fn what_is_wrong_with_a_compose_file_is_said() {
        let (image, port, own) = ("a/b:1.2", "127.0.0.1:4566:4566", "http://127.0.0.1:4566");
        assert_eq!(wrong(&compose(image, port, own), "a/b", Some("1.2")), [""; 0]);
        for (file, words) in [
            (json!({}), "0 services"),
            (json!({ "services": { "one": { "ports": [port] } } }), "no image"),
            (compose("a/b:latest", port, own), "not a version"),
            (compose("c/d:1.2", port, own), "not a version"),
            (compose("a/b:1.3", port, own), "the tests use 1.2"),
            (compose(image, "4566:4566", own), "not on this machine only"),
            (compose(image, port, "http://127.0.0.1:4567"), "where it does not listen"),
        ] {
            let wrong = wrong(&file, "a/b", Some("1.2")).join("; ");
            assert!(wrong.contains(words), "{words}: {wrong}");
        }
    }

    #[test]
    fn versions_are_read_from_requirements() {
        let version = version_of(&root().join("localstack"), "ministack").expect("it is pinned");
        assert!(version.split('.').count() >= 2, "{version}");
    }
}
