//! Agents come in, prove who they are, say how they are, and are shut out.

use std::fmt::Write as _;
use std::sync::Arc;

use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::{Clock, ScheduleEntry, Schedules};
use portdelta_app::repositories::{Site, Token};
use portdelta_app::schedule::TableSchedules;
use portdelta_app::{AgentFilter, App, AppError, Caller, CreatedEnrolment, Service, TableCredentials};
use portdelta_core::ids::SiteId;
use portdelta_protocol::PROTOCOL;
use portdelta_protocol::admin::{AgentStatus, Role};
use portdelta_protocol::agent::{
    AgentFacts, AskAccess, Enrol, Enrolled, Lent, Standing, Status, TaskProgress,
};
use portdelta_protocol::signature::{PrivateKey, access_message};
use portdelta_testkit::{CountedIds, Fault, MemoryChannels, MemoryQueue, MemorySchedules};

use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::store::{Memory, run_id, site};

const FOLDER: &str = "v3";

const SERVER: &str = "https://portdelta.example:8443";

struct World {
    memory: Memory,
    ids: Arc<CountedIds>,
}

impl World {
    async fn new() -> Self {
        let world = Self { memory: Memory::new(), ids: Arc::default() };
        for id in ["office", "branch"] {
            let id: SiteId = id.parse().expect("an id");
            let site = Site::new(id.clone(), id.to_string(), world.memory.clock.now());
            world.app().add_site(&site).await.expect("the site is new");
        }
        world
    }

    fn app(&self) -> App {
        let Memory { table, blobs, clock, .. } = &self.memory;
        App::new(table.clone(), blobs.clone(), clock.clone(), self.ids.clone())
    }

    fn service(&self) -> Service {
        let Memory { table, clock, .. } = &self.memory;
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let credentials = Arc::new(TableCredentials::new(table.clone(), clock.clone()));
        let (schedules, channels) =
            (Arc::new(MemorySchedules::default()), Arc::new(MemoryChannels::default()));
        Service::new(self.app(), queue, schedules, channels, credentials)
    }

    async fn enrolment(&self) -> CreatedEnrolment {
        self.app().make_enrolment(&site(), 60).await.expect("it can be made")
    }

    /// An agent that came in.
    async fn agent(&self, number: u8) -> (Enrolled, PrivateKey) {
        let secret = self.enrolment().await.secret;
        let key = PrivateKey::from_bytes(&[number; 32]);
        let enrolled = self.app().enrol(&enrol(&secret, &key)).await.expect("it comes in");
        (enrolled, key)
    }

    /// An agent that works, and its bearer token.
    async fn approved(&self, number: u8) -> (Enrolled, PrivateKey, String) {
        let (enrolled, key) = self.agent(number).await;
        self.app().approve_agent(&enrolled.agent).await.expect("it is approved");
        let token = self.token(&enrolled.agent, &key).await;
        (enrolled, key, token)
    }

    async fn token(&self, agent: &str, key: &PrivateKey) -> String {
        let access = self.service().grant_access(&self.ask(agent, key), SERVER).await.expect("it is proven");
        let Some(Lent::Http { token, .. }) = access.lent else { panic!("nothing was lent: {access:?}") };
        token
    }

    /// A signed question with a nonce of its own.
    fn ask(&self, agent: &str, key: &PrivateKey) -> AskAccess {
        let nonce = portdelta_app::ports::Ids::new_id(&*self.ids).replace('-', "");
        let at = self.memory.clock.now().seconds();
        let signature = key.sign(&access_message(agent, at, &nonce, SERVER));
        AskAccess { agent: agent.to_owned(), at, nonce, signature, protocol: PROTOCOL, facts: facts() }
    }

    async fn caller(&self, token: &str) -> Option<Caller> {
        self.app().check_token(token).await.expect("it can be checked")
    }

    async fn status(&self, agent: &str) -> AgentStatus {
        self.app().known_agent(agent).await.expect("it is known").status
    }
}

