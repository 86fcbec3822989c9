import type { CheckView, ProblemView, ReadyReportView, ReportView, SettingView, SupportRequest, SupportView } from '../generated/model';

/** What the engine would say, as these are: it finds them, and the window only shows them. */
const CHECKS: CheckView[] = [
  { title: 'Configuration', verdict: 'ok', told: 'OK', detail: 'serveur https://connexion.exemple.example (stratégie du poste, /etc/exemple/policy.toml), mode d’échange auto', cause: null, code: null, remedy: null },
  { title: 'Trousseau de clés', verdict: 'warning', told: 'ATTENTION', detail: 'verrouillé', cause: null, code: 'VST-1004', remedy: 'Saisissez le mot de passe du trousseau quand le système le demande, puis réessayez.' },
  { title: 'Serveur de connexion', verdict: 'failure', told: 'ÉCHEC', detail: 'aucune réponse de https://connexion.exemple.example', cause: 'cause\u00a0: le nom n’est pas connu du réseau', code: 'VST-2041', remedy: 'Vérifiez le réseau, puis réessayez.' },
];

/** As the engine writes them for support. */
const CHECKS_TEXT = 'Exemple 0.1.0\n\nÉCHEC      Serveur de connexion\u00a0: aucune réponse de https://connexion.exemple.example\n           VST-2041  Vérifiez le réseau, puis réessayez.\n';

const SETTINGS: SettingView[] = [
  { key: 'companion_url', value: 'https://connexion.exemple.example', about: 'Adresse du serveur de connexion. La personne ne peut pas la changer\u00a0: une autre adresse détournerait sa connexion.', source: 'stratégie du poste', managed: true },
  { key: 'enrolment_token', value: '(valeur définie, non affichée)', about: 'Jeton d’inscription\u00a0: le groupe du poste.', source: 'stratégie du poste', managed: true },
  { key: 'card_detection', value: 'oui', about: 'Présence d’une carte CPS dans un lecteur.', source: 'valeur par défaut', managed: false },
  { key: 'language', value: 'fr', about: 'Langue de l’application\u00a0: fenêtre, ligne de commande, diagnostic.', source: 'fichier de l’utilisateur', managed: false },
];

const TEXTS: Record<string, string> = {
  'manifest.json': '{\n  "format": 1,\n  "product": "Exemple"\n}\n',
  'state.json': '{\n  "window": "signed_in",\n  "card": "cps"\n}\n',
  'logs/journal.2026-03-14.log': '2026-03-14T12:20:01Z  INFO The session ended sign_in.id=7F3K-9QXM reason=idle\n'.repeat(40),
};

export const WRITTEN = '/home/utilisateur/Téléchargements/rapport-2026-03-14-122800.zip';

function ready(changes: Partial<ReadyReportView> = {}): ReportView {
  const parts = Object.entries(TEXTS).map(([name, text]) => ({ name, bytes: text.length, missing: null }));
  const all = [...parts, { name: 'logs/journal.2026-03-13.log', bytes: 60, missing: 'fichier illisible' }];
  return { state: 'ready', parts: all, bytes: 42_000, path: WRITTEN, reading: null, writing: false, ...changes };
}

export function supportPage(changes: Partial<SupportView> = {}): SupportView {
  return {
    settings: SETTINGS,
    settings_error: null,
    policy: '/etc/exemple/policy.toml',
    checks: null,
    checking: false,
    checks_text: null,
    log_folder: '/home/utilisateur/.local/state/exemple/logs',
    report: { state: 'none' },
    unopened: null,
    trouble: null,
    ...changes,
  };
}

function problemOf(code: string): ProblemView {
  return { code, title: '', cause: '', remedy: '', sign_in_id: null, can_retry: true, can_use_another_browser: false };
}

/** The page in every state that looks different. */
export const PAGES: Record<string, SupportView> = {
  page: supportPage(),
  checking: supportPage({ checks: CHECKS.slice(0, 1), checking: true }),
  checked: supportPage({ checks: CHECKS, checks_text: CHECKS_TEXT }),
  well: supportPage({ checks: CHECKS.slice(0, 1), checks_text: CHECKS_TEXT }),
  gathering: supportPage({ report: { state: 'gathering' } }),
  ready: supportPage({ report: ready() }),
  reading: supportPage({ report: ready({ reading: { name: 'logs/journal.2026-03-14.log', text: TEXTS['logs/journal.2026-03-14.log'] ?? '', page: 2, pages: 3 } }) }),
  written: supportPage({ report: { state: 'written', path: WRITTEN } }),
  unwritten: supportPage({ report: ready(), trouble: { problem: problemOf('VST-1033'), detail: `${WRITTEN}\u00a0: plus de place sur le disque` } }),
  unopened: supportPage({ unopened: 'log' }),
  broken: supportPage({ settings: [], policy: null, settings_error: '/etc/exemple/policy.toml, ligne 3\u00a0: paramètre inconnu, compagnon' }),
};

/** The page after what she asked, and what follows after so many milliseconds. */
export function answered(page: SupportView | null, asked: SupportRequest): { now: SupportView | null; later?: [number, SupportView] } {
  if (asked === 'show') return { now: page ?? supportPage() };
  if (page === null || asked === 'hide') return { now: null };
  const { report } = page;
  const reportIs = (next: ReportView): SupportView => ({ ...page, report: next, trouble: null });
  if (asked === 'run_checks') return { now: { ...page, checks: [], checking: true, checks_text: null }, later: [600, { ...page, checks: CHECKS, checking: false, checks_text: CHECKS_TEXT }] };
  if (asked === 'gather_report') return { now: reportIs({ state: 'gathering' }), later: [600, reportIs(ready())] };
  if (asked === 'discard_report') return { now: reportIs({ state: 'none' }) };
  if (typeof asked === 'object' && 'open_folder' in asked) return { now: { ...page, unopened: null }, later: [200, { ...page, unopened: asked.open_folder.folder }] };
  if (report.state !== 'ready') return { now: page };
  if (asked === 'write_report') return { now: reportIs({ ...report, writing: true }), later: [400, reportIs({ state: 'written', path: report.path })] };
  if (asked === 'stop_reading') return { now: reportIs({ ...report, reading: null }) };
  if (typeof asked === 'string') return { now: page };
  const { name, page: number } = asked.read_part;
  return { now: reportIs({ ...report, reading: { name, text: TEXTS[name] ?? '', page: number, pages: name.startsWith('logs/') ? 3 : 1 } }) };
}
