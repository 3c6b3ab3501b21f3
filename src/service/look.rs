//! Looks outside before the gate is asked, never inside a transaction. What is seen is stored, and every
//! later snapshot reads it from there: a node that may not look judges by what another one saw.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Duration, Utc};

use super::{
    Change, Conflict, Draft, Service, ServiceError, Submission, access, compose, corrections, edit_post,
    review::{self, Review},
    views,
};
use crate::{
    domain::{
        account::Account,
        actor::{Person, Scope},
        digest::{MediaDigest, RevisionDigest},
        evidence::{Evidence, LinkEnd, LinkLook, OutsideLook, PictureLook},
        ids::{AccountId, OrganizationId, PostId},
        revision::{Content, Kind},
    },
    gate::{self, Policy, policy::LinkChecks},
    store::{Reader, StoreError, link_looks, media, outside_looks},
};

/// How old a look may be at most shortly before a post leaves, and when somebody decides on it.
const FRESH: Duration = Duration::hours(1);

/// What a look is for: it says how old an earlier one may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookFor {
    /// A post that is handed in: as old as the policy allows.
    Submission,
    /// A decision, or a post that leaves soon: fresh.
    Leaving,
}

impl LookFor {
    fn age(self, policy: &Policy) -> Duration {
        let allowed = Duration::hours(policy.link_look_hours().into());
        match self {
            Self::Submission => allowed,
            Self::Leaving => allowed.min(FRESH),
        }
    }
}

/// A look that nobody renews is of no use to any policy after this.
const FORGOTTEN: Duration = Duration::days(60);

/// The most links of one post that are looked at. Nobody writes more; the rest stays unchecked.
const MOST_LINKS: usize = 50;

/// The longest address that is looked at, in bytes: a database's index has to hold it.
const LONGEST_ADDRESS: usize = 2000;

/// What the gate will ask about a content: the addresses of its links, those in its pictures included.
pub(crate) async fn links_of(
    reader: &mut Reader,
    organization: OrganizationId,
    content: &Content,
) -> Result<BTreeSet<String>, StoreError> {
    let pictures = media::looks(reader, organization, &content.media()).await?;
    Ok(links_shown(content, &pictures))
}

fn links_shown(content: &Content, pictures: &BTreeMap<MediaDigest, PictureLook>) -> BTreeSet<String> {
    let mut links = gate::links(content);
    let codes = pictures.values().flat_map(|look| &look.codes);
    links.extend(codes.flat_map(|code| gate::addresses_in(code)));
    links.retain(|address| address.len() <= LONGEST_ADDRESS);
    links.into_iter().take(MOST_LINKS).collect()
}

impl Service {
    /// What was seen of a content, from the store.
    pub(super) async fn evidence(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
        content: &Content,
        post: PostId,
    ) -> Result<Evidence, ServiceError> {
        let outside = match self.probe.outside() {
            None => OutsideLook::NotConfigured,
            Some(_) => outside_of(reader, organization, content.digest(organization)).await?,
        };
        let pictures = media::looks(reader, organization, &content.media()).await?;
        let links = links_shown(content, &pictures);
        Ok(Evidence {
            links: link_looks::at(reader, organization, &links).await?,
            pictures,
            outside,
            corrected: corrections::standings(reader, organization, content, post).await?,
        })
    }

    /// Looks at what a content needs and what was not seen lately. An emergency never waits for a look.
    pub(crate) async fn look(
        &self,
        organization: OrganizationId,
        content: &Content,
        purpose: LookFor,
    ) -> Result<(), ServiceError> {
        let links = async {
            match content.kind {
                Kind::Emergency => Ok(0),
                _ if self.probe.links().is_none() => Ok(0),
                _ => {
                    let mut reader = self.store.read().await?;
                    let links = links_of(&mut reader, organization, content).await?;
                    drop(reader);
                    self.look_at_links(organization, links, purpose).await
                }
            }
        };
        let (seen, asked) = tokio::join!(links, self.ask_outside(organization, content));
        seen.and(asked)
    }

    /// Looks at links that nobody looked at lately, where the policy wants it. Tells how many looks were stored.
    pub(crate) async fn look_at_links(
        &self,
        organization: OrganizationId,
        links: BTreeSet<String>,
        purpose: LookFor,
    ) -> Result<usize, ServiceError> {
        let Some(probe) = self.probe.links() else {
            return Ok(0);
        };
        let now = self.now();
        let mut reader = self.store.read().await?;
        let Some(policy) = self.wanted(&mut reader, organization).await? else {
            return Ok(0);
        };
        if policy.link_checks() == LinkChecks::Off {
            return Ok(0);
        }
        let age = purpose.age(&policy);
        let known = link_looks::at(&mut reader, organization, &links).await?;
        drop(reader);
        let wanted = links
            .into_iter()
            .filter(|address| known.get(address).is_none_or(|look| is_stale(look, now, age)));
        let mut looks = probe.look_at_all(wanted.collect(), now).await;
        // What could not be seen this time takes nothing away from what was.
        looks.retain(|address, look| look.end != LinkEnd::NoAnswer || !was_seen(known.get(address)));
        self.keep_looks(organization, looks).await
    }

