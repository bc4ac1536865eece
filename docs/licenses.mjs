/**
 * Writes LICENSES.md: what a prescale that somebody installs or runs as an image is made of, by package-lock.json alone. Run it after a change
 * of dependencies: `npm run licenses`; with --print it only shows it. docs/packages.test.ts says where it was forgotten.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** Of TensorFlow.js, what the Dockerfile keeps; everywhere else it is optional. */
const IN_THE_IMAGE = ['core', 'layers', 'backend-wasm', 'backend-cpu'].map((name) => `@tensorflow/tfjs-${name}`);

/** The file's text. */
function licensesText({ packages }) {
  const installed = Object.keys(packages).filter((path) => path !== '' && !packages[path].dev);
  const inImage = new Set();
  for (const name of IN_THE_IMAGE) addWithItsOwn(packages, `node_modules/${name}`, inImage);
  const onlyImage = [...inImage].filter((path) => packages[path].dev);
  return [
    '# Licences of what is shipped',
    '',
    'Prescale itself is under [Apache-2.0](LICENSE). Written by `npm run licenses` from package-lock.json; each package has its licence in its folder',
    'of `node_modules`. Of packages for one platform, npm installs those of yours.',
    '',
    '## Installed with prescale, and in the image',
    '',
    ...table(packages, installed),
    '',
    '## In the image besides: TensorFlow.js',
    '',
    ...table(packages, onlyImage),
    '',
    'The image is built on Node.js (MIT) and Debian, whose licences are under /usr/share/doc. `report.html` of a replay has uPlot (MIT) in it,',
    'the console’s page also Preact and Preact Signals (MIT).',
    '',
  ].join('\n');
}

function addWithItsOwn(packages, path, found) {
  if (found.has(path)) return;
  found.add(path);
  for (const name of Object.keys(packages[path].dependencies ?? {}))
    addWithItsOwn(packages, resolved(packages, path, name), found);
}

/** As Node looks for a package: beside, then outwards. */
function resolved(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') throw new Error(`package-lock.json has no ${name} for ${from}`);
  }
}

function table(packages, paths) {
  const rows = paths.map((path) => {
    const { name, version, license } = packages[path];
    const shown = name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!license)
      throw new Error(`package-lock.json says no licence of ${path}: look for it in the package, and add it there`);
    return [shown, version, license];
  });
  const all = [
    ['package', 'version', 'licence'],
    ...new Map(rows.sort(byText).map((row) => [row.join(), row])).values(),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column].length)));
  const line = (cells, fill = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column], fill)).join(' | ')} |`;
  return [line(all[0]), line(['', '', ''], '-'), ...all.slice(1).map((row) => line(row))];
}

function byText(a, b) {
  return a.join() < b.join() ? -1 : 1;
}

const at = (name) => new URL(`../${name}`, import.meta.url);
const text = licensesText(JSON.parse(readFileSync(at('package-lock.json'), 'utf8')));
if (process.argv[2] === '--print') process.stdout.write(text);
else writeFileSync(at('LICENSES.md'), text);
