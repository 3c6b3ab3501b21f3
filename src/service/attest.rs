//! 確認事項: what people assure comes in with a submission or an approval, and is kept with it.

use super::{FieldError, Service, ServiceError, Told};
use crate::{
    domain::{
        actor::{Actor, Person},
        attestation::{Given, GivenAs, Giver},
        digest::RevisionDigest,
        finding::Message,
        ids::AttestationId,
        post::Post,
        revision::Revision,
    },
    gate::{Attestation, Case, Policy},
    store::{
        Reader, StoreError, Tx,
        attestations::{self, Occasion},
    },
    vocabulary,
};

/// What somebody assures by these names, for the case that they look at. What they assured before is not told
/// twice.
pub(super) fn assured(
    service: &Service,
    case: &Case<'_>,
    person: &Person,
    given_as: GivenAs,
    names: &[String],
) -> Result<Vec<Given>, ServiceError> {
    let asked = case.asked_of(given_as);
    let mut errors = Vec::new();
    let mut given: Vec<Given> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let Some(attestation) = asked.iter().find(|asked| asked.name == *name) else {
            let message = Message::new("field-attestation-unknown").with("name", name);
            let pointer = format!("/attestations/{index}");
            errors.push(FieldError { pointer, message });
            continue;
        };
        let is_told = |known: &Given| {
            attestation.says(known)
                && known.by == person.user
                && known.given_as == given_as
                && known.revision == case.digest
        };
        if !case.attested.iter().chain(&given).any(is_told) {
            given.push(Given {
                id: AttestationId::new(service.ids.next()),
                name: attestation.name.clone(),
                wording: attestation.text.ja.clone(),
                revision: case.digest,
                given_as,
                by: person.user,
                at: service.now(),
            });
        }
    }
    if errors.is_empty() {
        Ok(given)
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

/// Keeps what somebody assured, and tells the ledger.
pub(super) async fn keep(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    occasion: Occasion,
    given: &[Given],
) -> Result<(), StoreError> {
    let Some(first) = given.first() else {
        return Ok(());
    };
    for one in given {
        attestations::insert(tx, person.organization, occasion, one).await?;
    }
    let assured: Vec<serde_json::Value> = given
        .iter()
        .map(|one| serde_json::json!({ "name": one.name, "wording": one.wording }))
        .collect();
    let details = serde_json::json!({
        "revision": first.revision.to_string(),
        "as": first.given_as.to_string(),
        "sign_off": occasion.sign_off.map(|id| id.to_string()),
        "assured": assured,
    });
    let actor = Actor::User(person.user);
    let told = Told::new(person.organization, actor, "post.attested", occasion.post);
    service.tell(tx, told.under(occasion.policy).with(details)).await
}

vocabulary! {
    /// Where an attestation of a post stands.
    Standing {
        /// Somebody gave it.
        Given = "given",
        /// It is asked with the next step: the submission, or the approval of the stage whose turn it is.
        Due = "due",
        /// It is asked at a later stage.
        Later = "later",
    }
}

/// An attestation that the policy in force asks of a post.
#[derive(Debug, Clone)]
pub struct AttestationView {
    /// What is asked.
    pub asked: Attestation,
    /// Who gave it.
    pub given: Vec<Given>,
    /// Where it stands.
    pub standing: Standing,
}

/// What the policy asks of a post, and what was given.
pub(super) async fn view(
    service: &Service,
    reader: &mut Reader,
    post: &Post,
    revision: &Revision,
) -> Result<Vec<AttestationView>, ServiceError> {
    let policy = match service.policies.current(reader, post.organization).await {
        Ok(policy) => policy,
        Err(ServiceError::Store(why)) if !matches!(why, StoreError::Inconsistent(_)) => {
            return Err(why.into());
        }
        // Without a policy that can be read nothing is judged, and nothing asked.
        Err(_) => return Ok(Vec::new()),
    };
    if policy.attestations().is_empty() {
        return Ok(Vec::new());
    }
    let given = attestations::standing(reader, post.organization, post.id).await?;
    Ok(of_post(&policy, post, revision, &given))
}

/// What a policy asks to be assured of a post, and who did.
pub(super) fn of_post(
    policy: &Policy,
    post: &Post,
    revision: &Revision,
    given: &[Given],
) -> Vec<AttestationView> {
    let attestations = policy.attestations().iter();
    attestations
        .filter(|asked| asked.is_asked_of(&revision.content))
        .map(|asked| {
            let given: Vec<Given> = given
                .iter()
                .filter(|given| asked.says(given) && is_of(given, revision.digest))
                .cloned()
                .collect();
            AttestationView {
                standing: standing(asked, post, &given),
                asked: asked.clone(),
                given,
            }
        })
        .collect()
}

fn is_of(given: &Given, revision: RevisionDigest) -> bool {
    given.revision == revision
}

fn standing(asked: &Attestation, post: &Post, given: &[Given]) -> Standing {
    match asked.by {
        _ if !given.is_empty() => Standing::Given,
        Giver::Author => Standing::Due,
        Giver::Signer(seat) => {
            let turn = post.current_stage().map(|stage| stage.requirement);
            if turn.is_some_and(|turn| seat.may_be(turn)) {
                Standing::Due
            } else {
                Standing::Later
            }
        }
    }
}
