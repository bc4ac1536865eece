import { messageOf } from '../../core/errors.ts';
import { plainText } from '../text-table.ts';

/** One thing that was looked at. `warning`: it works without, less well. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'failed';
  readonly what: string;
  /** What to do about it; for everything that is not ok. */
  readonly fix?: string;
}

export function ok(what: string): Finding {
  return { level: 'ok', what };
}

export function warning(what: string, fix: string): Finding {
  return { level: 'warning', what, fix };
}

export function failed(what: string, fix: string): Finding {
  return { level: 'failed', what, fix };
}

/** What an error says, on one line. */
export function said(error: unknown): string {
  return plainText(messageOf(error));
}

const MARKS = { ok: '✔', warning: '!', failed: '✘' } as const;

/** Lines for a terminal, the fix under what it fixes. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ level, what, fix }) => [
    `${MARKS[level]} ${plainText(what)}`,
    ...(fix === undefined ? [] : [`    → ${plainText(fix)}`]),
  ]);
}
