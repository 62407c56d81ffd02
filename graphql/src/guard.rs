//! The extension that keeps a request to its limits.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::{
    Data, Request, Response, ServerError, ServerResult, ValidationResult, Value,
    async_trait::async_trait,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest,
        NextRequest, NextResolve, NextSubscribe, NextValidation, ResolveInfo,
    },
    futures_util::stream::{BoxStream, StreamExt},
    parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection},
};
use hub::{Hub, HubError, access::Viewer, columns::Columns};

use crate::{
    Limits, QueriesOnly,
    admission::Admission,
    arguments,
    context::RequestContext,
    errors::{self, Code, finish, out_of_time},
    explain::{Explain, Explaining},
    fetch::Asking,
    gate::Gate,
    jobs::Paid,
    loaders::Loaders,
    notes::Notes,
    price, selected, text,
};

/// Outermost of the schema's extensions: keeps the limits, gives each execution its loaders and each
/// error its code.
pub(crate) struct Guard(pub Arc<Limits>);

impl ExtensionFactory for Guard {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Guarding {
            limits: Arc::clone(&self.0),
            operation: OnceLock::new(),
            price: OnceLock::new(),
            explaining: OnceLock::new(),
            columns: OnceLock::new(),
            request_id: Arc::default(),
        })
    }
}

/// How long an answer waits for its explanation.
const EXPLAINED_WITHIN: Duration = Duration::from_secs(2);

struct Guarding {
    limits: Arc<Limits>,
    operation: OnceLock<OperationType>,
    price: OnceLock<u64>,
    /// Where it asks to be explained.
    explaining: OnceLock<Explaining>,
    /// What its answers may show.
    columns: OnceLock<Arc<Columns>>,
    /// Known once the request is prepared.
    request_id: Arc<OnceLock<String>>,
}

fn request_of<'a>(ctx: &ExtensionContext<'a>) -> Option<&'a RequestContext> {
    ctx.data_opt::<Arc<RequestContext>>().map(AsRef::as_ref)
}

/// The same before the request is prepared: what it carries, or what its WebSocket does.
fn request_in(ctx: &ExtensionContext<'_>, request: &Request) -> Option<Arc<RequestContext>> {
    let carried = request.data.get(&TypeId::of::<Arc<RequestContext>>());
    let carried = carried.and_then(|data| data.downcast_ref::<Arc<RequestContext>>());
    carried.or_else(|| ctx.data_opt::<Arc<RequestContext>>()).cloned()
}

/// Who asks of which hub, once the request is prepared.
fn asking<'a>(ctx: &ExtensionContext<'a>) -> Option<(&'a RequestContext, &'a Viewer, &'a Hub)> {
    let asked = request_of(ctx)?;
    Some((asked, asked.viewer.as_ref()?, ctx.data_opt::<Hub>()?))
}

fn admission_of(request: &Request) -> Option<&Admission> {
    request.data.get(&TypeId::of::<Admission>())?.downcast_ref()
}

