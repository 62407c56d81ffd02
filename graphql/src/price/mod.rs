//! The price of a question: how many values its answer may bring, and what it takes to find them.
//!
//! A field costs one, whatever stands in the table below costs what it says, and a list costs what is
//! selected of a row for each of its rows. So aliases and fragments add up, and pages within pages
//! multiply. One walk finds the price, and of each list how much of it goes by its rows: from that
//! follows the cheaper question where the price is too high.

mod cheaper;

use async_graphql::{
    ID, InputType, Positioned, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
        VariableDefinition,
    },
    registry::{MetaType, Registry},
};
use chrono::NaiveDate;
use entity::Dimension;
use hub::{
    import::act,
    jobs::LISTED,
    page::{DEFAULT_ROWS, MAX_ROWS},
    questions,
    reveal::SHOWN,
    statistics,
};

use crate::{
    arguments::value_of,
    date::Date,
    jobs::is_paged,
    statistics::{StatisticsMeasure, tables},
};

/// What it costs to count a list, or a figure of the whole record, in values read.
const COUNT: u64 = 10;
const FIGURE: u64 = 1_000;
/// To count a table of statistics; to find the records of a row of it; to work out what is due.
const TABLE: u64 = 400;
const OPENING: u64 = 1_000;
const WORK: u64 = 1_000;
/// To fill in the statutory table of a station; a county's or the city's is as dear as ten.
const STATUTORY: u64 = 2_000;
/// To look at a file.
const PREVIEW: u64 = 2_000;
/// About how many rows, columns and equations one has, and how often it was signed.
const LINES: usize = 15;
const COLUMNS: usize = 20;
const FEW: usize = 5;
/// How many layouts a station has, mostly.
const LAYOUTS: usize = 20;
/// How many stations a viewer reaches at most.
const STATIONS: usize = 66;
/// The lists of the schema of itself that lead on into such lists, and how many within each other are
/// answered: they multiply, and no page bounds them.
const OF_ITSELF: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
const WITHIN: usize = 3;

/// What a field costs: something once, and for each of its rows what is selected of a row.
#[derive(Clone, Copy)]
struct Price {
    once: u64,
    rows: u64,
    /// The argument that says how many rows.
    asked_by: Option<&'static str>,
}

impl Price {
    fn once(once: u64) -> Self {
        Self { once, rows: 1, asked_by: None }
    }

    fn rows(rows: usize) -> Self {
        Self { once: 1, rows: rows as u64, asked_by: None }
    }

    fn and(self, more: u64) -> Self {
        Self { once: self.once.saturating_add(more), ..self }
    }
}

