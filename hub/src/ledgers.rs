//! Ledgers: the entries as lists, and the details of each kind.

use chrono::NaiveDate;
use entity::{
    AbilityLevel, ChildKind, DisabilityCategory, DivisionCode, IncomeClass, LedgerKind,
    LivingArrangement, Risk, child_detail, disabled_detail, elderly_detail, ledger_entry,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    disclosure::{Criteria, Criterion, Split},
    listing::{
        Days, FilteredPlaces, Known, Link, Listing, Relation, StationRef, at_stations, one_of,
    },
    page::orders,
    policy::{self, Class},
    statistics::Cell,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LedgerFilter {
    pub division: Option<DivisionCode>,
    pub stations: Vec<StationRef>,
    pub kinds: Vec<LedgerKind>,
    pub opened: Days,
    pub closed: Days,
    /// Opened on or before this day and not closed on it.
    pub open_on: Option<NaiveDate>,
    pub risks: Vec<Risk>,
    pub income_classes: Vec<IncomeClass>,
    pub person: Option<Uuid>,
    pub child_kinds: Vec<ChildKind>,
    pub living_arrangements: Vec<LivingArrangement>,
    pub ability_levels: Vec<AbilityLevel>,
    pub categories: Vec<DisabilityCategory>,
    pub grades: Vec<i64>,
    /// A cell of statistics.
    pub cell: Option<Cell>,
}

impl LedgerFilter {
    /// The kinds of ledger by whose details it asks.
    fn detailed(&self) -> Vec<LedgerKind> {
        let by_child = !self.child_kinds.is_empty();
        let by_elderly = !self.living_arrangements.is_empty() || !self.ability_levels.is_empty();
        let by_disabled = !self.categories.is_empty() || !self.grades.is_empty();
        let kinds = [
            (by_child, LedgerKind::Child),
            (by_elderly, LedgerKind::Elderly),
            (by_disabled, LedgerKind::Disabled),
        ];
        kinds.into_iter().filter(|(asked, _)| *asked).map(|(_, kind)| kind).collect()
    }
}

orders! {
    LedgerOrder(ledger_entry) { OpenedOnDesc: OpenedOn desc, OpenedOnAsc: OpenedOn asc }
}

impl Listing for ledger_entry::Entity {
    type Filter = LedgerFilter;
    type Order = LedgerOrder;
    const ID: ledger_entry::Column = ledger_entry::Column::Id;

    fn scope(viewer: &Viewer) -> Condition {
        viewer.within(ledger_entry::Column::StationId)
    }

    fn divisions(filter: &LedgerFilter) -> Vec<&DivisionCode> {
        filter.division.iter().collect()
    }

    fn asks_by(filter: &LedgerFilter) -> Vec<Class> {
        let by_finance = !filter.income_classes.is_empty();
        let by_health = !filter.risks.is_empty()
            || !filter.ability_levels.is_empty()
            || !filter.categories.is_empty()
            || !filter.grades.is_empty();
        let finance = by_finance.then_some(Class::Finance);
        finance.into_iter().chain(by_health.then_some(Class::Health)).collect()
    }

    fn adults(today: NaiveDate) -> Condition {
        policy::about_adults(ledger_entry::Column::PersonId, today)
    }

    fn criteria(_viewer: &Viewer, filter: &LedgerFilter) -> Vec<Criterion<LedgerFilter>> {
        use ledger_entry::Column;
        use {child_detail::Column as Child, disabled_detail::Column as Disabled};
        let health = |split: Split| split.telling(Class::Health);
        // Who stands in a ledger by its detail stands in one of its kind.
        let detailed = filter.detailed();
        let is_detailed = !detailed.is_empty();
        let kinds = if is_detailed { detailed } else { filter.kinds.clone() };
        let filter = &LedgerFilter { kinds, ..filter.clone() };
        let criteria = Criteria::of(filter)
            .list(
                |filter| &mut filter.income_classes,
                || Split::by(Column::IncomeClass.into_expr()).telling(Class::Finance),
            )
            .list(|filter| &mut filter.risks, || health(Split::by(Column::Risk.into_expr())))
            .list(|filter| &mut filter.child_kinds, || by_detail(Child::ChildKind))
            .list(
                |filter| &mut filter.living_arrangements,
                || by_detail(elderly_detail::Column::LivingArrangement),
            )
            .list(
                |filter| &mut filter.ability_levels,
                || health(by_detail(elderly_detail::Column::AbilityLevel)),
            )
            .list(|filter| &mut filter.categories, || health(by_detail(Disabled::Category)))
            .list(|filter| &mut filter.grades, || health(by_detail(Disabled::Grade)));
        if is_detailed {
            return criteria.found;
        }
        criteria.list(|filter| &mut filter.kinds, || Split::by(Column::Kind.into_expr())).found
    }

    fn take_places(filter: &mut LedgerFilter) -> FilteredPlaces {
        FilteredPlaces::take(&mut filter.division, &mut filter.stations)
    }

    fn cell(filter: &LedgerFilter) -> Option<&Cell> {
        filter.cell.as_ref()
    }

    fn rows_of_cell(viewer: &Viewer, cell: &Cell, rows: Condition) -> Result<Condition, HubError> {
        cell.rows::<Self>(viewer, rows)
    }

    fn condition(_viewer: &Viewer, filter: &LedgerFilter, known: &Known) -> Condition {
        use ledger_entry::Column;
        let open = filter.open_on.map(|day| {
            Condition::all()
                .add(Column::OpenedOn.lte(day))
                .add(Condition::any().add(Column::ClosedOn.is_null()).add(Column::ClosedOn.gt(day)))
        });
        Condition::all()
            .add(known.areas.holds(Column::DivisionCode, filter.division.as_ref()))
            .add(at_stations(Column::StationId, &filter.stations))
            .add(one_of(Column::Kind, &filter.kinds))
            .add(filter.opened.holds(Column::OpenedOn))
            .add(filter.closed.holds(Column::ClosedOn))
            .add_option(open)
            .add(one_of(Column::Risk, &filter.risks))
            .add(one_of(Column::IncomeClass, &filter.income_classes))
            .add_option(filter.person.map(|id| Column::PersonId.eq(id)))
            .add(detailed(filter))
    }

    fn subject() -> Option<Expr> {
        Some(ledger_entry::Column::PersonId.into_expr())
    }

    fn link(relation: Relation) -> Option<Link<ledger_entry::Column>> {
        use ledger_entry::Column;
        match relation {
            Relation::Division => Some(Link::Area(Column::DivisionCode)),
            Relation::Station => Some(Link::Column(Column::StationId)),
            Relation::Person => Some(Link::Column(Column::PersonId)),
            _ => None,
        }
    }
}

/// The entries whose detail is as asked. A value of one kind of ledger leaves out the others.
fn detailed(filter: &LedgerFilter) -> Condition {
    use elderly_detail::Column as Elderly;
    use {child_detail::Column as Child, disabled_detail::Column as Disabled};
    let of_kind = |kind| match kind {
        LedgerKind::Child => {
            with_detail(Child::EntryId, one_of(Child::ChildKind, &filter.child_kinds))
        }
        LedgerKind::Elderly => with_detail(
            Elderly::EntryId,
            Condition::all()
                .add(one_of(Elderly::LivingArrangement, &filter.living_arrangements))
                .add(one_of(Elderly::AbilityLevel, &filter.ability_levels)),
        ),
        LedgerKind::Disabled => with_detail(
            Disabled::EntryId,
            Condition::all()
                .add(one_of(Disabled::Category, &filter.categories))
                .add(one_of(Disabled::Grade, &filter.grades)),
        ),
    };
    filter.detailed().into_iter().map(of_kind).fold(Condition::all(), Condition::add)
}

fn with_detail<C>(entry_id: C, condition: Condition) -> Condition
where
    C: ColumnTrait,
    C::EntityName: EntityTrait<Column = C>,
{
    let entries =
        <C::EntityName as EntityTrait>::find().select_only().column(entry_id).filter(condition);
    Condition::all().add(ledger_entry::Column::Id.in_subquery(entries.into_query()))
}

/// By what the detail of an entry says; entries of other kinds have none.
fn by_detail<C>(key: C) -> Split
where
    C: ColumnTrait,
    C::EntityName: Detail<Column = C>,
{
    let of_entry = C::EntityName::ENTRY_ID.into_expr();
    let of_entry = of_entry.equals(ledger_entry::Column::Id.as_column_ref());
    Split::through(C::EntityName::default(), of_entry, key)
}

/// In which ledgers a person stands in a span of days: opened by its last day and not closed before
/// its first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Standing {
    /// In one of these; in any, where none is named.
    pub kinds: Vec<LedgerKind>,
    pub days: Days,
    /// Turned round: in none of these.
    pub absent: bool,
}

