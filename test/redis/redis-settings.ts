import type { RedisConnection } from '../../redis/connection.io.ts';
import type { RedisSettings } from '../../redis/settings.ts';
import type { RedisStoreParts } from '../../redis/store-parts.ts';
import { ValueMac } from '../../redis/value-mac.ts';
import type { Log, LogFields } from '../../telemetry/log/log.ts';
import { pause } from '../cluster/server-process.ts';

/** What addonConfig() makes of a configuration that says nothing about Redis, with what is given. */
export function redisSettings(given: Partial<RedisSettings>): RedisSettings {
  return {
    url: undefined,
    sentinels: { names: [], master: 'mymaster' },
    cluster: [],
    username: undefined,
    passwordFile: undefined,
    sentinelPasswordFile: undefined,
    macKeyFile: undefined,
    keyPrefix: 'prescale',
    connectSeconds: 2,
    commandSeconds: 1,
    ...given,
    tls: {
      enabled: false,
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      serverName: undefined,
      ...given.tls,
    },
  };
}

/** What a store is told: no key for MACs, and a clock of 2030, so that whatever a test calls now is no future. */
export function storeParts(given: Partial<RedisStoreParts> = {}): RedisStoreParts {
  return { onDamage: () => {}, mac: new ValueMac(), epochSeconds: () => 1_900_000_000, ...given };
}

/** A log whose lines are kept: level and message, and what was said of the problem. */
export class KeptLog implements Log {
  readonly lines: string[] = [];
  readonly debug = this.keep('debug');
  readonly info = this.keep('info');
  readonly warn = this.keep('warn');
  readonly error = this.keep('error');

  child(): Log {
    return this;
  }

  private keep(level: string) {
    return (message: string, { problem }: LogFields = {}) => {
      this.lines.push([level, message, ...(problem === undefined ? [] : [problem])].join(': '));
    };
  }
}

/** @throws after half a minute */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not after ${seconds} s`);
    await pause(50);
  }
}

/** Whether a command is answered. */
export async function answers({ client }: RedisConnection): Promise<boolean> {
  return client.set('prescale:probe', '1').then(
    () => true,
    () => false,
  );
}
