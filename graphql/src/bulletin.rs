//! The bulletin: each figure with the rows it counts.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use entity::{LedgerKind, NeedDomain, Service};
use hub::{
    assessments::AssessmentFilter, bulletin::Bulletin, ledgers::LedgerFilter, listing::Listing,
    needs::NeedFilter, page::Window, people::PersonFilter, stations::StationFilter,
    visits::VisitFilter,
};

use crate::{
    connection::{Connected, Connection, Parent, count, window},
    context::ContextExt,
    date::Date,
    loaders::KeyOf,
    sight::SightExt,
    types::{Assessment, LedgerEntry, Need, Person, Station, Visit},
};

type OrderOf<N> = <<N as Connected>::Entity as Listing>::Order;

/// A number and the rows it counts.
struct Rows<F> {
    filter: F,
    /// Where it was counted already, with others of its kind: the number, none where it is suppressed.
    counted: Option<Option<i64>>,
}

impl<F: Clone> Rows<F> {
    fn uncounted(filter: F) -> Self {
        Self { filter, counted: None }
    }

    fn counted(filter: F, count: Option<i64>) -> Self {
        Self { filter, counted: Some(count) }
    }

    fn key<N>(&self, order: OrderOf<N>) -> KeyOf<N::Entity>
    where
        N: Connected<Entity: Listing<Filter = F>>,
    {
        Parent::root().list::<N::Entity>(None, self.filter.clone(), order)
    }

