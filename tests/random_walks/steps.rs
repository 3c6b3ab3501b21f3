//! What may happen next.

use proptest::prelude::*;
use sekisho::{domain::revision::Kind as PostKind, sandbox::Fault};

/// Who does it; the same person may have several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Clerk,
    SecondClerk,
    Operator,
    Chief,
    Director,
    Deputy,
    DutyOfficer,
    /// Writes, signs for the division and signs for the town.
    Jack,
    /// Writes, and is a duty officer.
    Busy,
    Administrator,
}

pub const EVERYBODY: [Who; 10] = [
    Who::Clerk,
    Who::SecondClerk,
    Who::Operator,
    Who::Chief,
    Who::Director,
    Who::Deputy,
    Who::DutyOfficer,
    Who::Jack,
    Who::Busy,
    Who::Administrator,
];

/// Which accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    First,
    Second,
    Both,
}

/// A post, counted back from the newest, and round.
pub type Nth = usize;

/// When a post shall leave.
#[derive(Debug, Clone, Copy)]
pub enum When {
    OnApproval,
    InMinutes(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    Plain,
    Shortener,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Leave,
    Submit,
}

/// What somebody writes.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    pub when: When,
    pub wording: Wording,
    pub then: Then,
}

/// Which digest somebody signs.
#[derive(Debug, Clone, Copy)]
pub enum Seen {
    Current,
    Another,
}

/// What one person does with one post.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    Submit,
    Approve(Seen),
    Return,
    Reject,
    Escalate,
    Cancel,
    /// So many minutes from now.
    Reschedule(i64),
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    Create(Who, PostKind, Where, Writing),
    Edit(Nth, Who, Writing),
    Does(Who, Deed, Nth),
    /// Whose turn it is signs, until nobody's is.
    Sign(Nth),
    /// Somebody queues a post and everybody signs.
    Queue(Who, PostKind, Where, When),
    Hold(Where),
    Lift(usize),
    /// An emergency, for so many minutes.
    Declare(Where, i64),
    /// The same, with a post about it.
    Warn(Where, i64),
    End(usize),
    /// From now on the office opens later and closes earlier.
    ShortHours,
    /// Forwards or back, by seconds.
    Clock(i64),
    /// To the next day, so many minutes after the office opens, if it does.
    NextDay(i64),
    /// To so many seconds after, or before, the next time at which something is due.
    ToDue(i64),
    Work,
    /// To the next time at which something is due, and the dispatcher works.
    Deliver,
    Faults(Vec<Fault>),
    /// Somebody settles a doubt, truthfully.
    Resolve,
    /// The accounts are connected again.
    Connect,
    /// Somebody notes where the ledger ends.
    Note,
}

impl Step {
    /// Whether it leaves the database and what citizens see alone, until something else happens.
    pub const fn is_silent(&self) -> bool {
        matches!(
            self,
            Self::Clock(_) | Self::NextDay(_) | Self::ToDue(_) | Self::Faults(_)
        )
    }
}

fn anybody() -> impl Strategy<Value = Who> {
    prop::sample::select(EVERYBODY.as_slice())
}

fn writer() -> impl Strategy<Value = Who> {
    prop_oneof![8 => Just(Who::Clerk), 2 => Just(Who::Jack), 1 => anybody()]
}

fn decider() -> impl Strategy<Value = Who> {
    prop_oneof![2 => Just(Who::Jack), 1 => Just(Who::Chief), 1 => Just(Who::Director), 3 => anybody()]
}

fn nth() -> impl Strategy<Value = Nth> {
    prop_oneof![4 => Just(0usize), 2 => 0usize..4]
}

fn place() -> impl Strategy<Value = Where> {
    prop_oneof![3 => Just(Where::First), 1 => Just(Where::Second), 1 => Just(Where::Both)]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        5 => Just(When::OnApproval),
        3 => (1i64..200).prop_map(When::InMinutes),
        1 => (200i64..6_000).prop_map(When::InMinutes),
    ]
}

fn writing() -> impl Strategy<Value = Writing> {
    let wording = prop_oneof![12 => Just(Wording::Plain), 1 => Just(Wording::Shortener)];
    let then = prop_oneof![4 => Just(Then::Submit), 1 => Just(Then::Leave)];
    (when(), wording, then).prop_map(|(when, wording, then)| Writing { when, wording, then })
}

fn kind() -> impl Strategy<Value = PostKind> {
    prop_oneof![
        7 => Just(PostKind::Ordinary),
        1 => Just(PostKind::Emergency),
        1 => Just(PostKind::Correction),
    ]
}

fn deed() -> impl Strategy<Value = (Who, Deed)> {
    let decided = prop_oneof![
        7 => Just(Deed::Approve(Seen::Current)),
        1 => Just(Deed::Approve(Seen::Another)),
        1 => Just(Deed::Return),
        1 => Just(Deed::Reject),
        2 => Just(Deed::Escalate),
    ];
    let written = prop_oneof![
        2 => Just(Deed::Submit),
        1 => Just(Deed::Cancel),
        5 => (0i64..500).prop_map(Deed::Reschedule),
    ];
    prop_oneof![3 => (decider(), decided), 2 => (writer(), written)]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop::sample::select(vec![
        Fault::TooManyRequests { retry_after_s: 0 },
        Fault::Status { code: 500 },
        Fault::Status { code: 422 },
        Fault::Status { code: 401 },
        Fault::Html { code: 502 },
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::AcceptThenStatus { code: 500 },
        Fault::AcceptThenHtml { code: 200 },
        Fault::AnswerTwice,
    ])
}

fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => 0i64..5,
        4 => 5i64..1_800,
        1 => 1_800i64..40_000,
        1 => -7_200i64..0,
    ]
}

fn by_people() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (writer(), kind(), place(), writing())
            .prop_map(|(who, kind, place, writing)| Step::Create(who, kind, place, writing)),
        3 => (nth(), writer(), writing()).prop_map(|(nth, who, writing)| Step::Edit(nth, who, writing)),
        12 => (deed(), nth()).prop_map(|((who, deed), nth)| Step::Does(who, deed, nth)),
        2 => nth().prop_map(Step::Sign),
        20 => (writer(), kind(), place(), when())
            .prop_map(|(who, kind, place, when)| Step::Queue(who, kind, place, when)),
        3 => place().prop_map(Step::Hold),
        5 => (0usize..3).prop_map(Step::Lift),
        1 => (place(), 1i64..300).prop_map(|(place, minutes)| Step::Declare(place, minutes)),
        3 => (place(), 1i64..300).prop_map(|(place, minutes)| Step::Warn(place, minutes)),
        4 => (0usize..3).prop_map(Step::End),
        1 => Just(Step::ShortHours),
        2 => Just(Step::Resolve),
        1 => Just(Step::Connect),
        1 => Just(Step::Note),
    ]
}

fn by_the_world() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => seconds().prop_map(Step::Clock),
        1 => (0i64..520).prop_map(Step::NextDay),
        3 => prop::sample::select(vec![-1i64, 1, 2, 300, 599, 600]).prop_map(Step::ToDue),
        4 => Just(Step::Work),
        14 => Just(Step::Deliver),
        6 => prop::collection::vec(fault(), 1..4).prop_map(Step::Faults),
    ]
}

/// Anything that may happen.
pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![3 => by_people(), 2 => by_the_world()]
}
