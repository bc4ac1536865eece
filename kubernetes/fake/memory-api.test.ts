import { describe, expect, it } from 'vitest';
import { kubernetesContract } from '../api.contract.ts';
import { ApiError, type MetadataObject } from '../api.ts';
import { memoryKubernetes } from './memory-api.ts';
import { VirtualClock } from './virtual-clock.ts';

const sleep = (seconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

kubernetesContract('the in-memory API', () => ({ api: memoryKubernetes({ sleep }), namespace: 'contract' }));

const PODS = '/api/v1/namespaces/shop/pods';
const never = new AbortController().signal;

describe('the in-memory API in a test', () => {
  it('is seeded whole, status and namespace too', async () => {
    const api = memoryKubernetes();
    api.seed(PODS, {
      metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
      status: { phase: 'Running' },
    });
    const pod = await api.get<MetadataObject & { status: object }>(`${PODS}/a`);
    expect(pod).toMatchObject({
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      status: { phase: 'Running' },
    });
    expect(() => Object.assign(pod.status, { phase: 'Failed' })).toThrow(TypeError);
  });

  it('answers 410 to who resumes a watch or a list from before it was compacted', async () => {
    const api = memoryKubernetes();
    for (const name of ['a', 'b']) api.seed(PODS, { metadata: { name } });
    const list = await api.get<{ metadata: { resourceVersion: string; continue: string } }>(PODS, { limit: 1 });
    api.expire();
    const gone = { status: 410, reason: 'Expired' };
    await expect(api.get(PODS, { limit: 1, continue: list.metadata.continue })).rejects.toMatchObject(gone);
    const { resourceVersion } = list.metadata;
    await expect(api.watch(PODS, { resourceVersion }, () => {}, never)).rejects.toMatchObject(gone);
  });

  it('cuts watches, refuses, is slow, and loses answers when told to', async () => {
    const clock = new VirtualClock();
    const api = memoryKubernetes({ sleep: clock.sleep });
    const pod = api.seed(PODS, { metadata: { name: 'a' } });
    const { resourceVersion } = pod.metadata;
    const watching = api.watch(PODS, { resourceVersion }, () => {}, never);
    const cut = expect(watching).rejects.toMatchObject({ status: 0, reason: 'ConnectionLost' });
    await clock.advance(1);
    api.breakWatches();
    await cut;

    const lost = new ApiError('lost', 0, 'ConnectionLost');
    api.intercept = ({ verb }) => (verb === 'patch' ? { error: lost, afterwards: true } : undefined);
    await expect(api.patch(`${PODS}/a`, 'merge', { metadata: { labels: { x: 'y' } } })).rejects.toBe(lost);
    api.intercept = () => ({ delaySeconds: 5 });
    let answered = 0;
    const reading = api.get<MetadataObject>(`${PODS}/a`).finally(() => {
      answered = clock.nowSeconds();
    });
    await clock.advance(10);
    expect((await reading).metadata.labels).toEqual({ x: 'y' });
    expect(answered).toBe(6);
    expect(api.requests).toMatchObject({ get: 1, patch: 1, watch: 1 });
  });

  it('sends a bookmark before it ends a watch, by its own clock', async () => {
    const clock = new VirtualClock();
    const api = memoryKubernetes({ sleep: clock.sleep });
    const { resourceVersion } = api.seed(PODS, { metadata: { name: 'a' } }).metadata;
    const marks: [number, string][] = [];
    const mark = (object: MetadataObject) => marks.push([clock.nowSeconds(), object.metadata.resourceVersion]);
    const watching = api.watch<MetadataObject>(PODS, { resourceVersion }, ({ object }) => mark(object), never);
    await clock.advance(45);
    await watching;
    expect(marks).toEqual([[43, resourceVersion]]);
  });
});
