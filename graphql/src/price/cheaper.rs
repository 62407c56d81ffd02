//! What is told where the price is too high: the cheaper question.

use std::{cmp::Reverse, ptr};

use async_graphql::{Name, ServerError, Value, registry::Registry};
use hub::problem::Language;

use super::{Bill, Item, Price};
use crate::errors::Code;

/// What would make a question cheap enough.
enum Cheaper {
    /// The largest page of a list that fits.
    Rows {
        list: usize,
        asked_by: &'static str,
        rows: u64,
    },
    Items(u64),
    /// A field to be left out. The rest fits, unless no single field is dear enough.
    Without {
        field: usize,
    },
}

impl Bill<'_> {
    /// # Errors
    /// `TOO_COSTLY` where the price is above the limit, with the cheaper question.
    pub fn within(&self, limit: u64, language: Language) -> Result<(), ServerError> {
        match self.total > limit {
            true => Err(self.refusal(limit, language)),
            false => Ok(()),
        }
    }

    /// The same for who may have jobs: it is told where the question could be one.
    ///
    /// # Errors
    /// As for [`Bill::within`].
    pub fn within_or_job(
        &self,
        limit: u64,
        registry: &Registry,
        language: Language,
    ) -> Result<(), ServerError> {
        self.within(limit, language).map_err(|mut refusal| {
            if self.may_be_job(registry) && self.largest_page(limit).0 > 0 {
                refusal.message += match language {
                    Language::Chinese => "；或用 startJob 作为作业整份取回",
                    Language::English => "; or take it as a whole by startJob",
                };
            }
            refusal
        })
    }

    fn refusal(&self, limit: u64, language: Language) -> ServerError {
        let total = self.total;
        let cheaper = self.cheaper(limit);
        let mut text = match language {
            Language::Chinese => format!("此查询的价格为{total}，上限为{limit}；"),
            Language::English => format!("the question costs {total}, {limit} are allowed; "),
        };
        text += &match &cheaper {
            Some(cheaper) => self.advice(cheaper, language),
            None => match language {
                Language::Chinese => "请拆成几个查询".to_owned(),
                Language::English => "split it up".to_owned(),
            },
        };
        let told = cheaper.as_ref().map_or(Value::Null, |cheaper| self.told(cheaper));
        let told = [("price", total.into()), ("limit", limit.into()), ("cheaper", told)];
        let mut error = Code::TooCostly.telling(text, told);
        if let Some(Cheaper::Rows { list: at, .. } | Cheaper::Without { field: at }) = cheaper {
            error.locations.push(self.fields[at].field.pos);
        }
        error
    }

    fn cheaper(&self, limit: u64) -> Option<Cheaper> {
        // Where the price is beyond counting, nothing can be told from it.
        let excess = Some(self.total - limit).filter(|_| self.total < u64::MAX)?;
        let page = self.smaller_page(excess);
        page.or_else(|| self.fewer_items(limit)).or_else(|| self.without(excess))
    }

    /// Of the lists any of which would do, the one that loses the smallest part of its rows.
    fn smaller_page(&self, excess: u64) -> Option<Cheaper> {
        let fits = self.fields.iter().enumerate().filter_map(|(list, item)| {
            let Price { rows, asked_by: Some(asked_by), .. } = item.price else { return None };
            // A fragment may be spread at several places.
            let same = self.fields.iter().filter(|other| ptr::eq(other.field, item.field));
            let of_a_row = same.map(|item| item.times.saturating_mul(item.each));
            let of_a_row = of_a_row.fold(0, u64::saturating_add);
            let left = rows.checked_sub(excess.div_ceil(of_a_row.max(1)))?;
            (of_a_row > 0 && left > 0).then_some((list, asked_by, rows, left))
        });
        let best = fits.min_by(|(.., rows, left), (.., other_rows, other_left)| {
            (other_left * rows).cmp(&(left * other_rows))
        });
        best.map(|(list, asked_by, _, rows)| Cheaper::Rows { list, asked_by, rows })
    }

    fn fewer_items(&self, limit: u64) -> Option<Cheaper> {
        let items = limit / (self.total / self.items).max(1);
        (self.items > 1 && items > 0).then_some(Cheaper::Items(items))
    }

    /// The least that is enough to leave out; the dearest where nothing alone is.
    fn without(&self, excess: u64) -> Option<Cheaper> {
        let fields = self.fields.iter().map(Item::total).enumerate();
        let parts = fields.filter(|(_, price)| *price < self.total);
        let enough = parts.clone().filter(|(_, price)| *price >= excess);
        let found = enough.min_by_key(|(_, price)| *price);
        let found = found.or_else(|| parts.min_by_key(|(_, price)| Reverse(*price)));
        found.map(|(field, _)| Cheaper::Without { field })
    }

    fn advice(&self, cheaper: &Cheaper, language: Language) -> String {
        let path = |at: usize| self.path(at).join(".");
        match (cheaper, language) {
            (Cheaper::Rows { list, asked_by, rows }, Language::Chinese) => {
                format!("{} 请改为 {asked_by}: {rows} 或更少", path(*list))
            }
            (Cheaper::Rows { list, asked_by, rows }, Language::English) => {
                format!("ask for {} with {asked_by}: {rows} or less", path(*list))
            }
            (Cheaper::Items(items), Language::Chinese) => format!("一次请至多报送{items}条"),
            (Cheaper::Items(items), Language::English) => {
                format!("hand in {items} items at most at once")
            }
            (Cheaper::Without { field }, Language::Chinese) => {
                format!("请不要 {}，其价格为{}", path(*field), self.fields[*field].total())
            }
            (Cheaper::Without { field }, Language::English) => {
                format!("leave out {}, which costs {}", path(*field), self.fields[*field].total())
            }
        }
    }

    /// `{"path": […], "first": 12}`, `{"items": 20}` or `{"without": […]}`.
    fn told(&self, cheaper: &Cheaper) -> Value {
        let path = |at: usize| Value::from_iter(self.path(at));
        let told = match cheaper {
            Cheaper::Rows { list, asked_by, rows } => {
                vec![("path", path(*list)), (*asked_by, Value::from(*rows))]
            }
            Cheaper::Items(items) => vec![("items", Value::from(*items))],
            Cheaper::Without { field } => vec![("without", path(*field))],
        };
        Value::Object(told.into_iter().map(|(key, value)| (Name::new(key), value)).collect())
    }

    /// The keys of the answer that lead to a field.
    fn path(&self, at: usize) -> Vec<&str> {
        let mut keys = Vec::new();
        let mut at = Some(at);
        while let Some(item) = at.map(|at| &self.fields[at]) {
            keys.push(item.field.node.response_key().node.as_str());
            at = item.above;
        }
        keys.reverse();
        keys
    }
}
