//! A server that is killed at one operation of its stores after another ends in the state of an undisturbed one.
//!
//! The server is a process of its own, and really ends. An agent and an administrator go on asking; whoever looks after
//! the server starts it again. `PORTDELTA_CRASHES=N` makes each test try N ends instead of a few.

mod mortal;
mod story;
mod view;

use portdelta_testkit::MailCatcher;
use tempfile::TempDir;

use mortal::{Mortal, copy};
use story::{Driver, Stage};
use view::View;

/// Ends that each test tries where nothing else is asked for.
const FEW: usize = 8;

/// How far apart the tried ends are; no multiple of the operations of one step.
const STRIDE: usize = 7;

/// A server on which everything is set up, and what becomes of a run on it.
struct Undisturbed {
    template: TempDir,
    stage: Stage,
    mail: MailCatcher,
    view: View,
}

impl Undisturbed {
    async fn new() -> Self {
        let mail = MailCatcher::start();
        let mut mortal = Mortal::start(None, None);
        let stage = Driver::new(&mut mortal).set_up(&mail).await;
        mortal.kill();
        let template = tempfile::tempdir().expect("temporary files can be made");
        copy(&mortal.data(), &template.path().join("data"));
        drop(mortal);
        let (view, deaths) = told(template.path(), &stage, &mail, None).await;
        assert_eq!(deaths, 0, "it should not have died");
        Self { template, stage, mail, view }
    }
}

/// The view after a run on a copy of what was set up, and how often the server died.
async fn told(
    template: &std::path::Path,
    stage: &Stage,
    mail: &MailCatcher,
    end: Option<&str>,
) -> (View, u32) {
    mail.forget();
    let mut mortal = Mortal::start(Some(&template.join("data")), end);
    let mut driver = Driver::new(&mut mortal);
    let run = driver.run(stage).await;
    let view = View::of(&mut driver, stage, &run, mail).await;
    let deaths = driver.mortal.deaths;
    (view, deaths)
}

/// Ends the server before or after operations `offset`, `offset` + [`STRIDE`], ...
async fn ends(when: &str, offset: usize) {
    let undisturbed = Undisturbed::new().await;
    let wanted = std::env::var("PORTDELTA_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(FEW);
    let mut died = 0;
    for number in 0..wanted {
        let end = format!("{when} {}", offset + number * STRIDE);
        let Undisturbed { template, stage, mail, view } = &undisturbed;
        let (seen, deaths) = told(template.path(), stage, mail, Some(&end)).await;
        assert_eq!(seen, *view, "the server ended {end}");
        died += deaths;
    }
    assert!(died > 0, "the server never died");
}

macro_rules! crashes {
    ($($name:ident: $when:literal, $offset:literal;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            ends($when, $offset).await;
        })+
    };
}

crashes! {
    it_dies_before_an_operation: "before", 12;
    it_dies_before_another_operation: "before", 68;
    it_dies_after_an_operation: "after", 15;
    it_dies_after_another_operation: "after", 71;
}
