//! Users, sessions and failed attempts as they are stored, and what holds whatever breaks in between.

use std::fmt::Write as _;
use std::sync::Arc;

use portdelta_app::password::{PasswordCost, PasswordHash};
use portdelta_app::ports::Clock;
use portdelta_app::repositories::User;
use portdelta_app::{App, AppError, NewSession, NewUser};
use portdelta_protocol::admin::{PeopleSettings, Role, SingleSignOn};
use portdelta_testkit::{CountedIds, Fault};

use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::store::Memory;

const FOLDER: &str = "people-v1";

/// What browsers hold, and an invitation, of which the golden items have the hashes.
const WORDS: &str = "words.txt";

const CHEAP: PasswordCost = PasswordCost { memory_kib: 8, passes: 1 };

struct World {
    memory: Memory,
    ids: Arc<CountedIds>,
}

impl World {
    fn new() -> Self {
        Self { memory: Memory::new(), ids: Arc::default() }
    }

    fn app(&self) -> App {
        let Memory { table, blobs, clock, .. } = &self.memory;
        App::new(table.clone(), blobs.clone(), clock.clone(), self.ids.clone())
    }

    async fn user(&self, name: &str, role: Role) -> User {
        let password = Some(hash("right"));
        let new = NewUser { name: name.to_owned(), role, password };
        self.app().create_user(new).await.expect("it is new").0
    }

    async fn sign_in(&self, name: &str, password: &str) -> Result<NewSession, AppError> {
        let app = self.app();
        let attempt = app.begin_sign_in(name, "192.0.2.1", CHEAP).await?;
        let right = attempt.matches(password)?;
        app.end_sign_in(attempt, right, None, None).await
    }
}

fn hash(password: &str) -> PasswordHash {
    PasswordHash::of(password, CHEAP).expect("it can be hashed")
}

/// Users of every kind, two sessions, attempts that failed, settings; and the words.
async fn everything() -> (Memory, String) {
    let world = World::new();
    let app = world.app();
    world.user("Anna", Role::Admin).await;
    let disabled = world.user("berta@example.org", Role::Operator).await;
    world.memory.clock.advance(60);
    let first = world.sign_in("anna", "right").await.expect("it is right");
    world.memory.clock.advance(1_000);
    assert!(app.check_session(&first.cookie).await.expect("it is readable").is_some());
    let void = world.sign_in("berta@example.org", "right").await.expect("it is right");
    app.edit_user(&disabled.id, disabled.version, "berta@example.org", Role::Viewer, true)
        .await
        .expect("it is");
    let new = NewUser { name: "carla".to_owned(), role: Role::Viewer, password: None };
    let (_, invited) = app.create_user(new).await.expect("it is new");
    for name in ["anna", "nobody"] {
        let wrong = world.sign_in(name, "wrong").await.expect_err("it is wrong");
        assert_eq!(wrong.code(), "session.refused");
    }
    let provider = SingleSignOn {
        name: "Provider".to_owned(),
        issuer: "https://login.example.org".to_owned(),
        client_id: "portdelta".to_owned(),
        client_secret: Some("not for showing".to_owned()),
        has_client_secret: false,
        role_claim: Some("groups".to_owned()),
        roles: [("netops".to_owned(), Role::Operator)].into(),
        default_role: Some(Role::Viewer),
    };
    let single_sign_on = Some(provider);
    let settings = PeopleSettings { self_registration: true, single_sign_on, ..PeopleSettings::default() };
    app.set_people_settings(&settings, 0).await.expect("they are fine");
    let invitation = invited.expect("they are invited").invitation;
    (world.memory, format!("{}\n{}\n{invitation}\n", first.cookie, void.cookie))
}

