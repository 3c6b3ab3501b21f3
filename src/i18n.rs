//! Texts for people, in Japanese and English: files of Fluent messages, compiled into the program.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

use crate::domain::finding::Message;

/// The texts of one language, file by file.
type Sources = &'static [(&'static str, &'static str)];

macro_rules! sources {
    ($language:literal: $($file:literal),+ $(,)?) => {
        &[$((
            concat!($language, "/", $file, ".ftl"),
            include_str!(concat!("../config/locales/", $language, "/", $file, ".ftl")),
        )),+]
    };
}

const JA: Sources = sources!(
    "ja": "api", "findings", "links", "personal", "accuracy", "accessible", "form", "outside", "policy", "doctor",
);
const EN: Sources = sources!(
    "en": "api", "findings", "links", "personal", "accuracy", "accessible", "form", "outside", "policy", "doctor",
);

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Japanese: what is answered unless somebody asks for something else.
    #[default]
    Ja,
    /// English.
    En,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// Its tag, as in `Content-Language`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110, 12.5.4): the highest quality wins, at
    /// equal quality the one named first. A language that we do not have is passed over.
    #[must_use]
    pub fn negotiate(header: Option<&str>) -> Self {
        let mut best: Option<(Self, u16)> = None;
        for range in header.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::of_range) else {
                continue;
            };
            let quality = parts
                .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .map_or(1000, thousandths);
            if quality > 0 && best.is_none_or(|(_, known)| quality > known) {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language).unwrap_or_default()
    }

    fn of_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next()?.to_ascii_lowercase();
        match primary.as_str() {
            "ja" | "*" => Some(Self::Ja),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// A quality in thousandths; what is no quality counts as none.
fn thousandths(text: &str) -> u16 {
    let quality: f32 = text.trim().parse().unwrap_or(0.0);
    if (0.0..=1.0).contains(&quality) {
        // Between 0 and 1000 by the check above.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1000"
        )]
        {
            (quality * 1000.0).round() as u16
        }
    } else {
        0
    }
}

/// All texts.
pub struct I18n {
    ja: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for I18n {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("I18n")
    }
}

static TEXTS: LazyLock<I18n> = LazyLock::new(|| I18n {
    ja: bundle(Language::Ja, JA),
    en: bundle(Language::En, EN),
});

impl I18n {
    /// The texts that this program was built with.
    #[must_use]
    pub fn get() -> &'static Self {
        &TEXTS
    }

    /// A message in a language.
    #[must_use]
    pub fn message(&self, language: Language, message: &Message) -> String {
        let arguments: Vec<(&str, &str)> = message
            .arguments
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.text(language, message.key, &arguments)
    }

    /// A text by its key. A key that does not exist is shown as it is, so that people can at least name it.
    #[must_use]
    pub fn text(&self, language: Language, key: &str, arguments: &[(&str, &str)]) -> String {
        let bundle = match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, language = language.tag(), "a text is missing");
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            values.set(*name, FluentValue::from(*value));
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
        if !errors.is_empty() {
            tracing::error!(key, language = language.tag(), "a text lacks a variable");
        }
        text.into_owned()
    }
}

fn bundle(language: Language, sources: Sources) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
    // Invisible marks around variables would end up in JSON, in logs and in people's searches.
    bundle.set_use_isolating(false);
    for (file, source) in sources {
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(file, errors = errors.len(), "texts cannot be read");
            resource
        });
        if bundle.add_resource(resource).is_err() {
            tracing::error!(file, "a text exists twice");
        }
    }
    bundle
}

#[cfg(test)]
mod tests;
