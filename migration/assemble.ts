import { stringify } from 'yaml';
import { templateProblems } from '../collector/prometheus/promql/query-templates.ts';
import { ANNOTATION_PREFIX, ANNOTATIONS, annotation, MOST_METRICS } from '../core/policy/annotations.ts';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import type { PolicyLimits } from '../core/policy/policy.ts';
import { formatSeconds } from '../core/quantity.ts';
import type { Draft, MetricWish, Origin, RuleWish, ValueWish, Wish } from './draft.ts';
import type { Migration, TemplateDraft } from './migration.ts';
import { reportFields } from './report-fields.ts';

/** As many as anybody's cap is; the administrator's own is not known. */
const MOST_REPLICAS = 100_000;
const ANY_LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: MOST_REPLICAS,
  allowRawQueries: false,
  templates: {},
};

/** What holds where no metric is left. */
const NO_METRIC = 'No metric is carried over: Prescale takes cpu at 70 % of the request then, unless you name another.';

interface Parts {
  wishes: readonly Wish[];
  metrics: readonly MetricWish[];
  rules: readonly RuleWish[];
}

/**
 * One set of annotations from all manifests for a workload. Whatever the addon's own validator refuses is taken out, with its words as
 * the reason, so that what is left is always right.
 * @param keepMode false: `observe`, whatever the manifests ask for
 */
export function assemble(drafts: readonly Draft[], keepMode: boolean): Migration {
  const target = drafts[0]!.target!;
  const parts: Parts = {
    wishes: oneOfEach(drafts.flatMap(({ wishes }) => wishes)),
    metrics: usableMetrics(drafts.flatMap(({ metrics }) => metrics)),
    rules: drafts.flatMap(({ rules }) => rules),
  };
  fitToMetrics(parts);
  const ownMode = parts.wishes.find(({ name }) => name === 'mode')?.value;
  let texts = textsOf(parts, keepMode);
  // Each round takes out at least one part.
  for (let problem = firstProblem(texts, parts); problem !== undefined; problem = firstProblem(texts, parts)) {
    takeOut(parts, problem);
    texts = textsOf(parts, keepMode);
  }
  if (parts.metrics.length === 0) drafts[0]!.assume(NO_METRIC);
  const templates = templatesOf(parts.metrics);
  const values = drafts.flatMap((draft) => draft.values);
  const settings = [
    ...extraSettings(target, texts),
    ...new Map(values.map((wish) => [wish.path.join('.'), wish])).values(),
  ];
  const carried = [...parts.wishes, ...parts.metrics, ...parts.rules, ...values].flatMap(({ from }) => from);
  const fields = drafts.map((draft) =>
    reportFields(
      draft,
      carried.filter((origin) => origin.draft === draft),
    ),
  );
  return {
    sources: fields.map(({ source }) => source),
    workload: target,
    annotations: Object.fromEntries(texts),
    templates,
    settings: settings.map(({ path, value }) => ({ path, value })),
    ownMode,
    carried: fields.flatMap((one) => one.carried),
    notCarried: fields.flatMap((one) => one.dropped),
    assumptions: [...new Set(drafts.flatMap(({ assumptions }) => assumptions))],
  };
}

function dropAll(from: readonly Origin[], reason: string): void {
  for (const { draft, path } of from) draft.drop(path, reason);
}

/** Of two manifests that ask for different things the first counts, but for what one of them only concluded. */
function oneOfEach(wishes: readonly Wish[]): Wish[] {
  const kept = new Map<string, Wish>();
  for (const wish of [...wishes.filter(({ weak }) => !weak), ...wishes.filter(({ weak }) => weak)]) {
    const other = kept.get(wish.name);
    if (other === undefined) kept.set(wish.name, wish);
    else if (other.value === wish.value) kept.set(wish.name, { ...other, from: [...other.from, ...wish.from] });
    else {
      const whose = other.from[0]?.draft.name ?? 'another manifest';
      dropAll(wish.from, `${annotation(wish.name)} is ${other.value} already, by ${whose}`);
    }
  }
  return [...kept.values()];
}

/** Each once; those whose query can't be a template and those beyond the fifth are dropped. */
function usableMetrics(metrics: readonly MetricWish[]): MetricWish[] {
  const kept = new Map<string, MetricWish>();
  for (const wish of metrics) {
    const problem = 'query' in wish.metric ? templateProblems({ query: wish.metric.query, args: [] })[0] : undefined;
    const key = JSON.stringify([wish.metric, wish.target]);
    const other = kept.get(key);
    if (problem !== undefined) dropAll(wish.from, `its query can't be a template: ${problem}`);
    else if (other !== undefined) kept.set(key, { ...other, from: [...other.from, ...wish.from] });
    else if (kept.size >= MOST_METRICS) dropAll(wish.from, `a workload has at most ${MOST_METRICS} metrics`);
    else kept.set(key, wish);
  }
  return [...kept.values()];
}

