// The requirements of Pro Santé Connect that the window itself answers for.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launch, openWindow, serve, UI } from './browser.js';
import { load } from './modules.js';

const { SCENARIOS } = await load('backend/fake-people.ts');
const { fr } = await load('i18n/fr.ts');
const { en } = await load('i18n/en.ts');
const { EXI_31 } = await load('i18n/official.ts');
const plain = (text) => text.replace(/\s+/g, ' ').trim();

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function opened(scenario, wishes, options) {
  const window = await openWindow(browser, server.origin, options);
  await window.show(scenario, wishes);
  return window;
}

/** Every plain sentence of a language, by its path. */
function sentences(words, path = '') {
  return Object.entries(words).flatMap(([key, value]) => {
    const here = `${path}.${key}`;
    if (typeof value === 'string') return [[here, value]];
    return typeof value === 'object' ? sentences(value, here) : [];
  });
}

test('exi_03 the window speaks French first: no screen shows an English sentence', async () => {
  const french = new Set(sentences(fr).map(([, text]) => plain(text)));
  const english = sentences(en).map(([, text]) => plain(text)).filter((text) => text.length > 3 && !french.has(text) && /[a-z]{3}/.test(text));
  assert.ok(english.length > 100);
  const window = await openWindow(browser, server.origin);
  /** The English sentences among all that is written in the window, or read out for what is drawn. */
  const englishOn = async (scenario, lang) => {
    await window.show(scenario, { lang });
    assert.equal(await window.page.evaluate(() => document.documentElement.lang), lang);
    const shown = await window.page.evaluate(() => {
      const walker = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) texts.push(walker.currentNode.textContent);
      for (const element of document.querySelectorAll('#app *')) texts.push(...['aria-label', 'title', 'alt', 'placeholder'].map((name) => element.getAttribute(name) ?? ''));
      return texts;
    });
    const lines = new Set(shown.map(plain));
    return english.filter((text) => lines.has(text)).map((text) => `${scenario}: ${text}`);
  };
  const wrong = [];
  for (const scenario of Object.keys(SCENARIOS)) {
    wrong.push(...(await englishOn(scenario, 'fr')));
    assert.ok((await englishOn(scenario, 'en')).length > 1, `${scenario}: the search finds English where there is some`);
  }
  await window.close();
  assert.deepEqual(wrong, []);
});

test('exi_20 every screen of somebody signed in offers to sign out, and asks for both sessions to end', async () => {
  const wayOut = { signed_in: 'Se déconnecter', choosing_situation: 'Ce n’est pas moi', own_sessions: /^Se déconnecter/ };
  const scenarios = Object.entries(SCENARIOS).map(([name, { screen }]) => [name, wayOut[screen(0).name]]).filter(([, out]) => out !== undefined);
  for (const out of Object.values(wayOut)) assert.ok(scenarios.filter(([, name]) => name === out).length > 3, out);
  for (const [scenario, out] of scenarios) {
    const { page, requests, close } = await opened(scenario);
    // The question of the last minute covers everything else, and offers it too.
    const question = page.locator('dialog[open]');
    const isAsked = (await question.count()) > 0;
    const way = isAsked ? question.getByRole('button', { name: 'Se déconnecter' }) : page.getByRole('button', { name: out });
    await way.first().press('Enter');
    // Among her sessions, this one is asked about like the others.
    const asked = page.locator('#confirm-why + .buttons').getByRole('button', { name: 'Se déconnecter' });
    if ((await asked.count()) > 0) await asked.press('Enter');
    // The one says why besides.
    const name = !isAsked && out === wayOut.choosing_situation ? 'not_me' : 'sign_out';
    assert.deepEqual(await requests(), [{ name }], scenario);
    await close();
  }
});

// No other means is built yet: what can be proven is that this one is alone, and that one of the same kind would be no smaller beside it.
test('exi_28 Pro Santé Connect is the only means of sign-in, first in a list whose members have one size', async () => {
  const { page, close } = await opened('sign-in', { art: 'neutral' });
  assert.equal(await page.locator('.means').count(), 1);
  assert.deepEqual(await page.locator('.entry button:not(.quiet)').evaluateAll((all) => all.map((button) => button.ariaLabel)), ['S’identifier avec Pro\u00a0Santé\u00a0Connect']);
  const sizes = await page.evaluate(() => {
    const list = document.querySelector('.means');
    // Whatever joins Pro Santé Connect in that list, even with more to say.
    const other = list.firstElementChild.cloneNode(true);
    other.firstElementChild.textContent = 'Compte de l’établissement, avec un nom qui tient sur plusieurs lignes sans que rien ne grandisse d’un seul côté';
    list.append(other);
    return [...list.children].map((item) => {
      const { width, height } = item.firstElementChild.getBoundingClientRect();
      return `${width} × ${height}`;
    });
  });
  assert.equal(sizes.length, 2);
  assert.equal(sizes[0], sizes[1]);
  assert.equal(await page.locator('.entry .means').count(), 1);
  assert.equal(await page.locator('.means > li > button').count(), 2, 'buttons are direct siblings');
  await close();
});

