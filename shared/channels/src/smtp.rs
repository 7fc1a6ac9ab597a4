//! E-mail by SMTP.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use portdelta_app::ports::channel::SmtpSecurity;
use portdelta_app::ports::{Channel, ChannelError, ChannelSettings, Clock, Notification};

use crate::ChannelLimits;
use crate::said::said;

/// A mail server and who gets mail by it.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
    from: Mailbox,
    to: Vec<Mailbox>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

fn never(message: impl Into<String>) -> ChannelError {
    ChannelError::Never(message.into())
}

fn mailbox(text: &str) -> Result<Mailbox, ChannelError> {
    text.parse().map_err(|error| {
        let shown = portdelta_core::escape::escape_within(text, 80).to_string();
        never(format!("{shown} is no mail address: {error}"))
    })
}

/// A name or an address, nothing else.
fn checked_host(host: &str) -> Result<String, ChannelError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_name = !host.is_empty() && host.len() <= 253 && host.bytes().all(allowed);
    if is_name || host.parse::<IpAddr>().is_ok() {
        return Ok(host.to_owned());
    }
    Err(never("the mail server is neither a host name nor an address"))
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Smtp {
    pub fn open(
        settings: &ChannelSettings,
        clock: Arc<dyn Clock>,
        limits: ChannelLimits,
    ) -> Result<Self, ChannelError> {
        let ChannelSettings::Smtp { host, port, security, user, password, from, to } = settings else {
            return Err(never("the settings are not those of a mail server"));
        };
        let host = checked_host(host)?;
        let from = mailbox(from)?;
        let to = to.iter().map(|text| mailbox(text)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(never("there is no recipient"));
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = || {
            TlsParameters::new(host.clone())
                .map_err(|error| never(format!("could not prepare TLS for {host}: {error}")))
        };
        let tls = match security {
            SmtpSecurity::Tls => Tls::Wrapper(tls()?),
            SmtpSecurity::Starttls => Tls::Required(tls()?),
            SmtpSecurity::None if is_this_machine(&host) => Tls::None,
            SmtpSecurity::None => {
                return Err(never(
                    "mail without TLS is only for a relay on this machine: use starttls or tls",
                ));
            }
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host)
            .port(*port)
            .tls(tls)
            .timeout(Some(limits.smtp_step))
            // One connection a message: channels are opened for each.
            .pool_config(lettre::transport::smtp::PoolConfig::new().max_size(1).min_idle(0));
        match (user, password) {
            (Some(user), Some(password)) => {
                builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
            }
            (None, None) => {}
            _ => return Err(never("of user and password one is missing")),
        }
        Ok(Self { transport: builder.build(), host, from, to, clock, timeout: limits.smtp_total })
    }

    fn message(&self, notification: &Notification) -> Result<Message, ChannelError> {
        let seconds = u64::try_from(self.clock.now().seconds()).unwrap_or(0);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(&notification.subject)
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(message_id(&notification.id, self.from.email.domain())))
            // Nobody's holiday is to answer, RFC 3834.
            .header(AutoSubmitted);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let body = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(notification.text.clone());
        builder.singlepart(body).map_err(|error| never(format!("could not write the message: {error}")))
    }
}

/// The Message-ID of a notification: a repetition has the same, and mail programs show it once.
#[must_use]
pub fn message_id(id: &str, domain: &str) -> String {
    let allowed = |character: &char| character.is_ascii_alphanumeric() || "-_.".contains(*character);
    let id: String = id.chars().filter(allowed).collect();
    format!("<{id}@{domain}>")
}

/// `Auto-Submitted: auto-generated`
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let message = self.message(notification)?;
        let host = &self.host;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Err(_) => {
                Err(ChannelError::Later(format!("{host} took longer than {} s", self.timeout.as_secs_f32())))
            }
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let message = match error.status() {
                    Some(code) => format!("{host} answered {code}{}", said(&answer(&error))),
                    None => match certificate(&error) {
                        Some(why) => format!("the certificate of {host} is not trusted{}", said(&why)),
                        None => format!("could not send by {host}{}", said(&innermost(&error))),
                    },
                };
                // What the server refuses for good, and settings that can't work with it.
                let is_final = error.is_permanent() || error.is_client();
                Err(if is_final { never(message) } else { ChannelError::Later(message) })
            }
        }
    }
}

/// What the server said, without the code.
fn answer(error: &lettre::transport::smtp::Error) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// What is wrong with the server's certificate, if that is what it is.
fn certificate(error: &lettre::transport::smtp::Error) -> Option<String> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(why.to_string());
        }
        // What an I/O error holds is not its source: that is the source of what it holds.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = held.map(|held| held as &(dyn std::error::Error + 'static)).or_else(|| error.source());
    }
    None
}

fn innermost(error: &lettre::transport::smtp::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
