use entity::{
    AbilityLevel, IncomeClass, LedgerKind, NeedDomain, Risk, Service, Sex, Subsidy, Urgency,
    VisitMode,
};

use super::{Row, decoded, repair, sheet};
use crate::{
    import::SheetKind,
    problem::Code,
    submission::{
        ChildContent, Content, DisabledContent, ElderlyContent, LedgerDetailContent,
        LedgerEntryContent, VisitContent,
    },
};

fn entry(row: &Row) -> &LedgerEntryContent {
    match &row.content {
        Content::LedgerEntry(entry) => entry,
        _ => panic!("not a ledger entry"),
    }
}

fn visit(row: &Row) -> &VisitContent {
    match &row.content {
        Content::Visit(visit) => visit,
        _ => panic!("not a visit"),
    }
}

fn child(row: &Row) -> &ChildContent {
    match &entry(row).detail {
        LedgerDetailContent::Child(child) => child,
        _ => panic!("not a child"),
    }
}

fn elderly(row: &Row) -> &ElderlyContent {
    match &entry(row).detail {
        LedgerDetailContent::Elderly(elderly) => elderly,
        _ => panic!("not an elderly person"),
    }
}

fn disabled(row: &Row) -> &DisabledContent {
    match &entry(row).detail {
        LedgerDetailContent::Disabled(disabled) => disabled,
        _ => panic!("not a disabled person"),
    }
}

fn problems(row: &Row) -> Vec<(Code, &str, &str)> {
    let problems = row.problems.iter();
    problems.map(|found| (found.problem.code, &*found.problem.path, &*found.column)).collect()
}

#[test]
fn a_row_is_read_whatever_the_order_and_the_breaks_of_its_headers() {
    let sheet = sheet(
        "名册.csv",
        "某镇老年人台账\n\n备 注,\"能力\n等级\",建档\u{3000}时间,姓  名,联系电话（子女）,\"身份证\n号码\",性 别,村【社区】,家庭类型,风险,居住方式,星座\n\
         外出,半自理,46268,文　磊,+86 138-0000-0001,４１０８２３１９５００１０１００１ｘ,Ｍ,前高村,低保户,高风险,独居,白羊\n",
    );
    assert_eq!(sheet.kind, SheetKind::Ledger(LedgerKind::Elderly));
    assert_eq!(sheet.unread, ["星座"]);
    let row = &sheet.rows[0];
    let entry = entry(row);
    assert_eq!(row.row, 4);
    assert_eq!(row.problems, []);
    assert_eq!(entry.person.name.as_deref(), Some("文磊"));
    assert_eq!(entry.person.resident_id.as_deref(), Some("41082319500101001X"));
    assert_eq!(entry.person.sex, Some(Sex::Male));
    assert_eq!(entry.person.village.as_deref(), Some("410823103208"));
    assert_eq!(entry.person.income_class, Some(IncomeClass::MinimumLiving));
    assert_eq!(entry.opened_on, "2026-09-03");
    assert_eq!(entry.risk, Some(Risk::High));
    assert_eq!(entry.remark.as_deref(), Some("外出"));
    assert_eq!(elderly(row).ability_level, Some(AbilityLevel::Moderate));
    assert_eq!(elderly(row).contact_phone.as_deref(), Some("13800000001"));
    assert_eq!(repair(row, "建档\u{3000}时间"), Some(("46268", "2026-09-03")));
    assert_eq!(repair(row, "村【社区】"), Some(("前高村", "前高村民委员会")));
    assert_eq!(repair(row, "家庭类型"), Some(("低保户", "低保")));
    assert_eq!(repair(row, "居住方式"), None);
    assert_eq!(row.column_of("detail.elderly.abilityLevel"), Some("能力\n等级"));
    assert_eq!(row.column_of("person.address"), None);
}

#[test]
fn a_gb18030_table_is_read_as_one_in_utf_8() {
    let text = "姓名,身份证号,探访日期,探访方式\n李四,110105194912310021,2026.9.3,入户走访\n";
    let (bytes, ..) = encoding_rs::GB18030.encode(text);
    let decoded = crate::import::decode("a.csv", &bytes, &[], &[]).expect("readable");
    let sheet = &decoded.sheets[0];
    assert_eq!(sheet.kind, SheetKind::Visits);
    assert_eq!(visit(&sheet.rows[0]).visited_on, "2026-09-03");
    assert_eq!(visit(&sheet.rows[0]).mode, VisitMode::Home);
}

#[test]
fn ditto_marks_take_the_value_above_and_stay_in_the_first_row() {
    let sheet = sheet(
        "a.csv",
        "姓名,身份证号,村居,探访日期,方式,社工\n\
         甲一,110105194912310021,〃,2026-9-1,入户,张 三\n\
         乙二,110105194912310021,后高,同上,〃,〃\n\n\
         丙三,110105194912310021,\"\"\"\",″,同上,同上\n",
    );
    let [first, second, third] = &sheet.rows[..] else {
        panic!("three rows");
    };
    let village = |row| visit(row).person.as_ref().and_then(|person| person.village.clone());
    assert_eq!(village(first).as_deref(), Some("〃"));
    assert_eq!(visit(second).visited_on, "2026-09-01");
    assert_eq!(repair(second, "探访日期"), Some(("同上", "2026-09-01")));
    assert_eq!(third.row, 5);
    assert_eq!(village(third).as_deref(), Some("410823103209"));
    assert_eq!(repair(third, "村居"), Some(("\"", "后高村民委员会")));
    assert_eq!(visit(third).mode, VisitMode::Home);
    assert_eq!(visit(third).workers, ["张三"]);
    assert_eq!(repair(third, "社工"), Some(("同上", "张三")));
}

