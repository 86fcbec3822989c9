//! Cookies of one browser, bounded in number. What proved nothing takes no place of what is under way.

use vestibule_model::session::SignInId;

use super::browser::Recognised;
use super::{BrowserCookies, OpenRefused, SignIns};
use crate::clock::Timestamp;
use crate::store::{SignInRow, Stage};

/// Attempts of one browser that keep their cookie. Browsers keep some fifty cookies of a site, ours and others'.
const MOST: usize = 8;

/// Which cookies a browser gives back first. One that fits an attempt that left its first page is never given back before that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Expendable {
    /// Nothing can be done with it any more.
    Over,
    /// Any page may have fetched it without a gesture; a person who meets its form again loses nothing.
    FirstPage,
    /// It may still say that its session was not asked for.
    SessionOpened,
    /// It fits nothing, unless it is the one of before the passage at Pro Santé Connect, whose successor was lost on the way here.
    Former,
}

impl SignIns {
    /// The attempts whose cookies this browser gives back, so that there is room for that of `newcomer`.
    ///
    /// # Errors
    /// [`OpenRefused::BrowserFull`] when all its places are taken by sign-ins under way.
    pub async fn make_room(&self, newcomer: &SignInId, cookies: &BrowserCookies) -> Result<Vec<SignInId>, OpenRefused> {
        let presented = cookies.sign_ins();
        let surplus = (presented.len() + 1).saturating_sub(MOST);
        if surplus == 0 {
            return Ok(Vec::new());
        }
        let (rows, now) = (self.around.store.sign_ins(&presented).await?, self.around.clock.now());
        let row_of = |id: &SignInId| rows.iter().find(|row| row.id == *id);
        let ranked = presented.into_iter().filter_map(|id| Some((expendable(row_of(id), cookies, now)?, id.clone())));
        let mut ranked: Vec<_> = ranked.collect();
        // Stable: of the same rank, the oldest first.
        ranked.sort_by_key(|(rank, _)| *rank);
        if ranked.len() < surplus {
            return Err(OpenRefused::BrowserFull(newcomer.clone()));
        }
        Ok(ranked.into_iter().take(surplus).map(|(_, id)| id).collect())
    }
}

fn expendable(row: Option<&SignInRow>, cookies: &BrowserCookies, now: Timestamp) -> Option<Expendable> {
    let Some(row) = row else { return Some(Expendable::Over) };
    // A name is not enough: whoever has the same first page fetched here and posted elsewhere would take all places for ten minutes.
    let is_the_browser = || Recognised::of(row, cookies, None).is_some();
    match row.stage {
        Stage::Redeemed(_) => Some(Expendable::SessionOpened),
        Stage::Over(_) => Some(Expendable::Over),
        _ if row.stage_ends_at <= now => Some(Expendable::Over),
        Stage::Created => Some(Expendable::FirstPage),
        _ if is_the_browser() => None,
        Stage::Opened(_) | Stage::AtProvider { .. } | Stage::Exchanging(_) => Some(Expendable::Over),
        Stage::Authenticated(_) | Stage::Confirmed { .. } => Some(Expendable::Former),
    }
}
