import type { SituationView } from './generated/model';

/** The last choice on this workstation first, the others in their own order. */
export function suggestedFirst(situations: SituationView[], suggestedId: string | null): SituationView[] {
  const suggested = situations.filter((situation) => situation.id === suggestedId);
  return [...suggested, ...situations.filter((situation) => situation.id !== suggestedId)];
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Those that hold every word of the filter, whatever the accents and capitals. */
export function matching(situations: SituationView[], filter: string): SituationView[] {
  const wanted = folded(filter).split(/\s+/).filter((word) => word !== '');
  return situations.filter((situation) => {
    const text = folded([situation.capacity, situation.place, situation.mode, situation.role].join(' '));
    return wanted.every((word) => text.includes(word));
  });
}
