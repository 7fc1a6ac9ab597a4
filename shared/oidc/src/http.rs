//! Requests to a provider: few, short, and never redirected.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// A provider that takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(8);

/// No answer is larger: keys and tokens are some kilobytes.
const MOST_ANSWER_BYTES: usize = 1 << 20;

/// Why a provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// It did not answer.
    #[error("{0}")]
    Transport(#[from] reqwest::Error),
    /// It answered without end.
    #[error("the answer is larger than {MOST_ANSWER_BYTES} bytes")]
    TooLarge,
}

/// What sends requests.
pub(crate) struct Http(reqwest::Client);

impl Http {
    /// Follows nobody elsewhere: a provider could lead into the server's own network.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // rustls has no provider of its own; one that is there already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("Portdelta/", env!("CARGO_PKG_VERSION")));
        client.build().map(Self)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(send(&self.0, request))
    }
}

/// One request and its answer. What the request held is in no error: it may be a secret.
async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let request = request.map(reqwest::Body::from).try_into()?;
    let mut answer = client.execute(request).await.map_err(reqwest::Error::without_url)?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if body.len() + piece.len() > MOST_ANSWER_BYTES {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
