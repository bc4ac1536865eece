import type { BoundRow, ClusterBounds } from '../../addon/bounds/cluster-bounds.ts';
import type { AddonConfig } from '../../addon/config/config.ts';
import type { PrometheusHttp } from '../../collector/prometheus/answer.ts';
import { budgeted, type QueryBudget } from '../../collector/prometheus/query-budget.ts';
import { WorldError } from '../../core/errors.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { type StartupSpec, startupOf } from '../../core/startup.ts';
import { workloadKey } from '../../core/workload.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { Resources } from '../../kubernetes/resources.ts';
import { texts } from '../../replay/report/texts/texts.ts';
import { replayDefaults } from '../commands/replay/replay-defaults.ts';
import { parseReplayOptions } from '../commands/replay/replay-options.ts';
import { type Bounded, readBounds } from '../commands/report/bounds.ts';
import { clusterWorkloads } from '../commands/report/cluster-workloads.ts';
import type { Sentence, Skipped } from '../commands/report/skipped.ts';
import { BOUND_LIMITS } from '../commands/report/usage-plan.ts';

/** A week, as the baselines compare, after a day of which the HPA knows. */
const WEEK_SECONDS = 7 * DAY_SECONDS;
const HISTORY_DAYS = 1;
const WEEK_SHARE = 7 / 30;
const WEEK_HOURS = 7 * 24;

export interface ClusterBoundsParts {
  readonly api: KubernetesApi;
  readonly resources: Resources;
  readonly prometheus: PrometheusHttp;
  /** Empty: the whole cluster. */
  readonly namespaces: AddonConfig['namespaces'];
  /** Of a workload that opted in and names none. */
  readonly defaultMode: AddonConfig['defaults']['mode'];
  /** The longest query, characters. */
  readonly mostChars: number;
  readonly budget: QueryBudget;
  /** Whether there is time for another query. */
  readonly hasTime: () => boolean;
  /** Of pods that nobody measured. */
  readonly startup: StartupSpec;
  readonly nowSeconds: number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What `prescale report` finds in its first stage, in pod-hours of a week. @throws WorldError where nothing could be read */
export async function readClusterBounds(parts: ClusterBoundsParts): Promise<ClusterBounds> {
  const { api, resources, prometheus, namespaces, defaultMode, mostChars, budget, hasTime, nowSeconds, sleep } = parts;
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  const found = [];
  for (const scope of scopes) found.push(await clusterWorkloads(api, resources, scope, defaultMode));
  const workloads = found.flatMap((one) => one.workloads);
  const endSeconds = Math.floor(nowSeconds / MINUTE_SECONDS) * MINUTE_SECONDS;
  const range = {
    startSeconds: endSeconds - WEEK_SECONDS - HISTORY_DAYS * DAY_SECONDS,
    endSeconds,
    stepSeconds: MINUTE_SECONDS,
  };
  const startup = startupOf(parts.startup);
  const { settings } = parseReplayOptions(
    { ...replayDefaults(), history: `${HISTORY_DAYS}d`, podCapacity: '1' },
    false,
  );
  const common = { settings, startup, prices: undefined };
  const http = budgeted(prometheus, budget, sleep);
  const limits = { ...BOUND_LIMITS, chars: mostChars };
  const { bounded, skipped } = await readBounds(http, workloads, range, common, limits, hasTime, () => {});
  const unlisted = found.flatMap((one) => one.unlisted).map((one) => `${said(one.workload)}: ${said(one.why)}`);
  const unknown = [...found.flatMap((one) => one.skipped), ...skipped].map(unknownOf);
  const [failed] = unknown.filter(({ fault }) => fault);
  // A server that is away is no cluster of which nothing is known.
  if (bounded.length === 0 && failed) throw new WorldError(failed.why);
  if (workloads.length === 0 && unlisted.length > 0) throw new WorldError(unlisted.join('; '));
  return {
    madeSeconds: nowSeconds,
    prometheus: prometheus.name,
    fromSeconds: endSeconds - WEEK_SECONDS,
    toSeconds: endSeconds,
    queries: budget.used,
    startupSeconds: startup.quantile(0.9),
    unlisted,
    rows: bounded.map(rowOf).sort(byKey),
    unknown: unknown.sort(byKey),
  };
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : Number(a.key > b.key);
}

/** In English, as all that the API says. */
function said(sentence: Sentence): string {
  return sentence(texts('en').savings);
}

function unknownOf({ workload, why, fault }: Skipped<Sentence>) {
  return { key: said(workload), why: said(why), fault };
}

function rowOf({ workload, row }: Bounded): BoundRow {
  const podHours = row.today.costPer30Days * WEEK_SHARE;
  return {
    key: workloadKey(workload.ref),
    apiVersion: workload.ref.apiVersion,
    optedIn: workload.optedIn,
    baseline: row.baseline,
    label: said(row.baselineLabel),
    hours: Math.min(WEEK_HOURS, (row.days * DAY_SECONDS) / HOUR_SECONDS),
    podHours,
    leastPodHours: Math.max(0, podHours - row.savedPer30Days * WEEK_SHARE),
    servedShare: row.today.servedShare,
    startsPerDay: row.today.startsPerDay,
    notes: row.notes.map(said),
  };
}
