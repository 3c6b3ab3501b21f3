//! The HTTP API, over a real socket.

use std::{net::SocketAddr, num::NonZeroU32};

use reqwest::{Client, Method};
use sekisho::{
    service::Service,
    web::{self, WebConfig, WebState},
};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{http_client, metrics};

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    Done(Value),
    Refused(Value),
}

impl Answer {
    pub fn done(self) -> Option<Value> {
        match self {
            Self::Done(value) => Some(value),
            Self::Refused(_) => None,
        }
    }

    /// The stable name of the problem, if it is one.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Done(_) => None,
            Self::Refused(problem) => problem["type"].as_str()?.strip_prefix("urn:sekisho:problem:"),
        }
    }
}

/// What somebody who asks properly, and alone, is never told.
const NEVER: [&str; 4] = ["unauthenticated", "rate-limited", "changed-meanwhile", "bad-json"];

/// A listening server and somebody who talks to it.
pub struct Api {
    base: String,
    client: Client,
    _stop: DropGuard,
}

impl Api {
    pub async fn serve(service: Service) -> Self {
        let many = NonZeroU32::MAX;
        let config = WebConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            rate_per_minute: many,
            rate_burst: many,
            // A machine with much to do is slow, and not at fault.
            request_seconds: 300,
            ..WebConfig::default()
        };
        let (tell, bound) = oneshot::channel();
        let stop = CancellationToken::new();
        let state = WebState::new(service, config, metrics());
        let stopped = stop.clone();
        tokio::spawn(async move {
            let on_bound = |address| tell.send(address).expect("somebody waits");
            web::serve(state, stopped, on_bound).await.expect("a server");
        });
        let address = bound.await.expect("an address");
        Self {
            base: format!("http://{address}"),
            client: http_client(),
            _stop: stop.drop_guard(),
        }
    }

    /// Asks for something. To be refused is an answer; a server that fails is a fault.
    pub async fn ask(&self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        let request = self
            .client
            .request(method.clone(), format!("{}{path}", self.base))
            .bearer_auth(token)
            .header("if-match", "*")
            .json(body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(!status.is_server_error(), "{method} {path}: {status} {text}");
        for secret in [token, "koho-token", "bosai-token"] {
            assert!(!text.contains(secret), "{method} {path} tells a secret: {text}");
        }
        let value = serde_json::from_str(&text).expect("JSON");
        let answer = if status.is_success() {
            Answer::Done(value)
        } else {
            Answer::Refused(value)
        };
        let problem = answer.problem().unwrap_or_default();
        assert!(!NEVER.contains(&problem), "{method} {path}: {text}");
        answer
    }
}
