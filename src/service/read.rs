//! Questions. Each answers only what the person may know.

use std::collections::BTreeMap;

use super::{AccountView, DeliveryView, PostView, Service, ServiceError, Thing, access, views};
use crate::{
    domain::{
        account::Account,
        actor::{OrganizationRole, Person, Scope},
        flow::Flow,
        ids::{AccountId, DeliveryId, EntryId, PostId},
        post::{PostPhase, PostState},
        revision::Revision,
    },
    ledger::Columns,
    store::{Reader, accounts, attempts, deliveries, flows, ledger, posts},
};

/// How many things a page holds at most.
pub const LARGEST_PAGE: i64 = 100;

impl Service {
    /// The accounts to which posts do not flow freely: failures in a row, a platform that said "later", a scarce
    /// budget.
    ///
    /// # Errors
    /// When the token does not allow reading.
    pub async fn flows(&self, person: &Person) -> Result<Vec<Flow>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(flows::of_organization(&mut reader, person.organization).await?)
    }

    /// One post.
    ///
    /// # Errors
    /// When there is none that this person may know of.
    pub async fn post(&self, person: &Person, id: PostId) -> Result<PostView, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        visible(self, &mut reader, person, id, &mut BTreeMap::new()).await
    }

    /// Posts, newest first, from a cursor on; only those that this person may know of.
    ///
    /// # Errors
    /// The database.
    pub async fn posts(
        &self,
        person: &Person,
        before: Option<PostId>,
        state: Option<PostPhase>,
        limit: i64,
    ) -> Result<(Vec<PostView>, Option<PostId>), ServiceError> {
        access::scope(person, Scope::Read)?;
        let organization = person.organization;
        let limit = limit.clamp(1, LARGEST_PAGE);
        let mut reader = self.store.read().await?;
        let mut known = BTreeMap::new();
        let mut page = Vec::new();
        let mut cursor = before;
        // Posts that are not for this person do not count, so further rows are read until the page is full.
        loop {
            let rows = posts::page(&mut reader, organization, cursor, state, limit).await?;
            let last = i64::try_from(rows.len()).unwrap_or(limit) < limit;
            for stored in rows {
                cursor = Some(stored.post.id);
                if let Some(view) = seen_by(self, &mut reader, person, stored, &mut known).await? {
                    page.push(view);
                    if i64::try_from(page.len()).unwrap_or(limit) == limit {
                        return Ok((page, cursor));
                    }
                }
            }
            if last {
                return Ok((page, None));
            }
        }
    }

    /// What waits for this person: posts at a stage that they may sign and did not write.
    ///
    /// # Errors
    /// The database.
    pub async fn queue(&self, person: &Person) -> Result<Vec<PostView>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let mut known = BTreeMap::new();
        let mut mine = Vec::new();
        for stored in posts::awaiting_people(&mut reader, person.organization).await? {
            if !stored.post.answers_to(person) {
                continue;
            }
            let approved = matches!(stored.post.state, PostState::Approved { .. });
            let hands = posts::hands(&mut reader, person.organization, stored.post.id).await?;
            let view = views::post_view(self, &mut reader, stored, &mut known).await?;
            let signed = view.sign_offs.iter().any(|given| {
                given.voided_at.is_none()
                    && given.sign_off.by == person.user
                    && given.sign_off.revision == view.revision.digest
            });
            // What the gate holds after the approval waits for those who gave it.
            if !hands.contains(&person.user) && (approved || !signed) {
                mine.push(view);
            }
        }
        Ok(mine)
    }

    /// All revisions of a post, oldest first.
    ///
    /// # Errors
    /// When there is no post that this person may know of.
    pub async fn revisions(&self, person: &Person, id: PostId) -> Result<Vec<Revision>, ServiceError> {
        let view = self.post(person, id).await?;
        let mut reader = self.store.read().await?;
        Ok(posts::revisions(&mut reader, person.organization, view.post.id).await?)
    }

    /// A delivery with its attempts.
    ///
    /// # Errors
    /// When there is none that this person may know of.
    pub async fn delivery(
        &self,
        person: &Person,
        id: DeliveryId,
    ) -> Result<(DeliveryView, Vec<attempts::PastAttempt>), ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let organization = person.organization;
        let missing = || ServiceError::NotFound(Thing::Delivery);
        let stored = deliveries::find(&mut reader, organization, id)
            .await?
            .ok_or_else(missing)?;
        let mut known = BTreeMap::new();
        visible(self, &mut reader, person, stored.delivery.post, &mut known)
            .await
            .map_err(|_| missing())?;
        let past = attempts::of_delivery(&mut reader, organization, id).await?;
        let stored = vec![stored];
        let corrections = views::corrections_of(&mut reader, organization, &stored).await?;
        let view = views::delivery_views(stored, &known, &corrections)
            .pop()
            .ok_or_else(missing)?;
        Ok((view, past))
    }

    /// Deliveries that need a person, or soon may.
    ///
    /// # Errors
    /// The database.
    pub async fn attention(&self, person: &Person) -> Result<Vec<DeliveryView>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let mut stored = deliveries::attention(&mut reader, person.organization).await?;
        let ids = stored.iter().map(|stored| stored.delivery.account);
        let known = views::accounts_of(&mut reader, person.organization, ids).await?;
        let none = std::collections::BTreeSet::new();
        stored.retain(|stored| {
            known
                .get(&stored.delivery.account)
                .is_some_and(|account| access::may_see(person, &[account], &none))
        });
        let corrections = views::corrections_of(&mut reader, person.organization, &stored).await?;
        Ok(views::delivery_views(stored, &known, &corrections))
    }

    /// Everything that happened to a post and its deliveries, oldest first.
    ///
    /// # Errors
    /// When there is no post that this person may know of.
    pub async fn history(&self, person: &Person, id: PostId) -> Result<Vec<Columns>, ServiceError> {
        let view = self.post(person, id).await?;
        let mut reader = self.store.read().await?;
        let organization = person.organization;
        let mut entries = ledger::history(&mut reader, organization, &id.to_string()).await?;
        for delivery in &view.deliveries {
            let subject = delivery.delivery.id.to_string();
            entries.extend(ledger::history(&mut reader, organization, &subject).await?);
        }
        entries.sort_by_key(|entry| entry.id);
        Ok(entries)
    }

    /// The ledger, newest first, from a cursor on: for auditors and administrators.
    ///
    /// # Errors
    /// When the person is neither.
    pub async fn ledger(
        &self,
        person: &Person,
        before: Option<EntryId>,
        limit: i64,
    ) -> Result<Vec<Columns>, ServiceError> {
        access::scope(person, Scope::Read)?;
        access::any_role(
            person,
            &[OrganizationRole::Auditor, OrganizationRole::Administrator],
        )?;
        let mut reader = self.store.read().await?;
        Ok(ledger::page(
            &mut reader,
            person.organization,
            before,
            limit.clamp(1, LARGEST_PAGE),
        )
        .await?)
    }

    /// The register of accounts.
    ///
    /// # Errors
    /// The database.
    pub async fn accounts(&self, person: &Person) -> Result<Vec<AccountView>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(accounts::all(&mut reader, person.organization).await?)
    }

    /// A page of the register, as accounts were entered, and the account behind which the next one begins.
    ///
    /// # Errors
    /// When the person may not read.
    pub async fn accounts_after(
        &self,
        person: &Person,
        after: Option<AccountId>,
        limit: i64,
    ) -> Result<(Vec<AccountView>, Option<AccountId>), ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let limit = limit.clamp(1, LARGEST_PAGE);
        // One more tells whether there is another page.
        let mut page = accounts::page(&mut reader, person.organization, after, limit + 1).await?;
        let is_last = page.len() <= usize::try_from(limit).unwrap_or(usize::MAX);
        if !is_last {
            page.pop();
        }
        let next = page.last().filter(|_| !is_last).map(|last| last.id);
        Ok((page, next))
    }

    /// One account of the register.
    ///
    /// # Errors
    /// When there is none.
    pub async fn account(&self, person: &Person, id: AccountId) -> Result<AccountView, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        accounts::find(&mut reader, person.organization, id)
            .await?
            .ok_or(ServiceError::NotFound(Thing::Account))
    }

    /// Whether the database answers, and how many deliveries are in each state.
    ///
    /// # Errors
    /// The database.
    pub async fn pulse(&self) -> Result<Vec<(crate::domain::delivery::DeliveryPhase, i64)>, ServiceError> {
        let mut reader = self.store.read().await?;
        Ok(deliveries::count_by_state(&mut reader).await?)
    }
}

async fn visible(
    service: &Service,
    reader: &mut Reader,
    person: &Person,
    id: PostId,
    known: &mut BTreeMap<AccountId, Account>,
) -> Result<PostView, ServiceError> {
    let stored = posts::find(reader, person.organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Post))?;
    seen_by(service, reader, person, stored, known)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Post))
}

async fn seen_by(
    service: &Service,
    reader: &mut Reader,
    person: &Person,
    stored: posts::Stored,
    known: &mut BTreeMap<AccountId, Account>,
) -> Result<Option<PostView>, ServiceError> {
    let hands = posts::hands(reader, person.organization, stored.post.id).await?;
    let view = views::post_view(service, reader, stored, known).await?;
    let accounts: Vec<&Account> = view
        .revision
        .content
        .payloads()
        .iter()
        .filter_map(|payload| known.get(&payload.account))
        .collect();
    Ok(access::may_see(person, &accounts, &hands).then_some(view))
}
