//! Channels to mail servers, webhooks and programs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Channel, ChannelSettings, Channels};
use portdelta_channels::{ChannelLimits, Outward};
use portdelta_testkit::TestClock;

fn open(settings: &ChannelSettings) -> Arc<dyn Channel> {
    open_with(Path::new("/nowhere"), settings)
}

fn open_with(programs: &Path, settings: &ChannelSettings) -> Arc<dyn Channel> {
    // Long enough for eight deliveries at once on a busy machine.
    let limits = ChannelLimits {
        smtp_step: Duration::from_secs(20),
        smtp_total: Duration::from_secs(30),
        http: Duration::from_secs(20),
    };
    let outward = Outward::new(Arc::new(TestClock::default())).limited(limits).with_programs(programs);
    Arc::from(outward.open(settings).expect("the settings can work"))
}

mod mail {
    use std::sync::Arc;

    use async_trait::async_trait;
    use portdelta_app::ports::ChannelSettings;
    use portdelta_app::ports::channel::SmtpSecurity;
    use portdelta_testkit::contract::ChannelUnderTest;
    use portdelta_testkit::contract::channel::{Arrived, Mood, Place};
    use portdelta_testkit::{CaughtMail, MailCatcher, MailMode};

    /// All headers that our mails have.
    const HEADERS: [&str; 9] = [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    ];

    struct Mailbox(MailCatcher);

    #[async_trait]
    impl Place for Mailbox {
        async fn arrived(&self) -> Vec<Arrived> {
            self.0.mails().iter().map(read).collect()
        }

        async fn turn(&self, mood: Mood) -> bool {
            self.0.set_mode(match mood {
                Mood::Kind => MailMode::Accept,
                Mood::Busy => MailMode::Later,
                Mood::Strict => MailMode::Reject,
                Mood::Gone => MailMode::Drop,
            });
            true
        }
    }

    fn read(mail: &CaughtMail) -> Arrived {
        let head = mail.text.split("\n\n").next().unwrap_or_default();
        let fields = head.lines().filter(|line| !line.starts_with([' ', '\t']));
        let names = fields.map(|line| line.split(':').next().unwrap_or_default().to_lowercase());
        let mut smuggled: Vec<String> = names.filter(|name| !HEADERS.contains(&name.as_str())).collect();
        smuggled.extend(mail.to.iter().filter(|to| *to != "a@example.org").cloned());
        let id = mail.header("Message-ID").unwrap_or_default();
        let id = id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
        let subject = mail.header("Subject").unwrap_or_default();
        Arrived {
            id: Some(id),
            // What is not ASCII comes as encoded words, which tell nothing of its length.
            subject: (!subject.contains("=?")).then_some(subject),
            text: unquoted(mail.body()),
            attributes: None,
            smuggled,
        }
    }

    /// The text of quoted-printable, RFC 2045.
    fn unquoted(body: &str) -> String {
        let body = body.replace("=\n", "");
        let mut bytes = Vec::new();
        let mut rest = body.as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            let code =
                rest.get(1..3).filter(|_| first == b'=').and_then(|digits| str::from_utf8(digits).ok());
            if let Some(byte) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                bytes.push(byte);
                rest = &rest[3..];
            } else {
                bytes.push(first);
                rest = after;
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn fixture() -> ChannelUnderTest {
        let catcher = MailCatcher::start();
        let settings = ChannelSettings::Smtp {
            host: "127.0.0.1".to_owned(),
            port: catcher.address().port(),
            security: SmtpSecurity::None,
            user: None,
            password: None,
            from: "portdelta@example.org".to_owned(),
            to: vec!["a@example.org".to_owned()],
        };
        ChannelUnderTest {
            channel: super::open(&settings),
            place: Arc::new(Mailbox(catcher)),
            keep: Box::new(()),
        }
    }

    portdelta_testkit::channel_contract!(fixture);
}

/// How a web server behaves.
fn web_mode(mood: portdelta_testkit::contract::channel::Mood) -> portdelta_testkit::WebMode {
    use portdelta_testkit::WebMode;
    use portdelta_testkit::contract::channel::Mood;
    match mood {
        Mood::Kind => WebMode::Accept,
        Mood::Busy => WebMode::Answer(503, "later\u{1b}[2J\nmore".to_owned()),
        Mood::Strict => WebMode::Answer(404, "gone\u{1b}[2J\nmore".to_owned()),
        Mood::Gone => WebMode::Close,
    }
}

mod webhook {
    use std::sync::Arc;

    use async_trait::async_trait;
    use portdelta_app::ports::{ChannelSettings, Notification};
    use portdelta_testkit::WebCatcher;
    use portdelta_testkit::contract::ChannelUnderTest;
    use portdelta_testkit::contract::channel::{Arrived, Mood, Place};

    struct Hook(WebCatcher, std::sync::Mutex<Mood>);

    #[async_trait]
    impl Place for Hook {
        async fn arrived(&self) -> Vec<Arrived> {
            // What was answered with an error was not taken.
            if *self.1.lock().expect("nobody panics with it") != Mood::Kind {
                return Vec::new();
            }
            let taken = |request: &portdelta_testkit::CaughtRequest| {
                let sent: Notification = serde_json::from_slice(&request.body).expect("a notification");
                let smuggled = request.headers.keys().filter(|name| name.contains("evil")).cloned();
                Arrived {
                    id: Some(request.headers["portdelta-id"].clone()),
                    subject: Some(sent.subject.replace(['\r', '\n'], " ")),
                    text: sent.text,
                    attributes: Some(sent.attributes),
                    smuggled: smuggled.collect(),
                }
            };
            self.0.requests().iter().map(taken).collect()
        }

