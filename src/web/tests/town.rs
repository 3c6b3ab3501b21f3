//! What a town hall is made of.

use std::{collections::BTreeSet, sync::Arc};

use chrono::Duration;
use chrono_tz::Tz;
use futures::future::BoxFuture;

use crate::{
    clock::ManualClock,
    domain::{
        account::{AccountPurpose, EmergencyCover, KeySupport, Limits, Platform},
        actor::{Actor, Grant, Scope},
        calendar::Calendar,
        ids::{AccountId, DivisionId, OrganizationId, UserId},
        quota::Quota,
        route::{Requirement, Route, Stage},
        window::{AccountHours, ClosedDays, OfficeHours, Week},
    },
    gate::{
        PolicyDocument,
        policy::{Bilingual, Profile},
    },
    probe::Probe,
    service::{
        Connector, Finished, Invitation, MediaHouse, MediaLimits, NewAccount, NewApiToken, Parts,
        RemoteIdentity, Returned, Service, Whom,
    },
    store::{Location, Store},
    vault::{CountingEntropy, Credential, KeyRing, Secret, SecretName},
};

/// A platform that knows one account.
struct TestConnector;

impl TestConnector {
    fn identity() -> RemoteIdentity {
        RemoteIdentity {
            id: "1".to_owned(),
            handle: "city".to_owned(),
            limits: Limits {
                max_characters: 500,
                characters_per_url: 23,
                film_bytes: None,
            },
            keys: KeySupport::NotHonoured,
            quota: Some(Quota {
                used: 70,
                limit: Some(200),
                period: None,
            }),
        }
    }
}

impl Connector for TestConnector {
    fn invite<'a>(
        &'a self,
        _: Platform,
        instance: &'a str,
        _: &'a str,
        whom: Whom<'a>,
    ) -> BoxFuture<'a, Result<Invitation, String>> {
        Box::pin(async move {
            Ok(Invitation {
                authorize_url: format!("{instance}/oauth/authorize?state={}", whom.state),
                memory: Credential::new(chrono::DateTime::UNIX_EPOCH),
            })
        })
    }

    fn finish<'a>(
        &'a self,
        _: Platform,
        _: &'a str,
        _: &'a str,
        returned: Returned<'a>,
    ) -> BoxFuture<'a, Result<Finished, String>> {
        Box::pin(async move {
            if returned.fields.get("code").map(String::as_str) != Some("right") {
                return Err("the code is not valid".to_owned());
            }
            Ok(Finished {
                credential: Credential::of_access(
                    Secret::new("token".to_owned()),
                    chrono::DateTime::UNIX_EPOCH,
                ),
                identity: Self::identity(),
            })
        })
    }

    fn introduction(&self, platform: Platform, redirect_uri: &str) -> Option<serde_json::Value> {
        let known = platform == Platform::Bluesky;
        known.then(|| serde_json::json!({ "redirect_uris": [redirect_uri] }))
    }

    fn sign_in<'a>(
        &'a self,
        _: Platform,
        _: &'a str,
        credential: Credential,
    ) -> BoxFuture<'a, Result<Finished, String>> {
        Box::pin(async move {
            let mut identity = Self::identity();
            match credential.get(SecretName::Access).map(Secret::expose) {
                Some("canary-refused") => return Err("the server refuses: 401".to_owned()),
                Some("canary-other") => "village".clone_into(&mut identity.handle),
                _ => {}
            }
            Ok(Finished { credential, identity })
        })
    }
}

fn house(directory: &std::path::Path) -> MediaHouse {
    let limits = MediaLimits {
        picture_bytes: 60_000,
        film_bytes: 60_000,
        unused: chrono::Duration::days(30),
        link: chrono::Duration::minutes(15),
        public_url: "https://media.example.lg.jp".to_owned(),
    };
    MediaHouse::new(&directory.join("media"), limits)
}

