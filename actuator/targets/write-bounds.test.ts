import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import { boundsAhead } from '../../core/policy/scheduled-bounds.ts';
import { ApiError, type ObjectMeta } from '../../kubernetes/api.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { runs } from '../../test/property.ts';
import { HpaMinReplicas, type HpaObject, hpaPath, ORIGINAL_ANNOTATION, WRITTEN_ANNOTATION } from './hpa.ts';
import { restoreAll } from './restore.ts';
import { ScaleSubresource } from './scale.ts';
import { capped, permitted } from './write-bounds.ts';

const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const HPA = hpaPath('shop', 'web');
const annotations = (original: string, written: string) => ({
  [ORIGINAL_ANNOTATION]: original,
  [WRITTEN_ANNOTATION]: written,
});

interface Found {
  readonly minReplicas?: number | undefined;
  readonly maxReplicas: number;
  readonly annotations: Record<string, string>;
}

/** An HPA as its owner left it. */
function owned({ minReplicas, maxReplicas, annotations }: Found) {
  const api = memoryKubernetes();
  api.seed(WEB, { ...REF, metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 8 } });
  api.seed(HPA, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { ...(minReplicas !== undefined && { minReplicas }), maxReplicas, scaleTargetRef: REF },
  });
  const target = new HpaMinReplicas(api, { namespace: 'shop', name: 'web' }, `${WEB}/scale`);
  const hpa = () => api.get<HpaObject>(HPA);
  return { api, target, hpa, floor: async () => (await hpa()).spec.minReplicas ?? 1 };
}

describe('the gate of all numbers of replicas', () => {
  const decided = (asked: number, min = 2, max = 60) => permitted({ kind: 'decided', asked, bounds: { min, max } });

  it('lets a decision end within its bounds, of which the maximum is the stronger', () => {
    expect(decided(400)).toEqual({ replicas: 60 });
    expect(decided(0)).toEqual({ replicas: 2 });
    expect(decided(7)).toEqual({ replicas: 7 });
    expect(decided(7, 80, 60)).toEqual({ replicas: 60 });
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])(
    'refuses %s, which is no number of pods',
    (asked) => {
      expect(decided(asked)).toEqual({ why: `found ${asked}, expected a whole number of pods` });
    },
  );

  it('lets no decision through where the bounds are no numbers', () => {
    expect(decided(5, 0, Number.NaN)).toHaveProperty('why');
    expect(decided(5, 0, Number.POSITIVE_INFINITY)).toHaveProperty('why');
  });

  it("puts the user's own minimum back, which is below what stands in its place, and nothing else", () => {
    const putBack = (own: number) => permitted({ kind: 'put-back', own, standing: 9, most: 20 });
    expect([0, 1, 8].map(putBack)).toEqual([{ replicas: 0 }, { replicas: 1 }, { replicas: 8 }]);
    for (const own of [9, 10, 21, -1, 2.5, Number.NaN]) expect(putBack(own)).toHaveProperty('why');
  });
});

describe('who owns an HPA and forges what it keeps for us', () => {
  it('gets not one pod over the 60 of its policy and the 100 of the administrator', async () => {
    const { target, floor } = owned({ minReplicas: 8, maxReplicas: 500, annotations: annotations('400', '8') });
    expect((await target.read())!.blocked).toMatch(/is "400", expected a whole number below the minReplicas 8/);
    expect((await target.write(8, 20, { min: 1, max: 60 })).kind).toBe('refused');
    expect(await floor()).toBe(8);
  });

  it('whose own minimum is above the policy keeps it, and nothing is written', async () => {
    const { api, target, floor } = owned({ minReplicas: 400, maxReplicas: 500, annotations: {} });
    expect(await target.write(400, 60, { min: 1, max: 60 })).toEqual({ kind: 'unchanged', replicas: 400 });
    expect(await floor()).toBe(400);
    expect(api.requests.patch).toBe(0);
  });

  it('does not keep the release from being uninstalled, nor loses a pod by it', async () => {
    const { api, floor } = owned({ minReplicas: 8, maxReplicas: 500, annotations: annotations('400', '8') });
    const { hpas, left, failed } = await restoreAll(api);
    expect([hpas, failed]).toEqual([[], []]);
    expect(left).toEqual([expect.stringContaining('HorizontalPodAutoscaler shop/web is "400"')]);
    expect(await floor()).toBe(8);
  });

  it('nor by a 0 that the API server takes from nobody, and the write that would put it back is refused in words', async () => {
    const { api, target, floor } = owned({ minReplicas: 8, maxReplicas: 500, annotations: annotations('0', '8') });
    api.intercept = ({ verb }) =>
      verb === 'patch' ? { error: new ApiError('spec.minReplicas: must be at least 1', 422, 'Invalid') } : undefined;
    const outcome = await target.write(8, 0, { min: 0, max: 60 });
    expect(outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining('is "0", expected a whole number') });
    expect(await restoreAll(api)).toMatchObject({ hpas: [], failed: [], left: [expect.stringContaining('shop/web')] });
    expect(await floor()).toBe(8);
  });

  it('fills neither log nor conditions with what it wrote there', async () => {
    const long = `\u001b[31m${'x'.repeat(100_000)}`;
    const { target } = owned({ minReplicas: 8, maxReplicas: 500, annotations: annotations(long, '8') });
    const { blocked } = (await target.read())!;
    expect(blocked!.length).toBeLessThan(500);
    expect(blocked).not.toContain('\u001b');
  });
});

