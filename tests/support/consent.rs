//! Connecting an account as a person does: at the sandbox's consent page.

use std::collections::BTreeMap;

use reqwest::{Client, redirect::Policy};
use sekisho::sandbox::TokenPlan;
use serde_json::json;
use url::Url;

use super::{Town, http_client};

impl Town {
    /// Connects the town's account with tokens that end and rotate.
    pub async fn consent(&self, plan: TokenPlan) {
        self.control("tokens", serde_json::to_value(plan).expect("a plan"))
            .await;
        let (service, administrator) = (&self.app.service, &self.people.administrator);
        let begun = service
            .begin_connection(administrator, self.account)
            .await
            .expect("a connection");
        let back = allow(&begun.authorize_url, "koho").await;
        let mut fields: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        let state = fields.remove("state").expect("a state");
        service
            .finish_connection(administrator, &state, &fields)
            .await
            .expect("a connected account");
    }

    /// Every token that can end ends now.
    pub async fn end_tokens(&self) {
        self.control("tokens/end", json!({ "username": "koho" })).await;
    }

    /// How many refreshes the sandbox was asked for.
    pub async fn refreshes(&self) -> u64 {
        let url = format!("{}/sandbox/tokens", self.sandbox.base_url());
        let answer = http_client().get(url).send().await.expect("the sandbox");
        let known: serde_json::Value = answer.json().await.expect("JSON");
        known["refreshes"].as_u64().expect("a number")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a browser of a test; the gateway's own address answers nobody here"
)]
fn browser() -> Client {
    let browser = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .tls_certs_only([]);
    browser.build().expect("a client")
}

/// A person says yes; where their browser is sent then.
pub async fn allow(authorize_url: &str, username: &str) -> Url {
    let mut address = Url::parse(authorize_url).expect("an address");
    let mut form: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    form.push(("account".to_owned(), username.to_owned()));
    form.push(("decision".to_owned(), "allow".to_owned()));
    address.set_query(None);
    let answer = browser()
        .post(address)
        .form(&form)
        .send()
        .await
        .expect("the sandbox");
    let back = answer.headers()["location"].to_str().expect("a text");
    Url::parse(back).expect("an address")
}
