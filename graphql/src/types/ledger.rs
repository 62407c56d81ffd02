use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Interface, Object, Result};
use chrono::{DateTime, Utc};
use entity::{
    AbilityLevel, ChildKind, ClosureReason, DisabilityCategory, IncomeClass, LedgerKind,
    LivingArrangement, Risk, Subsidy, child_detail, disabled_detail, elderly_detail, ledger_entry,
};
use hub::{
    HubError,
    ledgers::LedgerFilter,
    listing::Relation,
    page::Window,
    policy::{Class, Sight, mask},
};

use sea_orm::ModelTrait;

use super::{
    Division, Need, Person, Station, Submission, division_code, division_of, need::NeedFilterInput,
    need::NeedOrder,
};
use crate::{
    connection::{Connected, Connection, Parent, window},
    context::ContextExt,
    date::{Date, DayRange},
    ids::{Kind, stations},
    loaders::{DetailLoaded, Row},
    sight::{Kept, shown},
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
    field(name = "remark", ty = "Option<Result<String>>", desc = "备注 (remark)"),
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
            LedgerKind::Child => Self::Child(ChildEntry(row.into())),
            LedgerKind::Elderly => Self::Elderly(ElderlyEntry(row.into())),
            LedgerKind::Disabled => Self::Disabled(DisabledEntry(row.into())),
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
        $($(#[$field_about:meta])+ $field:ident: $type:ty = $class:expr, $mask:expr, |$row:ident| $value:expr;)+
    } sealed {
        $($(#[$sealed_about:meta])+ $sealed:ident = $sealed_class:expr, $sealed_mask:expr, $column:ident;)+
    }) => {
        #[derive(Clone)]
        pub struct $name(Kept<ledger_entry::Model>);

        $(#[$about])+
        #[Object]
        impl $name {
            /// 全局 id (global id)
            pub async fn id(&self) -> ID {
                Kind::LedgerEntry.id(self.0.open(|row| row.id))
            }

            /// 台账种类 (kind of the ledger)
            async fn kind(&self) -> LedgerKind {
                self.0.open(|row| row.kind)
            }

            /// 建档日期 (day it was opened)
            async fn opened_on(&self) -> Date {
                Date(self.0.open(|row| row.opened_on))
            }

            /// 销账日期 (day it was closed)
            async fn closed_on(&self) -> Option<Date> {
                self.0.open(|row| row.closed_on).map(Date)
            }

            /// 销账原因 (why it was closed)
            async fn closure_reason(&self) -> Option<ClosureReason> {
                self.0.open(|row| row.closure_reason)
            }

            /// 家庭经济类别 (income class)
            async fn income_class(&self, ctx: &Context<'_>) -> Option<IncomeClass> {
                self.0.value(ctx, Class::Finance, |row| row.income_class).await
            }

            /// 风险等级 (risk)
            async fn risk(&self, ctx: &Context<'_>) -> Option<Risk> {
                self.0.value(ctx, Class::Health, |row| row.risk).await
            }

            /// 备注 (remark)
            async fn remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
                self.0.sealed(ctx, Class::FreeText, mask::whole, ledger_entry::Column::Remark).await
            }

            /// 版本，每次变更加一 (version, counting up with each change)
            async fn version(&self) -> i64 {
                self.0.open(|row| row.version)
            }

            /// 首次入库时间 (first recorded at)
            async fn recorded_at(&self) -> DateTime<Utc> {
                self.0.open(|row| row.recorded_at)
            }

            /// 最近变更时间 (last changed at)
            async fn updated_at(&self) -> DateTime<Utc> {
                self.0.open(|row| row.updated_at)
            }

            /// 登记的人员 (the person)
            async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
                ctx.one(Some(self.0.open(|row| row.person_id))).await
            }

            /// 社工站 (the station)
            async fn station(&self, ctx: &Context<'_>) -> Option<Result<Station>> {
                ctx.one(Some(self.0.open(|row| row.station_id))).await
            }

            /// 所在区划代码 (division code)
            async fn division_code(&self) -> &str {
                self.0.open(|row| &row.division_code)
            }

            /// 所在区划 (division)
            async fn division(&self, ctx: &Context<'_>) -> Option<Result<Division>> {
                division_of(ctx, self.0.open(|row| &row.division_code)).await
            }

            /// 最近写入它的报送 (the submission that last wrote it)
            async fn submission(&self, ctx: &Context<'_>) -> Option<Result<Submission>> {
                ctx.one(Some(self.0.open(|row| row.submission_id))).await
            }

            /// 登记时提出的需求 (needs it raised)
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
                    let value = |$row: &$detail::Model| -> Option<$type> { $value };
                    detail_of::<$detail::Entity, _>(ctx, &self.0, ($class, $mask), value).await
                }
            )+

            $(
                $(#[$sealed_about])+
                async fn $sealed(&self, ctx: &Context<'_>) -> Option<Result<String>> {
                    let sight = self.0.sight(ctx, $sealed_class).await;
                    let column = $detail::Column::$column;
                    sealed_of::<$detail::Entity>(ctx, &self.0, (sight, $sealed_mask), column).await
                }
            )+
        }
    };
}

