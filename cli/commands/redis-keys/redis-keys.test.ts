import { expect, it } from 'vitest';
import { ApiError } from '../../../kubernetes/api.ts';
import { memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { fillSecret } from './redis-keys.ts';

const SECRET = '/api/v1/namespaces/scaling/secrets/prescale-redis';
const bytes = (n: number) => Buffer.alloc(n, 7);
const base64 = (plain: string) => Buffer.from(plain).toString('base64');
const text = (base64: string | undefined) => Buffer.from(base64!, 'base64').toString();

/** The Secret as the chart makes it, with or without data. */
function cluster(data?: Record<string, string>) {
  const api = memoryKubernetes({ namespaces: ['scaling'] });
  const metadata = { name: 'prescale-redis', namespace: 'scaling', labels: { team: 'platform' } };
  api.seed(SECRET, { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, ...(data && { data }) });
  const fill = (random = bytes) => fillSecret(api, 'scaling', 'prescale-redis', random);
  const secret = () => api.get<{ data: Record<string, string>; metadata: object }>(SECRET);
  return { api, fill, secret };
}

it('an empty Secret gets a password of 32 and a key of 43 letters that need no quotes', async () => {
  const { fill, secret } = cluster();
  expect(await fill()).toEqual(['password', 'mac-key']);
  const { data, metadata } = await secret();
  expect(text(data.password)).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(text(data['mac-key'])).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(metadata).toMatchObject({ labels: { team: 'platform' } });
});

it('what stands there stays, however often it runs: a key alone is added', async () => {
  const password = base64('kept');
  const { fill, secret } = cluster({ password });
  expect(await fill()).toEqual(['mac-key']);
  const first = await secret();
  expect(first.data.password).toBe(password);
  expect(await fill(() => Buffer.alloc(32, 9))).toEqual([]);
  expect(await secret()).toEqual(first);
});

it('of two at once the second takes what the first has made', async () => {
  const { api, fill, secret } = cluster();
  let raced = false;
  api.intercept = ({ verb }) => {
    if (verb !== 'patch' || raced) return undefined;
    raced = true;
    void api.patch(SECRET, 'merge', { data: { password: base64('first'), 'mac-key': base64('key') } });
    return undefined;
  };
  expect(await fill(() => Buffer.alloc(32, 2))).toEqual([]);
  expect(text((await secret()).data.password)).toBe('first');
});

it('says what to do where the Secret is missing, and passes on a right that is', async () => {
  const empty = memoryKubernetes({ namespaces: ['scaling'] });
  await expect(fillSecret(empty, 'scaling', 'prescale-redis', bytes)).rejects.toThrow(
    'Secret scaling/prescale-redis is not there; the chart makes it with redis.bundled.enabled',
  );
  const { api, fill } = cluster();
  api.intercept = ({ verb }) =>
    verb === 'patch' ? { error: new ApiError('secrets "prescale-redis" is forbidden', 403, 'Forbidden') } : undefined;
  await expect(fill()).rejects.toMatchObject({ status: 403 });
});
