//! A small stand-in for a social media server of the Mastodon family, for demonstrations and fault tests.
//!
//! It speaks the Mastodon API over real HTTP on a port of its own and knows nothing of the rest of this crate: whoever
//! talks to it talks to it as to a foreign server. What is not in Mastodon is under `/sandbox/`: accounts made on
//! demand, a record of every publish request that arrived, and a fault plan that makes the server answer badly, late,
//! or not at all. Everything is kept in memory. Anyone may sign in as any account: it is not for real posts.
//!
//! | Control | What it does |
//! |---|---|
//! | `GET /sandbox/arrivals` | every publish request in order, as [`Arrival`] |
//! | `GET`, `DELETE /sandbox/statuses` | every visible status, as [`StatusRecord`]; clears statuses, pictures, arrivals and keys |
//! | `GET /sandbox/counts` | [`Counts`] |
//! | `POST /sandbox/accounts` | `{username, display_name}` to `{id, username, display_name, access_token}` |
//! | `GET`, `PUT /sandbox/faults` | the [`FaultPlan`] with its counters; replaces it and starts counting anew |
//! | `POST /sandbox/forget-keys` | forgets every `Idempotency-Key` |
//! | `PUT /sandbox/keys` | `{"honour": false}` ignores them from now on |
//! | `PUT /sandbox/software` | [`Software`] |
//! | `GET`, `PUT /sandbox/tokens` | the [`TokenPlan`] and how many refreshes were asked for; tokens end and rotate from now on |
//! | `PUT /sandbox/tokens/end` | `{"username": …}`: every token of it that can end ends now |
//! | `PUT /sandbox/tokens/revoke` | `{"username": …}`: every token of it is taken back |

mod answer;
mod arrivals;
mod control;
mod fault_layer;
mod faults;
mod html;
mod instance;
mod media;
mod oauth;
mod oauth_store;
mod pages;
mod publish;
mod random;
mod server;
mod statuses;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod tokens;
mod world;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, middleware};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use arrivals::{Arrival, Done};
pub use faults::{Fault, FaultPlan, FaultRule, On};
pub use media::{MediaRecord, MediaType};
use server::Shared;
pub use tokens::{Rotation, TokenPlan};
use world::World;
pub use world::{Counts, Edit, StatusRecord};

/// The software that the sandbox pretends to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Software {
    /// The name in NodeInfo.
    pub name: String,
    /// The version in NodeInfo and in the instance information.
    pub version: String,
}

impl Default for Software {
    fn default() -> Self {
        Self {
            name: "mastodon".to_owned(),
            version: "4.5.0+sandbox".to_owned(),
        }
    }
}

/// How many requests an account may send in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The number of requests.
    pub limit: u32,
    /// The length of the window. Windows start at multiples of it.
    pub window: Duration,
    /// Whether requests beyond it are refused. When not, the headers always show an unused window, so that a client
    /// that paces itself by them is not slowed down in a load test.
    pub enforced: bool,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            limit: 300,
            window: Duration::from_secs(300),
            enforced: false,
        }
    }
}

/// How a sandbox starts.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Where it listens. Port 0 takes any free port.
    pub listen: SocketAddr,
    /// What links start with; by default the address that it listens on.
    pub public_url: Option<String>,
    /// What it pretends to be.
    pub software: Software,
    /// The longest text that it takes.
    pub max_characters: usize,
    /// Usernames and access tokens that exist from the start.
    pub accounts: Vec<(String, String)>,
    /// Whether `Idempotency-Key` is honoured.
    pub honour_keys: bool,
    /// How long a key is remembered.
    pub key_life: Duration,
    /// The rate limit that it announces.
    pub rate_limit: RateLimit,
    /// The fault plan at the start.
    pub faults: FaultPlan,
    /// What the control interface under `/sandbox/` asks for as a bearer token; none leaves it open.
    pub control_token: Option<String>,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            software: Software::default(),
            max_characters: 500,
            accounts: Vec::new(),
            honour_keys: true,
            key_life: Duration::from_secs(3600),
            rate_limit: RateLimit::default(),
            faults: FaultPlan::default(),
            control_token: None,
        }
    }
}

/// A running sandbox. It stops when this is dropped.
pub struct Sandbox {
    addr: SocketAddr,
    base_url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    stop: DropGuard,
}

impl Sandbox {
    /// Binds the port and starts to answer.
    ///
    /// # Errors
    /// When the address cannot be bound, or a username, a status code in the fault plan, or the public address makes
    /// no sense.
    pub async fn start(config: SandboxConfig) -> io::Result<Self> {
        let unfit = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
        config.faults.check().map_err(unfit)?;
        for (username, _) in &config.accounts {
            control::check_username(username).map_err(|error| unfit(error.to_owned()))?;
        }
        let listener = TcpListener::bind(config.listen).await?;
        let addr = listener.local_addr()?;
        let base_url = match &config.public_url {
            Some(address) => address.trim_end_matches('/').to_owned(),
            None => format!("http://{}", reachable(addr)),
        };
        url::Url::parse(&base_url).map_err(|error| unfit(format!("{base_url}: {error}")))?;
        let control_token = config.control_token.clone();
        let world = World::new(config, base_url.clone(), time::now());
        let shared = Shared::new(world, control_token);
        let stop = CancellationToken::new();
        let server = tokio::spawn(server::accept(
            listener,
            router(Arc::clone(&shared)),
            stop.clone(),
        ));
        Ok(Self {
            addr,
            base_url,
            shared,
            server,
            stop: stop.drop_guard(),
        })
    }

    /// The address it listens on, with the real port.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What links start with; no slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Every publish request that arrived, in order.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.shared.world().arrivals.clone()
    }

    /// Every token and every application's secret that it ever gave or was given: for those who make sure that none
    /// of them shows up anywhere.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.shared.world().secrets()
    }

    /// Every visible status, oldest first.
    #[must_use]
    pub fn statuses(&self) -> Vec<StatusRecord> {
        self.shared.world().statuses.values().cloned().collect()
    }

    /// The counts over both.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.world().counts()
    }

    /// Stops listening, lets connections finish for a moment, and returns when all is over.
    pub async fn shutdown(self) {
        drop(self.stop);
        if let Err(error) = self.server.await {
            tracing::warn!(%error, "the sandbox did not stop in order");
        }
    }
}

/// Runs a sandbox until the process is asked to end. `started` is called once it listens, to announce the address.
///
/// # Errors
/// As [`Sandbox::start`]; or when signals cannot be received.
pub async fn serve(config: SandboxConfig, started: impl FnOnce(&Sandbox)) -> io::Result<()> {
    let sandbox = Sandbox::start(config).await?;
    started(&sandbox);
    let asked = server::asked_to_end().await;
    sandbox.shutdown().await;
    asked
}

/// "All interfaces" is not an address that one can open.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

fn router(shared: Arc<Shared>) -> Router {
    let api = statuses::routes()
        .merge(media::routes())
        .merge(instance::routes())
        .merge(oauth::routes());
    // Faults are outermost: a proxy that fails does so before the server counts anything.
    let limited = middleware::from_fn_with_state(Arc::clone(&shared), fault_layer::rate_limit);
    let faulty = middleware::from_fn_with_state(Arc::clone(&shared), fault_layer::apply);
    api.layer(limited)
        .layer(faulty)
        .merge(control::routes(&shared))
        .merge(pages::routes())
        .merge(media::open_routes())
        .fallback(pages::not_found)
        .with_state(shared)
}
