//! Relay connections: one generic type for every list, and the macro that puts lists on a type.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{Context, InputType, Object, OutputType, Result, SimpleObject, TypeName};
use entity::DivisionCode;
use hub::{
    HubError,
    listing::{Anchor, Listing, Relation},
    page::{Page, Window, cursor},
};
use uuid::Uuid;

use crate::{
    context::ContextExt,
    loaders::{KeyOf, ListKey, Loaded, PageOf, Row},
    sight::SightExt,
};

/// A type of the schema that shows a row of a list.
pub trait Connected: OutputType + From<Arc<Row<Self::Entity>>> + 'static {
    type Entity: Loaded;
    type Filter: InputType + TryInto<<Self::Entity as Listing>::Filter, Error = HubError>;
    type Order: InputType + Into<<Self::Entity as Listing>::Order>;
}

/// 分页信息 (where a page lies in its list)
#[derive(SimpleObject)]
pub struct PageInfo {
    /// 之前是否还有 (whether there are rows before)
    has_previous_page: bool,
    /// 之后是否还有 (whether there are rows after)
    has_next_page: bool,
    /// 本页第一条的游标 (cursor of the first row)
    start_cursor: Option<String>,
    /// 本页最后一条的游标 (cursor of the last row)
    end_cursor: Option<String>,
}

impl PageInfo {
    pub(crate) fn of<M>(page: &Page<M>, cursor: impl Fn(&M) -> String) -> Self {
        Self {
            has_previous_page: page.has_previous,
            has_next_page: page.has_next,
            start_cursor: page.rows.first().map(&cursor),
            end_cursor: page.rows.last().map(&cursor),
        }
    }
}

/// A page of a list.
pub struct Connection<N: Connected> {
    key: KeyOf<N::Entity>,
    page: PageOf<N::Entity>,
    /// How many rows the list has, where that is settled: none where it is suppressed.
    counted: Option<Option<i64>>,
}

/// A row of a list, with its place in it.
pub struct Edge<N: Connected> {
    row: Arc<Row<N::Entity>>,
    order: <N::Entity as Listing>::Order,
}

impl<N: Connected> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: Connected> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// 分页列表 (a page of a list)
#[Object(name_type)]
impl<N: Connected> Connection<N> {
    /// 各条及其游标 (the rows with their cursors)
    async fn edges(&self) -> Vec<Edge<N>> {
        let order = self.key.order;
        let rows = self.page.rows.iter().cloned();
        rows.map(|row| Edge { row, order }).collect()
    }

    /// 各条 (the rows)
    async fn nodes(&self) -> Vec<N> {
        self.page.rows.iter().cloned().map(N::from).collect()
    }

    /// 分页信息 (where the page lies)
    async fn page_info(&self) -> PageInfo {
        PageInfo::of(&self.page, |row| cursor::<N::Entity>(row, self.key.order))
    }

    /// 总条数，查询时才计算；涉及人数过少而无权查看时为空 (rows of the whole list, counted when asked; null where too few people are counted to be told)
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = match self.counted {
            Some(count) => Ok(count),
            None => count::<N>(ctx, &self.key).await,
        };
        count.map(|count| ctx.figure(&<Self as TypeName>::type_name(), count)).transpose()
    }
}

/// 列表中的一条 (a row of a list)
#[Object(name_type)]
impl<N: Connected> Edge<N> {
    /// 游标 (its place in the list)
    async fn cursor(&self) -> String {
        cursor::<N::Entity>(&self.row, self.order)
    }

    /// 内容 (the row)
    async fn node(&self) -> N {
        N::from(Arc::clone(&self.row))
    }
}

impl<N: Connected> Connection<N> {
    pub(crate) async fn load(ctx: &Context<'_>, key: KeyOf<N::Entity>) -> Result<Self> {
        ctx.viewer()?;
        let pages = &N::Entity::lists(ctx.loaders()?).pages;
        let page = pages.load(key.clone()).await?;
        Ok(Self { key, page, counted: None })
    }

    /// The rows behind a figure that is settled: told, or not; else it is still to be counted.
    pub(crate) fn counted(self, counted: Option<Option<i64>>) -> Self {
        Self { counted, ..self }
    }

