//! Whether a picture says in words what it shows.

use super::super::{Found, Report, RuleInfo, Severity, media_limits};
use crate::{
    domain::{
        account::Account,
        finding::{Field, Message, Place},
        media::Family,
    },
    gate::normalise::{Normalised, shows_something},
};

pub(super) const MISSING: RuleInfo = RuleInfo::adjustable("alt.missing", Severity::Block, &["KUR-6.2a"]);
pub(super) const FILE_NAME: RuleInfo =
    RuleInfo::adjustable("alt.file_name", Severity::Confirm, &["KUR-6.2a"]);
pub(super) const TOO_LONG: RuleInfo = RuleInfo::adjustable("alt.too_long", Severity::Block, &["KUR-6.2a"]);
pub(super) const SAYS_NOTHING: RuleInfo =
    RuleInfo::adjustable("alt.says_nothing", Severity::Confirm, &["KUR-6.2a"]);
pub(super) const NOT_SENT: RuleInfo = RuleInfo::adjustable("alt.not_sent", Severity::Confirm, &["KUR-6.2a"]);

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        for (index, (part, number, picture)) in target.payload.media().enumerate() {
            let alt = Alt {
                account: target.account,
                number: index + 1,
                place: Place::whole(part, Field::Alt(number)),
                text: &picture.alt,
            };
            alt.check(report);
            let look = case.evidence.pictures.get(&picture.digest);
            if look.is_some_and(|look| look.facts.kind.family() == Family::Film) {
                alt.check_of_film(report);
            }
        }
    }
}

/// The description of one picture on one account.
struct Alt<'a> {
    account: &'a Account,
    /// Which picture of the whole series, from 1.
    number: usize,
    place: Place,
    text: &'a str,
}

impl Alt<'_> {
    fn check(&self, report: &mut Report<'_>) {
        let shown = self.text.trim();
        let normalised = Normalised::of(shown);
        if !shows_something(&normalised) {
            report.add(self.found(&MISSING, self.message("finding-alt-missing")));
            return;
        }
        let quoted = |key| self.message(key).with("found", shown);
        if is_file_name(normalised.text()) {
            report.add(self.found(&FILE_NAME, quoted("finding-alt-file-name")));
        } else if says_nothing(normalised.text()) {
            report.add(self.found(&SAYS_NOTHING, quoted("finding-alt-says-nothing")));
        }
        let limit = media_limits::of(self.account.platform).alt;
        if let Some((used, limit)) = limit.exceeded_by(self.text) {
            let message = self
                .message("finding-alt-too-long")
                .with("used", used)
                .with("limit", limit)
                .with("over", used - limit);
            report.add(self.found(&TOO_LONG, message));
        }
    }

    /// What is not sent is not dropped in silence: whoever signs is told, and can have it said in the text.
    fn check_of_film(&self, report: &mut Report<'_>) {
        let described = shows_something(&Normalised::of(self.text.trim()));
        if described && !media_limits::describes_films(self.account.platform) {
            report.add(self.found(&NOT_SENT, self.message("finding-alt-not-sent")));
        }
    }

    fn message(&self, key: &'static str) -> Message {
        Message::new(key)
            .with("account", &self.account.name)
            .with("number", self.number)
    }

    fn found(&self, rule: &RuleInfo, message: Message) -> Found {
        Found::new(rule, message)
            .on(self.account.id)
            .at(self.place.clone())
            .evidence(format!("picture/{}", self.number))
    }
}

/// The longest file name that anybody is expected to have.
const LONGEST_NAME: usize = 120;

const ENDINGS: &[&str] = &[
    ".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff",
    ".svg", ".psd", ".ai", ".pdf", ".mp4", ".mov", ".avi", ".webm", ".m4v",
];

/// What cameras and telephones begin the names of their files with.
const BEGINNINGS: &[&str] = &[
    "img",
    "dscn",
    "dscf",
    "dscpdc",
    "dsc",
    "pxl",
    "mvimg",
    "mvi",
    "vid",
    "cimg",
    "imag",
    "screenshot",
    "スクリーンショット",
    "スクショ",
    "screen shot",
];

/// Whether a normalised description is the name of a file.
fn is_file_name(alt: &str) -> bool {
    if alt.contains('\n') || alt.chars().count() > LONGEST_NAME {
        return false;
    }
    let ending = ENDINGS.iter().find_map(|ending| alt.strip_suffix(ending));
    // A sentence may end with a name; a name has no sentence before it.
    let is_name = ending.is_some_and(|name| !name.is_empty() && !name.contains(['。', '、']));
    is_name || is_camera_name(alt) || is_key(alt)
}

/// `IMG_1234`, `PXL_20261121_093012345.MP`, `スクリーンショット 2026-11-21 9.30.12`.
fn is_camera_name(alt: &str) -> bool {
    let rest = BEGINNINGS
        .iter()
        .find_map(|beginning| alt.strip_prefix(beginning));
    rest.is_some_and(|rest| {
        rest.bytes().any(|b| b.is_ascii_digit())
            && rest.chars().all(|c| {
                c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '(' | ')' | ' ' | 'w' | 'a' | 'm' | 'p')
            })
    })
}

/// A long row of hexadecimal digits, as stores name their files.
fn is_key(alt: &str) -> bool {
    alt.len() >= 16
        && alt.bytes().any(|b| b.is_ascii_digit())
        && alt
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b'_'))
}

/// Words that only say that there is a picture.
const NOTHING: &[&str] = &[
    "",
    "画像",
    "写真",
    "図",
    "図表",
    "図版",
    "絵",
    "動画",
    "映像",
    "イラスト",
    "バナー",
    "ロゴ",
    "アイコン",
    "チラシ",
    "ポスター",
    "サムネイル",
    "サムネ",
    "スクリーンショット",
    "スクショ",
    "グラフ",
    "地図",
    "代替テキスト",
    "イメージ",
    "イメージ画像",
    "イメージ写真",
    "イメージ図",
    "イメージイラスト",
    "説明",
    "無題",
    "名称未設定",
    "なし",
    "無し",
    "alt",
    "alttext",
    "image",
    "images",
    "img",
    "photo",
    "photos",
    "picture",
    "pictures",
    "pic",
    "figure",
    "video",
    "movie",
    "illustration",
    "banner",
    "logo",
    "icon",
    "flyer",
    "poster",
    "thumbnail",
    "screenshot",
    "graph",
    "chart",
    "map",
    "untitled",
    "none",
    "noname",
];

/// What may stand around such a word without saying more.
const AROUND: &[&str] = &[
    "です",
    "その",
    "枚目",
    "枚",
    "点",
    "の",
    "添付",
    "投稿用",
    "投稿",
    "掲載",
    "こちら",
    "用",
    "an",
    "the",
    "attached",
];

/// Whether a normalised description says no more than that there is a picture.
fn says_nothing(alt: &str) -> bool {
    let letters: String = alt
        .chars()
        .filter(|c| c.is_alphabetic())
        .take(LONGEST_NAME)
        .collect();
    let mut rest = letters.as_str();
    loop {
        if NOTHING.contains(&rest) {
            return true;
        }
        let shorter = AROUND
            .iter()
            .find_map(|around| rest.strip_suffix(around).or_else(|| rest.strip_prefix(around)));
        match shorter {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
}

#[cfg(test)]
#[path = "alt_tests.rs"]
mod tests;
