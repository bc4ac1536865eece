import { describe, expect, it } from 'vitest';
import { ApiError, type MetadataObject } from './api.ts';
import { memoryKubernetes } from './fake/memory-api.ts';
import { VirtualClock } from './fake/virtual-clock.ts';
import { type InformerOptions, informer } from './informer.ts';

const ALL = '/api/v1/pods';
const PODS = '/api/v1/namespaces/shop/pods';

/** An informer of all pods that holds their `v` label, and what it told. */
function started(change: Partial<InformerOptions<MetadataObject, string>> = {}, seed: readonly string[] = []) {
  const clock = new VirtualClock();
  const api = memoryKubernetes({ sleep: clock.sleep, namespaces: ['shop'] });
  const write = (name: string, v = '1') => api.seed(PODS, { metadata: { name, labels: { v } } });
  for (const name of seed) write(name);
  const told: string[] = [];
  const errors: string[] = [];
  const stop = new AbortController();
  const pods = informer<MetadataObject, string>({
    api,
    path: ALL,
    keep: ({ metadata }) => `${metadata.name}=${metadata.labels?.v}`,
    onUpsert: (kept, before) => told.push(before === undefined ? `+${kept}` : `${before}→${kept}`),
    onDelete: (kept) => told.push(`-${kept}`),
    onSynced: () => told.push('synced'),
    onError: (error) => errors.push(error instanceof ApiError ? `${error.status} ${error.reason}` : error.message),
    nowSeconds: clock.nowSeconds,
    sleep: clock.sleep,
    random: () => 0.5,
    signal: stop.signal,
    ...change,
  });
  const relabel = (name: string, v: string) => api.patch(`${PODS}/${name}`, 'merge', { metadata: { labels: { v } } });
  return { clock, api, write, relabel, told, errors, stop, pods };
}

