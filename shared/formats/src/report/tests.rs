//! Reports in every format, also of machines that want to be more than text.

use std::collections::BTreeMap;
use std::io::Read;

use portdelta_core::UnixTime;
use serde_json::json;

use super::*;

const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://192.0.2.1/\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r\n=1+1",
    "\"=1+1",
    "user\u{202e}txt.exe\u{2066}",
    "a;=1+1",
    "@SUM(A1)",
    "-2+3",
    "\u{ff1d}1+1",
];

fn time(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_769_828_400 + seconds).expect("a time")
}

fn delta(kind: &str, address: &str, port: Option<u16>, change: &str) -> ReportDelta {
    ReportDelta {
        id: "0".repeat(32),
        time: time(60),
        first_seen: time(60),
        kind: kind.to_owned(),
        address: address.to_owned(),
        protocol: port.map(|_| "tcp".to_owned()),
        port,
        script: None,
        cause: None,
        before: None,
        after: None,
        change: change.to_owned(),
        why: WhyView {
            sentence:
                "closed (reset), last covered 2026-01-30T03:01:00Z; open (syn-ack) at 2026-01-31T03:01:00Z"
                    .into(),
            previous: None,
            agreed: vec![Cover { time: rfc3339(time(60)), result: "ab".repeat(32) }],
            needed: 1,
            blackout: false,
        },
        first_look: false,
        late: false,
    }
}

fn report() -> ReportView {
    let with_host = |port| ReportDelta {
        cause: Some("host".into()),
        after: Some(json!({"state": "closed", "with_host": true})),
        ..delta("port-closed", "192.0.2.9", Some(port), &format!("{port}/tcp closed (its host went)"))
    };
    let opened = ReportDelta {
        cause: Some("port".into()),
        before: Some(json!({"state": "closed", "reason": "reset"})),
        after: Some(json!({"state": "open", "reason": "syn-ack"})),
        ..delta("port-opened", "192.0.2.7", Some(3389), "3389/tcp opened")
    };
    let service = ReportDelta {
        before: Some(json!({"name": "http", "product": "nginx", "version": "1.24.0"})),
        after: Some(json!({"name": "http", "product": "nginx", "version": "1.25.1"})),
        ..delta("service-changed", "192.0.2.7", Some(80), "80/tcp http nginx 1.24.0 → http nginx 1.25.1")
    };
    ReportView {
        run: "20260131t030000-0123456789ab".into(),
        title: "nightly".into(),
        scan: Some("0198c0de-0000-7000-8000-000000000001".into()),
        site: "office".into(),
        state: "partial".into(),
        networks: vec!["servers".into(), "printers".into()],
        agents: vec!["cellar".into(), "roof".into()],
        started: time(2),
        finished: Some(time(600)),
        score: ScoreView { value: 85, class: "good".into(), status: "critical".into() },
        posture: [("servers", 80), ("printers", 100)].map(|(name, value)| (name.to_owned(), value)).into(),
        counts: [("port-opened", 1), ("port-closed", 13), ("service-changed", 1), ("host-gone", 1)]
            .map(|(kind, count)| (kind.to_owned(), count))
            .into(),
        unchanged: Count { hosts: 12, ports: 31 },
        first_looks: Count { hosts: 1, ports: 2 },
        superseded: Count::default(),
        coverage: CoverageView {
            percent: 50,
            missing: vec!["192.0.2.128/25, ports 22,80: no result came".into()],
        },
        warnings: vec![WarningView {
            code: "agent_lost".into(),
            message: "agent office-2 did not come back".into(),
        }],
        deltas: [opened, service, delta("host-gone", "192.0.2.9", None, "host gone")]
            .into_iter()
            .chain((1..=13).map(with_host))
            .collect(),
    }
}

/// The same report, with hostile text wherever others may have put it.
fn hostile() -> ReportView {
    let mut view = report();
    let mut texts = HOSTILE.iter().cycle().map(|text| (*text).to_owned());
    let mut next = || texts.next().expect("they go round");
    view.deltas = HOSTILE
        .iter()
        .map(|text| ReportDelta {
            script: Some(next()),
            before: Some(json!({"name": text, "product": next(), "version": next(), "extra_info": next()})),
            after: Some(json!({"output": text})),
            change: (*text).to_owned(),
            why: WhyView { sentence: next(), ..report().deltas[0].why.clone() },
            kind: next(),
            address: next(),
            ..report().deltas[0].clone()
        })
        .collect();
    view.title = HOSTILE.concat();
    view.site = next();
    view.networks = HOSTILE.map(str::to_owned).to_vec();
    view.agents = HOSTILE.map(str::to_owned).to_vec();
    view.counts = BTreeMap::from([(next(), 3)]);
    view.posture = HOSTILE.map(|text| (text.to_owned(), 50)).into();
    view.score.class = next();
    view.coverage.missing = HOSTILE.map(str::to_owned).to_vec();
    view.warnings = HOSTILE.map(|text| WarningView { code: text.into(), message: text.into() }).to_vec();
    view
}

