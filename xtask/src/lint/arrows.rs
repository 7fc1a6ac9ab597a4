//! Dependencies between our packages point inwards, and each foreign system is known to one adapter only.

use std::path::Path;

use crate::workspace::{Metadata, Package};

/// Where a package stands. A package may use those that stand further in.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Ring {
    /// The domain.
    Core,
    /// Readers and writers of files, and how we log: they know the domain only.
    Formats,
    /// Use cases and ports.
    App,
    /// Adapters, and the web interface: they do not know each other.
    Adapters,
    /// What is put together and started.
    Started,
    /// What checks the rest. Nobody uses these.
    Outside,
}

/// What only one of our packages, and what checks it from outside, may use; told by the start of the name.
const RESERVED: [(&str, &str); 3] = [
    ("rusqlite", "portdelta-embedded"),
    ("libsqlite3-sys", "portdelta-embedded"),
    // The SDKs, their configuration, and what they are made of. The events that Lambda hands over are `aws_lambda_events`.
    ("aws-", "portdelta-aws"),
];

/// What somebody else may use of what is reserved: the agent signs its few requests itself, without an SDK.
const LENT: [(&str, &str); 2] =
    [("aws-sigv4", "portdelta-agent"), ("aws-credential-types", "portdelta-agent")];

const TESTKIT: &str = "portdelta-testkit";

