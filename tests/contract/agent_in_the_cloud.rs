//! An agent whose server lends it a queue and a bucket: enrolment, real scans, and the same program as for any server.
//! The services hold everybody to their policies.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use portdelta_agent::upstream::{ClientOptions, Kind, Sealed, ServerUpstream, Upstream};
use portdelta_agent::{Agent, AgentError, AgentOptions, EnrolOptions, Home, enrol};
use portdelta_api::{ApiLimits, ApiSettings, Logs};
use portdelta_app::ports::blobs::Blobs;
use portdelta_app::ports::{Credentials, CredentialsError, LentAccess, Outgoing, Queue, QueueName, Work};
use portdelta_app::repositories::{ScanDraft, Site};
use portdelta_app::{App, Due, RunBegun, Service, TableCredentials, UploadTaken};
use portdelta_aws::{S3Blobs, StsCredentials};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::{AddressSet, UnixTime};
use portdelta_protocol::agent::{Acknowledge, AskAccess, Extend, Receive, Release};
use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_system::{SystemClock, SystemIds};
use portdelta_testkit::{Listener, MemoryChannels, MemorySchedules, MemoryTable};
use tokio_util::sync::CancellationToken;

use crate::cloud_sessions::Installation;
use crate::emulators::Emulator;

/// Options that let nmap be quick, and with which it takes a second for each port.
const QUICK: &str = "-n -Pn -sT";
const SLOW: &str = "-n -Pn -sT --scan-delay 1s --max-retries 0";

/// A server whose tasks and results are in the cloud.
struct Lab {
    service: Arc<Service>,
    blobs: Arc<S3Blobs>,
    lent: Arc<Counted>,
    url: String,
    site: SiteId,
    folder: tempfile::TempDir,
}

/// Lends what another one lends, for a shorter time, and counts.
struct Counted {
    inner: StsCredentials,
    seconds: i64,
    times: AtomicUsize,
}

#[async_trait]
impl Credentials for Counted {
    async fn lend(&self, agent: &str, site: &SiteId) -> Result<LentAccess, CredentialsError> {
        self.times.fetch_add(1, Ordering::SeqCst);
        let LentAccess::Cloud(mut lent) = self.inner.lend(agent, site).await? else {
            panic!("sessions are lent here")
        };
        lent.expires = lent.expires.min(now().shifted(self.seconds).seconds());
        Ok(LentAccess::Cloud(lent))
    }
}

fn now() -> UnixTime {
    portdelta_app::ports::Clock::now(&SystemClock)
}

impl Lab {
    async fn new(lent_seconds: i64) -> Option<Self> {
        let installation = Installation::new(Emulator::MiniStackAuth).await?;
        let table = Arc::new(MemoryTable::new(Arc::new(SystemClock)));
        let blobs = Arc::new(S3Blobs::new(&installation.config, installation.bucket.clone()));
        for work in Work::ALL {
            installation.queues.create(&QueueName::Work(work)).await.expect("a queue can be made");
        }
        let tokens = Arc::new(TableCredentials::new(table.clone(), Arc::new(SystemClock)));
        let inner = installation.lender(tokens);
        let lent = Arc::new(Counted { inner, seconds: lent_seconds, times: AtomicUsize::new(0) });
        let app = App::new(table, blobs.clone(), Arc::new(SystemClock), Arc::new(SystemIds));
        let site: SiteId = "office".parse().expect("an id");
        app.add_site(&Site::new(site.clone(), "Office", now())).await.expect("it is new");
        let service = Arc::new(Service::new(
            app,
            Arc::new(installation.queues.clone()),
            Arc::new(MemorySchedules::default()),
            Arc::new(MemoryChannels::default()),
            lent.clone(),
        ));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let settings = ApiSettings {
            public_url: url.clone(),
            other_urls: Vec::new(),
            pin: None,
            version: "0.0.0".to_owned(),
            ids: Arc::new(SystemIds),
            stopping: CancellationToken::new(),
            limits: ApiLimits::default(),
            machine: None,
            logs: Logs::Here(Box::new(Vec::new)),
            identities: None,
            trusted_proxies: AddressSet::default(),
        };
        let router = portdelta_api::router(service.clone(), settings);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let folder = tempfile::tempdir().expect("a temporary folder");
        Some(Self { service, blobs, lent, url, site, folder })
    }

    fn home(&self) -> Home {
        Home::new(self.folder.path().join("agent"))
    }

