import { workloadKey } from '../../core/workload.ts';
import { shownStatus, shownWorkloads } from './console-answers.ts';
import type { Cluster } from './harness.ts';
import type { RunningAddon } from './prescale.ts';
import { pause } from './server-process.ts';

/** A Deployment at one moment. */
export interface Sample {
  /** Epoch seconds. */
  readonly atSeconds: number;
  readonly replicas: number;
  readonly ready: number;
}

interface DeploymentList {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: { readonly replicas?: number };
    readonly status?: { readonly readyReplicas?: number };
  }[];
}

/** What became of every Deployment, looked at each second. */
export interface ReplicaWatch {
  of(key: string): readonly Sample[];
  /** Steps down of a workload's replicas within the time, as `9 → 7`. */
  lowered(key: string, fromSeconds: number, untilSeconds?: number): string[];
  /** Most pods' worth of demand that had no replica, over the samples within the time; at most 0: none. */
  missing(key: string, needed: (epochSeconds: number) => number, fromSeconds: number, untilSeconds?: number): number;
  stop(): Promise<void>;
}

export function watchReplicas(cluster: Cluster): ReplicaWatch {
  const seen = new Map<string, Sample[]>();
  let going = true;
  const look = async () => {
    const { items } = await cluster.api.request<DeploymentList>('GET', '/apis/apps/v1/deployments');
    for (const { metadata, spec, status } of items) {
      const key = `${metadata.namespace}/${metadata.name}`;
      const own = seen.get(key) ?? [];
      seen.set(key, own);
      own.push({ atSeconds: Date.now() / 1000, replicas: spec.replicas ?? 1, ready: status?.readyReplicas ?? 0 });
    }
  };
  const done = (async () => {
    while (going) {
      // An API server that is away shows nothing.
      await look().catch(() => undefined);
      await pause(1000);
    }
  })();
  const of = (key: string) => seen.get(key) ?? [];
  const within = (key: string, from: number, until = Number.POSITIVE_INFINITY) =>
    of(key).filter(({ atSeconds }) => atSeconds >= from && atSeconds <= until);
  return {
    of,
    lowered: (key, from, until) =>
      within(key, from, until).flatMap(({ replicas }, i, all) => {
        const before = all[i - 1]?.replicas ?? replicas;
        return replicas < before ? [`${before} → ${replicas}`] : [];
      }),
    missing: (key, needed, from, until) =>
      Math.max(...within(key, from, until).map(({ atSeconds, replicas }) => needed(atSeconds) - replicas)),
    stop: () => {
      going = false;
      return done;
    },
  };
}

/** `2@0 4@31 9@75`: changes of replicas, seconds after the first of them. */
export function trajectory(samples: readonly Sample[]): string {
  const start = samples[0]?.atSeconds ?? 0;
  return samples
    .filter(({ replicas }, i) => replicas !== samples[i - 1]?.replicas)
    .map(({ replicas, atSeconds }) => `${replicas}@${Math.round(atSeconds - start)}`)
    .join(' ');
}

export const shown = shownWorkloads;

/** The status of `namespace/name`; undefined: the addon doesn't know it. */
export async function statusOf(addon: RunningAddon, key: string) {
  const { workloads } = await shown(addon);
  const found = workloads.find(({ ref }) => `${ref.namespace}/${ref.name}` === key);
  return found && shownStatus(addon, workloadKey(found.ref));
}

/** What the addon shows of it was decided on data, at a tick after the time. */
export async function decidedAfter(addon: RunningAddon, key: string, seconds: number): Promise<boolean> {
  const status = await statusOf(addon, key);
  if (!status || !(status.decidedSeconds >= seconds)) return false;
  return status.model.kind !== 'learning' && status.metrics.every(({ missing }) => missing === undefined);
}

/** Seconds until the condition holds; asks four times a second. @throws after `mostSeconds` */
export async function secondsUntil(
  cluster: Cluster,
  what: string,
  ask: () => Promise<boolean>,
  mostSeconds: number,
): Promise<number> {
  const started = Date.now();
  await cluster.waitFor(what, ask, mostSeconds);
  return (Date.now() - started) / 1000;
}
