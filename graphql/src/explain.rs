//! What a question took, told in `extensions.explain` where it is asked for: its price, its statements
//! and the time of each field.

use std::{
    iter,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::{Name, QueryPathNode, QueryPathSegment, Value, indexmap::IndexMap};
use hub::{
    Hub, HubError,
    access::Viewer,
    explain::{Explained, Taken},
};

/// In a request's data: it asks to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Explain;

/// What is taken down of one execution.
#[derive(Default)]
pub(crate) struct Explaining {
    pub taken: Taken,
    fields: Mutex<IndexMap<String, Span>>,
}

/// From when to when a field was worked on, for one row or several.
struct Span {
    calls: usize,
    began: Instant,
    ended: Instant,
}

impl Explaining {
    fn fields(&self) -> MutexGuard<'_, IndexMap<String, Span>> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes down that a field has begun; an item of its list is none.
    pub fn begin(&self, path: &QueryPathNode<'_>) -> Option<String> {
        if matches!(path.segment, QueryPathSegment::Index(_)) {
            return None;
        }
        let now = Instant::now();
        let path = keys_of(path);
        let mut fields = self.fields();
        match fields.get_mut(&path) {
            Some(span) => span.calls += 1,
            None => {
                fields.insert(path.clone(), Span { calls: 1, began: now, ended: now });
            }
        }
        Some(path)
    }

    pub fn end(&self, path: &str) {
        if let Some(span) = self.fields().get_mut(path) {
            span.ended = Instant::now();
        }
    }

    /// What is told of it. Who sees no small figures is told neither how often nor how many, nor times
    /// more exactly than the answer itself tells them: each would tell whether there are rows.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn told(&self, hub: &Hub, viewer: &Viewer, price: u64) -> Result<Value, HubError> {
        let statements = hub.explain(viewer, &self.taken).await?;
        let is_exact = viewer.sees_small_figures();
        let field = |(path, span): (&String, &Span)| {
            let elapsed = span.ended.duration_since(span.began);
            match is_exact {
                true => object([
                    ("path", path.as_str().into()),
                    ("calls", span.calls.into()),
                    ("ms", millis(elapsed)),
                ]),
                false => object([
                    ("path", path.as_str().into()),
                    ("ms", u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).into()),
                ]),
            }
        };
        let fields = Value::List(self.fields().iter().map(field).collect());
        let statements = statements
            .map_or(Value::Null, |all| Value::List(all.into_iter().map(statement).collect()));
        Ok(object([
            ("price", price.into()),
            ("limit", hub.budget(viewer).question.into()),
            ("statements", statements),
            ("fields", fields),
        ]))
    }
}

fn statement(Explained { text, calls, rows, elapsed, reads }: Explained) -> Value {
    object([
        ("text", text.into()),
        ("calls", calls.into()),
        ("rows", rows.into()),
        ("ms", millis(elapsed)),
        ("reads", reads.into_iter().collect()),
    ])
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (Name::new(key), value)).collect())
}

/// To the microsecond.
fn millis(elapsed: Duration) -> Value {
    let micros = u32::try_from(elapsed.as_micros()).unwrap_or(u32::MAX);
    (f64::from(micros) / 1_000.0).into()
}

/// The keys of the answer that lead to a field, whichever row it is of.
fn keys_of(path: &QueryPathNode<'_>) -> String {
    let nodes = iter::successors(Some(path), |node| node.parent);
    let mut keys: Vec<_> = nodes
        .filter_map(|node| match node.segment {
            QueryPathSegment::Name(name) => Some(name),
            QueryPathSegment::Index(_) => None,
        })
        .collect();
    keys.reverse();
    keys.join(".")
}
