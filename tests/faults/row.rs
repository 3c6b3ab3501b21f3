//! A row of the matrix: posts that are approved before the fault, and the count after it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Write as _,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use sekisho::sandbox::{Fault, FaultPlan, FaultRule, On};
use serde_json::json;

use super::{Node, Running};
use crate::support::{Clocked, TestDatabase, Town, database::Kind, raw::Raw, town::ALWAYS_OPEN};

/// How far apart the clocks of this machine's processes may seem to be.
const SLACK: TimeDelta = TimeDelta::seconds(1);

/// What must have become of the posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every one is out.
    AllOut,
    /// Every one is out, or stands where a person sees it.
    OutOrSeen,
}

/// A row that is under way.
pub struct Row {
    pub town: Town,
    /// How far a request may seem to be outside the time of its intent.
    pub slack: TimeDelta,
    name: &'static str,
    texts: BTreeSet<String>,
    /// Intents that the database has forgotten since.
    intents: Vec<String>,
    began: Instant,
}

/// What was counted.
#[derive(Debug)]
struct Count {
    out: usize,
    doubled: usize,
    lost: usize,
    outside: usize,
    surfaced: usize,
}

impl Row {
    /// A town on this kind of database, with approved posts; `None`, and a row that says so, without one.
    pub async fn begin(name: &'static str, kind: Kind, posts: usize) -> Option<Self> {
        match TestDatabase::make(kind).await {
            Some(database) => Some(Self::begin_in(database, name, posts).await),
            None => {
                skipped(name, kind, "no PostgreSQL");
                None
            }
        }
    }

    /// The same, and the database belongs to other processes already.
    pub async fn ready(name: &'static str, kind: Kind, posts: usize) -> Option<Self> {
        let mut row = Self::begin(name, kind, posts).await?;
        row.hand_over().await;
        Some(row)
    }

    /// The same, on a platform that honours no idempotency keys, and says so.
    pub async fn ready_without_keys(name: &'static str, kind: Kind, posts: usize) -> Option<Self> {
        let mut row = Self::begin(name, kind, posts).await?;
        row.without_keys().await;
        row.hand_over().await;
        Some(row)
    }

    /// The same, in a database.
    pub async fn begin_in(database: TestDatabase, name: &'static str, posts: usize) -> Self {
        let town = Town::in_database(database, Clocked::System, ALWAYS_OPEN).await;
        let mut row = Self {
            town,
            slack: SLACK,
            name,
            texts: BTreeSet::new(),
            intents: Vec::new(),
            began: Instant::now(),
        };
        for number in 0..posts {
            let text = format!("お知らせ その{number}");
            row.town.approved(&text).await;
            row.texts.insert(text);
        }
        row
    }

    /// From now on the database belongs to other processes.
    pub async fn hand_over(&mut self) {
        self.town.app.store.close().await;
        self.began = Instant::now();
    }

    /// One more text that is allowed to leave.
    pub fn expect(&mut self, text: &str) {
        self.texts.insert(text.to_owned());
    }

    pub fn node(&self) -> Node {
        Node::on(&self.town.database.url)
    }

    /// How the platform behaves from now on: one fault for so many publish requests, then the next one.
    pub async fn platform(&self, faults: &[(Option<u64>, Fault)]) {
        let rule = |(times, fault): &(Option<u64>, Fault)| FaultRule {
            on: On::Publish,
            account: None,
            times: *times,
            skip: 0,
            fault: fault.clone(),
        };
        let faults = faults.iter().map(rule).collect();
        self.town.set_faults(FaultPlan { faults }).await;
    }

    /// The platform honours no idempotency keys, and says so.
    pub async fn without_keys(&self) {
        let software = json!({ "name": "gotosocial", "version": "0.20.0" });
        self.town.control("software", software).await;
        self.town.control("keys", json!({ "honour": false })).await;
        let token = sekisho::vault::Secret::new("koho-token".to_owned());
        let (town, by) = (&self.town, sekisho::domain::actor::Actor::Operator);
        let connected = town
            .app
            .service
            .connect_with_token(town.organization, town.account, token, by);
        connected.await.expect("connected again");
    }

