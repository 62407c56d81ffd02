//! Rows that hang on one another, read together: a station, its newest visits, whom each was to, the newest
//! assessment of each. PostgreSQL answers by one statement. SQLite lies in this process, where a statement
//! costs no way: it is asked for the rows of each row above by itself, in one view of the file.
//!
//! What is read is what [`Hub::list`], [`Hub::list_of_each`] and [`Hub::by_ids`] read, by the same scope, the
//! same conditions and the same orders.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, ColumnType, Condition, DbBackend, DbErr, RuntimeErr, Statement, Value,
    sea_query::{
        Alias, DynIden, Expr, ExprTrait, IntoIden, JoinType, Order as Direction, Query,
        SelectStatement,
    },
    sqlx::{Row as _, postgres::PgRow},
};
use uuid::Uuid;

use crate::{
    Hub, HubError,
    access::Viewer,
    db::Short,
    listing::{Link, Listing, Relation},
    page::{Bounds, Order, Window},
    sqlite,
};
use entity::TokenScope;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Id,
    Text,
    Number,
    Flag,
    Day,
    Time,
    Sealed,
}

impl Kind {
    /// None for what no tree reads, such as JSON.
    #[must_use]
    pub fn of<C: ColumnTrait>(column: C) -> Option<Self> {
        Some(match column.def().get_column_type() {
            ColumnType::Uuid => Self::Id,
            ColumnType::Text | ColumnType::String(_) => Self::Text,
            ColumnType::BigInteger => Self::Number,
            ColumnType::Boolean => Self::Flag,
            ColumnType::Date => Self::Day,
            ColumnType::TimestampWithTimeZone => Self::Time,
            ColumnType::Blob => Self::Sealed,
            _ => return None,
        })
    }

    pub(crate) fn none(self) -> Value {
        match self {
            Self::Id => Value::Uuid(None),
            Self::Text => Value::String(None),
            Self::Number => Value::BigInt(None),
            Self::Flag => Value::Bool(None),
            Self::Day => Value::ChronoDate(None),
            Self::Time => Value::ChronoDateTimeUtc(None),
            Self::Sealed => Value::Bytes(None),
        }
    }
}

/// How rows hang on those of another branch, which is named by its place.
#[derive(Clone, Copy, Debug)]
pub enum Hang {
    /// On nothing: they are a list of the whole hub.
    Root,
    /// On nothing: the row of this id.
    Id(Uuid),
    /// The row whose id a column of the row above names.
    Named { above: usize, column: usize },
    /// The first of those that hang on the row above.
    First { above: usize, relation: Relation },
    /// Those that hang on the row above.
    Below { above: usize, relation: Relation },
}

/// Rows of a table: which, in which order, how many of each row above, and which columns. The first
/// column is the id.
pub struct Wanted<'a, E: Listing> {
    pub hang: Hang,
    pub filter: &'a E::Filter,
    pub order: E::Order,
    pub window: &'a Window,
    pub columns: &'a [E::Column],
}

/// The same as a part of a statement.
pub struct Branch {
    select: SelectStatement,
    above: Option<usize>,
    /// The column of the row above that these hang on.
    key: Option<usize>,
    kinds: Vec<Kind>,
    /// Where its rows are sorted: by which columns, in which direction.
    sort: Vec<(usize, Direction)>,
    /// How many are wanted, one less than are read; all where none is named.
    size: Option<usize>,
    has_previous: bool,
    /// Whether an index leads to every row that is read.
    is_led: bool,
}

/// Branches, with the statements that read them: one for all, or one for each.
pub struct Prepared {
    branches: Vec<Branch>,
    statements: Vec<Statement>,
}

/// Which rows of a branch hang on a row above.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub has_previous: bool,
    pub has_next: bool,
}

/// The rows of a branch.
#[derive(Default)]
struct Level {
    width: usize,
    cells: Vec<Value>,
    /// For each row above, one.
    spans: Vec<Span>,
}

/// The rows of all branches.
pub struct Tree(Vec<Level>);

impl Tree {
    /// A value of a row, by the place of its column.
    #[must_use]
    pub fn cell(&self, branch: usize, row: usize, column: usize) -> &Value {
        let level = &self.0[branch];
        &level.cells[row * level.width + column]
    }

    /// What hangs of a branch on a row above; of one that hangs on nothing, on the row 0.
    #[must_use]
    pub fn span(&self, branch: usize, above: usize) -> Span {
        self.0[branch].spans.get(above).copied().unwrap_or_default()
    }
}

