import { describe, expect, it } from 'vitest';
import { HpaIndex, type HpaRecord, hpaRecord } from './hpa-index.ts';

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const hpa = (name: string, rest: Partial<HpaRecord> = {}): HpaRecord => ({
  namespace: 'shop',
  name,
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  minReplicas: 2,
  maxReplicas: 10,
  marked: false,
  controller: undefined,
  ...rest,
});
function index(...records: HpaRecord[]): HpaIndex {
  const made = new HpaIndex();
  for (const record of records) made.set(record);
  return made;
}

describe('who scales a workload', () => {
  it('nobody: it is ours to scale', () => {
    const others = [
      hpa('other', { target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } }),
      hpa('web', { namespace: 'bank' }),
      hpa('rollout', { target: { apiVersion: 'other.io/v1', kind: 'Deployment', name: 'web' } }),
    ];
    expect(index(...others).route(web, undefined)).toEqual({ kind: 'scale' });
  });

  it('an HPA that was not named: refused, with the annotation to write', () => {
    expect(index(hpa('web')).route(web, undefined)).toEqual({
      kind: 'refused',
      why: 'already scaled by the HorizontalPodAutoscaler shop/web: annotate prescale.dev/take-over-hpa: web',
    });
    expect(index(hpa('web')).route(web, 'wbe')).toMatchObject({
      why: 'already scaled by the HorizontalPodAutoscaler shop/web, not by wbe: annotate prescale.dev/take-over-hpa: web',
    });
  });

  it('the named HPA, also by another version of the group', () => {
    const named = hpa('web', { target: { apiVersion: 'apps/v1beta2', kind: 'Deployment', name: 'web' } });
    expect(index(named).route(web, 'web')).toEqual({ kind: 'hpa', hpa: named });
  });

  it('two HPAs: refused', () => {
    expect(index(hpa('web'), hpa('b')).route(web, 'web')).toEqual({
      kind: 'refused',
      why: 'scaled by several HorizontalPodAutoscalers, shop/b and shop/web: keep one of them',
    });
  });

  it('the named HPA is missing or scales something else', () => {
    const other = hpa('b', { target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } });
    const why = (name: string) => (index(other).route(web, name) as { why: string }).why;
    expect(why('x')).toContain("shop/x doesn't exist; expected one that scales Deployment web");
    expect(why('b')).toContain('shop/b scales Deployment api; expected one that scales Deployment web');
  });

  /** Of an HPA `shop/made` that scales web and has this owner. */
  const owned = (apiVersion: string, kind: string, name: string, controller?: boolean) => {
    const owner = { apiVersion, kind, name, uid: 'v', ...(controller === undefined ? {} : { controller }) };
    const named = { name: 'made', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
    return hpaRecord({
      metadata: { ...named, ownerReferences: [owner] },
      spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    });
  };

  it("KEDA's HPA: refused in words, named or not", () => {
    for (const name of [undefined, 'made']) {
      const { why } = index(owned('keda.sh/v1alpha1', 'ScaledObject', 'web')).route(web, name) as { why: string };
      expect(why).toContain('shop/made is made by KEDA from ScaledObject web');
      expect(why).toContain('autoscaling.keda.sh/paused');
    }
  });

  it.each([
    ['autoscaling.crane.io/v1alpha1', 'EffectiveHorizontalPodAutoscaler'],
    ['autoscaling.kapacitystack.io/v1alpha1', 'IntelligentHorizontalPodAutoscaler'],
    ['jamiethompson.me/v1alpha1', 'PredictiveHorizontalPodAutoscaler'],
    ['example.com/v1', 'Shop'],
  ])('an HPA that the controller of a %s %s keeps: refused with its kind and name, and what to do', (version, kind) => {
    for (const name of [undefined, 'made']) {
      expect(index(owned(version, kind, 'peak', true)).route(web, name)).toEqual({
        kind: 'refused',
        why:
          `HorizontalPodAutoscaler shop/made is controlled by ${kind} peak (${version}, its owner reference), which sets minReplicas ` +
          `back to its own: either leave the workload to ${kind} peak and remove prescale.dev/enabled, or delete ${kind} peak, so that ` +
          'its HPA goes with it, and leave out prescale.dev/take-over-hpa',
      });
    }
  });

  it('an owner that controls nothing, so that the HPA is only deleted with it: taken over', () => {
    const record = owned('apps/v1', 'Deployment', 'web');
    expect(index(record).route(web, 'made')).toEqual({ kind: 'hpa', hpa: record });
  });

  it('follows what the watch tells: another target, deleted', () => {
    const changing = index(hpa('web'));
    changing.set(hpa('web', { target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } }));
    expect(changing.route(web, undefined).kind).toBe('scale');
    changing.set(hpa('web'));
    changing.delete('shop', 'web');
    changing.delete('shop', 'web');
    expect(changing.route(web, undefined).kind).toBe('scale');
  });
});
