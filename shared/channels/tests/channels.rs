//! Every channel against a real server or program, kind and difficult.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portdelta_app::ports::channel::SmtpSecurity;
use portdelta_app::ports::{ChannelError, ChannelSettings, Channels, Clock, Notification};
use portdelta_channels::{ChannelLimits, Outward, sign};
use portdelta_testkit::{
    MailCatcher, MailMode, MailTls, TestAuthority, TestCertificate, TestClock, WebCatcher, WebMode,
    closed_port, wait_until,
};
use serde_json::json;

const SECRET: &str = "a-key-of-the-signature";

fn notification() -> Notification {
    Notification {
        id: "run-now-1".to_owned(),
        kind: "digest".to_owned(),
        subject: "[critical] Office at office: 1 alert".to_owned(),
        text: "3389/tcp is open at 192.0.2.7\n.\nBüro <!channel> & more\n".to_owned(),
        attributes: BTreeMap::from([("severity".to_owned(), "critical".to_owned())]),
        several: BTreeMap::new(),
        data: json!({"alerts": [{"title": "a\u{1b}[2J\r\nBcc: x@example.org"}]}),
    }
}

fn outward() -> Outward {
    let limits = ChannelLimits {
        smtp_step: Duration::from_secs(1),
        smtp_total: Duration::from_secs(3),
        http: Duration::from_secs(1),
    };
    Outward::new(Arc::new(TestClock::default())).limited(limits)
}

async fn deliver(settings: &ChannelSettings) -> Result<(), ChannelError> {
    let channel = outward().open(settings)?;
    channel.deliver(&notification()).await
}

/// Starts the program from the folder that it is in.
async fn start(path: &Path) -> Result<(), ChannelError> {
    let folder = path.parent().expect("it is in a folder");
    let channel = outward().with_programs(folder).open(&program(path))?;
    channel.deliver(&notification()).await
}

