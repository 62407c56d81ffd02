use async_graphql::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::graphql::Params;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Heard {
    ConnectionInit { payload: Option<Value> },
    Subscribe { id: String, payload: Params },
    Complete { id: String },
    Ping,
    Pong,
}

/// What it is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    ConnectionAck,
    Next { id: &'a str, payload: &'a Response },
    Complete { id: &'a str },
    Pong,
}

impl Told<'_> {
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Why a socket is closed: a code of the protocol or of WebSockets, and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End(pub u16, pub &'static str);

impl End {
    pub const STOPPING: Self = Self(1001, "the hub stops; connect again");
    pub const TOO_LARGE: Self = Self(1009, "a message is larger than 256 KiB or broke off");
    pub const FAULT: Self = Self(1011, "something failed inside the hub");
    pub const LATER: Self = Self(1013, "the hub cannot tell now; connect again later");
    pub const CROWDED: Self =
        Self(1013, "too many WebSockets of this account are open; follow more on one");
    pub const NO_MESSAGE: Self = Self(4400, "this is no message of graphql-transport-ws");
    pub const LONG_ID: Self = Self(4400, "the id of an operation has 128 bytes at most");
    pub const LONG_PURPOSE: Self = Self(4400, "a purpose has 200 characters at most");
    pub const UNKNOWN: Self = Self(4401, "say who you are first");
    pub const ENDED: Self = Self(4401, "the session or token has ended; sign in again");
    pub const NO_TOKEN: Self = Self(4403, "no valid access token was given");
    pub const CHANGED: Self = Self(4403, "what this account may see has changed; connect again");
    pub const SILENT: Self = Self(4408, "nobody said in time who connects");
    pub const TWICE: Self = Self(4409, "an operation of this id is under way");
    pub const INIT_TWICE: Self = Self(4429, "who connects has been said already");
}
