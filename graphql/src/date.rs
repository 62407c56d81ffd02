use async_graphql::{InputObject, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use hub::{HubError, listing::Days};

/// 日期，形如 2026-10-31 (a day of the calendar, YYYY-MM-DD; has no time zone)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
        let day = day.ok().filter(|day| day.to_string() == *text);
        day.map(Self)
            .ok_or_else(|| InputValueError::custom(format!("{text:?} is no day like 2026-10-31")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// 日期区间，含首尾两日 (days, both ends included)
#[derive(Clone, Copy, Debug, InputObject)]
pub struct DayRange {
    /// 起始日 (the first day)
    from: Option<Date>,
    /// 截止日 (the last day)
    to: Option<Date>,
}

impl DayRange {
    /// The days of a filter; all days, where none are given.
    pub fn days(range: Option<Self>) -> Result<Days, HubError> {
        let (from, to) = range.map_or((None, None), |range| (range.from, range.to));
        let (from, to) = (from.map(|day| day.0), to.map(|day| day.0));
        if let (Some(first), Some(last)) = (from, to)
            && last < first
        {
            let text = format!("the days from {first} to {last} run backwards");
            return Err(HubError::Invalid(text));
        }
        Ok(Days { from, to })
    }
}