fn later(outcome: Result<(), ChannelError>) -> String {
    match outcome {
        Err(ChannelError::Later(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn never(outcome: Result<(), ChannelError>) -> String {
    match outcome {
        Err(ChannelError::Never(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn smtp(port: u16) -> ChannelSettings {
    ChannelSettings::Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::None,
        user: None,
        password: None,
        from: "Portdelta <portdelta@example.org>".to_owned(),
        to: vec!["a@example.org".to_owned(), "Büro <b@example.net>".to_owned()],
    }
}

fn webhook(url: &str, allow_private: bool) -> ChannelSettings {
    ChannelSettings::Webhook { url: url.to_owned(), secret: SECRET.to_owned(), allow_private }
}

fn program(path: &Path) -> ChannelSettings {
    let path = path.file_name().and_then(|name| name.to_str()).expect("a name of text").to_owned();
    ChannelSettings::Program { path, arguments: vec!["two words; $(id)".to_owned()], timeout_seconds: 1 }
}

#[tokio::test]
async fn mail_arrives_as_it_was_meant() {
    let catcher = MailCatcher::start();
    deliver(&smtp(catcher.address().port())).await.expect("it is taken");
    deliver(&smtp(catcher.address().port())).await.expect("it is taken");
    let mails = catcher.mails();
    assert_eq!(mails.len(), 2);
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.to.len()), ("portdelta@example.org", 2));
    let header = |name: &str| mail.header(name).unwrap_or_default();
    assert_eq!(header("Subject"), "[critical] Office at office: 1 alert");
    assert_eq!(header("Message-ID"), "<run-now-1@example.org>");
    assert_eq!(mails[1].header("Message-ID"), mail.header("Message-ID"));
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(header("Date").starts_with("Wed, 18 May 2033 03:33:20"), "{}", header("Date"));
    assert!(header("Content-Type").to_lowercase().contains("utf-8"), "{}", header("Content-Type"));
    assert!(mail.body().contains("B=C3=BCro <!channel> & more"), "{}", mail.body());
    assert!(mail.body().contains("\n.\n"), "a line of one dot ends nothing: {}", mail.body());
}

#[tokio::test]
async fn a_subject_cannot_smuggle_headers() {
    let catcher = MailCatcher::start();
    let hostile =
        Notification { subject: "a\r\nBcc: evil@example.org\r\n\r\nbody".to_owned(), ..notification() };
    let channel = outward().open(&smtp(catcher.address().port())).expect("it can work");
    channel.deliver(&hostile).await.expect("it is taken");
    let mail = &catcher.mails()[0];
    assert_eq!(mail.header("Bcc"), None, "{}", mail.text);
    assert_eq!(mail.to.len(), 2);
}

#[tokio::test]
async fn a_mail_server_that_refuses_for_good_or_for_now_is_told_apart() {
    let catcher = MailCatcher::start();
    let settings = smtp(catcher.address().port());
    catcher.set_mode(MailMode::Reject);
    let message = never(deliver(&settings).await);
    assert!(message.contains("550") && message.contains("no such user"), "{message}");
    assert!(!message.contains('\u{1b}'), "{message:?}");
    for mode in [MailMode::Later, MailMode::Drop, MailMode::Silent, MailMode::DropAfter] {
        catcher.set_mode(mode);
        let begin = Instant::now();
        let message = later(deliver(&settings).await);
        assert!(message.contains("127.0.0.1"), "{mode:?}: {message}");
        assert!(begin.elapsed() < Duration::from_secs(6), "{mode:?}");
    }
    assert_eq!(catcher.mails().len(), 1, "one was taken before the connection was lost");
    later(deliver(&smtp(closed_port("127.0.0.1"))).await);
    catcher.set_mode(MailMode::Accept);
    deliver(&settings).await.expect("it works again");
}

#[tokio::test]
async fn mail_settings_that_cannot_work_are_refused_without_their_secrets() {
    let refused = |settings: ChannelSettings| never(outward().open(&settings).map(drop));
    let with = |change: &dyn Fn(&mut ChannelSettings)| {
        let mut settings = smtp(25);
        change(&mut settings);
        settings
    };
    let far = with(&|settings| {
        if let ChannelSettings::Smtp { host, .. } = settings {
            *host = "mail.example.org".to_owned();
        }
    });
    assert!(refused(far).contains("without TLS"));
    let half = with(&|settings| {
        if let ChannelSettings::Smtp { password, .. } = settings {
            *password = Some("hunter2".to_owned());
        }
    });
    let message = refused(half);
    assert!(message.contains("one is missing") && !message.contains("hunter2"), "{message}");
    for (wrong, to) in
        [("no recipient", vec![]), ("no mail address", vec!["a b\r\nRCPT TO:<x@y>".to_owned()])]
    {
        let settings = with(&|settings| {
            if let ChannelSettings::Smtp { to: recipients, .. } = settings {
                recipients.clone_from(&to);
            }
        });
        let message = refused(settings);
        assert!(message.contains(wrong) && !message.contains('\n'), "{message}");
    }
    let odd = with(&|settings| {
        if let ChannelSettings::Smtp { host, .. } = settings {
            *host = "a\r\nb".to_owned();
        }
    });
    assert!(refused(odd).contains("neither a host name"));
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail_in_the_clear() {
    let catcher = MailCatcher::start();
    let mut settings = smtp(catcher.address().port());
    for protected in [SmtpSecurity::Starttls, SmtpSecurity::Tls] {
        if let ChannelSettings::Smtp { security, user, password, .. } = &mut settings {
            *security = protected;
            (*user, *password) = (Some("me".to_owned()), Some("hunter2".to_owned()));
        }
        let outcome = deliver(&settings).await;
        assert!(outcome.is_err(), "{protected:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
    assert!(catcher.mails().is_empty());
}

/// What a machine trusts is tried with a whole server, in the tests of the command line.
#[tokio::test]
async fn a_mail_server_that_nobody_vouches_for_gets_neither_mail_nor_password() {
    let stranger = TestAuthority::new("nobody knows it").sign(&["127.0.0.1"]);
    for certificate in [stranger, TestCertificate::of_its_own(&["127.0.0.1"])] {
        for (tls, protected) in
            [(MailTls::Starttls, SmtpSecurity::Starttls), (MailTls::FromTheStart, SmtpSecurity::Tls)]
        {
            let catcher = MailCatcher::encrypted(tls, &certificate, Some(("me", "hunter2")));
            let mut settings = smtp(catcher.address().port());
            if let ChannelSettings::Smtp { security, user, password, .. } = &mut settings {
                *security = protected;
                (*user, *password) = (Some("me".to_owned()), Some("hunter2".to_owned()));
            }
            let message = later(deliver(&settings).await);
            assert!(message.contains("certificate of 127.0.0.1 is not trusted"), "{message}");
            assert_eq!((catcher.conversations(), catcher.logins().len(), catcher.mails().len()), (1, 0, 0));
        }
    }
}

#[tokio::test]
async fn a_webhook_is_signed_and_says_what_it_is() {
    let catcher = WebCatcher::start();
    deliver(&webhook(&catcher.url(), true)).await.expect("it is taken");
    let request = &catcher.requests()[0];
    assert_eq!(request.line, "POST /hook HTTP/1.1");
    assert_eq!(request.headers["portdelta-id"], "run-now-1");
    assert_eq!(request.headers["portdelta-kind"], "digest");
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(!request.headers.contains_key("authorization"));
    let signature = sign(SECRET, TestClock::default().now(), &request.body);
    assert_eq!(request.headers["portdelta-signature"], signature);
    assert_ne!(sign("another key", TestClock::default().now(), &request.body), signature);
    let read: Notification = serde_json::from_slice(&request.body).expect("a notification");
    assert_eq!(read, notification());
}

#[tokio::test]
async fn a_webhook_that_fails_in_every_way_is_told_apart() {
    let catcher = WebCatcher::start();
    let settings = webhook(&catcher.url(), true);
    for status in [500, 502, 503, 429, 408] {
        catcher.set_mode(WebMode::Answer(status, "busy\u{1b}[2J\nsecond line".to_owned()));
        let message = later(deliver(&settings).await);
        assert!(message.contains(&status.to_string()) && message.contains("busy\\x1b[2J"), "{message}");
        assert!(!message.contains("second") && !message.contains("/hook"), "{message}");
    }
    for status in [400, 401, 404, 410] {
        catcher.set_mode(WebMode::Answer(status, String::new()));
        never(deliver(&settings).await);
    }
    for mode in [WebMode::Close, WebMode::Silent, WebMode::Endless] {
        catcher.set_mode(mode.clone());
        let begin = Instant::now();
        later(deliver(&settings).await);
        assert!(begin.elapsed() < Duration::from_secs(5), "{mode:?}");
    }
    let closed = format!("http://127.0.0.1:{}/secret-path", closed_port("127.0.0.1"));
    let message = later(deliver(&webhook(&closed, true)).await);
    assert!(!message.contains("secret-path"), "{message}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (inner, outer) = (WebCatcher::start(), WebCatcher::start());
    outer.set_mode(WebMode::Redirect(inner.url()));
    let message = never(deliver(&webhook(&outer.url(), true)).await);
    assert!(message.contains("redirects are not followed"), "{message}");
    assert!(inner.requests().is_empty() && outer.requests().len() == 1);
}

#[tokio::test]
async fn nobody_makes_the_server_talk_to_its_own_network() {
    let catcher = WebCatcher::start();
    let port = catcher.address().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "192.168.0.1",
    ] {
        let message = never(deliver(&webhook(&format!("https://{host}:{port}/hook"), false)).await);
        assert!(message.contains("no address of the public internet"), "{host}: {message}");
    }
    for url in
        ["http://example.org/", "file:///etc/passwd", "ftp://example.org/", "https://u:p@example.org/", "x"]
    {
        let message = never(outward().open(&webhook(url, false)).map(drop));
        assert!(!message.contains("u:p"), "{url}: {message}");
    }
    assert!(catcher.requests().is_empty());
}

#[tokio::test]
async fn slack_gets_no_mark_up() {
    let catcher = WebCatcher::start();
    let settings = ChannelSettings::Slack { url: catcher.url(), allow_private: true };
    deliver(&settings).await.expect("it is taken");
    let body: serde_json::Value = serde_json::from_slice(&catcher.requests()[0].body).expect("JSON");
    let text = body["text"].as_str().expect("a text");
    assert!(text.contains("Büro &lt;!channel&gt; &amp; more"), "{text}");
    catcher.set_mode(WebMode::Answer(404, "no_service".to_owned()));
    assert!(never(deliver(&settings).await).contains("no_service"));
}

/// An executable script.
fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("the script can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
        .expect("it can be made executable");
    path
}

#[tokio::test]
async fn a_program_gets_the_notification_and_little_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let text = format!("cat > {0}.json; env > {0}.env; printf '%s' \"$1\" > {0}.args", out.display());
    let path = script(folder.path(), "ok", &text);
    start(&path).await.expect("it succeeds");
    let read =
        |end: &str| std::fs::read_to_string(format!("{}.{end}", out.display())).expect("it is written");
    assert_eq!(serde_json::from_str::<Notification>(&read("json")).expect("JSON"), notification());
    assert_eq!(read("args"), "two words; $(id)");
    assert!(read("env").contains("PORTDELTA_ID=run-now-1"));
    assert!(!read("env").contains("CARGO"), "{}", read("env"));
}

#[tokio::test]
async fn a_program_that_fails_is_tried_later_and_its_first_line_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let failing = script(folder.path(), "failing", "echo 'no \u{1b}[2J route' >&2; echo more >&2; exit 3");
    let message = later(start(&failing).await);
    assert!(message.contains("failing ended with exit status: 3: no \\x1b[2J route"), "{message}");
    assert!(!message.contains("more"), "{message}");
    let noisy = script(
        folder.path(),
        "noisy",
        "head -c 3000000 /dev/zero | tr '\\0' x >&2; yes | head -c 3000000; exit 0",
    );
    start(&noisy).await.expect("noise is no failure");
    let deaf = script(folder.path(), "deaf", "exec 0<&-; exit 0");
    start(&deaf).await.expect("it need not read");
}

#[tokio::test]
async fn a_program_that_hangs_ends_with_all_that_it_started() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mark = folder.path().join("mark");
    let text = format!("sleep 61 & echo $! > {0}; trap '' TERM; wait; sleep 62", mark.display());
    let slow = script(folder.path(), "slow", &text);
    let begin = Instant::now();
    assert!(later(start(&slow).await).contains("was ended after 1 s"));
    assert!(begin.elapsed() < Duration::from_secs(4));
    let child = std::fs::read_to_string(&mark).expect("it began").trim().to_owned();
    wait_until("the program's child to end", || {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        // Nobody may have collected it yet.
        stat.is_empty() || stat.contains(") Z ")
    });
}

#[tokio::test]
async fn programs_that_cannot_work_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    script(folder.path(), "ok", "exit 0");
    std::fs::create_dir(folder.path().join("in")).expect("a folder can be made");
    script(&folder.path().join("in"), "ok", "exit 0");
    let open = |name: &str, timeout_seconds| {
        let settings =
            ChannelSettings::Program { path: name.to_owned(), arguments: Vec::new(), timeout_seconds };
        outward().with_programs(folder.path()).open(&settings).map(drop)
    };
    open("ok", 5).expect("it is in the folder");
    // Who may make channels gets no other program of the machine started, by whatever name.
    let long = "x".repeat(256);
    for name in ["/bin/sh", "../bin/sh", "in/ok", "./ok", "..", ".", ".hidden", "", "/", &long] {
        assert!(never(open(name, 5)).contains("is not the name of a file"), "{name}");
    }
    assert!(never(open("o\0k", 5)).contains("NUL"));
    assert!(never(open("ok", 0)).contains("time limit"));
    assert!(never(open("ok", 601)).contains("time limit"));
    assert!(never(start(&folder.path().join("missing")).await).contains("could not start missing"));
    let nowhere = outward().with_programs(folder.path().join("none"));
    for without in [outward(), nowhere] {
        let refused = without.open(&program(&folder.path().join("ok"))).map(drop);
        assert!(never(refused).contains("starts no programs"));
    }
}
