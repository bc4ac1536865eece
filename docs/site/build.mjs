/**
 * Builds the documentation site into docs/site/dist: `npm run docs`. Its packages are installed where they are not those of the lock.
 * `npm run docs -- preview` serves what was built.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

copyPages();
if (!isInstalled()) run('npm', ['ci']);
run(process.execPath, ['node_modules/vitepress/bin/vitepress.js', process.argv[2] ?? 'build', '.']);

/** The pages stand beside the packages that render them, in the folders that they have in the repository. */
function copyPages() {
  const repository = fileURLToPath(new URL('../..', import.meta.url));
  const pages = `${folder}.pages/`;
  rmSync(pages, { recursive: true, force: true });
  const copy = (name) => cpSync(`${repository}${name}`, `${pages}${name}`, { recursive: true });
  for (const name of readdirSync(repository)) if (name.endsWith('.md')) copy(name);
  copy('helm/README.md');
  for (const name of readdirSync(`${repository}docs`))
    if (/\.md$|^(?:images|decisions|zh-CN)$/.test(name)) copy(`docs/${name}`);
}

/** Whether node_modules has the versions of the lock; npm notes what it installed in a lock of its own. */
function isInstalled() {
  const installed = `${folder}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const { packages } = JSON.parse(readFileSync(installed, 'utf8'));
  const locked = JSON.parse(readFileSync(`${folder}package-lock.json`, 'utf8')).packages;
  return Object.entries(packages).every(([path, { version }]) => locked[path]?.version === version);
}

function run(command, arguments_) {
  const { status, error } = spawnSync(command, arguments_, { cwd: folder, stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
