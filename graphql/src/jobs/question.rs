//! The question of a job: one list at its root, asked page by page.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
};

use async_graphql::{
    Name, Positioned, Request, Response, Value, Variables,
    parser::{
        parse_query,
        types::{
            Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
            OperationDefinition, OperationType, Selection, SelectionSet,
        },
    },
    registry::Registry,
};
use hub::{HubError, jobs};

use crate::arguments::{check_given, value_of};

/// Under which key a page tells where it ends.
const PAGE: &str = "jobPage";
/// The arguments of a list that say which page it is.
const WINDOW: [&str; 4] = ["first", "after", "last", "before"];

/// A question that a job goes through.
pub struct Question {
    text: String,
    name: Option<Name>,
    operation: OperationDefinition,
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    variables: Variables,
    /// The list, without what says which page it is.
    list: Field,
    /// The key of its rows.
    rows: Name,
    /// The most rows that are asked for.
    pub most: Option<u64>,
    /// The cursor to begin after.
    after: Option<String>,
}

/// What became of a page.
pub enum Read {
    /// `after` is the cursor to go on from; there is none on the last page.
    Page { lines: Vec<String>, after: Option<String>, sight: BTreeMap<String, String> },
    /// `may_pass` where the same may be answered later.
    Fault { text: String, may_pass: bool },
}

fn refuse<T>(text: impl Into<String>) -> Result<T, HubError> {
    Err(HubError::Invalid(text.into()))
}

impl Question {
    /// # Errors
    /// `Invalid` where it does not go through one list.
    pub fn of(asked: &jobs::Question) -> Result<Self, HubError> {
        let document = match parse_query(&asked.query) {
            Ok(document) => document,
            Err(error) => return refuse(error.to_string()),
        };
        let (name, operation) = query_of(document.operations)?;
        let variables = Variables::from_json(asked.variables.clone());
        // Looked at here, since some may not be used by the pages.
        if let Err(error) = check_given(&variables, &operation) {
            return refuse(error.message);
        }
        let mut list = list_of(&operation.selection_set.node)?.clone();
        let [first, after, last, before] =
            WINDOW.map(|name| argument(&list, name, &operation, &variables));
        if [last, before].iter().any(|given| *given != Value::Null) {
            return refuse("a job goes through its list from the start: ask by first and after");
        }
        let most = match first {
            Value::Null => None,
            Value::Number(rows) if rows.as_u64() > Some(0) => rows.as_u64(),
            _ => return refuse("first is a number of rows, 1 or more; without it a job takes all"),
        };
        let after = match after {
            Value::Null => None,
            Value::String(cursor) => Some(cursor),
            _ => return refuse("after is a cursor"),
        };
        let rows = rows_of(&list.selection_set.node)?;
        list.arguments.retain(|(name, _)| !WINDOW.contains(&name.node.as_str()));
        list.selection_set.node.items.retain(|item| !is_count(&item.node));
        let (text, fragments) = (asked.query.clone(), document.fragments);
        Ok(Self { text, name, operation, fragments, variables, list, rows, most, after })
    }

    /// Whether its list is one of the schema's that can be gone through.
    pub fn is_paged(&self, registry: &Registry) -> bool {
        is_paged(registry, &self.list.name.node)
    }

    /// The next page, as a question like any other.
    #[must_use]
    pub fn page(&self, rows: u64, after: Option<&str>) -> Request {
        let mut list = self.list.clone();
        let mut add = |name: &str, value: Value| {
            list.arguments.push((placed(Name::new(name)), placed(value.into_value())));
        };
        add("first", rows.into());
        if let Some(cursor) = after.or(self.after.as_deref()) {
            add("after", cursor.into());
        }
        let ends = ["hasNextPage", "endCursor"].map(|name| selected(name, None, Vec::new()));
        let page = selected("pageInfo", Some(PAGE), ends.into());
        list.selection_set.node.items.push(page);
        self.request(list, self.fragments.clone())
    }

