//! The way past the executor: a question that was answered once, and asks for nothing but values, rows and
//! pages of some types, is kept as a plan. Asked again, its rows are read together and written out at once,
//! without a resolver for each value.
//!
//! Whatever is not as simple as that is the executor's: other fields, other arguments, whoever has something
//! open, what is wrong and what fails. So there is one place that tells faults, and both ways answer alike,
//! byte by byte, which a test asks of many questions.

mod plan;
mod table;
mod write;

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    OutputType, Request, Response,
    parser::{parse_query, types::OperationType},
    registry::Registry,
};
use chrono::NaiveDate;
use entity::{Role, TokenScope};
use hub::{Hub, access::Scope, page::Window, tree::Hang};
use uuid::Uuid;

use crate::{
    Explain, Limits, RequestContext, Schema, arguments, errors::out_of_time, notes::Notes, price,
    query::Query,
};
use plan::{Hangs, Minor, Part, Plan, Root, What};
use table::Arguments;
use write::{Reading, Rows, Writer};

/// How many questions are kept in mind, and how long their texts may be.
const KEPT: usize = 1_000;
const LONGEST: usize = 4 << 10;

/// What can be asked over HTTP, the short way where there is one.
#[derive(Clone)]
pub struct Questions {
    pub schema: Schema,
    hub: Hub,
    registry: Arc<Registry>,
    timeout: Duration,
    plans: Arc<Mutex<HashMap<Asked, Option<Arc<Plan>>>>>,
    /// How the rows of a plan are read for whom and with what.
    readings: Arc<Mutex<HashMap<Reader, Arc<Vec<Reading>>>>>,
    written: Arc<AtomicU64>,
}

/// A question's text, and which of its operations runs.
type Asked = (String, Option<String>);

/// An answer, written or to be written.
pub enum Answer {
    Written(Vec<u8>),
    Response(Response),
}

impl Questions {
    #[must_use]
    pub fn new(schema: Schema, hub: Hub, limits: &Limits) -> Self {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        registry.query_type = Query::type_name().into_owned();
        let (registry, timeout) = (Arc::new(registry), limits.timeout);
        let (plans, readings, written) = (Arc::default(), Arc::default(), Arc::default());
        Self { schema, hub, registry, timeout, plans, readings, written }
    }

    /// Answers a request.
    pub async fn answer(&self, context: RequestContext, request: Request) -> Answer {
        let asked = (request.query.clone(), request.operation_name.clone());
        let known = self.known(&asked);
        let explained = request.data.contains_key(&TypeId::of::<Explain>());
        if let Some(Some(plan)) = known.as_ref().filter(|_| !explained) {
            let straight = self.straight(plan, &context, &request);
            match tokio::time::timeout(self.timeout, straight).await {
                Ok(Some(answer)) => {
                    self.written.fetch_add(1, Ordering::Relaxed);
                    return Answer::Written(answer);
                }
                Ok(None) => {}
                Err(_) => {
                    let error = out_of_time(OperationType::Query, self.timeout.as_secs());
                    return Answer::Response(Response::from_errors(vec![error]));
                }
            }
        }
        let response = self.schema.execute(context.into_request(request)).await;
        if known.is_none() && response.is_ok() && asked.0.len() <= LONGEST {
            self.keep(asked);
        }
        Answer::Response(response)
    }

    /// How many answers went the short way so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn known(&self, asked: &Asked) -> Option<Option<Arc<Plan>>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(asked).cloned()
    }

    /// Keeps a question that was found valid.
    fn keep(&self, asked: Asked) {
        let document = parse_query(&asked.0).ok();
        let plan = document.and_then(|document| plan::of(document, asked.1.as_deref()));
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= KEPT {
            plans.clear();
        }
        plans.insert(asked, plan.map(Arc::new));
    }

    /// The answer, or none where the executor has to give it.
    async fn straight(
        &self,
        plan: &Plan,
        context: &RequestContext,
        request: &Request,
    ) -> Option<Vec<u8>> {
        let (viewer, hub) = (context.viewer.as_ref()?, &self.hub);
        let is_shut = context.grants.as_ref().is_some_and(|grants| grants.is_empty());
        if viewer.may_reveal() && !is_shut {
            return None;
        }
        let (operation, variables) = (plan.operation()?, &request.variables);
        let items = arguments::check(variables, &plan.document).ok()?;
        arguments::check_given(variables, operation).ok()?;
        let bill = price::of(&self.registry, &plan.document, &[operation], (variables, items));
        bill.within(hub.budget(viewer).question, context.language).ok()?;
        let notes = Notes::of(viewer, hub.clock.today());
        let readings = self.readings(&notes, (context, request, plan)).await?;
        hub.pay(viewer, bill.total).ok()?;
        let ring = hub.keyring();
        let mut writer = Writer { notes: &notes, ring: &ring, out: b"{\"data\":{".to_vec() };
        for (at, (root, reading)) in plan.roots.iter().zip(&*readings).enumerate() {
            let tree = hub.tree(&reading.prepared).await.ok()?;
            if at > 0 {
                writer.out.push(b',');
            }
            writer.root(root, &Rows { tree, reading }).ok()?;
        }
        let name = request.operation_name.as_deref();
        let word = name.map_or_else(|| "QUERY".to_owned(), |name| format!("QUERY {name}"));
        if let Some(access) = notes.access(context, &word) {
            hub.note(access).await.ok()?;
        }
        let beside = notes.tell(Response::default()).extensions;
        writer.end(&beside).ok()
    }
}

