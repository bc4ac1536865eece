import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this checkout stands: two folders up, or three where this file was compiled into dist/. */
export const PROJECT = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url),
).replace(/\/$/, '');

/** How a person gets what the harness needs and this machine lacks. */
const INSTALL: Readonly<Record<string, string>> = {
  etcd: 'apt-get install -y --no-install-recommends etcd-server',
  prometheus: 'apt-get install -y --no-install-recommends prometheus',
  promtool: 'apt-get install -y --no-install-recommends prometheus',
  'redis-server': 'apt-get install -y --no-install-recommends redis-server',
  'redis-cli': 'apt-get install -y --no-install-recommends redis-tools',
  openssl: 'apt-get install -y --no-install-recommends openssl',
};

/** The folder of kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kwok, helm and kwok-stages; builds them where they are missing. */
export async function controlPlaneFolder(): Promise<string> {
  const printed = await run(join(PROJECT, 'test/cluster/build-control-plane.sh'), []);
  return printed.trim().split('\n').at(-1)!;
}

/** Helm 3, the one that the harness installs with, and Helm 4: both are to render and install the chart. */
export async function bothHelms(): Promise<Readonly<Record<'Helm 3' | 'Helm 4', string>>> {
  const built = await run(join(PROJECT, 'test/cluster/build-helm.sh'), []);
  const folder = built.trim().split('\n').at(-1)!;
  return { 'Helm 3': join(await controlPlaneFolder(), 'helm'), 'Helm 4': join(folder, 'helm') };
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A command's standard output. @throws with its standard error where it fails, with how to install it where it is missing */
export function run(command: string, args: readonly string[], { input = '', env }: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 256 * 1024 * 1024, ...(env === undefined ? {} : { env }) };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      reject(new Error(failure(command, args, error, stderr), { cause: error }));
    });
    // A command that refuses its options never reads its input.
    child.stdin!.on('error', () => undefined).end(input);
  });
}

function failure(command: string, args: readonly string[], error: { code?: unknown }, stderr: string): string {
  if (error.code === 'ENOENT') return missing(command);
  return `${command} ${args.join(' ')} failed (${String(error.code)}): ${stderr.trim()}`;
}

/** What to say where a command is not to be found. */
export function missing(command: string): string {
  const install = INSTALL[command];
  return `The cluster harness needs ${command}${install === undefined ? '' : `: install it with ${install}`}`;
}
