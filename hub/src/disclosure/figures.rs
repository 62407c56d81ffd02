//! The figures of a list, cell by cell, and which of them a viewer is told.
//!
//! Who does not see small figures is told one where it may stand beside every other that makes up a
//! total with it: the other cells of its own table, those of the tables of which its filter picks
//! cells, and those of the places beside its own; and so for the place in which that lies.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{person_station, visit};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait},
};

use super::{
    Cell, Criterion, Split,
    cells::{Cells, empty, shown_of_each},
    siblings::{Place, Siblings},
};
use crate::{
    Hub, HubError,
    access::Viewer,
    listing::{Anchor, FilteredPlaces, Link, Listing, Relation, StationRef, at_stations},
    visits::VisitFilter,
};

/// The most parts of a filter that pick cells: each with each of the others makes a table.
const CROSSED: usize = 2;

/// The keys of a cell: of its table, and within it its own.
pub(crate) type Keys = Vec<String>;

/// The figures of a table by key; none where they are suppressed.
pub type Figures<K> = Vec<(K, Option<i64>)>;

/// The figures of each place.
pub(super) type PlacedFigures = HashMap<Place, Figures<Keys>>;

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
        let nowhere = Some(PlacedFigures::new());
        let told_at = match (&division, stations.as_slice()) {
            _ if viewer.sees_small_figures() => None,
            _ if !has_counties::<E>() => nowhere,
            (None, []) => {
                let told = self.told::<E>(viewer, &whole, filter, split, choices).await?;
                return Ok(told.into_values().next().unwrap_or_default());
            }
            // What a station did in a division is the figure of either but for a few.
            (Some(_), [_, ..]) => nowhere,
            (None, stations) if self.shared::<E>(viewer, &anywhere, stations).await? => nowhere,
            (division, stations) => {
                let siblings = self.siblings(division.as_slice(), stations).await?;
                Some(self.told::<E>(viewer, &siblings, &anywhere, split, choices).await?)
            }
        };
        let cells = self.cells::<E>(viewer, filter, (&whole, false), &[split]).await?;
        let figure = |cell: Cell<Keys>| {
            let told = told_at.as_ref().is_none_or(|places| {
                !cell.is_small()
                    && !places.is_empty()
                    && places.values().all(|figures| is_told(figures, &cell.key))
            });
            (cell.key, told.then_some(cell.figure))
        };
        Ok(cells.table("", choices).into_iter().map(figure).collect())
    }

    /// Whether anyone is served by several of these stations, and so counted by each.
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
        Ok(shared.cell("", &[]).figure > 0)
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
        let nested = E::take_places(&mut anywhere) != FilteredPlaces::default();
        if nested || !has_counties::<E>() {
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
        let Some(mut totals) = wider::<E>(viewer, filter) else {
            suppress(&mut told, |_, _| true);
            return Ok(told);
        };
        if !split.keys.is_empty() {
            for filter in &totals {
                let cells = self.told_alone::<E>(viewer, siblings, filter, split, choices).await?;
                suppress(&mut told, |place, key| !is_told_at(&cells, place, key));
            }
            totals.insert(filter.clone());
        }
        let (none, whole) = (Split::none(), [Keys::new()]);
        for filter in &totals {
            let total = self.told_alone::<E>(viewer, siblings, filter, &none, &whole).await?;
            suppress(&mut told, |place, _| !is_told_at(&total, place, &whole[0]));
        }
        if let Some(tables) = split.of_tables() {
            let tables = self.told_alone::<E>(viewer, siblings, filter, &tables, &[]).await?;
            suppress(&mut told, |place, key| !is_told_at(&tables, place, &key[..1]));
        }
        let mut anyone = filter.clone();
        if let Some(visits) = E::take_visits(&mut anyone) {
            let visited = Box::pin(self.visited(viewer, siblings, &visits)).await?;
            suppress(&mut told, |place, _| !visited.contains(place));
            let (places, all) = ((siblings, true), Condition::all());
            let anyone = self.cells_of::<E>(viewer, &anyone, places, &[split], all.clone()).await?;
            let those = self.cells_of::<E>(viewer, filter, places, &[split], all).await?;
            suppress_rest(&mut told, siblings, &those, |place, key| anyone.cell(place, key));
        }
        Ok(told)
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
        let (places, all) = ((siblings, true), Condition::all());
        let cells = self.cells::<E>(viewer, filter, places, &[split]).await?;
        let at = |place: &Place| (place.clone(), cells.figures(siblings, place, choices));
        let mut told: PlacedFigures = siblings.asked.iter().map(at).collect();
        if split.overlaps {
            let total = self.cells_of::<E>(viewer, filter, places, &[], all).await?;
            suppress_rest(&mut told, siblings, &cells, |place, _| total.cell(place, &[]));
        }
        for criterion in E::criteria(viewer, filter) {
            self.suppress_by::<E>(&mut told, viewer, siblings, (&cells, split), &criterion).await?;
        }
        Ok(told)
    }

    /// Suppresses what a criterion picks of tables that do not show it, or that leave a few of them.
    async fn suppress_by<E: Listing>(
        &self,
        told: &mut PlacedFigures,
        viewer: &Viewer,
        siblings: &Siblings,
        (cells, split): (&Cells, &Split),
        criterion: &Criterion<E::Filter>,
    ) -> Result<(), HubError> {
        let (wider, splits) = (&criterion.wider, [split, &criterion.split]);
        let finer = self.cells::<E>(viewer, wider, (siblings, false), &splits).await?;
        suppress(told, |place, key| {
            !siblings.line(place).all(|place| criterion.shows(finer.at(place), key))
        });
        if !criterion.split.overlaps {
            return Ok(());
        }
        let (places, all) = ((siblings, true), Condition::all());
        let total = self.cells_of::<E>(viewer, wider, places, &[split], all).await?;
        suppress_rest(told, siblings, cells, |place, key| total.cell(place, key));
        let together = criterion.together.as_slice();
        let several = self.in_several::<E>(viewer, &criterion.split, together)?;
        if let (Some(rows), [_, _, ..]) = (several, together) {
            let places = (siblings, false);
            let several = self.cells_of::<E>(viewer, wider, places, &[split], rows).await?;
            suppress(told, |place, key| several.cell(place, key).figure > 0);
        }
        Ok(())
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

/// Whether its rows are counted by county too: else what is suppressed there would be had from the
/// stations.
fn has_counties<E: Listing>() -> bool {
    E::link(Relation::Division).is_some()
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

/// Suppresses the cells that leave a few of a total.
fn suppress_rest(
    told: &mut PlacedFigures,
    siblings: &Siblings,
    cells: &Cells,
    total: impl Fn(&Place, &Keys) -> Cell<Keys>,
) {
    suppress(told, |place, key| {
        !siblings.show(place, &|place: &Place| total(place, key).less(&cells.cell(place, key)))
    });
}

impl<F> Criterion<F> {
    /// Whether the cells that the filter asks for are shown, of the tables that split this one.
    fn shows(&self, cells: &[Cell<Keys>], split: &Keys) -> bool {
        let of_split = cells.iter().filter(|cell| cell.key.starts_with(split));
        let mut table: Vec<_> = of_split
            .map(|cell| Cell { key: cell.key[split.len()..].to_vec(), ..cell.clone() })
            .collect();
        let tables: BTreeSet<_> =
            table.iter().map(|cell| cell.key[..cell.key.len() - 1].to_vec()).collect();
        for asked in &self.asked {
            // Which table it would stand in is known where it stands in one.
            if !table.iter().any(|cell| cell.key.last() == Some(asked)) {
                let keys =
                    tables.iter().map(|of| [of.as_slice(), std::slice::from_ref(asked)].concat());
                table.extend(keys.map(empty));
            }
        }
        let shown = shown_of_each(&table);
        let is_asked =
            |cell: &Cell<Keys>| cell.key.last().is_some_and(|key| self.asked.contains(key));
        table.iter().zip(shown).all(|(cell, shown)| shown || !is_asked(cell))
    }
}
