/* Over 350 lines: all that an HPA's manifest may hold, field by field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BEHAVIOR } from '../../actuator/scaler/hpa-behavior.ts';
import { InputError } from '../../core/errors.ts';
import { eciStartup } from '../../core/startup.ts';
import { dailyLoad, SETTINGS, sampled } from '../../test/generated-traces.ts';
import { runs } from '../../test/property.ts';
import { replay } from '../replay.ts';
import { hpaFacts } from './hpa-facts.ts';
import { parseHpaManifest } from './hpa-manifest.ts';

/** As it stands in Git. */
const MANIFEST = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
  labels: { team: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 2
  maxReplicas: 30
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: 60 }
`;

const read = (text: string) => parseHpaManifest(text, 'hpa.yaml');
/** The manifest with another metric. */
const withMetric = (metric: string) => read(MANIFEST.replace(/ {2}metrics:[\s\S]*$/, `  metrics:\n    - ${metric}\n`));
const withBehavior = (behavior: string) => read(`${MANIFEST}  behavior:${behavior}\n`);

describe('what it says', () => {
  it('bounds, target, name', () => {
    expect(read(MANIFEST)).toMatchObject({
      source: 'hpa.yaml',
      name: 'web',
      min: 2,
      max: 30,
      metric: { target: { share: 0.6 }, counts: 'ready', words: 'cpu at 60 % of the request' },
      behavior: undefined,
    });
  });

  it('an export with status and what the API server filled in', () => {
    const exported = `${MANIFEST.replace('  name: web\n', '  name: web\n  resourceVersion: "7"\n  managedFields: [{ manager: kubectl }]\n')}status:
  currentReplicas: 3
  conditions: [{ type: AbleToScale, status: "True" }]
`;
    expect(read(exported)).toMatchObject({ name: 'web', max: 30 });
    expect(read(`---\n${MANIFEST}---\n# nothing more\n`)).toMatchObject({ max: 30 });
  });

  it('without minReplicas and metrics: 1 pod and cpu at 80 %, as the API server sets them', () => {
    const bare = MANIFEST.replace(/ {2}metrics:[\s\S]*$/, '').replace(/ {2}minReplicas.*\n/, '');
    expect(read(bare)).toMatchObject({ min: 1, metric: { target: { share: 0.8 } } });
  });
});

describe('metrics', () => {
  const cases: [name: string, metric: string, expected: object][] = [
    [
      'ContainerResource',
      'containerResource: { name: cpu, container: app, target: { type: Utilization, averageUtilization: 120 } }\n      type: ContainerResource',
      { target: { share: 1.2 }, counts: 'ready', words: 'cpu of container app at 120 % of the request' },
    ],
    [
      'Resource, an amount',
      'type: Resource\n      resource: { name: cpu, target: { type: AverageValue, averageValue: 500m } }',
      { target: { amount: 0.5, text: '500m' }, counts: 'ready', words: 'cpu at 500m a pod' },
    ],
    [
      'Pods',
      'type: Pods\n      pods: { metric: { name: rps, selector: { matchLabels: { a: b } } }, target: { type: AverageValue, averageValue: 45 } }',
      { target: { amount: 45 }, counts: 'ready', words: 'rps at 45 a pod' },
    ],
    [
      'Object',
      'type: Object\n      object: { describedObject: { kind: Ingress, name: web }, metric: { name: rps }, target: { type: AverageValue, averageValue: 1k } }',
      { target: { amount: 1_000 }, counts: 'all' },
    ],
    [
      'External',
      'type: External\n      external: { metric: { name: queue }, target: { type: AverageValue, averageValue: "30" } }',
      { target: { amount: 30 }, counts: 'all', words: 'queue at 30 a pod' },
    ],
  ];
  it.each(cases)('%s', (_, metric, expected) => expect(withMetric(metric).metric).toMatchObject(expected));
});

