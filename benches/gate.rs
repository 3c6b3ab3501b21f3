//! How long the gate takes to judge one post: all rules of the shipped standard policy, no I/O. Beside it,
//! in turns, the bare parts: normalising the text, and looking for as many phrases in it.
//!
//! `cargo bench --bench gate -- [--check] [--quick]`
//!
//! `--check` ends with 1 when a goal is missed.

mod support {
    pub mod bare;
    pub mod figures;
    pub mod machine;
    pub mod mode;
}

use std::{
    collections::BTreeSet,
    hint::black_box,
    process::ExitCode,
    time::{Duration as StdDuration, Instant},
};

use chrono::{DateTime, Duration, Utc};
use sekisho::{
    app::{STANDARD_PROFILE, policy_document, shipped_calendar},
    domain::{
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Limits, Platform},
        actor::OrganizationRole,
        calendar::Calendar,
        digest::TextMark,
        evidence::Evidence,
        ids::{AccountId, DivisionId, OrganizationId, PostId, SignOffId, UserId},
        records::Records,
        revision::{Act, AllowedRange, Content, Kind, Part, Payload, Visibility},
        route::{Requirement, Route, Stage},
        signoff::{Decision, SignOff},
        window::AccountHours,
    },
    gate::{Case, Gate, Phase, Policy, Target, text_mark},
};
use support::{
    bare::Bare,
    figures::Samples,
    machine::{self, Ticks},
    mode,
};
use uuid::Uuid;

/// How often each text is judged at least.
const ROUNDS: usize = 2_000;

/// Enough of slow ones.
const LONGEST: StdDuration = StdDuration::from_secs(20);

/// How many texts an account said lately.
const RECENT: usize = 200;

/// A daily text, which the pieces of longer ones are cut from.
const DAILY: &str = "あけぼの市からのお知らせです。12月6日（日）の休日当番医は、中央通りの「みなと内科クリニック」\
    （電話0123-45-6789）です。診療時間は午前9時から午後5時まで、受付は終了の30分前までです。お出かけの前に電話で\
    ご確認ください。マイナンバーカードか資格確認書をお持ちください。夜間は、こども医療電話相談（#8000）も\
    ご利用いただけます。くわしくは市の公式サイト https://www.city.akebono.example.lg.jp/kenko/toban.html をご覧ください。\
    なお、年末年始の体制は12月15日号の広報あけぼのでお知らせします。";

/// A town with one account on which everything is in order.
struct Town {
    policy: Policy,
    calendar: Calendar,
    account: Account,
    organization: OrganizationId,
    now: DateTime<Utc>,
    recent: BTreeSet<TextMark>,
    hands: BTreeSet<UserId>,
    records: Records,
    evidence: Evidence,
    /// How busy the machine was in the beginning.
    before: Option<Ticks>,
}

/// How much memory all automata of a policy may take, in bytes.
const MOST_MEMORY: usize = 10_000_000;

/// One text, and how fast it has to be judged.
struct Post {
    name: &'static str,
    text: String,
    /// In µs: the median, and what one of a hundred may exceed.
    goal: Option<(f64, f64)>,
}

