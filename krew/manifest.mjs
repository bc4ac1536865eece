// node krew/manifest.mjs <archive>: the manifest of a release with the archive's digest, on standard output. REPOSITORY is $GITHUB_REPOSITORY's address.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const [archive = ''] = process.argv.slice(2);
const { GITHUB_REPOSITORY: repository, GITHUB_SERVER_URL: server = 'https://github.com' } = process.env;
const fail = (what) => {
  console.error(`krew/manifest: ${what}`);
  process.exit(2);
};
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const name = `kubectl-prescale-${version}.tar.gz`;
if (basename(archive) !== name) fail(`found ${JSON.stringify(archive)}; expected the path of ${name}`);
if (!repository) fail('GITHUB_REPOSITORY is not set; expected owner/name');

const text = readFileSync(new URL('prescale.yaml', import.meta.url), 'utf8');
if (!text.includes(`/${name}\n`)) fail(`prescale.yaml: found no uri that ends in ${name}`);
const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
const body = text.slice(text.indexOf('apiVersion:'));
console.log(
  body
    .replaceAll('REPOSITORY', `${server}/${repository}`)
    .replace(/"0{64}"/g, `"${digest}"`)
    .trimEnd(),
);
