//! Who has signed in on a socket, for as long as that is so.

use std::{any::Any, net::IpAddr, sync::Arc};

use async_graphql::{ServerError, ServerResult, async_trait::async_trait};
use graphql::{Admission, Admit, RequestContext, RequestId, errors::Code};
use hub::{HubError, access::Viewer, problem::Language};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::message::End;
use crate::{
    http::{App, CROWDED, purpose, turn::Turn},
    places::{Key, Place},
    server::told,
};

/// Who has not said yet who they are.
pub(super) struct Visitor {
    pub app: App,
    pub from: IpAddr,
    pub language: Language,
    /// The session of its cookie.
    pub cookie: Option<String>,
}

pub(super) struct Guest {
    pub app: App,
    from: IpAddr,
    language: Language,
    token: String,
    viewer: Viewer,
    purpose: Option<String>,
    ended: watch::Sender<Option<End>>,
    _place: Place,
}

impl Visitor {
    /// Lets the visitor in with the token in the payload of `connection_init`.
    pub async fn sign_in(self, payload: Option<Value>) -> Result<Guest, End> {
        let Self { app, from, language, cookie } = self;
        let given = |name| payload.as_ref().and_then(|payload| payload.get(name)?.as_str());
        let purpose = purpose::checked(given("purpose").unwrap_or_default());
        let purpose = purpose.map_err(|_| End::LONG_PURPOSE)?;
        let token = match given("authorization") {
            Some(given) => given.strip_prefix("Bearer "),
            None => cookie.as_deref(),
        };
        let token = token.unwrap_or_default();
        let viewer = app.hub.authenticate(token, from).await.map_err(|error| match error {
            error if is_ours(&error) => End::LATER,
            _ => End::NO_TOKEN,
        })?;
        let place = app.sockets.take(Key::Account(viewer.account_id), app.bounds.sockets);
        let place = place.ok_or(End::CROWDED)?;
        let (token, ended) = (token.to_owned(), watch::Sender::new(None));
        Ok(Guest { app, from, language, token, viewer, purpose, ended, _place: place })
    }
}

/// Whether the hub is at fault, and not the token.
fn is_ours(error: &HubError) -> bool {
    matches!(error, HubError::Database(_) | HubError::Unavailable)
}

impl Guest {
    /// Waits until the socket has to end.
    pub async fn ended(&self) -> End {
        let mut ended = self.ended.subscribe();
        let end = ended.wait_for(Option::is_some).await.ok().and_then(|end| *end);
        end.unwrap_or(End::ENDED)
    }

    /// Looks whether the guest may still see what it might when it signed in. Where not, the socket
    /// ends.
    pub async fn look_again(&self) -> bool {
        self.holds(self.app.hub.look_again(&self.token, self.from).await)
    }

    /// The same where the guest does something, which keeps its session alive.
    pub async fn ask(&self) -> bool {
        self.holds(self.app.hub.authenticate(&self.token, self.from).await)
    }

    fn holds(&self, found: Result<Viewer, HubError>) -> bool {
        let end = match found {
            Ok(viewer) if viewer == self.viewer => return true,
            Ok(_) => End::CHANGED,
            Err(error) if is_ours(&error) => {
                tracing::error!(%error, "whether a follower may still follow could not be told");
                End::LATER
            }
            Err(_) => End::ENDED,
        };
        self.ended.send_replace(Some(end));
        false
    }

    /// What stands behind one of the guest's operations.
    pub fn context(&self) -> RequestContext {
        RequestContext {
            viewer: Some(self.viewer.clone()),
            grants: None,
            language: self.language,
            request_id: RequestId(self.app.hub.clock.new_id().to_string()),
            from_address: Some(self.from),
            purpose: self.purpose.clone(),
        }
    }

    async fn turn(&self) -> ServerResult<(Turn, Option<OwnedSemaphorePermit>)> {
        let turns = &self.app.turns;
        let taken = async {
            let turn = turns.take(Some(self.viewer.account_id), self.from).await;
            let running = turns.run(&turn).await;
            (turn, running)
        };
        let late = |_| -> ServerError { Code::Unavailable.error(CROWDED) };
        tokio::time::timeout(self.app.timeout, taken).await.map_err(late)
    }
}

/// One operation of a guest, as the schema asks about it.
pub(super) struct Operation {
    guest: Arc<Guest>,
    follows: watch::Sender<bool>,
}

impl Operation {
    pub fn new(guest: Arc<Guest>) -> Arc<Self> {
        Arc::new(Self { guest, follows: watch::Sender::new(false) })
    }

    pub fn admission(self: &Arc<Self>) -> Admission {
        Admission(Arc::clone(self) as Arc<dyn Admit>)
    }

    /// Waits until the operation is one that follows, and the hub stops: it would not end by itself.
    pub async fn cut_off(&self) {
        self.follows.subscribe().wait_for(|follows| *follows).await.ok();
        told(self.guest.app.stopped.clone()).await;
    }

    /// Whether it has been cut off.
    pub fn is_cut_off(&self) -> bool {
        *self.follows.borrow() && *self.guest.app.stopped.borrow()
    }
}

#[async_trait]
impl Admit for Operation {
    async fn admit(&self) -> ServerResult<Box<dyn Any + Send>> {
        let turn = self.guest.turn().await?;
        // It may have been long since who follows was looked at.
        let is_event = *self.follows.borrow();
        if is_event && !self.guest.look_again().await {
            drop(turn);
            // Nothing more is told; the socket ends.
            return std::future::pending().await;
        }
        Ok(Box::new(turn))
    }

    fn follows(&self) {
        self.follows.send_replace(true);
    }
}
