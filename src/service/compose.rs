//! From what a clerk hands in to the final payloads that people sign.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, FixedOffset, TimeZone as _, Utc};

use super::{FieldError, ServiceError};
use crate::domain::{
    abilities::{self, Languages},
    account::Account,
    audience::{Audience, AudienceError, Chosen},
    finding::Message,
    ids::AccountId,
    post::PublishMode,
    revision::{Act, AllowedRange, Content, Kind, Media, Part, Payload, Visibility},
    source::Source,
    text::MAX_TEXT_BYTES,
    window::falls_into_gap,
};

/// How long a post that leaves when approved may wait for its last signature.
const ON_APPROVAL_RANGE: Duration = Duration::days(7);

/// How long a range may be at most: what is signed for longer is forgotten.
const LONGEST_RANGE: Duration = Duration::days(92);

/// More parts than anybody reads.
const MOST_PARTS: usize = 25;

/// When a post shall leave, as it was written: the offset tells a time that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// At a time.
    At(DateTime<FixedOffset>),
    /// When the last stage approved.
    OnApproval,
}

/// Whether a draft is handed over at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// It stays a draft.
    Later,
    /// It is submitted in the same step, with what its author assures by these names.
    Now(Vec<String>),
}

impl Submission {
    /// At once, with nothing to assure.
    #[must_use]
    pub const fn now() -> Self {
        Self::Now(Vec::new())
    }
}

/// One account that a draft goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftTarget {
    /// The account.
    pub account: AccountId,
    /// A text for this account alone.
    pub text: Option<String>,
    /// Pictures and films that go with it.
    pub media: Vec<Media>,
    /// Several parts for this account alone, in place of a text.
    pub parts: Option<Vec<Part>>,
    /// The platform's id of the post that is answered, passed on, quoted or corrected; our id of a delivery is put into
    /// the platform's words before it is composed.
    pub refers_to: Option<String>,
    /// Whom it goes to, where that is not everybody; checked when it is composed.
    pub audience: Option<Chosen>,
}

/// What a clerk hands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it does.
    pub act: Act,
    /// What it is for.
    pub kind: Kind,
    /// 文書番号
    pub document_number: Option<String>,
    /// 出典; checked when it is composed.
    pub source: Option<String>,
    /// The text for all accounts.
    pub text: Option<String>,
    /// Pictures and films that go with it.
    pub media: Vec<Media>,
    /// Several parts (連投) for all accounts, in place of a text.
    pub parts: Option<Vec<Part>>,
    /// Where it goes.
    pub targets: Vec<DraftTarget>,
    /// The language, as ISO 639-1.
    pub language: Option<String>,
    /// Who can see it.
    pub visibility: Visibility,
    /// When it shall leave.
    pub timing: Timing,
    /// When it may leave; without one, the day of the planned time, or a week for `OnApproval`.
    pub range: Option<(DateTime<FixedOffset>, DateTime<FixedOffset>)>,
    /// Whether it is submitted at once.
    pub submission: Submission,
}

/// What an edit changes; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The text for all accounts.
    pub text: Option<String>,
    /// Pictures and films that go with it, in place of those before.
    pub media: Option<Vec<Media>>,
    /// Several parts for all accounts, in place of what was said before.
    pub parts: Option<Vec<Part>>,
    /// The accounts, instead of the ones before.
    pub targets: Option<Vec<DraftTarget>>,
    /// The language.
    pub language: Option<String>,
    /// Who can see it.
    pub visibility: Option<Visibility>,
    /// When it shall leave.
    pub timing: Option<Timing>,
    /// When it may leave.
    pub range: Option<(DateTime<FixedOffset>, DateTime<FixedOffset>)>,
    /// 文書番号; `Some(None)` takes it away.
    pub document_number: Option<Option<String>>,
    /// 出典; `Some(None)` takes it away.
    pub source: Option<Option<String>>,
    /// Whether it is submitted at once.
    pub submission: Submission,
}

/// What a draft became.
#[derive(Debug, Clone)]
pub(super) struct Composed {
    pub(super) content: Content,
    pub(super) publish: PublishMode,
}