fn facts() -> AgentFacts {
    AgentFacts { version: "0.1.0".to_owned(), host_name: "probe".to_owned(), ..AgentFacts::default() }
}

fn enrol(secret: &str, key: &PrivateKey) -> Enrol {
    Enrol {
        secret: secret.to_owned(),
        name: "probe 1".to_owned(),
        public_key: key.public(),
        protocol: PROTOCOL,
        facts: facts(),
    }
}

fn code<T>(result: Result<T, AppError>) -> &'static str {
    match result {
        Ok(_) => "none",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn an_agent_comes_in_waits_and_works() {
    let world = World::new().await;
    let (enrolled, key) = world.agent(1).await;
    assert_eq!((enrolled.site.clone(), enrolled.protocol), (site(), PROTOCOL));
    let ask = world.ask(&enrolled.agent, &key);
    let access = world.service().grant_access(&ask, SERVER).await.expect("it is proven");
    assert_eq!((access.standing, access.lent), (Standing::Pending, None));
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Pending);
    world.app().approve_agent(&enrolled.agent).await.expect("it is approved");
    let token = world.token(&enrolled.agent, &key).await;
    let caller = Caller::Agent { agent: enrolled.agent.clone(), site: site() };
    assert_eq!(world.caller(&token).await, Some(caller));
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Online);
    // Nothing that is stored holds a secret.
    for item in world.memory.table.items() {
        assert!(!format!("{:?}{}", item.key, String::from_utf8_lossy(&item.value)).contains(&token));
    }
    // An hour later it has ended.
    world.memory.clock.advance(3_600);
    assert_eq!(world.caller(&token).await, None);
}

#[tokio::test]
async fn an_enrolment_lets_one_agent_in() {
    let world = World::new().await;
    let (one, other) = (PrivateKey::from_bytes(&[1; 32]), PrivateKey::from_bytes(&[2; 32]));
    let secret = world.enrolment().await.secret;
    assert_eq!(world.app().enrolments().await.expect("they are listed").len(), 1);
    let first = world.app().enrol(&enrol(&secret, &one)).await.expect("it comes in");
    let again = world.app().enrol(&enrol(&secret, &one)).await.expect("the same again");
    assert_eq!(first, again);
    assert_eq!(code(world.app().enrol(&enrol(&secret, &other)).await), "enrolment.used");
    assert!(world.app().enrolments().await.expect("they are listed").is_empty());
    // Its owner's network was broken for a day: the answer is still the same.
    world.memory.clock.advance(86_400);
    assert_eq!(world.app().enrol(&enrol(&secret, &one)).await.expect("the same again"), first);
    assert_eq!(world.app().agents(&AgentFilter::default()).await.expect("they are listed").len(), 1);
}

