import { hpaPath } from '../../actuator/targets/hpa.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { STATUS_CONFIG_MAP } from '../../kubernetes/needed-rights.ts';
import type { SimulationClock } from '../clock.ts';
import type { Scenario, WorkloadPlan } from '../scenarios/scenario.ts';
import { boundsText } from '../scheduled-minimum.ts';
import { NO_NODE, SimulatedDeployment } from './deployment.ts';
import type { Illness } from './pod.ts';
import { SimulatedWorkload, targetShare } from './workload.ts';

export const NAMESPACE = 'shop';
export const OWN_NAMESPACE = 'prescale';
/** What pods use is reckoned so often. */
const USE_SECONDS = 5;

/** What befalls one workload's new pods now. */
interface Climate {
  illness: Illness | undefined;
  noNode: boolean;
  slowness: number;
}

/** The cluster: an API server in memory, and around it the controllers, nodes and quotas that make pods of what is asked for. */
export class Cluster {
  readonly api: MemoryKubernetesApi;
  readonly workloads = new Map<string, SimulatedWorkload>();
  /** Pods that the namespace's quota allows; undefined: there is no quota. */
  quotaPods: number | undefined;
  /** Called before what pods use changes: who measures looks at what was until now. */
  beforeUse: () => void = () => {};
  private readonly climates = new Map<string, Climate>();
  private readonly clock: SimulationClock;

  constructor(scenario: Scenario, clock: SimulationClock) {
    this.clock = clock;
    const epochSeconds = clock.nowSeconds;
    this.api = memoryKubernetes({ sleep: clock.sleep, epochSeconds, namespaces: [NAMESPACE, OWN_NAMESPACE] });
    const status = `/api/v1/namespaces/${OWN_NAMESPACE}/configmaps/${STATUS_CONFIG_MAP}`;
    this.api.seed(status, { metadata: { name: STATUS_CONFIG_MAP, namespace: OWN_NAMESPACE } });
    for (const name of ['node-0', 'node-1', 'node-2']) this.node(name, {});
    this.node('virtual-kubelet-0', { type: 'virtual-kubelet' });
    for (const plan of scenario.workloads) this.add(plan, scenario.seed);
    clock.every(USE_SECONDS, clock.nowSeconds(), () => {
      this.beforeUse();
      for (const workload of this.workloads.values()) if (workload.isClosed) workload.use(clock.nowSeconds());
    });
  }

  climate(name: string): Climate {
    return this.climates.get(name)!;
  }

  /** An annotation is set, or removed. */
  annotate(name: string, annotation: string, value: string | null): void {
    const { path } = this.workloads.get(name)!.deployment;
    void this.api.patch(path, 'merge', { metadata: { annotations: { [annotation]: value } } });
  }

  /** A person sets another target. */
  setTarget(name: string, target: number): void {
    const workload = this.workloads.get(name)!;
    workload.plan = { ...workload.plan, target };
    this.annotate(name, 'prescale.dev/target', targetText(workload.plan));
  }

  /** Somebody writes the replicas: kubectl, GitOps, an HPA. */
  async scale(name: string, replicas: number): Promise<void> {
    const { deployment } = this.workloads.get(name)!;
    await this.api.patch(`${deployment.path}/scale`, 'merge', { spec: { replicas } });
    deployment.soon();
  }

  private node(name: string, labels: Readonly<Record<string, string>>): void {
    this.api.seed(`/api/v1/nodes/${name}`, { metadata: { name, labels } });
  }

  private add(plan: WorkloadPlan, seed: number): void {
    const { api, clock } = this;
    const climate: Climate = { illness: undefined, noNode: false, slowness: 1 };
    this.climates.set(plan.name, climate);
    const weather = {
      noNode: () => (climate.noNode ? NO_NODE : undefined),
      illness: () => climate.illness,
      slowness: () => climate.slowness,
    };
    const parts = { api, clock, namespace: NAMESPACE };
    const admits = (pod: string) => this.admits(pod);
    const deployment = new SimulatedDeployment(
      parts,
      plan,
      seed,
      weather,
      admits,
      annotationsOf(plan, clock.nowSeconds()),
    );
    this.workloads.set(plan.name, new SimulatedWorkload(plan, deployment, clock.nowSeconds(), seed));
    if (plan.hpa) this.addHpa(plan);
  }

  /** Somebody edits the minReplicas of the HPA beside a workload. */
  async setHpaMinimum(name: string, minReplicas: number): Promise<void> {
    await this.api.patch(hpaPath(NAMESPACE, name), 'merge', { spec: { minReplicas } });
  }

  async hpaMinimum(name: string): Promise<number> {
    const { spec } = await this.api.get<{ spec: { minReplicas?: number } }>(hpaPath(NAMESPACE, name));
    return spec.minReplicas ?? 1;
  }

  private addHpa({ name, hpa }: WorkloadPlan): void {
    this.api.seed(hpaPath(NAMESPACE, name), {
      metadata: { name, namespace: NAMESPACE },
      spec: {
        minReplicas: hpa!.min,
        maxReplicas: hpa!.max,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      },
    });
  }

  private admits(pod: string): string | undefined {
    const { quotaPods } = this;
    if (quotaPods === undefined) return undefined;
    let used = 0;
    for (const { deployment } of this.workloads.values()) used += deployment.active.length;
    if (used < quotaPods) return undefined;
    return `pods "${pod}" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=${used}, limited: pods=${quotaPods}`;
  }
}

/** What a person writes on it to have it scaled. */
function annotationsOf(plan: WorkloadPlan, startSeconds: number): Record<string, string> {
  const { metric, mode, min, max, hpa, windows } = plan;
  const own = {
    enabled: 'true',
    mode,
    metric,
    target: targetText(plan),
    'min-replicas': String(min),
    'max-replicas': String(max),
    ...(hpa?.taken ? { 'take-over-hpa': plan.name } : {}),
    ...(windows.length > 0 ? { bounds: boundsText(windows, startSeconds) } : {}),
  };
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [`prescale.dev/${name}`, value]));
}

function targetText(plan: WorkloadPlan): string {
  const { metric, target, ofRequest } = plan;
  if (ofRequest) return `${Math.round(100 * targetShare(plan))}%`;
  if (metric === 'cpu') return `${Math.round(1_000 * target)}m`;
  return metric === 'memory' ? `${Math.round(1024 * target)}Mi` : String(target);
}
