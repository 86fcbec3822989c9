// What the book is made of, in the order in which it is read. A page of the repository that people read and that is not named here fails the build.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Parts of the book: a title, and its pages by their place in the repository. */
export function parts(root) {
  const decisions = readdirSync(join(root, 'docs/adr')).filter((name) => name.endsWith('.md')).sort();
  return [
    { title: 'Vestibule', pages: ['README.md', 'README.en.md'] },
    { title: 'Se connecter', pages: ['docs/fr/clinicien.md', 'docs/fr/lecteur-ecran.md'] },
    {
      title: 'Déployer',
      pages: ['docs/fr/deployer-compagnon.md', 'docs/fr/deployer-postes.md', 'docs/fr/administrateur.md', 'docs/fr/dimensionnement.md', 'docs/fr/verification-windows.md'],
    },
    { title: 'Dépanner', pages: ['docs/fr/support.md', 'docs/codes-erreur.md'] },
    { title: 'Intégrer', pages: ['docs/fr/editeur.md', 'psc-simulator/README.md'] },
    { title: 'Paramètres', pages: ['companion-server/companion.sample.toml', 'docs/reglages-poste.md'] },
    {
      title: 'Évaluer',
      pages: [
        'docs/fr/evaluateur.md', 'docs/exigences.md', 'docs/threat-model.md', 'docs/securite-echange.md', 'docs/fournisseur-defaillant.md',
        'docs/fuzzing.md', 'docs/not-tested.md', 'SECURITY.md',
      ],
    },
    {
      title: 'Construire',
      pages: [
        'CONTRIBUTING.md', 'docs/architecture.md', 'docs/performance.md', 'docs/performance-fenetre.md', 'docs/ecrans.md', 'packaging/companion/README.md', 'packaging/linux/README.md',
        'packaging/windows/README.md', 'packaging/windows/webview2-loader/README.md', 'packaging/psc-charte/README.md', 'CHANGELOG.md',
      ],
    },
    { title: 'Décisions', folded: true, pages: decisions.map((name) => `docs/adr/${name}`) },
  ];
}

/** Where pages stand that readers must find in the book. */
export const FOLDERS = ['.', 'docs', 'docs/fr', 'docs/adr', 'packaging', 'psc-simulator'];