#[tokio::test]
async fn wrong_enrolments_are_refused() {
    let world = World::new().await;
    let key = PrivateKey::from_bytes(&[1; 32]);
    let created = world.enrolment().await;
    let mut tampered = created.secret.clone().into_bytes();
    tampered[7] = if tampered[7] == b'0' { b'1' } else { b'0' };
    let tampered = String::from_utf8(tampered).expect("it is ASCII");
    for secret in ["", "0", &"0".repeat(64), &tampered, &created.secret.to_uppercase(), &created.enrolment.id]
    {
        assert_eq!(code(world.app().enrol(&enrol(secret, &key)).await), "enrolment.unknown", "{secret}");
    }
    let old = Enrol { protocol: 0, ..enrol(&created.secret, &key) };
    assert_eq!(code(world.app().enrol(&old).await), "protocol.agent_too_old");
    for name in ["", "a\u{1b}[2J", &"n".repeat(65)] {
        let unnamed = Enrol { name: name.to_owned(), ..enrol(&created.secret, &key) };
        assert!(code(world.app().enrol(&unnamed).await).starts_with("text_"), "{name}");
    }
    world.memory.clock.advance(3_600);
    assert_eq!(code(world.app().enrol(&enrol(&created.secret, &key)).await), "enrolment.expired");
    let voided = world.enrolment().await;
    world.app().delete_enrolment(&voided.enrolment.id).await.expect("it is voided");
    assert_eq!(code(world.app().delete_enrolment(&voided.enrolment.id).await), "unknown");
    assert_eq!(code(world.app().enrol(&enrol(&voided.secret, &key)).await), "enrolment.unknown");
    let nowhere: SiteId = "nowhere".parse().expect("an id");
    assert_eq!(code(world.app().make_enrolment(&nowhere, 60).await), "site_unknown");
    for minutes in [0, 43_201] {
        assert_eq!(code(world.app().make_enrolment(&site(), minutes).await), "out_of_range");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_agents_that_share_a_token_one_comes_in() {
    let world = World::new().await;
    let secret = world.enrolment().await.secret;
    let mut tries = tokio::task::JoinSet::new();
    for number in 1..=8 {
        let (app, secret) = (world.app(), secret.clone());
        tries.spawn(async move { app.enrol(&enrol(&secret, &PrivateKey::from_bytes(&[number; 32]))).await });
    }
    let results = tries.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.into_iter().all(|result| ["none", "enrolment.used"].contains(&code(result))));
    assert_eq!(world.app().agents(&AgentFilter::default()).await.expect("they are listed").len(), 1);
}

#[tokio::test]
async fn wrong_signatures_get_nothing() {
    let world = World::new().await;
    let (enrolled, key, _) = world.approved(1).await;
    let (foreign, foreign_key, _) = world.approved(2).await;
    let service = world.service();
    let refused = async |ask: &AskAccess| code(service.grant_access(ask, SERVER).await);
    // Of another agent, of nobody, for another server.
    assert_eq!(refused(&world.ask(&enrolled.agent, &foreign_key)).await, "agent.signature");
    assert_eq!(refused(&world.ask("nobody", &key)).await, "agent.signature");
    assert_eq!(refused(&world.ask("", &key)).await, "agent.signature");
    let elsewhere = service.grant_access(&world.ask(&enrolled.agent, &key), "https://192.0.2.1").await;
    assert_eq!(code(elsewhere), "agent.signature");
    // Tampered with.
    let good = world.ask(&enrolled.agent, &key);
    let changed = [
        AskAccess { agent: foreign.agent, ..good.clone() },
        AskAccess { at: good.at + 1, ..good.clone() },
        AskAccess { nonce: "0".repeat(32), ..good.clone() },
        AskAccess { nonce: good.nonce[..31].to_owned(), ..good.clone() },
        AskAccess { nonce: format!("{}\n", &good.nonce[..31]), ..good.clone() },
    ];
    for ask in changed {
        assert_eq!(refused(&ask).await, "agent.signature", "{ask:?}");
    }
    let old = AskAccess { protocol: 0, ..good.clone() };
    assert_eq!(refused(&old).await, "protocol.agent_too_old");
    // Used once, and then never again.
    assert_eq!(refused(&good).await, "none");
    assert_eq!(refused(&good).await, "agent.nonce_used");
    world.memory.clock.advance(300);
    assert_eq!(refused(&good).await, "agent.nonce_used");
    world.memory.clock.advance(1);
    assert_eq!(refused(&good).await, "agent.clock");
    // From a clock that is ahead it is good until later, and known for as long.
    let early = world.ask(&enrolled.agent, &key);
    world.memory.clock.advance(-300);
    assert_eq!(refused(&early).await, "none");
    world.memory.clock.advance(600);
    assert_eq!(refused(&early).await, "agent.nonce_used");
    world.memory.clock.advance(-901);
    assert_eq!(refused(&early).await, "agent.clock");
}

#[tokio::test]
async fn revoking_an_agent_voids_all_it_was_lent() {
    let world = World::new().await;
    let (enrolled, key, first) = world.approved(1).await;
    let second = world.token(&enrolled.agent, &key).await;
    let (_, _, others) = world.approved(2).await;
    world.app().revoke_agent(&enrolled.agent).await.expect("it is revoked");
    assert_eq!((world.caller(&first).await, world.caller(&second).await), (None, None));
    assert!(world.caller(&others).await.is_some());
    let access = world.service().grant_access(&world.ask(&enrolled.agent, &key), SERVER).await;
    let access = access.expect("it learns what happened");
    assert_eq!((access.standing, access.lent), (Standing::Revoked, None));
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Revoked);
    assert_eq!(code(world.app().approve_agent(&enrolled.agent).await), "agent.revoked");
    assert_eq!(code(world.app().revoke_agent("nobody").await), "unknown");
}

