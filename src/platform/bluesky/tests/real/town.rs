//! The server's processes, and a town with an account on it.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tokio::net::TcpStream;

use super::super::*;
use crate::{
    clock::SystemClock,
    platform::File,
    vault::{SecretName, SystemEntropy},
};

pub(super) const HANDLE: &str = "town.test";
pub(super) const OWN_PASSWORD: &str = "own-password-of-the-town";

/// Where the server reads who we are, if a test says it to it.
const INTRODUCTION: &str = "https://sekisho.example.lg.jp/oauth-client-metadata.json";

/// The server and the directory of identifiers; both end with the test.
pub(super) struct Servers {
    folder: PathBuf,
    data: tempfile::TempDir,
    plc_port: u16,
    pub(super) port: u16,
    plc: Child,
    pub(super) pds: Child,
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Where the programs are; none with a word on why.
fn installed() -> Option<PathBuf> {
    let folder = std::env::var_os("SEKISHO_TEST_PDS").map(PathBuf::from);
    if folder.is_none() {
        let why = std::env::var("SEKISHO_TEST_PDS_MISSING");
        let why = why.unwrap_or_else(|_| "SEKISHO_TEST_PDS is not set: scripts/test sets it".to_owned());
        eprintln!("skipped: the official server is not there: {why}");
    }
    folder
}

fn node(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("node_modules/node/bin/node"));
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

impl Servers {
    async fn start() -> Option<Self> {
        let folder = installed()?;
        let data = tempfile::tempdir().unwrap();
        let (plc_port, port) = (free_port(), free_port());
        let plc = node(&folder)
            .arg("plc.cjs")
            .arg(plc_port.to_string())
            .spawn()
            .unwrap();
        let pds = start_pds(&folder, data.path(), plc_port, port);
        let servers = Self {
            folder,
            data,
            plc_port,
            port,
            plc,
            pds,
        };
        servers.wait().await;
        Some(servers)
    }

    pub(super) fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Where the documents of identifiers are.
    pub(super) fn directory(&self) -> url::Url {
        format!("http://localhost:{}", self.plc_port).parse().unwrap()
    }

    /// Puts to our address in public what the server will read there.
    pub(super) fn introduce(&self, told: &Value) {
        std::fs::write(introduction(self.data.path()), told.to_string()).unwrap();
    }

