//! In which language a command tells what it has to say.

use clap::{Args, ValueEnum};

use crate::i18n::Language;

/// A language of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    /// Japanese.
    Ja,
    /// English.
    En,
}

/// The language that is asked for.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Spoken {
    /// In which language; without it, that of LC_ALL, LC_MESSAGES or LANG, Japanese unless these are English.
    #[arg(long, value_enum)]
    language: Option<Tongue>,
}

impl Spoken {
    /// The language: the one that was named, or the environment's.
    #[must_use]
    pub fn language(self) -> Language {
        match self.language {
            Some(Tongue::Ja) => Language::Ja,
            Some(Tongue::En) => Language::En,
            None => of_environment(|name| std::env::var(name).ok()),
        }
    }
}

/// The first variable that says something decides, as everywhere else (POSIX).
fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    if set.is_some_and(|value| value == "en" || value.starts_with("en_")) {
        Language::En
    } else {
        Language::Ja
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(&[], Language::Ja)]
    #[case::japanese(&[("LANG", "ja_JP.UTF-8")], Language::Ja)]
    #[case::english(&[("LANG", "en_GB.UTF-8")], Language::En)]
    #[case::none(&[("LANG", "C.UTF-8")], Language::Ja)]
    #[case::the_first_decides(&[("LC_ALL", "ja_JP.UTF-8"), ("LANG", "en_US.UTF-8")], Language::Ja)]
    #[case::an_empty_one_says_nothing(&[("LC_ALL", ""), ("LC_MESSAGES", "en_US.UTF-8")], Language::En)]
    fn the_environment_decides(#[case] set: &[(&str, &str)], #[case] expected: Language) {
        let variable = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(of_environment(variable), expected);
    }
}
