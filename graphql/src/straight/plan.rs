//! A question as a plan: which rows are read, and what is written of each, in order.

use std::collections::HashSet;

use async_graphql::{
    ID, InputType, Positioned, Value, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
    value,
};
use hub::{listing::Relation, page::Window, tree::Hang};

use super::table::{self, About, Arguments, Leads, Shows, Table};
use crate::{arguments::value_of, guard::operations};

/// The plan of an operation.
pub(super) struct Plan {
    pub document: ExecutableDocument,
    pub name: Option<String>,
    pub roots: Vec<Root>,
}

/// A field of the root, with the rows it takes.
pub(super) struct Root {
    pub key: String,
    pub nodes: Vec<Node>,
    /// None for what is a row, or null.
    pub page: Option<Vec<PagePart>>,
}

/// Rows of one table.
pub(super) struct Node {
    pub table: &'static dyn Table,
    pub hangs: Hangs,
    /// The columns to read, of which the first is the id.
    pub columns: Vec<usize>,
    pub parts: Vec<Part>,
    pub minor: Minor,
    /// Where the person is named whom it is about.
    pub subject: Option<usize>,
}

pub(super) enum Hangs {
    /// On nothing: a list, by the arguments of this field.
    List(Positioned<Field>),
    /// On nothing: one row, by the arguments of this field.
    One(Positioned<Field>),
    Named {
        above: usize,
        column: usize,
    },
    Newest(usize, Relation),
    Below(usize, Relation, Positioned<Field>),
}

impl Node {
    fn of(table: &'static dyn Table, hangs: Hangs, columns: Vec<usize>) -> Self {
        let (parts, minor, subject) = (Vec::new(), Minor::Never, None);
        Self { table, hangs, columns, parts, minor, subject }
    }
}

impl Hangs {
    pub fn above(&self) -> Option<usize> {
        match self {
            Self::List(_) | Self::One(_) => None,
            Self::Named { above, .. } | Self::Newest(above, _) | Self::Below(above, ..) => {
                Some(*above)
            }
        }
    }

    fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Below(..))
    }
}

/// By what it is told whether a row is about a minor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Minor {
    /// Nothing that it shows goes by that.
    Never,
    /// By the birth date in this column of its own.
    Own(usize),
    /// By who stands above it.
    Above,
    /// By the birth date in this column of this node, of the person it is about.
    Person(usize, usize),
}

/// What an object shows under a key.
pub(super) struct Part {
    pub key: String,
    pub what: What,
}

pub(super) enum What {
    Typename(String),
    Id,
    Value {
        field: &'static str,
        /// Where it is among the columns that are read, and where in its table.
        at: usize,
        column: usize,
        shows: Shows,
    },
    One(usize),
    Page(usize, Vec<PagePart>),
}

pub(super) struct PagePart {
    pub key: String,
    pub what: PageWhat,
}

pub(super) enum PageWhat {
    Typename(String),
    Nodes,
    Info(Vec<(String, InfoWhat)>),
}

#[derive(Clone, Copy)]
pub(super) enum InfoWhat {
    Typename,
    HasPrevious,
    HasNext,
    Start,
    End,
}

/// The plan of the operation of a valid document that runs under a name; none where it asks for what is
/// not answered straight.
pub(super) fn of(document: ExecutableDocument, name: Option<&str>) -> Option<Plan> {
    let operation = operations(&document, name).first().copied()?;
    if operation.ty != OperationType::Query || !operation.directives.is_empty() {
        return None;
    }
    let mut compiler = Compiler { document: &document, nodes: Vec::new() };
    let mut roots = Vec::new();
    for field in compiler.fields(&operation.selection_set.node, "Query")? {
        roots.push(compiler.root(field)?);
    }
    let name = name.map(str::to_owned);
    Some(Plan { document, name, roots })
}

impl Plan {
    pub fn operation(&self) -> Option<&OperationDefinition> {
        operations(&self.document, self.name.as_deref()).first().copied()
    }
}

struct Compiler<'d> {
    document: &'d ExecutableDocument,
    nodes: Vec<Node>,
}

fn key(field: &Field) -> String {
    format!("\"{}\":", field.response_key().node)
}