test('exi_29 without the official kit the slot says so, and a release refuses to be built', async () => {
  const run = promisify(execFile);
  const kit = await run('ls', ['../../packaging/psc-charte'], { cwd: new URL('.', import.meta.url) }).then(({ stdout }) => stdout, () => '');
  const release = run('npm', ['run', 'build', '--', '--outDir', 'dist-fake/release', '--emptyOutDir'], { cwd: UI, env: { ...process.env, VESTIBULE_RELEASE: '1' } });
  if (/^button\.(svg|png)$/m.test(kit)) {
    await release;
    return;
  }
  await assert.rejects(release, (error) => /EXI 29/.test(`${error.stdout}${error.stderr}`));
  const { page, close } = await opened('sign-in');
  assert.match(await page.locator('.entry:has(.slot.placeholder)').innerText(), /emplacement du bouton officiel/);
  assert.equal(await page.locator('.means img').count(), 0);
  await close();
});

test('exi_29 exi_30 the official art is shown untouched, whatever the theme; hover and focus swap official variants only', async () => {
  for (const options of [{}, { dark: true }, { forcedColors: 'active' }]) {
    const { page, close } = await opened('sign-in', { art: 'neutral' }, options);
    const touched = await page.evaluate(() => {
      const found = [];
      for (let node = document.querySelector('.slot img'); node !== document.documentElement; node = node.parentElement) {
        const style = getComputedStyle(node);
        const { filter, opacity, mixBlendMode, clipPath, maskImage, transform } = style;
        const values = { filter, opacity, mixBlendMode, clipPath, maskImage, transform };
        const usual = { filter: 'none', opacity: '1', mixBlendMode: 'normal', clipPath: 'none', maskImage: 'none', transform: 'none' };
        for (const [name, value] of Object.entries(values)) if (value !== usual[name]) found.push(`${node.tagName}.${node.className} ${name}: ${value}`);
      }
      const image = document.querySelector('.slot img');
      if (getComputedStyle(image).objectFit !== 'contain') found.push('the art may be cropped or stretched');
      if (getComputedStyle(image).borderTopWidth !== '0px') found.push('the art has a frame of ours');
      return found;
    });
    assert.deepEqual(touched, []);
    const shown = () => page.evaluate(() => [...document.querySelectorAll('.slot img')].filter((image) => getComputedStyle(image).display !== 'none').map(({ src }) => src.split('/').pop()));
    assert.deepEqual(await shown(), ['neutral-art.svg']);
    await page.locator('.means button').hover();
    assert.deepEqual(await shown(), ['neutral-art-hover.svg']);
    await page.mouse.move(1, 1);
    await page.keyboard.press('Tab');
    await page.locator('.means button').focus();
    assert.deepEqual(await shown(), ['neutral-art-hover.svg']);
    assert.equal(await page.getByRole('button', { name: 'S’identifier avec Pro\u00a0Santé\u00a0Connect' }).count(), 1);
    await close();
  }
});

test('exi_31 the standard paragraph is in the terms, word for word, in French in both languages', async () => {
  const title = 'Identification électronique par Pro Santé Connect';
  const paragraphs = [
    'Pro Santé Connect est un téléservice mis en œuvre par l’Agence du Numérique en Santé (ANS) contribuant à simplifier l’identification électronique des professionnels intervenant en santé.',
    'L’utilisateur peut se connecter grâce à son application mobile e-CPS ou sa carte CPS, avec un lecteur de cartes et les composants nécessaires.',
  ];
  assert.deepEqual([EXI_31.title, ...EXI_31.paragraphs].map(plain), [title, ...paragraphs]);
  for (const lang of ['fr', 'en']) {
    const { page, close } = await opened('sign-in', { lang });
    await page.locator('.foot button').last().click();
    for (const place of ['about', 'terms']) {
      if (place === 'terms') await page.locator('.list button').first().click();
      const section = page.locator('section:has(#official)');
      assert.deepEqual((await section.locator('[lang=fr] p').allInnerTexts()).map(plain), paragraphs, `${lang}, ${place}`);
      assert.equal(plain(await section.locator('h2').innerText()), title);
    }
    await close();
  }
});

test('exi_32 the end of a session is announced, can be put off, and says that Pro Santé Connect stays open', async () => {
  const { page, close } = await opened('signed-in-last-minute');
  const dialog = page.locator('dialog[open]');
  assert.match(await dialog.innerText(), /Votre session Pro\sSanté\sConnect restera ouverte dans le navigateur/);
  await dialog.getByRole('button', { name: 'Je suis là' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await page.evaluate(() => window.requests.map(({ name }) => name)), ['activity']);
  await close();
});
