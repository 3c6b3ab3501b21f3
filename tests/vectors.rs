//! Digests that people sign, against vectors that another program computed (scripts/data/revision_digest.py):
//! whoever keeps a digest can prove years later, without this code, what was signed.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, Utc};
use sekisho::domain::{
    digest::RevisionDigest,
    ids::{DrillId, OrganizationId},
    revision::{AllowedRange, Content, Payload},
    source::Source,
};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    #[serde(rename = "about")]
    _about: String,
    tag: String,
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    organization: OrganizationId,
    act: String,
    kind: String,
    drill: Option<DrillId>,
    earliest: DateTime<FixedOffset>,
    latest: DateTime<FixedOffset>,
    payloads: Vec<Payload>,
    source: Option<Source>,
    digest: RevisionDigest,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/revision_digest.json")).expect("the vectors")
}

impl Case {
    fn content(&self) -> Content {
        let utc = |at: DateTime<FixedOffset>| at.with_timezone(&Utc);
        let range = AllowedRange::new(utc(self.earliest), utc(self.latest)).expect("a range");
        let (act, kind) = (self.act.parse(), self.kind.parse());
        Content::new(
            act.expect("an act"),
            kind.expect("a kind"),
            self.drill,
            range,
            self.payloads.clone(),
        )
        .expect("a content")
        .with_source(self.source.clone())
    }
}

#[test]
fn every_digest_is_the_one_that_another_program_computed() {
    let vectors = vectors();
    assert_eq!(vectors.tag, "sekisho/revision/v1");
    assert!(vectors.cases.len() >= 20);
    for case in &vectors.cases {
        assert_eq!(
            case.content().digest(case.organization),
            case.digest,
            "{}",
            case.name
        );
    }
}

#[test]
fn the_order_in_which_targets_were_named_does_not_matter() {
    for case in &vectors().cases {
        let mut turned = case.content().payloads().to_vec();
        turned.reverse();
        let content = case.content();
        let again = Content::new(content.act, content.kind, content.drill, content.range, turned);
        let again = again.expect("a content").with_source(content.source.clone());
        assert_eq!(again, content, "{}", case.name);
    }
}

#[test]
fn no_two_vectors_share_a_digest() {
    let digests: BTreeSet<RevisionDigest> = vectors().cases.iter().map(|case| case.digest).collect();
    assert_eq!(digests.len(), vectors().cases.len());
}
