import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const START_SECONDS = 120;

/** A real Prometheus on loopback with series of ours, its data in a temporary folder. */
export interface ServedPrometheus {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * @param openMetrics text, each line with its time, without the final EOF
 * @param blocks further options of promtool: it reads the whole text for each block
 */
export async function servePrometheus(
  openMetrics: Iterable<string>,
  blocks: readonly string[] = [],
): Promise<ServedPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-scale-'));
  const text = join(folder, 'series.om');
  await pipeline(Readable.from(ended(openMetrics)), createWriteStream(text));
  const create = ['tsdb', 'create-blocks-from', ...blocks, 'openmetrics', text, join(folder, 'data')];
  execFileSync('promtool', create, { stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(text);
  writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: child.pid!, stop };
}

function* ended(pieces: Iterable<string>): Generator<string> {
  yield* pieces;
  yield '# EOF\n';
}

async function ready(url: string): Promise<void> {
  const until = Date.now() + START_SECONDS * 1000;
  for (;;) {
    try {
      if ((await fetch(`${url}/-/ready`)).ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > until) throw new Error(`Prometheus was not ready within ${START_SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve((address as { port: number }).port));
    });
  });
}
