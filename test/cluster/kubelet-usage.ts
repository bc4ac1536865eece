import { NODES, nodeMetricsPath } from './kwok.ts';

export interface PodUsage {
  readonly namespace: string;
  readonly name: string;
  /** Mean over the time between the last two scrapes. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
  /** Epoch. */
  readonly atSeconds: number;
}

/** Asks KWOK for every pod's CPU and memory again and again, as metrics-server asks kubelets. */
export function kubeletUsage(kwokPort: number, scrapeSeconds: number): { pods(): PodUsage[]; stop(): void } {
  let before = new Map<string, Counted>();
  let latest: PodUsage[] = [];
  const scrape = async () => {
    const now = new Map<string, Counted>();
    for (const node of NODES) {
      const answer = await fetch(`http://127.0.0.1:${kwokPort}${nodeMetricsPath(node)}`);
      for (const pod of readPods(await answer.text(), Date.now() / 1000)) now.set(`${pod.namespace}/${pod.name}`, pod);
    }
    // A pod has figures from its second scrape on, as with metrics-server.
    latest = [...now].flatMap(([key, pod]) => {
      const past = before.get(key);
      return past === undefined ? [] : [usage(past, pod)];
    });
    before = now;
  };
  // While KWOK is stopped there are no fresh figures: the old ones stay, with their old time.
  const quietly = () => void scrape().catch(() => undefined);
  quietly();
  const timer = setInterval(quietly, scrapeSeconds * 1000);
  return { pods: () => latest, stop: () => clearInterval(timer) };
}

interface Counted {
  readonly namespace: string;
  readonly name: string;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly atSeconds: number;
}

function usage(past: Counted, pod: Counted): PodUsage {
  const { namespace, name, memoryBytes, atSeconds } = pod;
  const cpuCores = Math.max(0, pod.cpuSeconds - past.cpuSeconds) / Math.max(1e-3, atSeconds - past.atSeconds);
  return { namespace, name, cpuCores, memoryBytes, atSeconds };
}

const SAMPLE = /^(pod_cpu_usage_seconds_total|pod_memory_working_set_bytes)\{(.*)\} (\S+)/;

function readPods(text: string, atSeconds: number): Counted[] {
  const found = new Map<string, { namespace: string; name: string; cpuSeconds: number; memoryBytes: number }>();
  for (const line of text.split('\n')) {
    const [, metric, labels, value] = SAMPLE.exec(line) ?? [];
    if (metric === undefined) continue;
    const label = (key: string) => new RegExp(`(?:^|,)${key}="([^"]*)"`).exec(labels!)?.[1] ?? '';
    const [namespace, name] = [label('namespace'), label('pod')];
    const pod = found.get(`${namespace}/${name}`) ?? { namespace, name, cpuSeconds: 0, memoryBytes: 0 };
    if (metric === 'pod_cpu_usage_seconds_total') pod.cpuSeconds = Number(value);
    else pod.memoryBytes = Number(value);
    found.set(`${namespace}/${name}`, pod);
  }
  return [...found.values()].map((pod) => ({ ...pod, atSeconds }));
}
