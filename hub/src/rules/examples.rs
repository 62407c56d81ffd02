use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Rule, assessment, closure, correction, entry, excuse, household, visit};
use crate::{
    instruments::{self, Item},
    intake::{EARLIEST_YEAR, Ground, LONGEST_LIST, LONGEST_TEXT, LONGEST_WORD, check},
    places::Places,
    problem::{Language, Problem},
    submission::Content,
};

/// A content as it is handed in on a day, and what the hub finds wrong with it.
#[derive(Debug, Serialize)]
pub struct Example {
    today: NaiveDate,
    /// In the form of the journal. In its texts `长×2000` stands for so many of the character, and
    /// `{ times, of }` for a list of so many rows.
    content: Value,
    problems: Vec<Fault>,
}

/// A problem as a receipt tells it.
#[derive(Debug, PartialEq, Serialize)]
pub struct Fault {
    code: &'static str,
    path: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<String>,
}

/// For each field what its rule allows at most and least, and what lies just beyond; and what fields
/// say together.
pub(super) fn examples() -> Vec<Example> {
    let mut contents = vec![all_wrong()];
    for person in people() {
        contents.push(entry_of(&person, &child()));
        contents.push(json!({ "household": household_of(&person) }));
        contents.push(
            json!({ "household": with(&plain_household(), "members", json!([member(&person)])) }),
        );
        contents.push(json!({ "personCorrection": correction_of(&person) }));
    }
    let relation = json!({ "person": { "id": Uuid::nil() }, "relation": long(LONGEST_WORD + 1) });
    contents.push(json!({ "household": with(&plain_household(), "members", json!([relation])) }));
    let mut seen = BTreeSet::new();
    for (kind, plain, fields) in kinds() {
        contents.push(json!({ kind: plain }));
        let is_first = seen.insert(kind);
        for (path, rule) in leaves("", &fields) {
            // What another kind of ledger holds is not in this one; what all hold is told once.
            let is_here = match path.rsplit_once('.') {
                Some((below, _)) => at(&plain, below).is_some(),
                None => true,
            };
            if !is_here || (!is_first && !path.starts_with("detail.")) {
                continue;
            }
            for value in values(&rule) {
                contents.push(json!({ kind: with(&plain, &path, value) }));
            }
        }
    }
    contents.into_iter().map(example).collect()
}

type Fields = BTreeMap<&'static str, Rule>;
type Kind = (&'static str, Value, Fields);

/// The kinds of content that have rules here, each with a plain content and its fields.
fn kinds() -> [Kind; 9] {
    let elder = json!({ "name": "王小明", "residentId": ELDER });
    let elderly = entry_of(&elder, &json!({ "elderly": {} }));
    let disabled = json!({ "disabled": { "category": "VISUAL", "grade": 1 } });
    let child = entry_of(&json!({ "name": "王小明", "residentId": CHILD }), &child());
    let entry = |entry: &Value| entry["ledgerEntry"].clone();
    [
        ("visit", plain_visit(), visit::fields()),
        ("assessment", plain_assessment(), assessment::fields()),
        ("ledgerEntry", entry(&elderly), entry::fields()),
        ("ledgerEntry", entry(&entry_of(&elder, &disabled)), entry::fields()),
        ("ledgerEntry", entry(&child), entry::fields()),
        ("ledgerClosure", plain_closure(), closure::fields()),
        ("excuse", plain_excuse(), excuse::fields()),
        ("household", plain_household(), household::fields()),
        ("personCorrection", correction_of(&elder), correction::fields()),
    ]
}

/// The fields that hold something themselves, by their paths.
fn leaves(below: &str, fields: &Fields) -> Vec<(String, Rule)> {
    let each = fields.iter().flat_map(|(field, rule)| match rule {
        Rule::Fields { fields } | Rule::Person { fields } | Rule::Values { fields } => {
            leaves(&format!("{below}{field}."), fields)
        }
        rule => vec![(format!("{below}{field}"), rule.clone())],
    });
    each.collect()
}

/// Born in 1949; the example of the standard.
const ELDER: &str = "11010519491231002X";
/// Born in 2015.
const CHILD: &str = "410802201506011019";

fn child() -> Value {
    json!({ "child": { "kind": "LEFT_BEHIND" } })
}

fn entry_of(person: &Value, detail: &Value) -> Value {
    let entry = json!({ "person": person, "openedOn": FIRST_ON, "detail": detail });
    json!({ "ledgerEntry": entry })
}

/// People as they are named in the ledger of children, well and badly.
fn people() -> [Value; 10] {
    [
        json!({ "id": Uuid::nil() }),
        json!({}),
        json!({ "name": " ", "residentId": "" }),
        json!({ "name": "王小明", "noIdReason": "UNREGISTERED" }),
        json!({ "name": "王小明", "noIdReason": "UNREGISTERED", "birthDate": "2015-06-01" }),
        json!({ "name": "王小明", "residentId": CHILD, "sex": "MALE", "birthDate": "2015-06-01" }),
        json!({ "name": "王小明", "residentId": CHILD, "sex": "FEMALE", "birthDate": "2015-06-02" }),
        json!({ "name": "王小明", "residentId": CHILD, "birthDate": "" }),
        json!({ "name": "王小明", "residentId": ELDER }),
        json!({ "id": Uuid::nil(), "birthDate": "2008-10-30" }),
    ]
}

/// The day of what is handed in, the day before [`today`].
const FIRST_ON: &str = "2026-10-30";

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 31).unwrap_or_default()
}

