//! Short lists kept in one column as JSON.

use std::collections::BTreeMap;

use sea_orm::{FromJsonQueryResult, prelude::Uuid};
use serde::{Deserialize, Serialize};

use super::{DataClass, Network, Subsidy, TokenScope};

/// Names of people, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Names(pub Vec<String>);

/// The subsidies a disabled person draws.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Subsidies(pub Vec<Subsidy>);

/// The answers to an instrument: item code → points or choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Answers(pub BTreeMap<String, i64>);

/// What of the record an operation showed, such as Person.name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Fields(pub Vec<String>);

/// What a token may do, and which classes of data it sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Scopes(pub Vec<TokenScope>);

/// The networks a token may be used from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Networks(pub Vec<Network>);

/// Headers of a sheet → paths in the content; none where a column is not to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct LayoutColumns(pub BTreeMap<String, Option<String>>);

/// Ids of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Ids(pub Vec<Uuid>);

/// What of an answer was not shown plainly: field → word, such as Person.phone → HIDDEN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Unshown(pub BTreeMap<String, String>);

/// Classes of data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct DataClasses(pub Vec<DataClass>);

/// What a submission was refused for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Problems(pub Vec<KeptProblem>);

/// A problem without what was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptProblem {
    pub code: String,
    pub path: String,
    /// What its sentence names, where that is of the rules.
    pub detail: Option<String>,
}
