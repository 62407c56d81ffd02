//! A hub with rows made up for a test.

use async_graphql::{Request, Response, Value as GraphValue};
use chrono::{Duration, NaiveDate};
use entity::{
    Answers, ChangeAction, ChildKind, DisabilityCategory, ExcuseReason, IncomeClass, KeptProblem,
    LedgerKind, Names, NeedDomain, NeedStatus, Problems, RefusalStatus, Role, Service, Sex,
    SubmissionKind, Subsidies, Urgency, VisitMode, account, assessment, change, child_detail,
    disabled_detail, elderly_detail, excuse, household, ledger_entry, need, person, person_station,
    refusal, risk_spell, station, submission, visit, visit_service,
};
use graphql::{Limits, RequestContext, RequestId, Schema};
use hub::{
    Hub,
    access::{Scope, Viewer},
    clock::Clock,
    feed::Feed,
    problem::Language,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait,
    IntoActiveModel, QueryFilter,
};
use serde_json::Value;
use uuid::Uuid;

pub use crate::database::{Backend, TestDatabase};

/// Two stations of one county, and one of another.
pub const STATION: &str = "S410802001";
pub const NEIGHBOUR: &str = "S410802002";
pub const FAR: &str = "S410811001";

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub struct World {
    pub hub: Hub,
    pub feed: Feed,
    pub schema: Schema,
    pub account: Uuid,
    _database: TestDatabase,
}

/// What was recorded of one person.
pub struct Recorded {
    pub person: Uuid,
    pub household: Uuid,
    pub visit: Uuid,
    pub assessment: Uuid,
    pub entry: Uuid,
    pub need: Uuid,
    pub excuse: Uuid,
    pub submission: Uuid,
    pub refusal: Uuid,
}

/// Runs a test on SQLite and on PostgreSQL, each with a database of its own.
#[macro_export]
macro_rules! on_both {
    ($($(#[$about:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn body($world: World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body(World::start(Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body(World::start(Backend::Postgres).await).await;
            }
        }
    )+};
}

impl World {
    pub async fn start(backend: Backend) -> Self {
        let database = TestDatabase::fresh(backend).await;
        let hub = database.hub(Clock::system()).await;
        let feed = Feed::default();
        let mut rich = hub.clone();
        (rich.question_budget, rich.minute_budget) = (Some(10_000_000), Some(u64::MAX));
        let schema = graphql::schema(rich, feed.clone(), Limits::default());
        let account = Uuid::now_v7();
        let row = account::ActiveModel {
            id: Set(account),
            username: Set("tester".to_owned()),
            name: Set("测试账户".to_owned()),
            role: Set(Role::StationWorker),
            active: Set(true),
            created_at: Set(hub.clock.now()),
            ..Default::default()
        };
        row.insert(hub.db.writer()).await.unwrap();
        Self { hub, feed, schema, account, _database: database }
    }

    pub async fn station(&self, code: &str) -> station::Model {
        let select = station::Entity::find().filter(station::Column::Code.eq(code));
        select.one(self.hub.db.read()).await.unwrap().unwrap()
    }

    pub fn analyst(&self) -> Viewer {
        self.viewer(Scope::City)
    }

    /// Who sees the city, and no small figures.
    pub fn shielded(&self) -> Viewer {
        Viewer { role: Role::Analyst, ..self.viewer(Scope::City) }
    }

    pub async fn worker(&self, code: &str) -> Viewer {
        self.viewer(Scope::Stations(vec![self.station(code).await.id]))
    }

    fn viewer(&self, scope: Scope) -> Viewer {
        Viewer {
            account_id: self.account,
            username: "tester".to_owned(),
            name: "测试".to_owned(),
            role: Role::StationWorker,
            scope,
            grants: None,
            token_id: None,
        }
    }

    pub async fn run(&self, viewer: Option<Viewer>, request: impl Into<Request>) -> Response {
        self.schema.execute(context(viewer).into_request(request.into())).await
    }

