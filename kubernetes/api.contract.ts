import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, type KubernetesApi, type MetadataObject, type WatchEvent } from './api.ts';

/** What the contract asks of an API under test: the rights of an administrator, and a namespace of its own. */
export interface ApiUnderTest {
  readonly api: KubernetesApi;
  readonly namespace: string;
}

interface Scale extends MetadataObject {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas: number; readonly selector: string };
}
interface Deployment extends MetadataObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly replicas?: number };
}
interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** What every KubernetesApi promises; run it beside each implementation. */
export function kubernetesContract(name: string, under: () => Promise<ApiUnderTest> | ApiUnderTest): void {
  describe(`${name} as a KubernetesApi`, () => {
    let api: KubernetesApi;
    let deployments: string;
    let leases: string;
    let namespace: string;

    beforeAll(async () => {
      ({ api, namespace } = await under());
      deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
      await api.post('/api/v1/namespaces', { metadata: { name: namespace } });
    });
    afterAll(() => api.close());

    const make = (app: string, labels: Record<string, string> = {}) =>
      api.post<Deployment>(deployments, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: app, labels },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app } },
          template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'registry.test/c' }] } },
        },
      });
    const refused = async (request: Promise<unknown>): Promise<ApiError> => {
      const error = await request.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ApiError);
      return error as ApiError;
    };

    it('creates an object with identity, version and generation, and gives it back', async () => {
      const made = await make('made');
      expect(made.metadata).toMatchObject({ name: 'made', namespace, generation: 1 });
      expect(made.metadata.uid).not.toBe('');
      expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const read = await api.get<Deployment>(`${deployments}/made`);
      expect(read.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      expect(read).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 3 } });
    });

    it('says in words what is missing, taken or nowhere', async () => {
      await make('taken');
      expect(await refused(make('taken'))).toMatchObject({ status: 409, reason: 'AlreadyExists' });
      const missing = await refused(api.get(`${deployments}/nobody`));
      expect(missing).toMatchObject({ status: 404, reason: 'NotFound' });
      expect(missing.message).toContain('deployments.apps "nobody" not found');
      expect(missing.message).toContain(`GET ${api.server}${deployments}/nobody`);
      expect(await refused(api.delete(`${deployments}/nobody`))).toMatchObject({ status: 404, reason: 'NotFound' });
      expect(await refused(api.get('/apis/apps/v1/nothings'))).toMatchObject({ status: 404, reason: 'NotFound' });
      const elsewhere = api.post('/apis/coordination.k8s.io/v1/namespaces/no-such/leases', { metadata: { name: 'x' } });
      const gone = await refused(elsewhere);
      expect(gone).toMatchObject({ status: 404 });
      expect(gone.message).toContain('namespaces "no-such" not found');
    });

    it('scales through the scale subresource: one write, one generation, no new version for the same number', async () => {
      const made = await make('scaled');
      const path = `${deployments}/scaled/scale`;
      const scale = await api.get<Scale>(path);
      expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 3 } });
      expect(scale.status).toEqual({ replicas: 0, selector: 'app=scaled' });
      expect(scale.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      const five = await api.patch<Scale>(path, 'merge', { spec: { replicas: 5 } });
      expect(five.spec.replicas).toBe(5);
      const same = await api.patch<Scale>(path, 'merge', { spec: { replicas: 5 } });
      expect(same.metadata.resourceVersion).toBe(five.metadata.resourceVersion);
      const read = await api.get<Deployment>(`${deployments}/scaled`);
      expect(read).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: 2 } });
      const negative = await refused(api.patch(path, 'merge', { spec: { replicas: -1 } }));
      expect(negative).toMatchObject({ status: 422, reason: 'Invalid' });
      expect(negative.message).toContain('must be greater than or equal to 0');
    });

    it('refuses a write that goes by an old version, and takes one that goes by the newest', async () => {
      const old = await make('versions');
      const path = `${deployments}/versions/scale`;
      await api.patch(path, 'merge', { spec: { replicas: 4 } });
      const stale = { metadata: { resourceVersion: old.metadata.resourceVersion }, spec: { replicas: 9 } };
      const error = await refused(api.patch(path, 'merge', stale));
      expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
      expect(error.message).toContain('the object has been modified');
      const scale = await api.get<Scale>(path);
      const put = await api.put<Scale>(path, { ...scale, spec: { replicas: 6 } });
      expect(put.spec.replicas).toBe(6);
      expect(await refused(api.put(path, { ...scale, spec: { replicas: 7 } }))).toMatchObject({ status: 409 });
    });

    it('merges: null removes, what is not named stays', async () => {
      await make('merged', { team: 'a', tier: 'web' });
      const path = `${deployments}/merged`;
      const patch = {
        metadata: { labels: { team: null, zone: 'z' }, annotations: { 'prescale.dev/enabled': 'true' } },
      };
      const merged = await api.patch<Deployment>(path, 'merge', patch);
      expect(merged.metadata.labels).toEqual({ tier: 'web', zone: 'z' });
      expect(merged.metadata.annotations).toEqual({ 'prescale.dev/enabled': 'true' });
      expect(merged.spec.replicas).toBe(3);
    });

    it('JSON patches all or nothing: a failed test is 422 Invalid', async () => {
      const made = await make('steps');
      const path = `${deployments}/steps`;
      const test = (value: unknown) => ({ op: 'test', path: '/spec/replicas', value });
      const replace = { op: 'replace', path: '/spec/replicas', value: 8 };
      expect(await refused(api.patch(path, 'json', [replace, test(3)]))).toMatchObject({
        status: 422,
        reason: 'Invalid',
      });
      const missing = [{ op: 'remove', path: '/metadata/annotations/none' }];
      expect(await refused(api.patch(path, 'json', missing))).toMatchObject({ status: 422, reason: 'Invalid' });
      const other = [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }, replace];
      expect(await refused(api.patch(path, 'json', other))).toMatchObject({ status: 422 });
      expect((await api.get<Deployment>(path)).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      expect((await api.patch<Deployment>(path, 'json', [test(3), replace])).spec.replicas).toBe(8);
      const scale = await api.patch<Scale>(`${path}/scale`, 'json', [test(8), { ...replace, value: 9 }]);
      expect(scale.spec.replicas).toBe(9);
    });

    it('keeps the status apart: only its subresource writes it, and the generation stays', async () => {
      await make('status');
      const path = `${deployments}/status`;
      const ignored = await api.patch<Deployment>(path, 'merge', { status: { replicas: 7 } });
      expect(ignored.status?.replicas ?? 0).toBe(0);
      await api.patch(`${path}/status`, 'merge', { status: { replicas: 2 }, spec: { replicas: 99 } });
      expect((await api.get<Scale>(`${path}/scale`)).status.replicas).toBe(2);
      const read = await api.get<Deployment>(path);
      expect(read).toMatchObject({ spec: { replicas: 3 }, metadata: { generation: 1 } });
    });

    it('wants the version on each update of a lease, and six digits in its times', async () => {
      const lease = (spec: object, metadata: object = {}) => ({ metadata: { name: 'lead', ...metadata }, spec });
      const held = { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-02T03:04:05.000006Z' };
      const bad = await refused(api.post(leases, lease({ ...held, renewTime: '2026-01-02T03:04:05.006Z' })));
      expect(bad).toMatchObject({ status: 400, reason: 'BadRequest' });
      const made = await api.post<MetadataObject>(leases, lease(held));
      const blind = await refused(api.put(`${leases}/lead`, lease({ ...held, holderIdentity: 'b' })));
      expect(blind).toMatchObject({ status: 422, reason: 'Invalid' });
      const { resourceVersion } = made.metadata;
      const freed = await api.put<{ spec: object }>(
        `${leases}/lead`,
        lease({ ...held, holderIdentity: '', leaseDurationSeconds: 1 }, { resourceVersion }),
      );
      expect(freed.spec).toMatchObject({ leaseDurationSeconds: 1 });
      const late = await refused(api.put(`${leases}/lead`, lease(held, { resourceVersion })));
      expect(late).toMatchObject({ status: 409, reason: 'Conflict' });
    });

    it('lists by labels and fields, in pages that show one state, and metadata alone', async () => {
      for (const app of ['page-1', 'page-2', 'page-3']) await make(app, { batch: 'paged' });
      const query = { labelSelector: 'batch in (paged),!none', limit: 2 };
      const first = await api.get<List<Deployment>>(deployments, query);
      expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['page-1', 'page-2']);
      await api.delete(`${deployments}/page-3`);
      const second = await api.get<List<Deployment>>(deployments, { ...query, continue: first.metadata.continue });
      expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['page-3']);
      expect(second.metadata.continue ?? '').toBe('');
      const named = await api.get<List<Deployment>>(deployments, { fieldSelector: 'metadata.name=page-2' });
      expect(named.items).toHaveLength(1);
      const meta = await api.get<List<Partial<Deployment>>>(deployments, query, { metadataOnly: true });
      expect(meta.items.map((item) => [item.kind, item.metadata!.name, item.spec])).toEqual([
        ['PartialObjectMetadata', 'page-1', undefined],
        ['PartialObjectMetadata', 'page-2', undefined],
      ]);
      const none = await api.get<List<never>>(deployments, { labelSelector: 'batch=none' }, { metadataOnly: true });
      expect(none.items).toBeNull();
      const one = await api.get<MetadataObject>(`${deployments}/page-1`, {}, { metadataOnly: true });
      expect(one).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { labels: { batch: 'paged' } } });
    });

    it('answers a page that it never gave with an error', async () => {
      const error = await refused(api.get(deployments, { limit: 1, continue: 'page-of-nothing' }));
      expect([400, 410]).toContain(error.status);
    });

    it('watches from a version on: added, modified, deleted, and out of the selection', async () => {
      await make('seen', { watched: 'yes' });
      const query = { labelSelector: 'watched=yes' };
      const { metadata } = await api.get<List<Deployment>>(deployments, query);
      const seen: string[] = [];
      const stop = new AbortController();
      const watching = api.watch<MetadataObject>(
        deployments,
        { ...query, resourceVersion: metadata.resourceVersion },
        ({ type, object }) => {
          if (type === 'BOOKMARK') return;
          seen.push(`${type} ${object.metadata.name} ${object.kind}`);
          if (seen.length === 5) stop.abort();
        },
        stop.signal,
        { metadataOnly: true },
      );
      await make('later', { watched: 'yes' });
      await api.patch(`${deployments}/later/scale`, 'merge', { spec: { replicas: 1 } });
      await api.patch(`${deployments}/seen`, 'merge', { metadata: { labels: { watched: 'no' } } });
      await api.patch(`${deployments}/seen`, 'merge', { metadata: { labels: { watched: 'yes' } } });
      await api.delete(`${deployments}/later`);
      await watching;
      const kind = 'PartialObjectMetadata';
      expect(seen).toEqual([
        `ADDED later ${kind}`,
        `MODIFIED later ${kind}`,
        `DELETED seen ${kind}`,
        `ADDED seen ${kind}`,
        `DELETED later ${kind}`,
      ]);
    });

    it('ends a watch at its time-out without an error, and starts none for a signal that is aborted', async () => {
      const { metadata } = await api.get<List<Deployment>>(deployments);
      const events: WatchEvent<unknown>[] = [];
      const query = { resourceVersion: metadata.resourceVersion, timeoutSeconds: 1, labelSelector: 'watched=never' };
      await api.watch(deployments, query, (event) => events.push(event), new AbortController().signal);
      expect(events.filter(({ type }) => type !== 'BOOKMARK')).toEqual([]);
      await api.watch(deployments, query, (event) => events.push(event), AbortSignal.abort());
    });

    it('hands what a watch callback throws to the caller', async () => {
      const { metadata } = await api.get<List<Deployment>>(deployments);
      const query = { resourceVersion: metadata.resourceVersion };
      const trip = () => {
        throw new RangeError('tripped');
      };
      const watching = api.watch(deployments, query, trip, new AbortController().signal);
      const outcome = expect(watching).rejects.toBeInstanceOf(RangeError);
      await make('trip');
      await outcome;
    });

    it('lists what it serves, scale subresources too', async () => {
      const { resources } = await api.get<{ resources: { name: string; kind: string; namespaced: boolean }[] }>(
        '/apis/apps/v1',
      );
      const found = (wanted: string) => resources.find(({ name: other }) => other === wanted);
      expect(found('deployments')).toMatchObject({ kind: 'Deployment', namespaced: true });
      expect(found('statefulsets/scale')).toMatchObject({ kind: 'Scale' });
      expect(found('daemonsets/scale')).toBeUndefined();
      expect(await refused(api.get('/apis/none.example.com/v1'))).toMatchObject({ status: 404 });
    });
  });
}
