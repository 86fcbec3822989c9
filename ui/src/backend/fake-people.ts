import type { AppView, CardView, CodeView, OwnSessionsView, OwnSessionView, PictureView, ProblemView, Screen, SessionView, SituationView, SupportView, WaitingView } from '../generated/model';
import { PAGES } from './fake-support';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function situation(id: string, capacity: string, place: string | null, mode: string | null, role: string | null = null): SituationView {
  return { id, capacity, place, mode, role };
}

/** Invented places, all of them. */
export const SITUATIONS: SituationView[] = [
  situation('s2', 'Médecin, médecine générale', 'CH de démonstration, service des urgences, Lyon', 'Salarié'),
  situation('s1', 'Médecin, médecine générale', 'Cabinet de démonstration\u00a0A, Paris', 'Libéral'),
  situation('s3', 'Médecin, médecine générale', 'Maison de santé de démonstration\u00a0B, Montreuil', 'Libéral'),
  situation('s4', 'Médecin, médecine générale', 'EHPAD de démonstration, Vincennes', 'Salarié', 'Médecin coordonnateur'),
  situation('s5', 'Médecin, gériatrie', 'EHPAD de démonstration, Vincennes', 'Salarié'),
  situation('s6', 'Médecin, médecine générale', 'Centre de régulation de démonstration, Créteil', 'Salarié'),
  situation('s7', 'Médecin, enseignement', null, 'Bénévole'),
];

const FIRST = SITUATIONS[1] as SituationView;

/** A session of 3 h 12 more, with 14 minutes of quiet left. */
export function session(now: number, changes: Partial<SessionView> = {}): SessionView {
  return {
    sign_in_id: '7F3K-9QXM',
    title: 'Dr',
    given_name: 'Camille',
    family_name: 'FICTIF-EXEMPLE',
    capacity: 'Médecin, médecine générale',
    situation: FIRST,
    situation_count: 2,
    means: 'card',
    identity_changed: false,
    new_workstation: false,
    idle_ends_at_ms: now + 14 * MINUTE,
    ends_at_ms: now + 3 * HOUR + 12 * MINUTE,
    service_reachable: true,
    ...changes,
  };
}

/** The browser is awaited, by the ordinary exchange. */
export function waitingScreen(now: number, changes: Partial<WaitingView> = {}): Screen {
  return {
    name: 'waiting_for_browser',
    sign_in_id: '7F3K-9QXM',
    ends_at_ms: now + 9 * MINUTE + 30_000,
    stage: 'at_provider',
    match_number: null,
    picks_number: false,
    browser_missing: false,
    exchange: 'loopback',
    link: null,
    link_picture: null,
    link_ends_at_ms: null,
    can_use_another_browser: true,
    ...changes,
  };
}

/** What the companion would give: one page, good for one use. Its request is as long as a real one, and invented. */
const LINK = 'https://connexion.exemple.example/oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AEXEMPLE-d-adresse-inventee-pour-les-essais';

/** Looks like a QR code of that length, and is none: the engine draws the real one. */
function picture(): PictureView {
  const side = 61;
  const edge = (at: number, from: number): boolean => at === from || at === from + 6;
  const finder = (x: number, y: number): boolean =>
    [[4, 4], [side - 11, 4], [4, side - 11]].some(([left = 0, top = 0]) => {
      const [dx, dy] = [x - left, y - top];
      if (dx < 0 || dx > 6 || dy < 0 || dy > 6) return false;
      return edge(x, left) || edge(y, top) || (dx > 1 && dx < 5 && dy > 1 && dy < 5);
    });
  const corner = (x: number, y: number): boolean => (x < 12 || x > side - 13) && y < 12 || (x < 12 && y > side - 13);
  let path = '';
  for (let y = 4; y < side - 4; y += 1) {
    for (let x = 4; x < side - 4; x += 1) if (corner(x, y) ? finder(x, y) : (x * 7 + y * 11 + x * y * 3) % 5 < 2) path += `M${x} ${y}h1v1h-1z`;
  }
  return { side, path };
}

