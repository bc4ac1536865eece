import { MINUTE_SECONDS } from '../../core/series.ts';
import { type DemandExporter, EXPORTER, startDemandExporter } from '../cluster/demand-exporter.ts';
import { backfillAll, flatLoad } from '../cluster/fault-load.ts';
import { type ReplicaWatch, watchReplicas } from '../cluster/fault-watch.ts';
import { type Cluster, startCluster } from '../cluster/harness.ts';
import { type Load, loadOf } from '../cluster/shifted-trace.ts';

/** What a load of three pods' worth jumps to. */
export const SURGE = 170;

/** A cluster whose loads stand still until they jump, each with a week behind it. */
export interface JumpingCluster {
  readonly cluster: Cluster;
  readonly keys: readonly string[];
  readonly replicas: ReplicaWatch;
  /** When each load jumped. */
  readonly surged: ReadonlyMap<string, number>;
  /** It jumps now. */
  surge(key: string): void;
  stop(): Promise<void>;
}

/** @param keys `namespace/name` of all workloads that there will be */
export async function jumpingCluster(keys: readonly string[]): Promise<JumpingCluster> {
  const exporter: DemandExporter = await startDemandExporter();
  const surged = new Map<string, number>();
  const loads: Record<string, Load> = {};
  for (const [i, key] of keys.entries()) {
    // Two and a half pods' worth: no noise takes it to two or to four.
    const flat = flatLoad(i * 1e6);
    const usual = loadOf((seconds) => 0.86 * flat.at(seconds));
    const jumped = (seconds: number) => seconds >= (surged.get(key) ?? Number.POSITIVE_INFINITY);
    loads[key] = { at: (seconds) => (jumped(seconds) ? SURGE : usual.at(seconds)), past: usual.past };
  }
  const past = backfillAll(exporter, loads, Math.floor(Date.now() / 60_000) * MINUTE_SECONDS);
  const cluster = await startCluster({ backfill: [past], scrape: { [EXPORTER]: exporter } });
  const replicas = watchReplicas(cluster);
  return {
    cluster,
    keys,
    replicas,
    surged,
    surge: (key) => void surged.set(key, Date.now() / 1000),
    stop: async () => {
      await replicas.stop();
      await exporter.close();
      await cluster.stop();
    },
  };
}
