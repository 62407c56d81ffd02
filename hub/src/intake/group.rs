//! A group of submissions on its way into the record: what they touch is read at once, the rules run
//! in memory, what they made is written at once. The number of SQL statements does not grow with
//! the number of submissions.

mod touched;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    mem::take,
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{
    BlindIndex, ChangeAction, LedgerKind, NeedDomain, ResidentId, Risk, Sex, assessment, change,
    child_detail, disabled_detail, elderly_detail, excuse, household, ledger_entry, need, person,
    person_station, photo, risk_spell, submission, visit, visit_photo, visit_service,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    Checked, Ground, MAX_ITEMS, Receipt, Status, Traced, check,
    journal::Journal,
    record::Made,
    refused::{self, Refusals},
    revert::Gone,
    rows::{Rows, values},
    trace::{Spell, Trace},
    writer::Call,
    writing::Writing,
};
use crate::{
    access::Viewer,
    clock::Clock,
    db::by_keys,
    error::HubError,
    feed::newest_change,
    keys::Keyring,
    places::{Places, Station},
    problem::{Code, Problem},
    submission::Submission,
};

/// By what a person without a resident ID is known: name, sex, birth date, village.
pub(super) type Nameplate = (String, Option<Sex>, Option<NaiveDate>, String);

pub(super) struct Group<'a> {
    pub clock: Clock,
    pub keys: Arc<Keyring>,
    places: &'a Places,
    next_change: i64,
    journal: Journal,
    pub persons: Rows<person::Entity>,
    pub by_number: HashMap<BlindIndex, Uuid>,
    pub by_name: HashMap<String, HashSet<Uuid>>,
    pub links: HashMap<Uuid, HashSet<Uuid>>,
    pub households: Rows<household::Entity>,
    pub by_head: HashMap<Uuid, Uuid>,
    pub members: HashMap<Uuid, HashSet<Uuid>>,
    pub entries: Rows<ledger_entry::Entity>,
    pub open_entries: HashMap<(Uuid, LedgerKind, Uuid), Uuid>,
    /// The risks that entries stand at from a day on.
    risk_spells: BTreeMap<(Uuid, NaiveDate), Option<Risk>>,
    pub children: Rows<child_detail::Entity>,
    pub elderly: Rows<elderly_detail::Entity>,
    pub disabled: Rows<disabled_detail::Entity>,
    pub needs: Rows<need::Entity>,
    pub open_needs: HashMap<(Uuid, Uuid, NeedDomain), Uuid>,
    pub excuses: Rows<excuse::Entity>,
    pub excuse_from: HashMap<(Uuid, Uuid, NaiveDate), Uuid>,
    pub new_links: Vec<person_station::Model>,
    pub visits: Vec<visit::Model>,
    pub services: Vec<visit_service::Model>,
    /// The photos that are named, and those that visits get.
    pub photos: HashMap<Uuid, photo::Model>,
    pub taken: BTreeSet<(Uuid, Uuid)>,
    pub assessments: Vec<assessment::Model>,
    /// What is taken away of tables whose rows are not held.
    pub(super) gone: Gone,
    submissions: Vec<submission::Model>,
    /// What was handed in again under another id.
    said_again: BTreeSet<Uuid>,
    changes: Vec<change::Model>,
    /// What each item did, where that is kept, and of the item at hand what it did to risks.
    pub traces: Option<BTreeMap<Uuid, Trace>>,
    pub spells_traced: Vec<Spell>,
    /// The risks that are on record of entries, where traces are kept.
    spells_known: HashMap<(Uuid, NaiveDate), Option<Risk>>,
    /// What was refused before and is now, where that is kept.
    refusals: Option<Refusals>,
}

/// An item that what it touches is read of.
struct Item<'a> {
    item: &'a Submission,
    digest: String,
    stand: Stand<'a>,
}

/// In what way an item stands.
enum Stand<'a> {
    Settled(Receipt),
    Waiting { viewer: &'a Viewer, station: &'a Station, checked: Box<Checked> },
}

/// Where and by whom an item is handed in.
pub(super) struct Desk<'a> {
    pub viewer: &'a Viewer,
    pub station: &'a Station,
    pub submission_id: Uuid,
}

