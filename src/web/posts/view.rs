//! A post, as it is answered.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::audience::AudienceJson;
use crate::{
    domain::{
        attestation::Given,
        post::{PostPhase, PostState, PublishMode, Summary},
        revision::{Act, AllowedRange, Content, Kind, Part, Visibility},
        signoff::{Acknowledgement, Decision},
    },
    service::{AttestationView, PostView, Recorded, Standing},
    web::{costs::CostJson, deliveries::DeliveryJson, etag, findings::BilingualText, moment::Moment, words},
};

/// When a post may leave: both ends are part of what is signed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AllowedRange", as = AllowedRange)]
pub struct RangeJson {
    /// Not before.
    earliest: Moment,
    /// Not after.
    latest: Moment,
}

impl RangeJson {
    pub(super) fn new(range: AllowedRange, zone: chrono_tz::Tz) -> Self {
        Self {
            earliest: Moment::new(range.earliest, zone),
            latest: Moment::new(range.latest, zone),
        }
    }
}

/// When a post shall leave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Publish", as = Publish)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum PublishJson {
    /// At a time.
    At {
        /// The time.
        at: Moment,
    },
    /// When the last stage approved and the window is open.
    OnApproval,
}

/// A picture or film of a part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PartMedia", as = PartMedia)]
pub struct PartMediaJson {
    /// The digest of its bytes.
    digest: String,
    /// What it shows.
    alt: String,
}

/// A preview of our own making.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "LinkCard", as = LinkCard)]
pub struct LinkCardJson {
    /// Where it leads.
    uri: String,
    /// Its title.
    title: String,
    /// Its description.
    description: String,
}

/// One part of what leaves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Part", as = Part)]
pub struct PartJson {
    /// The text, exactly as a citizen will see it.
    text: String,
    /// Pictures and films, in order.
    media: Vec<PartMediaJson>,
    /// The preview, if one is made.
    link_card: Option<LinkCardJson>,
}

impl From<&Part> for PartJson {
    fn from(part: &Part) -> Self {
        let media = part.media.iter().map(|media| PartMediaJson {
            digest: media.digest.to_string(),
            alt: media.alt.clone(),
        });
        Self {
            text: part.text.clone(),
            media: media.collect(),
            link_card: part.link_card.as_ref().map(|card| LinkCardJson {
                uri: card.uri.clone(),
                title: card.title.clone(),
                description: card.description.clone(),
            }),
        }
    }
}

/// What leaves for one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Target", as = Target)]
pub struct TargetJson {
    /// The account.
    account: String,
    /// The text, exactly as a citizen will see it; of a series, the first part's.
    text: String,
    /// Everything that leaves, part by part.
    parts: Vec<PartJson>,
    /// The language, as ISO 639.
    language: Option<String>,
    /// Who can see it.
    #[schema(schema_with = words::visibility)]
    visibility: Visibility,
    /// The platform's id of the post that is answered, passed on, quoted or corrected.
    refers_to: Option<String>,
    /// Whom it goes to; null for everybody.
    audience: Option<AudienceJson>,
}

/// The stage whose turn it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Stage", as = CurrentStage)]
pub struct StageJson {
    /// Counted from 0.
    index: u16,
    /// What people call it.
    #[schema(example = "課長決裁")]
    title: String,
    /// Who may sign: `approver:div_…` or `role:…`.
    #[schema(example = "role:publicity")]
    requirement: String,
}

/// Somebody's word on a `confirm` finding.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Acknowledgement", as = Acknowledged)]
pub struct AcknowledgedJson {
    /// The finding.
    finding: String,
    /// Why it may stand.
    reason: String,
}

impl From<&Acknowledgement> for AcknowledgedJson {
    fn from(given: &Acknowledgement) -> Self {
        Self {
            finding: given.finding.to_string(),
            reason: given.reason.clone(),
        }
    }
}