/// Renders a draft. `accounts` are those of the organization that the draft names.
pub(super) fn compose(
    draft: &Draft,
    accounts: &BTreeMap<AccountId, Account>,
    now: DateTime<Utc>,
) -> Result<Composed, ServiceError> {
    let mut errors = Vec::new();
    if draft.kind == Kind::Drill {
        errors.push(FieldError::at("/kind", "field-kind-drill"));
    }
    check_document_number(draft.document_number.as_deref(), &mut errors);
    let source = source(draft.source.as_deref(), &mut errors);
    if draft.language.as_deref().is_some_and(|code| !is_language(code)) {
        errors.push(FieldError::at("/language", "field-language"));
    }
    let payloads = payloads(draft, accounts, &mut errors);
    let zones: Vec<chrono_tz::Tz> = draft
        .targets
        .iter()
        .filter_map(|target| accounts.get(&target.account))
        .map(|a| a.zone)
        .collect();
    let publish = publish_mode(draft.timing, &zones, now, &mut errors);
    let range = range(draft, &zones, now, &mut errors);
    match (errors.is_empty(), range) {
        (true, Some(range)) => {
            let content = Content::new(draft.act, draft.kind, None, range, payloads)?;
            Ok(Composed {
                content: content.with_source(source),
                publish,
            })
        }
        _ => Err(ServiceError::Invalid(errors)),
    }
}

fn payloads(
    draft: &Draft,
    accounts: &BTreeMap<AccountId, Account>,
    errors: &mut Vec<FieldError>,
) -> Vec<Payload> {
    let mut payloads = Vec::with_capacity(draft.targets.len());
    for (index, target) in draft.targets.iter().enumerate() {
        let Some(account) = accounts.get(&target.account) else {
            errors.push(FieldError::at(
                format!("/targets/{index}/account"),
                "field-account-unknown",
            ));
            continue;
        };
        if draft.act != Act::New && target.refers_to.is_none() {
            errors.push(FieldError::at(
                format!("/targets/{index}/refers_to"),
                "field-required",
            ));
        }
        let audience = audience(index, target, errors);
        let Some(parts) = wording(draft, index, target, errors) else {
            continue;
        };
        payloads.push(Payload {
            account: target.account,
            parts,
            language: draft.language.clone().filter(|_| is_told_languages(account)),
            visibility: draft.visibility,
            refers_to: target.refers_to.clone(),
            audience,
        });
    }
    payloads
}

/// Whom it goes to. A choice that is none is an error: taken for none, it would go to everybody.
fn audience(index: usize, target: &DraftTarget, errors: &mut Vec<FieldError>) -> Option<Audience> {
    let key = match Audience::try_from(target.audience.clone()?) {
        Ok(audience) => return Some(audience),
        Err(AudienceError::Everybody) => "field-audience-everybody",
        Err(AudienceError::TooManyGroups) => "field-audience-groups",
        Err(AudienceError::Group) => "field-audience-group",
        Err(AudienceError::Reversed) => "field-audience-reversed",
        Err(AudienceError::TooMany) => "field-audience-most",
    };
    errors.push(FieldError::at(format!("/targets/{index}/audience"), key));
    None
}

/// The parts for one account: its own words, or else those for all.
fn wording(
    draft: &Draft,
    index: usize,
    target: &DraftTarget,
    errors: &mut Vec<FieldError>,
) -> Option<Vec<Part>> {
    let own = Said {
        place: format!("/targets/{index}"),
        text: target.text.as_deref(),
        media: &target.media,
        parts: target.parts.as_deref(),
    };
    let common = Said {
        place: String::new(),
        text: draft.text.as_deref(),
        media: &draft.media,
        parts: draft.parts.as_deref(),
    };
    let said = if own.is_anything() { own } else { common };
    match (draft.act, said.is_anything()) {
        // What is passed on has no words of one's own.
        (Act::Repost, false) => Some(vec![Part::default()]),
        (Act::Repost, true) => {
            errors.push(FieldError::at(said.place + "/text", "field-repost-says-nothing"));
            None
        }
        (_, true) => said.parts(errors),
        (_, false) => {
            errors.push(FieldError::at("/text", "field-required"));
            None
        }
    }
}

/// Words as they were handed in, and where.
struct Said<'a> {
    place: String,
    text: Option<&'a str>,
    media: &'a [Media],
    parts: Option<&'a [Part]>,
}

impl Said<'_> {
    const fn is_anything(&self) -> bool {
        self.text.is_some() || self.parts.is_some() || !self.media.is_empty()
    }

    fn parts(self, errors: &mut Vec<FieldError>) -> Option<Vec<Part>> {
        let before = errors.len();
        let place = &self.place;
        let parts = match (self.parts, self.text) {
            (Some(_), Some(_)) => {
                errors.push(FieldError::at(format!("{place}/parts"), "field-text-and-parts"));
                return None;
            }
            (Some(parts), None) if parts.is_empty() || parts.len() > MOST_PARTS => {
                let message = Message::new("field-parts").with("most", MOST_PARTS);
                let pointer = format!("{place}/parts");
                errors.push(FieldError { pointer, message });
                return None;
            }
            (Some(parts), None) => {
                for (number, part) in parts.iter().enumerate() {
                    check_text(&part.text, format!("{place}/parts/{number}/text"), errors);
                }
                parts.to_vec()
            }
            (None, text) => {
                let text = text.unwrap_or_default();
                check_text(text, format!("{place}/text"), errors);
                vec![Part {
                    text: text.to_owned(),
                    link_card: None,
                    media: self.media.to_vec(),
                }]
            }
        };
        (errors.len() == before).then_some(parts)
    }
}

