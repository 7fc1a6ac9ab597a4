//! Who gets in, and by which certificate.

use std::process::Stdio;

use portdelta_testkit::{TestAuthority, TestCertificate};

use crate::support::{Agent, Program, Run, Server, write};

/// The program on another machine, with these variables.
fn from_afar(program: &Program, line: &str, environment: &[(&str, &str)]) -> Run {
    Run::of(program.command(line.split_whitespace()).envs(environment.iter().copied()))
}

#[test]
fn a_token_comes_from_where_it_was_put_and_a_wrong_one_gets_nothing() {
    let (server, afar) = (Server::start(), Program::new());
    let (url, pin, token) = (server.url(), server.pin(), server.token());
    let ask = format!("sites list --server {url} --server-pin {pin}");
    // On its own machine nothing has to be said.
    server.line("sites list").code(0);

    let run = from_afar(&afar, &ask, &[]);
    run.refused("a token is needed");
    from_afar(&afar, &ask, &[("PORTDELTA_TOKEN", &token)]).code(0);
    let file = write(afar.home(), "token", format!("{token}\n"));
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is ours");
    let run = from_afar(&afar, &format!("{ask} --token-file token"), &[]).code(0);
    assert!(run.err.is_empty(), "{run:?}");
    let mut command = afar.command(format!("{ask} --token-file -").split_whitespace());
    let read = std::fs::File::open(&file).expect("it was written");
    Run::of(command.stdin(Stdio::from(read))).code(0);
    from_afar(&afar, &format!("{ask} --token-file missing"), &[]).refused("could not read the token");

    for wrong in ["pda_wrong", &token[..token.len() - 1], &format!("{token}x")] {
        let run = from_afar(&afar, &ask, &[("PORTDELTA_TOKEN", wrong)]);
        run.refused("this token is not valid");
        assert!(!run.err.contains(wrong), "{run:?}");
    }
    // The doctor says the same, as one thing that is wrong.
    let doctor = format!("doctor --server {url} --server-pin {pin}");
    let run = from_afar(&afar, &doctor, &[("PORTDELTA_TOKEN", "pda_wrong")]).code(1);
    assert!(run.out.contains("bad     this token is not valid"), "{run:?}");
    let run = from_afar(&afar, &doctor, &[("PORTDELTA_TOKEN", &token)]);
    assert!(run.out.contains("the server shows the certificate that was accepted"), "{run:?}");
}

#[test]
fn a_certificate_is_accepted_once_and_another_is_refused() {
    let (mut server, afar) = (Server::start(), Program::new());
    let (pin, token) = (server.pin(), server.token());
    let env = [("PORTDELTA_TOKEN", token.as_str())];
    let run = from_afar(&afar, &format!("sites list --server {}", server.url()), &env);
    run.refused("is not trusted");
    assert!(run.err.contains(&format!("portdelta login {}", server.url())), "{run:?}");
    // Nobody is there to compare: nothing is accepted.
    let run = from_afar(&afar, &format!("login {}", server.url()), &env);
    run.refused("nobody is there to compare the fingerprint");
    assert!(run.err.contains(&pin), "{run:?}");
    let wrong = "ab".repeat(32);
    from_afar(&afar, &format!("login {} --server-pin {wrong}", server.url()), &env)
        .refused("another certificate");
    from_afar(&afar, "sites list", &[]).refused("no server is known");
    let run = from_afar(&afar, &format!("login {} --server-pin {pin}", server.url()), &env).code(0);
    assert!(run.out.contains("Signed in at"), "{run:?}");
    from_afar(&afar, "sites list", &[]).code(0);
    from_afar(&afar, "doctor", &[]);

    server.line("sites add office").code(0);
    let enrolment = server.line("agents enrol --site office --format json").code(0).json();
    let token = enrolment["token"].as_str().expect("a token");
    // Somebody else is at the same address: neither token nor results go there.
    let certificate = TestCertificate::of_its_own(&["127.0.0.1"]);
    write(&server.here().data(), "tls-certificate.pem", &certificate.pem);
    write(&server.here().data(), "tls-key.pem", &certificate.key_pem);
    let address = server.url().trim_start_matches("https://").to_owned();
    server.restart_at(&address);
    let run = from_afar(&afar, "sites list", &[]);
    run.refused("shows another certificate");
    let machine = Program::new();
    machine.run(["agent", "enrol", token, "--name", "office-1"]).refused("another certificate");

    from_afar(&afar, "logout", &[]).code(0);
    from_afar(&afar, "sites list", &[]).refused("no server is known");
    server.process().kill();
    let run = from_afar(&afar, &format!("sites list --server https://{address}"), &env);
    run.refused("could not reach");
    let run = from_afar(&afar, &format!("doctor --server https://{address}"), &env).code(1);
    assert!(run.out.contains("could not reach"), "{run:?}");
}

