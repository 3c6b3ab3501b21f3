//! Whether everybody can read it (JIS X 8341-3), and read it at once.

use super::{Reading, Report, RuleInfo};

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[];

pub(super) fn check(_report: &mut Report<'_>, _readings: &[Reading<'_>]) {}
