//! Imports: a file of a station looked at, and taken in as one act.

use std::{borrow::Cow, time::Duration};

use async_graphql::{Context, InputObject, Object, Result, Upload};
use chrono::{DateTime, Utc};
use entity::{ImportRowState, ImportState, ImportVerdict, JobProblem, SubmissionKind};
use futures_util::{Stream, stream};
use hub::{
    Hub, HubError,
    access::Viewer,
    import::{
        ColumnProblem, HandInError, Note, Repair, SheetFault,
        act::{self, Act, ActRow, Change, RowFilter, class_of, mask_of},
        answer::{cell_name, cell_place},
        mend::Mend,
    },
    intake::MAX_ITEMS,
    page::{Page, Window},
    policy::Sight,
};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    connection::PageInfo,
    context::ContextExt,
    mutation::ProblemOf,
    sight::{About, SightExt},
    tables::staff,
    types::{Node, Person, Station, Submission, record_of},
};

/// How often is looked how an import stands, by whichever hub it is worked off.
const LOOK: Duration = Duration::from_secs(1);

pub struct ImportMutation;

/// 导入 (imports)
#[Object]
impl ImportMutation {
    /// 预览社工站的一份表格，逐行告知会怎样；不入库，一天内可用 applyImport 入库。按 GraphQL multipart request 规范上传，至多 16 MiB (looks at a station's file, row by row; nothing is recorded, and applyImport takes it in within a day; uploaded as the GraphQL multipart request specification says, 16 MiB at most)
    async fn preview_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: String,
        #[graphql(desc = "表格文件 (the file)")] file: Upload,
    ) -> Result<ImportActOf> {
        let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
        let upload = uploaded(ctx, file)?;
        let asking = ctx.access("IMPORT_PREVIEW")?;
        let (hub, viewer) = (hub.clone(), viewer.clone());
        // It comes to its end also where the request does not wait for it, and is listed then.
        let looking =
            tokio::spawn(
                async move { hub.preview_import(&viewer, &station, upload, asking).await },
            );
        let seen = looking.await.map_err(|_| HubError::Unavailable)?;
        let id = seen.map_err(|error| refused(ctx, error))?.id;
        told(ctx, id).await
    }

    /// 就地更正表格的若干单元格并重新预览：所传文件不变，得一次新的导入，代替原来的预览；已入库的行在其中判为不变。可见表中的值的账户方可 (looks at a file anew with some of its cells corrected; the file stays as it was handed in, and what comes of it is an import of its own in place of the preview; for who is told the values that the file brought)
    async fn mend_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "导入 (the import)")] id: Uuid,
        #[graphql(desc = "要更正的单元格，1 至 500 个 (the cells, 1 to 500)")] cells: Vec<
            MendedCellInput,
        >,
    ) -> Result<ImportActOf> {
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
        if !(1..=MAX_ITEMS).contains(&cells.len()) {
            let text = format!("cells: give 1 to {MAX_ITEMS}");
            return Err(HubError::Invalid(text).into());
        }
        let cells: Result<Vec<_>, _> = cells.into_iter().map(Mend::try_from).collect();
        let (cells, asking) = (cells?, ctx.access("IMPORT_MEND")?);
        // As a preview.
        let looking =
            tokio::spawn(async move { hub.mend_import(&viewer, id, cells, asking).await });
        let seen = looking.await.map_err(|_| HubError::Unavailable)?;
        let id = seen.map_err(|error| refused(ctx, error))?.id;
        told(ctx, id).await
    }

    /// 将预览过的表格入库：新增、有变更的行，及点名的疑似行；在后台进行，用 import 或 importProgressed 查看进展 (takes in what is good of a file that was looked at: what is new or changes something, and rows named that look like somebody known; goes on in the background, told by import and importProgressed)
    async fn apply_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "导入 (the import)")] id: Uuid,
        #[graphql(
            desc = "也要入库的疑似行的编号 (ids of rows that look like somebody known and are to be taken in all the same)"
        )]
        known: Option<Vec<Uuid>>,
    ) -> Result<ImportActOf> {
        let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
        let take = act::TakeKnown::These(known.unwrap_or_default());
        hub.apply_import(viewer, id, &take, ctx.access("IMPORT")?).await?;
        told(ctx, id).await
    }

    /// 整份撤销一次导入：其后有人改动、重申的保留，并在该行注明；再次撤销则再试。由入库人或站长办理，在后台进行 (takes back exactly what an import did; what somebody changed or handed in since is kept, and its row says so; asked again, that is tried again; for who applied it and the lead of the station; goes on in the background)
    async fn undo_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "导入 (the import)")] id: Uuid,
    ) -> Result<ImportActOf> {
        let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
        hub.undo_import(viewer, id, ctx.access("IMPORT_UNDO")?).await?;
        told(ctx, id).await
    }

    /// 撤销之撤销：将已撤销的导入恢复；其后已重新报送的不恢复，并在该行注明 (undoes the undoing: puts back what was taken back of an import; what was handed in anew since is not, and its row says so)
    async fn restore_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "导入 (the import)")] id: Uuid,
    ) -> Result<ImportActOf> {
        let (hub, viewer) = (ctx.hub()?, ctx.viewer()?);
        hub.restore_import(viewer, id, ctx.access("IMPORT_RESTORE")?).await?;
        told(ctx, id).await
    }
}

