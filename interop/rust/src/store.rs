//! A record store that refuses what the namespaces refuse.
//!
//! `StoreInserts::FilterBoth` would let the application look first, too, but by then rust-libp2p has already
//! answered the PUT as if the record were stored. When the store fails it answers nothing: it means to reset
//! the stream, but does not wake the task that would. Who sent the record learns by its own timeout that
//! nobody stored it.

use std::borrow::Cow;

use libp2p::PeerId;
use libp2p::kad::store::{Error, MemoryStore, RecordStore, Result};
use libp2p::kad::{ProviderRecord, Record, RecordKey};

use crate::clock::now_ms;
use crate::namespaces;

pub struct CheckedStore(MemoryStore, Keeps);

/// Which of two valid records stands. rust-libp2p alone would keep the last, as most applications let it.
#[derive(Clone, Copy, PartialEq)]
pub enum Keeps {
    Best,
    Last,
}

impl CheckedStore {
    pub fn new(local: PeerId, keeps: Keeps) -> CheckedStore {
        CheckedStore(MemoryStore::new(local), keeps)
    }
}

impl RecordStore for CheckedStore {
    type RecordsIter<'a> = <MemoryStore as RecordStore>::RecordsIter<'a>;
    type ProvidedIter<'a> = <MemoryStore as RecordStore>::ProvidedIter<'a>;

    /// What has become invalid since it came is not there any more.
    fn get(&self, key: &RecordKey) -> Option<Cow<'_, Record>> {
        self.0.get(key).filter(|record| namespaces::check(key.as_ref(), &record.value, now_ms()).is_ok())
    }

    fn put(&mut self, record: Record) -> Result<()> {
        let (key, now) = (record.key.as_ref(), now_ms());
        if let Err(reason) = namespaces::check(key, &record.value, now) {
            tracing::info!(reason, "refused a record");
            return Err(refused());
        }
        let standing = if self.1 == Keeps::Best { self.get(&record.key) } else { None };
        if standing.is_some_and(|old| !namespaces::replaces(key, &record.value, &old.value, now)) {
            // It is valid, so it is answered, though not kept.
            tracing::info!("a better record stands");
            return Ok(());
        }
        self.0.put(record)
    }

    fn remove(&mut self, key: &RecordKey) {
        self.0.remove(key);
    }

    fn records(&self) -> Self::RecordsIter<'_> {
        self.0.records()
    }

    fn add_provider(&mut self, record: ProviderRecord) -> Result<()> {
        self.0.add_provider(record)
    }

    fn providers(&self, key: &RecordKey) -> Vec<ProviderRecord> {
        self.0.providers(key)
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        self.0.provided()
    }

    fn remove_provider(&mut self, key: &RecordKey, provider: &PeerId) {
        self.0.remove_provider(key, provider);
    }
}

/// rust-libp2p has no error for a refusal; any does.
fn refused() -> Error {
    Error::ValueTooLarge
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ethereum::Wallet;
    use crate::record::{Draft, key_of, sign};

    fn eth(timestamp: u64) -> Record {
        let wallet = Wallet::new(&[7; 32]).unwrap();
        let expires = timestamp + 3_600_000;
        let peer = PeerId::random();
        let draft = Draft { network: "local", peer, timestamp, expires, name: "agent", addresses: &[] };
        Record::new(key_of(&wallet.address()), sign(&draft, &wallet))
    }

    #[test]
    fn the_newest_stands() {
        let mut store = CheckedStore::new(PeerId::random(), Keeps::Best);
        let (old, new) = (eth(now_ms() - 1), eth(now_ms()));
        store.put(old.clone()).unwrap();
        store.put(new.clone()).unwrap();
        store.put(old).unwrap();
        assert_eq!(store.get(&new.key).unwrap().value, new.value);
        store.put(new.clone()).unwrap();
        assert_eq!(store.get(&new.key).unwrap().value, new.value);
    }

    #[test]
    fn the_last_stands_where_that_is_asked_for() {
        let mut store = CheckedStore::new(PeerId::random(), Keeps::Last);
        let (old, new) = (eth(now_ms() - 1), eth(now_ms()));
        store.put(new).unwrap();
        store.put(old.clone()).unwrap();
        assert_eq!(store.get(&old.key).unwrap().value, old.value);
    }

    #[test]
    fn an_invalid_record_is_refused() {
        let mut store = CheckedStore::new(PeerId::random(), Keeps::Best);
        let mut record = eth(now_ms());
        record.value[20] ^= 1;
        assert!(store.put(record.clone()).is_err());
        assert!(store.get(&record.key).is_none());
    }

    #[test]
    fn a_record_that_has_expired_is_gone() {
        let mut store = CheckedStore::new(PeerId::random(), Keeps::Best);
        let expired = eth(now_ms() - 3_600_001);
        store.0.put(expired.clone()).unwrap();
        assert!(store.get(&expired.key).is_none());
    }
}
