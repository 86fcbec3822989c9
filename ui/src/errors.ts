import catalogue from './generated/errors.json';
import type { ErrorCode, Language } from './generated/model';

/** What a person reads about a problem. */
export interface Explanation {
  title: string;
  cause: string;
  remedy: string;
}

const known: Record<string, Record<Language, Explanation>> = catalogue;

/** The catalogue's words for a code; `null` for a code of a later version. */
export function explanationOf(code: ErrorCode, language: Language): Explanation | null {
  return known[code]?.[language] ?? null;
}
