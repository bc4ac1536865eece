import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { creationFailure } from './creation-failure.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const DB = { ...WEB, kind: 'StatefulSet', name: 'db' };
const WEB_PATH = '/apis/apps/v1/namespaces/shop/deployments/web';
const DB_PATH = '/apis/apps/v1/namespaces/shop/statefulsets/db';
const QUOTA =
  'pods "web-6d4cf56db6-x7k2p" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=13, limited: pods=13';

function cluster() {
  const api = memoryKubernetes({ namespaces: ['shop'] });
  const condition = (type: string, status: string, message: string) => ({ type, status, message });
  api.seed(WEB_PATH, {
    ...{
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { replicas: 22 },
    },
    status: { conditions: [condition('Available', 'True', 'it is'), condition('ReplicaFailure', 'True', QUOTA)] },
  });
  api.seed(DB_PATH, {
    ...{
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { replicas: 5 },
    },
  });
  const event = (name: string, uid: string, minute: number, reason: string, message: string) =>
    api.seed(`/api/v1/namespaces/shop/events/${name}`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'shop' },
      type: 'Warning',
      reason,
      message,
      involvedObject: { kind: 'StatefulSet', name: 'db', uid },
      lastTimestamp: `2026-03-02T09:0${minute}:00Z`,
    });
  event('a', 'db-uid', 1, 'FailedCreate', 'create Pod db-3 in StatefulSet db failed error: an old one');
  event('b', 'db-uid', 3, 'FailedCreate', `create Pod db-3 in StatefulSet db failed error: ${QUOTA}`);
  event('c', 'db-uid', 2, 'FailedCreate', 'create Pod db-3 in StatefulSet db failed error: another old one');
  event('d', 'db-uid', 4, 'SuccessfulCreate', 'create Pod db-2 in StatefulSet db successful');
  event('e', 'other', 5, 'FailedCreate', 'of the one that had this name before');
  return api;
}

describe('why pods are not created', () => {
  it('is said by a Deployment’s condition ReplicaFailure', async () => {
    expect(await creationFailure(cluster(), WEB_PATH, WEB, 'web-uid')).toBe(QUOTA);
  });

  it('is said by the newest Event on a StatefulSet, which has no such condition', async () => {
    const failure = await creationFailure(cluster(), DB_PATH, DB, 'db-uid');
    expect(failure).toBe(`create Pod db-3 in StatefulSet db failed error: ${QUOTA}`);
  });

  it('is not known where nothing is said, or nothing may be read', async () => {
    expect(await creationFailure(cluster(), DB_PATH, DB, 'nobody')).toBeUndefined();
    const api = cluster();
    api.intercept = ({ path }) =>
      path.endsWith('/events') ? { error: new ApiError('events is forbidden', 403, 'Forbidden') } : undefined;
    expect(await creationFailure(api, DB_PATH, DB, 'db-uid')).toBeUndefined();
  });

  it('throws where the API server fails: then it is asked again', async () => {
    const api = cluster();
    api.intercept = () => ({ error: new ApiError('etcd is away', 503, 'ServiceUnavailable') });
    await expect(creationFailure(api, WEB_PATH, WEB, 'web-uid')).rejects.toThrow('etcd is away');
  });
});