impl<'d> Compiler<'d> {
    /// The fields of a set on a type, with fragments taken in.
    fn fields(&self, set: &'d SelectionSet, of: &str) -> Option<Vec<&'d Positioned<Field>>> {
        let mut fields = Vec::new();
        self.gather(set, of, &mut fields)?;
        let mut keys = HashSet::new();
        for field in &fields {
            // What stands twice would have to be merged.
            let is_first = keys.insert(field.node.response_key().node.as_str());
            if !is_first || !field.node.directives.is_empty() {
                return None;
            }
        }
        Some(fields)
    }

    fn gather(
        &self,
        set: &'d SelectionSet,
        of: &str,
        fields: &mut Vec<&'d Positioned<Field>>,
    ) -> Option<()> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let is_same = on.is_none_or(|on| on.node.on.node == of);
                    if !is_same || !fragment.node.directives.is_empty() {
                        return None;
                    }
                    self.gather(&fragment.node.selection_set.node, of, fields)?;
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node)?;
                    let is_same = fragment.node.type_condition.node.on.node == of;
                    if !is_same || !spread.node.directives.is_empty() {
                        return None;
                    }
                    self.gather(&fragment.node.selection_set.node, of, fields)?;
                }
            }
        }
        Some(())
    }

    fn root(&mut self, field: &'d Positioned<Field>) -> Option<Root> {
        let name = field.node.name.node.as_str();
        let set = &field.node.selection_set.node;
        let page = match (table::list(name), table::one(name)) {
            (Some(table), _) => {
                Some(self.page(table, Hangs::List(field.clone()), set).map(|(_, page)| page)?)
            }
            (None, Some(table)) => {
                self.node(table, Hangs::One(field.clone()), set)?;
                None
            }
            (None, None) => return None,
        };
        self.has_one_way().then_some(())?;
        Some(Root { key: key(&field.node), nodes: std::mem::take(&mut self.nodes), page })
    }

    /// Whether no row has two lists below it: one statement would pair all rows of either.
    fn has_one_way(&self) -> bool {
        let mut ways = vec![0; self.nodes.len() + 1];
        for node in self.nodes.iter().rev() {
            let (mut above, mut is_list) = (node.hangs.above(), node.hangs.is_list());
            while let (true, Some(at)) = (is_list, above) {
                ways[at] += 1;
                is_list = ways[at] == 1 && !self.nodes[at].hangs.is_list();
                above = self.nodes[at].hangs.above();
            }
        }
        ways.iter().all(|ways| *ways <= 1)
    }

    fn page(
        &mut self,
        table: &'static dyn Table,
        hangs: Hangs,
        set: &'d SelectionSet,
    ) -> Option<(usize, Vec<PagePart>)> {
        let connection = format!("{}Connection", table.kind().name());
        let (mut parts, mut node) = (Vec::new(), None);
        let mut hangs = Some(hangs);
        for field in self.fields(set, &connection)? {
            let set = &field.node.selection_set.node;
            let what = match field.node.name.node.as_str() {
                "__typename" => PageWhat::Typename(connection.clone()),
                "nodes" => {
                    node = Some(self.node(table, hangs.take()?, set)?);
                    PageWhat::Nodes
                }
                "pageInfo" => PageWhat::Info(self.info(set)?),
                _ => return None,
            };
            parts.push(PagePart { key: key(&field.node), what });
        }
        Some((node?, parts))
    }

    fn info(&self, set: &'d SelectionSet) -> Option<Vec<(String, InfoWhat)>> {
        let fields = self.fields(set, "PageInfo")?.into_iter();
        let part = |field: &'d Positioned<Field>| {
            let what = match field.node.name.node.as_str() {
                "__typename" => InfoWhat::Typename,
                "hasPreviousPage" => InfoWhat::HasPrevious,
                "hasNextPage" => InfoWhat::HasNext,
                "startCursor" => InfoWhat::Start,
                "endCursor" => InfoWhat::End,
                _ => return None,
            };
            Some((key(&field.node), what))
        };
        fields.map(part).collect()
    }

    fn node(
        &mut self,
        table: &'static dyn Table,
        hangs: Hangs,
        set: &'d SelectionSet,
    ) -> Option<usize> {
        let place = self.nodes.len();
        let columns = vec![table.id()];
        self.nodes.push(Node::of(table, hangs, columns));
        let mut is_classed = false;
        for field in self.fields(set, table.kind().name())? {
            let what = self.what(place, field)?;
            is_classed |= matches!(&what, What::Value { shows, .. } if shows.class().is_some());
            self.nodes[place].parts.push(Part { key: key(&field.node), what });
        }
        if is_classed {
            self.nodes[place].minor = self.minor(place);
        }
        Some(place)
    }

    fn what(&mut self, place: usize, field: &'d Positioned<Field>) -> Option<What> {
        let table = self.nodes[place].table;
        let (name, set) = (field.node.name.node.as_str(), &field.node.selection_set.node);
        match name {
            "__typename" => return Some(What::Typename(table.kind().name().to_owned())),
            "id" => return Some(What::Id),
            _ => {}
        }
        if let Some((field, column, shows)) = table.field(name) {
            return Some(What::Value { field, at: self.column(place, column), column, shows });
        }
        let (leads, to) = table.leads(name)?;
        let hangs = match leads {
            Leads::Named(column) => {
                Hangs::Named { above: place, column: self.column(place, column) }
            }
            Leads::Newest(relation) => Hangs::Newest(place, relation),
            Leads::List(relation) => Hangs::Below(place, relation, field.clone()),
        };
        if hangs.is_list() {
            let (node, parts) = self.page(to, hangs, set)?;
            return Some(What::Page(node, parts));
        }
        Some(What::One(self.node(to, hangs, set)?))
    }

    /// Where a column is among those that are read of a node.
    fn column(&mut self, place: usize, column: usize) -> usize {
        let columns = &mut self.nodes[place].columns;
        columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        })
    }

    /// By what it is told whether a row of a node is about a minor, with a node more where that takes one.
    fn minor(&mut self, place: usize) -> Minor {
        match self.nodes[place].table.about() {
            About::NoOne => Minor::Never,
            About::Itself(born) => {
                self.nodes[place].subject = Some(0);
                Minor::Own(self.column(place, born))
            }
            About::Person(column) => {
                let column = self.column(place, column);
                self.nodes[place].subject = Some(column);
                let above = match self.nodes[place].hangs {
                    Hangs::Newest(above, Relation::Person)
                    | Hangs::Below(above, Relation::Person, _) => Some(above),
                    _ => None,
                };
                if let Some(above) = above {
                    self.nodes[above].minor = self.minor(above);
                    return Minor::Above;
                }
                let About::Itself(born) = table::PEOPLE.about() else { return Minor::Never };
                let is_theirs = |node: &Node| matches!(node.hangs, Hangs::Named { above, column: by } if (above, by) == (place, column));
                let person = self.nodes.iter().position(is_theirs).unwrap_or_else(|| {
                    let hangs = Hangs::Named { above: place, column };
                    self.nodes.push(Node::of(table::PEOPLE, hangs, vec![table::PEOPLE.id()]));
                    self.nodes.len() - 1
                });
                Minor::Person(person, self.column(person, born))
            }
        }
    }
}

