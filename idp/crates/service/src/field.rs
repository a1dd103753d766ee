//! Bad fields of what somebody typed: every one at once, each by its name with a stable code (`provisioning.md` section 2).

use std::borrow::Cow;

use idp_domain::text::{Line, TextError};

macro_rules! field_codes {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// Stable codes of field problems (`provisioning.md` section 2, "Row codes").
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FieldCode { $($variant),+ }
        impl FieldCode {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
        }
    };
}

field_codes! {
    UsernameMissing = "username_missing",
    UsernameInvalid = "username_invalid",
    EmailMissing = "email_missing",
    EmailInvalid = "email_invalid",
    UsernameEmailMismatch = "username_email_mismatch",
    PersonTypeInvalid = "person_type_invalid",
    RoleMissing = "role_missing",
    RoleNotAllowed = "role_not_allowed",
    ValueInvalid = "value_invalid",
    ValueMissing = "value_missing",
    ValueTooLong = "value_too_long",
}

/// One bad field: where, a stable code, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// Its path below the body, such as `email`, `address.locality` or `redirect_uris[1]`.
    pub field: Cow<'static, str>,
    pub code: FieldCode,
    pub detail: Cow<'static, str>,
}

/// Collects problems while fields are read.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<FieldProblem>);

impl Findings {
    pub(crate) fn add(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        code: FieldCode,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldProblem { field: field.into(), code, detail: detail.into() });
    }

    /// What was found elsewhere in the same form about fields of which nothing was said yet.
    pub(crate) fn include(&mut self, mut found: Vec<FieldProblem>) {
        found.retain(|problem| !self.0.iter().any(|said| said.field == problem.field));
        self.0.extend(found);
    }

    /// What was read, unless anything at all was bad.
    ///
    /// # Errors
    /// Every problem found, in the order of the form.
    pub(crate) fn unless_any<T>(self, read: Option<T>) -> Result<T, Vec<FieldProblem>> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(self.0),
        }
    }

    pub(crate) fn line<const MAX: usize>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        text: &str,
    ) -> Option<Line<MAX>> {
        let (code, detail) = match Line::parse(text) {
            Ok(line) => return Some(line),
            Err(TextError::Empty) => (FieldCode::ValueMissing, "must not be empty"),
            Err(TextError::TooLong) => (FieldCode::ValueTooLong, "is too long"),
            Err(TextError::Control) => (FieldCode::ValueInvalid, "contains a control or invisible character"),
            Err(TextError::Marks) => (FieldCode::ValueInvalid, "has too many marks on one letter"),
        };
        self.add(field, code, detail);
        None
    }

    /// An optional text; blank counts as absent.
    pub(crate) fn optional<const MAX: usize>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        text: Option<&str>,
    ) -> Option<Line<MAX>> {
        text.filter(|text| !text.trim().is_empty()).and_then(|text| self.line(field, text))
    }

    /// The value, or its mistake as what the field must be.
    pub(crate) fn keep<T, E: std::fmt::Display>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|error| self.add(field, FieldCode::ValueInvalid, error.to_string())).ok()
    }
}
