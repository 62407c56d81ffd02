//! The Chinese words of a print-out: of its sources, its keys and its choices.

use entity::{
    AbilityLevel, ChangeAction, ChildKind, ClosureReason, DataClass, DisabilityCategory,
    ExcuseReason, IncomeClass, LedgerKind, LivingArrangement, NeedDomain, NeedStatus, NoIdReason,
    RevealKind, RevealStatus, Risk, Role, Service, Sex, SubmissionKind, Subsidy, TableLevel,
    Urgency, VisitMode,
};

/// The heading of a source, by its key or by its type.
pub fn source(name: &str) -> Option<&'static str> {
    Some(match name {
        "persons" | "Person" => "基本信息",
        "households" | "Household" => "家庭",
        "ledgerEntries" | "LedgerEntry" | "ChildEntry" | "ElderlyEntry" | "DisabledEntry" => "台账",
        "visits" | "Visit" => "入户探访",
        "assessments" | "Assessment" => "需求评估",
        "needs" | "Need" => "需求",
        "signedTables" | "TableSignature" => "已签批的统计报表",
        "excuses" | "Excuse" => "免访登记",
        "DueVisit" => "应访",
        "MissedVisit" => "未做的探访",
        "submissions" | "Submission" => "报送原文",
        "importRows" | "ImportRow" => "导入的表格行",
        "changes" | "Change" => "变更记录",
        "reveals" | "Reveal" => "明文查看的申请",
        "accesses" | "Access" => "查阅与接收记录",
        _ => return None,
    })
}

/// The word for a key.
pub fn label(key: &str) -> Option<&'static str> {
    LABELS.iter().find(|(known, _)| *known == key).map(|(_, word)| *word)
}

#[rustfmt::skip]
const LABELS: &[(&str, &str)] = &[
    ("name", "姓名"), ("residentId", "身份证号"), ("noIdReason", "没有身份证号的原因"),
    ("sex", "性别"), ("birthDate", "出生日期"), ("division", "所在区划"), ("village", "村（社区）"),
    ("address", "住址"), ("phone", "电话"), ("incomeClass", "家庭经济类别"),
    ("householdRelation", "与户主关系"), ("relation", "与户主关系"), ("stations", "服务的社工站"),
    ("createdAt", "首次登记时间"), ("updatedAt", "最近变更时间"), ("recordedAt", "登记时间"),
    ("station", "社工站"), ("kind", "种类"), ("openedOn", "建档日期"), ("closedOn", "销账日期"),
    ("closureReason", "销账原因"), ("risk", "风险等级"), ("risks", "历次风险等级"), ("fromOn", "起"),
    ("past", "变更前"), ("knownFrom", "起"), ("knownUntil", "变更时间"),
    ("remark", "备注"),
    ("childKind", "儿童类别"), ("school", "学校"), ("grade", "年级或残疾等级"),
    ("guardian", "监护人"), ("guardianRelation", "与监护人关系"), ("guardianPhone", "监护人电话"),
    ("father", "父亲"), ("mother", "母亲"), ("livingArrangement", "居住状况"),
    ("abilityLevel", "能力等级"), ("illnesses", "疾病"), ("contact", "紧急联系人"),
    ("contactPhone", "联系人电话"), ("certificateNo", "残疾人证号"), ("category", "残疾类别"),
    ("carer", "照护人"), ("carerPhone", "照护人电话"), ("subsidies", "补贴"),
    ("visitedOn", "探访日期"), ("minutes", "时长（分钟）"), ("mode", "探访方式"),
    ("workers", "探访人员"), ("met", "见到的人"), ("living", "生活状况"), ("body", "身体状况"),
    ("mind", "精神状况"), ("place", "地点"), ("nextVisitOn", "下次探访日期"), ("services", "服务内容"),
    ("photos", "照片"), ("picture", "图片"), ("bytes", "字节数"), ("wholeAt", "上传时间"),
    ("assessedOn", "评估日期"), ("instrument", "量表"), ("instrumentVersion", "量表版本"),
    ("answers", "各项答案"), ("item", "项目"), ("value", "所选值"), ("score", "得分"),
    ("level", "等级"), ("assessors", "评估人员"), ("domain", "需求领域"), ("urgency", "紧急程度"),
    ("status", "状态"), ("raisedOn", "提出日期"), ("settledOn", "解决或关闭日期"),
    ("fileName", "文件"), ("sheet", "工作表"), ("row", "行"), ("position", "次序"), ("verdict", "判定"),
    ("state", "去向"), ("told", "告知内容"), ("trace", "所作变更"), ("account", "账户"), ("content", "内容"), ("action", "动作"), ("receivedAt", "接收时间"),
    ("at", "时间"), ("classes", "资料类别"), ("purpose", "事由"), ("askedAt", "申请时间"),
    ("decidedBy", "决定人"), ("decidedAt", "决定时间"), ("reason", "原因"), ("endsAt", "截止时间"),
    ("notices", "已通知"), ("acknowledgedAt", "知悉时间"), ("role", "角色"),
    ("fromAddress", "来源地址"), ("operation", "操作"), ("fields", "涉及的资料"),
    ("visit", "入户探访"), ("assessment", "需求评估"), ("ledgerEntry", "台账登记"),
    ("ledgerClosure", "台账销账"), ("household", "家庭"), ("personCorrection", "人员更正"),
    ("person", "人员"), ("head", "户主"), ("members", "家庭成员"), ("needs", "需求"),
    ("needsMet", "已满足的需求"), ("detail", "台账内容"), ("values", "更正内容"), ("child", "儿童"),
    ("excuse", "免访登记"), ("firstOn", "起始日"), ("lastOn", "截止日（含当日）"),
    ("dueOn", "应访的最后一日"),
    ("overdue", "是否逾期"), ("state", "应访情况"), ("changedOn", "情况明显变化之日"),
    ("elderly", "老年人"), ("disabled", "残疾人"), ("tableCode", "报表代码"),
    ("tableVersion", "报表版本"), ("firstDay", "起始日"), ("lastDay", "截止日"),
    ("signedBy", "签批人"), ("signedAt", "签批时间"), ("returnedBy", "退回人"),
    ("returnedAt", "退回时间"), ("columns", "计入的列"),
];

