import { join } from 'node:path';
import type { TimeRange } from '../../../collector/demand/demand-source.ts';
import { budgeted, QueryBudget } from '../../../collector/prometheus/query-budget.ts';
import { InputError } from '../../../core/errors.ts';
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../../core/series.ts';
import { isNamespaceName } from '../../../core/text/object-name.ts';
import { plainJson } from '../../../core/text/plain-text.ts';
import { workloadKey } from '../../../core/workload.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { discoverResources } from '../../../kubernetes/resources.ts';
import { type Language, texts as textsOf } from '../../../replay/report/texts/texts.ts';
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
import { defaultModeOf } from './default-mode.ts';
import { replayBest } from './replays.ts';
import { type ChosenPrometheus, choosePrometheus } from './report-prometheus.ts';
import { savingsCsv } from './savings-csv.ts';
import { savingsPage } from './savings-page.ts';
import { byBound, nameOf, ranked, type Savings, totalsOf, worded } from './savings-rows.ts';
import { savingsText } from './savings-text.ts';
import type { Sentence } from './skipped.ts';
import { BOUND_LIMITS, MOST_QUERIES, REPLAY_LIMITS, REPLAY_QUERIES } from './usage-plan.ts';

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
  readonly lang: string;
}

/** Exit codes beside those of main.ts. */
const NOTHING_READ = 1;
const SOME_FAILED = 3;

const DEFAULT_START = '14d';
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
  const api = await connectCluster(flags);
  const proxied = await connectCluster(flags, { deadlineSeconds: PROXY_SECONDS, attempts: 1 });
  const budget = new QueryBudget(MOST_QUERIES, REPLAY_QUERIES);
  let savings: Savings<Sentence>;
  try {
    const chosen = await choosePrometheus(proxied, flags, runsInside(flags), process.env, () => budget.take());
    writeNote(`Prometheus: ${chosen.why}`);
    try {
      savings = await report(api, chosen, budget, task);
    } finally {
      await chosen.http.close();
    }
  } finally {
    await Promise.all([api.close(), proxied.close()]);
  }
  const { language } = task.work.options;
  if (savings.rows.length === 0) return complain(worded(savings, textsOf(language)));
  if (savings.skipped.some(({ fault }) => fault)) process.exitCode = SOME_FAILED;
  await writeSavings(savings, language, flags);
}

async function readTask(flags: ReportFlags): Promise<ReportTask> {
  const { namespace, all, history, startup, slo, startCost, price, out, lang } = flags;
  if (all && namespace !== undefined) throw new InputError('--all conflicts with --namespace: give one of the two');
  if (!all && namespace === undefined)
    throw new InputError('report needs --all, for all workloads of the cluster, or -n <namespace>');
  if (namespace !== undefined && !isNamespaceName(namespace))
    throw new InputError(`--namespace: found ${JSON.stringify(namespace)}; expected the name of a namespace`);
  if (out === '') throw new InputError('--out: found nothing; expected a folder');
  const begun = performance.now();
  const budgetSeconds = parseDuration({ option: '--budget', text: flags.budget });
  const own = { ...replayDefaults(), history, startup, slo, startCost, price, lang };
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
export async function report(
  api: KubernetesApi,
  { http: prometheus, mostChars }: ChosenPrometheus,
  budget: QueryBudget,
  task: ReportTask,
): Promise<Savings<Sentence>> {
  const { namespace, range, work, hasTime, flags, out } = task;
  const { prices, startup, options } = work;
  const resources = discoverResources(api, () => performance.now() / 1000);
  const found = await clusterWorkloads(api, resources, namespace, await defaultModeOf(api));

  const reading = progressBar(`Reading ${found.workloads.length} workloads`);
  const common = { prices, startup, settings: options.settings };
  const http = budgeted(prometheus, budget, sleep);
  const boundLimits = { ...BOUND_LIMITS, chars: mostChars };
  const bounds = await readBounds(http, found.workloads, range, common, boundLimits, hasTime, reading.update);
  const { bounded, skipped } = bounds;
  reading.done();

  const byName = new Map(bounded.map((one) => [nameOf(one.row), one]));
  const best = byBound(bounded.map(({ row }) => row)).map((row) => byName.get(nameOf(row))!);
  let replayed = 0;
  const replaying = progressBar(() => `Replaying the best, ${replayed} of ${best.length} done`);
  const limits = {
    samples: Math.min(REPLAY_LIMITS.samples, bounds.limits.samples),
    points: Math.min(REPLAY_LIMITS.points, bounds.limits.points),
    chars: bounds.limits.chars,
  };
  const plan = { range, prices, out, flags, limits, all: found.workloads };
  const allowed = { mayBegin: hasTime, queriesLeft: () => budget.left };
  budget.release();
  const { rows: done, failed } = await replayBest(http, best, { ...plan, ...allowed }, (n) => {
    replayed = n;
    replaying.update(n / best.length);
  });
  replaying.done();

  const rows = ranked(bounded.map(({ row, workload }) => done.get(workloadKey(workload.ref)) ?? row));
  const left = [...found.skipped, ...skipped];
  return {
    schemaVersion: 1,
    tool: { name: 'prescale', version: packageVersion() },
    prometheus: prometheus.name,
    startSeconds: range.startSeconds,
    endSeconds: range.endSeconds,
    queries: budget.used,
    currency: prices.currency,
    prices: { book: prices.name, source: prices.source, date: prices.date },
    unmetTargetBp: options.settings.unmetTargetBp,
    totals: totalsOf(rows, left.length),
    rows,
    skipped: [...found.unlisted, ...left, ...failed],
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** index.json is the same in every language. */
async function writeSavings(
  savings: Savings<Sentence>,
  language: Language,
  { out, output }: ReportFlags,
): Promise<void> {
  const inEnglish = worded(savings, textsOf('en'));
  const texts = textsOf(language);
  const own = worded(savings, texts);
  const csv = savingsCsv(own);
  await writeOutFiles(out, [
    { name: 'index.json', pieces: [`${plainJson(inEnglish, 2)}\n`] },
    { name: 'savings.csv', pieces: [csv] },
    { name: 'index.html', pieces: [savingsPage(own, texts)] },
  ]);
  if (output === 'csv') return writeData([csv]);
  if (output !== 'table') return writeForm(output, inEnglish);
  await writeStyled(savingsText(own, texts, wantsColours(process.stdout, process.env), outColumns()));
  await writeData([`\n${texts.savings.wrote(join(out, 'index.html'))}\n`]);
}

const MOST_COMPLAINTS = 10;

/** Each reason once with the first of whom it is true, and one sentence for all. */
function complain({ skipped }: Savings): void {
  const reasons = new Map<string, string[]>();
  for (const { workload, why } of skipped) reasons.set(why, [...(reasons.get(why) ?? []), workload]);
  for (const [why, [first, ...others]] of [...reasons].slice(0, MOST_COMPLAINTS)) {
    writeNote(`prescale: ${first}${others.length > 0 ? ` and ${others.length} more` : ''}: ${why}`);
  }
  const more = reasons.size > MOST_COMPLAINTS ? `, the first ${MOST_COMPLAINTS} reasons are above` : '';
  const what =
    skipped.length === 0 ? 'there is no Deployment, StatefulSet or HPA' : `none of ${skipped.length} was read${more}`;
  writeNote(`prescale: nothing to report: ${what}`);
  process.exitCode = NOTHING_READ;
}