/// What was measured of one text, in µs.
struct Measured {
    found: usize,
    normalising: Samples,
    searching: Samples,
    judging: Samples,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let is_checked = std::env::args().any(|argument| argument == "--check");
    let (rounds, runs) = if mode::is_quick() { (20, 1) } else { (ROUNDS, 3) };
    let town = Town::found()?;
    let bare = Bare::of(&town.policy)?;
    let mut missed: Vec<String> = tell_memory(&town.policy).into_iter().collect();
    println!("µs for each text, {rounds} rounds in turns, {runs} runs: median (range) of the runs");
    println!(
        "{:<42}{:>8}{:>7}{:>11}{:>9}{:>22}{:>24}{:>8}",
        "text", "letters", "found", "normalise", "search", "check p50", "check p99", "ratio"
    );
    for post in posts() {
        let mut measured = Vec::new();
        for _ in 0..runs {
            if !mode::is_quick() {
                machine::wait_until_idle().await;
            }
            measured.push(town.judge(&bare, &post.text, rounds));
        }
        missed.extend(tell(&post, &measured));
    }
    let begin = Instant::now();
    black_box(Policy::compile(policy_document(STANDARD_PROFILE)?)?);
    println!(
        "reading and compiling the policy, once for each version: {:.1} ms",
        begin.elapsed().as_secs_f64() * 1e3
    );
    if let Some(others) = town.before.and_then(Ticks::others_since) {
        println!("processor time of others meanwhile: {:.0} %", others * 1e2);
    }
    missed.iter().for_each(|line| println!("missed: {line}"));
    let is_missed = is_checked && !missed.is_empty();
    Ok(if is_missed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Prints how much memory the automata take; tells when it is too much.
fn tell_memory(policy: &Policy) -> Option<String> {
    let automata = policy.automata();
    let sum: usize = automata.iter().map(|(_, bytes)| bytes).sum();
    let each = automata.map(|(name, bytes)| format!("{name} {:.1} kB", bytes as f64 / 1e3));
    println!("automata: {}; {:.2} MB in all", each.join(", "), sum as f64 / 1e6);
    (sum > MOST_MEMORY).then(|| format!("the automata take {sum} bytes, the goal is at most {MOST_MEMORY}"))
}

/// Prints the figures of one text; tells when it misses its goal.
fn tell(post: &Post, runs: &[Measured]) -> Option<String> {
    let of_runs = |of: fn(&Measured) -> &Samples, percent| {
        Samples::new(runs.iter().map(|run| of(run).percentile(percent)).collect())
    };
    let cell = |samples: &Samples| {
        let (low, middle, high) = (samples.percentile(0), samples.median(), samples.max());
        format!("{middle:.1} ({low:.1}–{high:.1})")
    };
    let normalising = of_runs(|run| &run.normalising, 50).median();
    let searching = of_runs(|run| &run.searching, 50).median();
    let [p50, p99] = [50, 99].map(|percent| of_runs(|run| &run.judging, percent));
    println!(
        "{:<42}{:>8}{:>7}{normalising:>11.1}{searching:>9.1}{:>22}{:>24}{:>8.1}",
        post.name,
        post.text.chars().count(),
        runs.first().map_or(0, |run| run.found),
        cell(&p50),
        cell(&p99),
        p50.median() / (normalising + searching)
    );
    let (most, most_of_99) = post.goal?;
    let is_missed = p50.median() > most || p99.median() > most_of_99;
    is_missed.then(|| {
        format!(
            "{} ({} letters): {:.1} µs and {:.1} µs at p99, the goals are {most} and {most_of_99}",
            post.name,
            post.text.chars().count(),
            p50.median(),
            p99.median()
        )
    })
}

/// What is judged. What nobody writes in good faith has to be judged in good time as well.
fn posts() -> Vec<Post> {
    let post = |name, piece: &str, letters, goal| Post {
        name,
        text: piece.chars().cycle().take(letters).collect(),
        goal,
    };
    // No longer text is taken in, and every letter of these is one byte.
    let longest = sekisho::domain::text::MAX_TEXT_BYTES;
    let odd = [
        ("dots", "."),
        ("names of one letter", "a."),
        ("look-alikes of a listed host (Cyrillic)", "b\u{456}t.\u{406}y."),
        ("full-width and enclosed letters", "ｂⓘｔ．ⓛｙ／"),
        ("listed hosts in one name", "t.co."),
        ("listed hosts, one a word", "bit.ly/a "),
        ("one letter under marks", "e\u{301}\u{323}\u{302}"),
        ("addresses of houses", "あけぼの市中央1丁目2番3号、"),
        ("addresses of mailboxes", "a@b.jp "),
        ("mentions", "@a "),
        ("pictures", "🌀👨\u{200D}👩"),
    ];
    let odd = odd.map(|(name, piece)| post(name, piece, 5_000, None));
    let longest = [
        ("names of one letter, the longest text", "a."),
        ("listed hosts in one name, the longest text", "t.co."),
        ("listed hosts, a word each, the longest", "bit.ly/a "),
    ]
    .map(|(name, piece)| post(name, piece, longest, None));
    let daily = [
        post("daily, Japanese", DAILY, 280, Some((20.0, 50.0))),
        post("daily, Japanese", DAILY, 5_000, Some((1_000.0, 1_000.0))),
    ];
    daily.into_iter().chain(odd).chain(longest).collect()
}

impl Town {
    fn found() -> anyhow::Result<Self> {
        let organization = OrganizationId::new(Uuid::from_u128(1));
        let division = DivisionId::new(Uuid::from_u128(1));
        let stage = |title: &str, requirement| Stage {
            title: title.to_owned(),
            requirement,
        };
        let account = Account {
            id: AccountId::new(Uuid::from_u128(1)),
            organization,
            platform: Platform::Mastodon,
            instance: "https://social.example.lg.jp".to_owned(),
            handle: "koho".to_owned(),
            remote_id: Some("1".to_owned()),
            name: "広報公式".to_owned(),
            status: AccountStatus::Active,
            purpose: AccountPurpose::Public,
            zone: chrono_tz::Asia::Tokyo,
            hours: AccountHours::unrestricted(),
            grace: Duration::minutes(10),
            route: Route::new(vec![
                stage("係長", Requirement::ApproverOf(division)),
                stage("課長", Requirement::Holder(OrganizationRole::Publicity)),
            ]),
            divisions: vec![division],
            limits: Some(Limits {
                max_characters: 5_000,
                characters_per_url: 23,
                film_bytes: None,
            }),
            keys: KeySupport::NotHonoured,
            emergency_cover: EmergencyCover::Covered,
        };
        Ok(Self {
            policy: Policy::compile(policy_document(STANDARD_PROFILE)?)?,
            calendar: shipped_calendar()?,
            account,
            organization,
            now: "2026-12-01T10:00:00+09:00".parse()?,
            recent: (0..RECENT)
                .map(|n| text_mark(&format!("{n}件目です。")))
                .collect(),
            hands: BTreeSet::from([UserId::new(Uuid::from_u128(1))]),
            records: Records::default(),
            evidence: Evidence::default(),
            before: Ticks::now(),
        })
    }

    /// Judges a signed text that is about to leave, in turns with the bare parts.
    fn judge(&self, bare: &Bare, text: &str, rounds: usize) -> Measured {
        let payload = Payload {
            account: self.account.id,
            parts: vec![Part {
                text: text.to_owned(),
                link_card: None,
                media: Vec::new(),
            }],
            language: Some("ja".to_owned()),
            visibility: Visibility::Public,
            refers_to: None,
            audience: None,
        };
        let range = AllowedRange {
            earliest: self.now - Duration::hours(1),
            latest: self.now + Duration::hours(1),
        };
        let content = Content::new(Act::New, Kind::Ordinary, None, range, vec![payload])
            .unwrap_or_else(|why| panic!("{why}"));
        let sign_offs = self.sign_offs(&content);
        let case = Case {
            phase: Phase::Dispatch,
            now: self.now,
            planned: Some(self.now),
            organization: self.organization,
            gate_epoch: 1,
            content: &content,
            digest: content.digest(self.organization),
            targets: vec![Target {
                account: &self.account,
                payload: &content.payloads()[0],
                recent: Some(&self.recent),
            }],
            hands: &self.hands,
            sign_offs: &sign_offs,
            attested: &[],
            signing: None,
            holds: &[],
            emergencies: &[],
            policy: &self.policy,
            calendar: &self.calendar,
            records: &self.records,
            evidence: &self.evidence,
        };
        let found = Gate.evaluate(&case).findings.len();
        let begin = Instant::now();
        let (mut normalising, mut searching, mut judging) = (Vec::new(), Vec::new(), Vec::new());
        while judging.len() < rounds && begin.elapsed() < LONGEST {
            normalising.push(timed(|| bare.normalise(black_box(text))));
            searching.push(timed(|| bare.search(black_box(text))));
            judging.push(timed(|| Gate.evaluate(black_box(&case))));
        }
        Measured {
            found,
            normalising: Samples::new(normalising),
            searching: Samples::new(searching),
            judging: Samples::new(judging),
        }
    }

    fn sign_offs(&self, content: &Content) -> Vec<SignOff> {
        let stages = self.account.route.stages().iter();
        stages
            .zip(0_u16..)
            .map(|(stage, number)| SignOff {
                id: SignOffId::new(Uuid::from_u128(number.into())),
                post: PostId::new(Uuid::from_u128(1)),
                revision: content.digest(self.organization),
                stage: number,
                requirement: stage.requirement,
                by: UserId::new(Uuid::from_u128(100 + u128::from(number))),
                decision: Decision::Approve,
                reason: None,
                acknowledgements: Vec::new(),
                at: self.now - Duration::minutes(10),
            })
            .collect()
    }
}

/// How long something takes, in µs.
fn timed<T>(what: impl FnOnce() -> T) -> f64 {
    let begin = Instant::now();
    black_box(what());
    begin.elapsed().as_secs_f64() * 1e6
}
