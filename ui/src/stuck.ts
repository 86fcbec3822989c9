/** What may stay at the top of the window while the page scrolls under it, as long as it is there. */
const watched = new Set<HTMLElement>();

const sizes = new ResizeObserver(measure);

/** How high it is differs with the name, the language, the window and the zoom: what has the focus is scrolled to below it. */
function measure(): void {
  const heights = [...watched].map((element) => (getComputedStyle(element).position === 'sticky' ? element.offsetHeight : 0));
  document.documentElement.style.setProperty('--stuck', `${Math.max(0, ...heights)}px`);
}

/** Keeps `--stuck` at the height of this element while it stays at the top. */
export function staysAtTop(element: HTMLElement): () => void {
  watched.add(element);
  sizes.observe(element);
  measure();
  return () => {
    watched.delete(element);
    sizes.unobserve(element);
    measure();
  };
}
