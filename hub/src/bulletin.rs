//! The bulletin: the numbers of a span of days that a newspaper prints. Each figure is defined by a
//! filter, so that the rows behind it are the list of the same filter.

use chrono::NaiveDate;
use entity::{
    DivisionCode, LedgerKind, NeedDomain, NeedStatus, Service, assessment, ledger_entry, need,
    visit,
};
use sea_orm::ColumnTrait;

pub use crate::disclosure::Figures;
use crate::{
    Hub, HubError,
    access::Viewer,
    assessments::{AssessmentFilter, by_level},
    disclosure::{Keys, Split},
    instruments,
    ledgers::{LedgerFilter, Standing},
    listing::{Days, Listing},
    needs::{NeedFilter, by_domain},
    people::PersonFilter,
    stations::StationFilter,
    visits::{VisitFilter, by_service},
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
    /// `Invalid` for an unknown division, `Spent` where the day's budget is used up.
    pub async fn visits_by_kind(
        &self,
        viewer: &Viewer,
        bulletin: &Bulletin,
    ) -> Result<Figures<Option<LedgerKind>>, HubError> {
        let standing = Standing { days: bulletin.days(), ..Standing::default() };
        let by_kind = standing.by_kind(viewer, visit::Column::PersonId);
        let filter = bulletin.visits_to_people();
        let kinds = LedgerKind::ALL.iter().copied().map(Some).chain([None]);
        let code = |kind: &Option<LedgerKind>| kind.map(LedgerKind::code).unwrap_or_default();
        self.by_choice::<visit::Entity, _>(viewer, &filter, &by_kind, (kinds.collect(), code)).await
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
        let services = (Service::ALL.to_vec(), |service: &Service| service.code());
        self.by_choice::<visit::Entity, _>(viewer, &filter, &by_service(), services).await
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
        let domains = (NeedDomain::ALL.to_vec(), |domain: &NeedDomain| domain.code());
        self.by_choice::<need::Entity, _>(viewer, filter, &by_domain(), domains).await
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
        let by_kind = Split::by(ledger_entry::Column::Kind.into_expr());
        let kinds = (LedgerKind::ALL.to_vec(), |kind: &LedgerKind| kind.code());
        self.by_choice::<ledger_entry::Entity, _>(viewer, filter, &by_kind, kinds).await
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
        let mut figures: Vec<_> = self
            .table::<assessment::Entity>(viewer, filter, &by_level(), &[])
            .await?
            .into_iter()
            .filter_map(|(key, figure)| match <[String; 2]>::try_from(key) {
                Ok([instrument, level]) => Some(((instrument, level), figure)),
                Err(_) => None,
            })
            .collect();
        figures.sort_by_cached_key(|((instrument, level), _)| {
            (instrument.clone(), instruments::rank(instrument, level), level.clone())
        });
        let tables = figures.chunk_by(|(a, _), (b, _)| a.0 == b.0);
        let told = tables.filter(|table| table.iter().any(|(_, figure)| figure.is_some()));
        Ok(told.flatten().cloned().collect())
    }

    /// A table with a cell for each choice of a closed list, in the order of the list.
    async fn by_choice<E: Listing, T>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        split: &Split,
        (choices, code): (Vec<T>, impl Fn(&T) -> String),
    ) -> Result<Figures<T>, HubError> {
        let keys: Vec<_> = choices.iter().map(|choice| vec![code(choice)]).collect();
        let figures = self.table::<E>(viewer, filter, split, &keys).await?;
        // A key that is no choice comes after them.
        Ok(choices.into_iter().zip(figures).map(|(choice, (_, figure))| (choice, figure)).collect())
    }

    /// A table, which is one question to those who see no small figures.
    async fn table<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        split: &Split,
        choices: &[Keys],
    ) -> Result<Figures<Keys>, HubError> {
        if !viewer.sees_small_figures() {
            let question = format!("{} by {:?} {filter:?}", E::default().table_name(), split.keys);
            self.spend(viewer, &question).await?;
        }
        self.figures::<E>(viewer, filter, split, choices).await
    }
}
