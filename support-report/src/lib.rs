//! A support report, whosever it is: its parts, its manifest, the end of a log, and the one file that holds them all. Nothing here is sent, and
//! no word is for people: each program gathers its own parts, in its own languages.
//!
//! | file | what it does |
//! |---|---|
//! | `part.rs` | a file of the report, as it leaves |
//! | `log.rs` | the end of a log, in whole lines, as a part; or all its lines |
//! | `encoding.rs` | what bytes say that are not in UTF-8 |
//! | `manifest.rs` | what the report says of itself |
//! | `report.rs` | all parts together |
//! | `archive.rs` | the file |
//! | `limits.rs` | how much of what |

mod archive;
mod encoding;
mod limits;
mod log;
mod manifest;
mod part;
mod report;

pub use archive::{Unwritten, packed, write};
pub use limits::{DAYS, MOST, room_beside};
pub use log::{LogEnd, LogLines, NoLog};
pub use manifest::{MANIFEST, Manifest};
pub use part::Part;
pub use report::Report;
