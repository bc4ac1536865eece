import { expect, it } from 'vitest';
import type { DemandQuery, DemandSource } from '../collector/demand-source.ts';
import { ClockCheck } from '../core/clock-check.ts';
import { TimelyDemand } from './timely-demand.ts';

const QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'template', template: 'requests', args: {} },
};

it('one process whose clock is three minutes behind that of Prometheus has no demand of now, until they agree again', async () => {
  let now = 1_800_000_000;
  let behind = 0;
  const clock = new ClockCheck(() => now);
  const prometheus: DemandSource = {
    name: 'prometheus',
    history: async () => ({ times: new Float64Array(0), values: new Float64Array(0) }),
    latest: async (_, atSeconds) => {
      const ours = now - behind;
      clock.compare('Prometheus', {
        serverSeconds: now,
        stepSeconds: 1,
        askedSeconds: ours,
        answeredSeconds: ours + 0.1,
      });
      return new Map([[QUERY.id, { kind: 'value', value: 100, timeSeconds: atSeconds - 15 }]]);
    },
    close: async () => {},
  };
  const source = new TimelyDemand(prometheus, () => clock.ownProblem);
  const read = async () => (await source.latest([QUERY], now - behind, () => [])).get(QUERY.id)!;
  expect(await read()).toMatchObject({ kind: 'value', value: 100 });
  behind = 180;
  expect(await read()).toMatchObject({ kind: 'missing', why: expect.stringMatching(/180 s behind Prometheus/) });
  expect(source.missing).toMatch(/NTP/);
  behind = 0;
  now += 15;
  expect(await read()).toMatchObject({ kind: 'value' });
  expect(source.missing).toBeUndefined();
});
