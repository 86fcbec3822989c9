// A real Chromium on the built window with its fake engine, served under the content security policy of the shell.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
export const UI = folder('../../ui/');
export const SHOTS = folder('../../screenshots/');
const HERE = folder('./');

/** Saturday 14 March 2026, 13:28 in Paris: every shot shows the same hours. */
export const NOW = new Date('2026-03-14T12:28:00Z');
/** The very policy the shell sets. */
export const CSP = JSON.parse(readFileSync(folder('../../src-tauri/tauri.conf.json'), 'utf8')).app.security.csp;

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.png': 'image/png' };

/** Serves `ui/dist-fake`, or the window built elsewhere, and the neutral art of these tests, on a free port of the loopback. */
export async function serve(built = join(UI, 'dist-fake')) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    const name = path === '/' ? '/index.html' : path;
    if (name === '/favicon.ico') return response.writeHead(204).end();
    const file = [join(built, name), join(HERE, 'art', name)].find((candidate) => existsSync(candidate));
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP });
    return createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Debian's Chromium, or the one of the environment variable VESTIBULE_CHROMIUM. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.VESTIBULE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/**
 * A window on its own context, with what must stay silent listened to.
 * `zoom` is the browser's: half the CSS pixels, twice the device's. The hour stands still; with `manual`, timers too, until the test moves them.
 */
export async function openWindow(browser, origin, { width = 440, height = 720, zoom = 1, dark = false, manual = false, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
    deviceScaleFactor: zoom,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${new URL(response.url()).pathname}`);
  });
  await page.exposeFunction('reportCspViolation', (what) => complaints.push(`content security policy: ${what}`));
  await page.addInitScript(() => {
    // As the shell does (freezePrototype).
    Object.freeze(Object.prototype);
    document.addEventListener('securitypolicyviolation', (event) => window.reportCspViolation(`${event.violatedDirective} ${event.blockedURI}`));
  });
  if (manual) {
    // Time goes by between these two calls; the second must not lie in the past.
    await page.clock.install({ time: new Date(NOW.getTime() - 60_000) });
    await page.clock.pauseAt(NOW);
  } else {
    await page.clock.setFixedTime(NOW);
  }
  page.setDefaultTimeout(20_000);

  return {
    page,
    complaints,
    context,
    /** Shows a scenario of the fake engine, its heading in place and its letters loaded. */
    async show(scenario, wishes = {}) {
      await page.goto(`${origin}/?${new URLSearchParams({ fake: scenario, ...wishes })}`);
      await page.locator('h1').waitFor();
      await page.evaluate(() => document.fonts.ready);
    },
    /** What the screens asked of the engine, activity apart. */
    async requests() {
      const all = await page.evaluate(() => window.requests);
      return all.filter(({ name }) => name !== 'activity');
    },
    /** Closes it; what should have stayed silent and did not is a failure of whichever test opened it. */
    async close() {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** What axe sees otherwise in another size or other colours; the rest of its rules read the same document there. */
const OF_THE_DRAWING = ['color-contrast', 'target-size', 'scrollable-region-focusable'];

/** Violations of WCAG 2.2 A and AA and of axe's good practice, or only of what depends on the drawing, as lines a person can read. */
export async function axeViolations(page, { ofTheDrawing = false } = {}) {
  const there = await page.evaluate(() => 'axe' in window);
  // Playwright's evaluation is not a script of the page: the policy stays as strict as in the shell.
  if (!there) await page.evaluate(axe.source);
  const { violations } = await page.evaluate((rules) =>
    window.axe.run(document, { resultTypes: ['violations'], runOnly: rules ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  ofTheDrawing ? OF_THE_DRAWING : null);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)} (${node.failureSummary?.split('\n')[1]?.trim() ?? ''})`));
}

/** CSS pixels by which the page is wider than its window. */
export function sidewaysScroll(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
