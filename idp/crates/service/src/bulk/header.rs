//! The first line of a file: which column is which, under the names that offices and their programs use (R17-R21, R28).

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

/// What a column may be called, in small letters without spaces and signs.
const NAMES: &[(Column, &[&str])] = &[
    (Column::UserName, &["username", "user", "login", "loginname"]),
    (Column::Email, &["email", "emailaddress", "mail", "useremail"]),
    (Column::GivenName, &["firstname", "givenname", "first", "forename"]),
    (Column::FamilyName, &["lastname", "familyname", "last", "surname"]),
    (
        Column::PersonRef,
        &["id", "personref", "personid", "personreference", "employeeid", "employeenumber", "caregiverid"],
    ),
    (Column::MemberType, &["type", "roletype", "persontype", "membertype", "role"]),
    (Column::SecurityRole, &["securityrole", "security"]),
    (Column::Authority, &["authority", "administrator", "admin"]),
    (Column::Status, &["status"]),
    (Column::Cell, &["cell", "cellphone", "cellnumber", "mobile", "mobilephone"]),
    (Column::Note, &["note", "notes"]),
];

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
            let known = NAMES.iter().find(|(_, names)| names.contains(&name.as_str()));
            let column = known.map(|(column, _)| *column);
            if column.is_some_and(|column| header.has(column)) {
                return Err(NotReadable::ColumnTwice(cell.trim().to_owned()));
            }
            if column.is_none() && !cell.trim().is_empty() {
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
