//! The demo's town: three divisions, six people, four accounts, a two-stage route, posts in every state.

use std::collections::BTreeSet;

use chrono::{Duration, Timelike as _};

use crate::{
    app::{App, policy_document},
    domain::{
        account::{AccountPurpose, EmergencyCover, Platform},
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        ids::{AccountId, DivisionId, OrganizationId},
        route::{Requirement, Route, Stage},
        window::{AccountHours, Week},
    },
    sandbox::Sandbox,
    service::{NewAccount, NewApiToken},
    vault::Secret,
};

/// The profile of the demo.
const PROFILE: &str = include_str!("../../../config/profiles/demo.toml");

/// The accounts on the sandbox, with tokens that exist on this machine only while the demo runs.
pub const HANDLES: [&str; 4] = ["koho", "kanko", "bosai", "toshokan"];

/// A person of the town: who they are, the token that they use, and its text.
#[derive(Debug)]
pub struct Resident {
    /// The variable under which the walk-through knows the token.
    pub variable: &'static str,
    /// Name and duty, for people.
    pub title: &'static str,
    /// Signed in.
    pub person: Person,
    /// The token's text.
    pub token: String,
}

/// The town.
#[derive(Debug)]
pub struct Town {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its six people, each with a token.
    pub residents: Vec<Resident>,
    /// Its accounts, by the variable of the walk-through.
    pub accounts: Vec<(&'static str, &'static str, AccountId)>,
}

impl Town {
    /// The person behind a variable.
    ///
    /// # Errors
    /// When there is none: a mistake in the demo itself.
    pub fn person(&self, variable: &str) -> anyhow::Result<&Person> {
        self.residents
            .iter()
            .find(|resident| resident.variable == variable)
            .map(|resident| &resident.person)
            .ok_or_else(|| anyhow::anyhow!("the demo has nobody called {variable}"))
    }

    /// The account behind a variable.
    ///
    /// # Errors
    /// When there is none: a mistake in the demo itself.
    pub fn account(&self, variable: &str) -> anyhow::Result<AccountId> {
        self.accounts
            .iter()
            .find(|(known, ..)| *known == variable)
            .map(|(.., id)| *id)
            .ok_or_else(|| anyhow::anyhow!("the demo has no account called {variable}"))
    }
}

/// Builds the town.
///
/// # Errors
/// When the gateway or the sandbox refuse something: a mistake in the demo itself.
pub async fn build(app: &App, sandbox: &Sandbox) -> anyhow::Result<Town> {
    let service = &app.service;
    let organization = service.found_organization("あけぼの市", Actor::Operator).await?;
    service
        .import_policy(organization, policy_document(PROFILE)?, Actor::Operator)
        .await?;
    let publicity = service
        .add_division(organization, "広報課", Actor::Operator)
        .await?;
    let disaster = service
        .add_division(organization, "防災危機管理課", Actor::Operator)
        .await?;
    let library = service
        .add_division(organization, "図書館", Actor::Operator)
        .await?;
    let accounts = accounts(app, organization, sandbox, [publicity, disaster, library]).await?;
    let residents = residents(app, organization, [publicity, disaster, library]).await?;
    Ok(Town {
        organization,
        residents,
        accounts,
    })
}

async fn accounts(
    app: &App,
    organization: OrganizationId,
    sandbox: &Sandbox,
    [publicity, disaster, library]: [DivisionId; 3],
) -> anyhow::Result<Vec<(&'static str, &'static str, AccountId)>> {
    let weekdays = || vec!["08:30-17:15".parse()];
    let week = Week {
        mon: collect(weekdays())?,
        tue: collect(weekdays())?,
        wed: collect(weekdays())?,
        thu: collect(weekdays())?,
        fri: collect(weekdays())?,
        ..Week::default()
    };
    let kanko = AccountHours {
        operating: week,
        ..AccountHours::unrestricted()
    };
    let open = AccountHours::unrestricted;
    let plan = [
        ("KOHO", "あけぼの市 広報", "koho", vec![publicity], open(), 600),
        (
            "KANKO",
            "あけぼの市 観光（平日8:30〜17:15）",
            "kanko",
            vec![publicity],
            kanko,
            600,
        ),
        (
            "BOSAI",
            "あけぼの市 防災（今は運用時間外）",
            "bosai",
            vec![disaster, publicity],
            closed_now(app)?,
            600,
        ),
        (
            "TOSHOKAN",
            "あけぼの市 図書館",
            "toshokan",
            vec![library, publicity],
            open(),
            60,
        ),
    ];
    let mut known = Vec::new();
    for (variable, name, handle, divisions, hours, grace) in plan {
        let new = NewAccount {
            platform: Platform::Mastodon,
            instance: sandbox.base_url().to_owned(),
            handle: handle.to_owned(),
            name: name.to_owned(),
            purpose: AccountPurpose::Public,
            zone: chrono_tz::Asia::Tokyo,
            hours,
            grace: Duration::seconds(grace),
            route: two_stages(publicity),
            divisions,
            emergency_cover: EmergencyCover::Covered,
        };
        let account = app
            .service
            .register_account_from_command_line(organization, new)
            .await?;
        let token = Secret::new(sandbox_token(handle));
        app.service
            .connect_with_token(organization, account.id, token, Actor::Operator)
            .await?;
        known.push((variable, name, account.id));
    }
    Ok(known)
}

