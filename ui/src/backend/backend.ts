import type { AppRequest, AppView } from '../generated/model';

/** Addresses of the official Pro Santé Connect art, exactly as delivered (EXI 29, EXI 30). */
export interface OfficialButton {
  /** At rest. */
  readonly rest: string;
  /** Official variant for pointer and keyboard focus; `null` when the kit has none: then nothing changes. */
  readonly hover: string | null;
}

/** The one edge between the screens and everything else. Nothing here ever carries a token. */
export interface Backend {
  /** What the window shows now. Rejects when the engine cannot be reached. */
  view(): Promise<AppView>;
  /** Calls back at every change; the returned function stops it. */
  onView(changed: (view: AppView) => void): () => void;
  /** Hands a person's wish to the engine, which decides. Rejects when the engine cannot be reached. */
  request(request: AppRequest): Promise<void>;
  /** `null` without the official kit: the screen then shows a marked placeholder. */
  officialButton(): OfficialButton | null;
}