/// A file that came with the operation.
///
/// # Errors
/// `Invalid` where it did not arrive.
pub(crate) fn uploaded(ctx: &Context<'_>, file: Upload) -> Result<act::Upload, HubError> {
    let file = file
        .value(ctx)
        .map_err(|_| HubError::Invalid("the file did not arrive; name it in the map".to_owned()))?;
    Ok(act::Upload { name: file.filename, bytes: file.content })
}

/// Why a file was not read, in the reader's language.
pub(crate) fn refused(ctx: &Context<'_>, error: HandInError) -> HubError {
    match error {
        HandInError::Hub(error) => error,
        HandInError::File(error) => HubError::Invalid(error.message(ctx.language())),
    }
}

/// Someone who watches an import.
struct Watch {
    hub: Hub,
    viewer: Viewer,
    id: Uuid,
    last: Option<Act>,
}

/// An import as it stands, then each step of it, until nothing of it is under way.
pub(crate) fn progressed(
    hub: Hub,
    viewer: Viewer,
    id: Uuid,
) -> impl Stream<Item = Result<ImportActOf>> {
    let watch = Watch { hub, viewer, id, last: None };
    stream::unfold(Some(watch), |watch| async {
        let mut watch = watch?;
        match watch.next().await {
            Ok(act) => act.map(|act| (Ok(ImportActOf(act)), Some(watch))),
            Err(error) => Some((Err(error.into()), None)),
        }
    })
}

impl Watch {
    /// Its next step; none once it is at rest, or out of reach.
    async fn next(&mut self) -> Result<Option<Act>, HubError> {
        loop {
            if self.last.as_ref().is_some_and(Act::is_at_rest) {
                return Ok(None);
            }
            let found = self.hub.import_act(&self.viewer, self.id).await?;
            if found.is_none() && self.last.is_none() {
                return Err(HubError::Invalid(format!("there is no import {}", self.id)));
            }
            let Some(found) = found else { return Ok(None) };
            if self.last.as_ref() != Some(&found) {
                self.last = Some(found.clone());
                return Ok(Some(found));
            }
            sleep(LOOK).await;
        }
    }
}

/// An import as it stands now.
async fn told(ctx: &Context<'_>, id: Uuid) -> Result<ImportActOf> {
    let found = ctx.hub()?.import_act(ctx.viewer()?, id).await?;
    let found = found.ok_or_else(|| HubError::Invalid(format!("there is no import {id}")))?;
    Ok(ImportActOf(found))
}

/// Told to those who may hand in for its station: the hub gives it to nobody else.
pub struct ImportActOf(pub Act);