    /// How many rows its list has, as a question like any other.
    #[must_use]
    pub fn count(&self) -> Request {
        let mut list = self.list.clone();
        list.selection_set.node.items = vec![selected("totalCount", None, Vec::new())];
        self.request(list, HashMap::new())
    }

    fn request(
        &self,
        list: Field,
        fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    ) -> Request {
        let mut operation = self.operation.clone();
        let items = vec![placed(Selection::Field(placed(list)))];
        operation.selection_set = placed(SelectionSet { items });
        let used = Used::by(&operation, &fragments);
        operation.variable_definitions.retain(|of| used.contains(&of.node.name.node));
        let operation = placed(operation);
        let operations = match &self.name {
            Some(name) => DocumentOperations::Multiple([(name.clone(), operation)].into()),
            None => DocumentOperations::Single(operation),
        };
        let mut request = Request::new(&self.text).variables(self.variables.clone());
        request.operation_name = self.name.as_ref().map(Name::to_string);
        request.set_parsed_query(ExecutableDocument { operations, fragments });
        request
    }

    /// What a page was answered.
    #[must_use]
    pub fn read(&self, response: Response) -> Read {
        if let Some(error) = response.errors.first() {
            let code = error.extensions.as_ref().and_then(|values| values.get("code"));
            let code = match code {
                Some(Value::String(code)) => code.as_str(),
                _ => "INTERNAL",
            };
            // Whatever else costs too much does so the next time.
            let may_pass = code == "UNAVAILABLE"
                || code == "TOO_COSTLY"
                    && !error.extensions.iter().any(|all| all.get("price").is_some());
            return Read::Fault { text: format!("{code}: {}", error.message), may_pass };
        }
        let sight = response.extensions.get("sight").map(words).unwrap_or_default();
        let Some((lines, after)) = self.rows_in(response.data) else {
            return Read::Fault {
                text: "INTERNAL: a page without rows".to_owned(),
                may_pass: false,
            };
        };
        Read::Page { lines, after, sight }
    }

    fn rows_in(&self, data: Value) -> Option<(Vec<String>, Option<String>)> {
        let Value::Object(mut data) = data else { return None };
        let Value::Object(mut list) = data.swap_remove(&self.list.response_key().node)? else {
            return None;
        };
        let Value::Object(page) = list.swap_remove(PAGE)? else { return None };
        let Value::List(rows) = list.swap_remove(&self.rows)? else { return None };
        let lines = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>().ok()?;
        let after = match (page.get("hasNextPage"), page.get("endCursor")) {
            (Some(Value::Boolean(true)), Some(Value::String(cursor))) => Some(cursor.clone()),
            _ => None,
        };
        Some((lines, after))
    }

    /// How many rows a count was answered; none where that is not told.
    #[must_use]
    pub fn counted(&self, response: &Response) -> Option<i64> {
        let Value::Object(data) = &response.data else { return None };
        let Value::Object(list) = data.get(&self.list.response_key().node)? else { return None };
        let Value::Number(count) = list.get("totalCount")? else { return None };
        count.as_i64()
    }
}

/// Whether a root field is a list that can be gone through from cursor to cursor.
pub fn is_paged(registry: &Registry, name: &str) -> bool {
    let root = registry.types.get(&registry.query_type);
    let Some(field) = root.and_then(|root| root.field_by_name(name)) else { return false };
    let kind = registry.concrete_type_by_name(&field.ty);
    let has = |name| kind.is_some_and(|kind| kind.field_by_name(name).is_some());
    ["first", "after"].iter().all(|name| field.args.contains_key(*name))
        && ["nodes", "pageInfo"].into_iter().all(has)
}

/// The one operation of a document, which has to be a query.
fn query_of(
    operations: DocumentOperations,
) -> Result<(Option<Name>, OperationDefinition), HubError> {
    let mut all: Vec<_> = match operations {
        DocumentOperations::Single(operation) => vec![(None, operation.node)],
        DocumentOperations::Multiple(operations) => {
            operations.into_iter().map(|(name, operation)| (Some(name), operation.node)).collect()
        }
    };
    match (all.pop(), all.is_empty()) {
        (Some((name, operation)), true) if operation.ty == OperationType::Query => {
            Ok((name, operation))
        }
        (Some(_), true) => refuse("a job asks a query, no mutation and no subscription"),
        _ => refuse("a job asks one query; leave the other operations out"),
    }
}

