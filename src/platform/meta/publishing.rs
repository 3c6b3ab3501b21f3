//! Publishing a container, and asking what became of one.

use reqwest::StatusCode;

use super::{
    super::{
        Reply,
        caller::{bad_instance, unfit, unready},
        order::Order,
    },
    Graph,
    stage::{Stage, State, Told, WHOLE},
    wire::{self, Fault},
};
use crate::{
    domain::attempt::{Outcome, RemoteRef},
    vault::Credential,
};

/// What a question after a container shows.
#[derive(Debug)]
pub(super) enum Seen {
    /// This.
    Told(Told),
    /// It does not exist, it says.
    Missing,
}

impl Graph {
    /// Publishes a container once. Only `Platform::publish` may lead here: it has the authorisation.
    pub(super) async fn publish_container(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let Stage::Finished { id, .. } = Stage::of(order.handles, WHOLE) else {
            return unready("the container").into();
        };
        let Some(account) = order.remote_account.filter(|id| wire::is_id(id)) else {
            return unfit("the account is not connected").into();
        };
        let path = [account, self.dialect.publication()];
        let Ok(request) = self.post(order.instance, &path, [("creation_id", id)], credential) else {
            return bad_instance().into();
        };
        match self.caller.change(request, order.send_by).await {
            // Where people read it the answer does not say, and no second question is worth a doubt.
            Ok(answer) => self
                .reader(credential)
                .publication(&answer, |id| RemoteRef { id, url: None }),
            Err(outcome) => outcome.into(),
        }
    }

    /// Asks what became of a container.
    pub(super) async fn container(
        &self,
        server: &str,
        id: &str,
        credential: &Credential,
    ) -> Result<Seen, Outcome> {
        let query = [("fields", self.dialect.state())];
        let request = self.get(server, &[id], &query, credential);
        let answer = self.caller.step(request.map_err(|_| bad_instance())?).await?;
        if answer.status.is_success() {
            let state: Option<State> = serde_json::from_slice(&answer.body).ok();
            let told = state.and_then(|state| state.told(self.dialect));
            return told.map(Seen::Told).ok_or_else(|| unready("a container"));
        }
        let is_missing = Fault::of(&answer.body).is_some_and(|fault| fault.is_missing());
        match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND if is_missing => Ok(Seen::Missing),
            _ => Err(self.reader(credential).step(&answer)),
        }
    }
}
