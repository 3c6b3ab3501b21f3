//! Whether people can read a message.

use std::{fs, path::Path, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};

use crate::domain::finding::Message;

static BUNDLES: LazyLock<Vec<FluentBundle<FluentResource>>> =
    LazyLock::new(|| ["ja", "en"].into_iter().map(bundle).collect());

/// All texts of one language.
fn bundle(language: &str) -> FluentBundle<FluentResource> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("config/locales")
        .join(language);
    let mut bundle = FluentBundle::new_concurrent(vec![language.parse().expect("a language")]);
    for entry in fs::read_dir(folder).expect("a folder of texts") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        let resource = FluentResource::try_new(text).expect("a valid file");
        bundle.add_resource(resource).expect("no key twice");
    }
    bundle.set_use_isolating(false);
    bundle
}

/// Fails unless both languages have the message, with no variable that is not given.
pub(super) fn assert_readable(message: &Message) {
    let mut arguments = FluentArgs::new();
    for (name, value) in &message.arguments {
        arguments.set(*name, value.as_str());
    }
    for bundle in BUNDLES.iter() {
        let pattern = bundle
            .get_message(message.key)
            .and_then(|found| found.value())
            .unwrap_or_else(|| panic!("no message {}", message.key));
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        assert!(errors.is_empty(), "{}: {errors:?}", message.key);
        assert!(!text.trim().is_empty());
    }
}

/// What a message says in English; in Japanese it says something too.
pub(in crate::gate) fn in_english(message: &Message) -> String {
    assert_readable(message);
    let mut arguments = FluentArgs::new();
    for (name, value) in &message.arguments {
        arguments.set(*name, value.as_str());
    }
    let pattern = BUNDLES[1]
        .get_message(message.key)
        .and_then(|found| found.value());
    let text = BUNDLES[1].format_pattern(pattern.expect("a text"), Some(&arguments), &mut Vec::new());
    text.into_owned()
}
