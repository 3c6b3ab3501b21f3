//! What a clerk hands in, for a new post and for a dry run.

use serde::Deserialize;
use utoipa::ToSchema;

use super::audience::AudienceJson;
use crate::{
    domain::{
        audience::Chosen,
        digest::MediaDigest,
        finding::Message,
        ids::AccountId,
        revision::{Act, Kind, LinkCard, Media, Part, Visibility},
    },
    service::{Draft, DraftTarget, Submission, Timing},
    web::{
        moment::WrittenTime,
        problem::{Problem, ProblemType},
        words,
    },
};

/// A picture or film that was uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMedia {
    /// The digest that the upload answered.
    #[schema(value_type = String, example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: MediaDigest,
    /// What it shows, for who cannot see it (JIS X 8341-3).
    alt: String,
}

impl From<NewMedia> for Media {
    fn from(media: NewMedia) -> Self {
        Self {
            digest: media.digest,
            alt: media.alt,
        }
    }
}

/// A preview under a text, where the platform shows ours.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLinkCard {
    /// Where it leads.
    uri: String,
    /// Its title.
    title: String,
    /// Its description.
    description: String,
}

/// One part of a series (連投).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPart {
    /// The text.
    text: String,
    /// Pictures and films.
    #[serde(default)]
    media: Vec<NewMedia>,
    /// A preview of our own making.
    #[serde(default)]
    link_card: Option<NewLinkCard>,
}

impl From<NewPart> for Part {
    fn from(part: NewPart) -> Self {
        Self {
            text: part.text,
            media: part.media.into_iter().map(Media::from).collect(),
            link_card: part.link_card.map(|card| LinkCard {
                uri: card.uri,
                title: card.title,
                description: card.description,
            }),
        }
    }
}

pub(super) fn parts(given: Option<Vec<NewPart>>) -> Option<Vec<Part>> {
    Some(given?.into_iter().map(Part::from).collect())
}

/// One account that a post goes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    /// The account.
    #[schema(value_type = String, example = "acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    account: AccountId,
    /// A text for this account alone.
    #[serde(default)]
    text: Option<String>,
    /// Pictures and films that go with it.
    #[serde(default)]
    media: Vec<NewMedia>,
    /// Several parts (連投) for this account alone, in place of a text.
    #[serde(default)]
    parts: Option<Vec<NewPart>>,
    /// The post that is answered, passed on, quoted or corrected: the platform's id, or of our own the delivery's.
    #[serde(default)]
    refers_to: Option<String>,
    /// 配信対象: whom it goes to, where the platform lets one choose; everybody unless it is given.
    #[serde(default)]
    audience: Option<AudienceJson>,
}

impl From<NewTarget> for DraftTarget {
    fn from(target: NewTarget) -> Self {
        Self {
            account: target.account,
            text: target.text,
            media: target.media.into_iter().map(Media::from).collect(),
            parts: parts(target.parts),
            refers_to: target.refers_to,
            audience: target.audience.map(Chosen::from),
        }
    }
}

/// When a post shall leave.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", try_from = "WrittenTiming")]
pub enum NewTiming {
    /// At a time.
    At {
        /// The time, with its offset.
        at: WrittenTime,
    },
    /// When the last stage approved and the window is open.
    OnApproval {},
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    At,
    OnApproval,
}

/// The same, field by field: an error in one of them is found where it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTiming {
    mode: Mode,
    #[serde(default)]
    at: Option<WrittenTime>,
}

impl TryFrom<WrittenTiming> for NewTiming {
    type Error = &'static str;

    /// Errors are in serde's words, which the body's reader knows.
    fn try_from(written: WrittenTiming) -> Result<Self, Self::Error> {
        match (written.mode, written.at) {
            (Mode::At, Some(at)) => Ok(Self::At { at }),
            (Mode::OnApproval, None) => Ok(Self::OnApproval {}),
            (Mode::At, None) => Err("missing field `at`"),
            (Mode::OnApproval, Some(_)) => Err("unknown field `at`"),
        }
    }
}

impl From<NewTiming> for Timing {
    fn from(timing: NewTiming) -> Self {
        match timing {
            NewTiming::At { at } => Self::At(at.0),
            NewTiming::OnApproval {} => Self::OnApproval,
        }
    }
}

