//! What others judge: the outside checker, and the site's own rules.

use super::{Reading, Report, RuleInfo};

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[];

pub(super) fn check(_report: &mut Report<'_>, _readings: &[Reading<'_>]) {}