    /// The data of a query that must not fail.
    pub async fn ask(&self, viewer: &Viewer, query: &str) -> Value {
        let response = self.run(Some(viewer.clone()), query).await;
        assert!(response.errors.is_empty(), "{query}\n{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The codes of the errors of a query that must fail.
    pub async fn refused(&self, viewer: Option<&Viewer>, query: &str) -> Vec<String> {
        codes(&self.run(viewer.cloned(), query).await)
    }

    /// The data of a query, and how many statements it took, those that note it in the trail
    /// included.
    pub async fn counted(&self, viewer: &Viewer, query: &str) -> (Value, u64) {
        self.hub.flush_trail().await.unwrap();
        let before = self.hub.db.statements();
        let data = self.ask(viewer, query).await;
        self.hub.flush_trail().await.unwrap();
        (data, self.hub.db.statements() - before)
    }

    /// One person with one of everything, all of it on this day.
    pub async fn record(&self, station: &str, number: u32, on: &str) -> Recorded {
        let station = self.station(station).await;
        let village = format!("{}001", station.division_code);
        let (on, now) = (day(on), self.hub.clock.now());
        let kind = LedgerKind::ALL[number as usize % 3];
        let recorded = Recorded {
            person: self.hub.clock.new_id(),
            household: self.hub.clock.new_id(),
            visit: self.hub.clock.new_id(),
            assessment: self.hub.clock.new_id(),
            entry: self.hub.clock.new_id(),
            need: self.hub.clock.new_id(),
            excuse: self.hub.clock.new_id(),
            submission: self.hub.clock.new_id(),
            refusal: self.hub.clock.new_id(),
        };
        self.insert(person::Model {
            id: recorded.person,
            resident_id: None,
            resident_index: None,
            no_id_reason: None,
            name: format!("测试人员{number:04}"),
            sex: Some(Sex::Female),
            birth_date: Some(day("1949-12-31")),
            division_code: village.clone(),
            address: None,
            phone: None,
            income_class: Some(IncomeClass::MinimumLiving),
            household_id: Some(recorded.household),
            household_relation: Some("户主".to_owned()),
            version: 1,
            created_at: now,
            updated_at: now,
        })
        .await;
        self.insert(person_station::Model {
            person_id: recorded.person,
            station_id: station.id,
            recorded_at: now,
        })
        .await;
        self.insert(household::Model {
            id: recorded.household,
            station_id: station.id,
            head_id: recorded.person,
            division_code: village.clone(),
            address: None,
            income_class: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
        .await;
        self.journal(&recorded, station.id).await;
        self.refuse(&recorded, station.id).await;
        self.visit(&recorded, &station, on).await;
        self.assess(&recorded, &station, on).await;
        self.enter(&recorded, &station, kind, on).await;
        self.insert(excuse::Model {
            id: recorded.excuse,
            submission_id: recorded.submission,
            station_id: station.id,
            person_id: recorded.person,
            division_code: village.clone(),
            reason: ExcuseReason::Away,
            first_on: on,
            last_on: on,
            workers: Names::default(),
            remark: None,
            recorded_at: now,
            updated_at: now,
        })
        .await;
        self.insert(need::Model {
            id: recorded.need,
            station_id: station.id,
            person_id: Some(recorded.person),
            household_id: None,
            division_code: village,
            domain: NeedDomain::Care,
            urgency: Urgency::Soon,
            status: NeedStatus::Met,
            raised_on: on,
            visit_id: Some(recorded.visit),
            assessment_id: Some(recorded.assessment),
            ledger_entry_id: Some(recorded.entry),
            settled_on: Some(on),
            settled_by_visit_id: Some(recorded.visit),
            remark: None,
            recorded_at: now,
            updated_at: now,
        })
        .await;
        recorded
    }

    async fn journal(&self, recorded: &Recorded, station_id: Uuid) {
        self.insert(submission::Model {
            id: recorded.submission,
            station_id,
            account_id: self.account,
            kind: SubmissionKind::Visit,
            digest: recorded.submission.to_string(),
            event_digest: None,
            content: self.hub.keyring().seal(
                submission::Column::Content,
                recorded.submission,
                "{\"visit\":{}}",
            ),
            record_id: recorded.visit,
            person_id: Some(recorded.person),
            household_id: None,
            action: ChangeAction::Created,
            received_at: self.hub.clock.now(),
            said_again_at: None,
            undone_at: None,
        })
        .await;
    }

    async fn refuse(&self, recorded: &Recorded, station_id: Uuid) {
        let problem = KeptProblem {
            code: "DATE_IN_FUTURE".to_owned(),
            path: "visitedOn".to_owned(),
            detail: None,
        };
        let now = self.hub.clock.now();
        self.insert(refusal::Model {
            submission_id: recorded.refusal,
            station_id: Some(station_id),
            account_id: self.account,
            kind: SubmissionKind::Visit,
            status: RefusalStatus::Rejected,
            problems: Problems(vec![problem]),
            first_refused_at: now,
            refused_at: now,
        })
        .await;
    }

    /// A visit more, on its own.
    pub async fn visit(&self, recorded: &Recorded, station: &station::Model, on: NaiveDate) {
        let free = visit::Entity::find_by_id(recorded.visit).one(self.hub.db.read()).await.unwrap();
        let (id, submission_id) = match free {
            None => (recorded.visit, recorded.submission),
            Some(_) => (self.hub.clock.new_id(), self.hub.clock.new_id()),
        };
        self.insert(visit::Model {
            id,
            submission_id,
            station_id: station.id,
            person_id: Some(recorded.person),
            household_id: None,
            division_code: format!("{}001", station.division_code),
            visited_on: on,
            minutes: Some(30),
            mode: VisitMode::Home,
            workers: Names(vec!["社工甲".to_owned()]),
            met: None,
            living: None,
            body: None,
            mind: None,
            place: None,
            next_visit_on: Some(on + Duration::days(30)),
            remark: None,
            recorded_at: self.hub.clock.now(),
        })
        .await;
        for service in [Service::Care, Service::MaterialAid] {
            self.insert(visit_service::Model { visit_id: id, service }).await;
        }
    }

    async fn assess(&self, recorded: &Recorded, station: &station::Model, on: NaiveDate) {
        self.insert(assessment::Model {
            id: recorded.assessment,
            submission_id: self.hub.clock.new_id(),
            station_id: station.id,
            person_id: Some(recorded.person),
            household_id: None,
            division_code: format!("{}001", station.division_code),
            assessed_on: on,
            instrument: "older-adult-ability".to_owned(),
            instrument_version: 1,
            answers: Answers::default(),
            score: 70,
            level: "MILD".to_owned(),
            level_rank: 1,
            assessors: Names::default(),
            remark: None,
            recorded_at: self.hub.clock.now(),
        })
        .await;
    }

    async fn enter(
        &self,
        recorded: &Recorded,
        station: &station::Model,
        kind: LedgerKind,
        on: NaiveDate,
    ) {
        let now = self.hub.clock.now();
        self.insert(ledger_entry::Model {
            id: recorded.entry,
            person_id: recorded.person,
            station_id: station.id,
            division_code: format!("{}001", station.division_code),
            kind,
            opened_on: on,
            closed_on: None,
            closure_reason: None,
            income_class: None,
            risk: None,
            remark: None,
            version: 1,
            submission_id: recorded.submission,
            recorded_at: now,
            updated_at: now,
        })
        .await;
        let entry_id = recorded.entry;
        self.insert(risk_spell::Model { entry_id, from_on: on, risk: None }).await;
        match kind {
            LedgerKind::Child => {
                self.insert(child_detail::Model {
                    entry_id,
                    child_kind: ChildKind::LeftBehind,
                    school: Some(self.hub.keyring().seal(
                        child_detail::Column::School,
                        recorded.entry,
                        "中心小学",
                    )),
                    grade: None,
                    guardian: None,
                    guardian_relation: None,
                    guardian_phone: None,
                    father: None,
                    mother: None,
                })
                .await;
            }
            LedgerKind::Elderly => {
                self.insert(elderly_detail::Model {
                    entry_id,
                    living_arrangement: None,
                    ability_level: None,
                    illnesses: None,
                    contact: Some("测试子女".to_owned()),
                    contact_phone: None,
                })
                .await;
            }
            LedgerKind::Disabled => {
                self.insert(disabled_detail::Model {
                    entry_id,
                    certificate_no: None,
                    category: DisabilityCategory::Physical,
                    grade: 2,
                    carer: None,
                    carer_phone: None,
                    subsidies: Subsidies::default(),
                })
                .await;
            }
        }
    }

    /// Puts a submission into the feed.
    pub async fn announce(&self, recorded: &Recorded, station: &str, seq: i64) {
        let station_id = self.station(station).await.id;
        self.insert(change::Model {
            seq,
            submission_id: recorded.submission,
            station_id,
            kind: SubmissionKind::Visit,
            action: ChangeAction::Created,
            record_id: recorded.visit,
            person_id: Some(recorded.person),
            household_id: None,
            at: self.hub.clock.now(),
        })
        .await;
    }

    /// Puts a submission into the journal that differs from another in its id.
    pub async fn copy_submission(&self, from: Uuid, id: Uuid) {
        let found = submission::Entity::find_by_id(from).one(self.hub.db.read()).await;
        self.insert(submission::Model { id, ..found.unwrap().unwrap() }).await;
    }

    pub async fn insert_changes(&self, rows: Vec<change::Model>) {
        for rows in rows.chunks(500) {
            let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
            change::Entity::insert_many(rows).exec(self.hub.db.writer()).await.unwrap();
        }
    }

    pub async fn insert<M, A>(&self, row: M)
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        row.into_active_model().insert(self.hub.db.writer()).await.unwrap();
    }
}

pub fn context(viewer: Option<Viewer>) -> RequestContext {
    RequestContext {
        viewer,
        grants: None,
        language: Language::Chinese,
        request_id: RequestId("test".to_owned()),
        from_address: None,
        purpose: None,
    }
}

pub fn codes(response: &Response) -> Vec<String> {
    let code = |error: &async_graphql::ServerError| {
        let extensions = error.extensions.as_ref().and_then(|values| values.get("code").cloned());
        match extensions {
            Some(GraphValue::String(code)) => code,
            _ => format!("no code: {}", error.message),
        }
    };
    response.errors.iter().map(code).collect()
}
