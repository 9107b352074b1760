//! Why a lesson has no answer.

use serde::Serialize;

/// What was wrong with a question. Serialised, it is `{code, …}` with the fields of its variant.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LessonError {
    /// Not `count × dim` values.
    #[error("{values} values for {count} vectors of {dim}")]
    Shape {
        /// Values given.
        values: usize,
        /// Vectors said.
        count: usize,
        /// Values a vector said.
        dim: usize,
    },
    /// A value that is NaN or infinite.
    #[error("a value in row {row} is not finite")]
    NotFinite {
        /// Row, from 0.
        row: usize,
    },
    /// A point so far away that powers of it overflow.
    #[error("point {row} is further from 0 than {limit}")]
    Far {
        /// Row, from 0.
        row: usize,
        /// The furthest allowed.
        limit: f64,
    },
    /// Columns of unlike lengths, or points without the classes that their task needs.
    #[error("{x} values of x, {y} of y and {classes} classes")]
    Lengths {
        /// Values of x.
        x: usize,
        /// Values of y.
        y: usize,
        /// Classes.
        classes: usize,
    },
    /// A row that does not exist.
    #[error("row {row} of {count}")]
    Row {
        /// The row asked for, from 0.
        row: usize,
        /// Rows that there are.
        count: usize,
    },
    /// Too few rows to begin with.
    #[error("{found} rows where {needed} are needed")]
    TooFewRows {
        /// Rows found.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
    /// More rows than a lesson takes.
    #[error("{found} rows, {limit} at most")]
    TooManyRows {
        /// Rows found.
        found: usize,
        /// Rows allowed.
        limit: usize,
    },
    /// A setting outside its range.
    #[error("{name} must lie between {low} and {high}")]
    Setting {
        /// Its name in the question.
        name: &'static str,
        /// Smallest allowed.
        low: f64,
        /// Largest allowed.
        high: f64,
    },
    /// A question about curves over points with classes, or the other way round.
    #[error("the question does not fit the points' task")]
    Task,
    /// Too few columns of numbers.
    #[error("{found} columns of numbers where {needed} are needed")]
    NoNumbers {
        /// Columns of numbers found.
        found: usize,
        /// Columns of numbers needed.
        needed: usize,
    },
    /// No column that tells two classes apart.
    #[error("{found} classes where there must be two")]
    Classes {
        /// Different values in the column that looks most like classes.
        found: usize,
    },
    /// A column in which all values are the same, so that it cannot be scaled.
    #[error("all values of {axis} are the same")]
    ConstantColumn {
        /// `x` or `y`.
        axis: &'static str,
    },
    /// Another kind of file than MNIST's.
    #[error("the file of {file} begins with {found:#010x}")]
    IdxMagic {
        /// `images` or `labels`.
        file: &'static str,
        /// Its first four bytes as a number.
        found: u32,
    },
    /// A file that ends too early.
    #[error("the file of {file} has {found} bytes where {needed} are needed")]
    IdxShort {
        /// `images` or `labels`.
        file: &'static str,
        /// Bytes that there are.
        found: usize,
        /// Bytes that its head promises.
        needed: usize,
    },
    /// Files that do not belong together.
    #[error("{images} pictures and {labels} labels")]
    IdxCounts {
        /// Pictures said.
        images: usize,
        /// Labels said.
        labels: usize,
    },
    /// Pictures of a size that is not taken.
    #[error("pictures of {rows} x {columns}")]
    IdxSide {
        /// Rows of each.
        rows: usize,
        /// Columns of each.
        columns: usize,
    },
    /// A label that is none of the classes.
    #[error("label {found} in row {row}")]
    Label {
        /// Row, from 0.
        row: usize,
        /// The label found.
        found: String,
    },
    /// No line of a label and 784 numbers.
    #[error("none of {lines} lines is a label and 784 numbers")]
    NoDigits {
        /// Lines that are not empty.
        lines: usize,
    },
}

impl LessonError {
    /// A short name of the cause, for pages to word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Shape { .. } | Self::Lengths { .. } => "lesson_shape",
            Self::NotFinite { .. } => "lesson_not_finite",
            Self::Far { .. } => "lesson_far",
            Self::Row { .. } => "lesson_row",
            Self::TooFewRows { .. } => "lesson_too_few",
            Self::TooManyRows { .. } => "lesson_too_many",
            Self::Setting { .. } => "lesson_setting",
            Self::Task => "lesson_task",
            Self::NoNumbers { .. } => "lesson_no_numbers",
            Self::Classes { .. } => "lesson_classes",
            Self::ConstantColumn { .. } => "lesson_constant",
            Self::IdxMagic { .. } => "lesson_idx_magic",
            Self::IdxShort { .. } => "lesson_idx_short",
            Self::IdxCounts { .. } => "lesson_idx_counts",
            Self::IdxSide { .. } => "lesson_idx_side",
            Self::Label { .. } => "lesson_label",
            Self::NoDigits { .. } => "lesson_no_digits",
        }
    }
}
