//! A clerk queues a post. Posts that come at the same time share a transaction, in which each is judged for itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    AttestationView, Draft, Once, PostView, Service, ServiceError, Situation, Submission, Told, access,
    attest, compose, corrections,
    once::CREATED,
    review::Review,
    submit::{self, Handed},
    take_media, views,
};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, Person, Scope},
        ids::{AccountId, OrganizationId, PostId, RevisionId},
        post::{Post, PostState},
        revision::Revision,
    },
    fault,
    store::{
        StoreError, Together, Tx, all_or_each, deliveries, posts,
        requests::{self, Answer},
    },
};

/// What somebody wants to queue.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    person: Person,
    draft: Draft,
    /// One time for both: a draft that leaves when approved has it in its range, and so in its digest.
    now: DateTime<Utc>,
    once: Once<PostView>,
}

type Created = Result<PostView, ServiceError>;

/// Posts that wait to be queued.
pub(crate) type Creating = Together<Wish, Created>;

impl Service {
    /// Queues a post as a draft, and submits it at once if the draft says so.
    ///
    /// # Errors
    /// When fields are wrong, the person may not write for an account, or the gate refuses the submission.
    pub async fn create_post(
        &self,
        person: &Person,
        mut draft: Draft,
        once: Once<PostView>,
    ) -> Result<PostView, ServiceError> {
        access::scope(person, Scope::Write)?;
        let now = self.now();
        self.name_as_the_platform_does(person.organization, &mut draft.targets)
            .await?;
        self.look_at_draft(person, &draft, now).await?;
        let wish = Wish {
            person: person.clone(),
            draft,
            now,
            once,
        };
        let created = self
            .creating
            .share(wish, |wishes| self.clone().create_each(wishes));
        let view = created.await.unwrap_or_else(|| Err(StoreError::Closed.into()))?;
        fault::point("accepted");
        Ok(view)
    }

    async fn create_each(self, wishes: Vec<Wish>) -> Vec<Created> {
        // Where the COMMIT is in doubt: asking again with the same key tells.
        let in_doubt = |why: &ServiceError| match why {
            ServiceError::Store(why @ StoreError::Commit(_)) => Some(why.clone()),
            _ => None,
        };
        all_or_each(wishes, in_doubt, |wishes| self.create_together(wishes)).await
    }

    async fn create_together(&self, wishes: Vec<Wish>) -> Result<Vec<Created>, ServiceError> {
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let created = create(&service, tx, wishes).await?;
                fault::point("accepting");
                Ok(created)
            })
        })
        .await
    }
}

/// Queues posts, each for itself: one that is refused keeps no other from being queued, and writes nothing.
async fn create(service: &Service, tx: &mut Tx, wishes: Vec<Wish>) -> Result<Vec<Created>, ServiceError> {
    // In one order everywhere: nobody waits for somebody who waits for them.
    let mut organizations = BTreeMap::<OrganizationId, Vec<(usize, Wish)>>::new();
    let count = wishes.len();
    for (index, wish) in wishes.into_iter().enumerate() {
        let organization = wish.person.organization;
        organizations.entry(organization).or_default().push((index, wish));
    }
    let mut created: BTreeMap<usize, Created> = BTreeMap::new();
    for (organization, wishes) in organizations {
        let drafts = wishes.iter().flat_map(|(_, wish)| &wish.draft.targets);
        let accounts = drafts.map(|target| target.account);
        let known = views::accounts_of(tx, organization, accounts).await?;
        let mut desk = Desk {
            service,
            organization,
            now: service.now(),
            known,
            situation: None,
        };
        let mut made = Vec::with_capacity(wishes.len());
        for (index, wish) in wishes {
            match desk.make(tx, wish).await {
                Ok(one) => made.push((index, one)),
                Err(ServiceError::Store(why)) => return Err(why.into()),
                Err(refused) => _ = created.insert(index, Err(refused)),
            }
        }
        created.extend(keep(service, tx, organization, made).await?);
    }
    let answer = |index| {
        created
            .remove(&index)
            .unwrap_or_else(|| Err(StoreError::Closed.into()))
    };
    Ok((0..count).map(answer).collect())
}

