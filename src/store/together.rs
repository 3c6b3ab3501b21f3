//! What is ready at the same time shares a transaction: a thousand posts do not wait for a thousand COMMITs.
//! Nobody waits for company: whoever comes first does what is there, and those who come meanwhile are the next ones.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{
    Mutex as Turn,
    oneshot::{self, error::TryRecvError},
};
use tracing::Instrument as _;

use super::StoreError;

/// How many share a transaction at most.
const TOGETHER: usize = 256;

/// Things that wait to be written, each with whoever waits for its answer.
pub struct Together<I, O> {
    waiting: Arc<Mutex<VecDeque<Waiting<I, O>>>>,
    turn: Arc<Turn<()>>,
}

type Waiting<I, O> = (I, oneshot::Sender<O>);

impl<I, O> Clone for Together<I, O> {
    fn clone(&self) -> Self {
        Self {
            waiting: Arc::clone(&self.waiting),
            turn: Arc::clone(&self.turn),
        }
    }
}

impl<I, O> Default for Together<I, O> {
    fn default() -> Self {
        Self {
            waiting: Arc::default(),
            turn: Arc::default(),
        }
    }
}

impl<I: Send + 'static, O: Send + 'static> Together<I, O> {
    /// Has something written with what waits for the same, and tells its answer. `write` answers for each, in their
    /// order, in a task of its own: whoever leaves meanwhile takes nobody along. None where it panicked.
    pub async fn share<F>(&self, item: I, write: impl Fn(Vec<I>) -> F) -> Option<O>
    where
        F: Future<Output = Vec<O>> + Send + 'static,
    {
        let mut answer = self.add(item);
        loop {
            let turn = Arc::clone(&self.turn).lock_owned().await;
            match answer.try_recv() {
                Ok(answer) => return Some(answer),
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) => {
                    let (items, waiting): (Vec<_>, Vec<_>) = self.take().into_iter().unzip();
                    let write = write(items);
                    let task = async move {
                        for (waiting, answer) in waiting.into_iter().zip(write.await) {
                            // Who waited may have left; what was written stands.
                            let _ = waiting.send(answer);
                        }
                        drop(turn);
                    };
                    if let Err(why) = tokio::spawn(task.in_current_span()).await {
                        tracing::error!(%why, "what shares a transaction was not written");
                    }
                }
            }
        }
    }

    fn add(&self, item: I) -> oneshot::Receiver<O> {
        let (sender, answer) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back((item, sender));
        answer
    }

    fn take(&self) -> Vec<Waiting<I, O>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(TOGETHER);
        waiting.drain(..count).collect()
    }
}

/// Writes all at once; where that fails each alone: what is wrong with one of them must not stop the others. Where
/// nobody knows whether they were written, which `in_doubt` tells, nothing is tried again.
pub async fn all_or_each<I, O, E, F>(
    items: Vec<I>,
    in_doubt: impl Fn(&E) -> Option<StoreError>,
    write: impl Fn(Vec<I>) -> F,
) -> Vec<Result<O, E>>
where
    I: Clone,
    E: From<StoreError>,
    F: Future<Output = Result<Vec<Result<O, E>>, E>>,
{
    let why = match write(items.clone()).await {
        Ok(written) => return written,
        Err(why) => why,
    };
    if items.len() == 1 {
        return vec![Err(why)];
    }
    if let Some(doubt) = in_doubt(&why) {
        return items.iter().map(|_| Err(doubt.clone().into())).collect();
    }
    let mut each = Vec::with_capacity(items.len());
    for item in items {
        let alone = write(vec![item]).await;
        let none = || Err(StoreError::Closed.into());
        each.push(alone.and_then(|written| written.into_iter().next().unwrap_or_else(none)));
    }
    each
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::{TOGETHER, Together};

    #[tokio::test]
    async fn each_has_its_own_answer_and_those_who_wait_share() {
        let (together, writes) = (Together::default(), Arc::new(AtomicUsize::new(0)));
        let all = (0..600_usize).map(|item| {
            together.share(item, |items: Vec<usize>| {
                writes.fetch_add(1, Ordering::Relaxed);
                async move {
                    assert!(items.len() <= TOGETHER, "{}", items.len());
                    tokio::task::yield_now().await;
                    items.into_iter().map(|item| item * 2).collect()
                }
            })
        });
        let answers = join_all(all).await;
        let expected: Vec<_> = (0..600).map(|item| Some(item * 2)).collect();
        assert_eq!(answers, expected);
        // The first one waits for nobody.
        assert_eq!(writes.load(Ordering::Relaxed), 1 + 599_usize.div_ceil(TOGETHER));
    }

    #[tokio::test]
    async fn whoever_leaves_takes_nobody_along() {
        let (together, gate) = (Together::default(), Arc::new(Semaphore::new(0)));
        let write = |items: Vec<usize>| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.expect("the semaphore stays open").forget();
                items
            }
        };
        let mut first = Box::pin(together.share(1, write));
        let mut second = Box::pin(together.share(2, write));
        let mut third = Box::pin(together.share(3, write));
        for waiting in [&mut first, &mut second, &mut third] {
            assert!(
                futures::poll!(waiting).is_pending(),
                "the first writes, the others wait"
            );
        }
        drop(first);
        gate.add_permits(1);
        drop(second);
        gate.add_permits(1);
        assert_eq!(third.await, Some(3));

        let turn = Arc::clone(&together.turn).lock_owned().await;
        let mut first = Box::pin(together.share(1, write));
        let mut second = Box::pin(together.share(2, write));
        assert!(futures::poll!(&mut first).is_pending(), "it waits for its turn");
        assert!(futures::poll!(&mut second).is_pending(), "it waits for its turn");
        drop(turn);
        assert!(futures::poll!(&mut first).is_pending(), "it has taken both");
        drop(first);
        gate.add_permits(1);
        assert_eq!(second.await, Some(2), "what it took is written without it");
    }

    #[tokio::test]
    async fn whoever_waits_for_what_broke_is_told() {
        let together = Together::default();
        let broken = together.share(1, async |_: Vec<usize>| -> Vec<usize> { panic!("on purpose") });
        assert_eq!(broken.await, None);
        assert_eq!(together.share(2, async |items: Vec<usize>| items).await, Some(2));
    }
}
