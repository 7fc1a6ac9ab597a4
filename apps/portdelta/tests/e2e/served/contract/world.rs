//! A server with something of everything: for each operation what it may be asked for, so that it does well once.

use std::collections::BTreeMap;
use std::time::Duration;

use portdelta_app::ports::Clock;
use portdelta_protocol::agent::{AgentFacts, AskAccess};
use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_protocol::signature::{PrivateKey, access_message};
use portdelta_system::SystemClock;
use portdelta_testkit::wait_for;
use reqwest::blocking::Client;
use reqwest::header::{CONTENT_TYPE, ETAG};
use serde_json::{Value, json};

use crate::support::Server;

const PASSWORD: &str = "plough-saddle-orbit-quince";

/// How long a run may take to be dispatched on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What an operation is asked with.
#[derive(Default)]
pub struct Example {
    /// What stands in its path, where that is not what stands in all others, and in its query.
    pub places: BTreeMap<String, String>,
    pub body: Value,
    pub if_match: Option<String>,
}

/// A server, and what is there.
pub struct World {
    pub server: Server,
    client: Client,
    /// What stands in the places of paths.
    pub places: BTreeMap<&'static str, String>,
    /// By the ids of operations.
    pub examples: BTreeMap<&'static str, Example>,
    /// The token of an agent.
    pub agent_token: String,
}

/// An agent as it talks to the server.
struct Agent {
    id: String,
    key: PrivateKey,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

impl World {
    pub fn new() -> Self {
        let server = Server::with(&["--plain-http"], &[]);
        // Which cryptography is the program's decision; this is one of its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().expect("a client");
        let (places, examples) = (BTreeMap::new(), BTreeMap::new());
        let mut world = Self { server, client, places, examples, agent_token: String::new() };
        world.find_things();
        world.make_people();
        world.make_what_is_edited();
        world.make_agents();
        world
    }

    /// Asks as an administrator; must succeed. Gives the body, and the version.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (Value, Option<String>) {
        self.ask_as(&self.server.token(), method, path, body)
    }

    fn ask_as(&self, token: &str, method: &str, path: &str, body: &Value) -> (Value, Option<String>) {
        let url = format!("{}/api/v1{path}", self.server.url());
        let request = self.client.request(method.parse().expect("a method"), url).bearer_auth(token);
        let request = match body {
            Value::Null => request,
            Value::String(plain) => {
                request.header(CONTENT_TYPE, "application/octet-stream").body(plain.clone())
            }
            json => request.header(CONTENT_TYPE, "application/json").body(json.to_string()),
        };
        let answer = request.send().expect("an answer");
        let tag = answer.headers().get(ETAG).map(|tag| tag.to_str().expect("text").to_owned());
        let status = answer.status();
        let text = answer.text().expect("a body");
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        (serde_json::from_str(&text).unwrap_or(Value::String(text)), tag)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", path, body).0
    }

    /// Its id.
    fn make(&self, path: &str, body: &Value) -> String {
        text(&self.post(path, body)["id"])
    }

    fn body(&mut self, operation: &'static str, body: Value) {
        self.examples.entry(operation).or_default().body = body;
    }

    fn place(&mut self, operation: &'static str, name: &str, id: &str) {
        let example = self.examples.entry(operation).or_default();
        example.places.insert(format!("path.{name}"), id.to_owned());
    }

    fn query(&mut self, operation: &'static str, name: &str, value: &str) {
        let example = self.examples.entry(operation).or_default();
        example.places.insert(format!("query.{name}"), value.to_owned());
    }

    /// An edit of what is at a path now.
    fn edit(&mut self, operation: &'static str, path: &str, body: Value) {
        let (_, tag) = self.ask("GET", path, &Value::Null);
        let example = self.examples.entry(operation).or_default();
        (example.body, example.if_match) = (body, Some(tag.expect("a version")));
    }

    /// Sites, networks, hosts and what was found of them.
    fn find_things(&mut self) {
        self.make("/sites", &json!({"id": "office"}));
        self.post("/networks", &json!({"name": "Office", "prefixes": "192.0.2.0/24"}));
        let mut imported = Value::Null;
        for (hour, other) in [("03", 80), ("04", 3_389)] {
            let lines = format!("192.0.2.1,22,tcp\n192.0.2.1,{other},tcp\n192.0.2.2,{other},tcp\n");
            let query = format!("targets=192.0.2.0/28&ports=22,80,3389&time=2026-01-01T{hour}:00:00Z");
            imported = self.post(&format!("/sites/office/imports?{query}"), &json!(lines));
        }
        // What is accepted below is of another address: its alert ends.
        let alert = wait_for("an alert", PATIENCE, || {
            let alerts = self.ask("GET", "/alerts?address=192.0.2.2", &Value::Null).0;
            alerts["items"][0]["id"].as_str().map(str::to_owned)
        });
        let deltas = self.ask("GET", "/sites/office/deltas", &Value::Null).0;
        let delta = deltas["items"]
            .as_array()
            .expect("items")
            .iter()
            .find(|delta| delta["port"] == 3_389 && delta["address"] == "192.0.2.1");
        let delta = delta.unwrap_or_else(|| panic!("{deltas}"));
        let accepted = json!({"site": "office", "address": "192.0.2.1", "id": delta["id"]});
        self.body("accept_deltas", json!({"deltas": [accepted], "reason": "x"}));
        self.body("act_on_alert", json!({"action": "acknowledge"}));
        self.body("act_on_alerts", json!({"action": "acknowledge", "alerts": [alert]}));
        self.query("search", "q", "192.0.2.1");
        self.query("hosts", "network", "Office");
        self.query("expected_of_port", "port", "22");
        self.body("import", json!("192.0.2.1,22,tcp\n"));
        self.places.extend([
            ("site", "office".to_owned()),
            ("network", "Office".to_owned()),
            ("address", "192.0.2.1".to_owned()),
            ("run", text(&imported["run"])),
            ("result", text(&imported["result"])),
            ("alert", alert),
            ("queue", "work-ingest".to_owned()),
            ("move", "0198c0de-0000-7000-8000-0000000000aa".to_owned()),
            ("frame", "0".to_owned()),
        ]);
    }