    async fn wait(&self) {
        for _ in 0..1_200 {
            let plc = TcpStream::connect(("127.0.0.1", self.plc_port)).await;
            if plc.is_ok() && get(&self.base(), "_health").await.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server did not come up");
    }

    pub(super) fn kill(&mut self) {
        self.pds.kill().unwrap();
        self.pds.wait().unwrap();
    }

    pub(super) async fn restart(&mut self) {
        self.pds = start_pds(&self.folder, self.data.path(), self.plc_port, self.port);
        self.wait().await;
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in [&mut self.pds, &mut self.plc] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn introduction(data: &Path) -> PathBuf {
    data.join("introduction.json")
}

fn start_pds(folder: &Path, data: &Path, plc_port: u16, port: u16) -> Child {
    for folder in ["blobs", "temporary"] {
        std::fs::create_dir_all(data.join(folder)).unwrap();
    }
    let key = "11".repeat(32);
    node(folder)
        .arg("pds.mjs")
        .env("PDS_PORT", port.to_string())
        .env("PDS_HOSTNAME", "localhost")
        .env("PDS_DEV_MODE", "true")
        .env("PDS_DATA_DIRECTORY", data)
        .env("PDS_BLOBSTORE_DISK_LOCATION", data.join("blobs"))
        .env("PDS_BLOBSTORE_DISK_TMP_LOCATION", data.join("temporary"))
        .env("PDS_DID_PLC_URL", format!("http://localhost:{plc_port}"))
        .env("PDS_SERVICE_HANDLE_DOMAINS", ".test")
        .env("PDS_INVITE_REQUIRED", "false")
        .env("PDS_DISABLE_SSRF_PROTECTION", "true")
        .env("PDS_JWT_SECRET", "a-secret-for-tests-only-0123456789")
        .env("PDS_ADMIN_PASSWORD", "for-tests-only")
        .env("PDS_DPOP_SECRET", &key)
        .env("SEKISHO_TEST_CLIENT_AT", INTRODUCTION)
        .env("SEKISHO_TEST_CLIENT_FILE", introduction(data))
        .env("PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX", &key)
        .spawn()
        .unwrap()
}

async fn get(base: &str, query: &str) -> Option<Value> {
    let url = format!("{base}/xrpc/{query}").parse().unwrap();
    let answer = client().fetch(Request::new(Method::GET, url)).await.ok()?;
    serde_json::from_slice(&answer.body).ok()
}

async fn post(base: &str, name: &str, bearer: Option<&str>, body: &Value) -> Value {
    let url = format!("{base}/xrpc/{name}").parse().unwrap();
    let request = Request::new(Method::POST, url).json(body).unwrap();
    let request = match bearer {
        Some(bearer) => request.bearer(&Secret::new(bearer.to_owned())).unwrap(),
        None => request,
    };
    let answer = client().fetch(request).await.unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

/// A town with an account of its own, connected with a password for programs.
pub(super) struct Town {
    pub(super) servers: Servers,
    pub(super) bluesky: Bluesky,
    pub(super) credential: Credential,
    pub(super) did: String,
}

impl Town {
    pub(super) async fn on_a_real_server() -> Option<Self> {
        let servers = Servers::start().await?;
        let base = servers.base();
        let account = json!({ "handle": HANDLE, "email": "town@example.jp", "password": OWN_PASSWORD });
        let session = post(&base, "com.atproto.server.createAccount", None, &account).await;
        let own = session["accessJwt"].as_str().expect("an account");
        let name = json!({ "name": "sekisho" });
        let password = post(&base, "com.atproto.server.createAppPassword", Some(own), &name).await;
        let bluesky = Bluesky::new(
            client(),
            Arc::new(SystemClock),
            crate::platform::LONGEST_REQUEST,
            Arc::new(SystemEntropy),
            settings::Settings::default().bluesky,
        );
        let with = |password: &str| given(password);
        assert!(
            bluesky.sign_in(&base, with(OWN_PASSWORD)).await.is_err(),
            "the account's own password"
        );
        let password = password["password"].as_str().expect("a password for programs");
        let credential = bluesky.sign_in(&base, with(password)).await.unwrap();
        let did = bluesky.whoami(&base, &credential).await.unwrap().id;
        Some(Self {
            servers,
            bluesky,
            credential,
            did,
        })
    }

    pub(super) async fn ready(
        &self,
        act: Act,
        payload: &Payload,
        part: u16,
        follows: Option<&Follows>,
    ) -> Handles {
        let (base, files) = (self.servers.base(), red_square());
        let mut handles = Handles::NONE;
        loop {
            let what = Preparing {
                instance: &base,
                remote_account: &self.did,
                act,
                payload,
                part,
                follows,
                handles: &handles,
                files: &files,
            };
            match self.bluesky.prepare(what, &self.credential).await {
                Prepared::Ready => return handles,
                Prepared::Step(now) => handles = now,
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) fn order<'a>(&'a self, act: Act, payload: &'a Payload, handles: &'a Handles) -> Order<'a> {
        let send_by = SystemClock.now() + TimeDelta::minutes(1);
        Order {
            remote_account: Some(&self.did),
            handles,
            ..Order::plain("", act, payload, 1, send_by)
        }
    }

    pub(super) async fn send(&self, act: Act, payload: &Payload, handles: &Handles) -> Outcome {
        let order = self.order(act, payload, handles);
        self.bluesky.send(&order, &self.credential).await.outcome
    }

    pub(super) async fn published(&self, act: Act, payload: &Payload) -> RemoteRef {
        let handles = self.ready(act, payload, 0, None).await;
        published(self.send(act, payload, &handles).await)
    }

    fn sought(&self, act: Act, payload: &Payload, handles: &Handles) -> Sought {
        Sought {
            instance: self.servers.base(),
            remote_account: self.did.clone(),
            act,
            payload: payload.clone(),
            part: 0,
            handles: handles.clone(),
            intended_at: SystemClock.now(),
        }
    }

    pub(super) async fn look(&self, payload: &Payload, handles: &Handles) -> Sighting {
        let sought = self.sought(Act::New, payload, handles);
        self.bluesky.look(&sought, &self.credential).await
    }

    /// What anybody can read of the account's posts.
    pub(super) async fn posts(&self) -> Vec<Value> {
        let query = format!(
            "com.atproto.repo.listRecords?repo={}&collection=app.bsky.feed.post&reverse=true",
            self.did
        );
        let mut list = get(&self.servers.base(), &query).await.expect("a list");
        list["records"]
            .as_array_mut()
            .expect("records")
            .iter_mut()
            .map(|one| one["value"].take())
            .collect()
    }
}

fn given(password: &str) -> Credential {
    Credential::new(start())
        .with(SecretName::Identifier, Secret::new(HANDLE.to_owned()))
        .with(SecretName::Password, Secret::new(password.to_owned()))
}

pub(super) fn published(outcome: Outcome) -> RemoteRef {
    match outcome {
        Outcome::Published(remote) => remote,
        other => panic!("{other:?}"),
    }
}

/// A picture of one pixel, which is red.
fn red_square() -> Pictures {
    let png = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301\
        0100c9fe92ef0000000049454e44ae426082";
    Pictures(Ok(File {
        bytes: hex::decode(png).unwrap(),
        media_type: "image/png".to_owned(),
        size: (1, 1),
    }))
}