    pub fn posts(&self) -> usize {
        self.texts.len()
    }

    pub fn visible(&self) -> usize {
        self.town.sandbox.statuses().len()
    }

    /// Waits until so many requests have arrived.
    pub async fn arrived(&self, wanted: usize) {
        let arrived = || self.town.sandbox.arrivals().len() >= wanted;
        assert!(in_time(async || arrived()).await, "too few requests arrive");
    }

    /// Waits until so many posts are visible.
    pub async fn shown(&self, wanted: usize) {
        assert!(
            in_time(async || self.visible() >= wanted).await,
            "too few posts are out"
        );
    }

    /// Waits until no delivery is on its way any more: the database says so, and nothing else does.
    pub async fn settled(&self) {
        let done = async || self.town.database.ask(ON_ITS_WAY).await == ["0"];
        assert!(in_time(done).await, "{:?}", self.town.database.ask(STATES).await);
    }

    /// A gateway that nothing happens to does the rest.
    pub async fn end_with_another(self, end: End) {
        // There may be nothing left to do: then it is told to stop before it would listen to that.
        let (last, _) = self.node().start_listening();
        self.end_with(last, end).await;
    }

    /// A gateway that is at work does the rest.
    pub async fn end_with(self, node: Running, end: End) {
        self.settled().await;
        node.stop().await;
        self.finish(end).await;
    }

    /// Waits until the one thing that a query tells is this.
    async fn until(&self, query: Raw, wanted: &str) {
        let met = async || self.town.database.ask(query).await == [wanted];
        assert!(
            in_time(met).await,
            "{:?} is never {wanted}",
            self.town.database.ask(query).await
        );
    }

    /// Waits until the gateway holds everything: the database is not the one that it was.
    async fn until_held(&self) {
        let holds = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM holds WHERE set_by IS NULL");
        self.until(holds, "1").await;
    }

    /// A gateway on an older database looks for what left since, finds it, and sends nothing.
    pub async fn end_looked_for(self, node: Running) {
        self.until_held().await;
        let arrivals = self.town.sandbox.arrivals().len();
        let found = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM deliveries WHERE state = 'published'");
        self.until(found, &self.visible().to_string()).await;
        assert_eq!(self.town.sandbox.arrivals().len(), arrivals, "nothing was sent");
        self.end_with(node, End::OutOrSeen).await;
    }

    /// Keeps the intents that are written down now, for a database that is about to lose them.
    pub async fn remember_intents(&mut self) {
        self.intents = self.town.database.ask(INTENTS).await;
    }

    /// Counts, tells the table, and insists on the invariants.
    pub async fn finish(self, end: End) {
        let seconds = self.began.elapsed().as_secs_f64();
        let count = self.count().await;
        let posts = self.texts.len();
        report(&json!({
            "row": self.name, "database": name_of(self.town.database.kind()), "posts": posts, "published": count.out,
            "doubled": count.doubled, "lost": count.lost, "outside": count.outside, "surfaced": count.surfaced,
            "seconds": (seconds * 10.0).round() / 10.0,
        }));
        let states = self.town.database.ask(STATES).await;
        assert_eq!(
            (count.doubled, count.lost, count.outside),
            (0, 0, 0),
            "{count:?} {states:?}"
        );
        assert_eq!(count.out + count.surfaced, posts, "{count:?} {states:?}");
        if end == End::AllOut {
            assert_eq!(count.out, posts, "{count:?} {states:?}");
        }
        let verified = Node::running(&self.town.database.url, &["ledger", "verify"]).status();
        assert!(verified.success(), "the ledger is whole");
    }

