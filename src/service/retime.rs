//! Many posts get another time with one action: what a hold or an outage left behind.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, FixedOffset};

use super::{FieldError, PostView, Service, ServiceError, access};
use crate::domain::{
    actor::{Person, Scope},
    ids::PostId,
};

/// The most posts of one action.
const MOST: usize = 200;

/// The longest time between two posts, in seconds.
const LONGEST_STEP: u32 = 86_400;

/// Which posts get which times.
#[derive(Debug, Clone)]
pub struct Retiming {
    /// The posts, in the order in which they shall leave.
    pub posts: Vec<PostId>,
    /// When the first one leaves.
    pub from: DateTime<FixedOffset>,
    /// How many seconds lie between two.
    pub step_seconds: u32,
}

/// What became of one post.
#[derive(Debug)]
pub struct Retimed {
    /// The post.
    pub post: PostId,
    /// Its time.
    pub at: DateTime<FixedOffset>,
    /// What it is now, or why it keeps the time that it had.
    pub result: Result<PostView, ServiceError>,
}

impl Service {
    /// Re-times posts one after the other, each inside its own signed range and as if it were the only one: one
    /// that cannot have its time does not stop the others.
    ///
    /// # Errors
    /// When the list itself is wrong; what stands in the way of single posts is told with each.
    pub async fn reschedule_many(
        &self,
        person: &Person,
        retiming: Retiming,
    ) -> Result<Vec<Retimed>, ServiceError> {
        access::any_scope(person, &[Scope::Write, Scope::Approve])?;
        retiming.check()?;
        let mut all = Vec::with_capacity(retiming.posts.len());
        let step = Duration::seconds(i64::from(retiming.step_seconds));
        let mut at = retiming.from;
        for post in retiming.posts {
            let result = match self.reschedule(person, post, at).await {
                // What is wrong with the database is wrong for all of them.
                Err(ServiceError::Store(why)) => return Err(why.into()),
                other => other,
            };
            all.push(Retimed { post, at, result });
            at += step;
        }
        Ok(all)
    }
}

impl Retiming {
    fn check(&self) -> Result<(), ServiceError> {
        let once: BTreeSet<_> = self.posts.iter().collect();
        let mut errors = Vec::new();
        if self.posts.is_empty() {
            errors.push(FieldError::at("/posts", "field-required"));
        }
        if self.posts.len() > MOST {
            errors.push(FieldError {
                pointer: "/posts".to_owned(),
                message: crate::domain::finding::Message::new("field-too-many").with("limit", MOST),
            });
        }
        if once.len() < self.posts.len() {
            errors.push(FieldError::at("/posts", "field-post-twice"));
        }
        if self.step_seconds > LONGEST_STEP {
            errors.push(FieldError {
                pointer: "/step_seconds".to_owned(),
                message: crate::domain::finding::Message::new("field-at-most").with("limit", LONGEST_STEP),
            });
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ServiceError::Invalid(errors))
        }
    }
}
