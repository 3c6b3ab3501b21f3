//! A small town to judge: everything is in order until a test says otherwise.

pub(super) mod growth;
mod lists;
mod readable;
pub(super) mod shipped;

pub(super) use lists::{both, owned, words};
pub(super) use readable::in_english;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{
    Case, Claim, Gate, Permit, Phase, Policy, PolicyDocument, Refusal, Target, Verdict,
    policy::{Bilingual, Profile},
};
use crate::domain::{
    account::{Account, AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Platform},
    actor::OrganizationRole,
    attestation::Given,
    audience::Audience,
    calendar::Calendar,
    delivery::Fence,
    digest::{FindingId, RevisionDigest, TextMark},
    emergency::{Emergency, EmergencyKind},
    evidence::Evidence,
    finding::Severity,
    hold::Hold,
    ids::{
        AccountId, DeliveryId, DivisionId, DrillId, EmergencyId, OrganizationId, PostId, SignOffId, UserId,
    },
    records::Records,
    revision::{Act, AllowedRange, Content, Kind, Part, Payload, Visibility},
    route::{Requirement, Route, Stage},
    signoff::{Acknowledgement, Decision, SignOff},
    source::Source,
    window::{AccountHours, ClosedDays, OfficeHours, Week, YearEnd},
};

pub(super) const AUTHOR: u128 = 1;
pub(super) const CHIEF: u128 = 11;
pub(super) const PUBLICITY: u128 = 12;
pub(super) const DUTY: u128 = 13;

const CALENDAR: &str = "# coverage: 2026-01-01..2027-12-31\n\
    2026-11-23,勤労感謝の日,Labor Thanksgiving Day,holiday\n\
    2027-01-01,元日,New Year's Day,holiday\n";

/// An instant written in any offset.
pub(super) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

pub(super) fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

pub(super) fn part(text: &str) -> Part {
    Part {
        text: text.into(),
        link_card: None,
        media: Vec::new(),
    }
}

pub(super) fn chief_of(division: u128) -> Requirement {
    Requirement::ApproverOf(DivisionId::new(Uuid::from_u128(division)))
}

pub(super) fn route_of(requirements: &[Requirement]) -> Route {
    let stage = |requirement: &Requirement| Stage {
        title: format!("決裁 {requirement}"),
        requirement: *requirement,
    };
    Route::new(requirements.iter().map(stage).collect())
}

/// A policy document: office hours 08:30 to 17:15 on working days, a few shorteners, one word list.
pub(super) fn document() -> PolicyDocument {
    let day = || vec!["08:30-17:15".parse().expect("hours")];
    let hosts = |list: &[&str]| list.iter().map(|host| (*host).to_owned()).collect();
    PolicyDocument {
        profile: Profile {
            name: "test".into(),
            title: Bilingual {
                ja: "試験".into(),
                en: "Test".into(),
            },
            office: OfficeHours {
                working: Week {
                    mon: day(),
                    tue: day(),
                    wed: day(),
                    thu: day(),
                    fri: day(),
                    ..Week::default()
                },
                national_holidays: ClosedDays::Closed,
                year_end: Some(YearEnd {
                    december: 29,
                    january: 3,
                }),
                closed: BTreeSet::new(),
            },
            duplicate_days: 7,
            severities: Default::default(),
            guideline: None,
            in_emergency: Default::default(),
            outside_checker: Default::default(),
            site_rules: Vec::new(),
            exceptions: BTreeSet::new(),
            link_checks: Default::default(),
            link_look_hours: 24,
            credential_days: None,
            credential_warning_days: None,
            routes: Vec::new(),
            attestations: Vec::new(),
            account_policy: Default::default(),
        },
        shorteners: hosts(SHORTENERS),
        platform_short_hosts: hosts(&["maps.app.goo.gl", "lin.ee", "youtu.be"]),
        words: vec![words(
            "disrespect",
            &["老害", "くだらない"],
            &["who cares"],
            &["「老害」"],
        )],
        exceptions: Vec::new(),
        open_redirectors: BTreeSet::new(),
        official_suffixes: hosts(&["lg.jp", "go.jp"]),
        trusted_hosts: hosts(&["nhk.or.jp"]),
        listed_hosts: BTreeSet::new(),
        forbidden_mentions: BTreeSet::new(),
    }
}

