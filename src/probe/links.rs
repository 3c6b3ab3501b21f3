//! Looks where a link leads, as a reader's browser would, but without its cookies, scripts and credentials.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream::FuturesUnordered};
use reqwest::{
    Method,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION, REFRESH},
};
use tokio::sync::Semaphore;
use url::Url;

use super::refresh;
use crate::{
    domain::evidence::{LinkEnd, LinkLook},
    net::{Answer, Client, FetchError, NetConfig, NetError, Obstacle, PlainHttp, Request},
};

/// How many times a link may lead on.
pub const MOST_HOPS: usize = 5;

/// How much of a page is read, in bytes: what leads on stands in its head.
pub const READ_BYTES: usize = 64 * 1024;

/// The longest address that is followed, in bytes.
const LONGEST_ADDRESS: usize = 2000;

const USER_AGENT: &str = concat!(
    "sekisho/",
    env!("CARGO_PKG_VERSION"),
    " (looks at links before they are published)"
);

/// How long looking may take, and how much of it happens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLimits {
    /// The longest that one hop may take, its answer included.
    pub hop: Duration,
    /// The longest that somebody waits for all links of a post.
    pub whole: Duration,
    /// How many links of all posts are looked at at once.
    pub at_once: usize,
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self {
            hop: Duration::from_secs(3),
            whole: Duration::from_secs(15),
            at_once: 16,
        }
    }
}

/// Looks at links.
#[derive(Debug, Clone)]
pub struct LinkProbe {
    client: Client,
    limits: LinkLimits,
    slots: Arc<Semaphore>,
}

/// What one answer says of the way.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The server leads on.
    Moved(Url),
    /// A page was shown, and leads on by itself.
    Shown(Url),
    /// The way ends here.
    End(LinkEnd),
}

impl LinkProbe {
    /// Looks at links, over the way out that everything else takes.
    ///
    /// # Errors
    /// See [`NetError`].
    pub fn new(net: &NetConfig, limits: LinkLimits) -> Result<Self, NetError> {
        let net = NetConfig {
            plain: PlainHttp::Allowed,
            user_agent: USER_AGENT.to_owned(),
            ..net.clone()
        };
        Ok(Self {
            client: Client::new(&net)?,
            slots: Arc::new(Semaphore::new(limits.at_once.max(1))),
            limits,
        })
    }

    /// Looks at several links. One that takes longer than anybody waits is not in the answer.
    pub async fn look_at_all(
        &self,
        addresses: BTreeSet<String>,
        at: DateTime<Utc>,
    ) -> BTreeMap<String, LinkLook> {
        let looks: FuturesUnordered<_> = addresses
            .into_iter()
            .map(|address| async move {
                let _slot = self.slots.acquire().await;
                let look = self.look(&address, at).await;
                (address, look)
            })
            .collect();
        looks
            .take_until(tokio::time::sleep(self.limits.whole))
            .collect()
            .await
    }

    /// Looks at one link.
    pub async fn look(&self, address: &str, at: DateTime<Utc>) -> LinkLook {
        let Some(first) = Url::parse(address).ok().and_then(followed) else {
            return LinkLook {
                at,
                hops: vec![address.to_owned()],
                end: LinkEnd::NoAnswer,
            };
        };
        let mut hops = Vec::new();
        let end = self.follow(first, &mut hops).await;
        LinkLook { at, hops, end }
    }

    async fn follow(&self, first: Url, hops: &mut Vec<String>) -> LinkEnd {
        let mut url = first;
        loop {
            hops.push(url.to_string());
            let (next, seen_again) = match self.step(&url).await {
                Step::End(end) => return end,
                Step::Moved(next) => (next, LinkEnd::TooManyHops),
                // A page that comes back by itself only shows itself again.
                Step::Shown(next) => (next, LinkEnd::Reached),
            };
            let Some(next) = followed(next) else {
                return LinkEnd::NoAnswer;
            };
            if hops.iter().any(|hop| hop == next.as_str()) {
                return seen_again;
            }
            if hops.len() > MOST_HOPS {
                return LinkEnd::TooManyHops;
            }
            url = next;
        }
    }

    async fn step(&self, url: &Url) -> Step {
        match self.ask(url).await {
            Ok(answer) => judge(url, &answer),
            Err(FetchError::NotSent { obstacle, .. }) => Step::End(match obstacle {
                Obstacle::NotPublic => LinkEnd::Private,
                Obstacle::NoSuchHost => LinkEnd::NoSuchHost,
                Obstacle::Certificate => LinkEnd::Certificate,
                Obstacle::Request | Obstacle::Connection => LinkEnd::NoAnswer,
            }),
            Err(FetchError::Ambiguous { .. }) => Step::End(LinkEnd::NoAnswer),
        }
    }

    /// Many servers answer HEAD with something else than GET, so it is GET, and little of it is read.
    async fn ask(&self, url: &Url) -> Result<Answer, FetchError> {
        let request = Request::new(Method::GET, url.clone())
            .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")?
            .header(ACCEPT_LANGUAGE, "ja,en;q=0.5")?
            .within(self.limits.hop)
            .first(READ_BYTES);
        self.client.fetch(request).await
    }
}

/// The address as it is followed: one that a browser opens by HTTP, without user information and without
/// what stands behind `#`.
fn followed(mut url: Url) -> Option<Url> {
    url.set_fragment(None);
    // Neither can fail for an address with a host, which the two schemes always have.
    let cleared = url.set_username("").is_ok() && url.set_password(None).is_ok();
    let is_http = matches!(url.scheme(), "http" | "https");
    (cleared && is_http && url.as_str().len() <= LONGEST_ADDRESS).then_some(url)
}

fn judge(url: &Url, answer: &Answer) -> Step {
    match answer.status.as_u16() {
        301 | 302 | 303 | 307 | 308 if answer.headers.contains_key(LOCATION) => {
            let target = text_of(&answer.headers, &LOCATION).and_then(|target| url.join(&target).ok());
            target.map_or(Step::End(LinkEnd::NoAnswer), Step::Moved)
        }
        404 | 410 => Step::End(LinkEnd::NotFound),
        408 | 425 | 429 | 500.. => Step::End(LinkEnd::NoAnswer),
        _ => match refreshed(url, answer) {
            Some(target) => Step::Shown(target),
            None => Step::End(LinkEnd::Reached),
        },
    }
}

/// Where a page that was shown leads by itself.
fn refreshed(url: &Url, answer: &Answer) -> Option<Url> {
    let header = text_of(&answer.headers, &REFRESH);
    if let Some(target) = header.as_deref().and_then(refresh::target) {
        return url.join(target).ok();
    }
    let kind = text_of(&answer.headers, &CONTENT_TYPE).unwrap_or_default();
    let is_page = kind.is_empty() || kind.to_ascii_lowercase().contains("html");
    let page = is_page.then(|| String::from_utf8_lossy(&answer.body))?;
    let (base, target) = refresh::in_page(&page)?;
    let base = base.and_then(|base| url.join(&base).ok());
    base.as_ref().unwrap_or(url).join(&target).ok()
}

/// A header as text. Servers in Japan send addresses with unescaped UTF-8.
fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