#[tokio::test]
async fn an_agent_that_is_moved_asks_anew() {
    let world = World::new().await;
    let (enrolled, key, token) = world.approved(1).await;
    let branch: SiteId = "branch".parse().expect("an id");
    world.app().move_agent(&enrolled.agent, &branch).await.expect("it is moved");
    assert_eq!(world.caller(&token).await, None, "what it was lent was for the other site");
    let token = world.token(&enrolled.agent, &key).await;
    assert!(matches!(world.caller(&token).await, Some(Caller::Agent { site, .. }) if site == branch));
    let nowhere: SiteId = "nowhere".parse().expect("an id");
    assert_eq!(code(world.app().move_agent(&enrolled.agent, &nowhere).await), "site_unknown");
}

#[tokio::test]
async fn agents_say_how_they_are() {
    let world = World::new().await;
    let (enrolled, _, _) = world.approved(1).await;
    let app = world.app();
    let now = world.memory.clock.now().seconds();
    let task = TaskProgress {
        run: run_id("gone"),
        task: 3,
        percent: 250,
        phase: "SYN \u{1b}[31mStealth".to_owned(),
        began: now,
        ends: None,
    };
    let status = Status { at: now + 90, tasks: vec![task; 100], ..Status::default() };
    let answer = app.note_status(&enrolled.agent, &status).await.expect("it is noted");
    assert_eq!(answer.server_time, now);
    assert_eq!(answer.cancelled, [run_id("gone")], "nobody wants a run that is not there");
    let view = app.known_agent(&enrolled.agent).await.expect("it is known");
    let seen = view.seen.expect("it was seen");
    assert_eq!((view.status, seen.clock_ahead, seen.tasks.len()), (AgentStatus::Scanning, 90, 64));
    assert_eq!(seen.tasks[0].percent, 100);
    assert!(!seen.tasks[0].phase.contains('\u{1b}'));
    app.note_status(&enrolled.agent, &Status { at: now, ..Status::default() }).await.expect("it is noted");
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Online);
    world.memory.clock.advance(119);
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Online);
    world.memory.clock.advance(1);
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Offline);
    let leaving = Status { at: i64::MIN, leaving: true, ..Status::default() };
    app.note_status(&enrolled.agent, &leaving).await.expect("a hopeless clock is noted as well");
    assert_eq!(world.status(&enrolled.agent).await, AgentStatus::Offline, "it has said that it goes");
}

#[tokio::test]
async fn silent_agents_are_found() {
    let world = World::new().await;
    let (silent, ..) = world.approved(1).await;
    let (hidden, ..) = world.approved(2).await;
    let (revoked, ..) = world.approved(3).await;
    world.agent(4).await;
    let app = world.app();
    app.hide_agent(&hidden.agent, true).await.expect("it is hidden");
    app.revoke_agent(&revoked.agent).await.expect("it is revoked");
    let found = async || {
        let silent = world.app().silent_agents(world.memory.clock.now()).await.expect("they are found");
        silent.into_iter().map(|agent| agent.id).collect::<Vec<_>>()
    };
    world.memory.clock.advance(599);
    assert!(found().await.is_empty());
    world.memory.clock.advance(1);
    assert_eq!(found().await, std::slice::from_ref(&silent.agent));
    let now = world.memory.clock.now().seconds();
    app.note_status(&silent.agent, &Status { at: now, ..Status::default() }).await.expect("it is noted");
    assert!(found().await.is_empty());
    let listed = app.agents(&AgentFilter::default()).await.expect("they are listed");
    assert_eq!(listed.len(), 3, "the hidden one is left out");
    app.hide_agent(&hidden.agent, false).await.expect("it is shown");
    assert_eq!(app.agents(&AgentFilter::default()).await.expect("they are listed").len(), 4);
}