/// The one list of a query.
fn list_of(set: &SelectionSet) -> Result<&Field, HubError> {
    match set.items.as_slice() {
        [item] => match &item.node {
            Selection::Field(field) if field.node.directives.is_empty() => Ok(&field.node),
            _ => refuse("a job's list stands at the root by itself, without fragment or directive"),
        },
        _ => refuse("a job goes through one list, the only field at the root, such as visits"),
    }
}

/// Under which key the rows are told.
fn rows_of(set: &SelectionSet) -> Result<Name, HubError> {
    let mut rows = Vec::new();
    for item in &set.items {
        match &item.node {
            Selection::Field(field)
                if field.node.name.node == "nodes" && field.node.directives.is_empty() =>
            {
                rows.push(field.node.response_key().node.clone());
            }
            Selection::Field(field) if field.node.name.node != "edges" => {}
            _ => {
                return refuse(
                    "each line of the answer is a row of nodes: select nodes, without fragment or directive, and no edges",
                );
            }
        }
    }
    match rows.as_slice() {
        [rows] => Ok(rows.clone()),
        _ => refuse("each line of the answer is a row of nodes: select nodes once"),
    }
}

fn is_count(item: &Selection) -> bool {
    matches!(item, Selection::Field(field) if field.node.name.node == "totalCount")
}

/// The value of an argument, with variables taken in; null where it is not given.
fn argument(
    field: &Field,
    name: &str,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Value {
    let Some(value) = field.get_argument(name) else { return Value::Null };
    let Ok(value) = value.node.clone().into_const_with(|name| {
        let given = value_of(&name, &operation.variable_definitions, variables);
        Ok::<_, Infallible>(given.unwrap_or_default())
    });
    value
}

/// The words of `extensions.sight`.
fn words(told: &Value) -> BTreeMap<String, String> {
    let Value::Object(told) = told else { return BTreeMap::new() };
    let word = |(field, word): (&Name, &Value)| match word {
        Value::String(word) => Some((field.to_string(), word.clone())),
        _ => None,
    };
    told.iter().filter_map(word).collect()
}

fn placed<T>(node: T) -> Positioned<T> {
    Positioned::new(node, Default::default())
}

fn selected(
    name: &str,
    alias: Option<&str>,
    items: Vec<Positioned<Selection>>,
) -> Positioned<Selection> {
    let field = Field {
        alias: alias.map(|alias| placed(Name::new(alias))),
        name: placed(Name::new(name)),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: placed(SelectionSet { items }),
    };
    placed(Selection::Field(placed(field)))
}

/// The variables that are used: a question that declares others is not valid.
#[derive(Default)]
struct Used(HashSet<Name>);

impl Used {
    fn by(
        operation: &OperationDefinition,
        fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    ) -> HashSet<Name> {
        let mut used = Self::default();
        used.directives(&operation.directives);
        used.set(&operation.selection_set.node);
        for fragment in fragments.values() {
            used.directives(&fragment.node.directives);
            used.set(&fragment.node.selection_set.node);
        }
        used.0
    }

    fn set(&mut self, set: &SelectionSet) {
        for item in &set.items {
            self.directives(item.node.directives());
            match &item.node {
                Selection::Field(field) => {
                    self.arguments(&field.node);
                    self.set(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node),
                // Walked where it is defined.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for (_, value) in directives.iter().flat_map(|of| &of.node.arguments) {
            let Ok(_) = value.node.clone().into_const_with(|name| self.seen(name));
        }
    }

    fn arguments(&mut self, field: &Field) {
        for (_, value) in &field.arguments {
            let Ok(_) = value.node.clone().into_const_with(|name| self.seen(name));
        }
    }

    fn seen(&mut self, name: Name) -> Result<Value, Infallible> {
        self.0.insert(name);
        Ok(Value::Null)
    }
}
