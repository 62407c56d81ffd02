//! The bulletin: the numbers of a span of days that a newspaper prints. Each figure is defined by a
//! filter, so that the rows behind it are the list of the same filter.

use chrono::NaiveDate;
use entity::{
    DivisionCode, LedgerKind, NeedDomain, NeedStatus, Service, assessment, ledger_entry, need,
    visit, visit_service,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, JoinType, SelectStatement},
};

use crate::{
    Hub, HubError,
    access::Viewer,
    assessments::AssessmentFilter,
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

impl Hub {
    /// Visits by the kind of ledger the visited stands in; those in no ledger come last, as `None`.
    ///
    /// # Errors
    /// `Invalid` for an unknown division.
    pub async fn visits_by_kind(
        &self,
        viewer: &Viewer,
        bulletin: &Bulletin,
    ) -> Result<Vec<(Option<LedgerKind>, i64)>, HubError> {
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
        let counted = self.tally(&statement).await?;
        let mut kinds: Vec<_> = each_choice(LedgerKind::ALL, &counted)
            .map(|(kind, count)| (Some(kind), count))
            .collect();
        let none = bulletin.visits_to(None);
        kinds.push((None, self.count::<visit::Entity>(viewer, &none).await?));
        Ok(kinds)
    }

    /// How often each service was given.
    ///
    /// # Errors
    /// `Invalid` for an unknown division.
    pub async fn services_given(
        &self,
        viewer: &Viewer,
        bulletin: &Bulletin,
    ) -> Result<Vec<(Service, i64)>, HubError> {
        let filter = bulletin.visits();
        let rows = self.rows_of::<visit::Entity>(viewer, &filter).await?;
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
        let counted = self.tally(&statement).await?;
        Ok(each_choice(Service::ALL, &counted).collect())
    }

    /// How many needs of a list there are in each domain.
    ///
    /// # Errors
    /// `Invalid` for an unknown division.
    pub async fn needs_by_domain(
        &self,
        viewer: &Viewer,
        filter: &NeedFilter,
    ) -> Result<Vec<(NeedDomain, i64)>, HubError> {
        let counted =
            self.count_by::<need::Entity>(viewer, filter, &[need::Column::Domain]).await?;
        Ok(each_choice(NeedDomain::ALL, &counted).collect())
    }

    /// How many ledger entries of a list there are of each kind.
    ///
    /// # Errors
    /// `Invalid` for an unknown division.
    pub async fn entries_by_kind(
        &self,
        viewer: &Viewer,
        filter: &LedgerFilter,
    ) -> Result<Vec<(LedgerKind, i64)>, HubError> {
        let counted = self
            .count_by::<ledger_entry::Entity>(viewer, filter, &[ledger_entry::Column::Kind])
            .await?;
        Ok(each_choice(LedgerKind::ALL, &counted).collect())
    }

    /// How many assessments of a list there are by instrument and level; only those there are.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Unseen` where levels are not the viewer's to see.
    pub async fn assessments_by_level(
        &self,
        viewer: &Viewer,
        filter: &AssessmentFilter,
    ) -> Result<Vec<(String, String, i64)>, HubError> {
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
        let mut levels = Vec::new();
        for row in self.db.read().query_all(&statement).await? {
            levels.push((
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
            ));
        }
        Ok(levels)
    }

    async fn count_by<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        columns: &[E::Column],
    ) -> Result<Vec<(String, i64)>, HubError> {
        let mut select = E::find().select_only().filter(self.rows_of::<E>(viewer, filter).await?);
        for column in columns {
            select = select.column(*column).group_by(*column);
        }
        let statement = select.column_as(Expr::cust("COUNT(*)"), "count").into_query();
        self.tally(&statement).await
    }

    async fn tally(&self, statement: &SelectStatement) -> Result<Vec<(String, i64)>, HubError> {
        let mut counted = Vec::new();
        for row in self.db.read().query_all(statement).await? {
            counted.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
        Ok(counted)
    }
}

/// Every choice of a closed list with its count, in the order of the list.
fn each_choice<'a, T: ActiveEnum<Value = String> + Copy + 'static>(
    all: &'static [T],
    counted: &'a [(String, i64)],
) -> impl Iterator<Item = (T, i64)> + 'a {
    all.iter().map(|choice| {
        let name = choice.to_value();
        let found = counted.iter().find(|(counted, _)| *counted == name);
        (*choice, found.map_or(0, |(_, count)| *count))
    })
}
