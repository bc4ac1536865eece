import { formatCores, parsePercent, parseQuantity } from '../quantity.ts';
import { nearest, oneOf } from '../text/did-you-mean.ts';
import { type AnnotationReader, complaint, wordComplaint } from './annotation-reader.ts';
import { MOST_METRICS } from './annotations.ts';
import type { MetricRef, MetricTarget, PodTarget, PolicyLimits } from './policy.ts';

const RESOURCES = ['cpu', 'memory', 'gpu'] as const;
type Resource = (typeof RESOURCES)[number];

const DEFAULT_CPU: PodTarget = { kind: 'utilization', fraction: 0.7 };
/** Ten times the request: a pod may burst over it, but nobody plans for more. */
const MOST_UTILIZATION = 10;
/** A plain number from here on is a percentage without its sign: 70 is not 70 cores. */
const LEAST_DOUBTFUL: Readonly<Record<Resource, number>> = { cpu: 10, gpu: 17, memory: Number.POSITIVE_INFINITY };
/** Less is a wrong suffix: 500m is half a byte. */
const LEAST_MEMORY_BYTES = 2 ** 20;
const ARG_KEY = /^[a-z][a-z0-9_]*$/;
/** No slash: an argument is a label's value, never a path or an address. */
const ARG_VALUE = /^[A-Za-z0-9_.:-]{1,128}$/;
/** What templates know from the object. Of these the namespace is never an argument, or one could read another's metrics. */
const FROM_OBJECT = ['namespace', 'name', 'kind'];

/** The metrics with their targets; what is wrong is noted in the reader and left out here. */
export function parseMetrics(reader: AnnotationReader, limits: PolicyLimits): MetricTarget[] {
  const metrics: MetricTarget[] = [];
  for (let index = 1; index <= MOST_METRICS; index++) {
    const isNamed = reader.has('metric', index) || reader.has('query', index);
    if (index > 1 && !isNamed) {
      for (const name of ['target', 'metric-args'] as const) {
        if (reader.has(name, index)) reader.wrong(name, `there is no metric-${index} that it belongs to`, index);
      }
      continue;
    }
    if (index > 1 && !hasMetric(reader, index - 1)) {
      const named = reader.has('metric', index) ? 'metric' : 'query';
      const before = index === 2 ? named : `${named}-${index - 1}`;
      reader.wrong(named, `there is no ${before}; expected metrics numbered without a gap`, index);
    }
    const metric = parseMetric(reader, index, limits);
    const target = parseTarget(reader, index, metric);
    if (metric !== undefined && target !== undefined) metrics.push({ metric, target });
  }
  return metrics;
}

function hasMetric(reader: AnnotationReader, index: number): boolean {
  return reader.has('metric', index) || reader.has('query', index);
}

function parseMetric(reader: AnnotationReader, index: number, limits: PolicyLimits): MetricRef | undefined {
  const query = reader.value('query', index);
  const name = reader.value('metric', index) ?? 'cpu';
  if (query !== undefined) return parseQuery(reader, index, query, limits);
  const resource = RESOURCES.find((candidate) => candidate === name);
  if (resource !== undefined) {
    if (reader.has('metric-args', index)) reader.wrong('metric-args', `${resource} has no arguments`, index);
    return { kind: 'resource', resource };
  }
  // Own properties only: `constructor` is no template.
  if (!Object.hasOwn(limits.templates, name)) {
    const templates = Object.keys(limits.templates).sort();
    const expected = `${RESOURCES.join(', ')} or one of the administrator's templates (${
      templates.length === 0 ? 'there are none' : oneOf(templates)
    })`;
    return reader.wrong('metric', wordComplaint(name, [...RESOURCES, ...templates], expected), index);
  }
  const args = parseArgs(reader, index, name, limits.templates[name]!.args);
  return args === undefined ? undefined : { kind: 'template', template: name, args };
}

function parseQuery(
  reader: AnnotationReader,
  index: number,
  query: string,
  limits: PolicyLimits,
): MetricRef | undefined {
  const errors: string[] = [];
  if (!limits.allowRawQueries) {
    errors.push("raw queries are not allowed here; expected metric with one of the administrator's templates");
  }
  if (reader.has('metric', index)) errors.push('there is a metric too; expected one of the two');
  if (reader.has('metric-args', index)) errors.push('there are metric-args too; expected them with a template only');
  if (query === '') errors.push(complaint(query, 'PromQL that gives one series'));
  for (const error of errors) reader.wrong('query', error, index);
  return errors.length === 0 ? { kind: 'query', query } : undefined;
}

