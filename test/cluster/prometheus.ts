import { writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './binaries.ts';
import { NODES, nodeMetricsPath } from './kwok.ts';
import type { ServerSpec } from './server-process.ts';

export interface PrometheusOptions {
  readonly folder: string;
  readonly port: number;
  readonly kwokPort: number;
  readonly scrapeSeconds: number;
}

/** A Prometheus that scrapes both nodes' figures (job `kubelet`) and whatever addScrape names. */
export function prometheus(options: PrometheusOptions): ServerSpec {
  const { folder, port } = options;
  writeFileSync(configFile(folder), JSON.stringify(configuration(options), null, 2));
  return {
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${configFile(folder)}`,
      `--storage.tsdb.path=${dataFolder(folder)}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    logFile: join(folder, 'prometheus.log'),
    ready: async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
  };
}

function configuration({ folder, kwokPort, scrapeSeconds }: PrometheusOptions): object {
  const interval = `${scrapeSeconds}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      ...NODES.map((node) => ({
        job_name: `kubelet-${node}`,
        metrics_path: nodeMetricsPath(node),
        honor_timestamps: false,
        static_configs: [{ targets: [`127.0.0.1:${kwokPort}`], labels: { job: 'kubelet', instance: node, node } }],
      })),
      { job_name: 'added', honor_labels: true, file_sd_configs: [{ files: [join(folder, 'scrape-*.json')] }] },
    ],
  };
}

/**
 * Lets the server scrape `127.0.0.1:<port>/metrics`, from the next moment on. Its samples fallBack job and instance = name,
 * not the address, so that backfilled history goes on in one series.
 */
export async function addScrape(folder: string, name: string, port: number): Promise<void> {
  const groups = [{ targets: [`127.0.0.1:${port}`], labels: { job: name, instance: name } }];
  const draft = join(folder, `draft-${name}.json`);
  await writeFile(draft, JSON.stringify(groups));
  await rename(draft, join(folder, `scrape-${name}.json`));
}

/** Turns OpenMetrics text into blocks. While the server is stopped, or has not been started. */
export async function backfillPrometheus(folder: string, texts: readonly string[]): Promise<void> {
  for (const [index, text] of texts.entries()) {
    const file = join(folder, `backfill-${index}.om`);
    await writeFile(file, text);
    await run('promtool', ['tsdb', 'create-blocks-from', '--quiet', 'openmetrics', file, dataFolder(folder)]);
  }
}

function configFile(folder: string): string {
  return join(folder, 'prometheus.yml');
}

function dataFolder(folder: string): string {
  return join(folder, 'prometheus');
}