    /// The policy that says what is looked at; none before one was imported.
    async fn wanted(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
    ) -> Result<Option<Arc<Policy>>, ServiceError> {
        match self.policies.current(reader, organization).await {
            Err(ServiceError::Conflict(Conflict::NoPolicy)) => Ok(None),
            other => other.map(Some),
        }
    }

    async fn keep_looks(
        &self,
        organization: OrganizationId,
        looks: BTreeMap<String, LinkLook>,
    ) -> Result<usize, ServiceError> {
        let count = looks.len();
        if count == 0 {
            return Ok(0);
        }
        self.write(move |tx| {
            Box::pin(async move {
                for (address, look) in &looks {
                    link_looks::keep(tx, organization, address, look).await?;
                }
                Ok(count)
            })
        })
        .await
    }

    /// Asks the outside checker about a revision that it has not judged.
    async fn ask_outside(&self, organization: OrganizationId, content: &Content) -> Result<(), ServiceError> {
        let Some(checker) = self
            .probe
            .outside()
            .filter(|checker| checker.judges(content.kind))
        else {
            return Ok(());
        };
        let (revision, now) = (content.digest(organization), self.now());
        let mut reader = self.store.read().await?;
        let policy = self.wanted(&mut reader, organization).await?;
        if policy.is_none_or(|policy| policy.document().profile.outside_checker.is_off()) {
            return Ok(());
        }
        let known = outside_looks::of(&mut reader, organization, revision).await?;
        drop(reader);
        if known.is_some() {
            return Ok(());
        }
        let look = checker.ask(organization, revision, content, now).await;
        let OutsideLook::Answered { findings, .. } = look else {
            return Ok(());
        };
        self.write(move |tx| {
            Box::pin(
                async move { Ok(outside_looks::keep(tx, organization, revision, now, &findings).await?) },
            )
        })
        .await
    }

    /// Forgets looks of links that nobody writes any more.
    pub(crate) async fn forget_looks(&self) -> Result<(), ServiceError> {
        let before = self.now() - FORGOTTEN;
        self.write(move |tx| Box::pin(async move { Ok(link_looks::forget(tx, before).await?) }))
            .await
            .map(drop)
    }

    /// Looks at a post before the transaction that decides on it.
    pub(super) async fn look_at_post(
        &self,
        person: &Person,
        id: PostId,
        purpose: LookFor,
    ) -> Result<(), ServiceError> {
        if self.probe.is_idle() {
            return Ok(());
        }
        access::any_scope(person, &[Scope::Write, Scope::Approve])?;
        let mut reader = self.store.read().await?;
        let review = Review::glance(&mut reader, person, id).await?;
        drop(reader);
        self.look(person.organization, &review.revision.content, purpose)
            .await
    }

    /// Looks at a draft before the transaction that queues and submits it.
    pub(super) async fn look_at_draft(
        &self,
        person: &Person,
        draft: &Draft,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        if self.probe.is_idle() || draft.submission == Submission::Later {
            return Ok(());
        }
        let mut reader = self.store.read().await?;
        let targets = draft.targets.iter().map(|target| target.account);
        let known = views::accounts_of(&mut reader, person.organization, targets).await?;
        drop(reader);
        self.look_at_composed(person, draft, &known, now).await
    }

    /// Looks at what a post will be, before the transaction that changes and submits it.
    pub(super) async fn look_at_change(
        &self,
        person: &Person,
        id: PostId,
        change: &Change,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        if self.probe.is_idle() || change.submission == Submission::Later {
            return Ok(());
        }
        let mut reader = self.store.read().await?;
        let review = Review::glance(&mut reader, person, id).await?;
        access::writer_of(person, &review.accounts())?;
        let draft = edit_post::merge(&review, change);
        let targets = draft.targets.iter().map(|target| target.account);
        let known = views::accounts_of(&mut reader, person.organization, targets).await?;
        drop(reader);
        self.look_at_composed(person, &draft, &known, now).await
    }

    /// What is wrong with a draft is for its transaction to tell; here there is only nothing to look at.
    async fn look_at_composed(
        &self,
        person: &Person,
        draft: &Draft,
        known: &BTreeMap<AccountId, Account>,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let Ok(composed) = compose::compose(draft, known, now) else {
            return Ok(());
        };
        access::writer_of(person, &review::accounts_of(&composed.content, known))?;
        self.look(person.organization, &composed.content, LookFor::Submission)
            .await
    }
}

/// Whether a look says nothing any more, or never did.
fn is_stale(look: &LinkLook, now: DateTime<Utc>, age: Duration) -> bool {
    look.end == LinkEnd::NoAnswer || now - look.at >= age
}

fn was_seen(known: Option<&LinkLook>) -> bool {
    known.is_some_and(|look| look.end != LinkEnd::NoAnswer)
}

async fn outside_of(
    reader: &mut Reader,
    organization: OrganizationId,
    revision: RevisionDigest,
) -> Result<OutsideLook, ServiceError> {
    let known = outside_looks::of(reader, organization, revision).await?;
    Ok(
        known.map_or(OutsideLook::Unavailable, |findings| OutsideLook::Answered {
            revision,
            findings,
        }),
    )
}