pub(super) async fn service(directory: &tempfile::TempDir, clock: &Arc<ManualClock>) -> Service {
    let store = Store::open(&Location::Sqlite(directory.path().join("sekisho.db")))
        .await
        .unwrap();
    let entropy = Arc::new(CountingEntropy::default());
    let calendar = Calendar::parse(include_str!("../../../config/calendar/japan.csv")).unwrap();
    Service::new(Parts {
        homes: crate::domain::homes::Homes::default(),
        media: Some(house(directory.path())),
        store,
        clock: clock.clone(),
        calendar: Arc::new(calendar),
        clauses: Arc::new(crate::app::shipped_clauses().unwrap()),
        key_ring: Some(Arc::new(KeyRing::generate("k1".parse().unwrap(), &*entropy))),
        entropy,
        connector: Some(Arc::new(TestConnector)),
        probe: Probe::default(),
        public_url: "https://sekisho.example.lg.jp".to_owned(),
    })
}

/// Always open, no lists: what these tests are about is not what the gate finds.
pub(super) fn policy() -> PolicyDocument {
    PolicyDocument {
        profile: Profile {
            name: "test".to_owned(),
            title: Bilingual {
                ja: "試験".to_owned(),
                en: "Test".to_owned(),
            },
            office: OfficeHours {
                working: Week::always(),
                national_holidays: ClosedDays::Open,
                year_end: None,
                closed: BTreeSet::new(),
            },
            duplicate_days: 7,
            severities: std::collections::BTreeMap::new(),
            guideline: None,
            in_emergency: std::collections::BTreeMap::new(),
            outside_checker: crate::gate::OutsideChecker::Off,
            site_rules: Vec::new(),
            exceptions: BTreeSet::new(),
            link_checks: Default::default(),
            link_look_hours: 24,
            credential_days: None,
            credential_warning_days: None,
            routes: Vec::new(),
            attestations: Vec::new(),
            account_policy: std::collections::BTreeMap::new(),
        },
        shorteners: BTreeSet::from(["bit.ly".to_owned()]),
        platform_short_hosts: BTreeSet::new(),
        words: Vec::new(),
        exceptions: Vec::new(),
        open_redirectors: BTreeSet::new(),
        official_suffixes: BTreeSet::new(),
        trusted_hosts: BTreeSet::new(),
        listed_hosts: BTreeSet::new(),
        forbidden_mentions: BTreeSet::new(),
    }
}

pub(super) async fn connected(
    service: &Service,
    organization: OrganizationId,
    division: DivisionId,
    instance: &str,
    zone: Tz,
) -> AccountId {
    let new = NewAccount {
        platform: Platform::Mastodon,
        instance: instance.to_owned(),
        handle: "city".to_owned(),
        name: "青葉市公式".to_owned(),
        purpose: AccountPurpose::Public,
        zone,
        hours: AccountHours::unrestricted(),
        grace: Duration::minutes(10),
        route: Route::new(vec![Stage {
            title: "課長決裁".to_owned(),
            requirement: Requirement::ApproverOf(division),
        }]),
        divisions: vec![division],
        emergency_cover: EmergencyCover::Covered,
    };
    let account = service
        .register_account_from_command_line(organization, new)
        .await
        .unwrap();
    let token = Secret::new("token".to_owned());
    let by = Actor::Operator;
    service
        .connect_with_token(organization, account.id, token, by)
        .await
        .unwrap()
        .id
}

pub(super) struct People<'a> {
    pub(super) service: &'a Service,
}

impl People<'_> {
    pub(super) async fn user(&self, organization: OrganizationId, login: &str, grant: Grant) -> UserId {
        let grants = BTreeSet::from([grant]);
        let by = Actor::Operator;
        self.service
            .add_user(organization, login, login, grants, by)
            .await
            .unwrap()
    }

    pub(super) async fn token(
        &self,
        organization: OrganizationId,
        user: UserId,
        scopes: &[Scope],
        hours: i64,
    ) -> String {
        let new = NewApiToken {
            user,
            label: "test".to_owned(),
            scopes: scopes.iter().copied().collect(),
            expires_at: self.service.now() + Duration::hours(hours),
        };
        let issued = self
            .service
            .issue_token(organization, new, Actor::Operator)
            .await
            .unwrap();
        issued.expose().to_owned()
    }
}
