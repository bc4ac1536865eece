import { join } from 'node:path';
import type { TimeRange } from '../../../collector/demand/demand-source.ts';
import type { PrometheusHttp } from '../../../collector/prometheus/answer.ts';
import { InputError } from '../../../core/errors.ts';
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../../core/series.ts';
import { isNamespaceName } from '../../../core/text/object-name.ts';
import { plainJson } from '../../../core/text/plain-text.ts';
import { workloadKey } from '../../../core/workload.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { discoverResources } from '../../../kubernetes/resources.ts';
import { type ClusterFlags, connectCluster, runsInside } from '../../cluster/cluster.ts';
import { parseDuration } from '../../options/options.ts';
import type { OutputFlags, OutputForm } from '../../options/output-option.ts';
import { type PrometheusFlags, parseRange } from '../../options/prometheus-options.ts';
import { packageVersion } from '../../package-root.ts';
import { wantsColours, writeData, writeNote, writeStyled } from '../../terminal/output.ts';
import { progressBar } from '../../terminal/progress.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { writeForm } from '../../terminal/write-form.ts';
import { checkWritable, writeOutFiles } from '../replay/out-folder.ts';
import { replayDefaults } from '../replay/replay-defaults.ts';
import type { Flags } from '../replay/replay-options.ts';
import { type ReplayWork, readReplayWork } from '../replay/replay-work.ts';
import { readBounds } from './bounds.ts';
import { clusterWorkloads } from './cluster-workloads.ts';
import { replayBest } from './replays.ts';
import { choosePrometheus, counted } from './report-prometheus.ts';
import { savingsCsv } from './savings-csv.ts';
import { savingsPage } from './savings-page.ts';
import { byBound, nameOf, ranked, type Savings, type SavingsRow, totalsOf } from './savings-rows.ts';
import { savingsText } from './savings-text.ts';
import type { Skipped } from './skipped.ts';

/** As they were typed. */
export interface ReportFlags extends ClusterFlags, PrometheusFlags, OutputFlags<OutputForm | 'csv'> {
  readonly all?: boolean;
  readonly namespace?: string;
  readonly budget: string;
  readonly history: string;
  readonly startup: string;
  readonly slo: string;
  readonly startCost: string;
  readonly price: string;
  readonly out: string;
}

/** Exit codes beside those of main.ts. */
const NOTHING_READ = 1;
const SOME_FAILED = 3;

const DEFAULT_START = '14d';
/** So many requests to Prometheus, and no replay is begun that would take more. */
export const MOST_QUERIES = 120;
/** A range query may take the server so long. */
const PROXY_SECONDS = 60;

/** What is to be reported on, read and checked. */
export interface ReportTask {
  readonly namespace: string | undefined;
  readonly range: TimeRange;
  readonly work: ReplayWork;
  /** Options of `prescale replay`, for its threads. */
  readonly flags: Flags;
  readonly out: string;
  /** Whether there is time to begin something. */
  readonly hasTime: () => boolean;
}

/** `prescale report --all`: every workload of a cluster by what Prescale would save. */
export async function runReport(flags: ReportFlags): Promise<void> {
  const task = await readTask(flags);
  await checkWritable(flags.out);
  const api = await connectCluster(flags, { deadlineSeconds: PROXY_SECONDS });
  let savings: Savings;
  try {
    const chosen = await choosePrometheus(api, flags, runsInside(flags), process.env);
    writeNote(`Prometheus: ${chosen.why}`);
    try {
      savings = await report(api, chosen.http, task);
    } finally {
      await chosen.http.close();
    }
  } finally {
    await api.close();
  }
  if (savings.rows.length === 0) return complain(savings);
  if (savings.skipped.some(({ fault }) => fault)) process.exitCode = SOME_FAILED;
  await writeSavings(savings, flags);
}

