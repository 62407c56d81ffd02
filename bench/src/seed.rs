//! Fills an empty hub with the made-up city, straight into the tables.

use std::time::Instant;

use entity::{
    assessment, child_detail, disabled_detail, elderly_detail, ledger_entry, need, person,
    person_station, risk_spell, visit, visit_service,
};
use sea_orm::{
    ActiveModelTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    Iterable, TransactionTrait,
};

use crate::city::{City, Detail};

/// Rows of a kind that are made before they are written.
const HEAP: u64 = 20_000;
/// Values of a statement; few enough for SQLite to parse quickly.
const BINDS: usize = 6_000;

/// Writes people, then visits, then assessments.
pub async fn fill(db: &DatabaseConnection, city: &City) -> anyhow::Result<()> {
    let start = Instant::now();
    for heap in heaps(city.sizes.persons) {
        write_people(db, city, heap).await?;
    }
    let people = start.elapsed();
    for heap in heaps(city.sizes.visits) {
        write_visits(db, city, heap).await?;
    }
    for heap in heaps(city.sizes.assessments) {
        let rows: Vec<_> = heap.map(|row| city.assessment(row)).collect::<anyhow::Result<_>>()?;
        let tx = open(db).await?;
        insert::<assessment::Entity>(&tx, rows).await?;
        tx.commit().await?;
    }
    let backend = db.get_database_backend();
    eprintln!("bench: filled {backend:?} in {:.0?}, people in {people:.0?}", start.elapsed());
    Ok(())
}

fn heaps(count: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    (0..count.div_ceil(HEAP)).map(move |heap| heap * HEAP..count.min((heap + 1) * HEAP))
}

async fn write_people(
    db: &DatabaseConnection,
    city: &City,
    rows: std::ops::Range<u64>,
) -> anyhow::Result<()> {
    let (mut people, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    let (mut children, mut elderly, mut disabled) = (Vec::new(), Vec::new(), Vec::new());
    let mut spells = Vec::new();
    for row in rows {
        let made = city.resident(row)?;
        people.push(made.person);
        links.push(made.link);
        let (entry_id, from_on, risk) = (made.entry.id, made.entry.opened_on, made.entry.risk);
        spells.push(risk_spell::Model { entry_id, from_on, risk });
        entries.push(made.entry);
        match made.detail {
            Detail::Child(row) => children.push(row),
            Detail::Elderly(row) => elderly.push(row),
            Detail::Disabled(row) => disabled.push(row),
        }
    }
    let tx = open(db).await?;
    insert::<person::Entity>(&tx, people).await?;
    insert::<person_station::Entity>(&tx, links).await?;
    insert::<ledger_entry::Entity>(&tx, entries).await?;
    insert::<risk_spell::Entity>(&tx, spells).await?;
    insert::<child_detail::Entity>(&tx, children).await?;
    insert::<elderly_detail::Entity>(&tx, elderly).await?;
    insert::<disabled_detail::Entity>(&tx, disabled).await?;
    Ok(tx.commit().await?)
}

async fn write_visits(
    db: &DatabaseConnection,
    city: &City,
    rows: std::ops::Range<u64>,
) -> anyhow::Result<()> {
    let (mut visits, mut services, mut needs) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let made = city.contact(row)?;
        visits.push(made.visit);
        services.extend(made.services);
        needs.extend(made.need);
    }
    let tx = open(db).await?;
    insert::<visit::Entity>(&tx, visits).await?;
    insert::<visit_service::Entity>(&tx, services).await?;
    insert::<need::Entity>(&tx, needs).await?;
    Ok(tx.commit().await?)
}

async fn open(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_options(sea_orm::TransactionOptions::default()).await
}

async fn insert<E>(tx: &DatabaseTransaction, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let at_once = BINDS / E::Column::iter().count().max(1);
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(at_once).collect();
        E::insert_many(some).exec_without_returning(tx).await?;
    }
    Ok(())
}
