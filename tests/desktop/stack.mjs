// Simulator and companion; and, for the real journey, a screen, a driver for the window and a private default browser.
// On free ports and in one temporary folder. `stop()` ends it all, by process group, and removes the folder.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = process.env.VESTIBULE_BIN ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug');

export const program = (name) => path.join(bin, name);
export const screenshots = path.join(root, 'screenshots', 'desktop');

let given = randomInt(16_000);

/**
 * Below the ports of outgoing connections, which would take it before the program that is to listen there has started; and never twice the same
 * for one process.
 */
export async function freePort() {
  for (let tries = 0; tries < 1000; tries += 1) {
    given += 1;
    const port = 16_000 + (given % 16_000);
    const server = net.createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(() => true, () => false);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no free port was found');
}

/** Tries until `probe` gives something, at most `seconds`. */
export async function eventually(what, probe, seconds = 30) {
  let last;
  for (let left = seconds * 20; left > 0; left -= 1) {
    try {
      const found = await probe();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${seconds} s${last ? ` (${last.message})` : ''}`);
}

/**
 * `browser`: `real`, or `recorded` for one that only tells what it was asked to open. `policy`: further lines of the workstation's policy;
 * `companion`: of the companion's configuration.
 */
export const startStack = ({ browser = 'real', policy = '', companion = '' } = {}) => inOwnFolder(async (dir, start) => {
  const servers = await startServerParts(dir, start, { policy, companion });
  return { ...servers, ...(await startDesktopParts(dir, start, browser)) };
});

/** The servers alone, for a client that needs no screen. `front`: the address by which the companion is known, if it is not its own. */
export const startServers = ({ front } = {}) => inOwnFolder((dir, start) => startServerParts(dir, start, { front }));

async function inOwnFolder(startParts) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'vestibule-desktop.'));
  const children = [];
  const start = (name, command, args, env = {}, { stdin = 'ignore', stdout } = {}) => {
    const log = openSync(path.join(dir, `${name}.log`), 'a');
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: [stdin, stdout ?? log, log], detached: true });
    children.push(child);
    return child;
  };
  const stop = async () => {
    // Groups first, then what left its group: the browser that the app opened, for one.
    const targets = [...children.reverse().map((child) => -child.pid), ...processesOf(dir)];
    for (const target of targets) {
      try {
        process.kill(target, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    await eventually('every process of the stack is gone', () => processesOf(dir).length === 0);
    // A dying browser may still write what was just removed.
    await eventually('the folder of the stack is gone', () => {
      try {
        rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
        return true;
      } catch (error) {
        if (error.code !== 'ENOTEMPTY') throw error;
        return false;
      }
    });
  };
  try {
    return { dir, stop, ...(await startParts(dir, start)) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The program `stack`, which writes every configuration and starts the servers; it ends them with itself. */
async function startServerParts(dir, start, { policy = '', companion = '', front } = {}) {
  const fragment = (name, keys) => {
    writeFileSync(path.join(dir, name), keys);
    return path.join(dir, name);
  };
  const launcher = start('stack', program('stack'), ['--folder', dir, '--for-tests', ...(front ? ['--front', front] : []),
    '--companion', fragment('companion-keys.toml', companion), '--policy', fragment('policy-keys.toml', `device_label = "ACCUEIL-03"\n${policy}`)],
  {}, { stdin: 'pipe', stdout: 'pipe' });
  const lines = createInterface({ input: launcher.stdout });
  const told = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  assert.ok(told.length, `the stack starts: ${readFileSync(path.join(dir, 'stack.log'), 'utf8')}`);
  const { companions: [companionServer], simulator } = JSON.parse(told[0]);
  return {
    companionUrl: companionServer.url, listener: companionServer.listener, database: companionServer.database,
    simulatorAdministration: simulator.administration, wallet: new URL(simulator.wallet).port, start,
  };
}

async function startDesktopParts(dir, start, browserKind) {
  const driver = await freePort();
  const display = await startScreen(dir, start);
  const browser = installBrowser(dir, browserKind);
  const appEnvironment = {
    DISPLAY: display, LANG: 'fr_FR.UTF-8', VESTIBULE_POLICY_FILE: path.join(dir, 'policy.toml'), VESTIBULE_LOG: 'trace',
    XDG_CONFIG_HOME: path.join(dir, 'config'), XDG_DATA_HOME: path.join(dir, 'data'), XDG_STATE_HOME: path.join(dir, 'state'),
    XDG_CACHE_HOME: path.join(dir, 'cache'), TAURI_WEBVIEW_AUTOMATION: 'true', WAYLAND_DISPLAY: '',
  };
  start('driver', 'WebKitWebDriver', [`--port=${driver}`], appEnvironment);
  const driverUrl = `http://127.0.0.1:${driver}`;
  await eventually('the driver', async () => (await fetch(`${driverUrl}/status`)).ok);
  return { driverUrl, display, browser, appEnvironment };
}

async function startScreen(dir, start) {
  const numberFile = path.join(dir, 'display');
  writeFileSync(numberFile, '');
  const fd = openSync(numberFile, 'a');
  // Xvfb picks a free number by itself and writes it to descriptor 3.
  const screen = start('screen', 'sh', ['-c', `exec Xvfb -displayfd 3 -screen 0 1024x900x24 -nolisten tcp 3>>'${numberFile}'`]);
  screen.on('error', (error) => { throw error; });
  void fd;
  const display = `:${await eventually('the screen', () => readFileSync(numberFile, 'utf8').trim())}`;
  start('window-manager', 'openbox', [], { DISPLAY: display, XDG_CONFIG_HOME: path.join(dir, 'config'), XDG_CACHE_HOME: path.join(dir, 'cache') });
  return display;
}

/** Makes a real Chromium the default browser of this private desktop; it records what it was asked to open. */
function installBrowser(dir, kind) {
  const profile = path.join(dir, 'profile');
  const asked = path.join(dir, 'asked');
  const script = path.join(dir, 'browser.sh');
  const run = kind === 'recorded' ? '' : `exec chromium --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --no-default-browser-check \\
  --disable-background-networking --disable-component-update --disable-sync \\
  --user-data-dir='${profile}' --remote-debugging-port=0 "$@" >'${dir}/chromium.log' 2>&1`;
  writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' "$@" >>'${asked}'\n${run}\n`);
  chmodSync(script, 0o755);
  mkdirSync(path.join(dir, 'config'), { recursive: true });
  mkdirSync(path.join(dir, 'data/applications'), { recursive: true });
  writeFileSync(path.join(dir, 'data/applications/test-browser.desktop'),
    `[Desktop Entry]\nType=Application\nName=Navigateur de test\nExec=${script} %u\nTerminal=false\nNoDisplay=true\nMimeType=x-scheme-handler/http;x-scheme-handler/https;\n`);
  writeFileSync(path.join(dir, 'config/mimeapps.list'),
    '[Default Applications]\nx-scheme-handler/http=test-browser.desktop\nx-scheme-handler/https=test-browser.desktop\n');
  return {
    asked: () => readFileSync(asked, 'utf8').trim().split('\n'),
    debuggingUrl: () => eventually('the browser', () => `http://127.0.0.1:${Number(readFileSync(path.join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0])}`),
  };
}

/** Processes whose environment names this folder, those of one program if `comm` is given. */
function processesOf(dir, comm = '') {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith(comm) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dir);
    } catch {
      return false; // It ended meanwhile.
    }
  });
}