/// 一次导入：一份表格，先预览，再整份入库，可整份撤销 (a file of a station: looked at, taken in as one act, taken back)
#[Object(name = "ImportAct")]
impl ImportActOf {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.row.id
    }

    /// 社工站 (the station)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.row.station_id)).await
    }

    /// 文件名 (name of the file)
    async fn file_name(&self) -> &str {
        &self.0.row.file_name
    }

    /// 文件的 SHA-256 (SHA-256 of the file)
    async fn digest(&self) -> &str {
        &self.0.row.digest
    }

    /// 文件的字节数 (bytes of the file)
    async fn bytes(&self) -> i64 {
        self.0.row.bytes
    }

    /// 状态 (how it stands)
    async fn state(&self) -> ImportState {
        self.0.row.state
    }

    /// 行数 (rows)
    async fn row_count(&self) -> i64 {
        self.0.row.rows
    }

    /// 各判定、去向的行数 (how many rows have come to what)
    async fn counts(&self, ctx: &Context<'_>) -> Result<Vec<ImportCount>> {
        let counts = ctx.loaders()?.import_counts.load(self.0.row.id).await?.into_iter();
        Ok(counts.map(|((verdict, state), rows)| ImportCount(verdict, state, rows)).collect())
    }

    /// 正在或最近一次入库、撤销、恢复已处理的行数 (rows worked off, of what is under way or was last)
    async fn done(&self) -> i64 {
        self.0.row.done
    }

    /// 其应处理的行数 (rows to be worked off)
    async fn due(&self) -> i64 {
        self.0.row.due
    }

    /// 未能完成的原因 (why it did not get on)
    async fn problem(&self) -> Option<JobProblem> {
        self.0.row.problem
    }

    /// 无法识别、未读的列 (columns that nobody knows and nobody read)
    async fn unread_columns(&self) -> Vec<UnreadColumn<'_>> {
        let sheets = self.0.unread.iter();
        sheets
            .flat_map(|(sheet, columns)| {
                columns.iter().map(move |column| UnreadColumn { sheet, column })
            })
            .collect()
    }

    /// 无法读取的工作表 (sheets that cannot be read)
    async fn faults(&self) -> Vec<ImportFault<'_>> {
        self.0.faults.iter().map(ImportFault).collect()
    }

    /// 读取时的情况，如隐藏的行 (what to know of how the file was read, such as hidden rows)
    async fn notes(&self, ctx: &Context<'_>) -> Vec<String> {
        let language = ctx.language();
        let note = |note: &Note| match &note.sheet {
            Some(sheet) => format!("{sheet}: {}", note.message(language)),
            None => note.message(language),
        };
        self.0.notes.iter().map(note).collect()
    }

    /// 就地更正过的单元格；只示给上传人和可见全部资料的账户 (cells that were corrected in place; for who handed the file in and who sees all)
    async fn mended(&self) -> Vec<MendedCell<'_>> {
        self.0.mends.iter().map(MendedCell).collect()
    }

    /// 各行，按表中次序 (rows, in the order of the file)
    async fn lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "筛选 (which rows)")] filter: Option<ImportRowFilter>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
    ) -> Result<ImportRowConnection> {
        let filter: RowFilter = filter.map(Into::into).unwrap_or_default();
        let window = Window { first: first.map(i64::from), after, ..Window::default() };
        let rows = ctx.hub()?.import_rows(ctx.viewer()?, &self.0.row, &filter, &window).await?;
        Ok(ImportRowConnection { id: self.0.row.id, filter, page: rows })
    }

    /// 预览时间 (looked at)
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// 预览人 (name of the account that handed the file in)
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, "ImportAct", Some(self.0.row.account_id)).await
    }

    /// 预览无人入库时删除的时间 (when a preview is removed that nobody applies)
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.expires_at
    }

    /// 入库时间 (applied at)
    async fn applied_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.applied_at
    }

    /// 入库人 (name of the account that applied it)
    async fn applied_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, "ImportAct", self.0.row.applied_by).await
    }

    /// 撤销时间；恢复后为空 (when it was taken back; none once it is put back)
    async fn undone_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.undone_at
    }

    /// 撤销人 (name of the account that took it back)
    async fn undone_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, "ImportAct", self.0.row.undone_by).await
    }
}

pub struct ImportCount(ImportVerdict, ImportRowState, i64);

/// 同一判定、去向的行数 (how many rows have come to the same)
#[Object]
impl ImportCount {
    /// 判定 (verdict)
    async fn verdict(&self) -> ImportVerdict {
        self.0
    }

    /// 去向 (where it went)
    async fn state(&self) -> ImportRowState {
        self.1
    }

    /// 行数 (rows)
    async fn count(&self) -> i64 {
        self.2
    }
}

pub struct UnreadColumn<'a> {
    sheet: &'a str,
    column: &'a str,
}

/// 无法识别的一列 (a column that nobody knows)
#[Object]
impl UnreadColumn<'_> {
    /// 工作表 (sheet)
    async fn sheet(&self) -> &str {
        self.sheet
    }

    /// 表头 (header)
    async fn column(&self) -> &str {
        self.column
    }
}

pub struct ImportFault<'a>(&'a SheetFault);