async function readTask(flags: ReportFlags): Promise<ReportTask> {
  const { namespace, all, history, startup, slo, startCost, price, out } = flags;
  if (all && namespace !== undefined) throw new InputError('--all conflicts with --namespace: give one of the two');
  if (!all && namespace === undefined)
    throw new InputError('report needs --all, for all workloads of the cluster, or -n <namespace>');
  if (namespace !== undefined && !isNamespaceName(namespace))
    throw new InputError(`--namespace: found ${JSON.stringify(namespace)}; expected the name of a namespace`);
  if (out === '') throw new InputError('--out: found nothing; expected a folder');
  const begun = performance.now();
  const budgetSeconds = parseDuration({ option: '--budget', text: flags.budget });
  const own = { ...replayDefaults(), history, startup, slo, startCost, price };
  // Each workload brings its own; here, so that a wrong option is one sentence.
  const work = await readReplayWork({ ...own, podCapacity: '1' }, false);
  const range = parseRange({ start: DEFAULT_START, ...flags, step: '60s' }, Date.now() / 1000);
  const needed = work.options.settings.historySeconds + HOUR_SECONDS;
  if (range.endSeconds - range.startSeconds < needed)
    throw new InputError(
      `--start: found less than --history ${history} and an hour before --end; expected more, such as 14d`,
    );
  return {
    ...{ namespace, work, out, flags: own },
    range: { ...range, stepSeconds: MINUTE_SECONDS },
    hasTime: () => performance.now() - begun < budgetSeconds * 1000,
  };
}

/** Both stages. Nothing is thrown for a single workload; the reports of the replayed ones are written. */
export async function report(api: KubernetesApi, prometheus: PrometheusHttp, task: ReportTask): Promise<Savings> {
  const { namespace, range, work, hasTime, flags, out } = task;
  const { prices, startup, options } = work;
  const { http, count } = counted(prometheus);
  const resources = discoverResources(api, () => performance.now() / 1000);
  const found = await clusterWorkloads(api, resources, namespace);

  const reading = progressBar(`Reading ${found.workloads.length} workloads`);
  const common = { prices, startup, settings: options.settings };
  const { bounded, skipped } = await readBounds(http, found.workloads, range, common, hasTime, reading.update);
  reading.done();

  const byName = new Map(bounded.map((one) => [nameOf(one.row), one]));
  const best = byBound(bounded.map(({ row }) => row)).map((row) => byName.get(nameOf(row))!);
  let replayed = 0;
  const replaying = progressBar(() => `Replaying the best, ${replayed} of ${best.length} done`);
  const queriesLeft = () => MOST_QUERIES - count();
  const plan = { range, prices, out, flags, mayBegin: hasTime, queriesLeft };
  const { rows: done, failed } = await replayBest(http, best, plan, (n) => {
    replayed = n;
    replaying.update(n / best.length);
  });
  replaying.done();

  const rows: SavingsRow[] = ranked(bounded.map(({ row, workload }) => done.get(workloadKey(workload.ref)) ?? row));
  const left: Skipped[] = [...found.skipped, ...skipped, ...failed];
  return {
    schemaVersion: 1,
    tool: { name: 'prescale', version: packageVersion() },
    prometheus: prometheus.name,
    startSeconds: range.startSeconds,
    endSeconds: range.endSeconds,
    queries: count(),
    currency: prices.currency,
    prices: { book: prices.name, source: prices.source, date: prices.date },
    unmetTargetBp: options.settings.unmetTargetBp,
    totals: totalsOf(rows, [...found.skipped, ...skipped]),
    rows,
    skipped: left,
  };
}

async function writeSavings(savings: Savings, { out, output }: ReportFlags): Promise<void> {
  const csv = savingsCsv(savings);
  await writeOutFiles(out, [
    { name: 'index.json', pieces: [`${plainJson(savings, 2)}\n`] },
    { name: 'savings.csv', pieces: [csv] },
    { name: 'index.html', pieces: [savingsPage(savings)] },
  ]);
  if (output === 'csv') return writeData([csv]);
  if (output !== 'table') return writeForm(output, savings);
  await writeStyled(savingsText(savings, wantsColours(process.stdout, process.env), outColumns()));
  await writeData([`\nThe report: ${join(out, 'index.html')} (savings.csv and index.json have the same)\n`]);
}

const MOST_COMPLAINTS = 10;

/** Each with its sentence, and one for all. */
function complain({ skipped }: Savings): void {
  for (const { workload, why } of skipped.slice(0, MOST_COMPLAINTS)) writeNote(`prescale: ${workload}: ${why}`);
  const more = skipped.length > MOST_COMPLAINTS ? `, the first ${MOST_COMPLAINTS} are above` : '';
  const what =
    skipped.length === 0 ? 'there is no Deployment, StatefulSet or HPA' : `none of ${skipped.length} was read${more}`;
  writeNote(`prescale: nothing to report: ${what}`);
  process.exitCode = NOTHING_READ;
}