pub(super) const SHORTENERS: &[&str] = &[
    "0m.ms",
    "1-url.net",
    "a.co",
    "bit.ly",
    "buff.ly",
    "go.ascii.jp",
    "goo.gl",
    "is.gd",
    "qr.paps.jp",
    "t.co",
    "t.ly",
    "tinyurl.com",
    "ux.nu",
    "way.to",
    "x.gd",
    "xn--hgi.ws",
];

/// Everything that a case is made of, owned and open to change.
pub(super) struct World {
    pub(super) phase: Phase,
    pub(super) now: DateTime<Utc>,
    pub(super) planned: Option<DateTime<Utc>>,
    pub(super) organization: OrganizationId,
    pub(super) accounts: Vec<Account>,
    pub(super) act: Act,
    pub(super) kind: Kind,
    pub(super) refers_to: Option<String>,
    pub(super) audience: Option<Audience>,
    pub(super) source: Option<Source>,
    pub(super) visibility: Visibility,
    pub(super) parts: Vec<Part>,
    pub(super) range: AllowedRange,
    pub(super) recent: Option<BTreeSet<TextMark>>,
    pub(super) hands: BTreeSet<UserId>,
    pub(super) sign_offs: Vec<SignOff>,
    pub(super) attested: Vec<Given>,
    pub(super) signing: Option<Requirement>,
    pub(super) holds: Vec<Hold>,
    pub(super) emergencies: Vec<Emergency>,
    pub(super) policy: Policy,
    pub(super) calendar: Calendar,
    pub(super) records: Records,
    pub(super) evidence: Evidence,
    pub(super) lease: Duration,
}

impl World {
    /// A post that is about to leave on a working day at ten, signed by its chief and the publicity division.
    pub(super) fn new() -> Self {
        let now = time("2026-12-01T10:00:00+09:00");
        let mut world = Self {
            phase: Phase::Dispatch,
            now,
            planned: Some(now),
            organization: OrganizationId::new(Uuid::from_u128(1)),
            accounts: Vec::new(),
            act: Act::New,
            kind: Kind::Ordinary,
            refers_to: None,
            audience: None,
            source: None,
            visibility: Visibility::Public,
            parts: vec![part("12月の休日当番医のお知らせです。")],
            range: AllowedRange {
                earliest: now - Duration::hours(1),
                latest: now + Duration::days(3),
            },
            recent: Some(BTreeSet::new()),
            hands: BTreeSet::from([user(AUTHOR)]),
            sign_offs: Vec::new(),
            attested: Vec::new(),
            signing: None,
            holds: Vec::new(),
            emergencies: Vec::new(),
            policy: Policy::compile(document()).expect("a policy"),
            calendar: Calendar::parse(CALENDAR).expect("a calendar"),
            records: Records::default(),
            evidence: Evidence::default(),
            lease: Duration::seconds(60),
        };
        world.add_account();
        world.sign_all();
        world
    }

    pub(super) fn add_account(&mut self) -> usize {
        let number = self.accounts.len() as u128 + 1;
        let id = AccountId::new(Uuid::from_u128(number));
        self.records.credentials.insert(id, self.now);
        self.accounts.push(Account {
            id,
            organization: self.organization,
            platform: Platform::Mastodon,
            instance: "https://social.example.lg.jp".into(),
            handle: format!("town{number}"),
            remote_id: Some(number.to_string()),
            name: format!("町公式{number}"),
            status: AccountStatus::Active,
            purpose: AccountPurpose::Public,
            zone: chrono_tz::Asia::Tokyo,
            hours: AccountHours::unrestricted(),
            grace: Duration::minutes(10),
            route: route_of(&[chief_of(1), Requirement::Holder(OrganizationRole::Publicity)]),
            divisions: vec![DivisionId::new(Uuid::from_u128(1))],
            limits: None,
            keys: KeySupport::NotHonoured,
            emergency_cover: EmergencyCover::Covered,
        });
        self.accounts.len() - 1
    }

    /// Sets the text and signs it again.
    pub(super) fn text(&mut self, text: &str) {
        self.parts = vec![part(text)];
        self.sign_all();
    }

    pub(super) fn policy(&mut self, change: impl FnOnce(&mut PolicyDocument)) {
        let mut document = document();
        change(&mut document);
        self.policy = Policy::compile(document).expect("a policy");
    }

    pub(super) fn content(&self) -> Content {
        let payloads = self
            .accounts
            .iter()
            .map(|account| Payload {
                account: account.id,
                parts: self.parts.clone(),
                language: Some("ja".into()),
                visibility: self.visibility,
                refers_to: self.refers_to.clone(),
                audience: self.audience.clone(),
            })
            .collect();
        let drill = (self.kind == Kind::Drill).then(|| DrillId::new(Uuid::from_u128(1)));
        Content::new(self.act, self.kind, drill, self.range, payloads)
            .expect("a content")
            .with_source(self.source.clone())
    }

