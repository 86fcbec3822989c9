// The browser's legs in a real Chromium: two tabs, double clicks, Back, reload, no script, no cookies.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startApp } from './app.mjs';
import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, startServers } from './stack.mjs';

let stack;
const apps = [];

before(async () => { stack = await startServers(); });
after(async () => {
  await closeBrowsers();
  apps.forEach((app) => app.close());
  await stack?.stop();
});

async function newApp() {
  const app = await startApp(stack.companionUrl);
  apps.push(app);
  return app;
}

/** The same browser in another tab. */
async function anotherTab(browser, address) {
  const page = await browser.page.context().newPage();
  await page.goto(address);
  return page;
}

/** Walks the simulator's steps in this tab, as far as the companion's question. */
async function identify(page, persona = 'camille') {
  for (const step of ['#means-mobile', `#persona-${persona}`, '#approve-yes', '#confirm-yes']) {
    // Who is signed in at the provider is not asked everything again.
    const next = page.locator(`${step}, form#confirmation`).first();
    await next.waitFor();
    if (await page.locator('form#confirmation').count()) return;
    await page.locator(step).click();
  }
  await page.locator('form#confirmation').waitFor();
}

const accept = (page) => page.locator('form#confirmation button[value=accept]');

async function hasItsSession(app) {
  const { code } = await eventually('a code', () => app.codes.at(-1));
  const { status, body } = await app.redeem(code);
  assert.equal(status, 200, JSON.stringify(body));
}

test('attack_51: two sign-ins in two tabs finish in any order', async () => {
  for (const olderFirst of [true, false]) {
    const [older, newer] = [await newApp(), await newApp()];
    const browser = await openBrowser(older.address);
    await browser.page.locator('#means-mobile').waitFor();
    const tab = await anotherTab(browser, newer.address);
    await identify(tab);
    await identify(browser.page);
    const order = olderFirst ? [[browser.page, older], [tab, newer]] : [[tab, newer], [browser.page, older]];
    for (const [page, app] of order) {
      await accept(page).click();
      await hasItsSession(app);
    }
    await browser.close();
  }
});

test('attack_51: a double click, Back and reload lose nothing and say what is', async () => {
  const app = await newApp();
  const browser = await openBrowser(app.address);
  await identify(browser.page);
  await browser.examine('companion-confirmation');
  assert.match(await browser.page.locator('#time').innerText(), /Il vous reste (9|10)\u00a0minutes pour répondre/);
  await browser.page.reload();
  // The network takes a while: both clicks are answered by the companion before the browser hears of the first.
  const answers = [];
  let bothAnswered;
  const both = new Promise((resolve) => { bothAnswered = resolve; });
  await browser.page.route('**/sign-in/confirm**', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    if (answers.push({ status: answer.status(), page: await answer.text() }) === 2) bothAnswered();
    await both;
    // The browser dropped the first one for the second.
    await route.fulfill({ response: answer }).catch(() => {});
  });
  await accept(browser.page).dblclick({ delay: 20 });
  await eventually('the app has its answer', () => app.codes.length > 0);
  await browser.page.unroute('**/sign-in/confirm**');
  const brought = answers.map(({ page }) => /[?&;]code=([\w-]{43})/.exec(page)?.[1]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.match(brought[0] ?? '', /^[\w-]{43}$/);
  assert.deepEqual([...new Set([...brought, ...app.codes.map(({ code }) => code)])], [brought[0]], 'one code, however often it is brought');
  await hasItsSession(app);

  const question = `${stack.companionUrl}/sign-in/confirm?id=${app.id}`;
  await browser.page.goto(question);
  await browser.page.getByRole('heading', { name: 'Vous pouvez revenir à l’application' }).waitFor();
  await browser.page.goto(app.address);
  await browser.page.getByRole('heading', { name: 'Vous pouvez revenir à l’application' }).waitFor();
  await browser.close();
});

test('a browser without script is told its time too, and is asked again', async () => {
  const app = await newApp();
  const browser = await openBrowser('about:blank');
  const context = await browser.page.context().browser().newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(app.address);
  await page.getByRole('button', { name: 'Continuer' }).dblclick();
  await identify(page);
  assert.match(await page.locator('#time').innerText(), /Il vous reste (9|10)\u00a0minutes pour répondre/);
  // What the page does by itself later: asks again one minute before its time is over, at an address that asks the same.
  const [, seconds, again] = /^(\d+);url=(.+)$/.exec(await page.locator('meta[http-equiv=refresh]').getAttribute('content'));
  assert.ok(seconds > 7 * 60 && seconds < 10 * 60, `asks again after ${seconds} s`);
  await page.goto(new URL(again, page.url()).href);
  await accept(page).click();
  await hasItsSession(app);
  await context.close();
  await browser.close();
});

test('a browser that blocks cookies is told so, and so is its app', async () => {
  const app = await newApp();
  const browser = await openBrowser('about:blank');
  // What the setting does: no cookie of this site is kept.
  const context = browser.page.context();
  await browser.page.route(`${stack.companionUrl}/**`, async (route) => {
    await context.clearCookies();
    await route.continue();
  });
  await browser.page.goto(app.address);
  const { error, error_code: code } = await eventually('the app is told', () => app.codes.at(-1));
  assert.deepEqual([error, code], ['server_error', 'VST-2030']);
  // The app was told by the browser, whose own navigation is to end first.
  await browser.page.waitForURL(/\/cb\//);
  await browser.page.goto(`${stack.companionUrl}/sign-in/return?id=${app.id}`);
  await browser.page.getByRole('heading', { name: 'Votre navigateur bloque les cookies' }).waitFor();
  await browser.examine('companion-cookies-blocked');
  await browser.close();
});
