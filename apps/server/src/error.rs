//! Why a server does not start.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::path::PathBuf;

use portdelta_app::AppError;
use portdelta_app::ports::{BlobError, TableError};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another server works on the data folder.
    #[error("another server is running on {}{}", folder.display(), by.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Busy {
        /// The data folder.
        folder: PathBuf,
        /// The other one's process id, where known.
        by: Option<u32>,
    },
    /// A file of the data folder, or one that was named, can't be used.
    #[error("could not {operation} {}", file.display())]
    File {
        /// `read`, `write`, ...
        operation: &'static str,
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate or its key can't be used.
    #[error("the certificate {} can't be used: {reason}", file.display())]
    Certificate {
        /// Which.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A certificate could not be made.
    #[error("could not make a certificate: {reason}")]
    NoCertificate {
        /// Why.
        reason: String,
    },
    /// Plain HTTP was asked for at an address that others can reach.
    #[error("plain HTTP at {address} would show tokens and results to everybody on the way")]
    Insecure {
        /// Where.
        address: SocketAddr,
    },
    /// The address can't be listened at.
    #[error("could not listen at {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The state can't be opened.
    #[error("could not open the state in {}", folder.display())]
    State {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: TableError,
    },
    /// The folder of results can't be opened.
    #[error("could not open the results in {}", folder.display())]
    Results {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: BlobError,
    },
    /// Something that is done at every start failed.
    #[error(transparent)]
    App(#[from] AppError),
    /// Something that is done at every start failed.
    #[error("could not {operation}")]
    Start {
        /// What.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl ServeError {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "serve.busy",
            Self::File { .. } => "serve.file",
            Self::Certificate { .. } => "serve.certificate",
            Self::NoCertificate { .. } => "serve.no_certificate",
            Self::Insecure { .. } => "serve.insecure",
            Self::Listen { .. } => "serve.listen",
            Self::State { source, .. } => source.code(),
            Self::Results { source, .. } => source.code(),
            Self::App(error) => error.code(),
            Self::Start { .. } => "serve.start",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Busy { .. } => "Stop the other one first, or give another folder: --data DIR.",
            Self::File { .. } => "Check that the file exists and may be used by this user.",
            Self::Certificate { .. } => {
                "Both files are PEM: the certificate with those that signed it, and its private key without a password."
            }
            Self::NoCertificate { .. } => "Give one of your own: --tls-cert FILE --tls-key FILE.",
            Self::Insecure { .. } => {
                "Listen at 127.0.0.1, leave --plain-http out for TLS, or say --insecure-http and --trusted-proxy where a \
                 proxy has TLS."
            }
            Self::Listen { source, .. } => match source.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "Something listens there already: give another port with --listen."
                }
                std::io::ErrorKind::PermissionDenied => {
                    "Ports below 1024 need root: give another one with --listen."
                }
                _ => "Give an address of this machine with --listen.",
            },
            Self::State { source, .. } => return source.hint().map(str::to_owned),
            Self::Results { source, .. } => source.hint(),
            Self::App(error) => return error.hint().map(str::to_owned),
            Self::Start { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
