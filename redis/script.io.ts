import { createHash } from 'node:crypto';
import { messageOf } from '../core/errors.ts';
import type { RedisClient } from './clients.io.ts';

/** A Lua script; the server keeps it by its hash. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

export function script(text: string): Script {
  return { text, sha1: sha1Of(text) };
}

export function sha1Of(bytes: string | Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Runs it; a server that lost it (a restart, a failover) is told it again. Keys of one call are of one slot. */
export function runScript(
  client: RedisClient,
  { text, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  return knownOrTold(
    () => client.evalsha(sha1, keys.length, ...keys, ...args),
    () => client.eval(text, keys.length, ...keys, ...args),
  );
}

/** The same; texts of the answer are bytes. */
export function runScriptBuffers(
  client: RedisClient,
  { text, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  return knownOrTold(
    () => client.callBuffer('evalsha', sha1, keys.length, ...keys, ...args),
    () => client.callBuffer('eval', text, keys.length, ...keys, ...args),
  );
}

async function knownOrTold(byHash: () => Promise<unknown>, byText: () => Promise<unknown>): Promise<unknown> {
  try {
    return await byHash();
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return byText();
  }
}
