import { describe, expect, it } from 'vitest';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import type { ScaleTarget, TargetState } from '../../actuator/targets/target.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import type { MetricTarget, WorkloadPolicy } from '../../core/policy/policy.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { policyOf } from '../../test/engine-world.ts';
import { refit } from '../refits/refit.ts';
import { ConditionTimes, statusOf } from '../status/addon-status.ts';
import { sameScaling } from './same-scaling.ts';
import { ScaledWorkload } from './scaled-workload.ts';

const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const NOW = 1_800_000_000;
const CPU: MetricTarget = {
  metric: { kind: 'resource', resource: 'cpu' },
  target: { kind: 'utilization', fraction: 0.5 },
};

function workload(over: Partial<WorkloadPolicy> = {}, before?: ScaledWorkload): ScaledWorkload {
  return new ScaledWorkload(REF, 'uid', policyOf(1, over), () => 'req/s', before);
}

function state(over: Partial<TargetState> = {}): TargetState {
  const none = { generation: undefined, bounds: undefined, blocked: undefined };
  return { replicas: 4, asked: 4, selector: 'app=web', ...none, ...over };
}

/** Every metric of it is learned from nothing and observes this load for ten minutes. */
function learned(web: ScaledWorkload, load: number): ScaledWorkload {
  const value: DemandReading = { kind: 'value', value: load, timeSeconds: NOW };
  for (const [index, metric] of web.metrics.entries()) {
    metric.observe(NOW / TICK_SECONDS - 1, value, false);
    const policy = web.scalingPolicy(index, [], 1_000);
    if (typeof policy === 'string') throw new Error(policy);
    const history = { startSeconds: 0, stepSeconds: 60, values: new Float64Array(0) };
    const startup = { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 } as const;
    metric.adopt(
      refit({
        history,
        policy,
        startup,
        leadTimeSeconds: 20,
        seed: 1,
        aimBp: undefined,
        aheadTicks: 960,
        neural: 'shipped',
      }),
      policy,
      Number.POSITIVE_INFINITY,
    );
    metric.observe(NOW / TICK_SECONDS, value, false);
  }
  web.remember(Array(20).fill(load / 10), load / 10);
  return web;
}

function pod(createdSeconds: number, cpuCores: number): PodRecord {
  return {
    ...{
      namespace: 'shop',
      name: `web-${createdSeconds}`,
      uid: 'u',
      createdSeconds,
      readySinceSeconds: createdSeconds,
    },
    startedSeconds: createdSeconds,
    phase: 'Running',
    deleting: false,
    nodeClass: 'ordinary',
    nodeName: 'n',
    requests: { cpuCores, memoryBytes: 0, gpus: 0 },
    deletionCost: undefined,
  };
}