impl<'a> Group<'a> {
    /// Opens a group in a write transaction.
    pub async fn open(
        tx: &impl ConnectionTrait,
        clock: Clock,
        places: &'a Places,
        keys: Arc<Keyring>,
    ) -> Result<Self, HubError> {
        by_keys(tx).await?;
        Ok(Self::after(newest_change(tx).await?, clock, places, keys))
    }

    /// The same for what clients hand in themselves, of which is kept what is refused.
    pub async fn open_for(
        tx: &impl ConnectionTrait,
        calls: &[Call],
        (clock, places, keys): (Clock, &'a Places, Arc<Keyring>),
    ) -> Result<Self, HubError> {
        by_keys(tx).await?;
        let (newest, refusals) = refused::begin(tx, calls).await?;
        Ok(Self { refusals: Some(refusals), ..Self::after(newest, clock, places, keys) })
    }

    fn after(newest: i64, clock: Clock, places: &'a Places, keys: Arc<Keyring>) -> Self {
        Self {
            clock,
            keys,
            places,
            next_change: newest + 1,
            journal: Journal::default(),
            persons: Rows::default(),
            by_number: HashMap::new(),
            by_name: HashMap::new(),
            links: HashMap::new(),
            households: Rows::default(),
            by_head: HashMap::new(),
            members: HashMap::new(),
            entries: Rows::default(),
            open_entries: HashMap::new(),
            risk_spells: BTreeMap::new(),
            children: Rows::default(),
            elderly: Rows::default(),
            disabled: Rows::default(),
            needs: Rows::default(),
            open_needs: HashMap::new(),
            excuses: Rows::default(),
            excuse_from: HashMap::new(),
            new_links: Vec::new(),
            visits: Vec::new(),
            services: Vec::new(),
            photos: HashMap::new(),
            taken: BTreeSet::new(),
            assessments: Vec::new(),
            gone: Gone::default(),
            submissions: Vec::new(),
            said_again: BTreeSet::new(),
            changes: Vec::new(),
            traces: None,
            spells_traced: Vec::new(),
            spells_known: HashMap::new(),
            refusals: None,
        }
    }

    /// Takes calls in, in their order; gives the receipts of their items, and what each did where that is
    /// kept.
    pub async fn take(
        &mut self,
        tx: &impl ConnectionTrait,
        calls: &'a [Call],
    ) -> Result<Traced, HubError> {
        let items = self.read(tx, calls).await?;
        let receipts = items.into_iter().map(|item| self.judge(item));
        let receipts = receipts.collect::<Result<Vec<_>, _>>()?;
        self.heed_refusals(calls, &receipts);
        Ok((receipts, self.traces.take().unwrap_or_default()))
    }

    /// Reads what items touch.
    async fn read(
        &mut self,
        tx: &impl ConnectionTrait,
        calls: &'a [Call],
    ) -> Result<Vec<Item<'a>>, HubError> {
        let items: Vec<(&Submission, String)> = calls
            .iter()
            .flat_map(|call| &call.items)
            .map(|item| (item, self.keys.digest(&item.digest())))
            .collect();
        self.journal = Journal::read(tx, &items).await?;
        let said = items.iter().filter_map(|(_, digest)| self.journal.with_content(digest));
        let said = values(said.map(|row| row.record_id));
        let viewers =
            calls.iter().flat_map(|call| std::iter::repeat_n(&call.viewer, call.items.len()));
        let items: Vec<Item<'_>> = items
            .into_iter()
            .zip(viewers)
            .map(|((item, digest), viewer)| {
                let stand = self.stand(viewer, item, &digest);
                Item { item, digest, stand }
            })
            .collect();
        self.read_touched(tx, &items, said).await?;
        Ok(items)
    }

    fn judge(&mut self, item: Item<'_>) -> Result<Receipt, HubError> {
        let Item { item, digest, stand } = item;
        match stand {
            Stand::Settled(receipt) => Ok(receipt),
            Stand::Waiting { viewer, station, checked } => {
                let mark = self.mark();
                let receipt = self.record(viewer, station, item, digest, *checked);
                self.keep_trace(item.id, &mark)?;
                Ok(receipt)
            }
        }
    }

