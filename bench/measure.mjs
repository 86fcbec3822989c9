// The figures we publish, measured on release builds: `./dev bench`. Each is given beside a physical limit taken in the same run.
// It prints a Markdown table and asserts nothing about time.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

import { eventually, program, startStack } from '../tests/desktop/stack.mjs';
import { idle } from './idle.mjs';
import { switchUsers } from './switch.mjs';
import { french, page } from './window-page.mjs';

const SIGN_INS = Number(process.env.SIGN_INS ?? 100);
/** In the package of the engine itself. */
const BARE = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const STARTS = Number(process.env.STARTS ?? 7);
const IDLE_SECONDS = Number(process.env.IDLE_SECONDS ?? 120);
const SWITCHES = Number(process.env.SWITCHES ?? Math.min(SIGN_INS, 10));

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
const spread = (values, digits = 0) => [0.5, 0.95].map((q) => quantile(values, q).toFixed(digits));

/** One durable 4 KiB write, the least that a session which survives a power cut can cost. */
function fsync(dir) {
  const fd = openSync(path.join(dir, 'limit'), 'w');
  const took = Array.from({ length: 50 }, () => {
    const began = performance.now();
    writeSync(fd, Buffer.alloc(4096), 0, 4096, 0);
    fdatasyncSync(fd);
    return performance.now() - began;
  });
  closeSync(fd);
  return took;
}

function signIn(stack) {
  const home = path.join(stack.dir, 'home');
  mkdirSync(home, { recursive: true });
  const env = {
    ...process.env, BROWSER: program('scripted-browser'), VESTIBULE_POLICY_FILE: stack.appEnvironment.VESTIBULE_POLICY_FILE,
    HOME: home, XDG_STATE_HOME: path.join(home, 'state'), XDG_CONFIG_HOME: path.join(home, 'config'),
  };
  delete env.DISPLAY;
  delete env.WAYLAND_DISPLAY;
  // Without a keyring: a session that is kept costs what that keyring costs.
  delete env.DBUS_SESSION_BUS_ADDRESS;
  return JSON.parse(execFileSync(program('vestibule'), ['login', '--json', '--situation', 'first'], { env, stdio: ['ignore', 'pipe', 'ignore'] })).timings_ms;
}

/** Processes below `pid`, itself included. */
function tree(pid) {
  const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      return [[Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1])]];
    } catch {
      return []; // It ended meanwhile.
    }
  }));
  const found = [pid];
  for (const process of found) found.push(...[...parents].filter(([, parent]) => parent === process).map(([child]) => child));
  return found;
}

const pssMegabytes = (pid) => tree(pid).reduce((sum, process) => sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${process}/smaps_rollup`, 'utf8'))[1]), 0) * 1024 / 1e6;

async function coldStart(stack, round) {
  const state = path.join(stack.dir, `state-${round}`);
  const began = performance.now();
  const app = spawn('dbus-run-session', ['--', program('vestibule-app')], {
    env: { ...process.env, ...stack.appEnvironment, XDG_STATE_HOME: state, TAURI_WEBVIEW_AUTOMATION: '' }, stdio: 'ignore', detached: true,
  });
  const logs = path.join(state, 'vestibule');
  await eventually('the first view', () => readdirSync(logs, { recursive: true }).some((name) => name.endsWith('.log')
    && readFileSync(path.join(logs, name), 'utf8').includes('The page of the window is loaded')));
  const took = performance.now() - began;
  const window = tree(app.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('vestibule-app'));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const memory = pssMegabytes(window);
  process.kill(-app.pid, 'SIGKILL');
  return { took, memory };
}

/** The window that the same engine brings along, on a page without anything: the least that a window of it costs. */
async function bareStart(stack, round) {
  const page = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/' ? '<!doctype html><body onload="fetch(\'/loaded\')">' : '');
    if (request.url === '/loaded') page.emit('loaded');
  }).listen(0, '127.0.0.1');
  await once(page, 'listening');
  const [began, loaded] = [performance.now(), once(page, 'loaded')];
  const home = path.join(stack.dir, `bare-${round}`);
  const folders = Object.fromEntries(['CONFIG', 'DATA', 'STATE', 'CACHE'].map((kind) => [`XDG_${kind}_HOME`, path.join(home, kind)]));
  const bare = spawn('dbus-run-session', ['--', BARE, '--geometry=440x720', `http://127.0.0.1:${page.address().port}/`], {
    env: { ...process.env, ...stack.appEnvironment, ...folders }, stdio: 'ignore', detached: true,
  });
  await loaded;
  const took = performance.now() - began;
  const window = tree(bare.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('MiniBrowser'));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const memory = pssMegabytes(window);
  process.kill(-bare.pid, 'SIGKILL');
  page.closeAllConnections();
  page.close();
  return { took, memory };
}

