//! Threads. A post is a container that is filled, waited for, and published once, one of words alone, too. The
//! platform has no idempotency keys: an unknown outcome is looked up, never sent again.

mod recipe;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use super::{
    Sought,
    caller::unfit,
    meta::{
        Containers, Dialect, Grants, Graph, Listing,
        container::{Recipe, Said},
    },
    settings,
};
use crate::{
    clock::Clock,
    domain::{attempt::Outcome, revision::Act},
    net::Client,
};
use recipe::Content;

/// What is asked for: to post and to answer, to find one's own posts and answers again, and to remove them.
const SCOPES: [&str; 5] = [
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_delete",
];

/// The account's posts; its answers stand in a list of their own.
const POSTS: Listing = Listing {
    edge: "threads",
    fields: "id,text,timestamp,permalink,media_type",
};
const ANSWERS: Listing = Listing {
    edge: "replies",
    ..POSTS
};

/// The adapter.
#[derive(Debug)]
pub struct Threads {
    graph: Graph,
    authorize: url::Url,
}

impl Threads {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        settings: settings::Threads,
    ) -> Self {
        let calls = (client, clock, longest);
        Self {
            graph: Graph::new(Dialect::Threads, calls, settings.version, settings.application),
            authorize: settings.authorize,
        }
    }
}

impl Containers for Threads {
    fn graph(&self) -> &Graph {
        &self.graph
    }

    fn grants(&self) -> Grants<'_> {
        Grants {
            graph: &self.graph,
            authorize: &self.authorize,
            codes: None,
            scopes: &SCOPES,
            exchange: "th_exchange_token",
            refresh: "th_refresh_token",
        }
    }

    fn recipe<'a>(&self, said: Said<'a>) -> Result<Box<dyn Recipe + 'a>, Outcome> {
        let content = Content::of(said).map_err(unfit)?;
        Ok(Box::new(content))
    }

    fn listing(&self, sought: &Sought) -> Listing {
        let is_answer = sought.act == Act::Reply || sought.part > 0;
        if is_answer { ANSWERS } else { POSTS }
    }
}
