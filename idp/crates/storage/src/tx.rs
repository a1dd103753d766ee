//! One transaction. It is a connection to the ORM, and all repositories (`repo/`) are traits implemented on it.

use async_trait::async_trait;
use idp_domain::logout::LogoutDelivery;
use idp_domain::outbox::OutboxMail;
use idp_domain::ports::{
    AccountTickets, Accounts, Answers, Audit, AuditChains, Batches, BootstrapTickets, ClientLogos, Clients,
    Codes, Companies, CompanyChoices, Consents, Deliveries, DeviceGrants, EmailChanges, Grants, Idempotency,
    InitialTokens, Invitations, Leases, Logos, MailTurns, Memberships, PushedRequests, RecoveryCodes,
    RefreshTokens, Registrations, RevokedTokens, Sessions, SigningKeys, StoreError, Subjects, Throttles,
    Tickets, Tx,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    Statement,
};

use crate::error::Stored as _;
use crate::group::Unit;

/// What the statements run on. Dropping any of these leaves nothing behind.
#[derive(Debug)]
pub(crate) enum SqlTx {
    /// Reads: read-only sessions, each statement by itself. A transaction around them would cost two more turns; what
    /// must be seen at one moment is read in one statement.
    Statements(DatabaseConnection),
    /// Writes on PostgreSQL.
    Own(DatabaseTransaction),
    /// Writes on SQLite.
    Unit(Unit),
}

macro_rules! on_connection {
    ($tx:expr, $connection:ident => $call:expr) => {
        match $tx {
            SqlTx::Statements($connection) => $call,
            SqlTx::Own($connection) => $call,
            SqlTx::Unit(unit) => {
                let $connection = unit.transaction();
                $call
            }
        }
    };
}

/// The one place every statement passes; the text of a statement holds no values.
#[async_trait]
impl ConnectionTrait for SqlTx {
    fn get_database_backend(&self) -> DbBackend {
        on_connection!(self, connection => connection.get_database_backend())
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        tracing::trace!(sql = statement.sql, "statement");
        on_connection!(self, connection => connection.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        tracing::trace!(sql, "statement");
        on_connection!(self, connection => connection.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        tracing::trace!(sql = statement.sql, "statement");
        on_connection!(self, connection => connection.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        tracing::trace!(sql = statement.sql, "statement");
        on_connection!(self, connection => connection.query_all_raw(statement).await)
    }
}

macro_rules! repositories {
    ($($name:ident: $port:path),+ $(,)?) => {
        #[async_trait]
        impl Tx for SqlTx {
            $(fn $name(&mut self) -> &mut dyn $port { self })+

            async fn commit(self: Box<Self>) -> Result<(), StoreError> {
                match *self {
                    Self::Statements(_) => Ok(()),
                    Self::Own(transaction) => transaction.commit().await.stored(),
                    Self::Unit(unit) => unit.commit().await,
                }
            }
        }
    };
}

repositories! {
    account_tickets: AccountTickets,
    accounts: Accounts,
    answers: Answers,
    audit: Audit,
    audit_chains: AuditChains,
    batches: Batches,
    bootstrap_tickets: BootstrapTickets,
    client_logos: ClientLogos,
    clients: Clients,
    codes: Codes,
    companies: Companies,
    company_choices: CompanyChoices,
    consents: Consents,
    device_grants: DeviceGrants,
    email_changes: EmailChanges,
    grants: Grants,
    idempotency: Idempotency,
    initial_tokens: InitialTokens,
    invitations: Invitations,
    leases: Leases,
    logos: Logos,
    logouts: Deliveries<LogoutDelivery>,
    mail_turns: MailTurns,
    memberships: Memberships,
    outbox: Deliveries<OutboxMail>,
    pushed_requests: PushedRequests,
    recovery_codes: RecoveryCodes,
    refresh_tokens: RefreshTokens,
    registrations: Registrations,
    revoked_tokens: RevokedTokens,
    sessions: Sessions,
    signing_keys: SigningKeys,
    subjects: Subjects,
    throttles: Throttles,
    tickets: Tickets,
}