describe('a plan', () => {
  it('is none before the target was read, and holds without data', () => {
    const web = workload();
    expect(web.plan(NOW, [], 0, 1_000, true)).toBeUndefined();
    web.state = state();
    expect(web.plan(NOW, [], 4, 1_000, true)!.decision).toEqual({ kind: 'no-data', replicas: 4, reasons: ['no-data'] });
  });

  it('takes the metric that needs most', () => {
    const web = learned(workload({ metrics: policyOf(2).metrics }), 100);
    web.state = state();
    web.metrics[0]!.observe(NOW / TICK_SECONDS + 1, { kind: 'value', value: 20, timeSeconds: NOW }, false);
    web.metrics[1]!.observe(NOW / TICK_SECONDS + 1, { kind: 'value', value: 100, timeSeconds: NOW }, false);
    const { decision, reactive } = web.plan(NOW, [], 4, 1_000, true)!;
    // Twice as many at once, as the HPA; 10 are needed.
    expect(decision.replicas).toBe(8);
    expect(reactive).toBeGreaterThanOrEqual(10);
  });

  it('of a floor under an HPA stays within the HPA’s own bounds, and counts the pods that it asks for', () => {
    const web = learned(workload(), 300);
    web.target = { kind: 'hpa' } as ScaleTarget;
    web.state = state({ replicas: 2, asked: 12, bounds: { min: 2, max: 14 } });
    const { decision, bounds } = web.plan(NOW, [], 12, 1_000, true)!;
    expect(bounds).toEqual({ min: 2, max: 14 });
    expect(decision.replicas).toBe(14);
  });

  it('leaves the floor of an HPA alone while somebody has set its workload to 0, as the HPA does, and says so', () => {
    const web = learned(workload(), 300);
    web.target = { kind: 'hpa' } as ScaleTarget;
    web.state = state({ replicas: 2, asked: 0, bounds: { min: 2, max: 40 } });
    for (let tick = 0; tick < 8; tick++) {
      const { decision } = web.plan(NOW + tick * TICK_SECONDS, [], 0, 1_000, true)!;
      expect([decision.kind, decision.replicas, decision.reasons.at(-1)]).toEqual(['hold', 2, 'switched-off']);
    }
    expect(web.obstacle).toBeUndefined();
    web.state = state({ replicas: 2, asked: 3, bounds: { min: 2, max: 40 } });
    expect(web.plan(NOW + 8 * TICK_SECONDS, [], 3, 1_000, true)!.decision).toMatchObject({ kind: 'scale' });
  });

  it("leaves an HPA's own minimum above the cap as it is, and lets none of it be written", () => {
    const web = learned(workload({ maxReplicas: 60 }), 300);
    web.target = { kind: 'hpa' } as ScaleTarget;
    web.state = state({ replicas: 400, asked: 400, bounds: { min: 400, max: 500 } });
    const { decision, writable } = web.plan(NOW, [], 400, 100, true)!;
    // As a removal it would use up what the fleet may lose at once, each tick anew.
    expect(decision).toMatchObject({ kind: 'hold', replicas: 400 });
    expect(writable).toEqual({ min: 1, max: 60 });
  });

  it('asks for a scheduled minimum one lead time ahead', () => {
    const begins = new Date((NOW + 60) * 1000);
    const cron = `${begins.getUTCMinutes()} ${begins.getUTCHours()} * * *`;
    const bounds = [{ cron, timeZone: 'UTC', durationSeconds: 3_600, min: 30, max: undefined, except: [] }];
    const web = learned(workload({ bounds }), 30);
    web.state = state();
    web.leadTime = { seconds: 10, source: 'measured', samples: 20 };
    expect(web.plan(NOW, [], 4, 1_000, true)!.decision.replicas).toBeLessThan(30);
    web.leadTime = { seconds: 90, source: 'measured', samples: 20 };
    expect(web.plan(NOW + TICK_SECONDS, [], 4, 1_000, true)!.decision.replicas).toBe(30);
    // What it ordered is quick to start, and the lead time shorter by that: nothing of it is taken back before its time.
    web.state = state({ replicas: 30, asked: 30 });
    web.leadTime = { seconds: 10, source: 'measured', samples: 30 };
    for (let tick = 2; tick < 8; tick++) {
      const { decision, bounds } = web.plan(NOW + tick * TICK_SECONDS, [], 30, 1_000, true)!;
      expect([decision.replicas, bounds.min]).toEqual([30, 30]);
    }
  });

  it('that is held keeps what it would have done among its reasons', () => {
    const web = learned(workload(), 300);
    web.state = state();
    web.plan(NOW, [], 4, 1_000, true);
    web.hold('fleet-breaker');
    expect(web.proposal!.decision).toMatchObject({ kind: 'hold', replicas: 4 });
    expect(web.proposal!.decision.reasons.at(-1)).toBe('fleet-breaker');
  });
});

