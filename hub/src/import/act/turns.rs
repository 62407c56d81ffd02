//! How many files a hub looks at at once: each takes memory for all of its rows.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::HubError;

/// How many are looked at.
const AT_ONCE: usize = 2;
/// How many are looked at or wait for it, each with its file in memory.
const IN_LINE: usize = 20;

#[derive(Clone)]
pub(crate) struct Turns {
    line: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A turn, until it is dropped.
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self { line: Arc::new(Semaphore::new(IN_LINE)), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Turns {
    /// Waits for a turn.
    ///
    /// # Errors
    /// `Busy` where too many wait already.
    pub(super) async fn turn(&self) -> Result<Turn, HubError> {
        let busy = |_| HubError::Busy(IN_LINE);
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        Ok(Turn { _place: place, _turn: turn.map_err(|_| HubError::Unavailable)? })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn now<F: Future>(turn: Pin<&mut F>) -> Poll<F::Output> {
        turn.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn as_many_as_there_are_turns_go_on_and_of_the_rest_only_some_wait() {
        let turns = Turns::default();
        let mut under_way = Vec::new();
        for _ in 0..AT_ONCE {
            let Poll::Ready(Ok(turn)) = now(pin!(turns.turn())) else { panic!("no turn is free") };
            under_way.push(turn);
        }
        let mut waiting: Vec<_> = (AT_ONCE..IN_LINE).map(|_| Box::pin(turns.turn())).collect();
        assert!(waiting.iter_mut().all(|turn| now(turn.as_mut()).is_pending()));
        let refused = now(pin!(turns.turn()));
        assert!(matches!(refused, Poll::Ready(Err(HubError::Busy(IN_LINE)))));
        under_way.pop();
        let next = now(waiting[0].as_mut());
        assert!(matches!(next, Poll::Ready(Ok(_))));
        assert!(now(waiting[1].as_mut()).is_pending());
        assert!(now(pin!(turns.turn())).is_pending(), "a place in the line is free again");
    }
}
