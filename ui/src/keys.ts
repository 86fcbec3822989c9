const OWN_ENTER = 'button, a[href], summary, input, select, textarea';

function press(root: ParentNode, selector: string): boolean {
  const control = root.querySelector<HTMLElement>(selector);
  control?.click();
  return control !== null;
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