/// The value of an argument. None where the question is not valid with these variables, or not that
/// simple.
pub(super) fn argument(
    field: &Field,
    name: &str,
    (operation, variables): (&OperationDefinition, &Variables),
) -> Option<Option<Value>> {
    let Some(given) = field.get_argument(name) else { return Some(None) };
    let value = |name| value_of(&name, &operation.variable_definitions, variables).ok_or(());
    match given.node.clone().into_const_with(value) {
        Ok(known) => Some(Some(known)),
        // A variable that is not given is as good as no argument.
        Err(()) => given.node.to_string().starts_with('$').then_some(None),
    }
}

/// The arguments of a list.
pub(super) fn arguments(
    field: &Field,
    with: (&OperationDefinition, &Variables),
) -> Option<Arguments> {
    let number = |name| Some(given::<i32>(argument(field, name, with)?)?.map(i64::from));
    let text = |name| given::<String>(argument(field, name, with)?);
    let window = Window {
        first: number("first")?,
        after: text("after")?,
        last: number("last")?,
        before: text("before")?,
    };
    let filter = argument(field, "filter", with)?;
    let order = argument(field, "orderBy", with)?;
    Some(Arguments { filter, order, window })
}

/// How one row is found by the arguments of its field.
pub(super) fn one(
    field: &Field,
    table: &'static dyn Table,
    with: (&OperationDefinition, &Variables),
    arguments: &mut Arguments,
) -> Option<Hang> {
    let id = given::<ID>(argument(field, "id", with)?)?;
    let code = given::<String>(argument(field, "code", with)?)?;
    match (id, code) {
        (Some(id), None) => table.kind().uuid(&id).ok().map(Hang::Id),
        (None, Some(code)) => {
            arguments.filter = Some(value!({ "codes": [code] }));
            Some(Hang::Root)
        }
        _ => None,
    }
}

/// A value as what it has to be, where it is given.
pub(super) fn given<T: InputType>(value: Option<Value>) -> Option<Option<T>> {
    Option::<T>::parse(value).ok()
}
