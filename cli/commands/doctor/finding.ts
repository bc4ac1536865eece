import { messageOf } from '../../../core/errors.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { httpStatusOf } from '../../../kubernetes/api.ts';

/** Of what can't be seen from outside of the cluster. */
export const ASK_INSIDE = 'helm test asks from within the cluster, with its names, files and NetworkPolicies';

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

/** Where nothing better is known. */
export const TRY_AGAIN = "the words above are the server's own; try again, and look into its log";

/**
 * What to do about an error. A 403 is RBAC's only where it says so; webhooks, quotas and proxies answer 403 too, in their own words.
 * @param grant the right that is missing where RBAC refused, beginning with "grant": whoever asked lacks it, who may be nobody of the addon's
 */
export function fixOf(error: unknown, grant: string, otherwise: string): string {
  if (httpStatusOf(error) !== 403) return otherwise;
  const refusal = RBAC_REFUSAL.exec(messageOf(error));
  return refusal ? grant.replace(/\bgrant /, () => `grant ${refusal[1] ?? 'yourself'} `) : NOT_RBAC;
}

/** `User "a" cannot list resource "pods" in API group "" in the namespace "b"`; `cannot get path "/version"`. */
const RBAC_REFUSAL = /(?:\bUser "([^"]+)" )?\bcannot [a-z]+ (?:resource|path) "/;
const NOT_RBAC =
  'the words above are those of who refused, which is not RBAC: look for an admission webhook, a quota or a proxy before the server';

const MARKS = { ok: '✔', warning: '!', failed: '✘' } as const;

/** Lines for a terminal, the fix under what it fixes. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ level, what, fix }) => [
    `${MARKS[level]} ${plainText(what)}`,
    ...(fix === undefined ? [] : [`    → ${plainText(fix)}`]),
  ]);
}
