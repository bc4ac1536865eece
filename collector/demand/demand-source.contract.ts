import { describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/pod-record.ts';
import { WEEK_SECONDS } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import type { DemandQuery, DemandSource } from './demand-source.ts';

/** The workload of the contract: two Ready pods that use 0.5 and 0.25 cores, and one that started a minute ago. */
export const CONTRACT_QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'resource', resource: 'cpu' },
};
export const CONTRACT_USAGE = { 'web-6d4cf56db6-aaaaa': 0.5, 'web-6d4cf56db6-bbbbb': 0.25, 'web-6d4cf56db6-ccccc': 1 };

/** What the contract asks of a source under test. */
export interface DemandSourceUnderTest {
  readonly source: DemandSource;
  /** The same kind of source, whose server is gone. */
  readonly gone: DemandSource;
  /** An instant at which the pods use CONTRACT_USAGE. */
  readonly atSeconds: number;
  /** The first minute of its history: five minutes of 2 cores, without the third. */
  readonly historyStartSeconds: number;
}

/** A Ready pod that started long ago; anything of it can be said otherwise. */
export function contractPod(name: string, atSeconds: number, otherwise: Partial<PodRecord> = {}): PodRecord {
  return {
    namespace: 'shop',
    name,
    uid: name,
    createdSeconds: atSeconds - 86_400,
    readySinceSeconds: atSeconds - 86_000,
    startedSeconds: atSeconds - 86_300,
    phase: 'Running',
    deleting: false,
    nodeClass: 'ordinary',
    nodeName: 'node-1',
    requests: { cpuCores: 1, memoryBytes: 1e9, gpus: 0 },
    deletionCost: undefined,
    ...otherwise,
  };
}

/** What every DemandSource promises; run it beside each implementation. */
export function demandSourceContract(name: string, under: () => Promise<DemandSourceUnderTest>): void {
  describe(`${name} as a DemandSource`, () => {
    const own = workloadKey(CONTRACT_QUERY.workload);
    const podsAt = (at: number) => (key: string) => {
      const started = { startedSeconds: at - 60, readySinceSeconds: at - 20 };
      const names = Object.keys(CONTRACT_USAGE);
      return key === own ? names.map((pod, i) => contractPod(pod, at, i === 2 ? started : {})) : [];
    };

    it('sums what the Ready pods use, in cores, and leaves out the one that is starting', async () => {
      const { source, atSeconds } = await under();
      const reading = (await source.latest([CONTRACT_QUERY], atSeconds, podsAt(atSeconds))).get(CONTRACT_QUERY.id)!;
      expect(reading).toMatchObject({ kind: 'value', pods: { counted: 2, starting: 1, unmeasured: 0 } });
      if (reading.kind !== 'value') return;
      expect(reading.value).toBeCloseTo(0.75, 6);
      expect(reading.timeSeconds).toBeLessThanOrEqual(atSeconds);
      expect(reading.timeSeconds).toBeGreaterThan(atSeconds - 150);
      for (const [pod, cores] of Object.entries(CONTRACT_USAGE)) expect(reading.perPod!.get(pod)).toBeCloseTo(cores, 6);
    });

    it('answers every query, and what has no answer spoils no other', async () => {
      const { source, atSeconds } = await under();
      const other = { ...CONTRACT_QUERY.workload, name: 'nothing' };
      const queries: DemandQuery[] = [
        { id: 'a', workload: other, metric: { kind: 'resource', resource: 'cpu' } },
        { id: 'b', workload: other, metric: { kind: 'template', template: 'unheard-of', args: {} } },
        { id: 'c', workload: { ...other, namespace: 'empty' }, metric: { kind: 'resource', resource: 'memory' } },
        CONTRACT_QUERY,
      ];
      const readings = await source.latest(queries, atSeconds, podsAt(atSeconds));
      expect([...readings.keys()].sort()).toEqual(['a', 'b', 'c', CONTRACT_QUERY.id]);
      expect(readings.get('a')).toEqual({ kind: 'missing', why: 'it has no pods' });
      expect(readings.get('b')).toMatchObject({ kind: 'missing', why: expect.stringContaining('unheard-of') });
      expect(readings.get('c')!.kind).toBe('missing');
      expect(readings.get(CONTRACT_QUERY.id)!.kind).toBe('value');
    });

    it('a measurement that ended long ago is none', async () => {
      const { source, atSeconds } = await under();
      const later = atSeconds + 3600;
      const reading = (await source.latest([CONTRACT_QUERY], later, podsAt(later))).get(CONTRACT_QUERY.id)!;
      expect(reading).toMatchObject({ kind: 'missing', why: expect.stringContaining('3 have no measured cpu') });
    });

    it('a server that is gone is missing with its reason, not an error and not 0', async () => {
      const { gone, atSeconds } = await under();
      const reading = (await gone.latest([CONTRACT_QUERY], atSeconds, podsAt(atSeconds))).get(CONTRACT_QUERY.id)!;
      expect(reading).toMatchObject({ kind: 'missing', why: expect.stringMatching(/.{10}/) });
    });

    it('has a history without the minutes that were not measured', async () => {
      const { source, historyStartSeconds: from } = await under();
      const range = { startSeconds: from, endSeconds: from + 240, stepSeconds: 60 };
      const { times, values } = await source.history(CONTRACT_QUERY, range);
      expect([...times]).toEqual([0, 1, 3, 4].map((minute) => from + 60 * minute));
      for (const value of values) expect(value).toBeCloseTo(2, 6);
    });

    it('has no samples of a time without data', async () => {
      const { source, historyStartSeconds: from } = await under();
      const range = { startSeconds: from - WEEK_SECONDS, endSeconds: from - 86_400, stepSeconds: 60 };
      expect((await source.history(CONTRACT_QUERY, range)).times.length).toBe(0);
    });
  });
}
