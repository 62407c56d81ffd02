//! From a question to the cells that have to be counted, and from those to its answer.

use std::{cmp::Ordering, collections::BTreeMap};

use entity::{Dimension, DivisionCode, DivisionLevel, Fact, Measure, Totals};

use super::{
    Answer, By, Cell, Counted, Figure, Ground, Key, Question, Row,
    facet::Facet,
    table::{Group, Groups},
};
use crate::{
    HubError,
    disclosure::{self, Cube, Path},
    policy::Class,
};

/// The narrowest band of ages, in years, for who sees no small figures.
const NARROWEST: u8 = 5;

/// What is counted for a question.
pub(super) struct Plan<F> {
    pub filter: F,
    /// In one order for all questions, so that the same cells always stand in the same table.
    pub dimensions: Vec<By>,
    /// Where the dimensions of the question are among them, in its order.
    asked: Vec<usize>,
    /// Only cells beneath this division: which dimension, and its values there.
    within: Option<(usize, Vec<Option<String>>)>,
    is_shielded: bool,
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
        Self { filter, dimensions, asked, within: None, is_shielded: false }
    }

    /// For who sees no small figures: the table of the whole city, of which the question picks. What a
    /// filter leaves out of a table could be had from the same table without it, so there is none
    /// but for days and a division.
    ///
    /// # Errors
    /// `Invalid` for a question that needs another filter or ages too close; `Unseen` for
    /// submissions, which count the same records again.
    pub fn shielded<E: Counted<Filter = F>>(question: &Question<F>) -> Result<Self, HubError> {
        if E::DIVISION.is_none() {
            return Err(HubError::Unseen(Class::Identity));
        }
        let mut rest = question.filter.clone();
        let places = E::take_places(&mut rest);
        let spans = E::spans(&question.filter);
        if rest != spans || !places.stations.is_empty() {
            let text = "this account is told figures of all of a division and a span of days; put \
                        what the filter picks into by, such as STATION";
            return Err(HubError::Invalid(text.to_owned()));
        }
        for family in [PLACES, TIMES] {
            if question.by.iter().filter(|by| family.contains(&by.dimension)).count() > 1 {
                let words = family.iter().map(|dimension| dimension.code());
                let words: Vec<_> = words.collect();
                let text = format!("by takes one of {} for this account", words.join(", "));
                return Err(HubError::Invalid(text));
            }
        }
        if question
            .by
            .iter()
            .any(|by| by.bands.windows(2).any(|ages| ages[1] - ages[0] < NARROWEST))
        {
            let text = format!("bands of ages span {NARROWEST} years at least for this account");
            return Err(HubError::Invalid(text));
        }
        let division = places.division.filter(|code| code.level() != DivisionLevel::City);
        let by_place = question.by.iter().any(|by| PLACES.contains(&by.dimension));
        let more = division.iter().filter(|_| !by_place).map(|code| By::from(at_level(code)));
        let mut plan = Self::with(question, spans, more.collect());
        plan.is_shielded = true;
        if let Some(code) = division {
            plan.within = Some(plan.beneath(&code)?);
        }
        Ok(plan)
    }

    /// Where the dimension of places has a division.
    fn beneath(&self, code: &DivisionCode) -> Result<(usize, Vec<Option<String>>), HubError> {
        let mut places = self.dimensions.iter().enumerate();
        let place = places.find(|(_, by)| PLACES.contains(&by.dimension));
        let levels = match code.level() {
            DivisionLevel::City => 0,
            DivisionLevel::County => 1,
            DivisionLevel::Township => 2,
            DivisionLevel::Village => 3,
        };
        let Some((at, _)) = place.filter(|(_, by)| levels <= divisions_of(by.dimension)) else {
            let text = format!("{code} is finer than what by tells places apart by");
            return Err(HubError::Invalid(text));
        };
        let value = |digits: &usize| Some(code.as_str()[..*digits].to_owned());
        Ok((at, [6, 9, 12][..levels].iter().map(value).collect()))
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

    /// The rows of the answer, of the cells counted.
    pub fn answer(
        &self,
        question: &Question<F>,
        facets: &[Facet],
        ground: &Ground,
        groups: &Groups,
    ) -> Answer {
        let told = self.is_shielded.then(|| cube(facets, groups).told());
        let is_told = |path: &Path| told.as_ref().is_none_or(|told| told.contains(path));
        let whole = self.whole(facets);
        let whole = groups.get(&whole).filter(|_| is_told(&whole)).map(|group| group.count);
        let mut withheld = false;
        let mut rows = Vec::new();
        for (path, group) in groups {
            let Some(keys) = self.keys(question, facets, path) else { continue };
            // That there is nothing at all is told as such.
            if group.count == 0 && !self.asked.is_empty() {
                continue;
            }
            if !is_told(path) {
                withheld = true;
                continue;
            }
            let figures: Vec<_> = question
                .measures
                .iter()
                .map(|each| figure((each.measure, each.fact), group, whole))
                .collect();
            let has = |having: &super::Having| {
                figures[having.figure].is_some_and(|figure| having.holds(figure.number()))
            };
            if question.having.iter().all(has) {
                let cell = self.cell(ground, path);
                rows.push(Row { keys, figures, count: group.count, cell });
            }
        }
        rows.sort_by(|a, b| in_order(question, a, b));
        let found = rows.len();
        rows.truncate(question.first);
        Answer { rows, found, withheld }
    }

    /// The cell that holds all that the question is about.
    fn whole(&self, facets: &[Facet]) -> Path {
        let mut whole: Path = facets.iter().map(|_| Vec::new()).collect();
        if let Some((at, values)) = &self.within {
            whole[*at].clone_from(values);
        }
        whole
    }

    /// Where a cell stands in the dimensions of the question; none where it is not asked for.
    fn keys(&self, question: &Question<F>, facets: &[Facet], path: &Path) -> Option<Vec<Key>> {
        if let Some((at, values)) = &self.within
            && !path[*at].starts_with(values)
        {
            return None;
        }
        let is_inside = |at: usize| self.within.as_ref().is_some_and(|(place, _)| *place == at);
        let top = |at: usize| {
            self.within.as_ref().map_or(0, |(_, values)| match is_inside(at) {
                true => values.len(),
                false => 0,
            })
        };
        let full = |at: usize| facets[at].levels.len();
        let key = |at: usize| match path[at].len() {
            depth if depth == full(at) => Some(value(&path[at], self.dimensions[at].dimension)),
            depth if depth == top(at) => Some(Key::Total),
            _ => None,
        };
        let keys: Vec<_> = self.asked.iter().map(|at| key(*at)).collect::<Option<_>>()?;
        let others = (0..path.len()).filter(|at| !self.asked.contains(at));
        let is_total: Vec<_> = keys.iter().map(|key| *key == Key::Total).collect();
        let is_asked = others.into_iter().all(|at| path[at].len() == top(at));
        (is_asked && is_wanted(question.totals, &is_total)).then_some(keys)
    }

    fn cell(&self, ground: &Ground, path: &Path) -> Cell {
        let parts = self.dimensions.iter().cloned().zip(path.iter().cloned());
        let parts = parts.filter(|(_, values)| !values.is_empty()).collect();
        Cell { ground: ground.clone(), parts }
    }
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

/// How many levels of divisions a dimension of places has.
fn divisions_of(dimension: Dimension) -> usize {
    match dimension {
        Dimension::Township => 2,
        Dimension::Village => 3,
        _ => 1,
    }
}

fn at_level(code: &DivisionCode) -> Dimension {
    match code.level() {
        DivisionLevel::City | DivisionLevel::County => Dimension::County,
        DivisionLevel::Township => Dimension::Township,
        DivisionLevel::Village => Dimension::Village,
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

fn cube(facets: &[Facet], groups: &Groups) -> Cube {
    let overlaps = facets.iter().map(|facet| facet.overlaps).collect();
    let cells = groups.iter().map(|(path, group)| disclosure::Cell {
        key: path.clone(),
        figure: group.count,
        people: group.subjects,
    });
    Cube::of(overlaps, cells)
}

fn value(values: &[Option<String>], dimension: Dimension) -> Key {
    match values {
        [Some(instrument), Some(level)] if dimension == Dimension::Level => {
            Key::Level(instrument.clone(), level.clone())
        }
        [.., Some(value)] => Key::Value(value.clone()),
        _ => Key::Unknown,
    }
}

fn figure(
    (measure, fact): (Measure, Option<Fact>),
    group: &Group,
    whole: Option<i64>,
) -> Option<Figure> {
    let numbers = fact.and_then(|fact| group.facts.get(&fact));
    match measure {
        Measure::Count => Some(Figure::Whole(group.count)),
        Measure::People => Some(Figure::Whole(group.people)),
        Measure::Households => Some(Figure::Whole(group.households)),
        Measure::Share => whole.and_then(|whole| ratio(group.count, whole)),
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
fn rank(key: &Key) -> (u8, &str, &str) {
    match key {
        Key::Value(value) => (0, value, ""),
        Key::Level(instrument, level) => (0, instrument, level),
        Key::Unknown => (1, "", ""),
        Key::Total => (2, "", ""),
    }
}