#[test]
fn an_own_certificate_is_trusted_by_who_signed_it_and_may_be_renewed() {
    let company = TestAuthority::new("Company authority");
    let folder = tempfile::tempdir().expect("temporary files can be made");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let put = |certificate: &TestCertificate| {
        write(folder.path(), "server.pem", &certificate.pem);
        write(folder.path(), "key.pem", &certificate.key_pem);
    };
    let roots = write(folder.path(), "roots.pem", company.pem());
    put(&company.sign(&["127.0.0.1"]));
    let (certificate, key) = (path("server.pem"), path("key.pem"));
    let mut server = Server::with(&["--tls-cert", &certificate, "--tls-key", &key], &[]);
    let address = server.url().trim_start_matches("https://").to_owned();
    let (token, afar) = (server.token(), Program::new());
    let roots = roots.to_str().expect("UTF-8");
    let env = [("PORTDELTA_TOKEN", token.as_str()), ("SSL_CERT_FILE", roots)];
    // The server's own machine knows it from the data folder.
    server.line("sites list").code(0);
    let ask = format!("sites list --server {}", server.url());
    from_afar(&afar, &ask, &env[..1]).refused("is not trusted");
    from_afar(&afar, &ask, &env).code(0);
    // Signed in without a fingerprint, as it will be another one after the renewal.
    from_afar(&afar, &format!("login {}", server.url()), &env).code(0);

    server.line("sites add office").code(0);
    let enrolment = server.line("agents enrol --site office --format json").code(0).json();
    let text = enrolment["token"].as_str().expect("a token");
    let machine = Program::new();
    let run = machine.run(["agent", "enrol", text, "--name", "office-1"]);
    run.refused("is not trusted");
    assert!(run.err.contains("SSL_CERT_FILE"), "{run:?}");
    let mut command = machine.command(["agent", "enrol", text, "--name", "office-1"]);
    Run::of(command.env("SSL_CERT_FILE", roots)).code(0);
    server.line("agents approve office-1").code(0);

    put(&company.sign(&["127.0.0.1", "localhost"]));
    server.restart_at(&address);
    server.line("sites list").code(0);
    from_afar(&afar, "sites list", &env[1..]).code(0);
    let once = |machine: &Program| {
        let mut command = machine.command(["agent", "run", "--once"]);
        Run::of(command.env("SSL_CERT_FILE", roots))
    };
    once(&machine).code(0);
    // One for another name is none, whoever signed it.
    put(&company.sign(&["portdelta.example"]));
    server.restart_at(&address);
    from_afar(&afar, "sites list", &env[1..]).refused("is not trusted");
}

#[test]
fn an_own_certificate_that_nobody_signed_is_pinned_by_the_token() {
    let folder = tempfile::tempdir().expect("temporary files can be made");
    let own = TestCertificate::of_its_own(&["portdelta.example"]);
    let certificate = write(folder.path(), "server.pem", &own.pem);
    let key = write(folder.path(), "key.pem", &own.key_pem);
    let path = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let server = Server::with(&["--tls-cert", &path(&certificate), "--tls-key", &path(&key)], &[]);
    server.line("sites add office").code(0);
    let enrolment = server.line("agents enrol --site office --format json").code(0).json();
    let mut agent = Agent::enrolled(enrolment["token"].as_str().expect("a token"), "office-1");
    server.line("agents approve office-1").code(0);
    portdelta_testkit::wait_until("the agent to be online", || {
        server.line("agents list --format json").json()[0]["status"] == "online"
    });
    assert_eq!(agent.process().terminate(), 0);
}
