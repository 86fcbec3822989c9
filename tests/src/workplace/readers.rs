//! Card readers in the test's hand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use vestibule_desktop::card::{Atr, CardConnection, CardService, Fault, Reader, Sight, Slot, Waker};

/// How a CPS card answers.
const CPS: &[u8] = &[0x3B, 0xAC, 0x00, 0x40, 0x2A, 0x00, 0x12, 0x25, 0x00, 0x64, 0x80, 0x00, 0x03, 0x10, 0x00, 0x90, 0x00];

/// The workstation's card service; at first, there is none.
#[derive(Debug, Clone)]
pub struct Readers(Arc<(Mutex<Table>, Condvar)>);

#[derive(Debug)]
struct Table {
    sight: Sight,
    version: u32,
}

impl Default for Readers {
    fn default() -> Self {
        Self(Arc::new((Mutex::new(Table { sight: Err(Fault::NoService), version: 0 }), Condvar::new())))
    }
}

impl Readers {
    /// One reader, with a CPS card in it or without.
    pub fn hold_cps(&self, is_there: bool) {
        let slot = if is_there { Slot::Card(Atr::new(CPS)) } else { Slot::Empty };
        self.say(|events| Ok(vec![Reader { name: "A".to_owned(), slot, events }]));
    }

    /// They are gone, as when somebody leaves a remote desktop.
    pub fn are_lost(&self) {
        self.say(|_| Err(Fault::Lost));
    }

    fn say(&self, sight: impl FnOnce(u32) -> Sight) {
        let (table, changed) = &*self.0;
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        table.version += 1;
        table.sight = sight(table.version);
        changed.notify_all();
    }
}

impl CardService for Readers {
    fn connect(&self) -> Result<Box<dyn CardConnection>, Fault> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).sight.clone()?;
        Ok(Box::new(Watched { readers: self.clone(), seen: None, is_left: Arc::default() }))
    }
}

struct Watched {
    readers: Readers,
    seen: Option<u32>,
    is_left: Arc<AtomicBool>,
}

impl CardConnection for Watched {
    fn next(&mut self, longest: Duration) -> Result<Vec<Reader>, Fault> {
        let (table, changed) = &*self.readers.0;
        let guard = table.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |table: &mut Table| self.seen == Some(table.version) && !self.is_left.load(Ordering::SeqCst);
        let (table, _) = changed.wait_timeout_while(guard, longest, is_known).unwrap_or_else(PoisonError::into_inner);
        self.seen = Some(table.version);
        table.sight.clone()
    }

    fn waker(&self) -> Waker {
        let (readers, is_left) = (self.readers.clone(), self.is_left.clone());
        Box::new(move || {
            is_left.store(true, Ordering::SeqCst);
            readers.0.1.notify_all();
        })
    }
}
