//! The figures of a list, cell by cell, and which of them a viewer is told.
//!
//! Who does not see small figures is told one where it may stand beside every other that makes up a
//! total with it: the other cells of its own table, those of the tables of which its filter picks
//! cells, and those of the places beside its own; and so for the place in which that lies.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::{person_station, visit};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, SelectStatement},
};

use super::{
    Cell, Criterion, Split, people, shown,
    siblings::{PLACE, Place, Siblings},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    listing::{Anchor, FilteredPlaces, Link, Listing, Relation, StationRef, at_stations},
    policy::Found,
    visits::VisitFilter,
};

/// The most parts of a filter that pick cells: each with each of the others makes a table.
const CROSSED: usize = 3;

/// The keys of a cell: of its table, and within it its own.
pub(crate) type Keys = Vec<String>;

/// The figures of a table by key; none where they are suppressed.
pub type Figures<K> = Vec<(K, Option<i64>)>;

/// The figures of each place.
pub(super) type PlacedFigures = HashMap<Place, Figures<Keys>>;

/// The cells of a table at each place.
struct Cells(HashMap<Place, Vec<Cell<Keys>>>);

impl Cells {
    fn at(&self, place: &str) -> &[Cell<Keys>] {
        self.0.get(place).map_or(&[], Vec::as_slice)
    }

    fn cell(&self, place: &str, key: &Keys) -> Cell<Keys> {
        let found = self.at(place).iter().find(|cell| cell.key == *key);
        found.cloned().unwrap_or_else(|| empty(key.clone()))
    }

    /// The chosen cells first, also those in which there is nothing.
    fn table(&self, place: &str, choices: &[Keys]) -> Vec<Cell<Keys>> {
        let chosen = choices.iter().map(|key| self.cell(place, key));
        let others = self.at(place).iter().filter(|cell| !choices.contains(&cell.key));
        chosen.chain(others.cloned()).collect()
    }

    /// Adds a cell of this name to each table whose rows are cells of these, where it is small.
    fn put_small(&mut self, tables: Self, name: &str) {
        for (place, tables) in tables.0 {
            let small = tables.into_iter().filter(Cell::is_small);
            let named = small.map(|mut cell| {
                cell.key.push(name.to_owned());
                cell
            });
            self.0.entry(place).or_default().extend(named);
        }
    }

    /// The figures of a place, each where its table shows it there and in the places around, and
    /// where it may stand beside that of the neighbours.
    fn figures(&self, siblings: &Siblings, place: &Place, choices: &[Keys]) -> Figures<Keys> {
        let table = self.table(place, choices);
        let keys: Vec<_> = table.iter().map(|cell| cell.key.clone()).collect();
        let around: Vec<_> =
            siblings.line(place).map(|place| shown_of_each(&self.table(place, &keys))).collect();
        let figure = |(at, cell): (usize, Cell<Keys>)| {
            let told = around.iter().all(|shown| shown[at])
                && siblings.show(place, &|place: &Place| self.cell(place, &cell.key));
            (cell.key, told.then_some(cell.figure))
        };
        table.into_iter().enumerate().map(figure).collect()
    }
}

fn empty<K>(key: K) -> Cell<K> {
    Cell { key, figure: 0, people: 0 }
}