/** What depends on the metrics: none of them can bring a workload back from zero that is measured at its own pods. */
function fitToMetrics(parts: Parts): void {
  const takesOver = parts.wishes.some(({ name }) => name === 'take-over-hpa');
  const ownPods = parts.metrics.every(({ metric }) => 'resource' in metric);
  if (!ownPods && !takesOver) return;
  const why = takesOver
    ? 'an HPA keeps one pod at least'
    : 'without pods there is no cpu, memory or gpu use to measure, so nothing would bring them back';
  parts.wishes = parts.wishes.map((wish) => {
    if (wish.name !== 'min-replicas' || wish.value !== '0') return wish;
    dropAll(wish.from, `min-replicas is 1: ${why}`);
    for (const { draft } of wish.from) draft.assume(`min-replicas is 1 instead of 0: ${why}.`);
    return { ...wish, value: '1', from: [] };
  });
  parts.rules = parts.rules.flatMap((rule) => {
    if (rule.min !== 0 || (rule.max === 0 && !takesOver)) return [rule];
    const { min: _, ...rest } = rule;
    if (rule.max === undefined || rule.max === 0) {
      dropAll(rule.from, why);
      return [];
    }
    const least = rule.from.filter(({ draft, path }) => draft.at(path) === 0);
    dropAll(least, why);
    return [{ ...rest, from: rule.from.filter((origin) => !least.includes(origin)) }];
  });
}

/** The annotations as texts, in the order of docs/annotations.md. */
function textsOf({ wishes, metrics, rules }: Parts, keepMode: boolean): Map<string, string> {
  const texts = new Map<string, string>([[annotation('enabled'), 'true']]);
  for (const { name, value } of wishes) texts.set(annotation(name), value);
  const own = texts.get(annotation('mode'));
  texts.set(annotation('mode'), keepMode && own !== undefined ? own : 'observe');
  metrics.forEach(({ metric, target }, i) => {
    texts.set(annotation('metric', i + 1), 'resource' in metric ? metric.resource : metric.template);
    texts.set(annotation('target', i + 1), target);
  });
  if (rules.length > 0) texts.set(annotation('bounds'), boundsText(rules));
  const order = ANNOTATIONS.map(({ name }) => name as string);
  const rank = (name: string) => order.indexOf(name.slice(ANNOTATION_PREFIX.length).replace(/-\d$/, ''));
  return new Map([...texts].sort(([a], [b]) => metricIndex(a) - metricIndex(b) || rank(a) - rank(b)));
}

/** `metric`, `target`, `metric-2`, `target-2`, then the rest. */
function metricIndex(name: string): number {
  const match = /\/(?:metric|target)(?:-(\d))?$/.exec(name);
  if (match === null) return /\/(?:enabled|mode)$/.test(name) ? 0 : 9;
  return Number(match[1] ?? 1);
}

function boundsText(rules: readonly RuleWish[]): string {
  const items = rules.map(({ cron, timeZone, durationSeconds, min, max, except }) => ({
    cron,
    timeZone,
    duration: formatSeconds(durationSeconds),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(except === undefined || except.length === 0 ? {} : { except }),
  }));
  return stringify(items, { lineWidth: 0 });
}

interface Problem {
  readonly name: string;
  /** Of bounds. */
  readonly rule: number | undefined;
  readonly message: string;
}

function firstProblem(texts: ReadonlyMap<string, string>, { metrics }: Parts): Problem | undefined {
  const templates = Object.fromEntries(
    metrics.flatMap(({ metric }) => ('template' in metric ? [[metric.template, { args: [] }]] : [])),
  );
  const opted = parsePolicy({}, Object.fromEntries(texts), { ...ANY_LIMITS, templates });
  if (opted.kind !== 'wrong') return undefined;
  const [first] = opted.errors;
  const rule = /^\[(\d+)\]/.exec(first!.message)?.[1];
  return { name: first!.annotation, rule: rule === undefined ? undefined : Number(rule), message: first!.message };
}

function takeOut(parts: Parts, { name, rule, message }: Problem): void {
  const metric = metricIndex(name) - 1;
  let out: readonly { readonly from: readonly Origin[] }[];
  if (name === annotation('bounds')) {
    // More rules than there may be: the last ones go.
    const from = rule ?? parts.rules.length - 1;
    out = parts.rules.slice(from, from + 1);
    parts.rules = parts.rules.filter((_, i) => i !== from);
  } else if (metric >= 0 && metric < MOST_METRICS) {
    out = parts.metrics.slice(metric, metric + 1);
    parts.metrics = parts.metrics.filter((_, i) => i !== metric);
  } else {
    out = parts.wishes.filter((wish) => annotation(wish.name) === name);
    parts.wishes = parts.wishes.filter((wish) => annotation(wish.name) !== name);
  }
  if (out.length === 0) throw new Error(`${name} is wrong, and nobody asked for it: ${message}`);
  for (const { from } of out) dropAll(from, `${name}: ${message}`);
}

function templatesOf(metrics: readonly MetricWish[]): TemplateDraft[] {
  return metrics.flatMap(({ metric }) =>
    'template' in metric ? [{ name: metric.template, query: metric.query, draft: metric.draft }] : [],
  );
}

const WATCHED = ['apps/v1 Deployment', 'apps/v1 StatefulSet'];

/** What the chart has to allow for these annotations. */
function extraSettings(
  { apiVersion, kind }: Migration['workload'],
  texts: ReadonlyMap<string, string>,
): Pick<ValueWish, 'path' | 'value'>[] {
  const watched = WATCHED.includes(`${apiVersion} ${kind}`);
  return [
    ...(watched ? [] : [{ path: ['kinds'], value: { apiVersion, kind } }]),
    ...(texts.has(annotation('take-over-hpa')) ? [{ path: ['takeOverHpa', 'enabled'], value: true }] : []),
  ];
}