    /// Lets an agent in; its id.
    async fn enrolled(&self) -> String {
        let made = self.service.app().make_enrolment(&self.site, 60).await.expect("an enrolment can be made");
        let token = EnrolmentToken { server: self.url.clone(), secret: made.secret, pin: None };
        let options = EnrolOptions { name: Some("probe".to_owned()), ..EnrolOptions::default() };
        let enrolment = enrol(&self.home(), &token, &options).await.expect("the server takes it");
        let agent = enrolment.identity().agent.clone();
        self.service.app().approve_agent(&agent).await.expect("it is approved");
        agent
    }

    fn upstream(&self) -> Arc<ServerUpstream> {
        let client = ClientOptions::default();
        Arc::new(ServerUpstream::new(&self.url, &client, Arc::new(SystemClock)).expect("an address"))
    }

    fn start(&self, once: bool, stop: &CancellationToken) -> tokio::task::JoinHandle<Result<(), AgentError>> {
        let options = AgentOptions { once, concurrency: 1, ..AgentOptions::default() };
        let agent = Agent::new(self.home(), options, self.upstream(), Arc::new(SystemClock));
        let stop = stop.clone();
        tokio::spawn(async move { agent.run(stop).await })
    }

    /// Begins a run of one task.
    async fn run(&self, targets: &str, ports: &str, options: &str) -> RunId {
        let draft = ScanDraft {
            name: "cloud".to_owned(),
            targets: targets.to_owned(),
            ports: ports.to_owned(),
            options: options.to_owned(),
            sites: vec![self.site.clone()],
            ..ScanDraft::default()
        };
        let scan = self.service.create_scan(&draft).await.expect("the scan is well");
        let begun = self.service.begin_run(&scan.id, &self.site, &Due::Now("1".to_owned())).await;
        let RunBegun::Begun(run) = begun.expect("a run can begin") else { panic!("it begins at once") };
        assert_eq!(self.service.dispatch_slice(&run).await.expect("tasks can be sent").tasks, 1);
        run
    }

    async fn uploads(&self) -> Vec<portdelta_app::ports::BlobKey> {
        let prefix = "uploads/".parse().expect("a prefix");
        let most = std::num::NonZeroUsize::new(100).expect("not zero");
        let page = self.blobs.list(&prefix, None, most).await.expect("blobs can be listed");
        page.entries.into_iter().map(|entry| entry.key).collect()
    }

    fn tasks(&self) -> QueueName {
        QueueName::Tasks(self.site.clone())
    }

