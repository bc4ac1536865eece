/** An object with a scale subresource. */
export interface WorkloadRef {
  /** `apps/v1`, `argoproj.io/v1alpha1`, … */
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One workload's name in maps, messages and metrics: `shop/Deployment/web`. Kinds of one name in two groups don't occur together. */
export function workloadKey({ namespace, kind, name }: WorkloadRef): string {
  return `${namespace}/${kind}/${name}`;
}