    async fn count(&self) -> Count {
        let statuses = self.town.sandbox.statuses();
        let shown: BTreeSet<&str> = statuses.iter().map(|status| status.id.as_str()).collect();
        let recorded = self.town.database.ask(REMOTE_IDS).await;
        let states = self.states().await;
        let of = |names: &[&str]| -> usize { names.iter().filter_map(|name| states.get(*name)).sum() };
        let (out, surfaced) = (of(&["published"]), of(SURFACED));
        let invisible = recorded.iter().filter(|id| !shown.contains(id.as_str())).count();
        // What readers see, and neither the database nor a person was told of.
        let untold = statuses.len().saturating_sub(out + surfaced);
        Count {
            out,
            doubled: self.town.sandbox.counts().duplicates,
            lost: self.texts.len().saturating_sub(out + surfaced) + invisible,
            outside: self.outside().await + untold,
            surfaced,
        }
    }

    async fn states(&self) -> BTreeMap<String, usize> {
        let rows = self.town.database.ask(STATES).await;
        let pair = |row: &String| {
            let (state, count) = row.split_once(' ')?;
            Some((state.to_owned(), count.parse().ok()?))
        };
        rows.iter().filter_map(pair).collect()
    }

    /// Requests that no intent allowed: another text, a key that was never written down, or another time.
    async fn outside(&self) -> usize {
        let mut intents = self.town.database.ask(INTENTS).await;
        intents.extend_from_slice(&self.intents);
        let intent = |row: &String| {
            let mut parts = row.split('|').map(str::to_owned);
            let (key, from, until) = (parts.next()?, time(&parts.next()?), time(&parts.next()?));
            Some((key, from, until))
        };
        let intents: Vec<_> = intents.iter().filter_map(intent).collect();
        let arrivals = self.town.sandbox.arrivals();
        let allowed = |arrival: &&sekisho::sandbox::Arrival| {
            let key = arrival
                .idempotency_key
                .as_deref()
                .unwrap_or_default()
                .replace('-', "");
            let at = time(&arrival.at);
            let in_time = |from: DateTime<Utc>, until| from - self.slack <= at && at <= until + self.slack;
            self.texts.contains(&arrival.text)
                && intents
                    .iter()
                    .any(|(known, from, until)| *known == key && in_time(*from, *until))
        };
        arrivals.iter().filter(|arrival| !allowed(arrival)).count()
    }
}

/// States that end, or that a person has to end, other than `published`.
const SURFACED: &[&str] = &["needs_human", "missed", "held", "failed"];

const ON_ITS_WAY: Raw = Raw::same(
    "SELECT CAST(COUNT(*) AS TEXT) FROM deliveries WHERE state IN ('waiting', 'claimed', 'publishing', 'unknown')",
);

const STATES: Raw = Raw::same("SELECT state || ' ' || COUNT(*) FROM deliveries GROUP BY state");

const REMOTE_IDS: Raw = Raw::same("SELECT remote_id FROM deliveries WHERE state = 'published'");

const INTENTS: Raw = Raw {
    sqlite: "SELECT lower(hex(idempotency_key)) || '|' || intended_at || '|' || send_by FROM attempts",
    postgres: "SELECT replace(idempotency_key::text, '-', '') || '|' || to_json(intended_at)::text || '|'
               || to_json(send_by)::text FROM attempts",
};

fn time(text: &str) -> DateTime<Utc> {
    let text = text.trim_matches('"');
    text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
}

/// Long enough for a machine that has other things to do.
const LONGEST_WAIT: Duration = Duration::from_secs(150);

async fn in_time(done: impl AsyncFn() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < LONGEST_WAIT {
        if done().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

/// A row that cannot be run here, and why.
pub fn skipped(row: &str, kind: Kind, why: &str) {
    eprintln!("{row}: skipped: {why}");
    report(&json!({ "row": row, "database": name_of(kind), "skipped": why }));
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "SQLite",
        Kind::Postgres => "PostgreSQL",
    }
}

/// One line for the table, where one is asked for.
fn report(line: &serde_json::Value) {
    let Some(path) = std::env::var_os("SEKISHO_FAULT_REPORT") else {
        return;
    };
    let file = File::options().append(true).create(true).open(path);
    writeln!(file.expect("the report"), "{line}").expect("a line");
}