impl Branch {
    /// By the place of which column its rows are sorted before they are by id.
    #[must_use]
    pub fn sorted_by(&self) -> Option<usize> {
        match self.sort.as_slice() {
            [(column, _), _] => Some(*column),
            _ => None,
        }
    }
}

impl Level {
    fn rows(&self) -> usize {
        self.cells.len() / self.width.max(1)
    }

    fn open(&mut self, has_previous: bool) {
        let at = self.rows();
        self.spans.push(Span { start: at, end: at, has_previous, has_next: false });
    }

    /// Takes a row in, where the page has room for it.
    fn take(&mut self, size: Option<usize>) -> bool {
        let Some(span) = self.spans.last_mut() else { return false };
        if size.is_some_and(|size| span.end - span.start >= size) {
            span.has_next = true;
            return false;
        }
        span.end += 1;
        true
    }
}

const COLUMN: &str = "c";

fn column_name(at: usize) -> DynIden {
    Alias::new(format!("{COLUMN}{at}")).into_iden()
}

fn branch_name(at: usize) -> DynIden {
    Alias::new(format!("b{at}")).into_iden()
}

impl Hub {
    /// A branch of a tree; none where the tree cannot have it: rows that hang on others by more than a
    /// column, pages from the end, a blind index, and columns it cannot read.
    ///
    /// # Errors
    /// As for [`Hub::list_of_each`].
    pub async fn branch<E: Listing>(
        &self,
        viewer: &Viewer,
        wanted: &Wanted<'_, E>,
    ) -> Result<Option<Branch>, HubError> {
        let Wanted { hang, filter, order, window, columns } = wanted;
        viewer.needs(TokenScope::Read)?;
        let bounds = Bounds::of::<E>(window, *order)?;
        let mut columns = columns.to_vec();
        let (condition, is_list) = match hang {
            Hang::Id(_) | Hang::Named { .. } => (E::scope_of_known(viewer), false),
            Hang::Root | Hang::First { .. } | Hang::Below { .. } => {
                if let Some(class) = E::sorts_by(*order) {
                    viewer.may_sort_by(class)?;
                }
                let rows = self.rows_of::<E>(viewer, filter).await?;
                (rows.add(bounds.condition::<E>(*order)), true)
            }
        };
        let Some((link, above, key)) = self.hung::<E>(*hang) else { return Ok(None) };
        // A branch may be kept, and the key that a blind index is made by may not be.
        if is_list && (bounds.backward || E::by_index(filter)) {
            return Ok(None);
        }
        let direction = bounds.direction::<E>(*order);
        let sorted = order.sort().column.into_iter().chain([E::ID]).filter(|_| is_list);
        let mut place = |column: E::Column| {
            let found = columns.iter().position(|known| same(*known, column));
            found.unwrap_or_else(|| {
                columns.push(column);
                columns.len() - 1
            })
        };
        let sort: Vec<_> = sorted.map(|column| (place(column), direction.clone())).collect();
        let kinds: Option<Vec<_>> = columns.iter().map(|column| Kind::of(*column)).collect();
        let Some(kinds) = kinds else { return Ok(None) };
        // First, so that its value is the first of the statement.
        let condition = Condition::all().add_option(link).add(condition);
        let mut select = selected::<E>(&columns, condition);
        for (column, direction) in &sort {
            select.order_by((E::default().table_name(), columns[*column]), direction.clone());
        }
        let size = is_list.then(|| usize::try_from(bounds.rows).unwrap_or(usize::MAX));
        // Whether there are more than the first, nobody asks.
        let more = u64::from(!matches!(hang, Hang::First { .. }));
        if is_list {
            select.limit(bounds.rows + more);
        }
        let has_previous = is_list && window.after.is_some();
        let is_led = match hang {
            Hang::Id(_) | Hang::Named { .. } => true,
            // Places are few.
            Hang::Root => E::subject().is_none(),
            Hang::First { .. } | Hang::Below { .. } => **filter == E::Filter::default(),
        };
        Ok(Some(Branch { select, above, key, kinds, sort, size, has_previous, is_led }))
    }

    /// The condition by which rows hang, on which branch and on which of its columns.
    fn hung<E: Listing>(&self, hang: Hang) -> Option<(Option<Expr>, Option<usize>, Option<usize>)> {
        let on = |column: E::Column, above: usize, key: usize| {
            let named = match self.db.backend() {
                // Its place is held; the row above gives it.
                DbBackend::Sqlite => Expr::val(Uuid::nil()),
                _ => Expr::col((branch_name(above), column_name(key))),
            };
            (Some(column.into_expr().eq(named)), Some(above), Some(key))
        };
        Some(match hang {
            Hang::Root => (None, None, None),
            Hang::Id(id) => (Some(E::ID.eq(id)), None, None),
            Hang::Named { above, column } => on(E::ID, above, column),
            Hang::First { above, relation } | Hang::Below { above, relation } => {
                match E::link(relation)? {
                    Link::Column(column) => on(column, above, 0),
                    Link::Area(_) | Link::ServedBy | Link::Serving => return None,
                }
            }
        })
    }