const count = fc.integer({ min: 0, max: 1000 });
/** Numbers in every dress, and whatever else fits into an annotation. */
const text = fc.oneof(
  { weight: 6, arbitrary: count.map(String) },
  { weight: 1, arbitrary: fc.constantFrom('unset', '', '-3', '1e3', '0x10', '007', '4.5', 'NaN', '99999999999999') },
  { weight: 1, arbitrary: fc.string() },
);
const found = fc
  .record({ min: fc.integer({ min: 1, max: 500 }), over: count, original: text, written: text, matches: fc.boolean() })
  .map(({ min, over, original, written, matches }) => ({
    minReplicas: min,
    maxReplicas: min + over,
    annotations: annotations(original, matches ? String(min) : written),
  }));
const bounds = fc.tuple(count, count).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
const asked = fc.oneof(count, fc.double(), fc.integer());

describe('whatever stands on an HPA or a workload', () => {
  it('no floor is written over bounds, maxReplicas and cap, and what is put back is below what stood there', async () => {
    await fc.assert(
      fc.asyncProperty(found, bounds, asked, async (hpa, within, to) => {
        const { api, target, floor } = owned(hpa);
        const written: { readonly before: number; readonly after: number | undefined }[] = [];
        let before = hpa.minReplicas;
        api.intercept = ({ verb, body }) => {
          const spec = verb === 'patch' ? (body as { spec?: { minReplicas: number | null } }).spec : undefined;
          if (spec) written.push({ before, after: spec.minReplicas ?? undefined });
          before = spec?.minReplicas ?? before;
          return undefined;
        };
        await target.write(hpa.minReplicas, to, within);
        await target.release().catch(() => {});
        await restoreAll(api);
        const most = Math.min(within.max, hpa.maxReplicas);
        for (const { before, after = 1 } of written) {
          expect(Number.isInteger(after) && after >= 0).toBe(true);
          if (after > most) expect(after).toBeLessThan(before);
          expect(after).toBeLessThanOrEqual(hpa.maxReplicas);
        }
        expect(await floor()).toBeLessThanOrEqual(Math.max(hpa.minReplicas, most));
      }),
      { numRuns: runs(300) },
    );
  });

  it('no annotation of a workload widens the bounds of its writes over the cap', () => {
    const limits = { defaultMode: 'auto', defaultUnmetTargetBp: 1, maxReplicas: 100, allowRawQueries: false } as const;
    // Mostly what is accepted, or just over the cap.
    const near = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 105 }).map(String) }, text);
    const rule = fc.record({ min: near, max: near }, { requiredKeys: [] });
    const rules = fc.array(rule, { maxLength: 3 }).map((all) => {
      const lines = all.map((one) => [
        'cron: "* * * * *"',
        'timeZone: UTC',
        'duration: 1h',
        ...Object.entries(one).map((pair) => pair.join(': ')),
      ]);
      return lines.map((one) => `- {${one.join(', ')}}`).join('\n');
    });
    const keys = { min: near, max: near, bounds: rules };
    let accepted = 0;
    fc.assert(
      fc.property(fc.record(keys, { requiredKeys: [] }), asked, (given, to) => {
        const { min, max, bounds } = given;
        const all = {
          'prescale.dev/enabled': 'true',
          ...(min !== undefined && { 'prescale.dev/min-replicas': min }),
          ...(max !== undefined && { 'prescale.dev/max-replicas': max }),
          ...(bounds !== undefined && { 'prescale.dev/bounds': bounds }),
        };
        const opted = parsePolicy({}, all, { ...limits, templates: {} });
        if (opted.kind !== 'in') return;
        accepted++;
        const ahead = boundsAhead(opted.policy, 1_800_000_000, 600);
        const may = permitted({ kind: 'decided', asked: to, bounds: capped(ahead, limits.maxReplicas) });
        if ('replicas' in may) expect(may.replicas >= 0 && may.replicas <= 100).toBe(true);
      }),
      { numRuns: 1_500 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('no replicas are written outside of the bounds', async () => {
    await fc.assert(
      fc.asyncProperty(count, bounds, asked, async (replicas, within, to) => {
        const api = memoryKubernetes();
        const metadata: Partial<ObjectMeta> = { name: 'web', namespace: 'shop' };
        api.seed(WEB, { ...REF, metadata, spec: { replicas } });
        const outcome = await new ScaleSubresource(api, REF, `${WEB}/scale`).write(replicas, to, within);
        const { spec } = await api.get<{ spec: { replicas: number } }>(WEB);
        if (outcome.kind !== 'scaled') expect(spec.replicas).toBe(replicas);
        else expect(spec.replicas >= within.min && spec.replicas <= within.max).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });
});
