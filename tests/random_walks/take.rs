//! Takes the steps, over HTTP. What is refused is refused.

use chrono::Duration;
use reqwest::Method;
use sekisho::{
    app::STANDARD_PROFILE,
    domain::{
        actor::Actor,
        delivery::DeliveryPhase,
        ids::{AccountId, PostId},
        post::PostState,
        revision::Kind as PostKind,
    },
    sandbox::{Fault, FaultPlan, FaultRule, On},
    store::ledger,
    vault::Secret,
};
use serde_json::{Value, json};

use super::{
    api::Answer,
    steps::{Deed, Nth, Seen, Step, Then, When, Where, Who, Wording, Writing},
    walk::{Alarm, Hours, Stop, Walk},
};
use crate::support::steps::japan;

/// What the texts are about; no two are nearly the same.
const TOPICS: [&str; 6] = [
    "市役所の本庁舎前で給水を行っています。容器をお持ちください。",
    "図書館の児童室で、絵本の読み聞かせの会を開きます。",
    "粗大ごみの申し込みは、電話でも受け付けています。",
    "公園の桜並木の剪定のため、遊歩道の一部を通行止めにします。",
    "乳幼児健診の会場が、保健センターの二階に変わりました。",
    "職員採用試験の案内書を、各支所の窓口で配っています。",
];

impl Walk {
    /// Takes one step.
    pub async fn take(&mut self, step: &Step) {
        match step {
            Step::Create(who, kind, place, writing) => self.create(*who, *kind, *place, *writing).await,
            Step::Edit(nth, who, writing) => self.edit(*nth, *who, *writing).await,
            Step::Does(who, deed, nth) => self.does(*who, *deed, *nth).await,
            Step::Sign(nth) => self.everybody_signs(*nth).await,
            Step::Queue(who, kind, place, when) => self.queue(*who, *kind, *place, *when).await,
            Step::Hold(place) => self.hold(*place).await,
            Step::Lift(nth) => self.lift(*nth).await,
            Step::Declare(place, minutes) => self.declare(*place, *minutes).await,
            Step::Warn(place, minutes) => {
                self.declare(*place, *minutes).await;
                self.queue(Who::Clerk, PostKind::Emergency, *place, When::OnApproval)
                    .await;
            }
            Step::End(nth) => self.end(*nth).await,
            Step::ShortHours => self.shorten_hours().await,
            Step::Clock(seconds) => self.town.hand().advance(Duration::seconds(*seconds)),
            Step::NextDay(minutes) => self.sleep(*minutes),
            Step::ToDue(offset) => self.go_to_due(*offset).await,
            Step::Work => self.town.work().await,
            Step::Deliver => {
                self.go_to_due(0).await;
                self.town.work().await;
            }
            Step::Faults(faults) => self.break_platform(faults).await,
            Step::Resolve => self.resolve().await,
            Step::Connect => self.connect().await,
            Step::Note => self.note().await,
        }
    }

    async fn ask(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.api.ask(token, Method::POST, path, body).await
    }

    /// A text that nobody wrote before.
    fn text(&mut self, wording: Wording) -> String {
        self.texts += 1;
        let topic = TOPICS[self.texts % TOPICS.len()];
        let link = match wording {
            Wording::Plain => "",
            Wording::Shortener => " 詳しくはｂｉｔ．ｌｙ／ａ",
        };
        format!("{topic}(お知らせ第{}号){link}", self.texts)
    }

    fn publish(&self, when: When) -> Value {
        match when {
            When::OnApproval => json!({"mode": "on_approval"}),
            When::InMinutes(minutes) => {
                json!({"mode": "at", "at": self.in_minutes(minutes).to_rfc3339()})
            }
        }
    }

    /// Remembers what somebody wrote. They would sign it themselves, too, if they were let.
    async fn wrote(&mut self, who: Who, writing: Writing, post: &Value) {
        let submitted = writing.then == Then::Submit;
        assert!(
            !(submitted && writing.wording == Wording::Shortener),
            "a shortener was taken: {post}"
        );
        let id: PostId = text_of(post, "id").parse().expect("an id");
        if !self.posts.contains(&id) {
            self.posts.push(id);
        }
        let user = self.people[&who].user;
        self.wrote.entry(id).or_default().insert(user);
        let digest = text_of(post, "digest");
        self.digests.push(digest.to_owned());
        if submitted {
            self.sign(who, id, digest).await;
        }
    }

    async fn create(&mut self, who: Who, kind: PostKind, place: Where, writing: Writing) {
        let target = |account: AccountId| json!({"account": account.to_string()});
        let targets: Vec<Value> = self.accounts(place).into_iter().map(target).collect();
        let new = json!({
            "text": self.text(writing.wording),
            "kind": kind.as_str(),
            "targets": targets,
            "publish": self.publish(writing.when),
            "submit": writing.then == Then::Submit,
        });
        let answer = self.ask(&self.people[&who].writing, "/v1/posts", &new).await;
        if let Some(post) = answer.done() {
            self.wrote(who, writing, &post).await;
        }
    }