#[test]
fn lists_are_cut_where_people_cut_them_and_known_in_other_words() {
    let sheet = sheet(
        "a.csv",
        "姓名,身份证号,探访日期,探访方式,探访人,提供服务,主要需求,紧急程度\n\
         甲一,1,2026-9-1,电话,张三 李四,心理辅导；物资发放,医疗救助/照料护理 住房修缮,特急\n\
         乙二,2,2026-9-1,电话,张三；李 四,无,无,\n",
    );
    let first = visit(&sheet.rows[0]);
    assert_eq!(first.workers, ["张三", "李四"]);
    assert_eq!(first.services, [Service::PsychologicalCounselling, Service::MaterialAid]);
    let domains: Vec<NeedDomain> = first.needs.iter().map(|need| need.domain).collect();
    assert_eq!(domains, [NeedDomain::MedicalAid, NeedDomain::Care, NeedDomain::HousingRepair]);
    assert!(first.needs.iter().all(|need| need.urgency == Urgency::Critical));
    assert_eq!(
        repair(&sheet.rows[0], "提供服务"),
        Some(("心理辅导；物资发放", "心理疏导、物资发放"))
    );
    assert_eq!(repair(&sheet.rows[0], "主要需求"), None);
    assert_eq!(visit(&sheet.rows[1]).workers, ["张三", "李四"]);
    assert!(visit(&sheet.rows[1]).services.is_empty() && visit(&sheet.rows[1]).needs.is_empty());
    assert!(sheet.rows[1].problems.is_empty());
}

#[test]
fn unknown_words_and_missing_values_are_all_found() {
    let sheet = sheet(
        "残疾人.csv",
        "姓名,身份证号,残疾证号,类别,等级,补贴,需求,家庭类型,建档日期\n\
         甲一,11010519491231002X,11010519491231002X43,腿脚,很重,两项,辅具;飞船,土豪,\n\
         乙二,11010519491231002X,,肢体,七级,无,,一般户,2026年13月5日\n\
         丙三,,,听力、视力,5级,护理补贴,,,2026-9-1\n",
    );
    let [first, second, third] = &sheet.rows[..] else {
        panic!("three rows");
    };
    assert_eq!(
        problems(first),
        [
            (Code::ValueUnknown, "person.incomeClass", "家庭类型"),
            (Code::ValueMissing, "openedOn", "建档日期"),
            (Code::ValueUnknown, "detail.disabled.category", "类别"),
            (Code::ValueUnknown, "detail.disabled.grade", "等级"),
            (Code::ValueUnknown, "needs[1].domain", "需求"),
        ]
    );
    assert_eq!(first.problems[4].problem.value.as_deref(), Some("飞船"));
    assert_eq!(first.column_of("needs[1].domain"), Some("需求"));
    // The stand-ins do not contradict the certificate, so that no problem comes of them.
    assert_eq!((disabled(first).category.zh(), disabled(first).grade), ("肢体残疾", 3));
    assert_eq!(disabled(first).subsidies, Subsidy::ALL);
    assert_eq!(problems(second), [(Code::ValueUnknown, "detail.disabled.grade", "等级")]);
    assert_eq!(entry(second).opened_on, "2026年13月5日");
    assert_eq!(problems(third), [(Code::ValueUnknown, "detail.disabled.category", "类别")]);
    assert_eq!(disabled(third).grade, 5);
    assert_eq!(entry(third).person.resident_id, None);
}

#[test]
fn totals_signatures_repeated_headers_and_numbered_blanks_are_no_rows() {
    let sheet = sheet(
        "儿童.csv",
        "序号,姓名,身份证号,类别,建档日期,父亲姓名,母亲姓名,备注\n\
         1,甲一,11010519491231002X,留守,2026-9-1,不详,王 五,审核人:李四\n\
         2,,,,,,,\n\
         小 计,1人,,,,,,\n\
         序号,姓名,身份证号,类别,建档日期,父亲姓名,母亲姓名,备注\n\
         3,合计,110105194912310021,孤儿,2026-9-1,,,\n\
         ,,,填表人：张三,,,,\n\
         注：以上均为本月新增,,,,,,,\n\
         合计：,,2,,,,,\n",
    );
    let rows: Vec<usize> = sheet.rows.iter().map(|row| row.row).collect();
    assert_eq!(rows, [2, 6]);
    let first = child(&sheet.rows[0]);
    assert_eq!((first.father.as_deref(), first.mother.as_deref()), (None, Some("王五")));
}

#[test]
fn a_header_without_a_needed_column_says_which() {
    let decoded =
        decoded("a.csv", "残疾人台账\n姓名,残疾证号,残疾类别,建档日期\n甲一,1,肢体,2026-9-1\n");
    assert!(decoded.sheets.is_empty());
    let fault = &decoded.faults[0];
    assert_eq!(fault.row, Some(2));
    assert_eq!(fault.problem.code, Code::HeaderMissing);
    assert_eq!(fault.problem.detail, "身份证号、残疾等级");
}

#[test]
fn a_table_without_header_is_a_fault_and_notes_are_nothing() {
    let table = decoded("a.csv", "甲一,男,1\n乙二,女,2\n");
    assert_eq!(table.faults[0].row, None);
    let notes = decoded("填表说明.csv", "姓名,身份证号,建档日期\n必填,必填,必填\n");
    assert!(notes.sheets.is_empty() && notes.faults.is_empty());
}

#[test]
fn the_name_of_title_or_file_decides_where_the_headers_leave_it_open() {
    let text = "姓名,身份证号,建档日期\n甲一,1,2026-9-1\n";
    assert_eq!(sheet("老年人.csv", text).kind, SheetKind::Ledger(LedgerKind::Elderly));
    let fault = &decoded("儿童.csv", text).faults[0];
    assert_eq!(fault.problem.detail, "儿童类别");
}
