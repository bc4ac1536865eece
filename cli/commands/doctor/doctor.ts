import { type AddonConfig, addonConfig, defaultConfig, namesRedis } from '../../../addon/config/config.ts';
import { InputError } from '../../../core/errors.ts';
import { CONFIG_BYTES, readInputText } from '../../../files/input-file.io.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { type ClusterFlags, connectCluster, runsInside } from '../../cluster/cluster.ts';
import type { OutputFlags } from '../../options/output-option.ts';
import { fitLines } from '../../terminal/fit-lines.ts';
import { writeData } from '../../terminal/output.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { writeForm } from '../../terminal/write-form.ts';
import { type NamedWorkload, parseWorkload } from '../explain/explain.ts';
import { checkApi, checkNodes, checkResourceMetrics, checkRightsOf, type Subject } from './cluster-checks.ts';
import { ASK_INSIDE, type Finding, findingLines, warning } from './finding.ts';
import { checkLeader, type DoctorClock } from './leader-checks.ts';
import { checkOptIns } from './opt-in-checks.ts';
import { findPrometheus } from './prometheus-checks.ts';
import { findRelease, type Installed, mountedConfig } from './release.ts';
import { checkStatus } from './status-checks.ts';
import { checkWorkload, knownWorkload } from './workload-checks.ts';

export interface DoctorFlags extends ClusterFlags, OutputFlags {
  /** The workload's; without a workload the release's. */
  readonly namespace?: string;
  /** `namespace` or `namespace/name` */
  readonly release?: string;
  readonly config?: string;
  readonly asServiceAccount?: string;
}

/** `prescale doctor [workload]`: exit code 1 where anything failed. */
export async function runDoctor(argument: string | undefined, flags: DoctorFlags): Promise<void> {
  if (flags.config !== undefined && flags.release !== undefined) {
    throw new InputError('--config conflicts with --release: a release brings its own configuration');
  }
  const inside = runsInside(flags);
  const file = flags.config ?? (flags.release === undefined ? mountedConfig(inside) : undefined);
  const config = file === undefined ? undefined : await readConfig(file);
  const serviceAccount = parseServiceAccount(flags.asServiceAccount);
  const wanted = argument === undefined ? undefined : parseWorkload(argument, flags.namespace);
  const api = await connectCluster(flags);
  try {
    const namespace = inside ? (process.env.POD_NAMESPACE ?? api.namespace) : api.namespace;
    const ownNamespace = serviceAccount?.namespace ?? namespace;
    const inNamespace = wanted && { ...wanted, namespace: wanted.namespace ?? api.namespace };
    const release = flags.release ?? (argument === undefined ? flags.namespace : undefined);
    const subject = { serviceAccount, ownNamespace };
    const findings =
      config === undefined
        ? await examineRelease(api, release, subject, inNamespace, inside, CLOCK)
        : // Whose namespace is known, there the addon is looked at too.
          await examine(
            api,
            config,
            subject,
            inNamespace,
            inside,
            inside || serviceAccount ? { clock: CLOCK } : undefined,
          );
    if (flags.output === 'table') await writeData([`${fitLines(findingLines(findings), outColumns()).join('\n')}\n`]);
    else await writeForm(flags.output, { schemaVersion: 1, findings });
    if (findings.some(({ level }) => level === 'failed')) process.exitCode = 1;
  } finally {
    await api.close();
  }
}

const CLOCK: DoctorClock = {
  epochSeconds: () => Date.now() / 1000,
  sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
};

/** The addon that runs: its leader and its status are looked at. */
export interface Running {
  readonly clock: DoctorClock;
  /** Undefined: only the namespace is known. */
  readonly installed?: Installed | undefined;
}

/**
 * All checks with the configuration of the installed release; with defaults where none is installed.
 * @param wantedRelease as typed
 * @throws InputError where several releases could be meant
 */
