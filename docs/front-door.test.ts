import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(path, 'utf8');
const contributing = read('CONTRIBUTING.md');
const { scripts, version } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly version: string;
};

describe('CONTRIBUTING', () => {
  it('names only scripts that exist, and every suite', () => {
    const named = [...contributing.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
    for (const name of named) expect(Object.keys(scripts), name).toContain(name);
    for (const suite of Object.keys(scripts).filter((name) => name.startsWith('test:'))) expect(named).toContain(suite);
  });

  it('names only files and folders that exist', () => {
    const paths = [...contributing.matchAll(/`(\.?[a-z][\w./-]*\/[\w./-]*)`/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect(existsSync(path), path).toBe(true);
  });
});

it('the image, the releases and .nvmrc have one Node', () => {
  const major = read('.nvmrc').trim();
  for (const path of ['image/build.sh', 'docs/install.md', '.github/workflows/release.yml']) {
    const tags = [...read(path).matchAll(/node:(\d+)-bookworm/g)].map(([, found]) => found);
    expect(tags.length, path).toBeGreaterThan(0);
    expect(new Set(tags), path).toEqual(new Set([major]));
  }
});

it('the templates of issues have what the forge asks of them', () => {
  const folder = '.github/ISSUE_TEMPLATE';
  for (const file of readdirSync(folder).filter((name) => name !== 'config.yml')) {
    const { name, description, body } = parse(read(`${folder}/${file}`)) as Readonly<Record<string, unknown>>;
    expect([typeof name, typeof description], file).toEqual(['string', 'string']);
    for (const { type, id, attributes } of body as readonly Readonly<Record<string, unknown>>[]) {
      expect(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'], file).toContain(type);
      if (type !== 'markdown')
        expect([typeof id, (attributes as { label?: unknown }).label], file).not.toContain(undefined);
    }
  }
});

describe('npm run release:version', () => {
  const refused = (...args: string[]) => {
    try {
      execFileSync(process.execPath, ['docs/release-version.mjs', ...args], { stdio: 'pipe' });
      return 'done';
    } catch (error) {
      return String((error as { stderr: Buffer }).stderr).trim();
    }
  };

  it('refuses what is no version, and a version that the changelog says nothing of', () => {
    expect(refused('v1')).toBe('release:version: found "v1"; expected a version such as 1.2.3');
    expect(refused('99.0.0')).toBe(
      `release:version: CHANGELOG.md: found no section "## [99.0.0] - unreleased"; expected what changed since ${version} under it`,
    );
  });

  it('has a next version to make: the topmost section of the changelog', () => {
    const [, next, state] = /^## \[(\S+)\] - (.*)$/m.exec(read('CHANGELOG.md'))!;
    expect(next).toMatch(/^\d+\.\d+\.\d+$/);
    if (next !== version) expect(state).toBe('unreleased');
  });
});