/// The token of an account on the demo's own sandbox.
pub fn sandbox_token(handle: &str) -> String {
    format!("sandbox-token-of-{handle}")
}

fn collect<T, E>(parsed: Vec<Result<T, E>>) -> Result<Vec<T>, E> {
    parsed.into_iter().collect()
}

fn two_stages(publicity: DivisionId) -> Route {
    Route::new(vec![
        Stage {
            title: "広報係長".to_owned(),
            requirement: Requirement::ApproverOf(publicity),
        },
        Stage {
            title: "広報課長".to_owned(),
            requirement: Requirement::Holder(OrganizationRole::Publicity),
        },
    ])
}

/// Hours that are open for one hour, half a day from now: closed whenever the demo is run.
fn closed_now(app: &App) -> anyhow::Result<AccountHours> {
    let local = app.service.now().with_timezone(&chrono_tz::Asia::Tokyo);
    let opens = (local.hour() + 12) % 24;
    let span = || format!("{opens:02}:00-{:02}:00", opens + 1).parse();
    let day = || collect(vec![span()]);
    let operating = Week {
        mon: day()?,
        tue: day()?,
        wed: day()?,
        thu: day()?,
        fri: day()?,
        sat: day()?,
        sun: day()?,
    };
    Ok(AccountHours {
        operating,
        ..AccountHours::unrestricted()
    })
}

async fn residents(
    app: &App,
    organization: OrganizationId,
    [publicity, disaster, library]: [DivisionId; 3],
) -> anyhow::Result<Vec<Resident>> {
    let holds = Grant::Organization;
    let write = vec![Scope::Read, Scope::Write];
    let approve = vec![Scope::Read, Scope::Approve];
    let administer = vec![Scope::Read, Scope::Administer];
    let all_authors = vec![Grant::Author(publicity), Grant::Author(library)];
    let plan = [
        (
            "CLERK",
            "田中（広報課 担当者）",
            "tanaka",
            all_authors,
            write.clone(),
        ),
        (
            "BOSAI_CLERK",
            "鈴木（防災危機管理課 担当者）",
            "suzuki",
            vec![Grant::Author(disaster)],
            write,
        ),
        (
            "CHIEF",
            "佐藤（広報係長）",
            "sato",
            vec![Grant::Approver(publicity)],
            approve.clone(),
        ),
        (
            "DIRECTOR",
            "高橋（広報課長）",
            "takahashi",
            vec![holds(OrganizationRole::Publicity)],
            approve.clone(),
        ),
        (
            "DUTY",
            "渡辺（危機管理当番）",
            "watanabe",
            vec![holds(OrganizationRole::DutyOfficer)],
            approve,
        ),
        (
            "ADMIN",
            "伊藤（情報政策課・監査）",
            "ito",
            vec![
                holds(OrganizationRole::Administrator),
                holds(OrganizationRole::Auditor),
            ],
            administer,
        ),
    ];
    let mut residents = Vec::new();
    for (variable, title, login, grants, scopes) in plan {
        let grants: BTreeSet<Grant> = grants.into_iter().collect();
        let user = app
            .service
            .add_user(organization, login, title, grants, Actor::Operator)
            .await?;
        let new = NewApiToken {
            user,
            label: "demo".to_owned(),
            scopes: scopes.into_iter().collect(),
            expires_at: app.service.now() + Duration::days(1),
        };
        let issued = app
            .service
            .issue_token(organization, new, Actor::Operator)
            .await?;
        let person = app.service.authenticate(issued.expose()).await?;
        residents.push(Resident {
            variable,
            title,
            person,
            token: issued.expose().to_owned(),
        });
    }
    Ok(residents)
}