#[async_trait]
impl Extension for Guarding {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(ctx).await;
        finish(response, self.request_id.get().map_or("", String::as_str))
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let request_id = Arc::clone(&self.request_id);
        let finished = next
            .run(ctx, stream)
            .map(move |response| finish(response, request_id.get().map_or("", String::as_str)));
        finished.boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(ctx, request).await?;
        let asked = request_in(ctx, &request);
        let asked = asked.as_deref();
        if let Some(asked) = asked {
            let _ = self.request_id.set(asked.request_id.0.clone());
        }
        let viewer = asked.and_then(|asked| asked.viewer.as_ref());
        let queries_only = request.data.contains_key(&TypeId::of::<QueriesOnly>());
        let explain = request.data.contains_key(&TypeId::of::<Explain>());
        text::check(&self.limits, &request.query)?;
        let name = request.operation_name.clone();
        let variables = std::mem::take(&mut request.variables);
        let document = request.parsed_query()?;
        self.check_document(document, viewer.is_none())?;
        let columns = Columns::Shown(selected::fields(document));
        let _ = self.columns.set(Arc::new(columns));
        let operations = operations(document, name.as_deref());
        // Of several without a name to choose by, none runs.
        let operation = operations.first().map(|operation| operation.ty);
        if operation == Some(OperationType::Mutation) {
            check_mutation(document, queries_only)?;
        }
        let items = arguments::check(&variables, document)?;
        for operation in &operations {
            arguments::check_given(&variables, operation)?;
        }
        let registry = &ctx.schema_env.registry;
        let bill = price::of(registry, document, &operations, (&variables, items));
        let _ = self.price.set(bill.total);
        if let (Some(asked), Some(viewer), Some(hub)) = (asked, viewer, ctx.data_opt::<Hub>()) {
            let budget = hub.budget(viewer);
            match operation {
                Some(OperationType::Query) if budget.job > 0 => {
                    bill.within_or_job(budget.question, registry, asked.language)?;
                }
                _ => bill.within(budget.question, asked.language)?,
            }
            let is_explained = explain && !bill.is_of_the_schema();
            if is_explained && operation == Some(OperationType::Query) {
                let _ = self.explaining.set(Explaining::default());
            }
        }
        request.variables = variables;
        if let Some(operation) = operation {
            let _ = self.operation.set(operation);
        }
        let follows = operation == Some(OperationType::Subscription);
        if let Some(Admission(door)) = admission_of(&request).filter(|_| follows) {
            door.follows();
        }
        Ok(request)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let depth = self.limits.depth;
        if result.depth > depth {
            let text = format!("the query is {} levels deep; {depth} are allowed", result.depth);
            return Err(vec![Code::TooCostly.error(text)]);
        }
        self.pay(ctx).map_err(|error| vec![error])?;
        Ok(result)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some((_, viewer, hub)) = asking(ctx)
            && self.operation() == OperationType::Subscription
        {
            hub.charge(viewer, self.price.get().copied().unwrap_or(0));
        }
        let _admitted = match ctx.data_opt::<Admission>() {
            Some(Admission(door)) => match door.admit().await {
                Ok(admitted) => Some(admitted),
                Err(error) => return Response::from_errors(vec![error]),
            },
            None => None,
        };
        let mut data = Data::default();
        let gate = Arc::new(Gate::default());
        let viewer = request_of(ctx).and_then(|asked| asked.viewer.clone());
        let asking = viewer.zip(ctx.data_opt::<Hub>());
        let notes = asking.as_ref().map(|(viewer, hub)| Notes::of(viewer, hub.clock.today()));
        let notes = notes.map(Arc::new);
        if let Some((viewer, hub)) = asking {
            let (hub, gate) = (hub.clone(), Arc::clone(&gate));
            let columns = self.columns.get().cloned().unwrap_or_else(|| Arc::new(Columns::All));
            let loaders = Loaders::new(&Arc::new(Asking { hub, viewer, columns, gate }));
            if let Some(grants) = request_of(ctx).and_then(|asked| asked.grants.clone()) {
                loaders.grants.know((), grants);
            }
            data.insert(loaders);
        }
        if let Some(notes) = &notes {
            data.insert(Arc::clone(notes));
        }
        let run = self.taken_down(gate.drive(next.run_with_data(ctx, operation_name, data)));
        // Tokio makes a task pause after 128 locks, which the gate would take for standing still.
        let run = tokio::task::unconstrained(run);
        match tokio::time::timeout(self.limits.timeout, run).await {
            Ok(response) => match notes {
                Some(notes) => {
                    let response = self.noted(ctx, operation_name, &notes, response).await;
                    self.explained(ctx, response).await
                }
                None => response,
            },
            Err(_) => {
                let error = out_of_time(self.operation(), self.limits.timeout.as_secs());
                Response::from_errors(vec![error])
            }
        }
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let Some(explaining) = self.explaining.get() else { return next.run(ctx, info).await };
        let path = explaining.begin(info.path_node);
        let value = next.run(ctx, info).await;
        if let Some(path) = path {
            explaining.end(&path);
        }
        value
    }
}

impl Guarding {
    /// What is looked at before anything walks a document: that strangers learn nothing, and its size.
    fn check_document(&self, document: &ExecutableDocument, is_stranger: bool) -> ServerResult<()> {
        if is_stranger && !tells_nothing(document) {
            let text = HubError::Unauthenticated.to_string();
            return Err(Code::Unauthenticated.error(text));
        }
        let fields = self.limits.fields;
        if selected::count(document) > fields {
            let text = format!("the query selects more than {fields} fields; split it up");
            return Err(Code::TooCostly.error(text));
        }
        Ok(())
    }

