import { describe, expect, it } from 'vitest';
import type { HpaObject } from '../../actuator/targets/hpa.ts';
import { type BaselineMetric, baselineHpa } from './baseline-hpa.ts';

const CPU: BaselineMetric = { name: 'cpu', metric: { kind: 'resource', resource: 'cpu' }, request: 0.5 };
const HTTP: BaselineMetric = {
  name: 'http-requests',
  metric: { kind: 'template', template: 'http-requests', args: {} } as BaselineMetric['metric'],
  request: undefined,
};
const BOUNDS = { min: 2, max: 30 };

function hpa(spec: object, annotations: Record<string, string> = {}): HpaObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '7', creationTimestamp: '', annotations },
    spec: { maxReplicas: 20, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec },
    status: { currentReplicas: 3 },
  } as unknown as HpaObject;
}
const utilization = (name: string, averageUtilization: number) => ({
  metrics: [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } }],
});

describe('the HPA that is played', () => {
  it('is one with the defaults where the workload has none', () => {
    expect(baselineHpa(undefined, [CPU], BOUNDS)).toMatchObject({
      source: 'default',
      name: 'an HPA with the defaults of autoscaling/v2 that keeps pods at 70 % of what one serves, 2-30 pods',
      note: '',
      metric: undefined,
      rule: { loadPerPod: 0.7, bounds: BOUNDS },
    });
  });

  it('is its own: a share is one of the request, and its bounds are its own', () => {
    const own = baselineHpa(hpa({ minReplicas: 3, ...utilization('cpu', 60) }), [HTTP, CPU], BOUNDS);
    expect(own).toMatchObject({
      source: 'manifest',
      name: 'HorizontalPodAutoscaler shop/web: cpu at 60 % of the request, 3-20 pods',
      note: '',
      metric: 1,
      rule: { counts: 'ready', bounds: { min: 3, max: 20 }, begins: true },
    });
    expect(own.rule.loadPerPod).toBeCloseTo(0.3, 12);
  });

  it('has its owner’s minimum where one of ours stands', () => {
    const ours = { 'prescale.dev/original-min-replicas': '2', 'prescale.dev/written-min-replicas': '11' };
    const own = baselineHpa(hpa({ minReplicas: 11, ...utilization('cpu', 60) }, ours), [CPU], BOUNDS);
    expect(own.rule.bounds).toEqual({ min: 2, max: 20 });
  });

  it('by a metric of its own is taken for the workload’s, and says so', () => {
    const pods = { metric: { name: 'http_requests' }, target: { type: 'AverageValue', averageValue: '110' } };
    const own = baselineHpa(hpa({ metrics: [{ type: 'Pods', pods }] }), [CPU, HTTP], BOUNDS);
    expect(own).toMatchObject({ source: 'manifest', metric: 1, rule: { loadPerPod: 110 } });
    expect(own.note).toBe('its metric is taken for http-requests, in the same unit');
  });

  it.each<[string, object, readonly BaselineMetric[], string]>([
    [
      'two metrics',
      { metrics: [...utilization('cpu', 60).metrics, ...utilization('memory', 70).metrics] },
      [CPU],
      '2 metrics',
    ],
    [
      'another metric than is known',
      utilization('memory', 70),
      [CPU],
      'it scales by memory, and the demand that is known is cpu',
    ],
    [
      'a share of an unknown request',
      utilization('cpu', 70),
      [{ ...CPU, request: undefined }],
      'request of cpu is not known',
    ],
    ['a field that nobody knows', { ...utilization('cpu', 70), scaleUp: 1 }, [CPU], 'scaleUp'],
  ])('%s: the default one, and why', (_, spec, metrics, words) => {
    const found = baselineHpa(hpa(spec), metrics, BOUNDS);
    expect(found.source).toBe('default');
    expect(found.note).toContain('not by HorizontalPodAutoscaler shop/web: ');
    expect(found.note).toContain(words);
  });
});
