import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly extraneous?: boolean;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

/** npm leaves it out of what it never fetched, such as packages for other platforms. */
const ADVICE = '; npm view <name>@<version> dist.integrity says it';

/** What is wrong with entries of a lock: each is told by its hash alone, wherever it is fetched from. */
function lockProblems(entries: readonly (readonly [string, Locked])[]): string[] {
  return entries.flatMap(([path, { integrity, resolved, link, extraneous }]) => [
    ...(link || /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ? [] : [`${path}: no integrity${ADVICE}`]),
    ...(resolved === undefined || link ? [] : [`${path}: names a server`]),
    ...(extraneous ? [`${path}: nobody asks for it`] : []),
  ]);
}

describe('package-lock.json', () => {
  it('has the integrity of every package, and names no server', () => {
    expect(packages.length).toBeGreaterThan(200);
    expect(lockProblems(packages)).toEqual([]);
  });

  it('fails where an entry has none', () => {
    const [path, { integrity, ...without }] = packages.find(([, { link }]) => !link)!;
    expect(lockProblems([[path, without]])).toEqual([`${path}: no integrity${ADVICE}`]);
    expect(lockProblems([[path, { ...without, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }]])).toEqual([
      `${path}: no integrity${ADVICE}`,
    ]);
    expect(lockProblems([[path, { ...without, integrity: integrity!, resolved: 'https://a.example/a.tgz' }]])).toEqual([
      `${path}: names a server`,
    ]);
  });

  it('of the documentation site has them too', () => {
    const site = JSON.parse(readFileSync('docs/site/package-lock.json', 'utf8')) as typeof lock;
    const entries = Object.entries(site.packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(50);
    expect(lockProblems(entries)).toEqual([]);
    expect(readFileSync('docs/site/.npmrc', 'utf8')).toBe(readFileSync('.npmrc', 'utf8'));
  });

  it('has no tar below 7, rimraf below 6, node-pre-gyp below 2 or what only these needed', () => {
    const named = (name: string) => packages.filter(([path]) => path.endsWith(`node_modules/${name}`));
    const least = { tar: 7, rimraf: 6, '@mapbox/node-pre-gyp': 2 };
    for (const [name, major] of Object.entries(least)) {
      for (const [path, { version }] of named(name))
        expect(Number(version!.split('.')[0]), path).toBeGreaterThanOrEqual(major);
    }
    expect(['inflight', 'npmlog', 'gauge', 'are-we-there-yet'].flatMap(named)).toEqual([]);
  });
});

it('LICENSES.md lists what is shipped (npm run licenses writes it)', () => {
  expect(readFileSync('LICENSES.md', 'utf8')).toBe(
    execFileSync(process.execPath, ['docs/licenses.mjs', '--print'], { encoding: 'utf8' }),
  );
});

it('the SBOM of a release has every package that is installed with prescale, made without a network', () => {
  const arguments_ = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline'];
  const sbom = JSON.parse(execFileSync('npm', arguments_, { encoding: 'utf8', maxBuffer: 64e6 })) as {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly purl: string;
      readonly hashes?: readonly unknown[];
      readonly properties: readonly { readonly name: string }[];
    }[];
  };
  // With --omit dev npm leaves out what is needed for development as well (yaml); without it, what is needed for that alone is marked.
  const shipped = sbom.components.filter(({ properties }) => !properties.some((one) => /:development$/.test(one.name)));
  const purls = shipped.map(({ purl }) => decodeURIComponent(purl));
  const name = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const installed = packages
    .filter(([, { dev }]) => !dev)
    .map(([path, { version }]) => `pkg:npm/${name(path)}@${version}`);
  expect(sbom.bomFormat).toBe('CycloneDX');
  expect(purls).toEqual(expect.arrayContaining(installed));
  for (const { purl, hashes } of sbom.components) expect(hashes?.length, purl).toBe(1);
});

describe('the image', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8');

  it('has no base image by a tag, and refuses one', () => {
    const from = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, image]) => image!);
    expect(from).toEqual(['NODE_IMAGE', 'NODE_IMAGE', 'RUNTIME_IMAGE'].map((name) => `\${${name}}`));
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE\nARG RUNTIME_IMAGE\n/m);
    expect(dockerfile).not.toMatch(/^# syntax=/m);
    const [, script] = /^RUN (for image in [\s\S]*?done)$/m.exec(dockerfile)!;
    const check = (image: string) => {
      const env = { ...process.env, NODE_IMAGE: image, RUNTIME_IMAGE: image };
      try {
        execFileSync('sh', ['-c', script!.replaceAll('\\\n', '')], { env, stdio: 'pipe' });
        return 'taken';
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr).trim();
      }
    };
    expect(check(`node:24-bookworm-slim@sha256:${'0a'.repeat(32)}`)).toBe('taken');
    for (const image of ['', 'node:24-bookworm-slim', 'node:24@sha256:abc', `node@sha512:${'0'.repeat(64)}`]) {
      expect(check(image)).toMatch(/^found the base image .*; expected one by digest, such as node:24/);
    }
  });
});

describe('the workflows', () => {
  interface Workflow {
    readonly permissions: object;
    readonly jobs: Readonly<
      Record<
        string,
        { readonly permissions: object; readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }
      >
    >;
  }
  const read = (name: string) => parse(readFileSync(`.github/workflows/${name}`, 'utf8')) as Workflow;
  const steps = (name: string) => Object.values(read(name).jobs).flatMap((job) => job.steps);
  const names = readdirSync('.github/workflows');

  it('run on pull requests what CONTRIBUTING asks for, each night everything, and have linted themselves', () => {
    const commands = (name: string) => steps(name).flatMap(({ run }) => run ?? []);
    expect(commands('check.yml')).toEqual(expect.arrayContaining(['npm ci', 'npm test', 'npm run lint:workflows']));
    expect(commands('e2e.yml')).toEqual(['bash .ci/run']);
    expect(readFileSync('.ci/run', 'utf8')).toContain('npm run --silent lint:workflows');
  });

  it.each(names)('%s: actions by commit, no rights but those that each job names', (name) => {
    for (const { uses } of steps(name)) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    const { permissions, jobs } = read(name);
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(Object.keys(job.permissions).length).toBeGreaterThan(0);
  });

  it('a release resolves the base image, says what it is made of, how it was made, and signs it', () => {
    const all = steps('release.yml')
      .map(({ uses, run }) => `${uses ?? ''}${run ?? ''}`)
      .join('\n');
    for (const part of [
      /imagetools inspect .*Digest/,
      /npm sbom --sbom-format cyclonedx/,
      /--provenance mode=max/,
      /cosign sign --yes "\$IMAGE@\$DIGEST"/,
      /cosign attest --yes --type cyclonedx/,
      /attest-build-provenance@/,
      /base-images\.txt/,
      /npm run image -- .*--platform linux\/amd64,linux\/arm64/s,
      /docker run --rm --read-only/,
      /helm push .*oci:/,
      /cosign sign --yes "\$CHARTS\/prescale@\$CHART_DIGEST"/,
      /npm publish .*--provenance/,
    ]) {
      expect(all).toMatch(part);
    }
  });
});
