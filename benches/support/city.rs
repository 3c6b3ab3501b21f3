//! A city of many accounts, founded through the use cases on a database of its own, and posts in every state that a
//! measurement begins with. The gateway that is measured opens the database afterwards.

use std::{collections::BTreeSet, sync::Arc, time::Duration as StdDuration};

use chrono::{DateTime, Duration, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use sekisho::{
    app::{App, Wiring, policy_document, shipped_calendar},
    clock::SystemClock,
    dispatch::DispatchConfig,
    domain::{
        account::{AccountPurpose, EmergencyCover, Platform as Kind},
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        ids::{AccountId, DivisionId, OrganizationId},
        revision::{Act, Kind as PostKind, Visibility},
        route::{Requirement, Route, Stage},
        window::AccountHours,
    },
    net::LoopbackPolicy,
    probe::ProbeConfig,
    service::{Approval, Draft, DraftTarget, NewAccount, NewApiToken, Once, PostView, Submission, Timing},
    store::Location,
    vault::{KeyRing, Secret},
};

/// Office hours without an end, and every check of the shipped lists at its shipped severity.
pub const ALWAYS_OPEN: &str = r#"
name = "always-open"
duplicate_days = 7
[title]
ja = "常時"
en = "Always open"
[office]
national_holidays = "open"
closed = []
[office.working]
mon = ["00:00-24:00"]
tue = ["00:00-24:00"]
wed = ["00:00-24:00"]
thu = ["00:00-24:00"]
fri = ["00:00-24:00"]
sat = ["00:00-24:00"]
sun = ["00:00-24:00"]
"#;

/// A key of nothing but measurements.
pub const KEY_RING: &str = "bench AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

/// How many use cases are under way at a time while the city is made.
const HANDS: usize = 16;

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many accounts.
    pub accounts: usize,
    /// How many divisions they belong to.
    pub divisions: usize,
}

/// The city, as its founder sees it.
pub struct City {
    pub app: App,
    pub accounts: Vec<AccountId>,
    pub clerk: Person,
    pub chief: Person,
    pub duty_officer: Person,
    /// A token of the clerk.
    pub writing: String,
    /// A token of the duty officer.
    pub duty: String,
}

impl City {
    /// Founds one whose accounts live on a platform that answers now.
    pub async fn found(location: Location, size: Size, instance: &str) -> anyhow::Result<Self> {
        let app = wire(location).await?;
        let service = &app.service;
        let organization = service.found_organization("あけぼの市", Actor::Operator).await?;
        service
            .import_policy(organization, policy_document(ALWAYS_OPEN)?, Actor::Operator)
            .await?;
        let mut divisions = Vec::with_capacity(size.divisions);
        for number in 0..size.divisions {
            let name = format!("第{number}課");
            divisions.push(service.add_division(organization, &name, Actor::Operator).await?);
        }
        let mut accounts: Vec<AccountId> = futures::stream::iter(0..size.accounts)
            .map(|number| {
                account(
                    &app,
                    organization,
                    divisions[number % divisions.len()],
                    number,
                    instance,
                )
            })
            .buffer_unordered(HANDS)
            .try_collect()
            .await?;
        accounts.sort_unstable();
        let author = divisions
            .iter()
            .map(|division| Grant::Author(*division))
            .collect();
        let approver = divisions
            .iter()
            .map(|division| Grant::Approver(*division))
            .collect();
        let officer = BTreeSet::from([Grant::Organization(OrganizationRole::DutyOfficer)]);
        let (clerk, writing) = person(&app, organization, "clerk", author, Scope::Write).await?;
        let (chief, _) = person(&app, organization, "chief", approver, Scope::Approve).await?;
        let (duty_officer, duty) = person(&app, organization, "duty", officer, Scope::Approve).await?;
        Ok(Self {
            app,
            accounts,
            clerk,
            chief,
            duty_officer,
            writing,
            duty,
        })
    }

    /// Gives the database up.
    pub async fn close(&self) {
        self.app.store.close().await;
    }

    /// What a clerk hands in.
    pub fn draft(&self, kind: PostKind, text: String, accounts: &[AccountId], timing: Timing) -> Draft {
        let now = self.app.service.now();
        let target = |account: &AccountId| DraftTarget {
            account: *account,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        };
        Draft {
            media: Vec::new(),
            parts: None,
            act: Act::New,
            kind,
            document_number: None,
            source: None,
            text: Some(text),
            targets: accounts.iter().map(target).collect(),
            language: Some("ja".to_owned()),
            visibility: Visibility::Public,
            timing,
            // Not the day of the planned time: midnight must not end a measurement.
            range: Some((now.fixed_offset(), (now + Duration::days(2)).fixed_offset())),
            submission: Submission::Now(Vec::new()),
        }
    }

    /// Hands a post in.
    pub async fn submit(&self, draft: Draft) -> anyhow::Result<PostView> {
        let view = self.app.service.create_post(&self.clerk, draft, Once::unkeyed());
        Ok(view.await?)
    }

    /// One person signs what they see.
    pub async fn sign(&self, view: &PostView, by: &Person) -> anyhow::Result<()> {
        let approval = Approval {
            attestations: Vec::new(),
            seen: view.revision.digest,
            acknowledgements: Vec::new(),
        };
        self.app.service.approve(by, view.post.id, approval).await?;
        Ok(())
    }

