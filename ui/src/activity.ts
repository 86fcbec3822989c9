/** At most one report of activity in this time, in milliseconds. */
export const REPORT_EVERY_MS = 20_000;

const INPUTS = ['pointerdown', 'pointermove', 'wheel', 'keydown', 'touchstart'] as const;

/**
 * Tells real input from what browsers make up: scripts, and the pointer "moves" sent when the page shifts under a still mouse.
 *
 * Without it, a session would stay open on an empty chair.
 */
export function realInput(): (event: Event) => boolean {
  let last = '';
  return (event) => {
    if (!event.isTrusted) return false;
    if (event.type !== 'pointermove') return true;
    const { screenX, screenY } = event as PointerEvent;
    const place = `${screenX},${screenY}`;
    const moved = last !== '' && place !== last;
    last = place;
    return moved;
  };
}

/** Reports real input in the window while `wanted`, sparingly. Returns what stops it. */
export function reportActivity(window: Window, wanted: () => boolean, report: () => void): () => void {
  const isReal = realInput();
  let reportedAt = Number.NEGATIVE_INFINITY;
  const onInput = (event: Event): void => {
    const real = isReal(event);
    if (!real || !wanted()) return;
    const now = Date.now();
    // A clock set back must not silence the reports.
    if (now >= reportedAt && now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    report();
  };
  for (const input of INPUTS) window.addEventListener(input, onInput, { capture: true, passive: true });
  return () => {
    for (const input of INPUTS) window.removeEventListener(input, onInput, { capture: true });
  };
}
