//! A server's API as its scenarios ask it: an administrator's token, JSON both ways.

use std::time::Duration;

use portdelta_protocol::BASE_PATH;
use portdelta_protocol::admin::{
    Agent, Alert, CreatedEnrolment, Delta, NewEnrolment, NewSite, Page, Report, Run, Scan, ScanDraft, Site,
    StartRuns, StartedRun, StartedRuns,
};
use portdelta_protocol::problem::Problem;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use portdelta_testkit::wait_for;

use crate::runtime::PATIENCE;

/// How long a run of a scenario may take: seconds, or the shortest deadline and the sweep that sees it.
const RUN_ENDS: Duration = Duration::from_mins(4);

/// The API with an administrator's token.
#[derive(Clone)]
pub struct Api {
    client: Client,
    url: String,
    token: String,
}

/// A status and a problem, for whom a test fails.
#[derive(Debug)]
#[expect(dead_code, reason = "shown where a test fails")]
pub struct Refused(u16, Box<Problem>);

impl Api {
    pub fn new(url: &str, token: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The certificate is the server's own; that agents pin it is what other tests are about.
        let client = Client::builder().danger_accept_invalid_certs(true).no_proxy().timeout(PATIENCE);
        let client = client.build().expect("a client without any setting of the machine");
        Self { client, url: url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{BASE_PATH}{path}", self.url)).bearer_auth(&self.token)
    }

    /// Sends, and gives the answer or the problem.
    pub fn try_send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Refused> {
        let answer = request.send().expect("the server answers");
        let status = answer.status().as_u16();
        let text = answer.text().expect("answers are text");
        if status >= 400 {
            let problem = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{status} is no problem: {error} in {text:?}"));
            return Err(Refused(status, Box::new(problem)));
        }
        let text = if text.is_empty() { "null" } else { &text };
        Ok(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}")))
    }

    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        Self::try_send(self.request(Method::GET, path))
            .unwrap_or_else(|refused| panic!("GET {path}: {refused:?}"))
    }

    pub fn try_get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refused> {
        Self::try_send(self.request(Method::GET, path))
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The administrator's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    #[track_caller]
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        self.try_post(path, body).unwrap_or_else(|refused| panic!("POST {path}: {refused:?}"))
    }

    pub fn try_post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Refused> {
        Self::try_send(self.request(Method::POST, path).json(body))
    }

    /// All items of a list, page by page.
    #[track_caller]
    pub fn all<T: DeserializeOwned>(&self, path: &str) -> Vec<T> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let separator = if path.contains('?') { '&' } else { '?' };
            let more = cursor.as_ref().map(|cursor| format!("{separator}cursor={cursor}"));
            let request = self.request(Method::GET, &format!("{path}{}", more.unwrap_or_default()));
            let page: Page<T> =
                Self::try_send(request).unwrap_or_else(|refused| panic!("GET {path}: {refused:?}"));
            items.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return items;
            }
        }
    }

    pub fn add_site(&self, id: &str) {
        let site =
            NewSite { id: id.parse().expect("the test names a site"), name: None, notes: String::new() };
        let _: Site = self.post("/sites", &site);
    }

    /// A token for one agent of a site.
    pub fn enrolment(&self, site: &str) -> String {
        let site = site.parse().expect("the test names a site");
        let made: CreatedEnrolment = self.post("/enrolments", &NewEnrolment { site, expires_minutes: 10 });
        made.token
    }

    pub fn agent_named(&self, name: &str) -> Agent {
        let agents: Vec<Agent> = self.all("/agents?hidden=true");
        agents
            .into_iter()
            .find(|agent| agent.name == name)
            .unwrap_or_else(|| panic!("there is no agent {name}"))
    }

    pub fn approve(&self, id: &str) -> Agent {
        self.post(&format!("/agents/{id}/approve"), &())
    }

    pub fn add_scan(&self, draft: &ScanDraft) -> Scan {
        self.post("/scans", draft)
    }

    /// Changes a scan as somebody who has just looked at it.
    pub fn edit_scan(&self, scan: &Scan, draft: &ScanDraft) -> Scan {
        let path = format!("/scans/{}", scan.id);
        let looked = self.request(Method::GET, &path).send().expect("the server answers");
        let tag = looked.headers()["etag"].clone();
        Self::try_send(self.request(Method::PUT, &path).header("if-match", tag).json(draft))
            .unwrap_or_else(|refused| panic!("PUT {path}: {refused:?}"))
    }

    /// *Run now*: one run a site. Results are ordered by whole seconds: a run begins in a second of its own.
    pub fn start(&self, scan: &Scan, key: &str) -> StartedRuns {
        std::thread::sleep(Duration::from_millis(1_100));
        let path = format!("/scans/{}/runs", scan.id);
        let request = self.request(Method::POST, &path).header("idempotency-key", key);
        Self::try_send(request.json(&StartRuns::default()))
            .unwrap_or_else(|refused| panic!("POST {path}: {refused:?}"))
    }

    pub fn run(&self, id: &str) -> Run {
        self.get(&format!("/runs/{id}"))
    }

    /// Waits until a run is finished.
    #[track_caller]
    pub fn finished(&self, id: &str) -> Run {
        wait_for(&format!("run {id} to finish"), RUN_ENDS, || {
            let run = self.run(id);
            run.state.is_finished().then_some(run)
        })
    }

    /// *Run now* at the only site, to its end.
    #[track_caller]
    pub fn ran(&self, scan: &Scan, key: &str) -> Run {
        let started = self.start(scan, key);
        assert_eq!(started.runs.len(), 1, "{started:?}");
        self.finished(&id(&started.runs[0]))
    }

    /// The changes of a run, each as `kind address port/protocol`, first looks left out.
    pub fn changes(&self, run: &Run) -> Vec<String> {
        let deltas: Vec<Delta> = self.all(&format!("/runs/{}/deltas?first_looks=false", run.id));
        deltas.iter().map(short).collect()
    }

    pub fn report(&self, run: &Run) -> Report {
        self.get(&format!("/reports/{}", run.id))
    }

    pub fn alerts(&self) -> Vec<Alert> {
        self.all("/alerts")
    }
}

/// The run that was started.
#[track_caller]
pub fn id(started: &StartedRun) -> String {
    started.id.as_ref().unwrap_or_else(|| panic!("no run: {started:?}")).to_string()
}

/// `port-opened 127.0.0.1 22/tcp`
pub fn short(delta: &Delta) -> String {
    let port = delta.port.map(|port| format!(" {port}/{}", delta.protocol.as_deref().unwrap_or("?")));
    format!("{} {}{}", delta.kind, delta.address, port.unwrap_or_default())
}