    /// The rows behind a figure that is suppressed: none.
    pub(crate) fn suppressed(key: KeyOf<N::Entity>) -> Self {
        let page = Page { rows: Vec::new(), has_previous: false, has_next: false };
        Self { key, page: Arc::new(page), counted: Some(None) }
    }

    pub(crate) fn into_first(self) -> Option<N> {
        self.page.rows.first().cloned().map(N::from)
    }
}

/// How many rows a list has; none where that is suppressed.
pub(crate) async fn count<N: Connected>(
    ctx: &Context<'_>,
    key: &KeyOf<N::Entity>,
) -> Result<Option<i64>> {
    let mut key = key.clone();
    key.order = Default::default();
    key.window = Arc::default();
    Ok(N::Entity::lists(ctx.loaders()?).counts.load(key).await?)
}

/// What the lists of a type hang on.
pub struct Parent {
    id: Uuid,
    area: Option<DivisionCode>,
}

impl Parent {
    /// The whole hub.
    pub fn root() -> Self {
        Self::row(Uuid::nil())
    }

    pub fn row(id: Uuid) -> Self {
        Self { id, area: None }
    }

    pub fn division(id: Uuid, code: &str) -> Self {
        let area = code.parse().ok();
        Self { id, area }
    }

    fn anchor(&self, relation: Relation) -> Anchor {
        match (relation, &self.area) {
            (Relation::Division, Some(area)) => Anchor::Area(area.clone()),
            _ => Anchor::Id(self.id),
        }
    }

    /// The list of the rows that hang on it so; of all rows, without a relation.
    pub fn list<E: Listing>(
        &self,
        relation: Option<Relation>,
        filter: E::Filter,
        order: E::Order,
    ) -> KeyOf<E> {
        ListKey {
            parent: relation.map(|relation| (relation, self.anchor(relation))),
            filter: Arc::new(filter),
            order,
            window: Arc::default(),
        }
    }

    /// The newest by the list's own order.
    pub fn newest<E: Listing>(&self, relation: Relation) -> KeyOf<E> {
        self.list::<E>(Some(relation), E::Filter::default(), E::Order::default())
    }

    pub(crate) async fn connection<N: Connected>(
        &self,
        ctx: &Context<'_>,
        relation: Option<Relation>,
        (filter, order): (Option<N::Filter>, Option<N::Order>),
        window: Window,
    ) -> Result<Connection<N>> {
        let filter = filter.map(TryInto::try_into).transpose()?;
        let order = order.map(Into::into).unwrap_or_default();
        let mut key = self.list::<N::Entity>(relation, filter.unwrap_or_default(), order);
        key.window = Arc::new(window);
        Connection::load(ctx, key).await
    }
}

pub fn window(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Window {
    Window { first: first.map(i64::from), after, last: last.map(i64::from), before }
}

/// The lists of a type, to be flattened into it: `field: Node, how it hangs on the parent`.
macro_rules! lists {
    ($holder:ident { $($(#[$about:meta])+ $field:ident: $node:ident, $relation:expr;)+ }) => {
        pub struct $holder(pub crate::connection::Parent);

        #[async_graphql::Object]
        impl $holder {
            $(
                $(#[$about])+
                #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
                async fn $field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "筛选 (which rows)")]
                    filter: Option<<$node as crate::connection::Connected>::Filter>,
                    #[graphql(desc = "排序 (order of the rows)")]
                    order_by: Option<<$node as crate::connection::Connected>::Order>,
                    #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")]
                    first: Option<i32>,
                    #[graphql(desc = "在此游标之后 (after this cursor)")]
                    after: Option<String>,
                    #[graphql(desc = "取后几条，1 至 200 (rows from the end)")]
                    last: Option<i32>,
                    #[graphql(desc = "在此游标之前 (before this cursor)")]
                    before: Option<String>,
                ) -> async_graphql::Result<crate::connection::Connection<$node>> {
                    let window = crate::connection::window(first, after, last, before);
                    let given = (filter, order_by);
                    Box::pin(self.0.connection::<$node>(ctx, $relation, given, window)).await
                }
            )+
        }
    };
}
pub(crate) use lists;
