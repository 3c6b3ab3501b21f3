use crate::service::Service;
#[derive(Debug, Clone, serde::Deserialize)]
pub struct WebConfig {
    pub listen: std::net::SocketAddr,
    pub tls: Option<u8>,
}
impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            tls: None,
        }
    }
}
#[derive(Clone)]
pub struct WebState;
impl WebState {
    pub fn new(_: Service, _: WebConfig, _: metrics_exporter_prometheus::PrometheusHandle) -> Self {
        Self
    }
}
pub async fn serve(
    _: WebState,
    _: tokio_util::sync::CancellationToken,
    _: impl FnOnce(std::net::SocketAddr),
) -> std::io::Result<()> {
    Ok(())
}
