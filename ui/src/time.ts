import type { Words } from './i18n';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Time left under which the quiet bar shows, in milliseconds. */
export const QUIET_BAR_MS = 5 * MINUTE;
/** Time left under which the dialog asks whether the person is there, in milliseconds. */
export const DIALOG_MS = MINUTE;

/** A duration in words, rounded down so that it never promises more than there is; negative counts as nothing. */
export function amountOf(milliseconds: number, words: Words): string {
  const left = Math.max(0, milliseconds);
  if (left < MINUTE) return words.time.seconds(Math.floor(left / SECOND));
  if (left < HOUR) return words.time.minutes(Math.floor(left / MINUTE));
  return words.time.hours(Math.floor(left / HOUR), Math.floor((left % HOUR) / MINUTE));
}

/** The same to the second, for a time of a few minutes in which something must be typed. */
export function closeAmountOf(milliseconds: number, words: Words): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / SECOND);
  if (seconds < 60 || seconds % 60 === 0) return amountOf(milliseconds, words);
  return words.time.minutesSeconds(Math.floor(seconds / 60), seconds % 60);
}

/** A wall-clock hour in the workstation's time zone. */
export function hourOf(atMs: number, words: Words): string {
  const at = new Date(atMs);
  return words.time.clock(at.getHours(), at.getMinutes());
}

/** How a session stands at one moment. */
export interface Remaining {
  /** Until the session ends for lack of activity, in milliseconds, never negative. */
  readonly idleMs: number;
  /** Until the latest end, same unit. */
  readonly absoluteMs: number;
  /** Which of the two comes first. Activity helps against the first only. */
  readonly first: 'idle' | 'absolute';
  /** The smaller of the two. */
  readonly leftMs: number;
  /** Plenty, the last five minutes, the last minute. */
  readonly stage: 'plenty' | 'soon' | 'last';
}

/** Compares both clocks of a session with now, all in milliseconds since 1970. */
export function remaining(nowMs: number, idleEndsAtMs: number, endsAtMs: number): Remaining {
  const idleMs = Math.max(0, idleEndsAtMs - nowMs);
  const absoluteMs = Math.max(0, endsAtMs - nowMs);
  const first = idleMs < absoluteMs ? 'idle' : 'absolute';
  const leftMs = Math.min(idleMs, absoluteMs);
  const stage = leftMs > QUIET_BAR_MS ? 'plenty' : leftMs > DIALOG_MS ? 'soon' : 'last';
  return { idleMs, absoluteMs, first, leftMs, stage };
}