/// What an agent says about itself is shown to people: it is harmless and of limited length.
#[tokio::test]
async fn hostile_facts_are_tamed() {
    let world = World::new().await;
    let (enrolled, key) = world.agent(1).await;
    let hostile = "\u{1b}[2J\u{202e}".repeat(10_000);
    let facts = AgentFacts {
        host_name: hostile.clone(),
        macs: vec![hostile.clone(); 1_000],
        addresses: vec![hostile.clone(); 1_000],
        limits: hostile.clone(),
        allowed: hostile.clone(),
        nmap_version: Some(hostile),
        concurrency: u32::MAX,
        ..facts()
    };
    let ask = AskAccess { facts, ..world.ask(&enrolled.agent, &key) };
    world.service().grant_access(&ask, SERVER).await.expect("it is proven");
    let agent = world.app().known_agent(&enrolled.agent).await.expect("it is known").agent;
    let text = format!("{:#?}", agent.facts);
    assert!(text.len() < 40_000 && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{}", text.len());
    assert_eq!((agent.facts.macs.len(), agent.facts.concurrency), (32, 1_000));
}

/// After a crash at any operation the agent asks again, and gets in once.
#[tokio::test]
async fn enrolling_survives_crashes() {
    for nth in 1..=4 {
        for fault in [Fault::KillBefore, Fault::KillAfter] {
            let world = World::new().await;
            let secret = world.enrolment().await.secret;
            let key = PrivateKey::from_bytes(&[1; 32]);
            world.memory.faults.plan(nth, fault);
            let first = world.app().enrol(&enrol(&secret, &key)).await;
            world.memory.faults.revive();
            let again = world.app().enrol(&enrol(&secret, &key)).await.expect("it comes in");
            if let Ok(first) = first {
                assert_eq!(first, again);
            }
            assert_eq!(world.app().agents(&AgentFilter::default()).await.expect("they are listed").len(), 1);
        }
    }
}

#[tokio::test]
async fn tokens_of_administrators() {
    let world = World::new().await;
    let app = world.app();
    let first = app.create_first_token().await.expect("it can be made").expect("it is the first start");
    assert!(app.create_first_token().await.expect("it can be asked").is_none());
    world.memory.clock.advance(1);
    let created = app.create_token("backup script", Role::Admin, Some(1)).await.expect("it can be made");
    assert!(created.secret.starts_with("pda_") && created.secret.len() > 60, "{}", created.secret.len());
    assert!(!format!("{created:?}").contains(&created.secret));
    let admin = |token: &Token| {
        let Token { id, name, .. } = token.clone();
        Some(Caller::Token { token: id, name, role: Role::Admin })
    };
    assert_eq!(world.caller(&first.secret).await, admin(&first.token));
    assert_eq!(world.caller(&created.secret).await, admin(&created.token));
    // Every letter counts, and a token of one id is none of another.
    for place in 0..created.secret.len() {
        let mut other = created.secret.clone().into_bytes();
        other[place] = if other[place] == b'a' { b'b' } else { b'a' };
        assert_eq!(world.caller(&String::from_utf8(other).expect("it is ASCII")).await, None, "{place}");
    }
    for wrong in
        ["", "pda_", "pdt_", "Bearer", &created.secret[..40], &created.secret.to_uppercase(), "pda_äääääääää"]
    {
        assert_eq!(world.caller(wrong).await, None, "{wrong}");
    }
    let listed = app.tokens().await.expect("they are listed");
    assert_eq!(
        listed.iter().map(|(token, _)| token.name.as_str()).collect::<Vec<_>>(),
        ["first start", "backup script"]
    );
    world.memory.clock.advance(86_400);
    assert_eq!(world.caller(&created.secret).await, None, "it has expired");
    assert_eq!(app.tokens().await.expect("they are listed").len(), 1);
    app.revoke_token(&first.token.id).await.expect("it is revoked");
    assert_eq!(world.caller(&first.secret).await, None);
    assert_eq!(code(app.revoke_token(&first.token.id).await), "unknown");
    for (name, days) in [("", None), ("x", Some(0)), ("x", Some(3_651))] {
        assert_ne!(code(app.create_token(name, Role::Admin, days).await), "none");
    }
}

#[tokio::test]
async fn the_last_use_is_noted_once_an_hour() {
    let world = World::new().await;
    let created = world.app().create_token("script", Role::Admin, None).await.expect("it can be made");
    let used = async || world.app().tokens().await.expect("they are listed")[0].1;
    assert_eq!(used().await, None);
    let begin = world.memory.clock.now();
    for _ in 0..4 {
        world.caller(&created.secret).await.expect("it is valid");
        assert_eq!(used().await, Some(begin));
        world.memory.clock.advance(1_199);
    }
    world.memory.clock.advance(1);
    world.caller(&created.secret).await.expect("it is valid");
    assert!(used().await > Some(begin));
}

/// Two servers that start at once over one store print one token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_token_is_made_once() {
    let world = World::new().await;
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let app = world.app();
        starts.spawn(async move { app.create_first_token().await.expect("it can be asked") });
    }
    assert_eq!(starts.join_all().await.into_iter().flatten().count(), 1);
    assert_eq!(world.app().tokens().await.expect("they are listed").len(), 1);
}

