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
}

pub const EVERYBODY: [Who; 9] = [
    Who::Clerk,
    Who::SecondClerk,
    Who::Operator,
    Who::Chief,
    Who::Director,
    Who::Deputy,
    Who::DutyOfficer,
    Who::Jack,
    Who::Busy,
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

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    Create {
        who: Who,
        kind: PostKind,
        place: Where,
        /// Minutes ahead; none for "when approved".
        at: Option<i64>,
        submit: bool,
        shortener: bool,
    },
    Edit {
        post: Nth,
        who: Who,
        at: Option<i64>,
        submit: bool,
        shortener: bool,
    },
    Submit(Nth, Who),
    Approve {
        post: Nth,
        who: Who,
        stale: bool,
    },
    /// Everybody does what the route asks for.
    Walk(Nth),
    /// The clerk queues a post and everybody signs.
    Queue(PostKind, Where, Option<i64>),
    Return(Nth, Who),
    Reject(Nth, Who),
    Escalate(Nth, Who),
    Cancel(Nth, Who),
    Reschedule {
        post: Nth,
        who: Who,
        minutes: i64,
    },
    Hold(Where),
    Lift(usize),
    Declare(Where, i64),
    End(usize),
    /// Forwards or back, by seconds.
    Clock(i64),
    /// To the next day, so many minutes after the office opens, if it does.
    NextDay(i64),
    /// To just before, at or after the next time at which something is due.
    ToDue(i64),
    Work,
    Faults(Vec<Fault>),
    /// Somebody settles a doubt, truthfully.
    Resolve,
    /// The administrator connects the accounts again.
    Connect,
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        6 => Just(Who::Clerk),
        3 => prop::sample::select(EVERYBODY.as_slice()),
    ]
}

fn place() -> impl Strategy<Value = Where> {
    prop_oneof![3 => Just(Where::First), 1 => Just(Where::Second), 1 => Just(Where::Both)]
}

fn ahead() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![3 => Just(None), 3 => (1i64..300).prop_map(Some), 1 => (1i64..6_000).prop_map(Some)]
}

fn kind() -> impl Strategy<Value = PostKind> {
    prop_oneof![
        6 => Just(PostKind::Ordinary),
        2 => Just(PostKind::Emergency),
        1 => Just(PostKind::Correction),
    ]
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

/// Anything that may happen.
pub fn step() -> impl Strategy<Value = Step> {
    let nth = || prop_oneof![3 => Just(0usize), 2 => 0usize..8];
    let rarely = || prop::bool::weighted(0.08);
    let mostly = || prop::bool::weighted(0.8);
    let create = (who(), kind(), place(), ahead(), mostly(), rarely()).prop_map(
        |(who, kind, place, at, submit, shortener)| Step::Create {
            who,
            kind,
            place,
            at,
            submit,
            shortener,
        },
    );
    let edit = (nth(), who(), ahead(), mostly(), rarely()).prop_map(|(post, who, at, submit, shortener)| {
        Step::Edit {
            post,
            who,
            at,
            submit,
            shortener,
        }
    });
    let approve = (nth(), who(), rarely()).prop_map(|(post, who, stale)| Step::Approve { post, who, stale });
    let reschedule =
        (nth(), who(), 0i64..600).prop_map(|(post, who, minutes)| Step::Reschedule { post, who, minutes });
    prop_oneof![
        5 => create,
        2 => edit,
        2 => (nth(), who()).prop_map(|(post, who)| Step::Submit(post, who)),
        5 => approve,
        4 => nth().prop_map(Step::Walk),
        9 => (kind(), place(), ahead()).prop_map(|(kind, place, at)| Step::Queue(kind, place, at)),
        1 => (nth(), who()).prop_map(|(post, who)| Step::Return(post, who)),
        1 => (nth(), who()).prop_map(|(post, who)| Step::Reject(post, who)),
        2 => (nth(), who()).prop_map(|(post, who)| Step::Escalate(post, who)),
        1 => (nth(), who()).prop_map(|(post, who)| Step::Cancel(post, who)),
        3 => reschedule,
        1 => place().prop_map(Step::Hold),
        3 => (0usize..3).prop_map(Step::Lift),
        2 => (place(), 1i64..2_000).prop_map(|(place, minutes)| Step::Declare(place, minutes)),
        2 => (0usize..3).prop_map(Step::End),
        4 => seconds().prop_map(Step::Clock),
        2 => (0i64..520).prop_map(Step::NextDay),
        9 => prop::sample::select(vec![-1i64, 0, 0, 0, 1, 2, 300, 599, 600]).prop_map(Step::ToDue),
        12 => Just(Step::Work),
        3 => prop::collection::vec(fault(), 0..4).prop_map(Step::Faults),
        1 => Just(Step::Resolve),
        1 => Just(Step::Connect),
    ]
}
