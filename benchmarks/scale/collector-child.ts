import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { demandFromPrometheus } from '../../collector/prometheus/server.io.ts';
import { AT_SECONDS, type CollectorLoad, podsOf, queriesOf, TEMPLATES } from './collector-load.ts';
import { median } from './rows.ts';

/** What the child is told. */
export interface CollectorTask {
  readonly url: string;
  readonly load: CollectorLoad;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly ticks: number;
}

/** What one load came to. */
export interface CollectorFigures {
  readonly medianSeconds: number;
  readonly mostSeconds: number;
  readonly values: number;
  /** Why some have none, the first of them. */
  readonly why: string;
  /** Of this process, over a tick. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly mostRssBytes: number;
}

async function measure({ url, load, batchSize, concurrency, ticks }: CollectorTask): Promise<CollectorFigures> {
  const source = demandFromPrometheus(
    { url },
    { templates: TEMPLATES, allowRawQueries: false, batchSize, concurrency },
  );
  const queries = queriesOf(load);
  const pods = podsOf(load);
  const seconds: number[] = [];
  const cpu: number[] = [];
  let readings: ReadonlyMap<string, DemandReading> = new Map();
  for (let tick = 0; tick < ticks; tick++) {
    const [started, before] = [performance.now(), process.cpuUsage()];
    readings = await source.latest(queries, AT_SECONDS, (key) => pods.get(key) ?? []);
    seconds.push((performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1e6);
  }
  await source.close();
  const missing = [...readings.values()].flatMap((one) => (one.kind === 'missing' ? [one.why] : []));
  return {
    medianSeconds: median(seconds),
    mostSeconds: Math.max(...seconds),
    values: readings.size - missing.length,
    why: missing[0] ?? '',
    cpuSeconds: median(cpu),
    rssBytes: process.memoryUsage.rss(),
    mostRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

process.once('message', (task: CollectorTask) => {
  void measure(task).then(
    (figures) => process.send!(figures, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