/// Where an organization's drafts are judged, with what they have in common.
struct Desk<'a> {
    service: &'a Service,
    organization: OrganizationId,
    now: DateTime<Utc>,
    known: BTreeMap<AccountId, Account>,
    /// Read once somebody submits.
    situation: Option<Situation>,
}

/// A post as it is to be written.
struct Made {
    wish: Wish,
    review: Review,
    /// Where it is submitted at once.
    handed: Option<Handed>,
    attestations: Vec<AttestationView>,
}

impl Desk<'_> {
    async fn make(&mut self, tx: &mut Tx, wish: Wish) -> Result<Made, ServiceError> {
        let (service, organization, now) = (self.service, self.organization, self.now);
        let draft = &wish.draft;
        take_media::check_known(tx, organization, draft).await?;
        corrections::check_known(tx, organization, draft).await?;
        let review = self.compose(&wish)?;
        let (handed, attestations) = match &draft.submission {
            Submission::Later => {
                let (post, revision) = (&review.stored.post, &review.revision);
                (None, attest::view(service, tx, post, revision).await?)
            }
            Submission::Now(assures) => {
                let situation = self.situation(tx).await?;
                let (content, subject) = (&review.revision.content, review.subject());
                let around = service.around(tx, situation, content, subject.post).await?;
                let snapshot = situation.of(content, subject, around)?;
                let mut handed = submit::judge(service, &wish.person, &review, assures, snapshot, now)?;
                let attestations = std::mem::take(&mut handed.attestations);
                (Some(handed), attestations)
            }
        };
        Ok(Made {
            wish,
            review,
            handed,
            attestations,
        })
    }

    /// What decides about all of them. Nothing that this transaction writes changes it.
    async fn situation(&mut self, tx: &mut Tx) -> Result<&Situation, ServiceError> {
        let read = match self.situation.take() {
            Some(read) => read,
            None => {
                let (organization, known) = (self.organization, self.known.clone());
                let read = self.service.situation_around(tx, organization, known, self.now);
                read.await?
            }
        };
        Ok(self.situation.insert(read))
    }

    /// The post as a draft. Nobody else knows of it before the COMMIT: what is written need not be read.
    fn compose(&self, wish: &Wish) -> Result<Review, ServiceError> {
        let Wish {
            person, draft, now, ..
        } = wish;
        let named: BTreeSet<AccountId> = draft.targets.iter().map(|target| target.account).collect();
        let named = named.iter().filter_map(|id| self.known.get_key_value(id));
        let known: BTreeMap<_, _> = named.map(|(id, account)| (*id, account.clone())).collect();
        let composed = compose::compose(draft, &known, *now)?;
        let payloads = composed.content.payloads().iter();
        let accounts: Vec<_> = payloads
            .filter_map(|payload| known.get(&payload.account))
            .collect();
        access::writer_of(person, &accounts)?;
        let post = Post {
            id: PostId::new(self.service.ids.next()),
            organization: self.organization,
            author: person.user,
            document_number: draft.document_number.clone(),
            publish: composed.publish,
            version: 1,
            state: PostState::Draft,
        };
        let revision = Revision {
            id: RevisionId::new(self.service.ids.next()),
            post: post.id,
            number: 1,
            editor: person.user,
            created_at: *now,
            digest: composed.content.digest(self.organization),
            content: composed.content,
        };
        Ok(Review {
            stored: posts::Stored {
                post,
                created_at: *now,
                updated_at: *now,
            },
            revision,
            hands: BTreeSet::from([person.user]),
            sign_offs: Vec::new(),
            known,
            deliveries: Vec::new(),
        })
    }
}

