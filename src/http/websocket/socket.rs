//! A WebSocket from its first word to its last.

use std::{collections::HashMap, pin::pin, sync::Arc};

use async_graphql::{Request, Response};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::StreamExt;
use graphql::errors::Code;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::{Instant, Interval, interval_at, timeout},
};

use super::{
    guest::{Guest, Operation, Visitor},
    message::{End, Heard, Told},
};
use crate::{http::graphql::Params, server::told};

/// The longest id of an operation; each of its messages carries it.
const LONGEST_ID: usize = 128;

/// How a socket ends; none where its other end is gone.
type Ended = Option<End>;

pub(super) async fn serve(mut wire: WebSocket, visitor: Visitor) {
    let end = match greet(&mut wire, visitor).await {
        Ok(guest) => Socket::new(&mut wire, guest).serve().await,
        Err(end) => end,
    };
    if let Some(End(code, reason)) = end {
        let frame = CloseFrame { code, reason: reason.into() };
        wire.send(Message::Close(Some(frame))).await.ok();
    }
}

/// Waits until the visitor has said who it is.
async fn greet(wire: &mut WebSocket, visitor: Visitor) -> Result<Guest, Ended> {
    let (init, stopped) = (visitor.app.bounds.init, visitor.app.stopped.clone());
    let payload = tokio::select! {
        said = timeout(init, first(wire)) => said.map_err(|_| End::SILENT)??,
        () = told(stopped) => return Err(Some(End::STOPPING)),
    };
    let guest = visitor.sign_in(payload).await?;
    say(wire, Told::ConnectionAck.text()).await?;
    Ok(guest)
}

/// The payload of the first `connection_init`.
async fn first(wire: &mut WebSocket) -> Result<Option<serde_json::Value>, Ended> {
    loop {
        match hear(wire.recv().await)? {
            Some(Heard::ConnectionInit { payload }) => return Ok(payload),
            Some(Heard::Ping) => say(wire, Told::Pong.text()).await?,
            Some(Heard::Pong) | None => {}
            Some(Heard::Subscribe { .. } | Heard::Complete { .. }) => {
                return Err(Some(End::UNKNOWN));
            }
        }
    }
}

/// What was heard; nothing, where it was a sign of life alone.
fn hear(message: Option<Result<Message, axum::Error>>) -> Result<Option<Heard>, Ended> {
    match message {
        Some(Ok(Message::Text(text))) => {
            serde_json::from_str(&text).map(Some).map_err(|_| Some(End::NO_MESSAGE))
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(Some(End::NO_MESSAGE)),
        Some(Err(_)) => Err(Some(End::TOO_LARGE)),
        Some(Ok(Message::Close(_))) | None => Err(None),
    }
}

async fn say(wire: &mut WebSocket, text: String) -> Result<(), Ended> {
    wire.send(Message::text(text)).await.map_err(|_| None)
}

/// A socket on which someone has signed in.
struct Socket<'w> {
    wire: &'w mut WebSocket,
    guest: Arc<Guest>,
    /// By their ids.
    operations: HashMap<String, Running>,
    tasks: JoinSet<()>,
    /// Of operations begun so far.
    count: u64,
    alive: bool,
}

struct Running {
    number: u64,
    task: AbortHandle,
}

/// What an operation has to tell: a message, or that it is done.
struct Answer {
    number: u64,
    id: String,
    text: Option<String>,
}

impl<'w> Socket<'w> {
    fn new(wire: &'w mut WebSocket, guest: Guest) -> Self {
        let (operations, tasks) = (HashMap::new(), JoinSet::new());
        Self { wire, guest: Arc::new(guest), operations, tasks, count: 0, alive: true }
    }

    /// Serves until one of the two ends it. Operations have tasks of their own, so that none keeps
    /// its turn while the other end does not read.
    async fn serve(mut self) -> Ended {
        let (answer, mut answers) = mpsc::channel(1);
        match self.until_stopped(&answer, &mut answers).await {
            Err(end) => end,
            Ok(()) => {
                drop(answer);
                self.finish(&mut answers).await.err().unwrap_or(Some(End::STOPPING))
            }
        }
    }