async fn meaning(memory: &Memory, words: &str) -> Result<String, AppError> {
    let app = memory.app();
    let mut text = format!("{:#?}\n", app.users().await?);
    for word in words.lines() {
        let _ = writeln!(text, "{:#?}", app.check_session(word).await?.map(|known| known.user.name));
        let _ = writeln!(text, "{:#?}", app.invited(word).await.ok().map(|user| user.name));
    }
    let anna = app.begin_sign_in("ANNA", "192.0.2.1", CHEAP).await?;
    let _ = writeln!(text, "right: {}, wrong: {}", anna.matches("right")?, anna.matches("wrong")?);
    let (settings, version) = app.people_settings().await?;
    let _ = writeln!(text, "{} {version}", serde_json::to_string_pretty(&settings).expect("JSON"));
    let secret = app.single_sign_on().await?.and_then(|provider| provider.client_secret);
    let _ = writeln!(text, "{secret:?}");
    Ok(text)
}

#[tokio::test]
async fn what_was_stored_reads_as_what_it_meant() {
    write_golden(FOLDER, async || {
        let (memory, words) = everything().await;
        let text = meaning(&holding(memory.table.items()).await, &words).await.expect("it reads back");
        std::fs::create_dir_all(folder(FOLDER)).expect("the folder can be made");
        std::fs::write(folder(FOLDER).join(WORDS), words).expect("the words can be written");
        (memory.table.items().iter().map(GoldenItem::of).collect(), text)
    })
    .await;
    let words = std::fs::read_to_string(folder(FOLDER).join(WORDS)).expect("the words are there");
    let is = meaning(&holding(golden(FOLDER)).await, &words).await.expect("it is readable");
    let expected = std::fs::read_to_string(folder(FOLDER).join("meaning.txt")).expect("the meaning is there");
    assert_eq!(is, expected);
    for what in [
        "Some(\n    \"Anna\",\n)",
        "Some(\n    \"carla\",\n)",
        "right: true, wrong: false",
        "not for showing",
    ] {
        assert!(is.contains(what), "{what} does not occur in {is}");
    }
}

#[tokio::test]
async fn newer_and_damaged_items_are_told() {
    let words = std::fs::read_to_string(folder(FOLDER).join(WORDS)).expect("the words are there");
    let (mut newer, mut damaged) = (0, 0);
    for place in 0..golden(FOLDER).len() {
        let code_of = async |change: fn(&mut Vec<u8>)| {
            let mut items = golden(FOLDER);
            change(&mut items[place].value);
            let outcome = meaning(&holding(items).await, &words).await;
            outcome.err().map(|error| error.code())
        };
        let of_newer = code_of(|value| value.iter_mut().take(1).for_each(|byte| *byte = 255)).await;
        let of_damaged = code_of(|value| value.truncate(value.len() / 2)).await;
        newer += u32::from(of_newer == Some("stored.newer"));
        damaged += u32::from(of_damaged == Some("stored.damaged"));
    }
    // Three users, two sessions, the settings.
    assert!(newer == 6 && newer == damaged, "{newer} newer, {damaged} damaged");
}

/// People who share an address sign in while others mistype: what they do neither keeps failures alive nor makes anybody
/// wait.
#[tokio::test]
async fn a_right_password_leaves_the_failures_of_its_address_as_they_were() {
    let world = World::new();
    world.user("anna", Role::Viewer).await;
    for number in 0..30 {
        let wrong = world.sign_in(&format!("typo-{number}"), "wrong").await.expect_err("there is nobody");
        assert_eq!(wrong.code(), "session.refused");
    }
    let locked = world.sign_in("anna", "right").await.expect_err("there were too many");
    assert_eq!(locked.code(), "session.locked");
    world.memory.clock.advance(10);
    for _ in 0..2 {
        world.sign_in("anna", "right").await.expect("the wait is over");
    }
    let of_address = || {
        let items = world.memory.table.items();
        items.into_iter().find(|item| item.key.sort.starts_with("ADDRESS#"))
    };
    assert_eq!(of_address().and_then(|item| item.number("failures")), Some(30));
    // The last second of the last failure's day, and the one after.
    world.memory.clock.advance(86_400 - 10 - 1);
    world.sign_in("anna", "right").await.expect("the wait is over");
    assert_eq!(of_address().and_then(|item| item.number("failures")), Some(30));
    world.memory.clock.advance(1);
    world.sign_in("anna", "right").await.expect("all is forgotten");
    assert_eq!(of_address(), None);
}

