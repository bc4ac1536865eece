// node image/prune.mjs [amd64|arm64], in the build's folder after `npm prune`: takes away what no pod loads. Of @kubernetes/client-node,
// 57 MB, only what importing it reads is kept, of the packages of holidays what they load; of TensorFlow.js what Node loads; of everything, no source maps and no declarations.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const [architecture] = process.argv.slice(2);
const CLIENT = join('node_modules', '@kubernetes', 'client-node');
/** 38 MB with all their builds. */
const HOLIDAYS = ['date-holidays', 'astronomia', 'moment', 'moment-timezone'].map((name) => join('node_modules', name));
const TENSORFLOW = join('node_modules', '@tensorflow');

/** Files of a folder, from here. */
const files = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

/** Which files of these folders the import of a package reads, and what is then done with it. */
async function loadedBy(name, folders, use = () => {}) {
  const here = process.cwd() + sep;
  const loaded = new Set();
  const hooks = registerHooks({
    load(url, context, next) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : '';
      if (folders.some((folder) => path.startsWith(join(here, folder) + sep))) loaded.add(path.slice(here.length));
      return next(url, context);
    },
  });
  use(await import(import.meta.resolve(name)));
  hooks.deregister();
  return loaded;
}

const isForReaders = (path) => /\.(?:map|tsbuildinfo)$|\.d\.[cm]?ts$/.test(path);
const isPackage = (path) => path.endsWith(`${sep}package.json`);
const isLicence = (path) => /(?:licen[cs]e|notice|copying)[^/]*$/i.test(path);

const client = await loadedBy('@kubernetes/client-node', [CLIENT]);
if (client.size < 100)
  throw new Error(`found ${client.size} files that @kubernetes/client-node loads; expected hundreds`);

// All countries of a year: what some of them need is loaded late.
const holidays = await loadedBy('date-holidays', HOLIDAYS, ({ default: Holidays }) => {
  for (const country of Object.keys(new Holidays().getCountries())) new Holidays(country).getHolidays(2026);
});

function isNeeded(path) {
  if (isForReaders(path)) return false;
  if (isPackage(path) || isLicence(path)) return true;
  if (path.startsWith(join(CLIENT, 'dist'))) return client.has(path);
  if (HOLIDAYS.some((folder) => path.startsWith(folder + sep))) return holidays.has(path);
  if (path.startsWith(TENSORFLOW) && !path.startsWith(join(TENSORFLOW, 'tfjs-node'))) {
    return /\.node\.js$|\.wasm$/.test(path);
  }
  return true;
}

for (const path of [...files('node_modules'), ...files('dist')]) if (!isNeeded(path)) rmSync(path);
// Prebuilt for the builder's processor; without it msgpackr works in JavaScript.
const builders = { x64: 'amd64', arm64: 'arm64' }[process.arch];
if (architecture && architecture !== builders)
  rmSync(join('node_modules', '@msgpackr-extract'), { recursive: true, force: true });
rmSync(join('node_modules', '@types'), { recursive: true, force: true });
rmSync(join('node_modules', '.bin'), { recursive: true, force: true });

/** Empty folders, the innermost first. */
function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
removeEmpty('node_modules');
removeEmpty('dist');

// A process of its own: here it is loaded already.
for (const use of [
  "await import('@kubernetes/client-node')",
  "const { default: Holidays } = await import('date-holidays'); new Holidays('DE', 'BY').getHolidays(2027)",
])
  execFileSync(process.execPath, ['--input-type=module', '--eval', use]);
