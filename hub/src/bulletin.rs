//! The bulletin: the numbers of a span of days that a newspaper prints. Each figure is defined by a
//! filter, so that the rows behind it are the list of the same filter.

use chrono::NaiveDate;
use entity::{
    DivisionCode, LedgerKind, NeedDomain, NeedStatus, Service, assessment, ledger_entry, need,
    visit, visit_service,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait, JoinType, SelectStatement},
};

use crate::{
    Hub, HubError,
    access::Viewer,
    assessments::AssessmentFilter,
    disclosure::{Cell, figures, people},
    ledgers::{LedgerFilter, Standing},
    listing::{Days, Listing},
    needs::NeedFilter,
    people::PersonFilter,
    policy::Class,
    stations::StationFilter,
    visits::VisitFilter,
};

/// What a bulletin is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub division: Option<DivisionCode>,
}

impl Bulletin {
    /// # Errors
    /// `Invalid` where it would end before it begins.
    pub fn new(
        from: NaiveDate,
        to: NaiveDate,
        division: Option<DivisionCode>,
    ) -> Result<Self, HubError> {
        if to < from {
            let text = format!("from is the first day and to the last; {to} lies before {from}");
            return Err(HubError::Invalid(text));
        }
        Ok(Self { from, to, division })
    }

    #[must_use]
    pub fn days(&self) -> Days {
        Days { from: Some(self.from), to: Some(self.to) }
    }

    /// All visits of the span.
    #[must_use]
    pub fn visits(&self) -> VisitFilter {
        VisitFilter {
            division: self.division.clone(),
            visited: self.days(),
            ..VisitFilter::default()
        }
    }

    /// The visits to a person: the person-times.
    #[must_use]
    pub fn visits_to_people(&self) -> VisitFilter {
        VisitFilter { to_person: true, ..self.visits() }
    }

    /// The visits to people in a ledger of this kind, or in none, in the span.
    #[must_use]
    pub fn visits_to(&self, kind: Option<LedgerKind>) -> VisitFilter {
        VisitFilter {
            standing: Some(Standing {
                kinds: kind.into_iter().collect(),
                days: self.days(),
                absent: kind.is_none(),
            }),
            ..self.visits_to_people()
        }
    }

    /// The visits at which a service was given.
    #[must_use]
    pub fn visits_with(&self, service: Service) -> VisitFilter {
        VisitFilter { services: vec![service], ..self.visits() }
    }

    /// The stations taking part: with at least one visit.
    #[must_use]
    pub fn stations(&self) -> StationFilter {
        StationFilter { visits: Some(self.visits()), ..StationFilter::default() }
    }

    /// The people served: visited at least once.
    #[must_use]
    pub fn people(&self) -> PersonFilter {
        PersonFilter { visits: Some(self.visits_to_people()), ..PersonFilter::default() }
    }

    #[must_use]
    pub fn needs_raised(&self, domain: Option<NeedDomain>) -> NeedFilter {
        NeedFilter {
            division: self.division.clone(),
            raised: self.days(),
            domains: domain.into_iter().collect(),
            ..NeedFilter::default()
        }
    }

    #[must_use]
    pub fn needs_met(&self, domain: Option<NeedDomain>) -> NeedFilter {
        NeedFilter {
            division: self.division.clone(),
            settled: self.days(),
            statuses: vec![NeedStatus::Met],
            domains: domain.into_iter().collect(),
            ..NeedFilter::default()
        }
    }

    /// The assessments of the span; of one level of one instrument, where they are named.
    #[must_use]
    pub fn assessments(&self, level: Option<(&str, &str)>) -> AssessmentFilter {
        AssessmentFilter {
            division: self.division.clone(),
            assessed: self.days(),
            instruments: level.iter().map(|(code, _)| (*code).to_owned()).collect(),
            levels: level.iter().map(|(_, level)| (*level).to_owned()).collect(),
            ..AssessmentFilter::default()
        }
    }

    /// The ledger entries open at the end of the last day.
    #[must_use]
    pub fn ledger_entries(&self, kind: Option<LedgerKind>) -> LedgerFilter {
        LedgerFilter {
            division: self.division.clone(),
            kinds: kind.into_iter().collect(),
            open_on: Some(self.to),
            ..LedgerFilter::default()
        }
    }
}

