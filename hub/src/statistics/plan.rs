//! From a question to the cells that have to be counted, and from those to its answer.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{Dimension, DivisionCode, DivisionLevel, Measure, Totals};

use super::{
    Answer, Bases, By, Cell, Compared, Counted, DIGITS, Figure, Ground, Key, Measured, Question,
    Row,
    facet::Facet,
    levels, period,
    table::{Group, Groups},
};
use crate::{
    HubError,
    disclosure::{self, Cube, Path},
    listing::Days,
    policy::Class,
};

/// The narrowest band of ages, in years, for who may not know when each was born.
const NARROWEST: u8 = 5;

/// What is counted for a question.
pub(super) struct Plan<F> {
    pub filter: F,
    /// In one order for all questions, so that the same cells always stand in the same table.
    pub dimensions: Vec<By>,
    /// Where the dimensions of the question are among them, in its order.
    asked: Vec<usize>,
    /// Only cells beneath these: of a dimension, the values there.
    within: Vec<(usize, Vec<Option<String>>)>,
    pub is_shielded: bool,
}

impl<F: Clone + Eq> Plan<F> {
    pub fn of(question: &Question<F>) -> Self {
        Self::with(question, question.filter.clone(), Vec::new())
    }

    fn with(question: &Question<F>, filter: F, more: Vec<By>) -> Self {
        let mut dimensions: Vec<_> = question.by.iter().cloned().chain(more).collect();
        dimensions.sort();
        let place = |by: &By| dimensions.iter().position(|known| known == by);
        let asked = question.by.iter().filter_map(place).collect();
        Self { filter, dimensions, asked, within: Vec::new(), is_shielded: false }
    }

    /// For who sees no small figures: the table of the whole city and of all days, of which the
    /// question picks. What a filter leaves out of a table could be had from the same table without
    /// it, so there is none but for a division and a time, which are parts of the table.
    ///
    /// # Errors
    /// `Invalid` for a question that needs another filter or ages too close; `Unseen` for
    /// submissions, which count the same records again.
    pub fn shielded<E: Counted<Filter = F>>(
        question: &Question<F>,
        ground: &Ground,
    ) -> Result<Self, HubError> {
        if E::DIVISION.is_none() {
            return Err(HubError::Unseen(Class::Identity));
        }
        let mut rest = question.filter.clone();
        let places = E::take_places(&mut rest);
        let days = E::take_span(&mut rest);
        if rest != E::spans(&rest) || !places.stations.is_empty() {
            let text = "this account is told figures of all of a division and a time; put what the \
                        filter picks into by, such as STATION";
            return Err(HubError::Invalid(text.to_owned()));
        }
        check_for_shielded(&question.by)?;
        let division = places.division.filter(|code| code.level() != DivisionLevel::City);
        let division = division.map(|code| place_of(&code, ground)).transpose()?;
        let picked = [(PLACES, division), (TIMES, time_of(days)?)];
        let asked_by =
            |family: &[Dimension]| question.by.iter().any(|by| family.contains(&by.dimension));
        let more = picked.iter().filter(|(family, _)| !asked_by(family));
        let more = more.filter_map(|(_, part)| part.as_ref()).map(|part| By::from(part.dimension));
        let mut plan = Self::with(question, rest, more.collect());
        plan.is_shielded = true;
        for (family, part) in picked {
            if let Some(part) = part {
                plan.within.push(plan.beneath(family, part)?);
            }
        }
        Ok(plan)
    }

    /// Where the dimension of this family has a part.
    fn beneath(
        &self,
        family: &[Dimension],
        part: Part,
    ) -> Result<(usize, Vec<Option<String>>), HubError> {
        let mut dimensions = self.dimensions.iter().enumerate();
        let found = dimensions.find(|(_, by)| family.contains(&by.dimension));
        let fits = |by: &By| {
            !matches!(by.dimension, Dimension::Week | Dimension::Station)
                && by.dimension >= part.dimension
        };
        let Some((at, _)) = found.filter(|(_, by)| fits(by)) else {
            let text = format!(
                "by tells apart what does not lie in a {} as this account is told it; ask by \
                 another dimension, or without that part of the filter",
                part.dimension.code()
            );
            return Err(HubError::Invalid(text));
        };
        Ok((at, part.values))
    }