type Priced = (&'static str, &'static str, fn(&Given<'_>) -> Price);

/// The fields that cost neither one nor what their page has.
const PRICES: &[Priced] = &[
    ("Assessment", "answers", |_| Price::rows(33)),
    ("Bulletin", "assessments", |_| Price::rows(20).and(FIGURE)),
    ("Bulletin", "ledgers", |_| Price::rows(3).and(FIGURE)),
    ("Bulletin", "needsMet", |_| Price::once(FIGURE)),
    ("Bulletin", "needsRaised", |_| Price::once(FIGURE)),
    ("Bulletin", "peopleServed", |_| Price::once(FIGURE)),
    ("Bulletin", "personTimes", |_| Price::once(FIGURE)),
    ("Bulletin", "services", |_| Price::rows(10).and(FIGURE)),
    ("Bulletin", "stations", |_| Price::once(FIGURE)),
    ("Bulletin", "visits", |_| Price::once(FIGURE)),
    ("Bulletin", "visitsByKind", |_| Price::rows(4).and(FIGURE)),
    ("Division", "ancestors", |_| Price::rows(3)),
    ("ImportAct", "counts", |_| Price::rows(FEW)),
    ("ImportAct", "faults", |_| Price::rows(FEW)),
    ("ImportAct", "mended", |_| Price::rows(FEW)),
    ("ImportAct", "lines", |given| given.page()),
    ("ImportAct", "unreadColumns", |_| Price::rows(FEW)),
    ("ImportRow", "changes", |_| Price::rows(FEW)),
    ("ImportRow", "problems", |_| Price::rows(FEW)),
    ("ImportRow", "repairs", |_| Price::rows(FEW)),
    ("Instrument", "groups", |_| Price::rows(FEW)),
    ("Instrument", "levels", |_| Price::rows(FEW)),
    ("Instrument", "rules", |_| Price::rows(FEW)),
    ("InstrumentGroup", "items", |_| Price::rows(10)),
    ("InstrumentItem", "options", |_| Price::rows(FEW)),
    ("Layout", "columns", |_| Price::rows(COLUMNS)),
    ("LayoutProposal", "columns", |_| Price::rows(COLUMNS)),
    ("Mutation", "learnLayout", |_| Price::rows(FEW).and(PREVIEW)),
    ("Mutation", "mendImport", |_| Price::once(PREVIEW)),
    ("Mutation", "previewImport", |_| Price::once(PREVIEW)),
    ("Mutation", "returnTable", |_| Price::once(10 * STATUTORY)),
    ("Mutation", "signTable", |given| given.statutory_table()),
    ("NeedFigure", "byDomain", |_| Price::rows(10).and(FIGURE)),
    ("Query", "accountsToClear", |_| Price::rows(hub::accounts::LISTED)),
    ("Query", "coverage", |given| given.coverage()),
    ("Query", "imports", |_| Price::rows(act::LISTED)),
    ("Query", "instruments", |_| Price::rows(FEW)),
    ("Query", "nodes", |given| Price::rows(given.list::<ID>("ids").len())),
    ("Query", "layouts", |_| Price::rows(LAYOUTS)),
    ("Query", "jobs", |_| Price::rows(LISTED)),
    ("Query", "notices", |_| Price::rows(SHOWN)),
    ("Query", "returnedRecords", |_| Price::rows(hub::tables::LISTED)),
    ("Query", "revealRequests", |_| Price::rows(SHOWN)),
    ("Query", "savedQuestions", |_| Price::rows(questions::MOST)),
    ("Query", "signedTable", |_| Price::once(10 * STATUTORY)),
    ("Query", "statistics", |given| given.statistics()),
    ("Query", "statutoryTable", |given| given.statutory_table()),
    ("Query", "statutoryTables", |_| Price::rows(FEW)),
    ("Query", "workDue", |given| given.page().and(WORK)),
    ("Refusal", "problems", |_| Price::rows(FEW)),
    ("StatisticsComparison", "gone", |given| given.page().and(2 * OPENING)),
    ("StatisticsComparison", "late", |given| given.page().and(2 * OPENING)),
    ("StatisticsRow", "records", |given| given.page().and(OPENING)),
    ("StatutoryTable", "columns", |_| Price::rows(COLUMNS)),
    ("TableRow", "cells", |_| Price::rows(COLUMNS)),
    ("TableSheet", "equations", |_| Price::rows(FEW)),
    ("TableSheet", "history", |_| Price::rows(FEW)),
    ("TableSheet", "parts", |_| Price::rows(LINES)),
    ("TableSheet", "rows", |_| Price::rows(LINES)),
    ("Visit", "photos", |_| Price::rows(FEW)),
    ("Viewer", "stations", |_| Price::rows(STATIONS)),
];

/// A field with the values of its arguments.
struct Given<'d> {
    field: &'d Field,
    definitions: &'d [Positioned<VariableDefinition>],
    variables: &'d Variables,
}

impl Given<'_> {
    /// None where it is not given, or not valid, which is told when the question is validated.
    fn value<T: InputType>(&self, name: &str) -> Option<T> {
        let value = self.field.get_argument(name)?.node.clone().into_const_with(|variable| {
            value_of(&variable, self.definitions, self.variables).ok_or(())
        });
        T::parse(Some(value.ok()?)).ok()
    }

    fn list<T: InputType>(&self, name: &str) -> Vec<T> {
        self.value::<Vec<T>>(name).unwrap_or_default()
    }

    fn page(&self) -> Price {
        let asked = |name| Some((name, self.value::<i32>(name)?));
        let (name, rows) = match asked("first").or_else(|| asked("last")) {
            Some((name, rows)) => (name, u64::try_from(rows).unwrap_or(0)),
            None => ("first", DEFAULT_ROWS),
        };
        Price { once: 1, rows: rows.min(MAX_ROWS), asked_by: Some(name) }
    }

    /// A table of as many rows as `first` says, which no page bounds.
    fn first(&self, default: u64, once: u64) -> Price {
        let asked = self.value::<i32>("first").and_then(|rows| u64::try_from(rows).ok());
        Price { once, rows: asked.unwrap_or(default), asked_by: Some("first") }
    }

    fn coverage(&self) -> Price {
        let day = |name| self.value::<String>(name)?.parse::<NaiveDate>().ok();
        let days = day("from").zip(day("to")).map_or(0, |(from, to)| (to - from).num_days());
        let months = 1 + u64::try_from(days / 31).unwrap_or(0);
        self.first(DEFAULT_ROWS, WORK.saturating_mul(months))
    }

    fn statutory_table(&self) -> Price {
        let of_station = self.value::<String>("place").is_some_and(|place| place.starts_with('S'));
        Price::once(if of_station { STATUTORY } else { 10 * STATUTORY })
    }

    fn statistics(&self) -> Price {
        let by = self.list::<Dimension>("by");
        let tables = tables(&by, &self.list::<StatisticsMeasure>("measures")) as u64;
        // To tell what was known on a day takes the rows of now and those that changed since.
        let given = |name, times| if self.value::<Date>(name).is_some() { times } else { 0 };
        let times = 1 + given("asOf", 1) + given("compare", 2);
        self.first(statistics::DEFAULT_ROWS as u64, tables.saturating_mul(times * TABLE))
    }
}

