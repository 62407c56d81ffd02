//! When to read: at the moment nothing else of an execution can go on.
//!
//! Loaders elsewhere read after a time, or after so many pauses of the task. That does not hold for
//! many rows: a future joined to others is polled whenever one of them is, which uses up its pauses
//! before the last row of the level has asked. So an execution is driven here: its resolvers run until
//! each waits for rows and no read is under way; then all that was asked is read, each table by one batch.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::task::AtomicWaker;

/// Where the resolvers of one execution wait for the read of their level.
#[derive(Default)]
pub struct Gate {
    waiting: Mutex<Vec<Arc<Waiting>>>,
    reading: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    open: AtomicBool,
    waker: AtomicWaker,
}

/// Tells whether the execution was woken since it was last polled.
#[derive(Default)]
struct Signal {
    woken: AtomicBool,
    /// Whether it is being polled: then it is seen right after that it was woken, and to wake the
    /// task as well would have the runtime poll it once more for nothing.
    polling: AtomicBool,
    outer: AtomicWaker,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if !self.polling.load(Ordering::SeqCst) {
            self.outer.wake();
        }
    }
}

impl Gate {
    /// Runs an execution, and lets the waiting through whenever it stands still.
    pub async fn drive<F: Future>(&self, execution: F) -> F::Output {
        let mut execution = pin!(execution);
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(Arc::clone(&signal));
        poll_fn(move |context| {
            signal.outer.register(context.waker());
            loop {
                signal.polling.store(true, Ordering::SeqCst);
                // Not a store: what was written before it was woken has to be seen.
                signal.woken.swap(false, Ordering::SeqCst);
                let polled = execution.as_mut().poll(&mut Context::from_waker(&waker));
                signal.polling.store(false, Ordering::SeqCst);
                if polled.is_ready() {
                    return polled;
                }
                if !signal.woken.load(Ordering::SeqCst) && !self.open() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Waits until all that can ask at this level has asked.
    pub async fn wait(&self) {
        let mut waiting: Option<Arc<Waiting>> = None;
        poll_fn(|context| {
            let mine = waiting.get_or_insert_with(|| {
                let mine = Arc::new(Waiting::default());
                let mut others = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                others.push(Arc::clone(&mine));
                mine
            });
            mine.waker.register(context.waker());
            match mine.open.load(Ordering::Acquire) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Keeps the gate shut while it lives: a read is under way, and may bring more to ask.
    pub fn reading(&self) -> Reading<'_> {
        self.reading.fetch_add(1, Ordering::AcqRel);
        Reading(self)
    }

    fn open(&self) -> bool {
        if self.reading.load(Ordering::Acquire) > 0 {
            return false;
        }
        let waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        for mine in &waiting {
            mine.open.store(true, Ordering::Release);
            mine.waker.wake();
        }
        !waiting.is_empty()
    }
}

pub struct Reading<'a>(&'a Gate);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.reading.fetch_sub(1, Ordering::AcqRel);
    }
}
