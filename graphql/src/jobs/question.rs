//! The question of a job: one list at its root, asked page by page. That of an export may also be one
//! that has no pages, such as statistics, and is asked once.

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
use entity::ExportLayout;
use hub::{
    HubError,
    exports::{FOUND, File, Table},
    jobs,
};

use crate::{
    arguments::{check_given, value_of},
    exports::{
        ledger,
        shape::{ALL, Asked, MORE, WITHHELD},
        types,
    },
};

/// Under which key a page tells where it ends.
pub(crate) const PAGE: &str = "jobPage";
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
    rows: Rows,
    /// What its file is made of; nothing where its answer is the lines.
    pub tables: Vec<Table>,
    file: Option<File>,
    /// The most rows that are asked for.
    pub most: Option<u64>,
    /// Whether it says itself how many rows it wants.
    says_first: bool,
    /// The cursor to begin after.
    after: Option<String>,
}

/// Where the rows are in an answer.
enum Rows {
    /// Of a page, under this key.
    Page(Name),
    /// The whole answer, asked once: of a list its values, else itself.
    Whole,
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
    /// `Invalid` where it does not go through one list, and no file can be made of what it asks.
    pub fn of(asked: &jobs::Question, file: Option<File>) -> Result<Self, HubError> {
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
        let list = list_of(&operation.selection_set.node)?.clone();
        let question = Self {
            text: asked.query.clone(),
            name,
            operation,
            fragments: document.fragments,
            variables,
            list,
            rows: Rows::Whole,
            tables: Vec::new(),
            file,
            most: None,
            says_first: false,
            after: None,
        };
        match file {
            Some(_) => question.for_file(),
            None => question.by_pages(),
        }
    }

    /// The same with what its file needs, by pages where it has them.
    fn for_file(mut self) -> Result<Self, HubError> {
        self.says_first = self.is_given("first");
        if self.is_workbook() {
            self.list = ledger::asked(self.list.clone(), &self.operation, &self.variables)?;
        }
        self.list = self.asked().complete(&self.list, types::QUERY)?;
        self.fragments.clear();
        if types::is_paged(&self.list.name.node) {
            return self.by_pages();
        }
        if self.list.selection_set.node.items.is_empty() {
            return refuse("an export asks for a list or a table, such as visits or statistics");
        }
        self.tables = self.asked().tables(&self.list, None);
        Ok(self)
    }

    /// The same, its list without what says which page it is.
    fn by_pages(mut self) -> Result<Self, HubError> {
        let [first, after, last, before] =
            WINDOW.map(|name| argument(&self.list, name, &self.operation, &self.variables));
        if [last, before].iter().any(|given| *given != Value::Null) {
            return refuse("a job goes through its list from the start: ask by first and after");
        }
        self.most = match first {
            Value::Null => None,
            Value::Number(rows) if rows.as_u64() > Some(0) => rows.as_u64(),
            _ => return refuse("first is a number of rows, 1 or more; without it a job takes all"),
        };
        self.after = match after {
            Value::Null => None,
            Value::String(cursor) => Some(cursor),
            _ => return refuse("after is a cursor"),
        };
        let rows = rows_of(&self.list.selection_set.node)?;
        if self.file.is_some() {
            nothing_beside(&self.list.selection_set.node, &self.list.name.node)?;
        }
        self.tables = match self.file {
            Some(_) if self.is_workbook() => {
                ledger::tables(&self.list, &self.operation, &self.variables)
            }
            Some(_) => self.asked().tables(&self.list, Some(rows)),
            None => Vec::new(),
        };
        self.rows = Rows::Page(rows.response_key().node.clone());
        self.list.arguments.retain(|(name, _)| !WINDOW.contains(&name.node.as_str()));
        self.list.selection_set.node.items.retain(|item| !is_count(&item.node));
        Ok(self)
    }