    /// Approved posts to one of these accounts each, in turn, all planned for one instant.
    pub async fn approved(
        &self,
        posts: usize,
        kind: PostKind,
        accounts: &[AccountId],
        at: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let signer = match kind {
            PostKind::Emergency => &self.duty_officer,
            _ => &self.chief,
        };
        futures::stream::iter(0..posts)
            .map(|number| async move {
                let account = [accounts[number % accounts.len()]];
                let timing = Timing::At(at.fixed_offset());
                let draft = self.draft(kind, text(kind, number), &account, timing);
                let view = self.submit(draft).await?;
                self.sign(&view, signer).await
            })
            .buffer_unordered(HANDS)
            .try_collect()
            .await
    }
}

/// A text that no other post of its account resembles: near repetitions are a finding.
pub fn text(kind: PostKind, number: usize) -> String {
    const PLACES: [&str; 7] = [
        "図書館",
        "公民館",
        "体育館",
        "市民会館",
        "児童館",
        "博物館",
        "温水プール",
    ];
    const MATTERS: [&str; 11] = [
        "開館時間の変更",
        "休館日のご案内",
        "秋の催し物",
        "屋根の改修工事",
        "駐車場の混雑",
        "郷土史の展示",
        "パソコン講座",
        "親子健診",
        "法律相談会",
        "一斉清掃",
        "ボランティアの募集",
    ];
    const WHOM: [&str; 13] = [
        "小学生とその保護者の皆さん",
        "65歳以上の方",
        "市内で働いている方",
        "はじめて利用する方",
        "自転車で来る方",
        "車いすを使う方",
        "外国から来て暮らしている方",
        "子育てをしている家庭",
        "町内会の役員の皆さん",
        "農業を営む方",
        "お店を開いている方",
        "高校に通う皆さん",
        "どなたでも",
    ];
    const HOW: [&str; 17] = [
        "窓口で申し込みを受け付けます",
        "電話でもお答えします",
        "広報紙の来月号に詳しく載せます",
        "掲示板をご覧ください",
        "予約は要りません",
        "持ち物は筆記用具だけです",
        "雨のときは中止します",
        "定員は先着で決めます",
        "手話通訳が付きます",
        "託児の用意があります",
        "費用はかかりません",
        "会場の入口は北側です",
        "動きやすい服でお越しください",
        "写真の撮影はご遠慮ください",
        "ごみはお持ち帰りください",
        "手続きは支所でもできます",
        "お誘い合わせのうえお越しください",
    ];
    let place = PLACES[number % PLACES.len()];
    match kind {
        PostKind::Emergency => {
            format!("【避難指示】{place}の周辺、第{number}区の方は、今すぐ避難してください。")
        }
        _ => format!(
            "{place}から（第{number}号）。{}について、{}へお知らせします。{}。{}。",
            MATTERS[number % MATTERS.len()],
            WHOM[number % WHOM.len()],
            HOW[number % HOW.len()],
            HOW[(number / HOW.len() + 5) % HOW.len()],
        ),
    }
}

/// The wired library on a database.
pub async fn wire(location: Location) -> anyhow::Result<App> {
    App::wire(Wiring {
        platforms: sekisho::platform::settings::Settings::default(),
        homes: sekisho::domain::homes::Homes::default(),
        media: None,
        location,
        clock: Arc::new(SystemClock),
        key_ring: Some(KeyRing::parse(KEY_RING)?),
        calendar: shipped_calendar()?,
        loopback: LoopbackPolicy::Allowed,
        proxy: None,
        public_url: "http://127.0.0.1:1".to_owned(),
        probe: ProbeConfig::default(),
        dispatch: DispatchConfig::named("bench".to_owned()),
    })
    .await
}

/// How long is waited for something that is about to happen.
pub const PATIENCE: StdDuration = StdDuration::from_secs(120);

async fn account(
    app: &App,
    organization: OrganizationId,
    division: DivisionId,
    number: usize,
    instance: &str,
) -> anyhow::Result<AccountId> {
    let handle = format!("koho{number}");
    let new = NewAccount {
        platform: Kind::Mastodon,
        instance: instance.to_owned(),
        handle: handle.clone(),
        name: format!("広報{number}"),
        purpose: AccountPurpose::Public,
        zone: chrono_tz::Asia::Tokyo,
        hours: AccountHours::unrestricted(),
        grace: Duration::minutes(10),
        route: Route::new(vec![Stage {
            title: "課長".to_owned(),
            requirement: Requirement::ApproverOf(division),
        }]),
        divisions: vec![division],
        emergency_cover: EmergencyCover::Covered,
    };
    let service = &app.service;
    let account = service
        .register_account_from_command_line(organization, new)
        .await?;
    let token = Secret::new(format!("token-{handle}"));
    service
        .connect_with_token(organization, account.id, token, Actor::Operator)
        .await?;
    Ok(account.id)
}

/// Adds a person with one token and signs them in.
async fn person(
    app: &App,
    organization: OrganizationId,
    login: &str,
    grants: BTreeSet<Grant>,
    scope: Scope,
) -> anyhow::Result<(Person, String)> {
    let service = &app.service;
    let user = service
        .add_user(organization, login, login, grants, Actor::Operator)
        .await?;
    let new = NewApiToken {
        user,
        label: "bench".to_owned(),
        scopes: BTreeSet::from([Scope::Read, scope]),
        expires_at: service.now() + Duration::days(1),
    };
    let issued = service.issue_token(organization, new, Actor::Operator).await?;
    let token = issued.expose().to_owned();
    Ok((service.authenticate(&token).await?, token))
}
