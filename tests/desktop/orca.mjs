// What Orca says in the real window, from the sign-in to the sign-out, written into docs/fr/lecteur-ecran.md. Run by hand: `./dev test orca`.
// Words heard depend on the machine's pace: a person reads the difference before it is committed.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

const PAGE = fileURLToPath(new URL('../../docs/fr/lecteur-ecran.md', import.meta.url));
const MARKS = ['<!-- relevé : ./dev test orca -->\n', '<!-- fin du relevé -->\n'];
/** Long enough for Orca to say all that came with a step. */
const QUIET_MS = 5_000;

/** An output module of speech-dispatcher without a sound: it takes what it is given to say, and answers that it has been said. */
const MUTE = `#!/usr/bin/python3
import sys
def say(*lines):
    sys.stdout.write(''.join(line + '\\n' for line in lines)); sys.stdout.flush()
def take():
    for line in sys.stdin:
        if line.rstrip('\\n') == '.': return
ANSWERS = {'AUDIO': ('207 OK RECEIVING AUDIO SETTINGS', '203 OK AUDIO INITIALIZED'), 'LOGLEVEL': ('207 OK RECEIVING LOGLEVEL SETTINGS', '203 OK LOG LEVEL SET'), 'SET': ('203 OK RECEIVING SETTINGS', '203 OK SETTINGS RECEIVED')}
for line in sys.stdin:
    word = line.strip()
    if word == 'INIT': say('299-mute', '299 OK LOADED SUCCESSFULLY')
    elif word in ANSWERS: say(ANSWERS[word][0]); take(); say(ANSWERS[word][1])
    elif word in ('SPEAK', 'CHAR', 'KEY', 'SOUND_ICON'): say('202 OK RECEIVING MESSAGE'); take(); say('200 OK SPEAKING', '701 BEGIN', '702 END')
    elif word.startswith('LIST VOICES'): say('200-fr\\tfr\\tnone', '200 OK VOICE LIST SENT')
    elif word == 'STOP': say('703 STOP')
    elif word == 'PAUSE': say('704 PAUSE')
    elif word == 'QUIT': say('210 OK QUIT'); break
    else: say('300 ERR UNKNOWN COMMAND')
`;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
/** Time of day as Orca's journal writes it. */
const now = () => execFileSync('date', ['+%H:%M:%S.%N'], { encoding: 'utf8' }).slice(0, 15);

