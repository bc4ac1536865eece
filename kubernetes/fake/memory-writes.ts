import type { ApiError, PatchType } from '../api.ts';
import { statusError } from '../api-failure.ts';
import { isRecord, type JsonPatchStep, jsonPatch, mergePatch, sameJson } from '../json-patch.ts';
import { resourceName } from '../resource-path.ts';
import { selectorText } from '../selectors.ts';
import type { ServedResource } from './memory-resources.ts';
import type { StoredObject } from './memory-store.ts';

/** Micro-times are parsed strictly by the API server: six digits after the point, or 400. */
const MICRO_TIMES: Readonly<Record<string, readonly string[]>> = {
  Lease: ['acquireTime', 'renewTime'],
  Event: ['eventTime'],
};

/** `deployments.apps "web" not found` */
export function notFound(what: string, served: ServedResource, name: string): ApiError {
  return statusError(what, 404, { message: `${resourceName(served)} "${name}" not found`, reason: 'NotFound' });
}

export function conflict(what: string, served: ServedResource, name: string): ApiError {
  const message =
    `Operation cannot be fulfilled on ${resourceName(served)} "${name}": the object has been modified; ` +
    'please apply your changes to the latest version and try again';
  return statusError(what, 409, { message, reason: 'Conflict' });
}

/** Applies a patch to what is stored (or to its Scale). @throws ApiError as the API server answers */
export function patched(what: string, current: object, type: PatchType, body: unknown): unknown {
  if (type === 'apply') {
    const message = 'the in-memory API has no server-side apply; expected a merge or JSON patch';
    throw statusError(what, 415, { message, reason: 'UnsupportedMediaType' });
  }
  if (type === 'merge') return mergePatch(current, body);
  const result = jsonPatch(current, body as readonly JsonPatchStep[]);
  if (result !== undefined) return result;
  // Seen on kube-apiserver 1.35: a failed test and a missing path are the same, and it doesn't say which.
  const message = 'the server rejected our request due to an error in our request';
  throw statusError(what, 422, { message, reason: 'Invalid' });
}

/** The version that a writer goes by must be the stored one. An empty one is no condition, except where one is needed. */
export function checkVersion(
  what: string,
  served: ServedResource,
  stored: StoredObject,
  wanted: unknown,
  put: boolean,
): void {
  const { name, resourceVersion } = stored.metadata;
  const given = isRecord(wanted) && isRecord(wanted.metadata) ? wanted.metadata : {};
  if (given.uid !== undefined && given.uid !== stored.metadata.uid) throw conflict(what, served, name);
  if (given.resourceVersion === undefined) {
    if (!put || !served.needsVersion) return;
    throw invalid(
      what,
      resourceName(served),
      name,
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  }
  if (given.resourceVersion !== resourceVersion) throw conflict(what, served, name);
}

/**
 * What is stored after a write: identity is the server's, the status is kept unless it was written through its
 * subresource, the generation counts changes of the spec (a Deployment's also those of its annotations).
 */
export function nextState(
  what: string,
  served: ServedResource,
  stored: StoredObject,
  wanted: unknown,
  toStatus: boolean,
): StoredObject {
  if (!isRecord(wanted) || !isRecord(wanted.metadata)) throw statusError(what, 400, { message: 'expected an object' });
  checkTimes(what, served, wanted);
  const { uid, name, namespace, creationTimestamp, generation, resourceVersion } = stored.metadata;
  if (wanted.metadata.name !== undefined && wanted.metadata.name !== name) {
    throw statusError(what, 400, {
      message: `the name of the object (${String(wanted.metadata.name)}) does not match the name on the URL (${name})`,
    });
  }
  const next: Record<string, unknown> = toStatus
    ? { ...stored, status: wanted.status }
    : {
        ...wanted,
        apiVersion: stored.apiVersion,
        kind: stored.kind,
        ...(served.status ? { status: stored.status } : {}),
      };
  if (next.status === undefined) delete next.status;
  const metadata = toStatus ? stored.metadata : wanted.metadata;
  const bumps =
    !sameJson(next.spec, stored.spec) ||
    (served.kind === 'Deployment' && !sameJson(metadata.annotations ?? {}, stored.metadata.annotations ?? {}));
  const own = { uid, name, creationTimestamp, resourceVersion, ...(namespace === undefined ? {} : { namespace }) };
  const counted = generation === undefined ? {} : { generation: generation + (bumps ? 1 : 0) };
  return { ...next, metadata: { ...metadata, ...own, ...counted } } as StoredObject;
}

/** @throws ApiError 400 for a micro-time that is none */
export function checkTimes(what: string, { kind }: ServedResource, object: Readonly<Record<string, unknown>>): void {
  const holder = kind === 'Lease' ? object.spec : object;
  for (const field of MICRO_TIMES[kind] ?? []) {
    const value = isRecord(holder) ? holder[field] : undefined;
    if (value == null || /T\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/.test(String(value))) continue;
    const message = `${kind} in version "v1" cannot be handled as a ${kind}: parsing time "${String(value)}" as "2006-01-02T15:04:05.000000Z07:00"`;
    throw statusError(what, 400, { message, reason: 'BadRequest' });
  }
}

interface Scalable extends StoredObject {
  readonly spec?: { readonly replicas?: number; readonly selector?: object };
  readonly status?: { readonly replicas?: number };
}

/** The Scale of an object with replicas. */
export function scaleOf(object: StoredObject): Record<string, unknown> {
  const { spec, status, metadata } = object as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec?.selector ?? {}) },
  };
}

/** The object after a write to its Scale. */
export function scaled(what: string, stored: StoredObject, scale: unknown): Record<string, unknown> {
  const replicas = isRecord(scale) && isRecord(scale.spec) ? (scale.spec.replicas ?? 0) : 0;
  if (!Number.isInteger(replicas)) {
    throw statusError(what, 400, {
      message: `Scale: spec.replicas: found ${JSON.stringify(replicas)}; expected an int32`,
    });
  }
  if (Number(replicas) < 0) {
    const words = `spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid(what, 'Scale.autoscaling', stored.metadata.name, words);
  }
  return { ...stored, spec: { ...(stored.spec as object | undefined), replicas } };
}

function invalid(what: string, kind: string, name: string, words: string): ApiError {
  return statusError(what, 422, { message: `${kind} "${name}" is invalid: ${words}`, reason: 'Invalid' });
}
