import type { WorkloadRef } from '../../core/workload.ts';
import { escapeRegex } from './promql/text.ts';

/** The letters and digits of generated names: without vowels and 0, 1, 3 (k8s.io/apimachinery/pkg/util/rand). */
const GENERATED = '[bcdfghjklmnpqrstvwxz2456789]';
const SUFFIX_CHARS = 5;
/** A generated name is cut so that it and its suffix are 63 characters (k8s.io/apiserver/pkg/storage/names). */
const MAX_BASE_CHARS = 63 - SUFFIX_CHARS;
/** A ReplicaSet's hash: an unsigned 32-bit number in decimal, its digits in that alphabet. */
const HASH_CHARS = 10;

/** What the names of a workload's pods are made of. */
export interface PodNameParts {
  /** How they begin, as it is: the workload's name, or what is left of it where names are cut. */
  readonly base: string;
  /** What follows, as a pattern of RE2 that many workloads share. */
  readonly suffix: string;
}

/**
 * A pattern of RE2 that matches the names of a workload's pods, also of pods that are gone. Kinds whose pods' names say
 * nothing of them match by prefix, and `exact` is false.
 */
export function podNamePattern(workload: WorkloadRef): { readonly pattern: string; readonly exact: boolean } {
  const parts = podNameParts(workload);
  if (parts === undefined) return { pattern: `${escapeRegex(workload.name)}-.+`, exact: false };
  return { pattern: `${escapeRegex(parts.base)}${parts.suffix}`, exact: true };
}

/** The two parts of the pattern; undefined: the names of this kind's pods don't tell. */
export function podNameParts({ kind, name }: WorkloadRef): PodNameParts | undefined {
  const generated = `${GENERATED}{${SUFFIX_CHARS}}`;
  const cut = `${name}-`.slice(0, MAX_BASE_CHARS);
  switch (kind) {
    case 'Deployment':
    case 'Rollout': {
      const room = MAX_BASE_CHARS - `${name}-`.length;
      if (room <= 0) return { base: cut, suffix: generated };
      // The hash's beginning, and its dash only where a short hash left room for it; else name, hash and dash fit.
      const hash = room > HASH_CHARS ? `{1,${HASH_CHARS}}-` : `{1,${room}}-?`;
      return { base: name, suffix: `-${GENERATED}${hash}${generated}` };
    }
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'DaemonSet':
      return { base: cut, suffix: generated };
    case 'StatefulSet':
      return { base: name, suffix: '-[0-9]+' };
    default:
      return undefined;
  }
}