/// The figures of a table by key; none where they are suppressed.
pub type Figures<K> = Vec<(K, Option<i64>)>;

impl Hub {
    /// Visits by the kind of ledger the visited stands in; those in no ledger come last, as `None`.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Spent` where the day's budget is used up.
    pub async fn visits_by_kind(
        &self,
        viewer: &Viewer,
        bulletin: &Bulletin,
    ) -> Result<Figures<Option<LedgerKind>>, HubError> {
        let standing = Standing { days: bulletin.days(), ..Standing::default() };
        let filter = bulletin.visits_to_people();
        let rows = self.rows_of::<visit::Entity>(viewer, &filter).await?;
        let same_person = visit::Column::PersonId
            .into_expr()
            .equals(ledger_entry::Column::PersonId.as_column_ref());
        let statement = visit::Entity::find()
            .select_only()
            .filter(rows)
            .filter(standing.entries(viewer))
            .into_query()
            .column(ledger_entry::Column::Kind.as_column_ref())
            .expr(visit::Column::Id.into_expr().count_distinct())
            .join(JoinType::InnerJoin, ledger_entry::Entity, same_person)
            .group_by_col(ledger_entry::Column::Kind.as_column_ref())
            .to_owned();
        let question = format!("visits by kind {bulletin:?}");
        let counted = self.tally::<visit::Entity>(viewer, &question, statement).await?;
        let mut cells: Vec<_> = each_choice(LedgerKind::ALL, &counted)
            .map(|Cell { key, figure, people }| Cell { key: Some(key), figure, people })
            .collect();
        let none = bulletin.visits_to(None);
        let Cell { figure, people, .. } = self.cell::<visit::Entity>(viewer, &none).await?;
        cells.push(Cell { key: None, figure, people });
        Ok(figures(viewer, cells))
    }

    /// How often each service was given.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Unseen` where services are not the viewer's to see, `Spent`
    /// where the day's budget is used up.
    pub async fn services_given(
        &self,
        viewer: &Viewer,
        bulletin: &Bulletin,
    ) -> Result<Figures<Service>, HubError> {
        let filter = bulletin.visits();
        let rows = self.rows_of::<visit::Entity>(viewer, &filter).await?;
        let rows = rows.add(self.found_by::<visit::Entity>(viewer, &[Class::Health])?);
        let at_visit =
            visit::Column::Id.into_expr().equals(visit_service::Column::VisitId.as_column_ref());
        let statement = visit::Entity::find()
            .select_only()
            .filter(rows)
            .into_query()
            .column(visit_service::Column::Service.as_column_ref())
            .expr(Expr::cust("COUNT(*)"))
            .join(JoinType::InnerJoin, visit_service::Entity, at_visit)
            .group_by_col(visit_service::Column::Service.as_column_ref())
            .to_owned();
        let question = format!("services {bulletin:?}");
        let counted = self.tally::<visit::Entity>(viewer, &question, statement).await?;
        Ok(figures(viewer, each_choice(Service::ALL, &counted).collect()))
    }

    /// How many needs of a list there are in each domain.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Unseen` where domains are not the viewer's to see, `Spent`
    /// where the day's budget is used up.
    pub async fn needs_by_domain(
        &self,
        viewer: &Viewer,
        filter: &NeedFilter,
    ) -> Result<Figures<NeedDomain>, HubError> {
        let (domain, class) = (need::Column::Domain, [Class::Health]);
        let counted = self.count_by::<need::Entity>(viewer, filter, (domain, &class)).await?;
        Ok(figures(viewer, each_choice(NeedDomain::ALL, &counted).collect()))
    }

    /// How many ledger entries of a list there are of each kind.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Spent` where the day's budget is used up.
    pub async fn entries_by_kind(
        &self,
        viewer: &Viewer,
        filter: &LedgerFilter,
    ) -> Result<Figures<LedgerKind>, HubError> {
        let kind = ledger_entry::Column::Kind;
        let counted = self.count_by::<ledger_entry::Entity>(viewer, filter, (kind, &[])).await?;
        Ok(figures(viewer, each_choice(LedgerKind::ALL, &counted).collect()))
    }