/** `service=web,code=200`: each declared argument once. */
function parseArgs(
  reader: AnnotationReader,
  index: number,
  template: string,
  declared: readonly string[],
): Record<string, string> | undefined {
  const text = reader.value('metric-args', index) ?? '';
  const args = new Map<string, string>();
  let isWrong = false;
  const wrong = (message: string) => {
    isWrong = true;
    reader.wrong('metric-args', message, index);
  };
  for (const pair of text === '' ? [] : text.split(',')) {
    const [key, value] = splitPair(pair);
    const problem = argProblem(key, value, template, declared, args.has(key));
    if (problem === undefined) args.set(key, value!);
    else wrong(problem);
  }
  const missing = declared.filter((key) => !args.has(key));
  if (!isWrong && missing.length > 0) {
    wrong(`${template} needs ${oneOf(missing)} too; expected ${declared.map((key) => `${key}=…`).join(',')}`);
  }
  if (isWrong) return undefined;
  return Object.fromEntries([...args].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function splitPair(pair: string): [key: string, value: string | undefined] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair.trim(), undefined] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}

function argProblem(
  key: string,
  value: string | undefined,
  template: string,
  declared: readonly string[],
  isTwice: boolean,
): string | undefined {
  if (value === undefined || !ARG_KEY.test(key)) return complaint(key, 'key=value, several separated by commas');
  if (key === 'namespace' || (FROM_OBJECT.includes(key) && !declared.includes(key))) {
    return `${key} comes from the workload itself; expected it left out`;
  }
  if (!declared.includes(key)) {
    const meant = nearest(key, declared);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return `${template} has no argument ${JSON.stringify(key)}; expected ${oneOf(declared) || 'none'}${hint}`;
  }
  if (isTwice) return `${key} is given twice; expected it once`;
  if (ARG_VALUE.test(value)) return undefined;
  return `${key}: ${complaint(value, '1 to 128 letters, digits and _ . : - (no paths, no addresses)')}`;
}

function parseTarget(reader: AnnotationReader, index: number, metric: MetricRef | undefined): PodTarget | undefined {
  const text = reader.value('target', index);
  const resource = metric?.kind === 'resource' ? metric.resource : undefined;
  if (text === undefined) {
    if (resource === 'cpu') return DEFAULT_CPU;
    if (metric === undefined) return undefined;
    return reader.wrong('target', complaint(undefined, `${expectedOf(metric)}: what one Ready pod serves`), index);
  }
  const fraction = parsePercent(text);
  const perPod = parseQuantity(text);
  if (fraction === undefined && perPod === undefined) {
    return reader.wrong('target', complaint(text, metric === undefined ? 'a number' : expectedOf(metric)), index);
  }
  if (metric === undefined) return undefined;
  const problem =
    fraction !== undefined ? shareProblem(text, fraction, metric) : absoluteProblem(text, perPod!, resource);
  if (problem !== undefined) return reader.wrong('target', problem, index);
  return fraction !== undefined ? { kind: 'utilization', fraction } : { kind: 'absolute', perPod: perPod! };
}

function expectedOf(metric: MetricRef): string {
  if (metric.kind !== 'resource') return 'a number above 0 such as 100';
  return { cpu: 'cores such as 500m, or 70%', memory: 'bytes such as 1.5Gi, or 70%', gpu: 'GPUs such as 1, or 70%' }[
    metric.resource
  ];
}

function shareProblem(text: string, fraction: number, metric: MetricRef): string | undefined {
  if (metric.kind !== 'resource') return complaint(text, `${expectedOf(metric)}: a query has no request to share`);
  if (fraction >= 0.01 && fraction <= MOST_UTILIZATION) return undefined;
  return complaint(text, `1% to ${MOST_UTILIZATION * 100}% of the request`);
}

function absoluteProblem(text: string, perPod: number, resource: Resource | undefined): string | undefined {
  if (!(perPod > 0)) return complaint(text, 'more than 0');
  if (resource === undefined) return undefined;
  if (resource === 'memory' && perPod < LEAST_MEMORY_BYTES) {
    return `${complaint(text, 'at least 1Mi')}; ${text} is ${perPod} bytes`;
  }
  if (perPod < LEAST_DOUBTFUL[resource] || !/^\d+$/.test(text)) return undefined;
  const unit = resource === 'cpu' ? 'cores' : 'GPUs';
  return complaint(
    text,
    `${text}% for a share of the request, or ${formatCores(perPod)}.0 for ${perPod} ${unit} a pod`,
  );
}