const logIn = (stack, form) => readdirSync(stack.dir, { recursive: true }).filter((name) => form.test(name))
  .map((name) => readFileSync(path.join(stack.dir, name), 'utf8')).join('\n');

export const windowLog = (stack) => logIn(stack, /^state\/.*\.log$/);

/** What each program wrote into its log, one text. `expected`: sentences that each wrote itself, or there was nothing to search. */
export function writtenLogs(stack, expected) {
  const logs = { window: windowLog(stack), companion: logIn(stack, /^companion\.log$/), simulator: logIn(stack, /^simulator\.log$/) };
  assert.deepEqual(Object.keys(expected), Object.keys(logs));
  assert.match(logs.window, /TRACE.*vestibule_desktop/, 'the window writes everything of its own');
  assert.match(logs.companion, /DEBUG|TRACE/, 'and so does the companion');
  for (const [who, sentences] of Object.entries(expected)) for (const sentence of sentences) assert.ok(logs[who].includes(sentence), `${who} wrote: ${sentence}`);
  return Object.values(logs).join('\n');
}

/** What Pro Santé Connect was asked for, its keys and its description apart, which are fetched when they grow old. */
export const askedOfProvider = async (stack) => (await (await fetch(`${stack.simulatorAdministration}/administration/journal`)).json())
  .filter(({ path: asked }) => !/\/(certs|wallet-openid-configuration)$/.test(asked)).map(({ method, path: asked }) => `${method} ${asked}`);

/** Finds in a text the secrets of the exchange: words whose hash lies in the companion’s database. */
export function secretsKnownTo(stack) {
  const base = path.dirname(stack.database);
  const memory = Buffer.concat(readdirSync(base).map((name) => readFileSync(path.join(base, name))));
  return (text) => [...new Set(text.match(/[\w-]{43,}/g) ?? [])].filter((word) => memory.includes(createHash('sha256').update(word).digest()));
}

/** The app's own processes of this stack. */
export const appProcesses = (stack) => processesOf(stack.dir, 'vestibule-app');
