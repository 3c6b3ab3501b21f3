//! `sekisho healthcheck`: asks the gateway on this machine whether it lives.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::config::Config;

/// Runs `sekisho healthcheck`.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut address: SocketAddr = config.web.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        if config.web.tls.is_some() {
            // With TLS an accepted connection is the sign of life; the certificate is not ours to judge.
            return Ok::<_, std::io::Error>(true);
        }
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    let alive = tokio::time::timeout(Duration::from_secs(4), asking).await;
    Ok(if matches!(alive, Ok(Ok(true))) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
