import { type Random, seededRandom } from '../../core/random.ts';
import { statusError } from '../../kubernetes/api-failure.ts';
import type { Intercepted, MemoryRequest } from '../../kubernetes/fake/memory-api.ts';
import { CADVISOR, type Housekeeping } from './scraping.ts';

/** A pod of one container as its kubelet meters it; times are epoch seconds. */
export interface MeteredPod {
  readonly namespace: string;
  readonly name: string;
  /** Since when its container runs. */
  readonly startedSeconds: number;
  /** CPU seconds used since then. */
  readonly cpuSeconds: (atSeconds: number) => number;
  readonly memoryBytes: (atSeconds: number) => number;
}

export interface MetricsServerSettings {
  /** `--metric-resolution`: 15 s by default, 60 s before version 0.6. */
  readonly resolutionSeconds: number;
  /** How often the kubelet measures a container: metrics-server finds the newest measurement. */
  readonly housekeeping: Housekeeping;
}

/** What is wrong with an answer. To freeze it, pause the scraping: its timestamps stay, as in a cluster. */
export type MetricsFault =
  | { readonly kind: 'empty' }
  /** Every usage is 0. */
  | { readonly kind: 'zero' }
  | { readonly kind: 'scaled'; readonly factor: number }
  /** These pods' node isn't scraped. */
  | { readonly kind: 'partial'; readonly missing: (pod: string) => boolean }
  /** metrics-server isn't there: the API server answers 503. */
  | { readonly kind: 'unavailable' };

interface Point {
  readonly atSeconds: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

interface Metered {
  readonly pod: MeteredPod;
  readonly dice: Random;
  measureAt: number;
  measured: Point | undefined;
  /** metrics-server's last two. */
  last: Point | undefined;
  previous: Point | undefined;
}

/** A container so young that its usage is taken since its start. */
const FRESH_SECONDS = 10;
const ROOT = '/apis/metrics.k8s.io/v1beta1';
const PATH = /^\/apis\/metrics\.k8s\.io\/v1beta1(?:\/namespaces\/([^/]+))?\/pods$/;

/**
 * metrics-server over simulated pods (pkg/storage/pod.go): usage is the difference of a container's last two measurements,
 * by the kubelet's times; its window is their distance. Serve it through the memory API's `intercept`. Call {@link advance} up to an
 * instant before anything changes that a pod shows after it.
 */
export class SimulatedMetricsServer {
  private readonly random: Random;
  private readonly settings: MetricsServerSettings;
  private readonly pods = new Set<Metered>();
  private nowSeconds: number;
  private nextScrape: number;
  /** While true nothing new is scraped. */
  paused = false;
  fault: MetricsFault | undefined;

  constructor(random: Random, nowSeconds: number, settings: Partial<MetricsServerSettings> = {}) {
    this.random = random;
    this.settings = { resolutionSeconds: 15, housekeeping: CADVISOR, ...settings };
    this.nowSeconds = nowSeconds;
    this.nextScrape = nowSeconds + random() * this.settings.resolutionSeconds;
  }

  /** @returns takes the pod away again: it is in the answer until the next scrape */
  watch(pod: MeteredPod): () => void {
    const dice = seededRandom(Math.floor(this.random() * 2 ** 32));
    const measureAt = this.nowSeconds + dice() * this.settings.housekeeping.leastSeconds;
    const metered: Metered = { pod, dice, measureAt, measured: undefined, last: undefined, previous: undefined };
    this.pods.add(metered);
    return () => {
      metered.measureAt = Number.POSITIVE_INFINITY;
      metered.measured = undefined;
    };
  }

  advance(toSeconds: number): void {
    for (; this.nextScrape <= toSeconds; this.nextScrape += this.settings.resolutionSeconds) {
      this.measure(this.nextScrape);
      if (!this.paused) this.scrape();
    }
    this.measure(toSeconds);
    this.nowSeconds = toSeconds;
  }

  /** The answer of metrics.k8s.io, of one namespace or of all. */
  podMetrics(namespace?: string): object {
    const items = [];
    const fault = this.fault;
    const factor = fault?.kind === 'scaled' ? fault.factor : fault?.kind === 'zero' ? 0 : 1;
    for (const { pod, last, previous } of this.pods) {
      if (fault?.kind === 'empty' || (namespace !== undefined && pod.namespace !== namespace)) continue;
      if (fault?.kind === 'partial' && fault.missing(pod.name)) continue;
      if (!last || !previous || last.cpuSeconds < previous.cpuSeconds) continue;
      const windowSeconds = last.atSeconds - previous.atSeconds;
      const cores = ((last.cpuSeconds - previous.cpuSeconds) / windowSeconds) * factor;
      const usage = {
        cpu: `${Math.ceil(cores * 1e9)}n`,
        memory: `${Math.ceil((last.memoryBytes * factor) / 1024)}Ki`,
      };
      items.push({
        metadata: { name: pod.name, namespace: pod.namespace },
        timestamp: `${new Date(last.atSeconds * 1000).toISOString().slice(0, 19)}Z`,
        window: `${windowSeconds.toFixed(3)}s`,
        containers: [{ name: 'app', usage }],
      });
    }
    return { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items };
  }

  /** For the memory API's `intercept`; undefined where the request is none of its own. */
  intercept({ path }: Pick<MemoryRequest, 'path'>): Intercepted | undefined {
    const match = PATH.exec(path);
    if (!match) return undefined;
    if (this.fault?.kind !== 'unavailable') return { answer: this.podMetrics(match[1]) };
    const message = 'the server is currently unable to handle the request (get pods.metrics.k8s.io)';
    return { error: statusError(`GET memory${ROOT}`, 503, { message, reason: 'ServiceUnavailable' }) };
  }

  private measure(toSeconds: number): void {
    const { leastSeconds, mostSeconds } = this.settings.housekeeping;
    for (const metered of this.pods) {
      for (; metered.measureAt <= toSeconds; ) {
        const { pod, measureAt } = metered;
        metered.measured = {
          atSeconds: measureAt,
          cpuSeconds: pod.cpuSeconds(measureAt),
          memoryBytes: pod.memoryBytes(measureAt),
        };
        metered.measureAt += leastSeconds + metered.dice() * (mostSeconds - leastSeconds);
      }
    }
  }

  private scrape(): void {
    for (const metered of this.pods) {
      const { pod, measured, last } = metered;
      if (!measured) {
        if (metered.measureAt === Number.POSITIVE_INFINITY) this.pods.delete(metered);
        continue;
      }
      const ageSeconds = measured.atSeconds - pod.startedSeconds;
      if (ageSeconds >= FRESH_SECONDS && ageSeconds < this.settings.resolutionSeconds) {
        metered.previous = { ...measured, atSeconds: pod.startedSeconds, cpuSeconds: 0 };
      } else if (last && last.atSeconds > pod.startedSeconds && measured.atSeconds > last.atSeconds) {
        metered.previous = last;
      }
      metered.last = measured;
    }
  }
}
