//! How many files a hub looks at at once: each takes memory for all of its rows.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::HubError;

/// How many are looked at.
const AT_ONCE: usize = 2;
/// How many bytes of files are looked at or wait for it, in memory.
const IN_LINE: u32 = 160 << 20;

#[derive(Clone)]
pub(crate) struct Turns {
    line: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A turn, until it is dropped.
pub(crate) struct Turn {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            line: Arc::new(Semaphore::new(IN_LINE as usize)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Turns {
    /// Waits for a turn of a file of so many bytes.
    ///
    /// # Errors
    /// `Busy` where too much waits already.
    pub(crate) async fn turn(&self, bytes: usize) -> Result<Turn, HubError> {
        let bytes = u32::try_from(bytes).unwrap_or(IN_LINE).min(IN_LINE);
        let place = Arc::clone(&self.line).try_acquire_many_owned(bytes);
        let place = place.map_err(|_| HubError::Busy)?;
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
    fn as_many_as_there_are_turns_go_on_and_of_the_rest_wait_as_many_as_there_is_memory_for() {
        let (turns, tenth) = (Turns::default(), IN_LINE as usize / 10);
        let mut under_way = Vec::new();
        for _ in 0..AT_ONCE {
            let turn = now(pin!(turns.turn(tenth)));
            let Poll::Ready(Ok(turn)) = turn else { panic!("no turn is free") };
            under_way.push(turn);
        }
        let mut waiting: Vec<_> = (AT_ONCE..10).map(|_| Box::pin(turns.turn(tenth))).collect();
        assert!(waiting.iter_mut().all(|turn| now(turn.as_mut()).is_pending()));
        let refused = now(pin!(turns.turn(1)));
        assert!(matches!(refused, Poll::Ready(Err(HubError::Busy))));
        under_way.pop();
        let next = now(waiting[0].as_mut());
        assert!(matches!(next, Poll::Ready(Ok(_))));
        assert!(now(waiting[1].as_mut()).is_pending());
        let refused = now(pin!(turns.turn(tenth + 1)));
        assert!(matches!(refused, Poll::Ready(Err(HubError::Busy))), "it is larger than the place");
        assert!(now(pin!(turns.turn(tenth))).is_pending(), "a place in the line is free again");
    }

    #[test]
    fn a_file_larger_than_the_line_waits_for_nobody() {
        let turns = Turns::default();
        assert!(matches!(now(pin!(turns.turn(usize::MAX))), Poll::Ready(Ok(_))));
    }
}
