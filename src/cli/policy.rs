//! `sekisho policy`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};

use super::{language::Spoken, organization as chosen};
use crate::{
    app::{App, PROFILES, STANDARD_PROFILE, policy_document, shipped_clauses},
    domain::{
        actor::Actor,
        ids::{OrganizationId, ProposalId},
        proposal::Needs,
    },
    gate::{
        Loosened, PolicyDocument,
        coverage::{coverage, table},
        lint::{Problem, lint},
        origin::{PolicyOrigin, ProfileOrigin},
        policy::Bilingual,
    },
    i18n::{I18n, Language},
    service::{Brought, Imported},
};

/// Policies.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Imports a profile with the shipped lists as a new version. It is in force at once unless it loosens what
    /// the version before blocks: then an administrator and an auditor have to sign it.
    Import {
        #[command(flatten)]
        source: Source,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Says what is wrong with a profile file, and where; ends with 1 if anything is.
    Lint {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        language: Spoken,
    },
    /// Shows how a profile keeps each clause of its guideline (of all of them if it follows none), and what
    /// is still open.
    Coverage {
        #[command(flatten)]
        source: Source,
        /// For people or for programs.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        language: Spoken,
    },
}

/// Which profile is meant.
#[derive(Debug, Args)]
pub struct Source {
    /// A shipped profile (kurume, yamaga, akita, misaki, towada); the standard one if none is named.
    #[arg(long, value_parser = shipped, conflicts_with = "file", value_name = "NAME")]
    profile: Option<Shipped>,
    /// A profile file.
    #[arg(long)]
    file: Option<PathBuf>,
    /// A folder with lists of the site's own, which add to the shipped ones (docs/data.md).
    #[arg(long, value_name = "FOLDER")]
    lists: Option<PathBuf>,
}

/// How a coverage is shown.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// A table.
    Text,
    /// JSON.
    Json,
}

/// A shipped profile.
#[derive(Debug, Clone, Copy)]
struct Shipped {
    name: &'static str,
    text: &'static str,
}

fn shipped(name: &str) -> Result<Shipped, String> {
    let found = PROFILES.iter().find(|(known, _)| *known == name);
    found.map(|(name, text)| Shipped { name, text }).ok_or_else(|| {
        let known: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
        format!("there is no such profile; there are {}", known.join(", "))
    })
}

impl Source {
    fn text(&self) -> anyhow::Result<String> {
        match &self.file {
            None => Ok(self.shipped().text.to_owned()),
            Some(file) => read(file),
        }
    }

    fn shipped(&self) -> Shipped {
        self.profile.unwrap_or(Shipped {
            name: "standard",
            text: STANDARD_PROFILE,
        })
    }

    /// What a newer program makes the successor from.
    fn origin(&self) -> anyhow::Result<PolicyOrigin> {
        let profile = match &self.file {
            None => ProfileOrigin::Shipped(self.shipped().name.to_owned()),
            Some(file) => ProfileOrigin::Own(read(file)?),
        };
        let lists = self.lists.as_deref().map(super::lists::read).transpose()?;
        Ok(PolicyOrigin { profile, lists })
    }

    fn document(&self) -> anyhow::Result<PolicyDocument> {
        super::lists::document(&self.text()?, self.lists.as_deref())
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

/// Runs `sekisho policy`. Only an import needs the database.
pub async fn run(settings: Option<&Path>, command: PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Import { source, organization } => {
            import(&super::open(settings).await?, &source, organization).await?;
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Lint { file, language } => told(&file, language.language()),
        PolicyCommand::Coverage {
            source,
            format,
            language,
        } => {
            super::say(&(covered(&source, format, language.language())? + "\n"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn import(app: &App, source: &Source, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let organization = chosen(app, organization).await?;
    let brought = Brought {
        document: source.document()?,
        origin: Some(source.origin()?),
    };
    let service = &app.service;
    match service
        .import_policy(organization, brought, Actor::Operator)
        .await?
    {
        Imported::InForce(digest) => println!("{digest}"),
        Imported::Proposed {
            proposal,
            digest,
            needs,
            loosens,
        } => {
            println!("{digest}");
            super::say(&waiting(proposal, needs, &loosens))?;
        }
    }
    Ok(())
}

/// What people read of a version that is not in force yet.
fn waiting(proposal: ProposalId, needs: Needs, loosens: &[Loosened]) -> String {
    let texts = I18n::get();
    let mut lines = Vec::new();
    for language in [Language::Ja, Language::En] {
        let (proposal, needs) = (proposal.to_string(), needs.to_string());
        let arguments = [("proposal", proposal.as_str()), ("needs", needs.as_str())];
        lines.push(texts.text(language, "policy-waits", &arguments));
        lines.extend(loosens.iter().map(|found| {
            let message = texts.message(language, &found.message());
            format!("  - {message}")
        }));
    }
    lines.join("\n") + "\n"
}

fn told(file: &Path, language: Language) -> anyhow::Result<ExitCode> {
    let lists = policy_document(STANDARD_PROFILE)?;
    let problems = lint(&read(file)?, &lists, &shipped_clauses()?);
    for problem in &problems {
        let Problem { line, column, .. } = problem;
        println!(
            "{}:{line}:{column}: {}",
            file.display(),
            words_of(problem, language)
        );
    }
    Ok(if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn words_of(problem: &Problem, language: Language) -> String {
    let texts = I18n::get();
    let mut words = texts.message(language, &problem.message);
    if let Some(hint) = &problem.hint {
        words += match language {
            Language::Ja => "",
            Language::En => "; ",
        };
        words += &texts.message(language, hint);
    }
    words
}

fn covered(source: &Source, format: Format, language: Language) -> anyhow::Result<String> {
    let found = coverage(&source.document()?, &shipped_clauses()?);
    let pick: fn(&Bilingual) -> &str = match language {
        Language::Ja => |text| &text.ja,
        Language::En => |text| &text.en,
    };
    Ok(match format {
        Format::Text => table(&found, pick).trim_end().to_owned(),
        Format::Json => serde_json::to_string_pretty(&found)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(profile: &str) -> Source {
        Source {
            profile: Some(shipped(profile).expect("a shipped profile")),
            file: None,
            lists: None,
        }
    }

    #[test]
    fn a_coverage_is_for_people_or_for_programs() {
        let text = covered(&source("akita"), Format::Text, Language::Ja).expect("a table");
        assert!(text.starts_with("秋田県 (akita): "), "{text}");
        let json = covered(&source("akita"), Format::Json, Language::En).expect("JSON");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["guidelines"][0]["id"], "akita");
    }

    #[test]
    fn a_profile_that_is_not_shipped_is_told_with_those_that_are() {
        let told = shipped("nowhere").expect_err("no such profile");
        assert!(told.contains("kurume") && told.contains("standard"), "{told}");
    }

    #[test]
    fn lint_ends_with_failure_if_anything_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("own.toml");
        std::fs::write(&file, STANDARD_PROFILE).expect("a file");
        let code = |file: &Path| format!("{:?}", told(file, Language::Ja).expect("a code"));
        assert_eq!(code(&file), format!("{:?}", ExitCode::SUCCESS));
        std::fs::write(&file, format!("{STANDARD_PROFILE}\n\"no.such\" = \"block\"\n")).expect("a file");
        assert_eq!(code(&file), format!("{:?}", ExitCode::FAILURE));
    }
}
