use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Interface, Object, Result};
use chrono::{DateTime, Utc};
use entity::{
    AbilityLevel, ChildKind, ClosureReason, DisabilityCategory, IncomeClass, LedgerKind,
    LivingArrangement, Risk, Subsidy, child_detail, disabled_detail, elderly_detail, ledger_entry,
};
use hub::{HubError, ledgers::LedgerFilter, listing::Relation, page::Window};

use super::{
    Division, Need, Person, Station, Submission, division_code, division_of, need::NeedFilterInput,
    need::NeedOrder,
};
use crate::{
    connection::{Connected, Connection, Parent, window},
    context::ContextExt,
    date::{Date, DayRange},
    ids::{Kind, stations},
};

/// 台账条目：一人在一站一类台账中的登记 (a person's standing in one ledger at one station)
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "全局 id (global id)"),
    field(name = "kind", ty = "LedgerKind", desc = "台账种类 (kind of the ledger)"),
    field(name = "opened_on", ty = "Date", desc = "建档日期 (day it was opened)"),
    field(name = "closed_on", ty = "Option<Date>", desc = "销账日期 (day it was closed)"),
    field(
        name = "closure_reason",
        ty = "Option<ClosureReason>",
        desc = "销账原因 (why it was closed)"
    ),
    field(name = "income_class", ty = "Option<IncomeClass>", desc = "家庭经济类别 (income class)"),
    field(name = "risk", ty = "Option<Risk>", desc = "风险等级 (risk)"),
    field(name = "remark", ty = "Option<&str>", desc = "备注 (remark)"),
    field(
        name = "version",
        ty = "i64",
        desc = "版本，每次变更加一 (version, counting up with each change)"
    ),
    field(name = "recorded_at", ty = "DateTime<Utc>", desc = "首次入库时间 (first recorded at)"),
    field(name = "updated_at", ty = "DateTime<Utc>", desc = "最近变更时间 (last changed at)"),
    field(name = "person", ty = "Option<Result<Person>>", desc = "登记的人员 (the person)"),
    field(name = "station", ty = "Option<Result<Station>>", desc = "社工站 (the station)"),
    field(name = "division_code", ty = "&str", desc = "所在区划代码 (division code)"),
    field(name = "division", ty = "Option<Result<Division>>", desc = "所在区划 (division)"),
    field(
        name = "submission",
        ty = "Option<Result<Submission>>",
        desc = "最近写入它的报送 (the submission that last wrote it)"
    ),
    field(
        name = "needs",
        ty = "Connection<Need>",
        desc = "登记时提出的需求 (needs it raised)",
        arg(name = "filter", ty = "Option<NeedFilterInput>", desc = "筛选 (which rows)"),
        arg(name = "order_by", ty = "Option<NeedOrder>", desc = "排序 (order of the rows)"),
        arg(
            name = "first",
            ty = "Option<i32>",
            desc = "取前几条，1 至 200，默认 20 (rows from the start)"
        ),
        arg(name = "after", ty = "Option<String>", desc = "在此游标之后 (after this cursor)"),
        arg(name = "last", ty = "Option<i32>", desc = "取后几条，1 至 200 (rows from the end)"),
        arg(name = "before", ty = "Option<String>", desc = "在此游标之前 (before this cursor)")
    )
)]
pub enum LedgerEntry {
    Child(ChildEntry),
    Elderly(ElderlyEntry),
    Disabled(DisabledEntry),
}

impl From<Arc<ledger_entry::Model>> for LedgerEntry {
    fn from(row: Arc<ledger_entry::Model>) -> Self {
        match row.kind {
            LedgerKind::Child => Self::Child(ChildEntry(row)),
            LedgerKind::Elderly => Self::Elderly(ElderlyEntry(row)),
            LedgerKind::Disabled => Self::Disabled(DisabledEntry(row)),
        }
    }
}

impl Connected for LedgerEntry {
    type Entity = ledger_entry::Entity;
    type Filter = LedgerFilterInput;
    type Order = LedgerOrder;
}

