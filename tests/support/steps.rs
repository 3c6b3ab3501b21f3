//! What tests do again and again: move the hand of the clock, let the dispatcher work, look.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Duration, FixedOffset};
use sekisho::{
    app::{STANDARD_PROFILE, policy_document},
    clock::ManualClock,
    dispatch::{DispatchConfig, Dispatcher},
    domain::{
        actor::{Actor, Person, Scope},
        delivery::{Delivery, DeliveryPhase, DeliveryState},
        emergency::{Emergency, EmergencyKind},
        hold::HoldCause,
        ids::{AccountId, PostId, UserId},
        proposal::Signer,
        revision::Kind as PostKind,
    },
    gate::PolicyDocument,
    ledger::{Head, Report, Verifier},
    net::{Client, LoopbackPolicy, NetConfig},
    platform::Platforms,
    service::{
        Change, Draft, Imported, NewApiToken, NewEmergency, Once, PostView, ServiceError, Submission, Timing,
    },
    store::ledger,
};

use super::{Clocked, Town, database::Kind};

/// A time in Japan, such as `2026-11-24T17:15:00`.
pub fn japan(local: &str) -> DateTime<FixedOffset> {
    format!("{local}+09:00").parse().expect("a time")
}

/// A change that changes nothing.
pub fn no_change() -> Change {
    Change {
        text: None,
        media: None,
        parts: None,
        targets: None,
        language: None,
        visibility: None,
        timing: None,
        range: None,
        document_number: None,
        source: None,
        submission: Submission::Later,
    }
}

/// The rules that stand in the way, of a refusal by the gate.
pub fn blocked_by<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> BTreeSet<&'static str> {
    match result {
        Err(ServiceError::Refused(verdict)) => verdict.blocks().map(|finding| finding.rule).collect(),
        other => panic!("not refused by the gate: {other:?}"),
    }
}

impl Town {
    /// A town with the standard office hours; its clock shows Tuesday, 2026-11-24, 10:00 in Japan and
    /// stands still.
    pub async fn with_office_hours(kind: Kind) -> Option<Self> {
        Self::build(kind, Clocked::tuesday_morning(), STANDARD_PROFILE).await
    }

    /// The hand of its clock.
    pub fn hand(&self) -> &Arc<ManualClock> {
        match &self.clock {
            Clocked::Manual(clock) => clock,
            Clocked::System => panic!("this town lives by the machine's clock"),
        }
    }

    /// Sets the clock to a time in Japan, forwards or back.
    pub fn it_is(&self, local: &str) {
        self.hand().set(japan(local).to_utc());
    }

    /// Lets the dispatcher do all that is to be done at this time.
    pub async fn work(&self) {
        for _ in 0..4 {
            self.app.dispatcher.round().await.expect("a round");
            self.app.dispatcher.idle().await;
        }
    }

    /// A draft for a planned time.
    pub fn planned(&self, text: &str, local: &str) -> Draft {
        Draft {
            timing: Timing::At(japan(local)),
            ..self.draft(text)
        }
    }

    /// An emergency draft, leaving when approved.
    pub fn emergency_draft(&self, text: &str) -> Draft {
        Draft {
            kind: PostKind::Emergency,
            ..self.draft(text)
        }
    }

    /// Walks a draft through both stages.
    pub async fn walk(&self, draft: Draft) -> PostId {
        let view = self.submit(draft).await;
        self.sign(&view, &self.people.section_chief).await;
        self.sign(&view, &self.people.director).await;
        view.post.id
    }

    /// A post as its author sees it.
    pub async fn view(&self, post: PostId) -> PostView {
        let service = &self.app.service;
        service.post(&self.people.clerk, post).await.expect("the post")
    }

    /// The one delivery of a post that was not cancelled.
    pub async fn delivery(&self, post: PostId) -> Delivery {
        let view = self.view(post).await;
        let mut live = view
            .deliveries
            .into_iter()
            .map(|view| view.delivery)
            .filter(|delivery| delivery.state.phase() != DeliveryPhase::Cancelled);
        let delivery = live.next().expect("a delivery");
        assert_eq!(live.next(), None);
        delivery
    }

    /// Why a post is held.
    pub async fn held_for(&self, post: PostId) -> (HoldCause, String) {
        match self.delivery(post).await.state {
            DeliveryState::Held { reason, .. } => (reason.cause, reason.detail),
            other => panic!("not held: {other:?}"),
        }
    }