    pub(super) fn digest(&self) -> RevisionDigest {
        self.content().digest(self.organization)
    }

    /// A sign-off on the present content.
    pub(super) fn sign(&mut self, stage: u16, requirement: Requirement, by: u128, decision: Decision) {
        let number = self.sign_offs.len() as u128;
        self.sign_offs.push(SignOff {
            id: SignOffId::new(Uuid::from_u128(number)),
            post: PostId::new(Uuid::from_u128(1)),
            revision: self.digest(),
            stage,
            requirement,
            by: user(by),
            decision,
            reason: None,
            acknowledgements: Vec::new(),
            at: self.now - Duration::minutes(10) + Duration::seconds(number as i64),
        });
    }

    /// Voids all sign-offs and gives those that the route asks for.
    pub(super) fn sign_all(&mut self) {
        self.sign_offs.clear();
        if self.kind == Kind::Emergency {
            let duty_officer = Requirement::Holder(OrganizationRole::DutyOfficer);
            self.sign(0, duty_officer, DUTY, Decision::Approve);
            return;
        }
        for (stage, by) in [(0, CHIEF), (1, PUBLICITY)] {
            let requirement = self.accounts[0].route.stages()[usize::from(stage)].requirement;
            self.sign(stage, requirement, by, Decision::Approve);
        }
    }

    /// The last signer takes responsibility for a finding.
    pub(super) fn acknowledge(&mut self, finding: FindingId, reason: &str) {
        let last = self.sign_offs.last_mut().expect("a sign-off");
        last.acknowledgements.push(Acknowledgement {
            finding,
            reason: reason.into(),
        });
    }

    /// A live emergency that covers all accounts.
    pub(super) fn declare(&mut self) {
        self.emergencies.push(Emergency {
            id: EmergencyId::new(Uuid::from_u128(self.emergencies.len() as u128 + 1)),
            kind: EmergencyKind::HeavyRain,
            reason: "大雨特別警報".into(),
            accounts: self.accounts.iter().map(|account| account.id).collect(),
            declared_by: user(DUTY),
            declared_at: self.now - Duration::hours(1),
            expires_at: self.now + Duration::hours(1),
            ended: None,
        });
    }

    /// A live emergency, and the post is one of it.
    pub(super) fn emergency(&mut self) {
        self.kind = Kind::Emergency;
        self.declare();
        self.sign_all();
    }

    /// Lets a closure look at the case.
    pub(super) fn with_case<T>(&self, look: impl FnOnce(&Case<'_>) -> T) -> T {
        let content = self.content();
        let targets = self
            .accounts
            .iter()
            .map(|account| Target {
                account,
                payload: content.payload(account.id).expect("a payload"),
                recent: self.recent.as_ref(),
            })
            .collect();
        look(&Case {
            phase: self.phase,
            now: self.now,
            planned: self.planned,
            organization: self.organization,
            gate_epoch: 7,
            content: &content,
            digest: content.digest(self.organization),
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
        })
    }

    /// Judges, and sees to it that people can read every message.
    pub(super) fn verdict(&self) -> Verdict {
        let verdict = self.with_case(|case| Gate.evaluate(case));
        for finding in &verdict.findings {
            readable::assert_readable(&finding.message);
        }
        verdict
    }

    /// How often a rule found something.
    pub(super) fn found(&self, rule: &str) -> usize {
        let findings = self.verdict().findings;
        findings.iter().filter(|finding| finding.rule == rule).count()
    }

    pub(super) fn severity_of(&self, rule: &str) -> Option<Severity> {
        let findings = self.verdict().findings;
        findings
            .iter()
            .find(|finding| finding.rule == rule)
            .map(|finding| finding.severity)
    }

    /// The keys of all messages.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        let findings = self.verdict().findings;
        findings.iter().map(|finding| finding.message.key).collect()
    }

    pub(super) fn claim(&self) -> Claim {
        Claim {
            delivery: DeliveryId::new(Uuid::from_u128(1)),
            account: self.accounts[0].id,
            revision: self.digest(),
            part: 0,
            fence: Fence(1),
            lease_until: self.now + self.lease,
        }
    }

    pub(super) fn permit(&self) -> Result<Permit, Refusal> {
        self.with_case(|case| Gate.permit(case, &self.claim()))
    }
}
