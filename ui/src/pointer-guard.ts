/** How long the pointer is ignored once a dialog came or went, in milliseconds. */
export const GUARD_MS = 500;

let until = 0;

/**
 * "Je suis là" lies over "Se déconnecter": the second half of a double click must sign nobody out.
 * The keyboard is not concerned.
 */
export function guardPointer(): void {
  until = Date.now() + GUARD_MS;
}

/** Installs the guard on a window: besides the pause above, the second half of any double click is ignored, because the screen may have changed under it. */
export function installPointerGuard(window: Window): void {
  const refuse = (event: MouseEvent): void => {
    const left = until - Date.now();
    // A click made by a key has no click count; a clock set back must not disable the pointer for long.
    const paused = event.detail > 0 && left > 0 && left <= GUARD_MS;
    if (!paused && event.detail < 2) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener('click', refuse, { capture: true });
}
