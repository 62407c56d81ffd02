//! Statistics: any table of the record counted by up to four dimensions, with totals, and the rows
//! behind every figure.
//!
//! A question names a table and a filter of its list, so scope and sight hold as they do there: to tell
//! rows apart by what somebody is takes the plain sight of it. Who sees no small figures is told
//! the cells that `disclosure` shows, and nothing of the others: what is withheld looks as if it
//! were not there.

mod changes;
mod copy;
mod counted;
mod facet;
mod known;
mod plan;
mod table;

use std::{collections::HashMap, sync::Arc};

use chrono::{Datelike, NaiveDate};
use entity::{Dimension, Fact, Measure, Totals, person};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Query, SelectStatement, UnionType},
};

pub(crate) use copy::Copies;
pub use counted::Counted;
use facet::{Facet, Join};
use plan::{Plan, Tally, Told};
use table::{Groups, Table};

use crate::{
    Hub, HubError,
    access::Viewer,
    listing::FilteredPlaces,
    people::PersonFilter,
    policy::{Class, Sight},
};

/// The most dimensions of a question.
pub const MOST_DIMENSIONS: usize = 4;
/// The most measures of a question.
pub const MOST_MEASURES: usize = 8;
/// The most rows of an answer.
pub const MOST_ROWS: usize = 10_000;
/// How many rows an answer has where no number is asked for.
pub const DEFAULT_ROWS: usize = 1_000;
/// The ages at which a band begins, where nothing is said.
pub const BANDS: [u8; 7] = [0, 6, 12, 18, 60, 70, 80];

/// A dimension, with what it needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct By {
    pub dimension: Dimension,
    /// Of AGE_BAND, the first ages of the bands, from the lowest on.
    pub bands: Vec<u8>,
}

impl From<Dimension> for By {
    fn from(dimension: Dimension) -> Self {
        match dimension {
            Dimension::AgeBand => Self::ages(&BANDS),
            dimension => Self { dimension, bands: Vec::new() },
        }
    }
}

impl By {
    /// By bands of ages that begin at these, and at 0.
    #[must_use]
    pub fn ages(bands: &[u8]) -> Self {
        let first = bands.first().is_none_or(|first| *first > 0).then_some(0);
        let bands = first.into_iter().chain(bands.iter().copied()).collect();
        Self { dimension: Dimension::AgeBand, bands }
    }
}

/// How many digits the code of a county, a township and a village has.
const DIGITS: [u8; 3] = [6, 9, 12];

/// How many levels a dimension has, each of which may be totalled over.
#[must_use]
pub fn levels(dimension: Dimension) -> usize {
    match dimension {
        Dimension::Township
        | Dimension::Station
        | Dimension::Quarter
        | Dimension::Level
        | Dimension::ChildKind
        | Dimension::LivingArrangement
        | Dimension::DisabilityCategory
        | Dimension::DisabilityGrade => 2,
        Dimension::Village | Dimension::Month => 3,
        Dimension::Day => 4,
        _ => 1,
    }
}

/// What is counted or reckoned of the rows of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Measured {
    pub measure: Measure,
    /// Of SUM, MEAN and MEDIAN.
    pub fact: Option<Fact>,
}

/// Which cells are wanted: those whose figure lies within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Having {
    /// Which of the measures, from 0.
    pub figure: usize,
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
}

/// A question to the rows of a list.
#[derive(Clone, Debug)]
pub struct Question<F> {
    pub filter: F,
    pub measures: Vec<Measured>,
    pub by: Vec<By>,
    pub totals: Totals,
    pub having: Vec<Having>,
    /// By which measure, from 0, and whether the largest comes first; none for the order of the
    /// dimensions.
    pub order: Option<(usize, bool)>,
    /// How many rows are left out from the start.
    pub skip: usize,
    pub first: usize,
    /// As the record stood on this day; as it stands now, without.
    pub as_of: Option<NaiveDate>,
    /// An earlier day to compare with.
    pub compare: Option<NaiveDate>,
}

/// A figure: a count, or a number that was reckoned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    Whole(i64),
    Real(f64),
}

impl Figure {
    #[must_use]
    pub fn number(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
            Self::Whole(count) => count as f64,
            Self::Real(number) => number,
        }
    }
}

