//! The steps of the schema, one file each, the same on SQLite and PostgreSQL.
//!
//! A step that has shipped is never edited. A new one gets the next number, is added to the list
//! below, and runs in a transaction on both databases. It names tables and columns by text, since
//! `entity` moves on and history does not.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m20261124_000001_create_places;
mod m20261124_000002_create_accounts;
mod m20261124_000003_create_people;
mod m20261124_000004_create_ledgers;
mod m20261124_000005_create_visits;
mod m20261124_000006_create_assessments;
mod m20261124_000007_create_needs;
mod m20261124_000008_create_journal;
mod m20261124_000009_seed_places;
mod m20261124_000010_sign_in;
mod m20261124_000011_create_trail;
mod m20261124_000012_seal_values;
mod m20261124_000013_second_factor;
mod m20261124_000014_scopes_and_budgets;
mod m20261124_000015_create_reveals;
mod m20261124_000016_people_in_the_trail;
mod m20261126_000017_since_when_a_risk;
mod m20261126_000019_create_excuses;
mod m20261126_000020_create_risk_spells;
mod m20261126_000021_sign_tables;
mod m20261126_000022_keep_what_was_known;
mod m20261126_000023_create_jobs;
mod m20261126_000024_create_imports;
mod m20261126_000025_create_exports;
mod m20261126_000026_create_layouts;
mod m20261127_000027_take_back;
mod m20261127_000028_answer_by;
mod m20261127_000029_clear_devices;
mod m20261127_000030_save_questions;
mod m20261127_000031_create_photos;
mod m20261127_000032_count_import_rows;
mod m20261128_000033_keep_refusals;
mod m20261128_000034_keep_people_apart;
mod m20261128_000035_shorten_digests;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_create_places::Migration),
            Box::new(m20261124_000002_create_accounts::Migration),
            Box::new(m20261124_000003_create_people::Migration),
            Box::new(m20261124_000004_create_ledgers::Migration),
            Box::new(m20261124_000005_create_visits::Migration),
            Box::new(m20261124_000006_create_assessments::Migration),
            Box::new(m20261124_000007_create_needs::Migration),
            Box::new(m20261124_000008_create_journal::Migration),
            Box::new(m20261124_000009_seed_places::Migration),
            Box::new(m20261124_000010_sign_in::Migration),
            Box::new(m20261124_000011_create_trail::Migration),
            Box::new(m20261124_000012_seal_values::Migration),
            Box::new(m20261124_000013_second_factor::Migration),
            Box::new(m20261124_000014_scopes_and_budgets::Migration),
            Box::new(m20261124_000015_create_reveals::Migration),
            Box::new(m20261124_000016_people_in_the_trail::Migration),
            Box::new(m20261126_000017_since_when_a_risk::Migration),
            Box::new(m20261126_000019_create_excuses::Migration),
            Box::new(m20261126_000020_create_risk_spells::Migration),
            Box::new(m20261126_000021_sign_tables::Migration),
            Box::new(m20261126_000022_keep_what_was_known::Migration),
            Box::new(m20261126_000023_create_jobs::Migration),
            Box::new(m20261126_000024_create_imports::Migration),
            Box::new(m20261126_000025_create_exports::Migration),
            Box::new(m20261126_000026_create_layouts::Migration),
            Box::new(m20261127_000027_take_back::Migration),
            Box::new(m20261127_000028_answer_by::Migration),
            Box::new(m20261127_000029_clear_devices::Migration),
            Box::new(m20261127_000030_save_questions::Migration),
            Box::new(m20261127_000031_create_photos::Migration),
            Box::new(m20261127_000032_count_import_rows::Migration),
            Box::new(m20261128_000033_keep_refusals::Migration),
            Box::new(m20261128_000034_keep_people_apart::Migration),
            Box::new(m20261128_000035_shorten_digests::Migration),
        ]
    }
}