/// 无法读取的工作表 (a sheet that cannot be read)
#[Object]
impl ImportFault<'_> {
    /// 工作表 (sheet)
    async fn sheet(&self) -> &str {
        &self.0.sheet
    }

    /// 表头所在行，从 1 起 (row of its header, from 1)
    async fn row(&self) -> Option<usize> {
        self.0.row
    }

    /// 问题 (what is wrong with it)
    async fn problem(&self) -> ProblemOf<'_> {
        ProblemOf(Cow::Borrowed(&self.0.problem))
    }
}

/// 要更正的一个单元格 (a cell to correct)
#[derive(InputObject)]
pub struct MendedCellInput {
    /// 工作表 (sheet)
    sheet: String,
    /// 单元格，如 C5 (the cell, as C5)
    cell: String,
    /// 改为；空串即清空 (what it is to say; empty for nothing)
    value: String,
}

impl TryFrom<MendedCellInput> for Mend {
    type Error = HubError;

    fn try_from(MendedCellInput { sheet, cell, value }: MendedCellInput) -> Result<Self, HubError> {
        let place = cell_place(&cell);
        let (row, column) = place.ok_or_else(|| {
            HubError::Invalid(format!(
                "{cell:?} is no cell; name it as the spreadsheet does, as C5"
            ))
        })?;
        Ok(Self { sheet, row, column, from: String::new(), to: value })
    }
}

pub struct MendedCell<'a>(&'a Mend);

/// 就地更正过的一个单元格 (a cell that was corrected in place)
#[Object]
impl MendedCell<'_> {
    /// 工作表 (sheet)
    async fn sheet(&self) -> &str {
        &self.0.sheet
    }

    /// 单元格，如 C5 (the cell, as C5)
    async fn cell(&self) -> String {
        cell_name((self.0.row, self.0.column))
    }

    /// 文件中的值 (as the file has it)
    async fn from(&self) -> &str {
        &self.0.from
    }

    /// 改为 (what it was corrected to)
    async fn to(&self) -> &str {
        &self.0.to
    }
}

/// 导入各行的筛选 (which rows of an import)
#[derive(InputObject)]
pub struct ImportRowFilter {
    /// 判定 (verdicts)
    verdicts: Option<Vec<ImportVerdict>>,
    /// 去向 (where they went)
    states: Option<Vec<ImportRowState>>,
}

impl From<ImportRowFilter> for RowFilter {
    fn from(input: ImportRowFilter) -> Self {
        Self {
            verdicts: input.verdicts.unwrap_or_default(),
            states: input.states.unwrap_or_default(),
        }
    }
}

pub struct ImportRowConnection {
    id: Uuid,
    filter: RowFilter,
    page: Page<ActRow>,
}

/// 导入各行的列表 (rows of an import)
#[Object]
impl ImportRowConnection {
    /// 本页各行 (rows of this page)
    async fn nodes(&self) -> Vec<ImportRow<'_>> {
        self.page.rows.iter().map(ImportRow).collect()
    }

    /// 本页各行及其游标 (rows of this page with their cursors)
    async fn edges(&self) -> Vec<ImportRowEdge<'_>> {
        self.page.rows.iter().map(ImportRowEdge).collect()
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.page, |row| row.position.to_string())
    }

    /// 总行数 (how many rows there are)
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let counted = async { Ok(ctx.hub()?.count_import_rows(self.id, &self.filter).await?) };
        Some(counted.await)
    }
}

pub struct ImportRowEdge<'a>(&'a ActRow);

/// 导入的一行及其游标 (a row of an import with its cursor)
#[Object]
impl ImportRowEdge<'_> {
    /// 游标 (cursor)
    async fn cursor(&self) -> String {
        self.0.position.to_string()
    }

    /// 该行 (the row)
    async fn node(&self) -> ImportRow<'_> {
        ImportRow(self.0)
    }
}

pub struct ImportRow<'a>(&'a ActRow);

