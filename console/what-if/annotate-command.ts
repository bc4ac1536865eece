import { annotation } from '../../core/policy/annotations.ts';
import type { Mode, WorkloadPolicy } from '../../core/policy/policy.ts';
import { formatSeconds } from '../../core/quantity.ts';
import { isNamespaceName, isObjectName } from '../../core/text/object-name.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { WhatIfQuestion } from '../api/what-if.ts';

type Value = readonly [Parameters<typeof annotation>[0], string | undefined];

/** Modes in which what was replayed would not act as it was replayed. */
const OTHER_MODES: readonly Mode[] = ['observe', 'reactive', 'predictive'];

/**
 * The command that makes a workload run as replayed: what was asked for, and what of today's policy the replay did otherwise. A price is nothing
 * that a workload knows, and how fast pods start nothing that can be set.
 * @returns null for names that no object of Kubernetes has: somebody is going to paste it into a shell
 */
export function annotateCommand(
  ref: WorkloadRef,
  { mode, leadTime }: Pick<WorkloadPolicy, 'mode' | 'leadTime'>,
  { sloPercent, min, max, startCostSeconds }: WhatIfQuestion,
): string | null {
  return command(ref, [
    ['enabled', 'true'],
    ['mode', OTHER_MODES.includes(mode) ? 'auto' : undefined],
    ['slo', sloPercent === undefined ? undefined : `${sloPercent}%`],
    ['lead-time', leadTime === 'auto' ? undefined : 'auto'],
    ['min-replicas', min === undefined ? undefined : String(min)],
    ['max-replicas', max === undefined ? undefined : String(max)],
    ['start-cost', startCostSeconds === undefined ? undefined : formatSeconds(startCostSeconds)],
  ]);
}

/** The command after which a workload is looked after and nothing changes. @returns null as above */
export function observeCommand(ref: WorkloadRef): string | null {
  return command(ref, [
    ['enabled', 'true'],
    ['mode', 'observe'],
  ]);
}

function command({ apiVersion, kind, namespace, name }: WorkloadRef, values: readonly Value[]): string | null {
  const type = typeOf(apiVersion, kind);
  if (!isNamespaceName(namespace) || !isObjectName(name) || !/^[a-z][a-z0-9.-]*$/.test(type)) return null;
  const set = values.flatMap(([what, value]) => (value === undefined ? [] : `${annotation(what)}=${value}`));
  return `kubectl -n ${namespace} annotate --overwrite ${type}/${name} ${set.join(' ')}`;
}

/** `deployment`; of what is not Kubernetes' own with version and group, as another kind may have the same name. */
function typeOf(apiVersion: string, kind: string): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined || group === 'apps' ? kind.toLowerCase() : `${kind.toLowerCase()}.${version}.${group}`;
}
