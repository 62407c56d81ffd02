//! A dimension in SQL: what rows are told apart by, from the coarsest level on. What differs between
//! the databases in it is here too.

use entity::{
    Dimension, child_detail, disabled_detail, elderly_detail, ledger_entry, person, person_station,
    station, visit, visit_service,
};
use sea_orm::{
    ColumnTrait, ColumnType, Condition, EntityName, EntityTrait,
    sea_query::{
        BinOper, CaseStatement, Expr, ExprTrait, Func, IntoCondition, JoinType, Keyword,
        SelectStatement, TableRef,
    },
};

use super::{By, Counted, DIGITS, Ground, levels};
use crate::{HubError, access::Viewer, policy::Class};

/// What rows are told apart by.
pub(super) struct Facet {
    /// Texts, each within the one before: the year, the month, the day. Null where it is not known.
    pub levels: Vec<Expr>,
    /// What it needs beside the rows, in this order.
    joins: Vec<Join>,
    /// What it tells of people.
    pub class: Option<Class>,
    /// Whether a row may be of several values.
    pub overlaps: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Person,
    Station,
    ServedBy,
    Service,
    Standing,
    Child,
    Elderly,
    Disabled,
}

impl Facet {
    fn of(levels: impl IntoIterator<Item = Expr>, joins: &[Join]) -> Self {
        let levels = levels.into_iter().collect();
        Self { levels, joins: joins.to_vec(), class: None, overlaps: false }
    }

    fn telling(self, class: Class) -> Self {
        Self { class: Some(class), ..self }
    }

    fn overlapping(self) -> Self {
        Self { overlaps: true, ..self }
    }

    /// # Errors
    /// `Invalid` where rows of this table are not told apart by it.
    pub fn new<E: Counted>(by: &By, ground: &Ground) -> Result<Self, HubError> {
        let none = || {
            let (table, word) = (E::default().table_name(), by.dimension.code());
            HubError::Invalid(format!("{table} have no {word}; leave it out of by"))
        };
        Self::find::<E>(by, ground).ok_or_else(none)
    }

    fn find<E: Counted>(by: &By, ground: &Ground) -> Option<Self> {
        if let Some((column, class)) = E::own(by.dimension) {
            // A level is one of its instrument's.
            let instrument = (by.dimension == Dimension::Level)
                .then(|| E::own(Dimension::Instrument))
                .flatten()
                .map(|(column, _)| column);
            let levels = instrument.into_iter().chain([column]).map(ColumnTrait::into_expr);
            return Some(Self { class, ..Self::of(levels, &[]) });
        }
        match by.dimension {
            Dimension::County | Dimension::Township | Dimension::Village => {
                Some(place::<E>(by.dimension, ground))
            }
            Dimension::Station => Some(at_station::<E>(ground)),
            Dimension::Year
            | Dimension::Quarter
            | Dimension::Month
            | Dimension::Week
            | Dimension::Day => Some(Self::of(period::<E>(by.dimension, ground)?, &[])),
            Dimension::Sex => of_person::<E>(person::Column::Sex.into_expr()),
            Dimension::IncomeClass => of_person::<E>(person::Column::IncomeClass.into_expr())
                .map(|facet| facet.telling(Class::Finance)),
            Dimension::AgeBand => of_person::<E>(band::<E>(&by.bands, ground)),
            Dimension::Service => of_visit::<E>(),
            Dimension::Kind => of_standing::<E>(),
            Dimension::ChildKind => {
                of_entry::<E>(child_detail::Column::ChildKind.into_expr(), Join::Child)
            }
            Dimension::LivingArrangement => {
                of_entry::<E>(elderly_detail::Column::LivingArrangement.into_expr(), Join::Elderly)
            }
            Dimension::DisabilityCategory => {
                of_entry::<E>(disabled_detail::Column::Category.into_expr(), Join::Disabled)
                    .map(|facet| facet.telling(Class::Health))
            }
            Dimension::DisabilityGrade => {
                of_entry::<E>(disabled_detail::Column::Grade.into_expr(), Join::Disabled)
                    .map(|facet| facet.telling(Class::Health))
            }
            _ => None,
        }
    }

    /// The rows that are of these values of the levels; none for what is not known.
    pub fn holds(&self, values: &[Option<String>]) -> Condition {
        let levels = self.levels.iter().map(|level| level.clone().cast_as("text"));
        levels.zip(values).fold(Condition::all(), |rows, (level, value)| {
            rows.add(match value {
                Some(value) => level.eq(value.as_str()),
                None => level.is_null(),
            })
        })
    }
}