    /// The depths at which cells are counted.
    pub fn depths(&self, question: &Question<F>, facets: &[Facet]) -> Vec<Vec<usize>> {
        let full: Vec<_> = facets.iter().map(|facet| facet.levels.len()).collect();
        if self.is_shielded {
            return all_depths(&full);
        }
        let shares = question.measures.iter().any(|each| each.measure == Measure::Share);
        let whole = vec![0; full.len()];
        let either: Vec<_> = full.iter().map(|_| 1).collect();
        let choices = all_depths(&either).into_iter();
        let depths = choices.map(|choice| {
            choice.iter().zip(&full).map(|(is_full, full)| is_full * full).collect::<Vec<_>>()
        });
        let is_wanted = |depth: &Vec<usize>| {
            let is_total: Vec<_> = self.asked.iter().map(|at| depth[*at] == 0).collect();
            is_wanted(question.totals, &is_total) || (shares && *depth == whole)
        };
        depths.filter(is_wanted).collect()
    }

    /// The rows of the answer, of the cells counted, compared with those of then.
    pub fn answer(
        &self,
        question: &Question<F>,
        classes: &[Class],
        (now, then): (&Tally<'_>, Option<&Tally<'_>>),
    ) -> Answer {
        let classes = Arc::from(classes);
        // What is gone altogether is not told from what is withheld.
        let gone = then.filter(|_| !self.is_shielded);
        let paths: BTreeSet<_> =
            now.groups.keys().chain(gone.iter().flat_map(|then| then.groups.keys())).collect();
        let mut rows = Vec::new();
        for path in paths {
            let Some(keys) = self.keys(question, &now.facets, path) else { continue };
            let count = now.count(path);
            // That there is nothing at all is told as such.
            let is_empty = count == 0 && then.is_none_or(|then| then.count(path) == 0);
            if (is_empty && !self.asked.is_empty()) || !now.tells(path) {
                continue;
            }
            let figures = now.figures(question, (path, &keys), &self.whole(&now.facets));
            let has = |having: &super::Having| {
                figures[having.figure].is_some_and(|figure| having.holds(figure.number()))
            };
            if question.having.iter().all(has) {
                let compared = then.filter(|then| then.tells(path)).map(|then| {
                    let then_figures =
                        then.figures(question, (path, &keys), &self.whole(&now.facets));
                    Compared {
                        differences: figures.iter().zip(&then_figures).map(less).collect(),
                        figures: then_figures,
                        came: self.cell((now, Some(then)), path, &classes),
                        went: self.cell((then, Some(now)), path, &classes),
                    }
                });
                let cell = self.cell((now, None), path, &classes);
                rows.push(Row { keys, figures, count, cell, compared });
            }
        }
        rows.sort_by(|a, b| in_order(question, a, b));
        let found = rows.len();
        let rows = rows.into_iter().skip(question.skip).take(question.first).collect();
        Answer { rows, found, withheld: self.is_shielded }
    }

    /// The cell that holds all that the question is about.
    fn whole(&self, facets: &[Facet]) -> Path {
        let mut whole: Path = facets.iter().map(|_| Vec::new()).collect();
        for (at, values) in &self.within {
            whole[*at].clone_from(values);
        }
        whole
    }

    /// Where a cell stands in the dimensions of the question; none where it is not asked for.
    fn keys(&self, question: &Question<F>, facets: &[Facet], path: &Path) -> Option<Vec<Key>> {
        if self.within.iter().any(|(at, values)| !path[*at].starts_with(values)) {
            return None;
        }
        let top = |at: usize| {
            let mut within = self.within.iter();
            within.find(|(place, _)| *place == at).map_or(0, |(_, values)| values.len())
        };
        let full = |at: usize| facets[at].levels.len();
        let key = |at: usize| match path[at].len() {
            depth if depth == full(at) => Some(value(&path[at], self.dimensions[at].dimension)),
            depth if depth == top(at) => Some(Key::Total),
            _ => None,
        };
        let keys: Vec<_> = self.asked.iter().map(|at| key(*at)).collect::<Option<_>>()?;
        let is_total: Vec<_> = keys.iter().map(|key| *key == Key::Total).collect();
        let mut others = (0..path.len()).filter(|at| !self.asked.contains(at));
        let is_asked = others.all(|at| path[at].len() == top(at));
        (is_asked && is_wanted(question.totals, &is_total)).then_some(keys)
    }

