//! A task that was read, checked, and may be run.
//!
//! What comes from a server is read as if anybody had sent it: with the agent's own parsers, into types that hold
//! nothing but addresses, ports, and options of the allow-list.

use portdelta_core::AddressSet;
use portdelta_core::escape::escape;
use portdelta_core::ids::RunId;
use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets;
use portdelta_protocol::agent::task_key;
use serde::Deserialize;
use serde_json::Value;

use crate::limits::{Forbidden, Limits};
use crate::nmap::Nmap;

/// The longest list of targets; a task has a few.
const MAX_TARGETS: usize = 10_000;

/// The most addresses of one task; servers cut tasks of 256.
const MAX_ADDRESSES: u128 = 1 << 16;

/// Which task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskName {
    /// Its run.
    pub run: RunId,
    /// Its number in the run.
    pub number: u32,
}

impl std::fmt::Display for TaskName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.run, task_key(self.number))
    }
}

/// What to scan, as nmap is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Addresses of one family.
    pub targets: AddressSet,
    /// Ports; none where hosts only are looked for.
    pub ports: Option<PortSpec>,
    /// Options as the server gave them.
    pub options: NmapOptions,
    /// When the result must be there, by the server's clock.
    pub deadline: i64,
    /// The scan, for people; not to be trusted.
    pub scan: String,
}

#[derive(Deserialize)]
struct RawName {
    run: String,
    number: u32,
}

#[derive(Deserialize)]
struct RawTask {
    #[serde(default)]
    scan: String,
    targets: Vec<String>,
    ports: String,
    options: String,
    deadline: i64,
}

/// Which task it is; none if it does not even say so.
#[must_use]
pub fn name_of(task: &Value) -> Option<TaskName> {
    let raw = RawName::deserialize(task).ok()?;
    let run: RunId = raw.run.parse().ok()?;
    // It stands in paths.
    (!matches!(run.as_str(), "." | "..")).then_some(TaskName { run, number: raw.number })
}

impl Order {
    /// Reads a task.
    pub fn parse(task: &Value) -> Result<Self, Forbidden> {
        let invalid = |message: String| Forbidden::new("invalid_task", message);
        let raw = RawTask::deserialize(task)
            .map_err(|error| invalid(format!("the task is not understood: {error}")))?;
        if raw.targets.len() > MAX_TARGETS {
            return Err(invalid(format!("the task has more than {MAX_TARGETS} targets")));
        }
        // One by one: what holds a comma or a space is more than a target.
        let targets: AddressSet = raw
            .targets
            .iter()
            .map(|text| {
                if text.contains([',', ' ', '\t', '\n', '\r']) {
                    Err(invalid(format!("the target `{}` is not one", escape(text))))
                } else {
                    targets::parse(text).map_err(|mistake| invalid(format!("the task's {mistake}")))
                }
            })
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .flat_map(|set| set.ranges().iter().copied())
            .collect();
        let (Some(first), Some(last)) = (targets.ranges().first(), targets.ranges().last()) else {
            return Err(invalid("the task has no targets".to_owned()));
        };
        if first.first().is_ipv4() != last.last().is_ipv4() {
            return Err(invalid("the task has targets of IPv4 and of IPv6".to_owned()));
        }
        if targets.count() > MAX_ADDRESSES {
            return Err(invalid(format!("the task has more than {MAX_ADDRESSES} addresses")));
        }
        let options: NmapOptions = raw.options.parse().map_err(|mistake| {
            Forbidden::new("option_not_allowed", format!("this agent's own list: {mistake}"))
        })?;
        let ports = if options.discovery_only {
            None
        } else {
            Some(raw.ports.parse().map_err(|mistake| invalid(format!("the task's {mistake}")))?)
        };
        Ok(Self { targets, ports, options, deadline: raw.deadline, scan: raw.scan })
    }