fn plain_visit() -> Value {
    json!({ "person": { "id": Uuid::nil() }, "visitedOn": "2026-10-30", "mode": "HOME" })
}

/// By the instrument with the fewest items, each answered by its first option.
fn plain_assessment() -> Value {
    let shortest = instruments::all().iter().min_by_key(|instrument| instrument.items().count());
    let answer = |item: &Item| {
        let value = item.options.first().map(|option| option.value);
        json!({ "item": item.code, "value": value })
    };
    json!({
        "person": { "id": Uuid::nil() },
        "assessedOn": "2026-10-30",
        "instrument": shortest.map(|instrument| &instrument.code),
        "version": shortest.map(|instrument| instrument.version),
        "answers": shortest.map_or(Vec::new(), |instrument| instrument.items().map(answer).collect()),
    })
}

fn plain_closure() -> Value {
    let person = json!({ "id": Uuid::nil() });
    json!({ "person": person, "kind": "CHILD", "closedOn": "2026-10-30", "reason": "OF_AGE" })
}

fn plain_excuse() -> Value {
    let person = json!({ "id": Uuid::nil() });
    json!({ "person": person, "reason": "AWAY", "firstOn": FIRST_ON, "lastOn": "2026-10-31" })
}

fn plain_household() -> Value {
    household_of(&json!({ "name": "王小明", "residentId": ELDER }))
}

fn household_of(head: &Value) -> Value {
    json!({ "head": head })
}

fn member(person: &Value) -> Value {
    json!({ "person": person, "relation": "孙子女" })
}

fn correction_of(values: &Value) -> Value {
    json!({ "personId": Uuid::nil(), "basedOn": 1, "values": values })
}

/// What stands in a content at a path.
fn at<'c>(content: &'c Value, path: &str) -> Option<&'c Value> {
    content.pointer(&format!("/{}", path.replace('.', "/")))
}

fn with(plain: &Value, path: &str, value: Value) -> Value {
    let mut content = plain.clone();
    let mut place = &mut content;
    for field in path.split('.') {
        place = &mut place[field];
    }
    *place = value;
    content
}

/// Every problem is found, not only the first.
fn all_wrong() -> Value {
    let mut visit = with(&plain_visit(), "visitedOn", json!("2026/10/30"));
    visit["minutes"] = json!(0);
    visit["workers"] = json!(["王芳", long(LONGEST_WORD + 1)]);
    visit["nextVisitOn"] = json!("2026-02-30");
    visit["needs"] = json!([need("坏\u{0}字")]);
    json!({ "visit": visit })
}

fn need(remark: &str) -> Value {
    json!({ "domain": "CARE", "urgency": "SOON", "remark": remark })
}

