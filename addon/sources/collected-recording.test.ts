import { beforeEach, describe, expect, it } from 'vitest';
import type { CollectedMetric, CollectionList } from '../../collector/demand/collection.ts';
import { CollectedRecording } from './collected-recording.ts';

const metric = (name: string, selector = `app=${name}`): CollectedMetric => ({
  query: {
    id: `shop/Deployment/${name}#0`,
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name },
    metric: { kind: 'resource', resource: 'cpu' },
  },
  selector,
});

/** A list in memory that can be lost and can fail. */
class TestList implements CollectionList {
  entries: Map<string, CollectedMetric> | undefined;
  done = new Set<string>();
  writes = 0;
  broken = false;

  async put(metrics: readonly CollectedMetric[]): Promise<void> {
    if (this.broken) throw new Error('no room');
    this.entries ??= new Map();
    for (const one of metrics) this.entries.set(one.query.id, one);
    this.writes++;
  }
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.entries?.delete(id);
      this.done.delete(id);
    }
    this.writes++;
  }
  async read() {
    return this.entries;
  }
  async version() {
    return this.entries && String(this.writes);
  }
  async markFilled(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.done.add(id);
  }
  async filled() {
    return new Set(this.done);
  }
}

describe('a recording by collectors', () => {
  let list: TestList;
  let leads: boolean;
  let unwanted: (id: string) => boolean;
  let forgotten: string[];
  let losses: number;
  const open = () =>
    new CollectedRecording({
      list,
      history: {
        forget: async (id) => {
          forgotten.push(id);
        },
        appendAll: async () => {},
      },
      isLeader: () => leads,
      onLost: () => {
        losses++;
      },
      unwanted: (id) => unwanted(id),
    });
  const begin = (recording: CollectedRecording, { query, selector }: CollectedMetric) =>
    recording.begin(query, selector);

  beforeEach(() => {
    list = new TestList();
    leads = true;
    unwanted = () => false;
    forgotten = [];
    losses = 0;
  });

  it('an entry that was put back under the same version is replaced within 600 looks, and what it recorded goes', async () => {
    const recording = open();
    const own = metric('web');
    const before: CollectedMetric = {
      ...own,
      query: { ...own.query, metric: { kind: 'resource', resource: 'memory' } },
    };
    await begin(recording, own);
    await recording.tend();
    list.entries!.set(own.query.id, before);
    for (let looks = 0; looks < 600; looks++) await recording.tend();
    expect(list.entries!.get(own.query.id)).toEqual(own);
    expect(forgotten).toEqual([own.query.id]);
    const { writes } = list;
    for (let looks = 0; looks < 1_200; looks++) await recording.tend();
    expect(list.writes).toBe(writes);
  });

  it('lists a new metric once, and is there when a collector has read its week', async () => {
    const recording = open();
    const web = metric('web');
    expect(await begin(recording, web)).toBe(false);
    await recording.tend();
    expect(list.entries).toEqual(new Map([[web.query.id, web]]));
    const { writes } = list;
    await begin(recording, web);
    await recording.tend();
    expect(list.writes).toBe(writes);
    await list.markFilled([web.query.id]);
    await recording.tend();
    expect(await begin(recording, web)).toBe(true);
  });

  it('lists it anew with other pods, and takes it off when it ends, with its history', async () => {
    const recording = open();
    await begin(recording, metric('web'));
    await recording.tend();
    await begin(recording, metric('web', 'app=web,tier=2'));
    await recording.tend();
    expect(list.entries!.get('shop/Deployment/web#0')!.selector).toBe('app=web,tier=2');
    await recording.end('shop/Deployment/web#0');
    await recording.tend();
    expect(list.entries!.size).toBe(0);
    expect(forgotten).toEqual(['shop/Deployment/web#0']);
  });

  it('another metric under the same id begins with a history of its own', async () => {
    const recording = open();
    const web = metric('web');
    await begin(recording, web);
    await list.markFilled([web.query.id]);
    await recording.tend();
    const other = { ...web, query: { ...web.query, metric: { kind: 'resource', resource: 'memory' } as const } };
    await recording.end(web.query.id);
    expect(await begin(recording, other)).toBe(false);
    await recording.tend();
    expect(forgotten).toEqual([web.query.id]);
    expect(list.entries!.get(web.query.id)).toEqual(other);
    expect(await begin(recording, other)).toBe(false);
    // Also one that was listed by a leader before us.
    const next = open();
    await begin(next, web);
    await next.tend();
    expect(forgotten).toEqual([web.query.id, web.query.id]);
    expect(list.entries!.get(web.query.id)).toEqual(web);
  });

  it('writes the whole list again where it was lost', async () => {
    const recording = open();
    await begin(recording, metric('web'));
    await begin(recording, metric('api'));
    await recording.tend();
    expect(losses).toBe(0);
    list.entries = undefined;
    await recording.tend();
    await recording.tend();
    expect(losses).toBe(1);
    expect([...list.entries!.keys()]).toEqual(['shop/Deployment/web#0', 'shop/Deployment/api#0']);
  });

  it('tries again what could not be written', async () => {
    const recording = open();
    await begin(recording, metric('web'));
    list.broken = true;
    await expect(recording.tend()).rejects.toThrow('no room');
    list.broken = false;
    await recording.tend();
    expect(list.entries!.size).toBe(1);
  });

  it('a standby writes nothing; once it leads, it removes what nobody wants, and only when that is known', async () => {
    const [web, old, unseen] = [metric('web'), metric('old'), metric('unseen')];
    await list.put([old, unseen]);
    leads = false;
    const recording = open();
    await begin(recording, web);
    await recording.tend();
    expect([...list.entries!.keys()]).toEqual([old.query.id, unseen.query.id]);
    leads = true;
    await recording.tend();
    // It is listed, and not known to be unwanted: its workload may not have been reached yet.
    expect([...list.entries!.keys()].sort()).toEqual([old.query.id, unseen.query.id, web.query.id].sort());
    unwanted = (id) => id === old.query.id;
    await begin(recording, metric('another'));
    await recording.tend();
    expect(list.entries!.has(old.query.id)).toBe(false);
    expect(list.entries!.has(unseen.query.id)).toBe(true);
    expect(forgotten).toEqual([old.query.id]);
  });
});