/// Adds what facets need to a statement over a table, each once.
pub(super) fn join<E: Counted>(
    statement: &mut SelectStatement,
    needs: impl IntoIterator<Item = Join>,
    viewer: &Viewer,
) {
    let mut done = Vec::new();
    for need in needs {
        if !done.contains(&need) {
            let (table, on) = need.on::<E>(viewer);
            statement.join(JoinType::LeftJoin, table, on);
            done.push(need);
        }
    }
}

/// What facets need beside the rows.
pub(super) fn needs<'a>(facets: impl IntoIterator<Item = &'a Facet>) -> Vec<Join> {
    facets.into_iter().flat_map(|facet| facet.joins.iter().copied()).collect()
}

impl Join {
    fn on<E: Counted>(self, viewer: &Viewer) -> (TableRef, Condition) {
        let id = || Expr::col((E::default().table_name(), E::ID));
        match self {
            Self::Person => (
                person::Entity.table_ref(),
                person::Column::Id.into_expr().eq(E::PERSON.into_expr()).into_condition(),
            ),
            Self::ServedBy => (
                person_station::Entity.table_ref(),
                Condition::all()
                    .add(person_station::Column::PersonId.into_expr().eq(id()))
                    .add(viewer.within(person_station::Column::StationId)),
            ),
            Self::Station => {
                let station = E::STATION.map_or_else(
                    || person_station::Column::StationId.into_expr(),
                    ColumnTrait::into_expr,
                );
                let on = station::Column::Id.into_expr().eq(station);
                (station::Entity.table_ref(), on.into_condition())
            }
            Self::Service => {
                let on = visit_service::Column::VisitId.into_expr().eq(id());
                (visit_service::Entity.table_ref(), on.into_condition())
            }
            Self::Standing => (ledger_entry::Entity.table_ref(), stands_at_visit(viewer)),
            Self::Child => detail(child_detail::Entity, child_detail::Column::EntryId, id()),
            Self::Elderly => detail(elderly_detail::Entity, elderly_detail::Column::EntryId, id()),
            Self::Disabled => {
                detail(disabled_detail::Entity, disabled_detail::Column::EntryId, id())
            }
        }
    }
}

fn detail(table: impl EntityTrait, entry_id: impl ColumnTrait, id: Expr) -> (TableRef, Condition) {
    (table.table_ref(), entry_id.into_expr().eq(id).into_condition())
}

fn is<E: EntityTrait, F: EntityTrait>() -> bool {
    E::default().table_name() == F::default().table_name()
}

fn of_person<E: Counted>(value: Expr) -> Option<Facet> {
    if is::<E, entity::submission::Entity>() {
        return None;
    }
    Some(Facet::of([value], person_of::<E>()))
}

/// What tells the person of a row.
pub(super) fn person_of<E: Counted>() -> &'static [Join] {
    if is::<E, person::Entity>() { &[] } else { &[Join::Person] }
}

fn of_visit<E: Counted>() -> Option<Facet> {
    let service = visit_service::Column::Service.into_expr();
    let facet = || Facet::of([service], &[Join::Service]).overlapping().telling(Class::Health);
    is::<E, visit::Entity>().then(facet)
}

/// The kinds of ledger in which the visited stood on the day, of which there may be several.
fn of_standing<E: Counted>() -> Option<Facet> {
    let kind = ledger_entry::Column::Kind.into_expr();
    is::<E, visit::Entity>().then(|| Facet::of([kind], &[Join::Standing]).overlapping())
}

/// The entries within reach that were opened by the day of a visit and not closed before it.
fn stands_at_visit(viewer: &Viewer) -> Condition {
    use ledger_entry::Column;
    let day = || visit::Column::VisitedOn.into_expr();
    let closed = Column::ClosedOn.into_expr();
    Condition::all()
        .add(Column::PersonId.into_expr().eq(visit::Column::PersonId.into_expr()))
        .add(Column::OpenedOn.into_expr().lte(day()))
        .add(Condition::any().add(closed.clone().is_null()).add(closed.gte(day())))
        .add(viewer.within(Column::StationId))
}

fn of_entry<E: Counted>(value: Expr, join: Join) -> Option<Facet> {
    // It is known which details each kind of ledger has, so a detail is one of its kind's.
    let levels = [ledger_entry::Column::Kind.into_expr(), value];
    is::<E, ledger_entry::Entity>().then(|| Facet::of(levels, &[join]))
}

