//! No link may hide where it leads (AKI-7.1b), whatever its spelling and whatever the mode.

use super::{Found, Place, Reading, Report, RuleInfo};
use crate::{
    domain::finding::{Message, Severity},
    gate::hosts::Listing,
};

const SHORTENER: RuleInfo = RuleInfo::fixed("link.shortener", &["AKI-7.1b"]);
const PLATFORM_SHORT_HOST: RuleInfo =
    RuleInfo::adjustable("link.platform_short_host", Severity::Block, &["AKI-7.1b"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[SHORTENER, PLATFORM_SHORT_HOST];

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    let hosts = report.case.policy.hosts();
    for reading in readings {
        for host in hosts.find(reading.text) {
            let (rule, key) = match host.listing {
                Listing::Shortener => (&SHORTENER, shortener_key(reading.place)),
                Listing::PlatformShort => (&PLATFORM_SHORT_HOST, platform_key(reading.place)),
            };
            let message = Message::new(key).with("host", &host.ascii);
            let found = Found::new(rule, message)
                .at(reading.span(host.span))
                .evidence(reading.evidence(&host.ascii));
            report.add_on_each(reading, &found);
        }
    }
}

const fn shortener_key(place: Place) -> &'static str {
    match place {
        Place::Text => "finding-link-shortener",
        Place::CardLink | Place::Card => "finding-link-shortener-card",
        Place::Alt => "finding-link-shortener-alt",
        Place::Reference => "finding-link-shortener-reference",
    }
}

const fn platform_key(place: Place) -> &'static str {
    match place {
        Place::Text => "finding-link-platform-short-host",
        Place::CardLink | Place::Card => "finding-link-platform-short-host-card",
        Place::Alt => "finding-link-platform-short-host-alt",
        Place::Reference => "finding-link-platform-short-host-reference",
    }
}

#[cfg(test)]
mod tests;