describe('what a pod serves', () => {
  const share: MetricTarget = { ...CPU, target: { kind: 'utilization', fraction: 0.6 } };
  const observe = (web: ScaledWorkload, tick: number, load: number) =>
    web.metrics[0]!.observe(NOW / TICK_SECONDS + tick, { kind: 'value', value: load, timeSeconds: NOW }, false);
  const ten = Array.from({ length: 10 }, (_, i) => pod(i, 0.5));
  const started = (load: number, pods: readonly PodRecord[]) => {
    const web = workload({ metrics: [share] });
    expect(typeof web.scalingPolicy(0, pods, 1_000)).toBe('object');
    learned(web, load);
    web.state = state({ replicas: pods.length });
    return web;
  };

  it('is not told by the only new pod of a stuck rollout: ten pods of 500m at 60 % stay ten', () => {
    const web = started(3, ten);
    const stuck: PodRecord = { ...pod(NOW, 2), phase: 'Pending', readySinceSeconds: undefined };
    for (let tick = 1; tick <= 40; tick++) {
      observe(web, tick, 3);
      const { decision } = web.plan(NOW + tick * TICK_SECONDS, [...ten, stuck], 10, 1_000, true)!;
      expect(decision.replicas).toBeGreaterThanOrEqual(10);
    }
    expect(web.metrics[0]!.status().podCapacity).toBeCloseTo(0.3, 9);
  });

  it('changes at once with a rollout that halves the requests, and no refit is asked for until it has stood', () => {
    const web = started(3, ten);
    const fitted = () => web.scalingPolicy(0, [], 1_000);
    const before = fitted();
    const half = ten.map((one, i) => (i < 5 ? pod(100 + i, 0.25) : one));
    observe(web, 1, 3);
    web.plan(NOW + TICK_SECONDS, half, 10, 1_000, true);
    expect(web.metrics[0]!.demandPods).toBeCloseTo(3 / (0.6 * 0.375), 9);
    expect(sameScaling(fitted() as ScalingPolicy, before as ScalingPolicy)).toBe(true);
    const all = ten.map((_, i) => pod(100 + i, 0.25));
    for (let tick = 2; tick <= 30; tick++) {
      observe(web, tick, 3);
      web.plan(NOW + tick * TICK_SECONDS, all, 10, 1_000, true);
      if (tick === 20) expect(sameScaling(fitted() as ScalingPolicy, before as ScalingPolicy)).toBe(true);
    }
    expect(web.metrics[0]!.demandPods).toBeCloseTo(20, 9);
    expect(fitted()).toMatchObject({ podCapacity: 0.15 });
    expect(sameScaling(fitted() as ScalingPolicy, before as ScalingPolicy)).toBe(false);
  });

  it('in mode reactive takes pods that nobody measures for full before any is removed, as the HPA does', () => {
    const web = workload({ metrics: [share], mode: 'reactive' });
    web.scalingPolicy(0, ten, 1_000);
    learned(web, 3);
    web.state = state({ replicas: 10 });
    const half = { counted: 5, unmeasured: 5, starting: 0 };
    for (let tick = 1; tick <= 40; tick++) {
      const reading: DemandReading = { kind: 'value', value: 1.5, timeSeconds: NOW, pods: half };
      web.metrics[0]!.observe(NOW / TICK_SECONDS + tick, reading, false);
      expect(web.plan(NOW + tick * TICK_SECONDS, ten, 10, 1_000, true)!.decision.replicas).toBe(10);
    }
  });

  it('is not shown by pods of which none is Ready: back after five minutes, nothing is taken away before five minutes are whole', () => {
    const web = started(3, ten);
    const replicas = (tick: number, load: number, ready: number) => {
      observe(web, tick, load);
      return web.plan(NOW + tick * TICK_SECONDS, ten, ready, 1_000, true)!.decision.replicas;
    };
    // What they use idle, not to the last digit the same.
    for (let tick = 1; tick <= 24; tick++) expect(replicas(tick, 0.2 + 0.001 * (tick % 3), 0)).toBe(10);
    // Half of the first mean's window is of before.
    expect(replicas(25, 1.1, 10)).toBe(10);
    for (let tick = 26; tick <= 42; tick++) expect(replicas(tick, 2.09 + 0.001 * (tick % 3), 10)).toBe(10);
    let least = 10;
    for (let tick = 43; tick <= 70; tick++) least = replicas(tick, 2.09 + 0.001 * (tick % 3), 10);
    expect(least).toBe(7);
  });

  it('none of them Ready as the load is too much for them: what they use asks for more at once', () => {
    const web = started(3, ten);
    observe(web, 1, 5);
    expect(web.plan(NOW + TICK_SECONDS, ten, 0, 1_000, true)!.decision.replicas).toBeGreaterThan(14);
  });

  it('is none where a container has no request: nothing is decided, and it is said as the HPA says it', () => {
    const web = started(3, ten);
    const proxied = ten.map(({ requests, ...one }) => ({
      ...one,
      requests: { ...requests, without: { cpu: 'istio-proxy' } },
    }));
    for (let tick = 1; tick <= 40; tick++) {
      observe(web, tick, 9);
      const { decision } = web.plan(NOW + tick * TICK_SECONDS, proxied, 10, 1_000, true)!;
      expect(decision).toMatchObject({ kind: 'no-data', replicas: 10 });
    }
    const { conditions } = statusOf(web, 10, NOW, new ConditionTimes());
    expect(conditions[0]).toMatchObject({ type: 'Ready', status: false, reason: 'NoMetric' });
    expect(conditions[0]!.message).toContain('cpu: missing request for cpu in container istio-proxy of Pod web-0:');
    observe(web, 41, 9);
    expect(web.plan(NOW + 41 * TICK_SECONDS, ten, 10, 1_000, true)!.decision.replicas).toBeGreaterThanOrEqual(10);
    expect(web.metrics[0]!.missing).toBeUndefined();
  });

  it('goes with the cap of the administrator and the stabilization that was asked for', () => {
    const web = workload({ maxReplicas: 500, stabilization: 100 });
    expect(web.scalingPolicy(0, [], 40)).toMatchObject({ podCapacity: 10, max: 40, leastStabilizationTicks: 7 });
    expect(workload().scalingPolicy(0, [], 40)).not.toHaveProperty('leastStabilizationTicks');
    expect(workload().scalingPolicy(0, [], 40)).not.toHaveProperty('startCostSeconds');
  });
});