    async fn until_stopped(
        &mut self,
        answer: &mpsc::Sender<Answer>,
        answers: &mut mpsc::Receiver<Answer>,
    ) -> Result<(), Ended> {
        let guest = Arc::clone(&self.guest);
        let bounds = guest.app.bounds;
        let (mut pulse, mut look) = (every(bounds.pulse), every(bounds.look));
        loop {
            tokio::select! {
                end = guest.ended() => return Err(Some(end)),
                () = told(guest.app.stopped.clone()) => return Ok(()),
                message = self.wire.recv() => {
                    self.alive = true;
                    if let Some(heard) = hear(message)? {
                        self.obey(heard, answer).await?;
                    }
                }
                Some(answer) = answers.recv() => self.tell(answer).await?,
                Some(done) = self.tasks.join_next() => {
                    if done.is_err_and(|error| error.is_panic()) {
                        return Err(Some(End::FAULT));
                    }
                }
                _ = pulse.tick() => self.feel_pulse().await?,
                _ = look.tick() => { guest.look_again().await; }
            }
        }
    }

    /// Tells what the operations under way come to; nothing new is begun.
    async fn finish(&mut self, answers: &mut mpsc::Receiver<Answer>) -> Result<(), Ended> {
        while let Some(answer) = answers.recv().await {
            self.tell(answer).await?;
        }
        Ok(())
    }

    async fn obey(&mut self, heard: Heard, answer: &mpsc::Sender<Answer>) -> Result<(), Ended> {
        match heard {
            Heard::ConnectionInit { .. } => Err(Some(End::INIT_TWICE)),
            Heard::Subscribe { id, payload } => self.begin(id, payload, answer.clone()).await,
            Heard::Complete { id } => {
                if let Some(running) = self.operations.remove(&id) {
                    running.task.abort();
                }
                Ok(())
            }
            Heard::Ping => say(self.wire, Told::Pong.text()).await,
            Heard::Pong => Ok(()),
        }
    }

    async fn begin(
        &mut self,
        id: String,
        params: Params,
        answer: mpsc::Sender<Answer>,
    ) -> Result<(), Ended> {
        if id.len() > LONGEST_ID {
            return Err(Some(End::LONG_ID));
        }
        if self.operations.contains_key(&id) {
            return Err(Some(End::TWICE));
        }
        let most = self.guest.app.bounds.operations;
        if self.operations.len() >= most {
            let text = format!("{most} operations are under way on this WebSocket; end one first");
            let refused = Response::from_errors(vec![Code::TooCostly.error(text)]);
            say(self.wire, Told::Next { id: &id, payload: &refused }.text()).await?;
            return say(self.wire, Told::Complete { id: &id }.text()).await;
        }
        self.count += 1;
        let (number, guest) = (self.count, Arc::clone(&self.guest));
        let task = self.tasks.spawn(run(guest, params.into(), number, id.clone(), answer));
        self.operations.insert(id, Running { number, task });
        Ok(())
    }

    /// Passes on what an operation tells, unless it was ended in the meantime.
    async fn tell(&mut self, answer: Answer) -> Result<(), Ended> {
        let Answer { number, id, text } = answer;
        if self.operations.get(&id).is_none_or(|running| running.number != number) {
            return Ok(());
        }
        match text {
            Some(text) => say(self.wire, text).await,
            None => {
                self.operations.remove(&id);
                say(self.wire, Told::Complete { id: &id }.text()).await
            }
        }
    }

    async fn feel_pulse(&mut self) -> Result<(), Ended> {
        if !std::mem::take(&mut self.alive) {
            return Err(None);
        }
        self.wire.send(Message::Ping(Default::default())).await.map_err(|_| None)
    }
}

fn every(period: std::time::Duration) -> Interval {
    interval_at(Instant::now() + period, period)
}

/// Runs an operation to its end, or to that of its socket.
async fn run(
    guest: Arc<Guest>,
    request: Request,
    number: u64,
    id: String,
    answer: mpsc::Sender<Answer>,
) {
    if !guest.ask().await {
        return;
    }
    let operation = Operation::new(Arc::clone(&guest));
    let request = guest.context().into_request(request).data(operation.admission());
    let responses = guest.app.questions.schema.execute_stream(request);
    let mut responses = pin!(responses.take_until(Box::pin(operation.cut_off())));
    while let Some(response) = responses.next().await {
        let text = Told::Next { id: &id, payload: &response }.text();
        if answer.send(Answer { number, id: id.clone(), text: Some(text) }).await.is_err() {
            return;
        }
    }
    // Who follows and was not told that it is done connects again.
    if !operation.is_cut_off() {
        answer.send(Answer { number, id, text: None }).await.ok();
    }
}
