/** Puts the text of an element on the clipboard; where that is refused, leaves it selected, for the person to copy. */
export async function copyTextOf(element: HTMLElement): Promise<'copied' | 'selected'> {
  try {
    await navigator.clipboard.writeText(element.textContent?.trim() ?? '');
    return 'copied';
  } catch {
    // Said on the screen by the caller, with the way round.
    getSelection()?.selectAllChildren(element);
    return 'selected';
  }
}