/// Where a row stands in a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// All of the dimension together.
    Total,
    /// The rows of which it is not known, or to which it does not apply.
    Unknown,
    /// A code; of a time, its first day: 2026, 2026-10, 2026-10-05; of an age, its band's first year.
    Value(String),
    /// Of an instrument, a level; of a kind of ledger, a detail: none where it is not known, or the kind
    /// has no such detail.
    Of(String, Option<String>),
}

/// A row of an answer.
#[derive(Clone, Debug)]
pub struct Row {
    /// In the order of the dimensions.
    pub keys: Vec<Key>,
    /// In the order of the measures; none where there is nothing to reckon with.
    pub figures: Vec<Option<Figure>>,
    /// How many rows of the list were counted.
    pub count: i64,
    /// Picks the rows counted out of the list of the question's filter.
    pub cell: Cell,
    /// None where there is nothing to compare with, or it would tell of a few people.
    pub compared: Option<Compared>,
}

/// A row beside the same of an earlier day.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The figures of then, in the order of the measures.
    pub figures: Vec<Option<Figure>>,
    /// The figures less those of then.
    pub differences: Vec<Option<Figure>>,
    /// Picks the rows that are counted and were not then.
    pub came: Cell,
    /// Picks the rows that were counted then and are not.
    pub went: Cell,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub rows: Vec<Row>,
    /// How many rows there are, those past the first asked for included.
    pub found: usize,
    /// Whether rows and figures may be withheld. That none is in this answer would tell that what it
    /// lacks is not there.
    pub withheld: bool,
}

/// What rates are of.
struct Bases {
    /// Which of the question's dimensions people have.
    dimensions: Vec<usize>,
    /// How many people there are, by where they stand in those.
    people: HashMap<Vec<Key>, Figure>,
}

/// The record as it stood.
struct Stand {
    ground: Ground,
    bases: Option<Bases>,
}

impl Bases {
    fn of(&self, keys: &[Key]) -> Option<Figure> {
        let keys: Vec<_> = self.dimensions.iter().map(|at| keys[*at].clone()).collect();
        self.people.get(&keys).copied()
    }
}

/// What a table is told apart on: the same for a question and for the rows behind its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ground {
    on_postgres: bool,
    /// The day on which people are as old as they are.
    today: NaiveDate,
    /// The day whose record is read; none for that of now.
    as_of: Option<NaiveDate>,
    /// Codes of divisions that ended, the finest first, each with those that took over one after the
    /// other.
    moved: Vec<(String, Vec<String>)>,
}

impl Ground {
    /// The code that stands today for what lies in one that ended, cut to so many digits.
    fn today(heirs: &[String], digits: u8) -> Option<&str> {
        heirs.iter().rev().find_map(|heir| heir.get(..digits.into()))
    }

    /// The division of so many digits in which a code lies today; none where it is named less finely.
    fn part(&self, code: &str, digits: u8) -> Option<String> {
        let mut heirs = self.moved.iter().filter(|(old, _)| code.starts_with(old.as_str()));
        let today = heirs.find_map(|(_, heirs)| Self::today(heirs, digits));
        today.or_else(|| code.get(..digits.into())).map(str::to_owned)
    }
}

/// The rows of a list that were counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    ground: Arc<Ground>,
    /// Less what is its own on this ground.
    without: Option<Arc<Ground>>,
    /// A dimension, and the value in each of its levels.
    parts: Vec<(By, Vec<Option<String>>)>,
    /// What counting them told of people.
    classes: Arc<[Class]>,
}

impl Cell {
    /// What asking for its rows tells of people.
    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Of these rows, its own.
    ///
    /// # Errors
    /// `Unseen` where it tells how old each of them is, and the viewer is not to know when they were
    /// born.
    pub(crate) fn rows<E: Counted>(
        &self,
        viewer: &Viewer,
        rows: Condition,
    ) -> Result<Condition, HubError> {
        let by_age = self.parts.iter().any(|(by, _)| by.dimension == Dimension::AgeBand);
        if by_age && viewer.sight_on_minor(Class::Identity) < Sight::Plain {
            return Err(HubError::Unseen(Class::Identity));
        }
        let (own, needs) = self.own::<E>(&self.ground)?;
        if needs.is_empty() && self.ground.as_of.is_none() && self.without.is_none() {
            return Ok(rows.add(own));
        }
        let mut those = self.ids::<E>(viewer, rows.clone(), &self.ground)?;
        if let Some(without) = &self.without {
            let others = self.ids::<E>(viewer, rows, without)?;
            let all =
                |ids, name| Query::select().column(Asterisk).from_subquery(ids, name).to_owned();
            let others = all(others, "others");
            those = all(those, "those").union(UnionType::Except, others).to_owned();
        }
        // What was in reach on a day still is.
        Ok(Condition::all().add(E::scope(viewer)).add(E::ID.in_subquery(those)))
    }

