// The pictures that README and guides show are those of the test runs: taken anew in both themes, and held against the kept ones.
// `./dev pictures` keeps the new ones instead.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const kept = path.join(root, 'docs', 'images');
const taken = path.join(root, 'screenshots', 'pictures');

/** A page that is read pays for each byte. */
const MOST_BYTES = 80_000;
/** Of 255, in one of the three colours: less is how edges of letters are smoothed. */
const FAINT = 64;

/**
 * What the page shows, in one of the themes, is what `docs/images/<name>.<theme>.png` shows. `tolerated`: the share of the points that may
 * differ, for letters that another version of the browser draws otherwise, and for what no two runs have in common.
 */
export async function isShownAsKept(page, name, theme, tolerated) {
  const picture = await page.screenshot();
  const file = `${name}.${theme}.png`;
  mkdirSync(taken, { recursive: true });
  writeFileSync(path.join(taken, file), picture);
  const place = path.join(kept, file);
  // What changed only by what no two runs have in common stays as it was kept.
  const isKeeping = process.env.VESTIBULE_PICTURES === 'keep';
  if (isKeeping && (!existsSync(place) || (await difference(page, readFileSync(place), picture)) > tolerated)) writeFileSync(place, picture);
  const former = readFileSync(place);
  assert.ok(former.length <= MOST_BYTES, `docs/images/${file}: ${former.length} bytes`);
  const share = await difference(page, former, picture);
  assert.ok(share <= tolerated, `docs/images/${file} differs by ${(share * 100).toFixed(2)} % from what is shown (screenshots/pictures/${file}): ./dev pictures`);
}

/** Share of the points that differ, 1 when the sizes do. Decoded in a page without a policy. */
async function difference(page, one, other) {
  const blank = await page.context().newPage();
  try {
    return await blank.evaluate(async ({ pictures, faint }) => {
      const [one, other] = await Promise.all(pictures.map(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const drawing = new OffscreenCanvas(image.width, image.height).getContext('2d');
        drawing.drawImage(image, 0, 0);
        return drawing.getImageData(0, 0, image.width, image.height);
      }));
      if (one.width !== other.width || one.height !== other.height) return 1;
      let differ = 0;
      for (let at = 0; at < one.data.length; at += 4) {
        if ([0, 1, 2].some((colour) => Math.abs(one.data[at + colour] - other.data[at + colour]) > faint)) differ += 1;
      }
      return differ / (one.width * one.height);
    }, { pictures: [one.toString('base64'), other.toString('base64')], faint: FAINT });
  } finally {
    await blank.close();
  }
}