describe('behavior', () => {
  it('empty is the defaults, absent (or null) is none', () => {
    expect(withBehavior(' {}').behavior).toEqual(DEFAULT_BEHAVIOR);
    expect(withBehavior('').behavior).toBeUndefined();
  });

  it('what is given replaces, the rest is as in the defaults', () => {
    const { behavior } = withBehavior(`
    scaleDown:
      stabilizationWindowSeconds: 60
      selectPolicy: Min
      tolerance: 0.05
      policies:
        - { type: Pods, value: 2, periodSeconds: 60 }
        - { type: Percent, value: 10, periodSeconds: 120 }
    scaleUp: { selectPolicy: Disabled }`);
    expect(behavior?.scaleDown).toEqual({
      stabilizationSeconds: 60,
      select: 'Min',
      tolerance: 0.05,
      policies: [
        { type: 'Pods', value: 2, periodSeconds: 60 },
        { type: 'Percent', value: 10, periodSeconds: 120 },
      ],
    });
    expect(behavior?.scaleUp).toEqual({ ...DEFAULT_BEHAVIOR.scaleUp, select: 'Disabled' });
  });

  it('a tolerance is a quantity', () => {
    expect(withBehavior(' { scaleUp: { tolerance: 50m } }').behavior?.scaleUp.tolerance).toBe(0.05);
    expect(withBehavior(' { scaleUp: { tolerance: 0 } }').behavior?.scaleUp.tolerance).toBe(0);
  });
});

