//! Values, as PostgreSQL takes and gives them.

use bytes::BytesMut;
use tokio_postgres::Statement;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::store::StoreError;
use crate::store::visit::{Column, Value};

/// Whether these values can be sent: found out only once the end is asked for, it would be asked for without this statement.
pub(super) fn fit(statement: &Statement, values: &[Value<'_>]) -> Result<(), StoreError> {
    let kinds = statement.params();
    let is_fitting = |(value, kind): (&Value<'_>, &Type)| value.to_sql_checked(kind, &mut BytesMut::new()).is_ok();
    if kinds.len() == values.len() && values.iter().zip(kinds).all(is_fitting) {
        return Ok(());
    }
    Err(StoreError::Unreadable("value of a statement"))
}

pub(super) fn parameters<'v>(values: &'v [Value<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

pub(super) fn column(row: &tokio_postgres::Row, place: usize) -> Result<Column, StoreError> {
    let kind = row.columns()[place].type_();
    let held = match *kind {
        Type::BOOL => row.try_get::<_, Option<bool>>(place)?.map(Column::Boolean),
        Type::INT2 => row.try_get::<_, Option<i16>>(place)?.map(i64::from).map(Column::Integer),
        Type::INT4 => row.try_get::<_, Option<i32>>(place)?.map(i64::from).map(Column::Integer),
        Type::INT8 => row.try_get::<_, Option<i64>>(place)?.map(Column::Integer),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(place)?.map(Column::Text),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(place)?.map(Column::Bytes),
        _ => return Err(StoreError::Unreadable("kind of column")),
    };
    Ok(held.unwrap_or(Column::Null))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Boolean(truth) => truth.to_sql_checked(kind, out),
            Self::Integer(number) => match *kind {
                Type::INT4 => i32::try_from(number)?.to_sql(kind, out),
                // As SQLite has them.
                Type::BOOL if matches!(number, 0 | 1) => (number == 1).to_sql(kind, out),
                _ => number.to_sql_checked(kind, out),
            },
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    /// Asked of each value in turn.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