    /// Writes the statements of branches, each of which comes after the one it hangs on.
    #[must_use]
    pub fn prepared(&self, branches: Vec<Branch>) -> Prepared {
        let statements = match self.db.backend() {
            DbBackend::Sqlite => {
                let selects = branches.iter().map(|branch| &branch.select);
                selects.map(|select| DbBackend::Sqlite.build(select)).collect()
            }
            backend => vec![with_limits(backend.build(&joined(&branches)))],
        };
        Prepared { branches, statements }
    }

    /// Reads the rows of branches.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn tree(&self, prepared: &Arc<Prepared>) -> Result<Tree, HubError> {
        let Prepared { branches, statements } = &**prepared;
        match self.db.short(statements.len()) {
            Short::Sqlite(file) => {
                let taken = file.take().await?;
                if is_brief(branches) {
                    return of_file(taken, prepared);
                }
                // The other requests of this thread must not wait for it.
                let prepared = Arc::clone(prepared);
                let reading = tokio::task::spawn_blocking(move || of_file(taken, &prepared));
                reading.await.map_err(|_| HubError::Unavailable)?
            }
            Short::Postgres(server) => {
                let Some(statement) = statements.first() else { return Ok(Tree(Vec::new())) };
                let mut tree = Tree::of(branches);
                let mut at = vec![None; branches.len()];
                for row in server.rows(statement).await? {
                    tree.add(branches, &row, &mut at)?;
                }
                Ok(tree)
            }
        }
    }
}

/// The most rows that are read while others wait: about a millisecond.
const BRIEF: usize = 300;

/// Whether an index leads to every row, and they are few.
fn is_brief(branches: &[Branch]) -> bool {
    let mut rows: Vec<usize> = Vec::new();
    for branch in branches {
        let above = branch.above.map_or(1, |above| rows[above]);
        rows.push(above.saturating_mul(branch.size.unwrap_or(1)));
    }
    let all = rows.iter().fold(0, |all: usize, rows| all.saturating_add(*rows));
    all <= BRIEF && branches.iter().all(|branch| branch.is_led)
}

fn of_file(mut taken: sqlite::Taken, prepared: &Prepared) -> Result<Tree, HubError> {
    let Prepared { branches, statements } = prepared;
    taken.read(|connection| {
        let mut open = Vec::new();
        for (branch, Statement { sql, values, .. }) in branches.iter().zip(statements) {
            let mut statement = connection.prepare_cached(sql)?;
            let values = values.as_ref().map_or(&[][..], |values| &values.0);
            sqlite::bind(&mut statement, values, usize::from(branch.key.is_some()))?;
            open.push(statement);
        }
        let mut tree = Tree::of(branches);
        for (at, branch) in branches.iter().enumerate() {
            if branch.above.is_none() {
                tree.grow(branches, &mut open, (at, None))?;
            }
        }
        Ok(tree)
    })
}

impl Tree {
    fn of(branches: &[Branch]) -> Self {
        let level = |branch: &Branch| {
            let mut level = Level { width: branch.kinds.len(), ..Level::default() };
            if branch.above.is_none() {
                level.open(branch.has_previous);
            }
            level
        };
        Self(branches.iter().map(level).collect())
    }

    /// Takes in a row of all branches, joined: of each what is not in yet.
    fn add(
        &mut self,
        branches: &[Branch],
        row: &PgRow,
        at: &mut [Option<Uuid>],
    ) -> Result<(), HubError> {
        let (mut first, mut is_new) = (0, vec![false; branches.len()]);
        for (place, branch) in branches.iter().enumerate() {
            let start = first;
            first += branch.kinds.len();
            let is_below_new = branch.above.is_some_and(|above| is_new[above]);
            if is_below_new {
                at[place] = None;
            }
            if branch.above.is_some_and(|above| at[above].is_none()) {
                at[place] = None;
                continue;
            }
            let id: Option<Uuid> = row.try_get(start).map_err(broken)?;
            if id.is_none() || at[place] == id {
                continue;
            }
            at[place] = id.filter(|_| self.0[place].take(branch.size));
            is_new[place] = at[place].is_some();
            if is_new[place] {
                for (column, kind) in branch.kinds.iter().enumerate() {
                    self.0[place].cells.push(joined_cell(row, start + column, *kind)?);
                }
                self.open_below(branches, place);
            }
        }
        Ok(())
    }

