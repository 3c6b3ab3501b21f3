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

impl<I, O> Together<I, O> {
    /// Has something written with what waits for the same, and tells its answer. `write` answers for each, in their
    /// order. None where whoever wrote it was stopped in the middle of it.
    pub async fn share<F>(&self, item: I, write: impl Fn(Vec<I>) -> F) -> Option<O>
    where
        F: Future<Output = Vec<O>>,
    {
        let mut answer = self.add(item);
        loop {
            let _turn = self.turn.lock().await;
            match answer.try_recv() {
                Ok(answer) => return Some(answer),
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) => {
                    let (items, waiting): (Vec<_>, Vec<_>) = self.take().into_iter().unzip();
                    for (waiting, answer) in waiting.into_iter().zip(write(items).await) {
                        // Who waited may have been stopped; what was written stands.
                        let _ = waiting.send(answer);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::{TOGETHER, Together};

    #[tokio::test]
    async fn each_has_its_own_answer_and_those_who_wait_share() {
        let (together, writes) = (Together::default(), AtomicUsize::new(0));
        let all = (0..600_usize).map(|item| {
            together.share(item, async |items: Vec<usize>| {
                writes.fetch_add(1, Ordering::Relaxed);
                assert!(items.len() <= TOGETHER, "{}", items.len());
                tokio::task::yield_now().await;
                items.into_iter().map(|item| item * 2).collect()
            })
        });
        let answers = join_all(all).await;
        let expected: Vec<_> = (0..600).map(|item| Some(item * 2)).collect();
        assert_eq!(answers, expected);
        // The first one waits for nobody.
        assert_eq!(writes.into_inner(), 1 + 599_usize.div_ceil(TOGETHER));
    }

    #[tokio::test]
    async fn whoever_waits_for_somebody_who_was_stopped_is_told() {
        let (together, gate) = (Together::default(), Semaphore::new(0));
        let write = async |items: Vec<usize>| {
            let _never = gate.acquire().await;
            items
        };
        let mut first = Box::pin(together.share(1, write));
        let mut second = Box::pin(together.share(2, async |items: Vec<usize>| items));
        assert!(
            futures::poll!(&mut second).is_ready(),
            "alone it is written at once"
        );
        let mut second = Box::pin(together.share(2, async |items: Vec<usize>| items));
        assert!(futures::poll!(&mut first).is_pending(), "it writes");
        assert!(futures::poll!(&mut second).is_pending(), "it waits for its turn");
        drop(first);
        assert_eq!(second.await, Some(2), "what nobody took yet is written now");

        let mut first = Box::pin(together.share(1, async |items: Vec<usize>| {
            let _never = gate.acquire().await;
            items
        }));
        let turn = together.turn.clone().lock_owned().await;
        let mut second = Box::pin(together.share(2, async |items: Vec<usize>| items));
        assert!(futures::poll!(&mut first).is_pending(), "both wait for a turn");
        assert!(futures::poll!(&mut second).is_pending(), "both wait for a turn");
        drop(turn);
        assert!(futures::poll!(&mut first).is_pending(), "it has taken both");
        drop(first);
        assert_eq!(second.await, None);
    }
}
