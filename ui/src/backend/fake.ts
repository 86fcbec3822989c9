import catalogue from '../generated/errors.json';
import type { AppRequest, AppView, Language, OwnSessionView, ProblemView, Screen } from '../generated/model';
import type { Backend, OfficialButton } from './backend';
import { codeScreen, ownScreen, ownSessions, pollingScreen, problem, RIGHT_CODE, SCENARIOS, session, SITUATIONS, waitingScreen } from './fake-people';
import { answered } from './fake-support';
import { officialArt } from './official-art';

declare global {
  interface Window {
    /** Everything the screens asked for, for tests. */
    requests?: AppRequest[];
    /** Makes the next request fail, for tests. */
    breakNextRequest?: boolean;
  }
}

/** Neutral squares of the official ratio, to prove that art is left untouched without owning any. */
function neutralArt(): OfficialButton {
  return { rest: 'neutral-art.svg', hover: 'neutral-art-hover.svg' };
}

/** By number: title, cause and remedy, in French and then in English. */
const known: Record<string, string[]> = catalogue;

function explained<P extends ProblemView>(problem: P, language: Language): P {
  // Of some, the window has words of its own.
  const [title = '', cause = '', remedy = ''] = known[problem.code.slice('VST-'.length)]?.slice(language === 'fr' ? 0 : 3) ?? [];
  return { ...problem, title, cause, remedy };
}

/** As the engine does: the words of a problem in the language of the window. */
function told(whole: AppView): AppView {
  const { language, screen, support } = whole;
  const trouble = support?.trouble ?? null;
  const view = support === null || trouble === null ? whole : { ...whole, support: { ...support, trouble: { ...trouble, problem: explained(trouble.problem, language) } } };
  if (screen.name === 'problem') return { ...view, screen: explained(screen, language) };
  if (screen.name === 'own_sessions' && screen.problem !== null) return { ...view, screen: { ...screen, problem: explained(screen.problem, language) } };
  return view;
}

