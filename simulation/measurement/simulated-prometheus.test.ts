import { describe, expect, it } from 'vitest';
import { CONTRACT_USAGE, contractPod, demandSourceContract } from '../../collector/demand/demand-source.contract.ts';
import type { DemandQuery, DemandReading } from '../../collector/demand/demand-source.ts';
import type { PrometheusHttp } from '../../collector/prometheus/answer.ts';
import { prometheusDemand } from '../../collector/prometheus/demand.ts';
import { seededRandom } from '../../core/random.ts';
import type { AnswerFault } from './answer-faults.ts';
import { WorkCounter } from './metered.ts';
import { Scraping } from './scraping.ts';
import { type Labels, SeriesStore } from './series-store.ts';
import { SimulatedPrometheus, type SimulatedPrometheusOptions } from './simulated-prometheus.ts';

const AT = 1_790_000_040;
const USAGE = 'container_cpu_usage_seconds_total';
const TEMPLATES = {
  requests: { query: 'sum(rate(http_requests_total{namespace="$namespace"}[1m]))', args: [] },
  queue: { query: 'sum(queue_depth{namespace="$namespace"})', args: [] },
};

function contractStore(): SeriesStore {
  const store = new SeriesStore(86_400);
  const cpu = (pod: string, cores: number, from: number, to: number, step: number) => {
    const { log } = store.series({ __name__: USAGE, namespace: 'shop', pod, container: 'app' });
    for (let t = from; t <= to; t += step) log.append(t * 1000, cores * (t - from));
  };
  for (const [pod, cores] of Object.entries(CONTRACT_USAGE)) cpu(pod, cores, AT - 600, AT, 15);
  for (const i of [0, 1, 3, 4]) {
    const from = AT - 7200 + 60 * i - 60;
    cpu(`web-75c4bd8f9b-${'wxzvt'[i]!.repeat(5)}`, 1.5, from, from + 40, 20);
    cpu(`web-75c4bd8f9b-${'pqrsn'[i]!.repeat(5)}`, 0.5, from, from + 40, 20);
  }
  return store;
}

const over = (prometheus: SimulatedPrometheus) =>
  prometheusDemand(prometheus, prometheus, { templates: TEMPLATES, allowRawQueries: true });

demandSourceContract('the simulated Prometheus', async () => ({
  source: over(new SimulatedPrometheus(contractStore())),
  gone: over(new SimulatedPrometheus(contractStore(), { fault: () => ({ kind: 'unreachable' }) })),
  atSeconds: AT,
  historyStartSeconds: AT - 7200,
}));

const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const CPU: DemandQuery = { id: 'cpu', workload, metric: { kind: 'resource', resource: 'cpu' } };
const REQUESTS: DemandQuery = {
  id: 'requests',
  workload,
  metric: { kind: 'template', template: 'requests', args: {} },
};
const QUEUE: DemandQuery = { id: 'queue', workload, metric: { kind: 'template', template: 'queue', args: {} } };
const ALL = [CPU, REQUESTS, QUEUE];

/** Four pods that serve 200 requests a second with 0.5 cores each, a queue of 40; the demand doubles when told. */
class Shop {
  readonly store = new SeriesStore(3600);
  readonly scraping = new Scraping(this.store, seededRandom(11), 0);
  readonly prometheus: SimulatedPrometheus;
  now = 0;
  fault: AnswerFault | undefined;
  asked = 0;
  private readonly source;
  private readonly counters: { readonly cpu: WorkCounter; readonly requests: WorkCounter }[] = [];
  private queue = 40;

  constructor(options: SimulatedPrometheusOptions = {}) {
    this.prometheus = new SimulatedPrometheus(this.store, {
      fault: () => {
        this.asked++;
        return this.fault;
      },
      ...options,
    });
    this.source = over(this.prometheus);
    for (let pod = 0; pod < 4; pod++) {
      const [cpu, requests] = [new WorkCounter(0), new WorkCounter(0)];
      const of: Labels = { namespace: 'shop', pod: `web-6d4cf56db6-bbbb${'bcdf'[pod]}` };
      const target = this.scraping.target();
      target.expose({ __name__: USAGE, ...of, container: 'app' }, (at) => cpu.at(at));
      target.expose({ __name__: 'http_requests_total', ...of }, (at) => requests.at(at));
      target.expose({ __name__: 'queue_depth', ...of }, () => this.queue / 4);
      this.counters.push({ cpu, requests });
    }
    this.load(1);
  }