    /// Takes the price from the account's minute. What is handed in must not be lost, and whoever
    /// follows pays by the event.
    fn pay(&self, ctx: &ExtensionContext<'_>) -> ServerResult<()> {
        let Some((asked, viewer, hub)) = asking(ctx) else { return Ok(()) };
        if ctx.data_opt::<Paid>().is_some() {
            return Ok(());
        }
        let price = self.price.get().copied().unwrap_or(0);
        match self.operation() {
            OperationType::Query => hub
                .pay(viewer, price)
                .map_err(|overspent| errors::overspent(price, overspent, asked.language)),
            OperationType::Mutation => {
                hub.charge(viewer, price);
                Ok(())
            }
            OperationType::Subscription => Ok(()),
        }
    }

    fn operation(&self) -> OperationType {
        self.operation.get().copied().unwrap_or(OperationType::Query)
    }

    async fn taken_down<F: Future>(&self, run: F) -> F::Output {
        match self.explaining.get() {
            Some(explaining) => explaining.taken.during(run).await,
            None => run.await,
        }
    }

    /// The answer with what it took, where that is asked for.
    async fn explained(&self, ctx: &ExtensionContext<'_>, response: Response) -> Response {
        let (Some(explaining), Some((_, viewer, hub))) = (self.explaining.get(), asking(ctx))
        else {
            return response;
        };
        // What could not be noted is not shown, nor what it took.
        if response.is_err() {
            return response;
        }
        let price = self.price.get().copied().unwrap_or(0);
        let told = tokio::time::timeout(EXPLAINED_WITHIN, explaining.told(hub, viewer, price));
        match told.await.unwrap_or(Err(HubError::Unavailable)) {
            Ok(told) => response.extension("explain", told),
            Err(error) => {
                let request_id = self.request_id.get();
                tracing::warn!(request_id, %error, "a question could not be explained");
                response
            }
        }
    }

    /// The answer, once it is noted whose data it shows. What cannot be noted is not shown.
    async fn noted(
        &self,
        ctx: &ExtensionContext<'_>,
        name: Option<&str>,
        notes: &Notes,
        response: Response,
    ) -> Response {
        let word = match self.operation() {
            OperationType::Query => "QUERY",
            OperationType::Mutation => "MUTATION",
            OperationType::Subscription => "SUBSCRIPTION",
        };
        let word = name.map_or_else(|| word.to_owned(), |name| format!("{word} {name}"));
        let access = request_of(ctx).and_then(|asked| notes.access(asked, &word));
        if let (Some(access), Some(hub)) = (access, ctx.data_opt::<Hub>())
            && let Err(error) = hub.note(access).await
        {
            return Response::from_errors(vec![Code::Unavailable.error(error.to_string())]);
        }
        notes.tell(response)
    }
}

/// Those of a document that may run: the one named, or all without a name.
pub(crate) fn operations<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Vec<&'d OperationDefinition> {
    let chosen = document
        .operations
        .iter()
        .filter(|(known, _)| name.is_none() || known.map(async_graphql::Name::as_str) == name);
    chosen.map(|(_, operation)| &operation.node).collect()
}

fn check_mutation(document: &ExecutableDocument, queries_only: bool) -> ServerResult<()> {
    if queries_only {
        let mut error = Code::InvalidInput.error("a mutation has to be sent by POST");
        error.source = Some(Arc::new(QueriesOnly));
        return Err(error);
    }
    if selected::roots(document) > 1 {
        let text = "one mutation a request, outside of fragments; put all items into one submit";
        return Err(Code::TooCostly.error(text));
    }
    Ok(())
}

/// Whether a document asks only for the bare name of the root type. Anything more would tell those
/// not signed in, by its answer or by why it is not valid, which names the schema has.
fn tells_nothing(document: &ExecutableDocument) -> bool {
    document.fragments.is_empty()
        && document.operations.iter().all(|(_, operation)| {
            let operation = &operation.node;
            let mut items = operation.selection_set.node.items.iter();
            operation.variable_definitions.is_empty()
                && operation.directives.is_empty()
                && items.all(|item| match &item.node {
                    Selection::Field(field) => is_bare_name(&field.node),
                    _ => false,
                })
        })
}

fn is_bare_name(field: &Field) -> bool {
    field.name.node == "__typename"
        && field.arguments.is_empty()
        && field.directives.is_empty()
        && field.selection_set.node.items.is_empty()
}