    /// The rows of a cell as the record stood, less those of it as it stood otherwise.
    fn cell(
        &self,
        (tally, without): (&Tally<'_>, Option<&Tally<'_>>),
        path: &Path,
        classes: &Arc<[Class]>,
    ) -> Cell {
        let parts = self.dimensions.iter().cloned().zip(path.iter().cloned());
        let parts = parts.filter(|(_, values)| !values.is_empty()).collect();
        let ground = Arc::clone(&tally.ground);
        let without = without.map(|without| Arc::clone(&without.ground));
        Cell { ground, without, parts, classes: Arc::clone(classes) }
    }
}

/// A table counted as the record stood.
pub(super) struct Tally<'s> {
    pub ground: Arc<Ground>,
    pub bases: Option<&'s Bases>,
    pub facets: Vec<Facet>,
    pub groups: Arc<Groups>,
    /// For who sees no small figures: a cell is told where each of these tells it.
    pub told: Vec<Told>,
}

impl Tally<'_> {
    fn tells(&self, path: &Path) -> bool {
        self.told.iter().all(|told| told.cells.contains(path))
    }

    fn count(&self, path: &Path) -> i64 {
        self.groups.get(path).map_or(0, |group| group.count)
    }

    fn figures<F>(
        &self,
        question: &Question<F>,
        (path, keys): (&Path, &[Key]),
        whole: &Path,
    ) -> Vec<Option<Figure>> {
        let none = Group::default();
        let group = self.groups.get(path).unwrap_or(&none);
        let whole = Some(self.count(whole)).filter(|_| self.tells(whole));
        let base = self.bases.and_then(|bases| bases.of(keys));
        let figure = |each: &Measured| {
            let is_told = self.told.iter().all(|told| told.tells(*each, path));
            figure(*each, group, (whole, base)).filter(|_| is_told)
        };
        question.measures.iter().map(figure).collect()
    }
}

/// A figure less that of then, where both are there.
fn less((now, then): (&Option<Figure>, &Option<Figure>)) -> Option<Figure> {
    Some(match ((*now)?, (*then)?) {
        (Figure::Whole(now), Figure::Whole(then)) => Figure::Whole(now - then),
        (now, then) => Figure::Real(now.number() - then.number()),
    })
}

impl super::Having {
    fn holds(&self, number: f64) -> bool {
        self.at_least.is_none_or(|least| number >= least)
            && self.at_most.is_none_or(|most| number <= most)
    }
}

/// Of each of these no two at a time for who sees no small figures: one lies in the other.
const PLACES: &[Dimension] =
    &[Dimension::County, Dimension::Township, Dimension::Village, Dimension::Station];
const TIMES: &[Dimension] =
    &[Dimension::Year, Dimension::Quarter, Dimension::Month, Dimension::Week, Dimension::Day];
/// The kind of a ledger, and the details of one kind each.
const LEDGERS: &[Dimension] = &[
    Dimension::Kind,
    Dimension::ChildKind,
    Dimension::LivingArrangement,
    Dimension::DisabilityCategory,
    Dimension::DisabilityGrade,
];

/// A part of a dimension, down to one of its values.
struct Part {
    dimension: Dimension,
    values: Vec<Option<String>>,
}

/// # Errors
/// `Invalid` for two dimensions of one family.
fn check_for_shielded(by: &[By]) -> Result<(), HubError> {
    for family in [PLACES, TIMES, LEDGERS] {
        if by.iter().filter(|by| family.contains(&by.dimension)).count() > 1 {
            let words: Vec<_> = family.iter().map(|dimension| dimension.code()).collect();
            let text = format!("by takes one of {} for this account", words.join(", "));
            return Err(HubError::Invalid(text));
        }
    }
    Ok(())
}

/// Refuses to tell how old people are by a year or two, or how old one of them is.
///
/// # Errors
/// `Invalid` for bands too narrow, or for a filter that names someone.
pub(super) fn check_ages(by: &[By], names_someone: bool) -> Result<(), HubError> {
    let Some(by) = by.iter().find(|by| by.dimension == Dimension::AgeBand) else { return Ok(()) };
    if names_someone {
        let text = "this account is told ages of many, not of one; leave the person out of where";
        return Err(HubError::Invalid(text.to_owned()));
    }
    if by.bands.windows(2).any(|ages| ages[1] - ages[0] < NARROWEST) {
        let text = format!("bands of ages span {NARROWEST} years at least for this account");
        return Err(HubError::Invalid(text));
    }
    Ok(())
}

