//! What people see of a post, its deliveries and an account.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{AttestationView, Service, ServiceError, attest};
use crate::{
    domain::{
        account::Account,
        delivery::Delivery,
        ids::{AccountId, OrganizationId},
        post::Post,
        revision::Revision,
    },
    store::{
        Reader, accounts, deliveries, posts,
        sign_offs::{self, Recorded},
    },
};

/// A delivery with the zone in which its times are meant.
#[derive(Debug, Clone)]
pub struct DeliveryView {
    /// The delivery.
    pub delivery: Delivery,
    /// The account's zone.
    pub zone: Tz,
    /// The account's name.
    pub account_name: String,
    /// From then on it is missed.
    pub miss_at: Option<DateTime<Utc>>,
}

/// An account as it is shown: nothing in it is secret.
pub type AccountView = Account;

/// A post with everything that one looks at together.
#[derive(Debug, Clone)]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// Its latest revision.
    pub revision: Revision,
    /// Its deliveries; none before it was submitted.
    pub deliveries: Vec<DeliveryView>,
    /// All decisions, voided ones too.
    pub sign_offs: Vec<Recorded>,
    /// What the policy in force asks people to assure, and what they did.
    pub attestations: Vec<AttestationView>,
    /// The zone of its first account, for times of the post as a whole.
    pub zone: Tz,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Deliveries with their accounts' zones.
pub(super) fn delivery_views(
    stored: Vec<deliveries::Stored>,
    known: &BTreeMap<AccountId, Account>,
) -> Vec<DeliveryView> {
    stored
        .into_iter()
        .map(|stored| {
            let account = known.get(&stored.delivery.account);
            DeliveryView {
                zone: account.map_or(Tz::UTC, |account| account.zone),
                account_name: account.map(|account| account.name.clone()).unwrap_or_default(),
                miss_at: stored.miss_at,
                delivery: stored.delivery,
            }
        })
        .collect()
}

/// All accounts of an organization, by id.
pub(super) async fn known_accounts(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<BTreeMap<AccountId, Account>, ServiceError> {
    let all = accounts::all(reader, organization).await?;
    Ok(all.into_iter().map(|account| (account.id, account)).collect())
}

/// Reads what belongs to a post.
pub(super) async fn post_view(
    service: &Service,
    reader: &mut Reader,
    stored: posts::Stored,
    known: &BTreeMap<AccountId, Account>,
) -> Result<PostView, ServiceError> {
    let (organization, id) = (stored.post.organization, stored.post.id);
    let revision = posts::latest_revision(reader, organization, id).await?;
    let deliveries = delivery_views(deliveries::of_post(reader, organization, id).await?, known);
    let zone = revision
        .content
        .payloads()
        .first()
        .and_then(|payload| known.get(&payload.account))
        .map_or(Tz::UTC, |account| account.zone);
    Ok(PostView {
        attestations: attest::view(service, reader, &stored.post, &revision).await?,
        revision,
        deliveries,
        zone,
        sign_offs: sign_offs::all(reader, organization, id).await?,
        post: stored.post,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}
