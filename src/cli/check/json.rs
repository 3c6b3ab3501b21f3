//! Findings for scripts, in both languages.

use serde_json::json;

use crate::{
    domain::finding::Finding,
    i18n::{I18n, Language},
};

/// An array of findings, worst first.
pub(super) fn render(findings: &[Finding]) -> anyhow::Result<String> {
    let told: Vec<serde_json::Value> = findings.iter().map(one).collect();
    Ok(serde_json::to_string_pretty(&told)? + "\n")
}

fn one(finding: &Finding) -> serde_json::Value {
    let message = |language| I18n::get().message(language, &finding.message);
    json!({
        "id": finding.id.to_string(),
        "rule": finding.rule,
        "severity": finding.severity.as_str(),
        "place": finding.place.as_ref().map(|place| json!({
            "part": place.part + 1,
            "field": place.field.as_str(),
            "medium": place.field.medium().map(|index| index + 1),
        })),
        "span": finding.span().map(|span| json!({
            "bytes": { "start": span.bytes.start, "end": span.bytes.end },
            "chars": { "start": span.chars.start, "end": span.chars.end },
        })),
        "message": { "ja": message(Language::Ja), "en": message(Language::En) },
        "clauses": finding.clauses,
    })
}