/// The price of a question, with what makes it up.
pub(crate) struct Bill<'d> {
    pub total: u64,
    /// How many items it hands in; the answer brings what is selected for each.
    items: u64,
    /// Each after the one it hangs on.
    fields: Vec<Item<'d>>,
}

/// What a field adds to the price, where it stands.
struct Item<'d> {
    field: &'d Positioned<Field>,
    above: Option<usize>,
    price: Price,
    /// For how many rows above it is asked.
    times: u64,
    /// What is selected of one of its rows.
    each: u64,
}

impl Item<'_> {
    fn total(&self) -> u64 {
        let below = self.price.rows.saturating_mul(self.each);
        self.price.once.saturating_add(below).saturating_mul(self.times)
    }
}

impl Bill<'_> {
    /// Whether it asks for nothing of the record.
    pub fn is_of_the_schema(&self) -> bool {
        let mut roots = self.fields.iter().filter(|item| item.above.is_none());
        roots.all(|item| item.field.node.name.node.starts_with("__"))
    }

    /// Of a question with one list at its root: the rows of the largest page that fits, and its price.
    pub fn largest_page(&self, limit: u64) -> (u64, u64) {
        let Some(list) = self.fields.first() else { return (0, 0) };
        let (once, each) = (list.price.once, list.each.max(1));
        let rows = (limit.saturating_sub(once) / each).min(MAX_ROWS);
        (rows, once.saturating_add(rows.saturating_mul(each)))
    }

    /// Whether a job could go through it: it has one list at its root.
    fn may_be_job(&self, registry: &Registry) -> bool {
        let mut roots = self.fields.iter().filter(|item| item.above.is_none());
        let list = roots.next().map(|item| item.field.node.name.node.as_str());
        list.is_some_and(|name| is_paged(registry, name)) && roots.next().is_none()
    }
}

/// Works out the price of the operations that may run, of a document that spreads no fragment in
/// itself.
pub(crate) fn of<'d>(
    registry: &'d Registry,
    document: &'d ExecutableDocument,
    operations: &[&'d OperationDefinition],
    (variables, items): (&'d Variables, usize),
) -> Bill<'d> {
    let items = items.max(1) as u64;
    let mut bill = Bill { total: 0, items, fields: Vec::new() };
    for operation in operations {
        let definitions = &operation.variable_definitions;
        let mut walk = Walk { registry, document, definitions, variables, fields: bill.fields };
        let root = match operation.ty {
            OperationType::Query => Some(&registry.query_type),
            OperationType::Mutation => registry.mutation_type.as_ref(),
            OperationType::Subscription => registry.subscription_type.as_ref(),
        };
        let root = root.and_then(|name| registry.types.get(name));
        let each = walk.set(&operation.selection_set.node, root, (None, items));
        bill.total = bill.total.saturating_add(each.saturating_mul(items));
        bill.fields = walk.fields;
    }
    bill
}

struct Walk<'d> {
    registry: &'d Registry,
    document: &'d ExecutableDocument,
    definitions: &'d [Positioned<VariableDefinition>],
    variables: &'d Variables,
    fields: Vec<Item<'d>>,
}

