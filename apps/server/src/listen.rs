//! Connections: where they come in, and how long they may take.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;

use crate::{Identity, ServeError};

/// Who connects and says nothing is sent away.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);

/// A port that is taken, before anything answers there.
pub(crate) struct Port {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Port {
    pub(crate) fn take(address: SocketAddr) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Answers from now on, until the handle is told to stop.
    pub(crate) fn serve(
        self,
        router: Router,
        identity: Option<&Identity>,
        handle: Handle<SocketAddr>,
    ) -> Result<JoinHandle<std::io::Result<()>>, ServeError> {
        let failed = |source| ServeError::Listen { address: self.address, source };
        let mut server = axum_server::from_tcp(self.listener).map_err(failed)?.handle(handle);
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let server = server.http1_only();
        Ok(match identity {
            None => tokio::spawn(server.serve(service)),
            Some(identity) => {
                let config = RustlsConfig::from_config(identity.config.clone());
                tokio::spawn(server.acceptor(RustlsAcceptor::new(config)).serve(service))
            }
        })
    }
}
