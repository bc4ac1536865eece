import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotation } from '../../core/policy/annotations.ts';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import type { PolicyLimits, WorkloadPolicy } from '../../core/policy/policy.ts';
import { understoodSettings } from './understood-settings.ts';

const LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 100,
  allowRawQueries: false,
  templates: { 'http-requests': { args: ['service'] } },
};

type Texts = Readonly<Record<string, string>>;

const prefixed = (texts: Texts) =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [`prescale.dev/${name}`, value]));

function policyOf(written: Texts): WorkloadPolicy {
  const opted = parsePolicy({}, written, LIMITS);
  if (opted.kind !== 'in') throw new Error(JSON.stringify(opted));
  return opted.policy;
}

describe('annotations as understood', () => {
  it('are all that hold, the defaults too, and what was written beside them', () => {
    const written = prefixed({ enabled: 'true', slo: '99.9 %', metric: 'http-requests', target: '100', bounds: '[]' });
    const withArgs = { ...written, [annotation('metric-args')]: 'service=web' };
    const settings = understoodSettings(withArgs, policyOf(withArgs));
    const of = (name: string) => settings.find((one) => one.annotation === `prescale.dev/${name}`);
    expect(of('slo')).toEqual({ annotation: 'prescale.dev/slo', written: '99.9 %', understood: '99.9%' });
    expect(of('mode')).toMatchObject({ written: null, understood: 'observe' });
    expect(of('metric-args')).toMatchObject({ understood: 'service=web' });
    expect(of('lead-time')).toMatchObject({ written: null, understood: 'auto' });
    expect(of('bounds')).toMatchObject({ written: '[]', understood: null });
    expect(of('take-over-hpa')).toBeUndefined();
  });

  it('are none where one is wrong, and a name that there is not is shown', () => {
    const written = prefixed({ enabled: 'true', mode: 'fast', 'max-replica': '9' });
    expect(understoodSettings(written, undefined)).toEqual([
      { annotation: 'prescale.dev/enabled', written: 'true', understood: null },
      { annotation: 'prescale.dev/mode', written: 'fast', understood: null },
      { annotation: 'prescale.dev/max-replica', written: '9', understood: null },
    ]);
  });

  it('written as understood mean the same', () => {
    const seconds = fc.oneof(
      fc.constant('auto'),
      fc.integer({ min: 1, max: 3600 }).map((one) => `${one}s`),
    );
    const bounds = [{ cron: '0 8 * * MON-FRI', timeZone: 'Europe/Berlin', duration: '10h', min: 3, max: 9 }];
    const metric = fc.oneof(
      fc.integer({ min: 1, max: 100 }).map((share): Texts => ({ metric: 'cpu', target: `${share}%` })),
      fc.integer({ min: 1, max: 9000 }).map((cores): Texts => ({ metric: 'cpu', target: `${cores}m` })),
      fc.integer({ min: 1, max: 900 }).map((size): Texts => ({ metric: 'memory', target: `${size}Mi` })),
      fc
        .integer({ min: 1, max: 900 })
        .map((load): Texts => ({ metric: 'http-requests', 'metric-args': 'service=web', target: `${load}` })),
    );
    const written = fc.record({
      mode: fc.constantFrom('observe', 'auto', 'predictive', 'reactive'),
      slo: fc.constantFrom('90%', '99.9%', '99.99%', '99.995%'),
      'min-replicas': fc.integer({ min: 1, max: 20 }).map(String),
      'max-replicas': fc.integer({ min: 20, max: 100 }).map(String),
      'lead-time': seconds,
      stabilization: seconds,
      'start-cost': seconds,
      bounds: fc.constantFrom('[]', JSON.stringify(bounds)),
      'time-zone': fc.constantFrom('UTC', 'Asia/Shanghai'),
      holidays: fc.constantFrom('none', 'DE-BY'),
      paused: fc.constantFrom('true', 'false', 'scale-in', 'scale-out'),
    });
    fc.assert(
      fc.property(written, metric, (texts, by) => {
        const policy = policyOf(prefixed({ enabled: 'true', ...texts, ...by }));
        const again = understoodSettings({}, policy).map(({ annotation, understood }) => [annotation, understood!]);
        expect(policyOf(Object.fromEntries(again))).toEqual(policy);
      }),
    );
  });
});
