//! TLS that ends here, with a certificate that is replaced while the server runs.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::world::{METRICS, World};
use crate::web::{TlsFiles, WebConfig, WebState, serve};

const REQUEST: &str = "[req]\ndistinguished_name = name\nx509_extensions = more\nprompt = no\n\
                       [name]\nCN = localhost\n\
                       [more]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = DNS:localhost\n";

/// Makes a certificate that signs itself, with a fresh key.
fn certify(directory: &Path, files: &TlsFiles) {
    let request = directory.join("request.cnf");
    std::fs::write(&request, REQUEST).unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .arg("-config")
        .arg(&request)
        .arg("-keyout")
        .arg(&files.key)
        .arg("-out")
        .arg(&files.certificate)
        .output()
        .expect("openssl comes with the PostgreSQL packages that the tests need");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Asks for `/healthz` and trusts the certificate of a file alone.
fn ask(address: SocketAddr, trusted: &Path) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(trusted).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_is_read_again_when_it_is_told() {
    let world = World::new().await;
    let directory = tempfile::tempdir().unwrap();
    let files = TlsFiles {
        certificate: directory.path().join("certificate.pem"),
        key: directory.path().join("key.pem"),
    };
    certify(directory.path(), &files);
    let config = WebConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: Some(files.clone()),
        ..WebConfig::default()
    };
    let shutdown = CancellationToken::new();
    let (tell, bound) = oneshot::channel();
    let state = WebState::new(world.service.clone(), config, METRICS.clone());
    let serving = tokio::spawn(serve(state, shutdown.clone(), move |address| {
        tell.send(address).unwrap()
    }));
    let address = bound.await.unwrap();
    let get = |trusted: &Path| {
        let trusted = trusted.to_owned();
        tokio::task::spawn_blocking(move || ask(address, &trusted))
    };
    let answer = get(&files.certificate).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains("strict-transport-security: max-age="),
        "{answer}"
    );
    // What cannot be used is not used.
    std::fs::write(&files.key, "no key").unwrap();
    hang_up();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(get(&files.certificate).await.unwrap().is_ok());
    certify(directory.path(), &files);
    assert!(
        get(&files.certificate).await.unwrap().is_err(),
        "the new one is not in use yet"
    );
    hang_up();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if get(&files.certificate).await.unwrap().is_ok() {
            shutdown.cancel();
            serving.await.unwrap().unwrap();
            return;
        }
    }
    panic!("the new certificate was never used");
}

fn hang_up() {
    let told = Command::new("kill")
        .args(["-HUP", &std::process::id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
}
