//! The question of an export → the tables of its file, and the question with what they need beside:
//! ids by which rows are joined, and whether a list within a row has more rows than were asked for.

use std::collections::{BTreeMap, HashMap};

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{
        Directive, Field, FragmentDefinition, InlineFragment, OperationDefinition, Selection,
        SelectionSet, TypeCondition,
    },
};
use entity::{Fact, Measure};
use hub::{
    HubError,
    exports::{Column, FOUND, Form, ID, KEY, PAGE, PARENT, Table},
};

use super::types::{self, base, label};
use crate::{
    arguments::value_of,
    jobs::{PAGE as JOB_PAGE, argument, placed, selected},
    work::MAX_ROWS,
};

/// Under which key a list within a row tells whether it has more rows, where all have to be there.
pub const ALL: &str = "exportAll";
pub const MORE: &str = "hasMore";
/// Whether rows are withheld.
pub const WITHHELD: &str = "exportWithheld";
/// What the hub asks along, so that nobody else may.
const OWN: [&str; 8] = [ID, FOUND, PAGE, ALL, WITHHELD, JOB_PAGE, KEY, PARENT];
/// The types of tables that are asked at once and tell of how many rows they are the first.
const TABLES: [&str; 2] = ["Statistics", "Coverage"];
/// More than a question of people has, with its fragments written out.
const MOST_FIELDS: usize = 20_000;

/// What is known of a question beside its fields.
pub struct Asked<'q> {
    pub operation: &'q OperationDefinition,
    pub fragments: &'q HashMap<Name, Positioned<FragmentDefinition>>,
    pub variables: &'q Variables,
}

/// How much was written out, and within which fragments.
#[derive(Default)]
struct Effort {
    fields: usize,
    within: Vec<Name>,
}

impl Effort {
    fn enter(&mut self, fragment: &Name) -> Result<(), HubError> {
        if self.within.contains(fragment) {
            return Err(HubError::Invalid(format!("the fragment {fragment} spreads itself")));
        }
        self.within.push(fragment.clone());
        Ok(())
    }
}

/// A field that was selected, and of which type.
type Picked<'f> = (String, &'f Field);

