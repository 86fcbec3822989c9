//! The card of this session, and a session that is locked. A card that is there opens nothing and prolongs nothing.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vestibule_model::Session;
use vestibule_model::session::{CardRemoval, CardRule, SessionEnd, SignInId};
use vestibule_model::view::{CardBadge, CardRemovalView, CardView, SignInNotice};

use super::Core;
use crate::card::policy::{Turn, stricter};
use crate::card::{CardWatch, Presence, Watching};
use crate::engine::ends::Ends;
use crate::engine::events::{Happening, OwnAnswer, OwnAsked};
use crate::engine::state::{AfterSignOut, Hidden, Pulled, State};
use crate::engine::tasks;
use crate::engine::warning::card_notice;

impl Core {
    pub(super) fn watch_cards(&self) {
        if self.settings.card_detection {
            let watch = CardWatch::start(self.ports.cards.clone(), self.wakes.clone());
            self.spawn(tasks::watch_cards(watch, self.found.clone()));
        }
    }

    /// What becomes of this session when its card leaves.
    pub(super) fn card_rule(&self, session: &Session) -> CardRule {
        stricter(session.card_rule, self.settings.on_card_removed, self.settings.card_grace_s)
    }

    pub(super) fn card_view(&self) -> Option<CardView> {
        let badge = self.cards.as_ref().and_then(|cards| badge(cards.presence));
        // What comes next is told even if the reader is unplugged meanwhile: that stops no countdown.
        let removal = match &self.state {
            State::Live(live) => live.pulled.as_ref().map(|pulled| pulled.view),
            State::Resuming
            | State::AwaitingKeyring
            | State::SignIn { .. }
            | State::Attempting(_)
            | State::Locked
            | State::SigningOut { .. }
            | State::Ended { .. }
            | State::Problem(_) => None,
        };
        (badge.is_some() || removal.is_some()).then_some(CardView { badge, removal })
    }

    /// The readers with a card of the family.
    pub(super) fn cps(&self) -> &[String] {
        self.cards.as_ref().map_or(&[], |cards| &cards.cps)
    }

    pub(super) fn cards_changed(&mut self, cards: Watching) {
        for happening in &cards.happened {
            let State::Live(live) = &mut self.state else { break };
            match live.guard.look(happening, &cards.cps) {
                Some(Turn::Pulled) => self.card_pulled(),
                Some(Turn::PutBack) => self.card_put_back(),
                None => {}
            }
        }
        self.cards = Some(cards);
    }

    fn card_pulled(&mut self) {
        let State::Live(live) = &self.state else { return };
        let rule = self.card_rule(&live.session);
        let State::Live(live) = &mut self.state else { return };
        let CardRule { action, grace_s } = rule;
        if action == CardRemoval::Nothing {
            return;
        }
        tracing::info!(sign_in.id = %live.session.sign_in_id, action = action.name(), grace_s, "Her card left its reader");
        let (clock, events, countdown) = (self.ports.clock.clone(), self.found.of(self.number), CancellationToken::new());
        let grace = Duration::from_secs(u64::from(grace_s));
        let view = CardRemovalView { action, at_ms: clock.unix_ms() + u64::from(grace_s) * 1000 };
        live.pulled = Some(Pulled { view, _countdown: countdown.clone().drop_guard() });
        if grace_s == 0 {
            return self.card_gone();
        }
        self.spawn_until(countdown, async move {
            clock.sleep(grace).await;
            events.send(Happening::CardGone);
        });
        self.withhold(true);
        self.warn(card_notice(action, self.language, &self.service.name));
    }

    fn card_put_back(&mut self) {
        let State::Live(live) = &mut self.state else { return };
        if live.pulled.take().is_some() {
            tracing::info!(sign_in.id = %live.session.sign_in_id, "Her card is back in its reader");
            self.attend(false);
            self.withhold(false);
        }
    }

    /// An app that is killed while her card is away, and started again, would know nothing of that.
    fn withhold(&self, without_card: bool) {
        let State::Live(live) = &self.state else { return };
        let service = live.service.clone();
        service.withhold(without_card);
        self.spawn(async move { service.follow_card().await });
    }

