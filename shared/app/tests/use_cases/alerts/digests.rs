//! What digests say, to whom, and what they do not.

use std::sync::atomic::{AtomicUsize, Ordering};

use portdelta_app::ports::Table as _;
use portdelta_app::repositories::NetworkDraft;
use portdelta_protocol::admin::{ChannelFilter, Severity};
use portdelta_testkit::{NmapHost, NmapText};

use super::office::{Office, RDP, scan};

#[tokio::test]
async fn a_first_look_is_one_digest_and_a_run_that_changed_nothing_is_none() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.channel("nosy", ChannelFilter { quiet_runs: true, ..Default::default() }).await;
    let hosts: &[(&str, &[u16])] = &[("192.0.2.1", &[22, 3389]), ("192.0.2.2", &[22, 23])];
    office.run("first", &scan(0, hosts)).await;
    let got = office.got("team");
    assert_eq!(got.len(), 1, "{got:?}");
    assert_eq!(got[0].1, "[critical] import office.xml at office: 4 alerts; found at first look");
    let text = &office.letters("team")[0].text;
    assert!(text.contains("Found at first look: 2 hosts, 4 ports"), "{text}");
    assert!(text.contains("192.0.2.1: 22/tcp, 3389/tcp"), "{text}");
    office.run("second", &scan(1_000, hosts)).await;
    assert_eq!(office.got("team").len(), 1);
    assert_eq!(office.got("nosy")[1].1, "import office.xml at office: nothing changed");
}

#[tokio::test]
async fn a_digest_says_what_changed_where_with_its_service() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[22]), ("192.0.2.2", &[25])])).await;
    let after = NmapText::of("-sV -sT -p20-30,3389 192.0.2.0/30").at(1_000).tcp("20-30,3389").of_total(4);
    let opened = NmapHost::up("192.0.2.1").open(&[22]).service(23, "telnet", "BusyBox", "1.2");
    office.run("second", &after.host(opened).host(NmapHost::up("192.0.2.2"))).await;
    let letter = office.letters("team").pop().expect("there is a digest");
    insta_like(
        &letter.text,
        &[
            "[high] import office.xml at office: 1 alert; 1 port opened, 1 port closed",
            "Run        second",
            "Outcome    complete",
            "Score      90 (excellent), status critical",
            "Changes    1 port opened, 1 port closed",
            "  [high] 23/tcp (Telnet) is open at 192.0.2.1",
            "    + 23/tcp opened, telnet BusyBox 1.2",
            "    - 25/tcp closed",
        ],
    );
    assert_eq!(letter.id, "run-second");
    assert_eq!(letter.attributes["severity"], "high");
    assert_eq!(letter.attributes["site"], "office");
    assert_eq!(letter.data["counts"]["port-opened"], 1);
    assert_eq!(letter.data["deltas"].as_array().map(Vec::len), Some(2));
    assert!(letter.text.lines().all(|line| line.len() <= 220));
}

/// Who asked for one network hears of it wherever else something happened, and of changes that are no alert.
#[tokio::test]
async fn a_digest_names_all_networks_that_it_tells_of() {
    let office = Office::new();
    let service = office.service();
    for (name, prefixes) in [("Lab", "192.0.2.1"), ("Office", "192.0.2.2"), ("Empty", "192.0.2.3")] {
        let draft =
            NetworkDraft { name: name.to_owned(), prefixes: prefixes.to_owned(), ..NetworkDraft::default() };
        service.app().create_network(&draft).await.expect("it is well");
    }
    office.channel("team", ChannelFilter::default()).await;
    office.channel("lab", ChannelFilter { networks: vec!["Lab".to_owned()], ..Default::default() }).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[22]), ("192.0.2.2", &[22])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[22, 25]), ("192.0.2.2", &[22, 23])])).await;
    let letter = office.letters("team").pop().expect("a digest");
    assert_eq!(letter.several["network"], ["Lab", "Office"]);
    assert!(!letter.attributes.contains_key("network"), "{letter:?}");
    assert_eq!(
        (letter.attributes["site"].as_str(), letter.attributes["severity"].as_str()),
        ("office", "high")
    );
    let letter = office.letters("lab").pop().expect("a digest");
    assert_eq!((letter.attributes["network"].as_str(), letter.several.len()), ("Lab", 0));
    // As one is stored that has no list.
    let mut old = serde_json::to_value(&letter).expect("JSON");
    assert_eq!(old.as_object_mut().and_then(|object| object.remove("several")), None);
    let read: portdelta_app::ports::Notification = serde_json::from_value(old).expect("it is readable");
    assert_eq!(read, letter);
}

