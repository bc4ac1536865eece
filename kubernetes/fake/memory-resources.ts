/** A resource that an in-memory API server serves. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly scale?: boolean;
  /** Has a status subresource: writes to the object itself leave the status alone. */
  readonly status?: boolean;
  /** Counts changes of its spec. */
  readonly generation?: boolean;
  /** A PUT without resourceVersion is refused (leases, custom resources). */
  readonly needsVersion?: boolean;
}

const apps = { group: 'apps', version: 'v1', namespaced: true, status: true, generation: true };
const core = { group: '', version: 'v1' };

/** What every cluster has, as far as we use it. */
export const BUILT_IN: readonly ServedResource[] = [
  { ...apps, resource: 'deployments', kind: 'Deployment', scale: true },
  { ...apps, resource: 'statefulsets', kind: 'StatefulSet', scale: true },
  { ...apps, resource: 'replicasets', kind: 'ReplicaSet', scale: true },
  { ...apps, resource: 'daemonsets', kind: 'DaemonSet' },
  { ...core, resource: 'namespaces', kind: 'Namespace', namespaced: false, status: true },
  { ...core, resource: 'nodes', kind: 'Node', namespaced: false, status: true },
  { ...core, resource: 'pods', kind: 'Pod', namespaced: true, status: true, generation: true },
  { ...core, resource: 'services', kind: 'Service', namespaced: true, status: true },
  { ...core, resource: 'configmaps', kind: 'ConfigMap', namespaced: true },
  { ...core, resource: 'secrets', kind: 'Secret', namespaced: true },
  { ...core, resource: 'events', kind: 'Event', namespaced: true },
  { group: 'events.k8s.io', version: 'v1', resource: 'events', kind: 'Event', namespaced: true },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    namespaced: false,
  },
  {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    kind: 'Lease',
    namespaced: true,
    needsVersion: true,
  },
  {
    group: 'autoscaling',
    version: 'v2',
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    namespaced: true,
    status: true,
  },
];

/** The answer of `/apis`, `/apis/<group>/<version>` or `/api/v1`; undefined for other paths. */
export function discoveryAnswer(served: readonly ServedResource[], path: string): unknown {
  if (path === '/apis') {
    const groups = [...new Set(served.flatMap(({ group }) => (group === '' ? [] : [group])))];
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupOf(served, group)) };
  }
  const found = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (!found) return undefined;
  const [, group = '', version] = found;
  const own = served.filter((one) => one.group === group && one.version === version);
  if (own.length === 0) return undefined;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: own.flatMap(entries) };
}

function groupOf(served: readonly ServedResource[], name: string): unknown {
  const versions = [...new Set(served.filter(({ group }) => group === name).map(({ version }) => version))];
  const named = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: named, preferredVersion: named[0] };
}

function entries({ resource, kind, namespaced, scale, status }: ServedResource): unknown[] {
  const verbs = ['get', 'patch', 'update'];
  const own = { name: resource, namespaced, kind, verbs: ['create', 'delete', 'list', 'watch', ...verbs] };
  const scaled = { name: `${resource}/scale`, namespaced, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs };
  return [
    own,
    ...(scale ? [scaled] : []),
    ...(status ? [{ name: `${resource}/status`, namespaced, kind, verbs }] : []),
  ];
}
