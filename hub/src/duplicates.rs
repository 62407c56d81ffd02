//! People on record who look like one (decision 0005), for whom somebody has to say whether they are.
//! It takes one statement to find a page of them, and none compares everyone with everyone: from each
//! person one goes to the namesakes by the index of names.

use std::cmp::Ordering;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{DivisionCode, Role, TokenScope, kept_apart, ledger_entry, person};
use person::Column;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    columns::Columns,
    divisions::Areas,
    listing::{StationRef, at_stations},
    page::{Page, forward_rows},
    policy::{self, Class, Found},
    reveal::told,
    trail::Access,
};

/// Under which name the one recorded first stands in a statement.
const EARLIER: &str = "earlier";
/// The word under which keeping apart is noted.
const KEEP_APART: &str = "KEEP_APART";

/// Of whom at least one stands in an open ledger at one of these.
#[derive(Clone, Debug, Default)]
pub struct DuplicateFilter {
    pub stations: Vec<StationRef>,
    pub division: Option<DivisionCode>,
}

/// Two people who look like one: of one name, of one sex and birth date as far as both are known, and not
/// with a resident ID each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Likely {
    pub earlier: Uuid,
    /// Recorded later, and so likelier to be the one that is too many.
    pub later: Uuid,
}

impl Likely {
    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("likely/{}/{}", self.later, self.earlier))
    }

    fn of_cursor(cursor: &str) -> Result<Self, HubError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let ids = text.as_deref().and_then(|text| text.strip_prefix("likely/")?.split_once('/'));
        let likely = ids.and_then(|(later, earlier)| {
            Some(Self { later: later.parse().ok()?, earlier: earlier.parse().ok()? })
        });
        likely.ok_or_else(|| {
            HubError::Invalid(format!("{cursor:?} is no cursor of likely duplicates"))
        })
    }

    fn of(a: Uuid, b: Uuid) -> Result<Self, HubError> {
        match a.cmp(&b) {
            Ordering::Less => Ok(Self { earlier: a, later: b }),
            Ordering::Greater => Ok(Self { earlier: b, later: a }),
            Ordering::Equal => Err(HubError::Invalid("a and b are one person".to_owned())),
        }
    }
}

impl Hub {
    /// The pairs that look like one person and stand in an open ledger each, within reach, whom nobody
    /// has kept apart; the last recorded first.
    ///
    /// # Errors
    /// `Unseen` for who does not see names plainly, since a pair tells that two have one name; `Invalid`
    /// for a wrong page or an unknown division.
    pub async fn likely_duplicates(
        &self,
        viewer: &Viewer,
        filter: &DuplicateFilter,
        (first, after): (Option<i64>, Option<&str>),
    ) -> Result<Page<Likely>, HubError> {
        viewer.needs(TokenScope::Read)?;
        let found = viewer.finds_by(&[Class::Identity])?;
        let rows = forward_rows(first)?;
        let areas = self.areas(&filter.division.iter().collect::<Vec<_>>()).await?;
        let mut pairs = namesakes();
        pairs
            .cond_where(alike())
            .cond_where(standing(viewer))
            .cond_where(at(viewer, filter, &areas))
            .and_where(Expr::exists(decided()).not())
            .limit(rows + 1);
        if found == Found::Adults {
            pairs.cond_where(policy::adults(self.clock.today()));
            pairs.and_where(earlier(Column::BirthDate).is_not_null());
        }
        if let Some(Likely { later, earlier: first }) = after.map(Likely::of_cursor).transpose()? {
            let place = Expr::tuple([Column::Id.into_expr(), earlier(Column::Id)]);
            pairs.and_where(place.lt(Expr::tuple([Expr::val(later), Expr::val(first)])));
        }
        let statement = self.db.backend().build(&pairs);
        let mut found = Likely::find_by_statement(statement).all(self.db.read()).await?;
        let size = usize::try_from(rows).unwrap_or(usize::MAX);
        let has_next = found.len() > size;
        found.truncate(size);
        Ok(Page { rows: found, has_previous: after.is_some(), has_next })
    }