#[tokio::test]
async fn good_news_are_no_critical_ones() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[22, 23, 3389])])).await;
    let attribute =
        |name: &str| office.letters("team").pop().and_then(|letter| letter.attributes.get(name).cloned());
    assert_eq!(attribute("severity").as_deref(), Some("critical"));
    office.run("second", &scan(1_000, &[("192.0.2.1", &[22])])).await;
    let got = office.got("team");
    assert_eq!(
        got.last().expect("a digest").1,
        "import office.xml at office: 2 alerts resolved; 2 ports closed"
    );
    assert_eq!(attribute("severity"), None);
    // Of both, the bad ones say how bad it is.
    office.run("third", &scan(2_000, &[("192.0.2.1", &[22, 23])])).await;
    office.run("fourth", &scan(3_000, &[("192.0.2.1", &[22])])).await;
    let subject = office.got("team").pop().expect("a digest").1;
    assert_eq!(subject, "import office.xml at office: 1 alert resolved; 1 port closed");
}

fn insta_like(text: &str, lines: &[&str]) {
    let mut rest = text.lines();
    for line in lines {
        assert!(rest.any(|is| is.starts_with(line)), "{line:?} is missing, or not in its place, in\n{text}");
    }
}

#[tokio::test]
async fn nothing_that_strangers_chose_steers_anything() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    let hostile = "\u{1b}[2J&#13;&#10;Bcc: x@example.org&#10;&lt;!channel&gt; &lt;script&gt;\u{202e}";
    let text = NmapText::of("-sV -sT -p20-30,3389 192.0.2.0/30").tcp("20-30,3389").of_total(4);
    // XML has no escape character: what gets in is what XML can say.
    let version = hostile.replace('\u{1b}', "&#x9b;");
    let service = format!(
        "<service name=\"ms-wbt-server\" product=\"P\" version=\"{version}\" method=\"probed\" conf=\"10\"/>"
    );
    let host = NmapHost::up("192.0.2.1").name(&version).port("tcp", 3389, "open", &service);
    office.run("first", &text.host(host)).await;
    let letter = office.letters("team").pop().expect("there is a digest");
    assert!(letter.text.contains("Bcc: x"), "the banner is told: {}", letter.text);
    let control = |character: char| character.is_control() || character == '\u{202e}';
    assert!(!letter.subject.contains(control) && letter.subject.is_ascii() && letter.subject.len() <= 100);
    assert!(letter.text.lines().all(|line| !line.contains(control)), "{:?}", letter.text);
    assert!(!letter.text.lines().any(|line| line.starts_with("Bcc")), "{}", letter.text);
    assert!(letter.attributes.values().all(|value| !value.contains(control)));
}

#[tokio::test]
async fn a_channel_gets_what_it_subscribed_to() {
    let office = Office::new();
    let service = office.service();
    let network = |name: &str, prefixes: &str| NetworkDraft {
        name: name.to_owned(),
        prefixes: prefixes.to_owned(),
        ..NetworkDraft::default()
    };
    service.app().create_network(&network("One", "192.0.2.1")).await.expect("it is new");
    service.app().create_network(&network("Rest", "192.0.2.0/24")).await.expect("it is new");
    let of = |networks: &[&str]| ChannelFilter {
        networks: networks.iter().map(|&name| name.to_owned()).collect(),
        ..ChannelFilter::default()
    };
    let kinds = |kind: &str| ChannelFilter { kinds: vec![kind.to_owned()], ..ChannelFilter::default() };
    office.run("first", &scan(0, &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])])).await;
    office.channel("one", of(&["One"])).await;
    office.channel("rest", of(&["Rest"])).await;
    office.channel("alerts", kinds("alert")).await;
    office.channel("digests", kinds("digest")).await;
    office
        .channel("urgent", ChannelFilter { min_severity: Some(Severity::Critical), ..Default::default() })
        .await;
    office.channel("scans", ChannelFilter { scans: vec!["other".to_owned()], ..Default::default() }).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[22, 25]), ("192.0.2.2", &[25, 3389])])).await;
    let ids = |channel: &str| office.got(channel).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let at_once = |id: &String| id.starts_with("alerts-second-");
    assert_eq!(ids("one"), ["run-second"]);
    assert!(office.letters("one")[0].text.contains("192.0.2.1"));
    assert!(!office.letters("one")[0].text.contains("192.0.2.2"), "{}", office.letters("one")[0].text);
    assert_eq!(ids("rest").len(), 2);
    assert!(at_once(&ids("rest")[0]));
    assert!(ids("alerts").len() == 1 && at_once(&ids("alerts")[0]), "{:?}", ids("alerts"));
    assert_eq!(office.told("alerts").len(), 2);
    assert_eq!(ids("digests"), ["run-second"]);
    assert_eq!(office.told("digests").len(), 2);
    // Only the critical one, at once, and no digest, as it has nothing more to say.
    assert!(ids("urgent").len() == 1 && at_once(&ids("urgent")[0]), "{:?}", ids("urgent"));
    assert_eq!(ids("scans").len(), 0);
}

