//! The client.

use std::{sync::Arc, time::Duration};

use reqwest::{Certificate, ClientBuilder, Proxy, Response, redirect, retry};
use url::Url;

use super::{
    Answer, FetchError, LoopbackPolicy, NetConfig, NetError, PlainHttp, Request,
    message::Length,
    resolver::Filtered,
    start::{Bound, START_WITHIN},
    target::{self, Reach},
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
    reach: Reach,
}

impl Client {
    /// Sets the client up.
    ///
    /// # Errors
    /// See [`NetError`].
    pub fn new(config: &NetConfig) -> Result<Self, NetError> {
        let proxy = config.proxy.as_ref().map(proxy_host).transpose()?;
        let reach = Reach {
            loopback: config.loopback,
            plain: config.plain,
            proxy: proxy.map(Arc::from),
            inside: config.inside.as_deref().map(Arc::from),
        };
        let builder = hardened(config, &reach);
        let builder = match &config.proxy {
            Some(address) => builder.proxy(through(address, config.plain)?),
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
        Ok(Self { inner, reach })
    }

    /// Makes one request and reads the whole answer, whatever its status: a redirect is an answer too.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, request: Request) -> Result<Answer, FetchError> {
        target::check(&request.url, &self.reach)?;
        let length = request.length;
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
        read(response, length).await
    }
}

/// A builder with everything switched off that could send more, elsewhere or again.
#[expect(clippy::disallowed_methods, reason = "the one HTTP client")]
fn hardened(config: &NetConfig, reach: &Reach) -> ClientBuilder {
    let user_agent = match config.user_agent.as_str() {
        "" => concat!("sekisho/", env!("CARGO_PKG_VERSION")),
        own => own,
    };
    ClientBuilder::new()
        .user_agent(user_agent)
        .tls_backend_rustls()
        // `target::check` says the same of every single address.
        .https_only(only_https(reach))
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        // The environment is not asked: what leaves goes where the configuration says.
        .no_proxy()
        .dns_resolver(Filtered {
            reach: reach.clone(),
            names: Arc::clone(&config.names),
        })
        // One connection per request: none is ever written to that the other side may just be closing, and
        // the library has no occasion to send a request again on a second one.
        .http1_only()
        .pool_max_idle_per_host(0)
        .connector_layer(Bound)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
}

fn only_https(reach: &Reach) -> bool {
    let (loopback, plain) = (reach.loopback, reach.plain);
    loopback == LoopbackPolicy::Refused && plain == PlainHttp::Refused && reach.inside.is_none()
}

fn through(address: &Url, plain: PlainHttp) -> Result<Proxy, NetError> {
    match plain {
        PlainHttp::Refused => Proxy::https(address.clone()),
        PlainHttp::Allowed => Proxy::all(address.clone()),
    }
    .map_err(|_| NetError::Proxy)
}

fn proxy_host(address: &Url) -> Result<String, NetError> {
    match (address.scheme(), address.host_str()) {
        ("http" | "https", Some(host)) => Ok(host.to_owned()),
        _ => Err(NetError::Proxy),
    }
}

async fn read(mut response: Response, length: Length) -> Result<Answer, FetchError> {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| FetchError::of_reading(&error))?
    {
        body.extend_from_slice(&chunk);
        match length {
            Length::AtMost(bytes) if body.len() > bytes => {
                return Err(FetchError::ambiguous("the answer is too large"));
            }
            Length::First(bytes) if body.len() >= bytes => {
                body.truncate(bytes);
                break;
            }
            Length::AtMost(_) | Length::First(_) => {}
        }
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}