/** The browser is awaited, maybe on another machine. */
export function pollingScreen(now: number, changes: Partial<WaitingView> = {}): Screen {
  return waitingScreen(now, {
    stage: 'browser_asked',
    match_number: '47',
    picks_number: true,
    exchange: 'polling',
    link: LINK,
    link_picture: picture(),
    link_ends_at_ms: now + MINUTE + 50_000,
    can_use_another_browser: false,
    ...changes,
  });
}

/** The letters that the fake engine takes for right. */
export const RIGHT_CODE = 'KDRTWXZB';

/** The letters shown in the browser are awaited. */
export function codeScreen(now: number, changes: Partial<CodeView> = {}): Screen {
  return { name: 'entering_code', sign_in_id: '7F3K-9QXM', ends_at_ms: now + MINUTE + 40_000, tries_left: 5, last_refused: false, checking: false, ...changes };
}

function choosing(now: number, count: number, canKeep = false, changes: Partial<SessionView> = {}): Screen {
  return {
    name: 'choosing_situation',
    session: session(now, { situation: canKeep ? FIRST : null, situation_count: count, ...changes }),
    situations: SITUATIONS.slice(0, count),
    suggested_id: count === 0 ? null : 's1',
    can_keep: canKeep || count === 0,
  };
}

/** Until the fake engine has put them into the language of the window. */
const UNTOLD = { title: '', cause: '', remedy: '' };

export function problem(code: string, canRetry: boolean, changes: Partial<ProblemView> = {}): Screen {
  return { name: 'problem', ...UNTOLD, code, sign_in_id: '7F3K-9QXM', can_retry: canRetry, can_use_another_browser: false, ...changes };
}

function signedIn(now: number, changes: Partial<SessionView> = {}): Screen {
  return { name: 'signed_in', session: session(now, changes) };
}

/** This workstation's session and `others` more, of which one is locked and one has no name. */
export function ownSessions(now: number, others: number): OwnSessionView[] {
  const all: OwnSessionView[] = [
    { id: 'AB2C-D3EF', device_label: 'URGENCES-BOX-2', opened_at_ms: now - 3 * HOUR - 5 * MINUTE, active_at_ms: now - 12 * MINUTE, is_this: false, locked: true },
    { id: '7F3K-9QXM', device_label: 'ACCUEIL-03', opened_at_ms: now - 48 * MINUTE, active_at_ms: now - 20_000, is_this: true, locked: false },
    { id: 'GH4J-K5LM', device_label: null, opened_at_ms: now - 25 * MINUTE, active_at_ms: now - 6 * MINUTE, is_this: false, locked: false },
  ];
  return all.filter(({ is_this, device_label }) => is_this || others === 2 || (others === 1 && device_label === null));
}

export function ownScreen(now: number, changes: Partial<OwnSessionsView> = {}): Screen {
  return { name: 'own_sessions', session: session(now), sessions: ownSessions(now, 2), busy: false, ended: null, problem: null, ...changes };
}

/** Two workstations that gave no name, the same minute, and this one. */
function alike(now: number): OwnSessionView[] {
  const all = ownSessions(now, 2).map((one) => ({ ...one, device_label: null }));
  return [...all, ...all.slice(2).map((one) => ({ ...one, id: 'NP6Q-R7ST' }))];
}

function ownProblem(code: string): ProblemView {
  return { ...UNTOLD, code, sign_in_id: '7F3K-9QXM', can_retry: true, can_use_another_browser: false };
}

const LONG = {
  given_name: 'Marie-Bérengère Apollonie',
  family_name: 'DE LA FICTION-INTERMINABLE-D’EXEMPLE',
  capacity: 'Pharmacien, biologie médicale et pharmacologie clinique',
  situation: situation('long', 'Pharmacien, biologie médicale et pharmacologie clinique', 'Groupement hospitalier de territoire de démonstration des Trois-Vallées-Imaginaires, Saint-Exemple-sur-Fiction', 'Salarié'),
};

type Service = Partial<AppView['service']>;

function card(badge: CardView['badge'], removal: CardView['removal'] = null): CardView {
  return { badge, removal };
}

/** What a scenario shows: a screen at one moment, and what is unusual about the service. */
export interface Scenario {
  screen: (now: number) => Screen;
  service?: Service;
  card?: (now: number) => CardView;
  support?: SupportView | undefined;
}

const shared: Service = { shared_workstation: true };
const reached: Service = { contact: { address: 'Support informatique, support@exemple.example', phone: '01\u00a000\u00a000\u00a000\u00a000, poste 4242' } };