    fn make_people(&mut self) {
        let person = |name: &str| json!({"name": name, "role": "viewer", "password": PASSWORD});
        let user = |world: &Self, name: &str| text(&world.post("/users", &person(name))["user"]["id"]);
        let (anna, edited, invited, gone) =
            (user(self, "anna"), user(self, "edited"), user(self, "invited"), user(self, "gone"));
        self.edit("edit_user", &format!("/users/{edited}"), json!({"name": "edith", "role": "operator"}));
        self.places.insert("user", anna);
        for (operation, id) in [("edit_user", edited), ("invite_user", invited), ("delete_user", gone)] {
            self.place(operation, "user", &id);
        }
        let invited = self.post("/users", &json!({"name": "bert", "role": "viewer"}));
        self.body("accept_invitation", json!({"invitation": invited["invitation"], "password": PASSWORD}));
        let settings = json!({"self_registration": true});
        let (_, tag) = self.ask("GET", "/settings/people", &Value::Null);
        self.put("/settings/people", &settings, tag);
        self.edit("set_people_settings", "/settings/people", settings);
        self.body("register", json!({"name": "carl", "password": PASSWORD}));
        self.body("sign_in", json!({"name": "anna", "password": PASSWORD}));
        self.body("create_user", json!({"name": "dora", "role": "viewer"}));
        self.body("create_token", json!({"name": "t", "role": "viewer"}));
        let token = self.make("/tokens", &json!({"name": "gone", "role": "viewer"}));
        self.places.insert("token", token);
    }

    fn put(&self, path: &str, body: &Value, tag: Option<String>) {
        let url = format!("{}/api/v1{path}", self.server.url());
        let request = self.client.put(url).bearer_auth(self.server.token());
        let request = request.header("if-match", tag.expect("a version"));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let status = request.send().expect("an answer").status();
        assert!(status.is_success(), "PUT {path}: {status}");
    }

    /// For each kind of thing one that stays, one that is edited and one that is removed.
    fn make_what_is_edited(&mut self) {
        let network = |name: &str| json!({"name": name, "prefixes": "198.51.100.0/24"});
        let channel =
            json!({"name": "team", "settings": {"type": "slack", "url": "https://hooks.invalid/secret"}});
        let expected = json!({"site": "office", "targets": "192.0.2.9", "ports": "22", "state": "closed",
            "reason": "x"});
        let scan =
            |name: &str| json!({"name": name, "targets": "127.0.0.1", "ports": "22", "sites": ["office"]});
        self.make("/sites", &json!({"id": "gone"}));
        self.post("/networks", &network("Gone"));
        self.place("deactivate_site", "site", "gone");
        self.place("delete_network", "network", "Gone");
        self.edit("edit_site", "/sites/office", json!({"name": "Office"}));
        self.edit("edit_network", "/networks/Office", json!({"prefixes": "192.0.2.0/24", "owner": "x"}));
        for (list, draft, place, edit, remove) in [
            ("/scans", scan("a"), "scan", "edit_scan", "deactivate_scan"),
            ("/channels", channel.clone(), "channel", "edit_channel", "delete_channel"),
            ("/expectations", expected.clone(), "expectation", "edit_expectation", "delete_expectation"),
        ] {
            let [stays, edited, gone] = ["s", "e", "g"].map(|name| {
                let mut draft = draft.clone();
                if draft.get("name").is_some() {
                    draft["name"] = json!(name);
                }
                self.make(list, &draft)
            });
            self.edit(edit, &format!("{list}/{edited}"), draft.clone());
            self.place(edit, place, &edited);
            self.place(remove, place, &gone);
            self.places.insert(place, stays);
        }
        let put_away = self.make("/scans", &scan("cancelled"));
        let started = self.post(&format!("/scans/{put_away}/runs"), &json!({}));
        self.place("cancel_run", "run", &text(&started["runs"][0]["id"]));
        // The same again: an alert of what is not watched any more is none.
        let watched = self.ask("GET", "/watched-ports", &Value::Null).0;
        self.edit("set_watched_ports", "/watched-ports", watched);
        self.edit("set_retention", "/retention", json!({}));
        self.edit("set_host_note", "/sites/office/hosts/192.0.2.1/note", json!({"owner": "x"}));
        // Of an address where nothing is.
        let nothing = json!({"site": "office", "targets": "192.0.2.99"});
        let clean_up = self.make("/clean-up", &nothing);
        self.places.insert("clean_up", clean_up);
        self.body("clean_up", nothing.clone());
        self.body("preview_clean_up", nothing);
        let file = json!({"version": 1, "expectations": []});
        for operation in ["apply_expectation_file", "preview_expectation_file"] {
            self.body(operation, file.clone());
            self.query(operation, "prune", "false");
        }
        for (operation, body) in [
            ("create_site", json!({"id": "branch"})),
            ("create_network", network("Branch")),
            ("create_channel", channel),
            ("create_expectation", expected),
            ("create_scan", scan("b")),
            ("preview_scan", scan("c")),
            ("clone_scan", json!({"name": "d"})),
            ("start_runs", json!({})),
            ("preview_retention", json!({})),
            ("preview_schedule", json!({"schedule": {"expression": "rate(6 hours)"}, "count": 2})),
            ("create_enrolment", json!({"site": "office"})),
        ] {
            self.body(operation, body);
        }
    }

