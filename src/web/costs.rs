//! What a post costs, as it is answered: before anybody signs it.

use serde::Serialize;
use utoipa::ToSchema;

use super::findings::BilingualText;
use crate::{
    domain::{cost::Cost, finding::Message, ids::AccountId},
    service::Costs,
};

/// What a post costs for one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Cost", as = Cost, example = json!({
    "account": "acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6", "amount": "0.200000", "unit": "USD",
    "why": {"ja": "Xの料金(上限の見積り)です。投稿1件、うちリンク付き(割高)1件、画像の説明0件。",
            "en": "What X takes, at most. Posts: 1; of them with a link, which is dearer: 1; descriptions of pictures: 0."}
}))]
pub struct CostJson {
    /// The account.
    account: String,
    /// The most that it can cost, as a decimal number.
    amount: String,
    /// Of what: a currency (ISO 4217).
    unit: &'static str,
    /// What makes the amount.
    why: BilingualText,
}

impl CostJson {
    fn new(account: AccountId, cost: &Cost) -> Self {
        let why = Message::new("cost-x")
            .with("posts", cost.posts)
            .with("linked", cost.with_link)
            .with("described", cost.descriptions);
        Self {
            account: account.to_string(),
            amount: cost.amount.to_string(),
            unit: "USD",
            why: BilingualText::of(&why),
        }
    }

    /// All of them, in the order of their accounts.
    pub fn all(costs: &Costs) -> Vec<Self> {
        costs
            .iter()
            .map(|(account, cost)| Self::new(*account, cost))
            .collect()
    }
}
