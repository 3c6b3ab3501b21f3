//! Connecting a page: a person consents, and their token of sixty days gives the page's own, which has no end. What
//! it may read ends after ninety days all the same, and only a person prolongs that.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, header::ACCEPT};
use serde::Deserialize;

use super::{
    super::{
        AskError, RemoteAccount,
        connecting::{ConnectError, Finish, Invite, Invited},
        meta::{
            code_of, form_to,
            wire::{After, List, is_id},
        },
    },
    Facebook,
};
use crate::{
    net::Request,
    vault::{Credential, Secret, SecretName},
};

/// What is asked for: to know which pages a person speaks for, to post, and to find one's own posts again.
const SCOPES: [&str; 3] = ["pages_show_list", "pages_read_engagement", "pages_manage_posts"];

/// What a person must be allowed to do on a page.
const TASK: &str = "CREATE_CONTENT";

/// How long the right to read lasts, where nobody tells.
const ACCESS: TimeDelta = TimeDelta::days(90);

/// How many pages of the list of pages are read.
const LISTS: usize = 5;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// A page that a person speaks for.
#[derive(Deserialize)]
struct Page {
    id: String,
    username: Option<String>,
    access_token: Option<String>,
    #[serde(default)]
    tasks: Vec<String>,
}

/// Whose credential it is.
#[derive(Deserialize)]
struct Own {
    id: String,
    username: Option<String>,
}

/// What Facebook says of a token.
#[derive(Deserialize)]
struct Inspection {
    data: Inspected,
}

#[derive(Deserialize)]
struct Inspected {
    is_valid: bool,
    #[serde(default)]
    data_access_expires_at: i64,
    scopes: Option<Vec<String>>,
}

/// The name in a page's address; a page without one goes by its id.
fn handle(username: Option<&str>, id: &str) -> String {
    username.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
}

impl Facebook {
    /// Makes the address at which a person consents.
    pub(super) fn begin(&self, what: Invite<'_>) -> Result<Invited, ConnectError> {
        let dialog = self.graph.endpoint(self.web.as_str(), &["dialog", "oauth"]);
        let dialog = dialog.map_err(|_| ConnectError::Address("the dialog's address"))?;
        self.graph.invite(dialog, &SCOPES, what)
    }

    /// Exchanges the code that came back for the token of the page that the register names.
    pub(super) async fn exchange(&self, what: Finish<'_>) -> Result<Credential, ConnectError> {
        let application = self.graph.application()?;
        let secret = application.client_secret.expose();
        let code = code_of(&what);
        let of_code = [
            ("client_id", application.client_id.as_str()),
            ("client_secret", secret),
            ("redirect_uri", what.redirect_uri),
            ("code", code),
        ];
        let short = self.token(what.instance, &of_code, code).await?;
        let of_token = [
            ("grant_type", "fb_exchange_token"),
            ("client_id", application.client_id.as_str()),
            ("client_secret", secret),
            ("fb_exchange_token", short.as_str()),
        ];
        let long = self.token(what.instance, &of_token, &short).await?;
        let now = self.graph.caller.now();
        let person = Credential::of_access(Secret::new(long), now);
        let token = self.page_of(what, &person).await?;
        let mut credential = Credential::of_access(Secret::new(token), now);
        // A page's token has no end of its own. Were this not told, nobody would be warned.
        let ends = self.inspected(what.instance, &credential).await;
        credential.access_expires_at = ends.map_or(Some(now + ACCESS), |inspected| inspected.ends());
        Ok(credential)
    }

    /// In the body, which the endpoint takes as well as the address: addresses are written down by many.
    async fn token(&self, server: &str, form: &[(&str, &str)], sent: &str) -> Result<String, ConnectError> {
        let url = self.graph.endpoint(server, &["oauth", "access_token"]);
        let url = url.map_err(|_| ConnectError::Address("the server's address"))?;
        let secret = self.graph.application()?.client_secret.expose();
        let token: Token = self.graph.exchange(form_to(url, form), &[secret, sent]).await?;
        match token.access_token.is_empty() {
            false => Ok(token.access_token),
            true => Err(ConnectError::Unreadable("an empty credential".to_owned())),
        }
    }

