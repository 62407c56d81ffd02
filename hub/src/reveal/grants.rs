//! What is open to an account now.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{RevealStatus, reveal};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    policy::{Class, Sight},
};

/// The grants of one account that are open.
#[derive(Clone, Debug, Default)]
pub struct Grants(HashMap<Uuid, HashSet<Class>>);

impl Grants {
    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sight of a class of data on someone, given what the policy alone would show: what is
    /// masked opens, what is hidden does not, as by a token that was narrowed. What holds
    /// data of every class on a minor opens where all that identifies them is open.
    #[must_use]
    pub fn sight(&self, person: Uuid, class: Class, below: Sight) -> Sight {
        let Some(open) = self.0.get(&person) else { return below };
        let opens = match class {
            Class::Minor => {
                let mut identifying = Class::ALL.iter().filter(|class| class.identifies());
                identifying.all(|class| *class == Class::Minor || open.contains(class))
            }
            class => open.contains(&class),
        };
        if opens && below == Sight::Masked { Sight::Plain } else { below }
    }
}

impl Hub {
    /// The viewer's grants that are open now.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn grants(&self, viewer: &Viewer) -> Result<Grants, HubError> {
        let open = open(self.clock.now()).filter(reveal::Column::AccountId.eq(viewer.account_id));
        let mut grants = Grants::default();
        for row in open.all(self.db.read()).await? {
            let classes = row.classes.0.into_iter().map(Class::from);
            grants.0.entry(row.person_id).or_default().extend(classes);
        }
        Ok(grants)
    }
}

/// Whether any grant is open to the account that a column names.
pub(crate) fn any<C: ColumnTrait>(account_id: C, now: DateTime<Utc>) -> Expr {
    let same = reveal::Column::AccountId.into_expr().equals(account_id.as_column_ref());
    let open = open(now).filter(same).select_only().expr(Expr::val(1));
    Expr::exists(open.into_query())
}

fn open(now: DateTime<Utc>) -> Select<reveal::Entity> {
    reveal::Entity::find()
        .filter(reveal::Column::Status.eq(RevealStatus::Open))
        .filter(reveal::Column::EndsAt.gt(now))
}
