//! Personal data (個人情報).

use super::{Reading, Report, RuleInfo};

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[];

pub(super) fn check(_report: &mut Report<'_>, _readings: &[Reading<'_>]) {}