    /// The options that nmap gets, if the owner's limits and the rights of this process allow the task.
    pub async fn check(
        &self,
        limits: &Limits,
        nmap: &Nmap,
        concurrency: u32,
    ) -> Result<NmapOptions, Forbidden> {
        limits.check_targets(&self.targets)?;
        if let Some(ports) = &self.ports
            && limits.restricts_ports()
        {
            match ports {
                PortSpec::Top(count) => limits.check_ports(&nmap.top_ports(*count).await?)?,
                PortSpec::Set(set) => limits.check_ports(set)?,
            }
        }
        let protocols = self.ports.as_ref().map(PortSpec::protocols).unwrap_or_default();
        let mut options = self.options.for_ports(&protocols);
        options.check().map_err(|conflict| Forbidden::new("invalid_task", conflict.to_string()))?;
        if !nmap.is_privileged() || !limits.privileged() {
            options =
                options.unprivileged().map_err(|needs| Forbidden::new("needs_root", needs.to_string()))?;
        }
        limits.check_options(&options)?;
        limits.keep_pace(&mut options, concurrency)?;
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(targets: &Value, ports: &str, options: &str) -> Value {
        json!({
            "run": "20260101t000000-0123456789ab", "number": 3, "site": "local", "scan": "nightly",
            "targets": targets, "ports": ports, "options": options, "deadline": 4_000_000_000_i64,
            "worst_case_seconds": 60,
        })
    }

    #[test]
    fn a_task_is_read() {
        let task = task(&json!(["192.0.2.0/25", "192.0.2.200"]), "22,U:53", "-T4 -n");
        assert_eq!(name_of(&task).expect("a name").to_string(), "20260101t000000-0123456789ab/00003");
        let order = Order::parse(&task).expect("nothing is wrong");
        assert_eq!((order.targets.count(), order.options.to_string().as_str()), (129, "-n -T4"));
        let sent: portdelta_protocol::agent::Task =
            serde_json::from_value(task).expect("it is the protocol's");
        assert_eq!(sent.key(), "00003");
    }

    #[test]
    fn what_is_smuggled_is_refused() {
        let one = json!(["192.0.2.1"]);
        for (targets, ports, options, code) in [
            (json!(["-oN/etc/passwd"]), "22", "", "invalid_task"),
            (json!(["192.0.2.1 -oN /tmp/x"]), "22", "", "invalid_task"),
            (json!(["192.0.2.1,-iL"]), "22", "", "invalid_task"),
            (json!(["192.0.2.1\n--script=/tmp/evil.nse"]), "22", "", "invalid_task"),
            (json!(["web.example"]), "22", "", "invalid_task"),
            (json!(["/etc/passwd"]), "22", "", "invalid_task"),
            (json!(["192.0.2.1", "::1"]), "22", "", "invalid_task"),
            (json!(["10.0.0.0/8"]), "22", "", "invalid_task"),
            (json!([]), "22", "", "invalid_task"),
            (json!("192.0.2.1"), "22", "", "invalid_task"),
            (one.clone(), "", "", "invalid_task"),
            (one.clone(), "22 -oN /tmp/x", "", "invalid_task"),
            (one.clone(), "ssh", "", "invalid_task"),
            (one.clone(), "22", "-oN /tmp/x", "option_not_allowed"),
            (one.clone(), "22", "-iL /etc/passwd", "option_not_allowed"),
            (one.clone(), "22", "--script /tmp/evil.nse", "option_not_allowed"),
            (one.clone(), "22", "--script ../evil", "option_not_allowed"),
            (one.clone(), "22", "--datadir /tmp", "option_not_allowed"),
            (one.clone(), "22", "--script-args-file /tmp/x", "option_not_allowed"),
            (one.clone(), "22", "198.51.100.1", "option_not_allowed"),
            (one.clone(), "22", "-sI 198.51.100.1", "option_not_allowed"),
            (one.clone(), "22", "-p 1-65535", "option_not_allowed"),
            (one.clone(), "22", "-T4; id", "option_not_allowed"),
        ] {
            let refused = Order::parse(&task(&targets, ports, options)).expect_err("it is smuggled");
            assert_eq!(refused.code, code, "{targets} {ports:?} {options:?}: {refused}");
        }
    }

    #[test]
    fn names_stay_in_their_folder() {
        for run in ["..", ".", "../x", "a/b", "", "A", "a b"] {
            assert_eq!(name_of(&json!({"run": run, "number": 1})), None, "{run}");
        }
        assert_eq!(name_of(&json!({"run": "r", "number": -1})), None);
        assert_eq!(name_of(&json!({"run": "r"})), None);
        assert_eq!(name_of(&json!([])), None);
    }
}
