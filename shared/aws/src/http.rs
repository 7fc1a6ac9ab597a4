//! The HTTPS client of all SDKs: the one that webhooks and single sign-on use too.
//!
//! The SDKs' own client speaks HTTP/2 as well, which none of these services needs; two clients in one function are a
//! tenth of a megabyte more to unpack at each start.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// HTTP and HTTPS with the machine's certificate authorities, by the crypto library that everything else uses too.
///
/// Connections must stand within `connect`; how long an answer may take is up to the SDKs.
pub(crate) fn https_client(connect: Duration) -> SharedHttpClient {
    // rustls has no provider of its own; one that is there already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build();
    SharedHttpClient::new(Https(client.map_err(|error| error.to_string())))
}

/// The client, or why there is none: each call says so then.
#[derive(Clone, Debug)]
struct Https(Result<reqwest::Client, String>);

impl HttpClient for Https {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let client = client.map_err(|reason| ConnectorError::user(reason.into()))?;
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap))
                .map_err(|error| ConnectorError::user(error.into()))?;
            let answer = client.execute(request).await.map_err(failed)?;
            let answer = http::Response::from(answer).map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// All that happens on the way may go well the next time.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
