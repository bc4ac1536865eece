import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalCsv } from '../collector/trace/csv/canonical-csv.ts';
import type { Samples } from '../core/series.ts';

const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends prometheus';
const START_TIMEOUT_MS = 60_000;

/** A private Prometheus on a free loopback port, its data in a temporary folder. */
export interface PrometheusServer {
  readonly url: string;
  /** The folder's files of the server: PEM of the certificate where TLS was asked for. */
  readonly caFile: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Serve TLS with a certificate made on the spot, and want user `admin`, password `test`. */
  readonly secure?: boolean;
  /** Further series as OpenMetrics text, each line with its time; without the final EOF. */
  readonly openMetrics?: Iterable<string>;
  /** What the server scrapes: the text of its configuration file. */
  readonly config?: string;
  /** Further arguments of the server. */
  readonly flags?: readonly string[];
}

/** Starts a server that holds one gauge with these samples (and `pods{pod="a"|"b"}` at the first and the last of them). */
export async function startPrometheus(
  metric: string,
  samples: Samples,
  options: ServerOptions = {},
): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-prometheus-'));
  const caFile = join(folder, 'server.crt');
  try {
    await writeOpenMetrics(join(folder, 'history.om'), metric, samples, options.openMetrics ?? []);
    // The whole file is read for each block; without the flag these span two hours.
    const files = [join(folder, 'history.om'), join(folder, 'data')];
    run('promtool', ['tsdb', 'create-blocks-from', '--max-block-duration=486h', 'openmetrics', ...files]);
    writeFileSync(join(folder, 'prometheus.yml'), options.config ?? 'global: {}\n');
    if (options.secure) writeSecurity(folder, caFile);
    const port = await freePort();
    const child = spawn('prometheus', serverArguments(folder, port, options), { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr!.on('data', (piece) => {
      log = `${log}${piece}`.slice(-4000);
    });
    const stop = async () => {
      await stopProcess(child);
      rmSync(folder, { recursive: true, force: true });
    };
    await untilReady(child, () => log);
    return { url: `${options.secure ? 'https' : 'http'}://localhost:${port}`, caFile, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function serverArguments(folder: string, port: number, { secure, flags = [] }: ServerOptions): string[] {
  return [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`,
    ...flags,
    ...(secure ? [`--web.config.file=${join(folder, 'web.yml')}`] : []),
  ];
}

async function writeOpenMetrics(
  file: string,
  metric: string,
  samples: Samples,
  further: Iterable<string>,
): Promise<void> {
  const out = createWriteStream(file);
  out.write(`# TYPE ${metric} gauge\n`);
  let header = true;
  for (const piece of canonicalCsv(samples)) {
    if (!header) out.write(piece.replace(/^(.*),(.*)$/gm, `${metric} $2 $1`));
    header = false;
  }
  const ends = [samples.times[0]!, samples.times.at(-1)!];
  out.write('# TYPE pods gauge\n');
  for (const pod of ['a', 'b']) for (const time of ends) out.write(`pods{pod="${pod}"} 1 ${time}\n`);
  for (const piece of further) out.write(piece);
  out.end('# EOF\n');
  await new Promise<void>((resolve, reject) => out.on('finish', resolve).on('error', reject));
}

function writeSecurity(folder: string, caFile: string): void {
  const keyFile = join(folder, 'server.key');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', caFile, ...subject]);
  // bcrypt of "test", the example of Prometheus's own documentation.
  const password = '$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay';
  writeFileSync(
    join(folder, 'web.yml'),
    `tls_server_config:\n  cert_file: ${caFile}\n  key_file: ${keyFile}\nbasic_auth_users:\n  admin: ${password}\n`,
  );
}

function run(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      `This test needs ${command}: install it with ${INSTALL}${command === 'openssl' ? ' openssl' : ''}`,
      { cause: error },
    );
  }
}

async function untilReady(child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let failed: Error | undefined;
  child.on('error', (error) => {
    failed = new Error(`This test needs prometheus: install it with ${INSTALL}`, { cause: error });
  });
  while (!log().includes('Server is ready to receive web requests')) {
    if (failed) throw failed;
    if (child.exitCode !== null || Date.now() > deadline) {
      await stopProcess(child);
      throw new Error(`Prometheus did not start:\n${log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(forced);
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

/** The PEM text of a server's certificate. */
export function certificate(server: PrometheusServer): string {
  return readFileSync(server.caFile, 'utf8');
}
