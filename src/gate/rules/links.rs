//! No link may hide where it leads (AKI-7.1b), whatever its spelling and whatever the mode.

use super::{
    Found, Report, RuleInfo,
    shown::{Place, texts},
};
use crate::{
    domain::finding::{Message, Severity},
    gate::hosts::Listing,
};

pub(super) const SHORTENER: RuleInfo = RuleInfo::fixed("link.shortener", &["AKI-7.1b"]);
pub(super) const PLATFORM_SHORT_HOST: RuleInfo =
    RuleInfo::adjustable("link.platform_short_host", Severity::Block, &["AKI-7.1b"]);

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        for shown in texts(target.payload) {
            for host in case.policy.hosts().find(shown.text) {
                let (rule, key) = match host.listing {
                    Listing::Shortener => (&SHORTENER, shortener_key(shown.place)),
                    Listing::PlatformShort => (&PLATFORM_SHORT_HOST, platform_key(shown.place)),
                };
                let message = Message::new(key)
                    .with("account", &target.account.name)
                    .with("host", &host.ascii);
                report.add(
                    Found::new(rule, message)
                        .on(target.account.id)
                        .at(shown.span(host.span))
                        .evidence(format!("{}/{}", shown.place.word(), host.ascii)),
                );
            }
        }
    }
}

const fn shortener_key(place: Place) -> &'static str {
    match place {
        Place::Text => "finding-link-shortener",
        Place::Card => "finding-link-shortener-card",
        Place::Alt => "finding-link-shortener-alt",
        Place::Reference => "finding-link-shortener-reference",
    }
}

const fn platform_key(place: Place) -> &'static str {
    match place {
        Place::Text => "finding-link-platform-short-host",
        Place::Card => "finding-link-platform-short-host-card",
        Place::Alt => "finding-link-platform-short-host-alt",
        Place::Reference => "finding-link-platform-short-host-reference",
    }
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
