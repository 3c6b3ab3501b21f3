//! Credentials that end: renewed once for all nodes, stored before they are used, and a person is called only
//! when nothing else helps.

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    domain::{
        account::AccountStatus, actor::Actor, delivery::DeliveryPhase, hold::HoldCause, ids::PostId,
        withdrawal::WithdrawalPhase,
    },
    sandbox::{Rotation, TokenPlan},
    vault::Secret,
};

use crate::support::{
    Clocked, Town,
    database::Kind,
    raw::Raw,
    town::{ALWAYS_OPEN, quick_dispatch},
};

/// Tokens of an hour.
const fn plan(rotation: Rotation) -> TokenPlan {
    TokenPlan {
        life_seconds: 3600,
        rotation,
        lose_answers: 0,
    }
}

const VERSIONS: Raw = Raw::same(
    "SELECT CAST(version AS TEXT) || CASE WHEN proven_at IS NULL THEN ' new' ELSE ' proven' END
     FROM credentials ORDER BY account_id, version",
);

async fn town(kind: Kind, plan: TokenPlan) -> Option<Town> {
    let town = Town::build(kind, Clocked::tuesday_morning(), ALWAYS_OPEN).await?;
    town.consent(plan).await;
    Some(town)
}

impl Town {
    async fn status(&self) -> AccountStatus {
        let account = self.app.service.account(&self.people.clerk, self.account).await;
        account.expect("the account").status
    }

    async fn care(&self) {
        let cared = self.app.dispatcher.look_after_credentials().await;
        cared.expect("the database");
    }

