import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'prescale-native-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LINUX = process.platform === 'linux' && process.arch === 'x64';

/** A package that works once a file is there, and an install script that makes it, or not. */
async function project(name: string, installScript: string): Promise<string> {
  const pkg = join(folder, name, 'node_modules', '@tensorflow', 'tfjs-node');
  await mkdir(join(pkg, 'scripts'), { recursive: true });
  await writeFile(join(folder, name, 'package.json'), '{}');
  await writeFile(join(pkg, 'package.json'), '{"name": "@tensorflow/tfjs-node", "main": "index.js"}');
  await writeFile(
    join(pkg, 'index.js'),
    `if (!require('fs').existsSync(__dirname + '/built')) throw new Error('The native addon module can not be found');
     module.exports = {
       ones: () => {}, matMul: () => ({ dataSync: () => [64] }), getBackend: () => 'tensorflow',
       version: { 'tfjs-core': '4' }, backend: () => ({ binding: { TF_Version: '2' } }) };`,
  );
  await writeFile(join(pkg, 'scripts', 'install.js'), installScript);
  const headers = join(folder, name, 'node_modules', 'node-api-headers');
  await mkdir(headers);
  await writeFile(join(headers, 'index.js'), `module.exports = { include_dir: __dirname };`);
  return join(folder, name);
}

const BUILDS = `require('fs').writeFileSync(__dirname + '/../built', '');`;

function native(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    const all = ['models/neural/native.mjs', '--cache', join(folder, 'cache'), ...args];
    execFile(process.execPath, all, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, said: stdout + stderr });
    });
  });
}

describe('npm run native', () => {
  it('uses the package’s own way where that works, and says the second time that there is nothing to do', async () => {
    const here = await project('own', BUILDS);
    const first = await native(['--project', here]);
    expect(first.said).toMatch(
      /not there yet: the addon is not built\n.*own way.*\n.*it works \(TensorFlow.js 4, TensorFlow 2\)/,
    );
    expect(first.code).toBe(0);
    const second = await native(['--project', here]);
    expect(second).toEqual({ code: 0, said: 'native: it works already (TensorFlow.js 4, TensorFlow 2)\n' });
  });

  it.skipIf(!LINUX)(
    'ends an own way that hangs, leaves its manifest as it was, and says that a compiler is missing',
    async () => {
      const hangs = `require('fs').writeFileSync(__dirname + '/../package.json', '{"name": "half"}'); setInterval(() => {}, 1000);`;
      const here = await project('hangs', hangs);
      const { code, said } = await native(['--project', here, '--own-seconds', '1'], { CXX: '/no/such/compiler' });
      expect(said).toMatch(
        /ended after 1\.\d s\n.*still not: the addon is not built\n.*a C\+\+ compiler \(\/no\/such\/compiler\): .* is missing/,
      );
      expect(code).toBe(2);
      const manifest = await readFile(join(here, 'node_modules/@tensorflow/tfjs-node/package.json'), 'utf8');
      expect(manifest).toContain('"@tensorflow/tfjs-node"');
    },
  );

  it.skipIf(!LINUX)('says why the own way failed, and that Python is missing', async () => {
    const here = await project('fails', `throw new Error('getaddrinfo ENOTFOUND the.host');`);
    const { code, said } = await native(['--project', here], { CXX: process.execPath, PATH: '/nowhere' });
    expect(said).toMatch(/it failed after .*: Error: getaddrinfo ENOTFOUND the\.host\n/);
    expect(said).toContain('Python 3 with pip: on Debian apt-get install python3-pip is missing');
    expect(code).toBe(2);
  });

  it('refuses a project where another package has that name, and options that there are not', async () => {
    const here = await project('alias', BUILDS);
    await writeFile(join(here, 'node_modules/@tensorflow/tfjs-node/package.json'), '{"name": "@tensorflow/tfjs-core"}');
    const { code, said } = await native(['--project', here]);
    expect(said).toContain(`@tensorflow/tfjs-node is not installed in ${here}: npm ci there`);
    expect(said).toContain('holds @tensorflow/tfjs-core');
    expect(code).toBe(2);
    expect(await native(['--fast'])).toMatchObject({
      code: 2,
      said: expect.stringContaining("Unknown option '--fast'"),
    });
    expect(await native(['--own-seconds', 'x'])).toMatchObject({ code: 2, said: expect.stringContaining('not "x"') });
    expect(await native(['--help'])).toMatchObject({ code: 0, said: expect.stringContaining('Exit codes') });
  });
});
