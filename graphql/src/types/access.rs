//! Rows of the trail. They are no rows of the record: who may see them is `hub::trail`'s to say.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use entity::Role;
use hub::{
    HubError,
    page::Page,
    trail::{AccessFilter, Accessed},
};
use uuid::Uuid;

use crate::{connection::PageInfo, context::ContextExt, ids::Kind, notes::Notes};

/// A page of the trail.
pub struct AccessConnection(Page<Accessed>);

impl From<Page<Accessed>> for AccessConnection {
    fn from(page: Page<Accessed>) -> Self {
        Self(page)
    }
}

/// 留痕的分页列表 (a page of the trail)
#[Object]
impl AccessConnection {
    /// 各条及其游标 (the rows with their cursors)
    async fn edges(&self) -> Vec<AccessEdge<'_>> {
        self.0.rows.iter().map(AccessEdge).collect()
    }

    /// 各条 (the rows)
    async fn nodes(&self) -> Vec<AccessOf<'_>> {
        self.0.rows.iter().map(AccessOf).collect()
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.0, Accessed::cursor)
    }
}

struct AccessEdge<'a>(&'a Accessed);

/// 留痕列表中的一条 (a row of the trail's list)
#[Object]
impl AccessEdge<'_> {
    /// 游标 (its place in the list)
    async fn cursor(&self) -> String {
        self.0.cursor()
    }

    /// 内容 (the row)
    async fn node(&self) -> AccessOf<'_> {
        AccessOf(self.0)
    }
}

struct AccessOf<'a>(&'a Accessed);

/// 一次查阅或写入的留痕 (one operation that read or wrote data on people)
#[Object(name = "Access")]
impl AccessOf<'_> {
    /// 时间 (when)
    async fn at(&self) -> DateTime<Utc> {
        self.0.row.at
    }

    /// 账户的用户名，系统自身所为则为空 (username; null for what the hub did by itself)
    async fn username(&self) -> Option<&str> {
        self.0.account.as_ref().map(|account| account.username.as_str())
    }

    /// 账户的名称 (name of the account)
    async fn account_name(&self) -> Option<&str> {
        self.0.account.as_ref().map(|account| account.name.as_str())
    }

    /// 当时的角色 (the role it had)
    async fn role(&self) -> Option<Role> {
        self.0.row.role
    }

    /// 来源地址 (from which address)
    async fn from_address(&self) -> Option<&str> {
        self.0.row.from_address.as_deref()
    }

    /// 请求编号 (id of the request)
    async fn request_id(&self) -> &str {
        &self.0.row.request_id
    }

    /// 操作，如 QUERY，其后为请求自定的名称 (a word such as QUERY, then the name its client gave it)
    async fn operation(&self) -> &str {
        &self.0.row.operation
    }

    /// 事由 (what for)
    async fn purpose(&self) -> Option<&str> {
        self.0.row.purpose.as_deref()
    }

    /// 涉及的字段，如 Person.name (which fields, such as Person.name)
    async fn fields(&self) -> &[String] {
        &self.0.row.fields.0
    }

    /// 涉及的人数 (how many people)
    async fn people_count(&self) -> i64 {
        self.0.row.people_count
    }

    /// 涉及的人员的 id，仅审计人员可见 (ids of the people; for an AUDITOR)
    async fn people(&self, ctx: &Context<'_>) -> Option<Vec<ID>> {
        let viewer = ctx.viewer().ok()?;
        let people = self.0.row.people.iter().map(|id| Kind::Person.id(id));
        (viewer.role == Role::Auditor).then(|| people.collect())
    }
}

/// 留痕的筛选 (which rows of the trail)
#[derive(Default, InputObject)]
#[graphql(name = "AccessFilter")]
pub struct AccessFilterInput {
    /// 涉及的人员 (the person; an id)
    person: Option<ID>,
    /// 账户的用户名 (username of the account)
    account: Option<String>,
    /// 此刻起 (from this instant on)
    from: Option<DateTime<Utc>>,
    /// 此刻前 (before this instant)
    to: Option<DateTime<Utc>>,
    /// 操作，如 QUERY、SUBMIT (words of operations)
    operations: Option<Vec<String>>,
}

impl TryFrom<AccessFilterInput> for AccessFilter {
    type Error = HubError;

    fn try_from(input: AccessFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            person: Kind::Person.optional(input.person.as_ref())?,
            account: input.account,
            from: input.from,
            to: input.to,
            operations: input.operations.unwrap_or_default(),
        })
    }
}

/// Who has seen a person.
pub(super) async fn accesses_of(
    ctx: &Context<'_>,
    person: Uuid,
    window: (Option<i64>, Option<&str>),
) -> Result<AccessConnection> {
    let (hub, viewer, asking) = (ctx.hub()?, ctx.viewer()?, ctx.access("")?);
    let one = ctx.data_opt::<std::sync::Arc<Notes>>();
    if !one.is_some_and(|notes| notes.may_read_trail_of(person)) {
        let text = "accesses are asked for of one person a request";
        return Err(HubError::Invalid(text.to_owned()).into());
    }
    Ok(Box::pin(hub.accesses_of(viewer, person, window, asking)).await?.into())
}