/// The token that `golden/v3` has the hash of.
const GOLDEN_TOKENS: &str = "tokens.txt";

/// Agents in all states, enrolments, tokens, lent access and a schedule; and the texts of a token and of lent access.
async fn everything() -> (Memory, String) {
    let world = World::new().await;
    let (enrolled, _, lent) = world.approved(1).await;
    let (revoked, ..) = world.approved(2).await;
    let app = world.app();
    app.revoke_agent(&revoked.agent).await.expect("it is revoked");
    app.hide_agent(&revoked.agent, true).await.expect("it is hidden");
    world.agent(3).await;
    world.enrolment().await;
    let now = world.memory.clock.now();
    let task = TaskProgress {
        run: run_id("r"),
        task: 1,
        percent: 5,
        phase: "SYN".to_owned(),
        began: 7,
        ends: Some(9),
    };
    let status = Status { at: now.seconds() + 3, tasks: vec![task], ..Status::default() };
    app.note_status(&enrolled.agent, &status).await.expect("it is noted");
    let token = app.create_token("script", Role::Admin, Some(3_650)).await.expect("it can be made").secret;
    world.caller(&token).await.expect("it is valid");
    let entry = ScheduleEntry {
        scan: "scan-1".to_owned(),
        expression: "cron(0 3 ? * MON-FRI *)".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        spread_minutes: 30,
        enabled: true,
        since: now,
    };
    let schedules = TableSchedules::new(world.memory.table.clone(), world.memory.clock.clone());
    schedules.put(&entry).await.expect("it is put");
    (world.memory, format!("{token}\n{lent}\n"))
}

/// Lines of what later versions know besides: the role of a token, and whose it is.
const ADDED_SINCE: [&str; 3] =
    ["            role: Admin,", "        role: Admin,", "        name: \"script\","];

/// All of it in words, as two tokens open it; without what version 1 did not know.
async fn meaning(memory: &Memory, tokens: &str) -> Result<String, AppError> {
    let text = everything_in(memory, tokens).await?;
    let known = text.replace("Token {\n        token:", "Admin {\n        token:");
    let known = known.lines().filter(|line| !ADDED_SINCE.contains(line));
    Ok(known.fold(String::new(), |text, line| text + line + "\n"))
}

