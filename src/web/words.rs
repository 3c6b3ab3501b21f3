//! Schemas of closed vocabularies: a string with its words.

use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::domain::{
    account::{AccountPurpose, AccountStatus, EmergencyCover, Platform},
    account_policy::PolicyField,
    actor::{OrganizationRole, Scope},
    attempt::{Authority, OutcomeClass},
    audience::{Age, Friendship, Shortage},
    credential::CredentialStanding,
    delivery::DeliveryPhase,
    emergency::EmergencyKind,
    finding::{Field, Severity},
    hold::HoldCause,
    media::{MediaKind, Unfit},
    post::{PostPhase, Summary},
    proposal::{Needs, ProposalState, Signer},
    records::ContactKind,
    revision::{Act, Kind, Visibility},
    signoff::Decision,
    text::Unit,
    withdrawal::WithdrawalPhase,
};
use crate::{gate::Way, service::Standing};

/// The fields in which something stands.
pub(super) fn field() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(Field::WORDS))
        .build()
}

macro_rules! schemas {
    ($($name:ident = $vocabulary:ty;)+) => {
        $(pub(super) fn $name() -> Object {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(<$vocabulary>::ALL.iter().map(|word| word.as_str())))
                .build()
        })+
    };
}

schemas! {
    account_purpose = AccountPurpose;
    account_status = AccountStatus;
    act = Act;
    age = Age;
    authority = Authority;
    contact_kind = ContactKind;
    credential_standing = CredentialStanding;
    decision = Decision;
    delivery_state = DeliveryPhase;
    emergency_cover = EmergencyCover;
    media_kind = MediaKind;
    unfit = Unfit;
    emergency_kind = EmergencyKind;
    friendship = Friendship;
    hold_cause = HoldCause;
    kind = Kind;
    organization_role = OrganizationRole;
    outcome = OutcomeClass;
    needs = Needs;
    platform = Platform;
    policy_field = PolicyField;
    post_state = PostPhase;
    proposal_state = ProposalState;
    scope = Scope;
    severity = Severity;
    shortage = Shortage;
    signer = Signer;
    standing = Standing;
    summary = Summary;
    unit = Unit;
    visibility = Visibility;
    withdrawal_state = WithdrawalPhase;
    way = Way;
}