/// An entry of one kind: what all entries have, and its own fields, which stand in the detail.
macro_rules! entry {
    ($(#[$about:meta])+ $name:ident($detail:ident) {
        $($(#[$field_about:meta])+ $field:ident: $type:ty = |$row:ident| $value:expr;)+
    }) => {
        #[derive(Clone)]
        pub struct $name(Arc<ledger_entry::Model>);

        $(#[$about])+
        #[Object]
        impl $name {
            /// 全局 id (global id)
            pub async fn id(&self) -> ID {
                Kind::LedgerEntry.id(self.0.id)
            }

            /// 台账种类 (kind of the ledger)
            async fn kind(&self) -> LedgerKind {
                self.0.kind
            }

            /// 建档日期 (day it was opened)
            async fn opened_on(&self) -> Date {
                Date(self.0.opened_on)
            }

            /// 销账日期 (day it was closed)
            async fn closed_on(&self) -> Option<Date> {
                self.0.closed_on.map(Date)
            }

            /// 销账原因 (why it was closed)
            async fn closure_reason(&self) -> Option<ClosureReason> {
                self.0.closure_reason
            }

            /// 家庭经济类别 (income class)
            async fn income_class(&self) -> Option<IncomeClass> {
                self.0.income_class
            }

            /// 风险等级 (risk)
            async fn risk(&self) -> Option<Risk> {
                self.0.risk
            }

            /// 备注 (remark)
            async fn remark(&self) -> Option<&str> {
                self.0.remark.as_deref()
            }

            /// 版本，每次变更加一 (version, counting up with each change)
            async fn version(&self) -> i64 {
                self.0.version
            }

            /// 首次入库时间 (first recorded at)
            async fn recorded_at(&self) -> DateTime<Utc> {
                self.0.recorded_at
            }

            /// 最近变更时间 (last changed at)
            async fn updated_at(&self) -> DateTime<Utc> {
                self.0.updated_at
            }

            /// 登记的人员 (the person)
            async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
                ctx.one(Some(self.0.person_id)).await
            }

            /// 社工站 (the station)
            async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
                ctx.one(Some(self.0.station_id)).await
            }

            /// 所在区划代码 (division code)
            async fn division_code(&self) -> &str {
                &self.0.division_code
            }

            /// 所在区划 (division)
            async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
                division_of(ctx, &self.0.division_code).await
            }

            /// 最近写入它的报送 (the submission that last wrote it)
            async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
                ctx.one(Some(self.0.submission_id)).await
            }

            /// 登记时提出的需求 (needs it raised)
            #[graphql(complexity = "crate::connection::cost(first, last, child_complexity)")]
            #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
            async fn needs(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "筛选 (which rows)")] filter: Option<NeedFilterInput>,
                #[graphql(desc = "排序 (order of the rows)")] order_by: Option<NeedOrder>,
                #[graphql(desc = "取前几条，1 至 200，默认 20 (rows from the start)")]
                first: Option<i32>,
                #[graphql(desc = "在此游标之后 (after this cursor)")] after: Option<String>,
                #[graphql(desc = "取后几条，1 至 200 (rows from the end)")] last: Option<i32>,
                #[graphql(desc = "在此游标之前 (before this cursor)")] before: Option<String>,
            ) -> Result<Connection<Need>> {
                let window = window(first, after, last, before);
                needs_of(ctx, &self.0, (filter, order_by), window).await
            }

            $(
                $(#[$field_about])+
                async fn $field(&self, ctx: &Context<'_>) -> Option<Result<$type>> {
                    let found = ctx.detail::<$detail::Entity>(self.0.id).await;
                    let value = |$row: Arc<$detail::Model>| -> Option<$type> { $value };
                    found.map(|row| row.and_then(value)).transpose()
                }
            )+
        }
    };
}

async fn needs_of(
    ctx: &Context<'_>,
    entry: &ledger_entry::Model,
    asked: (Option<NeedFilterInput>, Option<NeedOrder>),
    window: Window,
) -> Result<Connection<Need>> {
    let parent = Parent::row(entry.id);
    parent.connection(ctx, Some(Relation::LedgerEntry), asked, window).await
}

entry! {
    /// 儿童台账条目 (an entry in the ledger of children)
    ChildEntry(child_detail) {
        /// 儿童类别 (kind of child)
        child_kind: ChildKind = |row| Some(row.child_kind);
        /// 学校 (school)
        school: String = |row| row.school.clone();
        /// 年级 (grade at school)
        grade: String = |row| row.grade.clone();
        /// 监护人 (guardian)
        guardian: String = |row| row.guardian.clone();
        /// 监护人与儿童的关系 (relation of the guardian)
        guardian_relation: String = |row| row.guardian_relation.clone();
        /// 监护人电话 (phone of the guardian)
        guardian_phone: String = |row| row.guardian_phone.clone();
        /// 父亲 (father)
        father: String = |row| row.father.clone();
        /// 母亲 (mother)
        mother: String = |row| row.mother.clone();
    }
}

