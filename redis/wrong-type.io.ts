import { messageOf } from '../core/errors.ts';
import type { RedisClient } from './clients.io.ts';
import { runScript, script } from './script.io.ts';

/** A key, and what it has to be. */
export interface TypedKey {
  readonly key: string;
  readonly type: 'string' | 'hash' | 'list' | 'set' | 'zset';
  /** For messages: `the list of what is collected`. */
  readonly what: string;
  /** What becomes of it, for messages: `it is written anew`. */
  readonly outcome: string;
  /** Keys of the same slot that mean nothing without it: they go with it. */
  readonly with?: readonly string[];
}

/** KEYS: the key, those that go with it. ARGV: its type. Answers the type that was removed, or an empty text. */
const REMOVE_WRONG = script(`
local found = redis.call('TYPE', KEYS[1]).ok
if found == 'none' or found == ARGV[1] then return '' end
redis.call('DEL', unpack(KEYS))
return found
`);

/**
 * Does something; where one of its keys is of another type, as somebody else wrote there, that one is said and removed, and it is done
 * once more. Nothing of ours would ever mend it: every command on it fails for good.
 */
export async function mendingTypes<T>(
  client: RedisClient,
  keys: readonly TypedKey[],
  onDamage: (message: string, key: string) => void,
  task: () => Promise<T>,
): Promise<T> {
  try {
    return await task();
  } catch (error) {
    // Of a script, an older Redis says where it failed first.
    if (!messageOf(error).includes('WRONGTYPE')) throw error;
    let mended = 0;
    for (const { key, type, what, outcome, with: others = [] } of keys) {
      const found = await runScript(client, REMOVE_WRONG, [key, ...others], [type]);
      if (found === '') continue;
      mended++;
      onDamage(`${what} (${key}): found a ${String(found)}; expected a ${type}: it is removed, ${outcome}`, key);
    }
    if (mended === 0) throw error;
    return task();
  }
}