    /// How many assessments of a list there are by instrument and level; only those there are, and
    /// none of an instrument of which none may be shown, since that there are some would tell.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Unseen` where levels are not the viewer's to see, `Spent`
    /// where the day's budget is used up.
    pub async fn assessments_by_level(
        &self,
        viewer: &Viewer,
        filter: &AssessmentFilter,
    ) -> Result<Figures<(String, String)>, HubError> {
        use assessment::Column::{Instrument, Level, LevelRank};
        let rows = self.rows_of::<assessment::Entity>(viewer, filter).await?;
        let rows = rows.add(self.found_by::<assessment::Entity>(viewer, &[Class::Health])?);
        let statement = assessment::Entity::find()
            .select_only()
            .filter(rows)
            .columns([Instrument, Level])
            .column_as(Expr::cust("COUNT(*)"), "count")
            .group_by(Instrument)
            .group_by(LevelRank)
            .group_by(Level)
            .into_query()
            .order_by_columns([
                (Instrument.as_column_ref(), sea_orm::Order::Asc),
                (LevelRank.as_column_ref(), sea_orm::Order::Asc),
            ])
            .to_owned();
        let question = format!("assessments by level {filter:?}");
        let rows = self.tallied::<assessment::Entity>(viewer, &question, statement).await?;
        let mut cells = Vec::new();
        for row in rows {
            let key: (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            cells.push(Cell {
                key,
                figure: row.try_get_by_index(2)?,
                people: row.try_get_by_index(3)?,
            });
        }
        // Each instrument is a table of its own, whose total can be asked.
        let tables = cells.chunk_by(|a, b| a.key.0 == b.key.0);
        let tables = tables.map(|table| figures(viewer, table.to_vec()));
        let told = tables.filter(|table| table.iter().any(|(_, figure)| figure.is_some()));
        Ok(told.flatten().collect())
    }

    async fn count_by<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        (column, classes): (E::Column, &[Class]),
    ) -> Result<Vec<Cell<String>>, HubError> {
        let statement = E::find()
            .select_only()
            .filter(self.rows_of::<E>(viewer, filter).await?)
            .filter(self.found_by::<E>(viewer, classes)?)
            .column(column)
            .group_by(column)
            .column_as(Expr::cust("COUNT(*)"), "count")
            .into_query();
        let question = format!("{} by {column:?} {filter:?}", E::default().table_name());
        self.tally::<E>(viewer, &question, statement).await
    }

    async fn tally<E: Listing>(
        &self,
        viewer: &Viewer,
        question: &str,
        statement: SelectStatement,
    ) -> Result<Vec<Cell<String>>, HubError> {
        let mut cells = Vec::new();
        for row in self.tallied::<E>(viewer, question, statement).await? {
            cells.push(Cell {
                key: row.try_get_by_index(0)?,
                figure: row.try_get_by_index(1)?,
                people: row.try_get_by_index(2)?,
            });
        }
        Ok(cells)
    }

    /// The rows of a table with one more column: how many people each cell is about, where that
    /// decides what the viewer sees.
    async fn tallied<E: Listing>(
        &self,
        viewer: &Viewer,
        question: &str,
        mut statement: SelectStatement,
    ) -> Result<Vec<QueryResult>, HubError> {
        let who = E::subject().filter(|_| !viewer.sees_small_figures());
        if who.is_some() {
            self.spend(viewer, question).await?;
        }
        statement.expr(who.map_or(Expr::val(0_i64), people));
        Ok(self.db.read().query_all(&statement).await?)
    }
}

/// Every choice of a closed list with its cell, in the order of the list.
fn each_choice<'a, T: ActiveEnum<Value = String> + Copy + 'static>(
    all: &'static [T],
    counted: &'a [Cell<String>],
) -> impl Iterator<Item = Cell<T>> + 'a {
    all.iter().map(|choice| {
        let name = choice.to_value();
        let found = counted.iter().find(|cell| cell.key == name);
        let (figure, people) = found.map_or((0, 0), |cell| (cell.figure, cell.people));
        Cell { key: *choice, figure, people }
    })
}