/// One decision on a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "SignOff", as = SignOff)]
pub struct SignOffJson {
    id: String,
    /// The digest that the signer saw.
    digest: String,
    /// The stage, counted from 0.
    stage: u16,
    /// In which role it was given.
    requirement: String,
    /// By whom.
    by: String,
    /// What was decided.
    #[schema(schema_with = words::decision)]
    decision: Decision,
    /// Why; always there unless it was approved.
    reason: Option<String>,
    /// A wording that the signer suggests.
    suggested_text: Option<String>,
    /// The findings that the signer took responsibility for.
    acknowledgements: Vec<AcknowledgedJson>,
    /// When.
    at: Moment,
    /// When an edit made it void.
    voided_at: Option<Moment>,
}

impl SignOffJson {
    fn new(recorded: &Recorded, zone: chrono_tz::Tz) -> Self {
        let given = &recorded.sign_off;
        Self {
            id: given.id.to_string(),
            digest: given.revision.to_string(),
            stage: given.stage,
            requirement: given.requirement.to_string(),
            by: given.by.to_string(),
            decision: given.decision,
            reason: given.reason.clone(),
            suggested_text: recorded.suggested_text.clone(),
            acknowledgements: given
                .acknowledgements
                .iter()
                .map(AcknowledgedJson::from)
                .collect(),
            at: Moment::new(given.at, zone),
            voided_at: recorded.voided_at.map(|at| Moment::new(at, zone)),
        }
    }
}

/// Somebody's assurance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "GivenAttestation", as = GivenAttestation)]
pub struct GivenJson {
    /// By whom.
    by: String,
    /// As what: `author`, or in which role they signed.
    #[serde(rename = "as")]
    #[schema(example = "author")]
    given_as: String,
    /// When.
    at: Moment,
}

/// Something that the policy in force asks people to assure of a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Attestation", as = Attestation)]
pub struct AttestationJson {
    /// What a submission or an approval names.
    #[schema(example = "responsible")]
    name: String,
    /// What is assured.
    text: BilingualText,
    /// Who is asked: `author`, `approver` or `role:…`.
    #[schema(example = "approver")]
    by: String,
    /// The clauses that this keeps.
    clauses: Vec<String>,
    /// `given`, `due` with the next step, or `later`.
    #[schema(schema_with = words::standing)]
    state: Standing,
    /// Who assured it of the latest revision.
    given: Vec<GivenJson>,
}

impl AttestationJson {
    fn new(view: &AttestationView, zone: chrono_tz::Tz) -> Self {
        let asked = &view.asked;
        let given = |given: &Given| GivenJson {
            by: given.by.to_string(),
            given_as: given.given_as.to_string(),
            at: Moment::new(given.at, zone),
        };
        Self {
            name: asked.name.clone(),
            text: BilingualText::new(asked.text.ja.clone(), asked.text.en.clone()),
            by: asked.by.to_string(),
            clauses: asked.clauses.clone(),
            state: view.standing,
            given: view.given.iter().map(given).collect(),
        }
    }
}

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Post", as = Post)]
pub struct PostJson {
    #[schema(example = "pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// Where it stands.
    #[schema(schema_with = words::post_state)]
    state: PostPhase,
    /// How it ended, once it is completed.
    #[schema(schema_with = words::summary, nullable)]
    summary: Option<Summary>,
    /// Grows with every change; what `If-Match` takes.
    version: i64,
    /// What it is for.
    #[schema(schema_with = words::kind)]
    kind: Kind,
    /// What it does on the platform.
    #[schema(schema_with = words::act)]
    act: Act,
    /// 文書番号
    #[schema(example = "広第123号")]
    document_number: Option<String>,
    /// 出典: where what it says comes from.
    #[schema(example = "気象庁「大雪に関する情報」（11月24日）")]
    source: Option<String>,
    /// Who queued it.
    author: String,
    /// Names the content of the latest revision: what an approval must repeat.
    digest: String,
    /// The number of the latest revision, from 1.
    revision: i64,
    /// When it may leave.
    allowed: RangeJson,
    /// When it shall leave.
    publish: PublishJson,
    /// The language, as ISO 639.
    #[schema(example = "ja")]
    language: Option<String>,
    /// Who can see it.
    #[schema(schema_with = words::visibility)]
    visibility: Visibility,
    /// What leaves, for each account.
    targets: Vec<TargetJson>,
    /// What it costs, for each account whose platform takes money for a post: seen before it is signed.
    costs: Vec<CostJson>,
    /// One for each account; none before it was submitted.
    deliveries: Vec<DeliveryJson>,
    /// The stage whose turn it is, while it is in review.
    stage: Option<StageJson>,
    /// All decisions, void ones too.
    sign_offs: Vec<SignOffJson>,
    /// What the policy in force asks people to assure, and what they did.
    attestations: Vec<AttestationJson>,
    /// When it was queued.
    created_at: Moment,
    /// When it last changed.
    updated_at: Moment,
    /// The zone of its first account.
    #[schema(example = "Asia/Tokyo")]
    zone: &'static str,
}

