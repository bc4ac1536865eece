/** `trace` and `fatal` are left out: nobody could say when to use them. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** Where a part says what happened: the message is a constant sentence, what differs goes in the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** @param fields an Error goes under `error`; its causes and stack are kept */
  error(message: string, fields?: LogFields): void;
  /** The same log with fields on every line. */
  child(fields: LogFields): Log;
}

/** Says nothing: for tests and one-shot commands. */
export const SILENT: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => SILENT,
};

/** Messages remembered at most; past it the longest known one is forgotten. */
const MOST_REMEMBERED = 1000;

interface Repeated {
  untilSeconds: number;
  suppressed: number;
}

/**
 * A log that says the same warning or error of the same thing once in `everySeconds`, and then how many times it was left
 * out: a broken Prometheus with 1,000 workloads would write 4,000 lines a minute.
 * @param now epoch seconds
 * @param same what makes two lines the same, by the message and its fields; without it the message and `workload`
 */
export function sampledLog(
  log: Log,
  now: () => number,
  everySeconds = 60,
  same: (message: string, fields: LogFields) => string = (message, { workload }) => `${message}\n${String(workload)}`,
): Log {
  const seen = new Map<string, Repeated>();
  const wrap = (inner: Log, own: LogFields): Log => {
    const sampled =
      (level: 'warn' | 'error') =>
      (message: string, fields: LogFields = {}) => {
        const suppressed = admitted(seen, `${level}\n${same(message, { ...own, ...fields })}`, now(), everySeconds);
        if (suppressed === undefined) return;
        inner[level](message, suppressed === 0 ? fields : { ...fields, suppressed });
      };
    return {
      debug: (message, fields) => inner.debug(message, fields),
      info: (message, fields) => inner.info(message, fields),
      warn: sampled('warn'),
      error: sampled('error'),
      child: (fields) => wrap(inner.child(fields), { ...own, ...fields }),
    };
  };
  return wrap(log, {});
}

/** @returns how many were left out before this one; undefined: this one is left out too */
function admitted(seen: Map<string, Repeated>, key: string, now: number, everySeconds: number): number | undefined {
  const known = seen.get(key);
  if (known !== undefined && now < known.untilSeconds) {
    known.suppressed++;
    return undefined;
  }
  seen.delete(key);
  seen.set(key, { untilSeconds: now + everySeconds, suppressed: 0 });
  if (seen.size > MOST_REMEMBERED) seen.delete(seen.keys().next().value!);
  return known?.suppressed ?? 0;
}
