import { describe, expect, it } from 'vitest';
import { InputError } from '../../../core/errors.ts';
import { countLines, jobLines, runJobs, runJobsRetry } from './jobs.ts';

const COUNTS = { waiting: 0, running: 0, backingOff: 0, failed: 0, repeating: 0, oldestSeconds: 0 };
const TABLE = { output: 'table' } as const;
const REDIS = { ...TABLE, redis: 'redis://127.0.0.1:1' };

describe('prescale jobs refuses before it connects', () => {
  it.each([
    ['no address', TABLE, 'expected --config <file> of the addon, or --redis <url>'],
    ['two addresses', { ...REDIS, config: 'config.yaml' }, '--config conflicts with --redis'],
    ['an address that is none', { ...TABLE, redis: 'redis.example' }, '--redis: redis.url: expected a URL such as'],
    [
      'a password in the address',
      { ...TABLE, redis: 'redis://:secret@redis' },
      'expected no user or password in the URL',
    ],
    ['a prefix that is none', { ...REDIS, redisPrefix: 'A:b' }, 'redis.keyPrefix'],
    ['two kinds', { ...REDIS, failed: true, waiting: true }, '--failed conflicts with --waiting'],
    ['a limit of none', { ...REDIS, limit: '0' }, '--limit: found "0"; expected a whole number from 1 to 100000'],
    [
      'a file that is not there',
      { ...TABLE, config: '/nowhere/config.yaml' },
      '--config /nowhere/config.yaml: there is no such file',
    ],
  ])('%s', async (_, flags, words) => {
    const refused = runJobs(flags);
    await expect(refused).rejects.toBeInstanceOf(InputError);
    await expect(refused).rejects.toThrow(words);
  });

  it('a retry of nothing, or of one and all', async () => {
    await expect(runJobsRetry(undefined, REDIS)).rejects.toThrow('expected the id of a job, or --all');
    await expect(runJobsRetry('a', { ...REDIS, all: true })).rejects.toThrow('expected the id of a job, or --all');
  });
});

describe('what it shows', () => {
  it('says what to do about failed jobs, and only where there are some', () => {
    expect(countLines({ ...COUNTS, repeating: 9 })).toEqual([
      'WAITING   RUNNING   BACKING OFF   FAILED   REPEATING   OLDEST',
      '0         0         0             0        9           -',
    ]);
    const lines = countLines({ ...COUNTS, waiting: 12, failed: 2, oldestSeconds: 95 });
    expect(lines[1]).toBe('12        0         0             2        0           1 min 35 s');
    expect(lines.at(-1)).toMatch(/^2 failed: prescale jobs --failed says why/);
  });

  it('lets a stranger fake no line, and says how many it left out', () => {
    const job = {
      id: 'shop/web',
      state: 'failed',
      priority: 1,
      attempts: 5,
      sinceSeconds: 0,
      error: 'a\n\u001b[2Jb',
    } as const;
    const lines = jobLines('failed', [job], { ...COUNTS, failed: 3 });
    expect(lines[0]).toMatch(/^ID +ATTEMPTS +FAILED +ERROR$/);
    expect(lines[1]).toMatch(/^shop\/web +5 +\d+ d.* ago +a \[2Jb$/);
    expect(lines.at(-1)).toBe('2 more: --limit 3 shows all');
    expect(jobLines('failed', [], COUNTS)).toEqual(['No job has failed.']);
    expect(jobLines('waiting', [], COUNTS)).toEqual(['No job waits or runs.']);
  });
});
