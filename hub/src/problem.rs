//! What is wrong with something handed in. A problem has a stable code, the path of the value, the
//! value, a sentence for people in Chinese and English, and the likely repair where there is one.

/// The language of the sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

impl Language {
    /// Its language tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The first of the two that an `Accept-Language` header asks for; Chinese without one.
    #[must_use]
    pub fn of_header(header: &str) -> Self {
        let ranked = header.split(',').filter_map(|range| {
            let mut parts = range.split(';');
            let tag = parts.next()?.trim().to_ascii_lowercase();
            let weight: f32 =
                parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            let language = match tag.get(..2)? {
                "zh" => Self::Chinese,
                "en" => Self::English,
                _ => return None,
            };
            (weight > 0.0).then_some((language, weight))
        });
        ranked
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map_or_else(Self::default, |(language, _)| language)
    }
}

macro_rules! codes {
    ($($code:ident $text:literal $zh:literal $en:literal)+) => {
        /// The stable codes of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $en] $code),+ }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The code as receipts and reports write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text),+ }
            }

            /// What has this code.
            #[must_use]
            pub fn of(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// The sentence; `{}` stands for the detail of the problem.
            const fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$code, Language::Chinese) => $zh,
                      (Self::$code, Language::English) => $en),+
                }
            }
        }
    };
}