/// What is wrong, a sentence each.
pub fn violations(metadata: &Metadata) -> Vec<String> {
    let ring_of = |name: &str| {
        let package = metadata.packages.iter().find(|package| package.name == name)?;
        ring(package, &metadata.workspace_root)
    };
    let mut violations = Vec::new();
    for package in &metadata.packages {
        let Some(own) = ring(package, &metadata.workspace_root) else {
            violations.push(format!("{} is in a folder that has no place among the rings", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let (from, to) = (package.name.as_str(), dependency.name.as_str());
            for (prefix, owner) in RESERVED {
                let lent = LENT.contains(&(to, from));
                if to.starts_with(prefix) && from != owner && own != Ring::Outside && !lent {
                    violations.push(format!("{from} depends on {to}, which only {owner} may"));
                }
            }
            // Tests may use whatever is there.
            if dependency.kind.as_deref() == Some("dev") {
                continue;
            }
            if to == TESTKIT && own != Ring::Outside {
                violations.push(format!("{from} depends on {to} outside of tests"));
                continue;
            }
            if let Some(other) = ring_of(to)
                && !may_use(own, other)
            {
                violations.push(format!("{from} depends on {to}, which does not stand further in"));
            }
        }
    }
    violations
}

fn may_use(own: Ring, other: Ring) -> bool {
    match own {
        // The command line contains the agent; tests and benches share code.
        Ring::Started | Ring::Outside => other <= own,
        _ => other < own,
    }
}

fn ring(package: &Package, root: &Path) -> Option<Ring> {
    let folder = package.manifest_path.parent()?.strip_prefix(root).ok()?;
    let mut parts = folder.iter().filter_map(|part| part.to_str());
    match (parts.next()?, parts.next()) {
        ("shared", Some("core")) => Some(Ring::Core),
        ("shared", Some("formats" | "protocol" | "telemetry")) => Some(Ring::Formats),
        ("shared", Some("app")) => Some(Ring::App),
        (
            "shared",
            Some("api" | "aws" | "channels" | "dashboard" | "embedded" | "oidc" | "system" | "testkit"),
        ) => Some(Ring::Adapters),
        ("functions" | "apps", Some(_)) => Some(Ring::Started),
        ("tests" | "benches" | "xtask" | "fuzz", _) => Some(Ring::Outside),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::workspace::Dependency;

    /// Packages by folder and name, and what they depend on: `dev:name` for tests only.
    fn found(packages: &[(&str, &str, &[&str])]) -> Vec<String> {
        let packages = packages
            .iter()
            .map(|(folder, name, dependencies)| Package {
                name: (*name).to_owned(),
                manifest_path: PathBuf::from(format!("/project/{folder}/Cargo.toml")),
                dependencies: dependencies
                    .iter()
                    .map(|text| match text.strip_prefix("dev:") {
                        Some(name) => Dependency { name: name.to_owned(), kind: Some("dev".to_owned()) },
                        None => Dependency { name: (*text).to_owned(), kind: None },
                    })
                    .collect(),
            })
            .collect();
        let root = PathBuf::from("/project");
        violations(&Metadata { packages, target_directory: root.join("target"), workspace_root: root })
    }

    const CORE: (&str, &str, &[&str]) = ("shared/core", "portdelta-core", &["serde"]);
    const APP: (&str, &str, &[&str]) = ("shared/app", "portdelta-app", &["portdelta-core"]);
    const TESTKIT_PACKAGE: (&str, &str, &[&str]) =
        ("shared/testkit", "portdelta-testkit", &["portdelta-app"]);

    #[test]
    fn inwards_is_right() {
        let packages = [
            ("shared/core", "portdelta-core", &["serde", "dev:portdelta-testkit"][..]),
            ("shared/formats", "portdelta-formats", &["portdelta-core"]),
            APP,
            TESTKIT_PACKAGE,
            ("shared/embedded", "portdelta-embedded", &["portdelta-app", "rusqlite", "rusqlite_migration"]),
            ("shared/aws", "portdelta-aws", &["portdelta-app", "aws-sdk-s3", "aws-config"]),
            ("apps/agent", "portdelta-agent", &["portdelta-formats"]),
            ("apps/portdelta", "portdelta", &["portdelta-embedded", "portdelta-agent", "portdelta-core"]),
            ("tests", "portdelta-tests", &["portdelta-testkit", "portdelta", "dev:rusqlite"]),
        ];
        assert_eq!(found(&packages), Vec::<String>::new());
    }

    #[test]
    fn outwards_is_wrong() {
        let core = ("shared/core", "portdelta-core", &["portdelta-app"][..]);
        assert_eq!(
            found(&[core, APP]),
            ["portdelta-core depends on portdelta-app, which does not stand further in"]
        );
    }

    #[test]
    fn adapters_do_not_know_each_other() {
        let packages = [
            ("shared/embedded", "portdelta-embedded", &[][..]),
            ("shared/api", "portdelta-api", &["portdelta-embedded"]),
        ];
        assert_eq!(found(&packages).len(), 1);
    }

    #[test]
    fn only_one_adapter_knows_each_system() {
        let app = ("shared/app", "portdelta-app", &["rusqlite", "dev:aws-sdk-s3"][..]);
        assert_eq!(
            found(&[app]),
            [
                "portdelta-app depends on rusqlite, which only portdelta-embedded may",
                "portdelta-app depends on aws-sdk-s3, which only portdelta-aws may",
            ]
        );
    }

    #[test]
    fn functions_reach_aws_by_its_adapter_only() {
        let packages = [
            APP,
            ("shared/aws", "portdelta-aws", &["portdelta-app", "aws-sdk-s3", "aws-smithy-types"][..]),
            ("functions/api", "portdelta-function-api", &["portdelta-aws", "aws_lambda_events"]),
            ("functions/ingest", "portdelta-function-ingest", &["portdelta-aws", "aws-sdk-s3"]),
            ("apps/agent", "portdelta-agent", &["portdelta-aws", "dev:aws-types"]),
        ];
        assert_eq!(
            found(&packages),
            [
                "portdelta-function-ingest depends on aws-sdk-s3, which only portdelta-aws may",
                "portdelta-agent depends on aws-types, which only portdelta-aws may",
            ]
        );
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        let cli = ("apps/portdelta", "portdelta", &["portdelta-testkit"][..]);
        assert_eq!(
            found(&[CORE, APP, TESTKIT_PACKAGE, cli]),
            ["portdelta depends on portdelta-testkit outside of tests"]
        );
    }

    #[test]
    fn a_new_room_needs_a_place() {
        assert_eq!(found(&[("shared/attic", "portdelta-attic", &[])]).len(), 1);
    }
}