/// Sign-ins that overlap take back what they counted, and nothing of what failed meanwhile.
#[tokio::test]
async fn sign_ins_at_once_take_back_their_own_attempts_only() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let world = World::new();
        let app = world.app();
        let mut attempts = Vec::new();
        for name in ["anna", "berta", "carla"] {
            world.user(name, Role::Viewer).await;
            attempts.push(Some(app.begin_sign_in(name, "192.0.2.1", CHEAP).await.expect("it may be tried")));
            world.sign_in("nobody", "wrong").await.expect_err("there is nobody");
        }
        for place in order {
            let attempt = attempts[place].take().expect("it goes on");
            app.end_sign_in(attempt, true, None, None).await.expect("it is right");
        }
        let items = world.memory.table.items();
        let of_address = items.into_iter().find(|item| item.key.sort.starts_with("ADDRESS#"));
        assert_eq!(of_address.and_then(|item| item.number("failures")), Some(3), "{order:?}");
    }
}

/// A store that can't be read for a moment does not make a guess of an attempt.
#[tokio::test]
async fn an_attempt_that_finds_no_user_for_a_fault_does_not_count() {
    let world = World::new();
    world.user("anna", Role::Viewer).await;
    let mut failed = 0;
    loop {
        world.memory.faults.plan(failed + 1, Fault::Before);
        if world.app().begin_sign_in("anna", "192.0.2.1", CHEAP).await.is_ok() {
            break;
        }
        failed += 1;
        let items = world.memory.table.items();
        let counted: Vec<_> = items.iter().filter(|item| item.key.partition == "SIGNINS").collect();
        assert!(counted.is_empty(), "{failed} {counted:?}");
    }
    assert!(failed > 3, "{failed}");
}

/// A password that is changed ends the other sessions and keeps this one, or nothing happens at all.
#[tokio::test]
async fn a_password_changes_whole_or_not_at_all() {
    for nth in 1..=12 {
        for fault in [Fault::KillBefore, Fault::KillAfter] {
            let world = World::new();
            let user = world.user("anna", Role::Viewer).await;
            let here = world.sign_in("anna", "right").await.expect("it is right");
            let there = world.sign_in("anna", "right").await.expect("it is right");
            world.memory.faults.plan(nth, fault);
            let app = world.app();
            let change = async || {
                let attempt = app.begin_sign_in("anna", "192.0.2.1", CHEAP).await?;
                app.end_password_change(attempt, true, &hash("new"), &here.cookie).await
            };
            let outcome = change().await;
            world.memory.faults.revive();
            let signed_in = async |session: &NewSession| {
                app.check_session(&session.cookie).await.expect("it is readable").is_some()
            };
            let changed = world.sign_in("anna", "new").await.is_ok();
            assert_eq!(
                (signed_in(&here).await, signed_in(&there).await),
                (true, !changed),
                "{nth} {fault:?}"
            );
            assert!(changed || outcome.is_err(), "{nth} {fault:?}");
            assert_eq!(app.user(&user.id).await.expect("it is readable").map(|user| user.id), Some(user.id));
        }
    }
}

/// Of many who take one name at once one gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_taken_once() {
    let world = Arc::new(World::new());
    let mut makers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let world = world.clone();
        makers.spawn(async move {
            let name = if number % 2 == 0 { "anna" } else { "ANNA" };
            let new = NewUser { name: name.to_owned(), role: Role::Viewer, password: None };
            world.app().create_user(new).await.is_ok()
        });
    }
    assert_eq!(makers.join_all().await.into_iter().filter(|made| *made).count(), 1);
    assert_eq!(world.app().users().await.expect("they are readable").len(), 1);
    assert!(world.memory.clock.now().seconds() > 0);
}
