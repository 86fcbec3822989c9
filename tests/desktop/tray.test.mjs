// The icon beside the clock: the real window closed behind it and brought back, on a panel that makes room, makes none, and goes away.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { appProcesses, eventually, program, startStack } from './stack.mjs';

let stack;
let panel;
let app;

before(async () => {
  stack = await startStack({ browser: 'recorded', policy: 'tray = true\n' });
  panel = startPanel();
});
after(async () => {
  await closeBrowsers();
  if (panel?.child.kill() === true) await once(panel.child, 'exit');
  await stack?.stop();
});

function startPanel() {
  const child = spawn(program('tray-host'), { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line.replaceAll('\u00a0', ' '))));
  const answer = () => new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the panel does not answer')), 10_000);
    waiting.push((value) => { clearTimeout(late); resolve(value); });
  });
  const ready = answer();
  const ask = async (line) => {
    await ready;
    const answered = answer();
    child.stdin.write(`${line}\n`);
    const value = await answered;
    if (value?.error) throw new Error(`${line}: ${value.error}`);
    return value;
  };
  return { child, ask };
}

/** The desktop's notices, on the bus of the app. */
function startNotices() {
  const child = spawn(program('notification-server'), { stdio: ['ignore', 'pipe', 'inherit'] });
  const calls = [];
  createInterface({ input: child.stdout }).on('line', (line) => calls.push(JSON.parse(line.replaceAll('\u00a0', ' '))));
  return { child, shown: () => calls.filter(({ call }) => call === 'notify') };
}

/** For the `number`th time in this desktop: whom this workstation knows by then confirms nothing. */
async function signInFromTheMenu(number) {
  await panel.ask('choose S’identifier avec Pro Santé Connect');
  const browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[number]));
  await browser.signIn('camille', { known: true });
  await titleIs('Dossier Exemple : session ouverte');
  await browser.close();
}

/** Without a driver: what is asked here is asked of the window manager and of the panel. */
function startApp(...args) {
  const child = stack.start('app', program('vestibule-app'), args, stack.appEnvironment);
  const exited = once(child, 'exit');
  return { child, exited };
}
const manager = (...args) => execFileSync('wmctrl', args, { env: { ...process.env, DISPLAY: stack.display }, encoding: 'utf8' });
/** Whether the window manager has it: a hidden window is not among its own. */
const isShown = () => manager('-l').includes('Dossier Exemple');
/** As her click on the cross does. */
const close = () => manager('-c', 'Dossier Exemple');
const titleIs = (title) => eventually(`“${title}” on the icon`, async () => (await panel.ask('show')).title === title);
const gone = async () => {
  await Promise.race([app.exited, new Promise((_, reject) => { setTimeout(() => reject(new Error('the app does not end')), 20_000).unref(); })]);
  await eventually('its processes end', () => appProcesses(stack).length === 0);
};

test('without room for an icon, closing the window quits as ever', async () => {
  app = startApp();
  await eventually('the window', isShown);
  close();
  await gone();
});

test('a start behind the icon opens the window where the desktop shows none', async () => {
  app = startApp('--hidden');
  await eventually('the window', isShown, 30);
  close();
  await gone();
});

test('a session goes on behind the icon, which tells how it stands and ends it', async () => {
  await panel.ask('return');
  app = startApp('--hidden');
  await titleIs('Dossier Exemple : aucune session ouverte');
  assert.equal(isShown(), false, 'it starts behind its icon');
  const rest = await panel.ask('show');
  assert.deepEqual(rest.menu, ['Dossier Exemple : aucune session ouverte', 'Ouvrir la fenêtre', 'S’identifier avec Pro Santé Connect', 'Quitter']);

  await panel.ask('choose S’identifier avec Pro Santé Connect');
  await eventually('the window: what to compare is read there', isShown);
  await eventually('a sign-in is under way', async () => (await panel.ask('show')).menu.includes('Annuler la connexion'));
  // A click that comes late, from a menu that was opened before: it is not what stands in its place now.
  await panel.ask('again');
  const browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[0]));
  await browser.signIn('camille');
  await titleIs('Dossier Exemple : session ouverte');
  const open = await panel.ask('show');
  assert.notEqual(open.picture, rest.picture, 'it looks different');
  assert.deepEqual(open.menu.slice(2), ['Se déconnecter', 'Quitter et fermer la session']);
  assert.doesNotMatch(JSON.stringify(open), /FICTIF|Camille/i);

  close();
  await eventually('the window is put away', () => !isShown());
  await titleIs('Dossier Exemple : session ouverte');
  await panel.ask('activate');
  await eventually('the window is back', isShown);

  close();
  await eventually('the window is put away again', () => !isShown());
  await panel.ask('leave');
  await eventually('no panel any more: the window comes back by itself', isShown);
  await panel.ask('return');
  await titleIs('Dossier Exemple : session ouverte');
  await panel.ask('host off');
  close();
  await gone();
  await panel.ask('host on');
  await browser.close();
});

test('a session that the administrator ends is told by the icon and by a notice that names nobody; the menu signs out', async () => {
  const notices = startNotices();
  try {
    app = startApp('--hidden');
    await titleIs('Dossier Exemple : aucune session ouverte');
    await signInFromTheMenu(1);
    close();
    await eventually('the window is put away', () => !isShown());
    await eventually('she is told where it went', () => notices.shown().length === 1);

    const ended = execFileSync(program('companion-server'), ['sessions', 'end', '--all', '--config', path.join(stack.dir, 'companion.toml')], { encoding: 'utf8' });
    await titleIs('Dossier Exemple : aucune session ouverte');
    const [, news] = await eventually('a notice', () => (notices.shown().length === 2 ? notices.shown() : undefined));
    assert.match(news.summary, /aucune session ouverte/, ended);
    assert.doesNotMatch(JSON.stringify(notices.shown()), /FICTIF|Camille|899700999016/i);
    assert.equal(isShown(), false, 'nothing comes before what she does');

    await signInFromTheMenu(2);
    close();
    await eventually('the window is put away', () => !isShown());
    await panel.ask('choose Se déconnecter');
    await titleIs('Dossier Exemple : aucune session ouverte');
    await panel.ask('choose Quitter');
    await gone();
  } finally {
    if (notices.child.kill()) await once(notices.child, 'exit');
  }
});

test('what is chosen in the menu ends the session and the program', async () => {
  app = startApp();
  await eventually('the window', isShown);
  // Closing quit, which ended the service session (RECO 06).
  await titleIs('Dossier Exemple : aucune session ouverte');
  await panel.ask('choose Quitter');
  await gone();
});
