//! The server, killed after each of its writes from the click to the e-mail.

use portdelta_testkit::MailCatcher;
use tempfile::TempDir;

use crate::mortal::{Mortal, copy};
use crate::story::{Driver, Stage};
use crate::view::View;

/// The ends are shared out to so many tests, so that they run side by side.
const PARTS: usize = 4;

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
    let view = View::of(&mut driver, &stage.admin, &run, mail, "192.0.2.1").await;
    let deaths = driver.mortal.deaths;
    (view, deaths)
}

/// Ends the server after writes `part`, `part` + [`PARTS`], ... until it lives on to the end.
async fn ends(part: usize) {
    let undisturbed = Undisturbed::new().await;
    let mut tried = 0;
    for number in (part..).step_by(PARTS) {
        let end = format!("write {number}");
        let Undisturbed { template, stage, mail, view } = &undisturbed;
        let (seen, deaths) = told(template.path(), stage, mail, Some(&end)).await;
        seen.assert_same(view, &format!("the server ended after {end}"));
        if deaths == 0 {
            break;
        }
        tried += 1;
    }
    eprintln!("the server died {tried} times");
    // Fewer would mean that something else went on than a run.
    assert!(tried >= 10, "the server died only {tried} times");
}

macro_rules! parts {
    ($($name:ident: $part:literal;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            ends($part).await;
        })+
    };
}

parts! {
    it_dies_after_each_write_part_1: 1;
    it_dies_after_each_write_part_2: 2;
    it_dies_after_each_write_part_3: 3;
    it_dies_after_each_write_part_4: 4;
}
