import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import type { Opted, PolicyLimits } from '../../core/policy/policy.ts';
import type { MetadataObject, ObjectMeta } from '../../kubernetes/api.ts';
import { type OptedChange, OptedWorkloads } from './opted-workloads.ts';

const LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 100,
  allowRawQueries: false,
  templates: {},
};
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const STATEFUL_SET = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
const ENABLED = { 'prescale.dev/enabled': 'true' };

let version = 0;

function object(
  name: string,
  annotations: Record<string, string> = {},
  more: Partial<ObjectMeta> = {},
): MetadataObject {
  version++;
  const own = { name, uid: `uid-${name}`, namespace: 'shop', resourceVersion: `${version}`, generation: version };
  return { metadata: { ...own, creationTimestamp: '2026-06-01T00:00:00Z', annotations, ...more } };
}

function namespace(name = 'shop', labels: Record<string, string> = {}): MetadataObject {
  const { metadata } = object(name);
  return { metadata: { ...metadata, labels } };
}

function inShop(labels: Record<string, string> = {}): OptedWorkloads {
  const workloads = new OptedWorkloads(LIMITS);
  workloads.namespace(namespace('shop', labels));
  return workloads;
}

/** `in web`, `wrong web`, … */
function told(changes: readonly OptedChange[]): string[] {
  return changes.map(({ kind, ref }) => `${kind} ${ref.name}`);
}

