//! The listening server: plain or with TLS, stopped without cutting anybody off.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{TlsFiles, WebState, router};

/// How often the certificate's files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `shutdown`; requests under way then may finish. `on_bound` is told the address.
///
/// # Errors
/// When the address cannot be bound or the certificate cannot be used.
pub async fn serve(
    state: WebState,
    shutdown: CancellationToken,
    on_bound: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let listener = TcpListener::bind(state.config.listen)?;
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    // Dropped with this future, and they end.
    let mut helpers = JoinSet::new();
    helpers.spawn({
        let (handle, shutdown) = (handle.clone(), shutdown.clone());
        let grace = Duration::from_secs(state.config.shutdown_seconds);
        async move {
            shutdown.cancelled().await;
            handle.graceful_shutdown(Some(grace));
        }
    });
    helpers.spawn(keep_up(state.clone()));
    let tls = state.config.tls.clone();
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let bound = listener.local_addr()?;
    match tls {
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            limit_headers(server.http_builder());
            on_bound(bound);
            server.serve(service).await
        }
        Some(files) => {
            let config = RustlsConfig::from_config(read(&files)?);
            let mut server = axum_server::from_tcp_rustls(listener, config.clone())?.handle(handle);
            limit_headers(server.http_builder());
            helpers.spawn(reload(files, config, signal(SignalKind::hangup())?));
            on_bound(bound);
            server.serve(service).await
        }
    }
}

/// A client that sends its headers drop by drop is hung up on.
fn limit_headers(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
}

/// Keeps the metrics' memory bounded when nobody reads them.
async fn keep_up(state: WebState) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        state.metrics.run_upkeep();
    }
}

/// Whether certificate and key can be used.
///
/// # Errors
/// Names the file that cannot.
pub fn check_tls(files: &TlsFiles) -> io::Result<()> {
    read(files).map(drop)
}

fn read(files: &TlsFiles) -> io::Result<Arc<ServerConfig>> {
    let unusable = |file: &std::path::Path, why: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", file.display()))
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|why| unusable(&files.certificate, &why))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|why| unusable(&files.key, &why))?;
    // Named, because a process may have been built with more than one provider.
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| unusable(&files.certificate, &why))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|why| unusable(&files.certificate, &why))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Reads certificate and key again when a file changed, or on SIGHUP. What cannot be used is not used: the
/// server goes on with what it has.
async fn reload(files: TlsFiles, config: RustlsConfig, mut hangups: Signal) {
    let mut known = changed_at(&files);
    loop {
        let told = tokio::select! {
            hangup = hangups.recv() => hangup.is_some(),
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let now = changed_at(&files);
        if !told && now == known {
            continue;
        }
        match read(&files) {
            Ok(fresh) => {
                config.reload_from_config(fresh);
                known = now;
                tracing::info!("the certificate was read again");
            }
            // A file that is half written has another time soon.
            Err(why) => tracing::error!(error = %why, "the new certificate cannot be used"),
        }
    }
}

fn changed_at(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| std::fs::metadata(file).and_then(|file| file.modified()).ok())
}
