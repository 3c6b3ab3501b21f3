//! A person's consent at the official server. The page's own calls are made as the page makes them.

use std::collections::BTreeMap;

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, LOCATION, REFERER, SET_COOKIE};
use url::Url;

use super::{
    super::consent::pem,
    town::{HANDLE, OWN_PASSWORD},
    *,
};
use crate::vault::{SecretName, SystemEntropy};

const IN_PUBLIC: &str = "https://sekisho.example.lg.jp/v1/connections/callback";
const IN_DEVELOPMENT: &str = "http://127.0.0.1:8080/v1/connections/callback";
const STATE: &str = "canary-state";

/// What the person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Yes,
    No,
}

/// A browser: it keeps cookies and says where it comes from.
struct Browser {
    page: Url,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens the consent page.
    async fn at(page: &Url) -> Self {
        let mut browser = Self {
            page: page.clone(),
            cookies: BTreeMap::new(),
        };
        let shown = browser.open(page, "none").await;
        assert_eq!(
            shown.status.as_u16(),
            200,
            "{}",
            String::from_utf8_lossy(&shown.body)
        );
        browser
    }

    async fn open(&mut self, url: &Url, from: &str) -> Answer {
        let request = Request::new(Method::GET, url.clone());
        self.send(
            request,
            &[
                ("sec-fetch-site", from),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
        )
        .await
    }

    /// A call of the page.
    async fn call(&mut self, name: &str, token: Option<&str>, body: &Value) -> Value {
        let place = format!("/@atproto/oauth-provider/~api/{name}");
        let request = Request::new(Method::POST, self.page.join(&place).unwrap())
            .json(body)
            .unwrap();
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, &format!("Bearer {token}")).unwrap(),
            None => request,
        };
        let csrf = self.cookies["csrf-token"].clone();
        let origin = self.page.origin().ascii_serialization();
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "same-origin"),
            ("origin", &origin),
            ("x-csrf-token", &csrf),
        ];
        let answer = self.send(request, &headers).await;
        assert!(
            answer.status.is_success(),
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn send(&mut self, request: Request, headers: &[(&'static str, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for &(name, value) in headers {
            map.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        map.insert(COOKIE, cookies.join("; ").parse().unwrap());
        map.insert(REFERER, self.page.as_str().parse().unwrap());
        let answer = client().fetch(request.headers(map)).await.unwrap();
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

/// A person signs in and says yes or no; what they come back with.
async fn asked(page: &Url, says: Says) -> BTreeMap<String, String> {
    let mut browser = Browser::at(page).await;
    let account = json!({ "locale": "en", "username": HANDLE, "password": OWN_PASSWORD, "remember": false });
    let signed_in = browser.call("sign-in", None, &account).await;
    let answer = match says {
        Says::Yes => {
            let token = signed_in["ephemeralToken"].as_str().expect("a token");
            let did = &signed_in["account"]["did"];
            browser.call("consent", Some(token), &json!({ "did": did })).await
        }
        Says::No => browser.call("reject", None, &json!({})).await,
    };
    let next: Url = answer["url"].as_str().expect("an address").parse().unwrap();
    let back = browser.open(&next, "same-origin").await;
    let back: Url = back.headers[LOCATION].to_str().unwrap().parse().unwrap();
    back.query_pairs().into_owned().collect()
}

impl Town {
    /// The same town, with an adapter that has a key of its own.
    async fn with_our_key() -> Option<Self> {
        let mut town = Self::on_a_real_server().await?;
        let own = settings::Bluesky {
            directory: town.servers.directory(),
            client_key: Some(ClientKey::from_pem(&pem()).unwrap()),
        };
        town.bluesky = Bluesky::new(
            client(),
            Arc::new(SystemClock),
            crate::platform::LONGEST_REQUEST,
            Arc::new(SystemEntropy),
            own,
        );
        town.servers
            .introduce(&town.bluesky.introduction(IN_PUBLIC).unwrap());
        Some(town)
    }

    async fn invited(&self, redirect_uri: &str) -> Invited {
        let (instance, state) = (self.servers.base(), Secret::new(STATE.to_owned()));
        let what = Invite {
            instance: &instance,
            redirect_uri,
            state: &state,
            handle: HANDLE,
        };
        Platform::invite(&self.bluesky, what).await.unwrap()
    }

    async fn finished(
        &self,
        redirect_uri: &str,
        memory: &Credential,
        returned: &BTreeMap<String, String>,
    ) -> Result<Credential, ConnectError> {
        let what = Finish {
            instance: &self.servers.base(),
            redirect_uri,
            memory,
            returned,
            handle: HANDLE,
        };
        Platform::finish(&self.bluesky, what).await
    }

    async fn renewed(&self) -> Result<Credential, RefreshError> {
        self.bluesky.refresh(&self.servers.base(), &self.credential).await
    }
}

#[rstest::rstest]
#[case(IN_PUBLIC)]
#[case(IN_DEVELOPMENT)]
#[tokio::test]
async fn a_person_consents_and_posts_leave_until_they_are_taken_back(#[case] redirect_uri: &str) {
    let Some(mut town) = Town::with_our_key().await else {
        return;
    };
    let invited = town.invited(redirect_uri).await;
    let returned = asked(&invited.authorize_url, Says::Yes).await;
    assert_eq!(returned["state"], STATE);
    town.credential = town
        .finished(redirect_uri, &invited.memory, &returned)
        .await
        .unwrap();
    let known = town
        .bluesky
        .whoami(&town.servers.base(), &town.credential)
        .await
        .unwrap();
    assert_eq!(
        (known.id.as_str(), known.handle.as_str()),
        (town.did.as_str(), HANDLE)
    );
    assert!(
        town.credential
            .access_expires_at
            .is_some_and(|ends| ends > SystemClock.now())
    );

    let mut first = payload("防災行政無線の試験放送を行います。");
    first.parts[0].media = vec![picture(1, "会場の地図")];
    let out = town.published(Act::New, &first).await;

    let renewed = town.renewed().await.unwrap();
    let old = std::mem::replace(&mut town.credential, renewed);
    let text = |credential: &Credential, name| credential.get(name).unwrap().expose().to_owned();
    for name in [SecretName::Access, SecretName::Refresh] {
        assert_ne!(text(&old, name), text(&town.credential, name));
    }
    town.published(Act::New, &payload("試験放送を終わりました。"))
        .await;
    assert_eq!(town.posts().await.len(), 2);

    let base = town.servers.base();
    let removal = Removal {
        instance: &base,
        remote_id: &out.id,
        send_by: SystemClock.now() + TimeDelta::minutes(1),
    };
    published(town.bluesky.remove(&removal, &town.credential).await.outcome);
    assert_eq!(town.posts().await.len(), 1);

    // The second use of a refresh token ends the connection there, and says so.
    let refused = town.bluesky.refresh(&base, &old).await.unwrap_err();
    assert!(matches!(refused, RefreshError::Refused(_)), "{refused:?}");
    let refused = town.renewed().await.unwrap_err();
    assert!(matches!(refused, RefreshError::Refused(_)), "{refused:?}");
}

#[tokio::test]
async fn what_a_person_refuses_is_not_connected() {
    let Some(town) = Town::with_our_key().await else {
        return;
    };
    let invited = town.invited(IN_PUBLIC).await;
    let returned = asked(&invited.authorize_url, Says::No).await;
    assert_eq!(returned["error"], "access_denied");
    let refused = town
        .finished(IN_PUBLIC, &invited.memory, &returned)
        .await
        .unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(_)), "{refused:?}");
}

#[tokio::test]
async fn tokens_are_worth_nothing_without_their_key() {
    let Some(mut town) = Town::with_our_key().await else {
        return;
    };
    let invited = town.invited(IN_PUBLIC).await;
    let returned = asked(&invited.authorize_url, Says::Yes).await;
    let whole = town
        .finished(IN_PUBLIC, &invited.memory, &returned)
        .await
        .unwrap();
    let other = Secret::new(pem());
    let stolen = Credential::from_secret(&whole.to_secret())
        .unwrap()
        .with(SecretName::PrivateKey, other);
    let plain = Credential::of_access(
        Secret::new(whole.get(SecretName::Access).unwrap().expose().to_owned()),
        start(),
    );
    for credential in [stolen, plain] {
        let handles = town.ready(Act::New, &payload("本文"), 0, None).await;
        town.credential = credential;
        let outcome = town.send(Act::New, &payload("本文"), &handles).await;
        assert_eq!(outcome.class(), OutcomeClass::RejectedReauth, "{outcome:?}");
        town.credential = Credential::from_secret(&whole.to_secret()).unwrap();
    }
    assert!(town.posts().await.is_empty());
}