    fn make_agents(&mut self) {
        let [worker, moved, revoked] = [1, 2, 3].map(|number| self.agent(number));
        for id in [&worker.id, &moved.id] {
            self.post(&format!("/agents/{id}/approve"), &Value::Null);
        }
        let lent = self.post("/agent/access", &worker.access(1, &self.server.url()));
        self.agent_token = text(&lent["lent"]["token"]);
        self.body("access", worker.access(2, &self.server.url()));
        self.body("enrol", self.enrolment(4));
        self.body("move_agent", json!({"site": "office"}));
        self.place("move_agent", "agent", &moved.id);
        self.place("revoke_agent", "agent", &revoked.id);
        self.places.insert("agent", worker.id);
        let enrolment = self.make("/enrolments", &json!({"site": "office"}));
        self.places.insert("enrolment", enrolment);
        // Two tasks of two runs, received.
        let mut tasks = Vec::new();
        for name in ["extended", "released"] {
            let draft = json!({"name": name, "targets": "127.0.0.1", "ports": "22", "sites": ["office"]});
            let scan = self.make("/scans", &draft);
            self.post(&format!("/scans/{scan}/runs"), &json!({}));
        }
        wait_for("two tasks", PATIENCE, || {
            let ask = json!({"max": 10, "wait_seconds": 1});
            let (received, _) = self.ask_as(&self.agent_token, "POST", "/agent/tasks/receive", &ask);
            tasks.extend(received["tasks"].as_array().expect("tasks").clone());
            (tasks.len() >= 2).then_some(())
        });
        let [extended, released] = [0, 1].map(|index| tasks[index].clone());
        let of = |task: &Value| json!({"run": task["task"]["run"], "task": 0});
        self.body("receive_tasks", json!({"max": 10, "wait_seconds": 0}));
        self.body("extend_task", json!({"receipt": extended["receipt"], "seconds": 600}));
        self.body("release_task", json!({"receipt": released["receipt"], "delay_seconds": 900}));
        self.body("acknowledge_task", json!({"receipt": "gone"}));
        self.body("begin_task", of(&extended));
        let mut refused = of(&released);
        (refused["code"], refused["message"]) = (json!("limits"), json!("not here"));
        self.body("refuse_task", refused);
        let idle = json!({"at": 0, "tasks": [], "spooled": {"results": 0, "bytes": 0},
            "load": {"cpu_percent": 1, "memory_used": 1, "memory_total": 2}});
        self.body("status", idle);
    }

    /// What lets an agent in.
    fn enrolment(&self, number: u8) -> Value {
        let made = self.post("/enrolments", &json!({"site": "office"}));
        let token: EnrolmentToken = text(&made["token"]).parse().expect("a token");
        let key = PrivateKey::from_bytes(&[number; 32]);
        json!({"secret": token.secret, "name": format!("agent-{number}"), "public_key": key.public(),
            "protocol": 1, "facts": AgentFacts::default()})
    }

    /// One that enrolled.
    fn agent(&self, number: u8) -> Agent {
        let enrolled = self.post("/agent/enrol", &self.enrolment(number));
        Agent { id: text(&enrolled["agent"]), key: PrivateKey::from_bytes(&[number; 32]) }
    }
}

impl Agent {
    fn access(&self, nonce: u32, server: &str) -> Value {
        let (at, nonce) = (SystemClock.now().seconds(), format!("{nonce:032x}"));
        let signature = self.key.sign(&access_message(&self.id, at, &nonce, server));
        let (agent, facts) = (self.id.clone(), AgentFacts::default());
        let ask = AskAccess { agent, at, nonce, signature, protocol: 1, facts };
        serde_json::to_value(&ask).expect("JSON")
    }
}
