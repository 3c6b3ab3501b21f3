//! Words that lean on somebody else's word, in a post that names no source (出典).

use std::ops::Range;

use super::super::{Field, Found, Reading, Report, RuleInfo, Severity};
use crate::domain::finding::Message;

pub(super) const SOURCE_MISSING: RuleInfo = RuleInfo::adjustable(
    "form.source_missing",
    Severity::Notice,
    &["KUR-7.7", "AKI-4.5.4", "AKI-4.8"],
);

/// Once for each text: who reads one such phrase looks at the others.
pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    if report.case.content.source.is_some() {
        return;
    }
    for reading in readings.iter().filter(|reading| is_words(reading.field)) {
        let text = reading.normalised.text();
        let Some(phrase) = leaning(text) else { continue };
        let said = &text[phrase.clone()];
        let message = Message::new("finding-form-source-missing").with("found", said);
        let found = Found::new(&SOURCE_MISSING, message)
            .at(reading.at(reading.original(phrase)))
            .evidence(reading.evidence(said));
        report.add_on_each(reading, found);
    }
}

const fn is_words(field: Field) -> bool {
    match field {
        Field::Text | Field::CardTitle | Field::CardDescription | Field::Alt(_) => true,
        Field::CardUri | Field::Medium(_) | Field::RefersTo => false,
    }
}

/// Words for what somebody else said.
struct Said {
    words: &'static str,
    /// Behind these they say something else (場合によると).
    not_behind: &'static [&'static str],
    /// Before these as well (によるところが大きい).
    not_before: &'static [&'static str],
}

const SAID: &[Said] = &[
    Said {
        words: "によると",
        not_behind: &["場合", "こと"],
        not_before: &[
            "ころ",
            "きは",
            "きに",
            "きの",
            "きも",
            "き、",
            "ともに",
            "は限",
            "みられ",
            "見られ",
            "思われ",
            "考えられ",
        ],
    },
    Said {
        words: "によれば",
        not_behind: &["場合", "こと"],
        not_before: &[],
    },
    Said {
        words: "との発表",
        not_behind: &[],
        not_before: &["会"],
    },
    Said::always("と発表しました"),
    Said::always("と発表されました"),
    Said::always("と報じ"),
];

impl Said {
    const fn always(words: &'static str) -> Self {
        Self {
            words,
            not_behind: &[],
            not_before: &[],
        }
    }

    fn first(&self, text: &str) -> Option<Range<usize>> {
        let places = text.match_indices(self.words);
        places.map(|(at, words)| at..at + words.len()).find(|said| {
            let (before, behind) = (&text[..said.start], &text[said.end..]);
            let ends = self.not_behind.iter().any(|words| before.ends_with(words));
            let begins = self.not_before.iter().any(|words| behind.starts_with(words));
            !ends && !begins
        })
    }
}

const SAID_IN_ENGLISH: &[[&str; 2]] = &[["according", "to"], ["reported", "by"], ["announced", "by"]];

/// Two words with nothing but blanks between them, and no letter around them.
fn first_pair(text: &str, [one, other]: [&str; 2]) -> Option<Range<usize>> {
    text.match_indices(one).find_map(|(at, _)| {
        let behind = text[at + one.len()..].trim_start();
        let rest = behind.strip_prefix(other)?;
        let end = text.len() - rest.len();
        let is_apart = behind.len() < text.len() - at - one.len();
        let is_whole = !text[..at].ends_with(is_latin) && !rest.starts_with(is_latin);
        (is_apart && is_whole).then_some(at..end)
    })
}

/// A Japanese letter beside an English word is no part of it.
const fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

/// Words before which, or behind which, a source is named.
const LABELS: &[&str] = &["出典", "引用"];

/// What follows 引用 where somebody was quoted; before other letters it is another word (引用リツイート).
const QUOTED: &[&str] = &["しました", "しています", "しております", "いたしました", "です"];

/// The first label without a source behind it.
fn first_label(text: &str) -> Option<Range<usize>> {
    let places = || LABELS.iter().flat_map(|label| text.match_indices(label));
    let behind = |at: usize, label: &str| {
        let behind = &text[at + label.len()..];
        behind.strip_prefix('元').unwrap_or(behind)
    };
    let named = places()
        .filter(|(at, label)| names(behind(*at, label)))
        .map(|(at, _)| at)
        .max();
    places()
        .filter(|(at, label)| {
            let behind = behind(*at, label);
            match behind.starts_with(char::is_alphanumeric) {
                true => {
                    *label == "引用"
                        && named < Some(*at)
                        && QUOTED.iter().any(|said| behind.starts_with(said))
                }
                false => !names(behind),
            }
        })
        .map(|(at, label)| at..at + label.len())
        .min_by_key(|label| label.start)
}