describe('what is refused, in one sentence with the line, the field and what is right', () => {
  const resource = 'type: Resource\n      resource: { name: cpu, target: ';
  const pods = 'type: Pods\n      pods: { metric: { name: rps }, target: ';
  const external = 'type: External\n      external: { metric: { name: queue }, target: ';
  const cases: [name: string, text: () => unknown, message: RegExp][] = [
    [
      'v1',
      () => read(MANIFEST.replace('/v2', '/v1')),
      /^hpa.yaml:1: apiVersion: found autoscaling\/v1; expected autoscaling\/v2 \(kubectl/,
    ],
    [
      'v2beta2',
      () => read(MANIFEST.replace('/v2', '/v2beta2')),
      /^hpa.yaml:1: apiVersion: found autoscaling\/v2beta2; /,
    ],
    [
      'another kind',
      () => read(MANIFEST.replace('kind: Horizontal', 'kind: ')),
      /^hpa.yaml:2: kind: found "PodAutoscaler"; expected HorizontalPodAutoscaler$/,
    ],
    [
      'a KEDA object',
      () => read('apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n'),
      /^hpa.yaml:1: apiVersion: found "keda.sh\/v1alpha1"; expected autoscaling\/v2$/,
    ],
    [
      'several documents',
      () => read(`${MANIFEST}---\n${MANIFEST}`),
      /^hpa.yaml: found 2 YAML documents; expected one Horizontal/,
    ],
    ['nothing', () => read('# later\n'), /^hpa.yaml: found no YAML documents; expected one/],
    ['a list', () => read('- 1\n- 2\n'), /^hpa.yaml: found a list; expected a HorizontalPodAutoscaler/],
    ['no YAML', () => read(`${MANIFEST}  : [\n`), /^hpa.yaml:1\d: found no valid YAML: .*; expected one/],
    [
      'several metrics',
      () =>
        withMetric(
          `${resource}{ type: Utilization, averageUtilization: 60 } }\n    - ${pods}{ type: AverageValue, averageValue: 9 } }`,
        ),
      /^hpa.yaml:10: spec.metrics: found 2 metrics; expected one metric: a trace is/,
    ],
    [
      'an unknown field',
      () => read(`${MANIFEST}  behaviour: {}\n`),
      /^hpa.yaml:15: spec.behaviour: found a field that autoscaling\/v2 does not have there; expected behavior$/,
    ],
    [
      'a field of v1',
      () => read(MANIFEST.replace('maxReplicas: 30', 'maxReplicas: 30\n  targetCPUUtilizationPercentage: 70')),
      /^hpa.yaml:10: spec.targetCPUUtilizationPercentage: found a field .*; expected no such field$/,
    ],
    [
      'no maximum',
      () => read(MANIFEST.replace(/ {2}maxReplicas.*\n/, '')),
      /^hpa.yaml:6: spec.maxReplicas: found nothing; expected a whole number of 1 or more$/,
    ],
    [
      'a minimum above the maximum',
      () => read(MANIFEST.replace('minReplicas: 2', 'minReplicas: 31')),
      /^hpa.yaml:8: spec.minReplicas: found 31; expected at most maxReplicas, 30$/,
    ],
    [
      'no pod at all, of a metric of pods',
      () => read(MANIFEST.replace('minReplicas: 2', 'minReplicas: 0')),
      /^hpa.yaml:8: spec.minReplicas: found 0; expected 1 or more/,
    ],
    [
      'half a pod',
      () => read(MANIFEST.replace('minReplicas: 2', 'minReplicas: 1.5')),
      /spec.minReplicas: found 1.5; expected a whole number of 0 or more$/,
    ],
    [
      'a target in the wrong type',
      () => withMetric(`${resource}{ type: AverageValue, averageUtilization: 60 } }`),
      /target.averageUtilization: found a field of another type than AverageValue; expected averageValue$/,
    ],
    [
      'no target',
      () => withMetric(`${resource}{ type: Utilization } }`),
      /target.averageUtilization: found nothing; expected the target of the type Utilization$/,
    ],
    [
      'a Value of a resource',
      () => withMetric(`${resource}{ type: Value, value: 3 } }`),
      /target.type: found Value; expected Utilization or AverageValue$/,
    ],
    [
      'a Utilization of pods',
      () => withMetric(`${pods}{ type: Utilization, averageUtilization: 3 } }`),
      /spec.metrics\[0\].pods.target.type: found Utilization; expected AverageValue$/,
    ],
    [
      'a Value of something external',
      () => withMetric(`${external}{ type: Value, value: 3 } }`),
      /external.target.type: found Value; expected AverageValue, the load a pod is to have: a Value is compared/,
    ],
    [
      'a negative quantity',
      () => withMetric(`${external}{ type: AverageValue, averageValue: -3 } }`),
      /averageValue: found -3; expected a quantity above 0/,
    ],
    [
      'no quantity',
      () => withMetric(`${external}{ type: AverageValue, averageValue: 3 jobs } }`),
      /averageValue: found "3 jobs"; expected a quantity above 0/,
    ],
    [
      'the section of another type',
      () =>
        withMetric(
          `${pods}{ type: AverageValue, averageValue: 9 } }\n      resource: { name: cpu, target: { type: Utilization, averageUtilization: 3 } }`,
        ),
      /metrics\[0\].resource: found a section of another type than Pods; expected pods$/,
    ],
    [
      'no section',
      () => withMetric('type: Pods'),
      /metrics\[0\].pods: found nothing; expected the section of the type Pods$/,
    ],
    [
      'an unknown type',
      () => withMetric('type: Cpu'),
      /metrics\[0\].type: found "Cpu"; expected one of Resource, ContainerResource, Pods, Object, External$/,
    ],
    [
      'no policy',
      () => withBehavior(' { scaleDown: { policies: [] } }'),
      /scaleDown.policies: found a list; expected at least one policy$/,
    ],
    [
      'a period of an hour',
      () => withBehavior(' { scaleDown: { policies: [{ type: Pods, value: 1, periodSeconds: 3600 }] } }'),
      /policies\[0\].periodSeconds: found 3600; expected a whole number from 1 to 1800$/,
    ],
    [
      'a window of two hours',
      () => withBehavior(' { scaleDown: { stabilizationWindowSeconds: 7200 } }'),
      /stabilizationWindowSeconds: found 7200; expected a whole number from 0 to 3600$/,
    ],
    [
      'an unknown selectPolicy',
      () => withBehavior(' { scaleUp: { selectPolicy: Median } }'),
      /selectPolicy: found "Median"; expected one of Max, Min, Disabled$/,
    ],
    [
      'aliases that explode',
      () => read(`a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c]\n`),
      /^hpa.yaml: found no usable YAML: /,
    ],
  ];
  it.each(cases)('%s', (_, parse, message) => {
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(message);
  });
});

it('whatever stands in the file: an HPA, or one sentence that says what is wrong', () => {
  const full = `${MANIFEST}  behavior:
    scaleDown:
      stabilizationWindowSeconds: 60
      policies:
        - { type: Pods, value: 2, periodSeconds: 60 }
`;
  const lines = full.split('\n');
  const odd = fc.oneof(
    fc.constantFrom(
      '- [',
      '{}',
      ': ',
      '---',
      '  metrics: 3',
      '!!binary x',
      '&a *a',
      '? x',
      '\t- a',
      'null',
      '{a: {b: [1]}}',
    ),
    fc.string({ maxLength: 20 }),
    fc.constantFrom(...lines),
  );
  const change = fc.tuple(fc.nat(lines.length - 1), fc.nat(2), odd);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const text = [...lines];
      for (const [at, removed, added] of changes) text.splice(at, removed, added);
      try {
        const { min, max, metric } = read(text.join('\n'));
        expect(min).toBeLessThanOrEqual(max);
        expect(metric.words).not.toBe('');
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        expect(error.message).toMatch(/^hpa\.yaml(:\d+)?: [^\n]*found [^\n]*; expected [^\n]*$/);
      }
    }),
    { numRuns: runs(100) },
  );
});

