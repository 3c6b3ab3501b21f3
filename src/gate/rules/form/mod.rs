//! What the account's form asks for: closing line, hashtags, mentions, media.

use super::{Reading, Report, RuleInfo};

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[];

pub(super) fn check(_report: &mut Report<'_>, _readings: &[Reading<'_>]) {}
