//! A town for tests: a real database, a real dispatcher, the sandbox as platform over real HTTP.

pub mod consent;
pub mod database;
pub mod http;
pub mod postgres_proxy;
pub mod postgres_server;
pub mod process;
pub mod raw;
pub mod shim;
pub mod steps;
pub mod town;

use std::sync::LazyLock;

use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::Client;
use sekisho::web::install_metrics;

pub use database::TestDatabase;
pub use town::{Clocked, Town};

/// How long whoever sets a hold waits for what is under way.
pub const PATIENCE: chrono::Duration = chrono::Duration::seconds(20);

static METRICS: LazyLock<PrometheusHandle> =
    LazyLock::new(|| install_metrics().expect("metrics of this process"));

/// The metrics of this process: it can have only one set.
pub fn metrics() -> PrometheusHandle {
    METRICS.clone()
}

/// A client for servers of the tests: plain, and cheap to make because it trusts no certificates. It keeps no
/// connection: none can be hung up on between two requests.
#[expect(
    clippy::disallowed_methods,
    reason = "a request of a test is no platform request"
)]
pub fn http_client() -> Client {
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .pool_max_idle_per_host(0);
    client.build().expect("a client")
}

/// A number from the environment, where the long forms of tests are asked for.
pub fn number(variable: &str, otherwise: u32) -> u32 {
    std::env::var(variable).map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}"))
    })
}
