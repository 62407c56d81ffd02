//! Reading the trail: who has seen someone, and what an account has seen. That is noted too.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{Role, TokenScope, account, person, trail_row};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::{Access, people::seqs_of};
use crate::{
    Hub, HubError,
    access::Viewer,
    columns::Columns,
    page::{MAX_ROWS, Page, forward_rows},
};

/// The word under which reading the trail is noted.
const TRAIL: &str = "TRAIL";

/// Which rows of the trail.
#[derive(Clone, Debug, Default)]
pub struct AccessFilter {
    pub person: Option<Uuid>,
    /// The name an account signs in with.
    pub account: Option<String>,
    pub from: Option<DateTime<Utc>>,
    /// Not included.
    pub to: Option<DateTime<Utc>>,
    /// First words of operations, such as QUERY, SUBMIT.
    pub operations: Vec<String>,
}

/// A row of the trail as it is shown.
#[derive(Clone, Debug)]
pub struct Accessed {
    pub row: trail_row::Model,
    pub account: Option<account::Model>,
}

impl Accessed {
    /// Its place in a list.
    #[must_use]
    pub fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("trail/{}", self.row.seq))
    }
}

fn seq_of(cursor: &str) -> Result<i64, HubError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let seq = text.as_deref().and_then(|text| text.strip_prefix("trail/")?.parse().ok());
    seq.ok_or_else(|| HubError::Invalid(format!("{cursor:?} is no cursor of the trail")))
}

impl Hub {
    /// Who has seen or written a person's data, newest first: for a STATION_LEAD and a
    /// COUNTY_OFFICER within scope, and for an AUDITOR.
    ///
    /// # Errors
    /// `Forbidden` for others and out of scope, `Invalid` for a wrong page.
    pub async fn accesses_of(
        &self,
        viewer: &Viewer,
        person: Uuid,
        (first, after): (Option<i64>, Option<&str>),
        asking: Access,
    ) -> Result<Page<Accessed>, HubError> {
        reads_trail(viewer)?;
        match viewer.role {
            Role::StationLead | Role::CountyOfficer => {
                if self.by_ids::<person::Entity>(viewer, &[person], &Columns::All).await?.is_empty()
                {
                    return Err(HubError::Forbidden);
                }
            }
            Role::Auditor => {}
            _ => return Err(HubError::Forbidden),
        }
        let filter = AccessFilter { person: Some(person), ..AccessFilter::default() };
        self.read_trail(&filter, (first, after), asking).await
    }

    /// The rows of the trail, newest first: for an AUDITOR.
    ///
    /// # Errors
    /// `Forbidden` for others, `Invalid` for a wrong page.
    pub async fn accesses(
        &self,
        viewer: &Viewer,
        filter: &AccessFilter,
        (first, after): (Option<i64>, Option<&str>),
        asking: Access,
    ) -> Result<Page<Accessed>, HubError> {
        reads_trail(viewer)?;
        if viewer.role != Role::Auditor {
            return Err(HubError::Forbidden);
        }
        self.read_trail(filter, (first, after), asking).await
    }

    /// All rows of the trail about a person, newest first.
    pub(crate) async fn recipients(&self, person: Uuid) -> Result<Vec<trail_row::Model>, HubError> {
        let filter = AccessFilter { person: Some(person), ..AccessFilter::default() };
        let backend = self.db.backend();
        let mut rows: Vec<trail_row::Model> = Vec::new();
        loop {
            let before = rows.last().map(|row| trail_row::Column::Seq.lt(row.seq));
            let select = trail_row::Entity::find()
                .filter(condition(backend, &filter))
                .filter(Condition::all().add_option(before))
                .order_by_desc(trail_row::Column::Seq)
                .limit(MAX_ROWS);
            let page = select.all(self.db.read()).await?;
            if page.is_empty() {
                return Ok(rows);
            }
            rows.extend(page);
        }
    }

    async fn read_trail(
        &self,
        filter: &AccessFilter,
        (first, after): (Option<i64>, Option<&str>),
        asking: Access,
    ) -> Result<Page<Accessed>, HubError> {
        let rows = forward_rows(first)?;
        self.flush_trail().await?;
        let backend = self.db.backend();
        let before = after.map(seq_of).transpose()?;
        let select = trail_row::Entity::find()
            .filter(condition(backend, filter))
            .filter(Condition::all().add_option(before.map(|seq| trail_row::Column::Seq.lt(seq))))
            .order_by_desc(trail_row::Column::Seq)
            .limit(rows + 1);
        let mut found = select.all(self.db.read()).await?;
        let size = usize::try_from(rows).unwrap_or(usize::MAX);
        let has_next = found.len() > size;
        found.truncate(size);
        let rows = self.with_accounts(found).await?;
        let fields = ["Access".to_owned()].into();
        let people = filter.person.into_iter().collect();
        self.note(Access { operation: TRAIL.to_owned(), fields, people, ..asking }).await?;
        Ok(Page { rows, has_previous: after.is_some(), has_next })
    }

    async fn with_accounts(&self, rows: Vec<trail_row::Model>) -> Result<Vec<Accessed>, HubError> {
        let accounts: Vec<_> = rows.iter().filter_map(|row| row.account_id).collect();
        let accounts = self.accounts(&accounts).await?;
        let shown = rows.into_iter().map(|row| Accessed {
            account: accounts.iter().find(|known| Some(known.id) == row.account_id).cloned(),
            row,
        });
        Ok(shown.collect())
    }
}

fn condition(backend: DbBackend, filter: &AccessFilter) -> Condition {
    use trail_row::Column;
    let of_person = |id: Uuid| Column::Seq.in_subquery(seqs_of(backend, id));
    let of_account = |name: &str| {
        let accounts = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(account::Column::Username.eq(name));
        Column::AccountId.in_subquery(accounts.into_query())
    };
    // The name that a client gave its operation stands behind the word.
    let words = filter.operations.iter().fold(Condition::any(), |any, word| {
        any.add(Column::Operation.eq(word))
            .add(crate::listing::begins_with(Column::Operation, Some(&format!("{word} "))))
    });
    Condition::all()
        .add_option(filter.person.map(of_person))
        .add_option(filter.account.as_deref().map(of_account))
        .add_option(filter.from.map(|from| Column::At.gte(from)))
        .add_option(filter.to.map(|to| Column::At.lt(to)))
        .add_option((!filter.operations.is_empty()).then_some(words))
}

/// The trail names those who read: a token has to grant both.
fn reads_trail(viewer: &Viewer) -> Result<(), HubError> {
    viewer.needs(TokenScope::Read)?;
    viewer.needs(TokenScope::Staff)
}
