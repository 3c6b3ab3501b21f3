//! `sekisho check`: what the gate says of a text, without a database, for writers and for scripts.

mod corpus;
mod json;
mod sarif;
mod score;
mod text;
mod trial;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use super::{language::Spoken, lists::document, say};
use crate::{
    app::PROFILES,
    domain::{account::Platform, finding::Severity},
    gate::Policy,
};

pub use corpus::Corpus;
pub use score::{Goals, Report};
pub use trial::{Specimen, Trial};

/// What is checked, and how it is told.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// A file with the text of one post; `-` reads it from the standard input.
    #[arg(required_unless_present = "corpus")]
    file: Option<PathBuf>,
    /// A shipped profile (standard, kurume, yamaga, akita, misaki, towada) or a profile file.
    #[arg(long, default_value = "standard")]
    profile: String,
    /// A folder with lists of the site's own, which add to the shipped ones.
    #[arg(long, value_name = "FOLDER")]
    lists: Option<PathBuf>,
    /// The platform that it is for: lengths and descriptions are counted as it counts them.
    #[arg(long, default_value = "mastodon")]
    platform: Platform,
    /// When it is to go out, such as 2026-12-01T10:00:00+09:00; now if it is not said.
    #[arg(long)]
    at: Option<DateTime<Utc>>,
    /// A domain of the organization; may be given several times.
    #[arg(long = "own-domain")]
    own_domains: Vec<String>,
    /// How findings are told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    language: Spoken,
    /// Instead of one text: a folder of labelled posts. Prints precision and recall, rule by rule.
    #[arg(long, conflicts_with = "file")]
    corpus: Option<PathBuf>,
}

/// A form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the line, what is meant in it, and what to do.
    Text,
    /// For scripts: an array of findings as the API tells them.
    Json,
    /// For editors and code hosts: SARIF 2.1.0.
    Sarif,
}

/// Exit codes for scripts.
mod code {
    /// Nothing asks and nothing blocks.
    pub(super) const CLEAN: u8 = 0;
    /// Something needs an acknowledgement.
    pub(super) const CONFIRM: u8 = 1;
    /// Something blocks, or the corpus misses a goal.
    pub(super) const BLOCK: u8 = 2;
    /// Nothing was judged: no text, no such profile.
    pub(super) const UNJUDGED: u8 = 3;
}

/// What a script is told when [`run`] could not judge: something else than of any text that was judged.
#[must_use]
pub fn unjudged() -> ExitCode {
    ExitCode::from(code::UNJUDGED)
}

/// Runs `sekisho check`.
///
/// # Errors
/// When the text, the profile or the corpus cannot be read.
pub fn run(arguments: &CheckArguments, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let profile = profile(&arguments.profile)?;
    let policy = Policy::compile(document(&profile, arguments.lists.as_deref())?)?;
    if let Some(folder) = &arguments.corpus {
        return judge_corpus(policy, folder);
    }
    let (name, text) = read(arguments.file.as_deref())?;
    let mut trial = Trial::new(policy)?;
    trial.own_domains(&arguments.own_domains)?;
    let specimen = Specimen {
        platform: arguments.platform,
        at: arguments.at.unwrap_or(now),
        ..Specimen::new(&text)
    };
    let findings = trial.judge(&specimen);
    let language = arguments.language.language();
    let told = match arguments.format {
        Format::Text => text::render(&name, &text, &findings, language),
        Format::Json => json::render(&findings)?,
        Format::Sarif => sarif::render(&name, &text, &findings, language)?,
    };
    say(&told)?;
    let worst = findings.iter().map(|finding| finding.severity).max();
    Ok(ExitCode::from(match worst {
        Some(Severity::Block) => code::BLOCK,
        Some(Severity::Confirm) => code::CONFIRM,
        Some(Severity::Notice) | None => code::CLEAN,
    }))
}

fn judge_corpus(policy: Policy, folder: &Path) -> anyhow::Result<ExitCode> {
    let report = Corpus::read(folder)?.judge(policy)?;
    let missed = report.missed(&Goals::SHIPPED);
    let told = missed.iter().map(|miss| format!("goal missed: {miss}\n"));
    say(&format!("{report}{}", told.collect::<String>()))?;
    Ok(ExitCode::from(if missed.is_empty() {
        code::CLEAN
    } else {
        code::BLOCK
    }))
}

/// The text of a shipped profile, or of a profile file.
fn profile(name: &str) -> anyhow::Result<String> {
    let shipped = PROFILES.iter().find(|(known, _)| *known == name);
    match shipped {
        Some((_, text)) => Ok((*text).to_owned()),
        None => std::fs::read_to_string(name).with_context(|| {
            let known: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
            format!(
                "{name} is neither a file nor one of the shipped profiles {}",
                known.join(", ")
            )
        }),
    }
}

/// The name and the content of what is checked.
fn read(file: Option<&Path>) -> anyhow::Result<(String, String)> {
    match file {
        Some(path) if path != Path::new("-") => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Ok((path.display().to_string(), text))
        }
        _ => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("the standard input")?;
            Ok(("stdin".to_owned(), text))
        }
    }
}
