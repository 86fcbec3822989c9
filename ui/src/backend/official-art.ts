import type { OfficialButton } from './backend';

const kit = import.meta.glob<string>('../../../packaging/psc-charte/button{,-hover}.{svg,png}', {
  eager: true,
  query: '?url',
  import: 'default',
});

function variant(name: string): string | null {
  const folder = '../../../packaging/psc-charte/';
  return kit[`${folder}${name}.svg`] ?? kit[`${folder}${name}.png`] ?? null;
}

/** The art found in `packaging/psc-charte` when this bundle was built. */
export function officialArt(): OfficialButton | null {
  const rest = variant('button');
  return rest === null ? null : { rest, hover: variant('button-hover') };
}