    async fn edit(&mut self, nth: Nth, who: Who, writing: Writing) {
        let Some(post) = self.post(nth) else { return };
        let mut change = json!({
            "text": self.text(writing.wording),
            "submit": writing.then == Then::Submit,
        });
        if let When::InMinutes(_) = writing.when {
            change["publish"] = self.publish(writing.when);
        }
        let (token, path) = (&self.people[&who].writing, format!("/v1/posts/{post}"));
        let answer = self.api.ask(token, Method::PATCH, &path, &change).await;
        if let Some(post) = answer.done() {
            self.wrote(who, writing, &post).await;
        }
    }

    async fn queue(&mut self, who: Who, kind: PostKind, place: Where, when: When) {
        let writing = Writing {
            when,
            wording: Wording::Plain,
            then: Then::Submit,
        };
        let before = self.posts.len();
        self.create(who, kind, place, writing).await;
        if self.posts.len() > before {
            self.everybody_signs(0).await;
        }
    }

    /// One person does one thing with one post.
    async fn does(&self, who: Who, deed: Deed, nth: Nth) {
        let Some(post) = self.post(nth) else { return };
        let hands = &self.people[&who];
        let seen = self.view(post).await.revision.digest.to_string();
        let because = json!({"digest": seen, "reason": "理由があります"});
        let (token, verb, body) = match deed {
            Deed::Approve(Seen::Current) => return drop(self.sign(who, post, &seen).await),
            Deed::Approve(Seen::Another) => return self.sign_another(who, post, &seen).await,
            Deed::Submit => (&hands.writing, "submit", json!({})),
            Deed::Return => (&hands.deciding, "return", because),
            Deed::Reject => (&hands.deciding, "reject", because),
            Deed::Escalate => (&hands.deciding, "escalate", because),
            Deed::Cancel => (&hands.writing, "cancel", json!({})),
            Deed::Reschedule(minutes) => {
                let at = self.in_minutes(minutes).to_rfc3339();
                (&hands.writing, "reschedule", json!({"publish_at": at}))
            }
        };
        self.ask(token, &format!("/v1/posts/{post}/{verb}"), &body).await;
    }

    /// Signs, and takes the responsibility for whatever there is to confirm.
    async fn sign(&self, who: Who, post: PostId, seen: &str) -> Option<Value> {
        let path = format!("/v1/posts/{post}/approve");
        let token = &self.people[&who].deciding;
        let mut answer = self.ask(token, &path, &json!({"digest": seen})).await;
        if let Answer::Refused(problem) = &answer
            && answer.problem() == Some("unacknowledged")
        {
            let findings = problem["findings"].as_array().expect("findings");
            let given: Vec<Value> = findings
                .iter()
                .filter(|finding| finding["severity"] == "confirm")
                .map(|finding| json!({"finding": finding["id"], "reason": "確認しました"}))
                .collect();
            let approval = json!({"digest": seen, "acknowledgements": given});
            answer = self.ask(token, &path, &approval).await;
        }
        let decided = answer.done()?;
        let user = self.people[&who].user;
        assert!(!self.wrote[&post].contains(&user), "by an own hand: {who:?}");
        assert_ne!(who, Who::Operator, "an operator signed");
        Some(decided)
    }

    async fn sign_another(&self, who: Who, post: PostId, current: &str) {
        if let Some(other) = self.digests.iter().find(|digest| *digest != current) {
            let signed = self.sign(who, post, other).await;
            assert!(signed.is_none(), "other content was signed than is there");
        }
    }

    /// Whose turn it is signs, until nobody's is.
    async fn everybody_signs(&self, nth: Nth) {
        let Some(post) = self.post(nth) else { return };
        if self.view(post).await.post.state == PostState::Draft {
            self.does(Who::Clerk, Deed::Submit, nth).await;
        }
        let view = self.view(post).await;
        let seen = view.revision.digest.to_string();
        let mut stage = view
            .post
            .current_stage()
            .map(|stage| stage.requirement.to_string());
        while let Some(requirement) = stage {
            let who = match &*requirement {
                "role:publicity" => Who::Director,
                "role:duty_officer" => Who::DutyOfficer,
                _ => Who::Chief,
            };
            let Some(decided) = self.sign(who, post, &seen).await else {
                return;
            };
            let next = &decided["post"]["stage"]["requirement"];
            stage = next.as_str().map(str::to_owned);
        }
    }

