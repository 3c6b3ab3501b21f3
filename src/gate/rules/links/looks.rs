//! What was seen when somebody looked where a link leads.

use chrono::Duration;

use super::{
    CERTIFICATE, DEAD, LEAVES_SITE, LISTED, PRIVATE, REDIRECTOR, Report, RuleInfo, Seen, UNCHECKED,
    standing::{Standing, standing},
};
use crate::{
    domain::{
        evidence::{LinkEnd, LinkLook},
        finding::Message,
    },
    gate::{
        case::{Case, Phase},
        hosts::Listing,
        links::{Link, registrable},
        policy::LinkChecks,
    },
};

/// No path of a shortener is longer, in characters behind the first slash.
const LONGEST_CODE: usize = 12;

pub(super) fn check(report: &mut Report<'_>, seen: &Seen<'_>, link: &Link) {
    let case = report.case;
    if case.policy.link_checks() == LinkChecks::Off {
        return;
    }
    let Some(address) = link.address() else { return };
    let look = case.evidence.links.get(&address);
    if let Some(key) = missing(case, look) {
        let message = Message::new(key).with("link", &address);
        unchecked(report, seen, link, &message);
    }
    let Some(look) = look else { return };
    let hosts = hosts_of(look);
    let end = of_end(look).map(|(rule, key)| (rule, Message::new(key)));
    let found = end
        .into_iter()
        .chain(of_hops(case, &hosts))
        .chain(of_goal(case, link, &hosts));
    for (rule, message) in found {
        seen.tell(
            report,
            &rule,
            &message.with("link", &address),
            &address,
            &link.span,
        );
    }
}

/// Why a look does not count.
fn missing(case: &Case<'_>, look: Option<&LinkLook>) -> Option<&'static str> {
    let Some(look) = look else {
        return Some("finding-link-unchecked");
    };
    let allowed = Duration::hours(case.policy.link_look_hours().into());
    match look.end {
        _ if case.now - look.at > allowed => Some("finding-link-unchecked-old"),
        LinkEnd::NoAnswer => Some("finding-link-unchecked-no-answer"),
        LinkEnd::TooManyHops => Some("finding-link-unchecked-hops"),
        LinkEnd::Reached
        | LinkEnd::NotFound
        | LinkEnd::NoSuchHost
        | LinkEnd::Certificate
        | LinkEnd::Private => None,
    }
}

/// Nothing leaves unchecked, unless an emergency comes first, and then the look is owed; a dry run may come before any.
fn unchecked(report: &mut Report<'_>, seen: &Seen<'_>, link: &Link, message: &Message) {
    let address = link.address().unwrap_or_default();
    for account in &seen.accounts {
        let found = seen.found(&UNCHECKED, message, &address, &link.span, account);
        match report.case.phase {
            Phase::Check => report.add(found.only_shown()),
            _ => report.add_or_owe(found),
        }
    }
}

const fn of_end(look: &LinkLook) -> Option<(RuleInfo, &'static str)> {
    match look.end {
        LinkEnd::NotFound => Some((DEAD, "finding-link-dead")),
        LinkEnd::NoSuchHost => Some((DEAD, "finding-link-dead-host")),
        LinkEnd::Certificate => Some((CERTIFICATE, "finding-link-certificate")),
        LinkEnd::Private => Some((PRIVATE, "finding-link-private")),
        LinkEnd::Reached | LinkEnd::TooManyHops | LinkEnd::NoAnswer => None,
    }
}

/// The hosts of the addresses that came after the link itself.
fn hosts_of(look: &LinkLook) -> Vec<String> {
    let urls = look
        .hops
        .iter()
        .skip(1)
        .filter_map(|hop| url::Url::parse(hop).ok());
    urls.filter_map(|url| Some(url.host_str()?.trim_end_matches('.').to_owned()))
        .collect()
}

/// A listed host on the way.
fn of_hops(case: &Case<'_>, hosts: &[String]) -> Option<(RuleInfo, Message)> {
    let listed = &case.policy.sites().listed;
    hosts.iter().find_map(|host| {
        let (entry, listing) = listed.listing(host)?;
        let (rule, key) = match listing {
            Listing::Shortener => (REDIRECTOR, "finding-link-redirector-through"),
            Listing::Refused => (LISTED, "finding-link-listed-through"),
            // It was not written in the text, and leads to its platform only.
            Listing::PlatformShort => return None,
        };
        Some((rule, Message::new(key).with("host", entry)))
    })
}

/// Another site at the end of the way.
fn of_goal(case: &Case<'_>, link: &Link, hosts: &[String]) -> Option<(RuleInfo, Message)> {
    let (from, goal) = (link.host(), hosts.last()?);
    let is_public = |host: &str| standing(case, host) == Standing::Public;
    if registrable(&from) == registrable(goal) || (is_public(&from) && is_public(goal)) {
        return None;
    }
    let code = link.path.trim_start_matches('/').chars().count();
    // Without a path a host leads to one place for ever: it moved, and shortens nothing.
    let (rule, key) = if (1..=LONGEST_CODE).contains(&code) {
        (REDIRECTOR, "finding-link-redirector")
    } else {
        (LEAVES_SITE, "finding-link-leaves-site")
    };
    Some((rule, Message::new(key).with("host", goal)))
}
