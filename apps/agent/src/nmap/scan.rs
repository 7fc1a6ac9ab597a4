//! One nmap at work: its output is packed as it comes, and it is ended when its time is up.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Heard, Progress};

/// zstd's own default: XML of scans shrinks to a twentieth at no cost.
const LEVEL: i32 = 3;

/// How much of standard error is kept.
const MAX_COMPLAINT_BYTES: usize = 2 << 10;

/// What nmap is asked with, one after the other, and how long each may take to work.
const SIGNALS: [(Signal, Duration); 3] = [
    (Signal::TERM, Duration::from_secs(3)),
    (Signal::INT, Duration::from_secs(2)),
    (Signal::KILL, Duration::from_secs(2)),
];

/// How long the output may stay open after the process has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// When a scan must end.
#[derive(Clone, Debug)]
pub(crate) struct ScanLimits {
    /// At this time nmap is ended.
    pub(crate) until: Instant,
    /// More packed output than this is no result.
    pub(crate) max_bytes: u64,
    /// Cancelled when nobody wants the result.
    pub(crate) stop: CancellationToken,
}

/// Why a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// nmap was done, or failed.
    Itself,
    /// Its time was up.
    Deadline,
    /// It wrote too much.
    TooLarge,
    /// Nobody wants it.
    Stopped,
}

/// How a scan went.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ending: Ending,
    /// None where a signal ended it.
    pub(crate) exit_code: Option<i32>,
    /// What it said on standard error, as it was.
    pub(crate) complaints: String,
    /// Bytes of XML.
    pub(crate) written: u64,
}

/// Runs nmap with these arguments in a process group of its own, and packs its standard output into `output`.
pub(crate) async fn run(
    arguments: &[String],
    output: File,
    limits: &ScanLimits,
    mut heard: impl FnMut(Heard),
) -> io::Result<Ran> {
    let mut child = Command::new("nmap")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let stderr = child.stderr.take();
    let complaints = tokio::spawn(async move { beginning(stderr).await });
    let mut packer = Packer::new(output)?;
    let mut stdout = child.stdout.take();
    let mut progress = Progress::new();
    let mut chunk = vec![0; 64 << 10];
    let mut ending = Ending::Itself;
    let mut signals = SIGNALS.into_iter();
    let mut next_signal = Instant::now();
    let mut status: Option<ExitStatus> = None;
    let result = loop {
        let is_open = stdout.is_some();
        if let (Some(status), false) = (status, is_open) {
            break packer.finish().map(|written| (status, written));
        }
        tokio::select! {
            read = read(&mut stdout, &mut chunk), if is_open => match read {
                Ok(0) | Err(_) => stdout = None,
                Ok(read) => {
                    progress.hear(&chunk[..read]).into_iter().for_each(&mut heard);
                    if let Err(error) = packer.write(&chunk[..read]) {
                        break Err(error);
                    }
                    if ending == Ending::Itself && packer.packed_bytes() > limits.max_bytes {
                        ending = Ending::TooLarge;
                        next_signal = Instant::now();
                    }
                }
            },
            ended = child.wait(), if status.is_none() => match ended {
                Ok(ended) => {
                    status = Some(ended);
                    next_signal = Instant::now() + LAST_WORDS;
                }
                Err(error) => break Err(error),
            },
            () = tokio::time::sleep_until(next_signal), if status.is_some() => {
                // Somebody else holds the output open.
                signal(group, Signal::KILL);
                stdout = None;
            }
            () = limits.stop.cancelled(), if ending == Ending::Itself && status.is_none() => {
                ending = Ending::Stopped;
                next_signal = Instant::now();
            }
            () = tokio::time::sleep_until(limits.until), if ending == Ending::Itself && status.is_none() => {
                ending = Ending::Deadline;
                next_signal = Instant::now();
            }
            () = tokio::time::sleep_until(next_signal), if ending != Ending::Itself && status.is_none() => {
                let (kind, patience) = signals.next().unwrap_or((Signal::KILL, LAST_WORDS));
                signal(group, kind);
                next_signal = Instant::now() + patience;
            }
        }
    };
    match result {
        Ok((status, written)) => Ok(Ran {
            ending,
            exit_code: status.code().filter(|_| ending == Ending::Itself),
            complaints: complaints.await.unwrap_or_default(),
            written,
        }),
        Err(error) => {
            signal(group, Signal::KILL);
            reap(child).await;
            Err(error)
        }
    }
}

async fn reap(mut child: Child) {
    let _ = tokio::time::timeout(LAST_WORDS, child.wait()).await;
}

async fn read(stdout: &mut Option<impl AsyncRead + Unpin>, chunk: &mut [u8]) -> io::Result<usize> {
    match stdout {
        Some(stdout) => stdout.read(chunk).await,
        None => Ok(0),
    }
}

fn signal(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        // It may have ended in this moment.
        let _ = kill_process_group(group, signal);
    }
}

/// The beginning of what a stream says; the rest is read and let go, so that the writer never waits.
async fn beginning(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        let room = MAX_COMPLAINT_BYTES - kept.len();
        kept.extend_from_slice(&chunk[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).trim().chars().take(MAX_COMPLAINT_BYTES / 4).collect()
}

/// Packs a stream into a file, and counts.
struct Packer {
    encoder: zstd::Encoder<'static, Counting>,
    written: u64,
}

struct Counting {
    file: BufWriter<File>,
    bytes: u64,
}

impl Packer {
    fn new(file: File) -> io::Result<Self> {
        let counting = Counting { file: BufWriter::new(file), bytes: 0 };
        Ok(Self { encoder: zstd::Encoder::new(counting, LEVEL)?, written: 0 })
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.written += chunk.len() as u64;
        self.encoder.write_all(chunk)
    }

    fn packed_bytes(&self) -> u64 {
        self.encoder.get_ref().bytes
    }

    /// The bytes that were packed.
    fn finish(self) -> io::Result<u64> {
        let mut counting = self.encoder.finish()?;
        counting.file.flush()?;
        Ok(self.written)
    }
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
