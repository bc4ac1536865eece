import { readFileSync } from 'node:fs';
import { type AddonConfig, addonConfig, defaultConfig, namesRedis } from '../addon/config.ts';
import { InputError } from '../core/errors.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { type ClusterFlags, connectCluster, runsInside } from './cluster.ts';
import { checkApi, checkNodes, checkResourceMetrics, checkRights, type Subject } from './doctor/cluster-checks.ts';
import { type Finding, findingLines } from './doctor/finding.ts';
import { findPrometheus } from './doctor/prometheus-checks.ts';
import { checkWorkload } from './doctor/workload-checks.ts';
import { type NamedWorkload, parseWorkload } from './explain.ts';
import { writeData } from './output.ts';

export interface DoctorFlags extends ClusterFlags {
  readonly namespace?: string;
  readonly config?: string;
  readonly asServiceAccount?: string;
  readonly format: string;
}

/** `prescale doctor [workload]`: exit code 1 where anything failed. */
export async function runDoctor(argument: string | undefined, flags: DoctorFlags): Promise<void> {
  if (flags.format !== 'text' && flags.format !== 'json') {
    throw new InputError(`--format: found ${JSON.stringify(flags.format)}; expected text or json`);
  }
  const config = flags.config === undefined ? defaultConfig() : await readConfig(flags.config);
  const serviceAccount = parseServiceAccount(flags.asServiceAccount);
  const wanted = argument === undefined ? undefined : parseWorkload(argument, flags.namespace);
  const api = await connectCluster(flags);
  try {
    const subject = { serviceAccount, ownNamespace: serviceAccount?.namespace ?? api.namespace };
    const inNamespace = wanted && { ...wanted, namespace: wanted.namespace ?? api.namespace };
    const findings = await examine(api, config, subject, inNamespace, runsInside(flags));
    const json = () => `${JSON.stringify({ findings }, null, 2)}\n`;
    await writeData([flags.format === 'json' ? json() : `${findingLines(findings).join('\n')}\n`]);
    if (findings.some(({ level }) => level === 'failed')) process.exitCode = 1;
  } finally {
    await api.close();
  }
}

/** All checks in order; without an API server there is nothing else to look at. */
export async function examine(
  api: KubernetesApi,
  config: AddonConfig,
  subject: Subject,
  wanted: NamedWorkload | undefined,
  inside: boolean,
): Promise<Finding[]> {
  const first = await checkApi(api);
  if (first.level === 'failed') return [first];
  const rights = await checkRights(api, config, subject);
  const prometheus = await findPrometheus(api, config, inside);
  try {
    return [
      first,
      ...rights,
      ...prometheus.findings,
      await checkResourceMetrics(api, config),
      await checkNodes(api),
      ...(namesRedis(config) ? await checkRedis(config, inside) : []),
      ...(wanted === undefined ? [] : await checkWorkload(api, config, wanted, prometheus.http)),
    ];
  } finally {
    await prometheus.http?.close();
  }
}

/** Most have no Redis, and load nothing of it. */
async function checkRedis(config: AddonConfig, inside: boolean): Promise<readonly Finding[]> {
  const { checkRedisOf } = await import('./doctor/redis-checks.ts');
  return checkRedisOf(config, inside);
}

async function readConfig(file: string): Promise<AddonConfig> {
  const { parse } = await import('yaml');
  try {
    return addonConfig(parse(readFileSync(file, 'utf8')), file);
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
