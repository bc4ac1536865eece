import { expect, it } from 'vitest';
import { redisWords } from './error-text.ts';
import { addressOf, hostPort, type RedisSettings, urlAddress } from './settings.ts';

const words = (message: string, more: object = {}) => redisWords(Object.assign(new Error(message), more), 'redis:6379');

it('errors say where, what it is about, and what was found', () => {
  expect(words('connect ECONNREFUSED 10.0.0.1:6379')).toBe(
    'Redis (redis:6379): nobody listens there: does Redis run, and is the port right? (connect ECONNREFUSED 10.0.0.1:6379)',
  );
  expect(words('WRONGPASS invalid username-password pair')).toContain('it refused the password');
  expect(words('NOAUTH Authentication required.')).toContain('asks for a password');
  expect(words("NOPERM this user has no permissions to run the 'set' command")).toContain('docs/security.md');
  expect(words("OOM command not allowed when used memory > 'maxmemory'.")).toContain('it is full');
  expect(words('unable to verify', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })).toContain('TLS was refused');
  expect(words('Command timed out')).toContain('did not answer');
  expect(words("Stream isn't writeable and enableOfflineQueue options is false")).toBe(
    'Redis (redis:6379): the connection is closed and made anew: does Redis run, and may this pod reach it (prescale doctor)?',
  );
  expect(words('something new')).toBe('Redis (redis:6379): something new');
});

it("of a cluster's failure the node's is told, not its own", () => {
  const error = words('Failed to refresh slots cache.', { lastNodeError: new Error('WRONGPASS invalid') });
  expect(error).toContain('it refused the password');
});

it('addresses are told without credentials, also those of the sixth version', () => {
  expect(hostPort('redis-0.redis:6379')).toEqual({ host: 'redis-0.redis', port: 6379 });
  expect(hostPort('[::1]:6380')).toEqual({ host: '::1', port: 6380 });
  expect(urlAddress('redis://[::1]/2')).toEqual({ host: '::1', port: 6379, db: 2 });
  expect(urlAddress('rediss://redis.scaling:7000')).toEqual({ host: 'redis.scaling', port: 7000, db: 0 });
  const none = { url: undefined, sentinels: { names: [], master: 'mymaster' }, cluster: [] };
  const address = (given: Partial<RedisSettings>) => addressOf({ ...none, ...given } as RedisSettings);
  expect(address({ url: 'redis://redis.scaling:6379/1' })).toBe('redis.scaling:6379');
  expect(address({ cluster: ['a:1', 'b:2'] })).toBe('the cluster of a:1, b:2');
  expect(address({ sentinels: { names: ['s:26379'], master: 'main' } })).toBe('main of the Sentinels s:26379');
});