/// A division as a part of the table of places.
///
/// # Errors
/// `Invalid` for one that ended: what was recorded there counts where it lies today.
fn place_of(code: &DivisionCode, ground: &Ground) -> Result<Part, HubError> {
    let dimension = match code.level() {
        DivisionLevel::City | DivisionLevel::County => Dimension::County,
        DivisionLevel::Township => Dimension::Township,
        DivisionLevel::Village => Dimension::Village,
    };
    let digits = DIGITS.into_iter().take(levels(dimension));
    let values: Vec<_> = digits.map(|digits| ground.part(code.as_str(), digits)).collect();
    let today = values.last().cloned().flatten().unwrap_or_default();
    if today == code.as_str() {
        return Ok(Part { dimension, values });
    }
    Err(HubError::Invalid(format!("{code} ended; ask for what took over, {today}")))
}

/// The year, quarter, month or day that a span is; none for all days.
///
/// # Errors
/// `Invalid` for another span: with the one beside it, it would tell of the days between.
fn time_of(days: Days) -> Result<Option<Part>, HubError> {
    let (from, to) = match (days.from, days.to) {
        (None, None) => return Ok(None),
        (from, to) => (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX)),
    };
    let units = [Dimension::Year, Dimension::Quarter, Dimension::Month, Dimension::Day];
    let is_unit = |dimension: &Dimension| {
        let same = |day: NaiveDate| period(*dimension, day) == period(*dimension, from);
        let starts = from.pred_opt().is_some_and(|day| !same(day));
        let ends = to.succ_opt().is_some_and(|day| !same(day));
        starts && ends && same(to)
    };
    let text = "this account is told figures of a year, a quarter, a month or a day at a time";
    let unit = units.into_iter().find(is_unit);
    let dimension = unit.ok_or_else(|| HubError::Invalid(text.to_owned()))?;
    Ok(Some(Part { dimension, values: period(dimension, from) }))
}

/// What of a table is told to who sees no small figures.
pub(super) struct Told {
    pub cells: BTreeSet<Path>,
    /// The same of the figures that are about some of a cell's people only.
    of_some: Vec<(Measured, BTreeSet<Path>)>,
}

impl Told {
    /// # Errors
    /// `Invalid` where too much of the table is about a few people.
    pub fn of(measures: &[Measured], overlaps: &[bool], groups: &Groups) -> Result<Self, HubError> {
        Self::by(Cube::told, measures, overlaps, groups)
    }

    /// The same of the changes of all cells.
    ///
    /// # Errors
    /// `Invalid` where too much of the table is about a few people.
    pub fn of_changes(
        measures: &[Measured],
        overlaps: &[bool],
        changes: &Groups,
    ) -> Result<Self, HubError> {
        Self::by(Cube::told_of_changes, measures, overlaps, changes)
    }

    fn by(
        told: fn(&Cube) -> Result<BTreeSet<Path>, HubError>,
        measures: &[Measured],
        overlaps: &[bool],
        groups: &Groups,
    ) -> Result<Self, HubError> {
        let cell =
            |path: &Path, figure, people| disclosure::Cell { key: path.clone(), figure, people };
        let all = groups.iter().map(|(path, group)| cell(path, group.count, group.subjects));
        let cells = told(&Cube::of(overlaps.to_vec(), all))?;
        let mut of_some = Vec::new();
        for measured in measures.iter().filter(|each| some_of(**each, &Group::default()).is_some())
        {
            let some = groups.iter().map(|(path, group)| {
                let people = some_of(*measured, group).unwrap_or_default();
                // What is not told at all is no cover.
                let safe = if cells.contains(path) { people } else { 0 };
                cell(path, people, safe)
            });
            // The same people and households stand in several cells; numbers are those of rows.
            let repeats = measured.fact.is_none();
            let overlaps = overlaps.iter().map(|overlaps| *overlaps || repeats).collect();
            of_some.push((*measured, told(&Cube::of(overlaps, some))?));
        }
        Ok(Self { cells, of_some })
    }

    fn tells(&self, measured: Measured, path: &Path) -> bool {
        let mut of_some = self.of_some.iter().filter(|(known, _)| *known == measured);
        of_some.next().is_none_or(|(_, told)| told.contains(path))
    }
}

