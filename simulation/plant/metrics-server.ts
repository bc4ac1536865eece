import type { SimulationClock } from '../clock.ts';
import type { MeasurementFaults } from '../measurement-faults.ts';
import { type Cluster, NAMESPACE } from './cluster.ts';
import { apiTime, type SimulatedPod } from './pod.ts';

/** metrics-server's --metric-resolution. */
const SCRAPE_SECONDS = 15;
/** A tick is on the quarter minute; a scrape is not. */
const PHASE_SECONDS = 7;

interface Scraped {
  readonly atSeconds: number;
  readonly coreSeconds: number;
  readonly cores: number;
  readonly gib: number;
  /** There was a scrape before it: a rate is known. */
  readonly whole: boolean;
}

/** metrics.k8s.io over the pods of the plant: CPU as the rate between two scrapes, memory of the last one. */
export class MetricsServer {
  private readonly cluster: Cluster;
  private readonly clock: SimulationClock;
  private readonly faults: MeasurementFaults;
  private scrapes = 0;
  private listed: { readonly version: string; readonly items: readonly object[] } | undefined;
  private scraped = new Map<string, Scraped>();

  constructor(cluster: Cluster, clock: SimulationClock, faults: MeasurementFaults) {
    this.cluster = cluster;
    this.clock = clock;
    this.faults = faults;
    // It has been there before the addon.
    const atSeconds = clock.nowSeconds() + PHASE_SECONDS - SCRAPE_SECONDS;
    for (const workload of cluster.workloads.values()) {
      workload.use(clock.nowSeconds());
      for (const { uid, cores, gib, coreSeconds } of workload.deployment.lives.pods.values()) {
        this.scraped.set(uid, {
          atSeconds,
          cores,
          gib,
          whole: true,
          coreSeconds: coreSeconds - cores * (clock.nowSeconds() - atSeconds),
        });
      }
    }
    clock.every(SCRAPE_SECONDS, clock.nowSeconds() + PHASE_SECONDS, () => this.scrape());
  }

  get away(): boolean {
    return this.faults.away;
  }

  /** The answer of /apis/metrics.k8s.io/v1beta1/pods. */
  list(): { readonly items: readonly object[] } {
    // Both replicas ask at each tick, and nothing is new between two scrapes but faults and pods.
    const version = `${this.scrapes} ${this.faults.version} ${Math.floor(this.clock.nowSeconds() / SCRAPE_SECONDS)}`;
    if (this.listed?.version !== version) this.listed = { version, items: this.items() };
    return { items: this.listed.items };
  }

  private items(): object[] {
    const items: object[] = [];
    for (const [name, { deployment, isClosed }] of this.cluster.workloads) {
      if (!isClosed) continue;
      for (const pod of this.podsOf(deployment.lives)) {
        const found = this.scraped.get(pod.uid);
        const item = found?.whole ? this.item(name, pod, found) : undefined;
        if (item) items.push(item);
      }
    }
    return items;
  }

  private item(workload: string, pod: SimulatedPod, { cores, gib, atSeconds }: Scraped): object | undefined {
    const value = (truth: number) => this.faults.ofPod(workload, pod.name, this.clock.nowSeconds(), () => truth);
    const [cpu, memory] = [value(cores), value(gib)];
    if (cpu === undefined || memory === undefined) return undefined;
    const usage = { cpu: `${Math.round(cpu * 1e9)}n`, memory: String(Math.round(memory * 2 ** 30)) };
    return {
      metadata: { name: pod.name, namespace: NAMESPACE },
      timestamp: apiTime(atSeconds),
      window: `${SCRAPE_SECONDS}s`,
      containers: [{ name: 'main', usage }],
    };
  }

  private scrape(): void {
    const atSeconds = this.clock.nowSeconds();
    this.scrapes++;
    const next = new Map<string, Scraped>();
    for (const workload of this.cluster.workloads.values()) {
      if (!workload.isClosed) continue;
      workload.use(atSeconds);
      for (const pod of this.podsOf(workload.deployment.lives)) {
        if (pod.phase !== 'Running') continue;
        const { uid, coreSeconds, gib } = pod;
        const before = this.scraped.get(uid);
        const cores = before ? (coreSeconds - before.coreSeconds) / (atSeconds - before.atSeconds) : 0;
        next.set(uid, { atSeconds, coreSeconds, gib, cores, whole: before !== undefined });
      }
    }
    this.scraped = next;
  }

  private podsOf(lives: {
    readonly pods: ReadonlyMap<string, SimulatedPod>;
    readonly strangers: ReadonlyMap<string, SimulatedPod>;
  }) {
    return [...lives.pods.values(), ...lives.strangers.values()];
  }
}