describe('a workload', () => {
  it('comes in once, whatever its status does, changes once, and goes out once', () => {
    const workloads = inShop();
    expect(told(workloads.workload(DEPLOYMENT, object('web')))).toEqual([]);
    const came = workloads.workload(DEPLOYMENT, object('web', ENABLED));
    expect(came).toMatchObject([{ kind: 'in', uid: 'uid-web', policy: { mode: 'observe', maxReplicas: 100 } }]);
    for (let i = 0; i < 3; i++) expect(workloads.workload(DEPLOYMENT, object('web', ENABLED))).toEqual([]);
    const auto = { ...ENABLED, 'prescale.dev/mode': 'auto' };
    expect(workloads.workload(DEPLOYMENT, object('web', auto))).toMatchObject([
      { kind: 'changed', policy: { mode: 'auto' } },
    ]);
    expect(told(workloads.workload(DEPLOYMENT, object('web')))).toEqual(['out web']);
    expect(told(workloads.workload(DEPLOYMENT, object('web')))).toEqual([]);
  });

  it('keeps its newest generation though nothing was told', () => {
    const workloads = inShop();
    workloads.workload(DEPLOYMENT, object('web', ENABLED));
    workloads.workload(DEPLOYMENT, object('web', ENABLED, { generation: 4711 }));
    expect([...workloads.opted()]).toMatchObject([{ generation: 4711, opted: { kind: 'in' } }]);
  });

  it('does not hear its own status annotation, other annotations, or the same policy in other words', () => {
    const workloads = inShop();
    const [came] = workloads.workload(DEPLOYMENT, object('web', { ...ENABLED, 'prescale.dev/unmet-target': '2bp' }));
    const same = { ...ENABLED, 'prescale.dev/unmet-target': '0.02%', 'prescale.dev/status': '{}', 'a.b/c': 'd' };
    expect(workloads.workload(DEPLOYMENT, object('web', same))).toEqual([]);
    const held = workloads.get(came!.ref)!.opted;
    expect(held.kind === 'in' && came!.kind === 'in' && held.policy === came!.policy).toBe(true);
  });

  it('tells each set of errors once, and when they are gone', () => {
    const workloads = inShop();
    const wrong = { ...ENABLED, 'prescale.dev/mode': 'automatic' };
    expect(workloads.workload(DEPLOYMENT, object('web', wrong))).toMatchObject([
      { kind: 'wrong', errors: [{ annotation: 'prescale.dev/mode' }] },
    ]);
    expect(workloads.workload(DEPLOYMENT, object('web', wrong))).toEqual([]);
    const more = { ...wrong, 'prescale.dev/min-replicas': 'two' };
    expect(workloads.workload(DEPLOYMENT, object('web', more))).toMatchObject([{ kind: 'wrong', errors: [{}, {}] }]);
    expect(told(workloads.workload(DEPLOYMENT, object('web', ENABLED)))).toEqual(['in web']);
    expect(told(workloads.workload(DEPLOYMENT, object('web', wrong)))).toEqual(['wrong web']);
    expect(told(workloads.workloadDeleted(DEPLOYMENT, object('web')))).toEqual(['out web']);
  });

  it('that wrote something for us and is out all the same is told so once, and again only where that changes', () => {
    const workloads = inShop();
    const mode = { 'prescale.dev/mode': 'auto' };
    expect(workloads.workload(DEPLOYMENT, object('web', mode))).toMatchObject([
      { kind: 'hint', errors: [{ annotation: 'prescale.dev/enabled' }] },
    ]);
    expect(workloads.workload(DEPLOYMENT, object('web', mode))).toEqual([]);
    expect(told(workloads.workload(DEPLOYMENT, object('web', { ...mode, ...ENABLED })))).toEqual(['in web']);
    expect(told(workloads.workload(DEPLOYMENT, object('web', mode)))).toEqual(['out web', 'hint web']);
    expect(workloads.workload(DEPLOYMENT, object('web', { ...mode, 'prescale.dev/enabled': 'false' }))).toEqual([]);
    expect([...workloads.opted()]).toEqual([]);
  });

  it('that has our annotations on its pod template is told so, by what kubectl applied', () => {
    const workloads = inShop();
    const spec = { template: { metadata: { annotations: { ...ENABLED, 'prometheus.io/scrape': 'true' } } } };
    const applied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) };
    const expected = {
      annotation: 'prescale.dev/enabled',
      message:
        'found on the pod template (spec.template.metadata.annotations), where it has no effect; expected on the object itself (metadata.annotations)',
    };
    expect(workloads.workload(DEPLOYMENT, object('web', applied))).toMatchObject([
      { kind: 'hint', errors: [expected] },
    ]);
    expect(workloads.workload(DEPLOYMENT, object('web', applied))).toEqual([]);
    expect(told(workloads.workload(DEPLOYMENT, object('web', { ...applied, ...ENABLED })))).toEqual(['in web']);
    const never = { ...applied, 'prescale.dev/enabled': 'false' };
    expect(told(workloads.workload(DEPLOYMENT, object('off', never)))).toEqual([]);
  });

  it('or by its pods, whoever applied it: once, however many there are', () => {
    const workloads = inShop();
    const web = { ...DEPLOYMENT, namespace: 'shop', name: 'web' };
    expect(workloads.podAnnotated(web, ['prescale.dev/enabled'])).toEqual([]);
    workloads.workload(DEPLOYMENT, object('web'));
    expect(told(workloads.podAnnotated(web, ['prescale.dev/enabled']))).toEqual(['hint web']);
    for (let i = 0; i < 3; i++) expect(workloads.podAnnotated(web, ['prescale.dev/enabled'])).toEqual([]);
    expect(workloads.workload(DEPLOYMENT, object('web'))).toEqual([]);
    workloads.workload(DEPLOYMENT, object('api', ENABLED));
    expect(workloads.podAnnotated({ ...web, name: 'api' }, ['prescale.dev/mode'])).toEqual([]);
  });

  it('that was made anew is another one: out, then in, and the late deletion of the old one is not its own', () => {
    const workloads = inShop();
    workloads.workload(DEPLOYMENT, object('web', ENABLED));
    const changes = workloads.workload(DEPLOYMENT, object('web', ENABLED, { uid: 'second' }));
    expect(changes).toMatchObject([
      { kind: 'out', uid: 'uid-web' },
      { kind: 'in', uid: 'second' },
    ]);
    expect(workloads.workloadDeleted(DEPLOYMENT, object('web', ENABLED))).toEqual([]);
    expect(told(workloads.workloadDeleted(DEPLOYMENT, object('web', {}, { uid: 'second' })))).toEqual(['out web']);
  });

  it('is out as soon as it is being deleted', () => {
    const workloads = inShop();
    workloads.workload(DEPLOYMENT, object('web', ENABLED));
    const deleting = object('web', ENABLED, { deletionTimestamp: '2026-06-01T00:00:00Z' });
    expect(told(workloads.workload(DEPLOYMENT, deleting))).toEqual(['out web']);
    expect(workloads.workloadDeleted(DEPLOYMENT, deleting)).toEqual([]);
  });
});

