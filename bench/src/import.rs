//! A large workbook looked at and taken in, beside what reading and writing its cells takes alone.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use calamine::{Reader, Xlsx, open_workbook};
use entity::{LedgerKind, division};
use rust_xlsxwriter::Workbook;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement, Value,
};
use serde_json::json;
use tokio::process::Command;

use crate::{
    city::{City, people},
    client::{Client, body},
    engine::Engine,
    options::{EngineKind, Options, Sizes},
    process,
    random::Random,
    server::Server,
};

/// An elderly people's ledger, as stations keep it.
const HEADER: [&str; 17] = [
    "序号",
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "村居",
    "家庭住址",
    "本人电话",
    "家庭类型",
    "居住状况",
    "能力等级",
    "慢性病",
    "紧急联系人",
    "紧急联系电话",
    "风险等级",
    "建档日期",
    "备注",
];
/// Nobody of the city that is on record already has so high a number.
const FIRST: u64 = 1_000_000;
/// The stream of randomness of the rows.
const STREAM: u64 = 5;
/// Of so many rows one says once more what another says, and one has a day that is none.
const FAULTY: usize = 100;
/// How many rows the bare insert writes by one statement and transaction.
const AT_ONCE: usize = 500;
/// How often is looked how far an import is.
const LOOK: Duration = Duration::from_millis(100);

const PREVIEW: &str = "mutation ($file: Upload!, $station: String!) {
    previewImport(station: $station, file: $file) { id counts { verdict count } } }";
const APPLY: &str = "mutation ($id: UUID!) { applyImport(id: $id) { state } }";
const STATE: &str = "query ($id: UUID!) { import(id: $id) { state done due } }";

type Row = Vec<String>;

/// What a step took.
struct Step {
    name: String,
    seconds: f64,
    /// Of the server.
    cpu: Option<f64>,
    /// Of the process that did it, in MiB; of the bare insert it is not told, being done in this one.
    peak: Option<f64>,
}

