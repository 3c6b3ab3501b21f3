//! A PostgreSQL connection that can be cut at a COMMIT, or that loses notifications: a proxy that reads the
//! messages of the protocol as they pass.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

/// What the proxy does to connections.
#[derive(Debug, Clone, Copy)]
pub enum Mischief {
    /// Every n-th COMMIT never reaches the server: the connection is cut.
    CutBeforeCommit { every: u64 },
    /// Every n-th COMMIT reaches the server, and its answer never comes back.
    CutAfterCommit { every: u64 },
    /// Notifications are lost.
    LoseNotifications,
}

/// A running proxy. It stops when this is dropped.
#[derive(Debug)]
pub struct PostgresProxy {
    /// The database, through the proxy.
    pub url: String,
    done: Arc<AtomicU64>,
    _running: AbortOnDropHandle<()>,
}

impl PostgresProxy {
    /// Stands between a client and the database with this URL.
    pub async fn before(url: &str, mischief: Mischief) -> Self {
        let parsed = url::Url::parse(url).expect("a URL");
        let server = parsed.socket_addrs(|| Some(5432)).expect("an address")[0];
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mut url = parsed;
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(port)).expect("a port");
        // The messages are read here, so they must be readable.
        url.set_query(Some("sslmode=disable"));
        let done = Arc::new(AtomicU64::new(0));
        let running = tokio::spawn(accept(listener, server, mischief, Arc::clone(&done)));
        Self {
            url: url.to_string(),
            done,
            _running: AbortOnDropHandle::new(running),
        }
    }

    /// How often it has done its mischief.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, mischief: Mischief, done: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    let commits = Arc::new(AtomicU64::new(0));
    while let Ok((client, _)) = listener.accept().await {
        let (commits, done) = (Arc::clone(&commits), Arc::clone(&done));
        connections.spawn(async move {
            let Ok(server) = TcpStream::connect(server).await else {
                return;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // Whichever ends first ends both.
            tokio::select! {
                _ = asked(from_client, to_server, mischief, &commits, &done) => {}
                _ = answered(from_server, to_client, mischief, &done) => {}
            }
        });
    }
}

/// One message after the start: its kind, and all of its bytes.
async fn message(from: &mut OwnedReadHalf) -> io::Result<(u8, Vec<u8>)> {
    let mut bytes = vec![0; 5];
    from.read_exact(&mut bytes).await?;
    let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
    let kind = bytes[0];
    bytes.resize(1 + length, 0);
    from.read_exact(&mut bytes[5..]).await?;
    Ok((kind, bytes))
}

async fn asked(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mischief: Mischief,
    commits: &AtomicU64,
    done: &AtomicU64,
) -> io::Result<()> {
    // The first message has no kind.
    let mut start = vec![0; 4];
    from.read_exact(&mut start).await?;
    let length = u32::from_be_bytes([start[0], start[1], start[2], start[3]]) as usize;
    start.resize(length, 0);
    from.read_exact(&mut start[4..]).await?;
    to.write_all(&start).await?;
    loop {
        let (kind, bytes) = message(&mut from).await?;
        let every = match mischief {
            Mischief::CutBeforeCommit { every } | Mischief::CutAfterCommit { every } => every,
            Mischief::LoseNotifications => u64::MAX,
        };
        let is_commit = kind == b'Q' && bytes[5..].starts_with(b"COMMIT");
        let cut = is_commit && (commits.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(every);
        if cut {
            done.fetch_add(1, Ordering::SeqCst);
            if let Mischief::CutAfterCommit { .. } = mischief {
                to.write_all(&bytes).await?;
                // The server reads all of it before it sees the end.
                to.shutdown().await?;
            }
            return Ok(());
        }
        to.write_all(&bytes).await?;
    }
}

async fn answered(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mischief: Mischief,
    done: &AtomicU64,
) -> io::Result<()> {
    loop {
        let (kind, bytes) = message(&mut from).await?;
        if kind == b'A' && matches!(mischief, Mischief::LoseNotifications) {
            done.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        to.write_all(&bytes).await?;
    }
}