/// All that the conditions of a plan's statements go by.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Reader {
    plan: Asked,
    role: Role,
    stations: Option<Vec<Uuid>>,
    grants: Option<Vec<TokenScope>>,
    variables: String,
    today: NaiveDate,
}

impl Questions {
    /// How the rows of a plan are read. What it goes by is the same again and again: a worker's own list of a
    /// morning; so the statements are kept, never what they found.
    async fn readings(
        &self,
        notes: &Notes,
        (context, request, plan): (&RequestContext, &Request, &Plan),
    ) -> Option<Arc<Vec<Reading>>> {
        let viewer = context.viewer.as_ref()?;
        let reader = Reader {
            plan: (request.query.clone(), request.operation_name.clone()),
            role: viewer.role,
            stations: match &viewer.scope {
                Scope::City => None,
                Scope::Stations(stations) => Some(stations.clone()),
            },
            grants: viewer.grants.clone(),
            variables: serde_json::to_string(&request.variables).ok()?,
            today: notes.today,
        };
        if let Some(known) = self.kept().get(&reader) {
            return Some(Arc::clone(known));
        }
        let mut readings = Vec::new();
        for root in &plan.roots {
            readings.push(self.reading(root, notes, (context, request, plan)).await?);
        }
        let readings = Arc::new(readings);
        if reader.variables.len() > LONGEST {
            return Some(readings);
        }
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(reader, Arc::clone(&readings));
        Some(readings)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Reader, Arc<Vec<Reading>>>> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the rows of a root are read.
    async fn reading(
        &self,
        root: &Root,
        notes: &Notes,
        (context, request, plan): (&RequestContext, &Request, &Plan),
    ) -> Option<Reading> {
        let (viewer, with) = (context.viewer.as_ref()?, (plan.operation()?, &request.variables));
        let (mut branches, mut cursors) = (Vec::new(), Vec::new());
        let mut places: Vec<Option<usize>> = Vec::new();
        for (at, node) in root.nodes.iter().enumerate() {
            if is_idle(root, at, notes) {
                places.push(None);
                continue;
            }
            let below = |above: usize| places[above];
            let mut arguments = Arguments { filter: None, order: None, window: Window::first(1) };
            let hang = match &node.hangs {
                Hangs::List(field) => {
                    arguments = plan::arguments(&field.node, with)?;
                    Hang::Root
                }
                Hangs::One(field) => plan::one(&field.node, node.table, with, &mut arguments)?,
                Hangs::Named { above, column } => {
                    Hang::Named { above: below(*above)?, column: *column }
                }
                Hangs::Newest(above, relation) => {
                    Hang::First { above: below(*above)?, relation: *relation }
                }
                Hangs::Below(above, relation, field) => {
                    arguments = plan::arguments(&field.node, with)?;
                    Hang::Below { above: below(*above)?, relation: *relation }
                }
            };
            let branch = node.table.branch((&self.hub, viewer), hang, &arguments, &node.columns);
            let (branch, cursor) = branch.await.ok()??;
            places.push(Some(branches.len()));
            cursors.push((cursor, branch.sorted_by()));
            branches.push(branch);
        }
        let prepared = Arc::new(self.hub.prepared(branches));
        Some(Reading { prepared, branches: places, cursors })
    }
}

/// Whether a node tells only who is a minor, and nothing that is shown goes by that to this viewer.
fn is_idle(root: &Root, at: usize, notes: &Notes) -> bool {
    if !root.nodes[at].parts.is_empty() {
        return false;
    }
    let mut asks =
        root.nodes.iter().filter(|node| matches!(node.minor, Minor::Person(of, _) if of == at));
    let Some(node) = asks.next() else { return false };
    let goes_by_it = |part: &Part| match &part.what {
        What::Value { shows, .. } => shows
            .class()
            .is_some_and(|class| notes.sights.on_adult(class) > notes.sights.on_minor(class)),
        _ => false,
    };
    !node.parts.iter().any(goes_by_it)
}
