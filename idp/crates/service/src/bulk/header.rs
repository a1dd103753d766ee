//! The first line of a file: which column is which, under the names that offices and their programs use (R17-R21, R28).

use idp_domain::bulk::RowText;

use super::csv::NotReadable;

/// A column we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    UserName,
    Email,
    GivenName,
    FamilyName,
    PersonRef,
    MemberType,
    SecurityRole,
    Authority,
    Status,
    Cell,
    Note,
}

/// Each column as we write it, and what else it may be called, in small letters without spaces and signs.
pub(super) const COLUMNS: [(Column, &str, &[&str]); 11] = [
    (Column::GivenName, "First name", &["givenname", "first", "forename"]),
    (Column::FamilyName, "Last name", &["familyname", "last", "surname"]),
    (Column::UserName, "User name", &["user", "login", "loginname"]),
    (Column::Email, "Email", &["emailaddress", "mail", "useremail"]),
    (
        Column::PersonRef,
        "Id",
        &["personref", "personid", "personreference", "employeeid", "employeenumber", "caregiverid"],
    ),
    (Column::MemberType, "Type", &["roletype", "persontype", "membertype", "role"]),
    (Column::SecurityRole, "Security role", &["security"]),
    (Column::Authority, "Admin", &["authority", "administrator"]),
    (Column::Status, "Status", &[]),
    (Column::Cell, "Cell #", &["cellphone", "cellnumber", "mobile", "mobilephone"]),
    (Column::Note, "Note", &["notes"]),
];

/// What a result has before those columns: row, outcome, codes and words. Of a result that is sent again they are passed over.
pub(super) const RESULT_TITLES: [&str; 4] = ["Row", "Outcome", "Codes", "What to do"];
const RESULT_NAMES: [&str; 6] = ["row", "outcome", "code", "codes", "message", "whattodo"];

impl Column {
    /// What a cell of this name is, if it is one.
    fn named(name: &str) -> Option<Self> {
        let is_called = |title: &str, others: &[&str]| plain(title) == name || others.contains(&name);
        COLUMNS.into_iter().find(|(_, title, others)| is_called(title, others)).map(|(column, ..)| column)
    }

    pub(super) const fn cell(self, row: &RowText) -> &String {
        match self {
            Self::UserName => &row.user_name,
            Self::Email => &row.email,
            Self::GivenName => &row.given_name,
            Self::FamilyName => &row.family_name,
            Self::PersonRef => &row.person_ref,
            Self::MemberType => &row.member_type,
            Self::SecurityRole => &row.security_role,
            Self::Authority => &row.authority,
            Self::Status => &row.status,
            Self::Cell => &row.cell,
            Self::Note => &row.note,
        }
    }

    pub(super) const fn cell_mut(self, row: &mut RowText) -> &mut String {
        match self {
            Self::UserName => &mut row.user_name,
            Self::Email => &mut row.email,
            Self::GivenName => &mut row.given_name,
            Self::FamilyName => &mut row.family_name,
            Self::PersonRef => &mut row.person_ref,
            Self::MemberType => &mut row.member_type,
            Self::SecurityRole => &mut row.security_role,
            Self::Authority => &mut row.authority,
            Self::Status => &mut row.status,
            Self::Cell => &mut row.cell,
            Self::Note => &mut row.note,
        }
    }
}

/// "Cell #", "E-mail" and "User_Name" are `cell`, `email` and `username`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The columns of a file, in their order.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) columns: Vec<Option<Column>>,
    /// Names of columns that are not read.
    pub(super) ignored: Vec<String>,
}

impl Header {
    /// # Errors
    /// [`NotReadable`] when a column is missing or there twice; it names the column.
    pub(super) fn read<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Self, NotReadable> {
        let mut header = Self { columns: Vec::new(), ignored: Vec::new() };
        for cell in cells {
            let name = plain(cell);
            let column = Column::named(&name);
            if column.is_some_and(|column| header.has(column)) {
                return Err(NotReadable::ColumnTwice(cell.trim().to_owned()));
            }
            if column.is_none() && !cell.trim().is_empty() && !RESULT_NAMES.contains(&name.as_str()) {
                header.ignored.push(cell.trim().to_owned());
            }
            header.columns.push(column);
        }
        header.complete()
    }

    /// R28: one of user name and e-mail address is enough for the file; a cell that is there and empty is not filled.
    fn complete(self) -> Result<Self, NotReadable> {
        let missing = match () {
            () if !self.has(Column::Email) && !self.has(Column::UserName) => "Email",
            () if !self.has(Column::GivenName) => "First name",
            () if !self.has(Column::FamilyName) => "Last name",
            () => return Ok(self),
        };
        Err(NotReadable::ColumnMissing(missing))
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(line: &str) -> Result<Header, NotReadable> {
        Header::read(line.split(','))
    }

    #[test]
    fn columns_are_known_by_the_names_that_offices_use() {
        use Column as C;
        let header = read("Employee ID,First Name,last_name,User name,E-mail,Cell #,Role Type,Hair").unwrap();
        let known =
            [C::PersonRef, C::GivenName, C::FamilyName, C::UserName, C::Email, C::Cell, C::MemberType];
        assert_eq!(header.columns[..7], known.map(Some));
        assert_eq!((header.columns[7], header.ignored), (None, vec!["Hair".to_owned()]));
    }

    /// A result that is sent again has nothing to tell that is not used.
    #[test]
    fn the_first_line_of_a_result_is_known_to_the_last_word() {
        let titles = COLUMNS.map(|(_, title, _)| title);
        let header = Header::read(RESULT_TITLES.into_iter().chain(titles)).unwrap();
        let known = [None; 4].into_iter().chain(COLUMNS.map(|(column, ..)| Some(column)));
        assert_eq!(header.columns, known.collect::<Vec<_>>());
        assert!(header.ignored.is_empty(), "{:?}", header.ignored);
    }

    /// R28, R6: what cannot be done without is named.
    #[test]
    fn a_missing_or_double_column_is_named() {
        for (line, missing) in [
            ("First name,Last name", "Email"),
            ("Email,Last name", "First name"),
            ("Email,First name", "Last name"),
        ] {
            assert_eq!(read(line).unwrap_err(), NotReadable::ColumnMissing(missing), "{line}");
        }
        let twice = read("Email,First name,Last name,E-Mail").unwrap_err();
        assert_eq!(twice, NotReadable::ColumnTwice("E-Mail".to_owned()));
    }
}