/// How many people, or households, a figure of a cell is about, where those are not all of its.
fn some_of(measured: Measured, group: &Group) -> Option<i64> {
    match (measured.measure, measured.fact) {
        (Measure::People | Measure::Rate, _) => Some(group.people),
        (Measure::Households, _) => Some(group.households),
        (_, Some(fact)) => Some(group.with_fact.get(&fact).copied().unwrap_or_default()),
        _ => None,
    }
}

/// Every choice of a number up to each of these.
fn all_depths(most: &[usize]) -> Vec<Vec<usize>> {
    most.iter().fold(vec![Vec::new()], |depths, most| {
        let longer = |depth: &Vec<usize>| {
            let depth = depth.clone();
            (0..=*most).map(move |level| [depth.as_slice(), &[level]].concat())
        };
        depths.iter().flat_map(longer).collect()
    })
}

/// Whether rows that total over these of the dimensions are asked for.
fn is_wanted(totals: Totals, is_total: &[bool]) -> bool {
    match totals {
        Totals::None => !is_total.contains(&true),
        Totals::Rollup => is_total.is_sorted(),
        Totals::Cube => true,
    }
}

fn value(values: &[Option<String>], dimension: Dimension) -> Key {
    match values {
        [Some(of), value] if dimension == Dimension::Level || LEDGERS.contains(&dimension) => {
            Key::Of(of.clone(), value.clone())
        }
        [.., Some(value)] => Key::Value(value.clone()),
        _ => Key::Unknown,
    }
}

/// A figure of a cell, given how many rows there are in all and how many people the base has.
fn figure(
    measured: Measured,
    group: &Group,
    (whole, base): (Option<i64>, Option<Figure>),
) -> Option<Figure> {
    let numbers = measured.fact.and_then(|fact| group.facts.get(&fact));
    match measured.measure {
        Measure::Count => Some(Figure::Whole(group.count)),
        Measure::People => Some(Figure::Whole(group.people)),
        Measure::Households => Some(Figure::Whole(group.households)),
        Measure::Share => whole.and_then(|whole| ratio(group.count, whole)),
        Measure::Rate => {
            let base = base.map(Figure::number).filter(|base| *base > 0.0)?;
            Some(Figure::Real(Figure::Whole(group.people).number() * 1_000.0 / base))
        }
        Measure::Sum => numbers.map(|numbers| Figure::Whole(sum(numbers))),
        Measure::Mean => numbers.and_then(|numbers| ratio(sum(numbers), numbers.values().sum())),
        Measure::Median => numbers.and_then(median),
    }
}

fn sum(numbers: &BTreeMap<i64, i64>) -> i64 {
    numbers.iter().map(|(number, times)| number * times).sum()
}

fn ratio(part: i64, whole: i64) -> Option<Figure> {
    let (part, whole) = (Figure::Whole(part).number(), Figure::Whole(whole).number());
    (whole > 0.0).then(|| Figure::Real(part / whole))
}

/// The number in the middle, or half the sum of the two in the middle.
fn median(numbers: &BTreeMap<i64, i64>) -> Option<Figure> {
    let count: i64 = numbers.values().sum();
    let at = |place: i64| {
        let mut before = 0;
        let mut found = numbers.iter();
        found.find(|(_, times)| {
            before += **times;
            before > place
        })
    };
    let (low, high) = (at((count - 1) / 2)?, at(count / 2)?);
    ratio(low.0 + high.0, 2)
}

/// As the question has it; figures that are not there come last.
fn in_order<F>(question: &Question<F>, a: &Row, b: &Row) -> Ordering {
    let by_keys = || a.keys.iter().map(rank).cmp(b.keys.iter().map(rank));
    let Some((figure, largest_first)) = question.order else { return by_keys() };
    let number = |row: &Row| row.figures[figure].map(Figure::number);
    let by_figure = match (number(a), number(b)) {
        (Some(a), Some(b)) if largest_first => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    by_figure.then_with(by_keys)
}

/// Values in their order, then what is unknown, then the total.
fn rank(key: &Key) -> (u8, &str, bool, &str) {
    match key {
        Key::Value(value) => (0, value, false, ""),
        Key::Of(of, value) => (0, of, value.is_none(), value.as_deref().unwrap_or_default()),
        Key::Unknown => (1, "", false, ""),
        Key::Total => (2, "", false, ""),
    }
}
