import { InputError } from '../core/errors.ts';

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

/**
 * The one way to a path of a resource: `/apis/apps/v1/namespaces/shop/deployments/web/scale`. Each part is encoded, so that a name stays a
 * name, whoever gave it.
 * @param namespace undefined: all, or the resource is in none. @param name undefined: the collection
 * @throws InputError for what no name can be: empty, `.`, `..`, with a slash, a percent sign, a control character or half of one
 */
export function resourcePath(
  apiVersion: string,
  resource: string,
  namespace?: string,
  name?: string,
  subresource?: string,
): string {
  const scope = namespace === undefined ? '' : `/namespaces/${segment(namespace)}`;
  const object = [resource, name, subresource].filter((part) => part !== undefined).map(segment);
  return `${apiRoot(apiVersion)}${scope}/${object.join('/')}`;
}

/**
 * The API server's proxy to a Service: `/api/v1/namespaces/monitoring/services/https:mimir:8080/proxy/prometheus`.
 * @param behind parts of the path there, not encoded. @throws InputError as resourcePath does
 */
export function serviceProxyPath(
  namespace: string,
  { scheme, name, port }: { readonly scheme: string; readonly name: string; readonly port: number | string },
  behind: readonly string[],
): string {
  return resourcePath('v1', 'services', namespace, `${scheme}:${name}:${port}`, 'proxy') + pathOf(behind);
}

/** `/select/0/prometheus`; none: empty. @throws InputError as resourcePath does */
export function pathOf(parts: readonly string[]): string {
  return parts.map((part) => `/${segment(part)}`).join('');
}

/** One part of a path. A colon may stand in it: `https:prometheus:9090` of a proxy. */
function segment(text: string): string {
  // The API server's own rule for names in paths (apimachinery, IsValidPathSegmentName), and what URLs would take for other paths.
  if (text === '' || text === '.' || text === '..' || /[/%\p{Cc}\p{Cs}]/u.test(text)) {
    throw new InputError(`found ${JSON.stringify(text.slice(0, 100))} in a path of the API; expected a name`);
  }
  return encodeURIComponent(text).replaceAll('%3A', ':');
}

/** `deployments.apps`, `pods`: how the API server itself names a resource in its messages. */
export function resourceName({ group, resource }: Pick<ResourcePath, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}