describe('a namespace', () => {
  it('is waited for, as its label might say no', () => {
    const workloads = new OptedWorkloads(LIMITS);
    expect(workloads.workload(DEPLOYMENT, object('web', ENABLED))).toEqual([]);
    expect(told(workloads.namespace(namespace()))).toEqual(['in web']);
  });

  it('is not waited for where it can’t be read', () => {
    const workloads = new OptedWorkloads(LIMITS, { waitForNamespaces: false });
    expect(told(workloads.workload(DEPLOYMENT, object('web', ENABLED)))).toEqual(['in web']);
  });

  it('opts all of its workloads in and out, but for those that say no', () => {
    const workloads = inShop();
    workloads.workload(DEPLOYMENT, object('web'));
    workloads.workload(STATEFUL_SET, object('queue'));
    workloads.workload(DEPLOYMENT, object('batch', { 'prescale.dev/enabled': 'false' }));
    workloads.workload(DEPLOYMENT, object('far', {}, { namespace: 'elsewhere' }));
    expect(told(workloads.namespace(namespace('shop', ENABLED)))).toEqual(['in web', 'in queue']);
    expect(workloads.namespace(namespace('shop', { ...ENABLED, team: 'shop' }))).toEqual([]);
    const auto = { ...ENABLED, 'prescale.dev/mode': 'auto' };
    expect(told(workloads.namespace(namespace('shop', auto)))).toEqual(['changed web', 'changed queue']);
    const off = { 'prescale.dev/enabled': 'false' };
    expect(told(workloads.namespace(namespace('shop', off)))).toEqual(['out web', 'out queue']);
  });

  it('that is gone takes its workloads out', () => {
    const workloads = inShop();
    workloads.workload(DEPLOYMENT, object('web', ENABLED));
    expect(told(workloads.namespaceDeleted(namespace()))).toEqual(['out web']);
    expect(workloads.workloadDeleted(DEPLOYMENT, object('web'))).toEqual([]);
    expect(workloads.size).toBe(0);
  });
});

describe('a fresh list', () => {
  it('takes out what was deleted unseen, of its kind and namespace only', () => {
    const workloads = inShop();
    workloads.namespace(namespace('far'));
    workloads.workload(DEPLOYMENT, object('web', ENABLED));
    workloads.workload(DEPLOYMENT, object('old', ENABLED));
    workloads.workload(STATEFUL_SET, object('queue', ENABLED));
    workloads.workload(DEPLOYMENT, object('other', ENABLED, { namespace: 'far' }));
    const listed = [object('web', ENABLED), object('new', ENABLED)];
    expect(told(workloads.workloadsListed(DEPLOYMENT, listed, 'shop'))).toEqual(['out old', 'in new']);
    expect(told(workloads.workloadsListed(DEPLOYMENT, listed))).toEqual(['out other']);
    expect(told(workloads.namespacesListed([namespace('far')])).sort()).toEqual(['out new', 'out queue', 'out web']);
  });
});

