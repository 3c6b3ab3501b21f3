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

/// What decides about everything that goes to some accounts of an organization, whichever post it is.
#[derive(Debug, Clone)]
pub struct Situation {
    organization: OrganizationId,
    gate_epoch: i64,
    policy: Arc<Policy>,
    calendar: Arc<Calendar>,
    accounts: BTreeMap<AccountId, Account>,
    recent: BTreeMap<AccountId, Vec<(PostId, TextMark)>>,
    holds: Vec<Hold>,
    emergencies: Vec<Emergency>,
    records: Records,
}

/// What decides about one content besides, wherever it goes.
#[derive(Debug, Clone)]
pub struct Around {
    attested: Vec<Given>,
    evidence: Evidence,
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
        let ids = content.payloads().iter().map(|payload| payload.account);
        let ids = ids.filter(|id| subject.targets.includes(*id)).collect();
        let situation = self.situation(reader, organization, &ids, now).await?;
        let around = self.around(reader, &situation, content, subject.post).await?;
        situation.of(content, subject, around)
    }

    /// Reads what decides about everything that goes to these accounts; those that are of another organization
    /// are not among them.
    ///
    /// # Errors
    /// When there is no policy, or the database fails.
    pub(crate) async fn situation(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
        ids: &BTreeSet<AccountId>,
        now: DateTime<Utc>,
    ) -> Result<Situation, ServiceError> {
        let accounts = accounts::these(reader, organization, ids).await?.into_iter();
        let known = accounts.map(|account| (account.id, account)).collect();
        self.situation_around(reader, organization, known, now).await
    }

    /// Reads what decides about everything that goes to these accounts of an organization, themselves apart.
    ///
    /// # Errors
    /// When there is no policy, or the database fails.
    pub(crate) async fn situation_around(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
        known: BTreeMap<AccountId, Account>,
        now: DateTime<Utc>,
    ) -> Result<Situation, ServiceError> {
        let found = organizations::find(reader, organization)
            .await?
            .ok_or(ServiceError::NotFound(Thing::Organization))?;
        let policy = self.policies.current(reader, organization).await?;
        let since = now - Duration::days(i64::from(policy.duplicate_days()));
        let ids: BTreeSet<AccountId> = known.keys().copied().collect();
        let recent = deliveries::recent(reader, organization, &ids, since).await?;
        let records = self
            .kept_for_checks(reader, organization, &policy, &known)
            .await?;
        Ok(Situation {
            organization,
            gate_epoch: found.gate_epoch,
            policy,
            calendar: Arc::clone(&self.calendar),
            accounts: known,
            recent,
            holds: holds::in_force(reader, organization).await?,
            emergencies: emergencies::live(reader, organization, &ids, now).await?,
            records,
        })
    }

    /// What the organization keeps for the checks, as far as its policy asks.
    async fn kept_for_checks(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
        policy: &Policy,
        known: &BTreeMap<AccountId, Account>,
    ) -> Result<Records, ServiceError> {
        let mut records = records::all(reader, organization).await?;
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
        Ok(records)
    }

    /// Reads what decides about a content besides.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn around(
        &self,
        reader: &mut Reader,
        situation: &Situation,
        content: &Content,
        post: PostId,
    ) -> Result<Around, ServiceError> {
        let organization = situation.organization;
        let attested = if situation.policy.attestations().is_empty() {
            Vec::new()
        } else {
            attestations::standing(reader, organization, post).await?
        };
        Ok(Around {
            attested,
            evidence: self.evidence(reader, organization, content, post).await?,
        })
    }
}

impl Situation {
    /// What decides about one content, as far as it goes to targets of the subject.
    ///
    /// # Errors
    /// When an account is not of this organization.
    pub(crate) fn of(
        &self,
        content: &Content,
        subject: Subject,
        around: Around,
    ) -> Result<Snapshot, ServiceError> {
        let mut accounts = BTreeMap::new();
        let mut recent = Recent::new();
        for payload in content.payloads() {
            let id = payload.account;
            if !subject.targets.includes(id) {
                continue;
            }
            let account = self
                .accounts
                .get(&id)
                .ok_or(ServiceError::NotFound(Thing::Account))?;
            let said = self.recent.get(&id).into_iter().flatten();
            let said = said.filter(|(post, _)| *post != subject.post);
            recent.insert(id, Some(said.map(|(_, mark)| *mark).collect()));
            accounts.insert(id, account.clone());
        }
        Ok(Snapshot {
            organization: self.organization,
            gate_epoch: self.gate_epoch,
            policy: Arc::clone(&self.policy),
            calendar: Arc::clone(&self.calendar),
            accounts,
            hands: subject.hands,
            sign_offs: subject.sign_offs,
            attested: around.attested,
            signing: None,
            holds: self.holds.clone(),
            emergencies: self.emergencies.clone(),
            recent,
            records: self.records.clone(),
            evidence: around.evidence,
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