impl Standing {
    /// The rows whose person stands so, by the column with the person's id. Rows without a person
    /// are left out.
    pub(crate) fn holds<C: ColumnTrait>(&self, viewer: &Viewer, person_id: C) -> Condition {
        let mut entries = ledger_entry::Entity::find()
            .select_only()
            .column(ledger_entry::Column::PersonId)
            .filter(self.entries(viewer));
        let standing = Condition::all().add(person_id.is_not_null());
        if !self.absent {
            return standing.add(person_id.in_subquery(entries.into_query()));
        }
        // NOT IN would be worked out anew for each row where the list outgrows PostgreSQL's work_mem.
        let same = Expr::col(ledger_entry::Column::PersonId.as_column_ref())
            .equals(person_id.as_column_ref());
        entries = entries.filter(same);
        standing.add(Expr::exists(entries.into_query()).not())
    }

    /// By the kinds of ledger in which the person of a row stands; who stands in none comes apart.
    pub(crate) fn by_kind<C: ColumnTrait>(&self, viewer: &Viewer, person_id: C) -> Split {
        let same = ledger_entry::Column::PersonId.into_expr().equals(person_id.as_column_ref());
        let entries = Self { kinds: Vec::new(), ..self.clone() }.entries(viewer);
        let on = Condition::all().add(same).add(entries);
        Split::through(ledger_entry::Entity, on, ledger_entry::Column::Kind)
            .overlapping()
            .repeating()
    }