/// 导入的一行 (a row of an import)
#[Object]
impl ImportRow<'_> {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 工作表 (sheet)
    async fn sheet(&self) -> &str {
        &self.0.sheet
    }

    /// 行号，同表格软件所示 (number of the row, as the spreadsheet shows it)
    async fn row(&self) -> i64 {
        self.0.row
    }

    /// 判定：预览时会怎样，入库后是怎样 (what it would come to, or has come to)
    async fn verdict(&self) -> ImportVerdict {
        self.0.verdict
    }

    /// 去向 (where it went)
    async fn state(&self) -> ImportRowState {
        self.0.state
    }

    /// 报送种类 (kind of submission)
    async fn kind(&self) -> Option<SubmissionKind> {
        self.0.kind
    }

    /// 问题：违反了哪条规则、可能的改正；或撤销、恢复时为何维持现状 (which rule refuses it, with the likely repair; or why it stays as it is where it was to be taken back or put back)
    async fn problems(&self) -> Vec<ImportProblem<'_>> {
        self.0.problems.iter().map(|found| ImportProblem { found, row: self.0 }).collect()
    }

    /// 自动改正；值只示给上传人和可见全部资料的账户 (what was repaired; values for who handed the file in and who sees all)
    async fn repairs(&self) -> Vec<ImportRepair<'_>> {
        self.0.repairs.iter().map(|repair| ImportRepair { repair, row: self.0 }).collect()
    }

    /// 对在册资料的变更，逐项 (what it changes of what is on record, field by field)
    async fn changes(&self) -> Vec<ImportChange<'_>> {
        self.0.changes.iter().map(|change| ImportChange { change, row: self.0 }).collect()
    }

    /// 涉及的在册人员 (the person on record it is about)
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.person).await
    }

    /// 疑为的在册人员：未填身份证号而姓名与出生日期或村居相同；入库须在 applyImport 中点名 (the person on record it looks like; it is taken in only where applyImport names it)
    async fn looks_like(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        ctx.one(self.0.known).await
    }

    /// 报送记录，入库后才有 (the submission, once it is recorded)
    async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
        ctx.one(self.0.record_id.and(self.0.submission_id)).await
    }

    /// 新增或变更的记录 (what it made or changed)
    async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        record_of(ctx, self.0.kind?, self.0.record_id?).await
    }
}

pub struct ImportProblem<'a> {
    found: &'a ColumnProblem,
    row: &'a ActRow,
}

/// 一行中的一处问题 (one thing that is wrong with a row)
#[Object]
impl ImportProblem<'_> {
    /// 表头；没有对应的列时为空串 (header of its column; empty where there is none)
    async fn column(&self) -> &str {
        &self.found.column
    }

    /// 单元格，如 C5；没有对应的列时为空 (its cell, as C5; none where it has no column)
    async fn cell(&self) -> Option<String> {
        let row = usize::try_from(self.row.row).ok()?;
        Some(cell_name((row, self.found.index?)))
    }

    /// 该格所填的全部，有时不止有问题的部分；只示给上传人和可见全部资料的账户 (all that its cell says, which may be more than what is wrong; for who handed the file in and who sees all)
    async fn given(&self) -> Option<&str> {
        self.found.given.as_deref()
    }

    /// 问题 (what is wrong)
    async fn problem(&self) -> ProblemOf<'_> {
        ProblemOf(Cow::Borrowed(&self.found.problem))
    }
}

pub struct ImportRepair<'a> {
    repair: &'a Repair,
    row: &'a ActRow,
}

/// 自动改正的一处 (a value written anew)
#[Object]
impl ImportRepair<'_> {
    /// 表头 (header)
    async fn column(&self) -> &str {
        &self.repair.column
    }

    /// 表中的值 (as the sheet has it)
    async fn from(&self) -> Option<&str> {
        self.row.is_open.then_some(&self.repair.from)
    }

    /// 改为 (as it is read)
    async fn to(&self) -> Option<&str> {
        self.row.is_open.then_some(&self.repair.to)
    }
}

pub struct ImportChange<'a> {
    change: &'a Change,
    row: &'a ActRow,
}

/// 对一项在册资料的变更 (what a row changes of one value on record)
#[Object]
impl ImportChange<'_> {
    /// 位置，如 person.phone (path in the content)
    async fn path(&self) -> &str {
        &self.change.path
    }

    /// 表头；没有对应的列时为空串 (header of its column; empty where there is none)
    async fn column(&self) -> &str {
        &self.change.column
    }

    /// 在册的值，按本账户可见程度 (what is on record, as far as this account sees it)
    async fn from(&self, ctx: &Context<'_>) -> Option<String> {
        let from = self.change.from.as_deref();
        let Some(class) = class_of(&self.change.path) else { return from.map(str::to_owned) };
        match ctx.sight(class, "ImportChange", About::person_id(self.row.person)).await {
            Sight::Plain => from.map(str::to_owned),
            Sight::Masked => from.and_then(mask_of(&self.change.path)),
            Sight::Hidden => None,
        }
    }

    /// 表中的值 (what the file says)
    async fn to(&self) -> Option<&str> {
        self.change.to.as_deref().filter(|_| self.row.is_open)
    }
}
