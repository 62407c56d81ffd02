//! The tables, one file each, and the small value types they are made of.
//!
//! A value that exists is valid: `ResidentId`, `CertificateNo` and `DivisionCode` parse at the edge
//! and are passed on as types. Tables never derive GraphQL objects, so a new column is not published
//! by accident; only the value enums do, since the schema speaks of them by the same names.
//!
//! One more table: a file here with its `Model`, a step in `migration`, a room in `hub` that reads
//! and writes it, a type in `graphql` that shows it.

#[macro_use]
mod values;

pub mod account;
pub mod aggregate_question;
pub mod assessment;
pub mod change;
pub mod child_detail;
pub mod data_key;
pub mod disabled_detail;
pub mod division;
pub mod elderly_detail;
pub mod excuse;
pub mod export_part;
pub mod household;
pub mod import;
pub mod import_part;
pub mod import_row;
pub mod job;
pub mod job_part;
pub mod kept_apart;
pub mod layout;
pub mod ledger_entry;
pub mod need;
pub mod notice;
pub mod past_entry;
pub mod past_need;
pub mod past_person;
pub mod past_person_station;
pub mod past_service;
pub mod past_visit;
pub mod person;
pub mod person_station;
pub mod photo;
pub mod photo_part;
pub mod question_schedule;
pub mod recovery_code;
pub mod refusal;
pub mod reveal;
pub mod risk_spell;
pub mod saved_question;
pub mod session;
pub mod signed_table;
pub mod station;
pub mod submission;
pub mod token;
pub mod trail_person;
pub mod trail_row;
pub mod trail_seal;
pub mod visit;
pub mod visit_photo;
pub mod visit_service;

pub use values::*;
