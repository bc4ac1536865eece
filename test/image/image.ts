import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PROJECT, run } from '../cluster/binaries.ts';

/** What the image says of how it is to be run. */
interface ImageConfig {
  readonly User: string;
  readonly WorkingDir: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

export interface Image {
  /** Where its files stand here. */
  readonly root: string;
  readonly config: ImageConfig;
  /** The container and the image; the bases stay. */
  remove(): Promise<void>;
}

/** Buildah without a daemon and without namespaces of its own, with its images where the caches of the tests are. */
function buildahEnvironment(): NodeJS.ProcessEnv {
  const cache =
    process.env.PRESCALE_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'prescale-test');
  const folder = join(cache, 'images');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'storage.conf');
  writeFileSync(file, `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`);
  return { ...process.env, CONTAINERS_STORAGE_CONF: file, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };
}

/**
 * `npm run image` on bases that are made here, as root on Debian. PRESCALE_TEST_IMAGE names one that was built before.
 * @param certificates PEM file of what to trust beside Node's own authorities while packages are fetched
 */
export async function buildImage(certificates = process.env.NODE_EXTRA_CA_CERTS): Promise<Image> {
  const env = buildahEnvironment();
  const buildah = async (...args: string[]) => (await run('buildah', args, { env })).trim();
  const built = process.env.PRESCALE_TEST_IMAGE;
  const name = built ?? `localhost/prescale-test:${process.pid}`;
  if (built === undefined) await build(name, certificates, env);
  const container = await buildah('from', name);
  const { OCIv1 } = JSON.parse(await buildah('inspect', container)) as { OCIv1: { config: ImageConfig } };
  return {
    root: await buildah('mount', container),
    config: OCIv1.config,
    remove: async () => {
      await buildah('rm', container);
      if (built === undefined) await buildah('rmi', name);
    },
  };
}

async function build(name: string, certificates: string | undefined, env: NodeJS.ProcessEnv): Promise<void> {
  const printed = await run(join(PROJECT, 'test/image/bases.sh'), [], { env });
  const base = (which: string) => new RegExp(`^${which}_IMAGE=(\\S+)$`, 'm').exec(printed)![1]!;
  // What npm has fetched before is not fetched again.
  const cache = (await run('npm', ['config', 'get', 'cache'])).trim();
  mkdirSync(cache, { recursive: true });
  const args = ['--engine', 'buildah', '--tag', name, '--node-image', base('NODE'), '--runtime-image', base('RUNTIME')];
  const trust = certificates ? ['--ca', certificates] : [];
  await run(join(PROJECT, 'image/build.sh'), [...args, ...trust, '--volume', `${cache}:/root/.npm`], { env });
}

export interface ContainerOptions {
  /** Instead of the image's Cmd. */
  readonly args?: readonly string[];
  /** Instead of the image's Entrypoint. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of this machine by their paths in the container. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/*
 * What a kubelet's runtime does for a pod with the chart's security context, on the host's network: mounts of its own, the root read-only,
 * the image's user without groups or capabilities. Each step replaces the one before, so that signals reach the program.
 */
const CONTAINER = `
set -eu
root=$1 workdir=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc -o ro proc "$root/proc"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
mount -o remount,ro,bind "$root"
exec setpriv --clear-groups --no-new-privs unshare --root="$root" --wd="$workdir" --setgid="\${user#*:}" --setuid="\${user%:*}" "$@"`;

/** The command that runs a container of an image. */
export function containerCommand({ root, config }: Image, options: ContainerOptions = {}) {
  const { args = config.Cmd, program, env = {}, mounts = {} } = options;
  const [entry] = config.Entrypoint;
  const own = Object.fromEntries(
    config.Env.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
  return {
    command: '/usr/bin/unshare',
    args: [
      ...['--mount', '/bin/bash', '-c', CONTAINER, 'container', root, config.WorkingDir, config.User],
      ...Object.entries(mounts).flatMap(([inside, folder]) => [folder, inside]),
      '--',
      program ?? `/usr/local/bin/${entry}`,
      ...args,
    ],
    env: { ...own, ...env },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a container to its end. */
export function runContainer(image: Image, options: ContainerOptions): Promise<Ended> {
  const { command, args, env } = containerCommand(image, options);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The version that is built. */
export const projectVersion = (): string =>
  (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;
