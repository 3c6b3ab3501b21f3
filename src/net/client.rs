//! The client.

use std::{sync::Arc, time::Duration};

use reqwest::{Certificate, ClientBuilder, Proxy, Response, redirect, retry};
use url::Url;

use super::{
    Answer, FetchError, LoopbackPolicy, NetConfig, NetError, Request,
    resolver::Filtered,
    start::{Bound, START_WITHIN},
    target,
};

/// How long a connection may take to stand: name, TCP and TLS together.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a call may take from its start to the last byte of the answer.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// The longest answer that is read: a page of 40 posts is far below.
pub const MAX_BODY: usize = 1024 * 1024;

/// The one HTTP client. A copy is cheap and shares everything.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    loopback: LoopbackPolicy,
    proxy: Option<Arc<str>>,
}

impl Client {
    /// Sets the client up.
    ///
    /// # Errors
    /// See [`NetError`].
    pub fn new(config: &NetConfig) -> Result<Self, NetError> {
        let proxy = config.proxy.as_ref().map(proxy_host).transpose()?;
        let builder = hardened(config, proxy.clone());
        let builder = match &config.proxy {
            Some(address) => builder.proxy(Proxy::https(address.clone()).map_err(|_| NetError::Proxy)?),
            None => builder,
        };
        let roots = Certificate::from_pem_bundle(&config.extra_roots).map_err(|_| NetError::Roots)?;
        if roots.is_empty() && !config.extra_roots.is_empty() {
            return Err(NetError::Roots);
        }
        let inner = builder
            .tls_certs_merge(roots)
            .build()
            .map_err(|why| NetError::Setup(why.without_url().to_string()))?;
        Ok(Self {
            inner,
            loopback: config.loopback,
            proxy: proxy.map(Arc::from),
        })
    }

    /// Makes one request and reads the whole answer, whatever its status: a redirect is an answer too.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, request: Request) -> Result<Answer, FetchError> {
        target::check(&request.url, self.loopback, self.proxy.as_deref())?;
        let built = self
            .inner
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .timeout(request.within.unwrap_or(TOTAL_TIMEOUT))
            .build()
            .map_err(|error| FetchError::of_sending(&error))?;
        let response = START_WITHIN
            .scope(request.start_within, self.inner.execute(built))
            .await
            .map_err(|error| FetchError::of_sending(&error))?;
        read(response).await
    }
}

/// A builder with everything switched off that could send more, elsewhere or again.
#[expect(clippy::disallowed_methods, reason = "the one HTTP client")]
fn hardened(config: &NetConfig, proxy: Option<String>) -> ClientBuilder {
    let user_agent = match config.user_agent.as_str() {
        "" => concat!("sekisho/", env!("CARGO_PKG_VERSION")),
        own => own,
    };
    ClientBuilder::new()
        .user_agent(user_agent)
        .tls_backend_rustls()
        .https_only(config.loopback == LoopbackPolicy::Refused)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        // The environment is not asked: what leaves goes where the configuration says.
        .no_proxy()
        .dns_resolver(Filtered {
            loopback: config.loopback,
            proxy,
        })
        // One connection per request: none is ever written to that the other side may just be closing, and
        // the library has no occasion to send a request again on a second one.
        .http1_only()
        .pool_max_idle_per_host(0)
        .connector_layer(Bound)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
}

fn proxy_host(address: &Url) -> Result<String, NetError> {
    match (address.scheme(), address.host_str()) {
        ("http" | "https", Some(host)) => Ok(host.to_owned()),
        _ => Err(NetError::Proxy),
    }
}

async fn read(mut response: Response) -> Result<Answer, FetchError> {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| FetchError::of_reading(&error))?
    {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(FetchError::ambiguous("the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}