entry! {
    /// 老年人台账条目 (an entry in the ledger of the elderly)
    ElderlyEntry(elderly_detail) {
        /// 居住状况 (living arrangement)
        living_arrangement: LivingArrangement = |row| row.living_arrangement;
        /// 能力等级 (ability level, GB/T 42195-2022)
        ability_level: AbilityLevel = |row| row.ability_level;
        /// 所患疾病 (illnesses)
        illnesses: String = |row| row.illnesses.clone();
        /// 紧急联系人 (emergency contact)
        contact: String = |row| row.contact.clone();
        /// 紧急联系人电话 (phone of the emergency contact)
        contact_phone: String = |row| row.contact_phone.clone();
    }
}

entry! {
    /// 残疾人台账条目 (an entry in the ledger of disabled people)
    DisabledEntry(disabled_detail) {
        /// 残疾证号 (number of the certificate)
        certificate_no: String = |row| row.certificate_no.as_ref().map(ToString::to_string);
        /// 残疾类别 (category, GB/T 26341)
        category: DisabilityCategory = |row| Some(row.category);
        /// 残疾等级，1 最重，4 最轻 (grade, 1 the heaviest to 4)
        grade: i64 = |row| Some(row.grade);
        /// 照护人 (carer)
        carer: String = |row| row.carer.clone();
        /// 照护人电话 (phone of the carer)
        carer_phone: String = |row| row.carer_phone.clone();
        /// 享受的补贴 (subsidies drawn)
        subsidies: Vec<Subsidy> = |row| Some(row.subsidies.0.clone());
    }
}

/// 台账的筛选 (which ledger entries)
#[derive(InputObject)]
pub struct LedgerFilterInput {
    /// 在此区划内，任何层级 (in this division; a code of any level)
    division: Option<String>,
    /// 社工站，代码或 id (stations; codes or ids)
    stations: Option<Vec<String>>,
    /// 台账种类 (kinds)
    kinds: Option<Vec<LedgerKind>>,
    /// 建档日期 (opened in these days)
    opened: Option<DayRange>,
    /// 销账日期 (closed in these days)
    closed: Option<DayRange>,
    /// 在此日在册：已建档且未销账 (open at the end of this day)
    open_on: Option<Date>,
    /// 风险等级 (risks)
    risks: Option<Vec<Risk>>,
    /// 家庭经济类别 (income classes)
    income_classes: Option<Vec<IncomeClass>>,
    /// 人员 (the person; an id)
    person: Option<ID>,
    /// 儿童类别 (kinds of child; children only)
    child_kinds: Option<Vec<ChildKind>>,
    /// 居住状况 (living arrangements; elderly only)
    living_arrangements: Option<Vec<LivingArrangement>>,
    /// 能力等级 (ability levels; elderly only)
    ability_levels: Option<Vec<AbilityLevel>>,
    /// 残疾类别 (categories; disabled only)
    categories: Option<Vec<DisabilityCategory>>,
    /// 残疾等级 (grades; disabled only)
    grades: Option<Vec<i64>>,
}

impl TryFrom<LedgerFilterInput> for LedgerFilter {
    type Error = HubError;

    fn try_from(input: LedgerFilterInput) -> Result<Self, HubError> {
        Ok(Self {
            division: division_code(input.division)?,
            stations: stations(input.stations),
            kinds: input.kinds.unwrap_or_default(),
            opened: DayRange::days(input.opened)?,
            closed: DayRange::days(input.closed)?,
            open_on: input.open_on.map(|day| day.0),
            risks: input.risks.unwrap_or_default(),
            income_classes: input.income_classes.unwrap_or_default(),
            person: Kind::Person.optional(input.person.as_ref())?,
            child_kinds: input.child_kinds.unwrap_or_default(),
            living_arrangements: input.living_arrangements.unwrap_or_default(),
            ability_levels: input.ability_levels.unwrap_or_default(),
            categories: input.categories.unwrap_or_default(),
            grades: input.grades.unwrap_or_default(),
        })
    }
}

/// 台账的排序 (order of ledger entries)
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "hub::ledgers::LedgerOrder")]
pub enum LedgerOrder {
    /// 新建档的在前 (last opened first)
    OpenedOnDesc,
    /// 早建档的在前 (first opened first)
    OpenedOnAsc,
}