macro_rules! word {
    ($code:expr; $($choice:ident)+) => {
        None$(.or_else(|| {
            $choice::ALL.iter().find(|choice| choice.code() == $code).map(|choice| choice.zh())
        }))+
    };
}

/// The word for a choice under a key of a source.
pub fn choice(source: &str, key: &str, code: &str) -> Option<&'static str> {
    match key {
        "sex" => word!(code; Sex),
        "noIdReason" => word!(code; NoIdReason),
        "incomeClass" => word!(code; IncomeClass),
        "kind" | "childKind" => word!(code; SubmissionKind LedgerKind ChildKind RevealKind),
        "risk" => word!(code; Risk),
        "closureReason" | "reason" => word!(code; ClosureReason ExcuseReason),
        "livingArrangement" => word!(code; LivingArrangement),
        "abilityLevel" => word!(code; AbilityLevel),
        "category" => word!(code; DisabilityCategory),
        "subsidies" => word!(code; Subsidy),
        "mode" => word!(code; VisitMode),
        "services" => word!(code; Service),
        "level" if source == "signedTables" => word!(code; TableLevel),
        "domain" | "needsMet" => word!(code; NeedDomain),
        "urgency" => word!(code; Urgency),
        "status" if source == "reveals" => word!(code; RevealStatus),
        "status" => word!(code; NeedStatus),
        "action" => word!(code; ChangeAction),
        "role" => word!(code; Role),
        "classes" => word!(code; DataClass),
        "fields" => field(code),
        "operation" => operation(code),
        _ => None,
    }
}

/// What was shown: a class that was asked for, or the kind of what was handed in.
fn field(code: &str) -> Option<&'static str> {
    word!(code; DataClass SubmissionKind).or_else(|| source(code))
}

fn operation(word: &str) -> Option<&'static str> {
    Some(match word {
        "QUERY" => "查询",
        "MUTATION" => "办理",
        "SUBSCRIPTION" => "订阅",
        "SUBMIT" => "报送",
        "ATTACH" => "补照片",
        "PHOTO" => "查看照片",
        "IMPORT" => "导入",
        "REVEAL" => "明文查看",
        "REVEAL_REQUEST" => "申请明文查看",
        "REVEAL_APPROVE" => "批准明文查看",
        "REVEAL_REFUSE" => "不予明文查看",
        "REVEAL_WITHDRAW" => "撤回明文查看",
        "BREAK_GLASS" => "紧急查看",
        "TRAIL" => "查看查阅记录",
        "PRINT" => "打印",
        _ => return None,
    })
}
