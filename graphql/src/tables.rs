//! Statutory tables: filled in, signed off and returned.

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::{RecordKind, TableLevel, signed_table};
use hub::{
    HubError,
    page::Page,
    policy::{Class, Sight, mask},
    tables::{
        self, Asked, Checked, Column, Definition, Part, Period, Pin, RecordRef, Return, Row, Sheet,
    },
};
use std::sync::Arc;
use uuid::Uuid;

use crate::{
    connection::PageInfo,
    context::ContextExt,
    date::Date,
    ids::{self, Kind},
    reveal::name_of,
    sight::{About, SightExt},
    types::{Node, node_of},
};

pub struct TableMutation;

/// 统计报表的签批 (signing off)
#[Object]
impl TableMutation {
    /// 签批报表：社工站负责人先签，再县、再市；期间结束、下级全部签批、等式成立后方可签 (signs a table off, once its period is over, its parts are signed and its equations hold)
    async fn sign_table(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "报表代码 (code of the table)")] code: String,
        #[graphql(desc = "期间内的一日 (a day of its period)")] day: Date,
        #[graphql(desc = "社工站、县或市的代码 (code of a station, county or city)")] place: String,
        #[graphql(desc = "所看到的报表的摘要 (digest of the table that was looked at)")]
        digest: String,
    ) -> Result<TableOf> {
        let asked = Asked { code, day: Some(day.0), place: Some(place) };
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
        let asking = ctx.access("")?;
        // What is in the trail is done, though nobody waits for the answer any more.
        let signing =
            tokio::spawn(async move { hub.sign_table(&viewer, &asked, &digest, asking).await });
        Ok(TableOf::from(signing.await.map_err(|_| HubError::Unavailable)??))
    }

    /// 退回已签批的报表，说明理由并指明某一单元格或某条记录 (returns a signed table, with a reason about a cell or a record)
    #[expect(clippy::too_many_arguments, reason = "each is a part of one return")]
    async fn return_table(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "签批 (the signature)")] id: Uuid,
        #[graphql(desc = "理由，4 至 200 字 (why; 4 to 200 characters)")] reason: String,
        #[graphql(desc = "行，与列一同给出 (row of the cell; with its column)")] row: Option<
            String,
        >,
        #[graphql(desc = "列 (number of its column)")] column: Option<i32>,
        #[graphql(desc = "记录，不与行列同时给出 (the record, instead of a cell)")] record: Option<
            ID,
        >,
        #[graphql(desc = "希望在哪一日前答复 (the day by which an answer is wanted)")]
        answer_by: Option<Date>,
    ) -> Result<TableSignature> {
        let pin = match (row, column, record) {
            (Some(row), Some(column), None) => Pin::Cell(row, column.into()),
            (None, None, Some(record)) => match ids::parse(&record) {
                Some((_, id)) => Pin::Record(id),
                None => {
                    let text = format!("record is the id of a record, not {:?}", record.as_str());
                    return Err(HubError::Invalid(text).into());
                }
            },
            _ => {
                let text = "give either row and column, or record: what the reason is about";
                return Err(HubError::Invalid(text.to_owned()).into());
            }
        };
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
        let asking = ctx.access("")?;
        let answer_by = answer_by.map(|day| day.0);
        let returning = tokio::spawn(async move {
            let returning = Return { signature: id, reason: &reason, pin, answer_by };
            hub.return_table(&viewer, returning, asking).await
        });
        Ok(TableSignature(returning.await.map_err(|_| HubError::Unavailable)??))
    }
}

/// 报表的期间 (over which days a table goes)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Period")]
pub enum TablePeriod {
    /// 月 (a month)
    Month,
    /// 采暖季：11 月 15 日至次年 3 月 15 日 (the heating season: 15 November to 15 March)
    Winter,
}