impl Hub {
    /// The figures of a list by the cells of a split, those of the choices first and in their order.
    ///
    /// # Errors
    /// `Invalid` for an unknown division, `Unseen` where the cells are not the viewer's to see.
    pub(crate) async fn figures<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        split: &Split,
        choices: &[Keys],
    ) -> Result<Figures<Keys>, HubError> {
        let whole = Siblings::whole();
        let mut anywhere = filter.clone();
        let FilteredPlaces { division, stations } = E::take_places(&mut anywhere);
        let siblings = match (&division, stations.as_slice()) {
            _ if viewer.sees_small_figures() || E::subject().is_none() => None,
            (None, []) => {
                let told = self.told::<E>(viewer, &whole, filter, split, choices).await?;
                return Ok(told.into_values().next().unwrap_or_default());
            }
            // What a station did in a division is the figure of either but for a few.
            (Some(_), [_, ..]) => Some(HashMap::new()),
            (None, stations) if self.shared::<E>(viewer, &anywhere, stations).await? => {
                Some(HashMap::new())
            }
            (division, stations) => {
                let siblings = self.siblings(division.as_slice(), stations).await?;
                Some(self.told::<E>(viewer, &siblings, &anywhere, split, choices).await?)
            }
        };
        let cells = self.cells::<E>(viewer, filter, (&whole, false), &[split]).await?;
        let figure = |cell: Cell<Keys>| {
            let told = siblings.as_ref().is_none_or(|places| {
                !cell.is_small()
                    && !places.is_empty()
                    && places.values().all(|figures| is_told(figures, &cell.key))
            });
            (cell.key, told.then_some(cell.figure))
        };
        Ok(cells.table("", choices).into_iter().map(figure).collect())
    }

    /// Whether a few are served by several of these stations: what the figures of all leave of theirs
    /// together.
    async fn shared<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        stations: &[StationRef],
    ) -> Result<bool, HubError> {
        use person_station::{Column, Entity};
        if !matches!(E::link(Relation::Station), Some(Link::ServedBy)) || stations.len() < 2 {
            return Ok(false);
        }
        let same = Column::PersonId.into_expr().equals((E::default().table_name(), E::ID));
        let serving = Entity::find()
            .select_only()
            .expr(Expr::col(Asterisk).count())
            .filter(same)
            .filter(viewer.within(Column::StationId))
            .filter(at_stations(Column::StationId, stations));
        let several = Condition::all().add(Expr::from(serving.into_query()).gt(1));
        let places = (&Siblings::whole(), false);
        let shared = self.cells_of::<E>(viewer, filter, places, &[], several).await?;
        Ok(shared.cell("", &Keys::new()).is_small())
    }

    /// How many rows of a list each division or station has, for a viewer who sees no small figures.
    ///
    /// # Errors
    /// `Invalid` for an unknown division.
    pub(crate) async fn figure_of_each<E: Listing>(
        &self,
        viewer: &Viewer,
        parents: &[Anchor],
        filter: &E::Filter,
    ) -> Result<HashMap<Anchor, Option<i64>>, HubError> {
        let (mut divisions, mut stations) = (Vec::new(), Vec::new());
        for parent in parents {
            match parent {
                Anchor::Area(code) => divisions.push(code.clone()),
                Anchor::Id(id) => stations.push(StationRef::Id(*id)),
            }
        }
        let mut anywhere = filter.clone();
        // Of a place within a place there are a few, or all but a few.
        if E::take_places(&mut anywhere) != FilteredPlaces::default() {
            return Ok(parents.iter().map(|parent| (parent.clone(), None)).collect());
        }
        let siblings = self.siblings(&divisions, &stations).await?;
        let (split, choices) = (Split::none(), [Keys::new()]);
        let told = self.told::<E>(viewer, &siblings, filter, &split, &choices).await?;
        let figure = |parent: &Anchor| {
            let place = match parent {
                Anchor::Area(code) => Some(code.as_str()),
                Anchor::Id(id) => siblings.stations_by_id.get(id).map(String::as_str),
            };
            let figures = place.and_then(|place| told.get(place))?;
            figures.iter().find_map(|(_, figure)| *figure)
        };
        Ok(parents.iter().map(|parent| (parent.clone(), figure(parent))).collect())
    }

    /// The figures of each place that is asked for, for a viewer who sees no small ones: what each
    /// table shows that they stand in, and each that these are parts of. All parts of what is
    /// suppressed would add up to it.
    ///
    /// # Errors
    /// As for [`Hub::figures`].
    pub(super) async fn told<E: Listing>(
        &self,
        viewer: &Viewer,
        siblings: &Siblings,
        filter: &E::Filter,
        split: &Split,
        choices: &[Keys],
    ) -> Result<PlacedFigures, HubError> {
        let mut told = self.told_alone::<E>(viewer, siblings, filter, split, choices).await?;
        let (none, whole) = (Split::none(), [Keys::new()]);
        let Some(mut totals) = wider::<E>(viewer, filter) else {
            suppress(&mut told, |_, _| true);
            return Ok(told);
        };
        if !split.keys.is_empty() {
            totals.insert(filter.clone());
        }
        for filter in totals {
            let totals = self.told_alone::<E>(viewer, siblings, &filter, &none, &whole).await?;
            suppress(&mut told, |place, _| !is_told_at(&totals, place, &whole[0]));
        }
        if let Some(tables) = split.of_tables() {
            let tables = self.told_alone::<E>(viewer, siblings, filter, &tables, &[]).await?;
            suppress(&mut told, |place, key| !is_told_at(&tables, place, &key[..1]));
        }
        let mut anyone = filter.clone();
        if let Some(visits) = E::take_visits(&mut anyone) {
            let visited = Box::pin(self.visited(viewer, siblings, &visits)).await?;
            let rest = self.rest::<E>(viewer, siblings, (&anyone, filter), split).await?;
            suppress(&mut told, |place, key| {
                let small = |place: &Place| rest.cell(place, key).is_small();
                !visited.contains(place) || siblings.line(place).any(small)
            });
        }
        Ok(told)
    }

    /// What the rows of one filter leave of those of another that holds them all.
    async fn rest<E: Listing>(
        &self,
        viewer: &Viewer,
        siblings: &Siblings,
        (all, some): (&E::Filter, &E::Filter),
        split: &Split,
    ) -> Result<Cells, HubError> {
        let places = (siblings, false);
        let everything = Condition::all();
        let some = self.cells_of::<E>(viewer, some, places, &[split], everything.clone()).await?;
        let mut rest = self.cells_of::<E>(viewer, all, places, &[split], everything).await?;
        for (place, cells) in &mut rest.0 {
            for cell in cells {
                let some = some.cell(place, &cell.key);
                cell.figure -= some.figure;
                cell.people -= some.people;
            }
        }
        Ok(rest)
    }

    /// What the tables show in which the figures stand themselves.
    async fn told_alone<E: Listing>(
        &self,
        viewer: &Viewer,
        siblings: &Siblings,
        filter: &E::Filter,
        split: &Split,
        choices: &[Keys],
    ) -> Result<PlacedFigures, HubError> {
        let cells = self.cells::<E>(viewer, filter, (siblings, true), &[split]).await?;
        let at = |place: &Place| (place.clone(), cells.figures(siblings, place, choices));
        let mut told: PlacedFigures = siblings.asked.iter().map(at).collect();
        for criterion in E::criteria(viewer, filter) {
            let splits = [split, &criterion.split];
            let finer =
                self.cells::<E>(viewer, &criterion.wider, (siblings, false), &splits).await?;
            suppress(&mut told, |place, key| {
                !siblings.line(place).all(|place| criterion.shows(finer.at(place), key))
            });
            if let Some(rows) = criterion.in_several() {
                let (wider, places) = (&criterion.wider, (siblings, false));
                let several = self.cells_of::<E>(viewer, wider, places, &[split], rows).await?;
                suppress(&mut told, |place, key| {
                    siblings.line(place).any(|place| several.cell(place, key).is_small())
                });
            }
        }
        Ok(told)
    }

    /// The places at which those visited may be counted: where the visits to them may.
    async fn visited(
        &self,
        viewer: &Viewer,
        siblings: &Siblings,
        visits: &VisitFilter,
    ) -> Result<Vec<Place>, HubError> {
        let visits = VisitFilter { to_person: true, ..visits.clone() };
        let choices = [Keys::new()];
        let (mut anywhere, split) = (visits.clone(), Split::none());
        if visit::Entity::take_places(&mut anywhere) == FilteredPlaces::default() {
            let told = self.told::<visit::Entity>(viewer, siblings, &visits, &split, &choices);
            let told = told.await?.into_iter();
            return Ok(told
                .filter(|(_, figures)| is_told(figures, &choices[0]))
                .map(|(place, _)| place)
                .collect());
        }
        // Visits somewhere to people somewhere else are too few as a rule.
        if !siblings.are_whole() {
            return Ok(Vec::new());
        }
        let figures = self.figures::<visit::Entity>(viewer, &visits, &split, &choices).await?;
        Ok(siblings.asked.iter().filter(|_| is_told(&figures, &choices[0])).cloned().collect())
    }

    /// The cells of a list, split by all of these, at the places asked for or at all their siblings.
    /// What the total and all cells leave is one more, where it tells of a few: the rows that the
    /// viewer may not find, and those that stand in several cells.
    async fn cells<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        places: (&Siblings, bool),
        splits: &[&Split],
    ) -> Result<Cells, HubError> {
        let everything = Condition::all();
        let mut cells = self.cells_of::<E>(viewer, filter, places, splits, everything).await?;
        let Some((last, others)) = splits.split_last().filter(|_| !viewer.sees_small_figures())
        else {
            return Ok(cells);
        };
        let found = last.class.map(|class| viewer.finds_by(&[class])).transpose()?;
        let unfound = (found == Some(Found::Adults)).then(|| {
            // Whose rows name no person are not known to be an adult's either.
            let adults = Func::coalesce([E::adults(self.clock.today()).into(), Expr::val(false)]);
            Condition::all().add(Expr::from(adults).not())
        });
        for (name, rows) in [("unfound", unfound), ("several", last.in_several(&[]))] {
            if let Some(rows) = rows {
                let left = self.cells_of::<E>(viewer, filter, places, others, rows).await?;
                cells.put_small(left, name);
            }
        }
        Ok(cells)
    }

    async fn cells_of<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        (siblings, with_siblings): (&Siblings, bool),
        splits: &[&Split],
        rows: Condition,
    ) -> Result<Cells, HubError> {
        let all = self.cells_in_all::<E>(viewer, filter, splits, rows).await?;
        let keys = splits.iter().map(|split| split.keys.len()).sum();
        let mut cells: HashMap<_, Vec<_>> = HashMap::new();
        for statement in siblings.each::<E>(viewer, &all, with_siblings) {
            for row in self.db.read().query_all(&statement).await? {
                let text = |column: String| row.try_get::<Option<String>>("", &column);
                let key: Result<Keys, _> = (0..keys)
                    .map(|at| Ok::<_, HubError>(text(key(at))?.unwrap_or_default()))
                    .collect();
                cells.entry(row.try_get::<String>("", PLACE)?).or_default().push(Cell {
                    key: key?,
                    figure: row.try_get("", FIGURE)?,
                    people: row.try_get("", PEOPLE)?,
                });
            }
        }
        Ok(Cells(cells))
    }

    async fn cells_in_all<E: Listing>(
        &self,
        viewer: &Viewer,
        filter: &E::Filter,
        splits: &[&Split],
        rows: Condition,
    ) -> Result<SelectStatement, HubError> {
        let mut rows = self.rows_of::<E>(viewer, filter).await?.add(rows);
        for class in splits.iter().filter_map(|split| split.class) {
            rows = rows.add(self.found_by::<E>(viewer, &[class])?);
        }
        let mut statement = E::find().select_only().filter(rows).into_query();
        for (table, on) in splits.iter().filter_map(|split| split.join.clone()) {
            statement.join(JoinType::LeftJoin, table, on);
        }
        for (at, each) in splits.iter().flat_map(|split| &split.keys).enumerate() {
            statement.expr_as(each.clone().cast_as("text"), key(at)).group_by_col(key(at));
        }
        let figure: Expr = match splits.iter().any(|split| split.repeats) {
            true => Expr::col((E::default().table_name(), E::ID)).count_distinct(),
            false => Func::count(Expr::col(Asterisk)).into(),
        };
        let who = E::subject().filter(|_| !viewer.sees_small_figures());
        let people = who.map_or(Expr::val(0_i64), people);
        Ok(statement.expr_as(figure, FIGURE).expr_as(people, PEOPLE).to_owned())
    }
}

