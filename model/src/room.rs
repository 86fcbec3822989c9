//! How much room is left where something is to be written.

const MIB: u64 = 1 << 20;
/// With less than this, what is to be written soon is not.
const FULL: u64 = 16 * MIB;
/// With less than this, somebody should make some.
const SCARCE: u64 = 512 * MIB;

/// What a file system still takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    pub bytes: u64,
    /// New files; `None` where it has no limit of its own.
    pub files: Option<u64>,
}

/// What is to be made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Enough,
    Scarce,
    Full,
    /// There are bytes, and no place for another file.
    NoFile,
}

impl Free {
    /// Whole mebibytes.
    pub const fn mib(self) -> u64 {
        self.bytes / MIB
    }

    /// Whether that is enough.
    pub const fn room(self) -> Room {
        match (self.bytes, self.files) {
            (_, Some(0)) => Room::NoFile,
            (..FULL, _) => Room::Full,
            (FULL..SCARCE, _) => Room::Scarce,
            (SCARCE.., _) => Room::Enough,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FULL, Free, Room, SCARCE};

    #[test]
    fn a_disk_has_room_or_hardly_or_none() {
        let room = |bytes, files| Free { bytes, files }.room();
        assert_eq!((room(SCARCE, Some(1)), room(SCARCE, None)), (Room::Enough, Room::Enough));
        assert_eq!((room(SCARCE - 1, None), room(FULL, None)), (Room::Scarce, Room::Scarce));
        assert_eq!((room(FULL - 1, None), room(u64::MAX, Some(0))), (Room::Full, Room::NoFile));
        assert_eq!(Free { bytes: SCARCE, files: None }.mib(), 512);
    }
}
