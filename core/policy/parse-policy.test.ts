/* Over 350 lines: every annotation with what is right and what is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../test/property.ts';
import { ANNOTATION_SPECS, ANNOTATIONS, annotation } from './annotations.ts';
import { parsePolicy, unreadNamespaceLabels } from './parse-policy.ts';
import type { Opted, PolicyLimits, WorkloadPolicy } from './policy.ts';

const LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 100,
  allowRawQueries: false,
  templates: { 'http-requests': { args: ['service'] }, 'queue-length': { args: [] } },
};
const RAW: PolicyLimits = { ...LIMITS, allowRawQueries: true };

type Texts = Record<string, string>;

/** `{mode: 'auto'}` → `{'prescale.dev/mode': 'auto'}`. */
function prefixed(texts: Texts): Texts {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [`prescale.dev/${name}`, value]));
}

function opted(texts: Texts, labels: Texts = {}, limits = LIMITS): Opted {
  return parsePolicy(prefixed(labels), prefixed(texts), limits);
}

function policy(texts: Texts, limits = LIMITS): WorkloadPolicy {
  const result = opted({ enabled: 'true', ...texts }, {}, limits);
  expect(result).toMatchObject({ kind: 'in' });
  return (result as Extract<Opted, { kind: 'in' }>).policy;
}

/** `name: message` of every error. */
function errors(texts: Texts, labels: Texts = {}, limits = LIMITS): string[] {
  const result = opted({ enabled: 'true', ...texts }, labels, limits);
  return result.kind === 'wrong' ? result.errors.map((error) => `${error.annotation}: ${error.message}`) : [];
}

describe('opting in', () => {
  it('takes one annotation; the rest has defaults', () => {
    expect(policy({})).toEqual({
      mode: 'observe',
      metrics: [{ metric: { kind: 'resource', resource: 'cpu' }, target: { kind: 'utilization', fraction: 0.7 } }],
      minReplicas: 1,
      maxReplicas: 100,
      unmetTargetBp: 1,
      leadTime: 'auto',
      stabilization: 'auto',
      startCost: 'auto',
      bounds: [],
      paused: 'no',
      takeOverHpa: undefined,
    });
  });

  it.each([
    [undefined, undefined, 'out'],
    [undefined, 'true', 'in'],
    ['true', undefined, 'in'],
    ['true', 'true', 'in'],
    ['false', 'true', 'out'],
    ['true', 'false', 'out'],
    [undefined, 'false', 'out'],
    ['False', 'true', 'wrong'],
    ['yes', undefined, 'wrong'],
    ['true', 'off', 'wrong'],
  ])('annotation %s, namespace %s: %s', (own, label, kind) => {
    const texts = own === undefined ? {} : { enabled: own };
    expect(opted(texts, label === undefined ? {} : { enabled: label }).kind).toBe(kind);
  });

  it('a namespace may set the mode of its workloads, and each workload its own', () => {
    const labels = { enabled: 'true', mode: 'auto' };
    expect(opted({}, labels)).toMatchObject({ policy: { mode: 'auto' } });
    expect(opted({ mode: 'observe' }, labels)).toMatchObject({ policy: { mode: 'observe' } });
    expect(opted({ mode: 'observe' }, { enabled: 'true', mode: 'nonsense' })).toMatchObject({ kind: 'in' });
    expect(errors({}, { mode: 'atuo' })).toEqual([
      'prescale.dev/mode: the namespace\'s label: found "atuo"; expected observe, auto, predictive or reactive; did you mean "auto"?',
    ]);
  });

  it('annotations without "enabled" do nothing, and what is missing is said; an explicit "false" is no mistake', () => {
    const said = (annotations: Record<string, string>, labels = {}) => {
      const result = parsePolicy(labels, annotations, LIMITS);
      return result.kind === 'out'
        ? (result.hints ?? []).map((hint) => `${hint.annotation}: ${hint.message}`)
        : [result.kind];
    };
    const mode = { 'prescale.dev/mode': 'auto' };
    expect(said(mode)).toEqual([
      'prescale.dev/enabled: found nothing, so prescale.dev/mode has no effect; expected "true" on this object, or "false" to leave it alone',
    ]);
    const four = {
      ...mode,
      'prescale.dev/target': '70%',
      'prescale.dev/max-replicas': '9',
      'prescale.dev/paused': 'true',
    };
    expect(said(four)[0]).toMatch(
      /so prescale\.dev\/max-replicas, prescale\.dev\/mode, prescale\.dev\/paused and 1 more have no effect/,
    );
    expect(said({ ...mode, 'prescale.dev/enabled': 'false' })).toEqual([]);
    expect(said(mode, { 'prescale.dev/enabled': 'true' })).toEqual(['in']);
    expect(said(mode, { 'prescale.dev/enabled': 'false' })).toEqual([]);
    expect(said({ 'prescale.dev/status': '{}', 'keda.sh/mode': 'auto' })).toEqual([]);
  });

  it('the mode of a workload in error is the one that it asks for, none where that is no mode', () => {
    const wrong = { 'prescale.dev/enabled': 'true', 'prescale.dev/min-replicas': '-1' };
    const modeOf = (annotations: Record<string, string>) => parsePolicy({}, { ...wrong, ...annotations }, LIMITS);
    expect(modeOf({})).toMatchObject({ kind: 'wrong', mode: LIMITS.defaultMode });
    expect(modeOf({ 'prescale.dev/mode': 'predictive' })).toMatchObject({ kind: 'wrong', mode: 'predictive' });
    expect(modeOf({ 'prescale.dev/mode': 'on' })).toMatchObject({ kind: 'wrong', mode: undefined });
  });

  it('a misspelt "enabled" is not silence, but what others write is', () => {
    expect(opted({ enable: 'true' })).toMatchObject({
      kind: 'wrong',
      errors: [
        { annotation: 'prescale.dev/enable', message: expect.stringContaining('did you mean prescale.dev/enabled?') },
      ],
    });
    expect(opted({ mode: 'auto' })).toMatchObject({ kind: 'out' });
    expect(parsePolicy({}, { 'keda.sh/enable': 'true', enable: 'true' }, LIMITS)).toEqual({ kind: 'out' });
  });

  it('labels of a namespace that nobody reads can be named', () => {
    expect(unreadNamespaceLabels(prefixed({ enabled: 'true', mode: 'auto' }))).toEqual([]);
    expect(unreadNamespaceLabels(prefixed({ 'max-replicas': '5' }))).toEqual([
      {
        annotation: 'prescale.dev/max-replicas',
        message: 'is not read on a namespace; expected prescale.dev/enabled or prescale.dev/mode',
      },
    ]);
  });
});