const FIGURE: &str = "figure";
const PEOPLE: &str = "people";

fn key(at: usize) -> String {
    format!("key{at}")
}

/// The filters that leave out some of what picks cells, or all; none where that is too much of it.
fn wider<E: Listing>(viewer: &Viewer, filter: &E::Filter) -> Option<HashSet<E::Filter>> {
    let (mut found, mut ahead) = (HashSet::new(), vec![filter.clone()]);
    while let Some(filter) = ahead.pop() {
        let criteria = E::criteria(viewer, &filter);
        if criteria.len() > CROSSED {
            return None;
        }
        for Criterion { wider, .. } in criteria {
            if found.insert(wider.clone()) {
                ahead.push(wider);
            }
        }
    }
    Some(found)
}

fn is_told_at(figures: &PlacedFigures, place: &Place, key: &[String]) -> bool {
    figures.get(place).is_some_and(|figures| is_told(figures, key))
}

fn is_told(figures: &Figures<Keys>, key: &[String]) -> bool {
    figures.iter().any(|(known, figure)| known == key && figure.is_some())
}

fn suppress(told: &mut PlacedFigures, is_hidden: impl Fn(&Place, &Keys) -> bool) {
    for (place, figures) in told {
        for (_, figure) in figures.iter_mut().filter(|(key, _)| is_hidden(place, key)) {
            *figure = None;
        }
    }
}

