import type { WorkloadRef } from '../../core/workload.ts';
import { escapeRegex } from './promql/text.ts';

/** The letters and digits of generated names: without vowels and 0, 1, 3 (k8s.io/apimachinery/pkg/util/rand). */
const GENERATED = '[bcdfghjklmnpqrstvwxz2456789]';
const SUFFIX_CHARS = 5;
/** A generated name is cut so that it and its suffix are 63 characters (k8s.io/apiserver/pkg/storage/names). */
const MAX_BASE_CHARS = 63 - SUFFIX_CHARS;
/** A ReplicaSet's hash: an unsigned 32-bit number in decimal, its digits in that alphabet. */
const HASH_CHARS = 10;

/**
 * A pattern of RE2 that matches the names of a workload's pods, also of pods that are gone. Kinds whose pods' names say
 * nothing of them match by prefix, and `exact` is false.
 */
export function podNamePattern(workload: WorkloadRef): { readonly pattern: string; readonly exact: boolean } {
  const { kind, name } = workload;
  const parts = podNameParts(workload);
  if (parts) return { pattern: `${parts.base}${parts.suffix}`, exact: true };
  switch (kind) {
    case 'Deployment':
    case 'Rollout':
      return { pattern: cutReplicaSetPods(name), exact: true };
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'DaemonSet':
      return {
        pattern: `${escapeRegex(`${name}-`.slice(0, MAX_BASE_CHARS))}${GENERATED}{${SUFFIX_CHARS}}`,
        exact: true,
      };
    default:
      return { pattern: `${escapeRegex(name)}-.+`, exact: false };
  }
}

/** The two parts of the pattern where a pod's name has the workload's whole, so that many share one; undefined: it has not, or they don't tell. */
export function podNameParts({
  kind,
  name,
}: WorkloadRef): { readonly base: string; readonly suffix: string } | undefined {
  const room = MAX_BASE_CHARS - `${name}-`.length;
  const base = escapeRegex(name);
  switch (kind) {
    case 'Deployment':
    case 'Rollout':
      // Name, hash and dash fit: nothing is cut.
      return room > HASH_CHARS
        ? { base, suffix: `-${GENERATED}{1,${HASH_CHARS}}-${GENERATED}{${SUFFIX_CHARS}}` }
        : undefined;
    case 'StatefulSet':
      return { base, suffix: '-[0-9]+' };
    default:
      return undefined;
  }
}

/** `name-<hash>-<suffix>` of a name that is too long for it. */
function cutReplicaSetPods(name: string): string {
  const suffix = `${GENERATED}{${SUFFIX_CHARS}}`;
  const whole = `${name}-`;
  const left = MAX_BASE_CHARS - whole.length;
  if (left <= 0) return `${escapeRegex(whole.slice(0, MAX_BASE_CHARS))}${suffix}`;
  // The hash's beginning, and its dash only where a short hash left room for it.
  return `${escapeRegex(whole)}${GENERATED}{1,${left}}-?${suffix}`;
}