/** Stands for the engine in development and in tests: `?fake=<scenario>&lang=fr|en&art=neutral`. */
export function fakeBackend(wishes: URLSearchParams): Backend {
  const scenario = SCENARIOS[wishes.get('fake') ?? ''];
  if (scenario === undefined) throw new Error(`no such scenario; there are: ${Object.keys(SCENARIOS).join(', ')}`);

  let view: AppView = {
    service: {
      name: 'Dossier Exemple',
      environment: 'production',
      app_version: '0.1.0',
      companion_version: '0.1.0',
      update: null,
      device_label: 'ACCUEIL-03',
      shared_workstation: false,
      resumable: true,
      contact: { address: null, phone: null },
      ...scenario.service,
    },
    language: wishes.get('lang') === 'en' ? 'en' : 'fr',
    zoom_percent: 100,
    card: scenario.card?.(Date.now()) ?? null,
    screen: scenario.screen(Date.now()),
    support: scenario.support ?? null,
  };
  const listeners = new Set<(view: AppView) => void>();
  const requests: AppRequest[] = [];
  window.requests = requests;
  let due: ReturnType<typeof setTimeout>[] = [];

  /** As in the engine, the page goes with the screen that it lies over. */
  function show(screen: Screen, support = screen.name === view.screen.name ? view.support : null): void {
    view = { ...view, screen, support };
    for (const changed of listeners) changed(told(view));
  }

  /** The rest of a journey, each step at its time in milliseconds; a request on the way replaces it. */
  function then(steps: [number, () => Screen][]): void {
    for (const timer of due) clearTimeout(timer);
    due = steps.map(([after, screen]) => setTimeout(() => show(screen()), after));
  }

  function waiting(stage: 'browser_asked' | 'browser_open' | 'at_provider' | 'checking' | 'confirming'): Screen {
    return waitingScreen(Date.now(), { stage, match_number: stage === 'confirming' ? '47' : null });
  }

  function signIn(): void {
    show({ name: 'opening_browser' });
    then([
      [400, () => waiting('browser_asked')],
      [1_200, () => waiting('browser_open')],
      [2_000, () => waiting('at_provider')],
      [8_000, () => waiting('confirming')],
      [12_000, () => waiting('checking')],
      [13_000, () => choosing(false)],
    ]);
  }

  /** By another browser: it opens, asks for the number, then shows the letters. */
  function useAnotherBrowser(): void {
    show({ name: 'opening_browser' });
    const began = Date.now() + 400;
    then([
      [400, () => pollingScreen(began)],
      [2_000, () => pollingScreen(began, { stage: 'at_provider' })],
      [8_000, () => pollingScreen(began, { stage: 'confirming' })],
      [12_000, () => codeScreen(Date.now())],
    ]);
  }

  function confirmCode(code: string): void {
    const { screen } = view;
    if (screen.name !== 'entering_code' || screen.checking) return;
    show({ ...screen, checking: true });
    const left = screen.tries_left - 1;
    const refused: Screen =
      left === 0
        ? problem('VST-2020', true, { sign_in_id: screen.sign_in_id })
        : { ...screen, last_refused: true, tries_left: left };
    then([[600, () => (code === RIGHT_CODE ? choosing(false) : refused)]]);
  }

  function choosing(canKeep: boolean): Screen {
    return { name: 'choosing_situation', session: session(Date.now(), { situation_count: 7 }), situations: SITUATIONS, suggested_id: 's1', can_keep: canKeep };
  }

  function signOut(next: () => void): void {
    show({ name: 'signing_out' });
    then([[1_000, () => ({ name: 'sign_in', notice: 'signed_out_everywhere' })]]);
    due.push(setTimeout(next, 1_100));
  }

  function open(screen: Screen): OwnSessionView[] {
    return screen.name === 'own_sessions' && screen.sessions !== null ? screen.sessions : ownSessions(Date.now(), 2);
  }

  function endSessions(screen: Screen, ends: (one: OwnSessionView) => boolean): void {
    if (screen.name !== 'own_sessions' || screen.busy) return;
    show({ ...screen, busy: true, ended: null, problem: null });
    const left = open(screen).filter((one) => !ends(one));
    then([[600, () => ({ ...screen, sessions: left, busy: false, ended: open(screen).length - left.length, problem: null })]]);
  }

  function answer(request: AppRequest): void {
    const { screen } = view;
    const current = screen.name === 'signed_in' || screen.name === 'choosing_situation' || screen.name === 'own_sessions' ? screen.session : session(Date.now());
    switch (request.name) {
      case 'sign_in':
        return signIn();
      case 'cancel':
        then([]);
        return show({ name: 'sign_in', notice: 'cancelled' });
      case 'reopen_browser':
        return show(screen.name === 'waiting_for_browser' && screen.exchange === 'polling' ? pollingScreen(Date.now()) : waiting('browser_asked'));
      case 'use_another_browser':
        return useAnotherBrowser();
      case 'confirm_code':
        return confirmCode(request.code);
      case 'choose_situation': {
        const situation = SITUATIONS.find(({ id }) => id === request.situation_id) ?? null;
        return show({ name: 'signed_in', session: { ...current, situation } });
      }
      case 'change_situation':
        return show(choosing(true));
      case 'keep_situation':
        return show({ name: 'signed_in', session: current });
      case 'show_own_sessions':
        show(ownScreen(Date.now(), { session: current, sessions: null, busy: true }));
        return then([[400, () => ownScreen(Date.now(), { session: current, sessions: open(screen) })]]);
      case 'hide_own_sessions':
        then([]);
        return show({ name: 'signed_in', session: current });
      case 'end_own_session':
        return endSessions(screen, ({ id }) => id === request.id);
      case 'end_other_sessions':
        return endSessions(screen, ({ is_this }) => !is_this);
      case 'end_all_sessions':
        return signOut(() => undefined);
      case 'lock':
        // As the engine: where nobody is signed in, nothing happens.
        if ('session' in screen) show({ name: 'locked', at_ms: Date.now(), ends_at_ms: Math.min(current.idle_ends_at_ms, current.ends_at_ms) });
        return;
      case 'sign_out':
      case 'not_me':
        return signOut(() => undefined);
      case 'change_user':
        return signOut(signIn);
      case 'activity':
        if (screen.name === 'signed_in' || screen.name === 'choosing_situation' || screen.name === 'own_sessions') {
          show({ ...screen, session: { ...current, idle_ends_at_ms: Math.min(current.ends_at_ms, Date.now() + 900_000) } });
        }
        return;
      case 'go_on_without_keyring':
        view = { ...view, service: { ...view.service, resumable: false } };
        return show({ name: 'sign_in', notice: null });
      case 'dismiss':
        return show({ name: 'sign_in', notice: null });
      case 'support': {
        const { now, later } = answered(view.support, request.asked);
        show(screen, now);
        if (later !== undefined) due.push(setTimeout(() => show(view.screen, view.support === null ? null : later[1]), later[0]));
        return;
      }
      case 'set_language':
        view = { ...view, language: request.language };
        return show(screen);
      case 'zoom':
        // The shell draws larger, not the page.
        return;
    }
  }

  return {
    view: async () => told(view),
    onView(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    async request(request) {
      requests.push(request);
      if (window.breakNextRequest === true) {
        window.breakNextRequest = false;
        throw new Error('asked to break');
      }
      answer(request);
    },
    officialButton: () => (wishes.get('art') === 'neutral' ? neutralArt() : officialArt()),
  };
}