/// A value of an entry's detail, as far as the viewer sees its class; of no class, what everyone sees
/// who reaches the entry.
async fn detail_of<D: DetailLoaded, T>(
    ctx: &Context<'_>,
    entry: &Kept<ledger_entry::Model>,
    (class, mask): (Option<Class>, impl FnOnce(T) -> Option<T>),
    value: impl FnOnce(&Row<D>) -> Option<T>,
) -> Option<Result<T>> {
    let sight = match class {
        Some(class) => entry.sight(ctx, class).await,
        None => Sight::Plain,
    };
    if sight == Sight::Hidden {
        return None;
    }
    let found = match ctx.detail::<D>(entry.open(|row| row.id)).await {
        Ok(found) => value(found.as_deref()?)?,
        Err(error) => return Some(Err(error)),
    };
    match sight {
        Sight::Plain => Some(Ok(found)),
        _ => mask(found).map(Ok),
    }
}

/// The same of a sealed text.
async fn sealed_of<D: DetailLoaded>(
    ctx: &Context<'_>,
    entry: &Kept<ledger_entry::Model>,
    (sight, mask): (Sight, fn(&str) -> Option<String>),
    column: D::Column,
) -> Option<Result<String>>
where
    Row<D>: ModelTrait<Entity = D>,
{
    if sight == Sight::Hidden {
        return None;
    }
    let opened = async {
        let row = ctx.detail::<D>(entry.open(|row| row.id)).await?;
        match row {
            Some(row) => Ok(ctx.hub()?.unsealed(&*row, column).await?),
            None => Ok(None),
        }
    };
    shown(sight, opened.await, mask)
}

/// For what has no masked form.
fn hide<T>(_: T) -> Option<T> {
    None
}

fn by(mask: fn(&str) -> Option<String>) -> impl FnOnce(String) -> Option<String> {
    move |text| mask(&text)
}

async fn needs_of(
    ctx: &Context<'_>,
    entry: &Kept<ledger_entry::Model>,
    asked: (Option<NeedFilterInput>, Option<NeedOrder>),
    window: Window,
) -> Result<Connection<Need>> {
    let parent = Parent::row(entry.open(|row| row.id));
    parent.connection(ctx, Some(Relation::LedgerEntry), asked, window).await
}

entry! {
    /// 儿童台账条目 (an entry in the ledger of children)
    ChildEntry(child_detail) {
        /// 儿童类别 (kind of child)
        child_kind: ChildKind = None, hide, |row| Some(row.child_kind);
        /// 年级 (grade at school)
        grade: String = Some(Class::Address), hide, |row| row.grade.clone();
        /// 监护人 (guardian)
        guardian: String = Some(Class::Guardian), by(mask::name), |row| row.guardian.clone();
        /// 监护人与儿童的关系 (relation of the guardian)
        guardian_relation: String = Some(Class::Guardian), hide, |row| row.guardian_relation.clone();
        /// 父亲 (father)
        father: String = Some(Class::Guardian), by(mask::name), |row| row.father.clone();
        /// 母亲 (mother)
        mother: String = Some(Class::Guardian), by(mask::name), |row| row.mother.clone();
    }
    sealed {
        /// 学校 (school)
        school = Class::Address, mask::whole, School;
        /// 监护人电话 (phone of the guardian)
        guardian_phone = Class::Guardian, mask::phone, GuardianPhone;
    }
}

entry! {
    /// 老年人台账条目 (an entry in the ledger of the elderly)
    ElderlyEntry(elderly_detail) {
        /// 居住状况 (living arrangement)
        living_arrangement: LivingArrangement = None, hide, |row| row.living_arrangement;
        /// 能力等级 (ability level, GB/T 42195-2022)
        ability_level: AbilityLevel = Some(Class::Health), hide, |row| row.ability_level;
        /// 紧急联系人 (emergency contact)
        contact: String = Some(Class::Guardian), by(mask::name), |row| row.contact.clone();
    }
    sealed {
        /// 所患疾病 (illnesses)
        illnesses = Class::FreeText, mask::whole, Illnesses;
        /// 紧急联系人电话 (phone of the emergency contact)
        contact_phone = Class::Guardian, mask::phone, ContactPhone;
    }
}

entry! {
    /// 残疾人台账条目 (an entry in the ledger of disabled people)
    DisabledEntry(disabled_detail) {
        /// 残疾类别 (category, GB/T 26341)
        category: DisabilityCategory = Some(Class::Health), hide, |row| Some(row.category);
        /// 残疾等级，1 最重，4 最轻 (grade, 1 the heaviest to 4)
        grade: i64 = Some(Class::Health), hide, |row| Some(row.grade);
        /// 照护人 (carer)
        carer: String = Some(Class::Guardian), by(mask::name), |row| row.carer.clone();
        /// 享受的补贴 (subsidies drawn)
        subsidies: Vec<Subsidy> = Some(Class::Finance), hide, |row| Some(row.subsidies.0.clone());
    }
    sealed {
        /// 残疾证号 (number of the certificate)
        certificate_no = Class::Identity, mask::number, CertificateNo;
        /// 照护人电话 (phone of the carer)
        carer_phone = Class::Guardian, mask::phone, CarerPhone;
    }
}

/// 台账的筛选 (which ledger entries)
#[derive(InputObject)]
#[graphql(name = "LedgerFilter")]
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
            cell: None,
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
