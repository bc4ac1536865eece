import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { servePrometheus } from '../scale/prometheus.ts';
import { ROW_COLUMNS, type Row, row } from '../scale/rows.ts';
import { type ReportCluster, serveCluster } from './cluster.ts';
import { cpuCounters, DAYS, END_SECONDS, fleetOf } from './fleet.ts';

const DEPLOYMENTS = 1_000;
const QUICK_DEPLOYMENTS = 60;
const BUDGET = '8m';
const QUICK_BUDGET = '1m';
const WANTED_QUERIES = 120;
const WANTED_SECONDS = 600;
/** The fortnight in one block: promtool reads the whole text for each. */
const BLOCKS = ['--max-block-duration=486h'];
const COMMAND = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
/** The command says what it took as it ends; its threads are in it. */
const TELL_USAGE =
  'import{isMainThread}from"node:worker_threads";if(isMainThread)process.on("exit",()=>process._rawDebug("usage="+JSON.stringify(process.resourceUsage())))';

const usageSchema = z.object({ userCPUTime: z.number(), systemCPUTime: z.number(), maxRSS: z.number() });
const savingsSchema = z.object({
  queries: z.number(),
  totals: z.object({ found: z.number(), replayed: z.number(), boundOnly: z.number(), skipped: z.number() }),
  skipped: z.array(z.object({ why: z.string(), fault: z.boolean() })),
});

/** `prescale report --all` of a cluster in memory with a real Prometheus behind its API server: queries, time, CPU and memory. */
export async function run({ quick, progress = () => {} }: BenchOptions): Promise<BenchResult> {
  const fleet = fleetOf(quick ? QUICK_DEPLOYMENTS : DEPLOYMENTS);
  const budget = quick ? QUICK_BUDGET : BUDGET;
  const pods = fleet.reduce((sum, shop) => sum + shop.pods, 0);
  progress(`${fleet.length} Deployments, ${pods} pods, ${DAYS} days by the minute: the blocks are written`);
  const prometheus = await servePrometheus(cpuCounters(fleet), BLOCKS);
  const folder = mkdtempSync(join(tmpdir(), 'prescale-report-all-'));
  try {
    const cluster = await serveCluster(fleet, prometheus.url, folder);
    try {
      progress('the report begins');
      const before = cpuSecondsOf(prometheus.pid);
      const reported = await report(cluster, folder, budget);
      const server = { cpuSeconds: cpuSecondsOf(prometheus.pid) - before, peakBytes: peakBytesOf(prometheus.pid) };
      return result(fleet.length, pods, budget, reported, server);
    } finally {
      await cluster.stop();
    }
  } finally {
    await prometheus.stop();
    rmSync(folder, { recursive: true });
  }
}

interface Reported {
  readonly code: number | null;
  readonly seconds: number;
  readonly boundSeconds: number;
  readonly servedQueries: number;
  readonly usage: z.infer<typeof usageSchema>;
  readonly savings: z.infer<typeof savingsSchema>;
}

async function report(cluster: ReportCluster, folder: string, budget: string): Promise<Reported> {
  const options = [
    'report',
    '--all',
    '--kubeconfig',
    cluster.kubeconfig,
    '--end',
    String(END_SECONDS),
    '--budget',
    budget,
  ];
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(TELL_USAGE)}`,
      COMMAND,
      ...options,
      ...['--out', join(folder, 'out'), '-o', 'json'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [output, errors]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => output.push(piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => errors.push(piece));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - began) / 1000;
  const [, usage] = /^usage=(.*)$/m.exec(errors.join('')) ?? [];
  if (output.length === 0 || usage === undefined)
    throw new Error(`report --all ended with ${code}: ${errors.join('')}`);
  const { count, firstMinuteMs = Number.NaN } = cluster.queries();
  return {
    ...{ code, seconds, boundSeconds: (firstMinuteMs - began) / 1000, servedQueries: count },
    usage: usageSchema.parse(JSON.parse(usage)),
    savings: savingsSchema.parse(JSON.parse(output.join(''))),
  };
}

function result(
  deployments: number,
  pods: number,
  budget: string,
  { code, seconds, boundSeconds, servedQueries, usage, savings }: Reported,
  server: { readonly cpuSeconds: number; readonly peakBytes: number },
): BenchResult {
  const { replayed, boundOnly, skipped } = savings.totals;
  const rows: Row[] = [
    row('queries, as the report says', savings.queries, '', WANTED_QUERIES),
    row('range queries, as the API server saw them', servedQueries, '', WANTED_QUERIES),
    row('from the start to the end', seconds, 's', WANTED_SECONDS),
    row('until the bounds of all are known', boundSeconds, 's'),
    row('replayed by the minute', replayed, ''),
    row('bound only', boundOnly, ''),
    row('skipped', skipped, '', 0),
    row('exit code', code ?? Number.NaN, '', 0),
    row('CPU of the report, all threads', (usage.userCPUTime + usage.systemCPUTime) / 1e6, 's'),
    row('memory of the report, peak', (usage.maxRSS * 1024) / 1e6, 'MB'),
    row('CPU of Prometheus', server.cpuSeconds, 's'),
    row('memory of Prometheus, peak', server.peakBytes / 1e6, 'MB'),
  ];
  const reasons = new Set(savings.skipped.map(({ why }) => why));
  return {
    title: `report --all of ${deployments} Deployments and ${DAYS} days`,
    columns: ROW_COLUMNS,
    rows,
    notes: [
      `made-up CPU counters of ${pods} pods with one container each, scraped each minute, in blocks of a real Prometheus; all on one machine with ${availableParallelism()} cores`,
      'the API server is one in memory behind HTTP, in the process of the benchmark; Prometheus is asked through it',
      `--budget ${budget}: no replay begins after that; what Prometheus holds for a query grows with pods × containers × steps`,
      ...[...reasons].map((why) => `skipped: ${why}`),
    ],
  };
}

/** CPU of all its threads so far. Source: proc_pid_stat(5), fields 14 and 15, of 10 ms. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakBytesOf(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
