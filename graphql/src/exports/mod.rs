//! Exports: answers taken home as files, by a job.

pub(crate) mod ledger;
pub(crate) mod shape;
#[cfg(test)]
mod tests;
pub(crate) mod types;

use async_graphql::{Context, Json, Object, Result};
use entity::{ExportFormat, ExportLayout};
use hub::exports::File;

use crate::jobs::{JobOf, start};

pub struct ExportMutation;

/// 导出 (exports)
#[Object]
impl ExportMutation {
    /// 把一个查询的全部结果导出为文件：作为作业执行，完成后按其 answer 取回；查询只有一个列表，或一张统计表等 (makes a file of all that a query asks, as a job, to be taken by its answer; of one list, whose first may be left out, or one table such as statistics)
    async fn export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "查询的文本 (text of the query)")] operation: String,
        #[graphql(desc = "查询的变量，JSON 对象 (its variables, an object)")] variables: Option<
            Json<serde_json::Value>,
        >,
        #[graphql(desc = "文件的格式 (format of the file)")] format: ExportFormat,
        #[graphql(
            desc = "版式；WORKBOOK 用于一个社工站在册的台账，不论查询选了哪些字段 (how it is laid out; WORKBOOK is for the open ledger entries of one station, whatever fields are selected)",
            default_with = "ExportLayout::Table"
        )]
        layout: ExportLayout,
    ) -> Result<JobOf> {
        start(ctx, operation, variables, Some(File { format, layout })).await
    }
}