describe('the replay of a manifest', () => {
  const samples = sampled(26 * 3_600, dailyLoad(4));
  const settings = { ...SETTINGS, policies: ['hpa', 'hpa-tuned'] as const };
  const run = (text?: string) => {
    const hpa = text === undefined ? {} : { hpa: read(text) };
    return replay(samples, eciStartup(), { ...settings, ...hpa }).timeline.runs[0]!;
  };

  it('with the defaults is the default HPA at its target', () => {
    const wide = MANIFEST.replace('averageUtilization: 60', 'averageUtilization: 70').replace('30', '5000');
    const own = run(`${wide}  behavior: {}\n`);
    const usual = run();
    expect(own).toMatchObject({ target: 0.7, windowSeconds: 300 });
    expect([...own.total]).toEqual([...usual.total]);
  });

  it('an amount a pod is a share of the pod capacity, and its bounds are its own', () => {
    const amount = MANIFEST.replace(
      'type: Utilization, averageUtilization: 60',
      'type: AverageValue, averageValue: 2500m',
    );
    const own = run(amount.replace('maxReplicas: 30', 'maxReplicas: 9'));
    expect(own.target).toBe(0.5);
    expect(Math.max(...own.total)).toBe(9);
  });

  it('says in words how its metric is taken for the load', () => {
    expect(hpaFacts(read(MANIFEST), 5)).toMatchObject({ name: 'web', metric: 'cpu at 60 % of the request', min: 2 });
    expect(hpaFacts(read(MANIFEST), 5).reading).toContain('taken to use its whole request');
    const slow = withBehavior(' { scaleDown: { policies: [{ type: Pods, value: 1, periodSeconds: 60 }] } }');
    expect(hpaFacts(slow, 5).reading).toContain('Down: at most 1 pod in 60 s, window 300 s, tolerance 10 %.');
    const external =
      'type: External\n      external: { metric: { name: queue }, target: { type: AverageValue, averageValue: 4 } }';
    expect(hpaFacts(withMetric(external), 5).reading).toContain('4 a pod is 80 % of the pod capacity');
  });
});