/// Which cells are shown, where their keys but the last name the table in which each stands.
fn shown_of_each(cells: &[Cell<Keys>]) -> Vec<bool> {
    let mut tables: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (at, cell) in cells.iter().enumerate() {
        let table = cell.key.split_last().map_or(&[][..], |(_, table)| table);
        tables.entry(table).or_default().push(at);
    }
    let mut all = vec![false; cells.len()];
    for places in tables.into_values() {
        let table: Vec<_> = places.iter().map(|at| cells[*at].clone()).collect();
        for (at, shown) in places.into_iter().zip(shown(&table)) {
            all[at] = shown;
        }
    }
    all
}

impl<F> Criterion<F> {
    /// The rows that stand in several of the cells which the filter picks together.
    fn in_several(&self) -> Option<Condition> {
        if self.together.len() < 2 {
            return None;
        }
        self.split.in_several(&self.together)
    }

    /// Whether the cells that the filter asks for are shown, of the tables that split this one.
    fn shows(&self, cells: &[Cell<Keys>], split: &Keys) -> bool {
        let of_split = cells.iter().filter(|cell| cell.key.starts_with(split));
        let mut table: Vec<_> = of_split
            .map(|cell| Cell { key: cell.key[split.len()..].to_vec(), ..cell.clone() })
            .collect();
        let tables: BTreeSet<_> =
            table.iter().map(|cell| cell.key[..cell.key.len() - 1].to_vec()).collect();
        for of in tables {
            for asked in &self.asked {
                let key = [of.clone(), vec![asked.clone()]].concat();
                if !table.iter().any(|cell| cell.key == key) {
                    table.push(empty(key));
                }
            }
        }
        let shown = shown_of_each(&table);
        let is_asked =
            |cell: &Cell<Keys>| cell.key.last().is_some_and(|key| self.asked.contains(key));
        table.iter().zip(shown).all(|(cell, shown)| shown || !is_asked(cell))
    }
}
