//! Delivery to the browser's machine is no proof that the person sits at the app that asked.

use super::WayBack;
use crate::group::Group;

/// Whether the person must prove to sit in front of the app that asked: whenever another user of the machine can read or reach the way back.
/// She picks the app's number among three; a person new to the device also types letters of the page into the app.
///
/// An address of the private-use scheme stands in the arguments of a process, and whoever shares the machine reads it; who started a polling
/// sign-in asks from anywhere. Only the loopback listener sees whose the browser is, which tells two people on one machine apart but not two
/// who are at work on it for each other: a group says so.
pub(super) const fn proof_is_due(way_back: &WayBack, group: &Group, is_pair_known: bool) -> bool {
    match way_back {
        WayBack::Polling => true,
        WayBack::Scheme(_) => group.multi_session || !is_pair_known,
        WayBack::Loopback(_) => group.multi_session,
    }
}
