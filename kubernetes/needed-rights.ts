/** When a right is needed; the chart gives it then and only then. */
export type RightCondition =
  | 'always'
  /** `takeOverHpa.enabled` */
  | 'take-over-hpa'
  /** `deletionCost.enabled` */
  | 'deletion-cost'
  /** No `prometheus.url`: it is looked for among the Services. */
  | 'discovery'
  /** `resourceMetrics.enabled` is not false. */
  | 'resource-metrics'
  /** `leaderElection.enabled` */
  | 'leader-election';

/**
 * Where: in each namespace that is looked after (`watched`), on these Namespaces themselves (`namespaces`: by name where they are
 * listed), where Prometheus is looked for (`discovery`), in the one of the Lease, in Prescale's own, or on the whole cluster.
 */
export type RightScope = 'watched' | 'namespaces' | 'discovery' | 'lease' | 'own' | 'cluster';

/** One right of the addon's ServiceAccount: what SelfSubjectAccessReview asks and the chart's roles say. */
export interface NeededRight {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch';
  /** `''` is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Only the object of this name. */
  readonly name?: string;
  readonly scope: RightScope;
  readonly when: RightCondition;
  /** What it is needed for, in words: "raise the minReplicas of an HPA". */
  readonly why: string;
}

/** A kind that may be annotated: `{group: 'apps', resource: 'deployments'}`. */
export interface ScaledResource {
  readonly group: string;
  readonly resource: string;
}

/** One thing to ask the API server about: a right in a namespace (undefined: cluster-wide), of all objects or the one of a name. */
export interface AskedRight {
  readonly right: NeededRight;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** What of a configuration decides where rights are needed. */
export interface RightPlaces {
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Named by the administrator; empty: the usual ones, in which no Role can be made as they need not be there. */
  readonly discoveryNamespaces: readonly string[];
  readonly ownNamespace: string;
  readonly leaseNamespace: string;
}

/** A right with its places, as the chart's roles grant it. */
export function askedRights(right: NeededRight, places: RightPlaces): AskedRight[] {
  const { namespaces, discoveryNamespaces, ownNamespace, leaseNamespace } = places;
  const { name } = right;
  const everywhere = [{ right, namespace: undefined, name }];
  switch (right.scope) {
    case 'cluster':
      return everywhere;
    case 'own':
      return [{ right, namespace: ownNamespace, name }];
    case 'lease':
      return [{ right, namespace: leaseNamespace, name }];
    case 'discovery': {
      const named = [...new Set([ownNamespace, ...discoveryNamespaces])];
      return discoveryNamespaces.length === 0 ? everywhere : named.map((namespace) => ({ right, namespace, name }));
    }
    case 'watched':
      return namespaces.length === 0 ? everywhere : namespaces.map((namespace) => ({ right, namespace, name }));
    case 'namespaces':
      return namespaces.length === 0
        ? everywhere
        : namespaces.map((one) => ({ right, namespace: undefined, name: one }));
  }
}

/** ConfigMap in Prescale's own namespace that holds the status of all workloads; the chart makes it. */
export const STATUS_CONFIG_MAP = 'prescale-status';

const READ = ['get', 'list', 'watch'] as const;

/**
 * Every right that the addon needs: the one list that `doctor` asks the API server about, that the chart's roles and the
 * table in docs/security.md are tested against.
 */
export function neededRights(kinds: readonly ScaledResource[], leaseName: string): readonly NeededRight[] {
  return [
    ...kinds.flatMap(kindRights),
    ...read('', 'pods', 'watched', 'count Ready pods and measure how long they take to start'),
    ...read('autoscaling', 'horizontalpodautoscalers', 'watched', 'see which workloads an HPA owns'),
    ...read('', 'namespaces', 'namespaces', "read the defaults that a namespace's labels set"),
    ...read('', 'nodes', 'cluster', 'tell virtual nodes from ordinary ones'),
    {
      ...core('list', 'events', 'watched', 'always'),
      why: 'time image pulls, and read why pods are not created',
    },
    {
      ...core('watch', 'events', 'watched', 'always'),
      why: 'time image pulls, and read why pods are not created',
    },
    { ...core('create', 'events', 'watched', 'always'), why: 'report what was done and why' },
    { ...core('patch', 'events', 'watched', 'always'), why: 'count repeated reports' },
    ...(['get', 'patch'] as const).map((verb) => ({
      ...core(verb, 'configmaps', 'own', 'always'),
      name: STATUS_CONFIG_MAP,
      why: 'show the status of all workloads',
    })),
    ...(['get', 'update'] as const).map((verb) => ({
      ...lease(verb),
      name: leaseName,
      why: 'let one replica act at a time',
    })),
    // RBAC can't hold create to a name: the object isn't there yet.
    { ...lease('create'), why: 'create that Lease where there is none' },
    {
      verb: 'patch',
      group: 'autoscaling',
      resource: 'horizontalpodautoscalers',
      scope: 'watched',
      when: 'take-over-hpa',
      why: 'raise the minReplicas of an HPA that an annotation names',
    },
    { ...core('patch', 'pods', 'watched', 'deletion-cost'), why: 'mark pods of virtual nodes to be removed first' },
    { ...core('list', 'services', 'discovery', 'discovery'), why: 'find Prometheus' },
    {
      verb: 'list',
      group: 'metrics.k8s.io',
      resource: 'pods',
      scope: 'watched',
      when: 'resource-metrics',
      why: 'read CPU and memory where there is no Prometheus',
    },
  ];
}

/**
 * Of these the ones of a collector in a process of its own: it watches pods and looks for its source of demand. A forecaster
 * has none, the actuator all.
 */
export function collectorRights(all: readonly NeededRight[]): readonly NeededRight[] {
  return all.filter(
    ({ verb, resource }) => ['pods', 'nodes', 'services'].includes(resource) && ['get', 'list', 'watch'].includes(verb),
  );
}

function kindRights({ group, resource }: ScaledResource): NeededRight[] {
  const scale = { group, resource, subresource: 'scale', scope: 'watched', when: 'always' } as const;
  return [
    ...read(group, resource, 'watched', 'find annotated workloads'),
    { ...scale, verb: 'get', why: 'read how many replicas are asked for' },
    { ...scale, verb: 'patch', why: 'set how many replicas are asked for' },
  ];
}

function read(group: string, resource: string, scope: RightScope, why: string): NeededRight[] {
  return READ.map((verb) => ({ verb, group, resource, scope, when: 'always', why }));
}

function lease(verb: NeededRight['verb']) {
  return { verb, group: 'coordination.k8s.io', resource: 'leases', scope: 'lease', when: 'leader-election' } as const;
}

function core(verb: NeededRight['verb'], resource: string, scope: RightScope, when: RightCondition) {
  return { verb, group: '', resource, scope, when } as const;
}
