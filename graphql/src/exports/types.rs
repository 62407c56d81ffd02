//! What the schema says of its types, for those who have no request at hand.

use std::{collections::HashMap, sync::LazyLock};

use async_graphql::parser::{
    parse_schema,
    types::{
        BaseType, EnumType, FieldDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
    },
};

static TYPES: LazyLock<HashMap<String, TypeDefinition>> = LazyLock::new(|| {
    let document = parse_schema(crate::sdl());
    let definitions = document.map(|document| document.definitions).unwrap_or_default();
    let types = definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(found) => Some(found.node),
        _ => None,
    });
    types.map(|found| (found.name.node.to_string(), found)).collect()
});

/// The type of the root of questions.
pub const QUERY: &str = "Query";

/// A field of an object or an interface.
pub fn field(kind: &str, name: &str) -> Option<&'static FieldDefinition> {
    let fields = match &TYPES.get(kind)?.kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        _ => return None,
    };
    fields.iter().map(|field| &field.node).find(|field| field.name.node == name)
}

/// Every field of what a question may ask.
#[cfg(test)]
pub fn all_fields() -> Vec<(&'static str, &'static FieldDefinition)> {
    let asked =
        TYPES.iter().filter(|(kind, _)| !["Mutation", "Subscription"].contains(&kind.as_str()));
    let fields = asked.flat_map(|(kind, found)| {
        let fields = match &found.kind {
            TypeKind::Object(object) => object.fields.as_slice(),
            TypeKind::Interface(interface) => interface.fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(|field| (kind.as_str(), &field.node))
    });
    fields.collect()
}

/// Whether values of a type have fields.
pub fn has_fields(kind: &str) -> bool {
    let found = TYPES.get(kind).map(|found| &found.kind);
    matches!(found, Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)))
}

/// Whether a root field is a list that can be gone through from cursor to cursor.
pub fn is_paged(name: &str) -> bool {
    let Some(known) = field(QUERY, name) else { return false };
    let has =
        |name: &&str| known.arguments.iter().any(|argument| argument.node.name.node == **name);
    let gives = |name: &&str| field(base(&known.ty.node).0, name).is_some();
    ["first", "after"].iter().all(has) && ["nodes", "pageInfo"].iter().all(gives)
}

/// How many rows a root field gives that has no pages and tells of the newest alone.
pub fn at_most(name: &str) -> Option<u64> {
    let rows = match name {
        "jobs" => hub::jobs::LISTED,
        "imports" => hub::import::act::LISTED,
        "layouts" => hub::layouts::LISTED,
        "accountsToClear" => hub::accounts::LISTED,
        "returnedRecords" => hub::tables::LISTED,
        "savedQuestions" => hub::questions::MOST,
        "notices" | "revealRequests" => hub::reveal::SHOWN,
        _ => return None,
    };
    u64::try_from(rows).ok()
}

/// The values of an enum.
pub fn choices(kind: &str) -> Option<&'static EnumType> {
    match &TYPES.get(kind)?.kind {
        TypeKind::Enum(choices) => Some(choices),
        _ => None,
    }
}

/// The types that a union is of.
pub fn members(kind: &str) -> Vec<&'static str> {
    match TYPES.get(kind).map(|found| &found.kind) {
        Some(TypeKind::Union(union)) => union.members.iter().map(|of| of.node.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The type and the interfaces it implements.
pub fn names(kind: &str) -> Vec<String> {
    let implemented = match TYPES.get(kind).map(|found| &found.kind) {
        Some(TypeKind::Object(object)) => object.implements.as_slice(),
        _ => &[],
    };
    let implemented = implemented.iter().map(|name| name.node.to_string());
    std::iter::once(kind.to_owned()).chain(implemented).collect()
}

/// The name of what a field gives, and whether it gives a list.
pub fn base(ty: &Type) -> (&str, bool) {
    match &ty.base {
        BaseType::Named(name) => (name, false),
        BaseType::List(of) => (base(of).0, true),
    }
}

/// A description as the label of a column: what stands before the first comma, colon or translation.
pub fn label(description: &str) -> &str {
    let chinese = description.split(" (").next().unwrap_or_default();
    chinese.split(['，', '；', '：', '\n']).next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_exported_has_a_short_chinese_label() {
        let is_chinese =
            |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
        for found in TYPES.values() {
            let TypeKind::Object(object) = &found.kind else { continue };
            if ["Mutation", "Subscription"].contains(&found.name.node.as_str()) {
                continue;
            }
            for field in object.fields.iter().map(|field| &field.node) {
                let text = field.description.as_ref().map(|text| label(&text.node));
                let text = text.unwrap_or_default();
                let place = format!("{}.{}: {text}", found.name.node, field.name.node);
                assert!(is_chinese(text) || field.name.node.starts_with('_'), "{place}");
                assert!(text.chars().count() <= 31, "{place}");
            }
        }
    }

    #[test]
    fn a_label_is_what_stands_first() {
        assert_eq!(label("残疾等级，1 最重，4 最轻 (grade, 1 the heaviest to 4)"), "残疾等级");
        assert_eq!(
            label("住址所在村（社区）或乡镇的代码 (code)"),
            "住址所在村（社区）或乡镇的代码"
        );
        assert_eq!(label("能力完好"), "能力完好");
    }
}
