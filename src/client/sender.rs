//! Sending a queue to a hub, batch after batch, until nothing waits.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answer::{Answer, Stop},
    pause::Pauses,
    progress::Progress,
    queue::{Queue, QueueError},
    receipt::{Receipt, Refusal, Status},
};

/// Items and bytes of a batch: well under what the hub takes (500 and 8 MiB), so that a bad line
/// loses little when it breaks.
const BATCH_ITEMS: usize = 100;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

const MUTATION: &str = "mutation Submit($items: [SubmissionInput!]!) { submit(items: $items) \
    { receipts { submissionId status recordedAt problems { code path value message } } } }";

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("the address or the token cannot be used: {0}")]
    Setting(String),
    #[error(transparent)]
    Stop(#[from] Stop),
    #[error("gave up after {} seconds without an answer: {trouble}", waited.as_secs())]
    GaveUp { waited: Duration, trouble: String },
    #[error("the hub gave no receipt for item {0}")]
    NoReceipt(Uuid),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

type Batch = Vec<(Uuid, Value)>;

/// The way to one hub.
pub struct Sender {
    http: reqwest::Client,
    endpoint: reqwest::Url,
    first_pause: Duration,
    give_up_after: Option<Duration>,
}

impl Sender {
    /// A sender to the hub at this address (`http://host:port`), with a bearer token.
    pub fn new(url: &str, token: &str) -> Result<Self, SendError> {
        let setting = |error: &dyn std::fmt::Display| SendError::Setting(error.to_string());
        let endpoint = format!("{}/graphql", url.trim_end_matches('/'));
        let endpoint = reqwest::Url::parse(&endpoint).map_err(|error| setting(&error))?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| setting(&"a token is plain letters and digits"))?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN"));
        let http = http_client(headers).map_err(|error| setting(&error))?;
        Ok(Self { http, endpoint, first_pause: Duration::from_millis(500), give_up_after: None })
    }

    /// How long to go on without any answer; without end where not set.
    #[must_use]
    pub fn give_up_after(mut self, time: Option<Duration>) -> Self {
        self.give_up_after = time;
        self
    }

    /// The first pause after a failure; half a second where not set.
    #[must_use]
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// Sends until nothing waits; what was done. After an error the queue stands as far as it got,
    /// and draining again goes on from there.
    pub async fn drain(
        &self,
        queue: &mut Queue,
        progress: impl FnMut(&Progress) + Send,
    ) -> Result<Progress, SendError> {
        let mut round = Round {
            sender: self,
            queue,
            pauses: Pauses::new(self.first_pause),
            progress,
            done: Progress::default(),
        };
        loop {
            let batch = round.queue.batch(BATCH_ITEMS, BATCH_BYTES);
            if batch.is_empty() {
                round.show(None);
                return Ok(round.done);
            }
            round.deliver(batch).await?;
        }
    }

    /// The data of an operation that has no errors; asked once.
    pub async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let body = json!({ "query": query, "variables": variables });
        let response = self.http.post(self.endpoint.clone()).json(&body).send().await?;
        let mut answer: Value = response.json().await?;
        anyhow::ensure!(answer.get("errors").is_none(), "the hub answers {}", answer["errors"]);
        Ok(answer["data"].take())
    }

    async fn post(&self, batch: &Batch) -> Answer {
        let items: Vec<_> = batch.iter().map(|(_, item)| item).collect();
        let body = json!({ "query": MUTATION, "variables": { "items": items } });
        let request = self.http.post(self.endpoint.clone()).json(&body);
        let received = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let retry_after = seconds(response.headers());
            Ok((status, retry_after, response.bytes().await?))
        };
        match received.await {
            Ok((status, retry_after, body)) => Answer::read(status, retry_after, &body),
            Err(error) => Answer::Again(root(&error), None),
        }
    }
}

/// A client that sends these headers with every request.
pub fn http_client(headers: HeaderMap) -> reqwest::Result<reqwest::Client> {
    // Fails where the program has installed a provider already, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .default_headers(headers)
        .user_agent(concat!("nuanyang/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60))
        .build()
}

/// One draining.
struct Round<'a, P> {
    sender: &'a Sender,
    queue: &'a mut Queue,
    pauses: Pauses,
    progress: P,
    done: Progress,
}

impl<P: FnMut(&Progress) + Send> Round<'_, P> {
    /// Sends a batch until each of its items is answered for or refused. One that the hub cannot
    /// read is halved until the faulty item stands alone; the order of the items stays.
    async fn deliver(&mut self, batch: Batch) -> Result<(), SendError> {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            match self.post(&part).await? {
                Answered::Receipts(receipts) => self.settle(&part, receipts)?,
                Answered::Faulty(refusal) => match &part[..] {
                    [(id, _)] => self.refuse(*id, refusal)?,
                    _ => {
                        let later = part.split_off(part.len() / 2);
                        parts.extend([later, part]);
                    }
                },
            }
        }
        Ok(())
    }

    /// Sends a batch until the hub has an answer to it.
    async fn post(&mut self, part: &Batch) -> Result<Answered, SendError> {
        let start = Instant::now();
        loop {
            let (trouble, asked) = match self.sender.post(part).await {
                Answer::Receipts(receipts) => return Ok(self.reached(Answered::Receipts(receipts))),
                Answer::Faulty(refusal) => return Ok(self.reached(Answered::Faulty(refusal))),
                Answer::Stop(stop) => return Err(stop.into()),
                Answer::Again(trouble, asked) => (trouble, asked),
            };
            let mut pause = self.pauses.next(asked);
            if let Some(limit) = self.sender.give_up_after {
                let rest = limit.saturating_sub(start.elapsed());
                if rest.is_zero() {
                    return Err(SendError::GaveUp { waited: limit, trouble });
                }
                pause = pause.min(rest);
            }
            self.show(Some(trouble));
            tokio::time::sleep(pause).await;
        }
    }

    fn reached(&mut self, answered: Answered) -> Answered {
        self.pauses.reset();
        answered
    }

    fn settle(&mut self, part: &Batch, mut receipts: Vec<Receipt>) -> Result<(), SendError> {
        let mut missing: HashSet<_> = part.iter().map(|(id, _)| *id).collect();
        receipts.retain(|receipt| missing.remove(&receipt.submission_id));
        for receipt in &receipts {
            self.done.sent += 1;
            *match receipt.status {
                Status::Stored => &mut self.done.stored,
                Status::Replayed => &mut self.done.replayed,
                Status::Conflict | Status::Rejected => &mut self.done.refused,
            } += 1;
        }
        self.queue.settle(receipts)?;
        self.show(None);
        missing.into_iter().next().map_or(Ok(()), |id| Err(SendError::NoReceipt(id)))
    }

    fn refuse(&mut self, id: Uuid, refusal: Refusal) -> Result<(), SendError> {
        self.queue.refuse(id, refusal)?;
        self.done.sent += 1;
        self.done.refused += 1;
        self.show(None);
        Ok(())
    }

    fn show(&mut self, trouble: Option<String>) {
        self.done.left = self.queue.counts().waiting;
        self.done.trouble = trouble;
        (self.progress)(&self.done);
    }
}

/// An answer that is about the items.
enum Answered {
    Receipts(Vec<Receipt>),
    Faulty(Refusal),
}

/// `Retry-After` in seconds; its form with a date is taken for absent.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The innermost cause, which is the one that says something: "Connection refused".
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