const stack = await startStack({ browser: 'recorded', policy: 'support_phone = "poste 4242"\n' });
let window;
try {
  const { env, journal } = await startOrca();
  const steps = [];
  const step = async (name, act, shown) => {
    steps.push({ name, from: now() });
    await act();
    if (shown !== undefined) await window.until(shown);
    await sleep(QUIET_MS);
  };
  const key = (name) => () => execFileSync('xdotool', ['key', '--clearmodifiers', name], { env });
  const press = (selector, text) => () => eventually(`a button “${text}”`, () => window.run(`
    const button = [...document.querySelectorAll(arguments[0])].find((one) => one.textContent.includes(arguments[1]));
    button?.click();
    return button !== undefined;`, selector, text));

  await step('l’application s’ouvre', async () => { window = await openWindow(stack, program('vestibule-app')); }, 'Identifiez-vous');
  await step('F1', key('F1'), 'Fermer');
  await step('Échap', key('Escape'));
  await step('Tab', key('Tab'));
  await step('Entrée', key('Return'), 'Continuez dans votre navigateur');
  // Without a bus, what is said of the other program does not mix with what is said of ours.
  const bus = process.env.DBUS_SESSION_BUS_ADDRESS;
  process.env.DBUS_SESSION_BUS_ADDRESS = 'disabled:';
  const browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[0]));
  process.env.DBUS_SESSION_BUS_ADDRESS = bus;
  await step('identification faite dans le navigateur\u00a0: le nombre arrive', () => browser.identify('camille'), 'doit afficher');
  await step('confirmation dans le navigateur\u00a0: plusieurs situations', () => browser.page.locator('form#confirmation button[value=accept]').click(), 'Cliquez, ou appuyez');
  await browser.close();
  await step('Tab', key('Tab'));
  await step('1', () => window.choose('1'), 'Mes sessions');
  await step('Tab', key('Tab'));
  await step('Mes sessions', press('button', 'Mes sessions'), 'ACCUEIL');
  await step('Tab', key('Tab'));
  await step('Échap', key('Escape'), 'Changer d’utilisateur');
  await step('À propos', press('.foot button', 'À propos'), 'Données personnelles');
  await step('Échap', key('Escape'), 'Changer d’utilisateur');
  await step('Configuration et diagnostic', press('.foot button', 'Configuration'), 'poste 4242');
  await step('Échap', key('Escape'), 'Changer d’utilisateur');
  await step('Ctrl + L', key('ctrl+l'), 'avant sa fermeture');
  await step('Se déconnecter', press('.actions button', 'connecter'), 'Identifiez-vous');

  const said = readFileSync(journal, 'utf8').split('\n').filter((line) => line.includes('SPEECH OUTPUT'))
    .map((line) => ({ at: line.slice(0, 15), words: line.replace(/^.*SPEECH OUTPUT: '/, '').replace(/' ?\{.*$|' None.*$/, '').trim() }));
  const rows = steps.map(({ name, from }, at) => {
    const until = steps[at + 1]?.from ?? '99';
    // Orca repeats the key that was struck.
    const words = said.filter((one) => one.at >= from && one.at < until).map((one) => one.words).filter((one) => one !== '' && !/^(F1|échap|tabulation|entrée|1)$/.test(one));
    return `| ${name} | ${words.length === 0 ? 'rien' : words.map((one) => `«\u00a0${one.replaceAll(/[ \n\t]+/g, ' ')}\u00a0»`).join(' · ')} |\n`;
  });
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(MARKS[0]) + MARKS[0].length, page.indexOf(MARKS[1])];
  writeFileSync(PAGE, `${page.slice(0, from)}\n| étape | ce qui est dit |\n|---|---|\n${rows.join('')}\n${page.slice(to)}`);
  process.stdout.write(rows.join(''));
} finally {
  await closeBrowsers();
  await window?.close().catch(() => {}); // The driver may have noticed first.
  await stack.stop();
}
process.exit(0);

/** A French Orca with settings of its own, as it comes, before the window opens. */
async function startOrca() {
  const inside = (...names) => path.join(stack.dir, ...names);
  for (const folder of ['home', 'locale', 'speech', 'modules']) mkdirSync(inside(folder));
  execFileSync('localedef', ['-i', 'fr_FR', '-f', 'UTF-8', inside('locale', 'fr_FR.UTF-8')]);
  writeFileSync(inside('modules', 'sd_mute'), MUTE);
  chmodSync(inside('modules', 'sd_mute'), 0o700);
  writeFileSync(inside('speech', 'speechd.conf'), 'DefaultLanguage "fr"\nAddModule "mute" "sd_mute" "" "mute.log"\nDefaultModule mute\n');
  const env = { ...process.env, DISPLAY: stack.display, LOCPATH: inside('locale'), LANG: 'fr_FR.UTF-8', LC_ALL: 'fr_FR.UTF-8', HOME: inside('home'), SPEECHD_ADDRESS: `unix_socket:${inside('speech.sock')}` };
  const run = (name, command, args) => {
    const log = openSync(inside(`${name}.log`), 'w');
    return stack.start(name, command, args, env, { stdout: log });
  };
  run('speech', 'speech-dispatcher', ['-s', '-m', inside('modules'), '-C', inside('speech'), '-L', stack.dir, '-c', 'unix_socket', '-t', '0', '-S', inside('speech.sock'), '-P', inside('speech.pid')]);
  await eventually('speech-dispatcher', () => existsSync(inside('speech.sock')));
  const journal = inside('orca-journal');
  run('orca', 'orca', ['--replace', '-e', 'speech', '-u', inside('home', 'orca'), '--debug-file', journal]);
  await eventually('Orca', () => existsSync(journal) && readFileSync(journal, 'utf8').includes('Lecteur d’écran activé'));
  await sleep(QUIET_MS);
  return { env, journal };
}