/** Every screen and every state of it that looks different. The tests take a picture of each. */
export const SCENARIOS: Record<string, Scenario> = {
  resuming: { screen: () => ({ name: 'resuming' }), service: { environment: null, companion_version: null } },
  keyring: { screen: () => ({ name: 'awaiting_keyring' }), service: { environment: null, companion_version: null } },
  'sign-in': { screen: () => ({ name: 'sign_in', notice: null }) },
  'sign-in-sandbox': { screen: () => ({ name: 'sign_in', notice: null }), service: { environment: 'bas' } },
  'sign-in-update': { screen: () => ({ name: 'sign_in', notice: null }), service: { update: { version: '1.2.0', required: false } } },
  'sign-in-update-required': { screen: () => ({ name: 'sign_in', notice: null }), service: { update: { version: '1.2.0', required: true } } },
  'sign-in-shared': { screen: () => ({ name: 'sign_in', notice: 'cancelled' }), service: { ...shared, ...reached } },
  'sign-in-declined': { screen: () => ({ name: 'sign_in', notice: 'declined' }) },
  'sign-in-timed-out': { screen: () => ({ name: 'sign_in', notice: 'timed_out' }) },
  'sign-in-signed-out': { screen: () => ({ name: 'sign_in', notice: 'signed_out_everywhere' }) },
  'sign-in-browser-finishes': { screen: () => ({ name: 'sign_in', notice: 'signed_out_browser_finishes' }) },
  'sign-in-browser-makes-sure': { screen: () => ({ name: 'sign_in', notice: 'signed_out_browser_makes_sure' }) },
  'sign-in-service-only': { screen: () => ({ name: 'sign_in', notice: 'signed_out_service_only' }), service: shared },
  'sign-in-signed-out-later': { screen: () => ({ name: 'sign_in', notice: 'signed_out_later' }), service: shared },
  'sign-in-earlier-done': { screen: () => ({ name: 'sign_in', notice: 'earlier_sign_out_done' }) },
  'sign-in-earlier-lost': { screen: () => ({ name: 'sign_in', notice: 'earlier_sign_out_lost' }) },
  'sign-in-card-removed': { screen: () => ({ name: 'sign_in', notice: 'card_removed' }), card: () => card('reader_empty') },
  'sign-in-card': { screen: () => ({ name: 'sign_in', notice: null }), card: () => card('cps_present') },
  'sign-in-reader-empty': { screen: () => ({ name: 'sign_in', notice: null }), card: () => card('reader_empty') },
  'sign-in-card-mute': { screen: () => ({ name: 'sign_in', notice: null }), card: () => card('mute_card') },
  'opening-browser': { screen: () => ({ name: 'opening_browser' }) },
  'waiting-asked': { screen: (now) => waitingScreen(now, { stage: 'browser_asked' }) },
  waiting: { screen: (now) => waitingScreen(now) },
  'waiting-help': { screen: (now) => waitingScreen(now, { stage: 'browser_asked', browser_missing: true }) },
  'waiting-not-opened': {
    screen: (now) => waitingScreen(now, { stage: 'browser_asked', browser_missing: true, link: 'http://127.0.0.1:49152/Zq3vT8w/go', link_ends_at_ms: now + 9 * MINUTE }),
    service: reached,
  },
  'waiting-checking': { screen: (now) => waitingScreen(now, { stage: 'checking' }) },
  'waiting-number': { screen: (now) => waitingScreen(now, { stage: 'confirming', match_number: '47' }) },
  'waiting-help-alone': { screen: (now) => waitingScreen(now, { stage: 'browser_asked', browser_missing: true, can_use_another_browser: false }) },
  'waiting-scheme': { screen: (now) => waitingScreen(now, { exchange: 'scheme' }) },
  'waiting-scheme-number': { screen: (now) => waitingScreen(now, { exchange: 'scheme', stage: 'confirming', match_number: '47' }) },
  'waiting-number-picked': { screen: (now) => waitingScreen(now, { stage: 'confirming', match_number: '47', picks_number: true }) },
  'waiting-scheme-number-picked': { screen: (now) => waitingScreen(now, { exchange: 'scheme', stage: 'confirming', match_number: '47', picks_number: true }) },
  'waiting-scheme-checking': { screen: (now) => waitingScreen(now, { exchange: 'scheme', stage: 'checking' }) },
  'waiting-polling': { screen: (now) => pollingScreen(now) },
  'waiting-polling-help': { screen: (now) => pollingScreen(now, { browser_missing: true }) },
  'waiting-polling-expired': { screen: (now) => pollingScreen(now, { link_ends_at_ms: now - 1_000 }) },
  'waiting-polling-open': { screen: (now) => pollingScreen(now, { stage: 'at_provider' }) },
  'waiting-polling-number': { screen: (now) => pollingScreen(now, { stage: 'confirming' }) },
  code: { screen: (now) => codeScreen(now) },
  'code-refused': { screen: (now) => codeScreen(now, { last_refused: true, tries_left: 3 }) },
  'code-last-try': { screen: (now) => codeScreen(now, { last_refused: true, tries_left: 1, ends_at_ms: now + 25_000 }) },
  'code-checking': { screen: (now) => codeScreen(now, { checking: true }) },
  'situation-two': { screen: (now) => choosing(now, 2) },
  'situation-shared': { screen: (now) => choosing(now, 3), service: shared },
  'situation-five': { screen: (now) => choosing(now, 5) },
  'situation-seven': { screen: (now) => choosing(now, 7) },
  'situation-change': { screen: (now) => choosing(now, 3, true) },
  'situation-five-minutes': { screen: (now) => choosing(now, 2, false, { idle_ends_at_ms: now + 4 * MINUTE + 10_000 }) },
  'situation-last-minute': { screen: (now) => choosing(now, 2, false, { idle_ends_at_ms: now + 45_000 }) },
  'situation-away': { screen: (now) => choosing(now, 2, false, { service_reachable: false }) },
  'situation-none': { screen: (now) => choosing(now, 0) },
  'signed-in': { screen: (now) => signedIn(now) },
  'signed-in-shared': { screen: (now) => signedIn(now, { means: 'e_cps' }), service: { ...shared, environment: 'bas' } },
  'signed-in-changed': { screen: (now) => signedIn(now, { means: null, identity_changed: true }), service: shared },
  'signed-in-new': { screen: (now) => signedIn(now, { new_workstation: true }) },
  'signed-in-bare': { screen: (now) => signedIn(now, { title: null, capacity: '', situation: null, situation_count: 0, means: null }), service: { resumable: false } },
  'signed-in-long': { screen: (now) => signedIn(now, LONG), service: { ...shared, name: 'Dossier partagé des établissements d’exemple' } },
  'signed-in-five-minutes': { screen: (now) => signedIn(now, { idle_ends_at_ms: now + 4 * MINUTE + 10_000 }), service: { environment: 'simulator' } },
  'signed-in-final': { screen: (now) => signedIn(now, { ends_at_ms: now + 50_000 }) },
  'signed-in-absolute-first': { screen: (now) => signedIn(now, { ends_at_ms: now + 10 * MINUTE + 5_000 }) },
  'signed-in-away': { screen: (now) => signedIn(now, { service_reachable: false }) },
  'signed-in-last-minute': { screen: (now) => signedIn(now, { idle_ends_at_ms: now + 45_000 }) },
  'signed-in-card': { screen: (now) => signedIn(now), card: () => card('cps_present') },
  'signed-in-several-cards': { screen: (now) => signedIn(now), card: () => card('several_cps') },
  'signed-in-unknown-card': { screen: (now) => signedIn(now), card: () => card('unknown_card') },
  'card-pulled-lock': { screen: (now) => signedIn(now), card: (now) => card('reader_empty', { action: 'lock', at_ms: now + 9_500 }) },
  'card-pulled-reader-gone': { screen: (now) => signedIn(now), card: (now) => card(null, { action: 'lock', at_ms: now + 9_500 }) },
  'card-pulled-end': { screen: (now) => choosing(now, 2), card: (now) => card('reader_empty', { action: 'end', at_ms: now + 90_500 }) },
  'own-sessions': { screen: (now) => ownScreen(now) },
  'own-sessions-alike': { screen: (now) => ownScreen(now, { sessions: alike(now) }) },
  'own-sessions-loading': { screen: (now) => ownScreen(now, { sessions: null, busy: true }) },
  'own-sessions-only': { screen: (now) => ownScreen(now, { sessions: ownSessions(now, 0) }) },
  'own-sessions-ended': { screen: (now) => ownScreen(now, { sessions: ownSessions(now, 1), ended: 1 }) },
  'own-sessions-gone': { screen: (now) => ownScreen(now, { sessions: ownSessions(now, 1), problem: ownProblem('VST-2051') }) },
  'own-sessions-away': { screen: (now) => ownScreen(now, { session: session(now, { service_reachable: false }), sessions: null, problem: ownProblem('VST-2041') }), service: { ...shared, ...reached } },
  'own-sessions-last-minute': { screen: (now) => ownScreen(now, { session: session(now, { idle_ends_at_ms: now + 45_000 }) }) },
  support: { screen: () => ({ name: 'sign_in', notice: null }), service: reached, support: PAGES['page'] },
  'support-signed-in': { screen: (now) => signedIn(now), service: { ...shared, ...reached }, support: PAGES['page'] },
  'support-five-minutes': { screen: (now) => signedIn(now, { idle_ends_at_ms: now + 4 * MINUTE + 10_000 }), support: PAGES['page'] },
  'support-last-minute': { screen: (now) => signedIn(now, { idle_ends_at_ms: now + 45_000 }), support: PAGES['ready'] },
  'support-card-pulled': { screen: (now) => signedIn(now), card: (now) => card('reader_empty', { action: 'lock', at_ms: now + 9_500 }), support: PAGES['page'] },
  'support-checking': { screen: () => ({ name: 'sign_in', notice: null }), support: PAGES['checking'] },
  'support-checked': { screen: () => problem('VST-2041', true), support: PAGES['checked'] },
  'support-well': { screen: () => ({ name: 'sign_in', notice: null }), support: PAGES['well'] },
  'support-gathering': { screen: () => ({ name: 'sign_in', notice: null }), support: PAGES['gathering'] },
  'support-ready': { screen: (now) => signedIn(now), support: PAGES['ready'] },
  'support-reading': { screen: (now) => signedIn(now), support: PAGES['reading'] },
  'support-written': { screen: () => ({ name: 'sign_in', notice: null }), support: PAGES['written'] },
  'support-unwritten': { screen: () => ({ name: 'sign_in', notice: null }), support: PAGES['unwritten'] },
  'support-unopened': { screen: () => ({ name: 'sign_in', notice: null }), support: PAGES['unopened'] },
  'support-broken': { screen: () => problem('VST-1005', false, { sign_in_id: null }), support: PAGES['broken'] },
  locked: { screen: (now) => ({ name: 'locked', at_ms: now - 3 * MINUTE, ends_at_ms: now + 11 * MINUTE + 30_000 }) },
  'signing-out': { screen: () => ({ name: 'signing_out' }) },
  'ended-idle': { screen: (now) => ({ name: 'ended', reason: 'idle', at_ms: now - 2 * MINUTE, idle_limit_s: 900 }) },
  'ended-revoked': { screen: (now) => ({ name: 'ended', reason: 'revoked', at_ms: now - 2 * MINUTE, idle_limit_s: 900 }), service: shared },
  'ended-disowned': { screen: (now) => ({ name: 'ended', reason: 'disowned', at_ms: now - 2 * MINUTE, idle_limit_s: 900 }) },
  'ended-forgotten': { screen: (now) => ({ name: 'ended', reason: 'forgotten', at_ms: now - 2 * MINUTE, idle_limit_s: 900 }) },
  'ended-elsewhere': { screen: (now) => ({ name: 'ended', reason: 'ended_elsewhere', at_ms: now - 2 * MINUTE, idle_limit_s: 900 }) },
  'ended-unknown': { screen: (now) => ({ name: 'ended', reason: null, at_ms: now - 2 * MINUTE, idle_limit_s: 900 }) },
  problem: { screen: () => problem('VST-2041', true), service: reached },
  'problem-another-browser': { screen: () => problem('VST-1002', true, { can_use_another_browser: true }) },
  'problem-code-spent': { screen: () => problem('VST-2020', true) },
  'problem-final': { screen: () => problem('VST-1005', false, { sign_in_id: null }) },
};