    /// It was not put back in time.
    pub(super) fn card_gone(&mut self) {
        let State::Live(live) = &mut self.state else { return };
        match live.pulled.take().map(|pulled| pulled.view.action) {
            Some(CardRemoval::Lock) => self.lock(),
            Some(CardRemoval::End) => self.end_for_card(),
            Some(CardRemoval::Nothing) | None => {}
        }
    }

    /// The service session only: Pro Santé Connect is left alone (EXI 32, RECO 06).
    fn end_for_card(&mut self) {
        let State::Live(live) = &self.state else { return };
        tracing::info!(sign_in.id = %live.session.sign_in_id, "The session ended with her card");
        let service = live.service.clone();
        self.spawn(async move { tasks::end(&service).await });
        self.rest(Some(SignInNotice::CardRemoved));
        self.attend(false);
    }

    /// She leaves for a moment. While her card is away, what comes of that comes at once: it may be more than a lock.
    pub(super) fn lock_asked(&mut self) {
        let State::Live(live) = &self.state else { return };
        tracing::info!(sign_in.id = %live.session.sign_in_id, "She asked for the session to be locked");
        if live.pulled.is_some() { self.card_gone() } else { self.lock() }
    }

    /// Hides it at once, then has the companion give nothing of it: a lock that waits for the network is none.
    fn lock(&mut self) {
        let State::Live(live) = &self.state else { return };
        let (service, clock, events) = (live.service.clone(), self.ports.clock.clone(), self.found.of(self.number));
        self.spawn(tasks::lock(service, clock, events));
        self.locked(true);
    }

    /// Nothing is shown of it any more; its end is still waited for. `ours`: whether it is locked here, and not by what the companion says.
    pub(super) fn locked(&mut self, ours: bool) {
        if !matches!(self.state, State::Live(_)) {
            return;
        }
        if let State::Live(live) = std::mem::replace(&mut self.state, State::Locked) {
            tracing::info!(sign_in.id = %live.session.sign_in_id, "The session is locked");
            self.behind = Some(Hidden { live, number: self.number, at_ms: self.ports.clock.unix_ms(), ours });
            self.attend(false);
        }
    }

    /// What happens to the session behind the lock, whatever stands before it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of a hidden session, its end alone matters")]
    pub(super) fn behind_the_lock(&mut self, what: Happening) {
        let Some(locked) = &mut self.behind else { return };
        let now_ms = self.ports.clock.unix_ms();
        let reason = match what {
            Happening::Session(event) if event.ended.is_none() => {
                if let Some(clocks) = event.clocks {
                    locked.live.ends = Ends::of(&clocks, now_ms);
                }
                return;
            }
            Happening::Session(event) => event.ended,
            Happening::SessionOver(reason) => reason,
            Happening::LocalEnd => None,
            // She closed all of them, this one too, and pulled her card before the others were.
            Happening::Own(OwnAnswer { asked: OwnAsked::All, ended: Ok(_), .. }) if matches!(self.state, State::Locked) => {
                return self.sign_out(AfterSignOut::Rest);
            }
            _ => return,
        };
        let Hidden { live, .. } = match self.behind.take() {
            Some(locked) => locked,
            None => return,
        };
        self.over_behind(&live.ends, &live.session.sign_in_id, reason, now_ms);
    }

    fn over_behind(&mut self, ends: &Ends, id: &SignInId, reason: Option<SessionEnd>, now_ms: u64) {
        let reason = reason.or_else(|| ends.reason(now_ms));
        tracing::info!(sign_in.id = %id, reason = reason.map_or("unknown", SessionEnd::name), "The locked session ended");
        if matches!(self.state, State::Locked) {
            self.number += 1;
            self.state = State::Ended { reason, at_ms: now_ms, idle_limit_s: ends.idle_limit_s };
        }
    }
}

fn badge(presence: Presence) -> Option<CardBadge> {
    Some(match presence {
        Presence::ReaderEmpty | Presence::OtherCard => CardBadge::ReaderEmpty,
        Presence::CpsPresent => CardBadge::CpsPresent,
        Presence::SeveralCps => CardBadge::SeveralCps,
        Presence::UnknownCard => CardBadge::UnknownCard,
        Presence::MuteCard => CardBadge::MuteCard,
        Presence::Disabled | Presence::NoService | Presence::AccessDenied | Presence::NoReader | Presence::DetectionLost => return None,
    })
}