    /// The entries that make a person stand so.
    pub(crate) fn entries(&self, viewer: &Viewer) -> Condition {
        use ledger_entry::Column;
        let not_before = self.days.from.map(|from| {
            Condition::any().add(Column::ClosedOn.is_null()).add(Column::ClosedOn.gte(from))
        });
        Condition::all()
            .add(viewer.within(Column::StationId))
            .add(one_of(Column::Kind, &self.kinds))
            .add_option(self.days.to.map(|to| Column::OpenedOn.lte(to)))
            .add_option(not_before)
    }
}

/// The detail of entries of one kind, by the id of the entry.
pub trait Detail: EntityTrait {
    const ENTRY_ID: Self::Column;
}

impl Detail for child_detail::Entity {
    const ENTRY_ID: child_detail::Column = child_detail::Column::EntryId;
}

impl Detail for elderly_detail::Entity {
    const ENTRY_ID: elderly_detail::Column = elderly_detail::Column::EntryId;
}

impl Detail for disabled_detail::Entity {
    const ENTRY_ID: disabled_detail::Column = disabled_detail::Column::EntryId;
}

impl Hub {
    /// The details of entries, for a caller that was shown those by a query with its viewer.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn details<D: Detail>(&self, entries: &[Uuid]) -> Result<Vec<D::Model>, HubError> {
        let mut found = Vec::new();
        for entries in entries.chunks(10_000) {
            let select = D::find().filter(D::ENTRY_ID.is_in(entries.iter().copied()));
            found.extend(select.all(self.db.read()).await?);
        }
        Ok(found)
    }
}
