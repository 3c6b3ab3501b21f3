//! What the gate looks at, read in one transaction: the same for a dry run, a sign-off and a dispatch.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Duration, Utc};

use super::{Service, ServiceError, Thing};
use crate::{
    domain::{
        account::Account,
        attestation::Given,
        calendar::Calendar,
        digest::{RevisionDigest, TextMark},
        emergency::Emergency,
        evidence::Evidence,
        hold::Hold,
        ids::{AccountId, OrganizationId, PostId, UserId},
        records::Records,
        revision::Content,
        route::Requirement,
        signoff::SignOff,
    },
    gate::{Case, Phase, Policy, Target},
    store::{
        Reader, account_policies, accounts, attestations, credentials, deliveries, emergencies, holds,
        organizations, records,
    },
};

/// Marks of what each account said or is going to say; `None` where it could not be read.
pub type Recent = BTreeMap<AccountId, Option<BTreeSet<TextMark>>>;

/// A consistent view of everything that decides about a post.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The organization.
    pub organization: OrganizationId,
    /// Its gate epoch.
    pub gate_epoch: i64,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// National holidays.
    pub calendar: Arc<Calendar>,
    /// The accounts that the content goes to.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Author and editors of any revision.
    pub hands: BTreeSet<UserId>,
    /// Standing sign-offs.
    pub sign_offs: Vec<SignOff>,
    /// What people assured of the latest revision.
    pub attested: Vec<Given>,
    /// In which role the signer signs, where somebody approves.
    pub signing: Option<Requirement>,
    /// Holds in force.
    pub holds: Vec<Hold>,
    /// Emergencies that were not ended.
    pub emergencies: Vec<Emergency>,
    /// What was said lately.
    pub recent: Recent,
    /// What the organization keeps for the checks.
    pub records: Records,
    /// What was seen outside.
    pub evidence: Evidence,
}

/// Whose content is judged.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The post, which does not count as a repetition of itself.
    pub post: PostId,
    /// Author and editors of any revision.
    pub hands: BTreeSet<UserId>,
    /// Standing sign-offs.
    pub sign_offs: Vec<SignOff>,
    /// Where it goes.
    pub targets: Targets,
}

/// Which targets of a content are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// All, by people.
    All,
    /// The one that is about to leave: of the others nothing is read.
    One(AccountId),
}

impl Targets {
    fn includes(self, account: AccountId) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == account,
        }
    }
}

impl Service {
    /// Reads what decides about a content.
    ///
    /// # Errors
    /// When an account is not of this organization, there is no policy, or the database fails.
    pub async fn snapshot(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
        content: &Content,
        subject: Subject,
        now: DateTime<Utc>,
    ) -> Result<Snapshot, ServiceError> {
        let found = organizations::find(reader, organization)
            .await?
            .ok_or(ServiceError::NotFound(Thing::Organization))?;
        let policy = self.policies.current(reader, organization).await?;
        let since = now - Duration::days(i64::from(policy.duplicate_days()));
        let ids = content.payloads().iter().map(|payload| payload.account);
        let ids: BTreeSet<AccountId> = ids.filter(|id| subject.targets.includes(*id)).collect();
        let known: BTreeMap<AccountId, Account> = accounts::these(reader, organization, &ids)
            .await?
            .into_iter()
            .map(|account| (account.id, account))
            .collect();
        let mut recent = Recent::new();
        for id in ids.iter().copied() {
            if !known.contains_key(&id) {
                return Err(ServiceError::NotFound(Thing::Account));
            }
            let said = deliveries::recent(reader, organization, id, subject.post, since).await?;
            recent.insert(id, Some(said));
        }
        let mut records = records::all(reader, organization).await?;
        let mut attested = Vec::new();
        // Most policies ask for none of these, and this is read before everything that leaves.
        if !policy.account_policy().is_empty() {
            for account in known.keys() {
                if let Some(texts) = account_policies::current(reader, organization, *account).await? {
                    records.policy_fields.insert(*account, texts.filled());
                }
            }
        }
        if policy.credential_ages().are_limited() {
            for account in known.keys() {
                if let Some(obtained) = credentials::obtained_at(reader, organization, *account).await? {
                    records.credentials.insert(*account, obtained);
                }
            }
        }
        if !policy.attestations().is_empty() {
            attested = attestations::standing(reader, organization, subject.post).await?;
        }
        Ok(Snapshot {
            organization,
            gate_epoch: found.gate_epoch,
            policy,
            calendar: Arc::clone(&self.calendar),
            accounts: known,
            hands: subject.hands,
            sign_offs: subject.sign_offs,
            attested,
            signing: None,
            holds: holds::in_force(reader, organization).await?,
            emergencies: emergencies::live(reader, organization, &ids, now).await?,
            recent,
            records,
            evidence: self.evidence(reader, organization, content, subject.post).await?,
        })
    }
}

impl Snapshot {
    /// The case for all targets of a content.
    #[must_use]
    pub fn case<'a>(
        &'a self,
        phase: Phase,
        content: &'a Content,
        digest: RevisionDigest,
        planned: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Case<'a> {
        let targets = content
            .payloads()
            .iter()
            .filter_map(|payload| {
                let account = self.accounts.get(&payload.account)?;
                let recent = self.recent.get(&payload.account).and_then(Option::as_ref);
                Some(Target {
                    account,
                    payload,
                    recent,
                })
            })
            .collect();
        Case {
            phase,
            now,
            planned,
            organization: self.organization,
            gate_epoch: self.gate_epoch,
            content,
            digest,
            targets,
            hands: &self.hands,
            sign_offs: &self.sign_offs,
            attested: &self.attested,
            signing: self.signing,
            holds: &self.holds,
            emergencies: &self.emergencies,
            policy: &self.policy,
            calendar: &self.calendar,
            records: &self.records,
            evidence: &self.evidence,
        }
    }

    /// The case for the one target that is dispatched.
    #[must_use]
    pub fn dispatch_case<'a>(
        &'a self,
        content: &'a Content,
        digest: RevisionDigest,
        account: AccountId,
        planned: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Case<'a> {
        let mut case = self.case(Phase::Dispatch, content, digest, planned, now);
        case.targets.retain(|target| target.account.id == account);
        case
    }

    /// The accounts, in the order of their ids.
    #[must_use]
    pub fn account_list(&self) -> Vec<&Account> {
        self.accounts.values().collect()
    }
}