    fn heed_refusals(&mut self, calls: &[Call], receipts: &[Receipt]) {
        let Some(refusals) = &mut self.refusals else { return };
        let mut rest = receipts;
        for call in calls {
            let (own, others) = rest.split_at(call.items.len());
            refusals.heed(call, own, self.places, self.clock.now());
            rest = others;
        }
    }

    fn stand(&mut self, viewer: &'a Viewer, item: &Submission, digest: &str) -> Stand<'a> {
        let station = self.places.station(&item.station);
        let Some(station) = station.filter(|station| viewer.may_submit_for(station.id)) else {
            let problem = Problem::new(Code::StationUnknown, "station").value(&item.station);
            return Stand::Settled(Receipt::rejected(item, vec![problem]));
        };
        if let Some(receipt) = self.settle(item, digest) {
            return Stand::Settled(receipt);
        }
        let today = self.clock.today();
        let ground = Ground { today, places: self.places, township: &station.township };
        match check(&item.content, ground) {
            Ok(checked) => Stand::Waiting { viewer, station, checked: Box::new(checked) },
            Err(problems) => Stand::Settled(Receipt::rejected(item, problems)),
        }
    }

    fn record(
        &mut self,
        viewer: &Viewer,
        station: &Station,
        item: &Submission,
        digest: String,
        checked: Checked,
    ) -> Receipt {
        // An earlier item of the same group may have been the same.
        if let Some(receipt) = self.settle(item, &digest) {
            return receipt;
        }
        let desk = Desk { viewer, station, submission_id: item.id };
        if let Some(row) = self.unchanged(&desk, &checked, &digest).cloned() {
            self.said_again.insert(row.id);
            return Receipt::recorded(item, Status::Replayed, &row);
        }
        match self.make(&desk, checked) {
            Ok(made) => {
                let row = self.enter(&desk, item, digest, &made);
                Receipt::recorded(item, Status::Stored, &row)
            }
            Err(problems) => Receipt::rejected(item, problems),
        }
    }

    fn settle(&mut self, item: &Submission, digest: &str) -> Option<Receipt> {
        let receipt = self.journal.settle(item, digest)?;
        let known = receipt.recorded.as_ref().map(|row| row.journal_id);
        self.said_again.extend(known.filter(|id| *id != item.id));
        Some(receipt)
    }

    /// The journal's row of a ledger entry that says what the entry says already, or what it said
    /// when it was closed: a ledger handed in again changes nothing and opens nothing again. The same
    /// of an excuse that stands so.
    fn unchanged(
        &self,
        desk: &Desk<'_>,
        checked: &Checked,
        digest: &str,
    ) -> Option<&submission::Model> {
        let row = self.journal.with_content(digest)?;
        let (station_id, current) = match checked {
            Checked::Entry(_) => {
                let entry = self.entries.get(row.record_id)?;
                (entry.station_id, entry.closed_on.is_some() || entry.submission_id == row.id)
            }
            Checked::Excuse(_) => {
                let excuse = self.excuses.get(row.record_id)?;
                (excuse.station_id, excuse.submission_id == row.id)
            }
            _ => return None,
        };
        (station_id == desk.station.id && current).then_some(row)
    }

    fn enter(
        &mut self,
        desk: &Desk<'_>,
        item: &Submission,
        digest: String,
        made: &Made,
    ) -> submission::Model {
        let at = self.clock.now();
        let kind = item.content.kind();
        let (station_id, account_id) = (desk.station.id, desk.viewer.account_id);
        let row = submission::Model {
            id: item.id,
            station_id,
            account_id,
            kind,
            event_digest: item.content.is_event().then(|| digest.clone()),
            digest,
            content: self.keys.seal(submission::Column::Content, item.id, &item.content.json()),
            record_id: made.record_id,
            person_id: made.person_id,
            household_id: made.household_id,
            action: made.action,
            received_at: at,
            said_again_at: None,
            undone_at: None,
        };
        self.announce(&row, made.action);
        self.submissions.push(row.clone());
        self.journal.put(row.clone());
        row
    }

    /// Puts what was done on account of a submission into the feed.
    pub(super) fn announce(&mut self, row: &submission::Model, action: ChangeAction) {
        self.changes.push(change::Model {
            seq: self.next_change,
            submission_id: row.id,
            station_id: row.station_id,
            kind: row.kind,
            action,
            record_id: row.record_id,
            person_id: row.person_id,
            household_id: row.household_id,
            at: self.clock.now(),
        });
        self.next_change += 1;
    }

    /// Writes what was made, and takes away what is gone.
    pub async fn flush(mut self, tx: &impl ConnectionTrait) -> Result<(), HubError> {
        self.keep_past(tx).await?;
        self.keep_going(tx).await?;
        let mut writing = Writing::default();
        self.persons.flush(&mut writing);
        self.households.flush(&mut writing);
        let mut known = OnConflict::columns(person_station::PrimaryKey::iter());
        known.do_nothing_on(person_station::PrimaryKey::iter());
        writing.add::<person_station::Entity>(take(&mut self.new_links), Some(known));
        self.entries.flush(&mut writing);
        let spells = take(&mut self.risk_spells).into_iter();
        let spells =
            spells.map(|((entry_id, from_on), risk)| risk_spell::Model { entry_id, from_on, risk });
        let mut again = OnConflict::columns(risk_spell::PrimaryKey::iter());
        again.update_column(risk_spell::Column::Risk);
        writing.add::<risk_spell::Entity>(spells.collect(), Some(again));
        self.children.flush(&mut writing);
        self.elderly.flush(&mut writing);
        self.disabled.flush(&mut writing);
        writing.add::<visit::Entity>(take(&mut self.visits), None);
        writing.add::<visit_service::Entity>(take(&mut self.services), None);
        let taken = take(&mut self.taken).into_iter();
        let taken = taken.map(|(visit_id, photo_id)| visit_photo::Model { visit_id, photo_id });
        writing.add::<visit_photo::Entity>(taken.collect(), None);
        writing.add::<assessment::Entity>(take(&mut self.assessments), None);
        self.needs.flush(&mut writing);
        self.excuses.flush(&mut writing);
        writing.add::<submission::Entity>(take(&mut self.submissions), None);
        writing.add::<change::Entity>(take(&mut self.changes), None);
        writing.run(tx).await?;
        for some in take(&mut self.said_again).into_iter().collect::<Vec<_>>().chunks(MAX_ITEMS) {
            let (said, now) = (submission::ActiveModel::default(), self.clock.now());
            submission::Entity::update_many()
                .set(submission::ActiveModel { said_again_at: Set(Some(now)), ..said })
                .filter(submission::Column::Id.is_in(some.iter().copied()))
                .exec(tx)
                .await?;
        }
        if let Some(refusals) = self.refusals.take() {
            refusals.flush(tx).await?;
        }
        Ok(self.delete_gone(tx).await?)
    }

    /// Notes at which risk an entry stands from a day on.
    pub fn put_spell(&mut self, entry: Uuid, from_on: NaiveDate, risk: Option<Risk>) {
        let key = (entry, from_on);
        let old = self.risk_spells.insert(key, risk);
        if self.traces.is_some() {
            let before = old.or_else(|| self.spells_known.get(&key).copied());
            self.spells_traced.push(Spell { entry, from_on, before, after: Some(risk) });
        }
    }

    /// The one who has a resident ID, of those that are held.
    pub fn numbered(&self, number: &ResidentId) -> Option<Uuid> {
        self.keys.indices(number).iter().find_map(|index| self.by_number.get(index).copied())
    }

    /// The resident ID of someone on record.
    pub fn number_of(&self, row: &person::Model) -> Option<ResidentId> {
        let sealed = row.resident_id.as_ref()?;
        self.keys.open(person::Column::ResidentId, row.id, sealed).ok()?.parse().ok()
    }

    /// Makes a person findable by what they are known by.
    pub fn know(&mut self, row: &person::Model) {
        if let Some(household) = row.household_id {
            self.members.entry(household).or_default().insert(row.id);
        }
        if let Some(index) = &row.resident_index {
            self.by_number.insert(index.clone(), row.id);
        }
        self.by_name.entry(row.name.clone()).or_default().insert(row.id);
    }
}
