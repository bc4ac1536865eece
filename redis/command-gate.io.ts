import type { Command } from 'ioredis';
import { WorldError } from '../core/errors.ts';
import { RedisKeys } from './keys.ts';

/** What makes a connection, and what is asked to find out whether Redis may be used. None reads or writes anything that is stored. */
const ALWAYS = new Set(
  ['hello', 'auth', 'client', 'select', 'readonly', 'asking', 'cluster', 'role', 'command', 'quit'].concat([
    'ping',
    'info',
    'time',
    'subscribe',
    'unsubscribe',
  ]),
);

/**
 * The one way to Redis of every command of a process: shut until the version of what is stored was looked at, and again as soon as a newer
 * one is found, so that nothing is written over what a newer Prescale wrote, and nothing of it misread.
 */
export class CommandGate {
  private readonly schemaKey: string;
  private why: string | undefined;
  private lookedAt = false;
  private readonly waiting: (() => void)[] = [];

  constructor(keyPrefix: string) {
    this.schemaKey = new RedisKeys(keyPrefix).schema;
  }

  /** Why nothing may be sent; undefined: it may, or is not known yet. */
  get shut(): string | undefined {
    return this.why;
  }

  /** The version was looked at. @param why it may not be used, in words; undefined: it may */
  set(why: string | undefined): void {
    this.why = why;
    this.lookedAt = true;
    for (const go of this.waiting.splice(0)) go();
  }

  /** Why this command may not be sent. */
  refusal(command: Command): WorldError | undefined {
    if ((this.lookedAt && this.why === undefined) || this.mayAlways(command)) return undefined;
    return new WorldError(this.why ?? 'Redis: the version of what is stored there was not looked at yet');
  }

  /** Calls back once the version was looked at. @returns false where it was already, or the command needs not wait */
  waits(command: Command, go: () => void): boolean {
    if (this.lookedAt || this.mayAlways(command)) return false;
    this.waiting.push(go);
    return true;
  }

  private mayAlways(command: Command): boolean {
    if (ALWAYS.has(command.name.toLowerCase())) return true;
    const keys = command.getKeys();
    return keys.length > 0 && keys.every((key) => String(key) === this.schemaKey);
  }
}
