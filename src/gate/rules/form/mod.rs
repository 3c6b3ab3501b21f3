//! What the account's form asks for: closing line, hashtags, mentions, sources, pictures, answers.

mod hashtag;
mod mention;
mod sign_off_line;
mod source;

use super::{Found, Reading, Report, RuleInfo, Severity, media_limits};
use crate::domain::{finding::Message, revision::Act};

const MEDIA_COUNT: RuleInfo = RuleInfo::adjustable("form.media_count", Severity::Block, &["KUR-4.5"]);
const REPLY: RuleInfo = RuleInfo::adjustable(
    "form.reply",
    Severity::Confirm,
    &["KUR-6.2b", "KUR-8.4a", "AKI-7.1d", "MIS-3.5b", "TOW-3.7"],
);

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[
    sign_off_line::SIGN_OFF_LINE,
    hashtag::HASHTAG,
    mention::MENTION,
    mention::FORBIDDEN,
    source::SOURCE_MISSING,
    MEDIA_COUNT,
    REPLY,
];

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    sign_off_line::check(report);
    hashtag::check(report);
    mention::check(report, readings);
    source::check(report, readings);
    media_count(report);
    reply(report);
}

/// Each part of a series carries its own pictures.
fn media_count(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let room = media_limits::of(target.account.platform).pictures;
        for (index, part) in target.payload.parts.iter().enumerate() {
            let count = part.media.len();
            let Some(most) = room.beside(&part.text).filter(|most| count > *most) else {
                continue;
            };
            let message = Message::new("finding-form-media-count")
                .with("account", &target.account.name)
                .with("count", count)
                .with("most", most);
            let found = Found::new(&MEDIA_COUNT, message).on(target.account.id);
            report.add(found.evidence(format!("part/{index}")));
        }
    }
}

/// An answer speaks to one citizen while everybody reads it. Whether it can be made at all is not judged here.
fn reply(report: &mut Report<'_>) {
    let case = report.case;
    let key = match case.content.act {
        Act::Reply => "finding-form-reply",
        Act::Quote => "finding-form-quote",
        Act::New | Act::Repost | Act::Correct => return,
    };
    for target in &case.targets {
        if let Some(answered) = &target.payload.refers_to {
            let message = Message::new(key).with("account", &target.account.name);
            let found = Found::new(&REPLY, message).on(target.account.id);
            report.add(found.evidence(answered));
        }
    }
}

#[cfg(test)]
mod tests;
