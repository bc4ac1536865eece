import pino, { type Logger } from 'pino';
import { escapedJson } from '../../core/text/plain-text.ts';
import type { Log, LogFields, LogLevel } from './log.ts';
import { terminalLine } from './log-line.ts';
import { redact, redactText } from './redact.ts';

export interface PinoLogOptions {
  readonly level: LogLevel | 'trace';
  /** `json`: a line of JSON each; `terminal`: a line for a person. */
  readonly form: 'json' | 'terminal';
  readonly write: (line: string) => void;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

/** A log of JSON lines: `time` (ISO 8601), `level`, `message`, then the fields, with no credential in any of them. */
export function pinoLog({ level, form, write, nowMs }: PinoLogOptions): Log {
  const shown = form === 'json' ? escapedJson : terminalLine;
  const destination = { write: (line: string) => write(shown(line)) };
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return wrap(logger);
}

function wrap(logger: Logger): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level](fields === undefined ? {} : clean(fields), redactText(message));
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(clean(fields))),
  };
}

/** Fields that would stand twice in the line take another name. */
const TAKEN = ['time', 'level', 'message'];

function clean(fields: LogFields): Record<string, unknown> {
  const safe = redact(fields) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(safe).map(([name, value]) => [TAKEN.includes(name) ? `${name}_` : name, value]),
  );
}
