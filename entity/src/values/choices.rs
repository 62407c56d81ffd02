//! The closed lists of the record. Each choice has one name, the same in the database, in the
//! journal and in the schema, and its Chinese word as description.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! choices {
    ($(#[doc = $about:literal] $name:ident { $($choice:ident $zh:literal),+ $(,)? })+) => {$(
        #[doc = $about]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            EnumIter, DeriveActiveEnum, async_graphql::Enum,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $(#[doc = $zh] $choice),+ }

        impl $name {
            /// Every choice, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$choice),+];

            /// The Chinese word of this choice.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$choice => $zh),+ }
            }

            /// The name of this choice as the database and the schema write it.
            #[must_use]
            pub fn code(self) -> String {
                self.to_value()
            }
        }
    )+};
}

choices! {
    /// 行政区划层级
    DivisionLevel { City "市", County "县(市、区)", Township "乡镇(街道)", Village "村(社区)" }
    /// 账户角色
    Role {
        StationWorker "社工", StationLead "社工站负责人", CountyOfficer "民政人员", Analyst "分析人员",
        Admin "管理员", Integration "系统对接", Auditor "审计人员",
    }
    /// 令牌的权限：能做什么，能看到哪类数据
    TokenScope {
        Submit "报送", Read "查询", Follow "订阅", Identity "身份", Contact "联系方式",
        Address "住址", Health "健康", Minor "未成年人", Guardian "监护照护", Finance "经济状况",
        FreeText "文字记述", Staff "工作人员",
    }
    /// 性别
    Sex { Male "男", Female "女" }
    /// 没有身份证号的原因
    NoIdReason { Unregistered "未登记户口", Lost "证件遗失", Foreign "境外人员", Unknown "不详", Other "其他" }
    /// 家庭经济类别
    IncomeClass {
        MinimumLiving "低保", ExtremePoverty "特困供养", LowIncomeMargin "低保边缘",
        ExpenditureHardship "支出型困难(刚性支出困难)", None "无",
    }
    /// 风险等级
    Risk { High "高", Medium "中", Low "低" }
    /// 台账种类
    LedgerKind { Child "儿童", Elderly "老年人", Disabled "残疾人" }
    /// 表格种类：三类台账与探访记录
    LayoutKind { Child "儿童台账", Elderly "老年人台账", Disabled "残疾人台账", Visit "探访记录" }
    /// 儿童类别
    ChildKind {
        LeftBehind "留守儿童", InDifficulty "困境儿童", Orphan "孤儿",
        DeFactoUnattended "事实无人抚养儿童",
    }
    /// 居住状况
    LivingArrangement {
        Alone "独居", EmptyNest "空巢", WithSpouse "夫妻同住", WithChildren "与子女同住",
        LeftBehind "留守", Institution "机构居住", Other "其他",
    }
    /// 能力等级(GB/T 42195-2022)
    AbilityLevel {
        Intact "能力完好", Mild "轻度失能", Moderate "中度失能", Severe "重度失能",
        Complete "完全失能",
    }
    /// 残疾类别(GB/T 26341,代码 1 至 7)
    DisabilityCategory {
        Visual "视力残疾", Hearing "听力残疾", Speech "言语残疾", Physical "肢体残疾",
        Intellectual "智力残疾", Mental "精神残疾", Multiple "多重残疾",
    }
    /// 残疾人两项补贴
    Subsidy { Living "困难残疾人生活补贴", Nursing "重度残疾人护理补贴" }
    /// 销账原因
    ClosureReason {
        Deceased "去世", MovedAway "迁出", OfAge "年满十八周岁", SituationEnded "情形消失",
        RegisteredInError "误登", Other "其他",
    }
    /// 探访方式
    VisitMode { Home "入户", Phone "电话", Video "视频", Station "到站", Other "其他" }
    /// 服务内容
    Service {
        PsychologicalCounselling "心理疏导", SpiritualComfort "精神慰藉",
        CrisisIntervention "危机干预", Care "帮扶照护", MaterialAid "物资发放",
        PolicyAdvice "政策宣传", Education "学业辅导", Medical "医疗服务", Legal "法律服务",
        Other "其他",
    }
    /// 需求领域
    NeedDomain {
        Supplies "生活物资", MedicalAid "医疗救助", Care "照料护理", Psychological "心理疏导",
        Education "学业辅导", LegalAid "法律援助", HousingRepair "住房修缮",
        AssistiveDevice "辅具适配", Employment "就业帮扶", Other "其他",
    }
    /// 紧急程度
    Urgency { Normal "一般", Soon "较急", Urgent "紧急", Critical "特急" }
    /// 需求状态
    NeedStatus { Open "待解决", Met "已满足", Closed "已关闭" }
    /// 报送种类
    SubmissionKind {
        Visit "入户探访", Assessment "需求评估", LedgerEntry "台账登记", LedgerClosure "台账销账",
        Household "家庭", PersonCorrection "人员更正", Excuse "免访登记",
    }
    /// 报送未入库的缘由
    RefusalStatus { Rejected "内容有误", Conflict "同一 id 已有别的内容入库" }
    /// 免访原因
    ExcuseReason { Away "外出", InHospital "住院", Refused "拒访" }
    /// 加密套件
    KeySuite { Aes256GcmSiv "AES-256-GCM-SIV", Sm4Gcm "SM4-GCM" }
    /// 资料类别
    DataClass {
        Identity "身份", Contact "联系方式", Address "住址", Health "健康", Guardian "监护人与联系人",
        Finance "经济状况", FreeText "文字记述", Staff "工作人员",
    }
    /// 明文查看的方式
    RevealKind { Reveal "说明事由", BreakGlass "紧急" }
    /// 明文查看的状态
    RevealStatus { Pending "待批准", Open "已开放", Refused "不予开放", Withdrawn "已撤回", Ended "已到期" }
    /// 作业的状态
    JobState {
        Waiting "等待", Running "进行中", Done "已完成", Stopped "已停止", Failed "未能完成",
    }
    /// 作业未能完成的原因
    JobProblem {
        AccountClosed "账户已停用", TokenEnded "所用令牌已失效", AccessChanged "账户的权限已变更",
        TooCostly "总价超过上限", Faulty "某一页未能取得",
    }
    /// 一次导入的状态
    ImportState {
        Reading "读取中", Previewed "已预览", Applying "入库中", Applied "已入库", Failed "未能完成",
        Undoing "撤销中", Undone "已撤销", Restoring "恢复中",
    }
    /// 导入中一行的判定
    ImportVerdict {
        New "新增", Changed "有变更", Unchanged "已在册，无变更", Duplicate "表内重复", Refused "不予入库",
        Known "疑为已登记的人",
    }
    /// 导入中一行的去向
    ImportRowState {
        Left "不入库", Waiting "待入库", Taken "已入库", Undone "已撤销",
        PartlyUndone "已撤销，其后有变动的值、人员保留", Retrying "所保留的再次撤销中",
        Kept "应撤销，因其后有变动而保留", Unrestored "应恢复，因其后有变动而未恢复",
    }
    /// 导出文件的格式
    ExportFormat {
        Xlsx "工作簿(.xlsx)", Csv "表格(.csv，UTF-8)；有下级列表时为 zip", Ndjson "每行一条 JSON",
        Parquet "列式表格(.parquet)；有下级列表时为 zip",
    }
    /// 导出的版式
    ExportLayout { Table "按查询所选的字段", Workbook "社工站台账的模板，可原样导回" }
    /// 保存的查询多久导出一次
    Cadence { Daily "每天", Weekly "每周", Monthly "每月" }
    /// 照片的格式
    PhotoKind { Jpeg "图像(JPEG)", Png "图像(PNG)", Webp "图像(WebP)" }
    /// 统计的维度
    Dimension {
        County "县(市、区)", Township "乡镇(街道)", Village "村(社区)", Station "社工站",
        Year "年", Quarter "季", Month "月", Week "周，自周一起", Day "日",
        Kind "种类(台账、报送；探访按被探访人当日所在的台账)", Mode "探访方式", Service "服务内容", Instrument "量表", Level "量表等级",
        Risk "风险等级", Domain "需求领域", Urgency "紧急程度", Status "需求状态",
        IncomeClass "家庭经济类别", Sex "性别", AgeBand "年龄段", LivingArrangement "居住状况",
        ChildKind "儿童类别", DisabilityCategory "残疾类别", DisabilityGrade "残疾等级",
    }
    /// 统计的量
    Measure {
        Count "条数", People "不同的人数", Households "不同的户数", Share "占全部条数的比例",
        Rate "每千名在册人员中的人数", Sum "合计", Mean "平均", Median "中位数",
    }
    /// 可合计、平均的数值
    Fact { Minutes "探访时长(分钟)", Score "评估得分" }
    /// 统计的小计
    Totals { None "不要", Rollup "自后向前逐级小计", Cube "全部小计" }
    /// 统计报表的层级
    TableLevel { Station "社工站", County "县(市、区)", City "市" }
    // Signed tables keep the place of each in this list: new ones come last.
    /// 报表所计的记录
    RecordKind {
        LedgerEntry "台账", Visit "探访", Person "人员", Need "需求", Assessment "评估",
        Station "社工站",
    }
    /// 变更动作
    ChangeAction { Created "新增", Updated "更新", Closed "销账", Removed "撤销" }
}

impl PhotoKind {
    /// How it is named on the way (RFC 6838).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

impl DisabilityCategory {
    /// The category of a GB/T 26341 code, 1 to 7.
    #[must_use]
    pub fn of_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}
