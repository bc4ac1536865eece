import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addonConfig } from '../../addon/config/config.ts';
import { prometheusHttpFromFiles } from '../../collector/prometheus/server.io.ts';
import { kubeconfigCredentials } from '../../kubernetes/client/credentials.io.ts';
import { readCredentials } from '../../redis/credentials.io.ts';

import { MAIN } from '../spawn-prescale.ts';

/** Longer than any command needs to refuse a file; one that hangs is ended then, and has no exit code. */
const ENDS_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'prescale-files-'));
const at = (name: string) => join(folder, name);
const socket = createServer();

beforeAll(async () => {
  for (const ending of ['', '.csv', '.psn']) {
    execFileSync('mkfifo', [at(`pipe${ending}`)]);
    mkdirSync(at(`folder${ending}`));
    symlinkSync('/dev/zero', at(`device${ending}`));
    symlinkSync(at(`loop${ending}`), at(`loop${ending}`));
    // Two gigabytes that take no room on the disk.
    writeFileSync(at(`huge${ending}`), '');
    truncateSync(at(`huge${ending}`), 2 ** 31);
    symlinkSync(at('socket'), at(`socket-of${ending}`));
  }
  await new Promise<void>((resolve) => socket.listen(at('socket'), resolve));
});
afterAll(async () => {
  await new Promise((resolve) => socket.close(resolve));
  rmSync(folder, { recursive: true });
});

const HOSTILE: readonly [name: string, file: string, words: RegExp][] = [
  ['a FIFO that nobody writes to', 'pipe', /: it is a pipe; expected .* in a regular file$/],
  ['a device that never ends', 'device', /: it is a device; expected /],
  ['a folder', 'folder', /: it is a folder; expected /],
  ['a link to itself', 'loop', /: its links lead in a circle; expected /],
  ['two gigabytes', 'huge', /: found 2,147,483,648 bytes; expected .*of at most [\d,]+ bytes$/],
  ['a socket', 'socket-of', /: it is a socket; expected /],
];

const PROMETHEUS = [
  'replay',
  '--prometheus',
  'http://127.0.0.1:9',
  '--query',
  'up',
  '--start',
  '1d',
  '--peak-pods',
  '5',
];
const OPTIONS: readonly [name: string, args: (file: string) => string[], ending?: string][] = [
  ['--network', (file) => ['replay', '--network', file], '.psn'],
  ['--price', (file) => ['replay', '--price', file]],
  ['--startup', (file) => ['replay', '--startup', file], '.csv'],
  ['--config of run', (file) => ['run', '--config', file]],
  ['--config of restore', (file) => ['restore', '--config', file]],
  ['--config of doctor', (file) => ['doctor', '--config', file, '--kubeconfig', at('kubeconfig')]],
  ['--config of jobs', (file) => ['jobs', '--config', file]],
  ['--redis-password-file', (file) => ['jobs', '--redis', 'redis://127.0.0.1:9', '--redis-password-file', file]],
  ['--prometheus-token-file', (file) => [...PROMETHEUS, '--prometheus-token-file', file]],
  [
    '--prometheus-password-file',
    (file) => [...PROMETHEUS, '--prometheus-user', 'me', '--prometheus-password-file', file],
  ],
  ['--prometheus-ca', (file) => [...PROMETHEUS, '--prometheus-ca', file]],
  ['--prometheus-key', (file) => [...PROMETHEUS, '--prometheus-cert', at('cert'), '--prometheus-key', file]],
  ['--kubeconfig', (file) => ['status', '--kubeconfig', file]],
];

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stderr: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout: ENDS_MS, killSignal: 'SIGKILL', env: { ...process.env, ...env } } as const;
    execFile(process.execPath, [MAIN, ...args], options, (error, _, stderr) => {
      resolve({ code: error ? error.code : 0, stderr: stderr.trimEnd() });
    });
  });
}

describe('a file that is none', () => {
  beforeAll(() => {
    writeFileSync(at('cert'), '-----BEGIN CERTIFICATE-----\n');
    writeFileSync(at('kubeconfig'), kubeconfig({}));
  });

  describe.each(HOSTILE)('%s', (_, file, words) => {
    // Each option with what hangs and what is too large; the rest is the same function, of which files/input-file.test.ts tells.
    const options = file === 'pipe' || file === 'huge' ? OPTIONS : OPTIONS.slice(0, 2);

    it.each(options)('%s refuses it at once, and says what is right', async (_name, args, ending = '') => {
      // Latencies may come from a pipe, as traces do: how long it waits is collector/csv-rows.test.ts.
      if (ending === '.csv' && file === 'pipe') return;
      const { code, stderr } = await run(args(at(`${file}${ending}`)));
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
      expect(stderr).toContain(`${file}${ending}`);
      expect(stderr.split('\n').length).toBe(1);
    });

    it('inspect refuses it as a trace', async () => {
      if (file === 'pipe') return;
      const { code, stderr } = await run(['inspect', at(`${file}.csv`)]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
    });

    it('$KUBECONFIG refuses it, also where it is the second one', async () => {
      if (file !== 'pipe') return;
      for (const files of [at(file), `${at('kubeconfig')}:${at(file)}`]) {
        const { code, stderr } = await run(['status'], { KUBECONFIG: files });
        expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
      }
    });

    it('what a kubeconfig names is refused as well', async () => {
      writeFileSync(at('naming'), kubeconfig({ authority: at(file) }));
      const access = async () => (await kubeconfigCredentials(at('naming'))).access();
      await expect(access()).rejects.toThrow(words);
      writeFileSync(at('naming'), kubeconfig({ key: at(file) }));
      await expect(access()).rejects.toThrow(words);
    });

    it("what a configuration names of Prometheus's and Redis's credentials is refused as well", async () => {
      for (const files of [
        { bearerTokenFile: at(file) },
        { tls: { caFile: at(file) } },
        { basic: { userFile: at(file) } },
      ]) {
        const http = prometheusHttpFromFiles({ url: 'https://127.0.0.1:9', ...files });
        await expect(http.ask('/', {})).rejects.toThrow(words);
      }
      const url = 'rediss://127.0.0.1:9';
      for (const files of [{ passwordFile: at(file) }, { tls: { caFile: at(file) } }]) {
        expect(() => readCredentials(addonConfig({ redis: { url, ...files } }, 'test').redis)).toThrow(words);
      }
    });
  });
});

function kubeconfig({ authority, key }: { authority?: string; key?: string }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'here',
        cluster: {
          server: 'https://127.0.0.1:9',
          ...(authority === undefined ? {} : { 'certificate-authority': authority }),
        },
      },
    ],
    users: [
      {
        name: 'me',
        user: key === undefined ? { token: 'x' } : { 'client-certificate': at('cert'), 'client-key': key },
      },
    ],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
  });
}