/// Looks at a workbook of so many rows and takes it in, on each database, and prints what it took.
pub async fn run(options: &Options, rows: usize) -> anyhow::Result<()> {
    let sizes = Sizes { visits: 1000, persons: 1000, assessments: 1000 };
    let folder = options.folder.join("import");
    std::fs::create_dir_all(&folder)?;
    let options = Options { sizes, folder: folder.clone(), fresh: true, ..options.clone() };
    println!("| database | step | seconds | server's CPU s | peak MiB |\n|---|---|--:|--:|--:|");
    for engine in Engine::all(&options).await? {
        forget_sizes(&engine).await?;
        let table = table(&engine, rows).await?;
        let file = folder.join("台账.xlsx");
        write(&file, &table)?;
        let mut steps = vec![read_alone(&file).await?, insert_alone(&engine, &table).await?];
        drop(table);
        steps.extend(measure(&engine, &options, &file).await?);
        engine.close().await?;
        let mut text = String::new();
        for Step { name, seconds, cpu, peak } in steps {
            let peak = peak.map_or_else(String::new, |peak| format!("{peak:.0}"));
            let cpu = cpu.map_or_else(String::new, |cpu| format!("{cpu:.1}"));
            let database = engine.kind.name();
            writeln!(text, "| {database} | {name} | {seconds:.1} | {cpu} | {peak} |")?;
        }
        let size = std::fs::metadata(&file)?.len() as f64 / f64::from(1 << 20);
        print!("{text}");
        println!("\n{rows} rows of {} columns, a file of {size:.1} MiB\n", HEADER.len());
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A hub keeps no statistics of its tables on SQLite. Those of the small city that is filled first would have
/// whole tables read in place of indexes, long after the tables have grown.
async fn forget_sizes(engine: &Engine) -> anyhow::Result<()> {
    if engine.kind == EngineKind::Sqlite {
        let forget = "DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4";
        engine.db.writer().execute_unprepared(forget).await?;
    }
    Ok(())
}

/// Header and rows: made up, the same each time.
async fn table(engine: &Engine, rows: usize) -> anyhow::Result<Vec<Row>> {
    let township = &engine.city.places.first().context("no station")?.township;
    let villages = division::Entity::find().filter(division::Column::Code.starts_with(township));
    let villages: Vec<String> = villages
        .all(engine.db.read())
        .await?
        .into_iter()
        .filter(|row| row.code.len() == 12)
        .map(|row| row.name)
        .collect();
    let elderly = (FIRST..).filter(|number| engine.city.kind(*number) == LedgerKind::Elderly);
    let mut table = vec![HEADER.map(str::to_owned).to_vec()];
    for (at, number) in elderly.take(rows).enumerate() {
        let mut row = row(&engine.city, number, &villages)?;
        match at % FAULTY {
            7 => row.clone_from(&table[at]),
            8 => "2026-02-31".clone_into(&mut row[15]),
            _ => {}
        }
        row[0] = (at + 1).to_string();
        table.push(row);
    }
    Ok(table)
}

fn row(city: &City, number: u64, villages: &[String]) -> anyhow::Result<Row> {
    let id = city.resident_id(number)?;
    let mut random = Random::of(STREAM, number);
    let mut one_of = |words: &[&'static str]| random.pick(words).to_owned();
    let (income, living) =
        (one_of(&["低保", "一般户", "特困"]), one_of(&["独居", "空巢", "与子女同住"]));
    let (ability, risk) = (one_of(&["自理", "轻度失能", "半自理"]), one_of(&["低", "中", "高"]));
    let illness = one_of(&["高血压", "糖尿病", "冠心病、高血压", "无"]);
    let village = villages.get(random.below(villages.len() as u64) as usize);
    let (year, month, day) = (2020 + random.below(6), 1 + random.below(12), 1 + random.below(28));
    Ok(vec![
        String::new(),
        people::name(&mut random),
        id.to_string(),
        if id.sex() == entity::Sex::Male { "男" } else { "女" }.to_owned(),
        id.birth_date().format("%Y-%m-%d").to_string(),
        village.context("no village")?.clone(),
        format!("{}组{}号", 1 + random.below(20), 1 + random.below(300)),
        people::phone(&mut random),
        income,
        living,
        ability,
        illness,
        people::name(&mut random),
        people::phone(&mut random),
        risk,
        format!("{year}.{month}.{day}"),
        if random.below(10) == 0 { "子女在外务工".to_owned() } else { String::new() },
    ])
}

fn write(file: &Path, table: &[Row]) -> anyhow::Result<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("老年人台账")?;
    for (at, row) in (0..).zip(table) {
        for (column, text) in (0..).zip(row) {
            if !text.is_empty() {
                sheet.write_string(at, column, text)?;
            }
        }
    }
    Ok(book.save(file)?)
}

/// Reads all cells by calamine, the reader that the hub stands on, in a process of its own.
async fn read_alone(file: &Path) -> anyhow::Result<Step> {
    let program = std::env::current_exe().context("this program does not know its own file")?;
    let output = Command::new(program).arg("read-cells").arg(file).output().await?;
    let text = String::from_utf8(output.stdout)?;
    let (seconds, peak) = text.trim().split_once(' ').context("the cells were not read")?;
    let name = "cells read by calamine into its range".to_owned();
    Ok(Step { name, seconds: seconds.parse()?, cpu: None, peak: Some(peak.parse()?) })
}

/// Reads all cells of a workbook and prints seconds and peak memory.
pub fn read_cells(file: &PathBuf) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut book: Xlsx<_> = open_workbook(file)?;
    let range = book.worksheet_range_at(0).context("no sheet")??;
    ensure!(range.height() > 0, "the sheet is empty");
    let (seconds, memory) = (begun.elapsed().as_secs_f64(), process::memory(std::process::id()));
    println!("{seconds} {}", memory.peak);
    Ok(())
}

/// Inserts the cells as texts into one table that nobody looks into.
async fn insert_alone(engine: &Engine, table: &[Row]) -> anyhow::Result<Step> {
    let backend = engine.db.backend();
    let columns: Vec<String> = (0..HEADER.len()).map(|column| format!("c{column}")).collect();
    let create = format!("CREATE TABLE bench_cells ({} TEXT)", columns.join(" TEXT, "));
    engine.db.writer().execute_unprepared(&create).await?;
    let begun = Instant::now();
    for rows in table.chunks(AT_ONCE) {
        let tx = engine.db.write_tx().await?;
        let values = rows.iter().flatten().map(|text| Value::from(text.as_str()));
        let text = insert(backend, rows.len());
        tx.execute_raw(Statement::from_sql_and_values(backend, text, values)).await?;
        tx.commit().await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    engine.db.writer().execute_unprepared("DROP TABLE bench_cells").await?;
    let name = "cells inserted into one bare table".to_owned();
    Ok(Step { name, seconds, cpu: None, peak: None })
}

fn insert(backend: DbBackend, rows: usize) -> String {
    let place = |at: usize| match backend {
        DbBackend::Postgres => format!("${}", at + 1),
        _ => "?".to_owned(),
    };
    let row = |row: usize| {
        let places = (row * HEADER.len()..(row + 1) * HEADER.len()).map(place);
        format!("({})", places.collect::<Vec<_>>().join(","))
    };
    format!("INSERT INTO bench_cells VALUES {}", (0..rows).map(row).collect::<Vec<_>>().join(","))
}

/// Previews and applies by a server of its own, then has the same file looked at once more.
async fn measure(engine: &Engine, options: &Options, file: &Path) -> anyhow::Result<Vec<Step>> {
    let station = &engine.city.places.first().context("no station")?.code;
    let worker = engine.worker_of(station).context("no worker of the station")?;
    let server = Server::start(engine, options).await?;
    let client = Client::of(&server, &worker)?;
    let (mut steps, mut used) = (Vec::new(), 0.0);
    let mut step = |name: String, begun: Instant| {
        let (seconds, peak) = (begun.elapsed().as_secs_f64(), Some(server.memory().peak));
        let cpu = process::cpu(server.pid);
        steps.push(Step { name, seconds, cpu: Some(cpu - used), peak });
        used = cpu;
    };
    step("server started".to_owned(), Instant::now());
    let begun = Instant::now();
    let seen = preview(&client, station, file).await?;
    step(format!("previewed: {}", seen.counts), begun);
    let begun = Instant::now();
    apply(&client, &seen.id).await?;
    step("applied".to_owned(), begun);
    let begun = Instant::now();
    let seen = preview(&client, station, file).await?;
    step(format!("previewed again: {}", seen.counts), begun);
    server.stop().await?;
    Ok(steps)
}

struct Seen {
    id: String,
    counts: String,
}

async fn preview(client: &Client, station: &str, file: &Path) -> anyhow::Result<Seen> {
    let bytes = std::fs::read(file)?;
    let operations = body(PREVIEW, &json!({ "station": station, "file": null }));
    let answer = client.post_file(&operations, "台账.xlsx", &bytes).await?;
    let act = &answer["data"]["previewImport"];
    let counts = act["counts"].as_array().into_iter().flatten();
    let counts: Vec<String> = counts
        .map(|one| format!("{} {}", one["count"], one["verdict"].as_str().unwrap_or_default()))
        .collect();
    let id = act["id"].as_str().context("the import has no id")?.to_owned();
    Ok(Seen { id, counts: counts.join(", ") })
}

async fn apply(client: &Client, id: &str) -> anyhow::Result<()> {
    client.query(APPLY, &json!({ "id": id })).await?;
    loop {
        let act = client.query(STATE, &json!({ "id": id })).await?["import"].take();
        match act["state"].as_str() {
            Some("APPLYING") => tokio::time::sleep(LOOK).await,
            Some("APPLIED") => break,
            _ => anyhow::bail!("the import was not taken in: {act}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_insert_has_a_place_for_each_cell() {
        let text = insert(DbBackend::Sqlite, 2);
        assert_eq!(text.matches('?').count(), 2 * HEADER.len());
        assert!(insert(DbBackend::Postgres, 2).ends_with("$33,$34)"));
    }
}
