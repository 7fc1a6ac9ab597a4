//! A program that gets the notification on its standard input.
//!
//! Whoever may make channels is not whoever owns the server's machine: programs are named only, and started only from
//! a folder that the owner has chosen when the server was started.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use portdelta_app::ports::{Channel, ChannelError, Notification};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::ascii_json;
use crate::said::said;

/// How much of what it prints is read; what comes after is thrown away.
const MAX_OUTPUT_BYTES: u64 = 4_096;

/// The longest name of a file.
const MAX_NAME_BYTES: usize = 255;

/// What it may see of the server's environment.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// A program.
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    timeout: Duration,
}

fn never(message: impl Into<String>) -> ChannelError {
    ChannelError::Never(message.into())
}

impl Program {
    /// The program of this name in `folder`; `None` where none are started.
    pub fn open(
        folder: Option<&Path>,
        name: &str,
        arguments: &[String],
        timeout_seconds: u32,
    ) -> Result<Self, ChannelError> {
        let folder = folder.filter(|folder| folder.is_dir());
        let folder = folder.ok_or_else(|| {
            never(
                "this server starts no programs: whoever owns its machine makes a folder of them, and names it with \
                 `serve --programs DIR`",
            )
        })?;
        if name.is_empty() || name.starts_with('.') || name.contains('/') || name.len() > MAX_NAME_BYTES {
            return Err(never("the program is not the name of a file in the server's folder of programs"));
        }
        if name.contains('\0') || arguments.iter().any(|argument| argument.contains('\0')) {
            return Err(never("the name or an argument of the program holds a NUL"));
        }
        if !(1..=600).contains(&timeout_seconds) {
            return Err(never("the time limit of the program is not from 1 to 600 seconds"));
        }
        let timeout = Duration::from_secs(timeout_seconds.into());
        Ok(Self { path: folder.join(name), arguments: arguments.to_vec(), timeout })
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        portdelta_core::escape::escape(&name).into_owned()
    }

    fn command(&self, notification: &Notification) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(ENVIRONMENT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("PORTDELTA_ID", &notification.id)
            .env("PORTDELTA_KIND", &notification.kind)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // A group of its own, so that what it started ends with it.
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Ends the group of a program when it goes out of scope, however that comes.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // Nobody is left to end where that fails.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[async_trait]
impl Channel for Program {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let name = self.name();
        let input = ascii_json::to_vec(notification)
            .map_err(|error| never(format!("could not write the notification: {error}")))?;
        let child = self.command(notification).spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                never(format!("could not start {name}: {error}"))
            }
            _ => ChannelError::Later(format!("could not start {name}: {error}")),
        })?;
        let group = Group(child.id());
        let ended = tokio::time::timeout(self.timeout, talk(child, input)).await;
        drop(group);
        match ended {
            Err(_) => {
                Err(ChannelError::Later(format!("{name} was ended after {} s", self.timeout.as_secs())))
            }
            Ok(Err(error)) => Err(ChannelError::Later(format!("could not wait for {name}: {error}"))),
            Ok(Ok((status, _))) if status.success() => Ok(()),
            Ok(Ok((status, complaint))) => {
                Err(ChannelError::Later(format!("{name} ended with {status}{}", said(&complaint))))
            }
        }
    }
}

/// Gives it the input, reads what it complains about, and waits for it.
async fn talk(mut child: Child, input: Vec<u8>) -> std::io::Result<(std::process::ExitStatus, String)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want to read it all may well succeed.
            let _ = stdin.write_all(&input).await;
        }
    };
    let read = async {
        let mut kept = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = (&mut stderr).take(MAX_OUTPUT_BYTES).read_to_end(&mut kept).await;
            let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
        }
        String::from_utf8_lossy(&kept).into_owned()
    };
    // Children that it left behind may hold the pipe open: what counts is the program itself.
    tokio::pin!(read);
    let finish = async {
        write.await;
        child.wait().await
    };
    tokio::pin!(finish);
    tokio::select! {
        complaint = &mut read => Ok((finish.await?, complaint)),
        status = &mut finish => {
            let complaint = tokio::time::timeout(Duration::from_millis(200), read).await.unwrap_or_default();
            Ok((status?, complaint))
        }
    }
}
