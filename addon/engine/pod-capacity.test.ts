import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractPod } from '../../collector/demand/demand-source.contract.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import type { MetricTarget } from '../../core/policy/policy.ts';
import { NO_REQUEST, PodCapacity, sameCapacity } from './pod-capacity.ts';

const NOW = 1_800_000_000;
const cpu = (fraction: number): MetricTarget => ({
  metric: { kind: 'resource', resource: 'cpu' },
  target: { kind: 'utilization', fraction },
});
const asks = (cpuCores: number, rest: Partial<PodRecord> = {}): PodRecord =>
  contractPod(`web-${cpuCores}`, NOW, { requests: { cpuCores, memoryBytes: 1e9, gpus: 0 }, ...rest });
const notReady = { readySinceSeconds: undefined };

describe('what one pod serves', () => {
  it('is the mean request of the Ready pods × the target; others say nothing', () => {
    const others = [
      asks(2, { phase: 'Pending', ...notReady }),
      asks(2, { phase: 'Failed', ...notReady }),
      asks(2, { phase: 'Succeeded' }),
      asks(2, { deleting: true }),
      asks(2, notReady),
    ];
    expect(new PodCapacity(cpu(0.6)).update([asks(0.5), asks(0.5), ...others])).toBeCloseTo(0.3, 9);
    expect(new PodCapacity(cpu(0.5)).update([asks(1), asks(2), asks(3)])).toBeCloseTo(1, 9);
  });

  it('stays the last known one while no pod is Ready', () => {
    const capacity = new PodCapacity(cpu(0.5));
    capacity.update([asks(1), asks(1)]);
    expect(capacity.update([asks(4, notReady)])).toBe(0.5);
    expect(capacity.update([])).toBe(0.5);
    expect(new PodCapacity(cpu(0.8), capacity).update([])).toBe(0.8);
  });

  it('is not known from another resource, nor is an absolute target full at a request of before', () => {
    const before = new PodCapacity(cpu(0.5));
    before.update([asks(0.5)]);
    // 0.5 cores are not half a byte.
    const memory: MetricTarget = { metric: { kind: 'resource', resource: 'memory' }, target: cpu(0.5).target };
    expect(new PodCapacity(memory, before).update([])).toBeUndefined();
    const absolute = new PodCapacity({ metric: cpu(1).metric, target: { kind: 'absolute', perPod: 0.2 } }, before);
    absolute.update([asks(0.5)]);
    expect(absolute.request).toBeUndefined();
  });

  it('is for a first time told by pods that run, and by none that is Pending', () => {
    expect(new PodCapacity(cpu(0.5)).update([asks(4, { phase: 'Pending', ...notReady })])).toBeUndefined();
    expect(new PodCapacity(cpu(0.5)).update([asks(4, notReady)])).toBe(2);
  });

  it('is an absolute target itself, whatever the pods are', () => {
    const target: MetricTarget = { metric: cpu(1).metric, target: { kind: 'absolute', perPod: 7 } };
    expect(new PodCapacity(target).update([])).toBe(7);
  });

  it('is no number where a container of a Ready pod has no request, in the HPA’s words', () => {
    const without = { cpuCores: 0.5, memoryBytes: 0, gpus: 0, without: { cpu: 'istio-proxy' } };
    const proxied = contractPod('web-6d4cf56db6-x7k2p', NOW, { requests: without });
    const text = new PodCapacity(cpu(0.5)).update([asks(1), proxied]);
    expect(text).toMatch(/^missing request for cpu in container istio-proxy of Pod web-6d4cf56db6-x7k2p: /);
    const memory: MetricTarget = { metric: { kind: 'resource', resource: 'memory' }, target: cpu(0.5).target };
    expect(new PodCapacity(memory).update([asks(1)])).toBe(5e8);
    const whole = contractPod('web-1', NOW, { requests: { ...without, without: { cpu: '' } } });
    expect(new PodCapacity(cpu(0.5)).update([whole])).toMatch(/^missing pod-level request for cpu in Pod web-1: /);
    expect(new PodCapacity(cpu(0.5)).update([asks(0)])).toBe(NO_REQUEST);
  });
});

describe('what forecasts are fitted for', () => {
  it('follows a capacity that has stood for five minutes, through a rollout of ten', () => {
    const capacity = new PodCapacity(cpu(1));
    const fitted = new Set<number | undefined>();
    for (let tick = 0; tick < 120; tick++) {
      const done = Math.min(10, Math.floor(tick / 4));
      capacity.update(Array.from({ length: 10 }, (_, i) => asks(i < done ? 2 : 0.5)));
      capacity.tick();
      fitted.add(capacity.settled);
      if (tick < 59) expect(capacity.settled).toBe(0.5);
    }
    expect([...fitted]).toEqual([0.5, 2]);
  });

  it('property: is never one that did not stand, and follows what does within five minutes and a tick', () => {
    const requests = fc.array(fc.constantFrom(0.5, 0.51, 1, 2), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(requests, fc.constantFrom(0.5, 1, 2), (passing, last) => {
        const capacity = new PodCapacity(cpu(1));
        for (const request of [...passing, ...new Array<number>(21).fill(last)]) {
          capacity.update([asks(request)]);
          capacity.tick();
        }
        expect(sameCapacity(last, capacity.settled!)).toBe(true);
      }),
    );
  });
});
