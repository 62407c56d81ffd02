//! What one request may cost, and the extension that keeps it so.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use async_graphql::{
    Data, Request, Response, ServerError, ServerResult, ValidationResult,
    async_trait::async_trait,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest,
        NextRequest, NextSubscribe, NextValidation,
    },
    futures_util::stream::{BoxStream, StreamExt},
    parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet},
};
use hub::{Hub, HubError, columns::Columns};

use crate::{
    admission::Admission,
    arguments,
    context::RequestContext,
    errors::{Code, finish, out_of_time},
    fetch::Asking,
    gate::Gate,
    loaders::Loaders,
    notes::Notes,
    selected,
};

/// What one request may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Levels of fields. The explorer's introspection has 15.
    pub depth: usize,
    /// Fields with everything they bring: a page counts its fields once a row.
    pub complexity: usize,
    /// Fields as written, with fragments taken in. Checked before anything walks the query, since
    /// small texts can spread fragments into a great many fields.
    pub fields: usize,
    /// Bytes of the query's text; values belong into variables. Parsing takes time by the byte.
    pub text: usize,
    /// How deeply brackets of the text are nested. The parser recurses, and has a stack to lose.
    pub nesting: usize,
    pub aliases: usize,
    /// On one field.
    pub directives: usize,
    /// How deeply the text is nested, which bounds the stack.
    pub recursion: usize,
    pub timeout: Duration,
    pub introspection: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 15,
            complexity: 200_000,
            fields: 2_000,
            text: 64 << 10,
            nesting: 64,
            aliases: 100,
            directives: 10,
            recursion: 32,
            timeout: Duration::from_secs(30),
            introspection: true,
        }
    }
}

/// In a request's data: its way must change nothing. It is also the source of the error that
/// refuses a mutation.
#[derive(Clone, Copy, Debug)]
pub struct QueriesOnly;

/// Outermost of the schema's extensions: keeps the limits, gives each execution its loaders and each
/// error its code.
pub(crate) struct Guard(pub Arc<Limits>);

impl ExtensionFactory for Guard {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Guarding {
            limits: Arc::clone(&self.0),
            operation: OnceLock::new(),
            columns: OnceLock::new(),
            items: AtomicUsize::new(1),
            request_id: Arc::default(),
        })
    }
}

struct Guarding {
    limits: Arc<Limits>,
    operation: OnceLock<OperationType>,
    /// What its answers may show.
    columns: OnceLock<Arc<Columns>>,
    /// For each of which the answer brings what is selected.
    items: AtomicUsize,
    /// Known once the request is prepared.
    request_id: Arc<OnceLock<String>>,
}

fn request_of<'a>(ctx: &ExtensionContext<'a>) -> Option<&'a RequestContext> {
    ctx.data_opt::<Arc<RequestContext>>().map(AsRef::as_ref)
}

/// The same before the request is prepared: what it carries, or what its WebSocket does.
fn request_in<'a>(ctx: &ExtensionContext<'a>, request: &'a Request) -> Option<&'a RequestContext> {
    let carried = request.data.get(&TypeId::of::<Arc<RequestContext>>());
    let carried = carried.and_then(|data| data.downcast_ref::<Arc<RequestContext>>());
    carried.map(AsRef::as_ref).or_else(|| request_of(ctx))
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
        if let Some(asked) = asked {
            let _ = self.request_id.set(asked.request_id.0.clone());
        }
        let stranger = asked.is_none_or(|asked| asked.viewer.is_none());
        let queries_only = request.data.contains_key(&TypeId::of::<QueriesOnly>());
        check_text(&self.limits, &request.query)?;
        let name = request.operation_name.clone();
        let mut variables = std::mem::take(&mut request.variables);
        let document = request.parsed_query()?;
        if stranger && !tells_nothing(document) {
            let text = HubError::Unauthenticated.to_string();
            return Err(Code::Unauthenticated.error(text));
        }
        let fields = Fields::of(document);
        if fields > self.limits.fields {
            let text =
                format!("the query selects more than {} fields; split it up", self.limits.fields);
            return Err(Code::TooCostly.error(text));
        }
        let columns = Columns::Shown(selected::fields(document));
        let _ = self.columns.set(Arc::new(columns));
        let mut operations = document.operations.iter().filter(|(known, _)| {
            name.is_none() || known.map(async_graphql::Name::as_str) == name.as_deref()
        });
        let operation = operations.next().map(|(_, operation)| operation.node.ty);
        // Of several without a name to choose by, none runs.
        let mutation = operation == Some(OperationType::Mutation);
        if mutation && queries_only {
            let mut error = Code::InvalidInput.error("a mutation has to be sent by POST");
            error.source = Some(Arc::new(QueriesOnly));
            return Err(error);
        }
        if mutation && roots(document) > 1 {
            let text =
                "one mutation a request, outside of fragments; put all items into one submit";
            return Err(Code::TooCostly.error(text.to_owned()));
        }
        let items = arguments::check(&mut variables, document)?;
        self.items.store(items.max(1), Ordering::Relaxed);
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
        let Limits { depth, complexity, .. } = *self.limits;
        if result.depth > depth {
            let text = format!("the query is {} levels deep; {depth} are allowed", result.depth);
            return Err(vec![Code::TooCostly.error(text)]);
        }
        let brings = result.complexity.saturating_mul(self.items.load(Ordering::Relaxed));
        if brings > complexity {
            let text = format!(
                "the answer may bring {brings} values, {complexity} are allowed; ask for smaller \
                 pages or hand in fewer items"
            );
            return Err(vec![Code::TooCostly.error(text)]);
        }
        Ok(result)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
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
        let run = gate.drive(next.run_with_data(ctx, operation_name, data));
        // Tokio makes a task pause after 128 locks, which the gate would take for standing still.
        let run = tokio::task::unconstrained(run);
        match tokio::time::timeout(self.limits.timeout, run).await {
            Ok(response) => match notes {
                Some(notes) => self.noted(ctx, operation_name, &notes, response).await,
                None => response,
            },
            Err(_) => {
                let error = out_of_time(self.operation(), self.limits.timeout.as_secs());
                Response::from_errors(vec![error])
            }
        }
    }
}

