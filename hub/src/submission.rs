//! What a client hands in. The contents are as given: texts are checked by `intake::check`, so that
//! a bad value is a problem on its receipt and never the end of the whole call.
//!
//! The JSON form of these types is the form of `SubmissionInput` in the schema (there, ids are
//! global ids) and of the journal.

use entity::{
    AbilityLevel, ChildKind, ClosureReason, DisabilityCategory, ExcuseReason, IncomeClass,
    LedgerKind, LivingArrangement, NeedDomain, NoIdReason, Risk, Service, Sex, SubmissionKind,
    Subsidy, Urgency, VisitMode,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// One thing handed in: the client's own UUID, the station it is handed in for, one content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Submission {
    pub id: Uuid,
    /// The station's code.
    pub station: String,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    Visit(VisitContent),
    Assessment(AssessmentContent),
    LedgerEntry(LedgerEntryContent),
    LedgerClosure(LedgerClosureContent),
    Household(HouseholdContent),
    PersonCorrection(PersonCorrectionContent),
    Excuse(ExcuseContent),
}

/// A person as a submission names them: by `id` where the client knows it, else by resident ID, else
/// by name, sex, birth date and village.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PersonContent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_id_reason: Option<NoIdReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// `YYYY-MM-DD`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// A division code of 12 digits, or the village's full name within the station's township.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub village: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub income_class: Option<IncomeClass>,
}

/// A need raised by what is handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NeedContent {
    pub domain: NeedDomain,
    pub urgency: Urgency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VisitContent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonContent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household_id: Option<Uuid>,
    /// `YYYY-MM-DD`
    pub visited_on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    pub mode: VisitMode,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub living: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mind: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// `YYYY-MM-DD`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_visit_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedContent>,
    /// The domains in which open needs of the visited were met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs_met: Vec<NeedDomain>,
    /// Photos that were uploaded before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerContent {
    /// The item's code in the instrument.
    pub item: String,
    /// The value of the chosen option.
    pub value: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssessmentContent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonContent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household_id: Option<Uuid>,
    /// `YYYY-MM-DD`
    pub assessed_on: String,
    /// The instrument's code.
    pub instrument: String,
    pub version: i64,
    pub answers: Vec<AnswerContent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assessors: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedContent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LedgerEntryContent {
    /// The version of the open entry the form was made on, 0 where none was known. Not given, it takes
    /// the place of whichever there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<i64>,
    pub person: PersonContent,
    /// `YYYY-MM-DD`
    pub opened_on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    pub detail: LedgerDetailContent,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedContent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LedgerDetailContent {
    Child(ChildContent),
    Elderly(ElderlyContent),
    Disabled(DisabledContent),
}

impl LedgerDetailContent {
    #[must_use]
    pub fn kind(&self) -> LedgerKind {
        match self {
            Self::Child(_) => LedgerKind::Child,
            Self::Elderly(_) => LedgerKind::Elderly,
            Self::Disabled(_) => LedgerKind::Disabled,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChildContent {
    pub kind: ChildKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_relation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub father: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mother: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ElderlyContent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub living_arrangement: Option<LivingArrangement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ability_level: Option<AbilityLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub illnesses: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_phone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisabledContent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_no: Option<String>,
    pub category: DisabilityCategory,
    /// 1 (heaviest) to 4.
    pub grade: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carer_phone: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subsidies: Vec<Subsidy>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LedgerClosureContent {
    pub person: PersonContent,
    pub kind: LedgerKind,
    /// `YYYY-MM-DD`
    pub closed_on: String,
    pub reason: ClosureReason,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HouseholdContent {
    /// The version of the household the form was made on, 0 where none was known. Not given, it takes
    /// the place of whichever there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<i64>,
    /// Whom the household is registered under; identifies it.
    pub head: PersonContent,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberContent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub income_class: Option<IncomeClass>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberContent {
    pub person: PersonContent,
    /// Relation to the head.
    pub relation: String,
}

/// Values of a person set anew. What is not given stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonCorrectionContent {
    pub person_id: Uuid,
    /// The version of the person the correction was made on.
    pub based_on: i64,
    /// The new values; its `id` is not given.
    pub values: PersonContent,
}

/// Why a person cannot be visited on some days. Handed in again for the same person, station and first
/// day it says anew until when, and so ends early what lasts no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExcuseContent {
    pub person: PersonContent,
    pub reason: ExcuseReason,
    /// `YYYY-MM-DD`
    pub first_on: String,
    /// `YYYY-MM-DD`, included.
    pub last_on: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl Content {
    #[must_use]
    pub fn kind(&self) -> SubmissionKind {
        match self {
            Self::Visit(_) => SubmissionKind::Visit,
            Self::Assessment(_) => SubmissionKind::Assessment,
            Self::LedgerEntry(_) => SubmissionKind::LedgerEntry,
            Self::LedgerClosure(_) => SubmissionKind::LedgerClosure,
            Self::Household(_) => SubmissionKind::Household,
            Self::PersonCorrection(_) => SubmissionKind::PersonCorrection,
            Self::Excuse(_) => SubmissionKind::Excuse,
        }
    }

    /// As the journal keeps it.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether it tells of something that happened, and so happened once, however often and under
    /// whatever id it is handed in. The others set a state, and a state can come back.
    #[must_use]
    pub fn is_event(&self) -> bool {
        matches!(self, Self::Visit(_) | Self::Assessment(_) | Self::LedgerClosure(_))
    }
}

impl Submission {
    /// SHA-256 over station and content, in hex: two submissions with the same digest say the same.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.station.as_bytes());
        hasher.update([0]);
        hasher.update(self.content.json().as_bytes());
        crate::hex(&hasher.finalize())
    }
}