const stack = await startStack();
try {
  const limit = fsync(stack.dir);
  const timings = [];
  for (let round = 0; round < SIGN_INS; round += 1) timings.push(signIn(stack));
  const starts = [];
  const bares = [];
  for (let round = 0; round < STARTS; round += 1) {
    bares.push(await bareStart(stack, round));
    starts.push(await coldStart(stack, round));
  }
  const rest = await idle(IDLE_SECONDS);
  const switches = await switchUsers(SWITCHES);
  const back = timings.map((timing) => timing.callback_to_session);
  const rows = [];
  const row = (...cells) => {
    const set = [...cells, '', ''].slice(0, 5).map(french);
    rows.push(set);
    console.log(`| ${set.join(' | ')} |`);
  };
  /** A goal and whether it is met: nobody has to compare. */
  const goal = (figure, most, said) => `≤ ${said} : ${figure <= most ? 'atteint' : 'non atteint'}`;
  console.log('| mesure | médiane | 95 fois sur 100 | à côté de | but |\n|---|---:|---:|---|---|');
  row('écriture durable de 4 Ko (limite)', ...spread(limit, 1).map((v) => `${v} ms`), '1');
  row(`retour du navigateur → session (${SIGN_INS} connexions)`, ...spread(back, 1).map((v) => `${v} ms`), `${(quantile(back, 0.5) / quantile(limit, 0.5)).toFixed(1)} écritures durables`);
  row('connexion entière, navigateur scripté', ...spread(timings.map((t) => t.total)).map((v) => `${v} ms`), '');
  const keys = (place) => Math.max(...switches.map((one) => one.keys[place]));
  const [ours, theirs] = ['ours', 'provider'].map((owner) => switches.map((one) => one[owner]));
  const share = (values) => `${Math.round((100 * quantile(values, 0.5)) / (quantile(ours, 0.5) + quantile(theirs, 0.5)))} % du tout`;
  row(`changement d’utilisateur sur un poste partagé (${SWITCHES}) : touches`, keys('window') + keys('companion'), '', `${keys('window')} dans la fenêtre, ${keys('companion')} sur notre page ; ${keys('provider')} de plus chez Pro Santé Connect (simulateur)`);
  row('changement d’utilisateur : temps à nous', ...spread(ours).map((v) => `${v} ms`), share(ours));
  row('changement d’utilisateur : temps chez Pro Santé Connect (simulateur, gestes scriptés)', ...spread(theirs).map((v) => `${v} ms`), share(theirs));
  const ratio = (what) => quantile(starts.map((start, round) => start[what] / bares[round][what]), 0.5);
  const beside = (what) => `${ratio(what).toFixed(2)} × une fenêtre nue du même moteur`;
  row(`démarrage à froid de la fenêtre (${STARTS})`, ...spread(starts.map((s) => s.took)).map((v) => `${v} ms`), beside('took'), goal(ratio('took'), 1, '1,0 ×'));
  row('mémoire de la fenêtre, PSS de tous ses processus', ...spread(starts.map((s) => s.memory)).map((v) => `${v} Mo`), beside('memory'), goal(ratio('memory'), 1.1, '1,1 ×'));
  const threads = Object.entries(rest.byThread).map(([name, wakes]) => `${name} ${wakes.toFixed(1)}`).join(', ');
  row(`session ouverte, rien ne se passe (${IDLE_SECONDS} s) : réveils des nôtres par minute`, rest.ours.toFixed(1), '', `fils du processus : ${threads}`, goal(rest.ours, 6, '6'));
  const told = (what) => `${quantile(rest.status.map((one) => one[what]), 0.5)} ms`;
  row(`« vestibule status » (${rest.status.length})`, ...spread(rest.status.map((one) => one.took)).map((v) => `${v} ms`),
    `un processus qui ne fait rien : ${Math.round(quantile(rest.status.map((one) => one.nothing), 0.5))} ms ; trousseau ${told('keyring')}, serveur ${told('server')}`, goal(quantile(rest.status.map((one) => one.took), 0.5), 30, '30 ms'));
  row('session ouverte, rien ne se passe : part d’un cœur', `${(rest.share * 100).toFixed(3)} %`, '', '', goal(rest.share, 0.0005, '0,05 %'));
  for (const name of ['vestibule-app', 'vestibule', 'companion-server', 'psc-simulator']) {
    row(`taille de ${name}`, `${(statSync(program(name)).size / 1e6).toFixed(1)} Mo`, '', '');
  }
  const into = process.argv[2];
  if (into !== undefined) writeFileSync(into, page(rows, new Date().toISOString().slice(0, 10)));
} finally {
  await stack.stop();
}