    fn open_below(&mut self, branches: &[Branch], above: usize) {
        for (below, branch) in branches.iter().enumerate() {
            if branch.above == Some(above) {
                self.0[below].open(branch.has_previous);
            }
        }
    }

    /// Reads what hangs of a branch on one row, and what hangs on that.
    fn grow(
        &mut self,
        branches: &[Branch],
        open: &mut [rusqlite::CachedStatement<'_>],
        (place, key): (usize, Option<Value>),
    ) -> Result<(), HubError> {
        let branch = &branches[place];
        if let Some(key) = key {
            let Some(key) = sqlite::bound(&key) else { return Ok(()) };
            open[place].raw_bind_parameter(1, key)?;
        }
        let level = &mut self.0[place];
        let first = level.rows();
        let mut rows = open[place].raw_query();
        while let Some(row) = rows.next()? {
            if !level.take(branch.size) {
                break;
            }
            for (column, kind) in branch.kinds.iter().enumerate() {
                level.cells.push(sqlite::cell(row, column, *kind)?);
            }
        }
        drop(rows);
        let found = level.rows();
        for row in first..found {
            self.open_below(branches, place);
            for (below, branch) in branches.iter().enumerate() {
                if let (Some(above), Some(column)) = (branch.above, branch.key)
                    && above == place
                {
                    let key = self.cell(place, row, column).clone();
                    self.grow(branches, open, (below, Some(key)))?;
                }
            }
        }
        Ok(())
    }
}

fn same<C: ColumnTrait>(one: C, other: C) -> bool {
    one.as_str() == other.as_str()
}

fn broken(error: sea_orm::sqlx::Error) -> HubError {
    DbErr::Query(RuntimeErr::SqlxError(error.into())).into()
}

fn selected<E: Listing>(columns: &[E::Column], condition: Condition) -> SelectStatement {
    let mut select = Query::select();
    let table = E::default().table_name();
    for (at, column) in columns.iter().enumerate() {
        select.expr_as(Expr::col((table, *column)), column_name(at));
    }
    select.from(E::default().table_ref()).cond_where(condition);
    select
}

/// All branches in one statement, each joined to the row it hangs on.
fn joined(branches: &[Branch]) -> SelectStatement {
    let mut all = Query::select();
    for (at, branch) in branches.iter().enumerate() {
        for column in 0..branch.kinds.len() {
            all.column((branch_name(at), column_name(column)));
        }
        let select = branch.select.clone();
        match branch.above {
            None => all.from_subquery(select, branch_name(at)),
            Some(_) => {
                // Written out: of a value PostgreSQL could not know that it is true whenever.
                let always = Expr::cust("TRUE");
                all.join_lateral(JoinType::LeftJoin, select, branch_name(at), always)
            }
        };
        for (column, direction) in &branch.sort {
            all.order_by((branch_name(at), column_name(*column)), direction.clone());
        }
    }
    all
}

/// Has a statement say how many rows are wanted, in place of a value that says it. Where the number is not
/// in its text, PostgreSQL guesses a tenth of the table, finds that worse than to plan anew with the number,
/// and plans anew each time.
fn with_limits(mut statement: Statement) -> Statement {
    const LIMIT: &str = " LIMIT $";
    let Some(values) = &statement.values else { return statement };
    let mut parts = statement.sql.split(LIMIT);
    let mut sql = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
        let place = part[..end].parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        match place.and_then(|at| values.0.get(at)) {
            Some(Value::BigUnsigned(Some(rows))) => {
                sql.push_str(&format!(" LIMIT {rows}{}", &part[end..]));
            }
            _ => sql.extend([LIMIT, part]),
        }
    }
    statement.sql = sql;
    statement
}

fn joined_cell(row: &PgRow, at: usize, kind: Kind) -> Result<Value, HubError> {
    Ok(match kind {
        Kind::Id => Value::Uuid(row.try_get(at).map_err(broken)?),
        Kind::Text => Value::String(row.try_get(at).map_err(broken)?),
        Kind::Number => Value::BigInt(row.try_get(at).map_err(broken)?),
        Kind::Flag => Value::Bool(row.try_get(at).map_err(broken)?),
        Kind::Day => Value::ChronoDate(row.try_get(at).map_err(broken)?),
        Kind::Time => Value::ChronoDateTimeUtc(row.try_get(at).map_err(broken)?),
        Kind::Sealed => Value::Bytes(row.try_get(at).map_err(broken)?),
    })
}
