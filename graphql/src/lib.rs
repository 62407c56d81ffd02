//! The schema: it turns arguments into a call to `hub` and rows into types, and holds no rule and no
//! SQL of its own.
//!
//! - [`types`]: one file a type; a type wraps a row.
//! - [`connection`]: Relay connections, one generic type, and `lists!`, which puts lists on a type.
//! - [`loaders`]: what a level of resolvers asks for is read together, by one statement.
//! - [`limits`]: what a request may cost, and `guard`, which keeps it so; `price`: what a question costs.
//!   `explain`: what it took. [`errors`]: what a fault looks like.
//! - `straight`: the way past the executor for what is asked often. [`jobs`]: answers too long for one request.
//!   [`exports`]: files of them. [`questions`]: what is asked again and again.
//! - [`imports`]: files of a station. [`reveal`]: opening what is masked. [`duplicates`]: who looks like one.
//! - [`input`], [`mutation`]: handing in. [`subscription`]: following. [`bulletin`]: the numbers.
//!   [`work`]: who is to be visited. [`tables`]: what is reported every month.
//!
//! One more type: its list in `hub` (see `hub::listing`), a line in `loaders!`, a file in `types`
//! with `connected!`, its `#[Object]`, its filter and its orders, a [`ids::Kind`] and a line in
//! `types/node.rs`, and a line in the `lists!` of whatever it hangs on and of [`query`]. What takes
//! more to find than its values has a line in the table of `price`.
//!
//! A nullable field that can fail gives `Option<Result<_>>`: `Result<Option<_>>` would null its
//! parent. Every root field asks for the viewer, directly or by its loaders.

mod admission;
mod arguments;
pub mod bulletin;
pub mod clearing;
pub mod connection;
pub mod context;
mod date;
mod dictionary;
pub mod duplicates;
pub mod errors;
mod explain;
pub mod exports;
pub mod fetch;
mod gate;
mod guard;
pub mod ids;
pub mod imports;
pub mod input;
pub mod jobs;
mod layouts;
pub mod limits;
pub mod loaders;
pub mod mutation;
mod notes;
mod price;
pub mod query;
pub mod questions;
pub mod reveal;
mod selected;
pub mod sight;
pub mod statistics;
mod straight;
pub mod subscription;
pub mod tables;
mod text;
pub mod types;
pub mod work;

use std::sync::Arc;

use async_graphql::{SDLExportOptions, SchemaBuilder};
use hub::{Hub, feed::Feed};

pub use admission::{Admission, Admit};
pub use context::{RequestContext, RequestId};
pub use dictionary::dictionary;
pub use explain::Explain;
use jobs::Checker;
pub use limits::{Limits, QueriesOnly};
use mutation::Mutation;
use query::Query;
pub use straight::{Answer, Questions};
use subscription::Subscription;

pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema of a hub.
#[must_use]
pub fn schema(hub: Hub, feed: Feed, limits: Limits) -> Schema {
    let limits = Arc::new(limits);
    let builder = bare().data(hub).data(feed).data(Checker::new(Arc::clone(&limits)));
    limited(builder, &limits).extension(guard::Guard(limits)).finish()
}

fn limited(
    mut builder: SchemaBuilder<Query, Mutation, Subscription>,
    limits: &Limits,
) -> SchemaBuilder<Query, Mutation, Subscription> {
    if !limits.introspection {
        builder = builder.disable_introspection().disable_suggestions();
    }
    builder
        .limit_recursive_depth(limits.recursion)
        .limit_aliases(limits.aliases)
        .limit_directives(limits.directives)
}

/// The schema in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    let options =
        SDLExportOptions::new().prefer_single_line_descriptions().use_space_ident().indent_width(2);
    bare().finish().sdl_with_options(options)
}

/// The types alone, without a hub behind them.
fn bare() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation, Subscription)
}
