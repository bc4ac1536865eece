import { randomBytes } from 'node:crypto';
import { WorldError } from '../../../core/errors.ts';
import { ApiError, type KubernetesApi, type ObjectMeta } from '../../../kubernetes/api.ts';
import { resourcePath } from '../../../kubernetes/resource-path.ts';
import { connectCluster } from '../../cluster/cluster.ts';
import { writeData } from '../../terminal/output.ts';

export interface RedisKeysFlags {
  readonly secret: string;
  readonly namespace?: string;
}

/** Keys of the chart's Secret, and random bytes of each: 192 and 256 bits. */
const KEYS = { password: 24, 'mac-key': 32 } as const;
const MOST_ATTEMPTS = 5;

interface Secret {
  readonly metadata: ObjectMeta;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** `prescale redis-keys`: what the chart's Job runs. Exit code 1 where the Secret can't be had or written. */
export async function runRedisKeys(flags: RedisKeysFlags): Promise<void> {
  const api = await connectCluster({});
  try {
    const namespace = flags.namespace ?? process.env.POD_NAMESPACE ?? api.namespace;
    const made = await fillSecret(api, namespace, flags.secret, randomBytes);
    const what = made.length === 0 ? 'has all its keys; nothing was changed' : `was given ${made.join(' and ')}`;
    await writeData([`Secret ${namespace}/${flags.secret} ${what}\n`]);
  } finally {
    await api.close();
  }
}

/**
 * Makes what a Secret lacks, and changes nothing that stands there.
 * @returns the keys that were made
 * @throws WorldError where the Secret is not there, or changes all the time
 */
export async function fillSecret(
  api: KubernetesApi,
  namespace: string,
  name: string,
  random: (bytes: number) => Buffer,
): Promise<readonly string[]> {
  const path = resourcePath('v1', 'secrets', namespace, name);
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const { metadata, data = {} } = await existing(api, path, `${namespace}/${name}`);
    const lacking = Object.entries(KEYS).filter(([key]) => !data[key]);
    if (lacking.length === 0) return [];
    const made = lacking.map(([key, bytes]) => [key, encoded(random(bytes))] as const);
    try {
      // By its version: of two that fill it at once the second finds what the first has made.
      const body = { metadata: { resourceVersion: metadata.resourceVersion }, data: Object.fromEntries(made) };
      await api.patch(path, 'merge', body, { fieldManager: 'prescale-redis-keys' });
      return lacking.map(([key]) => key);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
    }
  }
  throw new WorldError(`Secret ${namespace}/${name} was changed by others ${MOST_ATTEMPTS} times meanwhile; try again`);
}

async function existing(api: KubernetesApi, path: string, named: string): Promise<Secret> {
  try {
    return await api.get<Secret>(path);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new WorldError(
      `Secret ${named} is not there; the chart makes it with redis.bundled.enabled and without redis.bundled.existingSecret: install or sync the release`,
    );
  }
}

/** Text of URL-safe letters, which no shell and no configuration file reads as anything else, as the data of a Secret. */
function encoded(bytes: Buffer): string {
  return Buffer.from(bytes.toString('base64url'), 'utf8').toString('base64');
}
