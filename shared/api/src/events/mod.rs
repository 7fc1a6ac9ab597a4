//! Server-sent events: one look at what goes on for all who watch, and a stream for each of them.
//!
//! What goes on (runs, agents) is told as it is now, and again when it changed; what happened (reports, alerts) is told
//! at least once to who comes back with the id of the last event that it saw. What happened may become visible a little
//! later than its time says: so a little of the past is always looked at again, and what was told of it left out where
//! the id says that. A reader that is too slow is sent away, and comes again.

mod event;
mod seen;
mod watcher;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use portdelta_protocol::admin::Role;
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use crate::Api;
use crate::access::Proof;
use crate::error::ApiError;
use event::{Told, since};
use seen::{LOOK_BACK, Seen};

/// Events that wait for a slow reader before it is sent away.
const WAITING: usize = 256;

/// Bytes that wait for a slow reader.
const PIPE_BYTES: usize = 64 << 10;

/// A comment is sent so often where nothing happens: whoever stands between must not think that nobody is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Who comes again comes after so long, in milliseconds.
const RETRY_STREAM_MS: u32 = 2_000;

/// The same where each answer is whole: a request for each look.
const RETRY_ANSWER_MS: u32 = 10_000;

/// Those who watch.
pub(crate) struct Hub {
    events: broadcast::Sender<Arc<Told>>,
    is_watching: Arc<AtomicBool>,
    streams: Arc<Semaphore>,
}

impl Hub {
    pub(crate) fn new(streams: usize) -> Self {
        let (events, _) = broadcast::channel(WAITING);
        let streams = Arc::new(Semaphore::new(streams.min(Semaphore::MAX_PERMITS)));
        Self { events, is_watching: Arc::default(), streams }
    }
}

/// Everything that is new since the event with this id as one answer.
pub(crate) async fn answer(api: &Api, role: Role, last: &str) -> Result<Body, ApiError> {
    let mut text = format!("retry: {RETRY_ANSWER_MS}\n\n");
    for told in everything(api, last).await?.0.iter().filter(|told| told.is_for(role)) {
        text.push_str(&told.text());
    }
    Ok(Body::from(text))
}

/// Everything that is new since the event with this id, and what happens from now on, as long as who asks may know of
/// it.
pub(crate) async fn stream(
    api: &Api,
    (proof, role): (Proof, Role),
    every: Duration,
    last: &str,
) -> Result<Body, ApiError> {
    let Ok(permit) = Arc::clone(&api.hub.streams).try_acquire_owned() else {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(ApiError::new(status, "events.too_many", "too many streams of events go on")
            .hint("Close other windows of the dashboard.")
            .retry_after(30));
    };
    // Who listens first and reads then misses nothing; what comes twice changes nothing.
    let events = api.hub.events.subscribe();
    let (begin, known) = everything(api, last).await?;
    if !api.hub.is_watching.swap(true, Ordering::SeqCst) {
        let (api, watching) = (api.clone(), Arc::clone(&api.hub.is_watching));
        tokio::spawn(async move {
            watcher::watch(&api, every, &api.hub.events, known).await;
            watching.store(false, Ordering::SeqCst);
        });
    }
    let (reader, writer) = tokio::io::duplex(PIPE_BYTES);
    tokio::spawn(write(api.clone(), (proof, role), writer, begin, events, permit));
    Ok(Body::from_stream(tokio_util::io::ReaderStream::new(reader)))
}

/// What happened since the event with this id, what is so now, and as the last one an event from which on to ask again.
/// And the ids of what happened lately.
///
/// In this order an answer that breaks off loses nothing: who saw a part of it comes again with an id of that part.
async fn everything(api: &Api, last: &str) -> Result<(Vec<Told>, BTreeSet<String>), ApiError> {
    let app = api.service.app();
    let now = app.now();
    let since = since(last);
    let news = app.news(since.map_or(now, |since| since.min(now)).shifted(-LOOK_BACK)).await?;
    let happened = event::happened(&news);
    let closing = seen::closing(now, happened.iter().map(Told::id));
    let known = happened.iter().map(|told| told.id().to_owned()).collect();
    let seen = Seen::of(last);
    // Who comes for the first time reads what was before elsewhere.
    let mut all: Vec<Told> =
        happened.into_iter().filter(|told| since.is_some() && !seen.has(told.id())).collect();
    all.extend(event::now(now, &api.settings.version, &app.activity().await?));
    all.push(event::ready(now, &api.settings.version, &closing));
    Ok((all, known))
}

/// What comes next in a stream.
enum Next {
    Told(Arc<Told>),
    /// A reader that is too slow misses some.
    Missed,
    StillHere,
    /// A code, and a sentence.
    End(&'static str, &'static str),
}

async fn write(
    api: Api,
    (proof, mut role): (Proof, Role),
    mut out: DuplexStream,
    begin: Vec<Told>,
    mut events: broadcast::Receiver<Arc<Told>>,
    _permit: OwnedSemaphorePermit,
) {
    let mut text = format!("retry: {RETRY_STREAM_MS}\n\n");
    for told in begin.iter().filter(|told| told.is_for(role)) {
        text.push_str(&told.text());
    }
    if out.write_all(text.as_bytes()).await.is_err() {
        return;
    }
    let end = tokio::time::sleep(api.settings.limits.event_stream_lasts);
    tokio::pin!(end);
    loop {
        let next = tokio::select! {
            () = api.settings.stopping.cancelled() => Next::End("stopping", "the server stops"),
            () = &mut end => Next::End("again", "come again"),
            event = events.recv() => match event {
                Ok(told) => Next::Told(told),
                Err(RecvError::Lagged(_)) => Next::Missed,
                Err(RecvError::Closed) => return,
            },
            () = tokio::time::sleep(KEEP_ALIVE) => Next::StillHere,
        };
        // Who signed out meanwhile, or whose token was revoked, learns nothing of it; whose role is another one, what
        // that role may know.
        let next = match proof.role(&api, "/events", role).await {
            Some(now) => {
                role = now;
                next
            }
            None => Next::End("again", "who you are has to be asked again"),
        };
        let text = match &next {
            Next::Told(told) => gathered(told, &mut events, role),
            Next::StillHere => Some(": still here\n\n".to_owned()),
            Next::Missed | Next::End(..) => None,
        };
        let is_last = text.is_none();
        let text = text.unwrap_or_else(|| match next {
            Next::End(code, message) => last(&api, code, message),
            // What was missed is read when the reader comes again.
            _ => last(&api, "again", "you were too slow"),
        });
        // A reader that takes nothing for long is gone.
        let written = tokio::time::timeout(KEEP_ALIVE, out.write_all(text.as_bytes())).await;
        if is_last || !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
}

/// An event and those that wait behind it, as far as who has this role is told, so that who reads is asked for once for
/// all of them; `None` where some are missing.
fn gathered(told: &Told, events: &mut broadcast::Receiver<Arc<Told>>, role: Role) -> Option<String> {
    let of = |told: &Told| if told.is_for(role) { told.text() } else { String::new() };
    let mut text = of(told);
    loop {
        match events.try_recv() {
            Ok(told) => text.push_str(&of(&told)),
            Err(TryRecvError::Lagged(_)) => return None,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(text),
        }
    }
}

fn last(api: &Api, code: &str, message: &str) -> String {
    event::system(api.service.app().now(), &api.settings.version, code, message).text()
}