/// What is put into a field of this rule.
fn values(rule: &Rule) -> Vec<Value> {
    match rule {
        Rule::Word => texts(LONGEST_WORD),
        Rule::Text => texts(LONGEST_TEXT),
        Rule::PastDay => days(&["2026-10-31", "2026-11-01", "26-10-31"]),
        Rule::Day { ahead, lasts, .. } => {
            let ahead = ahead.map(|days| [day(today(), days), day(today(), days + 1)]);
            let first = FIRST_ON.parse().unwrap_or_default();
            let lasts = lasts.map(|days| [day(first, days - 1), day(first, days)]);
            let bounds: Vec<_> = ahead.into_iter().chain(lasts).flatten().collect();
            let mut of_the_rule = vec![FIRST_ON, "2026-10-29", "2027-10-30"];
            of_the_rule.extend(bounds.iter().map(String::as_str));
            days(&of_the_rule)
        }
        Rule::Number { from, to, .. } => [from - 1, *from, *to, to + 1].map(Value::from).into(),
        Rule::Words => {
            let many = |count| many(count, &json!("王芳"));
            let of_one = texts(LONGEST_WORD).into_iter().map(|text| json!(["王芳", text]));
            [many(LONGEST_LIST), many(LONGEST_LIST + 1)].into_iter().chain(of_one).collect()
        }
        Rule::Rows { fields } if fields.contains_key("person") => {
            let member = member(&json!({ "id": Uuid::nil() }));
            [LONGEST_LIST, LONGEST_LIST + 1].map(|count| many(count, &member)).into()
        }
        Rule::Rows { .. } => {
            let many = |count| many(count, &need("缺一张床"));
            let long = json!([need("缺一张床"), need(&long(LONGEST_TEXT + 1))]);
            vec![many(LONGEST_LIST), many(LONGEST_LIST + 1), long]
        }
        Rule::ResidentId => RESIDENT_IDS.map(Value::from).into(),
        Rule::Phone => PHONES.map(Value::from).into(),
        Rule::Certificate => CERTIFICATES.map(Value::from).into(),
        // Which villages there are, the hub alone knows.
        Rule::Village | Rule::Fields { .. } | Rule::Person { .. } | Rule::Values { .. } => {
            Vec::new()
        }
        // A value outside a closed list is no content at all, which is for the schema to refuse.
        Rule::Choice { .. } | Rule::Choices { .. } => Vec::new(),
    }
}

/// Right ones in several ways of writing, then wrong ones: too short, a letter, a check digit, a day, a
/// birth to come, and what a spreadsheet leaves.
const RESIDENT_IDS: [&str; 14] = [
    "110105491231002",
    " 11010519491231002x ",
    "440524188001010014",
    "",
    "1101051949123100",
    "11010519491231002",
    "11010519491231A02X",
    "11010519491231002A",
    "110105194912310021",
    "110105194913310021",
    "11010520300101001X",
    "１１０１０５１９４９１２３１００２Ｘ",
    "110105 19491231 002X",
    "1.1010519491231e+17",
];

const PHONES: [&str; 11] = [
    "13800001000",
    "+86 138-0000-1000",
    "(0391)1234567",
    "0391-12345678",
    "1234567",
    "12345678",
    " ",
    "123456",
    "23800001000",
    "138000010001",
    "没有电话",
];

/// Those of the elder and of another, with category and grade as given and not, and none at all.
const CERTIFICATES: [&str; 9] = [
    "11010519491231002X11",
    " 11010519491231002x11 ",
    "11010519491231002X21",
    "11010519491231002X14",
    "11010519491231002X81",
    "11010519491231002X15",
    "44052418800101001411",
    "11010519491231002112",
    "残疾证丢了",
];

/// A character beyond the basic plane counts once; a blank at either end does not count.
fn texts(longest: usize) -> Vec<Value> {
    let at_most = format!(" {}𠮷 ", long(longest - 1));
    let texts = [
        "",
        "  ",
        &at_most,
        &long(longest + 1),
        "两\n行",
        "响\u{7}铃",
        "看不见\u{200B}",
        "反\u{202E}写",
    ];
    texts.map(Value::from).into()
}

/// So many characters, in short.
fn long(length: usize) -> String {
    format!("长×{length}")
}

/// So many rows of a list, in short.
fn many(times: usize, of: &Value) -> Value {
    json!({ "times": times, "of": of })
}

/// The text that one in short stands for.
fn spelled(text: &str) -> String {
    let Some((before, rest)) = text.split_once("长×") else { return text.to_owned() };
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (length, after) = rest.split_at(end);
    format!("{before}{}{after}", "长".repeat(length.parse().unwrap_or_default()))
}

