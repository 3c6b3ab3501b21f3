//! The LINE adapter against Prism, which serves LINE's own OpenAPI document and refuses what the document does not
//! say. `SEKISHO_TEST_PRISM` names its script, `SEKISHO_SPECS` the folder with the document (`line/messaging-api.yml`).

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sekisho::{
    clock::SystemClock,
    domain::{
        account::Platform as Kind,
        attempt::Sighting,
        digest::MediaDigest,
        ids::AccountId,
        preparation::Handles,
        revision::{Act, Media, Part, Payload, Visibility},
    },
    net::{Client, LoopbackPolicy, NetConfig},
    platform::{File, FileError, Files, LONGEST_REQUEST, Line, Platform, Prepared, Preparing, Quota, Sought},
    vault::{Credential, Secret},
};
use uuid::Uuid;

/// The stand-in's process; it ends with the test.
struct Prism {
    child: Child,
    base: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prism {
    async fn start(adapter: &Line) -> Option<Self> {
        let (Ok(script), Some(specs)) = (
            std::env::var("SEKISHO_TEST_PRISM"),
            std::env::var_os("SEKISHO_SPECS"),
        ) else {
            eprintln!("skipped: SEKISHO_TEST_PRISM and SEKISHO_SPECS are not set");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port()
            .to_string();
        let document = Path::new(&specs).join("line/messaging-api.yml");
        // The script itself: its wrapper would be another process, and stay when this one is killed.
        let child = Command::new("node")
            .args([&script, "mock", "--errors", "-h", "127.0.0.1", "-p", &port])
            .arg(document)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let prism = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..600 {
            if adapter.whoami(&prism.base, &credential()).await.is_ok() {
                return Some(prism);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the stand-in did not come up");
    }
}

fn credential() -> Credential {
    Credential::of_access(Secret::new("a-token".to_owned()), DateTime::UNIX_EPOCH)
}

fn adapter() -> Line {
    let config = NetConfig {
        loopback: LoopbackPolicy::Allowed,
        ..NetConfig::default()
    };
    let client = Client::new(&config).expect("a client");
    Line::new(client, Arc::new(SystemClock), LONGEST_REQUEST)
}

/// The same picture for everybody.
struct Pictures;

impl Files for Pictures {
    fn file<'a>(&'a self, _: &'a Media, _: Kind) -> BoxFuture<'a, Result<File, FileError>> {
        let file = File {
            bytes: vec![7; 32],
            media_type: "image/png".to_owned(),
            size: (800, 600),
        };
        Box::pin(async { Ok(file) })
    }

    fn address<'a>(&'a self, _: &'a Media, _: Kind) -> BoxFuture<'a, Result<url::Url, FileError>> {
        let address = "https://media.city.example.lg.jp/1.png"
            .parse()
            .expect("an address");
        Box::pin(async { Ok(address) })
    }
}

fn payload() -> Payload {
    let media = |alt: &str| Media {
        digest: MediaDigest::new([1; 32]),
        alt: alt.to_owned(),
    };
    let part = |text: &str, media: Vec<Media>| Part {
        text: text.to_owned(),
        link_card: None,
        media,
    };
    Payload {
        account: AccountId::new(Uuid::from_u128(1)),
        parts: vec![
            part("【避難指示】A地区", vec![media("海辺の避難所の入り口")]),
            part("避難所は次のとおり", vec![media("")]),
        ],
        language: None,
        visibility: Visibility::Public,
        refers_to: None,
        audience: None,
    }
}

#[tokio::test]
async fn lines_own_document_takes_what_the_adapter_sends() {
    let adapter = adapter();
    let Some(prism) = Prism::start(&adapter).await else {
        return;
    };
    let (credential, payload) = (credential(), payload());
    let mut handles = Handles::default();
    loop {
        let what = Preparing {
            instance: &prism.base,
            remote_account: "U1",
            act: Act::New,
            payload: &payload,
            part: 0,
            follows: None,
            handles: &handles,
            files: &Pictures,
        };
        match adapter.prepare(what, &credential).await {
            Prepared::Step(now) => handles = now,
            Prepared::Ready => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        handles.get("dry_run"),
        Some("passed"),
        "the messages of a broadcast"
    );

    let left = adapter
        .quota(&prism.base, "U1", &credential)
        .await
        .expect("a quota");
    let expected = Quota {
        used: 500,
        limit: Some(1_000),
        period: None,
    };
    assert_eq!(left, Some(expected), "the document's own example");
    let sought = Sought {
        instance: prism.base.clone(),
        remote_account: "U1".to_owned(),
        act: Act::New,
        payload: payload.clone(),
        part: 0,
        handles,
        intended_at: DateTime::<Utc>::UNIX_EPOCH,
    };
    let sighting = adapter.look(&sought, &credential).await;
    assert!(
        matches!(&sighting, Sighting::CannotTell { why } if why.contains("10000 messages")),
        "{sighting:?}"
    );
}
