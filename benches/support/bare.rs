//! The bare parts of a check, as fast as the libraries do them: what a full check is compared with.

use anyhow::Context as _;
use daachorse::CharwiseDoubleArrayAhoCorasick;
use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};
use sekisho::gate::Policy;

/// Normalising a text, and looking for all phrases of a policy in it, without a look at what is found.
pub struct Bare {
    normaliser: ComposingNormalizerBorrowed<'static>,
    phrases: CharwiseDoubleArrayAhoCorasick<u32>,
}

impl Bare {
    /// With the phrases of a policy.
    pub fn of(policy: &Policy) -> anyhow::Result<Self> {
        let lists = &policy.document().words;
        let mut phrases: Vec<String> = lists
            .iter()
            .flat_map(|list| {
                let contexts = list.context.iter().flat_map(|context| &context.phrases);
                list.ja.iter().chain(&list.en).chain(&list.except).chain(contexts)
            })
            .map(|phrase| phrase.to_lowercase())
            .collect();
        phrases.sort();
        phrases.dedup();
        println!("phrases: {}", phrases.len());
        Ok(Self {
            normaliser: ComposingNormalizer::new_nfkc(),
            phrases: CharwiseDoubleArrayAhoCorasick::new(phrases)
                .ok()
                .context("the phrases")?,
        })
    }

    /// NFKC.
    pub fn normalise(&self, text: &str) -> usize {
        self.normaliser.normalize(text).len()
    }

    /// Every phrase, overlapping ones as well.
    pub fn search(&self, text: &str) -> usize {
        self.phrases.find_overlapping_iter(text).count()
    }
}
