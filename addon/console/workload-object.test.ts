import { describe, expect, it } from 'vitest';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { workloadObjects } from './workload-object.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const EVENTS = '/api/v1/namespaces/shop/events';

function world() {
  const api = memoryKubernetes({ namespaces: ['shop'] });
  api.seed('/apis/apps/v1/namespaces/shop/deployments', {
    metadata: {
      name: 'web',
      annotations: { 'prescale.dev/enabled': 'true', 'prescale.dev/status': '{}', 'team.example/owner': 'a secret' },
    },
  });
  const event = (name: string, on: string, rest: object) =>
    api.seed(EVENTS, { metadata: { name }, involvedObject: { kind: 'Deployment', name: on }, ...rest });
  const at = (minute: number) => `2026-03-02T09:${String(minute).padStart(2, '0')}:00Z`;
  const micro = (minute: number) => at(minute).replace('Z', '.000000Z');
  const scaled = { type: 'Normal', reason: 'Scaled', message: '6 → 9', reportingComponent: 'prescale.dev/prescale' };
  event('a', 'web', { ...scaled, count: 3, firstTimestamp: at(1), lastTimestamp: at(9) });
  const refused = { type: 'Warning', reason: 'FailedCreate', message: 'exceeded quota', source: { component: 'rs' } };
  event('b', 'web', { ...refused, eventTime: micro(2), series: { count: 40, lastObservedTime: micro(12) } });
  event('c', 'web', { reason: 'Odd' });
  event('d', 'api', scaled);
  return { api, objects: workloadObjects(api, ({ kind }) => `${kind.toLowerCase()}s`) };
}

describe("what stands on a workload's object", () => {
  it('is what people wrote for us: neither notes of our own nor what is meant for others', async () => {
    expect(await world().objects.annotations(WEB)).toEqual({ 'prescale.dev/enabled': 'true' });
  });

  it('is its Events of all writers, by the last time each was seen, and no other workload’s', async () => {
    const { events, truncated } = await world().objects.events(WEB);
    expect(truncated).toBe(false);
    expect(events.map(({ reason, count, by }) => `${reason} × ${count} ${by}`)).toEqual([
      'FailedCreate × 40 rs',
      'Scaled × 3 prescale.dev/prescale',
      'Odd × 1 ',
    ]);
    expect(events[0]!.atSeconds).toBe(Date.parse('2026-03-02T09:12:00Z') / 1000);
    expect(events[2]!.atSeconds).toBeNull();
  });

  it('says where there are more Events than are read', async () => {
    const { api, objects } = world();
    for (let i = 0; i < 500; i++) {
      const on = { involvedObject: { kind: 'Deployment', name: 'web' } };
      api.seed(EVENTS, { metadata: { name: `storm-${i}` }, ...on, reason: 'Storm' });
    }
    const { events, truncated } = await objects.events(WEB);
    expect([events.length, truncated]).toEqual([500, true]);
  });
});
