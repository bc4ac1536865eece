import { type ApiError, httpStatusOf } from '../../kubernetes/api.ts';
import type { WriteBounds } from './write-bounds.ts';

/** Whose changes these are in `metadata.managedFields`. */
export const FIELD_MANAGER = 'prescale';

/** A read and its write are repeated so often where another writer was faster; then the error is the caller's, next tick. */
export const MOST_ATTEMPTS = 5;

/** What is known of a target at one moment. */
export interface TargetState {
  /** The field that `write` changes: the workload's own spec.replicas, or the HPA's spec.minReplicas (1 where unset). */
  readonly replicas: number;
  /** Pods that the workload's own spec.replicas asks for: what a rollout surges by is not among them. */
  readonly asked: number;
  /** Label selector of the pods in its text form; empty: the kind doesn't tell. */
  readonly selector: string;
  /** `metadata.generation`; the scale subresource has none. */
  readonly generation: number | undefined;
  /** The least and the most that `write` sets, where something else than the policy bounds it: the HPA's own values. */
  readonly bounds: { readonly min: number; readonly max: number } | undefined;
  /** Why `write` would be refused, with the fix; undefined: it would not. */
  readonly blocked: string | undefined;
}

/** What came of a write. */
export type ScaleOutcome =
  /** `replicas` now stand in the field: what was asked for, or the nearest that the target's own bounds allow. */
  | { readonly kind: 'scaled'; readonly replicas: number }
  | { readonly kind: 'unchanged'; readonly replicas: number }
  | { readonly kind: 'gone' }
  /** Another writer changed the field since it was read; nothing was written. */
  | { readonly kind: 'external'; readonly replicas: number }
  /** The server or a rule forbids it: what, and what would be right. Repeating it soon is no use. */
  | { readonly kind: 'refused'; readonly why: string };

/** What a number of replicas is written to. Errors that pass by themselves (429, 5xx, no answer) are thrown as ApiErrors. */
export interface ScaleTarget {
  readonly kind: 'scale' | 'hpa' | 'dry-run';
  /** Undefined: the object is gone. */
  read(): Promise<TargetState | undefined>;
  /**
   * Compare and swap: sets `to` only where the field still holds `from`.
   * @param from `replicas` of the newest state that the decision was made on.
   * @param bounds of the policy and the administrator: whatever `to` is, what is written is within them.
   */
  write(from: number, to: number, bounds: WriteBounds): Promise<ScaleOutcome>;
  /** Puts back everything that is only there because of us. Can be repeated; a target that is gone has nothing to put back. */
  release(): Promise<void>;
}

/** The result, or undefined where the object isn't there. */
export async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (httpStatusOf(error) === 404) return undefined;
    throw error;
  }
}

/**
 * Answers that the same request would get again: validation and admission policies (422), admission webhooks (400), missing rights
 * or quota (403), a kind without the subresource (405).
 */
const REFUSALS = [400, 403, 405, 422];

/** The outcome of a request that failed; throws what isn't a refusal. @param needs the right to grant where it is missing. */
export function refusal(error: unknown, what: string, needs: string): ScaleOutcome {
  const status = httpStatusOf(error);
  if (status === 404) return { kind: 'gone' };
  if (status === undefined || !REFUSALS.includes(status)) throw error;
  const fix = status === 403 ? `; the addon's role needs ${needs}` : '';
  return { kind: 'refused', why: `${what} was not changed: ${(error as ApiError).message}${fix}` };
}
