//! Layouts: what stations call the columns of their workbooks.

use std::collections::BTreeMap;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Upload};
use chrono::{DateTime, Utc};
use entity::{LayoutKind, layout};
use hub::{
    HubError,
    import::{
        Layout, act,
        learn::{Proposal, ProposedColumn},
    },
    policy::{Class, Sight, mask},
};
use uuid::Uuid;

use crate::{
    context::ContextExt,
    imports::{refused, uploaded},
    reveal::name_of,
    sight::{About, SightExt},
    types::Station,
};

pub struct LayoutMutation;

/// 表头对照的确认 (confirming layouts)
#[Object]
impl LayoutMutation {
    /// 推测一份表格各列的含义，供人核对后用 confirmLayout 确认；不保存。按 GraphQL multipart request 规范上传，至多 16 MiB (what the columns of a file seem to be, for a person to look through and keep by confirmLayout; nothing is kept; uploaded as the GraphQL multipart request specification says, 16 MiB at most)
    async fn learn_layout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: String,
        #[graphql(desc = "表格文件 (the file)")] file: Upload,
    ) -> Result<Vec<LayoutProposal>> {
        let act::Upload { name, bytes } = uploaded(ctx, file)?;
        let learning = ctx.hub()?.propose_layout(ctx.viewer()?, &station, &name, bytes).await;
        let proposals = learning.map_err(|error| refused(ctx, error))?;
        Ok(proposals.into_iter().map(LayoutProposal).collect())
    }

    /// 确认本站表格各列的含义，此后导入本站同类表格时采用；同一批表头再次确认即替换 (keeps what a station calls the columns of a kind of sheet, for its imports from then on)
    async fn confirm_layout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社工站代码 (code of the station)")] station: String,
        #[graphql(desc = "表格种类 (kind of the sheet)")] kind: LayoutKind,
        #[graphql(desc = "各列，1 至 200 列 (its columns, 1 to 200)")] columns: Vec<
            LayoutColumnInput,
        >,
    ) -> Result<LayoutOf> {
        let count = columns.len();
        let columns: BTreeMap<String, Option<String>> =
            columns.into_iter().map(|column| (column.header, column.path)).collect();
        if columns.len() != count {
            let text = "a header is given twice; give each once";
            return Err(HubError::Invalid(text.to_owned()).into());
        }
        let layout = Layout { kind: kind.into(), columns };
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
        let asking = ctx.access("")?;
        // What is in the trail is done, though nobody waits for the answer any more.
        let confirming =
            tokio::spawn(
                async move { hub.confirm_layout(&viewer, &station, &layout, asking).await },
            );
        Ok(LayoutOf(confirming.await.map_err(|_| HubError::Unavailable)??))
    }
}

/// 一列的含义 (what a column is)
#[derive(InputObject)]
pub struct LayoutColumnInput {
    /// 表头，照表格原样 (header, as in the sheet)
    header: String,
    /// 报送内容中的路径，如 person.name；不读取的列留空 (path in the content; none where the column is not to be read)
    path: Option<String>,
}

/// 一列的含义 (what a column is)
#[derive(SimpleObject)]
pub struct LayoutColumn {
    /// 表头 (header, as in the sheet)
    header: String,
    /// 报送内容中的路径，不读取的列为空 (path in the content; none where the column is not read)
    path: Option<String>,
}

pub struct LayoutProposal(Proposal);

/// 一张表的推测 (what a table of a file seems to be)
#[Object]
impl LayoutProposal {
    /// 工作表 (sheet)
    async fn sheet(&self) -> &str {
        &self.0.sheet
    }

    /// 表头所在行，从 1 起 (row of its header, from 1)
    async fn row(&self) -> usize {
        self.0.row
    }

    /// 表格种类 (kind of the sheet)
    async fn kind(&self) -> LayoutKind {
        self.0.kind.into()
    }

    /// 各列 (columns)
    async fn columns(&self) -> Vec<LayoutProposedColumn<'_>> {
        self.0.columns.iter().map(LayoutProposedColumn).collect()
    }

    /// 未找到的必需栏目，按模板表头 (what a sheet of this kind cannot be read without and no column was found for, as the template heads it)
    async fn missing(&self) -> &[String] {
        &self.0.missing
    }
}

pub struct LayoutProposedColumn<'p>(&'p ProposedColumn);

/// 一列的推测 (what a column seems to be)
#[Object]
impl LayoutProposedColumn<'_> {
    /// 表头，照表格原样 (header, as in the sheet)
    async fn header(&self) -> &str {
        &self.0.column.header
    }

    /// 报送内容中的路径，如 person.name；建议不读取的为空 (path in the content; none where it is not to be read)
    async fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// 把握，0 至 100 (confidence, 0 to 100)
    async fn confidence(&self) -> i32 {
        self.0.confidence.into()
    }

    /// 依据 (why)
    async fn reasons(&self, ctx: &Context<'_>) -> Vec<String> {
        let language = ctx.language();
        self.0.reasons.iter().map(|reason| reason.message(language)).collect()
    }
}

pub struct LayoutOf(pub layout::Model);

/// 经确认的表头对照 (what a station calls the columns of a kind of sheet)
#[Object(name = "Layout")]
impl LayoutOf {
    /// 编号 (id)
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// 社工站 (the station)
    async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
        ctx.one(Some(self.0.station_id)).await
    }

    /// 表格种类 (kind of the sheet)
    async fn kind(&self) -> LayoutKind {
        self.0.kind
    }

    /// 各列 (columns)
    async fn columns(&self) -> Vec<LayoutColumn> {
        let columns = self.0.columns.0.iter();
        let column = |(header, path): (&String, &Option<String>)| LayoutColumn {
            header: header.clone(),
            path: path.clone(),
        };
        columns.map(column).collect()
    }

    /// 确认人 (name of the account that confirmed it)
    async fn confirmed_by(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let account = Some(self.0.confirmed_by);
        match ctx.sight(Class::Staff, "Layout", About::Nobody).await {
            Sight::Plain => name_of(ctx, account).await,
            Sight::Masked => {
                let name = name_of(ctx, account).await?;
                name.map(|name| mask::name(&name)).transpose()
            }
            Sight::Hidden => None,
        }
    }

    /// 确认时间 (confirmed at)
    async fn confirmed_at(&self) -> DateTime<Utc> {
        self.0.confirmed_at
    }
}
