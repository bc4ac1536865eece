import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const { version, bin, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const text = readFileSync('krew/prescale.yaml', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'prescale-krew-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the kubectl plugin', () => {
  it('has a manifest as krew takes it, of the version of the package', () => {
    const { apiVersion, kind, metadata, spec } = parse(text);
    expect({ apiVersion, kind, metadata }).toEqual({
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'prescale' },
    });
    expect(spec.version).toBe(`v${version}`);
    expect(spec.shortDescription.length).toBeLessThanOrEqual(50);
    expect(spec.caveats).toContain(`Node.js ${engines.node.replace('>=', '')} or newer`);
    for (const platform of spec.platforms) {
      expect(platform.uri).toBe(`REPOSITORY/releases/download/v${version}/kubectl-prescale-${version}.tar.gz`);
      expect(platform.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(platform.bin).toBe(bin['kubectl-prescale']);
      expect(platform.files).toEqual([{ from: 'package/*', to: '.' }]);
    }
  });

  it("gets its archive's digest and address from the release", () => {
    const archive = join(folder, `kubectl-prescale-${version}.tar.gz`);
    writeFileSync(archive, 'abc');
    const env = { ...process.env, GITHUB_REPOSITORY: 'example/prescale', GITHUB_SERVER_URL: 'https://git.example' };
    const { spec } = parse(execFileSync(process.execPath, ['krew/manifest.mjs', archive], { env, encoding: 'utf8' }));
    expect(spec.platforms[0]).toMatchObject({
      uri: `https://git.example/example/prescale/releases/download/v${version}/kubectl-prescale-${version}.tar.gz`,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect(spec.homepage).toBe('https://git.example/example/prescale');
  });

  it('is made of the archive of this version only', () => {
    const run = spawnSync(process.execPath, ['krew/manifest.mjs', 'other.tar.gz'], { encoding: 'utf8' });
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 2, stdout: '' });
    expect(run.stderr).toContain(`expected the path of kubectl-prescale-${version}.tar.gz`);
  });
});
