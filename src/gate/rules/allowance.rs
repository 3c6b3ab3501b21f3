//! How many hashtags, mentions and links a platform takes in one post, and which characters it refuses:
//! whatever is over would be cut or refused only after everybody has signed.

use super::{Found, Report, RuleInfo};
use crate::domain::{
    account::{Account, Platform},
    finding::Message,
    revision::Part,
    text,
};

const HASHTAGS: RuleInfo = RuleInfo::fixed("length.hashtags", &["KUR-4.5"]);
const MENTIONS: RuleInfo = RuleInfo::fixed("length.mentions", &["KUR-4.5"]);
const LINKS: RuleInfo = RuleInfo::fixed("length.links", &["KUR-4.5"]);
const REFUSED: RuleInfo = RuleInfo::fixed("text.refused", &["KUR-4.5"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[HASHTAGS, MENTIONS, LINKS, REFUSED];

/// Instagram content publishing: hashtags and mentions of a caption.
const MOST_HASHTAGS: usize = 30;
const MOST_MENTIONS: usize = 20;

/// Threads API: different links of a post, that of its preview included.
const MOST_LINKS: usize = 5;

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        for (index, part) in target.payload.parts.iter().enumerate() {
            match target.account.platform {
                Platform::X => refused(report, target.account, index, part),
                Platform::Instagram => {
                    let hashtags = text::hashtags(&part.text);
                    let message = "finding-length-hashtags";
                    Counted(hashtags, MOST_HASHTAGS).tell(report, &HASHTAGS, message, target.account, index);
                    let mentions = text::mentions(&part.text);
                    let message = "finding-length-mentions";
                    Counted(mentions, MOST_MENTIONS).tell(report, &MENTIONS, message, target.account, index);
                }
                Platform::Threads => {
                    let message = "finding-length-links";
                    Counted(links(part), MOST_LINKS).tell(report, &LINKS, message, target.account, index);
                }
                Platform::Facebook
                | Platform::Line
                | Platform::Bluesky
                | Platform::Mastodon
                | Platform::Misskey => {}
            }
        }
    }
}

fn links(part: &Part) -> usize {
    let mut links = text::linked(&part.text);
    links.extend(part.link_card.as_ref().map(|card| card.uri.as_str()));
    links.len()
}

/// How many there are, and how many there may be.
struct Counted(usize, usize);

impl Counted {
    fn tell(
        self,
        report: &mut Report<'_>,
        rule: &RuleInfo,
        key: &'static str,
        account: &Account,
        part: usize,
    ) {
        let Self(count, most) = self;
        if count > most {
            let message = Message::new(key).with("count", count).with("most", most);
            let found = Found::new(rule, message).on_named(account);
            report.add(found.evidence(format!("part/{part}")));
        }
    }
}

fn refused(report: &mut Report<'_>, account: &Account, part: usize, read: &Part) {
    if let Some(c) = read.text.chars().find(|c| text::refuses(*c)) {
        let code = format!("U+{:04X}", u32::from(c));
        let message = Message::new("finding-text-refused").with("code", &code);
        let found = Found::new(&REFUSED, message).on_named(account);
        report.add(found.evidence(format!("part/{part}/{code}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::revision::LinkCard, gate::testing::World};
    use rstest::rstest;

    #[rstest]
    #[case(Platform::Instagram, "#防災 ", 30, "length.hashtags")]
    #[case(Platform::Instagram, "@town ", 20, "length.mentions")]
    fn so_many_and_no_more(
        #[case] platform: Platform,
        #[case] piece: &str,
        #[case] most: usize,
        #[case] rule: &str,
    ) {
        let mut world = World::new();
        world.accounts[0].platform = platform;
        world.text(&piece.repeat(most));
        assert_eq!(world.found(rule), 0);
        world.text(&piece.repeat(most + 1));
        assert_eq!(world.found(rule), 1);
        world.accounts[0].platform = Platform::Threads;
        assert_eq!(world.found(rule), 0);
    }

    #[test]
    fn threads_takes_five_links() {
        let mut world = World::new();
        world.accounts[0].platform = Platform::Threads;
        let link = |number: usize| format!("https://www.city.example.lg.jp/{number} ");
        let five: String = (0..5).map(link).collect();
        world.text(&format!("{five}{five}"));
        assert_eq!(world.found("length.links"), 0);
        world.parts[0].link_card = Some(LinkCard {
            uri: "https://www.city.example.lg.jp/6".into(),
            title: "題".into(),
            description: String::new(),
        });
        assert_eq!(world.found("length.links"), 1);
    }

    #[test]
    fn x_takes_no_byte_order_mark() {
        let mut world = World::new();
        world.text("\u{FEFF}お知らせ");
        assert_eq!(world.found("text.refused"), 0);
        world.accounts[0].platform = Platform::X;
        assert_eq!(world.found("text.refused"), 1);
    }
}