    async fn eventually(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let begin = Instant::now();
        while !holds().await {
            assert!(begin.elapsed() < Duration::from_mins(1), "{what} did not come");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_received_scanned_uploaded_and_acknowledged() {
    let Some(lab) = Lab::new(3_600).await else { return };
    let agent = lab.enrolled().await;
    let listener = Listener::on("127.88.1.1");
    let run = lab.run("127.88.1.1", &listener.port().to_string(), QUICK).await;
    lab.start(true, &CancellationToken::new()).await.expect("it does not panic").expect("nothing is wrong");
    let uploads = lab.uploads().await;
    let [upload] = &uploads[..] else { panic!("{uploads:?}") };
    assert!(upload.as_str().starts_with(&format!("uploads/{agent}/{run}/00000/")), "{upload}");
    let depth = lab.service.queue().depth(&lab.tasks()).await.expect("it can be counted");
    assert_eq!((depth.waiting, depth.leased, depth.dead), (0, 0, 0));
    let taken = lab.service.take_upload(upload).await.expect("it can be taken");
    assert!(matches!(taken, UploadTaken::Applied { late: false, .. }), "{taken:?}");
    let known = lab.service.app().scan_run(&run).await.expect("runs can be read").expect("it is known");
    assert!(!known.machine.is_open(), "its last task is in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_ends_hands_its_task_back_at_once() {
    let Some(lab) = Lab::new(3_600).await else { return };
    lab.enrolled().await;
    let run = lab.run("127.88.2.1", "1-300", SLOW).await;
    let stop = CancellationToken::new();
    let agent = lab.start(false, &stop);
    let lent = async || {
        let lent = lab.service.app().lent_to(&run, 0).await.expect("it can be read");
        !lent.is_empty()
    };
    lab.eventually("the scan", lent).await;
    stop.cancel();
    agent.await.expect("it does not panic").expect("it ends as asked");
    let (wait, lease) = (Duration::from_secs(5), Duration::from_secs(5));
    let again = lab.service.queue().receive(&lab.tasks(), 1, wait, lease).await.expect("receiving succeeds");
    // Well before the two minutes that it was held for.
    assert_eq!(again.iter().map(|delivery| delivery.deliveries).collect::<Vec<_>>(), [2]);
    assert_eq!(lab.uploads().await, []);
}

/// Access is renewed before it ends, in the middle of a scan; a revoked agent gets none any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_is_renewed_until_the_agent_is_revoked() {
    let Some(lab) = Lab::new(5).await else { return };
    let agent = lab.enrolled().await;
    lab.run("127.88.3.1", "1-12", SLOW).await;
    let running = lab.start(false, &CancellationToken::new());
    lab.eventually("the result", async || !lab.uploads().await.is_empty()).await;
    assert!(lab.lent.times.load(Ordering::SeqCst) >= 3, "it was renewed while nmap ran");
    lab.service.app().revoke_agent(&agent).await.expect("it can be revoked");
    let ended = tokio::time::timeout(Duration::from_mins(1), running).await.expect("it hears of it");
    assert!(matches!(ended.expect("it does not panic"), Err(AgentError::Revoked)));
    let upload = &lab.uploads().await[0];
    let taken = lab.service.take_upload(upload).await.expect("it can be judged");
    let UploadTaken::Refused(refused) = taken else { panic!("{taken:?}") };
    assert_eq!(refused.code, "upload.agent_revoked");
}

/// Each call by itself, and what a service says when it is too late or not allowed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_and_results_keep_their_promises() {
    let Some(lab) = Lab::new(3_600).await else { return };
    let agent = lab.enrolled().await;
    let (queue, upstream) = (lab.service.queue(), lab.upstream());
    queue.create(&lab.tasks()).await.expect("a queue can be made");
    let body = r#"{"run": "r-1", "number": 7}"#.to_owned();
    let message = Outgoing { body, delay: Duration::ZERO };
    queue.send(&lab.tasks(), vec![message]).await.expect("a message can be sent");
    upstream.access(&ask(&lab, &agent)).await.expect("access is lent");
    let receive = || upstream.receive(&Receive { max: 10, wait_seconds: 2 });
    let first = receive().await.expect("receiving succeeds").remove(0);
    assert_eq!((first.attempt, &first.task["number"]), (1, &serde_json::json!(7)));
    let receipt = || first.receipt.clone();
    upstream.extend(&Extend { receipt: receipt(), seconds: 60 }).await.expect("it is held");
    assert_eq!(receive().await.expect("receiving succeeds"), []);
    upstream.release(&Release { receipt: receipt(), delay_seconds: 0 }).await.expect("it is handed back");
    let second = receive().await.expect("receiving succeeds").remove(0);
    assert_eq!(second.attempt, 2);
    let acknowledge = Acknowledge { receipt: second.receipt.clone() };
    upstream.acknowledge(&acknowledge).await.expect("it is done");
    let late = upstream.extend(&Extend { receipt: second.receipt, seconds: 60 }).await;
    assert_eq!(late.expect_err("it is gone").kind(), Kind::LeaseLost);
    assert_eq!(receive().await.expect("receiving succeeds"), []);
    let sealed = |bytes: &[u8]| Sealed {
        run: "r-1".parse().expect("an id"),
        task: "00007".to_owned(),
        name: "0123456789abcdef".to_owned(),
        bytes: bytes.to_vec(),
    };
    // Twice is fine, and the first one stays.
    upstream.upload(&sealed(b"first")).await.expect("it is taken");
    upstream.upload(&sealed(b"other")).await.expect("one was there");
    let key = format!("uploads/{agent}/r-1/00007/0123456789abcdef").parse().expect("a key");
    assert_eq!(lab.blobs.get(&key, 100).await.expect("it can be read").as_deref(), Some(&b"first"[..]));
    // The site's queue is gone: other access is to be asked for, and there is one again.
    queue.remove(&lab.tasks()).await.expect("it can be removed");
    let gone = receive().await.expect_err("there is no queue");
    assert_eq!(gone.kind(), Kind::Access, "{gone}");
    upstream.access(&ask(&lab, &agent)).await.expect("access is lent");
}

/// A question with the signature of the agent's own key.
fn ask(lab: &Lab, agent: &str) -> AskAccess {
    let identity = lab.home().enrolled().expect("it is enrolled");
    let key = lab.home().key(&identity.token).expect("it can be read").expect("it has a key");
    let nonce = portdelta_app::ports::Ids::new_id(&SystemIds).replace('-', "");
    let at = now().seconds();
    let message = portdelta_protocol::signature::access_message(agent, at, &nonce, &lab.url);
    AskAccess {
        agent: agent.to_owned(),
        at,
        nonce,
        signature: key.sign(&message),
        protocol: portdelta_protocol::PROTOCOL,
        facts: portdelta_protocol::agent::AgentFacts::default(),
    }
}