    /// Decides that two people who look like one are two, so that they are told no more.
    ///
    /// # Errors
    /// `Forbidden` for who is no station's lead and no officer, or does not reach both; `Invalid` for one
    /// and the same, and for a reason that is too short or too long.
    pub async fn keep_apart(
        &self,
        viewer: &Viewer,
        (a, b): (Uuid, Uuid),
        reason: &str,
        asking: Access,
    ) -> Result<Likely, HubError> {
        viewer.needs(TokenScope::Submit)?;
        let reason = told("the reason", reason)?;
        let pair = Likely::of(a, b)?;
        let reached =
            self.by_ids::<person::Entity>(viewer, &[a, b], &Columns::Shown([].into())).await?;
        let decides = matches!(viewer.role, Role::StationLead | Role::CountyOfficer);
        if !decides || reached.len() < 2 {
            return Err(HubError::Forbidden);
        }
        let (operation, people) = (KEEP_APART.to_owned(), [a, b].into());
        let fields = ["Person".to_owned()].into();
        self.note_durably(Access { operation, people, fields, ..asking }).await?;
        let tx = self.db.write_tx().await?;
        let id = self.clock.new_id();
        let reason = self.keys.fresh(&tx).await?.seal(kept_apart::Column::Reason, id, &reason);
        let kept = kept_apart::ActiveModel {
            id: Set(id),
            earlier_id: Set(pair.earlier),
            later_id: Set(pair.later),
            account_id: Set(viewer.account_id),
            decided_at: Set(self.clock.now()),
            reason: Set(reason),
        };
        let mut decided =
            OnConflict::columns([kept_apart::Column::LaterId, kept_apart::Column::EarlierId]);
        decided.do_nothing_on([kept_apart::Column::Id]);
        kept_apart::Entity::insert(kept).on_conflict(decided).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(pair)
    }
}

fn earlier(column: Column) -> Expr {
    Expr::col((EARLIER, column))
}

/// Each person with the namesakes recorded before, the last recorded first.
fn namesakes() -> SelectStatement {
    Query::select()
        .expr_as(Column::Id.into_expr(), "later")
        .expr_as(earlier(Column::Id), EARLIER)
        .from(person::Entity)
        .join_as(
            sea_orm::JoinType::InnerJoin,
            person::Entity,
            EARLIER,
            Condition::all()
                .add(earlier(Column::Name).equals(Column::Name.as_column_ref()))
                .add(earlier(Column::Id).lt(Column::Id.into_expr())),
        )
        .order_by(Column::Id.as_column_ref(), Order::Desc)
        .order_by((EARLIER, Column::Id), Order::Desc)
        .take()
}

/// That nothing known of both tells them apart.
fn alike() -> Condition {
    let agree = |column: Column| {
        Condition::any()
            .add(column.is_null())
            .add(earlier(column).is_null())
            .add(earlier(column).equals(column.as_column_ref()))
    };
    let one_number = Condition::any()
        .add(Column::ResidentIndex.is_null())
        .add(earlier(Column::ResidentIndex).is_null());
    Condition::all().add(agree(Column::Sex)).add(agree(Column::BirthDate)).add(one_number)
}

/// The open entries within reach.
fn open(viewer: &Viewer) -> Select<ledger_entry::Entity> {
    ledger_entry::Entity::find()
        .select_only()
        .filter(ledger_entry::Column::ClosedOn.is_null())
        .filter(viewer.within(ledger_entry::Column::StationId))
}

/// That both stand in an open ledger within reach.
fn standing(viewer: &Viewer) -> Condition {
    let each = |person: Expr| {
        let same = ledger_entry::Column::PersonId.into_expr().eq(person);
        Expr::exists(open(viewer).expr(Expr::val(1)).filter(same).into_query())
    };
    let people = open(viewer).column(ledger_entry::Column::PersonId).into_query();
    Condition::all().add(Column::Id.in_subquery(people)).add(each(earlier(Column::Id)))
}

/// That at least one of them does at a place of the filter.
fn at(viewer: &Viewer, filter: &DuplicateFilter, areas: &Areas) -> Condition {
    if filter.stations.is_empty() && filter.division.is_none() {
        return Condition::all();
    }
    let there = open(viewer)
        .column(ledger_entry::Column::PersonId)
        .filter(at_stations(ledger_entry::Column::StationId, &filter.stations))
        .filter(areas.holds(ledger_entry::Column::DivisionCode, filter.division.as_ref()))
        .into_query();
    Condition::any()
        .add(Column::Id.in_subquery(there.clone()))
        .add(earlier(Column::Id).in_subquery(there))
}

/// What was decided of the two.
fn decided() -> SelectStatement {
    use kept_apart::Column as Apart;
    kept_apart::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(Apart::LaterId.into_expr().equals(Column::Id.as_column_ref()))
        .filter(Apart::EarlierId.into_expr().eq(earlier(Column::Id)))
        .into_query()
}
