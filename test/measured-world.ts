import { type Random, seededRandom } from '../core/random.ts';
import { WorkCounter } from '../simulation/measurement/metered.ts';
import { CADVISOR, Scraping } from '../simulation/measurement/scraping.ts';
import { SeriesStore } from '../simulation/measurement/series-store.ts';

/** Two hours on the grid of no block's edge. */
export const MEASURED_FROM = 1_714_525_000;
export const MEASURED_SECONDS = 7200;
const POD_NAMES = 'bcdfghjkl';

/**
 * Two hours of pods that come, restart and go, scraped as the seed says (every 15, 30 or 60 s, more or less jitter and losses, an
 * outage of Prometheus, a target that hangs), in the namespace `team-<seed>`.
 */
export function measuredWorld(seed: number): SeriesStore {
  const random = seededRandom(seed * 7919 + 1);
  const store = new SeriesStore(MEASURED_SECONDS * 2);
  const settings = {
    everySeconds: [15, 30, 60][seed % 3]!,
    jitterSeconds: [0, 0.5, 4][Math.floor(random() * 3)]!,
    readSeconds: random() * 2,
    lossProbability: [0, 0.1, 0.3][Math.floor(random() * 3)]!,
  };
  const scraping = new Scraping(store, random, MEASURED_FROM, settings);
  const stateMetrics = scraping.target({ lossProbability: 0 });
  const pods = Array.from({ length: POD_NAMES.length }, (_, i) => new Pod(i, seed, scraping, random, stateMetrics));
  const outage = MEASURED_FROM + random() * MEASURED_SECONDS;
  for (let now = MEASURED_FROM; now < MEASURED_FROM + MEASURED_SECONDS; now += 7) {
    scraping.advance(now);
    scraping.paused = now > outage && now < outage + 200;
    for (const pod of pods) pod.step(now);
  }
  scraping.advance(MEASURED_FROM + MEASURED_SECONDS);
  return store;
}

class Pod {
  private readonly index: number;
  private readonly seed: number;
  private readonly scraping: Scraping;
  private readonly random: Random;
  private readonly stateMetrics: ReturnType<Scraping['target']>;
  private name = '';
  private generation = 0;
  private life: { end(): void; readonly counters: readonly WorkCounter[]; hang(hangs: boolean): void } | undefined;
  private queue = 0;

  constructor(
    index: number,
    seed: number,
    scraping: Scraping,
    random: Random,
    stateMetrics: ReturnType<Scraping['target']>,
  ) {
    this.index = index;
    this.seed = seed;
    this.scraping = scraping;
    this.random = random;
    this.stateMetrics = stateMetrics;
  }

  step(now: number): void {
    const random = this.random;
    if (!this.life) {
      if (random() < 0.03) this.begin(now);
      return;
    }
    if (random() < 0.004) {
      this.life.end();
      this.life = undefined;
      return;
    }
    for (const counter of this.life.counters) {
      if (random() < 0.2) counter.grow(random() < 0.2 ? 0 : random() * 50, now);
      if (random() < 0.01) counter.restart(now);
    }
    this.queue = random() < 0.3 ? Math.floor(random() * 100) : this.queue;
    this.life.hang(random() < 0.05);
  }

  private begin(now: number): void {
    const namespace = `team-${this.seed}`;
    const letter = POD_NAMES[this.index]!;
    this.name = `web-${'6d4cf56db6'}-${letter.repeat(4)}${POD_NAMES[this.generation++ % POD_NAMES.length]}`;
    const of = { namespace, pod: this.name };
    // Some processes had counted before anybody looked.
    const start = this.random() < 0.5 ? 0 : this.random() * 1000;
    const [cpu, sidecar, requests] = [0, start / 2, start].map((value) => new WorkCounter(now, value));
    const node = this.scraping.target({ housekeeping: CADVISOR });
    const [usage, memory] = ['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes'];
    node.expose({ __name__: usage, ...of, container: 'app' }, (at) => cpu!.at(at));
    node.expose({ __name__: usage, ...of, container: 'app', job: 'kubelet' }, (at) => cpu!.at(at) * 0.9);
    node.expose({ __name__: usage, ...of, container: 'sidecar' }, (at) => sidecar!.at(at));
    node.expose({ __name__: usage, ...of, container: '' }, (at) => cpu!.at(at) + sidecar!.at(at));
    node.expose({ __name__: memory, ...of, container: 'app' }, (at) => 1e8 + (at % 1000) * 12_345.5);
    node.expose(
      { __name__: 'DCGM_FI_DEV_GPU_UTIL', exported_namespace: namespace, exported_pod: this.name, UUID: 'g1' },
      () => Math.min(100, this.queue),
    );
    const app = this.scraping.target();
    app.expose({ __name__: 'http_requests_total', ...of, code: '200' }, (at) => requests!.at(at));
    app.expose({ __name__: 'queue_depth', ...of }, () => this.queue);
    const owned = { owner_kind: 'CloneSet', owner_name: 'web' };
    const disown = this.stateMetrics.expose({ __name__: 'kube_pod_owner', ...of, ...owned }, () => 1);
    this.life = {
      counters: [cpu!, sidecar!, requests!],
      hang: (hangs) => {
        app.failing = hangs;
      },
      end: () => {
        node.remove();
        app.remove();
        disown();
      },
    };
  }
}
