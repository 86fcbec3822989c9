import catalogue from './generated/errors.json';
import type { ErrorCode, Language } from './generated/model';

/** What a person reads about a problem. */
export interface Explanation {
  title: string;
  cause: string;
  remedy: string;
}

/** By number: title, cause and remedy, in French and then in English. */
const known: Record<string, string[]> = catalogue;

/** The catalogue's words for a code; `null` for a code of a later version. */
export function explanationOf(code: ErrorCode, language: Language): Explanation | null {
  const [title, cause, remedy] = known[code.slice('VST-'.length)]?.slice(language === 'fr' ? 0 : 3) ?? [];
  return title === undefined || cause === undefined || remedy === undefined ? null : { title, cause, remedy };
}