/// Writes posts of an organization down, but for those whose key another request took meanwhile.
async fn keep(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    made: Vec<(usize, Made)>,
) -> Result<Vec<(usize, Created)>, ServiceError> {
    let now = service.now();
    let views: Vec<PostView> = made.iter().map(|(_, made)| made.view(service)).collect();
    let kept: Vec<_> = made
        .iter()
        .zip(&views)
        .map(|((_, made), view)| made.wish.once.kept(view))
        .collect();
    let answers: Vec<Answer<'_>> = kept
        .iter()
        .flatten()
        .map(|(keyed, body)| Answer {
            keyed,
            status: CREATED,
            body,
        })
        .collect();
    let mut ours = requests::answer_all(tx, organization, &answers, now).await?;
    let is_ours: Vec<bool> = kept
        .iter()
        .map(|kept| match kept {
            None => true,
            // Of two with the same key only the first.
            Some((keyed, _)) => ours.remove(&(keyed.user, keyed.key.clone())),
        })
        .collect();
    drop(kept);
    let mut created = Vec::with_capacity(made.len());
    let mut writing = Vec::with_capacity(made.len());
    for (((index, made), view), is_ours) in made.into_iter().zip(views).zip(is_ours) {
        if is_ours {
            writing.push(made);
            created.push((index, Ok(view)));
        } else {
            created.push((index, Err(StoreError::Stale("requests").into())));
        }
    }
    write(service, tx, organization, writing).await?;
    Ok(created)
}

async fn write(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    made: Vec<Made>,
) -> Result<(), ServiceError> {
    if made.is_empty() {
        return Ok(());
    }
    let posts: Vec<_> = made.iter().map(Made::stored).collect();
    posts::insert_all(tx, organization, &posts).await?;
    let revisions = made.iter().map(|made| made.review.revision.clone());
    posts::insert_revisions(tx, organization, &revisions.collect::<Vec<_>>()).await?;
    let created = made.iter().map(Made::telling).collect();
    service.tell_all(tx, created).await?;
    let (mut new, mut submitted) = (Vec::new(), Vec::new());
    for made in made {
        let Some(handed) = made.handed else { continue };
        let occasion = handed.occasion(&made.review.revision);
        attest::keep(service, tx, &made.wish.person, occasion, &handed.given).await?;
        new.extend(handed.deliveries);
        submitted.push(handed.telling);
    }
    deliveries::insert(tx, organization, &new, service.now()).await?;
    Ok(service.tell_all(tx, submitted).await?)
}

impl Made {
    /// The post as it is written: handed to the first stage already, where it is submitted at once.
    fn stored(&self) -> posts::Stored {
        let post = self.handed.as_ref().map(|handed| Post {
            version: handed.post.version + 1,
            ..handed.post.clone()
        });
        let draft = &self.review.stored;
        posts::Stored {
            post: post.unwrap_or_else(|| draft.post.clone()),
            ..*draft
        }
    }

    fn telling(&self) -> Told {
        let (post, revision) = (&self.review.stored.post, &self.review.revision);
        let details = serde_json::json!({
            "revision": revision.digest.to_string(), "kind": revision.content.kind.as_str(),
            "document_number": post.document_number,
        });
        let actor = Actor::User(self.wish.person.user);
        Told::new(post.organization, actor, "post.created", post.id).with(details)
    }

    /// The new post, as it is shown.
    fn view(&self, service: &Service) -> PostView {
        let review = &self.review;
        let accounts = review.accounts();
        let new = self.handed.iter().flat_map(|handed| &handed.deliveries);
        let stored = new.map(|new| deliveries::Stored {
            miss_at: new.miss_at(),
            delivery: new.delivery.clone(),
            priority: new.priority,
        });
        let posts::Stored {
            post,
            created_at,
            updated_at,
        } = self.stored();
        PostView {
            deliveries: views::delivery_views(stored.collect(), &review.known, &[]),
            sign_offs: Vec::new(),
            attestations: self.attestations.clone(),
            costs: views::costs(&review.revision.content, &review.known, &service.prices),
            zone: accounts.first().map_or(chrono_tz::UTC, |account| account.zone),
            created_at,
            updated_at,
            post,
            revision: review.revision.clone(),
        }
    }
}
