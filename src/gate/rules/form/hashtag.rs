//! Whether the hashtags stand there without which the account does not speak.

use std::collections::BTreeSet;

use super::super::{Found, Report, RuleInfo, Severity};
use crate::{
    domain::{finding::Message, revision::Payload},
    gate::normalise::Normalised,
};

pub(super) const HASHTAG: RuleInfo = RuleInfo::adjustable(
    "form.hashtag",
    Severity::Confirm,
    &["KUR-6.3", "AKI-4.2", "MIS-3.4a"],
);

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        let Some(required) = case.records.required_hashtags.get(&account.id) else {
            continue;
        };
        let present = present(target.payload);
        for tag in required {
            let name = Normalised::of(tag.trim())
                .text()
                .trim_start_matches('#')
                .to_owned();
            if name.is_empty() || present.contains(&name) {
                continue;
            }
            let message = Message::new("finding-form-hashtag")
                .with("account", &account.name)
                .with("hashtag", tag);
            let found = Found::new(&HASHTAG, message).on(account.id);
            report.add(found.evidence(name));
        }
    }
}

/// The hashtags of all parts, normalised, without their mark.
fn present(payload: &Payload) -> BTreeSet<String> {
    let mut present = BTreeSet::new();
    for part in &payload.parts {
        let text = Normalised::of(&part.text);
        present.extend(hashtags(text.text()).map(str::to_owned));
    }
    present
}

/// A hashtag begins behind no letter and goes on as far as letters, digits and underscores do.
fn hashtags(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('#').filter_map(|(at, mark)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '&' | '#')) {
            return None;
        }
        let name = &text[at + mark.len()..];
        let end = name
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(name.len());
        (end > 0).then(|| &name[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("#防災 #あけぼの市_広報です。", &["防災", "あけぼの市_広報です"])]
    #[case("(#防災)、#防災!", &["防災", "防災"])]
    #[case("防災#あけぼの /#a &#39; # ##", &[])]
    fn a_hashtag_ends_where_the_platforms_end_it(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(hashtags(text).collect::<Vec<_>>(), expected);
    }
}
