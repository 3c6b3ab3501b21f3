//! Whether people can read a message.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};

use crate::domain::finding::Message;

static BUNDLES: LazyLock<Vec<FluentBundle<FluentResource>>> = LazyLock::new(|| {
    let locales = [
        ("ja", include_str!("../../../config/locales/ja/findings.ftl")),
        ("en", include_str!("../../../config/locales/en/findings.ftl")),
    ];
    locales
        .into_iter()
        .map(|(language, text)| {
            let mut bundle = FluentBundle::new_concurrent(vec![language.parse().expect("a language")]);
            let resource = FluentResource::try_new(text.into()).expect("a valid file");
            bundle.add_resource(resource).expect("no key twice");
            bundle
        })
        .collect()
});

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
