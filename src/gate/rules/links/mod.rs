//! No link may hide where it leads (AKI-7.1b), and none leads where nobody should go.

mod hosts;
mod listed;
mod looks;
mod markup;
mod seen;
mod standing;

use super::{Found, Reading, Report, RuleInfo, Severity};
use crate::{
    domain::finding::Field,
    gate::{hosts::View, links::links_of_view},
};
use seen::Seen;

const SHORTENER: RuleInfo = RuleInfo::fixed("link.shortener", &["AKI-7.1b"]);
const PLATFORM_SHORT_HOST: RuleInfo =
    RuleInfo::adjustable("link.platform_short_host", Severity::Block, &["AKI-7.1b"]);
const LISTED: RuleInfo = RuleInfo::adjustable("link.listed", Severity::Block, &["YAM-5.6.5", "AKI-4.5.6"]);
const OPEN_REDIRECTOR: RuleInfo =
    RuleInfo::adjustable("link.open_redirector", Severity::Block, &["AKI-7.1b"]);
const REDIRECTOR: RuleInfo = RuleInfo::adjustable("link.redirector", Severity::Block, &["AKI-7.1b"]);
const FOREIGN: RuleInfo = RuleInfo::adjustable("link.foreign", Severity::Confirm, &["KUR-6.2b"]);
const INSECURE: RuleInfo = RuleInfo::adjustable("link.insecure", Severity::Confirm, &["AKI-4.5.6"]);
const USERINFO: RuleInfo = RuleInfo::adjustable("link.userinfo", Severity::Block, &["AKI-7.1b"]);
const ADDRESS: RuleInfo = RuleInfo::adjustable("link.address", Severity::Block, &["AKI-7.1b"]);
const LOOKALIKE: RuleInfo =
    RuleInfo::adjustable("link.lookalike", Severity::Block, &["AKI-7.1b", "AKI-4.5.6"]);
const DEAD: RuleInfo = RuleInfo::adjustable("link.dead", Severity::Confirm, &["KUR-4.5"]);
const CERTIFICATE: RuleInfo = RuleInfo::adjustable("link.certificate", Severity::Confirm, &["AKI-4.5.6"]);
const LEAVES_SITE: RuleInfo = RuleInfo::adjustable("link.leaves_site", Severity::Confirm, &["KUR-6.2b"]);
const PRIVATE: RuleInfo = RuleInfo::adjustable("link.private", Severity::Block, &["AKI-4.5.6"]);
const UNCHECKED: RuleInfo = RuleInfo::adjustable("link.unchecked", Severity::Block, &["YAM-2.3", "AKI-7.1b"]);

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[
    SHORTENER,
    PLATFORM_SHORT_HOST,
    LISTED,
    OPEN_REDIRECTOR,
    REDIRECTOR,
    FOREIGN,
    INSECURE,
    USERINFO,
    ADDRESS,
    LOOKALIKE,
    DEAD,
    CERTIFICATE,
    LEAVES_SITE,
    PRIVATE,
    UNCHECKED,
    markup::MARKUP,
];

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    markup::check(report, readings);
    let case = report.case;
    for seen in seen::all(case, readings) {
        let listed = &case.policy.sites().listed;
        let view: View = listed.view(seen.text);
        for host in listed.find(&view) {
            listed::check(report, &seen, &host);
        }
        for link in links_of_view(seen.text, &view) {
            hosts::check(report, &seen, &link);
            if seen.field != Field::RefersTo {
                looks::check(report, &seen, &link);
            }
        }
    }
}

#[cfg(test)]
mod hosts_tests;
#[cfg(test)]
mod looks_tests;
#[cfg(test)]
mod tests;
