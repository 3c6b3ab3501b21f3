//! The canonical form of JSON details, and the reader for everything canonical.
//!
//! A JSON value is one byte for its kind (0 null, 1 false, 2 true, 3 integer, 4 text, 5 list, 6 object) and
//! then its content; lists and objects begin with a count, objects are sorted by the bytes of their keys.

use serde_json::{Map, Value};

use super::LedgerError;
use crate::domain::canonical::Canonical;

/// Deep enough for any report, shallow enough for every stack.
pub(super) const MAX_DEPTH: usize = 32;

/// Appends a JSON value. `path` is where it stands, for errors.
pub(super) fn write(
    canonical: &mut Canonical,
    value: &Value,
    path: &str,
    depth: usize,
) -> Result<(), LedgerError> {
    if depth > MAX_DEPTH {
        return Err(LedgerError::TooDeep {
            path: path.to_owned(),
            limit: MAX_DEPTH,
        });
    }
    match value {
        Value::Null => {
            canonical.bytes(&[0]);
        }
        Value::Bool(false) => {
            canonical.bytes(&[1]);
        }
        Value::Bool(true) => {
            canonical.bytes(&[2]);
        }
        Value::Number(number) => {
            let number = number.as_i64().ok_or_else(|| LedgerError::Number {
                path: path.to_owned(),
            })?;
            canonical.bytes(&[3]).number(number);
        }
        Value::String(text) => {
            canonical.bytes(&[4]).text(text);
        }
        Value::Array(items) => {
            canonical.bytes(&[5]).count(items.len());
            for (index, item) in items.iter().enumerate() {
                write(canonical, item, &format!("{path}/{index}"), depth + 1)?;
            }
        }
        Value::Object(members) => {
            canonical.bytes(&[6]).count(members.len());
            // The map's own order depends on how serde_json was built.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| key.as_str());
            for (key, member) in members {
                canonical.text(key);
                let key = key.replace('~', "~0").replace('/', "~1");
                write(canonical, member, &format!("{path}/{key}"), depth + 1)?;
            }
        }
    }
    Ok(())
}

/// Takes canonical fields from the front of some bytes.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], LedgerError> {
        const TOO_SHORT: LedgerError = LedgerError::Malformed {
            what: "it ends in the middle of a field",
        };
        let (length, rest) = self.rest.split_first_chunk::<8>().ok_or(TOO_SHORT)?;
        let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| TOO_SHORT)?;
        let (field, rest) = rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(field)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], LedgerError> {
        let field = self.bytes()?.try_into();
        field.map_err(|_| LedgerError::Malformed {
            what: "a field has the wrong length",
        })
    }

    pub(super) fn text(&mut self) -> Result<&'a str, LedgerError> {
        let field = std::str::from_utf8(self.bytes()?);
        field.map_err(|_| LedgerError::Malformed {
            what: "a text is not UTF-8",
        })
    }

    pub(super) fn number(&mut self) -> Result<i64, LedgerError> {
        self.array().map(i64::from_be_bytes)
    }

    /// A one-byte field: a kind, or whether something is present.
    pub(super) fn mark(&mut self) -> Result<u8, LedgerError> {
        self.array::<1>().map(|[mark]| mark)
    }

    /// What [`write`] wrote. The order of an object's keys is not checked here.
    pub(super) fn value(&mut self, depth: usize) -> Result<Value, LedgerError> {
        if depth > MAX_DEPTH {
            return Err(LedgerError::Malformed {
                what: "the details are nested too deeply",
            });
        }
        Ok(match self.mark()? {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::from(self.number()?),
            4 => Value::from(self.text()?),
            5 => {
                // Nothing is reserved by a count: the bytes may lie about it.
                let mut items = Vec::new();
                for _ in 0..self.count()? {
                    items.push(self.value(depth + 1)?);
                }
                Value::Array(items)
            }
            6 => {
                let mut members = Map::new();
                for _ in 0..self.count()? {
                    let key = self.text()?.to_owned();
                    members.insert(key, self.value(depth + 1)?);
                }
                Value::Object(members)
            }
            _ => {
                return Err(LedgerError::Malformed {
                    what: "the details hold a value of an unknown kind",
                });
            }
        })
    }

    pub(super) fn end(&self) -> Result<(), LedgerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(LedgerError::Malformed {
                what: "something follows its last field",
            })
        }
    }

    fn count(&mut self) -> Result<u64, LedgerError> {
        self.array().map(u64::from_be_bytes)
    }
}
