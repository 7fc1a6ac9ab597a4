//! A way to a service that can be made difficult.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// They reach the service.
    Open,
    /// They get this status, content type and body, and never reach the service.
    Answer(u16, &'static str, &'static str),
    /// The connection ends.
    Closed,
}

/// A relay on a free port of loopback; ends with its value.
pub struct Relay {
    address: SocketAddr,
    way: watch::Sender<Way>,
}

impl Relay {
    /// A relay to `service`, a host and port; open.
    pub async fn to(service: String) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let (way, ways) = watch::channel(Way::Open);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (service, mut ways) = (service.clone(), ways.clone());
                tokio::spawn(async move {
                    let now = ways.borrow_and_update().clone();
                    tokio::select! {
                        // A client or service that goes away is part of the test.
                        _ = serve(stream, &service, now) => {}
                        // Connections that are kept would go on as before.
                        _ = ways.changed() => {}
                    }
                });
            }
        });
        Arc::new(Self { address, way })
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn turn(&self, way: Way) {
        // Nobody listens any more where the test is over.
        let _ = self.way.send(way);
    }
}

async fn serve(mut stream: TcpStream, service: &str, way: Way) -> std::io::Result<()> {
    match way {
        Way::Open => {
            let mut onward = TcpStream::connect(service).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut onward).await?;
        }
        Way::Answer(status, content, body) => loop {
            request(&mut stream).await?;
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Status\r\nContent-Type: {content}\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(head.as_bytes()).await?;
        },
        Way::Closed => {}
    }
    Ok(())
}

/// Reads a request with its body, which has a length.
async fn request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length =
        head.split_once("content-length:").and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok(())
}
