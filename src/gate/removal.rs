//! The gate's consent to take something back. No window applies and no hold: whoever stops everything wants to
//! be able to remove what should not be there.

use chrono::{DateTime, Utc};

use crate::domain::{
    abilities::{self, Withdrawals},
    account::{Account, AccountStatus, Platform},
    delivery::Lease,
    ids::WithdrawalId,
    withdrawal::{Withdrawal, WithdrawalState},
};

/// Consent to one removal. It cannot be copied, stored or made from parts.
#[derive(Debug)]
pub struct RemovalPermit {
    withdrawal: WithdrawalId,
    lease: Lease,
    platform: Platform,
    instance: String,
    remote_id: String,
    send_by: DateTime<Utc>,
}

impl RemovalPermit {
    /// The order that it is for.
    #[must_use]
    pub const fn withdrawal(&self) -> WithdrawalId {
        self.withdrawal
    }

    /// The claim that it is for.
    #[must_use]
    pub const fn lease(&self) -> &Lease {
        &self.lease
    }

    /// By which platform.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// From which server.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// What is removed.
    #[must_use]
    pub fn remote_id(&self) -> &str {
        &self.remote_id
    }

    /// The call does not start after this.
    #[must_use]
    pub const fn send_by(&self) -> DateTime<Utc> {
        self.send_by
    }
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemovalRefusal {
    /// Order, claim and account do not belong together.
    #[error("order, claim and account do not belong together")]
    Mismatch,
    /// The account's credential is not in use.
    #[error("the account is not connected")]
    NotConnected,
    /// Nobody can take anything back there.
    #[error("this platform takes nothing back")]
    Impossible,
    /// The claim ends before a call could start.
    #[error("the claim is over")]
    TooLate,
}

pub(super) fn decide(
    order: &Withdrawal,
    account: &Account,
    send_by: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<RemovalPermit, RemovalRefusal> {
    let WithdrawalState::Removing { lease } = &order.state else {
        return Err(RemovalRefusal::Mismatch);
    };
    let belong = lease.fence == order.fence
        && account.id == order.account
        && account.organization == order.organization
        && !order.remote_id.is_empty();
    if !belong {
        return Err(RemovalRefusal::Mismatch);
    }
    if account.status != AccountStatus::Active {
        return Err(RemovalRefusal::NotConnected);
    }
    if abilities::of(account.platform).withdrawal == Withdrawals::Impossible {
        return Err(RemovalRefusal::Impossible);
    }
    let send_by = send_by.min(lease.until);
    if send_by <= now {
        return Err(RemovalRefusal::TooLate);
    }
    Ok(RemovalPermit {
        withdrawal: order.id,
        lease: lease.clone(),
        platform: account.platform,
        instance: account.instance.clone(),
        remote_id: order.remote_id.clone(),
        send_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            delivery::Fence,
            ids::{DeliveryId, PostId, UserId},
        },
        gate::testing::World,
    };
    use chrono::Duration;
    use uuid::Uuid;

    fn claimed(account: &Account, now: DateTime<Utc>) -> Withdrawal {
        let order = Withdrawal {
            id: WithdrawalId::new(Uuid::from_u128(1)),
            organization: account.organization,
            post: PostId::new(Uuid::from_u128(3)),
            delivery: DeliveryId::new(Uuid::from_u128(4)),
            account: account.id,
            part: 0,
            remote_id: "109".into(),
            ordered_by: UserId::new(Uuid::from_u128(6)),
            reason: "誤り".into(),
            ordered_at: now,
            fence: Fence(0),
            state: WithdrawalState::Waiting { due: now },
        };
        order
            .claim("w".into(), now, now + Duration::seconds(60))
            .expect("claimed")
    }

    #[test]
    fn a_removal_needs_a_claimed_order_for_this_account_on_a_platform_that_can() {
        let world = World::new();
        let (account, now) = (world.accounts[0].clone(), world.now);
        let later = now + Duration::seconds(30);
        let order = claimed(&account, now);
        let permit = decide(&order, &account, later, now).expect("a permit");
        assert_eq!((permit.remote_id(), permit.send_by()), ("109", later));

        let ask = |order: &Withdrawal, account: &Account| decide(order, account, later, now).map(|_| ());
        let suspended = Account {
            status: AccountStatus::Suspended,
            ..account.clone()
        };
        assert_eq!(ask(&order, &suspended), Err(RemovalRefusal::NotConnected));
        let line = Account {
            platform: Platform::Line,
            ..account.clone()
        };
        assert_eq!(ask(&order, &line), Err(RemovalRefusal::Impossible));
        let waiting = Withdrawal {
            state: WithdrawalState::Waiting { due: now },
            ..order.clone()
        };
        assert_eq!(ask(&waiting, &account), Err(RemovalRefusal::Mismatch));
        let stale = Withdrawal {
            fence: Fence(7),
            ..order.clone()
        };
        assert_eq!(ask(&stale, &account), Err(RemovalRefusal::Mismatch));
        let other = decide(&order, &account, now, now).map(|_| ());
        assert_eq!(other, Err(RemovalRefusal::TooLate));
    }
}
