// npm run release:version -- 1.2.3: sets the version wherever it stands, and dates the changelog's section. CONTRIBUTING.md, "Make a release".
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [next = ''] = process.argv.slice(2);
const fail = (what) => {
  console.error(`release:version: ${what}`);
  process.exit(2);
};
if (!/^\d+\.\d+\.\d+$/.test(next)) fail(`found ${JSON.stringify(next)}; expected a version such as 1.2.3`);

const { version: now } = JSON.parse(readFileSync('package.json', 'utf8'));
const heading = `## [${next}] - unreleased`;
if (!readFileSync('CHANGELOG.md', 'utf8').includes(`${heading}\n`)) {
  fail(`CHANGELOG.md: found no section ${JSON.stringify(heading)}; expected what changed since ${now} under it`);
}

/** @throws where a file no longer says what is replaced */
function replace(path, found, put) {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(found)) fail(`${path}: found no ${JSON.stringify(found)}`);
  writeFileSync(path, text.replaceAll(found, put));
}

replace('CHANGELOG.md', heading, `## [${next}] - ${new Date().toISOString().slice(0, 10)}`);
replace('helm/Chart.yaml', `ersion: ${now}\n`, `ersion: ${next}\n`);
replace('helm/Chart.yaml', `<repository>:${now}\n`, `<repository>:${next}\n`);
replace('helm/README.md', `Chart ${now}, Prescale ${now}`, `Chart ${next}, Prescale ${next}`);
replace('Dockerfile', `ARG VERSION=${now}\n`, `ARG VERSION=${next}\n`);
replace('krew/prescale.yaml', `v${now}`, `v${next}`);
replace('krew/prescale.yaml', `kubectl-prescale-${now}.`, `kubectl-prescale-${next}.`);
replace('README.md', `prescale-${now}.tgz`, `prescale-${next}.tgz`);
replace('docs/install.md', now, next);
execFileSync('npm', ['version', next, '--no-git-tag-version', '--allow-same-version'], { stdio: 'inherit' });
