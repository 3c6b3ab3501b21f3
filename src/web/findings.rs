//! What a check has to say (指摘), as it is answered: in both languages, so that an answer fits every reader.

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::{costs::CostJson, moment::Moment, words};
use crate::{
    domain::{
        finding::{Finding, Message, Place, Severity, Span},
        text::Unit,
    },
    i18n::{I18n, Language},
    service::Checked,
};

/// A text in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct BilingualText {
    ja: String,
    en: String,
}

impl BilingualText {
    /// A text as it is.
    pub fn new(ja: String, en: String) -> Self {
        Self { ja, en }
    }

    /// What a message says.
    pub fn of(message: &Message) -> Self {
        let texts = I18n::get();
        Self {
            ja: texts.message(Language::Ja, message),
            en: texts.message(Language::En, message),
        }
    }
}

/// A half-open range, counted from 0.
#[derive(Debug, Serialize, ToSchema)]
pub struct Between {
    start: usize,
    end: usize,
}

/// Characters of a text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Span", as = Span)]
pub struct SpanJson {
    /// In bytes of UTF-8.
    bytes: Between,
    /// In Unicode scalar values.
    chars: Between,
}

impl From<&Span> for SpanJson {
    fn from(span: &Span) -> Self {
        let between = |range: &std::ops::Range<usize>| Between {
            start: range.start,
            end: range.end,
        };
        Self {
            bytes: between(&span.bytes),
            chars: between(&span.chars),
        }
    }
}

/// Where something stands in what goes to an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Place", as = Place, example = json!({"part": 1, "field": "alt", "medium": 2}))]
pub struct PlaceJson {
    /// Which part, from 1.
    part: usize,
    /// Which of its fields.
    #[schema(schema_with = words::field)]
    field: &'static str,
    /// Which of the part's pictures and films, from 1; none when no picture is meant.
    medium: Option<usize>,
}

impl From<&Place> for PlaceJson {
    fn from(place: &Place) -> Self {
        Self {
            part: place.part + 1,
            field: place.field.as_str(),
            medium: place.field.medium().map(|index| index + 1),
        }
    }
}

/// One finding of the gate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Finding", as = Finding)]
pub struct FindingJson {
    /// Names this finding: what an acknowledgement refers to.
    id: String,
    /// The rule, such as `link.shortener`.
    #[schema(example = "link.shortener")]
    rule: &'static str,
    /// How much it weighs.
    #[schema(schema_with = words::severity)]
    severity: Severity,
    /// The account that it concerns; none when it concerns the whole post.
    account: Option<String>,
    /// Where it stands in what goes to that account; none when it stands nowhere.
    place: Option<PlaceJson>,
    /// The characters that are meant, in the field of that place; none when all of it is meant.
    span: Option<SpanJson>,
    /// What is wrong and what to do.
    message: BilingualText,
    /// The clauses of the guidelines that the rule keeps.
    clauses: Vec<String>,
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        Self {
            id: finding.id.to_string(),
            rule: finding.rule,
            severity: finding.severity,
            account: finding.account.map(|id| id.to_string()),
            place: finding.place.as_ref().map(PlaceJson::from),
            span: finding.span().map(SpanJson::from),
            message: BilingualText::of(&finding.message),
            clauses: finding.clauses.iter().map(str::to_owned).collect(),
        }
    }
}

/// Used and allowed length of one part for one account, as its platform counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Count", as = Count, example = json!({"account": "acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6", "part": 1, "used": 36, "limit": 500, "left": 464, "unit": "graphemes"}))]
pub struct CountJson {
    /// The account.
    account: String,
    /// Which part, from 1.
    part: usize,
    /// What the text takes.
    used: u32,
    /// What the platform allows.
    limit: u32,
    /// What is left; negative when the text is too long.
    left: i64,
    /// In what the three are counted. Where a platform counts in two ways, the one of which more is used up.
    #[schema(schema_with = words::unit)]
    unit: Unit,
}

/// What the gate says of a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Verdict", as = Verdict)]
pub struct VerdictJson {
    /// Everything that was found, worst first.
    findings: Vec<FindingJson>,
    /// Whether nothing blocks.
    passes: bool,
    /// When the window is closed at the planned time: when it opens next.
    next_allowed: Option<Moment>,
    /// Lengths, for each account and part.
    counts: Vec<CountJson>,
    /// What it costs, for each account whose platform takes money for a post.
    costs: Vec<CostJson>,
    /// The version of the policy that judged.
    policy: String,
}

impl VerdictJson {
    /// What was said of a draft, times in a zone.
    #[must_use]
    pub fn new(checked: &Checked, zone: Tz) -> Self {
        let verdict = &checked.verdict;
        let count = |target: &crate::gate::TargetCount| CountJson {
            account: target.account.to_string(),
            part: target.part + 1,
            used: target.count.used,
            limit: target.count.limit,
            left: target.count.left(),
            unit: target.count.unit,
        };
        Self {
            findings: verdict.findings.iter().map(FindingJson::from).collect(),
            passes: verdict.passes(),
            next_allowed: verdict.next_allowed.map(|at| Moment::new(at, zone)),
            counts: verdict.counts.iter().map(count).collect(),
            costs: CostJson::all(&checked.costs),
            policy: verdict.policy.to_string(),
        }
    }
}
