//! What scanned machines say, on its way through a server into mail, chats, webhooks, reports and logs.

use portdelta_testkit::{CaughtMail, MailCatcher, NmapHost, NmapText, WebCatcher, wait_until};
use serde_json::Value;

use crate::hostile::{assert_harmless, assert_no_formula, scan};
use crate::support::{Run, Server, evening, write};

/// A text as a run that wrote it.
fn shown(text: impl Into<String>) -> Run {
    Run { code: 0, out: text.into(), err: String::new() }
}

/// The body behind its transfer encoding: RFC 2045, quoted-printable.
fn decoded(mail: &CaughtMail) -> String {
    let body = mail.body().replace("=\n", "");
    let (mut bytes, mut rest) = (Vec::new(), body.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let coded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| first == b'=');
        bytes.push(coded.unwrap_or(first));
        rest = if coded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).expect("mails are UTF-8")
}

/// Every text in a JSON document.
fn texts<'a>(value: &'a Value, all: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => all.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, all)),
        _ => {}
    }
}

#[test]
fn banners_steer_neither_mail_nor_chats_nor_reports_nor_logs() {
    let server = Server::start();
    let (mail, hook, chat) = (MailCatcher::start(), WebCatcher::start(), WebCatcher::start());
    let home = server.here().home().to_owned();
    write(&home, "key", "a-key-of-the-signature\n");
    let port = mail.address().port();
    for line in [
        "sites add office".to_owned(),
        format!(
            "channels add smtp mail --host 127.0.0.1 --port {port} --security none --from a@example.com --to b@example.com"
        ),
        format!("channels add webhook hook --url {} --secret-file key --allow-private", hook.url()),
        format!("channels add slack chat --url {} --allow-private", chat.url()),
        "alerts watch 8000 --severity critical --label =cmd".to_owned(),
        "alerts watch 8004 --severity high --label <!channel>".to_owned(),
    ] {
        server.line(&line).code(0);
    }
    let before = NmapText::of("-sV --script banner -p8000-8013 192.0.2.9").tcp("8000-8013").at(evening(0));
    write(&home, "before.xml", before.host(NmapHost::up("192.0.2.9")).bytes());
    write(&home, "after.xml", scan(1, 0).bytes());
    write(&home, "later.xml", scan(2, 3).bytes());
    let url = server.url();
    for name in ["before.xml", "after.xml", "later.xml"] {
        let run = server.line(&format!("import {name} --server {url} --site office")).code(0);
        assert_harmless(&run);
    }
    wait_until("the alerts to be told", || {
        mail.mails().iter().any(|mail| decoded(mail).contains("8000"))
            && hook.requests().iter().any(|asked| String::from_utf8_lossy(&asked.body).contains("8000"))
            && chat.requests().iter().any(|asked| String::from_utf8_lossy(&asked.body).contains("8000"))
    });

    for mail in mail.mails() {
        assert_harmless(&shown(decoded(&mail)));
        assert!(mail.text.is_ascii(), "{mail:?}");
        assert_eq!((mail.header("Bcc"), mail.to.len()), (None, 1), "{mail:?}");
    }
    for asked in hook.requests() {
        let body = String::from_utf8(asked.body).expect("JSON is UTF-8");
        assert!(!body.bytes().any(|byte| byte < b' '), "{body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        for field in ["subject", "text"] {
            assert_harmless(&shown(body[field].as_str().expect("text")));
        }
    }
    for asked in chat.requests() {
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let text = body["text"].as_str().expect("text").replace('\u{200b}', "");
        assert_harmless(&shown(&*text));
        assert!(!text.contains(['<', '>']), "{text}");
    }

    let remote = format!("--server {url} --site office");
    for line in ["hosts", "deltas --why", "history 192.0.2.9"] {
        for format in ["table", "json", "jsonl", "csv"] {
            let run = server.line(&format!("{line} {remote} --format {format}")).code(0);
            assert_harmless(&run);
            assert!(run.out.contains("8000") || run.out.contains("192.0.2.9"), "{run:?}");
            if format == "csv" {
                assert_no_formula(&run);
            }
        }
    }
    for line in ["alerts list", "alerts ports", "runs list", "reports list"] {
        for format in ["table", "json", "csv"] {
            let run = server.line(&format!("{line} --format {format}")).code(0);
            assert_harmless(&run);
            if format == "csv" {
                assert_no_formula(&run);
            }
        }
    }
    let alerts = server.line("alerts list --format json").code(0).json();
    let (mut all, count) = (Vec::new(), alerts.as_array().map(Vec::len));
    texts(&alerts, &mut all);
    assert!(count >= Some(2) && all.iter().any(|text| text.contains("8000")), "{alerts}");

    let latest = server.line("reports list --format json").code(0).json();
    if latest.as_array().is_some_and(|reports| !reports.is_empty()) {
        for format in ["text", "html", "csv", "json"] {
            let run = server.line(&format!("reports export latest --format {format}")).code(0);
            // RFC 4180 ends lines so.
            assert_harmless(&shown(run.out.replace("\r\n", "\n")));
            assert!(!run.out.contains("<script"), "{run:?}");
            if format == "csv" {
                assert_no_formula(&run);
            }
        }
    }
    let log = std::fs::read_to_string(home.join("server.log")).expect("it was kept");
    assert_harmless(&shown(log));
}
