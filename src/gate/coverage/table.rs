//! A coverage as text, for a terminal.

use std::fmt::{self, Write as _};

use super::{ClauseCoverage, Coverage, GuidelineCoverage, Keeper, Letter, Missing, State};
use crate::gate::policy::Bilingual;

/// Renders a coverage; `pick` chooses the language.
#[must_use]
pub fn table(coverage: &Coverage, pick: fn(&Bilingual) -> &str) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = Table { pick }.write(&mut text, coverage);
    text
}

struct Table {
    pick: fn(&Bilingual) -> &str,
}

impl Table {
    fn write(&self, out: &mut String, coverage: &Coverage) -> fmt::Result {
        for (index, guideline) in coverage.guidelines.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            self.guideline(out, &coverage.profile, guideline)?;
        }
        Ok(())
    }

    fn guideline(&self, out: &mut String, profile: &str, guideline: &GuidelineCoverage) -> fmt::Result {
        let counts = guideline.counts;
        writeln!(
            out,
            "{} ({profile}): {} {} / {}, {} {}, {} {}",
            (self.pick)(&guideline.municipality),
            self.state(State::Kept),
            counts.kept,
            counts.of,
            self.state(State::Open),
            counts.open,
            self.state(State::Outside),
            counts.outside,
        )?;
        guideline
            .clauses
            .iter()
            .try_for_each(|clause| self.clause(out, clause))
    }

    fn clause(&self, out: &mut String, clause: &ClauseCoverage) -> fmt::Result {
        writeln!(
            out,
            "\n{:<10} {} {}  {}",
            clause.id,
            clause.letter,
            self.state(clause.state),
            (self.pick)(&clause.asks),
        )?;
        for keeper in &clause.kept_by {
            writeln!(out, "    = {}", self.keeper(keeper))?;
        }
        for keeper in &clause.helped_by {
            writeln!(out, "    + {}", self.keeper(keeper))?;
        }
        for missing in &clause.missing {
            writeln!(out, "    ! {}", self.missing(missing))?;
        }
        if clause.letter == Letter::Outside {
            writeln!(out, "    - {}", self.say(NOT_SEEN))?;
        }
        Ok(())
    }

    fn keeper(&self, keeper: &Keeper) -> String {
        let weighs = keeper
            .weighs
            .map(|weighs| format!(" [{weighs}]"))
            .unwrap_or_default();
        let title = keeper
            .title
            .as_ref()
            .map(|title| format!(" {}", (self.pick)(title)));
        format!("{}{weighs}{}", keeper.way, title.unwrap_or_default())
    }

    fn missing(&self, missing: &Missing) -> String {
        match missing {
            Missing::Later { title, .. } => format!("{}{}", self.say(LATER), (self.pick)(title)),
            Missing::NoSuchRule { way } => format!("{way}: {}", self.say(NO_SUCH_RULE)),
            Missing::TooLight { way, weighs, asks } => format!("{way}: {weighs} < {asks}"),
            Missing::Nothing => self.say(NOTHING),
        }
    }

    fn state(&self, state: State) -> String {
        self.say(match state {
            State::Kept => ("実施", "kept"),
            State::Open => ("未実施", "open"),
            State::Outside => ("対象外", "outside"),
        })
    }

    fn say(&self, (ja, en): (&str, &str)) -> String {
        let both = Bilingual {
            ja: ja.to_owned(),
            en: en.to_owned(),
        };
        (self.pick)(&both).to_owned()
    }
}

const LATER: (&str, &str) = ("今後の機能: ", "to come: ");
const NO_SUCH_RULE: (&str, &str) = ("この基準にはありません。", "this policy has no such thing");
const NOTHING: (&str, &str) = ("守る仕組みがありません。", "nothing keeps it");
const NOT_SEEN: (&str, &str) = ("投稿の仕組みからは見えません。", "no posting gateway can see it");