export async function examineRelease(
  api: KubernetesApi,
  wantedRelease: string | undefined,
  subject: Subject,
  wanted: NamedWorkload | undefined,
  inside: boolean,
  clock: DoctorClock,
): Promise<Finding[]> {
  const first = await checkApi(api);
  if (first.level === 'failed') return [first];
  const { installed, findings } = await findRelease(api, wantedRelease);
  if (installed === undefined) {
    return [
      first,
      ...findings,
      ...(await examineRest(api, defaultConfig(), subject, wanted, inside, undefined, inside)),
    ];
  }
  const own = { ...subject, ownNamespace: installed.release.namespace };
  const running = { clock, installed };
  return [first, ...findings, ...(await examineRest(api, installed.config, own, wanted, inside, running, inside))];
}

/** All checks in order with this configuration; without an API server there is nothing else to look at. */
export async function examine(
  api: KubernetesApi,
  config: AddonConfig,
  subject: Subject,
  wanted: NamedWorkload | undefined,
  inside: boolean,
  running?: Running,
): Promise<Finding[]> {
  const first = await checkApi(api);
  if (first.level === 'failed') return [first];
  return [first, ...(await examineRest(api, config, subject, wanted, inside, running, true))];
}

async function examineRest(
  api: KubernetesApi,
  config: AddonConfig,
  subject: Subject,
  wanted: NamedWorkload | undefined,
  inside: boolean,
  running: Running | undefined,
  asItself: boolean,
): Promise<Finding[]> {
  const isOfRelease = running?.installed !== undefined;
  const rights = await checkRightsOf(api, config, subject, running?.installed, asItself);
  const prometheus = await findPrometheus(api, config, subject.ownNamespace, inside, isOfRelease);
  try {
    return [
      ...rights,
      ...prometheus.findings,
      await checkResourceMetrics(api, config),
      await checkNodes(api),
      ...(namesRedis(config) ? await checkRedis(config, inside, isOfRelease) : []),
      ...(running === undefined ? [] : await checkRunning(api, config, subject.ownNamespace, wanted, running)),
      // With the addon's own rights other kinds can't be listed, and need not.
      ...(inside || wanted !== undefined ? [] : await checkOptIns(api, config)),
      ...(wanted === undefined ? [] : await checkWorkload(api, config, wanted, prometheus.http)),
    ];
  } finally {
    await prometheus.http?.close();
  }
}

/** Who leads, and what it says of the workloads. */
async function checkRunning(
  api: KubernetesApi,
  config: AddonConfig,
  namespace: string,
  wanted: NamedWorkload | undefined,
  { clock, installed }: Running,
): Promise<Finding[]> {
  const { finding, leader } = await checkLeader(api, config, namespace, installed?.roles ?? [], clock);
  const only = wanted && knownWorkload(config, wanted);
  return [finding, ...(await checkStatus(api, namespace, leader, only))];
}

/** Most have no Redis, and load nothing of it. */
async function checkRedis(config: AddonConfig, inside: boolean, isOfRelease: boolean): Promise<readonly Finding[]> {
  const { passwordFile, sentinelPasswordFile, tls } = config.redis;
  const files = [passwordFile, sentinelPasswordFile, tls.caFile, tls.certFile, tls.keyFile].filter(Boolean);
  if (isOfRelease && !inside && files.length > 0) {
    // Whoever writes a ConfigMap must not have this machine's files sent to them.
    const what = `from here: Redis is not asked, as the paths are of files in the release's pods (${files.join(', ')})`;
    return [warning(what, ASK_INSIDE)];
  }
  const { checkRedisOf } = await import('./redis-checks.ts');
  return checkRedisOf(config, inside);
}

async function readConfig(file: string): Promise<AddonConfig> {
  const { parse } = await import('yaml');
  try {
    const expected = "the addon's configuration";
    return addonConfig(
      parse(readInputText({ path: file, name: `--config ${file}`, expected, mostBytes: CONFIG_BYTES })),
      file,
    );
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`--config: ${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

function parseServiceAccount(text: string | undefined): Subject['serviceAccount'] {
  if (text === undefined) return undefined;
  const parts = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(text);
  if (parts) return { namespace: parts[1]!, name: parts[2]! };
  throw new InputError(`--as-service-account: found ${JSON.stringify(text)}; expected namespace/name`);
}
