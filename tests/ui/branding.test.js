// The window under another brand, built as a publisher builds it: nothing but a folder is given.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { axeViolations, launch, openWindow, serve, SHOTS, UI } from './browser.js';
import { load } from './modules.js';

const BRAND = fileURLToPath(new URL('../brand', import.meta.url));
const { SCENARIOS } = await load('backend/fake-people.ts');
const scenarios = Object.keys(SCENARIOS);
/** Beside the results, where there are some: the folder of the other pictures is emptied by those who take them. */
const PICTURES = process.env.VESTIBULE_RESULTS ? join(dirname(process.env.VESTIBULE_RESULTS), 'brand') : SHOTS;

let folder;
let built;
let server;
let browser;

/** Builds the window with its fake engine under the brand of a folder. */
function build(brand, into) {
  return promisify(execFile)('npm', ['run', 'build:fake', '--', '--outDir', into, '--emptyOutDir'], { cwd: UI, env: { ...process.env, VESTIBULE_BRANDING: brand } });
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vestibule-brand.'));
  built = join(folder, 'built');
  await build(BRAND, built);
  await mkdir(PICTURES, { recursive: true });
  [browser, server] = await Promise.all([launch(), serve(built)]);
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Every word that a person could see, hear or read in the title. An address bears the id of the client, which is configuration. */
const wordsOf = async (page) => (await page.evaluate(() => {
  const read = [...document.querySelectorAll('*')].flatMap((element) => ['aria-label', 'title', 'alt', 'placeholder'].map((name) => element.getAttribute(name) ?? ''));
  return [document.title, document.body.innerText, ...read].join('\n');
})).replace(/client_id=vestibule-desktop/g, '');
const colour = (page, selector, property) => page.locator(selector).evaluate((element, name) => getComputedStyle(element)[name], property);

test('no screen names the software that it is made of, in either language', async () => {
  const window = await openWindow(browser, server.origin);
  for (const lang of ['fr', 'en']) {
    for (const scenario of scenarios) {
      await window.show(scenario, { lang });
      const words = await wordsOf(window.page);
      assert.doesNotMatch(words, /vestibule/i, `${scenario} (${lang})`);
      assert.ok(words.includes('Passerelle & Soins'), `${scenario} (${lang}) names the product`);
    }
    for (const text of [0, 1, 2, 3]) {
      await window.show('sign-in', { lang });
      await window.page.locator('.foot button').last().click();
      const about = await wordsOf(window.page);
      for (const word of ['Éditions Mirabelle', '01 99 00 00 77']) assert.ok(about.includes(word), word);
      await window.page.locator('.list button').nth(text).click();
      assert.doesNotMatch((await wordsOf(window.page)).replace(/<[^>]*>/g, ''), /vestibule/i);
    }
  }
  await window.show('sign-in');
  await window.page.locator('.entry .quiet').click();
  assert.ok((await window.page.locator('dialog[open]').innerText()).includes('01 99 00 00 77'), 'whoever is in trouble is told whom to call');
  await window.close();
});

test('the publisher’s own texts are told where ours stand', async () => {
  const window = await openWindow(browser, server.origin);
  for (const [index, address] of ['https://www.mirabelle.example/conditions', 'https://www.mirabelle.example/donnees-personnelles'].entries()) {
    await window.show('sign-in');
    await window.page.locator('.foot button').last().click();
    await window.page.locator('.list button').nth(index).click();
    assert.ok((await wordsOf(window.page)).includes(address));
  }
  await window.close();
});

for (const dark of [false, true]) {
  test(`colours and logo are the brand’s and pass axe-core, in the ${dark ? 'dark' : 'light'} theme`, async () => {
    const window = await openWindow(browser, server.origin, { dark });
    const violations = [];
    for (const scenario of scenarios) {
      await window.show(scenario);
      violations.push(...(await axeViolations(window.page, { ofTheDrawing: true })).map((line) => `${scenario}: ${line}`));
    }
    assert.deepEqual(violations, []);
    await window.show('sign-in');
    const logo = window.page.locator('.service img.logo');
    assert.equal(await logo.getAttribute('alt'), 'Passerelle & Soins');
    assert.ok(await logo.evaluate((image) => image.complete && image.naturalWidth > 0), 'the picture is there');
    assert.equal(await window.page.locator('.service svg, .doorway').count(), 0, 'and our drawing is not');
    await window.page.screenshot({ path: join(PICTURES, `brand-sign-in.${dark ? 'dark' : 'light'}.png`) });
    await window.page.locator('.entry .quiet').click();
    await window.page.mouse.move(0, 0);
    const primary = dark ? 'rgb(240, 166, 196)' : 'rgb(138, 28, 74)';
    assert.equal(await colour(window.page, 'dialog .button.primary', 'backgroundColor'), primary);
    await window.close();
  });
}

test('exi_29: no brand touches the official button', async () => {
  const looks = async (origin) => {
    const window = await openWindow(browser, origin);
    await window.show('sign-in', { art: 'neutral' });
    const found = await window.page.locator('.means button').evaluate((button) => {
      const of = (element) => ['backgroundColor', 'color', 'filter', 'opacity', 'width', 'height', 'objectFit', 'borderColor', 'mixBlendMode'].map((name) => getComputedStyle(element)[name]);
      return { button: of(button), pictures: [...button.querySelectorAll('img')].map((image) => [new URL(image.src).pathname, ...of(image)]) };
    });
    await window.close();
    return found;
  };
  const own = await serve();
  const [ours, theirs] = [await looks(own.origin), await looks(server.origin)];
  await own.close();
  assert.ok(ours.pictures.length > 0, 'the official art is shown');
  assert.deepEqual(theirs, ours);
});

test('a brand that cannot be read, or whose logo acts, builds nothing and says why', async () => {
  const text = await readFile(join(BRAND, 'branding.toml'), 'utf8');
  const refused = async (change) => {
    const brand = join(folder, 'refused');
    await cp(BRAND, brand, { recursive: true });
    await change(brand);
    const told = await build(brand, join(folder, 'never')).then(() => assert.fail('it was built'), ({ stderr }) => stderr);
    assert.ok(!(await readdir(folder)).includes('never'));
    return told;
  };
  assert.match(await refused((brand) => writeFile(join(brand, 'branding.toml'), text.replace('#8a1c4a', '#f28c28'))), /colours\.light\.accent.*contraste.*plus foncée/);
  assert.match(await refused((brand) => writeFile(join(brand, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')), /paramètre «\u00a0logo\u00a0».*ni script/);
  assert.match(await refused((brand) => writeFile(join(brand, 'branding.toml'), `couleur = "bleu"\n${text}`)), /ligne 1, paramètre inconnu\u00a0: «\u00a0couleur\u00a0»/);
});

test('the name of the software is written where the brand is, and nowhere else', async () => {
  const root = new URL('../../', import.meta.url);
  const below = async (path, form) => (await readdir(new URL(path, root), { recursive: true })).filter((name) => form.test(name)).map((name) => `${path}${name}`);
  const files = [...await below('ui/src/', /\.(ts|svelte)$/), 'ui/index.html', ...await below('companion-server/templates/', /\.html$/)];
  assert.ok(files.includes('ui/src/i18n/fr.ts') && files.includes('companion-server/templates/base.html') && files.length > 50, `${files.length} files`);
  const naming = [];
  for (const name of files) if (/\bVestibule\b/.test(await readFile(new URL(name, root), 'utf8'))) naming.push(name);
  assert.deepEqual(naming, ['ui/src/generated/branding.ts']);
});
