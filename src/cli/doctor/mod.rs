//! `sekisho doctor`: looks at everything that the gateway needs, changes nothing, and says what to do.

mod checks;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{
    clock::SystemClock,
    config::Config,
    domain::finding::Message,
    i18n::{I18n, Language},
};

/// How the doctor speaks.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// The language of the answers.
    #[arg(long, value_enum, default_value_t = Tongue::Ja)]
    language: Tongue,
}

/// See [`Language`].
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Tongue {
    /// Japanese.
    Ja,
    /// English.
    En,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Ok,
    /// The gateway serves, but somebody should look at it.
    Warn,
    /// The gateway does not serve, or nothing leaves.
    Fail,
}

/// What was found of one thing.
#[derive(Debug, Clone)]
pub struct Found {
    /// How it stands.
    pub grade: Grade,
    /// What there is to say and to do.
    pub message: Message,
}

/// Runs `sekisho doctor`.
pub async fn run(config: &Config, arguments: &DoctorArguments) -> anyhow::Result<ExitCode> {
    let language = match arguments.language {
        Tongue::Ja => Language::Ja,
        Tongue::En => Language::En,
    };
    let found = checks::all(config, &SystemClock).await;
    for one in &found {
        println!(
            "{}  {}",
            mark(one.grade),
            I18n::get().message(language, &one.message)
        );
    }
    Ok(match found.iter().map(|one| one.grade).max() {
        Some(Grade::Fail) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

const fn mark(grade: Grade) -> &'static str {
    match grade {
        Grade::Ok => "OK  ",
        Grade::Warn => "WARN",
        Grade::Fail => "FAIL",
    }
}
