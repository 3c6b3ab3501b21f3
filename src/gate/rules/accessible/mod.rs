//! Whether everybody can read it (JIS X 8341-3), and read it at once.

mod alt;
mod characters;
mod emoji;
mod furigana;
mod glance;
mod latin;
mod sentence;
mod spaced;

use super::{Field, Found, Reading, Report, RuleInfo};
use glance::{Glance, Sight};

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[
    alt::MISSING,
    alt::FILE_NAME,
    alt::TOO_LONG,
    alt::SAYS_NOTHING,
    alt::NOT_SENT,
    characters::PLATFORM,
    characters::DECORATIVE,
    emoji::FLOOD,
    emoji::ONLY,
    latin::HASHTAG_CASE,
    latin::CAPITALS,
    spaced::SPACED_WORD,
    sentence::LONG_SENTENCE,
    furigana::FURIGANA,
];

/// Looks for what a first glance has seen a sign of.
type Search = fn(&Reading<'_>) -> Vec<Found>;

/// What is looked for wherever people read our words.
const EVERYWHERE: &[(Sight, Search)] = &[
    (Sight::Platform, characters::platform),
    (Sight::Decorated, characters::decorative),
];

/// What is looked for in texts: a description stands for a picture, and a preview is somebody's page.
const IN_TEXTS: &[(Sight, Search)] = &[
    (Sight::Emoji, emoji::flood),
    (Sight::Emoji, emoji::only),
    (Sight::Hash, latin::hashtag_case),
    (Sight::Capitals, latin::capitals),
    (Sight::Spaced, spaced::spaced_word),
    (Sight::Long, sentence::long_sentence),
    (Sight::Hard, furigana::furigana),
];

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    alt::check(report);
    for reading in readings {
        let searches = match reading.field {
            Field::Text => IN_TEXTS,
            Field::Alt(_) | Field::CardTitle | Field::CardDescription => &[],
            Field::CardUri | Field::Medium(_) | Field::RefersTo => continue,
        };
        let glance = Glance::at(reading.text);
        for (sight, search) in EVERYWHERE.iter().chain(searches) {
            if glance.has(*sight) {
                for found in search(reading) {
                    report.add_on_each(reading, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
