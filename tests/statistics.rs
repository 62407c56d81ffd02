//! Statistics: every figure is that of an independent count over the rows as they are exported,
//! opens to those rows, and tells of nobody to those who are not to know who is meant.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use entity::{Measure, Role, TokenScope, Totals, visit};
use hub::{
    clock::Clock,
    statistics::{Measured, Question},
    visits::VisitFilter,
};
use nuanyang::commands::HERE;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Backend, FAR, NEIGHBOUR, STATION, TestHub, TestViewer, contents::*, node},
};

/// Numbers that look random, and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Someone of several ages, told apart by a number.
fn someone(number: usize) -> Value {
    let births = ["19430717", "19551126", "19561126", "19850229", "20100401", "20210105"];
    let birth = births[number % births.len()].replace("0229", "0228");
    let number = u32::try_from(number).unwrap();
    json!({ "name": format!("测试某人{number}"), "residentId": resident_id("410802", &birth, number) })
}

/// A made-up record of three stations.
async fn record(hub: &TestHub) {
    let mut dice = Dice(11);
    for station in [STATION, NEIGHBOUR, FAR] {
        let worker = hub.worker(station).await;
        let mut items = Vec::new();
        for number in 0..12 {
            let who = someone(number);
            if number < 4 && station == STATION {
                let household = json!({ "head": who, "members": [{ "person": someone(number + 6), "relation": "配偶" }] });
                items.push(item(station, json!({ "household": household })));
            }
            let risk = *dice.one(&["HIGH", "MEDIUM", "LOW"]);
            items.push(elderly_entry(station, who, "2026-01-05", json!({ "risk": risk })));
        }
        for _ in 0..70 {
            let day = format!("2026-{:02}-{:02}", 7 + dice.below(5), 1 + dice.below(20));
            let services: BTreeSet<_> = (0..dice.below(3))
                .map(|_| *dice.one(&["CARE", "LEGAL", "MEDICAL", "EDUCATION"]))
                .collect();
            let more = json!({
                "mode": dice.one(&["HOME", "PHONE", "VIDEO"]), "minutes": 10 + dice.below(50),
                "services": if services.is_empty() { BTreeSet::from(["OTHER"]) } else { services },
                "needs": [{ "domain": dice.one(&["CARE", "SUPPLIES"]), "urgency": dice.one(&["SOON", "URGENT"]) }],
            });
            items.push(visit(station, someone(dice.below(12)), &day, more));
        }
        for receipt in worker.submit(items).await {
            assert_eq!(receipt["status"], "STORED", "{receipt:#}");
        }
    }
}

pub async fn whole_city(hub: &TestHub) -> TestViewer<'_> {
    use TokenScope::{Address, Finance, Health, Identity, Minor, Read};
    hub.system("410800", &[Read, Identity, Address, Health, Minor, Finance]).await
}

/// A row as it is exported, with its values in each dimension.
struct Exported {
    id: Value,
    values: BTreeMap<&'static str, Vec<String>>,
    person: Option<String>,
}

const UNKNOWN: &str = "UNKNOWN";
const TOTAL: &str = "TOTAL";

fn text(value: &Value) -> String {
    match value {
        Value::Null => UNKNOWN.to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The first age of the band in which someone is on a day.
fn band(born: &Value, on: NaiveDate) -> String {
    let Some(born) = born.as_str() else { return UNKNOWN.to_owned() };
    let born: NaiveDate = born.parse().unwrap();
    let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
    let age = on.year() - born.year() - i32::from(!had_birthday);
    [80, 70, 60, 18, 12, 6, 0].into_iter().find(|first| *first <= age).unwrap().to_string()
}

fn exported(row: &Value, day: &str) -> Exported {
    let on: NaiveDate = row[day].as_str().unwrap().parse().unwrap();
    let place = row["divisionCode"].as_str().unwrap();
    let part = |digits| place.get(..digits).unwrap_or(UNKNOWN).to_owned();
    let month = format!("{}-{:02}-01", on.year(), on.month());
    let quarter = format!("{}-{:02}-01", on.year(), (on.month0() / 3) * 3 + 1);
    let monday = on - chrono::Days::new(u64::from(on.weekday().num_days_from_monday()));
    let person = &row["person"];
    let services = row["services"]
        .as_array()
        .map_or_else(|| vec![UNKNOWN.to_owned()], |services| services.iter().map(text).collect());
    let values = [
        ("COUNTY", vec![part(6)]),
        ("TOWNSHIP", vec![part(9)]),
        ("VILLAGE", vec![part(12)]),
        ("STATION", vec![text(&row["station"]["code"])]),
        ("YEAR", vec![on.year().to_string()]),
        ("QUARTER", vec![quarter]),
        ("MONTH", vec![month]),
        ("WEEK", vec![monday.to_string()]),
        ("DAY", vec![on.to_string()]),
        ("MODE", vec![text(&row["mode"])]),
        ("SERVICE", services),
        ("SEX", vec![text(&person["sex"])]),
        ("AGE_BAND", vec![band(&person["birthDate"], on)]),
        ("INCOME_CLASS", vec![text(&person["incomeClass"])]),
        ("KIND", vec![text(&row["kind"])]),
        ("RISK", vec![text(&row["risk"])]),
        ("DOMAIN", vec![text(&row["domain"])]),
        ("URGENCY", vec![text(&row["urgency"])]),
        ("STATUS", vec![text(&row["status"])]),
    ];
    Exported {
        id: row["id"].clone(),
        values: values.into(),
        person: person["id"].as_str().map(str::to_owned),
    }
}

/// The fields of a row that tell where it stands.
fn place(by: &[&str]) -> String {
    let field = |dimension: &&str| match *dimension {
        "COUNTY" | "TOWNSHIP" | "VILLAGE" | "STATION" => {
            format!("{} {{ code }}", dimension.to_lowercase())
        }
        "AGE_BAND" => "ageBand { from }".to_owned(),
        "INCOME_CLASS" => "incomeClass".to_owned(),
        "LIVING_ARRANGEMENT" => "livingArrangement".to_owned(),
        "CHILD_KIND" => "childKind".to_owned(),
        dimension => dimension.to_lowercase(),
    };
    let fields: Vec<_> = by.iter().map(field).collect();
    format!("totals figures {{ value }} {}", fields.join(" "))
}

/// Where a row stands in each dimension.
fn keys(row: &Value, by: &[&str]) -> Vec<String> {
    let totals = row["totals"].as_array().unwrap();
    by.iter()
        .map(|dimension| match *dimension {
            dimension if totals.contains(&json!(dimension)) => TOTAL.to_owned(),
            "COUNTY" => text(&row["county"]["code"]),
            "TOWNSHIP" => text(&row["township"]["code"]),
            "VILLAGE" => text(&row["village"]["code"]),
            "STATION" => text(&row["station"]["code"]),
            "AGE_BAND" => text(&row["ageBand"]["from"]),
            "INCOME_CLASS" => text(&row["incomeClass"]),
            "LIVING_ARRANGEMENT" => text(&row["livingArrangement"]),
            "CHILD_KIND" => text(&row["childKind"]),
            dimension => text(&row[dimension.to_lowercase()]),
        })
        .collect()
}

type Cells<'r> = BTreeMap<Vec<String>, Vec<&'r Exported>>;

/// Every cell with every total, counted one row at a time.
fn cells<'r>(rows: &'r [Exported], by: &[&str]) -> Cells<'r> {
    let mut cells = Cells::new();
    for row in rows {
        let places = by.iter().fold(vec![Vec::new()], |places: Vec<Vec<String>>, dimension| {
            let values = row.values[dimension].iter().map(String::as_str).chain([TOTAL]);
            let longer = |value: &str| {
                let value = value.to_owned();
                places
                    .iter()
                    .map(move |place| [place.as_slice(), std::slice::from_ref(&value)].concat())
                    .collect::<Vec<_>>()
            };
            values.flat_map(longer).collect()
        });
        for place in places {
            cells.entry(place).or_default().push(row);
        }
    }
    cells
}

