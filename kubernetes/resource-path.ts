/** What a path of the API is about: `/apis/apps/v1/namespaces/shop/deployments/web/scale`. */
export interface ResourcePath {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  /** Plural: `deployments`. */
  readonly resource: string;
  /** Undefined for a collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** @returns undefined for paths that name no resource (discovery, /version, /readyz) */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const root = parts.shift();
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'apis' ? parts.shift() : '';
  const version = parts.shift();
  // /api/v1/namespaces/shop is the namespace itself, /api/v1/namespaces/shop/pods something inside it.
  const namespace = parts[0] === 'namespaces' && parts.length > 2 ? parts.splice(0, 2)[1] : undefined;
  const [resource, name, subresource] = parts;
  if (group === undefined || version === undefined || resource === undefined) return undefined;
  return { group, version, namespace, resource, name, subresource };
}

/** `/apis/apps/v1`, `/api/v1`. @param apiVersion `apps/v1`, `v1` */
export function apiRoot(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** `deployments.apps`, `pods`: how the API server itself names a resource in its messages. */
export function resourceName({ group, resource }: Pick<ResourcePath, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}
