//! Whether a question may be asked at all, told without asking it.

use std::sync::{Arc, OnceLock};

use async_graphql::{
    Request, Response, Value,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};

use crate::{Limits, Schema, bare, guard::Guard, limited};

/// The schema without a hub behind it, for the limits and rules of questions.
pub(crate) struct Checker {
    pub limits: Arc<Limits>,
    /// Made once it is needed.
    schema: OnceLock<Schema>,
}

impl Checker {
    pub fn new(limits: Arc<Limits>) -> Self {
        Self { limits, schema: OnceLock::new() }
    }

    /// What a question would be refused with; nothing of it is executed.
    pub async fn check(&self, request: Request) -> Response {
        let schema = self.schema.get_or_init(|| {
            let guard = Guard(Arc::clone(&self.limits));
            limited(bare(), &self.limits).extension(guard).extension(Nothing).finish()
        });
        schema.execute(request).await
    }
}

/// Executes nothing.
struct Nothing;

impl ExtensionFactory for Nothing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for Nothing {
    async fn execute(
        &self,
        _: &ExtensionContext<'_>,
        _: Option<&str>,
        _: NextExecute<'_>,
    ) -> Response {
        Response::new(Value::Null)
    }
}
