//! Over real HTTP, as a foreign program would see it.

mod control;
mod faults;
mod media;
mod oauth;
mod pages;
mod statuses;

use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};

use super::{Sandbox, SandboxConfig};

/// The token of the account `town`, which every test has.
const TOKEN: &str = "town-token";

/// A sandbox, and a client that follows no redirect.
struct World {
    sandbox: Sandbox,
    client: Client,
}

impl World {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a plain client, because the sandbox is on the loopback address"
    )]
    async fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let mut config = SandboxConfig {
            accounts: vec![
                ("town".to_owned(), TOKEN.to_owned()),
                ("village".to_owned(), "village-token".to_owned()),
            ],
            ..SandboxConfig::default()
        };
        change(&mut config);
        Self {
            sandbox: Sandbox::start(config).await.unwrap(),
            client: Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.addr())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    fn publish(&self, text: &str, key: Option<&str>) -> RequestBuilder {
        let request = self
            .client
            .post(self.url("/api/v1/statuses"))
            .bearer_auth(TOKEN)
            .json(&json!({ "status": text }));
        match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }

    async fn published(&self, text: &str, key: Option<&str>) -> Value {
        let response = self.publish(text, key).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Replaces the fault plan by one rule.
    async fn fault(&self, rule: Value) {
        let response = self
            .client
            .put(self.url("/sandbox/faults"))
            .json(&json!({ "faults": [rule] }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }
}

/// The status code and the text of an error.
async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}