    /// The ids of those of these rows that are its own on this ground.
    fn ids<E: Counted>(
        &self,
        viewer: &Viewer,
        rows: Condition,
        ground: &Ground,
    ) -> Result<SelectStatement, HubError> {
        let (own, needs) = self.own::<E>(ground)?;
        let mut those = E::find().select_only().column(E::ID).filter(rows.add(own)).into_query();
        facet::join::<E>(&mut those, needs, viewer);
        Ok(ground.known(those))
    }

    /// The condition of its rows on this ground, and what it needs beside them.
    fn own<E: Counted>(&self, ground: &Ground) -> Result<(Condition, Vec<Join>), HubError> {
        let mut own = Condition::all();
        let mut needs = Vec::new();
        for (by, values) in &self.parts {
            let facet = Facet::new::<E>(by, ground)?;
            own = own.add(facet.holds(values));
            needs.extend(facet::needs([&facet]));
        }
        Ok((own, needs))
    }
}

impl Hub {
    /// Answers a question to the rows of a list.
    ///
    /// # Errors
    /// `Invalid` for what the table does not have, or too much at once; `Unseen` where the viewer does
    /// not see what it would tell rows apart by; `Spent` where the day's budget is used up.
    pub async fn statistics<E: Counted>(
        &self,
        viewer: &Viewer,
        question: &Question<E::Filter>,
    ) -> Result<Answer, HubError> {
        check(question)?;
        let question = &Question { as_of: self.past_day(question.as_of)?, ..question.clone() };
        if question.as_of.or(question.compare).is_some() {
            known::check::<E>(viewer, question, self.clock.today())?;
        }
        if viewer.sight_on_minor(Class::Identity) < Sight::Plain {
            plan::check_ages(&question.by, E::names_someone(&question.filter))?;
        }
        if !viewer.sees_small_figures() {
            let table = E::default();
            // Which rows of its answer are told makes no other question of it.
            let whole = Question { skip: 0, first: MOST_ROWS, ..question.clone() };
            self.spend(viewer, &format!("{} {whole:?}", table.table_name())).await?;
        }
        let now = self.stand::<E>(viewer, question, question.as_of).await?;
        let then = match question.compare {
            Some(day) => Some(self.stand::<E>(viewer, question, Some(day)).await?),
            None => None,
        };
        self.answer::<E>(viewer, question, (&now, then.as_ref())).await
    }

    /// How the record stood on a day, or stands now.
    async fn stand<E: Counted>(
        &self,
        viewer: &Viewer,
        question: &Question<E::Filter>,
        day: Option<NaiveDate>,
    ) -> Result<Stand, HubError> {
        let ground = self.ground(day).await?;
        let has_rates = question.measures.iter().any(|each| each.measure == Measure::Rate);
        let bases = match has_rates {
            true => Some(self.bases::<E>(viewer, question, &ground).await?),
            false => None,
        };
        Ok(Stand { ground, bases })
    }

    async fn answer<E: Counted>(
        &self,
        viewer: &Viewer,
        question: &Question<E::Filter>,
        (now, then): (&Stand, Option<&Stand>),
    ) -> Result<Answer, HubError> {
        let plan = match viewer.sees_small_figures() {
            true => Plan::of(question),
            false => {
                // Named in a table of the whole city, it would be asked for nowhere else.
                self.areas(&E::divisions(&question.filter)).await?;
                Plan::shielded::<E>(question, &now.ground)?
            }
        };
        let mut tally = self.tally::<E>(viewer, question, &plan, now).await?;
        let mut compared = match then {
            Some(then) => Some(self.tally::<E>(viewer, question, &plan, then).await?),
            None => None,
        };
        if plan.is_shielded {
            match &mut compared {
                Some(then) => {
                    let told = self.changes_told::<E>(viewer, question, &plan, (then, &tally));
                    then.told.push(told.await?);
                }
                // The figures of now are told to whoever asks for them.
                None if question.as_of.is_some() => {
                    let today = Stand { ground: self.ground(None).await?, bases: None };
                    let today = self.tally::<E>(viewer, question, &plan, &today).await?;
                    let told = self.changes_told::<E>(viewer, question, &plan, (&tally, &today));
                    let told = told.await?;
                    tally.told.push(told);
                }
                None => {}
            }
        }
        let classes = table(&tally, question).classes::<E>()?;
        Ok(plan.answer(question, &classes, (&tally, compared.as_ref())))
    }