/// A table as its file has it.
pub struct TableForm(pub &'static Definition);

/// 统计报表的样式 (a statutory table as it is defined)
#[Object(name = "StatutoryTable")]
impl TableForm {
    /// 代码 (code)
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 版本 (version)
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// 自何日起的期间适用 (the first day of the first period it is for)
    async fn valid_from(&self) -> Date {
        Date(self.0.from)
    }

    /// 期间 (over which days it goes)
    async fn period(&self) -> TablePeriod {
        self.0.period.into()
    }

    /// 名称，按请求语言 (title, in the language of the request)
    async fn title(&self, ctx: &Context<'_>) -> &str {
        self.0.title.of(ctx.language())
    }

    /// 列 (columns)
    async fn columns(&self) -> Vec<TableColumn> {
        self.0.columns.iter().map(TableColumn).collect()
    }

    /// 列间等式 (sums of columns that have to agree)
    async fn equations(&self) -> Vec<&str> {
        self.0.equations.iter().map(|equation| equation.text.as_str()).collect()
    }
}

struct TableColumn(&'static Column);

/// 报表的一列 (a column)
#[Object]
impl TableColumn {
    /// 列号，等式以此指称 (its number, by which equations name it)
    async fn number(&self) -> i64 {
        self.0.number
    }

    /// 名称，按请求语言 (title, in the language of the request)
    async fn title(&self, ctx: &Context<'_>) -> &str {
        self.0.title.of(ctx.language())
    }
}

/// A table filled in.
pub struct TableOf(Arc<Sheet>);

impl From<Sheet> for TableOf {
    fn from(sheet: Sheet) -> Self {
        Self(Arc::new(sheet))
    }
}

/// 某地某期的统计报表；已签批的，为签批时的数字和记录 (a table of a place and period; where it is signed, as it was signed)
#[Object(name = "TableSheet")]
impl TableOf {
    /// 样式 (how it is defined)
    async fn table(&self) -> TableForm {
        TableForm(self.0.definition)
    }

    /// 起始日 (the first day)
    async fn first_day(&self) -> Date {
        Date(self.0.first_day)
    }

    /// 截止日 (the last day)
    async fn last_day(&self) -> Date {
        Date(self.0.last_day)
    }

    /// 层级 (level of the place)
    async fn level(&self) -> TableLevel {
        self.0.level
    }

    /// 社工站、县或市的代码 (code of the place)
    async fn place(&self) -> &str {
        &self.0.place
    }

    /// 社工站、县或市的名称 (name of the place)
    async fn place_name(&self) -> &str {
        &self.0.place_name
    }

    /// 摘要，签批时原样给出；下级未全部签批时为空 (digest, to be given when signing; null while parts are not signed)
    async fn digest(&self) -> Option<&str> {
        self.0.digest.as_deref()
    }

    /// 各行 (the rows)
    async fn rows(&self) -> Vec<TableRow> {
        (0..self.0.rows.len()).map(|row| TableRow { sheet: Arc::clone(&self.0), row }).collect()
    }

    /// 一个单元格，可翻页展开其全部记录 (one cell, to go on through all its records)
    async fn cell(
        &self,
        #[graphql(desc = "行的代码 (code of its row)")] row: String,
        #[graphql(desc = "列号 (number of its column)")] column: i32,
    ) -> Option<Result<TableCell>> {
        let found = self.0.place_of(&row, column.into());
        let of = |(row, cell)| TableCell { sheet: Arc::clone(&self.0), row, cell };
        Some(found.map(of).map_err(Into::into))
    }

    /// 各等式是否成立 (whether each equation holds)
    async fn equations(&self) -> Vec<TableEquation> {
        let places = 0..self.0.equations.len();
        places.map(|place| TableEquation { sheet: Arc::clone(&self.0), place }).collect()
    }

    /// 现行的签批；未签批则为空 (the signature that stands; null where there is none)
    async fn signature(&self) -> Option<TableSignature> {
        let stands = self.0.signature.as_ref().filter(|row| row.returned_at.is_none());
        stands.cloned().map(TableSignature)
    }

    /// 历次签批与退回，新的在前 (every time it was signed, the last first)
    async fn history(&self) -> Vec<TableSignature> {
        self.0.history.iter().cloned().map(TableSignature).collect()
    }

    /// 所由汇总的下级报表及其签批情况；社工站的没有 (the tables it is made of, with their signatures; none at a station)
    async fn parts(&self) -> Vec<TablePart> {
        self.0.parts.iter().cloned().map(TablePart).collect()
    }
}

struct TablePart(Part);

/// 下级报表 (the same table of a place within)
#[Object]
impl TablePart {
    /// 社工站或县的代码 (code of the place)
    async fn place(&self) -> &str {
        &self.0.place
    }

    /// 社工站或县的名称 (name of the place)
    async fn place_name(&self) -> &str {
        &self.0.name
    }

    /// 现行的签批；未签批则为空 (the signature that stands; null where there is none)
    async fn signature(&self) -> Option<TableSignature> {
        self.0.signature.clone().map(TableSignature)
    }
}

pub struct TableSignature(signed_table::Model);

/// 一次签批 (a signature, and what became of it)
#[Object]
impl TableSignature {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 摘要 (digest of what was signed)
    async fn digest(&self) -> &str {
        &self.0.digest
    }

    /// 签批人 (name of the account that signed)
    async fn signed_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, SIGNATURE, Some(self.0.signed_by)).await
    }

    /// 签批时间 (signed at)
    async fn signed_at(&self) -> DateTime<Utc> {
        self.0.signed_at
    }

    /// 退回人 (name of the account that returned it)
    async fn returned_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, SIGNATURE, self.0.returned_by).await
    }

    /// 退回时间 (returned at)
    async fn returned_at(&self) -> Option<DateTime<Utc>> {
        self.0.returned_at
    }

    /// 希望在哪一日前答复 (the day by which an answer is wanted)
    async fn answer_by(&self) -> Option<Date> {
        self.0.answer_by.map(Date)
    }

    /// 退回的理由 (why it was returned)
    async fn reason(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let about = self.0.pinned_person.map_or(About::Nobody, About::PersonId);
        match ctx.sight(Class::FreeText, SIGNATURE, about).await {
            Sight::Plain => ctx.hub().and_then(|hub| Ok(hub.reason_of(&self.0)?)).transpose(),
            Sight::Masked | Sight::Hidden => None,
        }
    }

    /// 理由所指的行 (row of the cell that the reason is about)
    async fn row(&self) -> Option<&str> {
        self.0.pinned_row.as_deref()
    }

    /// 理由所指的列 (number of its column)
    async fn column(&self) -> Option<i64> {
        self.0.pinned_column
    }

    /// 理由所指的记录；已不在范围内的为空 (the record that the reason is about; null out of reach)
    async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        node_of(ctx, kind_of(self.0.pinned_kind?), self.0.pinned_record?).await
    }
}

