import { describe, expect, it } from 'vitest';
import { contractPod } from '../../collector/demand/demand-source.contract.ts';
import type { DemandQuery, DemandReading } from '../../collector/demand/demand-source.ts';
import { resourceMetrics } from '../../collector/resource-metrics/resource-metrics.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import { seededRandom } from '../../core/random.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { WorkCounter } from './metered.ts';
import { SimulatedMetricsServer } from './simulated-metrics-server.ts';

const AT = 1_700_000_000;
const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const CPU: DemandQuery = { id: 'cpu', workload, metric: { kind: 'resource', resource: 'cpu' } };
const MEMORY: DemandQuery = { id: 'memory', workload, metric: { kind: 'resource', resource: 'memory' } };

/** Two pods of half a core each, measured as long as is said. */
function world(resolutionSeconds = 15) {
  const server = new SimulatedMetricsServer(seededRandom(5), AT, { resolutionSeconds });
  const counters = [new WorkCounter(AT), new WorkCounter(AT)];
  for (const [i, counter] of counters.entries()) {
    counter.grow(0.5, AT);
    const name = `web-${i}`;
    server.watch({
      namespace: 'shop',
      name,
      startedSeconds: AT,
      cpuSeconds: (at) => counter.at(at),
      memoryBytes: () => 2 ** 28,
    });
  }
  const api = memoryKubernetes();
  api.intercept = (request) => server.intercept(request);
  const source = resourceMetrics(api, { read: () => ({ times: new Float64Array(0), values: new Float64Array(0) }) });
  const pods: PodRecord[] = counters.map((_, i) => contractPod(`web-${i}`, AT));
  const read = async (query: DemandQuery, atSeconds: number): Promise<DemandReading> =>
    (await source.latest([query], atSeconds, () => pods)).get(query.id)!;
  return { server, counters, read };
}

describe('metrics-server', () => {
  for (const resolution of [15, 30, 60]) {
    it(`gives the usage between its last two measurements, every ${resolution} s`, async () => {
      const { server, counters, read } = world(resolution);
      const windows: number[] = [];
      for (let now = AT; now < AT + 1200; now += 5) {
        server.advance(now);
        if (now === AT + 600) for (const counter of counters) counter.grow(1, now);
        const { items } = server.podMetrics('shop') as { items: { window: string }[] };
        windows.push(...items.map(({ window }) => Number.parseFloat(window)));
      }
      const steady = await read(CPU, AT + 1200);
      expect(steady).toMatchObject({ kind: 'value', value: expect.closeTo(2, 6) });
      expect(await read(MEMORY, AT + 1200)).toMatchObject({ kind: 'value', value: 2 ** 29 });
      expect(Math.min(...windows)).toBeGreaterThanOrEqual(10);
      expect(Math.max(...windows)).toBeGreaterThan(resolution);
      expect(Math.max(...windows)).toBeLessThanOrEqual(resolution + 40);
    });
  }

  it('knows nothing of a pod before two measurements', async () => {
    const { server, read } = world(60);
    server.advance(AT + 9);
    expect((await read(CPU, AT + 9)).kind).toBe('missing');
  });

  it('frozen, is missing after 150 s; away, it says so; zero is a number', async () => {
    const { server, read } = world();
    server.advance(AT + 600);
    server.fault = { kind: 'zero' };
    expect(await read(CPU, AT + 600)).toMatchObject({ kind: 'value', value: 0 });
    server.fault = { kind: 'unavailable' };
    expect(await read(CPU, AT + 600)).toMatchObject({ kind: 'missing', why: /is metrics-server running/ });
    server.fault = { kind: 'scaled', factor: 1000 };
    expect(await read(CPU, AT + 600)).toMatchObject({ kind: 'value', value: expect.closeTo(1000, 3) });
    server.fault = { kind: 'partial', missing: (pod) => pod === 'web-1' };
    expect(await read(CPU, AT + 600)).toMatchObject({ value: expect.closeTo(0.5, 6), pods: { unmeasured: 1 } });
    server.fault = { kind: 'empty' };
    expect((await read(CPU, AT + 600)).kind).toBe('missing');
    server.fault = undefined;
    server.paused = true;
    server.advance(AT + 700);
    expect((await read(CPU, AT + 700)).kind).toBe('value');
    server.advance(AT + 760);
    expect((await read(CPU, AT + 760)).kind).toBe('missing');
  });
});
