//! Rows on their way into the database: many in a statement, each statement built while the database
//! runs the one before.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, Iterable,
    QueryTrait, Statement, sea_query::OnConflict,
};
use tokio::{sync::mpsc, task::spawn_blocking};

/// About how many values one insert binds. A connection keeps its statements, and one of 30,000 values takes some
/// MiB and is no faster.
const BINDS: usize = 1_000;
/// So few rows are built sooner than a thread takes them over.
const FEW: usize = 64;
/// How many statements are built ahead.
const AHEAD: usize = 2;

type Build = Box<dyn FnOnce(DbBackend) -> Vec<Statement> + Send>;

/// Rows of tables, to be written in this order.
#[derive(Default)]
pub(super) struct Writing {
    builds: Vec<Build>,
    rows: usize,
}

impl Writing {
    pub fn add<E>(&mut self, rows: Vec<E::Model>, on_conflict: Option<OnConflict>)
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel> + 'static,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        if !rows.is_empty() {
            self.rows += rows.len();
            self.builds
                .push(Box::new(move |backend| inserts::<E>(backend, rows, on_conflict.as_ref())));
        }
    }

    pub async fn run(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        let backend = tx.get_database_backend();
        if self.rows <= FEW {
            for statement in self.builds.into_iter().flat_map(|build| build(backend)) {
                tx.execute_raw(statement).await?;
            }
            return Ok(());
        }
        let (give, mut built) = mpsc::channel(AHEAD);
        let building = spawn_blocking(move || {
            let statements = self.builds.into_iter().flat_map(|build| build(backend));
            // Nobody takes them any more where one failed.
            statements.map(|statement| give.blocking_send(statement)).all(|sent| sent.is_ok())
        });
        while let Some(statement) = built.recv().await {
            tx.execute_raw(statement).await?;
        }
        match building.await {
            Ok(true) => Ok(()),
            _ => Err(DbErr::Custom("not all rows could be made into statements".to_owned())),
        }
    }
}

/// Inserts rows of one table.
pub(crate) async fn write<E>(
    tx: &impl ConnectionTrait,
    rows: Vec<E::Model>,
    on_conflict: Option<OnConflict>,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + 'static,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut writing = Writing::default();
    writing.add::<E>(rows, on_conflict);
    writing.run(tx).await
}

fn inserts<E>(
    backend: DbBackend,
    rows: Vec<E::Model>,
    on_conflict: Option<&OnConflict>,
) -> Vec<Statement>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let most = (BINDS / E::Column::iter().count().max(1)).max(1);
    let mut statements = Vec::new();
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        // Powers of two, so that there are few different statements to prepare and to keep.
        let at_once = 1 << rows.len().min(most).ilog2();
        let some = rows.by_ref().take(at_once).map(IntoActiveModel::into_active_model);
        let insert = E::insert_many(some);
        statements.push(match on_conflict {
            Some(on_conflict) => insert.on_conflict(on_conflict.clone()).build(backend),
            None => insert.build(backend),
        });
    }
    statements
}
