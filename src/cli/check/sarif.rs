//! Findings as SARIF 2.1.0 (OASIS), for editors and code hosts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    domain::finding::{Finding, Severity, Span},
    i18n::{I18n, Language},
};

/// One run with one result a finding.
pub(super) fn render(
    name: &str,
    text: &str,
    findings: &[Finding],
    language: Language,
) -> anyhow::Result<String> {
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    let rules: Vec<Value> = rules.into_iter().map(|id| json!({ "id": id })).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| result(name, text, finding, language))
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Sekisho", "version": env!("CARGO_PKG_VERSION"), "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn result(name: &str, text: &str, finding: &Finding, language: Language) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": name } });
    if let Some(span) = finding.span() {
        place["region"] = region(text, span);
    }
    json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": I18n::get().message(language, &finding.message) },
        "locations": [{ "physicalLocation": place }],
        "partialFingerprints": { "sekishoFinding/v1": finding.id.to_string() },
        "properties": { "clauses": finding.clauses },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "error",
        Severity::Confirm => "warning",
        Severity::Notice => "note",
    }
}

/// Lines and columns count from 1, the end column stands after the last character.
fn region(text: &str, span: &Span) -> Value {
    let place = |at: usize| {
        let line = text[..at].matches('\n').count() + 1;
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        (line, text[start..at].chars().count() + 1)
    };
    let (start_line, start_column) = place(span.bytes.start);
    let (end_line, end_column) = place(span.bytes.end);
    json!({
        "startLine": start_line, "startColumn": start_column,
        "endLine": end_line, "endColumn": end_column,
        "charOffset": span.chars.start, "charLength": span.chars.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_counts_characters_from_one() {
        let text = "一行目\n二行目 bit.ly";
        let start = text.find("bit").expect("there");
        let region = region(text, &Span::of(text, start..start + 6));
        assert_eq!(
            region,
            json!({
                "startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 11,
                "charOffset": 8, "charLength": 6,
            })
        );
    }
}