async fn everything_in(memory: &Memory, tokens: &str) -> Result<String, AppError> {
    let app = memory.app();
    let mut text = format!("{:#?}\n", app.agents(&AgentFilter { site: None, hidden: true }).await?);
    let _ = writeln!(text, "{:#?}\n{:#?}", app.enrolments().await?, app.tokens().await?);
    for token in tokens.lines() {
        let _ = writeln!(text, "{:#?}", app.check_token(token).await?);
    }
    let schedules = TableSchedules::new(memory.table.clone(), memory.clock.clone());
    let _ = writeln!(text, "{:#?}", schedules.due().await?);
    memory.clock.advance(86_400 * 3);
    let _ = writeln!(text, "{:#?}", schedules.due().await?);
    memory.clock.advance(-86_400 * 3);
    Ok(text)
}

fn golden_tokens() -> String {
    std::fs::read_to_string(folder(FOLDER).join(GOLDEN_TOKENS)).expect("the golden tokens are there")
}

#[tokio::test]
async fn what_was_stored_reads_as_what_it_meant() {
    write_golden(FOLDER, async || {
        let (memory, tokens) = everything().await;
        let text = meaning(&memory, &tokens).await.expect("it reads back");
        let folder = folder(FOLDER);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join(GOLDEN_TOKENS), tokens).expect("the tokens can be written");
        (memory.table.items().iter().map(GoldenItem::of).collect(), text)
    })
    .await;
    let memory = holding(golden(FOLDER)).await;
    let is = meaning(&memory, &golden_tokens()).await.expect("it is readable");
    let expected = std::fs::read_to_string(folder(FOLDER).join("meaning.txt")).expect("the meaning is there");
    let difference = is.lines().zip(expected.lines()).enumerate().find(|(_, (is, expected))| is != expected);
    assert!(difference.is_none() && is.len() == expected.len(), "line and texts: {difference:?}");
    let kinds = ["Pending", "Scanning", "Revoked", "Admin {", "Agent {", "missed_count: 1", "\"script\""];
    for kind in kinds {
        assert!(is.contains(kind), "{kind} does not occur in {is}");
    }
}

#[tokio::test]
async fn newer_and_damaged_items_are_told() {
    let (mut newer, mut damaged) = (0, 0);
    for place in 0..golden(FOLDER).len() {
        let code_of = async |change: fn(&mut Vec<u8>)| {
            let mut items = golden(FOLDER);
            change(&mut items[place].value);
            code(meaning(&holding(items).await, &golden_tokens()).await)
        };
        newer += u32::from(
            code_of(|value| value.iter_mut().take(1).for_each(|byte| *byte = 255)).await == "stored.newer",
        );
        damaged += u32::from(code_of(|value| value.truncate(value.len() / 2)).await == "stored.damaged");
    }
    // Three agents and two words, four enrolments, a token, lent access and a schedule.
    assert!(newer >= 11 && newer == damaged, "{newer} newer, {damaged} damaged");
}

/// A silent agent raises an alert, which settles when it says something.
#[tokio::test]
async fn a_silent_agent_is_raised_once_and_settles() {
    let world = World::new().await;
    let (enrolled, ..) = world.approved(1).await;
    let service = world.service();
    for work in portdelta_app::ports::Work::ALL {
        let queue = portdelta_app::ports::QueueName::Work(work);
        service.queue().create(&queue).await.expect("a queue can be made");
    }
    let alerts = async || {
        let report = service.sweep(world.memory.clock.now()).await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        let limit = std::num::NonZeroUsize::new(10).expect("ten is not zero");
        let page = world.app().alerts(&AlertFilter::default(), limit, None).await.expect("they are listed");
        page.alerts.into_iter().map(|alert| alert.title).collect::<Vec<_>>()
    };
    assert_eq!(alerts().await, Vec::<String>::new());
    world.memory.clock.advance(600);
    let raised = alerts().await;
    assert_eq!(raised, ["agent probe 1 has said nothing for 10 minutes"]);
    assert_eq!(alerts().await, raised, "once");
    let now = world.memory.clock.now().seconds();
    let status = Status { at: now, ..Status::default() };
    world.app().note_status(&enrolled.agent, &status).await.expect("it is noted");
    assert_eq!(alerts().await, Vec::<String>::new());
}
