import type { ServerTime } from '../core/clock-check.ts';
import { messageOf, WorldError } from '../core/errors.ts';
import type { RedisClient } from './clients.io.ts';
import { ensureSchema, refuseNewerSchema, schemaProblem } from './schema.io.ts';

/** Of each line of releases the first whose Lua is safe (CVE-2025-49844); scripts run there. */
const SAFE_LUA = ['6.2.20', '7.2.11', '7.4.6', '8.0.4', '8.2.2'] as const;
/** BullMQ needs it. */
const LEAST_VERSION = '6.2.0';
/** Over this share of maxmemory it is said. */
const NEARLY_FULL = 0.9;

/** What was found out about a Redis that answers. */
export interface RedisHealth {
  /** What must be put right before a role may use it, each with the fix. */
  readonly problems: readonly string[];
  /** Why what is stored can't be used by this version; undefined: it can. Among the problems as well. */
  readonly schema: string | undefined;
  /** What should be put right. */
  readonly warnings: readonly string[];
  readonly version: string;
  /** Of all masters. */
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly limitBytes: number;
  /** Of a PING; of several masters the slowest. */
  readonly latencySeconds: number;
}

interface Node {
  readonly info: ReadonlyMap<string, string>;
  readonly latencySeconds: number;
}

/**
 * Looks whether Redis is as it has to be, and sees to the schema.
 * @param nowSeconds monotonic
 * @throws where it does not answer
 */
export function checkRedis(client: RedisClient, keyPrefix: string, nowSeconds: () => number): Promise<RedisHealth> {
  return examine(client, keyPrefix, nowSeconds, () => ensureSchema(client, keyPrefix));
}

/** The same, and writes nothing: a schema that is missing or older is for a role to see to. */
export function lookAtRedis(client: RedisClient, keyPrefix: string, nowSeconds: () => number): Promise<RedisHealth> {
  return examine(client, keyPrefix, nowSeconds, () => refuseNewerSchema(client, keyPrefix));
}

/** What time it is there. */
export async function redisTime(client: RedisClient, epochSeconds: () => number): Promise<ServerTime> {
  const askedSeconds = epochSeconds();
  const [seconds = 0, microseconds = 0] = (await client.time()).map(Number);
  const serverSeconds = seconds + microseconds / 1e6;
  return { serverSeconds, stepSeconds: 0, askedSeconds, answeredSeconds: epochSeconds() };
}

async function examine(
  client: RedisClient,
  keyPrefix: string,
  nowSeconds: () => number,
  ensure: () => Promise<void>,
): Promise<RedisHealth> {
  const masters = 'nodes' in client ? client.nodes('master') : [client];
  const nodes = await Promise.all(masters.map((one) => look(one, nowSeconds)));
  const problems = new Set(nodes.flatMap(problemsOf));
  if (problems.size === 0) {
    await ensure().catch((error) => {
      if (!(error instanceof WorldError) || error.cause !== undefined) throw error;
      problems.add(error.message);
    });
  }
  const schema = await schemaProblem(client, keyPrefix);
  if (schema !== undefined && problems.size === 0) problems.add(schema);
  const bytes = (name: string) => nodes.map(({ info }) => Number(info.get(name) ?? 0));
  const limits = bytes('maxmemory');
  return {
    problems: [...problems],
    schema,
    warnings: [...new Set(nodes.flatMap(warningsOf))],
    version: nodes[0]?.info.get('redis_version') ?? 'unknown',
    usedBytes: sum(bytes('used_memory')),
    limitBytes: limits.includes(0) ? 0 : sum(limits),
    latencySeconds: Math.max(0, ...nodes.map(({ latencySeconds }) => latencySeconds)),
  };
}

async function look(node: RedisClient, nowSeconds: () => number): Promise<Node> {
  const began = nowSeconds();
  await node.ping();
  const latencySeconds = nowSeconds() - began;
  return { info: await infoOf(node), latencySeconds };
}

/** By field, of all sections. Where INFO is not allowed nothing is known, which is a problem of its own. */
async function infoOf(node: RedisClient): Promise<ReadonlyMap<string, string>> {
  const text = await node.info().catch((error) => {
    if (!messageOf(error).includes('NOPERM')) throw error;
    return '';
  });
  const fields = text.split('\r\n').map((line) => line.split(':'));
  return new Map(fields.map(([name = '', ...value]) => [name, value.join(':')]));
}

function problemsOf({ info }: Node): string[] {
  if (info.size <= 1)
    return ['the user of Redis may not run INFO, so that its memory policy is unknown: give it +info'];
  const problems: string[] = [];
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    problems.push(
      `Redis has maxmemory-policy ${policy}, so that it may drop histories and jobs without a word: set it to noeviction`,
    );
  }
  const [limit, counted] = [
    bytesOf(info, 'maxmemory'),
    bytesOf(info, 'used_memory') - bytesOf(info, 'mem_not_counted_for_evict'),
  ];
  if (limit > 0 && counted >= limit) {
    problems.push(
      `Redis is full (${megabytes(counted)} of maxmemory ${megabytes(limit)}), so nothing more can be stored: raise maxmemory`,
    );
  }
  if (info.get('role') === 'slave') {
    problems.push(
      'this Redis is a replica, which can not be written to: give the address of the master, or the Sentinels',
    );
  }
  const version = info.get('redis_version');
  if (version !== undefined && older(version, LEAST_VERSION)) {
    problems.push(`Redis is of version ${version}: ${LEAST_VERSION} or newer is needed`);
  }
  return problems;
}

function warningsOf({ info }: Node): string[] {
  const warnings: string[] = [];
  const version = info.get('redis_version');
  // Others (Valkey, managed services) count versions of their own, and say so.
  if (version !== undefined && info.get('server_name') === undefined && luaIsOpen(version)) {
    warnings.push(
      `Redis ${version} is open to CVE-2025-49844 (Lua) unless its packager has mended it: take ${SAFE_LUA.join(', ')} or a newer one`,
    );
  }
  const [used, limit] = [Number(info.get('used_memory')), Number(info.get('maxmemory'))];
  if (limit > 0 && used > NEARLY_FULL * limit) {
    warnings.push(
      `Redis uses ${Math.round((100 * used) / limit)} % of its maxmemory, and full it takes nothing more: raise maxmemory`,
    );
  }
  return warnings;
}

function bytesOf(info: ReadonlyMap<string, string>, name: string): number {
  return Number(info.get(name) ?? 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

function luaIsOpen(version: string): boolean {
  const sameLine = SAFE_LUA.find(
    (safe) => safe.split('.').slice(0, 2).join() === version.split('.').slice(0, 2).join(),
  );
  return older(version, sameLine ?? SAFE_LUA.at(-1)!);
}

function older(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i++) if ((one[i] ?? 0) !== (other[i] ?? 0)) return (one[i] ?? 0) < (other[i] ?? 0);
  return false;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
