//! An edit makes a new revision: every sign-off on the old one is void.

use chrono::{DateTime, Utc};

use super::{
    Change, Draft, DraftTarget, PostView, Service, ServiceError, Submission, Timing, Told, access, compose,
    corrections,
    review::{self, Review},
    submit, take_media, views,
};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        audience::Chosen,
        ids::{PostId, RevisionId},
        post::PublishMode,
        revision::Revision,
    },
    store::{Tx, organizations, posts, sign_offs},
};

impl Service {
    /// Changes a post that has not left. `expected` is the version that the client saw.
    ///
    /// # Errors
    /// When the version is another, fields are wrong, part of the post may be out, or the gate refuses a
    /// submission in the same step.
    pub async fn edit_post(
        &self,
        person: &Person,
        id: PostId,
        expected: Option<i64>,
        mut change: Change,
    ) -> Result<PostView, ServiceError> {
        access::scope(person, Scope::Write)?;
        // One time for both, as in [`Service::create_post`].
        let now = self.now();
        if let Some(targets) = &mut change.targets {
            self.name_as_the_platform_does(person.organization, targets)
                .await?;
        }
        self.look_at_change(person, id, &change, now).await?;
        let (service, person) = (self.clone(), person.clone());
        let edited = Edited {
            id,
            expected,
            change,
            now,
        };
        self.write(move |tx| Box::pin(async move { edit(&service, tx, &person, edited).await }))
            .await
    }
}

/// What is changed, and when.
struct Edited {
    id: PostId,
    expected: Option<i64>,
    change: Change,
    now: DateTime<Utc>,
}

async fn edit(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    edited: Edited,
) -> Result<PostView, ServiceError> {
    let Edited {
        id,
        expected,
        change,
        now,
    } = edited;
    let organization = person.organization;
    // First, by lock order: whatever was evaluated with the old content is stale.
    organizations::bump_epoch(tx, organization).await?;
    let review = Review::of(tx, person, id).await?;
    let current = review.stored.post.version;
    if expected.is_some_and(|expected| expected != current) {
        return Err(ServiceError::Precondition { current });
    }
    access::writer_of(person, &review.accounts())?;
    let deliveries: Vec<_> = review
        .deliveries
        .iter()
        .map(|stored| stored.delivery.clone())
        .collect();
    let mut post = review.stored.post.clone().edit(&deliveries)?;
    let draft = merge(&review, &change);
    take_media::check_known(tx, organization, &draft).await?;
    corrections::check_known(tx, organization, &draft).await?;
    let retimed = change.timing.is_some();
    let targets = draft.targets.iter().map(|target| target.account);
    let known = views::accounts_of(tx, organization, targets).await?;
    let composed = match compose::compose(&draft, &known, now) {
        // A time that passed while the post lay there is the gate's to judge, unless this edit sets it.
        Err(ServiceError::Invalid(errors)) if !retimed => {
            let rest: Vec<_> = errors
                .into_iter()
                .filter(|error| error.message.key != "field-time-past")
                .collect();
            if !rest.is_empty() {
                return Err(ServiceError::Invalid(rest));
            }
            return Err(ServiceError::Conflict(super::Conflict::RetimeFirst));
        }
        other => other?,
    };
    let accounts: Vec<_> = composed
        .content
        .payloads()
        .iter()
        .filter_map(|payload| known.get(&payload.account))
        .collect();
    access::writer_of(person, &accounts)?;
    review::withdraw_deliveries(service, tx, person, &review).await?;
    let voided = sign_offs::void(tx, organization, id, now).await?;
    post.publish = composed.publish;
    post.document_number = draft.document_number;
    let revision = Revision {
        id: RevisionId::new(service.ids.next()),
        post: id,
        number: review.revision.number + 1,
        editor: person.user,
        created_at: now,
        digest: composed.content.digest(organization),
        content: composed.content,
    };
    posts::insert_revision(tx, organization, &revision).await?;
    posts::update(tx, &post, now).await?;
    let details = serde_json::json!({
        "revision": revision.digest.to_string(), "number": revision.number, "voided_sign_offs": voided,
    });
    let told = Told::new(organization, Actor::User(person.user), "post.edited", id).with(details);
    service.tell(tx, told).await?;
    if let Submission::Now(assures) = &change.submission {
        let review = Review::of(tx, person, id).await?;
        submit::hand_over(service, tx, person, &review, assures).await?;
    }
    review::after(service, tx, person, id, &known).await
}

/// The draft that the post would have been, had it been handed in as it shall be now.
pub(super) fn merge(review: &Review, change: &Change) -> Draft {
    let content = &review.revision.content;
    let first = content.payloads().first();
    // What is kept, with other pictures where only those change.
    let kept = |account| {
        let mut parts = content.payload(account)?.parts.clone();
        if let (Some(media), Some(first)) = (&change.media, parts.first_mut()) {
            first.media.clone_from(media);
        }
        Some(parts)
    };
    let reworded = change.text.is_some() || change.parts.is_some();
    let targets = match &change.targets {
        Some(targets) => targets
            .iter()
            .map(|target| {
                let says_its_own = target.text.is_some() || target.parts.is_some();
                DraftTarget {
                    parts: if says_its_own || reworded {
                        target.parts.clone()
                    } else {
                        kept(target.account)
                    },
                    ..target.clone()
                }
            })
            .collect(),
        None => content
            .payloads()
            .iter()
            .map(|payload| DraftTarget {
                account: payload.account,
                text: None,
                media: Vec::new(),
                parts: if reworded { None } else { kept(payload.account) },
                refers_to: payload.refers_to.clone(),
                audience: payload.audience.clone().map(Chosen::from),
            })
            .collect(),
    };
    let kept_media = || {
        let parts = first.map_or(&[][..], |payload| &payload.parts);
        parts.iter().flat_map(|part| part.media.clone()).collect()
    };
    let zone = first
        .and_then(|payload| review.known.get(&payload.account))
        .map_or(chrono_tz::UTC, |account| account.zone);
    // A kept time is told by the account's own clock, on which it exists.
    let told = |at: DateTime<Utc>| at.with_timezone(&zone).fixed_offset();
    let kept_timing = match review.stored.post.publish {
        PublishMode::At(at) => Timing::At(told(at)),
        PublishMode::OnApproval => Timing::OnApproval,
    };
    let kept_range = Some((told(content.range.earliest), told(content.range.latest)));
    Draft {
        act: content.act,
        kind: content.kind,
        document_number: change
            .document_number
            .clone()
            .unwrap_or_else(|| review.stored.post.document_number.clone()),
        source: change
            .source
            .clone()
            .unwrap_or_else(|| content.source.clone().map(String::from)),
        text: change.text.clone(),
        media: change.media.clone().unwrap_or_else(kept_media),
        parts: change.parts.clone(),
        targets,
        language: change
            .language
            .clone()
            .or_else(|| content.language().map(str::to_owned)),
        visibility: change
            .visibility
            .or_else(|| first.map(|payload| payload.visibility))
            .unwrap_or(crate::domain::revision::Visibility::Public),
        timing: change.timing.unwrap_or(kept_timing),
        // Another time without another range gets the range that belongs to it.
        range: change
            .range
            .or(if change.timing.is_some() { None } else { kept_range }),
        submission: change.submission.clone(),
    }
}