describe('another policy of the same workload', () => {
  it('keeps what was learned of a metric that stays, what the guards remember, and what stands there', () => {
    const before = learned(workload(), 100);
    before.state = state();
    const after = workload({ maxReplicas: 8 }, before);
    expect(after.metrics[0]).toBe(before.metrics[0]);
    expect(after.memory).toBe(before.memory);
    expect(after.state).toBe(before.state);
    const other = workload({ metrics: [CPU] }, before);
    expect(other.metrics[0]).not.toBe(before.metrics[0]);
  });
});

describe('what is shown of it', () => {
  const shown = (web: ScaledWorkload, times = new ConditionTimes(), now = NOW) =>
    Object.fromEntries(statusOf(web, 4, now, times).conditions.map((condition) => [condition.type, condition]));

  it('says first what stops it: refused, not read, no data, learning', () => {
    const web = workload();
    expect(shown(web).Ready).toMatchObject({ status: false, reason: 'NotRead' });
    web.state = state();
    expect(shown(web).Ready).toMatchObject({
      reason: 'NoMetric',
      message: 'no data, so nothing changes: requests: not measured yet',
    });
    web.metrics[0]!.observe(NOW / TICK_SECONDS, { kind: 'value', value: 1, timeSeconds: NOW }, false);
    expect(shown(web).Ready).toMatchObject({ reason: 'Learning' });
    learned(web, 100);
    expect(shown(web).Ready).toMatchObject({ status: true, reason: 'Ready' });
    web.state = state({ blocked: 'its HPA belongs to KEDA' });
    expect(shown(web).Ready).toMatchObject({ status: false, reason: 'Refused', message: 'its HPA belongs to KEDA' });
    web.blocked = 'two HPAs';
    expect(shown(web).Ready).toMatchObject({ reason: 'Refused', message: 'two HPAs' });
  });

  it('has a failure until the same thing succeeds: another success does not hide it', () => {
    const web = learned(workload(), 100);
    web.state = state();
    web.failed('write', 'forbidden');
    web.failed('read', '503');
    web.succeeded('read');
    expect(shown(web).Ready).toMatchObject({ status: false, reason: 'Failing', message: 'forbidden' });
    web.succeeded('write');
    expect(shown(web).Ready).toMatchObject({ status: true });
  });

  it('says since when each condition stands as it does, anew where it was forgotten', () => {
    const web = workload({ paused: 'scale-in' });
    const times = new ConditionTimes();
    expect(shown(web, times, 100).Paused).toMatchObject({ status: true, sinceSeconds: 100 });
    expect(shown(web, times, 200).Paused).toMatchObject({
      sinceSeconds: 100,
      message: 'prescale.dev/paused: scale-in is held',
    });
    expect(shown(workload(), times, 300).Paused).toMatchObject({ status: false, sinceSeconds: 300 });
    times.forget(web.key);
    expect(shown(workload(), times, 400).Paused).toMatchObject({ sinceSeconds: 400 });
  });
});