    /// The number; none where it is suppressed.
    async fn count<N>(&self, ctx: &Context<'_>) -> Result<Option<i64>>
    where
        N: Connected<Entity: Listing<Filter = F>>,
    {
        match self.counted {
            Some(count) => Ok(count),
            None => count::<N>(ctx, &self.key::<N>(Default::default())).await,
        }
    }

    /// The rows; none where the number is suppressed.
    async fn page<N>(
        &self,
        ctx: &Context<'_>,
        kind: &str,
        (order, window): (Option<N::Order>, Window),
    ) -> Result<Connection<N>>
    where
        N: Connected<Entity: Listing<Filter = F>>,
    {
        let mut key = self.key::<N>(order.map(Into::into).unwrap_or_default());
        key.window = Arc::new(window);
        // Whoever sees every number is spared counting.
        if !ctx.viewer()?.sees_small_figures() {
            let count = self.count::<N>(ctx).await?;
            if ctx.figure(kind, count).is_none() {
                return Ok(Connection::suppressed(key));
            }
        }
        Connection::load(ctx, key).await
    }
}

/// A figure: what it is about, its count, and the connection with the rows counted.
macro_rules! figure {
    ($(#[$about:meta])+ $name:ident { $($(#[$field_about:meta])+ $field:ident: $type:ty,)* }
     $(#[$rows_about:meta])+ $rows:ident: $node:ident, $filter:ty) => {
        pub struct $name {
            $($field: $type,)*
            rows: Rows<$filter>,
        }

        $(#[$about])+
        #[Object]
        impl $name {
            $(
                $(#[$field_about])+
                async fn $field(&self) -> $type {
                    self.$field.clone()
                }
            )*

            /// 数目；涉及人数过少而无权查看时为空 (the number; null where too few people are counted to be told)
            async fn count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
                let count = self.rows.count::<$node>(ctx).await;
                count.map(|count| ctx.figure(stringify!($name), count)).transpose()
            }

            $(#[$rows_about])+
            async fn $rows(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "排序 (order of the rows)")]
                order_by: Option<<$node as Connected>::Order>,
                #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")]
                first: Option<i32>,
                #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
                #[graphql(desc = "取后几条，1 至 200 (rows from the end)")] last: Option<i32>,
                #[graphql(desc = "在此游标之前 (before this cursor)")] before: Option<String>,
            ) -> Result<Connection<$node>> {
                let window = window(first, after, last, before);
                self.rows.page::<$node>(ctx, stringify!($name), (order_by, window)).await
            }
        }
    };
}

figure! {
    /// 参与的社工站 (stations taking part)
    StationFigure {}
    /// 计入的社工站 (the stations counted)
    stations: Station, StationFilter
}

figure! {
    /// 服务的人 (people served)
    PersonFigure {}
    /// 计入的人员 (the people counted)
    people: Person, PersonFilter
}

figure! {
    /// 探访数 (a number of visits)
    VisitFigure {}
    /// 计入的探访 (the visits counted)
    visits: Visit, VisitFilter
}

figure! {
    /// 按对象分的探访数 (visits by kind of person)
    VisitsByKind {
        /// 被探访人所在的台账；为空表示不在任何台账 (the ledger they stand in; null for none)
        kind: Option<LedgerKind>,
    }
    /// 计入的探访 (the visits counted)
    visits: Visit, VisitFilter
}

figure! {
    /// 服务次数 (how often a service was given)
    ServiceFigure {
        /// 服务内容 (the service)
        service: Service,
    }
    /// 给予该服务的探访 (the visits at which it was given)
    visits: Visit, VisitFilter
}

figure! {
    /// 按领域分的需求数 (needs in a domain)
    NeedsByDomain {
        /// 领域 (the domain)
        domain: NeedDomain,
    }
    /// 计入的需求 (the needs counted)
    needs: Need, NeedFilter
}

figure! {
    /// 按等级分的评估数 (assessments of a level)
    AssessmentsByLevel {
        /// 量表代码 (code of the instrument)
        instrument: String,
        /// 等级代码 (code of the level)
        level: String,
    }
    /// 计入的评估 (the assessments counted)
    assessments: Assessment, AssessmentFilter
}

figure! {
    /// 按种类分的台账数 (ledger entries of a kind)
    EntriesByKind {
        /// 台账种类 (the kind)
        kind: LedgerKind,
    }
    /// 计入的台账 (the entries counted)
    ledger_entries: LedgerEntry, LedgerFilter
}

/// Needs raised or met, with both ways to look at them.
pub struct NeedFigure {
    bulletin: Bulletin,
    filter: fn(&Bulletin, Option<NeedDomain>) -> NeedFilter,
}

impl NeedFigure {
    fn all(&self) -> Rows<NeedFilter> {
        Rows::uncounted((self.filter)(&self.bulletin, None))
    }
}

/// 需求数 (a number of needs)
#[Object]
impl NeedFigure {
    /// 数目；涉及人数过少而无权查看时为空 (the number; null where too few people are counted to be told)
    async fn count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = self.all().count::<Need>(ctx).await;
        count.map(|count| ctx.figure("NeedFigure", count)).transpose()
    }

    /// 按领域 (by domain)
    async fn by_domain(&self, ctx: &Context<'_>) -> Result<Vec<NeedsByDomain>> {
        let filter = (self.filter)(&self.bulletin, None);
        let counted = ctx.hub()?.needs_by_domain(ctx.viewer()?, &filter).await?;
        let figure = |(domain, count)| NeedsByDomain {
            domain,
            rows: Rows::counted((self.filter)(&self.bulletin, Some(domain)), count),
        };
        Ok(counted.into_iter().map(figure).collect())
    }

    /// 计入的需求 (the needs counted)
    async fn needs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "排序 (order of the rows)")] order_by: Option<<Need as Connected>::Order>,
        #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")] first: Option<i32>,
        #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
        #[graphql(desc = "取后几条，1 至 200 (rows from the end)")] last: Option<i32>,
        #[graphql(desc = "在此游标之前 (before this cursor)")] before: Option<String>,
    ) -> Result<Connection<Need>> {
        let window = window(first, after, last, before);
        self.all().page::<Need>(ctx, "NeedFigure", (order_by, window)).await
    }
}

/// A bulletin; each figure is counted when asked.
pub struct BulletinOf(pub Bulletin);

