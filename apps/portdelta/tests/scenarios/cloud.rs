//! The runtime on AWS: a stack of template.yaml on an emulator that `cargo xtask cloud test` started.

use std::collections::BTreeMap;
use std::process::Command;

use portdelta_protocol::agent::CloudAccess;
use serde_json::Value;

use crate::api::Api;
use crate::runtime::Runtime;

/// Where the emulator is. It asks policies: each function gets no further than its own role lets it.
const ENDPOINT: &str = "PORTDELTA_TEST_STACKS";
/// The template, packaged: its functions lie in the emulator's S3.
const TEMPLATE: &str = "PORTDELTA_TEST_TEMPLATE";
/// A Python that has Amazon's library.
const PYTHON: &str = "PORTDELTA_TEST_PYTHON";

/// A stack of its own.
pub struct Cloud {
    api: Api,
    stack: Stack,
    made: Value,
}

impl Cloud {
    /// Deploys a new one; `None`, with a message, where there is no emulator.
    pub fn start() -> Option<Self> {
        let Some(tools) = Tools::found() else {
            eprintln!("skipped: no emulator of AWS; `cargo xtask cloud test` starts one");
            return None;
        };
        // As short as people's names: queues have few characters.
        let name = format!("t{}-{}", std::process::id(), fastrand::u16(..));
        let made = tools.run(&["create", &name, &tools.template]);
        let text = |key: &str| made[key].as_str().unwrap_or_else(|| panic!("no {key} in {made}")).to_owned();
        let api = Api::new(&text("url"), &text("token"));
        Some(Self { api, stack: Stack { name, tools }, made })
    }

    fn made(&self, name: &str) -> &str {
        self.made[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.made))
    }

    /// Lets a queue have what is critical on the topic of the stack, and another one what is on its bus; `url` is asked
    /// whether it wants the topic's messages too.
    pub fn subscribe(&self, url: &str) -> Subscribed<'_> {
        let (topic, bus) = (self.made("topic"), self.made("bus"));
        let made = self.stack.tools.run(&["subscribe", topic, bus, url]);
        let queue = |name: &str| made[name].as_str().expect("a queue has an address").to_owned();
        Subscribed { tools: &self.stack.tools, topic, critical: queue("topic"), events: queue("bus") }
    }
}

/// What comes late, twice, and in another order: all that only tests do to a stack.
impl Cloud {
    /// Puts messages into the work queue of a kind, such as `dispatch`.
    pub fn send(&self, kind: &str, messages: &[Value]) {
        let bodies: Vec<String> = messages.iter().map(Value::to_string).collect();
        let mut arguments = vec!["send", &self.stack.name, kind];
        arguments.extend(bodies.iter().map(String::as_str));
        self.stack.tools.run(&arguments);
    }

    /// The keys of the delta batches that were committed: partition and sort key.
    pub fn batches(&self) -> Vec<(String, String)> {
        let found = self.stack.tools.run(&["batches", &self.stack.name]);
        serde_json::from_value(found).expect("pairs of keys")
    }

    /// Uploads once more what agents uploaded, newest first; the keys, in this order.
    pub fn upload_again(&self) -> Vec<String> {
        let keys = self.stack.tools.run(&["upload", &self.stack.name]);
        serde_json::from_value(keys).expect("a list of keys")
    }

    /// Tries everything of the stack with what an agent was lent; `other` is the queue of another site. What came of it, by
    /// what was tried: `done`, `refused`, or another failure's code.
    pub fn try_as_agent(&self, lent: &CloudAccess, other: &str) -> BTreeMap<String, String> {
        let lent = serde_json::to_string(lent).expect("it is JSON");
        let tried = self.stack.tools.run(&["agent", &self.stack.name, &lent, other]);
        serde_json::from_value(tried).expect("texts")
    }

    /// Whether the functions have nothing to do: no message, no upload.
    pub fn is_idle(&self) -> bool {
        self.stack.tools.run(&["busy", &self.stack.name]) == 0
    }

    /// Lets a queue have what people get by e-mail.
    pub fn listen_for_mail(&self) {
        self.stack.tools.run(&["mailbox", &self.stack.name]);
    }

    /// What came there since the last time: `subject`, `text`, `attributes`.
    pub fn mails(&self) -> Vec<Value> {
        let mails = self.stack.tools.run(&["mail", &self.stack.name]);
        mails.as_array().expect("a list").clone()
    }
}

impl Runtime for Cloud {
    fn api(&self) -> &Api {
        &self.api
    }

    fn log(&self) -> String {
        let lines = self.stack.tools.run(&["logs", &self.stack.name]);
        let lines: Vec<String> = serde_json::from_value(lines).expect("lines");
        lines.join("\n")
    }

    fn assert_nothing_failed(&self) {
        let dead = self.stack.tools.run(&["dead", &self.stack.name]);
        assert_eq!(dead, serde_json::json!({}), "dead letters and failed events");
    }
}

/// Queues that listen to a stack.
pub struct Subscribed<'a> {
    tools: &'a Tools,
    topic: &'a str,
    critical: String,
    events: String,
}

impl Subscribed<'_> {
    /// Answers the question that an address was asked.
    pub fn confirm(&self, token: &str) {
        self.tools.run(&["confirm", self.topic, token]);
    }

    /// What came from the topic since the last time: envelopes of SNS.
    pub fn critical(&self) -> Vec<Value> {
        self.messages(&self.critical)
    }

    /// What came from the bus since the last time: events.
    pub fn events(&self) -> Vec<Value> {
        self.messages(&self.events)
    }

    fn messages(&self, queue: &str) -> Vec<Value> {
        let bodies = self.tools.run(&["messages", queue]);
        let bodies = bodies.as_array().expect("a list").iter();
        bodies.map(|body| serde_json::from_str(body.as_str().expect("a text")).expect("JSON")).collect()
    }
}

/// Removed when the test ends.
struct Stack {
    name: String,
    tools: Tools,
}

impl Drop for Stack {
    fn drop(&mut self) {
        // A stack that stays harms nobody but the emulator, which ends soon.
        let _ = self.tools.command(&["delete", &self.name]).output();
    }
}

struct Tools {
    endpoint: String,
    template: String,
    python: String,
}

impl Tools {
    fn found() -> Option<Self> {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        Some(Self { endpoint: variable(ENDPOINT)?, template: variable(TEMPLATE)?, python: variable(PYTHON)? })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../localstack/stack.py");
        let mut command = Command::new(&self.python);
        command
            .env_clear()
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("ARCHITECTURE", if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" })
            .arg(script)
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().expect("Python starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("the script prints JSON")
    }
}
