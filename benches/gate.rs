//! How long the gate takes to judge one post: all rules of the shipped standard policy, no I/O.
//!
//! `cargo bench --bench gate -- [--quick]`

mod support {
    pub mod figures;
    pub mod mode;
}

use std::{
    collections::BTreeSet,
    hint::black_box,
    time::{Duration as StdDuration, Instant},
};

use chrono::{DateTime, Duration, Utc};
use sekisho::{
    app::{STANDARD_PROFILE, policy_document, shipped_calendar},
    domain::{
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Limits, Platform},
        actor::OrganizationRole,
        calendar::Calendar,
        digest::TextFingerprint,
        ids::{AccountId, DivisionId, OrganizationId, PostId, SignOffId, UserId},
        revision::{Act, AllowedRange, Content, Kind, Part, Payload, Visibility},
        route::{Requirement, Route, Stage},
        signoff::{Decision, SignOff},
        window::AccountHours,
    },
    gate::{Case, Gate, Phase, Policy, Target, fingerprint},
};
use support::{figures::Samples, mode};
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
    recent: BTreeSet<TextFingerprint>,
    hands: BTreeSet<UserId>,
}

fn main() -> anyhow::Result<()> {
    let town = Town::found()?;
    let (rounds, runs) = if mode::is_quick() { (20, 1) } else { (ROUNDS, 3) };
    println!("µs a full check, {rounds} rounds, {runs} runs: median (range)");
    println!(
        "{:<44}{:>9}{:>8}{:>26}{:>26}",
        "text", "letters", "found", "p50", "p99"
    );
    for (name, text) in texts() {
        let measured: Vec<(usize, Samples)> = (0..runs).map(|_| town.judge(&text, rounds)).collect();
        let found = measured.first().map_or(0, |(found, _)| *found);
        let cells = [50, 99].map(|percent| {
            let of_run = |(_, samples): &(usize, Samples)| samples.percentile(percent);
            let of_runs = Samples::new(measured.iter().map(of_run).collect());
            format!(
                "{:.0} ({:.0}–{:.0})",
                of_runs.median(),
                of_runs.percentile(0),
                of_runs.max()
            )
        });
        println!(
            "{name:<44}{:>9}{found:>8}{:>26}{:>26}",
            text.chars().count(),
            cells[0],
            cells[1]
        );
    }
    let begin = Instant::now();
    black_box(Policy::compile(policy_document(STANDARD_PROFILE)?)?);
    println!(
        "reading and compiling the policy, once for each version: {:.1} ms",
        begin.elapsed().as_secs_f64() * 1e3
    );
    Ok(())
}

/// What is judged. What nobody writes in good faith has to be judged in good time as well.
fn texts() -> Vec<(&'static str, String)> {
    let cut = |piece: &str, letters: usize| piece.chars().cycle().take(letters).collect::<String>();
    // No longer text is taken in, and every letter here is one byte.
    let longest = sekisho::domain::text::MAX_TEXT_BYTES;
    vec![
        ("daily, Japanese", cut(DAILY, 280)),
        ("daily, Japanese", cut(DAILY, 5_000)),
        ("dots", cut(".", 5_000)),
        ("names of one letter", cut("a.", 5_000)),
        (
            "look-alikes of a listed host (Cyrillic)",
            cut("b\u{456}t.\u{406}y.", 5_000),
        ),
        ("full-width and enclosed letters", cut("ｂⓘｔ．ⓛｙ／", 5_000)),
        ("listed hosts in one name", cut("t.co.", 5_000)),
        ("listed hosts, one a word", cut("bit.ly/a ", 5_000)),
        ("one letter under marks", cut("e\u{301}\u{323}\u{302}", 5_000)),
        ("names of one letter, the longest text", cut("a.", longest)),
        (
            "listed hosts in one name, the longest text",
            cut("t.co.", longest),
        ),
        (
            "listed hosts, one a word, the longest text",
            cut("bit.ly/a ", longest),
        ),
    ]
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
                .map(|n| fingerprint(&format!("{n}件目です。")))
                .collect(),
            hands: BTreeSet::from([UserId::new(Uuid::from_u128(1))]),
        })
    }

    /// Judges a signed text that is about to leave: how many findings, and how long it took each time.
    fn judge(&self, text: &str, rounds: usize) -> (usize, Samples) {
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
            holds: &[],
            emergencies: &[],
            policy: &self.policy,
            calendar: &self.calendar,
        };
        let found = Gate.evaluate(&case).findings.len();
        let begin = Instant::now();
        let mut took = Vec::with_capacity(rounds);
        while took.len() < rounds && begin.elapsed() < LONGEST {
            let one = Instant::now();
            black_box(Gate.evaluate(black_box(&case)));
            took.push(one.elapsed().as_secs_f64() * 1e6);
        }
        (found, Samples::new(took))
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
