//! The site's own rules: expressions in CEL that a profile brings along.
//!
//! ```toml
//! [[site_rules]]
//! name = "lottery"
//! when = "post.plain.contains('宝くじ') && account.platform != 'line'"
//! severity = "confirm"
//! clauses = ["KUR-7.3"]
//! message = { ja = "宝くじの案内は LINE だけで出します。", en = "Lotteries are announced on LINE only." }
//! ```
//!
//! An expression is judged once for each account that the post goes to. It sees `post` (`text`, `plain`,
//! `parts`, `alts`, `cards`, `links`, `hashtags`, `kind`, `act`, `visibility`, `language`, `refers_to`,
//! `source`), `account` (`id`, `name`, `platform`, `instance`, `handle`, `divisions`, `in_emergency`), `author`
//! (`ids`: everybody who wrote a revision) and `time` (`year`, `month`, `day`, `hour`, `minute`, `weekday`,
//! `holiday`: when citizens will read it, on the account's clock). It may use the operators of CEL, `contains`,
//! `startsWith`, `endsWith`, `size`, `int`, `string`, `double`, and the loops `exists`, `all`, `exists_one` and
//! `filter`, one inside another not.

mod engine;
mod facts;

use super::{Found, Report};
use crate::{
    domain::finding::{Clauses, Message, Severity},
    gate::{case::Target, names, policy::PolicyError, profile::SiteRule},
};
use engine::{Expression, Failure, Scope};
use facts::Facts;

/// A rule, ready to judge.
#[derive(Debug)]
pub(in crate::gate) struct Rule {
    id: &'static str,
    expression: Expression,
    severity: Severity,
    clauses: Clauses,
    message_ja: String,
    message_en: String,
}

impl Rule {
    /// Compiles one rule.
    ///
    /// # Errors
    /// Names the rule, and the place in its expression.
    pub(in crate::gate) fn compile(rule: &SiteRule) -> Result<Self, PolicyError> {
        let wrong = |why: String| PolicyError::SiteRule {
            name: rule.name.clone(),
            why,
        };
        let id = names::rule("site", &rule.name).ok_or_else(|| PolicyError::Name(rule.name.clone()))?;
        let [ja, en] = [&rule.message.ja, &rule.message.en];
        if ja.trim().is_empty() || en.trim().is_empty() {
            return Err(PolicyError::Silent(rule.name.clone()));
        }
        Ok(Self {
            id,
            expression: Expression::compile(&rule.when).map_err(|why| wrong(why.to_string()))?,
            severity: rule.severity,
            clauses: rule.clauses.as_slice().into(),
            message_ja: ja.clone(),
            message_en: en.clone(),
        })
    }

    /// Compiles all rules of a profile.
    ///
    /// # Errors
    /// As [`Rule::compile`], and when two have one name.
    pub(in crate::gate) fn compile_all(rules: &[SiteRule]) -> Result<Vec<Self>, PolicyError> {
        for index in 0..rules.len() {
            Self::is_first(rules, index)?;
        }
        rules.iter().map(Self::compile).collect()
    }

    /// Refuses a rule whose name an earlier one has.
    pub(in crate::gate) fn is_first(rules: &[SiteRule], index: usize) -> Result<(), PolicyError> {
        let name = &rules[index].name;
        if rules[..index].iter().any(|earlier| earlier.name == *name) {
            return Err(PolicyError::NameTwice(name.clone()));
        }
        Ok(())
    }

    fn finding(&self) -> Found {
        let message = Message::new("finding-site")
            .with("message_ja", &self.message_ja)
            .with("message_en", &self.message_en);
        Found::listed(self.id, self.severity, self.clauses.clone(), message)
    }

    fn failure(&self) -> Found {
        let message = Message::new("finding-site-failed").with("rule", self.id);
        Found::listed(self.id, Severity::Block, self.clauses.clone(), message).evidence("failed")
    }
}

pub(super) fn check(report: &mut Report<'_>) {
    let (case, rules) = (report.case, report.case.policy.site_rules());
    if rules.is_empty() {
        return;
    }
    for target in &case.targets {
        let scope = Scope::new(&Facts::of(case, target));
        for rule in rules {
            let answer = scope.as_ref().map_err(Clone::clone);
            let answer = answer.and_then(|scope| rule.expression.holds(scope));
            judge(report, target, rule, &answer);
        }
    }
}

/// A rule that has no answer stops the post: what it should have found is unknown. In an emergency it is
/// shown instead.
fn judge(report: &mut Report<'_>, target: &Target<'_>, rule: &Rule, answer: &Result<bool, Failure>) {
    let account = target.account;
    match answer {
        Ok(false) => {}
        Ok(true) => report.add(rule.finding().on(account.id)),
        Err(_) if report.case.emergency_for(account).is_some() => {
            report.add(rule.failure().only_shown().on(account.id));
        }
        Err(_) => report.add(rule.failure().on(account.id)),
    }
}

#[cfg(test)]
mod tests;