describe('errors', () => {
  it('come all at once, each with its annotation', () => {
    const found = errors({
      mode: 'automatic',
      metric: 'htp-requests',
      'min-replicas': '-1',
      'max-replicas': '500',
      slo: '2',
      'lead-time': 'soon',
      stabilization: '2h',
      paused: 'scale-down',
      'take-over-hpa': '../../web',
      bounds: '[{cron: "0 22 * *"}]',
      'max-replica': '4',
    });
    expect(found).toEqual([
      'prescale.dev/max-replica: there is no such annotation; did you mean prescale.dev/max-replicas?',
      expect.stringMatching(/^prescale.dev\/mode: found "automatic"; expected observe, auto, predictive or reactive/),
      'prescale.dev/metric: found "htp-requests"; expected cpu, memory, gpu or one of the administrator\'s templates (http-requests or queue-length); did you mean "http-requests"?',
      'prescale.dev/take-over-hpa: found "../../web"; expected the name of an HPA in the same namespace, such as web',
      'prescale.dev/max-replicas: found "500"; expected at most 100, the administrator\'s cap',
      'prescale.dev/min-replicas: found "-1"; expected a whole number from 0 to 100',
      'prescale.dev/slo: found "2"; expected a share of the demand from 90% to below 100%, such as 99.99%',
      'prescale.dev/lead-time: found "soon"; expected auto, or a duration from 1s to 1h such as 180s or 5m',
      'prescale.dev/stabilization: found "2h"; expected auto, or a duration from 0s to 1h such as 180s or 5m',
      'prescale.dev/bounds: [0].cron: found "0 22 * *": expected five fields (minute hour day month weekday) such as "0 22 * * MON-FRI"',
      'prescale.dev/bounds: [0].timeZone: found nothing; expected an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC',
      'prescale.dev/bounds: [0].duration: found nothing; expected a duration from 5m to 31d such as 8h or 1h30m',
      expect.stringMatching(/^prescale.dev\/paused: found "scale-down"; expected true, false, scale-in or scale-out/),
    ]);
  });

  it('are counted where they are too many to read', () => {
    const spam = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`qqqqqqqqqqqq-${i}`, '']));
    const found = errors(spam);
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toContain('and 30 more errors');
  });
});