fn check_text(text: &str, pointer: String, errors: &mut Vec<FieldError>) {
    if text.len() > MAX_TEXT_BYTES {
        let message = Message::new("field-text-too-long").with("limit", MAX_TEXT_BYTES);
        errors.push(FieldError { pointer, message });
    }
}

fn publish_mode(
    timing: Timing,
    zones: &[chrono_tz::Tz],
    now: DateTime<Utc>,
    errors: &mut Vec<FieldError>,
) -> PublishMode {
    match timing {
        Timing::OnApproval => PublishMode::OnApproval,
        Timing::At(written) => {
            check_written(written, zones, "/publish/at", errors);
            let at = written.with_timezone(&Utc);
            if at < now {
                errors.push(FieldError::at("/publish/at", "field-time-past"));
            }
            PublishMode::At(at)
        }
    }
}

/// A wall-clock time that a zone's clock jumps over was surely meant otherwise.
pub(super) fn check_written(
    written: DateTime<FixedOffset>,
    zones: &[chrono_tz::Tz],
    pointer: &str,
    errors: &mut Vec<FieldError>,
) {
    if zones.iter().any(|zone| falls_into_gap(written, *zone)) {
        errors.push(FieldError::at(pointer, "field-time-in-gap"));
    }
}

fn range(
    draft: &Draft,
    zones: &[chrono_tz::Tz],
    now: DateTime<Utc>,
    errors: &mut Vec<FieldError>,
) -> Option<AllowedRange> {
    let range = match (draft.range, draft.timing) {
        (Some((earliest, latest)), _) => {
            check_written(earliest, zones, "/allowed/earliest", errors);
            check_written(latest, zones, "/allowed/latest", errors);
            AllowedRange::new(earliest.with_timezone(&Utc), latest.with_timezone(&Utc))
        }
        (None, Timing::OnApproval) => AllowedRange::new(now, now + ON_APPROVAL_RANGE),
        (None, Timing::At(at)) => zones
            .first()
            .and_then(|zone| day_of(at.with_timezone(&Utc), *zone)),
    };
    let Some(range) = range else {
        if !draft.targets.is_empty() && !zones.is_empty() {
            errors.push(FieldError::at("/allowed", "field-range-reversed"));
        } else if draft.targets.is_empty() {
            errors.push(FieldError::at("/targets", "field-targets-empty"));
        }
        return None;
    };
    if range.latest < now {
        errors.push(FieldError::at("/allowed/latest", "field-time-past"));
    }
    if range.latest - range.earliest > LONGEST_RANGE {
        errors.push(FieldError::at("/allowed/latest", "field-range-too-long"));
    }
    if let Timing::At(at) = draft.timing
        && !range.contains(at.with_timezone(&Utc))
    {
        errors.push(FieldError::at("/publish/at", "field-time-outside-range"));
    }
    Some(range)
}

/// The local day of a time, as far as the zone's clock has one.
fn day_of(at: DateTime<Utc>, zone: chrono_tz::Tz) -> Option<AllowedRange> {
    let date = at.with_timezone(&zone).date_naive();
    let midnight = |date: chrono::NaiveDate| {
        zone.from_local_datetime(&date.and_time(chrono::NaiveTime::MIN))
            .earliest()
            .map(|t| t.with_timezone(&Utc))
    };
    let first = midnight(date).unwrap_or(at);
    let next = midnight(date.succ_opt()?).unwrap_or(first + Duration::days(1));
    AllowedRange::new(first, next - Duration::microseconds(1))
}

fn check_document_number(number: Option<&str>, errors: &mut Vec<FieldError>) {
    let bad =
        |text: &str| text.trim().is_empty() || text.chars().count() > 100 || text.contains(char::is_control);
    if number.is_some_and(bad) {
        errors.push(FieldError::at("/document_number", "field-document-number"));
    }
}

/// Where it comes from. A source that is none is an error: taken for none, the post would claim to have none.
fn source(named: Option<&str>, errors: &mut Vec<FieldError>) -> Option<Source> {
    let source = named?.parse().ok();
    if source.is_none() {
        errors.push(FieldError::at("/source", "field-source"));
    }
    source
}

/// What an account's platform has no place for is not part of what is signed for it.
fn is_told_languages(account: &Account) -> bool {
    abilities::of(account.platform).language == Languages::Told
}

fn is_language(code: &str) -> bool {
    (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase())
}
