// What a window costs in which somebody is signed in and nothing happens: how often it wakes the processor, and for how long.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

import { eventually, program, startStack, windowLog } from '../tests/desktop/stack.mjs';

/** Threads on which code of this project runs while nothing is drawn; the others are the toolkit's. */
const OURS = ['tokio-rt-worker', 'cards'];

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What each thread of a process has done so far: how often it waited and was woken, and its time on a processor in seconds. */
function done(pid) {
  return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => {
    const of = (file) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8');
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(of('stat'));
    const [user, system] = rest.split(' ').slice(11, 13).map(Number);
    return [thread, { name, wakes: Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(of('status'))[1]), seconds: (user + system) / TICKS }];
  }));
}

/** Over so many seconds: wakes a minute, by thread, and the share of a core. */
async function watched(pid, seconds) {
  const before = done(pid);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = done(pid);
  const since = [...after].map(([thread, { name, wakes, seconds: spent }]) => ({
    name, wakes: (wakes - (before.get(thread)?.wakes ?? 0)) * (60 / seconds), spent: spent - (before.get(thread)?.seconds ?? 0),
  }));
  const byThread = {};
  for (const { name, wakes } of since.filter(({ wakes: some }) => some > 0)) byThread[name] = (byThread[name] ?? 0) + wakes;
  const sum = (what) => since.reduce((all, one) => all + one[what], 0);
  const ours = since.filter(({ name }) => OURS.includes(name)).reduce((all, { wakes }) => all + wakes, 0);
  return { ours, share: sum('spent') / seconds, byThread };
}

/** What `vestibule status` takes beside a process that does nothing, and what of it is the keyring's and the server's by its own count. */
function statuses(environment, rounds) {
  const wall = (command, args) => {
    const began = performance.now();
    const out = execFileSync(command, args, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
    return { took: performance.now() - began, out };
  };
  return Array.from({ length: rounds }, () => {
    const nothing = wall('true', []).took;
    const { took, out } = wall(program('vestibule'), ['status', '--json']);
    return { nothing, took, ...JSON.parse(out).timings_ms };
  });
}

/** Of the window's own process. With it, what a command costs that asks about the same session. */
export async function idle(seconds = 120, rounds = 20) {
  const stack = await startStack({ browser: 'recorded' });
  try {
    const environment = { ...process.env, ...stack.appEnvironment, VESTIBULE_LOG: 'info', TAURI_WEBVIEW_AUTOMATION: '' };
    execFileSync(program('vestibule'), ['login', '--json', '--situation', 'first'], { env: { ...environment, DISPLAY: '', BROWSER: program('scripted-browser') }, stdio: 'ignore' });
    const status = statuses({ ...environment, DISPLAY: '' }, rounds);
    const app = stack.start('app', program('vestibule-app'), [], { ...stack.appEnvironment, VESTIBULE_LOG: 'info', TAURI_WEBVIEW_AUTOMATION: '' });
    await eventually('the window', () => windowLog(stack).includes('The page of the window is loaded'));
    const wmctrl = (...args) => execFileSync('wmctrl', args, { env: { ...process.env, DISPLAY: stack.display }, encoding: 'utf8' });
    await eventually('the session', () => wmctrl('-l').includes('Dossier Exemple'));
    // Until what a start brings with it has settled.
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    return { ...(await watched(app.pid, seconds)), status };
  } finally {
    await stack.stop();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log(JSON.stringify(await idle(Number(process.argv[2] ?? 60)), null, 1));
