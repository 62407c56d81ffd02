//! What a client hands in, in GraphQL. It mirrors `hub::submission`, which says what each value
//! means; a wrong value is a problem on the receipt, so days and numbers of people are plain texts.

use async_graphql::{ID, InputObject, OneofObject};
use entity::{
    AbilityLevel, ChildKind, ClosureReason, DisabilityCategory, ExcuseReason, IncomeClass,
    LedgerKind, LivingArrangement, NeedDomain, NoIdReason, Risk, Service, Sex, Subsidy, Urgency,
    VisitMode,
};
use hub::submission as hand;
use uuid::Uuid;

use crate::ids::Kind;

/// An id that is none is handed on as one that nothing has, so that it is a problem on the receipt.
fn id_of(kind: Kind, id: &ID) -> Uuid {
    kind.uuid(id).unwrap_or_default()
}

/// An input and the content it becomes, field by field.
macro_rules! input {
    ($(#[$about:meta])+ $name:ident => $target:ident {
        $($(#[$field_about:meta])+ $field:ident: $type:ty = |$value:ident| $made:expr;)+
    }) => {
        $(#[$about])+
        #[derive(InputObject)]
        pub struct $name {
            $($(#[$field_about])+ $field: $type,)+
        }

        impl From<$name> for hand::$target {
            fn from(input: $name) -> Self {
                Self {
                    $($field: {
                        let $value = input.$field;
                        $made
                    },)+
                }
            }
        }
    };
}

fn all<T: Into<U>, U>(values: Option<Vec<T>>) -> Vec<U> {
    values.unwrap_or_default().into_iter().map(Into::into).collect()
}

input! {
    /// 一条报送 (one thing handed in)
    SubmissionInput => Submission {
        /// 报送方自编的 UUID，重报时不变 (the client's own UUID, the same when handed in again)
        id: Uuid = |value| value;
        /// 社工站代码 (code of the station)
        station: String = |value| value;
        /// 内容，只填一种 (the content, exactly one)
        content: ContentInput = |value| value.into();
    }
}

/// 报送内容，只填一种 (what is handed in, exactly one)
#[derive(OneofObject)]
pub enum ContentInput {
    /// 探访 (a visit)
    Visit(VisitInput),
    /// 评估 (an assessment)
    Assessment(AssessmentInput),
    /// 台账登记 (an entry in a ledger)
    LedgerEntry(LedgerEntryInput),
    /// 台账销账 (the closure of an entry)
    LedgerClosure(LedgerClosureInput),
    /// 家庭 (a household)
    Household(HouseholdInput),
    /// 人员更正 (a person's values set anew)
    PersonCorrection(PersonCorrectionInput),
    /// 免访登记 (an excuse)
    Excuse(ExcuseInput),
}

impl From<ContentInput> for hand::Content {
    fn from(input: ContentInput) -> Self {
        match input {
            ContentInput::Visit(input) => Self::Visit(input.into()),
            ContentInput::Assessment(input) => Self::Assessment(input.into()),
            ContentInput::LedgerEntry(input) => Self::LedgerEntry(input.into()),
            ContentInput::LedgerClosure(input) => Self::LedgerClosure(input.into()),
            ContentInput::Household(input) => Self::Household(input.into()),
            ContentInput::PersonCorrection(input) => Self::PersonCorrection(input.into()),
            ContentInput::Excuse(input) => Self::Excuse(input.into()),
        }
    }
}

input! {
    /// 人员：已知 id 用 id，否则用身份证号，再否则用姓名、性别、出生日期和村 (a person, by id, else by resident ID, else by name, sex, birth date and village)
    PersonInput => PersonContent {
        /// 全局 id 或 UUID (global id or plain UUID)
        id: Option<ID> = |value| value.map(|id| id_of(Kind::Person, &id));
        /// 姓名 (name)
        name: Option<String> = |value| value;
        /// 身份证号 (resident ID)
        resident_id: Option<String> = |value| value;
        /// 没有身份证号的原因 (why there is no resident ID)
        no_id_reason: Option<NoIdReason> = |value| value;
        /// 性别 (sex)
        sex: Option<Sex> = |value| value;
        /// 出生日期，形如 1949-12-31；填错会列为回执上的问题 (YYYY-MM-DD; a wrong day is a problem on the receipt)
        birth_date: Option<String> = |value| value;
        /// 村（社区）：12 位代码或本乡镇内的全称 (village: a code of 12 digits or its full name in the township)
        village: Option<String> = |value| value;
        /// 住址 (address)
        address: Option<String> = |value| value;
        /// 电话 (phone)
        phone: Option<String> = |value| value;
        /// 家庭经济类别 (income class)
        income_class: Option<IncomeClass> = |value| value;
    }
}

input! {
    /// 发现的需求 (a need that is raised)
    NeedInput => NeedContent {
        /// 领域 (domain)
        domain: NeedDomain = |value| value;
        /// 紧急程度 (urgency)
        urgency: Urgency = |value| value;
        /// 备注 (remark)
        remark: Option<String> = |value| value;
    }
}

input! {
    /// 探访；人员和家庭只填一个 (a visit, to either a person or a household)
    VisitInput => VisitContent {
        /// 被探访人 (the person)
        person: Option<PersonInput> = |value| value.map(Into::into);
        /// 被探访家庭的 id (id of the household)
        household_id: Option<ID> = |value| value.map(|id| id_of(Kind::Household, &id));
        /// 探访日期，形如 2026-10-31；填错会列为回执上的问题 (YYYY-MM-DD; a wrong day is a problem on the receipt)
        visited_on: String = |value| value;
        /// 时长，分钟 (minutes)
        minutes: Option<i64> = |value| value;
        /// 方式 (mode)
        mode: VisitMode = |value| value;
        /// 探访人 (the workers)
        workers: Option<Vec<String>> = |value| all(value);
        /// 见到的人 (who was met)
        met: Option<String> = |value| value;
        /// 生活状况 (state of living)
        living: Option<String> = |value| value;
        /// 身体状况 (state of body)
        body: Option<String> = |value| value;
        /// 精神状况 (state of mind)
        mind: Option<String> = |value| value;
        /// 服务内容 (services given)
        services: Option<Vec<Service>> = |value| all(value);
        /// 地点 (place)
        place: Option<String> = |value| value;
        /// 下次探访日期，形如 2026-10-31 (day of the next visit, YYYY-MM-DD)
        next_visit_on: Option<String> = |value| value;
        /// 备注 (remark)
        remark: Option<String> = |value| value;
        /// 发现的需求 (needs raised)
        needs: Option<Vec<NeedInput>> = |value| all(value);
        /// 已满足的需求领域 (domains in which open needs were met)
        needs_met: Option<Vec<NeedDomain>> = |value| all(value);
        /// 已传完的照片，至多 10 张，由本账户经 /uploads 上传 (photos that are uploaded whole by this account to /uploads; 10 at most)
        photos: Option<Vec<Uuid>> = |value| all(value);
    }
}

input! {
    /// 量表题目的答案 (an answer)
    AnswerInput => AnswerContent {
        /// 题目代码 (code of the item)
        item: String = |value| value;
        /// 所选选项的值 (value of the chosen option)
        value: i64 = |value| value;
    }
}

input! {
    /// 评估；人员和家庭只填一个，得分和等级由平台计算 (an assessment of either a person or a household)
    AssessmentInput => AssessmentContent {
        /// 被评估人 (the person)
        person: Option<PersonInput> = |value| value.map(Into::into);
        /// 被评估家庭的 id (id of the household)
        household_id: Option<ID> = |value| value.map(|id| id_of(Kind::Household, &id));
        /// 评估日期，形如 2026-10-31；填错会列为回执上的问题 (YYYY-MM-DD; a wrong day is a problem on the receipt)
        assessed_on: String = |value| value;
        /// 量表代码 (code of the instrument)
        instrument: String = |value| value;
        /// 量表版本 (its version)
        version: i64 = |value| value;
        /// 各题答案 (answers)
        answers: Vec<AnswerInput> = |value| all(Some(value));
        /// 评估人 (the assessors)
        assessors: Option<Vec<String>> = |value| all(value);
        /// 备注 (remark)
        remark: Option<String> = |value| value;
        /// 发现的需求 (needs raised)
        needs: Option<Vec<NeedInput>> = |value| all(value);
    }
}

input! {
    /// 台账登记 (an entry in a ledger)
    LedgerEntryInput => LedgerEntryContent {
        /// 所依据的版本，新建档的填 0；不填则不论现有的是哪一版 (the version it was made on, 0 for a new one; without it, whichever there is)
        based_on: Option<i64> = |value| value;
        /// 人员 (the person)
        person: PersonInput = |value| value.into();
        /// 建档日期，形如 2026-10-31；填错会列为回执上的问题 (YYYY-MM-DD; a wrong day is a problem on the receipt)
        opened_on: String = |value| value;
        /// 风险等级 (risk)
        risk: Option<Risk> = |value| value;
        /// 备注 (remark)
        remark: Option<String> = |value| value;
        /// 该类台账的内容，只填一种 (what the ledger holds, exactly one)
        detail: LedgerDetailInput = |value| value.into();
        /// 提出的需求 (needs raised)
        needs: Option<Vec<NeedInput>> = |value| all(value);
    }
}

/// 台账内容，只填一种 (what a ledger holds, exactly one)
#[derive(OneofObject)]
pub enum LedgerDetailInput {
    /// 儿童 (a child)
    Child(ChildInput),
    /// 老年人 (an elderly person)
    Elderly(ElderlyInput),
    /// 残疾人 (a disabled person)
    Disabled(DisabledInput),
}

impl From<LedgerDetailInput> for hand::LedgerDetailContent {
    fn from(input: LedgerDetailInput) -> Self {
        match input {
            LedgerDetailInput::Child(input) => Self::Child(input.into()),
            LedgerDetailInput::Elderly(input) => Self::Elderly(input.into()),
            LedgerDetailInput::Disabled(input) => Self::Disabled(input.into()),
        }
    }
}

input! {
    /// 儿童台账内容 (what the ledger of children holds)
    ChildInput => ChildContent {
        /// 儿童类别 (kind of child)
        kind: ChildKind = |value| value;
        /// 学校 (school)
        school: Option<String> = |value| value;
        /// 年级 (grade)
        grade: Option<String> = |value| value;
        /// 监护人 (guardian)
        guardian: Option<String> = |value| value;
        /// 监护人与儿童的关系 (relation of the guardian)
        guardian_relation: Option<String> = |value| value;
        /// 监护人电话 (phone of the guardian)
        guardian_phone: Option<String> = |value| value;
        /// 父亲 (father)
        father: Option<String> = |value| value;
        /// 母亲 (mother)
        mother: Option<String> = |value| value;
    }
}

input! {
    /// 老年人台账内容 (what the ledger of the elderly holds)
    ElderlyInput => ElderlyContent {
        /// 居住状况 (living arrangement)
        living_arrangement: Option<LivingArrangement> = |value| value;
        /// 能力等级 (ability level)
        ability_level: Option<AbilityLevel> = |value| value;
        /// 所患疾病 (illnesses)
        illnesses: Option<String> = |value| value;
        /// 紧急联系人 (emergency contact)
        contact: Option<String> = |value| value;
        /// 紧急联系人电话 (phone of the emergency contact)
        contact_phone: Option<String> = |value| value;
    }
}

input! {
    /// 残疾人台账内容 (what the ledger of disabled people holds)
    DisabledInput => DisabledContent {
        /// 残疾证号 (number of the certificate)
        certificate_no: Option<String> = |value| value;
        /// 残疾类别 (category)
        category: DisabilityCategory = |value| value;
        /// 残疾等级，1 最重，4 最轻 (grade, 1 the heaviest to 4)
        grade: i64 = |value| value;
        /// 照护人 (carer)
        carer: Option<String> = |value| value;
        /// 照护人电话 (phone of the carer)
        carer_phone: Option<String> = |value| value;
        /// 享受的补贴 (subsidies drawn)
        subsidies: Option<Vec<Subsidy>> = |value| all(value);
    }
}

input! {
    /// 台账销账 (the closure of an entry)
    LedgerClosureInput => LedgerClosureContent {
        /// 人员 (the person)
        person: PersonInput = |value| value.into();
        /// 台账种类 (kind of the ledger)
        kind: LedgerKind = |value| value;
        /// 销账日期，形如 2026-10-31；填错会列为回执上的问题 (YYYY-MM-DD; a wrong day is a problem on the receipt)
        closed_on: String = |value| value;
        /// 销账原因 (reason)
        reason: ClosureReason = |value| value;
    }
}

input! {
    /// 家庭 (a household)
    HouseholdInput => HouseholdContent {
        /// 所依据的版本，新登记的填 0；不填则不论现有的是哪一版 (the version it was made on, 0 for a new one; without it, whichever there is)
        based_on: Option<i64> = |value| value;
        /// 户主，以此识别家庭 (the head, by whom it is identified)
        head: PersonInput = |value| value.into();
        /// 其他成员 (the other members)
        members: Option<Vec<MemberInput>> = |value| all(value);
        /// 村（社区）：12 位代码或本乡镇内的全称 (village: a code of 12 digits or its full name in the township)
        village: Option<String> = |value| value;
        /// 住址 (address)
        address: Option<String> = |value| value;
        /// 家庭经济类别 (income class)
        income_class: Option<IncomeClass> = |value| value;
    }
}

input! {
    /// 家庭成员 (a member of a household)
    MemberInput => MemberContent {
        /// 人员 (the person)
        person: PersonInput = |value| value.into();
        /// 与户主关系 (relation to the head)
        relation: String = |value| value;
    }
}

input! {
    /// 人员更正：填写的值改为新值，未填的不变 (a person's values set anew; what is not given stays)
    PersonCorrectionInput => PersonCorrectionContent {
        /// 人员的 id (id of the person)
        person_id: ID = |value| id_of(Kind::Person, &value);
        /// 所依据的版本 (the version it was made on)
        based_on: i64 = |value| value;
        /// 新值，其中不填 id (the new values, without an id)
        values: PersonInput = |value| value.into();
    }
}

input! {
    /// 免访登记；同一人、同一站、同一起始日再次报送即改截止日，可借此提前结束 (an excuse; handed in again for the same person, station and first day it says anew until when)
    ExcuseInput => ExcuseContent {
        /// 免访的人 (the person who cannot be visited)
        person: PersonInput = |value| value.into();
        /// 原因 (reason)
        reason: ExcuseReason = |value| value;
        /// 起始日，形如 2026-10-31，至多在 92 天后；填错会列为回执上的问题 (the first day, YYYY-MM-DD, at most 92 days ahead; a wrong day is a problem on the receipt)
        first_on: String = |value| value;
        /// 截止日，含当日，一次至多 92 天 (the last day, included; 92 days at most)
        last_on: String = |value| value;
        /// 登记的社工 (the workers who found it so)
        workers: Option<Vec<String>> = |value| all(value);
        /// 备注 (remark)
        remark: Option<String> = |value| value;
    }
}
