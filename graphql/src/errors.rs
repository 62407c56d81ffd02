//! Faults, as the answer tells them: a stable code, a sentence, and nothing of the inside.

use async_graphql::{
    ErrorExtensionValues, Response, ServerError, Value, parser::types::OperationType,
};
use hub::{HubError, price::Overspent, problem::Language};

/// The stable codes, in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Unauthenticated,
    Forbidden,
    NotFound,
    InvalidInput,
    TooCostly,
    Conflict,
    Unavailable,
    Internal,
}

impl Code {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::TooCostly => "TOO_COSTLY",
            Self::Conflict => "CONFLICT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    fn of(error: &HubError) -> Self {
        match error {
            HubError::Unauthenticated | HubError::SignIn | HubError::CodeNeeded => {
                Self::Unauthenticated
            }
            HubError::Forbidden
            | HubError::NotGranted(_)
            | HubError::Unseen(_)
            | HubError::Masked
            | HubError::PasswordDue
            | HubError::EnrolDue => Self::Forbidden,
            HubError::Spent { .. } => Self::TooCostly,
            HubError::Invalid(_) => Self::InvalidInput,
            HubError::Conflict(_) => Self::Conflict,
            HubError::Unavailable | HubError::Busy => Self::Unavailable,
            error if error.is_outage() => Self::Unavailable,
            _ => Self::Internal,
        }
    }

    /// An error of this code.
    #[must_use]
    pub fn error(self, message: impl Into<String>) -> ServerError {
        let mut error = ServerError::new(message, None);
        self.mark(&mut error);
        error
    }

    /// The same with more to tell.
    pub(crate) fn telling<const N: usize>(
        self,
        message: impl Into<String>,
        more: [(&str, Value); N],
    ) -> ServerError {
        let mut error = self.error(message);
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        for (key, value) in more {
            extensions.set(key, value);
        }
        error
    }

    fn mark(self, error: &mut ServerError) {
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("code", self.as_str());
    }
}

/// The most errors of an answer: more tell nobody anything.
const ERRORS: usize = 20;

/// Gives each error its code, logs what is ours and hides it.
pub(crate) fn finish(mut response: Response, request_id: &str) -> Response {
    response.errors.truncate(ERRORS);
    for error in &mut response.errors {
        if has_code(error) {
            continue;
        }
        let source = error.source.as_ref().and_then(|source| source.downcast_ref::<HubError>());
        let code = source.map_or(Code::InvalidInput, Code::of);
        if code == Code::Internal {
            tracing::error!(request_id, cause = %error.message, path = ?error.path, "a request failed");
            error.message =
                "something failed inside the hub; name the request id when you report it"
                    .to_owned();
        }
        error.source = None;
        code.mark(error);
    }
    response
}

fn has_code(error: &ServerError) -> bool {
    let extensions = error.extensions.as_ref();
    extensions.is_some_and(|values| matches!(values.get("code"), Some(Value::String(_))))
}

/// What to say where the time is up. A mutation may still be carried out; handing in again is safe.
pub(crate) fn out_of_time(operation: OperationType, seconds: u64) -> ServerError {
    match operation {
        OperationType::Mutation => Code::Unavailable.error(format!(
            "no answer within {seconds} s; hand the same in again, nothing is recorded twice"
        )),
        _ => Code::TooCostly
            .error(format!("no answer within {seconds} s; ask for fewer rows or a smaller area")),
    }
}

/// What to say where an account has asked for too much in a minute.
pub(crate) fn overspent(
    price: u64,
    Overspent { minute, wait }: Overspent,
    language: Language,
) -> ServerError {
    let seconds = wait.num_seconds().max(0) + 1;
    let text = match language {
        Language::Chinese => format!(
            "此账户每分钟的查询总价上限为{minute}，此查询的价格为{price}，余额不足；请{seconds}秒后再查"
        ),
        Language::English => format!(
            "this account may ask for {minute} in a minute, and too little of it is left for this \
             question, which costs {price}; ask again in {seconds} s"
        ),
    };
    let told = [
        ("price", Value::from(price)),
        ("limit", Value::from(minute)),
        ("retryAfter", Value::from(seconds)),
    ];
    Code::TooCostly.telling(text, told)
}
