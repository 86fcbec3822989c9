// docs/performance-fenetre.md, from the figures of one run.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

const spaced = (text) => text.replace(/ (:|»|%)/g, '\u00a0$1').replace(/« /g, '«\u00a0').replace(/ ([;?!])/g, '\u202f$1');
/** A figure and what is beside it, as French sets them: no-break spaces, and a comma in numbers. */
export const french = (text) => spaced(String(text).replace(/(\d)\.(\d)/g, '$1,$2'));

const machine = () => `${cpus().length} cœurs (${cpus()[0].model}), ${Math.round(totalmem() / 1e9)} Go de mémoire, Linux ${release().split('-')[0]}`;

/** The page: `rows` are the cells of the table, without its head. */
export function page(rows, date) {
  const version = execFileSync('pkg-config', ['--modversion', 'webkit2gtk-4.1'], { encoding: 'utf8' }).trim();
  return spaced(`# Ce que coûte la fenêtre

Mesuré le ${date} par \`./dev bench window --page\`, sur ${machine()}, WebKitGTK ${version}, écran virtuel. Page écrite par cette commande : ne pas la modifier à la main.

Les programmes sont ceux d’une publication (optimisés), devant un vrai serveur de connexion et le simulateur ; le trousseau est GNOME Keyring. La fenêtre est comparée, tour à tour, à la plus petite que le même moteur sache ouvrir : une page vide. Les réveils sont
ceux des fils où tourne notre code ; ceux du moteur graphique sont nommés à côté.

| mesure | médiane | 95 fois sur 100 | à côté de | but |
|---|---:|---:|---|---|
${rows.map((cells) => `| ${cells.map(french).join(' | ')} |`).join('\n')}

## Ce qui n’est pas mesuré ici

- Windows et WebView2, dont le démarrage et la mémoire sont autres ;
- un vrai écran et sa carte graphique : le moteur dessine ici par le processeur ;
- une session à distance (RDS, Citrix).
`);
}