impl<'d> Walk<'d> {
    /// The price of what is selected of one row, below a field and for so many rows.
    fn set(
        &mut self,
        set: &'d SelectionSet,
        of: Option<&'d MetaType>,
        place: (Option<usize>, u64),
    ) -> u64 {
        let mut sum: u64 = 0;
        for selection in &set.items {
            sum = sum.saturating_add(match &selection.node {
                Selection::Field(field) => self.field(field, of, place),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.map_or(of, |on| self.registry.types.get(on.node.on.node.as_str()));
                    self.set(&fragment.node.selection_set.node, on, place)
                }
                Selection::FragmentSpread(spread) => {
                    let found = self.document.fragments.get(&spread.node.fragment_name.node);
                    found.map_or(0, |fragment| {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        let on = self.registry.types.get(on);
                        self.set(&fragment.node.selection_set.node, on, place)
                    })
                }
            });
        }
        sum
    }

    fn field(
        &mut self,
        field: &'d Positioned<Field>,
        of: Option<&'d MetaType>,
        (above, times): (Option<usize>, u64),
    ) -> u64 {
        let endless = self.is_of_itself(&field.node, of, above);
        let price = if endless { Price::once(u64::MAX) } else { self.price(&field.node, of) };
        let place = self.fields.len();
        self.fields.push(Item { field, above, price, times, each: 0 });
        let kind = of.and_then(|of| of.field_by_name(&field.node.name.node));
        let kind = kind.and_then(|field| self.registry.concrete_type_by_name(&field.ty));
        let below = (Some(place), times.saturating_mul(price.rows));
        let each = self.set(&field.node.selection_set.node, kind, below);
        self.fields[place].each = each;
        price.once.saturating_add(price.rows.saturating_mul(each))
    }

    /// Whether it is a list of the schema of itself within too many others.
    fn is_of_itself(&self, field: &Field, of: Option<&MetaType>, above: Option<usize>) -> bool {
        let listed = |name: &str| OF_ITSELF.contains(&name);
        if of.is_none_or(|of| of.name() != "__Type") || !listed(&field.name.node) {
            return false;
        }
        let above = std::iter::successors(above, |place| self.fields[*place].above);
        let lists = above.filter(|place| listed(&self.fields[*place].field.node.name.node));
        lists.count() >= WITHIN
    }

    fn price(&self, field: &'d Field, of: Option<&MetaType>) -> Price {
        let (definitions, variables) = (self.definitions, self.variables);
        let given = Given { field, definitions, variables };
        let name = field.name.node.as_str();
        let Some(of) = of else { return Price::once(1) };
        if name == "totalCount" {
            return Price::once(COUNT);
        }
        let mut known =
            PRICES.iter().filter(|(kind, known, _)| (*kind, *known) == (of.name(), name));
        let is_page =
            || of.field_by_name(name).is_some_and(|field| field.args.contains_key("first"));
        match known.next() {
            Some((.., price)) => price(&given),
            None if is_page() => given.page(),
            None => Price::once(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_graphql::{
        Response,
        async_trait::async_trait,
        extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest},
    };

    use super::*;

    /// Looks at the types of the schema.
    struct Look(fn(&Registry));

    impl ExtensionFactory for Look {
        fn create(&self) -> Arc<dyn Extension> {
            Arc::new(Self(self.0))
        }
    }

    #[async_trait]
    impl Extension for Look {
        async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
            (self.0)(&ctx.schema_env.registry);
            next.run(ctx).await
        }
    }

    async fn look(at: fn(&Registry)) {
        let response = crate::bare().extension(Look(at)).finish().execute("{ __typename }").await;
        assert!(response.is_ok(), "{response:?}");
    }

    #[tokio::test]
    async fn what_has_a_price_is_a_field() {
        look(|registry| {
            for (kind, field, _) in PRICES {
                let found = registry.types.get(*kind).and_then(|kind| kind.field_by_name(field));
                assert!(found.is_some(), "{kind}.{field}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn every_list_has_a_price() {
        // Their own fields, or what holds them, say how many there are.
        const BY_OTHERS: [&str; 7] =
            ["nodes", "edges", "rows", "receipts", "figures", "differences", "problems"];
        look(|registry| {
            for kind in registry.types.values().filter(|kind| !kind.name().starts_with("__")) {
                for (name, field) in kind.fields().into_iter().flatten() {
                    let of = registry.concrete_type_by_name(&field.ty);
                    let is_list =
                        field.ty.starts_with('[') && of.is_some_and(MetaType::is_composite);
                    let has_page = field.args.contains_key("first");
                    let mut known = PRICES.iter();
                    let priced = known.any(|(of, known, _)| (*of, *known) == (kind.name(), name));
                    assert!(
                        !is_list || has_page || priced || BY_OTHERS.contains(&name.as_str()),
                        "{}.{name} is a list without a line in PRICES",
                        kind.name()
                    );
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn no_field_is_priced_anywhere_else() {
        look(|registry| {
            for kind in registry.types.values() {
                for field in kind.fields().into_iter().flat_map(|fields| fields.values()) {
                    let priced = field.compute_complexity.is_some();
                    assert!(
                        !priced,
                        "the price of {}.{} belongs into PRICES",
                        kind.name(),
                        field.name
                    );
                }
            }
        })
        .await;
    }
}