impl Asked<'_> {
    /// The field with its fragments written out, and with what the tables need.
    pub fn complete(&self, field: &Field, kind: &str) -> Result<Field, HubError> {
        let mut effort = Effort::default();
        self.field(field, kind, &mut effort)
    }

    fn field(&self, field: &Field, kind: &str, effort: &mut Effort) -> Result<Field, HubError> {
        effort.fields += 1;
        if effort.fields > MOST_FIELDS {
            let text = "the question has too many fields, with its fragments written out";
            return Err(HubError::Invalid(text.to_owned()));
        }
        let key = field.response_key().node.as_str();
        if OWN.contains(&key) {
            return Err(HubError::Invalid(format!("{key} is the hub's own; take another alias")));
        }
        let mut field = field.clone();
        let Some(known) = types::field(kind, &field.name.node) else { return Ok(field) };
        let (of, is_list) = base(&known.ty.node);
        if field.selection_set.node.items.is_empty() {
            return Ok(field);
        }
        let mut items = self.items(&field.selection_set.node, of, effort)?;
        if is_list && types::field(of, "id").is_some() {
            items.push(selected("id", Some(ID), Vec::new()));
        }
        self.ask_whether_more(&field, of, &mut items);
        for (name, key) in [("found", FOUND), ("withheld", WITHHELD)] {
            if TABLES.contains(&of) && types::field(of, name).is_some() {
                items.push(selected(name, Some(key), Vec::new()));
            }
        }
        if of == "Coverage" {
            self.take_all(&mut field);
        }
        field.selection_set = placed(SelectionSet { items });
        Ok(field)
    }

    /// A table that gives a page's rows where nobody says how many, asked for as many as it gives.
    fn take_all(&self, table: &mut Field) {
        if argument(table, "first", self.operation, self.variables) == Value::Null {
            table.arguments.retain(|(name, _)| name.node != "first");
            let most = placed(Value::from(MAX_ROWS).into_value());
            table.arguments.push((placed(Name::new("first")), most));
        }
    }

    fn items(
        &self,
        set: &SelectionSet,
        kind: &str,
        effort: &mut Effort,
    ) -> Result<Vec<Positioned<Selection>>, HubError> {
        let mut items = Vec::new();
        for item in set.items.iter().filter(|item| !self.is_left_out(&item.node)) {
            let (condition, directives, set) = match &item.node {
                Selection::Field(field) => {
                    let field = Positioned::new(self.field(&field.node, kind, effort)?, field.pos);
                    items.push(Positioned::new(Selection::Field(field), item.pos));
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let condition = fragment.type_condition.as_ref().map(|of| of.node.on.clone());
                    (condition, &fragment.directives, &fragment.selection_set)
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.fragments.get(name) else {
                        return Err(HubError::Invalid(format!("there is no fragment {name}")));
                    };
                    let condition = Some(fragment.node.type_condition.node.on.clone());
                    (condition, &spread.node.directives, &fragment.node.selection_set)
                }
            };
            let spread = match &item.node {
                Selection::FragmentSpread(spread) => Some(&spread.node.fragment_name.node),
                _ => None,
            };
            if let Some(name) = spread {
                effort.enter(name)?;
            }
            let of =
                condition.as_ref().map_or(kind, |condition| condition.node.as_str()).to_owned();
            let set = SelectionSet { items: self.items(&set.node, &of, effort)? };
            if spread.is_some() {
                effort.within.pop();
            }
            if set.items.is_empty() {
                continue;
            }
            let on = condition.map(|on| on.node);
            items.push(fragment(on, directives.clone(), set.items));
        }
        Ok(items)
    }

    /// Asks along of a list's pages, where rows of them are asked for, whether there are more rows; of
    /// a union of lists, for each of them.
    fn ask_whether_more(&self, list: &Field, of: &str, items: &mut Vec<Positioned<Selection>>) {
        if types::field(of, "pageInfo").is_some() {
            if has_rows_of(items, of, of) {
                items.push(self.whether_more(list));
            }
            return;
        }
        for page in types::members(of) {
            if types::field(page, "pageInfo").is_some() && has_rows_of(items, of, page) {
                let more = vec![self.whether_more(list)];
                items.push(fragment(Some(Name::new(page)), Vec::new(), more));
            }
        }
    }

    /// Whether the page of a list is its last; a page whose length nobody gave has to be.
    fn whether_more(&self, list: &Field) -> Positioned<Selection> {
        let given = |name| argument(list, name, self.operation, self.variables) != Value::Null;
        let more = if given("last") { "hasPreviousPage" } else { "hasNextPage" };
        let key = if given("first") || given("last") { PAGE } else { ALL };
        selected("pageInfo", Some(key), vec![selected(more, Some(MORE), Vec::new())])
    }

    /// Whether `@skip` or `@include` leave a selection out.
    fn is_left_out(&self, item: &Selection) -> bool {
        let decides = |directive: &Positioned<Directive>| {
            let directive = &directive.node;
            let value = directive.get_argument("if")?.node.clone();
            let value = value.into_const_with(|name| {
                value_of(&name, &self.operation.variable_definitions, self.variables).ok_or(())
            });
            match directive.name.node.as_str() {
                "skip" => Some(value == Ok(Value::Boolean(true))),
                "include" => Some(value == Ok(Value::Boolean(false))),
                _ => None,
            }
        };
        item.directives().iter().any(|directive| decides(directive) == Some(true))
    }

    /// The tables of what a completed field gives: of its rows, or of the rows of its pages.
    pub fn tables(&self, list: &Field, rows: Option<&Field>) -> Vec<Table> {
        let Some(known) = types::field(types::QUERY, &list.name.node) else { return Vec::new() };
        let (of, is_list) = base(&known.ty.node);
        let rows_of = rows.and_then(|rows| types::field(of, &rows.name.node));
        let (of, set) = match (rows, rows_of) {
            (Some(rows), Some(known)) => (base(&known.ty.node).0, rows),
            _ => (of, list),
        };
        let mut table = Table {
            name: list.response_key().node.to_string(),
            title: described(known).to_owned(),
            single: rows.is_none() && !is_list,
            at_most: types::at_most(&list.name.node),
            has_id: types::field(of, "id").is_some(),
            ..Table::default()
        };
        let measures = self.measures(list);
        let picked = vec![(of.to_owned(), set)];
        add_columns(&mut table, &measures, &picked, &Place::default());
        name_apart(&mut table);
        vec![table]
    }

    /// The headers of the figures of statistics.
    fn measures(&self, list: &Field) -> Vec<String> {
        let Value::List(measures) = argument(list, "measures", self.operation, self.variables)
        else {
            return Vec::new();
        };
        let word = |value: Option<&Value>| match value {
            Some(Value::Enum(name)) => Some(name.to_string()),
            Some(Value::String(name)) => Some(name.clone()),
            _ => None,
        };
        let header = |measure: &Value| {
            let Value::Object(fields) = measure else { return String::new() };
            let measure = word(fields.get("measure")).unwrap_or_default();
            let of = word(fields.get("of")).unwrap_or_default();
            let measure = Measure::ALL.iter().find(|known| known.code() == measure);
            let of = Fact::ALL.iter().find(|known| known.code() == of);
            let measure = measure.map(|known| label(known.zh())).unwrap_or_default();
            of.map_or_else(|| measure.to_owned(), |of| format!("{}{measure}", of.zh()))
        };
        measures.iter().map(header).collect()
    }
}

