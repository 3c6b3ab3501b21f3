//! Instagram, by Instagram Login. A post is a container that is filled, waited for, and published once. The platform
//! has no idempotency keys and answers "blocked" to posts that are out: an unknown outcome is looked up, never sent
//! again.

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
use crate::{clock::Clock, domain::attempt::Outcome, net::Client};
use recipe::Caption;

/// What is asked for: to post, to find one's own posts again, and to know whose account it is.
const SCOPES: [&str; 2] = ["instagram_business_basic", "instagram_business_content_publish"];

/// The account's posts.
const POSTS: Listing = Listing {
    edge: "media",
    fields: "id,caption,timestamp,permalink,media_type",
};

/// The adapter.
#[derive(Debug)]
pub struct Instagram {
    graph: Graph,
    authorize: url::Url,
    codes: url::Url,
}

impl Instagram {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        settings: settings::Instagram,
    ) -> Self {
        let calls = (client, clock, longest);
        Self {
            graph: Graph::new(Dialect::Instagram, calls, settings.version, settings.application),
            authorize: settings.authorize,
            codes: settings.exchange,
        }
    }
}

impl Containers for Instagram {
    fn graph(&self) -> &Graph {
        &self.graph
    }

    fn grants(&self) -> Grants<'_> {
        Grants {
            graph: &self.graph,
            authorize: &self.authorize,
            codes: Some(&self.codes),
            scopes: &SCOPES,
            exchange: "ig_exchange_token",
            refresh: "ig_refresh_token",
        }
    }

    fn recipe<'a>(&self, said: Said<'a>) -> Result<Box<dyn Recipe + 'a>, Outcome> {
        let caption = Caption::of(said).map_err(unfit)?;
        Ok(Box::new(caption))
    }

    fn listing(&self, _: &Sought) -> Listing {
        POSTS
    }
}
