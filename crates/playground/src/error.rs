//! Errors leave Rust here, once, as `{kind, message, detail}`. The page words them by `kind`.

use kindling_inputs::InputError;
#[cfg(feature = "lessons")]
use kindling_lessons::LessonError;
#[cfg(feature = "models")]
use kindling_tasks::TaskError;
use serde::Serialize;
use wasm_bindgen::JsValue;

#[derive(Serialize)]
struct Thrown {
    kind: &'static str,
    message: String,
    detail: serde_json::Value,
}

/// An error on its way to JavaScript.
pub struct Error(Thrown);

impl Error {
    pub fn new(kind: &'static str, message: impl ToString) -> Self {
        Self(Thrown { kind, message: message.to_string(), detail: serde_json::json!({}) })
    }

    fn detailed(kind: &'static str, message: impl ToString, detail: impl Serialize) -> Self {
        let detail = serde_json::to_value(detail).unwrap_or_default();
        Self(Thrown { kind, message: message.to_string(), detail })
    }
}

#[cfg(feature = "models")]
impl From<TaskError> for Error {
    fn from(error: TaskError) -> Self {
        match &error {
            TaskError::Input(inner) => Self::detailed(error.kind(), &error, inner),
            TaskError::Weights(inner) => Self::detailed(error.kind(), &error, inner),
            TaskError::Part { part, error: inner } => match inner.as_ref() {
                TaskError::Weights(weights) => {
                    let mut detail = serde_json::to_value(weights).unwrap_or_default();
                    detail["part"] = (*part).into();
                    Self::detailed(error.kind(), &error, detail)
                }
                _ => Self::detailed(error.kind(), &error, serde_json::json!({"part": part})),
            },
            TaskError::Option { field, reason } => {
                Self::detailed(error.kind(), &error, serde_json::json!({"field": field, "reason": reason}))
            }
            TaskError::NotFiniteStep { step } => {
                Self::detailed(error.kind(), &error, serde_json::json!({"step": step}))
            }
            _ => Self::new(error.kind(), &error),
        }
    }
}

#[cfg(feature = "lessons")]
impl From<LessonError> for Error {
    fn from(error: LessonError) -> Self {
        Self::detailed(error.kind(), &error, &error)
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Self::detailed(error.kind(), &error, &error)
    }
}

impl From<serde_wasm_bindgen::Error> for Error {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::new("input", error)
    }
}

impl From<Error> for JsValue {
    fn from(Error(thrown): Error) -> Self {
        let plain = serde_wasm_bindgen::Serializer::json_compatible();
        thrown.serialize(&plain).unwrap_or_else(|_| JsValue::from_str(&thrown.message))
    }
}
