//! Hosts of the lists, whatever their spelling and whatever the mode.

use super::{LISTED, PLATFORM_SHORT_HOST, Report, SHORTENER, Seen};
use crate::{
    domain::finding::{Field, Message},
    gate::hosts::{Host, Listing},
};

pub(super) fn check(report: &mut Report<'_>, seen: &Seen<'_>, host: &Host) {
    let (rule, key) = match host.listing {
        Listing::Shortener => (&SHORTENER, shortener_key(seen.field)),
        Listing::PlatformShort => (&PLATFORM_SHORT_HOST, platform_key(seen.field)),
        Listing::Refused => (&LISTED, "finding-link-listed"),
    };
    let message = Message::new(key).with("host", &host.ascii);
    seen.tell(report, rule, &message, &host.ascii, &host.span);
}

const fn shortener_key(field: Field) -> &'static str {
    match field {
        Field::Text => "finding-link-shortener",
        Field::CardUri | Field::CardTitle | Field::CardDescription => "finding-link-shortener-card",
        Field::Alt(_) => "finding-link-shortener-alt",
        Field::RefersTo => "finding-link-shortener-reference",
        Field::Medium(_) => "finding-link-shortener-code",
    }
}

const fn platform_key(field: Field) -> &'static str {
    match field {
        Field::Text => "finding-link-platform-short-host",
        Field::CardUri | Field::CardTitle | Field::CardDescription => "finding-link-platform-short-host-card",
        Field::Alt(_) => "finding-link-platform-short-host-alt",
        Field::RefersTo => "finding-link-platform-short-host-reference",
        Field::Medium(_) => "finding-link-platform-short-host-code",
    }
}