    /// The token of the page that is meant, among all that a person speaks for.
    async fn page_of(&self, what: Finish<'_>, person: &Credential) -> Result<String, ConnectError> {
        let mut place: Option<String> = None;
        for _ in 0..LISTS {
            let mut query = vec![("fields", "id,username,access_token,tasks"), ("limit", "100")];
            query.extend(place.as_deref().map(|place| ("after", place)));
            let path = ["me", "accounts"];
            let list: List<Page> = self
                .graph
                .ask(what.instance, &path, &query, person)
                .await
                .map_err(said)?;
            let next = match list.after() {
                After::Page(next) => Some(next.to_owned()),
                After::End | After::Unknown => None,
            };
            let is_meant = |page: &Page| {
                handle(page.username.as_deref(), &page.id).eq_ignore_ascii_case(what.handle)
                    && is_id(&page.id)
            };
            if let Some(page) = list.data.into_iter().find(is_meant) {
                return page.usable();
            }
            place = Some(next.ok_or_else(|| ConnectError::OtherAccount(what.handle.to_owned()))?);
        }
        Err(ConnectError::OtherAccount(what.handle.to_owned()))
    }

    /// Whose credential it is; asked once a day, and with it whether Facebook would still take it for a post.
    pub(super) async fn identify(
        &self,
        server: &str,
        credential: &Credential,
    ) -> Result<RemoteAccount, AskError> {
        // That the question itself is not answered says nothing of the credential.
        if let Ok(inspected) = self.inspected(server, credential).await {
            inspected.usable()?;
        }
        let query = [("fields", "id,username")];
        let own: Own = self.graph.ask(server, &["me"], &query, credential).await?;
        if !is_id(&own.id) {
            return Err(AskError::Unreadable("an account without a usable id".to_owned()));
        }
        Ok(RemoteAccount {
            handle: handle(own.username.as_deref(), &own.id),
            id: own.id,
        })
    }

    async fn inspected(&self, server: &str, credential: &Credential) -> Result<Inspected, AskError> {
        let application = self.graph.application();
        let application = application.map_err(|none| AskError::Unreachable(none.to_string()))?;
        let access = credential.get(SecretName::Access).map_or("", Secret::expose);
        let url = self.graph.endpoint(server, &["debug_token"]);
        let mut url = url.map_err(|bad| AskError::Unreachable(bad.to_string()))?;
        // The token that is asked about is taken in the address alone; what opens the question is not.
        url.query_pairs_mut().append_pair("input_token", access);
        let ours = format!("{}|{}", application.client_id, application.client_secret.expose());
        let request = Request::new(Method::GET, url)
            .bearer(&Secret::new(ours))
            .and_then(|request| request.header(ACCEPT, "application/json"));
        let answer = self.graph.caller.fetch(request).await;
        let answer = answer.map_err(|error| AskError::Unreachable(error.why().to_owned()))?;
        let inspection: Inspection = self.graph.read(&answer, credential)?;
        Ok(inspection.data)
    }
}

impl Page {
    fn usable(self) -> Result<String, ConnectError> {
        if !self.tasks.iter().any(|task| task == TASK) {
            return Err(ConnectError::Refused(
                "the person may not post on the page".to_owned(),
            ));
        }
        let token = self.access_token.filter(|token| !token.is_empty());
        token.ok_or_else(|| ConnectError::Unreadable("a page without a credential".to_owned()))
    }
}

impl Inspected {
    /// When a person has to consent again; 0 is never.
    fn ends(&self) -> Option<DateTime<Utc>> {
        let seconds = Some(self.data_access_expires_at).filter(|seconds| *seconds > 0)?;
        DateTime::from_timestamp(seconds, 0)
    }

    fn usable(&self) -> Result<(), AskError> {
        if !self.is_valid {
            return Err(AskError::Unauthorised(
                "Facebook says that it is not valid".to_owned(),
            ));
        }
        let lacks = |scope: &&&str| {
            self.scopes
                .as_ref()
                .is_some_and(|all| !all.iter().any(|one| one == **scope))
        };
        match SCOPES[1..].iter().find(lacks) {
            Some(missing) => Err(AskError::Unauthorised(format!("the consent lacks {missing}"))),
            None => Ok(()),
        }
    }
}

fn said(why: AskError) -> ConnectError {
    match why {
        AskError::Unreachable(why) => ConnectError::Unreachable(why),
        AskError::Unauthorised(why) => ConnectError::Refused(why),
        AskError::Unreadable(why) => ConnectError::Unreadable(why),
    }
}
