import type { AddonConfig } from '../../../addon/config/config.ts';
import { messageOf } from '../../../core/errors.ts';
import { connectRedis, type RedisConnection } from '../../../redis/connection.io.ts';
import { redisWords } from '../../../redis/error-text.ts';
import { lookAtRedis, type RedisHealth } from '../../../redis/health.io.ts';
import { addressOf } from '../../../redis/settings.ts';
import { SILENT } from '../../../telemetry/log/log.ts';
import { ASK_INSIDE, type Finding, failed, ok, warning } from './finding.ts';

const MEGABYTE = 1_048_576;
/** Where a sentence about Redis has no fix of its own. */
const READ = 'docs/operations.md says under Redis what to do';
const UNREACHABLE =
  'check the address under redis, the Secret with its password, and the NetworkPolicies (networkPolicy.redisPorts)';

/**
 * Whether the roles could work over the configured Redis. Writes nothing.
 * @param inside in a pod; elsewhere neither the addresses nor the files need be there
 */
export async function checkRedisOf({ redis }: AddonConfig, inside: boolean): Promise<readonly Finding[]> {
  let connection: RedisConnection | undefined;
  try {
    connection = connectRedis(redis, { log: SILENT, random: Math.random, name: 'prescale-doctor' });
    const { opened, gate } = connection;
    // Data of a newer version is a finding like others.
    await opened.catch((error) => {
      if (gate.shut === undefined) throw error;
    });
    return findingsOf(
      connection.address,
      await lookAtRedis(connection.client, redis.keyPrefix, () => performance.now() / 1000),
    );
  } catch (error) {
    // What the connection says is in words already; a file that can't be read names itself.
    const what = connection?.problem ?? (connection ? redisWords(error, addressOf(redis)) : messageOf(error));
    return [inside ? failed(what, UNREACHABLE) : warning(`from here: ${what}`, ASK_INSIDE)];
  } finally {
    connection?.close();
  }
}

function findingsOf(address: string, health: RedisHealth): Finding[] {
  const { problems, warnings, version, usedBytes, limitBytes } = health;
  const limit = limitBytes === 0 ? ', without a limit of its own' : ` of ${megabytes(limitBytes)}`;
  return [
    ok(`Redis (${address}) answers, version ${version}; it uses ${megabytes(usedBytes)}${limit}`),
    ...problems.map((problem) => withFix(failed, problem)),
    ...warnings.map((text) => withFix(warning, text)),
    ...(problems.length === 0 ? [ok('Redis keeps everything (noeviction), and what is stored is understood')] : []),
  ];
}

/** They end with their fix: `Redis has …: set it to noeviction`. */
function withFix(finding: typeof failed, text: string): Finding {
  const [, what = text, fix = READ] = /^(\S+ .*): (.+)$/.exec(text) ?? [];
  return finding(what, fix);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MiB`;
}
