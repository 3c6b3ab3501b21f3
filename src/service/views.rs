//! What people see of a post, its deliveries and an account.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{AttestationView, Service, ServiceError, attest};
use crate::{
    domain::{
        account::Account,
        correction::Correction,
        cost::{self, Cost, XPrices},
        delivery::Delivery,
        ids::{AccountId, OrganizationId, PostId},
        post::Post,
        revision::{Content, Revision},
    },
    store::{
        Reader, accounts, corrections, deliveries, posts,
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
    /// The corrections of it that are out, oldest first.
    pub corrections: Vec<Correction>,
}

/// An account as it is shown: nothing in it is secret.
pub type AccountView = Account;

/// What a post costs, for each account whose platform takes money for it.
pub type Costs = BTreeMap<AccountId, Cost>;

/// What a content costs at these prices.
pub(super) fn costs(content: &Content, known: &BTreeMap<AccountId, Account>, x: &XPrices) -> Costs {
    let payloads = content.payloads().iter();
    let cost = payloads.filter_map(|payload| {
        let platform = known.get(&payload.account)?.platform;
        Some((payload.account, cost::of(platform, content.act, payload, x)?))
    });
    cost.collect()
}

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
    /// What it costs, for each account whose platform takes money for a post.
    pub costs: Costs,
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
    corrections: &[Correction],
) -> Vec<DeliveryView> {
    stored
        .into_iter()
        .map(|stored| {
            let account = known.get(&stored.delivery.account);
            DeliveryView {
                zone: account.map_or(Tz::UTC, |account| account.zone),
                account_name: account.map(|account| account.name.clone()).unwrap_or_default(),
                miss_at: stored.miss_at,
                corrections: corrections
                    .iter()
                    .filter(|one| one.corrected == stored.delivery.id)
                    .cloned()
                    .collect(),
                delivery: stored.delivery,
            }
        })
        .collect()
}

/// The corrections of the posts of these deliveries; of what is not out there are none.
pub(super) async fn corrections_of(
    reader: &mut Reader,
    organization: OrganizationId,
    stored: &[deliveries::Stored],
) -> Result<Vec<Correction>, ServiceError> {
    let out = stored.iter().filter(|stored| stored.delivery.series.out() > 0);
    let posts: BTreeSet<PostId> = out.map(|stored| stored.delivery.post).collect();
    let mut found = Vec::new();
    for post in posts {
        found.extend(corrections::of_post(reader, organization, post).await?);
    }
    Ok(found)
}

/// Reads those of the accounts that are not known yet.
pub(super) async fn learn(
    reader: &mut Reader,
    organization: OrganizationId,
    known: &mut BTreeMap<AccountId, Account>,
    ids: impl Iterator<Item = AccountId>,
) -> Result<(), ServiceError> {
    let missing: BTreeSet<AccountId> = ids.filter(|id| !known.contains_key(id)).collect();
    let found = accounts::these(reader, organization, &missing).await?;
    known.extend(found.into_iter().map(|account| (account.id, account)));
    Ok(())
}

/// These accounts, as far as they are of the organization, by id.
pub(super) async fn accounts_of(
    reader: &mut Reader,
    organization: OrganizationId,
    ids: impl Iterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, Account>, ServiceError> {
    let mut known = BTreeMap::new();
    learn(reader, organization, &mut known, ids).await?;
    Ok(known)
}

/// All accounts of an organization, by id.
pub(super) async fn known_accounts(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<BTreeMap<AccountId, Account>, ServiceError> {
    let all = accounts::all(reader, organization).await?;
    Ok(all.into_iter().map(|account| (account.id, account)).collect())
}

/// Reads what belongs to a post, and what is not known yet of the accounts that it goes to.
pub(super) async fn post_view(
    service: &Service,
    reader: &mut Reader,
    stored: posts::Stored,
    known: &mut BTreeMap<AccountId, Account>,
) -> Result<PostView, ServiceError> {
    let (organization, id) = (stored.post.organization, stored.post.id);
    let revision = posts::latest_revision(reader, organization, id).await?;
    let deliveries = deliveries::of_post(reader, organization, id).await?;
    let of_deliveries = deliveries.iter().map(|stored| stored.delivery.account);
    let of_content = revision.content.payloads().iter().map(|payload| payload.account);
    learn(reader, organization, known, of_content.chain(of_deliveries)).await?;
    let corrections = corrections_of(reader, organization, &deliveries).await?;
    let deliveries = delivery_views(deliveries, known, &corrections);
    let zone = revision
        .content
        .payloads()
        .first()
        .and_then(|payload| known.get(&payload.account))
        .map_or(Tz::UTC, |account| account.zone);
    Ok(PostView {
        attestations: attest::view(service, reader, &stored.post, &revision).await?,
        costs: costs(&revision.content, known, &service.prices),
        revision,
        deliveries,
        zone,
        sign_offs: sign_offs::all(reader, organization, id).await?,
        post: stored.post,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}
