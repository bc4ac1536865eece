import { ownAnnotations } from '../../core/policy/annotations.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { KubernetesApi, MetadataObject } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';

/** An Event on a workload, whoever wrote it. */
export interface ObjectEvent {
  /** `Normal` or `Warning`. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** How often it was seen. */
  readonly count: number;
  /** Epoch seconds of the last time; null: it says none. */
  readonly atSeconds: number | null;
  /** The controller that wrote it: `prescale.dev/prescale`, `deployment-controller`. */
  readonly by: string;
}

export interface ObjectEvents {
  /** Newest first. */
  readonly events: readonly ObjectEvent[];
  /** There are more than are read. */
  readonly truncated: boolean;
}

/** What stands on a workload's object in the cluster, asked when somebody looks. */
export interface WorkloadObjects {
  /** What people wrote for us. @throws ApiError */
  annotations(ref: WorkloadRef): Promise<Readonly<Record<string, string>>>;
  /** @throws ApiError */
  events(ref: WorkloadRef): Promise<ObjectEvents>;
}

interface EventList {
  readonly metadata?: { readonly continue?: string };
  readonly items: readonly {
    readonly type?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly count?: number;
    readonly firstTimestamp?: string | null;
    readonly lastTimestamp?: string | null;
    readonly eventTime?: string | null;
    readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
    readonly source?: { readonly component?: string };
    readonly reportingComponent?: string;
  }[];
}

/** The API server forgets Events after an hour, and repeats are counted: more are those of a storm. */
const MOST_EVENTS = 500;

/** @param resourceOf plural of a kind that may opt in: `deployments` */
export function workloadObjects(api: KubernetesApi, resourceOf: (ref: WorkloadRef) => string): WorkloadObjects {
  return {
    async annotations(ref) {
      const path = resourcePath(ref.apiVersion, resourceOf(ref), ref.namespace, ref.name);
      const { metadata } = await api.get<MetadataObject>(path, {}, { metadataOnly: true });
      return Object.fromEntries(ownAnnotations(metadata.annotations));
    },
    async events({ kind, namespace, name }) {
      const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
      const query = { fieldSelector, limit: MOST_EVENTS };
      const { items, metadata } = await api.get<EventList>(resourcePath('v1', 'events', namespace), query);
      const events = items.map(objectEvent).sort((a, b) => (b.atSeconds ?? 0) - (a.atSeconds ?? 0));
      return { events, truncated: (metadata?.continue ?? '') !== '' };
    },
  };
}

function objectEvent(event: EventList['items'][number]): ObjectEvent {
  const { type, reason, message, count, series, source, reportingComponent } = event;
  const at = [series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp].map((time) =>
    Date.parse(time ?? ''),
  );
  const found = at.find((milliseconds) => !Number.isNaN(milliseconds));
  return {
    type: type ?? '',
    reason: reason ?? '',
    message: message ?? '',
    count: series?.count ?? count ?? 1,
    atSeconds: found === undefined ? null : found / 1000,
    by: reportingComponent || source?.component || '',
  };
}
