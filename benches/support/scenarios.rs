//! What is measured, one run each. Times are the sandbox's: when its handler has read a publish request.

use std::{collections::HashMap, time::Duration as StdDuration};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Duration, Utc};
use sekisho::{domain::revision::Kind as PostKind, sandbox::Arrival, service::Timing};

use super::{figures::Samples, town::Town};

/// How many posts leave before anything is counted: the first ones open connections and prepare statements.
const WARM_UP: usize = 3;

/// The time between two planned posts.
const APART: Duration = Duration::milliseconds(150);

/// What one run measured, by name.
pub type Measured = Vec<(&'static str, Samples)>;

/// How late planned posts arrive, each at an instant of its own.
pub async fn lateness(town: &Town, posts: usize) -> anyhow::Result<Measured> {
    let pace = warm_up(town).await?;
    let first = town.app.service.now() + pace * count(posts)? + Duration::seconds(1);
    let planned: Vec<(String, DateTime<Utc>)> = (0..count(posts)?)
        .map(|number| (text(number), first + APART * number))
        .collect();
    approve_before(town, &planned).await?;
    let times = arrivals(town, WARM_UP + posts).await?;
    town.recorded(i64::try_from(WARM_UP + posts)?).await?;
    let late = planned.iter().map(|(text, at)| since(&times, text, *at));
    Ok(vec![(
        "planned time → arrival",
        Samples::new(late.collect::<Result<_, _>>()?),
    )])
}

/// How soon an emergency post arrives after its only signature, one post after another.
pub async fn emergency(town: &Town, posts: usize) -> anyhow::Result<Measured> {
    warm_up(town).await?;
    town.declare_emergency().await?;
    let mut signed = Vec::with_capacity(posts);
    for number in 0..count(posts)? {
        let text = format!("【避難指示】{number}丁目は、今すぐ避難してください。");
        let view = town
            .submit(&text, PostKind::Emergency, Timing::OnApproval)
            .await?;
        let begin = town.app.service.now();
        town.sign(&view, &town.duty_officer).await?;
        signed.push((text, begin, town.app.service.now()));
        let gone = WARM_UP + signed.len();
        town.arrivals(gone).await?;
        town.recorded(i64::try_from(gone)?).await?;
        // A moment of rest that is no multiple of anything in the dispatcher.
        tokio::time::sleep(StdDuration::from_millis(37)).await;
    }
    let times = arrivals(town, WARM_UP + posts).await?;
    let mut whole = Vec::with_capacity(signed.len());
    let mut after = Vec::with_capacity(signed.len());
    for (text, begin, end) in &signed {
        whole.push(since(&times, text, *begin)?);
        after.push(since(&times, text, *end)?);
    }
    Ok(vec![
        ("last signature → arrival", Samples::new(whole)),
        ("its commit told → arrival", Samples::new(after)),
    ])
}

/// How fast posts leave that are all due at once.
pub async fn throughput(town: &Town, posts: usize) -> anyhow::Result<Measured> {
    let pace = warm_up(town).await?;
    let due = town.app.service.now() + pace * count(posts)? + Duration::seconds(1);
    let planned: Vec<(String, DateTime<Utc>)> =
        (0..count(posts)?).map(|number| (text(number), due)).collect();
    approve_before(town, &planned).await?;
    let recorded = town.recorded(i64::try_from(WARM_UP + posts)?).await? - due;
    let times = arrivals(town, WARM_UP + posts).await?;
    let late: Vec<f64> = planned
        .iter()
        .map(|(text, at)| since(&times, text, *at))
        .collect::<anyhow::Result<_>>()?;
    let all = f64::from(count(posts)?);
    let last = Samples::new(late).max();
    let done = recorded.as_seconds_f64();
    let one = |value| Samples::new(vec![value]);
    Ok(vec![
        ("arrivals per second", one(all / last * 1e3)),
        ("recorded posts per second", one(all / done)),
    ])
}

/// Sends a few posts through and tells how long one takes to be prepared, generously.
async fn warm_up(town: &Town) -> anyhow::Result<Duration> {
    let begin = town.app.service.now();
    for number in 0..WARM_UP {
        let text = format!("準備の{number}件目です。");
        town.approved(vec![(text, Timing::OnApproval)]).await?;
    }
    let pace = (town.app.service.now() - begin) / i32::try_from(WARM_UP)?;
    town.recorded(i64::try_from(WARM_UP)?).await?;
    Ok(pace * 2)
}

/// Has everything approved, and all of it before the first is due.
async fn approve_before(town: &Town, planned: &[(String, DateTime<Utc>)]) -> anyhow::Result<()> {
    let posts = planned.iter().map(|(text, at)| (text.clone(), at_time(*at)));
    town.approved(posts.collect()).await?;
    let first = planned.iter().map(|(_, at)| *at).min();
    ensure!(
        first.is_some_and(|first| town.app.service.now() < first),
        "the machine is too slow: a post was due before all were approved"
    );
    Ok(())
}

fn at_time(at: DateTime<Utc>) -> Timing {
    Timing::At(at.fixed_offset())
}

/// The arrival time of each text; every one exactly once.
async fn arrivals(town: &Town, wanted: usize) -> anyhow::Result<HashMap<String, DateTime<Utc>>> {
    let arrivals: Vec<Arrival> = town.arrivals(wanted).await?;
    let times = arrivals
        .into_iter()
        .map(|arrival| Ok((arrival.text, DateTime::parse_from_rfc3339(&arrival.at)?.to_utc())))
        .collect::<anyhow::Result<HashMap<_, _>>>()?;
    ensure!(
        times.len() == wanted && town.sandbox.counts().arrivals == wanted,
        "a text arrived twice"
    );
    Ok(times)
}

/// Milliseconds from an instant to the arrival of a text.
fn since(times: &HashMap<String, DateTime<Utc>>, text: &str, from: DateTime<Utc>) -> anyhow::Result<f64> {
    let at = times.get(text).context("a text that never arrived")?;
    Ok((*at - from).as_seconds_f64() * 1e3)
}

fn text(number: i32) -> String {
    format!("図書館からのお知らせ、その{number}。明日は朝九時に開館します。")
}

fn count(posts: usize) -> anyhow::Result<i32> {
    Ok(i32::try_from(posts)?)
}
