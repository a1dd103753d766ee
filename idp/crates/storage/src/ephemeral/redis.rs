//! Ephemeral state shared by many nodes. Redis owns the clock; every write carries its time to live.
//! Needs Redis 7 or newer (`PEXPIRE ... NX`).

use std::time::Duration;

use async_trait::async_trait;
use idp_domain::ports::{Ephemeral, EphemeralError, EphemeralKey};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, FromRedisValue, Script};

/// A request does not wait longer for what it could also do without.
const PATIENCE: Duration = Duration::from_secs(2);

/// One multiplexed connection that comes back by itself.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a connection knows the password of the server")]
pub struct RedisEphemeral {
    connection: ConnectionManager,
    prefix: String,
    /// One step, so that no count is ever left without an end.
    count: Script,
    /// One step, so that what expired in between is not begun again.
    uncount: Script,
}

impl RedisEphemeral {
    /// `redis://` or `rediss://`; every key begins with `prefix`, so that several installations can share a server.
    ///
    /// # Errors
    /// When the URL is not one, or nothing answers there.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, EphemeralError> {
        let client = redis::Client::open(url).map_err(failed)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection = client.get_connection_manager_with_config(config).await.map_err(failed)?;
        let count = Script::new(
            "local count = redis.call('INCR', KEYS[1]) \
             redis.call('PEXPIRE', KEYS[1], ARGV[1], 'NX') \
             return count",
        );
        let uncount = Script::new(
            "local count = tonumber(redis.call('GET', KEYS[1]) or 0) \
             if count > 0 then redis.call('DECR', KEYS[1]) end",
        );
        Ok(Self { connection, prefix: prefix.to_owned(), count, uncount })
    }

    fn key(&self, key: &EphemeralKey) -> String {
        format!("{}{}", self.prefix, key.as_text())
    }
}

#[async_trait]
impl Ephemeral for RedisEphemeral {
    async fn count(&self, key: &EphemeralKey, ttl: Duration) -> Result<u64, EphemeralError> {
        let mut connection = self.connection.clone();
        let mut call = self.count.key(self.key(key));
        call.arg(millis(ttl)).invoke_async(&mut connection).await.map_err(failed)
    }

    async fn counted(&self, key: &EphemeralKey) -> Result<u64, EphemeralError> {
        let mut connection = self.connection.clone();
        let count: Option<u64> = connection.get(self.key(key)).await.map_err(failed)?;
        Ok(count.unwrap_or(0))
    }

    async fn uncount(&self, key: &EphemeralKey) -> Result<(), EphemeralError> {
        let mut connection = self.connection.clone();
        self.uncount.key(self.key(key)).invoke_async(&mut connection).await.map_err(failed)
    }

    async fn put_if_absent(&self, key: &EphemeralKey, ttl: Duration) -> Result<bool, EphemeralError> {
        let mut put = redis::cmd("SET");
        put.arg(self.key(key)).arg(1).arg("NX").arg("PX").arg(millis(ttl));
        let stored: redis::Value = put.query_async(&mut self.connection.clone()).await.map_err(failed)?;
        Option::<String>::from_redis_value(stored).map(|answer| answer.is_some()).map_err(failed)
    }

    async fn ping(&self) -> Result<(), EphemeralError> {
        let mut connection = self.connection.clone();
        redis::cmd("PING").query_async(&mut connection).await.map_err(failed)
    }
}

fn failed(error: impl Into<redis::RedisError>) -> EphemeralError {
    let error = error.into();
    if error.is_timeout() {
        EphemeralError::Busy(error.into())
    } else {
        EphemeralError::Backend(error.into())
    }
}

/// Redis refuses a time to live of nothing; the shortest is a millisecond.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX.unsigned_abs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    use super::*;

    /// A server that greets and then says nothing any more.
    #[tokio::test]
    async fn no_answer_in_time_is_overload() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut heard = [0; 4096];
            loop {
                let bytes = connection.read(&mut heard).await.unwrap();
                let commands = heard[..bytes].iter().filter(|byte| **byte == b'*').count();
                if bytes == 0 || heard[..bytes].windows(4).any(|word| word == b"PING") {
                    return std::future::pending::<()>().await;
                }
                connection.write_all("+OK\r\n".repeat(commands).as_bytes()).await.unwrap();
            }
        });
        let redis = RedisEphemeral::connect(&url, "test:").await.unwrap();
        let late = redis.ping().await;
        assert!(matches!(late, Err(EphemeralError::Busy(_))), "{late:?}");
    }

    #[test]
    fn a_refused_command_is_not_overload() {
        let wrong = failed(redis::RedisError::from((redis::ErrorKind::UnexpectedReturnType, "not a number")));
        assert!(matches!(wrong, EphemeralError::Backend(_)), "{wrong:?}");
    }
}