fn written(view: &ReportView, format: ReportFormat) -> String {
    let mut out = Vec::new();
    format.write(view, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn reports_read_like_this() {
    for format in ReportFormat::ALL {
        insta::assert_snapshot!(
            format!("report-{}", format.name()),
            written(&report(), format).replace('\r', "␍")
        );
    }
}

#[test]
fn nothing_steers_whoever_reads_it() {
    for format in ReportFormat::ALL {
        let text = written(&hostile(), format);
        let bad = text.chars().find(|&character| {
            character.is_control() && !"\r\n".contains(character)
                || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        });
        assert_eq!(bad, None, "{}: {text}", format.name());
    }
}

#[test]
fn text_fits_in_80_columns() {
    let mut view = hostile();
    view.title = "x".repeat(300);
    for text in [written(&view, ReportFormat::Text), written(&report(), ReportFormat::Text)] {
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{text}");
    }
}

#[test]
fn no_cell_is_a_formula_also_where_semicolons_separate() {
    let text = written(&hostile(), ReportFormat::Csv);
    for separator in [b',', b';'] {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in &record.expect("it is CSV") {
                let start = cell.trim_start_matches([' ', '"']);
                assert!(!start.starts_with(['=', '+', '@', '\t', '\r', '\u{ff1d}']), "{cell:?} in {text}");
            }
        }
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.records().count(), HOSTILE.len());
    assert!(text.ends_with("\r\n") && text.matches("\r\n").count() == HOSTILE.len() + 1);
}

#[test]
fn html_has_no_mark_up_but_ours() {
    let text = written(&hostile(), ReportFormat::Html);
    let ours = [
        "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "dl", "dt", "dd",
        "ul", "li", "span", "div",
    ];
    for tag in text.split('<').skip(1) {
        let name: String =
            tag.trim_start_matches('/').chars().take_while(|c| c.is_alphanumeric() || *c == '!').collect();
        assert!(ours.contains(&name.as_str()), "<{tag}");
    }
    assert!(!text.contains("onerror=alert(1)>") && text.contains("&lt;script&gt;"));
    assert_eq!(text.matches("<style").count(), 1);
}

#[test]
fn json_keeps_the_texts_as_they_were() {
    let view = hostile();
    let json: serde_json::Value = serde_json::from_str(&written(&view, ReportFormat::Json)).expect("JSON");
    assert_eq!(json["title"], view.title.as_str());
    assert_eq!(json["deltas"][0]["after"]["output"], HOSTILE[0]);
    assert_eq!(json["deltas"].as_array().map(Vec::len), Some(view.deltas.len()));
}

#[test]
fn an_archive_holds_every_report_in_every_format_under_safe_names() {
    let mut archive = ReportArchive::new(Vec::new());
    for view in [report(), report(), hostile()] {
        archive.add(&view).expect("memory takes it");
    }
    let bytes = archive.finish().expect("memory takes it");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP file");
    let names: Vec<String> = zip.file_names().map(|name| name.expect("UTF-8").into_owned()).collect();
    assert_eq!(names.len(), 3 * ReportArchive::<Vec<u8>>::formats().len() + 1, "{names:?}");
    for name in &names {
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)), "{name}");
        assert!(!name.starts_with(['/', '.']) && !name.contains(".."), "{name}");
    }
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).expect(name).read_to_string(&mut text).expect("text");
        text
    };
    let first = "2026-01-31T030002Z-office-nightly";
    assert_eq!(read(&format!("{first}/report.txt")), written(&report(), ReportFormat::Text));
    assert_eq!(read(&format!("{first}-2/report.csv")), written(&report(), ReportFormat::Csv));
    let index = read("index.csv");
    assert_eq!(index.lines().count(), 4);
    assert!(index.contains(&format!("{first},20260131t030000-0123456789ab,nightly,office")), "{index}");
}

#[test]
fn a_port_that_closed_is_said_to_be_closed_once() {
    for (after, words) in [
        (json!({"state": "closed", "reason": "reset"}), "22/tcp closed (reset)"),
        (json!({"state": "closed"}), "22/tcp closed"),
        (json!({"state": "filtered", "reason": "no-response"}), "22/tcp closed, now filtered (no-response)"),
        (json!({"state": "closed|filtered", "reason": "idle"}), "22/tcp closed, now closed|filtered (idle)"),
        (json!({"state": "closed|filtered"}), "22/tcp closed, now not open"),
    ] {
        let closed = delta("port-closed", "192.0.2.7", Some(22), "22/tcp closed");
        let closed = ReportDelta { cause: Some("port".into()), after: Some(after), ..closed };
        assert_eq!(super::described(&closed), words);
        let late = ReportDelta { late: true, ..closed };
        assert_eq!(super::described(&late), format!("{words} (late)"));
    }
}
