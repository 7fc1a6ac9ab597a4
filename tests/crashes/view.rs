//! What a server believes and told, without what may differ from one time to another.

use std::collections::BTreeSet;
use std::time::Duration;

use portdelta_testkit::MailCatcher;
use reqwest::Method;
use serde_json::Value;

use crate::story::Driver;

/// How many messages an undisturbed run sends: what is seen for the first time and alerts about it are one digest.
const MESSAGES: usize = 1;

/// Everything that can be asked for, times left out, and what went out.
#[derive(Debug, PartialEq)]
pub struct View {
    answers: Vec<(String, Value)>,
    mails: BTreeSet<String>,
}

impl View {
    /// Waits until the run's messages went out, and looks at everything.
    ///
    /// The messages of the run are those that name `marker`, an address that it found.
    pub async fn of(
        driver: &mut Driver<'_>,
        admin: &str,
        run: &str,
        mail: &MailCatcher,
        marker: &str,
    ) -> Self {
        for _ in 0..1_500 {
            if messages(mail, marker).len() >= MESSAGES {
                break;
            }
            driver.mortal.look_after();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let paths = [
            "/sites/office/hosts".to_owned(),
            format!("/runs/{run}"),
            format!("/runs/{run}/tasks"),
            format!("/runs/{run}/deltas?first_looks=true"),
            format!("/reports/{run}"),
            "/alerts".to_owned(),
            "/queues".to_owned(),
        ];
        let mut answers = Vec::new();
        for path in paths {
            let mut answer = driver.ask(admin, Method::GET, &path, &Value::Null).await;
            forget_times(&mut answer);
            forget_silence(&mut answer);
            answers.push((path, answer));
        }
        Self { answers, mails: messages(mail, marker) }
    }
}

impl View {
    /// Fails where another view differs, and says in what.
    pub fn assert_same(&self, expected: &Self, when: &str) {
        for ((path, seen), (_, wanted)) in self.answers.iter().zip(&expected.answers) {
            assert_eq!(seen, wanted, "{path}, {when}");
        }
        assert_eq!(self, expected, "{when}");
    }

    /// The same where a real scanner worked: what it writes is never the same twice.
    pub fn without_contents(mut self) -> Self {
        self.answers.iter_mut().for_each(|(_, answer)| forget_contents(answer));
        self
    }
}

/// Messages of the run by their ids: whoever gets one twice can tell.
fn messages(mail: &MailCatcher, marker: &str) -> BTreeSet<String> {
    let mails = mail.mails();
    let of_run = mails.iter().filter(|mail| mail.body().contains(marker));
    of_run.map(|mail| mail.header("Message-ID").unwrap_or_default()).collect()
}

/// While the server is dead its clock goes on by a quarter of an hour, in which the agent says nothing. Alerts of the
/// same time are sorted.
fn forget_silence(answer: &mut Value) {
    if let Some(items) = answer.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|item| item["rule"] != "silent-agent");
        // The newest first: which of two of the same run that is may differ.
        if items.iter().all(|item| item.get("rule").is_some()) {
            items.sort_by_key(|item| item["id"].to_string());
        }
    }
}

/// How many results there are remains, not their names.
fn forget_contents(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget_contents),
        Value::Object(fields) => {
            if let Some(results) = fields.get_mut("results").filter(|results| results.is_array()) {
                *results = results.as_array().map_or(0, Vec::len).into();
            }
            for name in ["result", "arguments", "load"] {
                fields.remove(name);
            }
            // The name of a change follows from its result.
            if fields.contains_key("change") {
                fields.remove("id");
            }
            // nmap has the machine's own clock, which no test puts forward.
            if let Some(warnings) = fields.get_mut("warnings").and_then(Value::as_array_mut) {
                warnings.retain(|warning| warning["code"] != "time_outside_task");
            }
            fields.values_mut().for_each(forget_contents);
        }
        _ => {}
    }
}

/// Times, and what is counted while something waits: in text, RFC 3339; in numbers, nothing.
fn forget_times(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(clean) = without_times(text) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_times),
        Value::Object(fields) => {
            for name in ["oldest_seconds", "waiting", "leased"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(forget_times);
            // By how much times were off differs from task to task only where the clock jumped in between.
            if let Some(warnings) = fields.get_mut("warnings").and_then(Value::as_array_mut) {
                warnings.dedup();
            }
        }
        _ => {}
    }
}

fn without_times(text: &str) -> Option<String> {
    let mut clean = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(place) = rest.find('T') {
        let begin = place.checked_sub(10).filter(|&begin| rest.is_char_boundary(begin));
        let end = rest[place..].find('Z').map(|end| place + end + 1);
        match (begin, end) {
            (Some(begin), Some(end))
                if rest[begin..end].parse::<portdelta_protocol::admin::Time>().is_ok() =>
            {
                clean.push_str(&rest[..begin]);
                clean.push('@');
                rest = &rest[end..];
                found = true;
            }
            _ => {
                clean.push_str(&rest[..=place]);
                rest = &rest[place + 1..];
            }
        }
    }
    clean.push_str(rest);
    // How far a result's times were off follows the clock as well.
    let words = clean.split(' ').map(|word| {
        let is_long = word.len() > 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_long { "@" } else { word }
    });
    let clean: String = words.collect::<Vec<_>>().join(" ");
    (found || clean != text).then_some(clean)
}