    async fn hold(&mut self, place: Where) {
        let scope = match place {
            Where::First => json!({"type": "account", "id": self.town.account.to_string()}),
            Where::Second => json!({"type": "account", "id": self.second.to_string()}),
            Where::Both => json!({"type": "organization"}),
        };
        let administrator = &self.people[&Who::Administrator].deciding;
        let new = json!({"scope": scope, "reason": "確認中"});
        let set = self.ask(administrator, "/v1/holds", &new).await.done();
        let id = text_of(&set.expect("a hold"), "id").to_owned();
        self.holds.push(Stop { id, place });
    }

    async fn lift(&mut self, nth: usize) {
        let Some(nth) = nth.checked_rem(self.holds.len()) else {
            return;
        };
        let hold = self.holds.remove(nth);
        let administrator = &self.people[&Who::Administrator].deciding;
        let path = format!("/v1/holds/{}", hold.id);
        let answer = self
            .api
            .ask(administrator, Method::DELETE, &path, &Value::Null)
            .await;
        answer.done().expect("a hold is lifted");
    }

    async fn declare(&mut self, place: Where, minutes: i64) {
        let until = self.in_minutes(minutes);
        let accounts: Vec<String> = self.accounts(place).iter().map(ToString::to_string).collect();
        let new = json!({
            "kind": "heavy_rain", "reason": "大雨", "accounts": accounts, "expires_at": until.to_rfc3339(),
        });
        let officer = &self.people[&Who::DutyOfficer].deciding;
        let declared = self.ask(officer, "/v1/emergencies", &new).await.done();
        self.alarms.push(Alarm {
            id: text_of(&declared.expect("an emergency"), "id").to_owned(),
            place,
            since: self.now(),
            until: until.to_utc(),
        });
    }

    async fn end(&mut self, nth: usize) {
        let Some(nth) = nth.checked_rem(self.alarms.len()) else {
            return;
        };
        let alarm = self.alarms.remove(nth);
        let officer = &self.people[&Who::DutyOfficer].deciding;
        let path = format!("/v1/emergencies/{}/end", alarm.id);
        // One that is over cannot be ended.
        let ended = self.ask(officer, &path, &json!({})).await.done();
        assert!(ended.is_some() || alarm.until <= self.now(), "{alarm:?} goes on");
    }

    async fn shorten_hours(&mut self) {
        let profile = STANDARD_PROFILE.replace("08:30-17:15", "09:30-15:00");
        self.town.change_policy(&profile, |_| ()).await;
        self.hours = Hours::Short;
    }

    fn sleep(&self, minutes: i64) {
        let tomorrow = self.in_minutes(24 * 60).date_naive();
        let opening = japan(&format!("{tomorrow}T08:30:00")).to_utc();
        self.town.hand().set(opening + Duration::minutes(minutes));
    }

    async fn go_to_due(&self, offset: i64) {
        let soon = self.now() + Duration::days(4);
        if let Some(next) = self.next_instant().await.filter(|next| *next < soon) {
            self.town.hand().set(next + Duration::seconds(offset));
        }
    }

    async fn break_platform(&self, faults: &[Fault]) {
        let rule = |fault: &Fault| FaultRule {
            on: On::Publish,
            account: None,
            times: Some(1),
            skip: 0,
            fault: fault.clone(),
        };
        let faults = faults.iter().map(rule).collect();
        self.town.set_faults(FaultPlan { faults }).await;
    }

    /// The director looks at the timeline, and says what is there.
    async fn resolve(&self) {
        let views = self.everything().await;
        for delivery in views.iter().flat_map(|view| &view.deliveries) {
            let delivery = &delivery.delivery;
            if delivery.state.phase() != DeliveryPhase::NeedsHuman {
                continue;
            }
            let (handle, text) = (self.handle(delivery.account), self.payload(delivery).await);
            let statuses = self.town.sandbox.statuses();
            let mut there = statuses
                .iter()
                .filter(|status| status.account == handle && status.text == text);
            let found = match there.next() {
                Some(status) => json!({"result": "is_out", "remote_id": status.id}),
                None => json!({"result": "not_out"}),
            };
            let settling = json!({
                "doubtful_attempt": delivery.state.in_doubt().map(|attempt| attempt.to_string()),
                "found": found, "reason": "公式アカウントの画面で確認しました",
            });
            let director = &self.people[&Who::Director].deciding;
            let path = format!("/v1/deliveries/{}/resolve", delivery.id);
            self.ask(director, &path, &settling).await;
        }
    }

    async fn connect(&self) {
        for account in self.accounts(Where::Both) {
            let token = Secret::new(format!("{}-token", self.handle(account)));
            let service = &self.town.app.service;
            let organization = self.town.organization;
            service
                .connect_with_token(organization, account, token, Actor::Operator)
                .await
                .expect("connected");
        }
    }

    async fn note(&mut self) {
        self.town.app.dispatcher.seal().await.expect("seals");
        let mut reader = self.town.app.store.read().await.expect("the database");
        let head = ledger::head(&mut reader, self.town.organization).await;
        self.heads.extend(head.expect("a head"));
    }
}

fn text_of<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().expect("a text")
}
