import type { OwnerReference } from './pod-owner.ts';

/** The part of a Pod object, as the API answers it, that is read before the rest is dropped. Times are RFC 3339 or missing. */
export interface RawPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly creationTimestamp?: string | null;
    readonly deletionTimestamp?: string | null;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly RawContainer[];
    readonly initContainers?: readonly RawContainer[];
    readonly resources?: RawResources;
  };
  readonly status?: {
    readonly phase?: string;
    readonly startTime?: string | null;
    readonly conditions?: readonly RawCondition[];
    readonly containerStatuses?: readonly RawContainerStatus[];
    readonly initContainerStatuses?: readonly RawContainerStatus[];
  };
}

export interface RawResources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface RawContainer {
  readonly name?: string;
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: string;
  readonly resources?: RawResources;
}

export interface RawCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
}

interface RawContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string | null };
  readonly terminated?: { readonly startedAt?: string | null };
}

export interface RawContainerStatus {
  readonly name?: string;
  readonly restartCount?: number;
  readonly state?: RawContainerState;
  readonly lastState?: RawContainerState;
}

/** Epoch seconds; undefined for what is missing, unreadable or Go's zero time (0001-01-01). */
export function epochSeconds(time: string | null | undefined): number | undefined {
  if (time === undefined || time === null) return undefined;
  const seconds = Date.parse(time) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** When the condition became true; undefined where it is not true now, or not dated. */
export function trueSince(pod: RawPod, type: string): number | undefined {
  const condition = pod.status?.conditions?.find((one) => one.type === type);
  return condition?.status === 'True' ? epochSeconds(condition.lastTransitionTime) : undefined;
}

/** When the condition became false; undefined where it is not false now, or not dated. */
export function falseSince(pod: RawPod, type: string): number | undefined {
  const condition = pod.status?.conditions?.find((one) => one.type === type);
  return condition?.status === 'False' ? epochSeconds(condition.lastTransitionTime) : undefined;
}