/// An inline fragment.
fn fragment(
    on: Option<Name>,
    directives: Vec<Positioned<Directive>>,
    items: Vec<Positioned<Selection>>,
) -> Positioned<Selection> {
    let fragment = InlineFragment {
        type_condition: on.map(|on| placed(TypeCondition { on: placed(on) })),
        directives,
        selection_set: placed(SelectionSet { items }),
    };
    placed(Selection::InlineFragment(placed(fragment)))
}

/// Whether what is selected of a type, its fragments written out, has rows of a page.
fn has_rows_of(items: &[Positioned<Selection>], kind: &str, page: &str) -> bool {
    items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            let known = types::field(kind, &field.node.name.node);
            kind == page && known.is_some_and(|known| base(&known.ty.node).1)
        }
        Selection::InlineFragment(fragment) => {
            let on = fragment.node.type_condition.as_ref();
            let on = on.map_or(kind, |on| on.node.on.node.as_str());
            has_rows_of(&fragment.node.selection_set.node.items, on, page)
        }
        Selection::FragmentSpread(_) => false,
    })
}

/// Where in a row something lies, by its keys and by its labels.
#[derive(Clone, Default)]
struct Place {
    path: Vec<String>,
    labels: Vec<String>,
    names: Vec<String>,
}

impl Place {
    fn with(&self, key: &str, label: &str, name: &str) -> Self {
        let mut place = self.clone();
        place.path.push(key.to_owned());
        if !label.is_empty() {
            place.labels.push(label.to_owned());
            place.names.push(name.to_owned());
        }
        place
    }
}

