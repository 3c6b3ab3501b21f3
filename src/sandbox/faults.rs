//! The fault plan: what goes wrong, when, and how often.

use serde::{Deserialize, Serialize};

/// A kind of request to the Mastodon API. Web pages and the control interface never fail on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// `POST /api/v1/statuses`.
    Publish,
    /// `PUT /api/v1/statuses/{id}`.
    Edit,
    /// `DELETE /api/v1/statuses/{id}`.
    Delete,
    /// Every `GET` under `/api/`.
    Read,
    /// `POST /api/v2/media`.
    Upload,
    /// Registering an app, and exchanging or revoking a token.
    Auth,
    /// All of these.
    Any,
}

/// What goes wrong. "Processed" means that the request did its work in the sandbox as if nothing were wrong; a
/// request that was refused on its own merits is answered with that refusal whatever the fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Waits, then proceeds normally.
    Delay {
        /// How long.
        ms: u64,
    },
    /// 429 with `Retry-After` and `X-RateLimit-Reset`; not processed.
    TooManyRequests {
        /// When to come back.
        retry_after_s: u32,
    },
    /// A JSON error; not processed.
    Status {
        /// The HTTP status code.
        code: u16,
    },
    /// A page of HTML, as a proxy would show; not processed.
    Html {
        /// The HTTP status code.
        code: u16,
    },
    /// The connection is closed without an answer; not processed.
    CutBefore,
    /// Processed, then a JSON error.
    AcceptThenStatus {
        /// The HTTP status code.
        code: u16,
    },
    /// Processed, then the refusal of an equal post: what a server says to a request that it saw before.
    AcceptThenDuplicate,
    /// Processed, then a page of HTML.
    AcceptThenHtml {
        /// The HTTP status code.
        code: u16,
    },
    /// Processed, then the connection is closed without an answer.
    CutAfter,
    /// Processed, then nothing for a while, then the connection is closed without an answer.
    AcceptThenHang {
        /// How long.
        ms: u64,
    },
    /// Processed, then the JSON answer is written twice over: a success that cannot be read.
    AnswerTwice,
    /// Processed, then the answer trickles out.
    SlowDrip {
        /// The pause before each byte of the body.
        ms_per_byte: u64,
    },
    /// Processed as if the request had no `Idempotency-Key`.
    IgnoreKey,
    /// The connection is closed without an answer at once; the request is processed only later, as when it had
    /// been stuck in a queue in front of the server. Its key, if any, is looked at only then.
    LandLate {
        /// How much later.
        ms: u64,
    },
}

/// A rule of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Which requests it meets.
    pub on: On,
    /// Only requests with a token of this username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How many requests it spoils; none means all of them from then on.
    #[serde(default)]
    pub times: Option<u64>,
    /// How many requests it lets pass first.
    #[serde(default)]
    pub skip: u64,
    /// What it does to them.
    #[serde(rename = "do")]
    pub fault: Fault,
}

/// The rules in order. Each request meets the first rule that matches it and still has something to do; rules after
/// that one do not see the request, so two rules with `times` follow each other like a script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultPlan {
    /// The rules.
    pub faults: Vec<FaultRule>,
}

impl FaultPlan {
    /// Says what is wrong with the plan, if anything is.
    ///
    /// # Errors
    /// A status code that no HTTP answer can have.
    pub fn check(&self) -> Result<(), String> {
        let codes = self.faults.iter().filter_map(|rule| match rule.fault {
            Fault::Status { code }
            | Fault::Html { code }
            | Fault::AcceptThenStatus { code }
            | Fault::AcceptThenHtml { code } => Some(code),
            _ => None,
        });
        for code in codes {
            if !(200..=599).contains(&code) {
                return Err(format!("{code} is not a status code from 200 to 599"));
            }
        }
        Ok(())
    }
}

/// The plan with what has happened of it so far.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FaultBoard {
    #[serde(flatten)]
    plan: FaultPlan,
    /// For each rule, how many requests it let pass.
    skipped: Vec<u64>,
    /// For each rule, how many requests it spoiled.
    applied: Vec<u64>,
}

impl FaultBoard {
    pub(super) fn new(plan: FaultPlan) -> Self {
        let none = vec![0; plan.faults.len()];
        Self {
            skipped: none.clone(),
            applied: none,
            plan,
        }
    }

    /// The fault that this request meets.
    pub(super) fn meet(&mut self, on: On, account: Option<&str>) -> Option<Fault> {
        let counters = self.skipped.iter_mut().zip(&mut self.applied);
        for (rule, (skipped, applied)) in self.plan.faults.iter().zip(counters) {
            let matches = (rule.on == On::Any || rule.on == on)
                && (rule.account.is_none() || rule.account.as_deref() == account);
            if !matches || rule.times.is_some_and(|times| *applied >= times) {
                continue;
            }
            if *skipped < rule.skip {
                *skipped += 1;
                continue;
            }
            *applied += 1;
            return Some(rule.fault.clone());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(on: On, times: Option<u64>, skip: u64, fault: Fault) -> FaultRule {
        FaultRule {
            on,
            account: None,
            times,
            skip,
            fault,
        }
    }

    #[test]
    fn rules_follow_each_other() {
        let mut board = FaultBoard::new(FaultPlan {
            faults: vec![
                rule(On::Publish, Some(1), 1, Fault::CutBefore),
                rule(On::Any, Some(1), 1, Fault::CutAfter),
            ],
        });
        let met: Vec<_> = (0..4).map(|_| board.meet(On::Publish, None)).collect();
        // The first request passes both rules, the second meets the first rule, the third the second.
        assert_eq!(met, [None, Some(Fault::CutBefore), Some(Fault::CutAfter), None]);
    }

    #[test]
    fn a_rule_can_be_for_one_account_or_one_kind() {
        let mut only = rule(On::Delete, None, 0, Fault::AnswerTwice);
        only.account = Some("a".to_owned());
        let mut board = FaultBoard::new(FaultPlan { faults: vec![only] });
        assert_eq!(board.meet(On::Delete, Some("b")), None);
        assert_eq!(board.meet(On::Delete, None), None);
        assert_eq!(board.meet(On::Publish, Some("a")), None);
        assert!(board.meet(On::Delete, Some("a")).is_some());
        assert!(board.meet(On::Delete, Some("a")).is_some());
    }

    #[test]
    fn plans_are_read_strictly() {
        let read = |json| serde_json::from_str::<FaultPlan>(json);
        assert!(read(r#"{"faults":[{"on":"publish","times":2,"do":{"kind":"cut_before"}}]}"#).is_ok());
        assert!(read(r#"{"faults":[{"on":"any","times":null,"do":{"kind":"delay","ms":5}}]}"#).is_ok());
        assert!(read(r#"{"faults":[{"on":"any","do":{"kind":"delay"}}]}"#).is_err());
        assert!(read(r#"{"faults":[{"on":"any","do":{"kind":"explode"}}]}"#).is_err());
        assert!(read(r#"{"faults":[{"on":"any","time":1,"do":{"kind":"cut_after"}}]}"#).is_err());
        let odd = read(r#"{"faults":[{"on":"any","do":{"kind":"html","code":99}}]}"#).unwrap();
        assert!(odd.check().is_err());
    }
}
