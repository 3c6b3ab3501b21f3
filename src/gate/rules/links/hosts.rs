//! What a link says by itself: its host, its scheme, what stands before and behind.

use super::{
    ADDRESS, FOREIGN, INSECURE, LOOKALIKE, OPEN_REDIRECTOR, Report, RuleInfo, Seen, USERINFO,
    standing::{Standing, imitated, is_own, standing},
};
use crate::{
    domain::finding::{Field, Message},
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
    // Nobody opens a link by what is answered.
    let is_opened = seen.field != Field::RefersTo;
    if link.scheme == Scheme::Http && is_opened {
        tell(&INSECURE, Message::new("finding-link-insecure"));
    }
    if let Some((rule, message)) = deceives(case, link, &host) {
        return tell(&rule, message);
    }
    let is_listed = case.policy.sites().listed.listing(&host).is_some();
    if is_opened && !is_listed && standing(case, &host) == Standing::Foreign {
        tell(&FOREIGN, Message::new("finding-link-foreign"));
    }
}

/// What makes a host one that readers cannot judge.
fn deceives(case: &Case<'_>, link: &Link, host: &str) -> Option<(RuleInfo, Message)> {
    if matches!(link.host, HostName::Address(_)) {
        return Some((ADDRESS, Message::new("finding-link-address")));
    }
    if is_own(case, host) {
        return None;
    }
    let imitated = imitated(case, host, link.looks_like().as_deref());
    if let Some(imitated) = imitated {
        let message = Message::new("finding-link-lookalike").with("imitated", imitated);
        return Some((LOOKALIKE, message));
    }
    let leads_on = case.policy.sites().leads_on(host, &link.path);
    leads_on.then(|| (OPEN_REDIRECTOR, Message::new("finding-link-open-redirector")))
}
