import type { ZoomStep } from './generated/model';

const OWN_ENTER = 'button, a[href], summary, input, select, textarea';

function press(root: ParentNode, selector: string): boolean {
  const control = root.querySelector<HTMLElement>(selector);
  control?.click();
  return control !== null;
}

/** What Ctrl (Cmd on a Mac) with this key asks for: as in browsers, on every layout of keys. `null` for another one. */
export function zoomOf(event: KeyboardEvent): ZoomStep | null {
  if (event.ctrlKey === event.metaKey || event.altKey) return null;
  if (event.key === '+' || event.key === '=') return 'larger';
  if (event.key === '-') return 'smaller';
  // On a French keyboard the digit wants Shift; the key alone says « à ».
  return event.key === '0' || event.code === 'Digit0' || event.code === 'Numpad0' ? 'default' : null;
}

/** Enter is the primary action unless something with its own Enter has the focus; Escape is the secondary one. */
export function answerKey(event: KeyboardEvent, root: ParentNode): void {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  // An open dialog has its own answers.
  if (root.querySelector('dialog[open]') !== null) return;
  const target = event.target instanceof Element ? event.target : null;
  if (event.key === 'Enter' && target?.closest(OWN_ENTER) == null && press(root, '[data-enter]')) event.preventDefault();
  if (event.key === 'Escape' && press(root, '[data-escape]')) event.preventDefault();
}
