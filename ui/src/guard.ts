import { changes, digitOf, isField, OWN_ENTER } from './keys';

/** How long nothing is pressed that lay under a dialog, or that came by itself, in milliseconds. */
export const GUARD_MS = 500;

let pointerUntil = 0;
let keysUntil = 0;
let unseen: EventTarget | null = null;
let unseenUntil = 0;

/** "Je suis là" lies over "Se déconnecter": the second half of a double click must sign nobody out. Keys press what has the focus, which is harmless there. */
export function dialogCame(): void {
  pointerUntil = Date.now() + GUARD_MS;
}

/** What lay behind it has the focus again: neither a second click nor a second press means that. */
export function dialogWent(): void {
  pointerUntil = keysUntil = Date.now() + GUARD_MS;
}

/** The session is hidden, and the way back is under the hand: neither a second click nor a second press means that. */
export const sessionHid = dialogWent;

/** A button has the focus that she did not go to, and digits choose beside it: she must have seen them before a key does. */
export function choiceCame(choice: HTMLElement): void {
  unseen = choice;
  unseenUntil = Date.now() + GUARD_MS;
}

/** A clock set back must not disable anything for long. */
function isPaused(until: number): boolean {
  const left = until - Date.now();
  return left > 0 && left <= GUARD_MS;
}

/** A click made by a key has no click count. The second half of any double click is ignored, because the screen may have changed under it. */
function refusesClick({ detail }: MouseEvent): boolean {
  return detail > 1 || (detail > 0 && isPaused(pointerUntil));
}

/** A key that is held presses once: what has the focus may be another button meanwhile. */
function refusesKey(event: KeyboardEvent): boolean {
  const { key, repeat, target } = event;
  // Of the whole screen, whatever has the focus.
  if (changes(event) || (digitOf(event) !== null && !isField(target))) return isPaused(keysUntil) || isPaused(unseenUntil);
  const isEarly = isPaused(keysUntil) || (target === unseen && isPaused(unseenUntil));
  if (key === ' ') return !isField(target) && (isEarly || (repeat && target instanceof Element && target.closest(OWN_ENTER) !== null));
  if (key === 'Enter') return repeat || isEarly;
  return key === 'Escape' && isPaused(keysUntil);
}

/** Installs the guard on a window. */
export function installGuard(window: Window): void {
  window.addEventListener('click', (event) => {
    if (!refusesClick(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  window.addEventListener('keydown', (event) => {
    if (!refusesKey(event)) return;
    event.preventDefault();
    // Whoever listens at the window for a sign of life still hears it.
    event.stopPropagation();
  }, { capture: true });
}