/// Adds the columns and the inner tables of what was selected.
fn add_columns(table: &mut Table, measures: &[String], sets: &[Picked<'_>], place: &Place) {
    for (key, fields) in merged(sets) {
        let Some((kind, field)) = fields.first() else { continue };
        let name = field.name.node.as_str();
        if [ID, PAGE, ALL, FOUND, WITHHELD].contains(&key.as_str()) {
            continue;
        }
        let known = types::field(kind, name);
        let (of, is_list) = known.map_or(("String", false), |known| base(&known.ty.node));
        let are_figures = of == "StatisticsFigure" && is_list && !measures.is_empty();
        let label = match (known, field.alias.is_some()) {
            // Those of the row itself are named by their measure alone.
            (Some(_), _) if are_figures && kind == "StatisticsRow" => "",
            // The lines of a page have the name of their list.
            (Some(_), false) if is_page(kind) && is_list => "",
            (Some(known), false) => described(known),
            (None, false) => "类型",
            (_, true) => &key,
        };
        let place = place.with(&key, label, &key);
        let below: Vec<Picked<'_>> = fields
            .iter()
            .map(|(kind, field)| {
                let known = types::field(kind, &field.name.node);
                (known.map_or("", |known| base(&known.ty.node).0).to_owned(), *field)
            })
            .collect();
        if !types::has_fields(of) {
            let form = form_of(of);
            let form = if is_list { Form::List(Box::new(form)) } else { form };
            table.columns.push(column(&place, &fields, form));
        } else if are_figures {
            add_figures(table, measures, &below, &place);
        } else if is_list {
            table.within.push(within(table, measures, of, &below, &place));
        } else {
            add_columns(table, measures, &below, &place);
        }
    }
}

/// The figures of a row, each in columns of its own.
fn add_figures(table: &mut Table, measures: &[String], sets: &[Picked<'_>], place: &Place) {
    let leaves = merged(sets);
    let leaves = leaves.into_iter().filter(|(_, fields)| {
        fields
            .first()
            .is_some_and(|(_, field)| ["count", "value"].contains(&field.name.node.as_str()))
    });
    let leaves: Vec<_> = leaves.collect();
    for (at, measure) in measures.iter().enumerate() {
        for (key, fields) in &leaves {
            let mut place = place.with(&at.to_string(), measure, measure);
            place.path.push(key.clone());
            if let Some((kind, field)) = fields.first().filter(|_| leaves.len() > 1) {
                let known = types::field(kind, &field.name.node);
                place.labels.push(known.map(described).unwrap_or_default().to_owned());
            }
            let known =
                fields.first().and_then(|(kind, field)| types::field(kind, &field.name.node));
            let form = known.map_or(Form::Number, |known| form_of(base(&known.ty.node).0));
            table.columns.push(column(&place, fields, form));
        }
    }
}

fn within(
    above: &Table,
    measures: &[String],
    of: &str,
    sets: &[Picked<'_>],
    place: &Place,
) -> Table {
    let list = place.path.split_last().map(|(_, list)| list).unwrap_or_default();
    let mut table = Table {
        name: [&above.name, ".", &place.names.join(".")].concat(),
        title: place.labels.last().cloned().unwrap_or_default(),
        path: place.path.clone(),
        has_id: types::field(of, "id").is_some(),
        more: [list, &[PAGE, MORE].map(str::to_owned)].concat(),
        ..Table::default()
    };
    add_columns(&mut table, measures, sets, &Place::default());
    table
}

/// The fields of selections by their keys, in the order of the question.
fn merged<'f>(sets: &[Picked<'f>]) -> Vec<(String, Vec<Picked<'f>>)> {
    let mut all: Vec<(String, Vec<Picked<'f>>)> = Vec::new();
    for (kind, field) in sets {
        gather(&mut all, kind, &field.selection_set.node);
    }
    all
}

fn gather<'f>(all: &mut Vec<(String, Vec<Picked<'f>>)>, kind: &str, set: &'f SelectionSet) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let key = field.node.response_key().node.as_str();
                let picked = (kind.to_owned(), &field.node);
                match all.iter_mut().find(|(known, _)| known == key) {
                    Some((_, fields)) => fields.push(picked),
                    None => all.push((key.to_owned(), vec![picked])),
                }
            }
            Selection::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref();
                let on = on.map_or(kind, |on| on.node.on.node.as_str());
                gather(all, on, &fragment.node.selection_set.node);
            }
            // They are written out.
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn column(place: &Place, fields: &[Picked<'_>], form: Form) -> Column {
    let names = fields.iter().flat_map(|(kind, field)| {
        let name = field.name.node.clone();
        types::names(kind).into_iter().map(move |kind| format!("{kind}.{name}"))
    });
    let fields = names.collect();
    Column { header: place.labels.join("·"), path: place.path.clone(), form, fields }
}

fn form_of(kind: &str) -> Form {
    if let Some(choices) = types::choices(kind) {
        let word =
            |description: Option<&str>| description.map(label).unwrap_or_default().to_owned();
        let words = choices.values.iter().map(|value| {
            let description = value.node.description.as_ref().map(|text| text.node.as_str());
            (value.node.value.node.to_string(), word(description))
        });
        let words: BTreeMap<_, _> = words.filter(|(_, word)| !word.is_empty()).collect();
        return Form::Words(words);
    }
    match kind {
        "Int" => Form::Number,
        "Float" => Form::Fraction,
        "Boolean" => Form::Truth,
        "Date" => Form::Day,
        "DateTime" => Form::Instant,
        _ => Form::Text,
    }
}

fn described(field: &async_graphql::parser::types::FieldDefinition) -> &str {
    field.description.as_ref().map(|text| label(&text.node)).unwrap_or_default()
}

/// Whether a type is a page of a list.
fn is_page(kind: &str) -> bool {
    types::field(kind, "pageInfo").is_some()
}

/// Tells columns with the same header apart by their paths.
fn name_apart(table: &mut Table) {
    let headers: Vec<_> = table.columns.iter().map(|column| column.header.clone()).collect();
    for (at, column) in table.columns.iter_mut().enumerate() {
        let is_first = headers.iter().position(|header| *header == column.header) == Some(at);
        let is_only = headers.iter().filter(|header| **header == column.header).count() == 1;
        if !is_first || !is_only {
            column.header = format!("{} ({})", column.header, column.path.join("."));
        }
    }
    table.within.iter_mut().for_each(name_apart);
}
