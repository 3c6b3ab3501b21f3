//! Hosts of the lists, whatever their spelling and whatever the mode.

use super::{LISTED, PLATFORM_SHORT_HOST, Report, SHORTENER, Seen, Spot};
use crate::{
    domain::finding::Message,
    gate::hosts::{Host, Listing},
};

pub(super) fn check(report: &mut Report<'_>, seen: &Seen<'_>, host: &Host) {
    let (rule, key) = match host.listing {
        Listing::Shortener => (&SHORTENER, shortener_key(seen.spot)),
        Listing::PlatformShort => (&PLATFORM_SHORT_HOST, platform_key(seen.spot)),
        Listing::Refused => (&LISTED, "finding-link-listed"),
    };
    let message = Message::new(key).with("host", &host.ascii);
    seen.tell(report, rule, &message, &host.ascii, &host.span);
}

const fn shortener_key(spot: Spot) -> &'static str {
    match spot {
        Spot::Text => "finding-link-shortener",
        Spot::CardLink | Spot::Card => "finding-link-shortener-card",
        Spot::Alt => "finding-link-shortener-alt",
        Spot::Reference => "finding-link-shortener-reference",
        Spot::Code => "finding-link-shortener-code",
    }
}

const fn platform_key(spot: Spot) -> &'static str {
    match spot {
        Spot::Text => "finding-link-platform-short-host",
        Spot::CardLink | Spot::Card => "finding-link-platform-short-host-card",
        Spot::Alt => "finding-link-platform-short-host-alt",
        Spot::Reference => "finding-link-platform-short-host-reference",
        Spot::Code => "finding-link-platform-short-host-code",
    }
}