impl From<&PostView> for PostJson {
    fn from(view: &PostView) -> Self {
        let (post, content, zone) = (&view.post, &view.revision.content, view.zone);
        let first = content.payloads().first();
        let stage = |title: &crate::domain::route::Stage, index| StageJson {
            index,
            title: title.title.clone(),
            requirement: title.requirement.to_string(),
        };
        Self {
            id: post.id.to_string(),
            state: post.state.phase(),
            summary: match &post.state {
                PostState::Completed { summary, .. } => Some(*summary),
                _ => None,
            },
            version: post.version,
            kind: content.kind,
            act: content.act,
            document_number: post.document_number.clone(),
            source: content.source.as_ref().map(ToString::to_string),
            author: post.author.to_string(),
            digest: view.revision.digest.to_string(),
            revision: view.revision.number,
            allowed: RangeJson::new(content.range, zone),
            publish: match post.publish {
                PublishMode::At(at) => PublishJson::At {
                    at: Moment::new(at, zone),
                },
                PublishMode::OnApproval => PublishJson::OnApproval,
            },
            language: content.language().map(str::to_owned),
            visibility: first.map_or(Visibility::Public, |payload| payload.visibility),
            targets: targets(content),
            costs: CostJson::all(&view.costs),
            deliveries: view.deliveries.iter().map(DeliveryJson::from).collect(),
            stage: match &post.state {
                PostState::InReview { stage: index, .. } => {
                    post.current_stage().map(|current| stage(current, *index))
                }
                _ => None,
            },
            sign_offs: view
                .sign_offs
                .iter()
                .map(|given| SignOffJson::new(given, zone))
                .collect(),
            attestations: view
                .attestations
                .iter()
                .map(|asked| AttestationJson::new(asked, zone))
                .collect(),
            created_at: Moment::new(view.created_at, zone),
            updated_at: Moment::new(view.updated_at, zone),
            zone: zone.name(),
        }
    }
}

/// What leaves, for each account.
pub(super) fn targets(content: &Content) -> Vec<TargetJson> {
    content
        .payloads()
        .iter()
        .map(|payload| TargetJson {
            account: payload.account.to_string(),
            text: payload
                .parts
                .first()
                .map(|part| part.text.clone())
                .unwrap_or_default(),
            parts: payload.parts.iter().map(PartJson::from).collect(),
            language: payload.language.clone(),
            visibility: payload.visibility,
            refers_to: payload.refers_to.clone(),
            audience: payload.audience.as_ref().map(AudienceJson::from),
        })
        .collect()
}

/// The entity tag of a post.
pub(super) fn tag_of(view: &PostView) -> String {
    let mark = (!view.deliveries.is_empty()).then(|| {
        let mut hash = Sha256::new();
        for shown in &view.deliveries {
            // All that a delivery's state holds is shown, so all of it counts.
            hash.update(format!("{:?}{:?}", shown.delivery, shown.corrections));
        }
        let bytes = hash.finalize();
        u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    });
    etag::tag(view.post.version, mark)
}