fn place<E: Counted>(dimension: Dimension, ground: &Ground) -> Facet {
    let (code, joins): (Expr, &[Join]) = match E::DIVISION {
        Some(column) => (column.into_expr(), &[]),
        None => (station::Column::DivisionCode.into_expr(), &[Join::Station]),
    };
    let digits = DIGITS.into_iter().take(levels(dimension));
    Facet::of(digits.map(|digits| part(&code, digits, ground)), joins)
}

fn at_station<E: Counted>(ground: &Ground) -> Facet {
    let county = part(&station::Column::DivisionCode.into_expr(), DIGITS[0], ground);
    let levels = [county, station::Column::Code.into_expr()];
    match E::STATION {
        Some(_) => Facet::of(levels, &[Join::Station]),
        None => Facet::of(levels, &[Join::ServedBy, Join::Station]).overlapping(),
    }
}

/// The division of so many digits in which a code lies today; null where it is named less finely.
fn part(code: &Expr, digits: u8, ground: &Ground) -> Expr {
    let mut today = CaseStatement::new();
    for (old, heirs) in &ground.moved {
        if let Some(heir) = Ground::today(heirs, digits) {
            let within = code.clone().gte(old.as_str()).and(code.clone().lt(format!("{old}:")));
            today = today.case(within, heir);
        }
    }
    let whole = Expr::expr(Func::char_length(code.clone())).gte(i32::from(digits));
    today.case(whole, cut(code.clone(), 1, digits)).into()
}

/// Characters of a text, from the first, counted from one.
fn cut(text: Expr, first: u8, length: u8) -> Expr {
    Func::cust("substr").arg(text).arg(i32::from(first)).arg(i32::from(length)).into()
}

/// The day of a row as text: 2026-11-24.
fn day_of<E: Counted>(ground: &Ground) -> Option<Expr> {
    let column = E::DAY?;
    let day = match (column.def().get_column_type(), ground.on_postgres) {
        (ColumnType::Date, _) => column.into_expr(),
        // An instant: the day it is in China.
        (_, true) => {
            let local = Func::cust("timezone").arg("Asia/Shanghai").arg(column.into_expr());
            Expr::from(local).cast_as("date")
        }
        (_, false) => Func::cust("date").arg(column.into_expr()).arg("+8 hours").into(),
    };
    Some(day.cast_as("text"))
}

/// The levels of a time, each by its first day or the beginning of that: 2026, 2026-10, 2026-10-05.
fn period<E: Counted>(dimension: Dimension, ground: &Ground) -> Option<Vec<Expr>> {
    let day = day_of::<E>(ground)?;
    let (year, month) = (cut(day.clone(), 1, 4), cut(day.clone(), 1, 7));
    let quarter = ["04", "07", "10"]
        .into_iter()
        .zip(["-01", "-04", "-07"])
        .fold(CaseStatement::new(), |case, (before, first)| {
            case.case(cut(day.clone(), 6, 2).lt(before), first)
        });
    let quarter = year.clone().binary(BinOper::Custom("||"), quarter.finally("-10"));
    Some(match dimension {
        Dimension::Year => vec![year],
        Dimension::Quarter => vec![year, quarter],
        Dimension::Month => vec![year, quarter, month],
        Dimension::Week => vec![monday(day, ground)],
        _ => vec![year, quarter, month, day],
    })
}

/// The Monday on or before a day.
fn monday(day: Expr, ground: &Ground) -> Expr {
    match ground.on_postgres {
        true => {
            let week = Func::cust("date_trunc").arg("week").arg(day.cast_as("timestamp"));
            Expr::from(week).cast_as("date").cast_as("text")
        }
        false => Func::cust("date").arg(day).arg("weekday 0").arg("-6 days").into(),
    }
}

/// The first year of the band in which the age on a row's day, or today, lies: 018.
fn band<E: Counted>(bands: &[u8], ground: &Ground) -> Expr {
    let born = person::Column::BirthDate.into_expr().cast_as("text");
    let on = day_of::<E>(ground).unwrap_or_else(|| Expr::val(ground.today.to_string()));
    let year = |day: &Expr| cut(day.clone(), 1, 4).cast_as("integer");
    let before = cut(on.clone(), 6, 5).lt(cut(born.clone(), 6, 5));
    let age = year(&on).sub(year(&born)).sub(Expr::case(before, 1).finally(0));
    let unknown = CaseStatement::new().case(born.is_null(), Expr::Keyword(Keyword::Null));
    let known = bands.iter().rev().fold(unknown, |case, first| {
        case.case(age.clone().gte(i32::from(*first)), format!("{first:03}"))
    });
    known.into()
}