describe('replicas', () => {
  it('min is at most max, max at most the cap', () => {
    expect(policy({ 'min-replicas': '2', 'max-replicas': '40' })).toMatchObject({ minReplicas: 2, maxReplicas: 40 });
    expect(errors({ 'min-replicas': '10', 'max-replicas': '4' })).toEqual([
      'prescale.dev/min-replicas: found "10"; expected at most max-replicas, which is 4',
    ]);
    expect(errors({ 'min-replicas': '101' })).toHaveLength(1);
    expect(errors({ 'max-replicas': '0' })).toHaveLength(1);
    expect(errors({ 'min-replicas': '1.5' })).toHaveLength(1);
  });

  it('zero needs a metric that is there without pods', () => {
    expect(policy({ 'min-replicas': '0', metric: 'queue-length', target: '10' }).minReplicas).toBe(0);
    const both = { metric: 'cpu', 'metric-2': 'queue-length', 'target-2': '10' };
    expect(policy({ 'min-replicas': '0', ...both }).minReplicas).toBe(0);
    expect(errors({ 'min-replicas': '0' })).toEqual([expect.stringContaining('nothing would bring them back')]);
    expect(errors({ 'min-replicas': '0', metric: 'queue-length', target: '10', 'take-over-hpa': 'web' })).toEqual([
      expect.stringContaining("an HPA's minReplicas is 1 or more"),
    ]);
  });
});