impl Guarding {
    fn operation(&self) -> OperationType {
        self.operation.get().copied().unwrap_or(OperationType::Query)
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

/// What has to be known of a text before it is parsed.
fn check_text(limits: &Limits, text: &str) -> ServerResult<()> {
    if text.len() > limits.text {
        let text = format!(
            "the query's text has {} bytes, {} are allowed; put values into variables",
            text.len(),
            limits.text
        );
        return Err(Code::TooCostly.error(text));
    }
    if nesting(text) > limits.nesting {
        let text = format!("brackets are nested more than {} deep", limits.nesting);
        return Err(Code::TooCostly.error(text));
    }
    Ok(())
}

/// How deeply brackets are nested, those in strings and comments left out. A string that does not
/// end is the parser's to refuse.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = match letter {
            '#' => rest.find('\n').map_or("", |end| &rest[end..]),
            '"' => after_string(rest),
            _ => {
                match letter {
                    '{' | '[' | '(' => depth += 1,
                    '}' | ']' | ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                deepest = deepest.max(depth);
                &rest[letter.len_utf8()..]
            }
        };
    }
    deepest
}

/// What follows the string that a text begins with.
fn after_string(text: &str) -> &str {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or("", |end| &block[end + 3..]);
    }
    let mut escaped = false;
    for (place, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[place + 1..],
            '\n' => return &text[place..],
            _ => {}
        }
    }
    ""
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

/// The most root fields of an operation. A fragment counts as several, since it may hold them.
fn roots(document: &ExecutableDocument) -> usize {
    let sets = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let roots = sets.map(|set| {
        let fields = set.items.iter().map(|item| match item.node {
            Selection::Field(_) => 1,
            Selection::InlineFragment(_) | Selection::FragmentSpread(_) => 2,
        });
        fields.sum()
    });
    roots.max().unwrap_or(0)
}

/// Counts the fields a document selects. The size of a fragment is worked out once, so that
/// fragments that spread fragments cost no more than their text.
struct Fields<'a> {
    document: &'a ExecutableDocument,
    /// None while it is being worked out: then it contains itself.
    sizes: HashMap<&'a str, Option<usize>>,
}

impl<'a> Fields<'a> {
    fn of(document: &'a ExecutableDocument) -> usize {
        let mut fields = Self { document, sizes: HashMap::new() };
        let operations = document.operations.iter();
        let sizes =
            operations.map(|(_, operation)| fields.selected(&operation.node.selection_set.node));
        sizes.fold(0, usize::saturating_add)
    }

    fn selected(&mut self, set: &'a SelectionSet) -> usize {
        let mut sum: usize = 0;
        for selection in &set.items {
            sum = sum.saturating_add(match &selection.node {
                Selection::Field(field) => {
                    self.selected(&field.node.selection_set.node).saturating_add(1)
                }
                Selection::InlineFragment(fragment) => {
                    self.selected(&fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())
                }
            });
        }
        sum
    }

    fn fragment(&mut self, name: &'a str) -> usize {
        if let Some(known) = self.sizes.get(name) {
            return known.unwrap_or(usize::MAX);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return 0;
        };
        self.sizes.insert(name, None);
        let size = self.selected(&fragment.node.selection_set.node);
        self.sizes.insert(name, Some(size));
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_of_strings_and_comments() {
        assert_eq!(nesting("{ a(b: [1, [2]]) { c } }"), 4);
        assert_eq!(nesting("{ a(b: \"[[[[ \\\" [[\") } # {{{{\n{ d }"), 2);
        assert_eq!(nesting("{ a(b: \"\"\"[[[ \" [[[\"\"\") { c } }"), 2);
        assert_eq!(nesting("\"[[["), 0);
    }
}
