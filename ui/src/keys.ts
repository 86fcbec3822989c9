import type { ZoomStep } from './generated/model';
import type { Words } from './i18n';

export type Shortcut = keyof Words['help']['keys']['list'];

/** What answers Enter by itself when it has the focus. */
export const OWN_ENTER = 'button, a[href], summary, input, select, textarea';

/** Whether what is typed there stays there. */
export function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function press(root: ParentNode, selector: string): boolean {
  const control = root.querySelector<HTMLElement>(selector);
  control?.click();
  return control !== null;
}

function isModified(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.altKey || event.metaKey;
}

/** What Ctrl (Cmd on a Mac) with this key asks for: as in browsers, on every layout of keys. `null` for another one. */
export function zoomOf(event: KeyboardEvent): ZoomStep | null {
  if (event.ctrlKey === event.metaKey || event.altKey) return null;
  if (event.key === '+' || event.key === '=') return 'larger';
  if (event.key === '-') return 'smaller';
  // On a French keyboard the digit wants Shift; the key alone says « à ».
  return event.key === '0' || event.code === 'Digit0' ? 'default' : null;
}

/** Whether this is F1, which helps. */
export function helps(event: KeyboardEvent): boolean {
  return event.key === 'F1' && !isModified(event) && !event.shiftKey;
}

/** Whether this is F2, which makes room for another person. */
export function changes(event: KeyboardEvent): boolean {
  return event.key === 'F2' && !isModified(event) && !event.shiftKey;
}

/** Whether this is Ctrl+L (Cmd+L on a Mac): by what the key writes, as everywhere. */
export function locks(event: KeyboardEvent): boolean {
  return event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'l';
}

/** The digit of a key, 1 to 9: what it writes, or else its place. On a French keyboard the first one writes « & » without Shift. */
export function digitOf(event: KeyboardEvent): number | null {
  if (isModified(event) || event.repeat || event.isComposing || event.getModifierState('AltGraph')) return null;
  if (/^[1-9]$/.test(event.key)) return Number(event.key);
  // Without Num Lock the digits on the right are arrows.
  const writes = event.key.length === 1 || event.key === 'Dead';
  const [, digit] = (writes && /^(?:Digit|Numpad)([1-9])$/.exec(event.code)) || [];
  return digit === undefined ? null : Number(digit);
}

/** Enter is the primary action unless something with its own Enter has the focus; Escape is the secondary one. */
export function answerKey(event: KeyboardEvent, root: ParentNode): void {
  if (event.defaultPrevented || event.repeat || isModified(event)) return;
  // An open dialog has its own answers.
  if (root.querySelector('dialog[open]') !== null) return;
  const target = event.target instanceof Element ? event.target : null;
  if (event.key === 'Enter' && target?.closest(OWN_ENTER) == null && press(root, '[data-enter]')) event.preventDefault();
  if (event.key === 'Escape' && press(root, '[data-escape]')) event.preventDefault();
}

/** The keys that do something on the screen that is shown, for the help: told by what answers them. */
export function shortcutsOf(root: ParentNode, changesUser: boolean, canLock: boolean): Shortcut[] {
  const has = (selector: string): boolean => root.querySelector(selector) !== null;
  const here: Record<Shortcut, boolean> = {
    enter: has('[data-enter]'),
    escape: has('[data-escape]'),
    digits: has('.choice'),
    arrows: has('.choice'),
    help: true,
    user: changesUser,
    lock: canLock,
    zoom: true,
    unzoom: true,
  };
  return (Object.keys(here) as Shortcut[]).filter((name) => here[name]);
}
