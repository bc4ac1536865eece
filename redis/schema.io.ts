import { messageOf, WorldError } from '../core/errors.ts';
import type { RedisClient } from './clients.io.ts';
import { RedisKeys } from './keys.ts';
import { runScript, script } from './script.io.ts';

/** The version of everything that keys.ts names, as it lies in Redis. */
export const SCHEMA_VERSION = 1;

/** Brings what is stored from one version to the next. Several processes may do it at once, and one may die at it: it is to stand both. */
export interface Migration {
  readonly from: number;
  readonly run: (client: RedisClient, keyPrefix: string) => Promise<void>;
}

/** There was no version before 1. */
const MIGRATIONS: readonly Migration[] = [];

/** Sets the version where it is what was read. KEYS: schema. ARGV: what was read ('': none), new. */
const SET_VERSION = script(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`);

/**
 * Says which version is stored, first that it is ours: where nothing is stored yet it is set, what is older is brought up to ours.
 * @throws WorldError in words where it is newer than ours, or can't be brought up to it
 */
export async function ensureSchema(
  client: RedisClient,
  keyPrefix: string,
  ours: number = SCHEMA_VERSION,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const key = new RedisKeys(keyPrefix).schema;
  for (;;) {
    const found = await client.get(key).catch((error) => {
      throw messageOf(error).startsWith('WRONGTYPE') ? wrongType(key) : error;
    });
    if (found === String(ours)) return;
    const version = found === null ? ours : versionOf(found, key, ours);
    const next = found === null ? ours : version + 1;
    if (found !== null) await migrate(client, keyPrefix, version, migrations);
    // Where another one was faster, the next attempt sees what it did.
    await runScript(client, SET_VERSION, [key], [found ?? '', String(next)]);
  }
}

/**
 * Only looks. @returns why what is stored can't be used by this version, in words; undefined: it can, or nothing is stored yet
 * @throws where Redis does not answer
 */
export async function schemaProblem(client: RedisClient, keyPrefix: string): Promise<string | undefined> {
  const key = new RedisKeys(keyPrefix).schema;
  try {
    const found = await client.get(key);
    if (found === null || versionOf(found, key, SCHEMA_VERSION) === SCHEMA_VERSION) return undefined;
    return `Redis: found data of version ${found} under ${key}, which is not brought up to ${SCHEMA_VERSION} yet`;
  } catch (error) {
    if (messageOf(error).startsWith('WRONGTYPE')) return wrongType(key).message;
    if (error instanceof WorldError && error.cause === undefined) return error.message;
    throw error;
  }
}

/** Only looks. @throws WorldError in words where what is stored is newer than ours */
export async function refuseNewerSchema(client: RedisClient, keyPrefix: string): Promise<void> {
  const key = new RedisKeys(keyPrefix).schema;
  const found = await client.get(key);
  if (found !== null) versionOf(found, key, SCHEMA_VERSION);
}

async function migrate(client: RedisClient, keyPrefix: string, from: number, all: readonly Migration[]): Promise<void> {
  const migration = all.find((one) => one.from === from);
  if (!migration) {
    throw new WorldError(
      `Redis: found data of version ${from}, and nothing here brings it to ${from + 1}: delete the keys that begin with ${keyPrefix}:, they are collected anew`,
    );
  }
  await migration.run(client, keyPrefix);
}

function wrongType(key: string): WorldError {
  return new WorldError(
    `Redis: found a key that is no text under ${key}; expected the version of what is stored: whose is it? Delete it, or give another redis.keyPrefix`,
  );
}

/** @throws WorldError where it is newer than ours, or none */
function versionOf(found: string, key: string, ours: number): number {
  if (!/^\d+$/.test(found)) {
    throw new WorldError(
      `Redis: found ${JSON.stringify(found.slice(0, 60))} under ${key}; expected the version of what is stored`,
    );
  }
  const version = Number(found);
  if (version <= ours) return version;
  throw new WorldError(
    `Redis: found data of version ${version} under ${key}; expected ${ours} at most: a newer Prescale wrote it. Run that version, or give another redis.keyPrefix`,
  );
}