    /// Counts the table of a plan as the record stood.
    async fn tally<'s, E: Counted>(
        &self,
        viewer: &Viewer,
        question: &Question<E::Filter>,
        plan: &Plan<E::Filter>,
        stand: &'s Stand,
    ) -> Result<Tally<'s>, HubError> {
        let Stand { ground, bases } = stand;
        let by = plan.dimensions.iter().map(|by| Facet::new::<E>(by, ground));
        let facets: Vec<_> = by.collect::<Result<_, _>>()?;
        let table = Table { facets: &facets, measures: &question.measures };
        let depths = plan.depths(question, &facets);
        let classes = table.classes::<E>()?;
        // The copy does not tell what was known when.
        let copied = match E::picked(&plan.filter).filter(|_| ground.as_of.is_none()) {
            Some(picked) => {
                let asked = (question, plan.dimensions.as_slice());
                self.copied(viewer, picked, asked, (ground, &depths)).await?
            }
            None => None,
        };
        let groups = match copied {
            Some(groups) => groups,
            None => {
                let counted = (&table, classes.as_slice(), depths.as_slice());
                self.groups::<E>(viewer, &plan.filter, counted, ground).await?
            }
        };
        let groups = Arc::new(groups);
        let told = match plan.is_shielded {
            true => vec![told(Told::of, question, &facets, Arc::clone(&groups)).await?],
            false => Vec::new(),
        };
        Ok(Tally { ground: Arc::new(ground.clone()), bases: bases.as_ref(), facets, groups, told })
    }

    /// Of which cells it is told how they changed.
    async fn changes_told<E: Counted>(
        &self,
        viewer: &Viewer,
        question: &Question<E::Filter>,
        plan: &Plan<E::Filter>,
        (then, now): (&Tally<'_>, &Tally<'_>),
    ) -> Result<Told, HubError> {
        let depths = plan.depths(question, &now.facets);
        let tables = (table(then, question), table(now, question));
        let days = ((&tables.0, then.ground.as_ref()), (&tables.1, now.ground.as_ref()));
        let changes = self.changed::<E>(viewer, &plan.filter, days, &depths).await?;
        let changes = changes::of_all(changes, (&then.groups, &now.groups));
        told(Told::of_changes, question, &now.facets, Arc::new(changes)).await
    }

    /// The people on record that rates are of: those of the same places, told apart by what of the
    /// question's dimensions people have.
    async fn bases<E: Counted>(
        &self,
        viewer: &Viewer,
        question: &Question<E::Filter>,
        ground: &Ground,
    ) -> Result<Bases, HubError> {
        let is_of_people = |by: &By| Facet::new::<person::Entity>(by, ground).is_ok();
        let dimensions: Vec<_> =
            (0..question.by.len()).filter(|at| is_of_people(&question.by[*at])).collect();
        let FilteredPlaces { division, stations } = E::take_places(&mut question.filter.clone());
        let people = Question {
            filter: PersonFilter { division, stations, ..PersonFilter::default() },
            measures: vec![Measured { measure: Measure::People, fact: None }],
            by: dimensions.iter().map(|at| question.by[*at].clone()).collect(),
            totals: Totals::Cube,
            having: Vec::new(),
            order: None,
            skip: 0,
            first: usize::MAX,
            as_of: ground.as_of,
            compare: None,
        };
        let stand = Stand { ground: ground.clone(), bases: None };
        let people = self.answer::<person::Entity>(viewer, &people, (&stand, None)).await?.rows;
        let base = |row: Row| Some((row.keys, row.figures.first().copied()??));
        Ok(Bases { dimensions, people: people.into_iter().filter_map(base).collect() })
    }

    /// A day before today; none for today, when the record stands as it does.
    ///
    /// # Errors
    /// `Invalid` for a day to come.
    fn past_day(&self, day: Option<NaiveDate>) -> Result<Option<NaiveDate>, HubError> {
        let today = self.clock.today();
        if let Some(day) = day.filter(|day| *day > today) {
            let text = format!("asOf is today, {today}, or a day before, not {day}");
            return Err(HubError::Invalid(text));
        }
        Ok(day.filter(|day| *day < today))
    }

    async fn ground(&self, as_of: Option<NaiveDate>) -> Result<Ground, HubError> {
        Ok(Ground {
            on_postgres: self.db.backend() == DbBackend::Postgres,
            today: as_of.unwrap_or_else(|| self.clock.today()),
            as_of,
            moved: self.places().await?.moved().to_vec(),
        })
    }
}