    fn asked(&self) -> Asked<'_> {
        let Self { operation, fragments, variables, .. } = self;
        Asked { operation, fragments, variables }
    }

    /// Whether it can be gone through: by the pages of its list, or at once.
    pub fn can_be_asked(&self, registry: &Registry) -> bool {
        matches!(self.rows, Rows::Whole) || is_paged(registry, &self.list.name.node)
    }

    /// Whether it is asked once.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.rows, Rows::Whole)
    }

    /// The next page, as a question like any other.
    #[must_use]
    pub fn page(&self, rows: u64, after: Option<&str>) -> Request {
        let mut list = self.list.clone();
        if self.is_whole() {
            return self.request(list, self.fragments.clone());
        }
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
        let mut sight = response.extensions.get("sight").map(words).unwrap_or_default();
        let fault = |text: &str| Read::Fault { text: text.to_owned(), may_pass: false };
        let Some((mut rows, after)) = self.rows_in(response.data) else {
            return fault("INTERNAL: a page without rows");
        };
        if self.file.is_some() {
            let mut met = Met::default();
            rows.iter_mut().for_each(|row| met.settle(row, ""));
            if let Some(list) = met.cut {
                return fault(&format!(
                    "INVALID_INPUT: {list} 的条数多于一页，请写明 first(至多 200)，或单独导出 (it has more rows than \
                     a page: say how many by first, 200 at most, or export it by itself)"
                ));
            }
            let found = rows.iter_mut().find_map(|row| self.beyond(row));
            if let Some(found) = found.filter(|_| !self.says_first) {
                return fault(&format!(
                    "INVALID_INPUT: 共有 {found} 行，请写明 first (there are {found} rows: say how many by first)"
                ));
            }
            if met.withholds {
                sight.insert("Statistics.rows".to_owned(), "SUPPRESSED".to_owned());
            }
        }
        if self.is_workbook()
            && let Err(text) = ledger::settle(&mut rows, &sight)
        {
            return fault(text);
        }
        match rows.iter().map(serde_json::to_string).collect() {
            Ok(lines) => Read::Page { lines, after, sight },
            Err(_) => fault("INTERNAL: a row is no JSON"),
        }
    }

    /// How many rows a table has, where it tells more than it holds.
    fn beyond(&self, table: &mut Value) -> Option<u64> {
        let Value::Object(fields) = table else { return None };
        let Some(Value::Number(found)) = fields.get(FOUND) else { return None };
        let found = found.as_u64().unwrap_or(0);
        let rows = key_of_rows(&self.list.selection_set.node).and_then(|key| fields.get(key));
        let held = match rows {
            Some(Value::List(rows)) => rows.len() as u64,
            _ => found,
        };
        if found > held {
            return Some(found);
        }
        fields.shift_remove(FOUND);
        None
    }

    fn is_workbook(&self) -> bool {
        self.file.is_some_and(|file| file.layout == ExportLayout::Workbook)
    }

    fn is_given(&self, name: &str) -> bool {
        argument(&self.list, name, &self.operation, &self.variables) != Value::Null
    }

    fn rows_in(&self, data: Value) -> Option<(Vec<Value>, Option<String>)> {
        let Value::Object(mut data) = data else { return None };
        let Rows::Page(key) = &self.rows else {
            return match data.swap_remove(&self.list.response_key().node)? {
                Value::List(rows) => Some((rows, None)),
                Value::Null => Some((Vec::new(), None)),
                row => Some((vec![row], None)),
            };
        };
        let Value::Object(mut list) = data.swap_remove(&self.list.response_key().node)? else {
            return None;
        };
        let Value::Object(page) = list.swap_remove(PAGE)? else { return None };
        let Value::List(rows) = list.swap_remove(key)? else { return None };
        let after = match (page.get("hasNextPage"), page.get("endCursor")) {
            (Some(Value::Boolean(true)), Some(Value::String(cursor))) => Some(cursor.clone()),
            _ => None,
        };
        Some((rows, after))
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
/// Refuses a text that is not one query.
///
/// # Errors
/// `Invalid` for what does not parse, another operation, or several.
pub(crate) fn is_one_query(text: &str) -> Result<(), HubError> {
    match parse_query(text) {
        Ok(document) => query_of(document.operations).map(|_| ()),
        Err(error) => refuse(error.to_string()),
    }
}

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
        (Some(_), true) => refuse("only a query is asked so, no mutation and no subscription"),
        _ => refuse("one query is asked; leave the other operations out"),
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

/// The field that tells the rows.
fn rows_of(set: &SelectionSet) -> Result<&Field, HubError> {
    let mut rows = Vec::new();
    for item in &set.items {
        match &item.node {
            Selection::Field(field)
                if field.node.name.node == "nodes" && field.node.directives.is_empty() =>
            {
                rows.push(&field.node);
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
        [rows] => Ok(rows),
        _ => refuse("each line of the answer is a row of nodes: select nodes once"),
    }
}

/// Refuses what a list tells beside its rows, which a file of rows does not hold.
fn nothing_beside(set: &SelectionSet, list: &Name) -> Result<(), HubError> {
    const NO_MATTER: [&str; 4] = ["nodes", "totalCount", "pageInfo", "__typename"];
    for item in &set.items {
        if let Selection::Field(field) = &item.node
            && !NO_MATTER.contains(&field.node.name.node.as_str())
        {
            let name = &field.node.name.node;
            return refuse(format!(
                "the file has the rows of {list} and not its {name}: leave it out, or ask it without an export"
            ));
        }
    }
    Ok(())
}

fn is_count(item: &Selection) -> bool {
    matches!(item, Selection::Field(field) if field.node.name.node == "totalCount")
}

/// What rows tell of themselves beside what was asked for.
#[derive(Default)]
struct Met {
    /// Where a list is that has more rows, though all of them were asked for.
    cut: Option<String>,
    /// Whether statistics may hold rows back.
    withholds: bool,
}

impl Met {
    /// Looks at a value, and takes from it what its file does not need.
    fn settle(&mut self, value: &mut Value, place: &str) {
        match value {
            Value::Object(fields) => {
                if is_true(fields.shift_remove(ALL).as_ref()) {
                    self.cut = Some(place.to_owned());
                }
                self.withholds |= fields.shift_remove(WITHHELD) == Some(Value::Boolean(true));
                for (name, value) in fields.iter_mut() {
                    let below =
                        if place.is_empty() { name.to_string() } else { format!("{place}.{name}") };
                    self.settle(value, &below);
                }
            }
            Value::List(values) => values.iter_mut().for_each(|value| self.settle(value, place)),
            _ => {}
        }
    }
}

fn is_true(page: Option<&Value>) -> bool {
    matches!(page, Some(Value::Object(page)) if page.get(MORE) == Some(&Value::Boolean(true)))
}

/// The value of an argument, with variables taken in; null where it is not given.
pub(crate) fn argument(
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

pub(crate) fn placed<T>(node: T) -> Positioned<T> {
    Positioned::new(node, Default::default())
}

pub(crate) fn selected(
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

/// Under which key a table without pages has its rows, also where they are asked for in a fragment.
fn key_of_rows(set: &SelectionSet) -> Option<&str> {
    set.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) if field.node.name.node == "rows" => {
            Some(field.node.response_key().node.as_str())
        }
        Selection::InlineFragment(fragment) => key_of_rows(&fragment.node.selection_set.node),
        _ => None,
    })
}
