import type { IconName } from './components/icons';
import type { CardBadge } from './generated/model';

/** How each state of the cards looks, beside its words: one that serves, one that does not, or none. */
export const CARDS: Record<CardBadge, { ground: '' | 'positive' | 'caution'; icon: IconName }> = {
  reader_empty: { ground: '', icon: 'card' },
  cps_present: { ground: 'positive', icon: 'card' },
  several_cps: { ground: 'caution', icon: 'caution' },
  unknown_card: { ground: 'caution', icon: 'caution' },
  mute_card: { ground: 'caution', icon: 'caution' },
};