/// When a post may leave.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRange {
    /// Not before.
    pub(super) earliest: WrittenTime,
    /// Not after.
    pub(super) latest: WrittenTime,
}

/// Whether a post is handed over in the same step, and what its author assures with that.
pub(super) fn submission(submit: Option<bool>, attestations: Vec<String>) -> Result<Submission, Problem> {
    match (submit, attestations.is_empty()) {
        (Some(true), _) => Ok(Submission::Now(attestations)),
        (Some(false) | None, true) => Ok(Submission::Later),
        (Some(false) | None, false) => Err(Problem::new(ProblemType::InvalidFields).wrong(
            "/attestations".to_owned(),
            Message::new("field-attestations-later"),
        )),
    }
}

/// A post to be queued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "text": "【給水のお知らせ】11月24日(火)9時から、市役所本庁舎前で給水を行います。容器をお持ちください。",
    "targets": [{"account": "acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"}],
    "document_number": "水第45号",
    "publish": {"mode": "at", "at": "2026-11-24T09:00:00+09:00"},
    "submit": true
}))]
pub struct NewPost {
    /// The text for all accounts.
    #[serde(default)]
    text: Option<String>,
    /// Pictures and films that go with it.
    #[serde(default)]
    media: Vec<NewMedia>,
    /// Several parts (連投) for all accounts, in place of a text.
    #[serde(default)]
    parts: Option<Vec<NewPart>>,
    /// Where it goes.
    targets: Vec<NewTarget>,
    /// What it is for; `ordinary` unless it is given, or `correction` where it corrects.
    #[serde(default)]
    #[schema(schema_with = words::kind)]
    kind: Option<Kind>,
    /// What it does on the platform.
    #[serde(default)]
    #[schema(schema_with = words::act)]
    act: Option<Act>,
    /// 文書番号
    #[serde(default)]
    document_number: Option<String>,
    /// 出典: where what it says comes from, if that is somewhere else. Signed with it, and not published.
    #[serde(default)]
    #[schema(example = "気象庁「大雪に関する情報」（11月24日）")]
    source: Option<String>,
    /// The language, as ISO 639; `ja` unless it is given.
    #[serde(default)]
    language: Option<String>,
    /// Who can see it.
    #[serde(default)]
    #[schema(schema_with = words::visibility)]
    visibility: Option<Visibility>,
    /// When it shall leave.
    publish: NewTiming,
    /// When it may leave; without one, the day of the planned time, or a week for `on_approval`.
    #[serde(default)]
    allowed: Option<NewRange>,
    /// Whether it is submitted in the same step. A dry run pays no heed to it.
    #[serde(default)]
    submit: Option<bool>,
    /// What the author assures with the submission, by the names that the policy has; see `attestations` of a post.
    #[serde(default)]
    attestations: Vec<String>,
}

impl NewPost {
    /// What is queued, and perhaps handed over.
    pub(super) fn into_draft(mut self) -> Result<Draft, Problem> {
        let submission = submission(self.submit, std::mem::take(&mut self.attestations))?;
        Ok(Draft {
            submission,
            ..self.into_trial()
        })
    }

    /// What a dry run judges: as if it were handed over.
    pub(in crate::web) fn into_trial(self) -> Draft {
        let new = self;
        let act = new.act.unwrap_or(Act::New);
        Draft {
            act,
            kind: new.kind.unwrap_or(match act {
                Act::Correct => Kind::Correction,
                Act::New | Act::Reply | Act::Repost | Act::Quote => Kind::Ordinary,
            }),
            document_number: new.document_number,
            source: new.source,
            text: new.text,
            media: new.media.into_iter().map(Media::from).collect(),
            parts: parts(new.parts),
            targets: new.targets.into_iter().map(DraftTarget::from).collect(),
            language: Some(new.language.unwrap_or_else(|| "ja".to_owned())),
            visibility: new.visibility.unwrap_or(Visibility::Public),
            timing: new.publish.into(),
            range: new.allowed.map(|range| (range.earliest.0, range.latest.0)),
            submission: Submission::Now(new.attestations),
        }
    }
}