/// A table that was returned for a record.
pub struct ReturnedRecord(pub signed_table::Model);

/// 一条被退回、尚未答复的记录 (a record that a table was returned for, not answered yet)
#[Object]
impl ReturnedRecord {
    /// 报表的样式 (how the table is defined)
    async fn table(&self) -> Option<TableForm> {
        tables::find(&self.0.table_code, self.0.table_version).map(TableForm)
    }

    /// 期间的起始日 (the first day of its period)
    async fn first_day(&self) -> Date {
        Date(self.0.first_day)
    }

    /// 期间的截止日 (the last day of its period)
    async fn last_day(&self) -> Date {
        Date(self.0.last_day)
    }

    /// 被退回的签批，其中有理由和所指的记录 (the signature that was returned, with the reason and the record it is about)
    async fn signature(&self) -> TableSignature {
        TableSignature(self.0.clone())
    }
}

const SIGNATURE: &str = "TableSignature";

/// The name of an account that did something, as a field of a type and as far as the viewer sees it.
pub(crate) async fn staff(
    ctx: &Context<'_>,
    kind: &'static str,
    account: Option<Uuid>,
) -> Option<Result<String>> {
    match ctx.sight(Class::Staff, kind, About::Nobody).await {
        Sight::Plain => name_of(ctx, account).await,
        Sight::Masked => {
            let name = name_of(ctx, account).await?;
            name.map(|name| mask::name(&name)).transpose()
        }
        Sight::Hidden => None,
    }
}

struct TableRow {
    sheet: Arc<Sheet>,
    row: usize,
}

impl TableRow {
    fn row(&self) -> &Row {
        &self.sheet.rows[self.row]
    }
}

/// 报表的一行 (a row)
#[Object]
impl TableRow {
    /// 代码：行的代码、地点代码或 TOTAL (code of the row, of a place, or TOTAL)
    async fn code(&self) -> &str {
        &self.row().code
    }

