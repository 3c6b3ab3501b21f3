//! Logs and metrics. A message reads on its own; fields carry what one filters by. Never a secret.

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogFormat, LogSection};

/// Why logs or metrics cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter has an error.
    #[error("log.filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// There is a subscriber already.
    #[error("logging was started twice")]
    Twice,
    /// The metrics cannot be collected.
    #[error("metrics: {0}")]
    Metrics(#[from] BuildError),
}

/// Begins to log, to the standard error.
///
/// # Errors
/// See [`TelemetryError`].
pub fn start_logging(section: &LogSection) -> Result<(), TelemetryError> {
    let filter: EnvFilter = section.filter.parse()?;
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match section.format {
        LogFormat::Text => registry.with(layer).try_init(),
        LogFormat::Json => registry.with(layer.json()).try_init(),
    }
    .map_err(|_| TelemetryError::Twice)
}

/// Begins to collect metrics; they are read at `/metrics`.
///
/// # Errors
/// When another recorder was installed.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    Ok(PrometheusBuilder::new().install_recorder()?)
}