fn table<'t, F>(tally: &'t Tally<'_>, question: &'t Question<F>) -> Table<'t> {
    Table { facets: &tally.facets, measures: &question.measures }
}

type Telling = fn(&[Measured], &[bool], &Groups) -> Result<Told, HubError>;

/// What of a table is told, or of its changes. It takes a while to work out.
async fn told<F>(
    telling: Telling,
    question: &Question<F>,
    facets: &[Facet],
    groups: Arc<Groups>,
) -> Result<Told, HubError> {
    let overlaps: Vec<_> = facets.iter().map(|facet| facet.overlaps).collect();
    let measures = question.measures.clone();
    let told = tokio::task::spawn_blocking(move || telling(&measures, &overlaps, &groups)).await;
    told.map_err(|_| HubError::Unavailable)?
}

/// The levels of a time in which a day lies.
fn period(dimension: Dimension, day: NaiveDate) -> Vec<Option<String>> {
    let year = format!("{:04}", day.year());
    let quarter = format!("{year}-{:02}", day.month0() / 3 * 3 + 1);
    let month = format!("{year}-{:02}", day.month());
    let levels = match dimension {
        Dimension::Year => vec![year],
        Dimension::Quarter => vec![year, quarter],
        Dimension::Month => vec![year, quarter, month],
        Dimension::Week => {
            let since = chrono::Days::new(day.weekday().num_days_from_monday().into());
            vec![day.checked_sub_days(since).unwrap_or(day).to_string()]
        }
        _ => vec![year, quarter, month, day.to_string()],
    };
    levels.into_iter().map(Some).collect()
}

fn check<F>(question: &Question<F>) -> Result<(), HubError> {
    let invalid = |text: String| Err(HubError::Invalid(text));
    let Question { by, measures, having, order, first, .. } = question;
    if by.len() > MOST_DIMENSIONS {
        return invalid(format!("by takes {MOST_DIMENSIONS} dimensions at most, not {}", by.len()));
    }
    for (at, each) in by.iter().enumerate() {
        if by[..at].iter().any(|other| other.dimension == each.dimension) {
            return invalid(format!("by names {} twice", each.dimension.code()));
        }
        if !each.bands.is_sorted_by(|a, b| a < b) {
            return invalid("ageBands are the first ages of bands, from the lowest on".to_owned());
        }
    }
    if !(1..=MOST_MEASURES).contains(&measures.len()) {
        return invalid(format!("measures names 1 to {MOST_MEASURES}, not {}", measures.len()));
    }
    for measured in measures {
        let needs = matches!(measured.measure, Measure::Sum | Measure::Mean | Measure::Median);
        let word = measured.measure.code();
        match (needs, measured.fact) {
            (true, None) => return invalid(format!("{word} needs the number it is of")),
            (false, Some(_)) => return invalid(format!("{word} is of rows, not of a number")),
            _ => {}
        }
    }
    let named = having.iter().map(|having| having.figure).chain(order.map(|(figure, _)| figure));
    if let Some(figure) = named.into_iter().find(|figure| *figure >= measures.len()) {
        return invalid(format!("there is no measure {figure}; the first of measures is 0"));
    }
    if !(1..=MOST_ROWS).contains(first) {
        return invalid(format!("first is 1 to {MOST_ROWS}, not {first}"));
    }
    Ok(())
}