describe('an informer', () => {
  it('tells what is there, says that it is in step, then tells what changes', async () => {
    const { clock, api, write, relabel, told, errors, pods } = started({}, ['a', 'b']);
    expect(pods.synced).toBe(false);
    await clock.advance(1);
    expect(told).toEqual(['+a=1', '+b=1', 'synced']);
    await relabel('a', '2');
    write('c');
    await api.delete(`${PODS}/b`);
    await clock.advance(1);
    expect(told.slice(3)).toEqual(['a=1→a=2', '+c=1', '-b=1']);
    expect([...pods.values()]).toEqual(['a=2', 'c=1']);
    expect([pods.get('shop/a'), pods.size, pods.synced]).toEqual(['a=2', 2, true]);
    expect(errors).toEqual([]);
  });

  it('lists in pages', async () => {
    const { clock, api, pods } = started(
      {},
      Array.from({ length: 1201 }, (_, i) => `p${i}`),
    );
    await clock.advance(1);
    expect(pods.size).toBe(1201);
    expect(api.requests.list).toBe(3);
  });

  it('resumes from the last bookmark: an hour of quiet needs no list, though others write', async () => {
    const { clock, api, told, errors, pods } = started({ relistSeconds: 1e6 }, ['a']);
    const from: number[] = [];
    api.intercept = ({ verb, query }) => {
      if (verb === 'watch') from.push(Number(query.resourceVersion));
      return undefined;
    };
    await clock.advance(1);
    for (let i = 0; i < 80; i++) {
      api.seed('/api/v1/namespaces/shop/configmaps', { metadata: { name: `other-${i}` } });
      await clock.advance(45);
    }
    expect(api.requests.list).toBe(1);
    expect(from.at(-1)! - from[0]!).toBeGreaterThanOrEqual(79);
    expect(clock.nowSeconds() - pods.lastHeardSeconds!).toBeLessThan(45);
    expect([told, errors]).toEqual([['+a=1', 'synced'], []]);
  });

  it('lists anew when its place is forgotten, and tells the deletions that it did not see', async () => {
    const { clock, api, write, told, errors } = started({}, ['a', 'b']);
    await clock.advance(1);
    api.intercept = ({ verb }) =>
      verb === 'watch' ? { error: new ApiError('down', 0, 'ConnectionRefused') } : undefined;
    api.breakWatches();
    await clock.advance(5);
    await api.delete(`${PODS}/a`);
    write('b', '2');
    api.expire();
    api.intercept = undefined;
    await clock.advance(15);
    expect(told.slice(3)).toEqual(['-b=1', '+b=2', '-a=1']);
    expect(errors).toContain('410 Expired');
    expect(api.requests.list).toBe(2);
  });

  it('is in step within 10 s after an outage, and asks ever more rarely during it', async () => {
    const { clock, api, relabel, told, errors } = started({}, ['a']);
    await clock.advance(1);
    api.intercept = ({ verb }) =>
      verb === 'patch' ? undefined : { error: new ApiError('down', 0, 'ConnectionRefused') };
    api.breakWatches();
    await clock.advance(120);
    expect(errors.length).toBeLessThan(25);
    await relabel('a', '2');
    api.intercept = undefined;
    await clock.advance(10);
    expect(told.at(-1)).toBe('a=1→a=2');
  });

  it('where no watch gets through, lists again after each silent one, and resumes as soon as one does', async () => {
    const { clock, api, write, told, errors } = started({}, ['a']);
    await clock.advance(1);
    api.intercept = ({ verb }) =>
      verb === 'watch' ? { delaySeconds: 50, error: new ApiError('nothing heard', 0, 'Silent') } : undefined;
    api.breakWatches();
    await clock.advance(5);
    write('b');
    await clock.advance(40);
    expect([told.at(-1), api.requests.list]).toEqual(['synced', 1]);
    await clock.advance(10);
    expect([told.at(-1), api.requests.list]).toEqual(['+b=1', 2]);
    expect(errors).toContain('0 Silent');
    api.intercept = undefined;
    await clock.advance(60);
    const lists = api.requests.list;
    write('c');
    await clock.advance(120);
    expect([told.at(-1), api.requests.list]).toEqual(['+c=1', lists]);
  });

  it('finds by its periodic list what a watch never told', async () => {
    const { clock, api, write, told } = started({}, ['a']);
    api.intercept = ({ verb }) => (verb === 'watch' ? { answer: undefined, delaySeconds: 60 } : undefined);
    await clock.advance(1);
    write('b');
    await clock.advance(800);
    expect(told).toEqual(['+a=1', 'synced', '+b=1']);
  });

  it('lives on when any of its functions throws, and keeps what it held', async () => {
    const oops = () => {
      throw new Error('oops');
    };
    const { clock, relabel, api, errors, pods } = started(
      {
        onUpsert: oops,
        onDelete: oops,
        onSynced: oops,
        keep: ({ metadata }) => (metadata.labels?.v === 'bad' ? oops() : `${metadata.name}=${metadata.labels?.v}`),
      },
      ['a', 'b'],
    );
    await clock.advance(1);
    await relabel('a', 'bad');
    await clock.advance(1);
    expect(pods.get('shop/a')).toBe('a=1');
    await relabel('a', '3');
    await api.delete(`${PODS}/b`);
    await clock.advance(1);
    expect([...pods.values()]).toEqual(['a=3']);
    expect(new Set(errors)).toEqual(new Set(['oops']));
    expect(errors).toHaveLength(6);
  });

  it('holds nothing of what it need not keep, and tells its coming and going', async () => {
    const keep = ({ metadata }: MetadataObject) => (metadata.labels?.v === 'in' ? metadata.name : undefined);
    const { clock, relabel, told, pods } = started({ keep }, ['a', 'b']);
    await clock.advance(1);
    expect(pods.size).toBe(0);
    await relabel('a', 'in');
    await relabel('a', 'out');
    await clock.advance(1);
    expect(told).toEqual(['synced', '+a', '-a']);
  });

  it('tells the deletion of what it does not hold to who may know it from elsewhere, and of what it holds once', async () => {
    const keep = ({ metadata }: MetadataObject) => (metadata.labels?.v === 'in' ? metadata.name : undefined);
    const gone: (string | undefined)[] = [];
    const onGone = ({ metadata }: MetadataObject) => gone.push(metadata.name);
    const { clock, api, relabel, told } = started({ keep, onGone }, ['a', 'b']);
    await clock.advance(1);
    await relabel('a', 'in');
    await api.delete(`${PODS}/a`);
    await api.delete(`${PODS}/b`);
    await clock.advance(1);
    expect(told).toEqual(['synced', '+a', '-a']);
    expect(gone).toEqual(['b']);
  });

  it('ends with its signal, in the middle of a watch or of a pause', async () => {
    const { clock, api, stop, pods, write, told } = started({}, ['a']);
    await clock.advance(1);
    stop.abort();
    await pods.done;
    write('b');
    await clock.advance(100);
    expect(told).toEqual(['+a=1', 'synced']);
    expect(api.requests).toMatchObject({ list: 1, watch: 1 });
  });
});