        async fn turn(&self, mood: Mood) -> bool {
            self.0.set_mode(super::web_mode(mood));
            *self.1.lock().expect("nobody panics with it") = mood;
            true
        }
    }

    async fn fixture() -> ChannelUnderTest {
        let catcher = WebCatcher::start();
        let settings = ChannelSettings::Webhook {
            url: catcher.url(),
            secret: "a-key-of-the-signature".to_owned(),
            allow_private: true,
        };
        ChannelUnderTest {
            channel: super::open(&settings),
            place: Arc::new(Hook(catcher, std::sync::Mutex::new(Mood::Kind))),
            keep: Box::new(()),
        }
    }

    portdelta_testkit::channel_contract!(fixture);
}

mod slack {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use portdelta_app::ports::ChannelSettings;
    use portdelta_testkit::WebCatcher;
    use portdelta_testkit::contract::ChannelUnderTest;
    use portdelta_testkit::contract::channel::{Arrived, Mood, Place};

    struct Chat(WebCatcher, Mutex<Mood>);

    #[async_trait]
    impl Place for Chat {
        async fn arrived(&self) -> Vec<Arrived> {
            if *self.1.lock().expect("nobody panics with it") != Mood::Kind {
                return Vec::new();
            }
            let shown = |request: &portdelta_testkit::CaughtRequest| {
                let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
                let text = body["text"].as_str().expect("a text");
                assert!(!text.contains(['<', '>']), "no mark-up: {text}");
                // As it is shown.
                let text = text.replace('\u{200b}', "").replace("&lt;", "<").replace("&gt;", ">");
                Arrived { text: text.replace("&amp;", "&"), ..Arrived::default() }
            };
            self.0.requests().iter().map(shown).collect()
        }

        async fn turn(&self, mood: Mood) -> bool {
            self.0.set_mode(super::web_mode(mood));
            *self.1.lock().expect("nobody panics with it") = mood;
            true
        }
    }

    async fn fixture() -> ChannelUnderTest {
        let catcher = WebCatcher::start();
        let settings = ChannelSettings::Slack { url: catcher.url(), allow_private: true };
        ChannelUnderTest {
            channel: super::open(&settings),
            place: Arc::new(Chat(catcher, Mutex::new(Mood::Kind))),
            keep: Box::new(()),
        }
    }

    portdelta_testkit::channel_contract!(fixture);
}

mod program {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;
    use std::sync::Arc;

    use async_trait::async_trait;
    use portdelta_app::ports::{ChannelSettings, Notification};
    use portdelta_testkit::contract::ChannelUnderTest;
    use portdelta_testkit::contract::channel::{Arrived, Mood, Place};

    /// A script that keeps what it gets in a folder, one file each.
    struct Script(PathBuf);

    impl Script {
        fn write(&self, text: &str) {
            let (path, new) = (self.0.join("take"), self.0.join("take.new"));
            std::fs::write(&new, format!("#!/bin/sh\n{text}\n")).expect("the script can be written");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&new, mode).expect("it can be made executable");
            std::fs::rename(new, path).expect("it can be replaced");
        }
    }

    #[async_trait]
    impl Place for Script {
        async fn arrived(&self) -> Vec<Arrived> {
            let files = std::fs::read_dir(&self.0).expect("the folder is there").flatten();
            let mut taken: Vec<PathBuf> = files
                .map(|file| file.path())
                .filter(|path| path.extension().is_some_and(|end| end == "json"))
                .collect();
            taken
                .sort_by_key(|path| path.metadata().and_then(|data| data.modified()).expect("it has a time"));
            let read = |path: PathBuf| {
                let bytes = std::fs::read(path).expect("it can be read");
                let sent: Notification = serde_json::from_slice(&bytes).expect("a notification");
                Arrived {
                    id: Some(sent.id),
                    subject: Some(sent.subject.replace(['\r', '\n'], " ")),
                    text: sent.text,
                    attributes: Some(sent.attributes),
                    smuggled: Vec::new(),
                }
            };
            taken.into_iter().map(read).collect()
        }

        async fn turn(&self, mood: Mood) -> bool {
            match mood {
                Mood::Kind => self.write(&format!("exec cat > {}/$$-$(date +%N).json", self.0.display())),
                Mood::Busy => self.write("echo 'not\u{1b}[2J now' >&2; exit 1"),
                Mood::Strict => std::fs::remove_file(self.0.join("take")).expect("it was there"),
                Mood::Gone => return false,
            }
            true
        }
    }

    async fn fixture() -> ChannelUnderTest {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = Script(folder.path().to_owned());
        script.turn(Mood::Kind).await;
        let settings =
            ChannelSettings::Program { path: "take".to_owned(), arguments: Vec::new(), timeout_seconds: 30 };
        let channel = super::open_with(folder.path(), &settings);
        ChannelUnderTest { channel, place: Arc::new(script), keep: Box::new(folder) }
    }

    portdelta_testkit::channel_contract!(fixture);
}
