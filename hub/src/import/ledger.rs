//! Rows of ledgers → contents.

use entity::{CertificateNo, ChildKind, DisabilityCategory, LedgerKind, Urgency};

use super::fields::Fields;
use crate::submission::{
    ChildContent, Content, DisabledContent, ElderlyContent, LedgerDetailContent,
    LedgerEntryContent, NeedContent, PersonContent,
};

pub fn decode(kind: LedgerKind, fields: &mut Fields<'_>) -> Content {
    let words = fields.words;
    Content::LedgerEntry(LedgerEntryContent {
        based_on: None,
        person: person(fields),
        opened_on: fields.needed_day("openedOn"),
        risk: fields.choice("risk", &words.risk),
        remark: fields.text("remark"),
        detail: match kind {
            LedgerKind::Child => LedgerDetailContent::Child(child(fields)),
            LedgerKind::Elderly => LedgerDetailContent::Elderly(elderly(fields)),
            LedgerKind::Disabled => LedgerDetailContent::Disabled(disabled(fields)),
        },
        needs: needs(fields),
    })
}

pub fn person(fields: &mut Fields<'_>) -> PersonContent {
    let words = fields.words;
    PersonContent {
        id: None,
        name: fields.name("person.name"),
        resident_id: fields.number("person.residentId"),
        no_id_reason: fields.choice("person.noIdReason", &words.no_id_reason),
        sex: fields.choice("person.sex", &words.sex),
        birth_date: fields.day("person.birthDate"),
        village: fields.village("person.village"),
        address: fields.written("person.address"),
        phone: fields.phone("person.phone"),
        income_class: fields.choice("person.incomeClass", &words.income_class),
    }
}

/// The needs of a row; one urgency holds for all of them.
pub fn needs(fields: &mut Fields<'_>) -> Vec<NeedContent> {
    let words = fields.words;
    let urgency = fields.choice("needs.urgency", &words.urgency);
    let domains = fields.choices("needs", ".domain", &words.need_domain);
    domains
        .into_iter()
        .map(|domain| NeedContent {
            domain,
            urgency: urgency.unwrap_or(Urgency::Normal),
            remark: None,
        })
        .collect()
}

fn child(fields: &mut Fields<'_>) -> ChildContent {
    let words = fields.words;
    ChildContent {
        kind: fields.needed("detail.child.kind", &words.child_kind, ChildKind::InDifficulty),
        school: fields.written("detail.child.school"),
        grade: fields.written("detail.child.grade"),
        guardian: fields.name("detail.child.guardian"),
        guardian_relation: fields.text("detail.child.guardianRelation"),
        guardian_phone: fields.phone("detail.child.guardianPhone"),
        father: fields.name("detail.child.father"),
        mother: fields.name("detail.child.mother"),
    }
}

fn elderly(fields: &mut Fields<'_>) -> ElderlyContent {
    let words = fields.words;
    ElderlyContent {
        living_arrangement: fields
            .choice("detail.elderly.livingArrangement", &words.living_arrangement),
        ability_level: fields.choice("detail.elderly.abilityLevel", &words.ability_level),
        illnesses: fields.text("detail.elderly.illnesses"),
        contact: fields.name("detail.elderly.contact"),
        contact_phone: fields.phone("detail.elderly.contactPhone"),
    }
}

fn disabled(fields: &mut Fields<'_>) -> DisabledContent {
    let words = fields.words;
    let certificate_no = fields.number("detail.disabled.certificateNo");
    // What stands in for an unreadable category or grade must not contradict the certificate.
    let certificate: Option<CertificateNo> =
        certificate_no.as_deref().and_then(|number| number.parse().ok());
    let category = certificate.as_ref().and_then(CertificateNo::category);
    let grade = certificate.as_ref().map_or(1, CertificateNo::grade);
    DisabledContent {
        certificate_no,
        category: fields.needed(
            "detail.disabled.category",
            &words.disability_category,
            category.unwrap_or(DisabilityCategory::Visual),
        ),
        grade: fields.grade("detail.disabled.grade", grade),
        carer: fields.name("detail.disabled.carer"),
        carer_phone: fields.phone("detail.disabled.carerPhone"),
        subsidies: fields.choices("detail.disabled.subsidies", "", &words.subsidy),
    }
}
