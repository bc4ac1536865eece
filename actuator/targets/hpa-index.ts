import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { type HpaObject, isReleasable } from './hpa.ts';
import { controlled, type HpaController, hpaController } from './hpa-controller.ts';

/** What is kept of an HPA: the watch drops everything else. */
export interface HpaRecord {
  readonly namespace: string;
  readonly name: string;
  readonly target: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly minReplicas: number | undefined;
  readonly maxReplicas: number;
  /** Something of ours stands on it, and can be put back. */
  readonly marked: boolean;
  /** Whose controller makes it: it is not ours to write to. */
  readonly controller: HpaController | undefined;
}

/** How a workload may be written to. */
export type Route =
  | { readonly kind: 'scale' }
  | { readonly kind: 'hpa'; readonly hpa: HpaRecord }
  | { readonly kind: 'refused'; readonly why: string };

/** What the administrator does so that HPAs may be changed. */
export const ALLOW_TAKE_OVER = "set config.takeOverHpa.enabled: true in the chart's values";

export function hpaRecord(hpa: HpaObject): HpaRecord {
  const { metadata, spec } = hpa;
  const { apiVersion = '', kind, name } = spec.scaleTargetRef;
  return {
    namespace: metadata.namespace!,
    name: metadata.name,
    target: { apiVersion, kind, name },
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    marked: isReleasable(hpa),
    controller: hpaController(metadata),
  };
}

/** Which HPAs own which workloads; changed by the events of a watch. */
export class HpaIndex {
  private readonly byName = new Map<string, HpaRecord>();
  private readonly byTarget = new Map<string, Map<string, HpaRecord>>();

  set(hpa: HpaRecord): void {
    this.delete(hpa.namespace, hpa.name);
    const key = targetKey(hpa);
    this.byName.set(`${hpa.namespace}/${hpa.name}`, hpa);
    const others = this.byTarget.get(key) ?? new Map<string, HpaRecord>();
    this.byTarget.set(key, others.set(hpa.name, hpa));
  }

  delete(namespace: string, name: string): void {
    const hpa = this.byName.get(`${namespace}/${name}`);
    if (hpa === undefined) return;
    this.byName.delete(`${namespace}/${name}`);
    const others = this.byTarget.get(targetKey(hpa))!;
    others.delete(name);
    if (others.size === 0) this.byTarget.delete(targetKey(hpa));
  }

  /** HPAs in which a minReplicas of ours stands. */
  marked(): HpaRecord[] {
    return [...this.byName.values()].filter(({ marked }) => marked);
  }

  /** HPAs that scale the workload, by name. Versions of one API group are one group: `apps/v1beta2` finds `apps/v1`. */
  ownersOf(workload: WorkloadRef): HpaRecord[] {
    const group = apiGroup(workload.apiVersion);
    return [...(this.byTarget.get(workloadKey(workload))?.values() ?? [])]
      .filter(({ target }) => apiGroup(target.apiVersion) === group)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * @param takeOverHpa the HPA that the workload's annotation names.
   * @param allowed the administrator lets HPAs be changed: else that is said with the annotation
   */
  route(workload: WorkloadRef, takeOverHpa: string | undefined, allowed = true): Route {
    const owners = this.ownersOf(workload);
    const names = owners.map(({ namespace, name }) => `${namespace}/${name}`).join(' and ');
    if (owners.length > 1) {
      return { kind: 'refused', why: `scaled by several HorizontalPodAutoscalers, ${names}: keep one of them` };
    }
    const hpa = owners[0];
    if (hpa === undefined && takeOverHpa === undefined) return { kind: 'scale' };
    if (hpa?.controller !== undefined) return { kind: 'refused', why: controlled(names, hpa.controller) };
    if (hpa !== undefined && hpa.name === takeOverHpa) return { kind: 'hpa', hpa };
    if (hpa !== undefined) {
      const named = takeOverHpa === undefined ? '' : `, not by ${takeOverHpa}`;
      const why = `already scaled by the HorizontalPodAutoscaler ${names}${named}: annotate prescale.dev/take-over-hpa: ${hpa.name}`;
      return allowed ? { kind: 'refused', why } : { kind: 'refused', why: `${why}, and ${ALLOW_TAKE_OVER}` };
    }
    return { kind: 'refused', why: this.notOwning(workload, takeOverHpa!) };
  }

  private notOwning({ namespace, kind, name }: WorkloadRef, hpa: string): string {
    const other = this.byName.get(`${namespace}/${hpa}`);
    const found = other === undefined ? "doesn't exist" : `scales ${other.target.kind} ${other.target.name}`;
    return `prescale.dev/take-over-hpa: HorizontalPodAutoscaler ${namespace}/${hpa} ${found}; expected one that scales ${kind} ${name}`;
  }
}

function targetKey({ namespace, target: { apiVersion, kind, name } }: HpaRecord): string {
  return workloadKey({ apiVersion, namespace, kind, name });
}

function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
