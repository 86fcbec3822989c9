import { createSubscriber } from 'svelte/reactivity';
import { QUIET_BAR_MS } from './time';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** The wall clock in milliseconds since 1970; whoever reads it follows it. */
export interface Clock {
  readonly now: number;
}

/** Ticks after each pause, while somebody reads it and the window is seen: one that nobody looks at lets the processor sleep. */
function ticking(pauseMs: (nowMs: number) => number): Clock {
  const follow = createSubscriber((tick) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (): void => {
      timer = setTimeout(() => {
        tick();
        wait();
      }, pauseMs(Date.now()));
    };
    const look = (): void => {
      clearTimeout(timer);
      if (document.hidden) return;
      tick();
      wait();
    };
    document.addEventListener('visibilitychange', look);
    if (!document.hidden) wait();
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearTimeout(timer);
    };
  });
  return {
    get now(): number {
      follow();
      return Date.now();
    },
  };
}

/** Second by second. */
export const clock: Clock = ticking(() => SECOND_MS);

/** As often as what is said of the time left until then changes: minute by minute, and second by second in the last five minutes. */
export function clockToward(endsAtMs: number): Clock {
  return ticking((nowMs) => {
    const left = endsAtMs - nowMs;
    if (left <= QUIET_BAR_MS) return SECOND_MS;
    // What is left is rounded down: the next minute is said once this one is no longer whole.
    return Math.min((left % MINUTE_MS) + 1, left - QUIET_BAR_MS);
  });
}
