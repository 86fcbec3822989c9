import type { Language } from '../generated/model';
import { en } from './en';
import { fr, type Words } from './fr';

export type { Words };

/** The words of one language. */
export function wordsOf(language: Language): Words {
  return language === 'en' ? en : fr;
}