/// 公报：一段日子的各项数字，每个数字都可展开所计的记录 (the numbers of a span of days)
#[Object(name = "Bulletin")]
impl BulletinOf {
    /// 起始日 (the first day)
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// 截止日 (the last day)
    async fn to(&self) -> Date {
        Date(self.0.to)
    }

    /// 区划代码；为空表示全市 (code of the division; null for the city)
    async fn division_code(&self) -> Option<&str> {
        self.0.division.as_ref().map(entity::DivisionCode::as_str)
    }

    /// 参与的社工站：期间至少有一次探访 (stations taking part: with at least one visit)
    async fn stations(&self) -> StationFigure {
        StationFigure { rows: Rows::uncounted(self.0.stations()) }
    }

    /// 服务人数：期间被探访的不同人员 (people served: distinct people visited)
    async fn people_served(&self) -> PersonFigure {
        PersonFigure { rows: Rows::uncounted(self.0.people()) }
    }

    /// 服务人次：对人员的探访次数 (person-times: visits to a person)
    async fn person_times(&self) -> VisitFigure {
        VisitFigure { rows: Rows::uncounted(self.0.visits_to_people()) }
    }

    /// 全部探访，含对整户的 (all visits, those to whole households included)
    async fn visits(&self) -> VisitFigure {
        VisitFigure { rows: Rows::uncounted(self.0.visits()) }
    }

    /// 按对象分的人次：被探访人期间所在的每类台账各计一次 (person-times by the ledgers the visited stood in)
    async fn visits_by_kind(&self, ctx: &Context<'_>) -> Result<Vec<VisitsByKind>> {
        let counted = ctx.hub()?.visits_by_kind(ctx.viewer()?, &self.0).await?;
        let figure = |(kind, count)| VisitsByKind {
            kind,
            rows: Rows::counted(self.0.visits_to(kind), count),
        };
        Ok(counted.into_iter().map(figure).collect())
    }

    /// 各项服务的次数 (how often each service was given)
    async fn services(&self, ctx: &Context<'_>) -> Result<Vec<ServiceFigure>> {
        let counted = ctx.hub()?.services_given(ctx.viewer()?, &self.0).await?;
        let figure = |(service, count)| ServiceFigure {
            service,
            rows: Rows::counted(self.0.visits_with(service), count),
        };
        Ok(counted.into_iter().map(figure).collect())
    }

    /// 期间发现的需求 (needs raised)
    async fn needs_raised(&self) -> NeedFigure {
        NeedFigure { bulletin: self.0.clone(), filter: Bulletin::needs_raised }
    }

    /// 期间满足的需求 (needs met)
    async fn needs_met(&self) -> NeedFigure {
        NeedFigure { bulletin: self.0.clone(), filter: Bulletin::needs_met }
    }

    /// 按量表和等级分的评估 (assessments by instrument and level)
    async fn assessments(&self, ctx: &Context<'_>) -> Result<Vec<AssessmentsByLevel>> {
        let filter = self.0.assessments(None);
        let counted = ctx.hub()?.assessments_by_level(ctx.viewer()?, &filter).await?;
        let figure = |((instrument, level), count): ((String, String), _)| AssessmentsByLevel {
            rows: Rows::counted(self.0.assessments(Some((&instrument, &level))), count),
            instrument,
            level,
        };
        Ok(counted.into_iter().map(figure).collect())
    }

    /// 截止日在册的台账，按种类 (ledger entries open on the last day, by kind)
    async fn ledgers(&self, ctx: &Context<'_>) -> Result<Vec<EntriesByKind>> {
        let filter = self.0.ledger_entries(None);
        let counted = ctx.hub()?.entries_by_kind(ctx.viewer()?, &filter).await?;
        let figure = |(kind, count)| EntriesByKind {
            kind,
            rows: Rows::counted(self.0.ledger_entries(Some(kind)), count),
        };
        Ok(counted.into_iter().map(figure).collect())
    }
}