fn people_of(rows: &[&Exported]) -> usize {
    rows.iter().filter_map(|row| row.person.as_ref()).collect::<BTreeSet<_>>().len()
}

const MEASURES: &str =
    "{ measure: COUNT }, { measure: PEOPLE }, { measure: HOUSEHOLDS }, { measure: SHARE }";
const OF_MINUTES: &str = ", { measure: SUM, of: MINUTES }, { measure: MEAN, of: MINUTES }, { measure: MEDIAN, of: MINUTES }";

async fn rows_of(viewer: &TestViewer<'_>, question: &str, fields: &str) -> Value {
    let data = viewer
        .ask(&format!("{{ statistics({question}) {{ withheld rows {{ {fields} }} }} }}"))
        .await;
    data["statistics"].clone()
}

fn same(told: &Value, expected: &[Option<f64>]) -> bool {
    let told = told.as_array().unwrap().iter().map(|figure| figure["value"].as_f64());
    told.zip(expected).all(|(told, expected)| match (told, expected) {
        (Some(told), Some(expected)) => (told - expected).abs() < 1e-9,
        (told, expected) => told == *expected,
    })
}

async fn export(viewer: &TestViewer<'_>, list: &str, day: &str, fields: &str) -> Vec<Exported> {
    let mut rows = Vec::new();
    let mut after = "null".to_owned();
    loop {
        let page = viewer.ask(&format!("{{ {list}(first: 200, after: {after}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{
            id {day} divisionCode station {{ code }} {fields}
            person {{ id sex birthDate incomeClass household {{ id }} }} }} }} }}")).await;
        rows.extend(page[list]["nodes"].as_array().unwrap().iter().map(|row| exported(row, day)));
        if page[list]["pageInfo"]["hasNextPage"] == false {
            return rows;
        }
        after = page[list]["pageInfo"]["endCursor"].to_string();
    }
}

const EVERYWHERE: [&str; 12] = [
    "COUNTY",
    "TOWNSHIP",
    "VILLAGE",
    "STATION",
    "YEAR",
    "QUARTER",
    "MONTH",
    "WEEK",
    "DAY",
    "SEX",
    "AGE_BAND",
    "INCOME_CLASS",
];

/// What can be asked of a table: how the schema names its rows, their day and the filter by it, by what
/// it is told apart beside what all are, and the fields for it.
struct Table {
    of: &'static str,
    list: &'static str,
    day: &'static str,
    within: Option<(&'static str, &'static str)>,
    own: &'static [&'static str],
    fields: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        of: "VISITS",
        list: "visits",
        day: "visitedOn",
        within: Some(("visits", "visited")),
        own: &["MODE", "SERVICE", "KIND"],
        fields: "minutes mode service: services",
    },
    Table {
        of: "LEDGER_ENTRIES",
        list: "ledgerEntries",
        day: "openedOn",
        within: Some(("ledgerEntries", "opened")),
        own: &["KIND", "RISK", "LIVING_ARRANGEMENT", "CHILD_KIND"],
        fields: "closed: closedOn kind risk ... on ElderlyEntry { living_arrangement: livingArrangement }
            ... on ChildEntry { child_kind: childKind }",
    },
    Table {
        of: "NEEDS",
        list: "needs",
        day: "raisedOn",
        within: Some(("needs", "raised")),
        own: &["DOMAIN", "URGENCY", "STATUS"],
        fields: "domain urgency status",
    },
    Table {
        of: "ASSESSMENTS",
        list: "assessments",
        day: "assessedOn",
        within: None,
        own: &["LEVEL"],
        fields: "level",
    },
];

