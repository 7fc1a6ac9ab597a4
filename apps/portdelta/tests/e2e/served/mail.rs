//! E-mail to mail servers that speak TLS, with certificates good and bad.

use portdelta_testkit::{CaughtMail, MailCatcher, MailTls, TestAuthority, TestCertificate};

use crate::support::{Run, Server, write};

/// Adds a channel to a mail server and tries it.
fn tried(server: &Server, name: &str, security: &str, mail: &MailCatcher, more: &str) -> Run {
    let port = mail.address().port();
    server
        .line(&format!(
            "channels add smtp {name} --host 127.0.0.1 --port {port} --security {security} \
             --from portdelta@example.com --to operations@example.com {more}"
        ))
        .code(0);
    let run = server.line(&format!("channels test {name}"));
    // As one line, however it was wrapped.
    Run { out: run.out.split_whitespace().collect::<Vec<_>>().join(" "), ..run }
}

#[test]
fn mail_goes_by_tls_to_whom_the_machine_trusts_and_to_nobody_else() {
    let company = TestAuthority::new("Company authority");
    let folder = tempfile::tempdir().expect("temporary files can be made");
    let roots = write(folder.path(), "roots.pem", company.pem());
    let roots = roots.to_str().expect("the temporary folder has a name in UTF-8");
    let server = Server::with(&[], &[("SSL_CERT_FILE", roots)]);
    write(server.here().home(), "right", "hunter2\n");
    write(server.here().home(), "wrong", "hunter3\n");
    let good = company.sign(&["127.0.0.1"]);
    let both = [("starttls", MailTls::Starttls), ("tls", MailTls::FromTheStart)];

    for (security, tls) in both {
        let mail = MailCatcher::encrypted(tls, &good, Some(("portdelta", "hunter2")));
        let login = "--user portdelta --password-file right";
        let run = tried(&server, &format!("good-{security}"), security, &mail, login).code(0);
        assert!(run.out.contains("works: the other side has taken a test"), "{run:?}");
        let mails = mail.mails();
        let taken = |mail: &CaughtMail| mail.encrypted && mail.user.as_deref() == Some("portdelta");
        assert!(mails.len() == 1 && taken(&mails[0]), "{mails:?}");

        let login = "--user portdelta --password-file wrong";
        let run = tried(&server, &format!("login-{security}"), security, &mail, login).code(1);
        assert!(run.out.contains("535") && !run.out.contains("hunter"), "{run:?}");
        let run = tried(&server, &format!("nobody-{security}"), security, &mail, "").code(1);
        assert!(run.out.contains("530"), "{run:?}");
        assert_eq!(mail.mails().len(), 1);
    }

    let stranger = TestAuthority::new("Company authority");
    let bad = [
        ("other-name", company.sign(&["mail.example", "127.0.0.2"])),
        ("expired", company.sign_expired(&["127.0.0.1"])),
        ("stranger", stranger.sign(&["127.0.0.1"])),
        ("own", TestCertificate::of_its_own(&["127.0.0.1"])),
    ];
    for (name, certificate) in bad {
        for (security, tls) in both {
            let mail = MailCatcher::encrypted(tls, &certificate, Some(("portdelta", "hunter2")));
            let login = "--user portdelta --password-file right";
            let run = tried(&server, &format!("{name}-{security}"), security, &mail, login).code(1);
            assert!(run.out.contains("certificate of 127.0.0.1 is not trusted"), "{name}: {run:?}");
            assert_eq!((mail.mails().len(), mail.logins().len()), (0, 0), "{name}");
        }
    }
    // One without TLS gets nothing in the clear.
    let plain = MailCatcher::start();
    for (name, security) in [("plain-starttls", "starttls"), ("plain-tls", "tls")] {
        let run = tried(&server, name, security, &plain, "--user portdelta --password-file right").code(1);
        assert!(run.out.contains("does not work"), "{run:?}");
    }
    assert!(plain.mails().is_empty() && plain.logins().is_empty());
    let log = std::fs::read_to_string(server.here().home().join("server.log")).expect("it was kept");
    assert!(!log.contains("hunter"), "{log}");
}
