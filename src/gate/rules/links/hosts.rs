//! What a link says by itself: its host, its scheme, what stands before and behind.

use super::{
    ADDRESS, FOREIGN, INSECURE, LOOKALIKE, OPEN_REDIRECTOR, Report, RuleInfo, Seen, Spot, USERINFO,
    standing::{Standing, imitated, imitated_own, standing},
};
use crate::{
    domain::finding::Message,
    gate::{
        case::Case,
        links::{HostName, Link, Scheme, User},
    },
};

pub(super) fn check(report: &mut Report<'_>, seen: &Seen<'_>, link: &Link) {
    let case = report.case;
    let host = link.host();
    let mut tell = |rule: &RuleInfo, message: Message| {
        seen.tell(report, rule, &message.with("host", &host), &host, &link.span);
    };
    if link.user == User::Present {
        tell(&USERINFO, Message::new("finding-link-userinfo"));
    }
    let is_address = matches!(link.host, HostName::Address(_));
    if let Some((rule, message)) = deceives(case, link, &host) {
        tell(&rule, message);
        // Behind a number the way is open to all as well; of any other deceit one finding is enough.
        if !is_address {
            return;
        }
    }
    // Nobody opens a link by what is answered.
    if seen.spot == Spot::Reference {
        return;
    }
    if link.scheme == Scheme::Http {
        tell(&INSECURE, Message::new("finding-link-insecure"));
    }
    let is_listed = case.policy.sites().listed.listing(&host).is_some();
    if !is_address && !is_listed && standing(case, &host) == Standing::Foreign {
        tell(&FOREIGN, Message::new("finding-link-foreign"));
    }
}

/// What makes a host one that readers cannot judge.
fn deceives(case: &Case<'_>, link: &Link, host: &str) -> Option<(RuleInfo, Message)> {
    if matches!(link.host, HostName::Address(_)) {
        return Some((ADDRESS, Message::new("finding-link-address")));
    }
    let shown = link.looks_like();
    let lookalike = |imitated: String| {
        let message = Message::new("finding-link-lookalike").with("imitated", imitated);
        (LOOKALIKE, message)
    };
    // A name that spells ours in other letters may lie below a public suffix, as ours does.
    if let Some(own) = shown.as_deref().and_then(|shown| imitated_own(case, host, shown)) {
        return Some(lookalike(own));
    }
    let standing = standing(case, host);
    if standing == Standing::Public {
        return None;
    }
    if case.policy.sites().leads_on(host, &link.path) {
        return Some((OPEN_REDIRECTOR, Message::new("finding-link-open-redirector")));
    }
    if standing == Standing::Trusted {
        return None;
    }
    imitated(case, host, shown.as_deref()).map(lookalike)
}