impl Table {
    /// Its rows as DuckDB reads them.
    async fn exported(&self, viewer: &TestViewer<'_>) -> Vec<Value> {
        let (mut rows, mut after) = (Vec::new(), "null".to_owned());
        loop {
            let page = viewer.ask(&format!("{{ {}(first: 200, after: {after}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{
                id day: {} division: divisionCode from: station {{ code }} {}
                of: person {{ id sex birthDate incomeClass household {{ id }} }} }} }} }}", self.list, self.day, self.fields)).await;
            for row in page[self.list]["nodes"].as_array().unwrap() {
                let mut row = row.clone();
                let of = row["of"].take();
                row["station"] = row["from"]["code"].take();
                row.as_object_mut().unwrap().retain(|key, _| key != "from" && key != "of");
                row["person"] = of["id"].clone();
                row["household"] = of["household"]["id"].clone();
                row["sex"] = of["sex"].clone();
                row["born"] = of["birthDate"].clone();
                row["income_class"] = of["incomeClass"].clone();
                // A column has to be there for DuckDB where no row has it.
                for column in
                    self.own.iter().map(|own| own.to_lowercase()).chain(["minutes".to_owned()])
                {
                    row[&column] = row[&column].take();
                }
                rows.push(row);
            }
            if page[self.list]["pageInfo"]["hasNextPage"] == false {
                return rows;
            }
            after = page[self.list]["pageInfo"]["endCursor"].to_string();
        }
    }

    /// A question at random: by what, and within which days.
    fn question(&self, dice: &mut Dice) -> (Vec<&'static str>, Option<(String, String)>) {
        let mut by = Vec::new();
        for _ in 0..dice.below(5) {
            let dimension = *dice.one(&[&EVERYWHERE, self.own].concat());
            if !by.contains(&dimension) {
                by.push(dimension);
            }
        }
        let day = |month: usize, day: usize| format!("2026-{month:02}-{day:02}");
        let days = (
            day(1 + dice.below(8), 1 + dice.below(28)),
            day(9 + dice.below(3), 1 + dice.below(28)),
        );
        (by, Some(days).filter(|_| self.within.is_some() && dice.below(3) == 0))
    }

    async fn told(
        &self,
        viewer: &TestViewer<'_>,
        by: &[&str],
        days: Option<&(String, String)>,
    ) -> Value {
        let facts = if self.of == "VISITS" { OF_MINUTES } else { "" };
        let within = self.within.zip(days).map(|((filter, field), (from, to))| {
            format!("where: {{ {filter}: {{ {field}: {{ from: \"{from}\", to: \"{to}\" }} }} }},")
        });
        let question = format!(
            "of: {}, first: 10000, totals: CUBE, {} by: [{}], measures: [{MEASURES}{facts}]",
            self.of,
            within.unwrap_or_default(),
            by.join(", ")
        );
        rows_of(viewer, &question, &place(by)).await
    }
}

/// Asks each table at random, and DuckDB the same of its rows.
async fn assert_as_duckdb_counts(hub: &TestHub) {
    let viewer = whole_city(hub).await;
    let folder = tempfile::tempdir().unwrap();
    let (mut dice, mut files, mut questions) = (Dice(5), BTreeMap::new(), Vec::new());
    let mut told = Vec::new();
    for table in &TABLES {
        let rows = table.exported(&viewer).await;
        assert!(rows.len() >= 12, "{} {}", table.of, rows.len());
        let file = folder.path().join(format!("{}.json", table.of));
        std::fs::write(&file, serde_json::to_string(&rows).unwrap()).unwrap();
        files.insert(table.of, file);
        for number in 0..20 {
            let (by, days) = match number {
                0 => (table.own.to_vec(), None),
                _ => table.question(&mut dice),
            };
            let answer = table.told(&viewer, &by, days.as_ref()).await;
            // Of nothing at all a total is told, which is no group of DuckDB's.
            let rows = answer["rows"].as_array().unwrap().iter();
            let rows = rows.filter(|row| row["figures"][0]["value"].as_f64() != Some(0.0));
            told.push(
                rows.map(|row| (keys(row, &by), row["figures"].clone()))
                    .collect::<BTreeMap<_, _>>(),
            );
            let (from, to) = days.unzip();
            questions.push(json!({ "of": table.of, "by": by, "from": from, "to": to }));
        }
    }
    let asked = folder.path().join("asked.json");
    std::fs::write(&asked, json!({ "tables": files, "questions": questions }).to_string()).unwrap();
    let counted = node::run("duckdb", "count.mjs", &asked).await;
    let counted: Vec<Vec<Value>> = serde_json::from_slice(&counted).unwrap();
    assert_eq!(counted.len(), told.len());
    for ((question, told), counted) in questions.iter().zip(&told).zip(&counted) {
        let key = |row: &Value| row["key"].as_array().unwrap().iter().map(text).collect::<Vec<_>>();
        let counted: BTreeMap<_, _> =
            counted.iter().map(|row| (key(row), &row["figures"])).collect();
        assert_eq!(
            told.keys().collect::<Vec<_>>(),
            counted.keys().collect::<Vec<_>>(),
            "{question}"
        );
        for (key, figures) in told {
            let of_duckdb =
                counted[key].as_array().unwrap().iter().map(Value::as_f64).collect::<Vec<_>>();
            assert!(same(figures, &of_duckdb), "{question} {key:?} {figures} {of_duckdb:?}");
        }
    }
}

