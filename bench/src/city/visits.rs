//! Visits with the services given and the needs raised at them.

use chrono::Duration;
use entity::{
    Names, NeedDomain, NeedStatus, Service, Urgency, VisitMode, need,
    visit::{self, Column},
    visit_service,
};

use super::{City, day, millis, people, recorded, tables};
use crate::random::Random;

const PHRASES: [&str; 10] = [
    "家庭情况稳定，",
    "需要助餐服务，",
    "建议转介心理辅导，",
    "监护人外出务工，",
    "血压偏高已提醒复诊，",
    "申请残疾补贴材料齐全，",
    "居室适老化改造待跟进，",
    "学习用品短缺，",
    "邻里互助已对接，",
    "下月继续跟踪。",
];
const LIVING: [&str; 3] = ["住房安全，水电正常", "房屋老旧，屋顶渗漏", "卫生较差，已协助清理"];
const BODY: [&str; 3] = ["身体状况良好", "患有慢性病，按时服药", "行动不便"];
const MIND: [&str; 3] = ["精神状态良好", "情绪低落", "孤独感明显"];
/// Most visits are recorded on their day.
const LATE_DAYS: [i64; 8] = [0, 0, 0, 0, 1, 1, 2, 6];
/// One visit in so many raises a need.
const NEEDY: u64 = 16;

/// A visit and what hangs on it.
pub struct Contact {
    pub visit: visit::Model,
    pub services: Vec<visit_service::Model>,
    pub need: Option<need::Model>,
}

pub fn remark(random: &mut Random) -> String {
    (0..2 + random.below(4)).map(|_| random.pick(&PHRASES)).collect()
}

/// One service or two different ones.
pub fn services(random: &mut Random) -> Vec<Service> {
    let first = random.below(Service::ALL.len() as u64) as usize;
    let count = 1 + random.below(2) as usize;
    Service::ALL.iter().cycle().skip(first).step_by(3).take(count).copied().collect()
}

impl City {
    pub fn contact(&self, number: u64) -> anyhow::Result<Contact> {
        let mut random = Random::of(tables::VISITS, number);
        let who = self.often(&mut random);
        let person = self.person(who)?;
        let at = recorded(number, self.sizes.visits);
        let id = random.id(millis(at));
        let visited_on = day(at) - Duration::days(random.pick(&LATE_DAYS));
        let seal = |column, text: &str| Some(self.keys.seal(column, id, text));
        let visit = visit::Model {
            id,
            submission_id: random.id(millis(at)),
            station_id: self.home(who).id,
            person_id: Some(person.id),
            household_id: None,
            division_code: person.division_code,
            visited_on,
            minutes: Some(5 + random.below(115) as i64),
            mode: random.choose(VisitMode::ALL, VisitMode::Home),
            workers: Names(vec![people::name(&mut random)]),
            met: seal(Column::Met, &person.name),
            living: seal(Column::Living, random.pick(&LIVING)),
            body: seal(Column::Body, random.pick(&BODY)),
            mind: seal(Column::Mind, random.pick(&MIND)),
            place: seal(Column::Place, "家中"),
            next_visit_on: Some(visited_on + Duration::days(30)),
            remark: seal(Column::Remark, &remark(&mut random)),
            recorded_at: at,
        };
        let given = services(&mut random).into_iter();
        let services = given.map(|service| visit_service::Model { visit_id: id, service });
        let need = (random.below(NEEDY) == 0).then(|| raise(&visit, &mut random));
        Ok(Contact { services: services.collect(), need, visit })
    }
}

fn raise(visit: &visit::Model, random: &mut Random) -> need::Model {
    let met = random.below(2) == 0;
    need::Model {
        id: random.id(millis(visit.recorded_at)),
        station_id: visit.station_id,
        person_id: visit.person_id,
        household_id: None,
        division_code: visit.division_code.clone(),
        domain: random.choose(NeedDomain::ALL, NeedDomain::Other),
        urgency: random.choose(Urgency::ALL, Urgency::Normal),
        status: if met { NeedStatus::Met } else { NeedStatus::Open },
        raised_on: visit.visited_on,
        visit_id: Some(visit.id),
        assessment_id: None,
        ledger_entry_id: None,
        settled_on: met.then(|| visit.visited_on + Duration::days(10)),
        settled_by_visit_id: None,
        remark: None,
        recorded_at: visit.recorded_at,
        updated_at: visit.recorded_at,
    }
}