  load(factor: number): void {
    for (const { cpu, requests } of this.counters) {
      cpu.grow(0.5 * factor, this.now);
      requests.grow(50 * factor, this.now);
    }
    this.queue = 40 * factor;
  }

  pass(seconds: number): void {
    this.now += seconds;
    this.scraping.advance(this.now);
  }

  async read(): Promise<Record<string, DemandReading>> {
    const pods = this.counters.map((_, pod) => contractPod(`web-6d4cf56db6-bbbb${'bcdf'[pod]}`, this.now));
    return Object.fromEntries(await this.source.latest(ALL, this.now, () => pods));
  }

  /** Numbers; undefined: missing. */
  async values(): Promise<(number | undefined)[]> {
    return (await this.reasons()).map((one) => (typeof one === 'number' ? one : undefined));
  }

  /** Why the three are missing; a number where one isn't. */
  async reasons(): Promise<(string | number)[]> {
    const readings = await this.read();
    return ALL.map(({ id }) => {
      const reading = readings[id]!;
      return reading.kind === 'value' ? reading.value : reading.why;
    });
  }
}

describe('the collector over the simulated Prometheus', () => {
  it('reads what the pods do, and a change as it comes through the window', async () => {
    const shop = new Shop();
    shop.pass(600);
    const [cpu, requests, queue] = await shop.values();
    // 0.25 s of a slow exporter over the 45 s between the window's first and last scrape: 0.6 %.
    expect(Math.abs(cpu! / 2 - 1)).toBeLessThan(0.006);
    expect(Math.abs(requests! / 200 - 1)).toBeLessThan(0.006);
    expect(queue).toBe(40);
    shop.load(2);
    const seen: number[] = [];
    for (let tick = 1; tick <= 7; tick++) {
      shop.pass(15);
      seen.push(Math.round((await shop.values())[1]! / 10) * 10);
    }
    expect(seen[0]).toBe(200);
    expect(seen.at(-1)).toBe(400);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(shop.prometheus.unsupported).toEqual([]);
  });

  it('no answer that is not whole is a number', async () => {
    const shop = new Shop();
    shop.pass(600);
    const faults: [AnswerFault, RegExp][] = [
      [{ kind: 'empty' }, /gives no series|have no measured cpu/],
      [{ kind: 'value', text: 'NaN' }, /gives NaN|have no measured cpu/],
      [{ kind: 'value', text: '+Inf' }, /gives \+Inf|have no measured cpu/],
      [{ kind: 'value', text: '-Inf' }, /gives -Inf|have no measured cpu/],
      [{ kind: 'partial', share: 0.5, says: 'warnings' }, /answered in part only.*receive series from store-1/],
      [{ kind: 'partial', share: 0.5, says: 'isPartial' }, /answered in part only.*"isPartial": true/],
      [{ kind: 'status', status: 503, message: 'overloaded' }, /failed \(HTTP 503\): overloaded/],
      [
        { kind: 'status', status: 422, message: 'too many samples' },
        /refused the query as too much at once: too many samples/,
      ],
      [{ kind: 'timeout', afterSeconds: 3 }, /did not answer within 3 s/],
      [{ kind: 'unreachable' }, /refuses connections/],
      [{ kind: 'unauthorized' }, /refused the credentials/],
      [{ kind: 'cached', seconds: 300 }, /answered for .*; expected .*: is there a cache between\?$/],
      [{ kind: 'doubled', where: 'answered' }, /gives 2 series|have no measured cpu/],
      [{ kind: 'garbage', what: 'redirect' }, /redirects to https:\/\/login\.example/],
      [{ kind: 'garbage', what: 'page' }, /did not answer as Prometheus does.*doctype/],
      [{ kind: 'garbage', what: 'cut' }, /its answer is cut off/],
    ];
    for (const [fault, why] of faults) {
      shop.fault = fault;
      for (const reason of await shop.reasons()) expect(reason, JSON.stringify(fault)).toMatch(why);
      shop.fault = undefined;
      // What failed by itself rests for a minute; then all is as before.
      shop.pass(60);
      expect(await shop.values(), JSON.stringify(fault)).toEqual([expect.closeTo(2, 1), expect.closeTo(200, -1), 40]);
    }
  });

  it('an answer from part of VictoriaMetrics’ storage is asked for once a batch, and no query rests for it', async () => {
    const shop = new Shop();
    shop.pass(600);
    shop.asked = 0;
    shop.fault = { kind: 'partial', share: 0.5, says: 'isPartial' };
    await shop.reasons();
    // One for cpu and one for both templates; warnings, which may be one query's, are asked for in smaller parts.
    expect(shop.asked).toBe(2);
    shop.asked = 0;
    shop.fault = undefined;
    expect((await shop.values())[2]).toBe(40);
    shop.fault = { kind: 'partial', share: 0.5, says: 'isPartial' };
    const from = shop.now - 300;
    const history = over(shop.prometheus).history(REQUESTS, {
      startSeconds: from,
      endSeconds: shop.now,
      stepSeconds: 60,
    });
    await expect(history).rejects.toThrow(/answered in part only.*"isPartial": true/);
  });

  it('what a lying server says whole is taken: false zeros, units, old values, half of the pods, two replicas', async () => {
    const shop = new Shop();
    shop.pass(600);
    shop.fault = { kind: 'value', text: '0' };
    expect(await shop.values()).toEqual([0, 0, 0]);
    shop.fault = { kind: 'scaled', factor: 1000 };
    expect((await shop.values())[2]).toBe(40_000);
    shop.fault = { kind: 'partial', share: 0.5, says: 'nothing' };
    const parts = await shop.values();
    expect(parts[2]).toBeLessThan(40);
    expect(parts[0]! / 2).toBeCloseTo(parts[2]! / 40, 1);
    // Usage takes the largest of a container's series; a sum counts twice.
    shop.fault = { kind: 'doubled', where: 'stored' };
    expect(await shop.values()).toEqual([expect.closeTo(2, 1), expect.closeTo(400, -1), 80]);
    const before = shop.now - 15;
    shop.load(3);
    shop.pass(300);
    shop.fault = { kind: 'frozen', sinceSeconds: before };
    expect((await shop.values())[2]).toBe(40);
    shop.fault = { kind: 'late', seconds: 300 };
    expect((await shop.values())[2]).toBe(40);
    shop.fault = undefined;
    expect((await shop.values())[2]).toBe(120);
  });

  it('after an outage its windows are half filled at first: a rate over two scrapes, gauges of before', async () => {
    const shop = new Shop();
    shop.pass(600);
    shop.scraping.paused = true;
    shop.pass(100);
    shop.load(2);
    // The rates end with the window; the newest gauge is the one of before for as long as the server looks back.
    expect(await shop.values()).toEqual([undefined, undefined, 40]);
    shop.pass(200);
    shop.scraping.paused = false;
    const answered: boolean[] = [];
    for (let tick = 0; tick < 5; tick++) {
      shop.pass(15);
      const requests = (await shop.values())[1];
      answered.push(requests !== undefined);
      if (requests !== undefined) expect(requests).toBeLessThan(410);
    }
    expect(answered[0]).toBe(false);
    expect(answered.at(-1)).toBe(true);
  });

  it('a range of samples is no newest value', async () => {
    const shop = new Shop();
    shop.pass(600);
    const points = [1, 2].map((value) => [shop.now - 30 + 15 * value, String(value)]);
    const data = { resultType: 'matrix', result: [{ metric: {}, values: points }] };
    const raw: PrometheusHttp = {
      name: 'raw',
      close: async () => {},
      ask: async () => ({ status: 200, body: JSON.stringify({ status: 'success', data }) }),
    };
    const source = prometheusDemand(raw, raw, { templates: TEMPLATES, allowRawQueries: true });
    const query: DemandQuery = { id: 'q', workload, metric: { kind: 'query', query: 'queue_depth[1m]' } };
    expect((await source.latest([query], shop.now, () => [])).get('q')).toMatchObject({
      kind: 'missing',
      why: expect.stringContaining('gives a range of samples; expected one number'),
    });
  });

  it('what it can’t evaluate is an error and is remembered', async () => {
    const shop = new Shop();
    const ask = (query: string) => shop.prometheus.ask('/api/v1/query', { query, time: '0' });
    const unsupported = [
      'histogram_quantile(0.9, x)',
      'rate(x[1m] offset 5m)',
      'sum(x) / sum(y)',
      'sum without (a) (x)',
      'x > 1',
      'sum(',
      'x{a="\\q"}',
      'rate(x)',
      'max_over_time(rate(x[1m])[5m:1m])',
    ];
    for (const query of unsupported) await expect(ask(query), query).rejects.toThrow(/simulated Prometheus can't/);
    expect(shop.prometheus.unsupported).toHaveLength(unsupported.length);
    await expect(shop.prometheus.ask('/api/v1/series', {})).rejects.toThrow(/has no \/api\/v1\/series/);
  });
});