    /// 名称，按请求语言 (title, in the language of the request)
    async fn title(&self, ctx: &Context<'_>) -> &str {
        self.row().title.of(ctx.language())
    }

    /// 各单元格，依列的次序 (the cells, in the order of the columns)
    async fn cells(&self) -> Vec<TableCell> {
        let cells = 0..self.row().cells.len();
        cells
            .map(|cell| TableCell { sheet: Arc::clone(&self.sheet), row: self.row, cell })
            .collect()
    }
}

struct TableCell {
    sheet: Arc<Sheet>,
    row: usize,
    cell: usize,
}

impl TableCell {
    fn counted(&self) -> &[RecordRef] {
        &self.sheet.rows[self.row].cells[self.cell]
    }
}

/// 报表的一个单元格 (a cell)
#[Object]
impl TableCell {
    /// 列号 (number of its column)
    async fn column(&self) -> i64 {
        self.sheet.definition.columns[self.cell].number
    }

    /// 数目 (the number)
    async fn count(&self) -> usize {
        self.counted().len()
    }

    /// 计入的记录；按年龄分的，无权查看未成年人出生日期者不可展开 (the records it counts; by ages not for who may not know when minors were born)
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Option<Result<TableRecords>> {
        let found = ctx.viewer().and_then(|viewer| {
            let counted = self.sheet.records(viewer, (self.row, self.cell))?;
            TableRecords::of(counted, first, after.as_deref())
        });
        Some(found)
    }
}

struct TableEquation {
    sheet: Arc<Sheet>,
    place: usize,
}

impl TableEquation {
    fn checked(&self) -> &Checked {
        &self.sheet.equations[self.place]
    }
}

/// 列间等式 (an equation between columns)
#[Object]
impl TableEquation {
    /// 等式 (the equation)
    async fn text(&self) -> &str {
        &self.checked().equation.text
    }

    /// 左边之和 (sum of the left side)
    async fn left(&self) -> usize {
        self.checked().left
    }

    /// 右边之和 (sum of the right side)
    async fn right(&self) -> usize {
        self.checked().right
    }

    /// 是否成立：没有一条记录在两边计数不同 (whether it holds: no record counts more on one side)
    async fn holds(&self) -> bool {
        self.checked().culprits.is_empty()
    }

    /// 使其不成立的记录 (the records to blame)
    async fn culprits(
        &self,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Result<TableRecords> {
        TableRecords::of(&self.checked().culprits, first, after.as_deref())
    }
}

/// A page of records, in the order of their ids.
struct TableRecords {
    page: Page<RecordRef>,
    count: usize,
}

impl TableRecords {
    fn of(records: &[RecordRef], first: Option<i32>, after: Option<&str>) -> Result<Self> {
        let wrong = || HubError::Invalid("after is a cursor of this list".to_owned());
        let after = after.map(|after| ids::parse(after).map(|(_, id)| id).ok_or_else(wrong));
        let page = tables::page(records, first.map(i64::from), after.transpose()?)?;
        Ok(Self { page, count: records.len() })
    }
}

/// 报表所计的记录 (records that a table counts)
#[Object]
impl TableRecords {
    /// 各条记录；已不在范围内的为空 (the records; null for what is out of reach)
    async fn nodes(&self, ctx: &Context<'_>) -> Vec<Option<Result<Node>>> {
        let nodes = self.page.rows.iter().map(|(kind, id)| node_of(ctx, kind_of(*kind), *id));
        futures_util::future::join_all(nodes).await
    }

    /// 总条数 (records of the whole list)
    async fn total_count(&self) -> usize {
        self.count
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.page, |(kind, id)| kind_of(*kind).id(*id).0)
    }
}

fn kind_of(kind: RecordKind) -> Kind {
    match kind {
        RecordKind::LedgerEntry => Kind::LedgerEntry,
        RecordKind::Visit => Kind::Visit,
        RecordKind::Person => Kind::Person,
        RecordKind::Need => Kind::Need,
        RecordKind::Assessment => Kind::Assessment,
        RecordKind::Station => Kind::Station,
    }
}
