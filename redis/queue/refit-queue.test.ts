import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJob, encodeJob } from './job-envelope.ts';
import { idOf, jobIdOf } from './refit-queue.io.ts';
import { backoffMs } from './refit-worker.io.ts';

describe('the id of a job', () => {
  it('is one that BullMQ takes, and leads back to what it stands for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (id, time) => {
        const jobId = jobIdOf(id);
        expect(jobId).not.toMatch(/:|^\d+$/);
        expect(idOf(jobId)).toBe(id);
        expect(idOf(`repeat:${jobId}:${time}`)).toBe(id);
      }),
    );
  });

  it('is never that of another', () => {
    expect(new Set(['a:b', 'a%3Ab', 'a%253Ab', 'a%b'].map(jobIdOf)).size).toBe(4);
  });
});

describe('the wait after a failure', () => {
  it('doubles, less up to a half by chance, up to ten minutes', () => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(2, attempt, 0))).toEqual([2000, 4000, 8000, 16_000]);
    expect(backoffMs(2, 1, 1)).toBe(1000);
    expect(backoffMs(3600, 9, 0)).toBe(600_000);
  });
});

describe('what a job is asked', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(decodeJob(encodeJob(payload))).toEqual(JSON.parse(JSON.stringify(payload)));
      }),
    );
    // What is undefined is left out, as the reader takes it.
    expect(decodeJob(encodeJob({ aimBp: undefined, seed: 1 }))).toEqual({ seed: 1 });
  });

  it('is refused where it is no job, whatever it is', () => {
    const sort = (text: string) => {
      try {
        decodeJob(text);
        return 'read';
      } catch (error) {
        return (error as Error).name;
      }
    };
    fc.assert(fc.property(fc.string(), (text) => sort(text) === 'BrokenJobError'));
    fc.assert(fc.property(fc.jsonValue(), (value) => sort(JSON.stringify(value)) === 'BrokenJobError'));
    expect(sort('{"version":2}')).toBe('NewerJobError');
    expect(sort('{"version":1,"payload":0}')).toBe('read');
  });
});