/// Whether something is named behind a label: nothing but signs and blanks stand between, and the sentence goes on.
fn names(behind: &str) -> bool {
    let mut letters = behind.chars();
    let begins = letters.find(|c| c.is_alphanumeric() || matches!(c, '。' | '、' | '#'));
    !behind.starts_with(char::is_alphanumeric) && begins.is_some_and(char::is_alphanumeric)
}

/// The first place at which a normalised text leans on somebody else's word.
fn leaning(text: &str) -> Option<Range<usize>> {
    let japanese = SAID.iter().filter_map(|said| said.first(text));
    let english = SAID_IN_ENGLISH.iter().filter_map(|pair| first_pair(text, *pair));
    japanese
        .chain(english)
        .chain(first_label(text))
        .min_by_key(|phrase| phrase.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::revision::LinkCard,
        gate::testing::{World, part},
    };
    use rstest::rstest;

    /// The phrases that were told of a post, as they stand in its text.
    fn told(text: &str) -> Vec<String> {
        let mut world = World::new();
        world.text(text);
        let findings = world.verdict().findings.into_iter();
        findings
            .filter(|found| found.rule == "form.source_missing")
            .map(|found| text[found.span().cloned().expect("a place").bytes].to_owned())
            .collect()
    }

    #[rstest]
    #[case("気象庁によると、明日は大雪です。", "によると")]
    #[case("観光協会によると見頃は来週です。", "によると")]
    #[case("県の調べによれば、前年より増えました。", "によれば")]
    #[case("電力会社から停電との発表がありました。", "との発表")]
    #[case("県は、橋を通行止めにすると発表しました。", "と発表しました")]
    #[case("通行止めが解除されたと発表されました。", "と発表されました")]
    #[case("市の取組が全国初だと報じられました。", "と報じ")]
    #[case("「備えあれば憂いなし」(引用)", "引用")]
    #[case("調査の結果を県の白書から引用しました。", "引用")]
    #[case("グラフの出典：\n#統計", "出典")]
    #[case(
        "Ａｃｃｏｒｄｉｎｇ　ｔｏ the agency, it will snow.",
        "Ａｃｃｏｒｄｉｎｇ　ｔｏ"
    )]
    #[case("A power cut was reported by the company.", "reported by")]
    #[case("Snow was announced\nby the agency.", "announced\nby")]
    #[case("出典:白書。県によると、また増えました。県によれば。", "によると")]
    fn a_text_that_leans_on_others_is_told_once(#[case] text: &str, #[case] phrase: &str) {
        assert_eq!(told(text), [phrase]);
    }

    #[rstest]
    #[case("雪による通行止めは、天候によるところが大きいです。")]
    #[case("場合によると、延期します。場合によれば中止します。")]
    #[case("漏電によると見られる火事です。郵送によるときは、早めに。")]
    #[case("訓練によるとともに、備えを進めます。")]
    #[case("小学生との発表会を開きます。結果は12月に発表します。")]
    #[case("出典：気象庁「大雪に関する情報」")]
    #[case("【出典】\n・消防庁の調べ")]
    #[case("引用元: https://www.city.akebono.example.lg.jp/")]
    #[case("白書から引用しました。出典は次のとおりです。出典:厚生労働白書")]
    #[case("引用リツイートでお知らせください。出典を明記して引用してください。")]
    #[case("無断での引用・転載はご遠慮ください。")]
    #[case("Dress accordingly to stay warm. Unreported bylaws.")]
    #[case("Reported damage by area.")]
    fn a_neighbour_leans_on_nobody(#[case] text: &str) {
        assert_eq!(told(text), Vec::<String>::new());
    }

    #[test]
    fn every_text_that_a_reader_sees_counts_on_each_account() {
        let mut world = World::new();
        world.add_account();
        let mut says = part("明日は大雪です。");
        says.link_card = Some(LinkCard {
            uri: "https://www.jma.go.jp/".into(),
            title: "気象庁によると".into(),
            description: "大雪と発表しました".into(),
        });
        world.parts = vec![says, part("県によると、通行止めです。")];
        assert_eq!(world.found("form.source_missing"), 6);
        assert_eq!(world.severity_of("form.source_missing"), Some(Severity::Notice));
    }

    #[test]
    fn a_source_answers_the_question() {
        let mut world = World::new();
        world.text("気象庁によると、明日は大雪です。");
        world.source = "気象庁「大雪に関する情報」".parse().ok();
        assert!(world.source.is_some());
        world.sign_all();
        assert_eq!(world.found("form.source_missing"), 0);
    }
}