codes! {
    AnswerImpossible "ANSWER_IMPOSSIBLE" "题目「{}」没有这个选项,请按量表的选项填写" "item {} has no such option; choose one of the instrument's options"
    AnswerMissing "ANSWER_MISSING" "题目「{}」没有回答,请补答" "item {} is not answered; answer it"
    AnswerTwice "ANSWER_TWICE" "题目「{}」回答了不止一次,请只留一个答案" "item {} is answered more than once; keep one answer"
    AnswerUnknownItem "ANSWER_UNKNOWN_ITEM" "量表中没有题目「{}」,请核对量表版本" "the instrument has no item {}; check its version"
    BirthDateContradictsId "BIRTH_DATE_CONTRADICTS_ID" "出生日期与身份证号中的出生日期({})不一致,请核对二者" "the birth date differs from the one in the resident ID ({}); check both"
    CellUnreadable "CELL_UNREADABLE" "这一格没有可用的值({}),请在表格软件中重新计算并保存,或直接填写" "the cell holds no value ({}); let the spreadsheet compute it and save, or type it in"
    CertCategoryMismatch "CERT_CATEGORY_MISMATCH" "残疾类别与残疾证号第19位({})不一致,请核对残疾证" "the category differs from digit 19 of the certificate number ({}); check the certificate"
    CertGradeMismatch "CERT_GRADE_MISMATCH" "残疾等级与残疾证号第20位({})不一致,请核对残疾证" "the grade differs from digit 20 of the certificate number ({}); check the certificate"
    CertIdMismatch "CERT_ID_MISMATCH" "残疾证号前18位与身份证号不一致,请核对二者" "the first 18 characters of the certificate number differ from the resident ID; check both"
    CertInvalid "CERT_INVALID" "残疾证号应为20位:身份证号加类别(1-7)加等级(1-4)" "a certificate number has 20 characters: resident ID, category (1-7), grade (1-4)"
    ChangedSince "CHANGED_SINCE" "此后另有报送改动或重申了此处,维持现状" "somebody handed this in or changed it since; it stays as it is"
    DateInFuture "DATE_IN_FUTURE" "日期晚于今天({}),请核对" "the day lies after today ({}); check it"
    DateInvalid "DATE_INVALID" "日期不存在或无法识别,请按 2026-10-31 的格式填写" "not a day of the calendar; write it as 2026-10-31"
    DateOrder "DATE_ORDER" "日期早于{},请核对" "the day lies before {}; check it"
    DuplicateInFile "DUPLICATE_IN_FILE" "与本表第{}行重复,未再次登记" "the same as row {} of this sheet; not recorded again"
    DateTooEarly "DATE_TOO_EARLY" "日期早于1900年,请核对" "the day lies before 1900; check it"
    DateTooFar "DATE_TOO_FAR" "日期晚于{},请核对" "the day lies after {}; check it"
    EntryNotOpen "ENTRY_NOT_OPEN" "该人员在本站没有未销账的此类台账" "the person has no open entry in this ledger at this station"
    ExcuseTooLong "EXCUSE_TOO_LONG" "免访一次至多{}天,到期仍不能探访的请再次登记" "an excuse lasts {} days at most; hand in another where it still holds then"
    GradeInvalid "GRADE_INVALID" "残疾等级应为1至4" "a disability grade is 1 to 4"
    HandedInSince "HANDED_IN_SINCE" "此后已重新报送,未恢复" "it was handed in anew since; it is not put back"
    HeaderMissing "HEADER_MISSING" "找不到表头行,或缺少必需的列:{}" "no header row, or a needed column is missing: {}"
    HouseholdElsewhere "HOUSEHOLD_ELSEWHERE" "该人员登记在另一社工站的家庭中,请先与该站核对,由其更新家庭登记" "the person is registered in a household of another station; let that station bring its form up to date first"
    HouseholdUnknown "HOUSEHOLD_UNKNOWN" "找不到该家庭,请核对" "no such household"
    IdBirthDate "ID_BIRTH_DATE" "身份证号第7至14位不是有效日期,请核对证件" "digits 7 to 14 of the resident ID are no day of the calendar; check the card"
    IdByCorrection "ID_BY_CORRECTION" "该人员登记时没有身份证号;请先报送人员更正补上" "the person is recorded without a resident ID; hand in a person correction first"
    IdCharacter "ID_CHARACTER" "身份证号含有数字和末位X以外的字符,请核对证件" "the resident ID holds a character that is neither a digit nor a final X; check the card"
    IdCheckDigit "ID_CHECK_DIGIT" "身份证号校验码不符,至少有一位写错,请核对证件" "the check digit of the resident ID does not fit: at least one digit is wrong; check the card"
    IdLength "ID_LENGTH" "身份证号应为18位(旧号15位),此处为{}位" "a resident ID has 18 characters (15 in old cards), here {}"
    IdMissing "ID_MISSING" "没有身份证号;确实没有的,请注明原因" "no resident ID; where there is none, say why"
    IdPrecisionLost "ID_PRECISION_LOST" "身份证号被表格软件当作数字,后几位已丢失,请把该列设为文本格式后按证件重填" "the spreadsheet took the resident ID for a number and lost its last digits; set the column to text and enter it again from the card"
    IdTaken "ID_TAKEN" "该身份证号已登记在另一人名下,请核对" "this resident ID is recorded for another person; check it"
    InstrumentUnknown "INSTRUMENT_UNKNOWN" "没有这个量表或版本,请从 instruments 中选择" "no such instrument or version; choose one of `instruments`"
    LedgerAgeMismatch "LEDGER_AGE_MISMATCH" "建档时已满十八周岁,不能登记儿童台账" "eighteen or older on the opening day; not for the ledger of children"
    ListTooLong "LIST_TOO_LONG" "条目过多,最多{}条" "too many; at most {}"
    MemberTwice "MEMBER_TWICE" "同一人在家庭成员中出现不止一次" "the same person stands in the household more than once"
    MinutesInvalid "MINUTES_INVALID" "时长应为1至1440分钟" "a duration is 1 to 1440 minutes"
    NameContradictsRecord "NAME_CONTRADICTS_RECORD" "姓名与该身份证号已登记的姓名不同,请核对证件;确已改名的,请先报送人员更正" "the name differs from the one recorded for this resident ID; check the card, or hand in a person correction first"
    NameMissing "NAME_MISSING" "没有填写姓名" "no name is given"
    TextCharacter "TEXT_CHARACTER" "文字中含有不可显示的控制字符,请删除后重报" "the text holds a control character; take it out"
    TextTakenForDay "TEXT_TAKEN_FOR_DAY" "表格软件把这一格当作了日期({}),请把该列设为文本格式后按原文重填" "the spreadsheet took the cell for a day ({}); set the column to text and type it again"
    TextTooLong "TEXT_TOO_LONG" "文字过长,最多{}个字" "the text is too long; at most {} characters"
    NotRecorded "NOT_RECORDED" "平台未能记录此条,请稍后重报;仍不行的,请联系管理员" "the hub could not record this; send it again later, and tell its operator where that does not help"
    PersonAmbiguous "PERSON_AMBIGUOUS" "本村有不止一位同名且无身份证号区分的人员,请补充性别、出生日期或人员id" "more than one person in the village fits; add sex, birth date or the person's id"
    PersonUnknown "PERSON_UNKNOWN" "找不到该人员,请核对" "no such person"
    PhoneInvalid "PHONE_INVALID" "电话号码应为11位手机号或带区号的座机号" "a phone number is a mobile number of 11 digits or a landline with its area code"
    PhotoUnknown "PHOTO_UNKNOWN" "这张照片没有传完,或不是本账户上传的,或已过期删除,请重新上传" "the photo is not uploaded whole by this account, or was removed; upload it again"
    ServedSince "SERVED_SINCE" "该人员此后另有记录或变动,予以保留" "there are other records or changes of this person since; they stay on record"
    SexContradictsId "SEX_CONTRADICTS_ID" "性别与身份证号第17位({})不一致,请核对二者" "the sex differs from digit 17 of the resident ID ({}); check both"
    SignedSince "SIGNED_SINCE" "已计入签报的报表,予以保留;须先退回报表,再次撤销" "a signed table counts it, so it stays; have the table returned, then take it back again"
    StationUnknown "STATION_UNKNOWN" "没有这个社工站,或您无权为它报送" "no such station, or not one you may hand in for"
    SubjectAmbiguous "SUBJECT_AMBIGUOUS" "人员和家庭只能填一个" "give either a person or a household, not both"
    SubjectMissing "SUBJECT_MISSING" "没有填写人员或家庭" "neither a person nor a household is given"
    ValueMissing "VALUE_MISSING" "没有填写{}" "no {} is given"
    ValueUnknown "VALUE_UNKNOWN" "无法识别「{}」,请改用表样中的写法" "“{}” is not understood; use the wording of the template"
    VersionOutdated "VERSION_OUTDATED" "此更正依据的是第{}版之前的记录,请查看最新记录后重新更正" "the correction was made on a version before {}; look at the newest and correct that"
    VillageUnknown "VILLAGE_UNKNOWN" "本乡镇(街道)没有这个村(社区),请核对" "the township has no such village; check it"
}

