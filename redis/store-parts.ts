import type { ValueMac } from './value-mac.ts';

/** What every store of Redis is told. */
export interface RedisStoreParts {
  /** Something stored was damaged or of a newer version: whose, and what was found. Of a history, it begins anew with the next point. */
  readonly onDamage: (message: string, id: string) => void;
  /** A history began with one minute: of a metric whose past was read before, that past is lost. */
  readonly onBegun?: (id: string) => void;
  /** Signs what is written, and says what is to be believed of what is read. */
  readonly mac: ValueMac;
  /** The later of our clock and Redis': what claims to be from after it is damage. */
  readonly epochSeconds: () => number;
}