fn spelled_out(value: &Value) -> Value {
    match value {
        Value::String(text) => spelled(text).into(),
        Value::Array(values) => values.iter().map(spelled_out).collect(),
        Value::Object(fields) if fields.contains_key("times") => {
            let times = fields["times"].as_u64().unwrap_or_default();
            (0..times).map(|_| spelled_out(&fields["of"])).collect()
        }
        Value::Object(fields) => {
            fields.iter().map(|(field, value)| (field.clone(), spelled_out(value))).collect()
        }
        other => other.clone(),
    }
}

/// So many days after another.
fn day(from: NaiveDate, days: u64) -> String {
    (from + Days::new(days)).to_string()
}

fn days(of_the_rule: &[&str]) -> Vec<Value> {
    let last_too_early = format!("{}-12-31", EARLIEST_YEAR - 1);
    let first = format!("{EARLIEST_YEAR}-01-01");
    let written = [
        "",
        "2026-2-3",
        "2026年10月5日",
        "20261030",
        "2026-02-29",
        "2024-02-29",
        " 2026-10-30 ",
        "今天",
        "2026-13-01",
        &last_too_early,
        &first,
    ];
    written.iter().chain(of_the_rule).map(|text| Value::from(*text)).collect()
}

fn example(content: Value) -> Example {
    let places = Places::default();
    let ground = Ground { today: today(), places: &places, township: "" };
    let problems = match serde_json::from_value::<Content>(spelled_out(&content)) {
        Ok(content) => check(&content, ground).err().unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    Example { today: today(), content, problems: problems.into_iter().map(fault).collect() }
}

fn fault(problem: Problem) -> Fault {
    let message = problem.message(Language::Chinese);
    Fault { code: problem.code.as_str(), path: problem.path, message, repair: problem.repair }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_content_and_every_rule_with_bounds_refuses_one() {
        let examples = examples();
        for example in &examples {
            let content = serde_json::from_value::<Content>(spelled_out(&example.content));
            assert!(content.is_ok(), "{:?}", example.content);
        }
        for (kind, _, fields) in kinds() {
            let of_kind = examples.iter().filter(|example| !example.content[kind].is_null());
            let problems: Vec<_> = of_kind.flat_map(|example| &example.problems).collect();
            for (path, rule) in leaves("", &fields) {
                let refused = problems.iter().any(|problem| {
                    problem.path == path || problem.path.starts_with(&format!("{path}["))
                });
                // Which villages there are, the hub alone knows.
                if matches!(rule, Rule::Village) {
                    continue;
                }
                let closed = matches!(rule, Rule::Choice { .. } | Rule::Choices { .. });
                // Some are told at a closed list: they have to agree with a number.
                let agrees = path.ends_with(".sex") || path == "detail.disabled.category";
                assert_ne!(refused, closed && !agrees, "{kind}.{path}");
            }
        }
    }

    /// Of a content with a value in each field, those that its rules are to name.
    fn fields_of(content: Value, kind: &str, others: &[&str]) -> Vec<String> {
        let content: Content = serde_json::from_value(content).expect("a content");
        let written = serde_json::to_value(content).expect("JSON");
        let fields = written[kind].as_object().expect("an object").keys().cloned();
        let mut fields: Vec<_> = fields.filter(|field| !others.contains(&field.as_str())).collect();
        fields.sort_unstable();
        fields
    }

    #[test]
    fn every_field_of_a_visit_has_a_rule() {
        let mut visit = plain_visit();
        for field in ["met", "living", "body", "mind", "place", "remark"] {
            visit[field] = json!("好");
        }
        visit["minutes"] = json!(30);
        visit["workers"] = json!(["王芳"]);
        visit["services"] = json!(["CARE"]);
        visit["nextVisitOn"] = json!("2026-11-30");
        visit["needs"] = json!([need("缺一张床")]);
        visit["needsMet"] = json!(["CARE"]);
        let fields = fields_of(json!({ "visit": visit }), "visit", &["person"]);
        assert_eq!(fields, visit::fields().into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn every_field_of_an_assessment_has_a_rule() {
        let mut assessment = plain_assessment();
        assessment["assessors"] = json!(["王芳"]);
        assessment["remark"] = json!("好");
        assessment["needs"] = json!([need("缺一张床")]);
        let others = ["person", "instrument", "version", "answers"];
        let fields = fields_of(json!({ "assessment": assessment }), "assessment", &others);
        assert_eq!(fields, assessment::fields().into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn every_field_of_a_closure_and_of_an_excuse_has_a_rule() {
        let closure = json!({ "ledgerClosure": plain_closure() });
        let fields = fields_of(closure, "ledgerClosure", &["person"]);
        assert_eq!(fields, closure::fields().into_keys().collect::<Vec<_>>());
        let mut excuse = plain_excuse();
        excuse["workers"] = json!(["王芳"]);
        excuse["remark"] = json!("好");
        let fields = fields_of(json!({ "excuse": excuse }), "excuse", &["person"]);
        assert_eq!(fields, excuse::fields().into_keys().collect::<Vec<_>>());
    }

    fn told_of_a_person() -> Value {
        json!({
            "name": "王小明", "residentId": CHILD, "noIdReason": "LOST", "sex": "MALE",
            "birthDate": "2015-06-01", "village": "一村", "address": "一号", "phone": "13800001000",
            "incomeClass": "NONE",
        })
    }

    #[test]
    fn every_field_of_a_household_and_of_a_correction_has_a_rule() {
        let mut household = household_of(&told_of_a_person());
        household["basedOn"] = json!(1);
        household["members"] = json!([member(&told_of_a_person())]);
        household["village"] = json!("一村");
        household["address"] = json!("一号");
        household["incomeClass"] = json!("NONE");
        let fields = fields_of(json!({ "household": household }), "household", &["basedOn"]);
        assert_eq!(fields, household::fields().into_keys().collect::<Vec<_>>());
        let correction = json!({ "personCorrection": correction_of(&told_of_a_person()) });
        let others = ["personId", "basedOn"];
        let fields = fields_of(correction.clone(), "personCorrection", &others);
        assert_eq!(fields, correction::fields().into_keys().collect::<Vec<_>>());
        let mut paths = paths_in("values.", &correction["personCorrection"]["values"]);
        paths.sort_unstable();
        let ruled: Vec<_> =
            leaves("", &correction::fields()).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ruled);
    }

    #[test]
    fn every_field_of_an_entry_has_a_rule() {
        let person = told_of_a_person();
        let details = [
            json!({ "child": {
                "kind": "ORPHAN", "school": "一小", "grade": "一年级", "guardian": "李强",
                "guardianRelation": "祖父", "guardianPhone": "13800001000", "father": "王强",
                "mother": "李芳",
            } }),
            json!({ "elderly": {
                "livingArrangement": "ALONE", "abilityLevel": "MILD", "illnesses": "无",
                "contact": "李强", "contactPhone": "13800001000",
            } }),
            json!({ "disabled": {
                "certificateNo": "11010519491231002X11", "category": "VISUAL", "grade": 1,
                "carer": "李强", "carerPhone": "13800001000", "subsidies": ["LIVING"],
            } }),
        ];
        let mut paths: Vec<_> = Vec::new();
        for detail in details {
            let mut entry = entry_of(&person, &detail);
            entry["ledgerEntry"]["risk"] = json!("LOW");
            entry["ledgerEntry"]["remark"] = json!("好");
            entry["ledgerEntry"]["needs"] = json!([need("缺一张床")]);
            let content: Content = serde_json::from_value(entry).expect("a content");
            let written = serde_json::to_value(content).expect("JSON");
            paths.extend(paths_in("", &written["ledgerEntry"]));
        }
        paths.sort_unstable();
        paths.dedup();
        let mut ruled: Vec<_> =
            leaves("", &entry::fields()).into_iter().map(|(path, _)| path).collect();
        ruled.sort_unstable();
        assert_eq!(paths, ruled);
    }

    fn paths_in(below: &str, value: &Value) -> Vec<String> {
        let fields = value.as_object().expect("an object").iter();
        let paths = fields.flat_map(|(field, value)| match value {
            Value::Object(_) => paths_in(&format!("{below}{field}."), value),
            _ => vec![format!("{below}{field}")],
        });
        paths.collect()
    }
}