#[tokio::test]
async fn a_new_subnet_and_a_flood_are_few_messages() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    let blocks = 40;
    let text = |seconds: i64, open: &[u16]| {
        let text = NmapText::of("-sT -p25,3389 10.0.0-39.1-100").at(seconds).tcp("25,3389").of_total(4_000);
        (0..blocks).fold(text, |text, block| {
            (1..4)
                .fold(text, |text, host| text.host(NmapHost::up(&format!("10.0.{block}.{host}")).open(open)))
        })
    };
    office.run("first", &text(0, &[25])).await;
    assert_eq!(office.got("team").len(), 1);
    office.run("second", &text(1_000, &[25, 3389])).await;
    let got = office.got("team");
    assert_eq!(got.len(), 1 + 10 + 1, "{got:?}");
    let letter = office.letters("team").pop().expect("there is a digest");
    let named = letter.data["alerts"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(named + letter.data["more_alerts"].as_u64().expect("a number"), (blocks - 10) * 3);
    assert!(letter.text.contains("  and "), "{}", letter.text);
    assert!(letter.text.len() < 60_000, "{}", letter.text.len());
}

#[tokio::test]
async fn an_import_that_is_told_of_in_slices_is_told_as_in_one() {
    let text = |seconds: i64, open: &[u16]| {
        let text = NmapText::of("-sT -p25,3389 10.0.0-4.1-100").at(seconds).tcp("25,3389").of_total(500);
        (0..5).fold(text, |text, block| text.host(NmapHost::up(&format!("10.0.{block}.1")).open(open)))
    };
    let mut told = Vec::new();
    for checks in [usize::MAX, 0, 1, 2, 3] {
        let office = Office::new();
        office.channel("team", ChannelFilter::default()).await;
        office.run("first", &text(0, &[25])).await;
        office.result("second", &text(1_000, &[25, 3389])).await;
        let (mut from, mut calls) = (None, 0);
        loop {
            calls += 1;
            let seen = AtomicUsize::new(0);
            let goes_on = || seen.fetch_add(1, Ordering::SeqCst) < checks;
            let run = super::office::id("second");
            if office.service().notify_run_while(&run, from, &goes_on).await.expect("it is told") {
                break;
            }
            from = Some(from.unwrap_or(0) + 1);
        }
        assert_eq!(calls, [1, 7, 4, 3, 2][told.len()]);
        office.deliver().await.expect("it is delivered");
        let letter = office.letters("team").pop().expect("there is a digest");
        assert_eq!(letter.data["counts"]["port-opened"], 5);
        told.push((letter, office.alerts().await, office.memory.table.items().len()));
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}

#[tokio::test]
async fn a_result_that_comes_after_the_digest_is_told_all_the_same() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])])).await;
    office.memory.clock.advance(600);
    office.result("second", &scan(2_000, &[("192.0.2.1", &[25, 3389, 22]), ("192.0.2.2", &[25])])).await;
    for key in office.batches("second") {
        office.service().notify_batch(&key).await.expect("it is told");
        office.service().notify_batch(&key).await.expect("it is told");
    }
    office.deliver().await.expect("it is delivered");
    let told = office.told("team");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|(title, _, _)| title == RDP));
}

/// Runs tell of every batch again: where each would pay for what was done before, a bad network would never let one end.
#[tokio::test]
async fn a_batch_that_was_told_is_told_again_without_a_write() {
    let office = Office::new();
    office.channel("team", ChannelFilter { at_once: true, ..ChannelFilter::default() }).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389])])).await;
    let batches = office.batches("second");
    assert_eq!(batches.len(), 1);
    office.memory.faults.kill_after_write(1);
    office.service().notify_batch(&batches[0]).await.expect("it was told");
    let alive = office.memory.table.get(&batches[0]).await;
    assert!(alive.is_ok_and(|batch| batch.is_some()), "something was written");
}