    /// How often the ledger tells something of an account.
    async fn told(&self, verb: &str) -> usize {
        let entries = self.app.service.ledger(&self.people.auditor, None, 100).await;
        let entries = entries.expect("the ledger");
        entries.iter().filter(|entry| entry.verb == verb).count()
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_end_once_for_all_nodes(#[case] kind: Kind) {
    let Some(town) = town(kind, plan(Rotation::Strict)).await else {
        return;
    };
    town.care().await;
    assert_eq!(town.refreshes().await, 0, "it is too early");
    town.hand().advance(Duration::minutes(41));
    let other = town.other_dispatcher(quick_dispatch("other"));
    let rounds = (0..4).map(|_| async {
        let (one, two) = futures::join!(
            town.app.dispatcher.look_after_credentials(),
            other.look_after_credentials()
        );
        one.and(two).expect("the database");
    });
    futures::future::join_all(rounds).await;
    assert_eq!(town.refreshes().await, 1, "once for all nodes");
    assert_eq!(
        town.database.ask(VERSIONS).await,
        ["3 proven"],
        "the one before is erased"
    );
    let post = town.approved("図書館は明日、休館します。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(town.told("account.credential_refreshed").await, 1);
}

/// The platform refuses a post for its token: the token is renewed, and the post leaves without a person.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_post_that_is_refused_for_its_token_leaves_with_the_next_one(#[case] kind: Kind) {
    let Some(town) = town(kind, plan(Rotation::Strict)).await else {
        return;
    };
    town.hand().advance(Duration::minutes(5));
    town.end_tokens().await;
    let post = town.approved("水道工事のため断水します。").await;
    for _ in 0..100 {
        town.work().await;
        town.care().await;
        if town.phases(post).await == [DeliveryPhase::Published] {
            break;
        }
        town.hand().advance(Duration::milliseconds(500));
    }
    assert_eq!(town.phases(post).await, [DeliveryPhase::Published]);
    assert_eq!((town.refreshes().await, town.visible().len()), (1, 1));
    assert_eq!(town.status().await, AccountStatus::Active);
}

/// The answer of a refresh is lost. Where the old refresh token is still taken, nobody notices.
#[rstest]
#[case::it_is_taken(Rotation::Lenient, AccountStatus::Active)]
#[case::it_is_spent(Rotation::Strict, AccountStatus::NeedsReconnect)]
#[tokio::test]
async fn a_lost_answer_calls_a_person_only_when_the_old_token_is_refused(
    #[case] rotation: Rotation,
    #[case] ends: AccountStatus,
) {
    let lost = TokenPlan {
        lose_answers: 1,
        ..plan(rotation)
    };
    let Some(town) = town(Kind::Sqlite, lost).await else {
        return;
    };
    town.hand().advance(Duration::minutes(41));
    town.care().await;
    assert_eq!(town.status().await, AccountStatus::Active, "nobody is called yet");
    assert_eq!(town.database.ask(VERSIONS).await, ["2 proven"]);
    town.hand().advance(Duration::minutes(2));
    town.care().await;
    assert_eq!(town.refreshes().await, 2);
    assert_eq!(town.status().await, ends);
    let told = usize::from(ends == AccountStatus::NeedsReconnect);
    assert_eq!(town.told("account.needs_reconnect").await, told);
}

/// What falls due while an account waits for a person is held and not lost; after the reconnect people give it a
/// time.
#[tokio::test]
async fn posts_of_an_account_that_must_be_connected_again_are_held_and_come_back() {
    let Some(town) = town(Kind::Sqlite, plan(Rotation::Strict)).await else {
        return;
    };
    let due = town
        .walk(town.planned("明日の予定です。", "2026-11-24T11:30:00"))
        .await;
    let lost = TokenPlan {
        lose_answers: 1,
        ..plan(Rotation::Strict)
    };
    town.control("tokens", serde_json::to_value(lost).expect("a plan"))
        .await;
    for _ in 0..2 {
        town.hand().advance(Duration::minutes(45));
        town.care().await;
    }
    assert_eq!(town.status().await, AccountStatus::NeedsReconnect);
    town.it_is("2026-11-24T11:30:00");
    town.work().await;
    let held = (HoldCause::Account, "needs_reconnect".to_owned());
    assert_eq!(town.held_for(due).await, held);
    assert_eq!(town.arrived(), [""; 0], "nothing was tried");
    let token = Secret::new("koho-token".to_owned());
    let by = Actor::Operator;
    let connected = town
        .app
        .service
        .connect_with_token(town.organization, town.account, token, by);
    connected.await.expect("connected again");
    town.work().await;
    assert_eq!(town.held_for(due).await, held, "nothing leaves by itself");
    assert_eq!(town.database.ask(VERSIONS).await, ["3 proven"]);
}

/// A server is asked once a day; one refusal is asked about again, the second one calls a person.
#[tokio::test]
async fn a_token_that_was_taken_back_is_noticed_before_a_post_is_due() {
    let Some(town) = Town::build(Kind::Sqlite, Clocked::tuesday_morning(), ALWAYS_OPEN).await else {
        return;
    };
    town.care().await;
    town.control("tokens/revoke", serde_json::json!({ "username": "koho" }))
        .await;
    town.care().await;
    assert_eq!(town.status().await, AccountStatus::Active, "a day has not passed");
    town.hand().advance(Duration::days(1));
    town.care().await;
    assert_eq!(
        town.status().await,
        AccountStatus::Active,
        "one refusal proves nothing"
    );
    town.hand().advance(Duration::minutes(4));
    town.care().await;
    assert_eq!(town.status().await, AccountStatus::NeedsReconnect);
}

/// A post that is out, and the order to take it back.
async fn ordered_back(town: &Town) -> PostId {
    let post = town.approved("日付を誤りました。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    let service = &town.app.service;
    let taken = service.withdraw(&town.people.director, post, "日付の誤り".into());
    assert_eq!(taken.await.expect("an order").withdrawals.len(), 1);
    post
}

impl Town {
    async fn taken_back(&self, post: PostId) -> WithdrawalPhase {
        self.app.dispatcher.withdraw().await.expect("a round");
        let all = self.app.service.withdrawals(&self.people.clerk, post).await;
        let all = all.expect("the orders");
        assert_eq!(all.len(), 1);
        all[0].state.phase()
    }
}

/// Who takes back is refused like who publishes: the account waits for a person, and the order for the account.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_withdrawal_that_is_refused_for_its_token_parks_the_account(#[case] kind: Kind) {
    let Some(town) = Town::build(kind, Clocked::tuesday_morning(), ALWAYS_OPEN).await else {
        return;
    };
    let post = ordered_back(&town).await;
    town.control("tokens/revoke", serde_json::json!({ "username": "koho" }))
        .await;
    assert_eq!(town.taken_back(post).await, WithdrawalPhase::Waiting);
    assert_eq!(town.status().await, AccountStatus::NeedsReconnect);
    assert_eq!(town.told("account.needs_reconnect").await, 1);
    town.hand().advance(Duration::hours(1));
    assert_eq!(town.taken_back(post).await, WithdrawalPhase::Waiting);
    assert_eq!(town.visible().len(), 1, "it is still out");
    town.consent(plan(Rotation::Strict)).await;
    town.hand().advance(Duration::hours(1));
    town.care().await;
    assert_eq!(town.taken_back(post).await, WithdrawalPhase::Withdrawn);
    assert_eq!(town.visible().len(), 0);
}

/// A token that may be renewed without a person is, and the order goes on with the next one.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_withdrawal_that_is_refused_for_its_token_is_made_with_the_next_one(#[case] kind: Kind) {
    let Some(town) = town(kind, plan(Rotation::Strict)).await else {
        return;
    };
    let post = ordered_back(&town).await;
    town.hand().advance(Duration::minutes(5));
    town.end_tokens().await;
    assert_eq!(town.taken_back(post).await, WithdrawalPhase::Waiting);
    assert_eq!(town.status().await, AccountStatus::Active);
    town.care().await;
    assert_eq!(town.refreshes().await, 1);
    town.hand().advance(Duration::minutes(1));
    assert_eq!(town.taken_back(post).await, WithdrawalPhase::Withdrawn);
    assert_eq!(town.told("account.needs_reconnect").await, 0);
}