    /// The texts of all requests that arrived at the platform.
    pub fn arrived(&self) -> Vec<String> {
        self.sandbox
            .arrivals()
            .into_iter()
            .map(|arrival| arrival.text)
            .collect()
    }

    /// The texts that citizens see.
    pub fn visible(&self) -> Vec<String> {
        self.sandbox
            .statuses()
            .into_iter()
            .map(|status| status.text)
            .collect()
    }

    /// Puts a changed policy in force, with the signatures that it needs.
    pub async fn change_policy(&self, profile: &str, change: impl FnOnce(&mut PolicyDocument)) {
        let imported = self.import_policy(profile, change).await;
        let Imported::Proposed {
            proposal,
            digest,
            needs,
            ..
        } = imported
        else {
            return;
        };
        let (people, service) = (&self.people, &self.app.service);
        for signer in needs.signers() {
            let person = match signer {
                Signer::Administrator => &people.administrator,
                Signer::Auditor => &people.auditor,
            };
            let signed = service.sign_policy(person, proposal, digest, *signer).await;
            signed.expect("a signature");
        }
    }

    /// Brings in a changed policy.
    pub async fn import_policy(&self, profile: &str, change: impl FnOnce(&mut PolicyDocument)) -> Imported {
        let mut document = policy_document(profile).expect("a policy");
        change(&mut document);
        let service = &self.app.service;
        let imported = service
            .import_policy(self.organization, document, Actor::Operator)
            .await;
        imported.expect("a policy")
    }

    /// Declares an emergency on the town's account.
    pub async fn declare(&self, length: Duration) -> Emergency {
        self.declare_on([self.account].into(), length).await
    }

    /// Declares an emergency on some accounts.
    pub async fn declare_on(&self, accounts: BTreeSet<AccountId>, length: Duration) -> Emergency {
        let new = NewEmergency {
            kind: EmergencyKind::Flood,
            reason: "川の水位が上がっています".into(),
            accounts,
            expires_at: self.app.service.now() + length,
        };
        let service = &self.app.service;
        service
            .declare_emergency(&self.people.duty_officer, new, Once::unkeyed())
            .await
            .expect("an emergency")
    }

    /// Another token of a person, with other scopes.
    pub async fn with_scopes(&self, user: UserId, scopes: &[Scope]) -> Person {
        let new = NewApiToken {
            user,
            label: "another".to_owned(),
            scopes: scopes.iter().copied().collect(),
            expires_at: self.app.service.now() + Duration::days(30),
        };
        let service = &self.app.service;
        let issued = service
            .issue_token(self.organization, new, Actor::Operator)
            .await
            .expect("a token");
        service.authenticate(issued.expose()).await.expect("a person")
    }

    /// Seals the ledger and reads the whole chain; `noted` are heads that were written down earlier.
    pub async fn verify(&self, noted: &[Head]) -> Report {
        self.app.dispatcher.seal().await.expect("seals");
        let mut verifier = Verifier::new(self.organization);
        for head in noted {
            verifier = verifier.expecting(*head);
        }
        let mut reader = self.app.store.read().await.expect("the database");
        let seals = ledger::seals_after(&mut reader, self.organization, 0, 100_000).await;
        for (seal, entry) in &seals.expect("the seals") {
            verifier.feed(seal, entry.as_ref());
        }
        let head = ledger::head(&mut reader, self.organization)
            .await
            .expect("a head");
        let unsealed = ledger::unsealed(&mut reader, self.organization).await;
        let now = self.app.service.now();
        verifier.finish(head, unsealed.expect("the rest"), now, Duration::seconds(10))
    }

    /// A further dispatcher of the same gateway.
    pub fn other_dispatcher(&self, config: DispatchConfig) -> Dispatcher {
        let net = NetConfig {
            loopback: LoopbackPolicy::Allowed,
            ..NetConfig::default()
        };
        let client = Client::new(&net).expect("a client");
        let longest = config.longest_request.to_std().expect("a length");
        let clock = self.clock.clock();
        let platforms = Arc::new(Platforms::new(
            client,
            clock,
            longest,
            Arc::new(sekisho::vault::SystemEntropy),
            sekisho::platform::settings::Settings::default(),
        ));
        Dispatcher::new(self.app.service.clone(), platforms, config)
    }
}