on_both! {
    async fn every_figure_is_that_of_duckdb_over_an_export(hub: TestHub) {
        record(&hub).await;
        let worker = hub.worker(STATION).await;
        let child = |number| json!({ "name": format!("测试儿童{number}"), "incomeClass": "MINIMUM_LIVING",
            "residentId": resident_id("410802", "20150401", number) });
        for number in 0..6 {
            worker.store(child_entry(STATION, child(number), "2026-02-01", json!({}))).await;
        }
        for number in 0..12 {
            worker.store(assessment(&someone(number), "older-adult-ability")).await;
        }
        // Visits to those of two kinds of ledger, of none, of one opened later, and before and after it was closed.
        for (number, day) in [(4, "2026-02-01"), (5, "2026-09-01")] {
            worker.store(child_entry(STATION, someone(number), day, json!({}))).await;
        }
        for (number, day) in [(30, "2026-10-08"), (30, "2026-10-09"), (31, "2026-08-03"), (0, "2026-09-12"), (0, "2026-09-13")] {
            worker.store(visit(STATION, someone(number), day, json!({}))).await;
        }
        worker.store(elderly_entry(STATION, someone(30), "2026-10-09", json!({}))).await;
        for station in [STATION, NEIGHBOUR, FAR] {
            let closure = json!({ "person": someone(0), "kind": "ELDERLY", "closedOn": "2026-09-12", "reason": "MOVED_AWAY" });
            hub.worker(station).await.store(item(station, json!({ "ledgerClosure": closure }))).await;
        }
        assert_as_duckdb_counts(&hub).await;
    }

    async fn every_row_opens_to_the_records_it_counts(hub: TestHub) {
        record(&hub).await;
        let viewer = whole_city(&hub).await;
        let rows = export(&viewer, "visits", "visitedOn", "mode services").await;
        for by in [["MONTH", "SERVICE"], ["STATION", "SEX"], ["TOWNSHIP", "AGE_BAND"], ["WEEK", "MODE"]] {
            let question = format!("of: VISITS, first: 60, totals: ROLLUP, by: [{}], measures: [{{ measure: COUNT }}]", by.join(", "));
            let fields = format!("{} records(first: 100) {{ ... on VisitConnection {{ nodes {{ id }} }} }}", place(&by));
            let told = rows_of(&viewer, &question, &fields).await;
            let expected = cells(&rows, &by);
            for row in told["rows"].as_array().unwrap() {
                let counted = &expected[&keys(row, &by)];
                let ids = |rows: Vec<&Value>| rows.into_iter().map(Value::to_string).collect::<BTreeSet<_>>();
                let nodes = row["records"]["nodes"].as_array().unwrap().iter().map(|node| &node["id"]);
                let shown = ids(nodes.collect());
                let all = ids(counted.iter().map(|row| &row.id).collect());
                assert!(shown.is_subset(&all) && shown.len() == all.len().min(100), "{by:?} {row:#}");
            }
            let fields = format!("{} records(first: 1) {{ ... on VisitConnection {{ totalCount }} }}", place(&by));
            for row in rows_of(&viewer, &question, &fields).await["rows"].as_array().unwrap() {
                assert_eq!(row["records"]["totalCount"], expected[&keys(row, &by)].len());
            }
        }
    }

    async fn who_sees_no_small_figures_is_told_none_and_cannot_have_them_by_difference(hub: TestHub) {
        record(&hub).await;
        let all = whole_city(&hub).await;
        let rows = export(&all, "visits", "visitedOn", "mode services").await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let (mut withheld, mut nulls) = (0, 0);
        for by in [
            vec!["MODE", "SEX"],
            vec!["COUNTY", "SEX", "MODE"],
            vec!["SEX", "AGE_BAND"],
            vec!["MONTH", "MODE"],
            vec!["SERVICE"],
        ] {
            let question = format!("of: VISITS, first: 5000, totals: CUBE, by: [{}], measures: [{{ measure: COUNT }}, {{ measure: PEOPLE }}, {{ measure: SHARE }}]", by.join(", "));
            let answer = rows_of(&analyst, &question, &place(&by)).await;
            let expected = cells(&rows, &by);
            let mut told = BTreeMap::new();
            for row in answer["rows"].as_array().unwrap() {
                let key = keys(row, &by);
                let counted = &expected[&key];
                assert!(people_of(counted) >= 5, "{by:?} {key:?}");
                let [count, met] = [counted.len(), people_of(counted)].map(|count| json!(count as f64));
                assert_eq!(row["figures"][0]["value"], count);
                let totals = (0..by.len()).filter(|at| key[*at] != TOTAL).map(|at| {
                    let mut total = key.clone();
                    TOTAL.clone_into(&mut total[at]);
                    people_of(&expected[&total]) - people_of(counted)
                });
                // Of dimensions of one level these are all its totals.
                let is_few = totals.into_iter().any(|others| (1..5).contains(&others));
                match row["figures"][1]["value"].is_null() {
                    true => nulls += 1,
                    false => assert!(row["figures"][1]["value"] == met && !is_few, "{by:?} {key:?}"),
                }
                told.insert(key, counted.len());
            }
            withheld += expected.len() - told.len();
            assert_eq!(answer["withheld"], true);
            assert!(told.contains_key(&vec![TOTAL.to_owned(); by.len()]), "{by:?}");
            if by != ["SERVICE"] {
                assert_covered(&expected, &told, by.len());
            }
        }
        assert!(withheld > 10 && nulls > 0, "{withheld} {nulls}");
    }

    async fn details_of_a_ledger_tell_no_more_of_its_kinds_than_kinds_do(hub: TestHub) {
        record(&hub).await;
        let worker = hub.worker(STATION).await;
        let child = |number: usize| json!({ "name": format!("测试儿童{number}"), "residentId": resident_id("410802", "20150401", u32::try_from(number).unwrap()) });
        let entries = async |numbers: std::ops::Range<usize>, kind: &str| {
            let more = json!({ "detail": { "child": { "kind": kind } } });
            let items = numbers.map(|number| child_entry(STATION, child(number), "2026-02-01", more.clone()));
            for receipt in worker.submit(items.collect()).await {
                assert_eq!(receipt["status"], "STORED", "{receipt:#}");
            }
        };
        let analyst = hub.viewer(Role::Analyst, None).await;
        let told = async |viewer: &TestViewer<'_>, by: &str| -> BTreeMap<(String, String), f64> {
            let question = format!("of: LEDGER_ENTRIES, by: [{by}], totals: CUBE, measures: [{{ measure: COUNT }}]");
            let told = rows_of(viewer, &question, &format!("kind {}", place(&[by]))).await;
            let rows = told["rows"].as_array().unwrap().iter();
            rows.map(|row| ((text(&row["kind"]), keys(row, &[by])[0].clone()), row["figures"][0]["value"].as_f64().unwrap())).collect()
        };
        let row = |kind: &str, value: &str, count: f64| ((kind.to_owned(), value.to_owned()), count);

        entries(700..703, "LEFT_BEHIND").await;
        let few = told(&analyst, "CHILD_KIND").await;
        assert_eq!(few, BTreeMap::from([row(UNKNOWN, TOTAL, 39.0)]), "beside the elderly, the rest are three children");
        assert_eq!(told(&analyst, "LIVING_ARRANGEMENT").await, few);

        entries(703..709, "LEFT_BEHIND").await;
        entries(709..712, "IN_DIFFICULTY").await;
        let many = told(&analyst, "CHILD_KIND").await;
        let expected = [row(UNKNOWN, TOTAL, 48.0), row("ELDERLY", UNKNOWN, 36.0)];
        assert_eq!(many, BTreeMap::from(expected), "nine and twelve children would tell of three");
        let all = told(&whole_city(&hub).await, "CHILD_KIND").await;
        let expected = [row("CHILD", "LEFT_BEHIND", 9.0), row("CHILD", "IN_DIFFICULTY", 3.0)];
        assert_eq!(all, many.into_iter().chain(expected).collect());

        entries(712..715, "IN_DIFFICULTY").await;
        let all = told(&whole_city(&hub).await, "CHILD_KIND").await;
        assert_eq!(told(&analyst, "CHILD_KIND").await, all);
        assert_eq!(all.len(), 4, "{all:?}");
    }

    async fn a_division_is_picked_out_of_the_table_of_the_city(hub: TestHub) {
        record(&hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let by = ["COUNTY", "MODE"];
        let question = "of: VISITS, totals: CUBE, by: [COUNTY, MODE], measures: [{ measure: COUNT }]";
        let city = rows_of(&analyst, question, &place(&by)).await;
        let of_county = city["rows"].as_array().unwrap().iter()
            .filter(|row| row["county"]["code"] == "410802")
            .map(|row| (row["mode"].clone(), row["figures"].clone()))
            .collect::<Vec<_>>();
        let question = "of: VISITS, totals: CUBE, by: [MODE], where: { visits: { division: \"410802\" } }, measures: [{ measure: COUNT }]";
        let county = rows_of(&analyst, question, &place(&["MODE"])).await;
        let county = county["rows"].as_array().unwrap().iter()
            .map(|row| (row["mode"].clone(), row["figures"].clone()))
            .collect::<Vec<_>>();
        assert_eq!(county, of_county);
        assert!(county.len() > 1);
    }

    async fn a_time_is_picked_out_of_the_table_of_all_days(hub: TestHub) {
        record(&hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let question = "of: VISITS, totals: CUBE, by: [MONTH, MODE], measures: [{ measure: COUNT }]";
        let all = rows_of(&analyst, question, &place(&["MONTH", "MODE"])).await;
        let mut of_month: Vec<_> = all["rows"].as_array().unwrap().iter()
            .filter(|row| row["month"] == "2026-08-01")
            .map(|row| (row["mode"].clone(), row["figures"].clone()))
            .collect();
        let span = "where: { visits: { visited: { from: \"2026-08-01\", to: \"2026-08-31\" } } }";
        for by in [vec!["MODE"], vec!["MODE", "MONTH"]] {
            let question = format!("of: VISITS, totals: ROLLUP, {span}, by: [{}], measures: [{{ measure: COUNT }}]", by.join(", "));
            let month = rows_of(&analyst, &question, &place(&by)).await;
            let told: Vec<_> = month["rows"].as_array().unwrap().iter()
                .map(|row| (row["mode"].clone(), row["figures"].clone()))
                .collect();
            assert!(!told.is_empty());
            of_month.retain(|row| by.len() == 1 || told.contains(row));
            assert_eq!(told, of_month, "{by:?}");
        }
    }

    async fn who_is_not_to_know_when_someone_was_born_opens_no_band_of_ages(hub: TestHub) {
        record(&hub).await;
        let ask = |bands: &str| format!("{{ statistics(of: PERSONS, by: [AGE_BAND], ageBands: {bands}, first: 20, measures: [{{ measure: COUNT }}]) {{ rows {{ ageBand {{ from }} records(first: 5) {{ ... on PersonConnection {{ nodes {{ id }} }} }} }} }} }}");
        let officer = hub.viewer(Role::CountyOfficer, Some("410800")).await;
        assert_eq!(officer.fault(&ask("[0, 6, 12, 18]")).await, "FORBIDDEN");
        let analyst = hub.viewer(Role::Analyst, None).await;
        assert_eq!(analyst.fault(&ask("[0, 60]")).await, "FORBIDDEN");
        let person = officer.ask("{ persons(first: 1) { nodes { id } } }").await["persons"]["nodes"][0]["id"].clone();
        let of_one = format!("{{ statistics(of: VISITS, by: [DAY, AGE_BAND], where: {{ visits: {{ person: {person} }} }}, measures: [{{ measure: COUNT }}]) {{ found }} }}");
        let narrow = "{ statistics(of: VISITS, by: [DAY, AGE_BAND], ageBands: [0, 1, 18], measures: [{ measure: COUNT }]) { found } }";
        for asked in [&of_one, narrow] {
            assert_eq!(officer.fault(asked).await, "INVALID_INPUT", "{asked}");
            whole_city(&hub).await.ask(asked).await;
        }
        let told = whole_city(&hub).await.ask(&ask("[0, 60]")).await;
        assert!(!told["statistics"]["rows"][0]["records"]["nodes"].as_array().unwrap().is_empty());
    }

    async fn the_records_of_a_row_are_those_it_counts_for_who_finds_no_minors(hub: TestHub) {
        record(&hub).await;
        use TokenScope::{Health, Identity, Read};
        let viewer = hub.system("410800", &[Read, Identity, Health]).await;
        let question = "{ statistics(of: VISITS, by: [SERVICE], totals: CUBE, first: 20, measures: [{ measure: COUNT }]) { rows { totals figures { count } records(first: 200) { ... on VisitConnection { nodes { id } } } } } }";
        let told = viewer.ask(question).await;
        let total = told["statistics"]["rows"].as_array().unwrap().last().unwrap();
        assert_eq!(total["totals"], json!(["SERVICE"]));
        assert_eq!(total["figures"][0]["count"], total["records"]["nodes"].as_array().unwrap().len());
        assert!(total["figures"][0]["count"].as_u64().unwrap() < 200);
    }

    async fn what_a_question_needs_is_said(hub: TestHub) {
        record(&hub).await;
        let officer = whole_city(&hub).await;
        let analyst = hub.viewer(Role::Analyst, None).await;
        let ask = |rest: &str| format!("{{ statistics({rest}) {{ found }} }}");
        let count = "measures: [{ measure: COUNT }]";
        for (viewer, rest, code) in [
            (&officer, format!("of: VISITS, by: [RISK], {count}"), "INVALID_INPUT"),
            (&officer, format!("of: PERSONS, by: [MONTH], {count}"), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, by: [SEX, SEX], {count}"), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, by: [SEX, MODE, DAY, COUNTY, SERVICE], {count}"), "INVALID_INPUT"),
            (&officer, "of: VISITS, measures: []".to_owned(), "INVALID_INPUT"),
            (&officer, "of: VISITS, measures: [{ measure: MEAN }]".to_owned(), "INVALID_INPUT"),
            (&officer, "of: VISITS, measures: [{ measure: MEAN, of: SCORE }]".to_owned(), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, {count}, order: {{ figure: 1 }}"), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, {count}, first: 0"), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, {count}, skip: -1"), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, {count}, ageBands: [18, 6], by: [AGE_BAND]"), "INVALID_INPUT"),
            (&officer, format!("of: VISITS, {count}, where: {{ needs: {{}} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, where: {{ visits: {{ modes: [HOME] }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, where: {{ visits: {{ stations: [\"{STATION}\"] }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, by: [COUNTY, STATION]"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, by: [AGE_BAND], ageBands: [17, 18]"), "INVALID_INPUT"),
            (&analyst, format!("of: SUBMISSIONS, {count}"), "FORBIDDEN"),
            (&analyst, format!("of: LEDGER_ENTRIES, by: [KIND, CHILD_KIND], {count}"), "INVALID_INPUT"),
            (&analyst, format!("of: LEDGER_ENTRIES, by: [CHILD_KIND, LIVING_ARRANGEMENT], {count}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, where: {{ visits: {{ visited: {{ from: \"2026-08-02\", to: \"2026-09-01\" }} }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, where: {{ visits: {{ visited: {{ from: \"2026-08-01\" }} }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, by: [WEEK], where: {{ visits: {{ visited: {{ from: \"2026-08-01\", to: \"2026-08-31\" }} }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, by: [STATION], where: {{ visits: {{ division: \"410802\" }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, by: [COUNTY], where: {{ visits: {{ division: \"410802001\" }} }}"), "INVALID_INPUT"),
            (&analyst, format!("of: VISITS, {count}, where: {{ visits: {{ division: \"410199\" }} }}"), "INVALID_INPUT"),
        ] {
            assert_eq!(viewer.fault(&ask(&rest)).await, code, "{rest}");
        }
        let blind = hub.system("410800", &[TokenScope::Read, TokenScope::Identity]).await;
        for rest in [format!("of: VISITS, by: [SERVICE], {count}"), format!("of: PERSONS, by: [INCOME_CLASS], {count}")] {
            assert_eq!(blind.fault(&ask(&rest)).await, "FORBIDDEN", "{rest}");
        }
        let adults_only = hub.system("410800", &[TokenScope::Read, TokenScope::Health]).await;
        let by_health = format!("of: VISITS, by: [SERVICE], {count}");
        assert_eq!(adults_only.fault(&ask(&by_health)).await, "FORBIDDEN", "what is left are the minors");
    }

    async fn other_tables_are_counted_by_what_is_theirs(hub: TestHub) {
        record(&hub).await;
        let worker = hub.worker(STATION).await;
        worker.store(child_entry(STATION, someone(4), "2026-02-01", json!({}))).await;
        for number in 0..3 {
            worker.store(assessment(&someone(number), "older-adult-ability")).await;
        }
        let viewer = whole_city(&hub).await;
        let data = viewer.ask("{ persons(first: 200) { nodes { stations { nodes { code } } } }
            assessments(first: 200) { nodes { instrument { code } level score } }
            submissions(first: 200) { nodes { kind receivedAt } pageInfo { hasNextPage } }
            ledgerEntries(first: 200) { nodes { __typename ... on ChildEntry { childKind } ... on ElderlyEntry { livingArrangement } } } }").await;
        let nodes = |list: &str| data[list]["nodes"].as_array().unwrap().clone();
        let tally = |values: Vec<String>| {
            let mut tally: BTreeMap<String, f64> = BTreeMap::new();
            values.into_iter().for_each(|value| *tally.entry(value).or_default() += 1.0);
            tally
        };
        let counted = async |of: &str, by: &str, measure: &str| -> BTreeMap<String, f64> {
            let question = format!("of: {of}, by: [{by}], measures: [{measure}]");
            let told = rows_of(&viewer, &question, &place(&[by])).await;
            told["rows"].as_array().unwrap().iter().enumerate()
                // Kinds of submissions are a field of their own.
                .map(|(at, row)| (if by == "KIND" { at.to_string() } else { keys(row, &[by])[0].clone() }, row["figures"][0]["value"].as_f64().unwrap()))
                .collect()
        };
        const COUNT: &str = "{ measure: COUNT }";
        let stations = nodes("persons").iter().flat_map(|row| row["stations"]["nodes"].as_array().unwrap().clone())
            .map(|station| text(&station["code"])).collect();
        assert_eq!(counted("PERSONS", "STATION", COUNT).await, tally(stations));
        let levels = nodes("assessments").iter().map(|row| text(&row["level"])).collect();
        assert_eq!(counted("ASSESSMENTS", "LEVEL", COUNT).await, tally(levels));
        let scores: Vec<_> = nodes("assessments").iter().map(|row| row["score"].as_f64().unwrap()).collect();
        let sum = counted("ASSESSMENTS", "INSTRUMENT", "{ measure: SUM, of: SCORE }").await;
        assert_eq!(sum.into_values().collect::<Vec<_>>(), [scores.iter().sum::<f64>()]);
        let details = nodes("ledgerEntries").iter().map(|row| text(&row["livingArrangement"])).collect();
        let arrangements = counted("LEDGER_ENTRIES", "LIVING_ARRANGEMENT", COUNT).await;
        assert_eq!(arrangements, tally(details));
        let kinds = nodes("ledgerEntries").iter().map(|row| text(&row["childKind"])).collect();
        assert_eq!(counted("LEDGER_ENTRIES", "CHILD_KIND", COUNT).await, tally(kinds));
        let mut submissions = nodes("submissions");
        let of_kind = counted("SUBMISSIONS", "KIND", COUNT).await;
        let of_day = counted("SUBMISSIONS", "DAY", COUNT).await;
        let all: f64 = of_kind.values().sum();
        assert_eq!((of_day.values().sum::<f64>(), all > 200.0), (all, true));
        submissions.truncate(1);
        let at: chrono::DateTime<chrono::Utc> = submissions[0]["receivedAt"].as_str().unwrap().parse().unwrap();
        let in_china = (at + chrono::Duration::hours(8)).date_naive().to_string();
        assert!(of_day.contains_key(&in_china), "{of_day:?} {in_china}");
    }

    async fn a_rate_is_of_the_people_on_record_who_stand_there(hub: TestHub) {
        record(&hub).await;
        let viewer = whole_city(&hub).await;
        let visits = export(&viewer, "visits", "visitedOn", "mode").await;
        let people = viewer.ask("{ persons(first: 200) { nodes { sex } } }").await;
        let people = people["persons"]["nodes"].as_array().unwrap();
        let by = ["SEX", "MODE"];
        let question = "of: VISITS, by: [SEX, MODE], totals: CUBE, where: { visits: { modes: [PHONE] } }, measures: [{ measure: RATE }]";
        let told = rows_of(&viewer, question, &place(&by)).await;
        let phoned: Vec<_> = visits.into_iter().filter(|visit| visit.values["MODE"] == ["PHONE"]).collect();
        for row in told["rows"].as_array().unwrap() {
            let key = keys(row, &by);
            let met = people_of(&cells(&phoned, &by)[&key]);
            let base = people.iter().filter(|person| key[0] == TOTAL || person["sex"] == json!(key[0])).count();
            assert!(same(&row["figures"], &[Some(met as f64 * 1_000.0 / base as f64)]), "{row:#} {met} {base}");
        }
        assert_eq!(told["rows"].as_array().unwrap().len(), 6);
        let question = "of: VISITS, by: [SEX], totals: CUBE, measures: [{ measure: PEOPLE }, { measure: RATE }]";
        let analyst = hub.viewer(Role::Analyst, None).await;
        let told = rows_of(&analyst, question, &place(&["SEX"])).await;
        for row in told["rows"].as_array().unwrap() {
            assert!(row["figures"][1]["value"].as_f64().is_some_and(|rate| rate > 0.0), "{row:#}");
        }
    }

    async fn what_is_counted_in_memory_is_what_the_database_counts(hub: TestHub) {
        record(&hub).await;
        let viewers = [whole_city(&hub).await, hub.viewer(Role::Analyst, None).await, hub.worker(STATION).await];
        let (mut dice, mut same) = (Dice(3), 0);
        let columns = ["COUNTY", "TOWNSHIP", "VILLAGE", "STATION", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "MODE"];
        for round in 0..40 {
            let (place, time) = (columns[dice.below(4)], columns[4 + dice.below(5)]);
            let by = [vec![place, time, "MODE"], vec![time, place], vec!["MODE"], vec![]][dice.below(4)].clone();
            let wheres = ["", "where: { visits: { division: \"410802\" } },",
                "where: { visits: { visited: { from: \"2026-08-03\", to: \"2026-10-09\" } } },",
                "where: { visits: { modes: [HOME, VIDEO], stations: [\"S410802001\", \"S410811001\"] } },"];
            let viewer = dice.one(&viewers);
            let picked = dice.one(&wheres);
            let ask = async |measures: &str| {
                let question = format!("of: VISITS, {picked} first: 5000, totals: CUBE, by: [{}], measures: [{measures}]", by.join(", "));
                let query = format!("{{ statistics({question}) {{ found withheld rows {{ {} }} }} }}", self::place(&by));
                viewer.answer(&query, json!({})).await
            };
            let copied = ask("{ measure: COUNT }, { measure: PEOPLE }, { measure: SHARE }").await;
            let mut counted = ask("{ measure: COUNT }, { measure: PEOPLE }, { measure: SHARE }, { measure: HOUSEHOLDS }").await;
            if !copied["errors"].is_null() {
                assert_eq!(copied["errors"], counted["errors"], "{round} {by:?} {picked}");
                continue;
            }
            same += 1;
            for row in counted["data"]["statistics"]["rows"].as_array_mut().unwrap() {
                row["figures"].as_array_mut().unwrap().truncate(3);
            }
            assert_eq!(copied["data"], counted["data"], "{round} {by:?} {picked}");
        }
        assert!(same > 25, "{same}");
    }

    async fn what_another_hub_recorded_is_counted_at_once(hub: TestHub) {
        record(&hub).await;
        let viewer = whole_city(&hub).await;
        let other = hub.database.hub(Clock::system()).await;
        let asks = other.authenticate(&viewer.token, HERE).await.unwrap();
        let question = Question {
            filter: VisitFilter::default(),
            measures: vec![Measured { measure: Measure::Count, fact: None }, Measured { measure: Measure::People, fact: None }],
            by: Vec::new(),
            totals: Totals::None,
            having: Vec::new(),
            order: None,
            skip: 0,
            first: 10,
            as_of: None,
            compare: None,
        };
        let counted = async || {
            let answer = other.statistics::<visit::Entity>(&asks, &question).await.unwrap();
            answer.rows[0].figures.iter().map(|figure| figure.unwrap().number()).collect::<Vec<_>>()
        };
        assert_eq!(counted().await, [210.0, 12.0]);
        let worker = hub.worker(STATION).await;
        worker.store(visit(STATION, someone(100), "2026-11-02", json!({}))).await;
        worker.store(elderly_entry(STATION, someone(101), "2026-11-02", json!({}))).await;
        assert_eq!(counted().await, [211.0, 13.0]);
        worker.store(visit(STATION, someone(101), "2026-11-02", json!({}))).await;
        assert_eq!(counted().await, [212.0, 14.0]);
        for number in 0..12 {
            worker.store(visit(STATION, someone(number), "2026-11-03", json!({}))).await;
        }
        assert_eq!(counted().await, [224.0, 14.0], "nobody is counted twice");
    }

    async fn a_station_counts_what_is_its_own(hub: TestHub) {
        record(&hub).await;
        let worker = hub.worker(NEIGHBOUR).await;
        let question = "of: VISITS, by: [STATION], measures: [{ measure: COUNT }]";
        let told = rows_of(&worker, question, &place(&["STATION"])).await;
        assert_eq!(told["rows"].as_array().unwrap().len(), 1);
        assert_eq!(told["rows"][0]["figures"][0]["value"], 70.0);
        let question = "of: PERSONS, by: [STATION], measures: [{ measure: PEOPLE }]";
        let told = rows_of(&worker, question, &place(&["STATION"])).await;
        assert_eq!(keys(&told["rows"][0], &["STATION"]), [NEIGHBOUR]);
        assert_eq!(told["rows"].as_array().unwrap().len(), 1, "whom others serve is not told");
    }

    async fn rows_are_picked_and_ordered_by_their_figures(hub: TestHub) {
        record(&hub).await;
        let viewer = whole_city(&hub).await;
        let question = "of: VISITS, by: [MODE, COUNTY], measures: [{ measure: PEOPLE }, { measure: COUNT }]";
        let all = rows_of(&viewer, question, &place(&["MODE", "COUNTY"])).await;
        let mut counts: Vec<_> = all["rows"].as_array().unwrap().iter()
            .map(|row| row["figures"][1]["value"].as_f64().unwrap()).collect();
        counts.sort_by(|a, b| b.total_cmp(a));
        let least = counts[2];
        let picked = format!("{question}, having: [{{ figure: 1, atLeast: {least} }}], order: {{ figure: 1 }}, first: 2");
        let data = viewer.ask(&format!("{{ statistics({picked}) {{ found rows {{ figures {{ value }} }} }} }}")).await;
        assert_eq!(data["statistics"]["found"], counts.iter().filter(|count| **count >= least).count());
        let told: Vec<_> = data["statistics"]["rows"].as_array().unwrap().iter()
            .map(|row| row["figures"][1]["value"].as_f64().unwrap()).collect();
        assert_eq!(told, counts[..2]);
        let data = viewer.ask(&format!("{{ statistics({picked}, skip: 2) {{ found rows {{ figures {{ value }} }} }} }}")).await;
        assert!(data["statistics"]["found"].as_u64().unwrap() >= 3);
        assert_eq!(data["statistics"]["rows"][0]["figures"][1]["value"], counts[2]);
    }
}

/// No total that is told leaves one cell, or cells about fewer than five people, of what adds up to it.
fn assert_covered(expected: &Cells<'_>, told: &BTreeMap<Vec<String>, usize>, dimensions: usize) {
    for total in told.keys() {
        for at in (0..dimensions).filter(|at| total[*at] == TOTAL) {
            let of_line = |key: &&Vec<String>| {
                key[at] != TOTAL
                    && (0..dimensions).all(|other| other == at || key[other] == total[other])
            };
            let hidden: Vec<_> =
                expected.keys().filter(of_line).filter(|key| !told.contains_key(*key)).collect();
            let line = expected.keys().filter(of_line).count();
            let those: Vec<_> =
                hidden.iter().flat_map(|key| expected[*key].iter().copied()).collect();
            let is_covered =
                hidden.is_empty() || (people_of(&those) >= 5 && (hidden.len() > 1 || line == 1));
            assert!(is_covered, "{total:?} {hidden:?}");
        }
    }
}
