import { atMost } from '../../core/concurrency/at-most.ts';
import { InputError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import {
  type DemandQuery,
  type DemandReading,
  type DemandSource,
  OBSERVATION_DELAY_SECONDS,
  type PodsOf,
  type TimeRange,
} from '../demand/demand-source.ts';
import { readyDemand } from '../demand/ready-demand.ts';
import { type PrometheusHttp, readInstantAnswer } from './answer.ts';
import { type Evaluate, type LiveExpression, LiveExpressions } from './live-expressions.ts';
import { latestUsage } from './live-usage.ts';
import { podNamePattern } from './pod-names.ts';
import { checkTemplates, expandTemplate, type QueryTemplate } from './promql/query-templates.ts';
import { readRange } from './range.ts';
import { ownedPods, type Resource, usageOfWorkload } from './resource-expressions.ts';

/** What may be asked, and how much at a time. */
export interface PrometheusDemandOptions {
  readonly templates: Readonly<Record<string, QueryTemplate>>;
  readonly allowRawQueries: boolean;
  /** Expressions in one request; default 200. */
  readonly batchSize?: number;
  /** Requests at a time for the newest values; default 4: a server stays free for others. */
  readonly concurrency?: number;
  /** Histories at a time; default 2. */
  readonly historyConcurrency?: number;
}

/** Two days of minutes: a page of a hundred pods' series stays well under the server's default of 50 M samples. */
const HISTORY_PAGES = { points: 2880, leastPoints: 180 };
/**
 * The server's default is five minutes, in which a load that is measured no more would still be called the newest. Older
 * servers (2.42 does) leave this parameter out of account.
 */
const LOOKBACK_SECONDS = 150;

type Readings = Map<string, DemandReading>;

/**
 * Demand from a Prometheus, or what speaks its HTTP API.
 * @param live for the newest values: a short deadline, no patience with what is slow
 * @param patient for histories
 * @throws InputError where a template is wrong
 */
export function prometheusDemand(
  live: PrometheusHttp,
  patient: PrometheusHttp,
  options: PrometheusDemandOptions,
): DemandSource {
  checkTemplates(options.templates);
  return new PrometheusDemand(live, patient, options);
}

class PrometheusDemand implements DemandSource {
  readonly name: string;
  private readonly live: PrometheusHttp;
  private readonly patient: PrometheusHttp;
  private readonly options: PrometheusDemandOptions;
  private readonly historySlot: ReturnType<typeof atMost>;
  private readonly evaluate: Evaluate;
  private readonly expressions: LiveExpressions;
  /** The templates stay as they are, and the same queries come with each tick. */
  private readonly texts = new WeakMap<DemandQuery, string>();

  constructor(live: PrometheusHttp, patient: PrometheusHttp, options: PrometheusDemandOptions) {
    this.name = live.name;
    this.live = live;
    this.patient = patient;
    this.options = options;
    this.historySlot = atMost(options.historyConcurrency ?? 2);
    const slot = atMost(options.concurrency ?? 4);
    this.evaluate = (query, atSeconds) => slot(() => evaluate(live, query, atSeconds));
    this.expressions = new LiveExpressions(this.evaluate, options.batchSize);
  }

  async history(query: DemandQuery, range: TimeRange): Promise<Samples> {
    return this.historySlot(async () => {
      const { metric, workload } = query;
      const expression =
        metric.kind === 'resource'
          ? usageOfWorkload(metric.resource, workload, await this.knowsOwner(query, range))
          : this.expression(query);
      const samples = await readRange(this.patient, expression, range, HISTORY_PAGES);
      return samples ?? { times: new Float64Array(0), values: new Float64Array(0) };
    });
  }

  async latest(queries: readonly DemandQuery[], atSeconds: number, pods: PodsOf): Promise<Readings> {
    const evaluation = atSeconds - OBSERVATION_DELAY_SECONDS;
    const readings: Readings = new Map();
    const expressions: LiveExpression[] = [];
    const byResource = new Map<Resource, DemandQuery[]>();
    for (const query of queries) {
      if (query.metric.kind === 'resource') {
        byResource.set(query.metric.resource, [...(byResource.get(query.metric.resource) ?? []), query]);
        continue;
      }
      try {
        expressions.push({ id: query.id, text: this.expression(query) });
      } catch (error) {
        readings.set(query.id, { kind: 'missing', why: (error as Error).message });
      }
    }
    const usages = [...byResource].map(([resource, own]) => this.usage(resource, own, atSeconds, pods));
    const found = await Promise.all([this.expressions.read(expressions, atSeconds, evaluation), ...usages]);
    for (const part of found) for (const [id, reading] of part) readings.set(id, reading);
    return readings;
  }

  async close(): Promise<void> {
    await Promise.all([this.live.close(), this.patient.close()]);
  }

  /** Whether the pods' names don't tell, and kube-state-metrics does. */
  private async knowsOwner({ workload }: DemandQuery, { endSeconds }: TimeRange): Promise<boolean> {
    if (podNamePattern(workload).exact) return false;
    const query = `count(last_over_time(${ownedPods(workload)}[1d]))`;
    return (await evaluate(this.patient, query, endSeconds)).length > 0;
  }

  private async usage(
    resource: Resource,
    queries: readonly DemandQuery[],
    atSeconds: number,
    pods: PodsOf,
  ): Promise<Readings> {
    const namespaces = [...new Set(queries.map(({ workload }) => workload.namespace))];
    const found = await latestUsage(this.evaluate, resource, namespaces, atSeconds - OBSERVATION_DELAY_SECONDS);
    const reading = (query: DemandQuery): DemandReading => {
      const usage = found.get(query.workload.namespace)!;
      if (usage instanceof Error) return { kind: 'missing', why: usage.message };
      return readyDemand(pods(workloadKey(query.workload)), usage, resource, atSeconds);
    };
    return new Map(queries.map((query) => [query.id, reading(query)]));
  }

  private expression(query: DemandQuery): string {
    const known = this.texts.get(query);
    if (known !== undefined) return known;
    const text = this.expanded(query);
    this.texts.set(query, text);
    return text;
  }

  private expanded({ metric, workload }: DemandQuery): string {
    const { templates, allowRawQueries } = this.options;
    if (metric.kind === 'template') {
      const template = Object.hasOwn(templates, metric.template) ? templates[metric.template] : undefined;
      if (template) return expandTemplate(metric.template, template, workload, metric.args);
      const known = Object.keys(templates).join(', ') || 'none';
      throw new InputError(`found the query template ${metric.template}; expected one of those configured: ${known}`);
    }
    if (metric.kind === 'query' && allowRawQueries) return metric.query;
    throw new InputError('found a query of its own; expected a template, as such queries are not allowed');
  }
}

async function evaluate(http: PrometheusHttp, query: string, atSeconds: number): ReturnType<Evaluate> {
  const parameters = { query, time: String(atSeconds), lookback_delta: `${LOOKBACK_SECONDS}s` };
  const { status, body } = await http.ask('/api/v1/query', parameters);
  return readInstantAnswer(http.name, status, body, atSeconds);
}
