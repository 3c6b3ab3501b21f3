//! One text before the gate: an account with which everything is in order, so that only the text is judged.

use std::collections::BTreeSet;

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{
    app::shipped_calendar,
    domain::{
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Platform},
        actor::OrganizationRole,
        calendar::Calendar,
        digest::MediaDigest,
        emergency::{Emergency, EmergencyKind},
        evidence::Evidence,
        finding::Finding,
        ids::{AccountId, DivisionId, DrillId, EmergencyId, OrganizationId, UserId},
        records::{Records, domain_name},
        revision::{Act, AllowedRange, Content, ContentError, Kind, Media, Part, Payload, Visibility},
        route::{Requirement, Route, Stage},
        window::AccountHours,
    },
    gate::{Case, Gate, Phase, Policy, Target},
};

/// Rules that are not about a text: of the account, its route, its hours and what it said before.
const NOT_THE_TEXT: &[&str] = &[
    "account.",
    "route.",
    "attestation.",
    "window.",
    "time.",
    "range.",
    "capability.",
    "correction.",
    "duplicate.",
    "evidence.",
];

/// A text to be judged.
#[derive(Debug, Clone)]
pub struct Specimen<'a> {
    /// What it says.
    pub text: &'a str,
    /// One picture for each entry, with this description.
    pub alts: &'a [String],
    /// What it is for.
    pub kind: Kind,
    /// What it does.
    pub act: Act,
    /// Where it goes.
    pub platform: Platform,
    /// When.
    pub at: DateTime<Utc>,
}

impl<'a> Specimen<'a> {
    /// An ordinary text without pictures, at the beginning of all time.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self {
            text,
            alts: &[],
            kind: Kind::Ordinary,
            act: Act::New,
            platform: Platform::Mastodon,
            at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }
}

/// A town hall with one account, at which texts are tried.
#[derive(Debug)]
pub struct Trial {
    policy: Policy,
    calendar: Calendar,
    organization: OrganizationId,
    /// What the town keeps for the checks.
    pub records: Records,
    /// What was seen outside.
    pub evidence: Evidence,
}

impl Trial {
    /// A town under a policy.
    ///
    /// # Errors
    /// When the shipped calendar cannot be read, which a test rules out.
    pub fn new(policy: Policy) -> anyhow::Result<Self> {
        Ok(Self {
            policy,
            calendar: shipped_calendar()?,
            organization: OrganizationId::new(Uuid::from_u128(1)),
            records: Records::default(),
            evidence: Evidence::default(),
        })
    }

    /// The town's own domains.
    ///
    /// # Errors
    /// Names what is no domain.
    pub fn own_domains(&mut self, domains: &[String]) -> anyhow::Result<()> {
        for domain in domains {
            let name = domain_name(domain).with_context(|| format!("{domain:?} is not a domain name"))?;
            self.records.official_domains.insert(name);
        }
        Ok(())
    }

    /// The account that speaks.
    #[must_use]
    pub fn account() -> AccountId {
        AccountId::new(Uuid::from_u128(1))
    }

    /// The division whose account it is.
    #[must_use]
    pub fn division() -> DivisionId {
        DivisionId::new(Uuid::from_u128(1))
    }

    /// A division that it does not belong to, by a number from 0.
    #[must_use]
    pub fn other_division(number: usize) -> DivisionId {
        DivisionId::new(Uuid::from_u128(2 + number as u128))
    }

    /// The digest of the picture with this number, from 0.
    #[must_use]
    pub fn picture(number: usize) -> MediaDigest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&(number as u64).to_be_bytes());
        MediaDigest::new(digest)
    }

    /// What the gate says of a text, worst first. A text that cannot be a post at all has no findings.
    #[must_use]
    pub fn judge(&self, specimen: &Specimen<'_>) -> Vec<Finding> {
        self.try_judge(specimen).unwrap_or_default()
    }

    /// The same.
    ///
    /// # Errors
    /// When the text cannot be a post of its kind: the mark of a drill is part of what a content is.
    pub fn try_judge(&self, specimen: &Specimen<'_>) -> Result<Vec<Finding>, ContentError> {
        let account = self.account_on(specimen.platform);
        let content = content(specimen)?;
        let emergencies = [self.emergency(specimen)];
        let nothing_said = BTreeSet::new();
        let hands = BTreeSet::from([UserId::new(Uuid::from_u128(1))]);
        let case = Case {
            phase: Phase::Submit,
            now: specimen.at,
            planned: Some(specimen.at),
            organization: self.organization,
            gate_epoch: 1,
            content: &content,
            digest: content.digest(self.organization),
            targets: content
                .payloads()
                .iter()
                .map(|payload| Target {
                    account: &account,
                    payload,
                    recent: Some(&nothing_said),
                })
                .collect(),
            hands: &hands,
            sign_offs: &[],
            attested: &[],
            signing: None,
            holds: &[],
            emergencies: match specimen.kind {
                Kind::Emergency => &emergencies,
                _ => &[],
            },
            policy: &self.policy,
            calendar: &self.calendar,
            records: &self.records,
            evidence: &self.evidence,
        };
        let mut findings = Gate.evaluate(&case).findings;
        findings.retain(|finding| !NOT_THE_TEXT.iter().any(|topic| finding.rule.starts_with(topic)));
        Ok(findings)
    }

    fn account_on(&self, platform: Platform) -> Account {
        Account {
            id: Self::account(),
            organization: self.organization,
            platform,
            instance: "https://social.example.lg.jp".into(),
            handle: "town".into(),
            remote_id: Some("1".into()),
            name: "公式".into(),
            status: AccountStatus::Active,
            purpose: AccountPurpose::Public,
            zone: chrono_tz::Asia::Tokyo,
            hours: AccountHours::unrestricted(),
            grace: Duration::minutes(10),
            route: Route::new(vec![Stage {
                title: "広報課".into(),
                requirement: Requirement::Holder(OrganizationRole::Publicity),
            }]),
            divisions: vec![Self::division()],
            limits: None,
            keys: KeySupport::NotHonoured,
            emergency_cover: EmergencyCover::Covered,
        }
    }

    fn emergency(&self, specimen: &Specimen<'_>) -> Emergency {
        Emergency {
            id: EmergencyId::new(Uuid::from_u128(1)),
            kind: EmergencyKind::HeavyRain,
            reason: "大雨".into(),
            accounts: [Self::account()].into(),
            declared_by: UserId::new(Uuid::from_u128(2)),
            declared_at: specimen.at - Duration::hours(1),
            expires_at: specimen.at + Duration::hours(1),
            ended: None,
        }
    }
}

fn content(specimen: &Specimen<'_>) -> Result<Content, ContentError> {
    let media = specimen.alts.iter().enumerate().map(|(number, alt)| Media {
        digest: Trial::picture(number),
        alt: alt.clone(),
    });
    let payload = Payload {
        account: Trial::account(),
        parts: vec![Part {
            text: specimen.text.to_owned(),
            link_card: None,
            media: media.collect(),
        }],
        language: Some("ja".into()),
        visibility: Visibility::Public,
        refers_to: (specimen.act != Act::New).then(|| "1".to_owned()),
        audience: None,
    };
    let range = AllowedRange {
        earliest: specimen.at - Duration::hours(1),
        latest: specimen.at + Duration::days(1),
    };
    let drill = (specimen.kind == Kind::Drill).then(|| DrillId::new(Uuid::from_u128(1)));
    Content::new(specimen.act, specimen.kind, drill, range, vec![payload])
}