describe('metrics and targets', () => {
  const target = (texts: Texts) => policy(texts).metrics[0]!.target;

  it('are cores, bytes, shares of the request, or the query’s unit', () => {
    expect(target({ metric: 'cpu', target: '500m' })).toEqual({ kind: 'absolute', perPod: 0.5 });
    expect(target({ metric: 'memory', target: '1.5Gi' })).toEqual({ kind: 'absolute', perPod: 1.5 * 2 ** 30 });
    expect(target({ metric: 'gpu', target: '80%' })).toEqual({ kind: 'utilization', fraction: 0.8 });
    expect(target({ metric: 'queue-length', target: '100' })).toEqual({ kind: 'absolute', perPod: 100 });
  });

  it('are the numbered ones too, each with its own target and arguments', () => {
    const texts = { metric: 'cpu', 'metric-2': 'http-requests', 'metric-args-2': 'service=web', 'target-2': '100' };
    expect(policy(texts).metrics).toEqual([
      { metric: { kind: 'resource', resource: 'cpu' }, target: { kind: 'utilization', fraction: 0.7 } },
      {
        metric: { kind: 'template', template: 'http-requests', args: { service: 'web' } },
        target: { kind: 'absolute', perPod: 100 },
      },
    ]);
    expect(errors({ metric: 'cpu', 'metric-3': 'memory', 'target-3': '1Gi' })).toEqual([
      'prescale.dev/metric-3: there is no metric-2; expected metrics numbered without a gap',
    ]);
    expect(errors({ 'target-2': '1Gi' })).toEqual(['prescale.dev/target-2: there is no metric-2 that it belongs to']);
    expect(errors({ 'metric-6': 'cpu' })).toEqual([expect.stringContaining('prescale.dev/metric-6: there is no such')]);
  });

  it.each([
    ['cpu', '70', 'expected 70% for a share of the request, or 70.0 for 70 cores a pod'],
    ['gpu', '80', 'expected 80% for a share of the request, or 80.0 for 80 GPUs a pod'],
    ['cpu', '0', 'expected more than 0'],
    ['cpu', '0%', 'expected 1% to 1000%'],
    ['cpu', 'half', 'expected cores such as 500m, or 70%'],
    ['memory', '500m', 'expected at least 1Mi; 500m is 0.5 bytes'],
    ['memory', '', 'expected bytes'],
    ['queue-length', '70%', 'a query has no request to share'],
    ['queue-length', '-5', 'expected more than 0'],
  ])('%s with target %j: %s', (metric, text, message) => {
    expect(errors({ metric, target: text })).toEqual([expect.stringContaining(message)]);
  });

  it('need a target, but for cpu', () => {
    expect(errors({ metric: 'memory' })).toEqual([
      'prescale.dev/target: found nothing; expected bytes such as 1.5Gi, or 70%: what one Ready pod serves',
    ]);
  });

  it.each([
    ['', 'http-requests needs service too; expected service=…'],
    ['servise=web', 'http-requests has no argument "servise"; expected service; did you mean service?'],
    ['service=web,service=api', 'service is given twice'],
    ['service=web,namespace=kube-system', 'namespace comes from the workload itself'],
    ['service', 'expected key=value'],
    ['service=', 'no paths, no addresses'],
    ['service=/etc/passwd', 'no paths, no addresses'],
    ['service=http://169.254.169.254/', 'no paths, no addresses'],
    ['service=web"} or vector(1', 'no paths, no addresses'],
  ])('arguments %j: %s', (args, message) => {
    expect(errors({ metric: 'http-requests', 'metric-args': args, target: '10' })).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('never say the namespace, even where a template declares it by mistake', () => {
    const limits = { ...LIMITS, templates: { open: { args: ['namespace'] }, own: { args: ['name'] } } };
    const other = { metric: 'open', 'metric-args': 'namespace=kube-system', target: '1' };
    expect(errors(other, {}, limits)).toEqual([expect.stringContaining('namespace comes from the workload itself')]);
    expect(errors({ metric: 'own', 'metric-args': 'name=web', target: '1' }, {}, limits)).toEqual([]);
  });

  it('names of the language are no templates', () => {
    for (const metric of ['constructor', '__proto__', 'toString']) {
      expect(errors({ metric, target: '1' })).toEqual([expect.stringContaining(`found "${metric}"`)]);
    }
  });

  it('raw queries are the administrator’s to allow', () => {
    const texts = { query: 'sum(rate(requests_total[1m]))', target: '100' };
    expect(errors(texts)).toEqual([expect.stringContaining('raw queries are not allowed here')]);
    expect(policy(texts, RAW).metrics).toEqual([
      { metric: { kind: 'query', query: texts.query }, target: { kind: 'absolute', perPod: 100 } },
    ]);
    expect(errors({ ...texts, metric: 'cpu' }, {}, RAW)).toEqual([expect.stringContaining('expected one of the two')]);
  });
});

describe('bounds', () => {
  const night = '{cron: "0 22 * * *", timeZone: Europe/Berlin, duration: 8h, max: 4}';

  it('are YAML or JSON', () => {
    const expected = [
      {
        cron: '0 22 * * MON-FRI',
        timeZone: 'Europe/Berlin',
        durationSeconds: 28_800,
        min: 0,
        max: 0,
        except: ['2026-12-24', '2026-12-31'],
      },
    ];
    const yaml = `
- cron: 0 22 * * MON-FRI
  timeZone: Europe/Berlin
  duration: 8h
  min: 0
  max: 0
  except: [2026-12-31, 2026-12-24]
`;
    const json = JSON.stringify([
      {
        cron: '0 22 * * MON-FRI',
        timeZone: 'Europe/Berlin',
        duration: '8h',
        min: 0,
        max: 0,
        except: ['2026-12-24', '2026-12-31'],
      },
    ]);
    expect(policy({ bounds: yaml }).bounds).toEqual(expected);
    expect(policy({ bounds: json }).bounds).toEqual(expected);
    expect(policy({ bounds: '[]' }).bounds).toEqual([]);
  });

  it.each([
    ['', 'expected a list such as'],
    ['[', 'not valid YAML or JSON'],
    ['cron: 0 22 * * *', 'expected a list such as'],
    ['[1]', '[0]: found 1; expected a rule'],
    [`[${night.replace('timeZone', 'timezone')}]`, '[0]: there is no "timezone"; did you mean timeZone?'],
    [`[${night}, ${night.replace('Berlin', 'Bonn')}]`, '[1].timeZone: found "Europe/Bonn"'],
    [`[${night.replace('8h', '60')}]`, '[0].duration: found 60; expected a duration from 5m to 31d'],
    [`[${night.replace('8h', '1m')}]`, '[0].duration: found "1m"'],
    [`[${night.replace(', max: 4', '')}]`, '[0]: found neither min nor max'],
    [`[${night.replace('max: 4', 'max: 400')}]`, "[0].max: found 400; expected at most 100, the administrator's cap"],
    [`[${night.replace('max: 4', 'max: "4"')}]`, '[0].max: found "4"; expected a whole number'],
    [`[${night.replace('max: 4', 'max: 0')}]`, '[0]: min-replicas 1 is above max 0'],
    [`[${night.replace('max: 4', 'min: 0')}]`, '[0].min: found 0; without pods'],
    [`[${night.replace('max: 4', 'max: 4, except: 2026-12-25')}]`, '[0].except: found "2026-12-25"; expected a list'],
    [`[${night.replace('max: 4', 'max: 4, except: [2026-02-30]')}]`, '[0].except: found "2026-02-30"; expected a date'],
    [`[${night.replace('0 22 * * *', '0 22 31 2 *')}]`, '[0].cron: found "0 22 31 2 *": there is no such day'],
    [`[${Array(17).fill(night).join()}]`, 'found 17 rules; expected at most 16'],
    ['['.repeat(8000), 'YAML'],
    ['[&a [x,x], &b [*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b], [*c,*c,*c,*c,*c]]', 'not usable YAML'],
    ['x'.repeat(8001), 'expected at most 8000 characters'],
  ])('of case %# are refused', (bounds, message) => {
    const found = errors({ bounds });
    expect(found[0]).toContain(`prescale.dev/bounds: ${message.startsWith('[') ? message : ''}`);
    expect(found[0]).toContain(message);
  });

  it('may be 0 for a metric from outside, or where the clock switches on again', () => {
    const off = `[${night.replace('max: 4', 'min: 0, max: 0')}]`;
    expect(policy({ bounds: off }).bounds).toHaveLength(1);
    const low = `[${night.replace('max: 4', 'min: 0, max: 4')}]`;
    expect(policy({ bounds: low, metric: 'queue-length', target: '5' }).bounds).toHaveLength(1);
    expect(errors({ bounds: off, 'take-over-hpa': 'web' })).toEqual([
      "prescale.dev/bounds: [0].min: found 0; an HPA's minReplicas is 1 or more; expected at least 1",
    ]);
  });
});

describe('the rest', () => {
  it('is read as written', () => {
    const texts = {
      slo: '99.98%',
      'lead-time': '3m',
      stabilization: '0s',
      'start-cost': '15m',
      paused: 'scale-in',
    };
    expect(policy({ ...texts, 'take-over-hpa': 'web' })).toMatchObject({
      unmetTargetBp: 2,
      leadTime: 180,
      stabilization: 0,
      startCost: 900,
      paused: 'scale-in',
      takeOverHpa: 'web',
    });
    expect(policy({ paused: 'true' }).paused).toBe('all');
    expect(policy({ paused: ' false\n' }).paused).toBe('no');
  });

  it('every example of the table is right by itself', () => {
    for (const spec of ANNOTATIONS) {
      const needs: Texts = spec.name === 'metric' || spec.name === 'query' ? { target: '100' } : {};
      if (spec.name === 'metric') needs['metric-args'] = 'service=web';
      if (spec.name === 'metric-args') Object.assign(needs, { metric: 'http', target: '1' });
      if (spec.name === 'target') needs.metric = 'queue-length';
      const limits = { ...RAW, templates: { ...RAW.templates, http: { args: ['service', 'code'] } } };
      expect(errors({ ...needs, [spec.name]: spec.example }, {}, limits), spec.name).toEqual([]);
    }
  });
});

describe('whatever is written', () => {
  const name = fc.oneof(
    fc.constantFrom(...ANNOTATION_SPECS.keys()),
    fc.string({ maxLength: 30 }).map((text) => `prescale.dev/${text}`),
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(...ANNOTATIONS.map(({ example }) => example)),
    fc.constantFrom('0', '1', '1e3', '70%', '-1', 'true', 'cpu', 'memory', '100'),
    fc.json({ maxDepth: 3 }),
    fc
      .array(
        fc.dictionary(fc.constantFrom('cron', 'timeZone', 'duration', 'min', 'max', 'except', 'x'), fc.jsonValue()),
      )
      .map((rules) => JSON.stringify(rules)),
  );

  it('it never throws, answers the same twice, and every error names an annotation that is there or missing', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 12 }), fc.dictionary(name, value), (texts, labels) => {
        const annotations = { ...texts, [annotation('enabled')]: 'true' };
        const result = parsePolicy(labels, annotations, RAW);
        expect(parsePolicy({ ...labels }, Object.fromEntries(Object.entries(annotations).reverse()), RAW)).toEqual(
          result,
        );
        if (result.kind === 'wrong') {
          expect(result.errors.length).toBeGreaterThan(0);
          for (const error of result.errors) {
            expect(error.annotation in annotations || ANNOTATION_SPECS.has(error.annotation)).toBe(true);
            expect(error.message.length).toBeGreaterThan(0);
          }
        }
        if (result.kind === 'in') {
          const { minReplicas, maxReplicas, metrics } = result.policy;
          expect(minReplicas).toBeLessThanOrEqual(maxReplicas);
          expect(maxReplicas).toBeLessThanOrEqual(RAW.maxReplicas);
          expect(metrics.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(150) },
    );
  });
});
