//! Divisions: the list, and the areas that other lists are filtered by.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{DivisionCode, DivisionLevel, division};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, JoinType, Query},
};

use crate::{
    Hub, HubError,
    access::Viewer,
    listing::{Known, Link, Listing, Relation, begins_with, one_of},
    page::orders,
    policy::Class,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DivisionFilter {
    /// The division itself and all that lies in it.
    pub within: Option<DivisionCode>,
    pub levels: Vec<DivisionLevel>,
    pub name_prefix: Option<String>,
    /// In use on this day.
    pub valid_on: Option<NaiveDate>,
}

orders! {
    DivisionOrder(division) { CodeAsc: Code asc, CodeDesc: Code desc }
}

impl Listing for division::Entity {
    type Filter = DivisionFilter;
    type Order = DivisionOrder;
    const ID: division::Column = division::Column::Id;

    fn scope(_viewer: &Viewer) -> Condition {
        Condition::all()
    }

    fn asks_by(_filter: &DivisionFilter) -> Vec<Class> {
        Vec::new()
    }

    fn condition(_viewer: &Viewer, filter: &DivisionFilter, _known: &Known) -> Condition {
        use division::Column;
        let valid = filter.valid_on.map(|day| {
            Condition::all()
                .add(Column::ValidFrom.lte(day))
                .add(Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gte(day)))
        });
        let stem = filter.within.as_ref().map(DivisionCode::stem);
        Condition::all()
            .add(begins_with(Column::Code, stem))
            .add(one_of(Column::Level, &filter.levels))
            .add(begins_with(Column::Name, filter.name_prefix.as_deref()))
            .add_option(valid)
    }

    fn subject() -> Option<Expr> {
        None
    }

    fn link(relation: Relation) -> Option<Link<division::Column>> {
        match relation {
            Relation::ParentDivision => Some(Link::Column(division::Column::ParentId)),
            _ => None,
        }
    }
}

/// The areas of divisions as ranges of codes, each from the first code to one past the last. The
/// area of a division takes in what was recorded under codes that it, or a part of it, succeeded.
#[derive(Clone, Debug, Default)]
pub struct Areas(HashMap<DivisionCode, Vec<(String, String)>>);

impl Areas {
    pub(crate) fn ranges(&self, code: &DivisionCode) -> &[(String, String)] {
        self.0.get(code).map_or(&[], Vec::as_slice)
    }

    /// The rows of an area, by the column with their division code; all rows without a division.
    pub(crate) fn holds<C: ColumnTrait>(
        &self,
        column: C,
        code: Option<&DivisionCode>,
    ) -> Condition {
        let Some(code) = code else {
            return Condition::all();
        };
        let ranges = self.ranges(code).iter();
        ranges.fold(Condition::any(), |any, (low, high)| {
            any.add(column.gte(low).and(column.lt(high)))
        })
    }

    fn of(codes: &[&DivisionCode], succeeded: &[(String, String)]) -> Self {
        let areas = codes.iter().map(|code| {
            let mut ranges = vec![range(code.stem())];
            let mut known = 0;
            while known < ranges.len() {
                known = ranges.len();
                for (old, new) in succeeded {
                    if lies_in(&ranges, new) && !lies_in(&ranges, old) {
                        ranges.push(range(old));
                    }
                }
            }
            ((*code).clone(), ranges)
        });
        Self(areas.collect())
    }
}

/// `:` is the character after `9`.
fn range(stem: &str) -> (String, String) {
    (stem.to_owned(), format!("{stem}:"))
}

fn lies_in(ranges: &[(String, String)], code: &str) -> bool {
    ranges.iter().any(|(low, high)| low.as_str() <= code && code < high.as_str())
}

impl Hub {
    /// The areas of these divisions, by one statement; by none for no division.
    ///
    /// # Errors
    /// `Invalid` for a code that no division has.
    pub(crate) async fn areas(&self, codes: &[&DivisionCode]) -> Result<Areas, HubError> {
        if codes.is_empty() {
            return Ok(Areas::default());
        }
        let (old, new) = ("old", "new");
        let asked = codes.iter().map(|code| code.as_str());
        let statement = Query::select()
            .expr_as(Expr::col((old, division::Column::Code)), "old_code")
            .expr_as(Expr::col((new, division::Column::Code)), "new_code")
            .from_as(division::Entity, old)
            .join_as(
                JoinType::LeftJoin,
                division::Entity,
                new,
                Expr::col((new, division::Column::Id)).equals((old, division::Column::SuccessorId)),
            )
            .and_where(
                Expr::col((old, division::Column::SuccessorId)).is_not_null().or(Expr::col((
                    old,
                    division::Column::Code,
                ))
                .is_in(asked)),
            )
            .to_owned();
        let (mut known, mut succeeded) = (Vec::new(), Vec::new());
        for row in self.db.read().query_all(&statement).await? {
            let old: String = row.try_get("", "old_code")?;
            if let Some(new) = row.try_get::<Option<String>>("", "new_code")? {
                succeeded.push((old.clone(), new));
            }
            known.push(old);
        }
        for code in codes {
            if !known.iter().any(|known| known == code.as_str()) {
                return Err(HubError::Invalid(format!("there is no division {code}")));
            }
        }
        Ok(Areas::of(codes, &succeeded))
    }

    /// The divisions with these codes; where a code was used more than once, in that order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn divisions_by_codes(
        &self,
        _viewer: &Viewer,
        codes: &[String],
    ) -> Result<Vec<division::Model>, HubError> {
        let mut found = Vec::new();
        for codes in codes.chunks(10_000) {
            let select = division::Entity::find()
                .filter(division::Column::Code.is_in(codes.iter().map(String::as_str)))
                .order_by_asc(division::Column::ValidFrom);
            found.extend(select.all(self.db.read()).await?);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().expect("a division code")
    }

    #[test]
    fn an_area_takes_in_what_it_succeeded_and_nothing_twice() {
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        let succeeded = [
            pair("410801", "410802"),
            pair("410899001", "410801003"),
            pair("410802001001", "410802001002"),
            pair("410899002", "410811001"),
        ];
        let county = code("410802");
        let areas = Areas::of(&[&county], &succeeded);
        let stems: Vec<_> = areas.ranges(&county).iter().map(|(low, _)| low.as_str()).collect();
        assert_eq!(stems, ["410802", "410801", "410899001"]);
    }

    #[test]
    fn the_area_of_a_city_is_its_four_digits() {
        let city = code("410800");
        let areas = Areas::of(&[&city], &[]);
        assert_eq!(areas.ranges(&city), [("4108".to_owned(), "4108:".to_owned())]);
    }
}