impl Code {
    /// Whether its sentence names, beside the value, only what the rules say, nothing that was handed in.
    pub(crate) const fn names_a_rule(self) -> bool {
        matches!(
            self,
            Self::AnswerMissing
                | Self::DateInFuture
                | Self::DateTooFar
                | Self::ExcuseTooLong
                | Self::ListTooLong
                | Self::TextTooLong
                | Self::ValueMissing
                | Self::VersionOutdated
        )
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    /// Where: the path of the value in the content, `person.residentId` or `needs[0].domain`.
    pub path: String,
    /// The value as given.
    pub value: Option<String>,
    /// The likely repair, where there is one.
    pub repair: Option<String>,
    /// What the sentence names besides the value.
    pub detail: String,
}

impl Problem {
    pub fn new(code: Code, path: impl Into<String>) -> Self {
        Self { code, path: path.into(), value: None, repair: None, detail: String::new() }
    }

    #[must_use]
    pub fn value(mut self, value: impl std::fmt::Display) -> Self {
        self.value = Some(value.to_string());
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }

    #[must_use]
    pub fn repair(mut self, repair: impl std::fmt::Display) -> Self {
        self.repair = Some(repair.to_string());
        self
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let detail = match (self.detail.as_str(), language) {
            ("village", Language::Chinese) => "村(社区)",
            (detail, _) => detail,
        };
        self.code.sentence(language).replace("{}", detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_greatest_weight_wins_and_chinese_stands_without_one() {
        assert_eq!(Language::of_header(""), Language::Chinese);
        assert_eq!(Language::of_header("fr, de;q=0.5"), Language::Chinese);
        assert_eq!(Language::of_header("en-GB,en;q=0.9,zh;q=0.1"), Language::English);
        assert_eq!(Language::of_header("en;q=0.4, zh-CN;q=0.8"), Language::Chinese);
    }

    #[test]
    fn every_code_has_its_own_name_and_both_sentences() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let problem = Problem::new(*code, "x").detail("7");
            assert!(!problem.message(Language::English).contains("{}"));
            assert_ne!(problem.message(Language::English), problem.message(Language::Chinese));
        }
    }
}