describe('whatever happens', () => {
  const annotations = fc.constantFrom<Record<string, string>>(
    {},
    ENABLED,
    { 'prescale.dev/enabled': 'false' },
    { ...ENABLED, 'prescale.dev/mode': 'auto' },
    { ...ENABLED, 'prescale.dev/mode': 'wrong' },
  );
  const place = { home: fc.constantFrom('shop', 'far'), name: fc.constantFrom('a', 'b') };
  const events = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), ...place, uid: fc.constantFrom('1', '2'), texts: annotations }),
    fc.record({ kind: fc.constant('gone' as const), ...place }),
    fc.record({ kind: fc.constant('home' as const), home: place.home, texts: annotations }),
    fc.record({ kind: fc.constant('homeless' as const), home: place.home }),
  );

  it('who hears the changes knows what the cluster wants, and hears nothing twice', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (story) => {
        const workloads = new OptedWorkloads(LIMITS);
        const heard = new Map<string, string>();
        const homes = new Map<string, Record<string, string>>();
        const objects = new Map<string, MetadataObject>();
        const feed = (event: (typeof story)[number]): OptedChange[] => {
          if (event.kind === 'home') {
            homes.set(event.home, event.texts);
            return workloads.namespace(namespace(event.home, event.texts));
          }
          if (event.kind === 'homeless') {
            homes.delete(event.home);
            return workloads.namespaceDeleted(namespace(event.home));
          }
          const key = `${event.home}/${event.name}`;
          if (event.kind === 'put') {
            const put = object(event.name, event.texts, { namespace: event.home, uid: event.uid });
            objects.set(key, put);
            return workloads.workload(DEPLOYMENT, put);
          }
          const old = objects.get(key);
          objects.delete(key);
          return old === undefined ? [] : workloads.workloadDeleted(DEPLOYMENT, old);
        };
        for (const event of story) {
          for (const change of feed(event)) {
            const key = `${change.ref.namespace}/${change.ref.name}`;
            const { ref: _, kind, ...said } = change;
            const before = heard.get(key);
            expect(kind === 'out' || kind === 'changed' ? before : 'new').toBeDefined();
            if (kind === 'out') heard.delete(key);
            else heard.set(key, JSON.stringify(said));
            expect(heard.get(key)).not.toBe(before);
          }
          const wanted = [...objects].flatMap(([key, { metadata }]) => {
            const labels = homes.get(metadata.namespace!);
            const opted: Opted =
              labels === undefined ? { kind: 'out' } : parsePolicy(labels, metadata.annotations!, LIMITS);
            const { kind, ...said } = opted;
            return kind === 'out' ? [] : [[key, JSON.stringify({ uid: metadata.uid, ...said })]];
          });
          expect([...heard].sort()).toEqual(wanted.sort());
          expect(workloads.size).toBe(objects.size);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('memory', () => {
  it('does not grow with churn: 10,000 came and went, in 100 namespaces, and nothing is left', () => {
    const workloads = new OptedWorkloads(LIMITS);
    for (let i = 0; i < 10_000; i++) {
      const home = namespace(`job-${i % 100}`);
      const short = object(`run-${i}`, ENABLED, { namespace: home.metadata.name });
      workloads.namespace(home);
      expect(told(workloads.workload(DEPLOYMENT, short))).toEqual([`in run-${i}`]);
      workloads.workloadDeleted(DEPLOYMENT, short);
      workloads.namespaceDeleted(home);
    }
    expect(workloads.size).toBe(0);
    expect([...workloads.opted()]).toEqual([]);
  });

  it('keeps nothing of what is not ours, little of what is too much, and hears the "false" among it', () => {
    const workloads = inShop();
    const spam = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`prescale.dev/a${i}`, 'y'.repeat(20_000)]));
    const other = { 'kubectl.kubernetes.io/last-applied-configuration': 'z'.repeat(200_000) };
    const query = { 'prescale.dev/query': 'q'.repeat(100_000) };
    workloads.workload(DEPLOYMENT, object('spam', { ...spam, ...other, ...query, ...ENABLED }));
    const spammed = workloads.get({ ...DEPLOYMENT, namespace: 'shop', name: 'spam' });
    expect(spammed).toMatchObject({ opted: { kind: 'wrong' } });
    expect(JSON.stringify(spammed).length).toBeLessThan(10_000);
    const off = { ...spam, 'prescale.dev/enabled': 'false' };
    expect(told(workloads.workload(DEPLOYMENT, object('spam', off)))).toEqual(['out spam']);
  });
});
