//! The door of a connection that stays open and brings one operation after the other.

use std::{any::Any, sync::Arc};

use async_graphql::{ServerResult, async_trait::async_trait};

/// Asked before each execution: of a query, of a mutation, and of each event of a subscription.
#[async_trait]
pub trait Admit: Send + Sync {
    /// Waits for leave to execute. What is given is held until the execution is done.
    async fn admit(&self) -> ServerResult<Box<dyn Any + Send>>;

    /// Is told that the operation is a subscription, before its first event.
    fn follows(&self);
}

/// In a request's data: whoever admits its executions.
pub struct Admission(pub Arc<dyn Admit>);
