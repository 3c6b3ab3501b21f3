//! The same adapter against a stand-in that others wrote: `mastodon_mock`, as scripts/test installs it.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sekisho::domain::delivery::DeliveryPhase;

use crate::support::{
    Town,
    database::Kind,
    town::{enter, new_account},
};

/// The stand-in's process; it ends with the test.
struct Mock {
    child: Child,
    base: String,
}

impl Mock {
    async fn start() -> Option<Self> {
        let Ok(program) = std::env::var("SEKISHO_TEST_MASTODON_MOCK") else {
            eprintln!("SEKISHO_TEST_MASTODON_MOCK is not set: scripts/test sets it");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        let child = Command::new(program)
            .args(["serve", "--host", "127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the stand-in starts");
        let mock = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..300 {
            if mock.get("/health").await.is_some() {
                return Some(mock);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the stand-in did not come up");
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a look at a stand-in is no platform request"
    )]
    async fn get(&self, path: &str) -> Option<String> {
        let answer = reqwest::Client::new()
            .get(format!("{}{path}", self.base))
            .header("authorization", "Bearer mock_token")
            .send()
            .await
            .ok()?;
        answer.text().await.ok()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_post_is_out_once_on_a_server_that_others_wrote() {
    let Some(mock) = Mock::start().await else { return };
    let Some(mut town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let new = new_account(town.division, &mock.base, "testuser");
    town.account = enter(&town.app, town.organization, new, "mock_token").await;
    let account = town
        .app
        .service
        .account(&town.people.clerk, town.account)
        .await
        .expect("the account");
    assert_eq!(
        account.limits.as_ref().map(|limits| limits.max_characters),
        Some(500)
    );
    let post = town.approved("防災行政無線の試験放送を行います。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    let remote = account.remote_id.expect("connected");
    let timeline = mock
        .get(&format!("/api/v1/accounts/{remote}/statuses"))
        .await
        .expect("a timeline");
    assert_eq!(
        timeline.matches("防災行政無線の試験放送を行います。").count(),
        1,
        "{timeline}"
    );
}
